"""What is said about a code (P-04): the place that is wrong, and notes about its division."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as standard

from enterprises import uscc
from enterprises.uscc import ALPHABET, Weight
from tests.enterprises.conftest import code

PROVINCES = {"11", "43", "51"}
digits = st.integers(0, 99_999_999)
division = st.sampled_from(["430223", "430281", "510104", "110101", "430000"])


@dataclass
class Says:
    status: str


def weigh(text: str, status: str = "current", home: str = "430223") -> list[uscc.Finding]:
    return uscc.division_findings(text, home={home}, province=home[:2], known_provinces=PROVINCES, reading=Says(status))


@given(division, digits)
def test_a_right_code_passes_and_every_single_wrong_character_is_told(place: str, number: int) -> None:
    right = code(place, number)
    assert uscc.form_finding(right) is None
    for at, character in enumerate(right):
        other = "1" if character == "0" else "0"
        wrong = right[:at] + other + right[at + 1 :]
        finding = uscc.form_finding(wrong)
        assert finding is not None
        assert finding.weight is Weight.ERROR


@given(division, digits, st.integers(8, 15))
def test_a_slip_in_the_organisation_code_points_there(place: str, number: int, at: int) -> None:
    right = code(place, number)
    other = str((int(right[at]) + 1) % 10)
    finding = uscc.form_finding(right[:at] + other + right[at + 1 :])
    assert finding is not None
    assert finding.place == 9


@given(division, digits, st.integers(2, 7))
def test_a_slip_in_the_division_points_to_the_front(place: str, number: int, at: int) -> None:
    right = code(place, number)
    other = str((int(right[at]) + 1) % 10)
    finding = uscc.form_finding(right[:at] + other + right[at + 1 :])
    assert finding is not None
    assert finding.place == 1


@given(st.text(max_size=40))
def test_any_text_gets_one_sentence_or_is_right(text: str) -> None:
    finding = uscc.form_finding(text)
    assert (finding is None) == standard.is_valid(uscc.compact(text))
    if finding is not None:
        assert finding.text.endswith(("。", "？"))
        assert finding.weight is Weight.ERROR


@given(st.integers(0, 17), st.sampled_from("IOSVZ"))
def test_letters_the_code_never_uses_are_named_with_their_place(at: int, letter: str) -> None:
    right = code()
    finding = uscc.form_finding(right[:at] + letter + right[at + 1 :])
    assert finding is not None
    assert f"第{at + 1}位" in finding.text
    assert letter not in ALPHABET


@pytest.mark.parametrize(
    ("text", "part"),
    [("", "请填写"), ("91430223", "少10位"), (code() + "1", "多1位"), ("ABCDEFGHJKLMNPQRTU", "第1位")],
)
def test_length_and_front(text: str, part: str) -> None:
    finding = uscc.form_finding(text)
    assert finding is not None
    assert part in finding.text


def test_full_width_lower_case_and_blanks_are_understood() -> None:
    spaced = " ".join(code().lower())
    assert uscc.compact(spaced) == code()
    assert uscc.compact("９１") == "91"


def test_unknown_province_is_an_error() -> None:
    assert [one.weight for one in weigh(code("990101"))] == [Weight.ERROR]


def test_other_province_needs_evidence() -> None:
    assert [one.weight for one in weigh(code("510104"))] == [Weight.EVIDENCE]


@pytest.mark.parametrize("status", ["unknown", "abolished", "current", "future"])
def test_other_county_is_only_a_note(status: str) -> None:
    assert [one.weight for one in weigh(code("430281"), status)] == [Weight.NOTE]


@pytest.mark.parametrize("place", ["430223", "430200", "430000"])
def test_own_county_and_offices_above_say_nothing(place: str) -> None:
    assert weigh(code(place)) == []


@given(st.integers(0, 999_999), st.sampled_from(["current", "abolished", "unknown", "future"]))
def test_any_division_gets_at_most_one_remark_of_the_right_weight(place: int, status: str) -> None:
    found = weigh(code(f"{place:06d}"), status)
    assert len(found) <= 1
    province = f"{place:06d}"[:2]
    if province == "43":
        assert all(one.weight is Weight.NOTE for one in found)
    elif province in PROVINCES:
        assert [one.weight for one in found] == [Weight.EVIDENCE]
    elif province != uscc.NATIONAL_REGISTER:
        assert [one.weight for one in found] == [Weight.ERROR]


def test_the_national_register_is_a_note() -> None:
    assert [one.weight for one in weigh(code("100000"))] == [Weight.NOTE]
