"""HubSpot as a source. ``BEHAVIOR.md`` beside this file says what is read, in which order and at what cost."""

from connector.sources.hubspot.source import HubspotOptions, HubspotSource, open_hubspot

__all__ = ["HubspotOptions", "HubspotSource", "open_hubspot"]
