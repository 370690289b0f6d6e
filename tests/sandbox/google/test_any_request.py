"""Whatever fits Google's description is answered: carried out, or refused in words; the sandbox never breaks."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from connector.sandbox.google.schema import fields_of
from tests.sandbox.google.desk import Desk

WORDS = ("A1", "Data!A1:B2", "=A1+1", "x", "", "puente", "0", "2026-01-01", "Data")
MASKS = ("*", "*", "", "title", "note", "userEnteredValue", "bogus")
DEEPEST = 6


class Maker:
    """Makes messages of the API at random, with small numbers, so that many of them make sense."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    def message(self, schema: str, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, field in fields_of(schema).items():
            is_deep = depth > DEEPEST and ("$ref" in field or field.get("type") == "array")
            if not is_deep and self.chance.random() < (0.8 if depth < 3 else 0.35):
                made[name] = 0 if name == "sheetId" else self.value(name, field, depth)
        return made

    def value(self, name: str, field: dict[str, Any], depth: int) -> Any:
        if "$ref" in field:
            return self.message(field["$ref"], depth + 1)
        if "enum" in field:
            return self.chance.choice(field["enum"])
        if field["type"] == "array":
            return [self.value(name, field["items"], depth + 1) for _ in range(self.chance.choice((0, 1, 1, 2)))]
        choices: dict[str, tuple[Any, ...]] = {
            "boolean": (True, False),
            "integer": (-1, 0, 0, 1, 2, 3, 100),
            "number": (0, 1, 0.5, -2.5),
            "object": ({},),
            "any": ("a", 1, True, None),
        }
        return self.chance.choice(MASKS if name == "fields" else choices.get(field["type"], WORDS))


@pytest.mark.parametrize("seed", range(6))
def test_any_change_is_made_or_refused(seed: int) -> None:
    maker, kinds = Maker(seed), sorted(fields_of("Request"))
    desk = Desk()
    desk.put("A1", [[1, "a", True], [2, "b", 3.5], ["=A1+1", "x"]], "USER_ENTERED")
    done = set()
    for kind in kinds:
        request = {kind: maker.value(kind, fields_of("Request")[kind], 1)}
        answer = desk.send("POST", ":batchUpdate", {"requests": [request]})
        assert answer.status in (200, 400), answer.content
        assert answer.status == 200 or answer.content["error"]["message"]
        done |= {kind} if answer.status == 200 else set()
    desk.ask("GET", "?includeGridData=true")
    assert done
