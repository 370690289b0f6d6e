"""Puente: CRM and analytics data, normalised to one schema, in the reports people already work in."""
