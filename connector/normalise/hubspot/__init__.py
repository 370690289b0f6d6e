"""HubSpot's rows in our words: what is nested becomes rows of its own, and a mapping that works unasked."""
