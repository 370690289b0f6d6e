"""A small web server for stand-ins, with a log of every request and the faults that all vendors share."""
