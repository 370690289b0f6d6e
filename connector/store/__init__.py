"""The only SQL over stored data and the only state database."""
