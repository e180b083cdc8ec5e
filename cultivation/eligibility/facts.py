"""What the engine reads: facts of the firm, dated judgements of officials, and the public tables of the day.

All three are plain values with a JSON form; nothing here touches the database. Missing is ``None``, never zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class FactSet:
    """Facts by name and year (None for facts without a year). Rows keep unit, basis and source for the reader."""

    rows: Mapping[tuple[str, int | None], Row] = field(default_factory=dict)

    @classmethod
    def from_rows(cls, rows: Iterable[Row]) -> FactSet:
        """From rows ``{"name", "year", "value", "unit", "basis", "source"}``; rows without a value do not exist."""
        kept: dict[tuple[str, int | None], Row] = {}
        for row in rows:
            if row.get("value") is None or row["value"] == "":
                continue
            kept[(row["name"], row.get("year"))] = {**row, "value": _plain(row["value"])}
        return cls(kept)

    @classmethod
    def of(cls, **values: Any) -> FactSet:
        """Short form: ``FactSet.of(name="甲", revenue={2016: "1", 2017: "2"})``; a dict of years is a yearly fact."""
        rows: list[Row] = []
        for name, value in values.items():
            if isinstance(value, dict) and value and all(isinstance(key, int) for key in value):
                rows += [{"name": name, "year": year, "value": item} for year, item in value.items()]
            else:
                rows.append({"name": name, "year": None, "value": value})
        return cls.from_rows(rows)

    def to_rows(self, names: Iterable[str] | None = None) -> list[Row]:
        """Rows in a stable order, all or only those of the given names: what is frozen with a verdict."""
        wanted = None if names is None else set(names)
        kept = [row for (name, _), row in self.rows.items() if wanted is None or name in wanted]
        return sorted(kept, key=lambda row: (row["name"], row.get("year") or 0))

    def without(self, name: str, year: int | None = None) -> FactSet:
        """The same facts less one."""
        return FactSet({key: row for key, row in self.rows.items() if key != (name, year)})

    def raw(self, name: str, year: int | None = None) -> Any:
        """The JSON value, or None."""
        row = self.rows.get((name, year))
        return None if row is None else row["value"]

    def number(self, name: str, year: int | None = None) -> Decimal | None:
        """An exact number (money in 万元, people, pieces), or None. ValueError if the stored value is no number."""
        value = self.raw(name, year)
        if value is None or isinstance(value, bool):
            return None
        try:
            return Decimal(str(value))
        except InvalidOperation as error:
            raise ValueError(f"{name} {year or ''}：“{value}”不是数字") from error

    def date(self, name: str) -> dt.date | None:
        """A date without year key, or None."""
        value = self.raw(name)
        return None if value is None else dt.date.fromisoformat(str(value))

    def text(self, name: str) -> str | None:
        """A text, or None when empty."""
        value = self.raw(name)
        return str(value).strip() or None if value is not None else None

    def flag(self, name: str) -> bool | None:
        """Yes, no, or None."""
        value = self.raw(name)
        return value if isinstance(value, bool) else None

    def items(self, name: str) -> list[Any] | None:
        """A list, or None when nothing has been entered."""
        value = self.raw(name)
        return list(value) if isinstance(value, list) and value else None

    def source(self, name: str, year: int | None = None) -> str:
        """Where the figure comes from, as the firm said."""
        row = self.rows.get((name, year))
        return str(row.get("source") or "") if row else ""


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


@dataclass(frozen=True)
class Opinion:
    """One opinion item answered by an official: yes or no, a line of evidence, who and when."""

    answer: bool
    line: str = ""
    on: dt.date | None = None
    by: str = ""


@dataclass(frozen=True)
class Check:
    """A bureau's check of an outside source (A2-07, P-14)."""

    clean: bool
    checked_on: dt.date
    source: str = ""
    by: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Judgements:
    """Officials' answers beside one file: opinion items and checks, each dated."""

    opinions: Mapping[str, Opinion] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """JSON form for freezing."""
        return {
            "opinions": {
                code: {"answer": o.answer, "line": o.line, "on": o.on.isoformat() if o.on else None, "by": o.by}
                for code, o in sorted(self.opinions.items())
            },
            "checks": {
                code: {
                    "clean": c.clean,
                    "checked_on": c.checked_on.isoformat(),
                    "source": c.source,
                    "by": c.by,
                    "remark": c.remark,
                }
                for code, c in sorted(self.checks.items())
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Judgements:
        """Back from :meth:`to_json`."""
        opinions = {
            code: Opinion(o["answer"], o["line"], dt.date.fromisoformat(o["on"]) if o["on"] else None, o["by"])
            for code, o in data.get("opinions", {}).items()
        }
        checks = {
            code: Check(c["clean"], dt.date.fromisoformat(c["checked_on"]), c["source"], c["by"], c["remark"])
            for code, c in data.get("checks", {}).items()
        }
        return cls(opinions, checks)


@dataclass(frozen=True)
class Context:
    """Public tables and days a verdict rests on.

    ``size_standard``: snapshot of the standard valid on ``as_of`` (document, rows). ``industry_groups``: code →
    (group, state given/finer/outside). ``averages``: provincial growth in percent by (fact, year). ``catalogues``:
    dated versions with their items.
    ``reference_date``: the round's own day for "two years registered"; without one ``as_of`` counts (point 9).
    """

    as_of: dt.date
    round_year: int
    reference_date: dt.date | None = None
    size_standard: Mapping[str, Any] | None = None
    industry_groups: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    averages: Mapping[tuple[str, int], Decimal] = field(default_factory=dict)
    catalogues: tuple[Mapping[str, Any], ...] = ()

    def year(self, offset: int) -> int:
        """Real year of an offset from the round's year: -1 is the year before (HN-33)."""
        return self.round_year + offset

    def to_json(self) -> dict[str, Any]:
        """JSON form for freezing."""
        return {
            "as_of": self.as_of.isoformat(),
            "round_year": self.round_year,
            "reference_date": self.reference_date.isoformat() if self.reference_date else None,
            "size_standard": self.size_standard,
            "industry_groups": {code: list(pair) for code, pair in sorted(self.industry_groups.items())},
            "averages": [
                {"fact": fact, "year": year, "pct": str(pct)} for (fact, year), pct in sorted(self.averages.items())
            ],
            "catalogues": [dict(item) for item in self.catalogues],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Context:
        """Back from :meth:`to_json`."""
        return cls(
            as_of=dt.date.fromisoformat(data["as_of"]),
            round_year=data["round_year"],
            reference_date=dt.date.fromisoformat(data["reference_date"]) if data["reference_date"] else None,
            size_standard=data["size_standard"],
            industry_groups={code: (pair[0], pair[1]) for code, pair in data["industry_groups"].items()},
            averages={(row["fact"], row["year"]): Decimal(row["pct"]) for row in data["averages"]},
            catalogues=tuple(data["catalogues"]),
        )
