"""Rules on figures: bands, growth, size class, counts. Exact Decimal comparisons, cross-multiplied for ratios."""

from __future__ import annotations

from decimal import Decimal

from cultivation.eligibility.facts import Context, FactSet
from cultivation.eligibility.labels import SIZE_LABELS, UNITS, label
from cultivation.eligibility.results import Answer, Distance, Figure
from cultivation.eligibility.wording import amount, number_figure, pct, plain, short_of, text_figure, year_label
from cultivation.schema.base import Outcome
from cultivation.schema.criteria import (
    GrowthAboveAverage,
    GrowthEachYear,
    IndustryInGroups,
    PatentsInUse,
    Range,
    SizeIn,
)
from enterprises.size_class import SizeClass, size_class
from foundation.reference.size_standard import SizeStandard, from_snapshot

_HUNDRED = Decimal(100)


def undetermined(missing: tuple[str, ...], figures: tuple[Figure, ...] = (), why: str = "") -> Answer:
    """A figure is missing: named, never guessed."""
    text = why or f"缺少{'、'.join(missing)}，暂不能判断。"
    return Answer(Outcome.UNDETERMINED, text, figures, None, missing)


def value_range(criterion: Range, facts: FactSet, context: Context) -> Answer:
    """A yearly number in a band (A2-03, A3-02)."""
    year = context.year(criterion.year_offset)
    value = facts.number(criterion.fact, year)
    if value is None:
        return undetermined((year_label(criterion.fact, year),))
    figure = number_figure(facts, criterion.fact, year, value, criterion.rounding)
    name, unit, places = label(criterion.fact), criterion.unit, criterion.rounding
    low, high = criterion.min, criterion.max
    if low is not None and (value < low or (value == low and not criterion.min_inclusive)):
        gap = low - value
        short = f"{name}差 {short_of(gap, places)} {unit}" if gap else f"{name}恰为 {plain(low)} {unit}，须高于该数"
        return Answer(
            Outcome.NOT_MET, f"{figure.text}，低于 {plain(low)} {unit}。", (figure,), Distance(gap, unit, short)
        )
    if high is not None and (value > high or (value == high and not criterion.max_inclusive)):
        gap = value - high
        over = (
            f"{name}超出 {short_of(gap, places)} {unit}"
            if gap
            else f"{name}恰为上限 {plain(high)} {unit}，上限不含本数"
        )
        return Answer(
            Outcome.NOT_MET, f"{figure.text}，不在 {plain(high)} {unit}以下。", (figure,), Distance(gap, unit, over)
        )
    bounds = [f"≥ {plain(low)} {unit}"] if low is not None else []
    if high is not None:
        bounds.append(f"{'≤' if criterion.max_inclusive else '＜'} {plain(high)} {unit}")
    return Answer(Outcome.MET, f"{figure.text}，{'且'.join(bounds)}。", (figure,))


def _growth_years(last_offset: int, years: int, context: Context) -> list[int]:
    last = context.year(last_offset)
    return list(range(last - years + 1, last + 1))


def growth_each_year(criterion: GrowthEachYear, facts: FactSet, context: Context) -> Answer:
    """At least so many percent in each year (A2-05). A missing or non-positive base cannot be answered.

    One year that certainly fails settles it, whatever is missing elsewhere.
    """
    years = _growth_years(criterion.last_offset, criterion.years, context)
    name, bar = criterion.fact, criterion.min_pct
    values = {year: facts.number(name, year) for year in [years[0] - 1, *years]}
    figures = tuple(
        number_figure(facts, name, year, value, criterion.rounding)
        for year, value in values.items()
        if value is not None
    )
    sign = "≥" if criterion.inclusive else "＞"
    said: list[str] = []
    gaps: list[Decimal] = []
    unknown: list[str] = []
    for year in years:
        before, after = values[year - 1], values[year]
        if before is None or after is None:
            continue
        if before <= 0:
            unknown.append(f"{year - 1}年{label(name)}不大于零，无法计算{year}年增长率")
            continue
        # (after - before) / before >= bar / 100, without dividing: 9.999 % fails, 10.00 % passes.
        left, right = (after - before) * _HUNDRED, bar * before
        passed = left >= right if criterion.inclusive else left > right
        growth = left / before
        if passed:
            said.append(f"{year}年增长 {pct(growth)} {sign} {plain(bar)}%")
        else:
            gaps.append(bar - growth)
            said.append(f"{year}年增长 {pct(growth, bar)}，差 {short_of(bar - growth)} 个百分点")
    missing = tuple(year_label(name, year) for year, value in values.items() if value is None)
    if gaps:
        worst = max(gaps)
        distance = Distance(worst, "个百分点", f"{label(name)}增长率差 {short_of(worst)} 个百分点")
        return Answer(Outcome.NOT_MET, f"{'；'.join(said)}。", figures, distance, missing)
    if missing:
        return undetermined(missing, figures)
    if unknown:
        return undetermined((), figures, f"{'；'.join(unknown)}。")
    return Answer(Outcome.MET, f"{'；'.join(said)}。", figures)


