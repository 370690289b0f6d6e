"""The service's endpoints for Looker Studio, asked over HTTP without the script between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import requests

from connector.actions.keys import create_key
from connector.app import Doors
from connector.settings import Settings
from connector.store.store import Store
from connector.web.application import create_app
from tests.looker.charts import Chart, Row, request, shown
from tests.looker.studio import serving

SECONDS = 60


@dataclass
class Shown:
    """What a chart shows: its metrics by its dimensions; ``by_service``: the service has applied the filters."""

    figures: dict[Any, list[Any]]
    by_service: bool


class Endpoint:
    """One configured source. ``schema`` holds its fields by id."""

    def __init__(self, address: str, key: str, config: dict[str, str]) -> None:
        self.address, self.key, self.config = address, key, config
        self.schema: dict[str, Row] = {each["name"]: each for each in self.post("schema", {})["schema"]}

    def post(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a request. Fails unless it is 200."""
        answer = requests.post(
            f"{self.address}/v1/looker/{what}", json={"configParams": self.config} | body,
            headers={"Authorization": f"Bearer {self.key}"}, timeout=SECONDS,
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def show(self, chart: Chart) -> Shown:
        """Return what Looker Studio shows of a chart."""
        asked = request(chart, self.schema, self.config)
        answer = self.post("data", asked)
        return Shown(shown(chart, self.schema, asked, answer), answer["filtersApplied"])

    def configured(self, **config: str) -> Self:
        """Return the same service with other answers to its questions."""
        return type(self)(self.address, self.key, self.config | config)


@contextmanager
def endpoint(store: Store, workspace: str, now: datetime) -> Iterator[Endpoint]:
    """Serve a store and give the source of a workspace with every field, asked with a key of its own."""
    key = create_key(store, workspace, "charts", now).text
    with serving(create_app(Doors(store, Settings(), lambda: now))) as address:
        yield Endpoint(address, key, {"workspace": workspace, "report_type": "everything", "language": "en"})
