"""Rounds under immutable versions; every change recorded (HN-01, HN-28, ZZ-05, ZZ-06, P-05)."""

import copy
import datetime as dt
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from cultivation.actions import (
    WindowSpec,
    change_window,
    close_round,
    open_round,
    publish_version,
    sign_for_notice,
    update_round,
)
from cultivation.actions.rounds import founding_windows
from cultivation.contexts import context_for
from cultivation.models import ProgrammeVersion, Round
from cultivation.queries import current_version, current_versions, reader_path, window_lines
from foundation.accounts.actor import SYSTEM
from foundation.core.errors import Refused
from foundation.journal.models import Decision
from tests.cultivation.sample import HUNAN, HUNAN_DOCUMENT


def test_load_programmes_publishes_once(country):
    out = io.StringIO()
    call_command("load_programmes", stdout=out)
    call_command("load_programmes", stdout=out)
    assert out.getvalue().count("published") == 2
    assert out.getvalue().count("unchanged") == 2
    assert ProgrammeVersion.objects.count() == 2


def test_a_changed_document_is_a_new_version_the_old_one_stays(versions):
    changed = copy.deepcopy(HUNAN_DOCUMENT) | {"summary": "改写的摘要"}
    fresh, is_new = publish_version(document=changed, actor=SYSTEM, note="改摘要")
    assert (is_new, fresh.number) == (True, 2)
    assert current_version("hunan_2018_49") == fresh
    assert versions["hunan"].programme_document.summary == HUNAN.summary
    assert fresh.is_intact
    assert {v.number for v in current_versions("43")} == {2}


