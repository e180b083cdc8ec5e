"""Pages of objections: the public's form and receipt, the look-up, the bureau's desk, the exports (P-03)."""

from __future__ import annotations

import io
import ipaddress
import json
import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse
from openpyxl import load_workbook

from foundation.accounts.models import RevealEvent
from foundation.documents.models import StoredFile
from foundation.duties.models import Job
from foundation.duties.runner import run_job
from foundation.journal.models import Decision
from portal.rehearsal.people import CHENGDU, SICHUAN
from reviews.models import Objection, PublicNotice, PublicNoticeRow
from tests.harness.queries import Queries
from tests.reviews.conftest import JINJIANG, World, pdf
from tests.reviews.notices import TEXT, after, object_to, row, running, settled, verified

OnDay = Callable[[Any], None]
PERSON = {"by": "person", "name": "张三丰演示", "phone": "13987654321", "email": "zhangsf@example.com", "text": TEXT}
DESK = "/reviews/objections/"
STATUS = "/reviews/objections/status/"


def stranger() -> Client:
    """A browser at an address nobody has used within the hour."""
    return Client(REMOTE_ADDR=str(ipaddress.IPv4Address(secrets.randbits(24) + (10 << 24))))


def form(where: PublicNoticeRow) -> str:
    return f"/reviews/notices/{where.notice_id}/rows/{where.pk}/object/"


def text_of(response: Any) -> str:
    return response.content.decode()


def key_in(page: str) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("盖章异议.pdf", pdf(), content_type="application/pdf")


def send(visitor: Client, where: PublicNoticeRow, **given: Any) -> Any:
    key = key_in(text_of(visitor.get(form(where))))
    return visitor.post(form(where), {**PERSON, "form_key": key, **given})


def test_lodged_shown_once_looked_up_and_answered(world: World) -> None:
    notice = running(world)
    visitor = stranger()
    page = text_of(visitor.get(form(row(notice))))
    for told in ("您的信息怎样使用", "不告知企业", f"{notice.objection_days} 个工作日"):
        assert told in page
    answer = send(visitor, row(notice))
    assert answer.status_code == 302
    receipt = text_of(visitor.get(answer["Location"]))
    number, code = (re.search(rf'id="receipt-{one}">([^<]+)<', receipt)[1] for one in ("number", "code"))  # type: ignore[index]
    assert "只在这里显示一次" in receipt
    again = text_of(visitor.get(answer["Location"]))
    assert code not in again
    assert "只显示一次" in again
    objection = Objection.objects.get(receipt=number)
    assert (objection.name, objection.text) == (PERSON["name"], TEXT)
    looked = text_of(stranger().post(STATUS, {"receipt": number, "code": code}))
    assert "已收到" in looked
    assert PERSON["name"] not in looked
    settled(world, objection, upheld=False)
    looked = text_of(stranger().post(STATUS, {"receipt": number, "code": code.lower()}))
    assert "异议不成立" in looked
    assert "经核实，答复如下（演示）。" in looked
    assert "已核实（演示）" not in looked, "the finding is inward"
    wrong = stranger().post(STATUS, {"receipt": number, "code": "AAAA-BBBB"})
    assert "不相符" in text_of(wrong)
    assert number in text_of(wrong)


def test_nothing_typed_is_lost_and_nothing_is_kept_of_a_refused_form(world: World) -> None:
    where = row(running(world))
    visitor = stranger()
    refused = send(visitor, where, by="unit", evidence=scan())
    assert refused.status_code == 403
    page = text_of(refused)
    for kept in (PERSON["name"], PERSON["phone"], PERSON["email"], TEXT, "请填写单位的联系人", "附件请重新选择"):
        assert kept in page
    assert re.search(r'id="by-unit" value="unit" checked', page)
    assert not StoredFile.objects.filter(purpose="reviews.objection").exists()
    bad = SimpleUploadedFile("盖章.pdf", b"MZ\x90\x00 not a paper", content_type="application/pdf")
    refused = visitor.post(
        form(where), {**PERSON, "by": "unit", "contact_name": "演示", "form_key": key_in(page), "seal_scan": bad}
    )
    assert refused.status_code == 400
    assert TEXT in text_of(refused)
    assert not Objection.objects.exists()
    done = visitor.post(
        form(where),
        {**PERSON, "by": "unit", "contact_name": "演示", "form_key": key_in(text_of(refused)), "seal_scan": scan()},
    )
    assert done.status_code == 302
    assert Objection.objects.get().seal_scan.owner_id == where.notice.bureau_id


