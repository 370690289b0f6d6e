# ruff: noqa: E501 (tables of figures)
"""Every kind of chart over ordinary and awkward data, as blocks of one report.

``ordinary`` is what a template gives; ``awkward`` holds what it never shows in a demo: names of 200 letters, one
category, sixty, figures below zero, none at all, huge and tiny ones.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from connector.model.report import Block, ChartKind, ChartSpec, Report, Tab
from connector.model.table import Cell, Table, TableColumn, Unit
from tests.deliver.files.sample_reports import OWNERS, report

LONG = (
    "Общество с ограниченной ответственностью «Северо-Западная строительно-монтажная компания имени двадцатилетия "
    "завода измерительных приборов и автоматики», филиал в городе Петропавловске-Камчатском, отдел продаж"
)
KINDS: tuple[ChartKind, ...] = (
    "bar", "column", "stacked_bar", "stacked_column", "percent_bar", "diverging_bar", "line", "combo", "pie", "funnel",
    "heatmap", "waterfall", "flow", "box",
)  # fmt: skip
MONTHS = tuple(date(2025 + (index + 5) // 12, (index + 5) % 12 + 1, 1) for index in range(12))
STAGES = ("New", "Qualified", "Quote sent", "Negotiation", "Won")
REASONS = ("Price", "No budget this year", "Chose a competitor", "No answer", "Timing", "Missing feature", "Duplicate", "Legal", "Moved away")  # fmt: skip


def dimension(name: str, unit: Unit = "text", grain: str = "") -> TableColumn:
    return TableColumn(name, name.capitalize(), unit, "dimension", grain=grain)


def metric(name: str, unit: Unit = "money", label: str = "", direction: str = "up") -> TableColumn:
    return TableColumn(name, label or name.capitalize(), unit, "metric", direction=direction)  # type: ignore[arg-type]


def block(name: str, columns: tuple[TableColumn, ...], rows: list[tuple[Cell, ...]], *charts: ChartSpec) -> Block:
    return Block(name, name, table=Table(columns, tuple(rows)), charts=charts)


def ordinary() -> list[Block]:
    """Return a block for each kind of chart, with data as templates have it."""
    return [
        _owners(), _reasons(), _months(), _stacked(), _shares(), _won_lost(), _combo(), _funnel(), _panels(), _legs(), _cash(),
        _moves(), _boxes(), _heat(), _plain_heat(),
    ]  # fmt: skip


def awkward() -> list[Block]:
    """Return blocks whose data strain a drawing; each has all kinds that can show it."""
    random = Random(3)
    many = [(f"Seller number {n}", Decimal(random.randrange(0, 900_000))) for n in range(60)]
    tiny: list[Cell] = [0.000001, 0.0004, 0.00072]
    cases: dict[str, list[tuple[Cell, Cell]]] = {
        "long names": [(f"{LONG} {n}", Decimal(1000 * (n + 1))) for n in range(7)],
        "one word": [("Ж" * 200, 12), ("W" * 120, 7)],
        "single": [("Only one", Decimal(120_000))],
        "sixty": many,  # type: ignore[dict-item]
        "below zero": [("Up", Decimal(50_000)), ("Down", Decimal(-80_000)), ("Little", Decimal(-300)), ("None", None)],
        "all below zero": [("A", -5), ("B", -50), ("C", -500)],
        "nothing": [("A", None), ("B", None)],
        "zeros": [("A", 0), ("B", 0)],
        "huge": [("A", Decimal("9876543210123.4567")), ("B", 12), ("C", Decimal("0.01"))],
        "tiny": [(f"T{n}", value) for n, value in enumerate(tiny)],
    }
    return [_case(name, rows) for name, rows in cases.items()]


def _case(name: str, rows: list[tuple[Cell, Cell]]) -> Block:
    """One set of figures under every kind; a second dimension and five figures are made of the one."""
    names = ("value", "b", "c", "d", "e")
    columns = (dimension("name"), dimension("by"), *(metric(one, "number") for one in names))
    made: list[tuple[Cell, ...]] = []
    for x, y in rows:
        parts = [None if y is None else float(y) * share for share in (1.0, 1.2, 1.5, 2.0, 4.0)]  # type: ignore[arg-type]
        made.append((x, f"To {x}", *parts))
    charts = [
        ChartSpec(
            kind, f"{name}: {kind}", "name",
            names if kind == "box" else names[:2] if kind in ("combo", "percent_bar", "diverging_bar") else names[:1],
            "by" if kind in ("flow", "heatmap", "stacked_bar", "stacked_column") else "", 60,
            lines=("c",) if kind == "combo" else (), labels=("b", "c") if kind == "funnel" else (),
        )
        for kind in KINDS
    ]  # fmt: skip
    return block(name, columns, made, *charts)


def gallery(language: str = "en", blocks: list[Block] | None = None) -> Report:
    tabs = [Tab("ordinary", "Ordinary", tuple(ordinary())), Tab("awkward", "Awkward", tuple(awkward()))]
    if blocks is not None:
        tabs = [Tab("some", "Some", tuple(blocks))]
    return report("gallery", "Gallery of charts", tuple(tabs), language)


def _owners() -> Block:
    columns = (dimension("owner"), metric("sales"), metric("mean", "money", "Team average"), metric("goal", "money"))
    rows: list[tuple[Cell, ...]] = [
        (owner, Decimal(620_000 - 91_300 * n), Decimal(391_750), Decimal(400_000 + 20_000 * n))
        for n, owner in enumerate(OWNERS)
    ]
    return block(
        "Owners", columns, rows,
        ChartSpec("bar", "Sales with team average", "owner", ("sales",), lines=("mean",)),
        ChartSpec("bar", "Sales against goals", "owner", ("sales",), lines=("goal",)),
        ChartSpec("bar", "Sales and goals", "owner", ("sales", "goal")),
        ChartSpec("column", "Sales in columns", "owner", ("sales",), lines=("goal", "mean")),
    )  # fmt: skip


def _reasons() -> Block:
    columns = (dimension("reason"), metric("lost", "count", "Deals lost", "down"), metric("share", "percent"))
    counts = (412, 238, 181, 90, 55, 31, 12, 3, 1)
    rows: list[tuple[Cell, ...]] = [(name, n, n / sum(counts)) for name, n in zip(REASONS, counts, strict=True)]
    return block(
        "Loss reasons", columns, rows,
        ChartSpec("pie", "Deals lost by reason", "reason", ("lost",)),
        ChartSpec("bar", "Number and share", "reason", ("lost",), labels=("share",)),
    )  # fmt: skip


def _months() -> Block:
    columns = (dimension("month", "period", "month"), metric("sales"), metric("rate", "percent", "Win rate"), metric("goal"))  # fmt: skip
    values = (610, 655, 702, 698, None, 760, 815, 790, 905, 1010, 1075, 420)
    rows: list[tuple[Cell, ...]] = [
        (month, None if k is None else Decimal(k * 1000), None if k is None else 0.2 + k / 4000, Decimal(700_000 + 20_000 * n))
        for n, (month, k) in enumerate(zip(MONTHS, values, strict=True))
    ]  # fmt: skip
    charts = (
        ChartSpec("line", "Sales and goal over time", "month", ("sales",), lines=("goal",)),
        ChartSpec("column", "Sales by month", "month", ("sales",), limit=6),
        ChartSpec("column", "Sales and win rate", "month", ("sales",), lines=("rate",)),
        ChartSpec("line", "Win rate", "month", ("rate",), limit=6),
    )
    return Block("months", "Months", table=Table(columns, tuple(rows)), charts=charts, running_x=MONTHS[-1])


def _stacked() -> Block:
    columns = (dimension("month", "period", "month"), dimension("product"), metric("sales"))
    rows: list[tuple[Cell, ...]] = [
        (month, product, Decimal((n + 2) * (40 - 9 * p) * 1000))
        for n, month in enumerate(MONTHS)
        for p, product in enumerate(("Sensors", "Service contracts", "Installation", "(no product)"))
    ]
    charts = (
        ChartSpec("stacked_column", "Sales by product", "month", ("sales",), "product"),
        ChartSpec("percent_bar", "Mix of products over time", "month", ("sales",), "product"),
        ChartSpec("line", "Products over time", "month", ("sales",), "product"),
        ChartSpec("stacked_bar", "The same, lying", "month", ("sales",), "product", 5),
    )
    return Block("stacks", "Stacks", table=Table(columns, tuple(rows)), charts=charts, running_x=MONTHS[-1])


def _shares() -> Block:
    columns = (dimension("owner"), dimension("stage"), metric("open", "count"))
    random = Random(8)
    rows: list[tuple[Cell, ...]] = [(owner, stage, random.randrange(0, 60)) for owner in OWNERS for stage in STAGES[:4]]
    return block(
        "Stage distribution", columns, rows,
        ChartSpec("percent_bar", "Stages of each owner's deals", "owner", ("open",), "stage"),
        ChartSpec("stacked_bar", "The same as numbers", "owner", ("open",), "stage"),
    )  # fmt: skip


def _won_lost() -> Block:
    columns = (dimension("owner"), metric("won", "count", "Deals won"), metric("lost", "count", "Deals lost", "down"))
    rows: list[tuple[Cell, ...]] = [(owner, 42 - 6 * n, 9 + 5 * n) for n, owner in enumerate(OWNERS)]
    chart = ChartSpec("diverging_bar", "Won and lost by owner", "owner", ("won", "lost"))
    return block("Won and lost", columns, rows, chart)


def _combo() -> Block:
    columns = (
        dimension("month", "period", "month"), metric("won"), metric("weighted", "money", "Weighted open deals"),
        metric("goal", "money", "Sales goal"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (month, Decimal(90_000 * max(0, 8 - n)) if n < 8 else None, Decimal(40_000 * max(0, n - 5)) or None, Decimal(600_000))
        for n, month in enumerate(MONTHS)
    ]  # fmt: skip
    chart = ChartSpec("combo", "Won, weighted, goal", "month", ("won", "weighted"), lines=("goal",))
    return Block("combo", "Forecast", table=Table(columns, tuple(rows)), charts=(chart,), running_x=MONTHS[7])


def _rates(counts: tuple[int, ...]) -> list[tuple[Cell, Cell, Cell]]:
    first = counts[0]
    return [(n, None if not place else n / counts[place - 1], n / first) for place, n in enumerate(counts)]


def _funnel() -> Block:
    columns = (
        dimension("stage"), metric("reached", "count", "Deals that reached the stage"),
        metric("step", "percent", "Step conversion"), metric("since", "percent", "Cumulative conversion"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (stage, *rates) for stage, rates in zip(STAGES, _rates((1240, 610, 402, 433, 96)), strict=True)
    ]
    charts = (
        ChartSpec("funnel", "Sales funnel", "stage", ("reached",), labels=("step", "since")),
        ChartSpec("funnel", "Without rates", "stage", ("reached",)),
    )
    return block("Funnel", columns, rows, *charts)


def _panels() -> Block:
    columns = (dimension("team"), dimension("stage"), metric("reached", "count"), metric("step", "percent", "Step conversion"))  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for number in range(7):
        counts = tuple(round(900 / (number + 1) / (place + 1)) for place in range(5))
        rates = _rates(counts)
        rows += [(f"Team {number + 1}", stage, *rate[:2]) for stage, rate in zip(STAGES, rates, strict=True)]
    charts = (
        ChartSpec("funnel", "Funnel of each team", "stage", ("reached",), labels=("step",), panels="team"),
        ChartSpec("column", "Columns of each team", "stage", ("reached",), panels="team"),
    )
    return block("Small charts", columns, rows, *charts)


def _legs() -> Block:
    columns = (dimension("account"), dimension("leg"), metric("value"))
    legs: list[tuple[Cell, ...]] = [
        ("Pipeline on April 1", Decimal(1_200_000)), ("Added", Decimal(430_000)), ("Increased", Decimal(65_500)),
        ("Decreased", Decimal(-41_200)), ("Won", Decimal(-380_000)), ("Lost", Decimal(-212_000)),
        ("Removed", Decimal(0)), ("Pipeline on June 30", Decimal(1_062_300)),
    ]  # fmt: skip
    ends = (str(legs[0][0]), str(legs[-1][0]))
    chart = ChartSpec("waterfall", "From April to June", "leg", ("value",), totals=ends)
    return block("Waterfall", columns, [("All", *leg) for leg in legs], chart)


def _cash() -> Block:
    columns = (dimension("account"), dimension("leg"), metric("value"))
    legs = (("Start", -5000), ("Fee", -1000), ("Up", 9000), ("Down", -10_000), ("End", -7000))
    rows: list[tuple[Cell, ...]] = [(name, leg, value * scale) for name, scale in (("Bank", 1), ("Till", 2)) for leg, value in legs]  # fmt: skip
    chart = ChartSpec("waterfall", "Through zero", "leg", ("value",), panels="account", totals=("Start", "End"))
    return block("Cash", columns, rows, chart)


def _moves() -> Block:
    columns = (dimension("was"), dimension("now"), metric("deals", "count"))
    random = Random(5)
    rows: list[tuple[Cell, ...]] = [
        (was, now, random.randrange(1, 60) if at != place else 120)
        for at, was in enumerate(("(not there yet)", *STAGES[:4]))
        for place, now in enumerate((*STAGES, "Lost", None))
        if random.random() < 0.75
    ]
    return block("Moves", columns, rows, ChartSpec("flow", "From stage to stage", "was", ("deals",), "now"))


def _boxes() -> Block:
    names = ("Shortest", "First quarter", "Median", "Third quarter", "Longest")
    columns = (dimension("source"), *(metric(name, "days") for name in names))
    rows: list[tuple[Cell, ...]] = [
        (source, 1.5 + n, 12.0 + 4 * n, 24.5 + 5 * n, 40.0 + 7 * n, 96.0 + 20 * n if n != 2 else 900.0)
        for n, source in enumerate(("Web", "Partner", "Trade fair", "Referral"))
    ]
    return block("Sales cycle", columns, rows, ChartSpec("box", "Days from first contact to won", "source", names))


def _heat() -> Block:
    columns = (dimension("source"), dimension("owner"), metric("rate", "percent", "Win rate"))
    random = Random(2)
    rows: list[tuple[Cell, ...]] = [
        (source, owner, None if random.random() < 0.15 else random.random())
        for source in ("Web", "Partner", "Trade fair", None)
        for owner in OWNERS
    ]
    return block("Heatmap", columns, rows, ChartSpec("heatmap", "Win rate by source and owner", "source", ("rate",), "owner"))  # fmt: skip


def _plain_heat() -> Block:
    columns = (dimension("owner"), metric("calls", "count"), metric("meetings", "count"), metric("rate", "percent"))
    rows: list[tuple[Cell, ...]] = [(owner, 310 - 40 * n, 12 + 3 * n, 0.2 + n / 20) for n, owner in enumerate(OWNERS)]
    return block("Activity", columns, rows, ChartSpec("heatmap", "Each column by itself", "owner", ("calls", "meetings", "rate")))  # fmt: skip
