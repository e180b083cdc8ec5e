"""Reminders: what goes out tonight and why, once; never to a firm that has filed; names only to the own county (SC-39, SC-40)."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from cultivation.models import RosterEntry
from foundation.accounts.actor import SYSTEM
from foundation.accounts.models import Bureau
from foundation.core.errors import Refused
from foundation.duties.models import Obligation
from foundation.journal.models import Decision, OutboxMessage
from monitoring.actions.chasing import chase, remind_now, tonight
from monitoring.actions.ladder import current_ladder, replace_ladder
from monitoring.chasing import read_ladder
from monitoring.models import ChaseClaim
from tests.harness.queries import Queries
from tests.monitoring.conftest import HETANG, JINJIANG, LISTED_ON, Months
from tests.reviews.conftest import TIANYUAN

DUE = dt.date(2018, 5, 10)
"""April's returns are due on Thursday, 10 May."""


@pytest.fixture
def chased(world: Months, opened: Callable[[dt.date], int]) -> Months:
    """Two firms of Hetang and one of Jinjiang owe April; the ladder is loaded."""
    world.firms = [world.list_firm(place=place)[1] for place in (HETANG, HETANG, JINJIANG)]  # type: ignore[attr-defined]
    replace_ladder(ladder=read_ladder(), actor=SYSTEM)
    assert opened(dt.date(2018, 5, 1)) == 3
    return world


def sent(kind: str = "monitoring.") -> Counter[str]:
    return Counter(OutboxMessage.objects.filter(kind__startswith=kind).values_list("kind", flat=True))


def _entry(duty: Obligation) -> RosterEntry:
    return RosterEntry.objects.get(pk=duty.subject_id)


def _bureau(world: Months, place: str) -> Bureau:
    return world.built.cast.bureaus[place]


def night(world: Months, day: dt.date) -> dict[str, int]:
    world.at(day.year, day.month, day.day)
    return chase(day)


class TestTheNight:
    """The ladder over one month."""

    def test_every_rung_goes_out_once_on_its_day(self, chased: Months) -> None:
        told = {offset: night(chased, DUE + dt.timedelta(days=offset)) for offset in range(-6, 12)}
        assert {offset: counts for offset, counts in told.items() if counts} == {
            -5: {"T-5": 3},
            -1: {"T-1": 3},
            0: {"T": 3},
            1: {"T+1": 3},
            3: {"T+3": 2},  # two counties
            7: {"T+7": 2},  # two prefectures
        }
        assert sent() == {
            "monitoring.chase_inbox": 3,
            "monitoring.chase_mail": 3,
            "monitoring.chase_sms": 6,
            "monitoring.lagging_mail": 4,
        }

    def test_the_same_night_twice_sends_nothing_more(self, chased: Months) -> None:
        assert night(chased, DUE) == {"T": 3}
        assert night(chased, DUE) == {}
        assert ChaseClaim.objects.filter(rung="T").count() == 9  # three ways each

    def test_a_missed_night_is_caught_up_without_two_letters(self, chased: Months) -> None:
        assert night(chased, DUE + dt.timedelta(days=2)) == {"T+1": 3}

    def test_who_has_filed_is_never_chased(self, chased: Months) -> None:
        entries = [row.subject_id for row in Obligation.objects.filter(kind="monitoring.monthly").order_by("pk")]
        firm = chased.firms[-3]
        assert night(chased, DUE - dt.timedelta(days=5)) == {"T-5": 3}
        filed = Obligation.objects.get(owner_id=firm.enterprise.pk, kind="monitoring.monthly")
        chased.file(_entry(filed), "2018-04", firm.actor)
        assert night(chased, DUE) == {"T": 2}
        assert not ChaseClaim.objects.filter(obligation=filed, rung="T").exists()
        assert filed.subject_id in entries

    def test_filed_between_reading_and_sending(self, chased: Months, monkeypatch: pytest.MonkeyPatch) -> None:
        """The list of the night was computed before one of them filed: the lock sees it."""
        import monitoring.actions.chasing as room

        chased.at(2018, 5, 10)
        planned = tonight(DUE)
        firm = chased.firms[-1]
        owed = Obligation.objects.get(owner_id=firm.enterprise.pk, kind="monitoring.monthly")
        chased.file(_entry(owed), "2018-04", firm.actor)
        monkeypatch.setattr(room, "tonight", lambda day: planned)
        assert chase(DUE) == {"T": 2}

    def test_a_month_waived_or_from_long_ago_sets_nothing_off(self, chased: Months) -> None:
        assert night(chased, DUE + dt.timedelta(days=40)) == {}

    def test_the_night_is_written_down(self, chased: Months) -> None:
        night(chased, DUE)
        act = Decision.objects.get(action="chasing.night")
        assert act.data == {"T": 3}

    def test_query_count_is_the_same_for_one_and_three(self, chased: Months, queries: Queries) -> None:
        chased.at(2018, 5, 10)
        with queries.record() as three:
            assert len(tonight(DUE)) == 3
        owed = list(Obligation.objects.filter(kind="monitoring.monthly").order_by("pk").values_list("pk", flat=True))
        Obligation.objects.filter(pk__in=owed[:2]).update(kind="other")
        with queries.record() as one:
            assert len(tonight(DUE)) == 1
        assert len(one) == len(three) <= 6


