"""The OData v4 feed: its model, its expressions and its JSON. Knows no source and no metric."""
