"""Register, document page, verification."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from foundation.accounts.roles import Role
from foundation.documents.actions import release, render_document, set_official_number, void
from foundation.documents.canonical import page_digest
from foundation.documents.models import FrozenDocument
from foundation.documents.qr import payload_of
from tests.documents import files


def body(response) -> str:
    return response.content.decode()


def test_register_lists_what_exists_for_the_reader(signed_in, paper):
    own, other = paper(), paper(place="乙县")
    page = body(signed_in("甲县").get(reverse("documents:register")))
    assert own.reference in page
    assert other.reference not in page
    assert "没有文书" in body(signed_in("甲县").get(reverse("documents:register"), {"q": "不存在"}))
    assert own.reference in body(
        signed_in("甲县").get(reverse("documents:register"), {"q": own.reference, "state": "frozen"})
    )
    assert signed_in("甲县", Role.POST_MANAGER).get(reverse("documents:register")).status_code == 403


def own_queries(queries, act) -> int:
    """Statements on this room's tables; the frame of the page (person, menu counters) belongs to others."""
    with queries.record() as seen:
        act()
    return len([line for line in seen if '"documents_' in line])


def test_register_and_page_cost_the_same_with_one_row_and_three(signed_in, paper, queries):
    client = signed_in("甲县")
    document = paper()

    def listed() -> None:
        client.get(reverse("documents:register"))

    def opened() -> None:
        client.get(reverse("documents:document", args=[document.pk]))

    assert own_queries(queries, listed) == 2
    assert own_queries(queries, opened) == 2
    paper()
    paper()
    assert own_queries(queries, listed) == 2
    assert own_queries(queries, opened) == 2


def test_document_page_offers_what_may_be_done(signed_in, paper):
    document = render_document(paper())
    address = reverse("documents:document", args=[document.pk])
    page = body(signed_in("甲县").get(address))
    assert "登记扫描件" in page
    assert "登记文号" in page
    assert 'name="reason"' not in page
    assert 'name="reason"' in body(signed_in("甲县", Role.SIGNER).get(address))
    assert signed_in("乙县").get(address).status_code == 404
    release(document)
    above = body(signed_in("市").get(address))
    assert "只能由该单位登记" in above
    assert "登记文号" not in above


def test_number_scan_and_void_by_page(signed_in, paper):
    document = render_document(paper())
    client = signed_in("甲县", Role.SIGNER)
    address = reverse("documents:document", args=[document.pk])
    assert (
        client.post(reverse("documents:number", args=[document.pk]), {"number": "演示〔2018〕3号"}).status_code == 302
    )
    again = client.post(reverse("documents:number", args=[document.pk]), {"number": "演示〔2018〕4号"})
    assert again.status_code == 403
    assert "已登记为演示〔2018〕3号" in body(again)
    nothing = client.post(reverse("documents:scan", args=[document.pk]))
    assert nothing.status_code == 400
    assert "还没有选择文件" in body(nothing)
    wrong = client.post(
        reverse("documents:scan", args=[document.pk]), {"file": SimpleUploadedFile("a.xlsx", files.xlsx())}
    )
    assert "这里只收" in body(wrong)
    right = {"file": SimpleUploadedFile("盖章.pdf", files.pdf())}
    assert client.post(reverse("documents:scan", args=[document.pk]), right, follow=True).status_code == 200
    assert "已盖章" in body(client.get(address))
    assert "须人工核对" in body(client.get(address))
    reason = client.post(reverse("documents:void", args=[document.pk]), {"reason": ""})
    assert "请填写作废原因" in body(reason)
    assert client.post(reverse("documents:void", args=[document.pk]), {"reason": "数字有误"}).status_code == 302
    assert "数字有误" in body(client.get(address))
    stranger = signed_in("乙县")
    for name in ("number", "scan", "void"):
        assert stranger.post(reverse(f"documents:{name}", args=[document.pk])).status_code == 404


@pytest.fixture
def visitor(db) -> Client:
    return Client()


def check(visitor: Client, code: str):
    return visitor.get(reverse("documents:verify", args=[code]))


def test_anyone_can_check_a_page_and_learns_nothing_about_its_content(visitor, paper, person):
    document = render_document(paper())
    set_official_number(document=document, number="演示〔2018〕9号", actor=person("甲县"))
    response = check(visitor, payload_of(document, 1))
    page = body(response)
    assert response.status_code == 200
    for shown in (
        "第 1 页的二维码与本平台的记录相符",
        "小巨人后备企业汇总表",
        "演示甲县经信局",
        "2018年3月16日",
        "待盖章",
        document.digest_groups[0],
        "演示〔2018〕9号",
    ):
        assert shown in page
    for hidden in ("有限公司", "0731-00000001", "12,345.67", "演示报送", document.created_by):
        assert hidden not in page
    assert "可以逐页核对" in body(check(visitor, document.reference.lower()))


def test_forged_unknown_and_void_papers_are_told_apart(visitor, paper, person):
    document = render_document(paper())
    digest = page_digest(document.digest, 1)
    forged = body(check(visitor, f"{document.reference}.1.{'0' * 12}"))
    assert "二维码与文书不符" in forged
    assert document.digest_groups[0] not in forged
    assert "二维码与文书不符" in body(check(visitor, f"{document.reference}.2.{digest}"))
    assert "二维码与文书不符" in body(check(visitor, f"{document.reference}.99.{page_digest(document.digest, 99)}"))
    for code in ("TD-430200-2018-9999", "随便什么", "<script>"):
        unknown = check(visitor, code)
        assert unknown.status_code == 404
        assert "没有这份文书" in body(unknown)
    void(document=document, reason="数字有误", actor=person("甲县", Role.SIGNER))
    gone = body(check(visitor, payload_of(document, 1)))
    assert "这份文书已作废" in gone
    assert "数字有误" not in gone


def test_typed_reference_leads_to_the_answer(visitor, paper):
    document = paper()
    assert visitor.get(reverse("documents:verify-form")).status_code == 200
    response = visitor.get(reverse("documents:verify-form"), {"code": f" {document.reference} "})
    assert response["Location"] == reverse("documents:verify", args=[document.reference])


def test_the_code_is_an_address_when_the_portal_has_one(paper, settings, visitor):
    document = render_document(paper())
    plain = payload_of(document, 1)
    settings.PUBLIC_URL = "https://portal.example.org"
    address = payload_of(document, 1)
    assert address == f"https://portal.example.org/v/{plain}/"
    assert visitor.get(address.removeprefix("https://portal.example.org")).status_code == 200


def test_verification_costs_one_query(visitor, paper, queries):
    document = FrozenDocument.objects.get(pk=paper().pk)
    check(visitor, document.reference)
    with queries.record() as seen:
        check(visitor, document.reference)
    assert len([line for line in seen if "documents_frozendocument" in line]) == 1
    assert len(seen) <= 2, "\n".join(seen)
