"""Cross-checks between figures, made before submission and shown to every reviewer (P-06)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cultivation.eligibility.facts import Context, FactSet
from cultivation.eligibility.labels import UNITS, label
from cultivation.eligibility.wording import amount, day, pct, year_label
from cultivation.schema.checks import (
    BeforeRegistration,
    CountMatches,
    FiguresPresent,
    NotAbove,
    RankWithoutSource,
    Required,
    Signal,
    YearJump,
)
from cultivation.schema.programme import Programme


@dataclass(frozen=True)
class CrossFinding:
    """One thing found. ``key`` names it for its explanation (check, and the fact and year it is about)."""

    key: str
    code: str
    title: str
    severity: str
    text: str
    hint: str
    facts: tuple[str, ...] = ()

    @property
    def stops(self) -> bool:
        """Must be mended before submission."""
        return self.severity == "stop"

    def to_json(self) -> dict[str, Any]:
        return {**self.__dict__, "facts": list(self.facts)}


def cross_check(
    programme: Programme,
    tier: str,
    facts: FactSet,
    context: Context,
    *,
    signals: Mapping[str, Iterable[str]] | None = None,
) -> list[CrossFinding]:
    """Everything the programme's list finds in a file; ``signals`` are labels of what the database found, by name."""
    found: list[CrossFinding] = []
    for check in programme.cross_checks_for(tier):
        for suffix, text, names in _texts(check, facts, context, signals or {}):
            key = f"{check.code}:{suffix}" if suffix else check.code
            found.append(CrossFinding(key, check.code, check.title, check.severity, text, check.hint, names))
    return found


Found = tuple[str, str, tuple[str, ...]]


def _texts(check: Any, facts: FactSet, context: Context, signals: Mapping[str, Iterable[str]]) -> list[Found]:
    if isinstance(check, NotAbove):
        return _not_above(check, facts, context)
    if isinstance(check, CountMatches):
        return _count_matches(check, facts, context)
    if isinstance(check, YearJump):
        return _year_jump(check, facts, context)
    if isinstance(check, FiguresPresent):
        missing = [
            (name, year)
            for name in check.facts
            for year in _years(check.window, context)
            if facts.raw(name, year) is None
        ]
        text = f"缺少{'、'.join(year_label(name, year) for name, year in missing)}。"
        return [("", text, tuple(dict.fromkeys(name for name, _ in missing)))] if missing else []
    if isinstance(check, Required):
        absent = [name for name in check.facts if facts.raw(name) is None]
        return [(name, f"{label(name)}未填写。", (name,)) for name in absent]
    if isinstance(check, BeforeRegistration):
        return _before_registration(check, facts, context)
    if isinstance(check, RankWithoutSource):
        ranked = [name for name in check.ranks if facts.raw(name) is not None]
        absent = [name for name in check.needs if facts.text(name) is None]
        text = f"已填{'、'.join(map(label, ranked))}，但缺少{'、'.join(map(label, absent))}。"
        return [("", text, tuple(absent))] if ranked and absent else []
    if isinstance(check, Signal):
        others = [str(item) for item in signals.get(check.signal, ())]
        return [("", f"{check.title}：{'、'.join(others)}。", ())] if others else []
    raise TypeError(f"unknown cross-check {check!r}")  # pragma: no cover - the schema's list is closed


def _years(window: tuple[int, int], context: Context) -> range:
    return range(context.year(window[0]), context.year(window[1]) + 1)


def _not_above(check: NotAbove, facts: FactSet, context: Context) -> list[Found]:
    found: list[Found] = []
    for year in _years(check.window, context):
        left, right = facts.number(check.left, year), facts.number(check.right, year)
        if left is not None and right is not None and left > right:
            unit = UNITS.get(check.left, "")
            text = (
                f"{year_label(check.left, year)} {amount(left, unit)}，"
                f"大于{label(check.right)} {amount(right, unit)}，多出 {amount(left - right, unit)}。"
            )
            found.append((str(year), text, (check.left, check.right)))
    return found


def _count_matches(check: CountMatches, facts: FactSet, context: Context) -> list[Found]:
    year = context.year(check.year_offset) if check.year_offset is not None else None
    claimed, listed = facts.number(check.claimed, year), facts.number(check.listed, year)
    if claimed is None or listed is None or claimed == listed:
        return []
    text = f"申报填写 {claimed:,.0f} 件，按专利清单为 {listed:,.0f} 件。"
    return [("", text, (check.claimed, check.listed))]


def _year_jump(check: YearJump, facts: FactSet, context: Context) -> list[Found]:
    found: list[Found] = []
    years = list(_years(check.window, context))
    for name in check.facts:
        for year in years[1:]:
            before, after = facts.number(name, year - 1), facts.number(name, year)
            if before is None or after is None or before <= 0:
                continue
            change = after - before
            if abs(change) * 100 > check.pct * before:
                word = "增长" if change > 0 else "下降"
                unit = UNITS.get(name, "")
                text = (
                    f"{year_label(name, year)}比上年{word} {pct(abs(change) * Decimal(100) / before)}"
                    f"（{amount(before, unit)} → {amount(after, unit)}）。"
                )
                found.append((f"{name}:{year}", text, (name,)))
    return found


def _before_registration(check: BeforeRegistration, facts: FactSet, context: Context) -> list[Found]:
    registered = facts.date("registered_on")
    if registered is None:
        return []
    early = [
        (name, year)
        for name in check.facts
        for year in _years(check.window, context)
        if year < registered.year and facts.number(name, year)
    ]
    if not early:
        return []
    text = f"企业{day(registered)}成立，但填有{'、'.join(year_label(name, year) for name, year in early)}。"
    return [("", text, tuple(dict.fromkeys(name for name, _ in early)))]
