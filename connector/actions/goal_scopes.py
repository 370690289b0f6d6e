"""Whose goal it is: people and teams found by name, e-mail or id, in whichever connection they are."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from connector.errors import UnknownName, UserError, quote
from connector.model.goal import GOAL_SCOPES, GoalScope
from connector.store.read import Reader

_SHOWN: Final = 5
_COLUMNS: Final = {"owner": "name, email", "team": "name, NULL"}
_WORDS: Final[dict[str, GoalScope]] = {
    "company": "company", "empresa": "company", "компания": "company", "all": "company",
    "department": "department", "departamento": "department", "отдел": "department",
    "branch": "branch", "sucursal": "branch", "filial": "branch", "филиал": "branch",
    "team": "team", "equipo": "team", "equipe": "team", "команда": "team",
    "owner": "owner", "rep": "owner", "responsable": "owner", "responsável": "owner", "менеджер": "owner",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Record:
    """One owner or team. ``reference`` is what a typed goal keeps: the connection and the id in it."""

    reference: str
    id: str
    name: str
    email: str

    @property
    def shown(self) -> str:
        more = [self.email] if self.email else []
        return f"{quote(self.name or self.id)} ({', '.join([*more, f'id {self.id}'])})"


class Scopes:
    """Finds the scopes of one workspace, and names them again."""

    def __init__(self, reader: Reader) -> None:
        self._records = {kind: _records(reader, kind) for kind in ("owner", "team")}
        self._names = {kind: _names(reader, kind) for kind in ("department", "branch")}

    def find(self, text: str) -> tuple[GoalScope, str | None]:
        """Read ``company``, ``team:East``, ``owner:ana@acme.com``, ``department:Sales``, ``branch:Lima``.

        Raises UserError, UnknownName with what is near, and UserError with the candidates when several fit.
        """
        word, colon, name = text.partition(":")
        scope = _WORDS.get(_plain(word))
        if scope is None or (scope != "company" and not (colon and name.strip())):
            raise UserError(
                f"{quote(text)} does not say whose goal it is.",
                remedy="Write company, team:NAME, owner:NAME, department:NAME or branch:NAME.",
            )
        if scope == "company":
            return scope, None
        return scope, self.named(scope, name)

    def named(self, scope: GoalScope, name: str) -> str:
        """Return the reference of a scope that is no company. Raises as :meth:`find`."""
        tidy = " ".join(name.split())
        if scope in self._names:
            return self._plain_name(scope, tidy)
        records = self._records[scope]
        for found in (
            [one for one in records if tidy in (one.id, one.reference)],
            [one for one in records if one.email and _plain(one.email) == _plain(tidy)],
            [one for one in records if _plain(one.name) == _plain(tidy)],
        ):
            if len(found) == 1:
                return found[0].reference
            if found:
                raise _ambiguous(scope, tidy, found)
        raise _unknown(scope, tidy, [one.name for one in records])

    def label(self, scope: str, reference: str | None) -> str:
        """Return how a scope is written: :meth:`find` reads it back, by id where a name is not enough."""
        if reference is None or scope not in self._records:
            return scope if reference is None else f"{scope}:{reference}"
        records = self._records[scope]
        own = [one for one in records if reference in (one.reference, one.id)]
        if not own:
            return f"{scope}:{reference}"
        alike = [one for one in records if _plain(one.name) == _plain(own[0].name)]
        return f"{scope}:{own[0].name if len(alike) == 1 and own[0].name else own[0].id}"

    def _plain_name(self, scope: GoalScope, name: str) -> str:
        known = self._names[scope]
        found = [one for one in known if _plain(one) == _plain(name)]
        if not found:
            raise _unknown(scope, name, known)
        return found[0]


def _records(reader: Reader, kind: str) -> list[_Record]:
    sql = f"SELECT connection_id, id, {_COLUMNS[kind]} FROM {kind} WHERE is_deleted IS NOT TRUE ORDER BY id"
    found: list[_Record] = []
    for connection, shown, name, email in reader.run(sql, [kind]).rows:
        bare = str(shown).removeprefix(f"{connection}:")
        found.append(_Record(f"{connection}:{bare}", str(shown), name or "", email or ""))
    return found


def _names(reader: Reader, column: str) -> list[str]:
    parts = [f"SELECT {column} FROM {kind} WHERE is_deleted IS NOT TRUE" for kind in ("owner", "team")]
    sql = f"SELECT DISTINCT {column} FROM ({' UNION ALL '.join(parts)}) WHERE {column} IS NOT NULL ORDER BY 1"
    return [str(row[0]) for row in reader.run(sql, ["owner", "team"]).rows]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _ambiguous(scope: str, name: str, found: Sequence[_Record]) -> UserError:
    shown = "; ".join(one.shown for one in found[:_SHOWN])
    rest = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return UserError(f"Several fit the {scope} {quote(name)}: {shown}{rest}.", remedy="Write the e-mail or the id.")


def _unknown(scope: str, name: str, known: Sequence[str]) -> UnknownName:
    near = difflib.get_close_matches(_plain(name), [_plain(one) for one in known], 3, 0.6)
    meant = [one for one in known if _plain(one) in near][:3]
    remedy = f"Did you mean {' or '.join(map(quote, meant))}?" if meant else _remedy(scope, known)
    return UnknownName(f"There is no {scope} {quote(name)} in this workspace.", remedy=remedy)


def _remedy(scope: str, known: Sequence[str]) -> str:
    if not known:
        return f"The workspace has no {scope}: import or sync its people first."
    return f"There are {', '.join(map(quote, known[:_SHOWN]))}{' ...' if len(known) > _SHOWN else ''}."


def scope_of_word(text: str) -> GoalScope | None:
    """Return the scope that a column is named after; None for any other."""
    found = _WORDS.get(_plain(text))
    return found if found in GOAL_SCOPES and found != "company" else None