def growth_above_average(criterion: GrowthAboveAverage, facts: FactSet, context: Context) -> Answer:
    """Every fact grows faster than the province in every year (A1-07). An average not entered is undetermined."""
    years = _growth_years(criterion.last_offset, criterion.years, context)
    figures: list[Figure] = []
    missing: list[str] = []
    unknown: list[str] = []
    said: list[str] = []
    gaps: list[tuple[Decimal, str]] = []
    for name in criterion.facts:
        values = {year: facts.number(name, year) for year in [years[0] - 1, *years]}
        figures += [number_figure(facts, name, y, v, criterion.rounding) for y, v in values.items() if v is not None]
        missing += [year_label(name, year) for year, value in values.items() if value is None]
        for year in years:
            average = context.averages.get((name, year))
            if average is None:
                missing.append(f"{year}年全省{label(name)}平均增幅（由省级录入）")
            before, after = values[year - 1], values[year]
            if average is None or before is None or after is None:
                continue
            if before <= 0:
                unknown.append(f"{year - 1}年{label(name)}不大于零，无法计算{year}年增长率")
                continue
            growth = (after - before) * _HUNDRED / before
            if (after - before) * _HUNDRED > average * before:
                said.append(f"{year}年{label(name)}增长 {pct(growth)} ＞ 全省 {pct(average)}")
            else:
                gap = average - growth
                gaps.append((gap, f"{year}年{label(name)}增长率"))
                said.append(f"{year}年{label(name)}增长 {pct(growth, average)}，全省 {pct(average)}")
    if gaps:
        worst, where = max(gaps, key=lambda pair: pair[0])
        short = f"{where}差 {short_of(worst)} 个百分点" if worst else f"{where}与全省平均相同，须高于平均"
        return Answer(
            Outcome.NOT_MET, f"{'；'.join(said)}。", tuple(figures), Distance(worst, "个百分点", short), tuple(missing)
        )
    if missing:
        return undetermined(tuple(missing), tuple(figures))
    if unknown:
        return undetermined((), tuple(figures), f"{'；'.join(unknown)}。")
    return Answer(Outcome.MET, f"{'；'.join(said)}。", tuple(figures))


def _group_of(facts: FactSet, context: Context, fact: str = "industry") -> tuple[str, str] | Answer:
    code = facts.text(fact)
    if code is None:
        return undetermined((label(fact),))
    found = context.industry_groups.get(code)
    if found is None:
        return undetermined((label(fact),), why=f"行业代码 {code} 不在行业分类中，请核对。")
    if found[1] == "finer":
        return undetermined((label(fact),), why=f"行业 {code} 下分属不同划型组，请把行业代码填到小类。")
    return found


