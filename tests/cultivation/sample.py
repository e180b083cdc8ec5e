"""Programmes, public tables and an invented firm for the pure tests. Nothing here touches the database."""

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

from cultivation.eligibility import Check, Context, FactSet, Judgements, Opinion
from cultivation.schema import Programme, parse, read_yaml
from foundation.reference import industry_groups
from foundation.reference.size_standard import from_rows

ROOT = Path(__file__).resolve().parents[2]
PROGRAMMES = ROOT / "cultivation" / "programmes"
REFERENCE = ROOT / "foundation" / "reference" / "data"


def document(code: str) -> dict[str, Any]:
    return read_yaml(PROGRAMMES / f"{code}.yaml")


HUNAN_DOCUMENT = document("hunan-2018-49")
SICHUAN_DOCUMENT = document("sichuan-2017-238")
HUNAN: Programme = parse(HUNAN_DOCUMENT)
SICHUAN: Programme = parse(SICHUAN_DOCUMENT)


def rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


STANDARD = from_rows(
    rows("size_standard.csv"),
    document="工信部联企业〔2011〕300号",
    title="中小企业划型标准规定",
    valid_from=dt.date(2011, 6, 18),
).snapshot()
GROUPS = industry_groups.coverage(rows("industries.csv"))
CATALOGUES = tuple(
    {
        "code": c["code"],
        "version": c["version"],
        "name": c["name"],
        "valid_from": c["valid_from"],
        "valid_to": c["valid_to"] or None,
        "items": {i["code"]: i["name"] for i in rows("catalogue_items.csv") if i["catalogue"] == c["code"]},
    }
    for c in rows("catalogues.csv")
)
AVERAGES = {
    ("revenue", 2016): Decimal("9.5"),
    ("revenue", 2017): Decimal("8.0"),
    ("profit_and_tax", 2016): Decimal("7.0"),
    ("profit_and_tax", 2017): Decimal("6.5"),
}


def context(**changes: Any) -> Context:
    given = {
        "as_of": dt.date(2018, 3, 12),
        "round_year": 2018,
        "size_standard": STANDARD,
        "industry_groups": GROUPS,
        "averages": AVERAGES,
        "catalogues": CATALOGUES,
    }
    return Context(**{**given, **changes})


def item(catalogue: str, name: str) -> dict[str, str]:
    found = next(c for c in CATALOGUES if c["code"] == catalogue)
    code = next(code for code, title in found["items"].items() if name in title)
    return {"catalogue": catalogue, "version": found["version"], "code": code, "name": found["items"][code]}


#: An invented machine builder of Sichuan: 高成长 on every count.
FIRM: dict[str, Any] = {
    "name": "（演示）青羊精工机械有限公司",
    "uscc": "91510105MA6DEMO011",
    "province": "51",
    "county": "青羊区",
    "registered_on": "2013-05-20",
    "is_legal_person": True,
    "industry": "3441",
    "above_scale": "yes",
    "contact_name": "演示甲",
    "contact_phone": "13800000001",
    "employees": {2015: 150, 2016: 160, 2017: 170},
    "revenue": {2015: "10300.00", 2016: "11600.00", 2017: "13200.00"},
    "main_revenue": {2015: "10000.00", 2016: "11300.00", 2017: "12900.00"},
    "sales_revenue": {2015: "10100.00", 2016: "11400.00", 2017: "13000.00"},
    "rd_expenditure": {2015: "310.00", 2016: "402.50", 2017: "505.25"},
    "profit_and_tax": {2015: "900.00", 2016: "1000.00", 2017: "1100.00"},
    "total_assets": {2015: "9000.00", 2016: "9500.00", 2017: "9900.00"},
}


def firm(**changes: Any) -> FactSet:
    """The firm with some facts changed; ``None`` takes a fact away."""
    return FactSet.of(**{name: value for name, value in {**FIRM, **changes}.items() if value is not None})


def judged(programme: Programme, tier: str, **changes: Any) -> Judgements:
    """Every opinion item answered yes and every check clean on 1 March 2018, with changes by code."""
    opinions = {
        i.code: Opinion(True, "实地核对属实", dt.date(2018, 3, 10), "经办人") for i in programme.opinion_items_for(tier)
    }
    checks = {c.code: Check(True, dt.date(2018, 3, 1), c.sources[0]) for c in programme.checks_for(tier)}
    for code, value in changes.items():
        book: dict[str, Any] = checks if code in checks else opinions
        if value is None:
            del book[code]
        else:
            book[code] = value
    return Judgements(opinions, checks)


def answers(result: Any, subtype: str | None = None) -> dict[str, Any]:
    """Criterion results by id of one branch."""
    branch = next(b for b in result.branches if subtype in (None, b.subtype))
    return {c.criterion: c for c in branch.criteria}
