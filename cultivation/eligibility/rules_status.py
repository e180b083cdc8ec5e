"""Rules on what a firm is: where and since when registered, flags, catalogues, partners, rank, scale."""

from __future__ import annotations

import calendar
import datetime as dt
from decimal import Decimal
from typing import Any

from cultivation.eligibility.facts import Context, FactSet
from cultivation.eligibility.labels import SIZE_LABELS, SRDI_LABELS, label
from cultivation.eligibility.results import Answer, Distance, Figure
from cultivation.eligibility.rules_numbers import undetermined
from cultivation.eligibility.wording import day, number_figure, text_figure
from cultivation.schema.base import Outcome
from cultivation.schema.criteria import (
    AboveScale,
    CatalogueMatch,
    Flag,
    InProvince,
    MarketShareAnyOf,
    NewlyEstablishedOrConverted,
    PartnersOnChain,
    Provided,
    RegisteredYears,
)


def add_months(start: dt.date, months: int) -> dt.date:
    """The same day so many months later; the last day of the month where there is none (民法典 art. 202)."""
    total = start.year * 12 + start.month - 1 + months
    year, month = divmod(total, 12)
    return dt.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def reference_day(reference: str, context: Context) -> dt.date:
    """The day "registered two years" is counted to (point 9): the round's own, else by the programme's setting."""
    if context.reference_date is not None:
        return context.reference_date
    if reference == "prior_year_end":
        return dt.date(context.round_year - 1, 12, 31)
    return context.as_of


def in_province(criterion: InProvince, facts: FactSet, context: Context, province: str, province_name: str) -> Answer:
    """Registered in the programme's province (A2-01)."""
    code = facts.text(criterion.fact)
    if code is None:
        return undetermined((label(criterion.fact),))
    inside = code[:2] == province
    figure = text_figure(facts, criterion.fact, province_name if inside else f"代码 {code}")
    if inside:
        return Answer(Outcome.MET, f"在{province_name}。", (figure,))
    return Answer(Outcome.NOT_MET, f"所属行政区划不在{province_name}。", (figure,))


def registered_years(criterion: RegisteredYears, facts: FactSet, context: Context) -> Answer:
    """Full years between registration and the reference day (A2-01, A3-01); the day itself counts."""
    registered = facts.date(criterion.fact)
    if registered is None:
        return undetermined((label(criterion.fact),))
    until = reference_day(criterion.reference, context)
    figure = text_figure(facts, criterion.fact, day(registered))
    full_on = add_months(registered, 12 * criterion.min_years)
    if full_on <= until:
        return Answer(Outcome.MET, f"{day(registered)}成立，至{day(until)}已满{criterion.min_years}年。", (figure,))
    gap = (full_on - until).days
    return Answer(
        Outcome.NOT_MET,
        f"{day(registered)}成立，{day(full_on)}满{criterion.min_years}年，核对日为{day(until)}。",
        (figure,),
        Distance(Decimal(gap), "天", f"距注册满{criterion.min_years}年还差 {gap} 天"),
    )


def flag(criterion: Flag, facts: FactSet, context: Context) -> Answer:
    """A yes/no fact must be yes (A2-02)."""
    value = facts.flag(criterion.fact)
    if value is None:
        return undetermined((label(criterion.fact),))
    figure = text_figure(facts, criterion.fact, "是" if value else "否")
    if value:
        return Answer(Outcome.MET, f"{label(criterion.fact)}：是。", (figure,))
    return Answer(Outcome.NOT_MET, f"{label(criterion.fact)}：否。", (figure,))


def _worded(item: Any) -> str:
    if isinstance(item, dict):
        return str(item.get("name", ""))
    return SRDI_LABELS.get(str(item), str(item))


