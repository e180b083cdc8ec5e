"""One cell: from a value to what is written, and from what people typed back to a value.

Every check is one small function; each complaint says the rule and how to mend it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from foundation.core.money import MISSING, parse_wan
from foundation.spreadsheets.columns import Column, Kind, Problem
from foundation.spreadsheets.labels import plain, tidy

#: Largest cell text of the file format.
CELL_TEXT_CAP = 32767
_NOTHING = {"", "-", "—", "——", "－", "/", "无", "暂无"}
_FORMULA_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)", re.IGNORECASE)
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?")


class CellProblem(Exception):
    """A cell cannot be taken; carries the :class:`Problem` for the person who filled it in."""

    def __init__(self, rule: str, how: str) -> None:
        self.problem = Problem(rule, how)
        super().__init__(rule)


# --- writing ---------------------------------------------------------------------------------------------------


def cell_text(column: Column, value: Any, *, kind: Kind | None = None) -> str:
    """The value as printed text: in text cells of the workbook, in the PDF, in the page's table.

    Money is ``12,345.67``; a missing year inside a multi-year cell is a dash, a missing value is empty. Raises
    ValueError where the value does not fit the column (a programming error, not a person's).
    """
    return texts_of(column, Kind(kind or column.kind))(value)


def texts_of(column: Column, kind: Kind) -> Callable[[Any], str]:
    """``cell_text`` of one column and kind, decided once for tables of many rows."""
    known = _TEXTS.get(kind)
    words = known(column) if known is not None else _plain_text(column)

    def text(value: Any) -> str:
        return "" if value is None or value == "" or value == () else words(value)

    return text


def _plain_text(column: Column) -> Callable[[Any], str]:
    def text(value: Any) -> str:
        found = tidy(value)
        if len(found) > CELL_TEXT_CAP:
            raise ValueError(f"column {column.key}: text of {len(found)} characters does not fit a cell")
        return found

    return text


def _years_text(column: Column) -> Callable[[Any], str]:
    each, years = texts_of(column, Kind(column.each)), column.years

    def text(value: Any) -> str:
        values = [value.get(year) for year in years]
        if all(one is None for one in values):
            return ""
        return "/".join([each(one) or MISSING for one in values])

    return text


_TEXTS: dict[Kind, Callable[[Column], Callable[[Any], str]]] = {
    Kind.WAN: lambda column: wan_text,
    Kind.INTEGER: lambda column: lambda value: f"{int(value)}",
    Kind.DATE: lambda column: lambda value: f"{value:%Y-%m-%d}",
    Kind.CHOICE: lambda column: lambda value: _label(column, value),
    Kind.CHOICES: lambda column: lambda value: "、".join(_label(column, one) for one in value),
    Kind.YEARS: _years_text,
}


def wan_text(value: Decimal) -> str:
    """``12,345.67``; a stored figure with more than two places is printed whole, so that no digit is lost on the way."""
    text = f"{value:,f}"
    whole, _, places = text.partition(".")
    if len(places) > 2:
        places = places.rstrip("0")
    return f"{whole}.{places:0<2}"


def _label(column: Column, value: str) -> str:
    for choice in column.choices:
        if choice.value == value:
            return choice.label
    raise ValueError(f"column {column.key}: {value!r} is not one of its choices")


# --- reading ---------------------------------------------------------------------------------------------------


def shown(raw: Any) -> str:
    """What stands in the cell, as text, for error lists."""
    if raw is None:
        return ""
    if isinstance(raw, dt.datetime):
        return f"{raw:%Y-%m-%d}"
    if isinstance(raw, float):
        return _number_text(raw)
    return tidy(raw)


def is_blank(raw: Any) -> bool:
    """Nothing a person would see."""
    return raw is None or (isinstance(raw, str) and not tidy(raw))


def parse(column: Column, raw: Any, *, kind: Kind | None = None) -> Any:
    """The value in a cell, None for nothing; raises :class:`CellProblem`.

    `raw` is what the reader found: str, float, int, bool, date or datetime.
    """
    kind = Kind(kind or column.kind)
    if isinstance(raw, str) and _FORMULA_ERROR.fullmatch(raw.strip()):
        raise CellProblem("这一格是公式错误值", "改正公式，或直接填写结果")
    if is_blank(raw):
        return None
    value = _PARSERS[kind](column, raw)
    if value is not None:
        _check_range(column, value)
    return value


def _check_range(column: Column, value: Any) -> None:
    values = value.values() if isinstance(value, Mapping) else [value]
    for one in values:
        if not isinstance(one, (int, Decimal)):
            continue
        if column.minimum is not None and one < column.minimum:
            raise CellProblem(f"不能小于 {column.minimum}", "请核对后重填")
        if column.maximum is not None and one > column.maximum:
            raise CellProblem(f"不能大于 {column.maximum}", "请核对后重填")


def _text(column: Column, raw: Any) -> str | None:
    text = _untouched_text(raw)
    if len(text) > column.max_length:
        raise CellProblem(f"共 {len(text)} 个字，超过 {column.max_length} 个字", "请精简")
    return text or None


def _code(column: Column, raw: Any) -> str | None:
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", _untouched_text(raw))).upper()
    if len(text) > column.max_length:
        raise CellProblem(f"共 {len(text)} 位，超过 {column.max_length} 位", "请核对")
    return text or None


def _untouched_text(raw: Any) -> str:
    """Text out of a cell a program may have turned into a number; refused where digits are already lost."""
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, (dt.datetime, dt.date)):
        return f"{raw:%Y-%m-%d}"
    if isinstance(raw, (int, float)):
        if abs(raw) >= 1e15:
            raise CellProblem("这一格被表格软件当作数字，后面几位已经丢失", "把单元格格式改为“文本”，再重新填写")
        return _number_text(float(raw))
    text = tidy(raw)
    if re.fullmatch(r"\d(?:\.\d+)?[eE]\+\d+", text):
        raise CellProblem("这一格是科学计数法，后面几位已经丢失", "把单元格格式改为“文本”，再重新填写")
    return text


def _phone(column: Column, raw: Any) -> str | None:
    text = unicodedata.normalize("NFKC", _untouched_text(raw)).replace("—", "-").replace("–", "-")
    text = re.sub(r"\s*([-/,;、])\s*", r"\1", text).strip()
    if plain(text) in _NOTHING:
        return None
    if not re.fullmatch(r"[0-9+()\-/,;、 \n转]+", text) or len(re.sub(r"\D", "", text)) < 7:
        raise CellProblem("不像电话号码", "填手机号或带区号的座机，如 0731-12345678；多个号码用 / 分开")
    if len(text) > column.max_length:
        raise CellProblem("号码太长", "只留一两个号码")
    return text


def _integer(column: Column, raw: Any) -> int | None:
    number = _decimal(raw, suffixes=("个", "件", "项", "人", "家", "户"))
    if number is None:
        return None
    if number != number.to_integral_value():
        raise CellProblem("应为整数", "去掉小数部分后重填")
    return int(number)


def _wan(column: Column, raw: Any) -> Decimal | None:
    if isinstance(raw, (bool, dt.date, dt.datetime)):
        raise CellProblem("应为金额", "填数字，单位万元，如 12345.67")
    text = _number_text(float(raw)) if isinstance(raw, (int, float)) else tidy(raw)
    folded = plain(text)
    if folded in _NOTHING:
        return None
    if folded.endswith(("亿元", "亿")):
        raise CellProblem("单位是亿元", "请换算成万元：1 亿元 = 10,000 万元")
    if folded.endswith("元") and not folded.endswith("万元"):
        raise CellProblem("单位是元", "请换算成万元：10,000 元 = 1 万元")
    try:
        return parse_wan(folded.removesuffix("万元").removesuffix("万"))
    except ValueError as error:
        raise CellProblem(str(error), "填数字，单位万元，至多两位小数，如 12345.67") from error


def _decimal(raw: Any, *, suffixes: tuple[str, ...] = ()) -> Decimal | None:
    if isinstance(raw, (bool, dt.date, dt.datetime)):
        raise CellProblem("应为数字", "只填数字")
    text = plain(_number_text(float(raw)) if isinstance(raw, (int, float)) else tidy(raw))
    if text in _NOTHING:
        return None
    for suffix in suffixes:
        text = text.removesuffix(suffix)
    if not re.fullmatch(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?", text) or len(text) > 24:
        raise CellProblem("不是数字", "只填阿拉伯数字")
    return Decimal(text.replace(",", ""))


def _number_text(number: float) -> str:
    """A number cell as the person saw it: 15 significant digits, as the spreadsheet programs keep them."""
    return format(Decimal(f"{number:.15g}"), "f")


def _date(column: Column, raw: Any) -> dt.date | None:
    how = "填日期，如 2018-03-16"
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        if re.fullmatch(r"(?:19|20)\d{6}", str(int(raw))) and float(raw).is_integer():
            raw = str(int(raw))
        elif 1 <= raw < 2958466:
            return _EXCEL_EPOCH + dt.timedelta(days=int(raw))
    text = unicodedata.normalize("NFKC", tidy(raw))
    if text in _NOTHING:
        return None
    match = _DATE.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    if match is None:
        raise CellProblem("不是日期", how)
    try:
        return dt.date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise CellProblem("没有这一天", how) from error


def _choice(column: Column, raw: Any) -> str:
    found = _find_choice(column, _untouched_text(raw))
    if found is None:
        raise CellProblem("不在可选范围内", column.hint)
    return found


def _find_choice(column: Column, text: str) -> str | None:
    wanted = plain(text)
    for choice in column.choices:
        if wanted in {plain(name) for name in (choice.label, choice.value, *choice.aliases)}:
            return choice.value
    return None


def _choices(column: Column, raw: Any) -> tuple[str, ...]:
    """Several choices in one cell, in the order of the spec. A whole-cell match comes first: a label may hold a 、."""
    text = _untouched_text(raw)
    whole = _find_choice(column, text)
    if whole is not None:
        return (whole,)
    picked = set()
    for part in re.split(r"[、,，;；/\n\s]+", text):
        part = re.sub(r"^(?:[(（]?\d{1,2}[)）.、．]|[①-⑳])", "", part)
        if not part:
            continue
        found = _find_choice(column, part)
        if found is None:
            raise CellProblem(f"“{part}”不在可选范围内", column.hint)
        picked.add(found)
    return tuple(choice.value for choice in column.choices if choice.value in picked)


def _years(column: Column, raw: Any) -> dict[int, Any] | None:
    """``5,898.00/10,916.00/11,709.00`` → {2015: …}; also one per line, or each with its year before it."""
    each = Kind(column.each)
    if isinstance(raw, str) and plain(raw) in _NOTHING:
        return None
    parts = _year_parts(column, raw)
    values: dict[int, Any] = {}
    for position, part in enumerate(parts):
        labelled = re.match(r"\s*((?:19|20)\d\d)\s*年?度?\s*[:：]\s*", part)
        year = int(labelled.group(1)) if labelled else column.years[position]
        if year not in column.years or year in values:
            raise CellProblem(f"{year} 年不在本表年度内或重复", f"本表年度是 {column.years_text}")
        try:
            values[year] = parse(column, part[labelled.end() :] if labelled else part, kind=each)
        except CellProblem as error:
            raise CellProblem(f"{year} 年：{error.problem.rule}", error.problem.how) from error
    return {year: values.get(year) for year in column.years}


def _year_parts(column: Column, raw: Any) -> list[str]:
    wanted = len(column.years)
    text = _number_text(float(raw)) if isinstance(raw, (int, float)) else tidy(raw)
    for separator in (r"[/／]", r"[、;；|]", r"\n+", "，", r"\s{1,}"):
        parts = re.split(separator, text)
        if len(parts) == wanted:
            return parts
    raise CellProblem(f"应为 {wanted} 个数", f"按 {column.years_text} 的次序填写，用 / 分开；某年没有填 —")


_PARSERS = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.PHONE: _phone,
    Kind.INTEGER: _integer,
    Kind.WAN: _wan,
    Kind.DATE: _date,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.YEARS: _years,
}
