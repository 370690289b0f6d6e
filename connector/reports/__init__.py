"""Report templates: loaded, checked and evaluated."""
