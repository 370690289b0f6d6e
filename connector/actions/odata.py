"""The OData feed of a workspace: its description and its rows, in pages.

Rows are grouped by exactly the selected dimensions, with the selected figures. Conditions on time are the range of the
query, so that each figure is taken on its own date; without one it is all time. Every answer is of one state of the
data and of one moment, under which it is kept. A further page is cut from the answer of the first one's state and
moment, or from one computed anew for them, which requests of now never get; once the data have changed it is refused.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, datetime

from connector.actions.answer_cache import AnswerCache
from connector.actions.odata_feeds import FeedChoice, feed_titles, feeds
from connector.actions.odata_question import Question
from connector.actions.odata_requests import Continuation, FeedRequest, FeedRows
from connector.deliver.odata.metadata import csdl_json, csdl_xml
from connector.deliver.odata.payload import Form, row_count, service_document
from connector.metrics.evaluation import Reader
from connector.model.query import Language
from connector.store.store import Store

__all__ = ["Continuation", "FeedRequest", "FeedRows", "feed_metadata", "feed_rows", "rows_of", "service_body"]


def service_body(language: Language, context: str, form: Form) -> bytes:
    """Return the service document; ``context`` is the absolute address of the description."""
    return service_document(feed_titles(language), context, form)


def feed_metadata(
    store: Store, workspace: str, choice: FeedChoice, cache: AnswerCache, *, as_json: bool
) -> bytes:  # fmt: skip
    """Return the CSDL of a workspace's feed, as XML or as JSON; kept, since every client asks it first."""
    write = csdl_json if as_json else csdl_xml
    held = store.workspace(workspace)
    with store.reader(held) as reader:
        key = ("odata", held.id, reader.generation, choice, as_json)
        return cache.answer(key, lambda: write(feeds(reader, choice)))


def feed_rows(
    store: Store, workspace: str, asked: FeedRequest, now: datetime, cache: AnswerCache,
    after: Continuation | None = None,
) -> FeedRows:  # fmt: skip
    """Answer a request as of ``now`` (aware), or of a moment before that for which answers are still kept.

    ``after``: the page before this one. Raises UnknownName for an entity set, QueryError, NotBuilt, NotApplicable, and
    DataChanged where the state of the first page is gone.
    """
    held = store.workspace(workspace)
    with store.reader(held) as reader:
        state = (held.id, reader.generation)
        moment = _moment(state, now, cache) if after is None else after.moment(reader.generation, now)
        return rows_of(reader, state, reader.generation, asked, moment, cache)


def _moment(state: Hashable, now: datetime, cache: AnswerCache) -> datetime:
    """Return the moment that answers are of, the same for as long as answers are kept: tables of a refresh agree."""
    kept = cache.answer(("odata", "moment", state), lambda: str(int(now.timestamp())).encode())
    return datetime.fromtimestamp(int(kept), UTC)


def rows_of(
    reader: Reader, state: Hashable, generation: int, asked: FeedRequest, now: datetime, cache: AnswerCache
) -> FeedRows:
    """Answer a request from one state of a workspace as of exactly ``now``, see :func:`feed_rows`.

    ``state`` names the state in the cache.
    """
    question = Question(reader, asked, now)
    most = question.most
    packed = cache.answer((state, now, asked.key(most)), question.packed)
    count = row_count(packed)
    return FeedRows(
        question.fields.feed, tuple(question.shown), packed, None if most is not None and count == most else count,
        generation, now,
    )  # fmt: skip
