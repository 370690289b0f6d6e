"""What the web pages and endpoints need from the rest of Puente; ``app.py`` supplies it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from connector.model.query import Language

if TYPE_CHECKING:  # a new process answers sooner when it loads the actions with the first request that needs them
    from connector.actions.catalogue import DimensionEntry, MetricEntry
    from connector.actions.direct import PackedTable, TableRequest
    from connector.actions.links import OpenLink
    from connector.actions.looker import ChartRequest, PackedAnswer
    from connector.actions.looker_fields import Source
    from connector.actions.odata import Continuation, FeedRequest, FeedRows
    from connector.actions.odata_feeds import FeedChoice


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the workspaces that the key opens, at least one, and its id for the log (never the key)."""

    workspaces: tuple[str, ...]
    key_id: str


class Service(Protocol):
    """The doors of one Puente process. Every method may be called from several threads at once."""

    @property
    def language(self) -> Language:
        """Language of labels where the request names none."""

    def check_ready(self) -> None:
        """Raise TryLater when the state database or the data directory cannot be used."""

    def sign_in(self, key: str) -> Caller | None:
        """Return who holds an API key; None when it is unknown or revoked. Takes the same time for every key."""

    def table(self, workspace: str, asked: TableRequest) -> PackedTable:
        """Answer a question as a file. Raises QueryError, UnknownName and TryLater."""

    def open_link(self, token: str) -> OpenLink | None:
        """Return what a link opens; None when it is unknown or revoked. Raises QueryError."""

    def metrics(self, workspace: str, language: Language) -> Sequence[MetricEntry]:
        """Every metric that can be asked for."""

    def dimensions(self, workspace: str, language: Language) -> Sequence[DimensionEntry]:
        """Every dimension that can be asked for, the workspace's own columns included."""

    def looker_config(
        self, workspaces: Sequence[str], language: Language, answers: Mapping[str, str]
    ) -> dict[str, Any]:
        """The questions of a Looker Studio source that are asked after ``answers``; the workspace is one of these."""

    def looker_schema(self, workspace: str, source: Source) -> Sequence[dict[str, Any]]:
        """The fields of a source. Raises UnknownName."""

    def looker_data(self, workspace: str, asked: ChartRequest) -> PackedAnswer:
        """The rows of one chart. Raises QueryError, UnknownName and TryLater."""

    def odata_metadata(self, workspace: str, choice: FeedChoice, *, as_json: bool) -> bytes:
        """The description of a workspace's OData feed, as XML or as JSON."""

    def odata_rows(self, workspace: str, asked: FeedRequest, after: Continuation | None = None) -> FeedRows:
        """Rows of an entity set. Raises QueryError, NotBuilt, UnknownName, DataChanged and TryLater."""
