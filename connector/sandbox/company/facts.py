"""What never changes about the company: its teams, products, stages, sources and currencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Country:
    """One market. ``per_dollar`` is the typical price of one US dollar in its currency."""

    code: str
    name: str
    currency: str
    per_dollar: float
    phone: str
    spellings: tuple[str, ...]
    """Other ways in which people type the country; the mapping repairs them."""
    unknown: str
    """A spelling that nobody has mapped yet, so that it shows as a wrong label."""


US: Final = Country("US", "United States", "USD", 1.0, "+1 555 01", ("USA", "U.S."), "US of A")
ES: Final = Country("ES", "Spain", "EUR", 0.92, "+34 910 00", ("España",), "Espanha")
BR: Final = Country("BR", "Brazil", "BRL", 5.4, "+55 11 5550-", ("Brasil",), "Brazl")
KZ: Final = Country("KZ", "Kazakhstan", "KZT", 505.0, "+7 727 555 ", ("Казахстан",), "KAZ")
COUNTRIES: Final = (US, ES, BR, KZ)
ROUBLE: Final = ("RUB", 91.0)
"""Currency of some Russian-speaking customers of the Almaty office, and its price per dollar."""


@dataclass(frozen=True, slots=True)
class Team:
    """One sales team; ``zone`` is where its people work, ``share`` its part of all accounts."""

    name: str
    branch: str
    country: Country
    zone: str
    reps: int
    share: float


TEAMS: Final = (
    Team("East", "Boston", US, "America/New_York", 8, 0.28),
    Team("West", "Denver", US, "America/Denver", 6, 0.20),
    Team("Iberia", "Madrid", ES, "Europe/Madrid", 6, 0.20),
    Team("Brasil", "São Paulo", BR, "America/Sao_Paulo", 5, 0.18),
    Team("Central Asia", "Almaty", KZ, "Asia/Almaty", 5, 0.14),
)


@dataclass(frozen=True, slots=True)
class Product:
    """One product with its list price and unit cost in US dollars; ``weight`` says how often it is sold."""

    sku: str
    name: str
    category: str
    price: int
    cost: int
    weight: float
    typical_quantity: int


PRODUCTS: Final = (
    Product("SEN-101", "VibraSense Pro", "Sensors", 420, 185, 1.6, 16),
    Product("SEN-102", "VibraSense Lite", "Sensors", 190, 88, 1.2, 24),
    Product("SEN-210", "ThermoGuard X2", "Sensors", 310, 140, 1.5, 18),
    Product("SEN-305", "FlowMeter 500", "Sensors", 1250, 640, 0.8, 5),
    Product("SEN-320", "PressureNode", "Sensors", 260, 118, 0.9, 14),
    Product("SEN-410", "AirQuality Hub", "Sensors", 540, 260, 0.6, 7),
    Product("GTW-010", "EdgeGateway", "Gateways", 1900, 930, 1.1, 3),
    Product("GTW-005", "EdgeGateway Mini", "Gateways", 850, 410, 0.7, 4),
    Product("SFT-001", "SensorCloud Standard", "Software", 3600, 520, 1.3, 1),
    Product("SFT-002", "SensorCloud Enterprise", "Software", 14400, 2100, 0.6, 1),
    Product("SFT-003", "PredictMaint AI", "Software", 9800, 1700, 0.5, 1),
    Product("SRV-001", "Onsite Commissioning", "Services", 2400, 1500, 0.8, 1),
)
MISSPELT: Final = {"ThermoGuard X2": "ThermoGaurd X2"}
"""The product that some people cannot spell, and how they write it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the only pipeline. ``dies_here`` is the share of lost deals whose last open stage it is."""

    name: str
    spanish: str
    probability: int
    weight: float
    dies_here: float


OPEN_STAGES: Final = (
    Stage("Qualification", "Calificación", 10, 0.7, 0.24),
    Stage("Discovery", "Diagnóstico", 20, 1.0, 0.25),
    Stage("Demo", "Demostración", 40, 0.9, 0.21),
    Stage("Proposal", "Propuesta", 60, 1.2, 0.19),
    Stage("Negotiation", "Negociación", 80, 1.0, 0.11),
)
WON: Final = Stage("Closed Won", "Ganado", 100, 0, 0)
LOST: Final = Stage("Closed Lost", "Perdido", 0, 0, 0)
DISQUALIFIED: Final = Stage("Disqualified", "Descartado", 0, 0, 0)
CLOSED_STAGES: Final = (WON, LOST, DISQUALIFIED)
PIPELINE: Final = "Sales"


@dataclass(frozen=True, slots=True)
class Source:
    """Where enquiries come from. ``win`` multiplies the chance to win, ``cycle`` the length of the sale."""

    name: str
    spanish: str
    category: str
    channel: str
    weight: float
    win: float
    cycle: float


SOURCES: Final = (
    Source("Website", "Sitio web", "inbound", "Organic search", 0.27, 1.05, 0.95),
    Source("Google Ads", "Google Ads", "inbound", "Paid search", 0.17, 0.80, 0.90),
    Source("LinkedIn", "LinkedIn", "inbound", "Paid social", 0.11, 0.75, 1.05),
    Source("Trade show", "Feria", "outbound", "Events", 0.12, 0.95, 1.10),
    Source("Webinar", "Seminario web", "inbound", "Email", 0.09, 0.90, 1.00),
    Source("Referral", "Recomendación", "referral", "Referral", 0.09, 1.55, 0.75),
    Source("Partner", "Socio", "partner", "Partner", 0.07, 1.30, 0.85),
    Source("Cold outreach", "Prospección", "outbound", "Outbound", 0.08, 0.55, 1.25),
)

INDUSTRIES: Final = (
    "Food and beverage", "Mining", "Oil and gas", "Automotive", "Water utilities", "Pharma", "Logistics", "Energy",
)  # fmt: skip
LOSS_REASONS: Final = {
    "Price": "Precio",
    "Chose a competitor": "Eligió a un competidor",
    "No budget": "Sin presupuesto",
    "No decision": "Sin decisión",
    "Missing feature": "Falta una función",
    "Bad timing": "Mal momento",
}
COMPETITORS: Final = ("Senzora", "MachineEye", "Fabriq IoT", "In-house build")
PROCUREMENT: Final = {"Direct": "Directa", "Tender": "Licitación", "Framework": "Acuerdo marco"}
DEAL_TYPES: Final = {
    "New Business": "Negocio nuevo",
    "Renewal": "Renovación",
    "Upsell": "Ampliación",
    "Cross-sell": "Venta cruzada",
}
