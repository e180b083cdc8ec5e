"""The registry of facts: what a rule may ask of an enterprise, under one name each.

Facts are read set-wise: :func:`gather` loads many enterprises in a fixed number of queries, the readers then work
in memory. A fact
without a value has no row: missing is undetermined, never zero. When a yearly figure has a flash and an audited
value the audited one is
read; both stay in the record.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from enterprises.dossier import Dossier, gather
from enterprises.models import Basis, Enterprise, Partner, Patent, Profile
from foundation.core.clock import business_today
from foundation.core.registries import Registry
from foundation.reference import regions

Row = dict[str, Any]
RANK_SOURCE = "niche_rank_source"
"""A rank is read with the source the firm names for it (A3-03)."""
PATENT_WINDOW = 5
"""Years of ``invention_patents_5y``, counted back from and including the year of the row (HN-32: 近五年)."""


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact: name used by rules, Chinese label, type of its JSON form, unit, one value per year or one at all,
    and its reader.

    ``type``: money · decimal · int · text · bool · date · choice · list · catalogue_items · partners.
    """

    name: str
    label: str
    type: str
    reader: Callable[[Dossier, tuple[int, ...], dt.date], Iterable[Row]]
    unit: str = ""
    yearly: bool = False


registry: Registry[FactSpec] = Registry("fact")


def fact_rows(enterprise: Enterprise, *, years: Iterable[int], on: dt.date) -> list[Row]:
    """Rows of every fact of one enterprise that has a value; ``on`` chooses the name and county valid that day
    (HN-31: 株洲县 in 2018).
    """
    return fact_rows_of([enterprise.pk], years=years, on=on)[enterprise.pk]


def fact_rows_of(enterprise_ids: Iterable[int], *, years: Iterable[int], on: dt.date) -> dict[int, list[Row]]:
    """The same for many enterprises, in as many queries as for one."""
    wanted = tuple(sorted(set(years)))
    return {pk: dossier_rows(dossier, years=wanted, on=on) for pk, dossier in gather(enterprise_ids).items()}


def dossier_rows(dossier: Dossier, *, years: Iterable[int], on: dt.date) -> list[Row]:
    """The same from a dossier that is loaded already: no query."""
    wanted = tuple(sorted(set(years)))
    return [row for _, spec in registry.items() for row in spec.reader(dossier, wanted, on)]


def fact_set(enterprise: Enterprise, round_year: int, *, on: dt.date | None = None) -> dict[str, Any]:
    """Everything a round of ``round_year`` may ask, to be frozen with a submission: figures of the five years
    before it.
    """
    day = on or business_today()
    years = range(round_year - PATENT_WINDOW, round_year)
    return {
        "enterprise": enterprise.pk,
        "round_year": round_year,
        "on": day.isoformat(),
        "rows": fact_rows(enterprise, years=years, on=day),
    }


def canonical_json(facts: Any) -> str:
    """The one text form of frozen facts: sorted keys, no blanks; amounts are strings already."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def labels() -> dict[str, str]:
    """Chinese label of every fact."""
    return {name: spec.label for name, spec in registry.items()}


# --- rows -----------------------------------------------------------------------------------------------------------


def json_form(value: Any) -> Any:
    """Amounts as ``"12345.67"``, days as ``"2015-03-01"``, the rest as it is."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def _row(
    spec_name: str, value: Any, *, year: int | None, unit: str, basis: str | None, source: str, evidence: int | None
) -> Row:
    return {
        "name": spec_name,
        "year": year,
        "value": json_form(value),
        "unit": unit,
        "basis": basis,
        "source": source,
        "evidence": evidence,
    }


def _is_missing(value: Any) -> bool:
    return value is None or value == "" or value == []


def _yearly(name: str, label: str, kind: str, unit: str) -> None:
    def read(dossier: Dossier, years: tuple[int, ...], on: dt.date) -> Iterator[Row]:
        for year in years:
            figure = dossier.current(year, name)
            if figure is None or figure.value is None:
                continue
            source = dossier.year_sources.get((year, figure.basis))
            value: Any = int(figure.value) if kind == "int" else figure.value
            yield _row(
                name,
                value,
                year=year,
                unit=unit,
                basis=figure.basis,
                source=figure.source or (source.text if source else ""),
                evidence=figure.evidence_id or (source.evidence_id if source else None),
            )

    registry.register(name, FactSpec(name, label, kind, read, unit, yearly=True))