def provided(criterion: Provided, facts: FactSet, context: Context) -> Answer:
    """Something has been filled in; only a list that is too short can fail."""
    listed = facts.items(criterion.fact)
    text = "、".join(_worded(item) for item in listed) if listed is not None else facts.text(criterion.fact)
    if text is None or facts.raw(criterion.fact) == []:
        return undetermined((label(criterion.fact),))
    figure = text_figure(facts, criterion.fact, text)
    if listed is not None and len(listed) < criterion.min_items:
        gap = criterion.min_items - len(listed)
        distance = Distance(Decimal(gap), "项", f"{label(criterion.fact)}差 {gap} 项")
        return Answer(Outcome.NOT_MET, f"{label(criterion.fact)}只有 {len(listed)} 项。", (figure,), distance)
    return Answer(Outcome.MET, f"{label(criterion.fact)}：{text}。", (figure,))


def catalogue_match(criterion: CatalogueMatch, facts: FactSet, context: Context) -> Answer:
    """A chosen item stands in a named catalogue that is in force on the day asked (HN-04, A1-05)."""
    chosen = facts.items(criterion.fact)
    if chosen is None:
        return undetermined((label(criterion.fact),))
    figure = text_figure(facts, criterion.fact, "、".join(str(item.get("name", "")) for item in chosen))
    known = {(c["code"], c["version"]): c for c in context.catalogues}
    expired: list[str] = []
    unknown: list[str] = []
    for item in (item for item in chosen if item.get("catalogue") in criterion.catalogues):
        catalogue = known.get((item["catalogue"], item["version"]))
        if catalogue is None:
            unknown.append(str(item.get("name", "")))
        elif item["code"] not in catalogue["items"] or not _in_force(catalogue, context.as_of):
            expired.append(f"{item['name']}（{catalogue['name']} {catalogue['version']}版）")
        else:
            text = f"{item['name']}，见{catalogue['name']}（{catalogue['version']}版）。"
            return Answer(Outcome.MET, text, (figure,))
    if unknown:
        return undetermined((), (figure,), f"所选“{'、'.join(unknown)}”的名录版本未载入，暂不能核对。")
    if expired:
        return Answer(Outcome.NOT_MET, f"所选{'、'.join(expired)}在{day(context.as_of)}不在有效名录内。", (figure,))
    return Answer(Outcome.NOT_MET, "所选产业不在本条所指名录内。", (figure,))


def _in_force(catalogue: Any, on: dt.date) -> bool:
    begins = dt.date.fromisoformat(catalogue["valid_from"])
    ends = catalogue.get("valid_to")
    return begins <= on and (not ends or on < dt.date.fromisoformat(ends))


def partners_on_chain(criterion: PartnersOnChain, facts: FactSet, context: Context) -> Answer:
    """Works with firms of the named sizes along the chain (A1-06)."""
    partners = facts.items(criterion.fact)
    if partners is None:
        return undetermined((label(criterion.fact),))
    figure = text_figure(facts, criterion.fact, "、".join(str(p.get("name", "")) for p in partners))
    right = [p for p in partners if p.get("size") in criterion.sizes]
    sizes = "、".join(SIZE_LABELS[size] for size in criterion.sizes)
    if len(right) >= criterion.min:
        proof = "" if any(p.get("evidence") for p in right) else "尚未附协作依据，请推荐时核对。"
        return Answer(Outcome.MET, f"与{sizes}企业{'、'.join(str(p['name']) for p in right)}协作。{proof}", (figure,))
    if any(p.get("size") is None for p in partners):
        return undetermined(("协作企业的规模",), (figure,))
    gap = criterion.min - len(right)
    distance = Distance(Decimal(gap), "家", f"{sizes}协作企业差 {gap} 家")
    return Answer(Outcome.NOT_MET, f"所填协作企业中没有{sizes}企业。", (figure,), distance)


