# ruff: noqa: E501 (tables of labels)
"""Reports as ``reports/`` hands them over, in the shapes of total_sales, pipeline_overview and data_quality.

All figures come from a small invented company; nothing here is computed by the code under test.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from connector.model.report import Block, ChartSpec, Report, ScoreCard, Tab, Theme
from connector.model.table import Cell, Freshness, Note, Table, TableColumn, Unit

NOW = datetime(2026, 5, 18, 14, 30, tzinfo=UTC)
FRESH = Freshness(
    data_through=datetime(2026, 5, 18, 6, 15, tzinfo=UTC),
    history_since=datetime(2025, 11, 1, 9, 0, tzinfo=UTC),
    rows_rejected=3,
    generation=12,
)
CURRENCIES = {"en": "USD", "es": "EUR", "pt": "BRL", "ru": "RUB"}
ZONES = {"en": "America/New_York", "es": "Europe/Madrid", "pt": "America/Sao_Paulo", "ru": "Europe/Moscow"}

LABELS: dict[str, tuple[str, str, str, str]] = {
    "total_sales": ("Total sales", "Ventas totales", "Vendas totais", "Общие продажи"),
    "deals_won": ("Deals won", "Negocios ganados", "Negócios ganhos", "Выигранные сделки"),
    "avg_deal_size": ("Average deal size", "Tamaño medio del negocio", "Tamanho médio do negócio", "Средняя сумма сделки"),
    "sales_share": ("Share of sales", "Cuota de ventas", "Participação nas vendas", "Доля в продажах"),
    "sales_growth": ("Sales growth", "Crecimiento de ventas", "Crescimento das vendas", "Рост продаж"),
    "win_rate": ("Win rate", "Tasa de éxito", "Taxa de ganho", "Доля выигранных"),
    "owner": ("Owner", "Responsable", "Responsável", "Ответственный"),
    "team": ("Team", "Equipo", "Equipe", "Команда"),
    "month": ("Month", "Mes", "Mês", "Месяц"),
    "account": ("Account", "Cuenta", "Conta", "Клиент"),
    "deal": ("Deal", "Negocio", "Negócio", "Сделка"),
    "stage": ("Stage", "Etapa", "Etapa", "Этап"),
    "amount": ("Amount", "Importe", "Valor", "Сумма"),
    "expected": ("Expected close", "Cierre previsto", "Fechamento previsto", "Ожидаемое закрытие"),
    "created": ("Created", "Creado", "Criado em", "Создана"),
    "score": ("Opportunity score", "Puntuación", "Pontuação", "Оценка сделки"),
    "probability": ("Win probability", "Probabilidad de éxito", "Probabilidade de ganho", "Вероятность выигрыша"),
    "age": ("Age (days)", "Antigüedad (días)", "Idade (dias)", "Возраст (дней)"),
    "source": ("Lead source", "Origen del lead", "Origem do lead", "Источник лида"),
    "field": ("Field", "Campo", "Campo", "Поле"),
    "entity": ("Record type", "Tipo de registro", "Tipo de registro", "Тип записи"),
    "fill": ("Fill rate", "Tasa de relleno", "Taxa de preenchimento", "Заполненность"),
    "open": ("Open opportunities", "Oportunidades abiertas", "Oportunidades abertas", "Открытые сделки"),
    "pipeline": ("Pipeline value", "Valor del pipeline", "Valor do pipeline", "Сумма воронки"),
    "weighted": ("Weighted pipeline", "Pipeline ponderado", "Pipeline ponderado", "Взвешенная воронка"),
    "coverage": ("Pipeline coverage", "Cobertura del pipeline", "Cobertura do pipeline", "Покрытие плана воронкой"),
    "no_step": ("Deals without next step", "Negocios sin próximo paso", "Negócios sem próximo passo", "Сделки без следующего шага"),
    "time_in_stage": ("Time in stage", "Tiempo en la etapa", "Tempo na etapa", "Время на этапе"),
    "checked": ("Records checked", "Registros revisados", "Registros verificados", "Проверено записей"),
    "missing": ("Missing fields", "Campos vacíos", "Campos vazios", "Пустые поля"),
    "incomplete": ("Incomplete records", "Registros incompletos", "Registros incompletos", "Неполные записи"),
    "id": ("Record", "Registro", "Registro", "Запись"),
    "phone": ("Phone", "Teléfono", "Telefone", "Телефон"),
    "email": ("Email", "Correo", "E-mail", "Эл. почта"),
    "previous": ("previous month", "mes anterior", "mês anterior", "прошлый месяц"),
    "month_end": ("end of April", "fin de abril", "fim de abril", "конец апреля"),
    "range": ("May 1–31, 2026", "1–31 de mayo de 2026", "1 a 31 de maio de 2026", "1–31 мая 2026 г."),
    "compare_range": (
        "compared with April 1–18, 2026 (same elapsed part of the period)", "comparado con 1–18 de abril de 2026 (misma parte transcurrida del período)",
        "comparado com 1 a 18 de abril de 2026 (mesma parte decorrida do período)", "в сравнении с 1–18 апреля 2026 г. (та же прошедшая часть периода)",
    ),
    "today": ("As of May 18, 2026", "A 18 de mayo de 2026", "Em 18 de maio de 2026", "На 18 мая 2026 г."),
    "unassigned": ("(unassigned)", "(sin asignar)", "(sem responsável)", "(не назначен)"),
    "not_set": ("(not set)", "(sin definir)", "(não definido)", "(не указано)"),
    "by_owner": ("Sales by owner", "Ventas por responsable", "Vendas por responsável", "Продажи по ответственным"),
    "over_time": ("Sales over time", "Ventas en el tiempo", "Vendas ao longo do tempo", "Продажи по месяцам"),
    "won_deals": ("Won deals", "Negocios ganados", "Negócios ganhos", "Выигранные сделки"),
    "overview": ("Overview", "Resumen", "Visão geral", "Обзор"),
    "details": ("Details", "Detalle", "Detalhes", "Подробно"),
    "stage_owner": ("Open value by stage and owner", "Valor abierto por etapa y responsable", "Valor aberto por etapa e responsável", "Открытая сумма по этапам и ответственным"),
    "to_work": ("Deals to work next", "Negocios que trabajar", "Negócios a trabalhar", "Сделки, которыми заняться"),
    "heatmap": ("Fill rate by record type and field", "Relleno por tipo y campo", "Preenchimento por tipo e campo", "Заполненность по типам и полям"),
    "t_total_sales": ("Total sales", "Ventas totales", "Vendas totais", "Общие продажи"),
    "t_pipeline": ("Pipeline overview", "Resumen del pipeline", "Visão geral do pipeline", "Обзор воронки"),
    "t_quality": ("CRM data quality", "Calidad de datos de CRM", "Qualidade de dados de CRM", "Качество данных CRM"),
    "n_rate": (
        "2 rows without an exchange rate are left out of the sums.", "2 filas sin tipo de cambio quedan fuera de las sumas.",
        "2 linhas sem taxa de câmbio ficam fora das somas.", "2 строки без курса валюты не вошли в суммы.",
    ),
    "n_amount": ("4 deals without amount.", "4 negocios sin importe.", "4 negócios sem valor.", "4 сделки без суммы."),
    "n_overdue": (
        "Deals past their expected close date stay in and are flagged.", "Los negocios con cierre vencido se mantienen y se señalan.",
        "Negócios com fechamento vencido permanecem e são sinalizados.", "Сделки с просроченной датой закрытия остаются и отмечены.",
    ),
}  # fmt: skip

OWNERS = ("Maria Gonçalves", "José Ñúñez", "Пётр Щербаков", "Ann O'Neil", "Li Wei (inactive)", "Aisha Bello")
STAGES = ("Incoming", "Qualified", "Quote", "Closure")


class Labeller:
    """Gives the labels of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._position = ("en", "es", "pt", "ru").index(language)

    def __call__(self, key: str) -> str:
        return LABELS[key][self._position]

    def metric(self, name: str, unit: Unit, direction: str = "up") -> TableColumn:
        return TableColumn(name, self(name), unit, "metric", direction=direction)  # type: ignore[arg-type]

    def compared(self, name: str, unit: Unit, direction: str = "up") -> tuple[TableColumn, TableColumn, TableColumn]:
        label = self(name)
        return (
            self.metric(name, unit, direction),
            TableColumn(f"{name}__previous", label, unit, "comparison", of=name),
            TableColumn(f"{name}__change", label, "percent", "change", of=name),
        )

    def dimension(self, name: str, unit: Unit = "text", grain: str = "") -> TableColumn:
        return TableColumn(name, self(name), unit, "dimension", grain=grain)


