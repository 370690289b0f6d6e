"""Reports as Google Sheets: made once, refreshed without touching what a person made of them."""
