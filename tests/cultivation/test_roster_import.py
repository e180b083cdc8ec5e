"""A list older than the portal (HN-22): read by any heads, matched, decided by people, entered once and whole."""

from __future__ import annotations

import datetime as dt
import io
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from cultivation.actions import roster_import as acts
from cultivation.events import EntryListed
from cultivation.handlers_roster import EARLIER_LIST
from cultivation.models import EntryEvent, RosterEntry, RosterImport, RosterImportRow, RosterList
from cultivation.name_book import Known, NameBook, core_of
from cultivation.roster_import_sheet import tiers_of
from enterprises.actions.identity import rename
from enterprises.models import Enterprise, EnterpriseName, EnterprisePath
from enterprises.places import path_for
from foundation.accounts.actor import Actor
from foundation.core import events
from foundation.core.errors import Refused
from foundation.documents.actions.store import store_upload
from foundation.duties.models import Job
from foundation.journal.models import Decision, OutboxMessage
from tests.enterprises.conftest import code

Match = RosterImportRow.Match
HEADS = ("序号", "企业名称", "统一社会信用代码", "所属市县", "认定时间")
PUBLISHED = dt.date(2017, 12, 20)


def book(rows: Sequence[Sequence[Any]], heads: Sequence[str] = HEADS, title: str = "2017年小巨人企业名单") -> bytes:
    """A workbook as an office makes it: a title above the head, a total below."""
    made = Workbook()
    page = made.active
    page.append([title])
    page.append(list(heads))
    for row in rows:
        page.append(list(row))
    page.append(["合计", f"{len(rows)} 户"])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def upload(content: bytes, name: str = "名单.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


DATA = acts.ListData(
    title="2017年小巨人企业名单", number="湘经信中小发展〔2017〕600号", published_on=PUBLISHED, year=2017, batch=1,
    tier="monthly_report_also_1",
)  # fmt: skip


@pytest.fixture
def heard(monkeypatch: Any) -> list[Any]:
    seen: list[Any] = []
    monkeypatch.setitem(events._handlers, EntryListed, [seen.append])
    return seen


@pytest.fixture
def bring(versions: Any, official: Callable[..., Actor]) -> Callable[..., RosterImport]:
    """Upload and read a list as 株洲."""

    def make(rows: Sequence[Sequence[Any]], heads: Sequence[str] = HEADS, place: str = "株洲") -> RosterImport:
        actor = official(place)
        stored = store_upload(upload(book(rows, heads)), actor=actor, purpose=EARLIER_LIST)
        found, _ = acts.start_import(
            programme=versions["hunan"].programme,
            data=tier_of(versions),
            file=stored,
            actor=actor,
        )
        return acts.read_import(import_id=found.pk, actor=actor)

    return make


def tier_of(versions: Any) -> acts.ListData:
    """The list's data with a tier the programme knows."""
    from dataclasses import replace

    known = tiers_of(versions["hunan"].programme_document)
    return replace(DATA, tier=known[-1][0])


def states(found: RosterImport) -> list[str]:
    return [str(row.match) for row in found.rows.order_by("row_number")]


# ---- names -------------------------------------------------------------------------------------------------


def test_names_are_found_by_what_is_distinctive_in_them() -> None:
    names = NameBook(
        [
            Known(1, "株洲华锐精密工具股份有限公司"),
            Known(2, "株洲欧科亿数控精密刀具股份有限公司"),
            Known(3, "株洲天桥起重机股份有限公司"),
            Known(3, "株洲天桥起重机厂", former=True),
            Known(4, "长沙华锐精密机械有限公司"),
        ]
    )
    assert [(one.firm, one.likeness) for one in names.find("株洲 华锐精密工具股份有限公司")] == [(1, 1.0)]
    assert names.find("株洲天桥起重机厂")[0].former
    assert names.find("株洲市华锐精密工具有限公司")[0].firm == 1
    assert names.find("湘潭电机集团有限公司") == []
    assert names.find("  ") == []
    assert core_of("株洲市天元区某某科技有限公司") == "某某科技"


# ---- matching ----------------------------------------------------------------------------------------------


def test_a_code_decides_a_name_asks_and_what_is_wrong_says_why(
    bring: Any, firm: Any, official: Any, hunan_round: Any, heard: list[Any]
) -> None:
    coded, named, renamed, foreign = firm(1), firm(2, "醴陵"), firm(3), firm(1, "湘乡")
    rename(enterprise_id=renamed.pk, name="（演示）攸县智造有限公司", since=dt.date(2018, 1, 1), actor=official("攸县"))
    found = bring(
        [
            (1, coded.name, coded.uscc, "攸县", "2017-11-01"),
            (2, named.name.replace("（", "(").replace("）", " )"), "", "醴陵", ""),
            (3, "（演示）攸县机械3有限公司", "", "攸县", ""),
            (4, "（演示）醴陵机械2股份有限公司", "", "", ""),
            (5, "没有登记的公司", "", "", ""),
            (6, "另一家公司", code("430223", 99), "", ""),
            (7, "湘乡的公司", foreign.uscc, "", ""),
            (8, "坏代码公司", "123", "", ""),
            (9, coded.name, coded.uscc, "", ""),
            (10, "完全不同的名字", renamed.uscc, "", ""),
        ]
    )
    assert found.state == "open"
    assert states(found) == [
        Match.MATCHED, Match.DOUBTFUL, Match.DOUBTFUL, Match.DOUBTFUL, Match.UNKNOWN, Match.UNKNOWN, Match.WRONG, Match.WRONG,
        Match.WRONG, Match.DOUBTFUL,
    ]  # fmt: skip
    rows = list(found.rows.order_by("row_number"))
    assert rows[0].since == dt.date(2017, 11, 1)
    assert rows[1].candidates[0]["likeness"] == 1
    assert (rows[2].candidates[0]["firm"], rows[2].candidates[0]["former"]) == (renamed.pk, True)
    assert rows[3].candidates[0]["firm"] == named.pk
    assert 0.7 <= rows[3].candidates[0]["likeness"] < 1
    assert "不在本单位职责范围" in rows[6].note
    assert "第" in rows[8].note
    assert "与表中不同" in rows[9].note
    assert [error["row"] for error in found.errors] == [rows[7].row_number]
    assert RosterEntry.objects.count() == 0  # nothing stands before somebody enters it


def test_decided_rows_are_entered_in_one_act_under_the_earlier_list(
    bring: Any, firm: Any, official: Any, hunan_round: Any, heard: list[Any]
) -> None:
    one, two, three = firm(1), firm(2), firm(3)
    found = bring([(1, one.name, one.uscc, "", ""), (2, two.name, "", "", ""), (3, "改制前的厂", "", "", "")])
    actor = official("株洲")
    rows = list(found.rows.order_by("row_number"))
    with pytest.raises(Refused, match="从可能对应的企业中选择"):
        acts.accept_row(row_id=rows[1].pk, enterprise_id=three.pk, actor=actor)
    assert acts.accept_same_names(import_id=found.pk, actor=actor) == 1
    assert acts.accept_same_names(import_id=found.pk, actor=actor) == 0
    with pytest.raises(Refused, match="没有登记代码"):
        acts.give_code(row_id=rows[2].pk, uscc=code("430223", 77), actor=actor)
    with pytest.raises(Refused, match="行已对应这家企业"):
        acts.give_code(row_id=rows[2].pk, uscc=two.uscc, actor=actor)
    acts.give_code(row_id=rows[2].pk, uscc=three.uscc, actor=actor)
    assert acts.enter_rows(import_id=found.pk, actor=actor) == 3
    entries = list(RosterEntry.objects.order_by("enterprise_id"))
    listed = RosterList.objects.get()
    assert (listed.kind, listed.number, listed.published_on, listed.source_file_id) == (
        "earlier", DATA.number, PUBLISHED, found.file_id,
    )  # fmt: skip
    assert {entry.roster_list_id for entry in entries} == {listed.pk}
    assert {entry.since for entry in entries} == {PUBLISHED}
    assert {entry.decision_id for entry in entries} == {Decision.objects.get(action="roster_import.enter").pk}
    assert [entry.name for entry in entries][2] == "改制前的厂"  # the name it stood under
    assert [entry.path for entry in entries] == [path_for(one, "reserve")] * 3
    assert EntryEvent.objects.filter(kind="listed").count() == 3
    assert len(heard) == 3
    assert OutboxMessage.objects.filter(kind="cultivation.entered_earlier", recipient_kind="enterprise").count() == 3
    assert states(found) == [Match.ENTERED] * 3
    with pytest.raises(Refused, match="没有可以列入"):
        acts.enter_rows(import_id=found.pk, actor=actor)
    with pytest.raises(Refused, match="已经列入名单"):
        acts.dismiss_row(row_id=rows[0].pk, reason="x", actor=actor)
    with pytest.raises(Refused, match="已有企业据这份名单列入"):
        acts.drop_import(import_id=found.pk, actor=actor)


def test_the_same_file_and_the_same_firm_come_in_once(
    bring: Any, firm: Any, official: Any, hunan_round: Any, heard: list[Any], versions: Any
) -> None:
    one, two = firm(1), firm(2)
    actor = official("株洲")
    content = book([(1, one.name, one.uscc, "", "")])
    made = []
    for _ in range(2):
        stored = store_upload(upload(content), actor=actor, purpose=EARLIER_LIST)
        found, new = acts.start_import(
            programme=versions["hunan"].programme, data=tier_of(versions), file=stored, actor=actor
        )
        made.append((found.pk, new))
    assert made[0][0] == made[1][0]
    assert [new for _, new in made] == [True, False]
    first = acts.read_import(import_id=made[0][0], actor=actor)
    assert acts.read_import(import_id=first.pk, actor=actor).rows.count() == 1  # the job delivered twice
    acts.enter_rows(import_id=first.pk, actor=actor)
    second = bring([(1, one.name, one.uscc, "", ""), (2, two.name, two.uscc, "", "")])
    assert states(second) == [Match.ALREADY, Match.MATCHED]
    # A firm that came onto the roster in between is left out and said so.
    third = bring([(5, two.name, two.uscc, "", "")])
    assert acts.enter_rows(import_id=second.pk, actor=actor) == 1
    assert acts.enter_rows(import_id=third.pk, actor=actor) == 0
    assert states(third) == [Match.ALREADY]
    assert RosterEntry.objects.count() == 2
    entry = RosterEntry.objects.first()
    assert entry is not None
    entry.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save(force_insert=True)


def test_a_firm_that_left_does_not_come_back_by_an_old_list_sc42(
    bring: Any, firm: Any, official: Any, hunan_round: Any, heard: list[Any]
) -> None:
    one = firm(1)
    first = bring([(1, one.name, one.uscc, "", "")])
    acts.enter_rows(import_id=first.pk, actor=official("株洲"))
    RosterEntry.objects.update(until=dt.date(2018, 2, 1), exit="delisted")
    second = bring([(1, one.name, one.uscc, "", ""), (2, "凑数", "", "", "")])
    row = second.rows.get(row_number=3)
    assert row.match == Match.ALREADY
    assert "剔除" in row.note
    assert "重新申请" in row.note
    with pytest.raises(Refused, match="没有可以列入"):
        acts.enter_rows(import_id=second.pk, actor=official("株洲"))


def test_nothing_half_when_something_goes_wrong_in_the_middle(
    bring: Any, firm: Any, official: Any, hunan_round: Any, monkeypatch: Any
) -> None:
    firms = [firm(number) for number in (1, 2, 3)]
    found = bring([(place, one.name, one.uscc, "", "") for place, one in enumerate(firms, start=1)])
    seen: list[Any] = []

    def breaks(event: Any) -> None:
        seen.append(event)
        if len(seen) == 2:
            raise RuntimeError("the worker is gone")

    monkeypatch.setitem(events._handlers, EntryListed, [breaks])
    with pytest.raises(RuntimeError):
        acts.enter_rows(import_id=found.pk, actor=official("株洲"))
    assert RosterEntry.objects.count() == RosterList.objects.count() == 0
    assert states(found) == [Match.MATCHED] * 3


def test_who_may_and_with_which_data(versions: Any, official: Any, firm: Any, hunan_round: Any, bring: Any) -> None:
    from dataclasses import replace

    programme, data = versions["hunan"].programme, tier_of(versions)
    actor = official("株洲")
    stored = store_upload(upload(book([(1, "甲", "", "", "")])), actor=actor, purpose=EARLIER_LIST)

    def start(**changed: Any) -> None:
        given = {
            "programme": programme,
            "actor": actor,
            **{k: v for k, v in changed.items() if k in ("programme", "actor")},
        }
        rest = {k: v for k, v in changed.items() if k not in ("programme", "actor")}
        acts.start_import(data=replace(data, **rest), file=stored, **given)

    for changed, said in (
        ({"actor": official("攸县")}, "由省级或市州主管部门导入"),
        ({"programme": versions["sichuan"].programme}, "本省"),
        ({"tier": "nothing"}, "选择层级"),
        ({"number": " "}, "文号"),
        ({"title": ""}, "标题"),
        ({"published_on": dt.date(2030, 1, 1)}, "不能晚于今天"),
        ({"year": 1999}, "年度"),
        ({"batch": 0}, "批次"),
    ):
        with pytest.raises(Refused, match=said):
            start(**changed)
    found = bring([(1, "甲公司", "", "", "")])
    row = found.rows.get()
    for other in (official("湘潭"), official("湖南"), official("攸县")):
        with pytest.raises(Refused):
            acts.dismiss_row(row_id=row.pk, reason="x", actor=other)
    with pytest.raises(Refused, match="理由"):
        acts.dismiss_row(row_id=row.pk, reason=" ", actor=actor)
    acts.dismiss_row(row_id=row.pk, reason="重复公布", actor=actor)
    acts.reopen_row(row_id=row.pk, actor=actor)
    assert states(found) == [Match.UNKNOWN]
    assert acts.drop_import(import_id=found.pk, actor=actor).state == "dropped"


@pytest.mark.parametrize("content", [b"no workbook at all", b"PK\x03\x04broken", book([], ("甲", "乙"))])
def test_a_file_that_is_no_list_is_refused_with_a_sentence(
    content: bytes, browse: Any, official: Any, versions: Any, hunan_round: Any
) -> None:
    client = browse(official("株洲"))
    answer = client.post(reverse("cultivation:roster-import-upload"), {**form(versions), "file": upload(content)})
    assert answer.status_code in {400, 403, 422}
    page = answer.content.decode()
    assert "error-summary" in page
    assert DATA.number in page  # what was typed is still there
    assert not RosterImportRow.objects.exists()


def form(versions: Any) -> dict[str, str]:
    data = tier_of(versions)
    return {
        "programme": versions["hunan"].programme.code, "tier": data.tier, "title": data.title, "number": data.number,
        "published_on": "2017-12-20", "year": "2017", "batch": "1", "since": "",
    }  # fmt: skip


# ---- pages -------------------------------------------------------------------------------------------------


def test_the_pages_from_upload_to_the_roster(
    browse: Any, official: Any, versions: Any, hunan_round: Any, firm: Any, heard: list[Any]
) -> None:
    one, two = firm(1), firm(2)
    client = browse(official("株洲"))
    template = b"".join(client.get(reverse("cultivation:roster-import-template")).streaming_content)
    assert "企业名称" in [
        str(cell.value) for row in load_workbook(io.BytesIO(template)).active.iter_rows() for cell in row
    ]
    content = book([(1, one.name, one.uscc, "", ""), (2, two.name, "", "", ""), (3, "坏", "123", "", "")])
    answer = client.post(reverse("cultivation:roster-import-upload"), {**form(versions), "file": upload(content)})
    found = RosterImport.objects.get()
    address = reverse("cultivation:roster-import", args=[found.pk])
    assert answer.url == address
    page = client.get(address).content.decode()
    assert "确认全部唯一同名（1）" in page
    assert "下载错误标注表" in page
    errors = client.get(reverse("cultivation:roster-import-errors", args=[found.pk]))
    assert b"".join(errors.streaming_content).startswith(b"PK")
    row = found.rows.get(row_number=4)
    act = reverse("cultivation:roster-import-row", args=[found.pk])
    assert client.post(act, {"row": row.pk, "action": "choose"}).status_code == 403
    assert client.post(act, {"row": row.pk, "action": "choose", "firm": two.pk}).status_code == 302
    third = found.rows.get(row_number=5)
    refused = client.post(act, {"row": third.pk, "action": "code", "uscc": "9143000"})
    assert "9143000" in refused.content.decode()
    assert client.post(act, {"row": third.pk, "action": "dismiss", "reason": "企业已注销"}).status_code == 302
    assert client.post(act, {"row": 0, "action": "choose"}).status_code == 404
    whole = reverse("cultivation:roster-import-act", args=[found.pk])
    assert client.post(whole, {"action": "enter"}).status_code == 302
    assert RosterEntry.objects.count() == 2
    assert "2017年小巨人企业名单" in client.get(reverse("cultivation:roster-lists")).content.decode()
    entry = RosterEntry.objects.order_by("pk").first()
    assert entry is not None
    assert DATA.number in client.get(reverse("cultivation:roster-entry", args=[entry.pk])).content.decode()
    for other in ("湘潭", "攸县"):
        assert browse(official(other)).get(address).status_code in {403, 404}
    assert browse(official("攸县")).get(reverse("cultivation:roster-imports")).status_code == 403


def test_rows_of_an_import_cost_the_same_with_one_and_with_three(
    browse: Any, official: Any, versions: Any, hunan_round: Any, firm: Any, own_queries: Any, bring: Any
) -> None:
    found = bring([(1, firm(9).name, "", "", "")])
    client = browse(official("株洲"))
    numbers = iter(range(10, 20))

    def add() -> None:
        number = next(numbers)
        one = firm(number)
        RosterImportRow.objects.create(
            roster_import=found, row_number=100 + number, name=one.name, match=Match.ACCEPTED, enterprise=one
        )

    own_queries(add_row=add, act=lambda: client.get(reverse("cultivation:roster-import", args=[found.pk])), expected=5)


def test_two_thousand_rows_by_a_job(
    browse: Any, official: Any, versions: Any, hunan_round: Any, firm: Any, country: Any, heard: list[Any], queries: Any
) -> None:
    pattern = firm(1)
    many = 2000
    firms = [
        Enterprise(
            uscc=code("430223", 1000 + number), name=f"株洲演示{number:04d}精密机械有限公司", region_id=pattern.region_id,
            bureau=pattern.bureau, registered_at=pattern.registered_at,
        )
        for number in range(many)
    ]  # fmt: skip
    for one in firms:
        one.set_name(one.name)
    Enterprise.objects.bulk_create(firms)
    path = pattern.paths.get().path
    EnterprisePath.objects.bulk_create(EnterprisePath(enterprise=one, path=path) for one in firms)
    EnterpriseName.objects.bulk_create(EnterpriseName(enterprise=one, name=one.name) for one in firms)
    rows = [(place, one.name, one.uscc if place % 2 else "", "攸县", "") for place, one in enumerate(firms, start=1)]
    rows[7] = (8, "株洲演示0007精密机械股份有限公司", "", "", "")
    rows[9] = (10, "查无此企业", "", "", "")
    client = browse(official("株洲"))
    answer = client.post(reverse("cultivation:roster-import-upload"), {**form(versions), "file": upload(book(rows))})
    found = RosterImport.objects.get()
    assert answer.url == reverse("cultivation:roster-import", args=[found.pk])
    job = Job.objects.get()
    assert (job.kind, found.state) == ("cultivation.read_roster_import", "reading")
    assert (
        "正在读取" in client.get(answer.url).content.decode()
        or "data-job-url" in client.get(answer.url).content.decode()
    )
    begun = time.monotonic()
    with queries.record() as seen:
        found = acts.read_import(import_id=found.pk, actor=official("株洲"))
    took = time.monotonic() - begun
    assert found.rows.count() == many
    assert len(seen) < 40
    assert took < 30
    counted = {
        match: found.rows.filter(match=match).count() for match in (Match.MATCHED, Match.DOUBTFUL, Match.UNKNOWN)
    }
    assert counted == {Match.MATCHED: 1000, Match.DOUBTFUL: 999, Match.UNKNOWN: 1}
    assert found.rows.get(name="株洲演示0007精密机械股份有限公司").candidates[0]["firm"] == firms[7].pk
    assert acts.accept_same_names(import_id=found.pk, actor=official("株洲")) == 998
    with queries.record() as seen:
        assert acts.enter_rows(import_id=found.pk, actor=official("株洲")) == 1998
    assert len(seen) < 60
    assert RosterEntry.objects.count() == 1998
