"""What a programme asks of a firm for one tier: which facts, of which years, and what is there. Never a list written by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cultivation.eligibility import FactSet, facts_asked
from cultivation.eligibility.labels import FILE_LABELS, UNITS
from cultivation.schema import Programme
from cultivation.schema.checks import FiguresPresent, NotAbove, Required, YearJump
from cultivation.schema.criteria import GrowthAboveAverage, GrowthEachYear, Range, SizeIn
from cultivation.schema.sheets import FactColumn, WindowCountColumn, YearsColumn
from enterprises.facts import ANNUAL_FACTS, registry
from enterprises.fields import BY_NAME
from reviews.fact_text import bare_number, fact_label, shown

ALWAYS = (
    "name",
    "uscc",
    "county",
    "legal_representative",
    "registered_on",
    "industry",
    "contact_name",
    "contact_phone",
)
"""Identity that every form of every programme carries."""
_LISTS = {
    "key_industry": "catalogues",
    "chain": "catalogues",
    "chain_partners": "partners",
    "invention_patents_5y": "patents",
    "invention_patents": "patents",
    "utility_patents": "patents",
    "patents_in_main_product": "patents",
}
_DERIVED = {"province", "prefecture", "region"}
"""Follow from the county; asked by rules, not shown twice."""
_COMPANIONS = {
    "niche_rank_province": ("niche_rank_year", "niche_rank_source"),
    "niche_rank_country": ("niche_rank_year", "niche_rank_source"),
}
_CONDITIONAL = {
    *("former_individual_name", "former_individual_code", "converted_on", "key_industry", "chain", "chain_partners"),
    *("niche_rank_province", "niche_rank_country", "niche_rank_year", "niche_rank_source"),
}
"""Asked only of firms to which something else applies: shown, never counted as missing."""


@dataclass(frozen=True)
class Cell:
    """One value of one year: text to read, where it comes from, whether it was asked and is not there."""

    year: int
    text: str
    source: str
    basis: str
    missing: bool


@dataclass(frozen=True)
class Line:
    """A fact asked once: its value or a dash."""

    name: str
    label: str
    text: str
    source: str
    page: str
    missing: bool


@dataclass(frozen=True)
class YearLine:
    """A fact asked by year."""

    name: str
    label: str
    unit: str
    cells: tuple[Cell, ...]
    page: str = "figures"

    @property
    def missing(self) -> bool:
        """Whether a year that was asked is not there."""
        return any(cell.missing for cell in self.cells)


@dataclass(frozen=True)
class Asked:
    """All of it, in order: single facts, figures by year."""

    years: tuple[int, ...]
    lines: tuple[Line, ...]
    figures: tuple[YearLine, ...]

    @property
    def sources(self) -> list[str]:
        """Where most figures of each year come from, for the foot of the table; '' where nothing is said."""
        found = []
        for place in range(len(self.years)):
            said = Counter(row.cells[place].source for row in self.figures if row.cells[place].source)
            found.append(said.most_common(1)[0][0] if said else "")
        return found

    @property
    def exceptions(self) -> list[str]:
        """Figures whose source is another than that of their year."""
        usual = self.sources
        return [
            f"{cell.year}年{row.label}：{cell.source}"
            for row in self.figures
            for cell, common in zip(row.cells, usual, strict=True)
            if cell.source and cell.source != common
        ]

    @property
    def missing(self) -> list[str]:
        """Labels of what was asked and is not there."""
        found = [line.label for line in self.lines if line.missing]
        for row in self.figures:
            absent = [f"{cell.year}年" for cell in row.cells if cell.missing]
            found += [f"{'、'.join(absent)}{row.label}"] if absent else []
        return found

    @property
    def total(self) -> int:
        """Number of lines that count."""
        return sum(1 for line in self.lines if line.name not in _CONDITIONAL) + len(self.figures)

    @property
    def done(self) -> int:
        """How many of them are complete."""
        return sum(1 for line in self.lines if line.name not in _CONDITIONAL and not line.missing) + sum(
            1 for row in self.figures if not row.missing
        )


def asked_of(programme: Programme, tier: str, subtype: str, round_year: int, facts: FactSet) -> Asked:
    """Everything the tier's criteria, the cross-checks and the summary table read, with the values in ``facts``."""
    wanted = _wanted_years(programme, tier, subtype, round_year)
    names = _names(programme, tier, subtype)
    years = tuple(range(min([round_year - 3, *(year for several in wanted.values() for year in several)]), round_year))
    own = [name for name in names if name in registry and name not in FILE_LABELS and name not in _DERIVED]
    # The five-year count has one value per window: only the year it is asked for is shown.
    windows = {name for name in own if registry[name].yearly and name not in ANNUAL_FACTS}
    lines = [_line(name, None, facts, programme) for name in own if not registry[name].yearly]
    lines += [_line(name, round_year - 1, facts, programme) for name in own if name in windows]
    figures = [
        _year_line(name, years, wanted.get(name, {round_year - 1}), facts) for name in ANNUAL_FACTS if name in own
    ]
    return Asked(years, tuple(lines), tuple(figures))


