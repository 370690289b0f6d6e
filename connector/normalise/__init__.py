"""Raw pages in, rows of the fixed schema out. Never sees the network."""