class TestWords:
    """What the readers get."""

    def test_names_go_to_the_own_county_and_numbers_above(self, chased: Months) -> None:
        night(chased, DUE + dt.timedelta(days=3))
        night(chased, DUE + dt.timedelta(days=7))
        county = _bureau(chased, HETANG)
        lower = OutboxMessage.objects.get(kind="monitoring.lagging_mail", recipient_id=county.pk)
        names = {firm.enterprise.name for firm in chased.firms[-3:-1]}
        assert set(lower.payload["names"]) == names
        above = OutboxMessage.objects.filter(kind="monitoring.lagging_mail", key__contains="T+7")
        for row in above:
            assert row.payload["names"] == []
            assert not any(name in str(row.payload) for name in names)
        zhuzhou = next(row for row in above if row.recipient_id == _bureau(chased, "430200").pk)
        assert zhuzhou.payload["counties"] == [f"{county.short_name}2家"]

    def test_tonight_says_why(self, chased: Months) -> None:
        found = tonight(DUE + dt.timedelta(days=1))
        assert {item.reason for item in found} == {"期限5月10日，逾期1天，阶梯T+1"}
        assert ChaseClaim.objects.count() == 0


class TestByHand:
    """督促 (SC-40)."""

    def test_once_a_day_and_recorded(self, chased: Months) -> None:
        chased.at(2018, 5, 14)
        actor = chased.handler(HETANG)
        ids = list(Obligation.objects.visible_to(actor).filter(kind="monitoring.monthly").values_list("pk", flat=True))
        assert remind_now(obligation_ids=ids, actor=actor) == 2
        assert sent("monitoring.urged")["monitoring.urged"] == 2
        assert Decision.objects.get(action="obligation.remind").data["obligations"] == sorted(ids)
        with pytest.raises(Refused, match="今天都已催过"):
            remind_now(obligation_ids=ids, actor=actor)
        chased.at(2018, 5, 15)
        assert remind_now(obligation_ids=ids, actor=actor) == 2

    def test_another_county_reaches_none_of_them(self, chased: Months) -> None:
        chased.at(2018, 5, 14)
        ids = list(Obligation.objects.filter(kind="monitoring.monthly").values_list("pk", flat=True))
        with pytest.raises(Refused, match="不在您的职责范围"):
            remind_now(obligation_ids=ids, actor=chased.handler(TIANYUAN))

    def test_a_clerk_may_not(self, chased: Months) -> None:
        with pytest.raises(Refused):
            remind_now(obligation_ids=[1], actor=chased.firms[-1].actor)