def test_a_published_version_can_neither_change_nor_go(versions):
    row = versions["hunan"]
    for act in (
        lambda: ProgrammeVersion.objects.filter(pk=row.pk).update(document={}),
        lambda: ProgrammeVersion.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_only_the_system_publishes_versions(official, country):
    with pytest.raises(Refused):
        publish_version(document=HUNAN_DOCUMENT, actor=official("湖南"))


def test_round_has_year_batch_windows_contact_help_hn01_hn28(hunan_round, source):
    assert (hunan_round.year, hunan_round.batch, hunan_round.stage) == (2018, 1, "reserve")
    assert hunan_round.title == "2018年小巨人后备企业申报"
    assert hunan_round.contact_name == source.contact_name
    assert hunan_round.help_groups == [{"label": "QQ群“湖南中小企业”", "number": "（略）"}]
    assert hunan_round.programme is HUNAN or hunan_round.programme == HUNAN
    decision = Decision.objects.get(action="round.open")
    assert decision.data["version"] == hunan_round.version.digest
    assert {w["level"] for w in decision.data["windows"]} == {"prefecture", "enterprise"}


def test_founding_windows_leave_the_forwarders_date_to_them():
    assert [(w.level, w.closes_on) for w in founding_windows(HUNAN)] == [
        ("prefecture", dt.date(2018, 3, 16)),
        ("enterprise", dt.date(2018, 3, 16)),
    ]


def test_a_batch_is_opened_once_and_only_by_its_own_province(hunan_round, official, versions):
    with pytest.raises(ValidationError, match="这一批次已经开启"):
        open_round(version=versions["hunan"], year=2018, actor=official("湖南"))
    with pytest.raises(Refused, match="湖南省的项目"):
        open_round(version=versions["hunan"], year=2019, actor=official("四川"))
    with pytest.raises(Refused, match="省级主管部门"):
        open_round(version=versions["hunan"], year=2019, actor=official("株洲"))


def test_forwards_already_out_set_their_windows_when_the_round_opens(signed, official, versions, country):
    from cultivation.actions import forward_notice

    forward_notice(source_id=signed.pk, actor=official("株洲"), to_bureaus="各县市区", deadline=dt.date(2018, 3, 12))
    row = open_round(
        version=versions["hunan"],
        year=2018,
        notice=signed,
        actor=official("湖南"),
        windows=[WindowSpec(level="prefecture", closes_on=dt.date(2018, 3, 16))],
    )
    assert row.window_for("county", [country["湖南"].pk, country["株洲"].pk]).closes_on == dt.date(2018, 3, 12)


def test_window_of_the_lowest_bureau_on_the_path_holds(hunan_round, official, country):
    change_window(
        round_id=hunan_round.pk,
        level="enterprise",
        actor=official("攸县"),
        closes_on=dt.date(2018, 3, 7),
        reason="县里要先核",
    )
    row = Round.objects.get(pk=hunan_round.pk)
    county = [country[n].pk for n in ("湖南", "株洲", "攸县")]
    other = [country[n].pk for n in ("湖南", "株洲", "醴陵")]
    assert row.window_for("enterprise", county).closes_on == dt.date(2018, 3, 7)
    assert row.window_for("enterprise", other).closes_on == dt.date(2018, 3, 16)
    lines = {line.level: line for line in window_lines(row, reader_path(official("攸县"), row))}
    assert lines["enterprise"].differs
    assert not lines["prefecture"].differs


def test_changes_are_recorded_with_before_after_and_reason(hunan_round, official):
    change_window(
        round_id=hunan_round.pk,
        level="prefecture",
        actor=official("湖南"),
        closes_on=dt.date(2018, 3, 20),
        reason="系统维护顺延",
    )
    decision = Decision.objects.get(action="window.change")
    assert decision.data["before"]["closes_on"] == "2018-03-16"
    assert decision.data["after"]["closes_on"] == "2018-03-20"
    assert decision.opinion == "系统维护顺延"


def test_a_bureau_moves_only_windows_below_itself_and_needs_a_reason(hunan_round, official):
    given = {"round_id": hunan_round.pk, "closes_on": dt.date(2018, 3, 9)}
    with pytest.raises(Refused, match="只能调整下级环节"):
        change_window(**given, level="prefecture", actor=official("株洲"), reason="想晚点")
    with pytest.raises(Refused, match="调整理由"):
        change_window(**given, level="county", actor=official("株洲"), reason=" ")
    with pytest.raises(Refused, match="不在"):
        change_window(**given, level="county", actor=official("成都"), reason="别的省")


def test_a_tight_window_must_be_acknowledged_zz06(hunan_round, official):
    given = {"round_id": hunan_round.pk, "level": "county", "actor": official("株洲"), "reason": "按通知"}
    with pytest.raises(Refused, match="只有 1 个工作日"):
        change_window(**given, closes_on=dt.date(2018, 3, 15))
    change_window(**given, closes_on=dt.date(2018, 3, 15), acknowledged=True)
    assert "只有 1 个工作日" in Decision.objects.get(action="window.change").data["warning"]


def test_contacts_change_with_a_reason_and_names_stay_out_of_the_record(hunan_round, official):
    with pytest.raises(Refused, match="修改理由"):
        update_round(round_id=hunan_round.pk, actor=official("湖南"), reason="", contact_name="新联系人")
    row = update_round(
        round_id=hunan_round.pk, actor=official("湖南"), reason="人员调整", contact_name="新联系人", help_text="热线"
    )
    assert (row.contact_name, row.help_text) == ("新联系人", "热线")
    data = Decision.objects.get(action="round.change").data
    assert sorted(data["fields"]) == ["contact_name", "help_text"]
    assert "新联系人" not in str(data)


def test_a_closed_round_is_closed(hunan_round, official):
    row = close_round(round_id=hunan_round.pk, actor=official("湖南"), reason="已结束")
    assert not row.is_open
    with pytest.raises(Refused, match="已结束"):
        update_round(round_id=row.pk, actor=official("湖南"), reason="再改", help_text="x")


def test_context_holds_the_tables_of_the_day(hunan_round, country):
    context = context_for(HUNAN, round=hunan_round)
    assert (context.as_of, context.round_year) == (dt.date(2018, 3, 1), 2018)
    assert context.industry_groups["3441"] == ("工业", "given")
    assert {c["code"] for c in context.catalogues} == {"hunan_key_industries", "hunan_emerging_chains"}
    assert context.size_standard["document"] == "工信部联企业〔2011〕300号"


def test_context_costs_nothing_the_second_time(hunan_round, queries):
    context_for(HUNAN, round=hunan_round, as_of=dt.date(2018, 3, 1))
    with queries(0):
        context_for(HUNAN, round=hunan_round, as_of=dt.date(2018, 3, 1))


def test_signing_follows_the_stage_of_the_programme(official, source, country):
    """A county under direct provincial finance reports reserves through its prefecture (policy.md a)."""
    assert country["攸县"].pk not in {a.bureau_id for a in source.addressees.all()}
    sign_for_notice(notice_id=source.pk, actor=official("湘潭"))
