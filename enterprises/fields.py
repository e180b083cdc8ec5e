"""The single facts a firm types, one spec each: where it is kept, how it is read, what is wrong with it.

Pages, autosave, the bureau's entry on behalf and the completeness of a dossier read the same spec. A parser raises
ValueError with a
Chinese sentence; empty text is *missing* (None or ''), never zero.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from enterprises import uscc
from enterprises.models import Profile
from foundation.core.clock import business_today
from foundation.core.money import parse_wan
from foundation.core.text import normalise_name
from foundation.reference.models import Industry

Parser = Callable[[Any], Any]
FIRM, PROFILE = "firm", "profile"
_LONGEST_PHONE = 30
_FIRST_YEAR = 1949
_PHONE = re.compile(r"[0-9+][0-9\-\s/、转()（）]{5,}")


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One typed fact. ``owner``: the table it is kept in; ``page``: the page it is asked on; ``wanted``: counts
    for completeness.
    """

    name: str
    label: str
    owner: str
    page: str
    parse: Parser
    widget: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    help: str = ""
    wanted: bool = True
    sourced: bool = False
    personal: bool = False

    @property
    def column(self) -> str:
        """Name of the database column."""
        return "industry_id" if self.name == "industry" else self.name


def _text(limit: int) -> Parser:
    def parse(raw: Any) -> str:
        cleaned = re.sub(r"\s+", " ", "".join(c for c in str(raw or "") if unicodedata.category(c) != "Cc")).strip()
        if len(cleaned) > limit:
            raise ValueError(f"最多{limit}个字，现在是{len(cleaned)}个。")
        return cleaned

    return parse


def _name(limit: int) -> Parser:
    plain = _text(limit)
    return lambda raw: normalise_name(plain(raw))


def parse_date(raw: Any) -> dt.date | None:
    """``2015-03-01``, ``2015/3/1``, ``2015.3.1``, ``2015年3月1日``; not after today."""
    cleaned = unicodedata.normalize("NFKC", str(raw or "")).strip()
    if not cleaned:
        return None
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", cleaned) or re.fullmatch(
        r"(\d{4})(\d{2})(\d{2})", cleaned
    )
    if not found:
        raise ValueError(f"“{cleaned[:20]}”不是日期，请按 2015-03-01 填写。")
    try:
        day = dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise ValueError(f"没有“{cleaned[:20]}”这一天，请核对。") from None
    if day.year < _FIRST_YEAR:
        raise ValueError(f"“{day}”早于{_FIRST_YEAR}年，请核对。")
    if day > business_today():
        raise ValueError("日期不能晚于今天。")
    return day


def parse_count(raw: Any) -> int | None:
    """A whole number from 0; full-width digits, thousands commas and 人, 件, 位 behind it are understood."""
    cleaned = re.sub(r"[人件位名个]$", "", unicodedata.normalize("NFKC", str(raw or "")).replace(",", "").strip())
    if not cleaned or cleaned in {"-", "—"}:
        return None
    if not re.fullmatch(r"\d+(\.0+)?", cleaned):
        raise ValueError(f"“{str(raw)[:20]}”不是整数。")
    number = int(cleaned.split(".")[0])
    if number > 10_000_000:
        raise ValueError(f"“{str(raw)[:20]}”过大，请核对。")
    return number


def _rank(raw: Any) -> int | None:
    number = parse_count(raw)
    if number == 0:
        raise ValueError("排名从1开始。")
    return number


def _year(raw: Any) -> int | None:
    number = parse_count(str(raw or "").replace("年", ""))
    if number is not None and not _FIRST_YEAR <= number <= business_today().year:
        raise ValueError(f"年度应在{_FIRST_YEAR}至{business_today().year}之间。")
    return number


def _percent(raw: Any) -> Decimal | None:
    value = parse_wan(str(raw or "").replace("%", "").replace("％", ""))
    if value is not None and not 0 <= value <= 100:
        raise ValueError("应为0至100之间的百分数。")
    return value


def _yes_no(raw: Any) -> bool | None:
    try:
        return {"yes": True, "no": False, "": None, None: None, True: True, False: False}[raw]
    except (KeyError, TypeError):
        raise ValueError("请选择“是”或“否”。") from None


def _one_of(choices: Iterable[tuple[str, str]]) -> Parser:
    known = {value for value, _ in choices}

    def parse(raw: Any) -> str:
        if raw in (None, ""):
            return ""
        if raw not in known:
            raise ValueError("请从列表中选择。")
        return str(raw)

    return parse


def _any_of(choices: Iterable[tuple[str, str]]) -> Parser:
    order = [value for value, _ in choices]

    def parse(raw: Any) -> list[str]:
        picked = [raw] if isinstance(raw, str) else list(raw or [])
        picked = [one for one in picked if one]
        if not set(picked) <= set(order):
            raise ValueError("请从列表中选择。")
        return [one for one in order if one in picked]

    return parse


