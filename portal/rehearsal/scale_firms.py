"""A province of invented firms, each told by its number alone: any part of them can be made again without the others. Pure.

Codes begin with ``DX`` like those of the rehearsal, with a letter behind it that the rehearsal never uses; names hold 示范 and （演示）.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from portal.rehearsal.firms import HUNAN_TRADES, SURNAMES, YEARS, Trade, figures_of, valid_code

LETTERS = "PQRTUWXY"
"""First of the six signs that number a firm's organisation code: 100 000 firms each."""
MOST = len(LETTERS) * 100_000
"""So many firms can be told apart."""
SIGNS = "华盛宏远金鼎恒泰瑞丰联创精锐天成中科南方兴达明德广信嘉禾永安立新同利顺和玉林青山"
GIVEN = "敏静强磊军洋勇艳杰娟涛超霞平刚文博雅琴国栋春梅子轩宏伟晓东海燕志建桂英"
SIZE_FACTS = ("revenue", "total_assets", "employees")
"""What tells the size class of a firm that does not file."""
FORMS = ("有限公司", "股份有限公司", "有限责任公司")


@dataclass(frozen=True, slots=True)
class ScaleFirm:
    """What is entered of one firm; ``figures`` by year and fact, three years."""

    number: int
    uscc: str
    name: str
    place: str
    region_id: int
    trade: Trade
    legal_representative: str
    registered_on: dt.date
    contact_name: str
    contact_phone: str
    contact_email: str
    figures: dict[tuple[int, str], str]
    rank: int
    month: int
    """Revenue of an ordinary month, 万元."""


def scale_firm(seed: int, number: int, place: str, region_id: int, *, files: bool) -> ScaleFirm:
    """The firm of this number in a county; one that files has all figures, the others those of their size class."""
    if not 0 <= number < MOST:
        raise ValueError(f"firms are numbered 0 to {MOST - 1}")
    dice = random.Random(seed * MOST + number)  # noqa: S311  plausible, not secret
    trade = dice.choice(HUNAN_TRADES)
    figures = figures_of(dice, "met", hunan=True)
    share = dice.randint(40, 60)
    for year in YEARS:  # the same share of each year's turnover: a jump would ask for a reason
        figures[year, "rd_expenditure"] = f"{float(figures[year, 'revenue']) * share / 1000:.2f}"
    if not files:
        figures = {cell: value for cell, value in figures.items() if cell[1] in SIZE_FACTS}
    return ScaleFirm(
        number=number,
        uscc=valid_code(place, f"DX{LETTERS[number // 100_000]}{number % 100_000:05d}"),
        name=f"湖南示范{_signs(number, SIGNS, 4)}{trade.words}{dice.choice(FORMS)}（演示）",
        place=place,
        region_id=region_id,
        trade=trade,
        legal_representative=f"{_person(number)}（演示）",
        registered_on=dt.date(dice.randint(2002, 2012), dice.randint(1, 12), dice.randint(1, 28)),
        contact_name=f"{_person(MOST - number)}（演示）",
        contact_phone=f"0731-0{1_000_000 + number:07d}",
        contact_email=f"scale{number:06d}@example.com",
        figures=figures,
        rank=dice.randint(1, 9),
        month=int(float(figures[2017, "revenue"]) / 12),
    )


def _signs(number: int, alphabet: str, length: int) -> str:
    """The number written with these signs; different numbers read differently."""
    found = ""
    for _ in range(length):
        number, rest = divmod(number, len(alphabet))
        found += alphabet[rest]
    return found


def _person(number: int) -> str:
    """A name of three signs: 50 000 people before one comes again."""
    return SURNAMES[number % len(SURNAMES)] + _signs(number // len(SURNAMES), GIVEN, 2)