def report(template: str, title: str, tabs: tuple[Tab, ...], language: str, **changes: object) -> Report:
    label = Labeller(language)
    fields: dict[str, object] = {
        "template": template, "title": title, "workspace": "Nordwind Sensors", "language": language,
        "currency": CURRENCIES[language], "time_zone": ZONES[language],
        "first_day": date(2026, 5, 1), "last_day": date(2026, 5, 31),
        "range_label": label("range"), "comparison_label": label("compare_range"), "generated_at": NOW,
        "tabs": tabs, "freshness": FRESH, "theme": Theme(name="Nordwind"),
        "notes": (Note("no_rate", label("n_rate"), "warning", 2),),
    }  # fmt: skip
    return Report(**(fields | changes))  # type: ignore[arg-type]


def total_sales(language: str = "en") -> Report:
    """Score cards, sales by owner, sales by month, and the won deals behind them."""
    label = Labeller(language)
    overview = Tab("overview", label("overview"), (_cards(label), _by_owner(label), _over_time(label)))
    return report(
        "total_sales", label("t_total_sales"), (overview, Tab("details", label("details"), (_won(label),))), language
    )


def _cards(label: Labeller) -> Block:
    return Block("cards", "", cards=(
        ScoreCard("total_sales", label("total_sales"), "money", Decimal("10005534.1250"), Decimal("8750000.0000"), label("previous"), 0.14348961428571428, "up"),
        ScoreCard("deals_won", label("deals_won"), "count", 4238, 4400, label("previous"), -0.03681818181818182, "up"),
        ScoreCard("avg_deal_size", label("avg_deal_size"), "money", Decimal("2360.9094"), Decimal("1988.6364"), label("previous"), 0.1872, "up"),
        ScoreCard("win_rate", label("win_rate"), "percent", 0.6315, None, label("previous"), None, "up"),
        ScoreCard("age", label("age"), "days", 47.985, 51.2, label("previous"), -0.0627929, "down"),
    ))  # fmt: skip


