"""What a unified social credit code says and what is wrong with it (P-04). Pure rule, no ORM.

Form and check character are judged by :mod:`stdnum.cn.uscc`; this module adds a sentence that names the place, and
reads the division
in places 3 to 8 against the public table: unknown province = error; unknown, abolished or other county = note;
other province =
evidence is needed. A firm keeps its code for life, so a code of a county that is gone or was left years ago is right.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from stdnum.cn import uscc as standard
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
NATIONAL_REGISTER = "10"
"""Province places of firms registered by the national authority itself (100000)."""
_CONFUSED = {"O": "0", "I": "1", "S": "5", "Z": "2", "V": "U"}
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


class Weight(StrEnum):
    """What a finding about a code asks for."""

    ERROR = "error"
    EVIDENCE = "evidence"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about a code. ``place`` is the first character meant, counted from 1 (0: the whole)."""

    weight: Weight
    text: str
    place: int = 0


class Reading(Protocol):
    """What :func:`foundation.reference.regions.read_code` answers."""

    @property
    def status(self) -> str:
        """``current``, ``abolished``, ``future`` or ``unknown``."""


def compact(text: str) -> str:
    """The code as stored: half-width, upper case, without blanks and hyphens."""
    folded = unicodedata.normalize("NFKC", text or "")
    return standard.compact("".join(folded.split()))


def form_finding(text: str) -> Finding | None:
    """Why the code cannot be one at all, naming the place; None when form and check character are right."""
    code = compact(text)
    try:
        standard.validate(code)
    except InvalidLength:
        if not code:
            return Finding(Weight.ERROR, "请填写统一社会信用代码。")
        gap = f"少{LENGTH - len(code)}位" if len(code) < LENGTH else f"多{len(code) - LENGTH}位"
        return Finding(Weight.ERROR, f"统一社会信用代码应为{LENGTH}位，现在是{len(code)}位（{gap}）。请对照营业执照。")
    except InvalidFormat:
        return _wrong_character(code)
    except InvalidChecksum:
        return _wrong_check(code)
    return None


def _wrong_character(code: str) -> Finding:
    for place, character in enumerate(code, start=1):
        if place <= 8 and not ("0" <= character <= "9"):
            meant = _CONFUSED.get(character, "")
            hint = f"是否为数字“{meant}”？" if meant.isdigit() else "前8位都是数字。"
            return Finding(Weight.ERROR, f"第{place}位“{character}”不对：{hint}", place)
        if character not in ALPHABET:
            meant = _CONFUSED.get(character, "")
            hint = f"代码不用字母I、O、S、V、Z，是否为“{meant}”？" if meant else "只能是数字或大写字母。"
            return Finding(Weight.ERROR, f"第{place}位“{character}”不对：{hint}", place)
    raise ValueError(f"the form of {code!r} is right")


def _wrong_check(code: str) -> Finding:
    """The check character tells that something is wrong; places 9 to 17 carry a check of their own, which narrows
    it down.
    """
    if organisation_check(code[8:16]) != code[16]:
        where, place = "多半在第9至17位（组织机构代码）", 9
    else:
        where, place = "多半在第1至8位或第18位", 1
    wanted = standard.calc_check_digit(code[:17])
    return Finding(
        Weight.ERROR,
        f"校验不符：有一位抄错，{where}。若前17位无误，第18位应为“{wanted}”。请对照营业执照逐位核对。",
        place,
    )


def organisation_check(body: str) -> str:
    """Check character of the organisation code in places 9 to 17 (GB 11714), from its first eight characters."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    rest = 11 - sum(digits.index(one) * weight for one, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else "0" if rest == 11 else str(rest)


def division(code: str) -> str:
    """The division of first registration, places 3 to 8."""
    return compact(code)[2:8]


def division_findings(
    code: str, *, home: Iterable[str], province: str, known_provinces: Iterable[str], reading: Reading
) -> list[Finding]:
    """What the division in the code says beside the county chosen.

    ``home``: every six-digit code the county chosen has or had; ``province``: two digits of the province chosen;
    ``known_provinces``:
    two digits of all provinces; ``reading``: what the six digits mean today.
    """
    here = division(code)
    if here[:2] == NATIONAL_REGISTER:
        return [Finding(Weight.NOTE, "代码由国家登记机关赋予（100000）。", 3)]
    if here[:2] not in set(known_provinces):
        return [Finding(Weight.ERROR, f"第3、4位“{here[:2]}”不是任何省份的代码。请对照营业执照。", 3)]
    if here[:2] != province:
        return [Finding(Weight.EVIDENCE, "代码显示在外省登记。请上传在本地经营的证明（如迁入通知、分支机构执照）。", 3)]
    if here in set(home) or here.endswith("00"):
        # A firm registered by the prefecture's or the province's own office carries the code of that level:
        # nothing to remark.
        return []
    if reading.status == "unknown":
        return [Finding(Weight.NOTE, f"代码中的登记地“{here}”不在区划表中，已记下，不影响登记。", 3)]
    if reading.status == "abolished":
        return [Finding(Weight.NOTE, f"代码中的登记地“{here}”是已撤销的区划，早年登记的企业常见，不影响登记。", 3)]
    return [Finding(Weight.NOTE, f"代码中的登记地“{here}”与所选县市区不同，如已迁址则无妨。", 3)]


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """Only the findings that stop."""
    return [finding for finding in findings if finding.weight is Weight.ERROR]
