"""The closed list of criterion kinds. Each kind is one question the engine can answer from facts alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from cultivation.schema.base import Code, Gates, Line, RequirementId, Strict

FactName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$")]
SizeClass = Literal["large", "medium", "small", "micro"]


class CriterionBase(Strict):
    """What every criterion carries: its clause, the requirement ids it answers and its gates."""

    id: Code
    title: Line
    clause: Line
    requirements: list[RequirementId] = []
    gates: Gates = Gates()
    hint: str = ""
    note: str = ""


class InProvince(CriterionBase):
    """The firm is registered in the programme's province."""

    kind: Literal["in_province"]
    fact: FactName = "province"


class RegisteredYears(CriterionBase):
    """Registered at least so many years before the reference date of the round (A2-01)."""

    kind: Literal["registered_years"]
    fact: FactName = "registered_on"
    min_years: int = Field(ge=0)
    reference: Literal["as_of", "prior_year_end"]


class Flag(CriterionBase):
    """A yes/no fact must be yes."""

    kind: Literal["flag"]
    fact: FactName


class Provided(CriterionBase):
    """Something must have been filled in (a niche, at least one direction); its content is for people to judge."""

    kind: Literal["provided"]
    fact: FactName
    min_items: int = Field(default=1, ge=1)


class Range(CriterionBase):
    """A yearly number lies in a band. Compared exactly; ``rounding`` only says how it is shown."""

    kind: Literal["range"]
    fact: FactName
    year_offset: int = Field(le=0)
    unit: Line
    min: Decimal | None = None
    min_inclusive: bool = True
    max: Decimal | None = None
    max_inclusive: bool = True
    rounding: int = Field(default=2, ge=0, le=4)


class SizeIn(CriterionBase):
    """Size class by the national standard, on the figures of one year."""

    kind: Literal["size_in"]
    allowed: list[SizeClass] = Field(min_length=1)
    year_offset: int = Field(le=0)


class IndustryInGroups(CriterionBase):
    """The firm's industry belongs to one of the named groups of the size standard (A1-02)."""

    kind: Literal["industry_in_groups"]
    fact: FactName = "industry"
    groups: list[Line] = Field(min_length=1)


class GrowthEachYear(CriterionBase):
    """Growth of at least ``min_pct`` percent in each of the last ``years`` years (A2-05): needs years + 1 figures."""

    kind: Literal["growth_each_year"]
    fact: FactName
    years: int = Field(ge=1, le=5)
    last_offset: int = Field(default=-1, le=0)
    min_pct: Decimal
    inclusive: bool = True
    unit: Line = "万元"
    rounding: int = Field(default=2, ge=0, le=4)


class GrowthAboveAverage(CriterionBase):
    """Growth of every named fact above the provincial average in each of the last ``years`` years (A1-07)."""

    kind: Literal["growth_above_average"]
    facts: list[FactName] = Field(min_length=1)
    years: int = Field(ge=1, le=5)
    last_offset: int = Field(default=-1, le=0)
    unit: Line = "万元"
    rounding: int = Field(default=2, ge=0, le=4)


class CatalogueMatch(CriterionBase):
    """A catalogue item chosen by the firm belongs to one of the named catalogues and is valid on the day asked."""

    kind: Literal["catalogue_match"]
    fact: FactName
    catalogues: list[Code] = Field(min_length=1)


class PatentsInUse(CriterionBase):
    """At least ``min`` patents of the counted kinds are used in the main product (A1-08)."""

    kind: Literal["patents_in_use"]
    held: list[FactName] = Field(min_length=1)
    in_use: FactName = "patents_in_main_product"
    min: int = Field(default=1, ge=1)


class PartnersOnChain(CriterionBase):
    """At least ``min`` partners of the named sizes along the chain (A1-06)."""

    kind: Literal["partners_on_chain"]
    fact: FactName = "chain_partners"
    sizes: list[SizeClass] = Field(min_length=1)
    min: int = Field(default=1, ge=1)


class MarketShareAnyOf(CriterionBase):
    """Rank in the niche: any one of the options is enough; a rank without a source is undetermined (A3-03)."""

    class Option(Strict):
        fact: FactName
        max_rank: int = Field(ge=1)
        label: Line

    kind: Literal["market_share_any_of"]
    options: list[Option] = Field(min_length=1)
    niche: FactName = "niche"
    source: FactName = "niche_rank_source"


class CreditClean(CriterionBase):
    """The bureau's credit check found nothing; a missing or out-of-date check leaves the criterion to be judged."""

    kind: Literal["credit_clean"]
    check: Code


class Judgement(CriterionBase):
    """A question a person answers beside the file. ``awaiting`` is the word shown while nobody has."""

    kind: Literal["judgement"]
    items: list[Code] = Field(min_length=1)
    awaiting: Line = "需研判"


class NewlyEstablishedOrConverted(CriterionBase):
    """Newly set up, or grown out of an individually-owned business (A1-03, A1-04)."""

    kind: Literal["newly_established_or_converted"]
    new_within_months: int = Field(ge=1)
    registered: FactName = "registered_on"
    converted: FactName = "former_individual_business"
    converted_on: FactName = "converted_on"


class AboveScale(CriterionBase):
    """Above the statistical scale. ``no_threshold`` (an industry without one) follows a setting (point 13)."""

    kind: Literal["above_scale"]
    fact: FactName = "above_scale"
    wanted: Literal["yes", "no"]
    no_threshold: Literal["met", "not_met", "needs_judgement"]


Criterion = Annotated[
    InProvince
    | RegisteredYears
    | Flag
    | Provided
    | Range
    | SizeIn
    | IndustryInGroups
    | GrowthEachYear
    | GrowthAboveAverage
    | CatalogueMatch
    | PatentsInUse
    | PartnersOnChain
    | MarketShareAnyOf
    | CreditClean
    | Judgement
    | NewlyEstablishedOrConverted
    | AboveScale,
    Field(discriminator="kind"),
]


def fact_names(criterion: CriterionBase) -> list[str]:
    """Every fact a criterion may read, so that a page asks only for those and a test checks them."""
    extra: list[str] = []
    for field in ("fact", "in_use", "niche", "source", "registered", "converted", "converted_on"):
        value = getattr(criterion, field, None)
        if isinstance(value, str):
            extra.append(value)
    for field in ("facts", "held"):
        extra.extend(getattr(criterion, field, []))
    if isinstance(criterion, MarketShareAnyOf):
        extra.extend(option.fact for option in criterion.options)
    if isinstance(criterion, SizeIn):
        extra.extend(["industry", "employees", "revenue", "total_assets"])
    return list(dict.fromkeys(extra))