def test_signs_the_database_cannot_keep_are_left_out(world: World) -> None:
    where = row(running(world))
    assert send(stranger(), where, text=f"{TEXT}\x00", name="张三\x00丰").status_code == 302
    assert Objection.objects.get().name == "张三丰"
    assert stranger().post(STATUS, {"receipt": "\x00", "code": "\x00"}).status_code == 403
    assert stranger().get(f"/reviews/notices/{where.notice_id}/?q=%00").status_code == 200


def test_pressed_twice_is_one_objection(world: World) -> None:
    where = row(running(world))
    visitor = stranger()
    key = key_in(text_of(visitor.get(form(where))))
    first, second = (visitor.post(form(where), {**PERSON, "form_key": key}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Objection.objects.count() == 1


def test_strangers_are_limited_and_robots_turned_away(world: World) -> None:
    notice = running(world)
    visitor = stranger()
    assert "请不要填写" in text_of(send(visitor, row(notice), website="http://spam.example.com"))
    with override_settings(PUBLIC_FORMS_PER_HOUR={"lodge": 1, "look_up": 1}):
        assert send(visitor, row(notice)).status_code == 302
        late = send(visitor, row(notice, 2))
        assert late.status_code == 429
        assert TEXT in text_of(late)
        assert visitor.post(STATUS, {"receipt": "x", "code": "y"}).status_code == 403
        assert visitor.post(STATUS, {"receipt": "x", "code": "y"}).status_code == 429
    assert Objection.objects.count() == 1
    for key in ("", "none", "../../accounts/", "x" * 400):
        assert visitor.post(form(row(notice)), {**PERSON, "form_key": key})["Location"].endswith("/receipt/none/")
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(form(row(notice)), PERSON).status_code == 403
    assert Objection.objects.count() == 1


def test_after_the_days_the_form_says_whom_to_ask(world: World, on_day: OnDay) -> None:
    notice = running(world)
    visitor = stranger()
    key = key_in(text_of(visitor.get(form(row(notice)))))
    on_day(after(notice))
    page = text_of(visitor.get(form(row(notice))))
    assert "现在不能在平台上提出异议" in page
    assert notice.business_phone in page
    late = visitor.post(form(row(notice)), {**PERSON, "form_key": key})
    assert late.status_code == 403
    assert TEXT in text_of(late)
    assert visitor.get(f"/reviews/notices/{notice.pk}/rows/0/object/").status_code == 404


def test_somebody_signed_in_objects_as_a_visitor(world: World) -> None:
    where = row(running(world))
    browser = world.browser(world.handler(JINJIANG))
    assert send(browser, where).status_code == 302
    decision = Decision.objects.get(subject_kind="objection", action="objection.lodge")
    assert (decision.actor_user_id, decision.hat_role) == (None, "visitor")


def test_a_letter_is_registered_and_its_receipt_printed(world: World, on_day: OnDay) -> None:
    notice = running(world)
    browser = world.browser(world.handler(SICHUAN))
    page = f"/reviews/public-notices/{notice.pk}/register/"
    assert "公示期外" not in text_of(browser.get(page))
    assert "请选择异议所涉的企业" in text_of(browser.post(page, PERSON))
    made = browser.post(page, {**PERSON, "row": row(notice).pk})
    assert made.status_code == 200
    assert re.search(r"YY2018-[A-Z0-9]{6}", text_of(made))
    on_day(after(notice))
    refused = browser.post(page, {**PERSON, "row": row(notice, 2).pk, "late_reason": ""})
    assert "请写明公示期外登记的理由" in text_of(refused)
    assert TEXT in text_of(refused)
    late = browser.post(page, {**PERSON, "row": row(notice, 2).pk, "late_reason": "邮戳在期内（演示）"})
    assert late.status_code == 200
    assert Objection.objects.filter(entered_by_bureau=True).count() == 2


def test_the_desk_from_receipt_to_reply(world: World) -> None:
    notice = running(world)
    objection, _ = object_to(world, row(notice), **PERSON)
    handler, signer = world.browser(world.handler(SICHUAN)), world.browser(world.signer(SICHUAN))
    listed = text_of(handler.get(DESK))
    assert objection.receipt in listed
    assert PERSON["name"] not in listed
    page = f"{DESK}{objection.pk}/"
    for shown in (PERSON["name"], PERSON["phone"], TEXT, "受理"):
        assert shown in text_of(handler.get(page))
    assert handler.post(f"{page}act/", {"action": "check", "note": "期内（演示）"}).status_code == 302
    empty = handler.post(f"{page}act/", {"action": "verify", "finding": " "})
    assert "请写明核实情况" in text_of(empty)
    assert handler.post(f"{page}act/", {"action": "verify", "finding": "属实（演示）"}).status_code == 302
    kept = signer.post(f"{page}act/", {"action": "uphold", "reply": "", "reason": "写好的公开理由"})
    assert "写好的公开理由" in text_of(kept)
    assert signer.post(f"{page}act/", {"action": "nothing"}).status_code == 403
    done = signer.post(f"{page}act/", {"action": "uphold", "reply": "属实（演示）。", "reason": "权属不清（演示）"})
    assert done.status_code == 302
    assert row(notice).reason == "权属不清（演示）"
    assert signer.post(f"{page}act/", {"action": "reject", "reply": "再来"}).status_code == 403
    assert objection.receipt not in text_of(handler.get(DESK)), "settled ones are under their own state"
    assert objection.receipt in text_of(handler.get(f"{DESK}?state=upheld"))


@pytest.mark.parametrize("place", [CHENGDU, JINJIANG])
def test_it_does_not_exist_for_other_bureaus(world: World, place: str) -> None:
    notice = running(world)
    objection, _ = object_to(world, row(notice), evidence=world.stored(world.handler(SICHUAN), "reviews.objection"))
    browser = world.browser(world.handler(place))
    assert browser.get(f"{DESK}{objection.pk}/").status_code == 404
    assert browser.post(f"{DESK}{objection.pk}/act/", {"action": "check"}).status_code == 404
    assert browser.get(reverse("documents:file", args=[objection.evidence_id])).status_code == 404
    assert objection.receipt not in text_of(browser.get(f"{DESK}?state=all"))
    firm = world.browser(world.firm(JINJIANG).actor)
    assert firm.get(DESK).status_code == 403
    assert firm.get(f"{DESK}{objection.pk}/").status_code == 404


def _sheet(client: Client, **given: str) -> tuple[Any, str]:
    client.post(f"{DESK}export/", given)
    job = Job.objects.latest("id")
    run_job(job.pk)
    job.refresh_from_db()
    from foundation.duties import exports

    book = load_workbook(io.BytesIO(exports.path_of(job).read_bytes()))
    cells = [
        [str(cell) for cell in line if cell is not None] for line in book.worksheets[0].iter_rows(values_only=True)
    ]
    return job, json.dumps(cells, ensure_ascii=False)


def test_exports_without_and_with_the_objectors_data(world: World) -> None:
    notice = running(world)
    objection, _ = object_to(world, row(notice), **PERSON)
    browser = world.browser(world.handler(SICHUAN))
    _, plain = _sheet(browser)
    assert objection.receipt in plain
    for hidden in (PERSON["name"], PERSON["phone"], TEXT):
        assert hidden not in plain
    refused = browser.post(f"{DESK}export/", {"personal": "1", "reason": " "})
    assert "须写明理由" in text_of(refused)
    job, full = _sheet(browser, personal="1", reason="纪检部门调阅（演示）")
    assert PERSON["name"] in full
    act = Decision.objects.get(subject_kind="job", subject_id=job.pk, action="objection.export")
    assert (act.opinion, act.data["personal"]) == ("纪检部门调阅（演示）", True)
    looked = RevealEvent.objects.get(subject_kind="objection")
    assert (looked.kind, looked.rows, looked.reason) == ("export", 1, "纪检部门调阅（演示）")


def test_desk_costs_the_same(world: World, queries: Queries) -> None:
    notice: PublicNotice = running(world, 1)
    browser, visitor = world.browser(world.handler(SICHUAN)), stranger()

    def add() -> Objection:
        return object_to(world, row(notice))[0]

    queries.flat(add_row=add, act=lambda: browser.get(DESK), expected=7)
    verified(world, first := add())
    queries.flat(add_row=add, act=lambda: browser.get(f"{DESK}{first.pk}/"), expected=6)
    address = form(row(notice))
    queries.flat(add_row=add, act=lambda: visitor.get(address), expected=3)