class TestLadder:
    """The ladder is data."""

    def test_the_same_ladder_again_changes_nothing(self, chased: Months) -> None:
        assert replace_ladder(ladder=read_ladder(), actor=SYSTEM) == {"monitoring.monthly": False}

    def test_a_bureau_s_own_file_replaces_it(self, chased: Months, tmp_path: Path) -> None:
        file = tmp_path / "own.yaml"
        file.write_text(
            "- {duty_kind: monitoring.monthly, rungs: [{code: T-2, offset_days: -2, audience: enterprise, channels: [inbox]}]}",
            encoding="utf-8",
        )
        out = io.StringIO()
        call_command("load_ladder", file=file, stdout=out)
        assert "replaced" in out.getvalue()
        assert [rung.code for rung in current_ladder()["monitoring.monthly"]] == ["T-2"]
        assert night(chased, DUE - dt.timedelta(days=2)) == {"T-2": 3}

    def test_a_broken_file_is_refused_by_name(self, tmp_path: Path) -> None:
        file = tmp_path / "own.yaml"
        file.write_text("- {duty_kind: x, rungs: [{code: A, offset_days: 1, audience: nobody, channels: [inbox]}]}")
        with pytest.raises(CommandError, match=r"own.yaml：x A：对象"):
            call_command("load_ladder", file=file)


class TestPages:
    """Boards, tonight, texts, tables, pictures."""

    def test_the_county_reads_names_and_reminds(self, chased: Months) -> None:
        chased.at(2018, 5, 14)
        client = chased.browser(chased.handler(HETANG))
        page = client.get(reverse("monitoring:board"), {"period": "2018-04"})
        names = [firm.enterprise.name for firm in chased.firms[-3:-1]]
        assert all(name in page.content.decode() for name in names)
        assert "应报2家，已报0家" in page.content.decode()
        ids = [row.obligation_id for row in page.context["lagging"]]
        told = client.post(reverse("monitoring:remind"), {"ids": ids, "period": "2018-04"}, follow=True)
        assert "已督促 2 家企业" in told.content.decode()
        again = client.post(reverse("monitoring:remind"), {"ids": ids, "period": "2018-04"})
        assert again.status_code == 422 or "今天都已催过" in again.content.decode()

    def test_the_prefecture_s_text_has_no_names(self, chased: Months) -> None:
        chased.at(2018, 5, 14)
        client = chased.browser(chased.handler("430200"))
        page = client.get(reverse("monitoring:board"), {"period": "2018-04"})
        names = [firm.enterprise.name for firm in chased.firms[-3:]]
        assert not any(name in page.context["text"] for name in names)
        assert page.context["board"].total.owed == 2
        one = client.get(reverse("monitoring:board"), {"period": "2018-04", "bureau": _bureau(chased, HETANG).pk})
        assert len(one.context["lagging"]) == 2

    @pytest.mark.parametrize("name", ["board_sheet", "board_picture"])
    def test_table_and_picture(self, chased: Months, name: str) -> None:
        chased.at(2018, 5, 14)
        answer = chased.browser(chased.handler(HETANG)).get(reverse(f"monitoring:{name}"), {"period": "2018-04"})
        assert answer.status_code == 200
        assert answer.content[:4] in {b"PK\x03\x04", b"\x89PNG"}

    def test_tonight_shows_only_the_own_firms(self, chased: Months) -> None:
        chased.at(2018, 5, 9)
        page = chased.browser(chased.handler(HETANG)).get(reverse("monitoring:tonight"))
        assert page.context["number"] == 2
        assert "今天到期" in page.content.decode()
        assert chased.browser(chased.handler(TIANYUAN)).get(reverse("monitoring:tonight")).context["number"] == 0

    @pytest.mark.parametrize("query", [{"period": "2018-13"}, {"period": "x"}])
    def test_a_month_that_is_none(self, chased: Months, query: dict[str, str]) -> None:
        assert chased.browser(chased.handler(HETANG)).get(reverse("monitoring:board"), query).status_code == 404

    def test_the_bulletin_of_a_round(self, chased: Months) -> None:
        chased.at(2018, 3, 12)
        client = chased.browser(chased.handler(HETANG))
        page = client.get(reverse("monitoring:bulletin"), {"round": chased.hunan.pk})
        assert page.status_code == 200
        assert "申报进度" in page.context["text"]
        for name in ("bulletin_sheet", "bulletin_picture"):
            assert client.get(reverse(f"monitoring:{name}"), {"round": chased.hunan.pk}).status_code == 200

    def test_a_clerk_sees_no_board(self, chased: Months) -> None:
        client = chased.browser(chased.firms[-1].actor)
        for name in ("board", "bulletin", "tonight"):
            assert client.get(reverse(f"monitoring:{name}")).status_code == 403


assert LISTED_ON < DUE
