"""Reports as workbooks, pages, CSV and JSON."""