def _by_owner(label: Labeller) -> Block:
    columns = (
        label.dimension("owner"), label.dimension("team"), *label.compared("total_sales", "money"), label.metric("deals_won", "count"),
        label.metric("avg_deal_size", "money"), label.metric("sales_share", "percent"), label.metric("win_rate", "percent"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    sums = (2_450_000, 1_980_500, 1_720_034, 1_500_000, 1_205_000, 650_000)
    for number, (owner, total) in enumerate(zip(OWNERS, sums, strict=True)):
        before = Decimal(total) * (90 + number * 5) / 100
        deals = 1000 - number * 137
        rows.append((
            owner, f"Team {number % 2 + 1}", Decimal(total) + Decimal("0.5"), before, float(Decimal(total) / before) - 1, deals,
            Decimal(total) / deals, total / 10_005_534, 0.7 - number * 0.06,
        ))  # fmt: skip
    rows.append(
        (
            label("unassigned"),
            label("not_set"),
            Decimal("500000.1250"),
            None,
            None,
            3,
            Decimal("166666.7083"),
            0.05,
            0.6666666666666666,
        )
    )
    rows.append(("Zero Zoe", "Team 2", Decimal(0), Decimal(12000), -1.0, 0, None, 0.0, None))
    totals = (
        label("total_sales"),
        None,
        Decimal("10005534.1250"),
        Decimal(8750000),
        0.1434896,
        4238,
        Decimal("2360.9094"),
        1.0,
        0.6315,
    )
    table = Table(
        columns, tuple(rows), totals, (Note("no_amount", label("n_amount"), count=4),), FRESH,
        small=frozenset({(6, 8)}), small_n={(6, 8): 3},
    )  # fmt: skip
    charts = (ChartSpec("bar", label("by_owner"), "owner", ("total_sales",)),)
    return Block("by_owner", label("by_owner"), table=table, charts=charts)


def _over_time(label: Labeller) -> Block:
    columns = (
        label.dimension("month", "period", "month"),
        label.metric("total_sales", "money"),
        label.metric("deals_won", "count"),
    )
    months = [date(2025 + (index + 5) // 12, (index + 5) % 12 + 1, 1) for index in range(12)]
    shape = (610, 655, 702, 698, 0, 760, 815, 790, 905, 1010, 1075, 420)
    rows = tuple((month, Decimal(k * 1000) if k else None, k * 2) for month, k in zip(months, shape, strict=True))
    table = Table(columns, rows, ("", Decimal(8440000), 16880), freshness=FRESH)
    charts = (
        ChartSpec("line", label("over_time"), "month", ("total_sales",)),
        ChartSpec("column", label("won_deals"), "month", ("deals_won",)),
    )
    return Block("over_time", label("over_time"), table=table, charts=charts, running_x=date(2026, 5, 1))


def _won(label: Labeller) -> Block:
    columns = (
        label.dimension("deal"), label.dimension("account"), label.dimension("owner"), label.dimension("created", "instant"),
        label.dimension("expected", "date"), label.metric("amount", "money"), label.metric("time_in_stage", "duration_s", "down"),
    )  # fmt: skip
    random = Random(4)
    names = (
        '=HYPERLINK("http://evil.example","click")',
        "+1 upgrade",
        "-x",
        "@here",
        "\ttab first",
        "https://example.com/a",
        "<script>alert(1)</script>",
    )
    rows: list[tuple[Cell, ...]] = []
    for number in range(60):
        name = names[number] if number < len(names) else f"Sensors for line {number}"
        created = NOW - timedelta(days=number * 3, hours=number)
        rows.append((
            name, f"Account {random.randrange(40)}" if number % 9 else None, OWNERS[number % 6], created,
            date(2026, 5, 1) + timedelta(days=number % 30) if number % 7 else None,
            None if number % 20 == 19 else Decimal(random.randrange(1_000_000, 90_000_000)) / 1000, random.randrange(3600, 3_000_000),
        ))  # fmt: skip
    links = {number: f"https://crm.example.com/deals/{number}?a=1&b=2" for number in range(60)}
    links[3] = "javascript:alert(1)"
    table = Table(columns, tuple(rows), freshness=FRESH, notes=(Note("no_amount", label("n_amount"), count=4),))
    return Block("won", label("won_deals"), table=table, links=links)


def pipeline_overview(language: str = "en") -> Report:
    """Score cards with a snapshot comparison, a stacked bar of stage by owner, the deals to work next."""
    label = Labeller(language)
    cards = Block("cards", "", cards=(
        ScoreCard("open", label("open"), "count", 214, 198, label("month_end"), 16 / 198, "up"),
        ScoreCard("pipeline", label("pipeline"), "money", Decimal(100000), Decimal("120000.00"), label("month_end"), -0.16666666666666666, "up"),
        ScoreCard("weighted", label("weighted"), "money", Decimal(56000), Decimal(56000), label("month_end"), 0.0, "up"),
        ScoreCard("coverage", label("coverage"), "ratio", 2.25, None, "", None, "up"),
        ScoreCard("no_step", label("no_step"), "count", 37, None, "", None, "down", note="37 / 214"),
    ))  # fmt: skip
    tab = Tab("overview", label("overview"), (cards, _stages(label), _funnel(label)))
    work = Tab("work", label("to_work"), (_to_work(label),))
    return report(
        "pipeline_overview", label("t_pipeline"), (tab, work), language, first_day=None, last_day=date(2026, 5, 18),
        range_label=label("today"), comparison_label=label("month_end"), filters_label="Pipeline = Sales",
    )  # fmt: skip


def _stages(label: Labeller) -> Block:
    columns = (
        label.dimension("stage"),
        label.dimension("owner"),
        label.metric("open", "count"),
        label.metric("pipeline", "money"),
        label.metric("weighted", "money"),
    )
    random = Random(11)
    rows: list[tuple[Cell, ...]] = []
    for stage in STAGES:
        for owner in (*OWNERS[:4], label("unassigned")):
            value = Decimal(random.randrange(5_000, 90_000))
            rows.append((stage, owner, random.randrange(1, 20), value, value / 3))
    table = Table(columns, tuple(rows), ("", "", 214, Decimal(100000), Decimal(56000)), freshness=FRESH)
    chart = ChartSpec("stacked_bar", label("stage_owner"), "stage", ("pipeline",), "owner")
    return Block("stage_owner", label("stage_owner"), table=table, charts=(chart,))


def _funnel(label: Labeller) -> Block:
    columns = (
        label.dimension("stage"),
        label.metric("open", "count"),
        label.metric("win_rate", "percent"),
        label.metric("age", "days", "down"),
    )
    rows = (
        ("Incoming", 120, None, 3.25),
        ("Qualified", 64, 0.5333333333333333, 12.05),
        ("Quote", 22, 0.34375, 30.0),
        ("Closure", 8, 0.36363636, 61.449),
    )
    table = Table(columns, rows, freshness=FRESH)
    charts = (
        ChartSpec("funnel", label("open"), "stage", ("open",)),
        ChartSpec("line", label("win_rate"), "stage", ("win_rate",)),
    )
    return Block(
        "funnel",
        label("stage"),
        table=table,
        charts=charts,
        filtered=False,
        notes=(Note("unfiltered", label("n_overdue")),),
    )


def _to_work(label: Labeller) -> Block:
    columns = (
        label.dimension("deal"), label.dimension("account"), label.dimension("owner"), label.dimension("stage"), label.dimension("source"),
        label.dimension("expected", "date"), label.metric("amount", "money"), label.metric("score", "score"), label.metric("probability", "percent"),
        label.metric("age", "days", "down"),
    )  # fmt: skip
    random = Random(5)
    rows: list[tuple[Cell, ...]] = []
    for number in range(120):
        long = (
            " — replacement of all temperature probes, with installation, training and two years of service"
            if number % 11 == 0
            else ""
        )
        rows.append((
            f"Deal {number}{long}", f"Account {random.randrange(40)}", OWNERS[number % 6], STAGES[number % 4],
            ("Web", "Partner", None)[number % 3], date(2026, 4, 20) + timedelta(days=number),
            Decimal(random.randrange(100, 9_000_000)) / 100, 100 - number // 2, random.random(), random.random() * 200,
        ))  # fmt: skip
    marks = {(number, 5): "wrong" for number in range(28)}
    table = Table(columns, tuple(rows), freshness=FRESH)
    links = {number: f"https://crm.example.com/deals/{number}" for number in range(120)}
    return Block("work", label("to_work"), text=label("n_overdue"), table=table, marks=marks, links=links)  # type: ignore[arg-type]


def data_quality(language: str = "en") -> Report:
    """Score cards, a heatmap of record type by field, bars by owner, and the records with their gaps."""
    label = Labeller(language)
    cards = Block("cards", "", cards=(
        ScoreCard("checked", label("checked"), "count", 8800, 8650, label("month_end"), 0.0173410404, "neutral"),
        ScoreCard("missing", label("missing"), "count", 1425, 1500, label("month_end"), -0.05, "down"),
        ScoreCard("fill", label("fill"), "percent", 0.85, 0.83, label("month_end"), 0.0240963855, "up"),
        ScoreCard("incomplete", label("incomplete"), "percent", 0.5, None, label("month_end"), None, "down"),
    ))  # fmt: skip
    overview = Tab("overview", label("overview"), (cards, _heat(label), _by_editor(label)))
    records = Tab("records", label("id"), (_records(label),))
    return report("data_quality", label("t_quality"), (overview, records), language, range_label=label("today"))


def _heat(label: Labeller) -> Block:
    columns = (
        label.dimension("entity"),
        label.dimension("field"),
        label.metric("missing", "count", "down"),
        label.metric("fill", "percent"),
    )
    random = Random(9)
    fields = ("amount", "expected", "owner", "phone", "email", "source")
    rows: list[tuple[Cell, ...]] = []
    for entity in (label("deal"), label("account"), label("source")):
        for number, field in enumerate(fields):
            if entity == label("account") and number == 0:
                continue
            rows.append((entity, label(field), random.randrange(0, 200), random.randrange(40, 101) / 100))
    chart = ChartSpec("heatmap", label("heatmap"), "entity", ("fill",), "field")
    return Block("heat", label("heatmap"), table=Table(columns, tuple(rows), freshness=FRESH), charts=(chart,))


def _by_editor(label: Labeller) -> Block:
    columns = (label.dimension("owner"), label.metric("missing", "count", "down"), label.metric("fill", "percent"))
    rows = (
        *((owner, 400 - number * 61, 0.6 + number / 20) for number, owner in enumerate(OWNERS)),
        (label("unassigned"), 77, 0.5),
    )
    chart = ChartSpec("bar", label("missing"), "owner", ("missing",))
    return Block("owners", label("owner"), table=Table(columns, rows, freshness=FRESH), charts=(chart,))


def _records(label: Labeller) -> Block:
    columns = (
        *(label.dimension(name) for name in ("id", "entity", "owner", "phone", "email")),
        label.dimension("expected", "date"),
        label.metric("amount", "money"),
    )
    random = Random(21)
    rows: list[tuple[Cell, ...]] = []
    marks: dict[tuple[int, int], str] = {}
    for number in range(80):
        row: list[Cell] = [
            f"00Q{number:05d}", label("deal"), OWNERS[number % 6], f"+34 600 {number:06d}", f"person{number}@example.com",
            date(2026, 5, 18) + timedelta(days=number), Decimal(number * 1234),
        ]  # fmt: skip
        for column in range(2, 7):
            if random.random() < 0.15:
                row[column] = None
                marks[number, column] = "missing"
        if number % 13 == 0 and (number, 6) not in marks:
            row[6] = Decimal(0)
            marks[number, 6] = "wrong"
        rows.append(tuple(row))
    links = {number: f"https://crm.example.com/records/{number}" for number in range(80)}
    return Block("records", label("id"), table=Table(columns, tuple(rows), freshness=FRESH), marks=marks, links=links)  # type: ignore[arg-type]


SAMPLES = {"total_sales": total_sales, "pipeline_overview": pipeline_overview, "data_quality": data_quality}