PAGES = {"basic": "basic", "profile": "srdi", "srdi": "srdi", "niche": "industry", "catalogues": "industry", "patents": "patents",
         "partners": "partners", "figures": "figures"}  # fmt: skip
"""Page of the firm (route of the room `enterprises`) on which facts of a group are edited."""


def page_of(name: str) -> str:
    """Route of the page on which the firm edits a fact; its register page where it cannot be typed."""
    if name in ANNUAL_FACTS:
        return PAGES["figures"]
    group = _LISTS.get(name) or (BY_NAME[name].page if name in BY_NAME else "")
    return PAGES.get(group, "names" if name in {"name", "county"} else "enterprise")


def _names(programme: Programme, tier: str, subtype: str) -> list[str]:
    names = [*ALWAYS, *facts_asked(programme, tier, subtype or None)]
    for check in programme.cross_checks_for(tier):
        if isinstance(check, Required | FiguresPresent | YearJump):
            names += check.facts
        elif isinstance(check, NotAbove):
            names += [check.left, check.right]
    names += [
        column.fact
        for column in programme.sheet.columns
        if isinstance(column, FactColumn | YearsColumn | WindowCountColumn)
    ]
    for name in list(names):
        names += _COMPANIONS.get(name, ())
    return list(dict.fromkeys(names))


def _wanted_years(programme: Programme, tier: str, subtype: str, round_year: int) -> dict[str, set[int]]:
    """Years without which something stays undetermined or a cell of the table stays empty."""
    found: dict[str, set[int]] = {}

    def want(name: str, first: int, last: int) -> None:
        found.setdefault(name, set()).update(range(round_year + first, round_year + last + 1))

    for _, criteria in programme.tier(tier).branches(subtype or None):
        for criterion in criteria:
            if isinstance(criterion, Range):
                want(criterion.fact, criterion.year_offset, criterion.year_offset)
            elif isinstance(criterion, SizeIn):
                want("employees", criterion.year_offset, criterion.year_offset)
                want("revenue", criterion.year_offset, criterion.year_offset)
            elif isinstance(criterion, GrowthEachYear):
                want(criterion.fact, criterion.last_offset - criterion.years, criterion.last_offset)
            elif isinstance(criterion, GrowthAboveAverage):
                for name in criterion.facts:
                    want(name, criterion.last_offset - criterion.years, criterion.last_offset)
    for check in programme.cross_checks_for(tier):
        if isinstance(check, FiguresPresent):
            for name in check.facts:
                want(name, *check.window)
    for column in programme.sheet.columns:
        if isinstance(column, YearsColumn):
            want(column.fact, *column.window)
    # Figures that only a cross-check compares are welcome, not wanted.
    for name in ANNUAL_FACTS:
        found.setdefault(name, set())
    return found


def _line(name: str, year: int | None, facts: FactSet, programme: Programme) -> Line:
    value = facts.raw(name, year)
    head = f"{fact_label(name)}（{year - 4}—{year}年）" if year is not None else fact_label(name)
    absent = value is None and name not in _CONDITIONAL
    return Line(name, head, shown(name, value, programme), facts.source(name, year), page_of(name), absent)


def _year_line(name: str, years: tuple[int, ...], wanted: set[int], facts: FactSet) -> YearLine:
    cells = []
    for year in years:
        row = facts.rows.get((name, year))
        value = row["value"] if row else None
        basis = {"audited": "审计", "flash": "快报"}.get(str(row.get("basis") or ""), "") if row else ""
        cells.append(
            Cell(year, bare_number(name, value), facts.source(name, year), basis, value is None and year in wanted)
        )
    return YearLine(name, fact_label(name), UNITS.get(name, ""), tuple(cells))
