"""Stand-ins of vendors and a demo organisation. Shares no word with the code it judges."""
