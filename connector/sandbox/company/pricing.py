"""What a deal is made of: product lines, their prices and the deal's amount. Money is whole cents."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from connector.sandbox.company.facts import PRODUCTS, ROUBLE, TEAMS, Product

PER_DOLLAR = {team.country.currency: team.country.per_dollar for team in TEAMS} | {ROUBLE[0]: ROUBLE[1]}
SIZE_FACTOR = {"Small": 0.55, "Mid": 1.25, "Large": 3.4}


@dataclass(slots=True)
class Line:
    """One product line of a deal. ``discount`` is the money taken off, ``amount`` what remains; cents."""

    product: Product
    product_name: str
    """The product as the rep typed it."""
    quantity: int
    unit_price: int
    discount: int
    cost: int

    @property
    def amount(self) -> int:
        return self.quantity * self.unit_price - self.discount


def quote_lines(rng: Random, size: str, currency: str) -> list[Line]:
    """Return one to four lines in the currency, larger for larger customers."""
    rate = PER_DOLLAR[currency]
    count = rng.choices((1, 2, 3, 4), (0.34, 0.36, 0.2, 0.1))[0]
    chosen: list[Product] = []
    while len(chosen) < count:
        product = rng.choices(PRODUCTS, [product.weight for product in PRODUCTS])[0]
        if product not in chosen:
            chosen.append(product)
    lines: list[Line] = []
    for product in chosen:
        spread = rng.lognormvariate(0, 0.55) * SIZE_FACTOR[size]
        quantity = max(1, round(product.typical_quantity * spread))
        unit = _round_price(product.price * rate)
        discount = quantity * unit * rng.choice((0, 0, 0, 5, 5, 10, 15)) // 100
        cost = quantity * round(product.cost * rate * 100)
        lines.append(Line(product, product.name, quantity, unit, discount, cost))
    return lines


def _round_price(price: float) -> int:
    """Return a price in cents, rounded as price lists are."""
    step = 1 if price < 1000 else 10 if price < 100_000 else 1000
    return round(price / step) * step * 100