def size_in(criterion: SizeIn, facts: FactSet, context: Context) -> Answer:
    """Size class by the standard of the day, on the figures of one year (A1-01, A2-04, A3-02)."""
    found = _group_of(facts, context)
    if isinstance(found, Answer):
        return found
    group, state = found
    industry = text_figure(facts, "industry", f"{facts.text('industry')}（{group or '不在划型范围'}）")
    if state == "outside":
        return Answer(
            Outcome.NEEDS_JUDGEMENT, "所属行业不在《中小企业划型标准规定》范围内，由推荐部门参照认定。", (industry,)
        )
    if context.size_standard is None:
        return undetermined(("中小企业划型标准",), (industry,))
    standard = from_snapshot(context.size_standard)
    year = context.year(criterion.year_offset)
    given = {name: facts.number(name, year) for name in ("employees", "revenue", "total_assets")}
    result = size_class(
        group, standard, employees=given["employees"], revenue=given["revenue"], total_assets=given["total_assets"]
    )
    figures = (
        industry,
        *(number_figure(facts, name, year, value) for name, value in result.figures.items() if value is not None),
    )
    allowed = {SizeClass[name.upper()] for name in criterion.allowed}
    names = "、".join(SIZE_LABELS[name] for name in criterion.allowed)
    fits = result.is_one_of(allowed)
    if fits is None:
        return undetermined(tuple(year_label(name, year) for name in result.missing), figures)
    klass = result.size_class
    shown = f"划为{klass.label}" if klass is not None else f"不会高于{max(result.possible).label}"
    if fits:
        return Answer(Outcome.MET, f"按{group}{shown}，属{names}。", figures)
    return Answer(
        Outcome.NOT_MET,
        f"按{group}{shown}，不属{names}。",
        figures,
        _size_distance(group, result.figures, standard, allowed),
    )


def _size_distance(
    group: str, figures: dict[str, Decimal | None], standard: SizeStandard, allowed: set[SizeClass]
) -> Distance | None:
    """The least a single indicator would have to fall for the firm to leave the class above the allowed ones.

    Dropping below one minimum of the class above is enough, since that class asks for all of its minimums.
    """
    ceiling = max(allowed)
    rule = standard.group(group)
    if rule is None or ceiling is SizeClass.LARGE:
        return None
    bound = {SizeClass.MEDIUM: "large_min", SizeClass.SMALL: "medium_min", SizeClass.MICRO: "small_min"}[ceiling]
    over: list[tuple[Decimal, str, Decimal, str]] = []
    for threshold in rule.thresholds:
        value = figures.get(threshold.indicator)
        if value is not None:
            limit = getattr(threshold, bound)
            over.append(((value - limit) / limit, threshold.indicator, value - limit, threshold.unit))
    if not over:
        return None
    _, name, gap, unit = min(over)
    shown = amount(gap, unit)
    return Distance(gap, unit, f"{label(name)}达到或超过上限 {shown}" if gap else f"{label(name)}恰达上一类下限")


def industry_in_groups(criterion: IndustryInGroups, facts: FactSet, context: Context) -> Answer:
    """The industry belongs to one of the groups the notice lists (A1-02)."""
    found = _group_of(facts, context, criterion.fact)
    if isinstance(found, Answer):
        return found
    group, state = found
    figure = text_figure(facts, criterion.fact, f"{facts.text(criterion.fact)}（{group or '不在划型范围'}）")
    if state == "given" and group in criterion.groups:
        return Answer(Outcome.MET, f"属{group}。", (figure,))
    where = f"属{group}" if group else "所属行业不在划型范围"
    return Answer(Outcome.NOT_MET, f"{where}，不在所列{len(criterion.groups)}类行业内。", (figure,))


def patents_in_use(criterion: PatentsInUse, facts: FactSet, context: Context) -> Answer:
    """A patent of the counted kinds is used in the main product (A1-08)."""
    used = facts.number(criterion.in_use)
    held = {name: facts.number(name) for name in criterion.held}
    figures = tuple(number_figure(facts, name, None, value) for name, value in held.items() if value is not None)
    if used is None:
        return undetermined((label(criterion.in_use),), figures)
    figures = (*figures, number_figure(facts, criterion.in_use, None, used))
    if used >= criterion.min:
        return Answer(Outcome.MET, f"{label(criterion.in_use)} {used:,.0f} 件。", figures)
    gap = Decimal(criterion.min) - used
    kinds = "或".join(label(name).removesuffix("数") for name in criterion.held)
    return Answer(
        Outcome.NOT_MET,
        f"尚无用于主导产品的{kinds}。",
        figures,
        Distance(gap, UNITS[criterion.in_use], f"{label(criterion.in_use)}差 {gap:,.0f} 件"),
    )