def _single(
    name: str,
    label: str,
    kind: str,
    value_of: Callable[[Dossier, dt.date], Any],
    *,
    unit: str = "",
    basis: str = "reported",
    told_by: str = "",
) -> None:
    """A fact without years. ``told_by``: the fact whose source and evidence stand for this one too (a rank and its
    排名依据).
    """

    def read(dossier: Dossier, years: tuple[int, ...], on: dt.date) -> Iterator[Row]:
        value = value_of(dossier, on)
        if _is_missing(value):
            return
        source = dossier.fact_sources.get(told_by or name)
        text = source.text if source else ""
        yield _row(
            name,
            value,
            year=None,
            unit=unit,
            basis=basis,
            source=dossier.profile.niche_rank_source or text if told_by == RANK_SOURCE else text,
            evidence=source.evidence_id if source else None,
        )

    registry.register(name, FactSpec(name, label, kind, read, unit))


# --- yearly figures
# ---------------------------------------------------------------------------------------------------

_yearly("revenue", "营业收入", "money", "万元")
_yearly("main_revenue", "主营业务收入", "money", "万元")
_yearly("sales_revenue", "销售收入", "money", "万元")
_yearly("rd_expenditure", "研发投入", "money", "万元")
_yearly("profit_and_tax", "利税", "money", "万元")
_yearly("total_assets", "资产总额", "money", "万元")
_yearly("employees", "从业人员", "int", "人")

ANNUAL_FACTS = tuple(name for name, spec in registry.items() if spec.yearly)
"""Rows of the grid 年度数据, in order."""

# --- patents: counted from the list, never typed
# ---------------------------------------------------------------------


def _known_count(dossier: Dossier, count: int) -> int | None:
    """A count of nothing is only known when the firm has said that its list is complete."""
    return count if count or dossier.profile.patents_confirmed_on else None


def _granted(dossier: Dossier, on: dt.date, *kinds: str) -> list[Patent]:
    return [patent for patent in dossier.patents if patent.kind in kinds and patent.granted_on <= on]


def _inventions_5y(dossier: Dossier, years: tuple[int, ...], on: dt.date) -> Iterator[Row]:
    granted = _granted(dossier, on, Patent.Kind.INVENTION)
    for year in years:
        inside = [patent for patent in granted if year - PATENT_WINDOW < patent.granted_on.year <= year]
        count = _known_count(dossier, len(inside))
        if count is not None:
            yield _row(
                "invention_patents_5y", count, year=year, unit="件", basis="computed", source="专利清单", evidence=None
            )


registry.register(
    "invention_patents_5y",
    FactSpec("invention_patents_5y", "近五年发明专利数", "int", _inventions_5y, "件", yearly=True),
)


def _in_main_product(dossier: Dossier, on: dt.date) -> int | None:
    technical = _granted(dossier, on, Patent.Kind.INVENTION, Patent.Kind.UTILITY)
    used = sum(1 for patent in technical if patent.in_main_product)
    if not used and any(patent.in_main_product is None for patent in technical):
        return None
    return _known_count(dossier, used)


_single(
    "invention_patents",
    "发明专利数",
    "int",
    lambda d, on: _known_count(d, len(_granted(d, on, Patent.Kind.INVENTION))),
    unit="件",
    basis="computed",
)
_single(
    "utility_patents",
    "实用新型专利数",
    "int",
    lambda d, on: _known_count(d, len(_granted(d, on, Patent.Kind.UTILITY))),
    unit="件",
    basis="computed",
)
_single("patents_in_main_product", "应用于主导产品的专利数", "int", _in_main_product, unit="件", basis="computed")

# --- profile
# ---------------------------------------------------------------------------------------------------------

