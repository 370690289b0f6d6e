"""The faults that change the CRM behind a stand-in."""

from __future__ import annotations

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.incidents import change_some, commit_late, delete_some, remove_field
from connector.sandbox.http.faults import Fault


def befall(crm: Crm, fault: Fault, kind: str) -> None:
    """Let a fault happen to the records of a kind; nothing happens for other faults or without a kind."""
    kind = fault.settings.get("type") or kind
    if kind not in crm.fields:
        return
    if fault.name == "change_while_paging":
        change_some(crm, kind, int(fault.number("count")))
    elif fault.name == "delete_while_paging":
        delete_some(crm, kind, int(fault.number("count")))
    elif fault.name == "late_commit":
        commit_late(crm, kind, int(fault.number("count")), fault.number("seconds"))
    elif fault.name == "property_removed":
        remove_field(crm, kind, fault.settings["name"])
