"""Exports of any system as files: CSV, TSV, XLSX."""
