"""What the people of a spreadsheet read when a refresh fails: each sentence in their language."""

from __future__ import annotations

import re

import pytest

from connector.actions.sheets import said_of
from connector.deliver.sheets.budget import MOST_CELLS, check_cells
from connector.deliver.sheets.drift import SENTENCES, Drift
from connector.deliver.sheets.protection import protected
from connector.deliver.sheets.refusals import SAID, SOMEBODY, google_refusal, not_editor
from connector.errors import NotInAccount, PuenteError, UserError
from connector.http.answer import Response
from connector.model.messages import told
from connector.model.query import Language

OTHERS: tuple[Language, ...] = ("es", "pt", "ru")
ME = "puente@example.com"
ENGLISH = re.compile(
    r"\b(the|with|who|whoever|can|owns|deleted|delete|somebody|comes|back|has|and|your|it)\b", re.IGNORECASE
)
QUOTED = re.compile(r"'[^']*'|[\w.]+@[\w.]+")


def _too_many() -> PuenteError:
    with pytest.raises(UserError) as caught:
        check_cells(MOST_CELLS - 42, 2_224, "x")
    return caught.value


ERRORS: list[PuenteError] = [
    *(refusal(ME, "") for _, refusal in SAID),
    not_editor(ME, ""),
    google_refusal(Response(404), "", ME),
    google_refusal(Response(400, data=b'{"error": {"message": "No grid with id: 5. Try again."}}'), "", ME),
    _too_many(),
    protected("Resumen", ME, {}),
    protected("Resumen", ME, {"users": ["ana@example.com"]}),
    protected("Resumen", SOMEBODY, {}),
    NotInAccount(
        "The spreadsheet 'gwriter. Who owns it' lies in the bin of Google Drive.",
        remedy="Whoever owns it can restore it. To refresh it no more: sheet forget.",
    ),
]
LOSSES = [
    Drift("tab_deleted", tab="By product").sentence,
    Drift("column_deleted", "By customer", "Total sales", "Deals won").sentence,
    Drift("chart_deleted", "By customer. Who owns it").sentence,
]


def _left(text: str) -> list[str]:
    return ENGLISH.findall(QUOTED.sub("", text))


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.sentence[:40])
def test_a_refusal_and_its_remedy_are_both_translated(language: Language, error: PuenteError) -> None:
    both = [error.sentence, error.remedy]
    assert [text for text in both if told(text, language) == text] == []
    assert told(said_of(error), language) == " ".join(told(text, language) for text in both)
    assert _left(told(said_of(error), language)) == []


@pytest.mark.parametrize("language", OTHERS)
def test_several_losses_are_translated_each(language: Language) -> None:
    assert told(" ".join(LOSSES), language) == " ".join(told(loss, language) for loss in LOSSES)
    assert _left(told(" ".join(LOSSES), language)) == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_finding_is_translated_beside_any_other(language: Language) -> None:
    said = [Drift(code, "A. Who", "B", "C", "D!E1", "E. It comes").sentence for code in SENTENCES]
    for one, other in zip(said, [*said[1:], said[0]], strict=True):
        assert told(f"{one} {other}", language) == f"{told(one, language)} {told(other, language)}"
