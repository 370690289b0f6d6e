"""Where data come from. A source yields raw pages and never sees an entity."""