_single("above_scale", "规模以上", "choice", lambda d, on: d.profile.above_scale)
_single("main_product", "主导产品", "text", lambda d, on: d.profile.main_product)
_single("niche", "产业细分领域", "text", lambda d, on: d.profile.niche)
_single(
    "niche_rank_province",
    "细分领域全省排名",
    "int",
    lambda d, on: d.profile.niche_rank_province,
    unit="位",
    told_by=RANK_SOURCE,
)
_single(
    "niche_rank_country",
    "细分领域全国排名",
    "int",
    lambda d, on: d.profile.niche_rank_country,
    unit="位",
    told_by=RANK_SOURCE,
)
_single("niche_rank_source", "排名依据", "text", lambda d, on: d.profile.niche_rank_source)
_single("niche_rank_year", "排名年度", "int", lambda d, on: d.profile.niche_rank_year, unit="年")
_single("market_share", "细分市场占有率", "decimal", lambda d, on: d.profile.market_share, unit="%")
_single(
    "srdi", "专精特新方向", "list", lambda d, on: [one for one in Profile.Direction.values if one in d.profile.srdi]
)
_single("former_individual_business", "由个体工商户转型", "bool", lambda d, on: d.profile.former_individual_business)
_single("former_individual_name", "原个体工商户名称", "text", lambda d, on: d.profile.former_individual_name)
_single("former_individual_code", "原个体工商户代码", "text", lambda d, on: d.profile.former_individual_code)
_single("converted_on", "转企日期", "date", lambda d, on: d.profile.converted_on)


def _choices(purpose: str) -> Callable[[Dossier, dt.date], list[dict[str, str]]]:
    return lambda dossier, on: [
        {
            "catalogue": choice.item.catalogue.code,
            "version": choice.version,
            "code": choice.item.code,
            "name": choice.item.name,
        }
        for choice in dossier.choices
        if choice.purpose == purpose
    ]


_single("key_industry", "重点产业", "catalogue_items", _choices("key_industry"))
_single("chain", "优势产业链", "catalogue_items", _choices("chain"))


def _partner(partner: Partner) -> dict[str, Any]:
    return {
        "name": partner.name,
        "direction": partner.direction,
        "size": partner.size or None,
        "evidence": partner.evidence_id is not None,
    }


_single("chain_partners", "上下游协作企业", "partners", lambda d, on: [_partner(partner) for partner in d.partners])

# --- identity
# ----------------------------------------------------------------------------------------------------------


def _level_name(level: str) -> Callable[[Dossier, dt.date], str | None]:
    def read(dossier: Dossier, on: dt.date) -> str | None:
        return next((view.name for view in regions.path(dossier.enterprise.region_id, on) if view.level == level), None)

    return read


def _own_place(dossier: Dossier, on: dt.date) -> Any:
    return regions.as_of(dossier.enterprise.region_id, on)


def _province(dossier: Dossier, on: dt.date) -> str | None:
    steps = regions.path(dossier.enterprise.region_id, on)
    return steps[0].code[:2] if steps else None


_single("registered_on", "成立日期", "date", lambda d, on: d.enterprise.registered_on)
_single("is_legal_person", "独立法人资格", "bool", lambda d, on: d.enterprise.is_legal_person)
_single("province", "所在省", "text", _province)
_single("region", "所属行政区划", "text", lambda d, on: getattr(_own_place(d, on), "code", d.enterprise.region.code))
_single("county", "所属市县", "text", lambda d, on: getattr(_own_place(d, on), "name", d.enterprise.region.name))
_single("prefecture", "所属市州", "text", _level_name("prefecture"))
_single("industry", "所属行业", "text", lambda d, on: d.enterprise.industry_id)
_single("uscc", "统一社会信用代码", "text", lambda d, on: d.enterprise.uscc)
_single("name", "企业名称", "text", lambda d, on: d.name_on(on))
_single("legal_representative", "法定代表人", "text", lambda d, on: d.enterprise.legal_representative)
_single("contact_name", "联系人", "text", lambda d, on: d.enterprise.contact_name)
_single("contact_phone", "联系电话", "text", lambda d, on: d.enterprise.contact_phone)
_single("contact_email", "电子邮箱", "text", lambda d, on: d.enterprise.contact_email)

__all__ = [
    "ANNUAL_FACTS",
    "Basis",
    "FactSpec",
    "canonical_json",
    "fact_rows",
    "fact_rows_of",
    "fact_set",
    "labels",
    "registry",
]