def _industry(raw: Any) -> str | None:
    code = unicodedata.normalize("NFKC", str(raw or "")).strip().upper()
    if not code:
        return None
    if not Industry.objects.filter(pk=code).exists():
        raise ValueError("请从列表中选择行业，可输入代码或名称查找。")
    return code


def _uscc(raw: Any) -> str:
    code = uscc.compact(str(raw or ""))
    wrong = uscc.form_finding(code) if code else None
    if wrong is not None:
        raise ValueError(wrong.text)
    return code


def parse_phone(raw: Any) -> str:
    """A telephone as people write it; several may stand beside each other."""
    cleaned = unicodedata.normalize("NFKC", str(raw or "")).strip()
    if not cleaned:
        return ""
    if len(cleaned) > _LONGEST_PHONE or not _PHONE.fullmatch(cleaned) or sum(c.isdigit() for c in cleaned) < 7:
        raise ValueError("请填写电话，带区号，如 0731-12345678；手机为11位。")
    return cleaned


def _email(raw: Any) -> str:
    cleaned = unicodedata.normalize("NFKC", str(raw or "")).strip()
    if cleaned:
        try:
            validate_email(cleaned)
        except ValidationError:
            raise ValueError("邮箱格式不对，例如 name@example.com。") from None
    return cleaned


YES_NO = (("yes", "是"), ("no", "否"))
_ABOVE = tuple(Profile.AboveScale.choices)
_SRDI = tuple(Profile.Direction.choices)

SPECS: tuple[FieldSpec, ...] = (
    FieldSpec("legal_representative", "法定代表人", FIRM, "basic", _text(60), personal=True),
    FieldSpec("registered_on", "成立日期", FIRM, "basic", parse_date, "date", help="以营业执照为准"),
    FieldSpec("is_legal_person", "独立法人", FIRM, "basic", _yes_no, "choice", YES_NO),
    FieldSpec("parent_name", "所属法人名称", FIRM, "basic", _name(120), help="分支机构填写", wanted=False),
    FieldSpec("parent_uscc", "所属法人代码", FIRM, "basic", _uscc, help="分支机构填写", wanted=False),
    FieldSpec("industry", "所属行业", FIRM, "basic", _industry, "industry", help="按GB/T 4754—2017，输入代码或名称"),
    FieldSpec("contact_name", "联系人", FIRM, "basic", _text(40), personal=True),
    FieldSpec("contact_phone", "联系电话", FIRM, "basic", parse_phone, "tel", personal=True),
    FieldSpec("contact_email", "电子邮箱", FIRM, "basic", _email, "email", personal=True),
    FieldSpec("above_scale", "规模以上", PROFILE, "profile", _one_of(_ABOVE), "choice", _ABOVE, sourced=True),
    FieldSpec("main_product", "主导产品", PROFILE, "profile", _text(120)),
    FieldSpec(
        "former_individual_business", "由个体工商户转型", PROFILE, "profile", _yes_no, "choice", YES_NO, sourced=True
    ),
    FieldSpec("former_individual_name", "原个体工商户名称", PROFILE, "profile", _name(120), wanted=False),
    FieldSpec("former_individual_code", "原个体工商户代码", PROFILE, "profile", _text(20), wanted=False),
    FieldSpec("converted_on", "转企日期", PROFILE, "profile", parse_date, "date", wanted=False),
    FieldSpec(
        "niche",
        "产业细分领域",
        PROFILE,
        "niche",
        _text(120),
        help="尽量具体到产品，如“轨道车辆用制动夹钳”",
        sourced=True,
    ),
    FieldSpec(
        "market_share", "细分市场占有率", PROFILE, "niche", _percent, "number", unit="%", wanted=False, sourced=True
    ),
    FieldSpec("niche_rank_province", "全省排名", PROFILE, "niche", _rank, "number", unit="位", wanted=False),
    FieldSpec("niche_rank_country", "全国排名", PROFILE, "niche", _rank, "number", unit="位", wanted=False),
    FieldSpec("niche_rank_year", "排名年度", PROFILE, "niche", _year, "number", unit="年", wanted=False),
    FieldSpec(
        "niche_rank_source",
        "排名依据",
        PROFILE,
        "niche",
        _text(200),
        help="谁发布、在哪里可查；没有依据的排名不作数",
        wanted=False,
        sourced=True,
    ),
    FieldSpec("srdi", "专精特新方向", PROFILE, "srdi", _any_of(_SRDI), "choices", _SRDI, sourced=True),
)
BY_NAME = {spec.name: spec for spec in SPECS}


def on_page(page: str) -> tuple[FieldSpec, ...]:
    """Specs asked on one page, in order."""
    return tuple(spec for spec in SPECS if spec.page == page)


def typed(value: Any) -> Any:
    """A stored value as it stands in an input: ``yes``/``no``, ``2015-03-01``, ``12.50``, '' for missing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if isinstance(value, list) else str(value)
