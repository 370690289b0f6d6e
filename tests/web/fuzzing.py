"""The OpenAPI document as schemathesis gets it: filter trees two levels deep, since unbounded ones never end."""

from __future__ import annotations

import copy
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig

INNER = "Inner"


def _shallow(context: Any, raw_schema: dict[str, Any]) -> None:
    """Let the parts of a filter be conditions, or groups of conditions."""
    schemas = raw_schema["components"]["schemas"]
    for kind in ("all", "any"):
        name = f"QueryBody.{kind.title()}Body"
        condition = {"$ref": "#/components/schemas/QueryBody.ConditionBody"}
        schemas[name + INNER] = copy.deepcopy(schemas[name])
        schemas[name + INNER]["properties"][kind]["items"] = condition
        groups = [{"$ref": f"#/components/schemas/QueryBody.{other}Body{INNER}"} for other in ("All", "Any")]
        schemas[name]["properties"][kind]["items"] = {"oneOf": [condition, *groups]}


schemathesis.hook("before_load_schema")(_shallow)


def load(app: Any, settings: dict[str, Any]) -> Any:
    """Return the schema of a WSGI application; ``settings`` are those of schemathesis."""
    return schemathesis.openapi.from_wsgi("/openapi.json", app, config=SchemathesisConfig.from_dict(settings))