def market_share_any_of(criterion: MarketShareAnyOf, facts: FactSet, context: Context) -> Answer:
    """First in the province or among the first three of the country (A3-03); "or", and never without a source."""
    ranks = {option.fact: facts.number(option.fact) for option in criterion.options}
    figures = tuple(number_figure(facts, name, None, value) for name, value in ranks.items() if value is not None)
    niche, source = facts.text(criterion.niche), facts.text(criterion.source)
    year = facts.number("niche_rank_year")
    good = [o for o in criterion.options if (rank := ranks[o.fact]) is not None and rank <= o.max_rank]
    if good:
        absent = tuple(label(n) for n, v in ((criterion.niche, niche), (criterion.source, source)) if v is None)
        if absent:
            return undetermined(absent, figures, f"已填排名，但缺少{'、'.join(absent)}，暂不能采信。")
        when = f"{year:.0f}年，" if year is not None else ""
        text = f"{niche}：{'、'.join(o.label for o in good)}（{when}依据：{source}）。"
        return Answer(Outcome.MET, text, (*figures, text_figure(facts, criterion.source, source or "")))
    absent = tuple(label(name) for name, value in ranks.items() if value is None)
    if absent:
        return undetermined(absent, figures)
    gap, short = min(
        (rank - o.max_rank, f"距{o.label}差 {rank - o.max_rank:.0f} 位")
        for o in criterion.options
        if (rank := ranks[o.fact]) is not None
    )
    wanted = "或".join(option.label for option in criterion.options)
    return Answer(Outcome.NOT_MET, f"排名未达{wanted}。", figures, Distance(gap, "位", short))


def newly_established_or_converted(criterion: NewlyEstablishedOrConverted, facts: FactSet, context: Context) -> Answer:
    """Newly set up within the setting, or converted from an individually-owned business (A1-03, A1-04)."""
    registered = facts.date(criterion.registered)
    converted = facts.flag(criterion.converted)
    converted_on = facts.date(criterion.converted_on)
    until = reference_day("as_of", context)
    figures: list[Figure] = []
    over = 0
    if registered is not None:
        figures.append(text_figure(facts, criterion.registered, day(registered)))
        last = add_months(registered, criterion.new_within_months)
        if until <= last:
            text = f"{day(registered)}成立，未超过{criterion.new_within_months}个月。"
            return Answer(Outcome.MET, text, tuple(figures))
        over = (until - last).days
    if converted and converted_on is not None:
        figures.append(text_figure(facts, criterion.converted_on, day(converted_on)))
        return Answer(Outcome.MET, f"由个体工商户于{day(converted_on)}转为企业。", tuple(figures))
    open_facts = (
        (criterion.registered, registered is None),
        (criterion.converted, converted is None),
        (criterion.converted_on, bool(converted)),
    )
    missing = tuple(label(name) for name, absent in open_facts if absent)
    if missing:
        return undetermined(missing, tuple(figures))
    return Answer(
        Outcome.NOT_MET,
        f"成立已超过{criterion.new_within_months}个月，也不是由个体工商户转型。",
        tuple(figures),
        Distance(Decimal(over), "天", f"超过新设立期限 {over} 天"),
    )


def above_scale(criterion: AboveScale, facts: FactSet, context: Context) -> Answer:
    """Above the statistical scale, or still below it; industries without a threshold follow the setting (point 13)."""
    value = facts.text(criterion.fact)
    if value is None:
        return undetermined((label(criterion.fact),))
    shown = {"yes": "是", "no": "否", "no_threshold": "该行业无规上标准"}.get(value, value)
    figure = text_figure(facts, criterion.fact, shown)
    if value == "no_threshold":
        return Answer(
            Outcome(criterion.no_threshold), "该行业没有规模以上标准，本条不适用，按项目设置处理。", (figure,)
        )
    if value == criterion.wanted:
        return Answer(Outcome.MET, f"规模以上：{shown}。", (figure,))
    wanted = "是规模以上企业" if criterion.wanted == "no" else "不是规模以上企业"
    return Answer(Outcome.NOT_MET, f"{wanted}。", (figure,))
