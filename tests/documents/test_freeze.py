"""Frozen documents: digest, reference, what may still be added."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from foundation.accounts.may import may, scopes
from foundation.accounts.roles import Role
from foundation.core.errors import Refused
from foundation.documents.actions import is_intact, release, render_document, set_official_number, void
from foundation.documents.canonical import canonical, digest_of, page_digest
from foundation.documents.models import FrozenDocument
from foundation.journal.models import Decision


def test_numbered_per_issuer_and_year_without_gaps(paper, bureaus):
    references = [paper().reference for _ in range(3)]
    code = f"B{bureaus['甲县'].pk}"
    assert references == [f"TD-{code}-2018-000{n}" for n in (1, 2, 3)]
    assert paper(dated=dt.date(2019, 1, 2)).reference == f"TD-{code}-2019-0001"
    assert paper(place="乙县").reference == f"TD-B{bureaus['乙县'].pk}-2018-0001"
    with transaction.atomic():
        paper()
        transaction.set_rollback(True)
    assert paper().reference == f"TD-{code}-2018-0004"


def test_frozen_with_digest_path_and_a_decision(paper, bureaus):
    document = FrozenDocument.objects.get(pk=paper().pk)
    assert is_intact(document)
    assert document.path == f"/{bureaus['省'].pk}/{bureaus['市'].pk}/{bureaus['甲县'].pk}/"
    assert (document.issuer_name, document.state, document.rehearsal) == ("演示甲县经信局", "frozen", False)
    decision = Decision.objects.get(subject_kind="document", subject_id=document.pk)
    assert decision.action == "document.freeze"
    assert decision.data["digest"] == document.digest
    document.snapshot["rows"][0][0] = "乙县"
    assert not is_intact(document)


def test_floats_and_objects_never_enter_a_snapshot(paper):
    with pytest.raises(ValueError, match="float"):
        paper(snapshot={"amount": 1.5})
    with pytest.raises(ValueError, match="object"):
        paper(snapshot={"thing": object()})
    with pytest.raises(ValueError, match="NUL"):
        paper(snapshot={"text": "a\x00"})


def test_canonical_form_is_the_same_for_equal_content():
    assert (
        canonical({"b": Decimal("1.50"), "a": [dt.date(2018, 3, 16), None, True]})
        == '{"a":["2018-03-16",null,true],"b":"1.50"}'
    )
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert page_digest("d", 1) != page_digest("d", 2)
    assert len(page_digest("d", 1)) == 12


def test_neither_code_nor_sql_changes_a_frozen_row(paper):
    document = paper()
    document.title = "别的标题"
    with pytest.raises(Refused, match="不能改动"):
        document.save()
    with pytest.raises(Refused, match="不能删除"):
        document.delete()
    for change in ({"title": "x"}, {"snapshot": {}}, {"digest": "0" * 64}, {"path": "/"}, {"reference": "TD-X-1-1"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            FrozenDocument.objects.filter(pk=document.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        FrozenDocument.objects.filter(pk=document.pk).delete()
    release(document)
    with pytest.raises(IntegrityError), transaction.atomic():
        FrozenDocument.objects.filter(pk=document.pk).update(released_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        FrozenDocument.objects.filter(pk=document.pk).update(state="sealed")


def test_official_number_once_by_the_issuer(paper, person):
    document = paper()
    with pytest.raises(Refused, match="没有这份材料"):
        set_official_number(document=document, number="演示〔2018〕1号", actor=person("乙县"))
    release(document)
    with pytest.raises(Refused, match="只能由该单位登记"):
        set_official_number(document=document, number="演示〔2018〕1号", actor=person("市"))
    with pytest.raises(Refused, match="请填写文号"):
        set_official_number(document=document, number=" ", actor=person("甲县"))
    assert (
        set_official_number(document=document, number=" 演示〔2018〕1号 ", actor=person("甲县")).official_number
        == "演示〔2018〕1号"
    )
    with pytest.raises(Refused, match="已登记为"):
        set_official_number(document=document, number="演示〔2018〕2号", actor=person("甲县"))


def test_void_by_who_signs_with_a_reason(paper, person):
    document = paper()
    with pytest.raises(Refused, match="作废文书由"):
        void(document=document, reason="数字有误", actor=person("甲县"))
    with pytest.raises(Refused, match="请填写作废原因"):
        void(document=document, reason="", actor=person("甲县", Role.SIGNER))
    gone = void(document=document, reason="数字有误", actor=person("甲县", Role.SIGNER))
    assert (gone.state, gone.void_reason, gone.get_state_display()) == ("void", "数字有误", "已作废")
    assert "已作废" in may(person("甲县"), "document.seal", gone).reason


def test_list_filter_equals_page_permission(paper, person):
    scope = scopes()[FrozenDocument]
    documents = [paper(), paper(place="乙县"), paper(place="市"), paper()]
    release(documents[0])
    release(documents[2])
    seen = {}
    for place, role in (
        ("省", Role.HANDLER), ("市", Role.SIGNER), ("甲县", Role.HANDLER), ("甲县", Role.ARCHIVIST),
        ("甲县", Role.POST_MANAGER), ("乙县", Role.REVIEWER),
    ):  # fmt: skip
        actor = person(place, role)
        listed = set(FrozenDocument.objects.visible_to(actor).values_list("pk", flat=True))
        assert listed == {d.pk for d in FrozenDocument.objects.all() if scope.sees(actor, d)}
        seen[place, role] = [d.pk in listed for d in documents]
    assert seen["省", Role.HANDLER] == [True, False, True, False]
    assert seen["市", Role.SIGNER] == [True, False, True, False]
    assert seen["甲县", Role.HANDLER] == [True, False, False, True]
    assert seen["甲县", Role.ARCHIVIST] == [True, False, False, True]
    assert seen["甲县", Role.POST_MANAGER] == [False] * 4
    assert seen["乙县", Role.REVIEWER] == [False, True, False, False]


def test_rendering_refuses_a_row_that_was_tampered_with(paper, monkeypatch):
    from foundation.documents.actions import render

    document = paper()
    monkeypatch.setattr(render, "is_intact", lambda row: False)
    with pytest.raises(render.Tampered, match=document.reference):
        render_document(document)
