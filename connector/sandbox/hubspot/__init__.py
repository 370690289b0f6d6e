"""A stand-in of HubSpot: the same paths, bodies, limits and oddities over real HTTP."""

from connector.sandbox.hubspot.start import RunningHubspot, serve_hubspot, start_hubspot
from connector.sandbox.hubspot.world import build_world, empty_crm

__all__ = ["RunningHubspot", "build_world", "empty_crm", "serve_hubspot", "start_hubspot"]
