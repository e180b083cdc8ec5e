"""Working days; no database."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.reference import rows
from foundation.reference.workdays import WorkCalendar, from_rows

DAYS = st.dates(dt.date(2017, 1, 1), dt.date(2026, 12, 31))


def _calendar() -> WorkCalendar:
    return from_rows((dt.date.fromisoformat(row["date"]), row["kind"]) for row in rows.read("workday_adjustments"))


CALENDAR = _calendar()


def february(day: int) -> dt.date:
    return dt.date(2018, 2, day)


def test_spring_festival_2018() -> None:
    worked = [day for day in range(10, 27) if CALENDAR.is_workday(february(day))]
    # Sunday 11 and Saturday 24 February make up for the holiday from Thursday 15 to Wednesday 21.
    assert worked == [11, 12, 13, 14, 22, 23, 24, 26]


def test_counting_around_spring_festival_2018() -> None:
    assert CALENDAR.add_working_days(february(12), 3) == february(22)
    assert CALENDAR.add_working_days(february(12), 3, include_start=True) == february(14)
    assert CALENDAR.add_working_days(february(22), -3) == february(12)
    assert CALENDAR.add_working_days(february(18), 0) == february(18)
    assert CALENDAR.next_working_day(february(15)) == february(22)
    assert CALENDAR.next_working_day(february(24)) == february(24)
    assert CALENDAR.working_days_between(february(14), february(22)) == 1
    assert CALENDAR.working_days_between(february(14), february(22), include_start=True) == 2
    assert CALENDAR.working_days_between(february(22), february(14)) == -1
    assert CALENDAR.working_days_between(february(22), february(22)) == 0


def test_the_real_public_notices_last_as_long_as_they_did() -> None:
    # Sichuan: posted on 30 October 2018, 31 October to 6 November = 5 working days; Hunan: 20 to 28 July 2020 = 7.
    assert CALENDAR.add_working_days(dt.date(2018, 10, 30), 5) == dt.date(2018, 11, 6)
    assert CALENDAR.add_working_days(dt.date(2020, 7, 20), 7, include_start=True) == dt.date(2020, 7, 28)


def test_the_zhuzhou_date_leaves_the_province_no_day() -> None:
    march = dt.date(2018, 3, 16)
    assert CALENDAR.working_days_between(march, march) == 0


def test_beyond_the_known_years_weekdays_count_and_a_note_says_so() -> None:
    assert CALENDAR.known_years == frozenset(range(2017, 2027))
    assert CALENDAR.known_until == 2026
    deadline = CALENDAR.deadline(dt.date(2026, 12, 30), 3)
    assert deadline.day == dt.date(2027, 1, 4)
    assert deadline.note is not None
    assert deadline.note.years == (2027,)
    assert "2027" in deadline.note.text
    assert CALENDAR.note(dt.date(2018, 3, 1), dt.date(2018, 3, 16)) is None
    assert CALENDAR.note() is None
    earlier = CALENDAR.note(dt.date(2016, 12, 31), dt.date(2017, 1, 1))
    assert earlier is not None
    assert earlier.years == (2016,)


def test_a_year_is_known_only_when_its_own_arrangement_is_there() -> None:
    # New Year's Day of the next year may stand in the arrangement of this one.
    calendar = from_rows([(dt.date(2026, 10, 1), "holiday"), (dt.date(2027, 1, 1), "holiday")])
    assert calendar.known_years == {2026}
    assert WorkCalendar({}).known_until is None
    assert WorkCalendar({}).is_workday(dt.date(2018, 2, 15))


@given(start=DAYS, count=st.integers(1, 60))
def test_adding_and_counting_agree(start: dt.date, count: int) -> None:
    end = CALENDAR.add_working_days(start, count)
    assert CALENDAR.is_workday(end)
    assert CALENDAR.working_days_between(start, end) == count
    assert CALENDAR.working_days_between(end, start) == -count


@given(start=DAYS, count=st.integers(1, 60))
def test_going_back_undoes_going_on_from_a_working_day(start: dt.date, count: int) -> None:
    start = CALENDAR.next_working_day(start)
    assert CALENDAR.add_working_days(CALENDAR.add_working_days(start, count), -count) == start


@pytest.mark.parametrize("year", range(2017, 2027))
def test_every_known_year_has_a_plausible_number_of_working_days(year: int) -> None:
    worked = CALENDAR.working_days_between(dt.date(year, 1, 1), dt.date(year, 12, 31), include_start=True)
    assert 245 <= worked <= 253
