"""Evaluated reports and tables in, files or API calls out."""
