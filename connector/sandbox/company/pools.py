"""Words from which people and companies are made. All of them are invented; e-mail hosts end in ``.example``."""

from __future__ import annotations

from typing import Final

FIRST_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "US": ("Olivia", "Ethan", "Grace", "Marcus", "Hannah", "Tyler", "Priya", "Connor", "Naomi", "Derek", "Amelia",
           "Jordan", "Kayla", "Victor", "Megan", "Samuel", "Leah", "Andre", "Tessa", "Walter"),
    "ES": ("Lucía", "Álvaro", "Carmen", "Javier", "Nuria", "Íñigo", "Marta", "Sergio", "Begoña", "Raúl", "Inés",
           "Andrés", "Pilar", "Óscar", "Rocío", "Tomás"),
    "BR": ("Beatriz", "Thiago", "Camila", "João", "Larissa", "Rafael", "Fernanda", "Luís", "Patrícia", "Gustavo",
           "Letícia", "Márcio", "Renata", "Otávio", "Simone", "Caio"),
    "KZ": ("Айгуль", "Данияр", "Светлана", "Ерлан", "Мадина", "Тимур", "Ольга", "Нурлан", "Жанна", "Алексей",
           "Динара", "Арман", "Ирина", "Бауыржан", "Наталья", "Руслан"),
}  # fmt: skip
LAST_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "US": ("Whitfield", "Okafor", "Brennan", "Castellano", "Nguyen", "Harlow", "Lindqvist", "Mercer", "Patel",
           "Sandoval", "Thornton", "Vasquez", "Delgado", "Ellison", "Fairbanks", "Gallagher", "Hutchins", "Ingram"),
    "ES": ("Ibáñez", "Ferrer", "Quintana", "Muñoz", "Pascual", "Arrieta", "Cabrera", "Núñez", "Olmedo", "Sáez",
           "Villalba", "Zubiri", "Herrero", "Lozano"),
    "BR": ("Araújo", "Teixeira", "Brandão", "Moura", "Nogueira", "Sampaio", "Cardoso", "Figueiredo", "Guimarães",
           "Leitão", "Peixoto", "Rezende", "Siqueira", "Valença"),
    "KZ": ("Петренко", "Ахмет", "Тулеген", "Ким", "Шевченко", "Сагинтай", "Омар", "Касым", "Цой", "Нурпеис",
           "Шмидт", "Бондаренко", "Жуманазар", "Черных"),
}  # fmt: skip
COMPANY_STEMS: Final[dict[str, tuple[str, ...]]] = {
    "US": ("Larkfield", "Stonebridge", "Copper Ridge", "Bluewater", "Ironwood", "Prairie Gate", "Northfork",
           "Silver Creek", "Redhawk", "Granite Bay", "Millbrook", "Eastlake", "Summit Pass", "Harborview",
           "Cedar Point", "Fox Hollow", "Kettle River", "Old Mill", "Westmark", "Pinecrest"),
    "ES": ("Montalto", "Ribera Alta", "Sierra Blanca", "Valdeluz", "Aguas Claras", "Peñaflor", "Costa Norte",
           "El Encinar", "Río Seco", "Almenara", "Fuentemayor", "La Dehesa", "Puerto Viejo", "Castroverde"),
    "BR": ("Serra Azul", "Rio Claro", "Campo Belo", "Águas Vivas", "Pedra Alta", "Boa Safra", "Ipê Dourado",
           "Vale Verde", "Mata Nova", "Ouro Branco", "Porto Sereno", "Três Lagos", "Alto Paraíso", "Cerrado Sul"),
    "KZ": ("Алтын Тау", "Степной", "Каспий Ресурс", "Тенгри", "Жетысу", "Иртыш", "Самал", "Ак Булак", "Тобол",
           "Северное Сияние", "Кокше", "Мангышлак"),
}  # fmt: skip
COMPANY_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "US": ("Foods Inc.", "Mining Co.", "Water Authority", "Automotive LLC", "Logistics Group", "Energy Partners",
           "Packaging, Inc.", "Pharma Corp."),
    "ES": ("Alimentación S.A.", "Energía S.L.", "Aguas S.A.", "Logística S.L.", "Componentes S.A.", "Farma S.L."),
    "BR": ("Alimentos Ltda.", "Mineração S.A.", "Saneamento S.A.", "Autopeças Ltda.", "Logística S.A.",
           "Energia Ltda."),
    "KZ": ("Майнинг", "Энерго", "Агро", "Металл", "Логистика", "Водоканал"),
}  # fmt: skip
PROJECTS: Final[dict[str, tuple[str, ...]]] = {
    "US": ("line monitoring", "plant rollout", "pump retrofit", "cold chain pilot", "predictive maintenance", "phase 2",
           "boiler monitoring", "fleet expansion"),
    "ES": ("monitorización de línea", "modernización de bombas", "piloto cadena de frío", "ampliación de planta",
           "mantenimiento predictivo"),
    "BR": ("monitoramento de linha", "piloto de bombas", "expansão da planta", "manutenção preditiva", "fase 2"),
    "KZ": ("мониторинг линии", "модернизация насосов", "пилот", "расширение", "диагностика оборудования"),
}  # fmt: skip
JOB_TITLES: Final = (
    "Plant Manager", "Maintenance Lead", "Head of Operations", "Purchasing Manager", "Reliability Engineer", "CTO",
    "Production Director", "Energy Manager",
)  # fmt: skip
RUSSIAN_JOB_TITLES: Final = (
    "Главный инженер", "Директор по производству", "Начальник закупок", "Главный энергетик", "Инженер КИПиА",
)  # fmt: skip
TICKET_TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "Installation": ("Sensor will not pair", "Bracket does not fit", "Question about mounting"),
    "Connectivity": ("Gateway offline", "Data arrives late", "Firewall rules needed"),
    "Billing": ("Invoice has the wrong address", "Please send last invoice", "Charged twice"),
    "Readings": ("Temperature looks wrong", "Gaps in the vibration chart", "Calibration due"),
    "Access": ("Cannot sign in", "New user needed", "Reset password"),
}
DISQUALIFIED_REASONS: Final = (
    "No need",
    "Student or job seeker",
    "Too small",
    "Wrong region",
    "Unreachable",
    "Competitor",
)

_LATIN: Final = str.maketrans(
    {"а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "y",
     "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
     "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
     "á": "a", "é": "e", "í": "i", "ó": "o", "ú": "u", "ñ": "n", "ã": "a", "õ": "o", "ç": "c", "ê": "e", "â": "a"},
)  # fmt: skip


def latin(text: str) -> str:
    """Return text as lower-case ASCII letters and digits, for e-mail addresses."""
    return "".join(char for char in text.lower().translate(_LATIN) if char.isascii() and char.isalnum())
