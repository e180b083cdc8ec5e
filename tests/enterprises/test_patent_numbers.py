"""Reading patent numbers."""

import pytest

from enterprises import patent_numbers


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ZL 2015 1 0123456.7", "201510123456.7"),
        ("zl201510123456x", "201510123456.X"),
        ("ＣＮ２０１５１０１２３４５６．７", "201510123456.7"),
        ("95102345.6", "95102345.6"),
        ("US7654321", "US7654321"),
        ("", ""),
    ],
)
def test_one_form_is_stored(typed: str, stored: str) -> None:
    assert patent_numbers.compact(typed) == stored


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("201510123456.7", "invention"),
        ("201580123456.7", "invention"),
        ("201520123456.7", "utility"),
        ("201590123456.7", "utility"),
        ("201530123456.7", "design"),
        ("US1", ""),
    ],
)
def test_the_fifth_digit_tells_the_kind(number: str, kind: str) -> None:
    assert patent_numbers.kind_of(number) == kind


def test_remarks() -> None:
    right = "201510000001." + patent_numbers_check("201510000001")
    assert patent_numbers.remark(right, "invention") == ""
    assert "类型" in patent_numbers.remark(right, "design")
    assert "校验码" in patent_numbers.remark(right[:-1] + ("1" if right[-1] != "1" else "2"), "invention")
    assert "12位" in patent_numbers.remark("US1", "invention")


def patent_numbers_check(body: str) -> str:
    rest = sum(int(d) * w for d, w in zip(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=True)) % 11
    return "X" if rest == 10 else str(rest)
