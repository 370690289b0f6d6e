"""Number formats of the sandbox beside those of a spreadsheet program that others wrote (LibreOffice)."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
import xlsxwriter

from connector.sandbox.google.display import display
from connector.sandbox.google.locales import ways_of

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

NUMBERS = (
    "0", "0.00", "#,##0", "#,##0.00", "0%", "0.0%", "0.00E+00", "#,##0;(#,##0)", '#,##0.00;-#,##0.00;"zero"',
    "$#,##0.00", '"€"#,##0', "0.###", "#.##", "#,##0,", '0.00" x"', "+0;-0;0", '0.0,,"M"', "[Red]0.00;[Blue]-0.00",
)  # fmt: skip
DATES = (
    "yyyy-mm-dd", "d/m/yyyy", "dd.mm.yy", "mmm d, yyyy", "dddd", "ddd d mmmm", "h:mm", "hh:mm:ss", "h:mm am/pm",
    "yyyy-mm-dd hh:mm", "mmm-yy", "m/d/yy h:mm",
)  # fmt: skip
EACH = 20
SIZES = (1, 100, 10_000, 5_000_000, 2_000_000_000)


def asked() -> list[tuple[str, float]]:
    """Patterns with values: numbers of all sizes and both signs, moments on whole minutes, spans of some hours."""
    chance = Random(5)
    pairs: list[tuple[str, float]] = []
    for pattern in NUMBERS:
        sizes = [chance.choice(SIZES) for _ in range(EACH)]
        pairs += [(pattern, round(chance.uniform(-1, 1) * size, 3) + 0.000_13) for size in sizes]
    for pattern in DATES:
        pairs += [(pattern, chance.randrange(100, 80_000) + chance.randrange(1440) / 1440) for _ in range(EACH)]
    return pairs + [("[h]:mm", chance.randrange(60_000) / 1440) for _ in range(EACH)]


def texts_of_libreoffice(pairs: list[tuple[str, float]], folder: Path) -> list[str]:
    """Return what LibreOffice shows in the cells of a workbook."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("needs LibreOffice")
    with xlsxwriter.Workbook(str(folder / "formats.xlsx")) as workbook:
        sheet = workbook.add_worksheet()
        sheet.set_column(0, 0, 60)
        for row, (pattern, value) in enumerate(pairs):
            sheet.write_number(row, 0, value, workbook.add_format({"num_format": pattern}))
    shape = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true"
    command = [office, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", shape]
    command += ["--outdir", str(folder), str(folder / "formats.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    with (folder / "formats.csv").open(encoding="utf-8", newline="") as file:
        return [row[0] if row else "" for row in csv.reader(file)]


def test_number_formats_agree_with_libreoffice(tmp_path: Path, figure: Callable[[str], None]) -> None:
    pairs, american = asked(), ways_of("en_US")
    theirs = texts_of_libreoffice(pairs, tmp_path)
    ours = [
        display(value, {"numberFormat": {"type": "NUMBER", "pattern": pattern}}, american) for pattern, value in pairs
    ]
    different = [row for row in zip(pairs, ours, theirs, strict=True) if row[1] != row[2]]
    figure(f"number formats: {len(pairs) - len(different)} of {len(pairs)} texts are LibreOffice's")
    assert different == []
