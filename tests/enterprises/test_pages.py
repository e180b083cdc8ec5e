"""Pages of an enterprise: home, overview, typed facts with autosave, lists, names; empty, huge, stale, somebody
else's.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client

from enterprises.actions import facts as actions
from enterprises.actions import identity, lists
from enterprises.dossier import dossier_of
from enterprises.home import Task, home_tasks
from enterprises.models import AnnualFigure, Partner, Patent, Profile
from enterprises.queries import completeness, offered_purposes
from foundation.core.registries import Panel, panels
from foundation.journal.models import Decision
from foundation.reference.models import IndustryCatalogueItem
from tests.enterprises.conftest import JINJIANG, code

pytestmark = pytest.mark.django_db


def at(enterprise: Any, page: str = "") -> str:
    return f"/enterprises/firm/{enterprise.pk}/{page}"


def autosave(client: Client, address: str, version: Any, **fields: Any) -> Any:
    body = json.dumps({"version": version, "fields": fields})
    return client.post(address, body, content_type="application/json", headers={"accept": "application/json"})


# --- first page ---------------------------------------------------------------------------------------------------


def test_home_greets_and_lists_what_to_do(firm: Any, admin_of: Any, browse: Any) -> None:
    enterprise = firm()
    home_tasks.register("test.late", lambda actor, row: [Task("月报今天到期", "约 3 分钟", "/x/", "填报", "late", 1)])
    panels.register("enterprise_home.test", Panel("errors/refused.html", 1, lambda actor, row: None))
    try:
        text = browse(admin_of(enterprise)).get("/enterprises/home/").content.decode()
    finally:
        home_tasks._rows.pop("test.late")
        panels._rows.pop("enterprise_home.test")
    assert "演示admin1，您好" in text
    assert text.index("月报今天到期") < text.index("企业资料还没有填完")


def test_somebody_without_a_firm_is_shown_the_ways_in(person: Any, browse: Any) -> None:
    client = browse(person("nobody"))
    text = client.get("/enterprises/home/").content.decode()
    assert "登记企业" in text
    assert "认领企业" in text
    assert client.get("/enterprises/overview/").headers["Location"] == "/enterprises/home/"


def test_every_page_opens_for_the_firm_and_its_bureau_and_for_nobody_else(
    firm: Any, admin_of: Any, browse: Any, official: Any
) -> None:
    enterprise, other = firm(1), firm(2)
    pages = ["", "basic/", "figures/", "figures/?years=5&basis=flash", "figures/history/", "patents/", "partners/"]
    pages += ["industry/", "srdi/", "names/"]
    readers = [
        (browse(actor), status)
        for actor, status in (
            (admin_of(enterprise), 200),
            (official("攸县"), 200),
            (official("株洲"), 200),
            (official("湖南"), 200),
            (official("攸县", "archivist"), 200),
            (admin_of(other), 403),
            (official("醴陵"), 403),
            (official("锦江"), 403),
            (official("攸县", "post_manager"), 403),
        )
    ]
    for client, status in readers:
        # Everything for those who may, the first page is enough for those who may not see the firm at all.
        for page in pages if status == 200 else pages[:3]:
            answer = client.get(at(enterprise, page))
            assert answer.status_code == status, page
            if status == 403:
                assert enterprise.name not in answer.content.decode()
    assert Client().get(at(enterprise)).status_code == 302
    assert browse(admin_of(enterprise)).get("/enterprises/firm/0/").status_code == 403


def test_overview_counts_what_is_missing(firm: Any, admin_of: Any, browse: Any) -> None:
    enterprise = firm()
    actor = admin_of(enterprise)
    cells = {(2017, "revenue", "audited"): "1,234.5", (2017, "employees", "flash"): "28"}
    actions.save_figures(enterprise_id=enterprise.pk, cells=cells, actor=actor)
    text = browse(actor).get(at(enterprise)).content.decode()
    assert "已填 2 / 21" in text
    assert "1,234.50" in text
    assert "28" in text


def test_a_province_asks_only_for_the_catalogues_it_has(firm: Any) -> None:
    """HN-04: Hunan has key industries and chains, Sichuan no chains."""
    hunan, sichuan = firm(1), firm(2, region_id=JINJIANG, uscc=code("510104", 2))
    assert offered_purposes(hunan) == {"key_industry", "chain"}
    assert offered_purposes(sichuan) == {"key_industry"}
    parts = {part.code: part.total for part in completeness(dossier_of(sichuan.pk))}
    assert parts["industry"] == 2


def test_overview_costs_the_same(firm: Any, admin_of: Any, browse: Any, flat: Any) -> None:
    enterprise = firm()
    actor = admin_of(enterprise)
    client = browse(actor)
    numbers = iter(range(3))

    def add() -> None:
        number = next(numbers)
        data = lists.PatentData(f"20131000000{number}.1", "invention", dt.date(2013, 1, 1))
        lists.save_patent(enterprise_id=enterprise.pk, data=data, actor=actor)
        partner = lists.PartnerData(f"演示伙伴{number}", "upstream")
        lists.save_partner(enterprise_id=enterprise.pk, data=partner, actor=actor)

    flat(add_row=add, act=lambda: client.get(at(enterprise)), own=12)


# --- typed facts --------------------------------------------------------------------------------------------------


def test_autosave_keeps_what_is_right_and_marks_what_is_wrong(firm: Any, admin_of: Any, browse: Any) -> None:
    enterprise = firm()
    client = browse(admin_of(enterprise))
    fields = {"niche": "制动夹钳", "niche_rank_province": "第一", "source-niche": "行业协会", "nonsense": "1"}
    answer = autosave(client, at(enterprise, "save/profile/"), 0, **fields)
    assert answer.status_code == 200
    data = answer.json()
    assert data["version"] == 1
    assert list(data["errors"]) == ["niche_rank_province"]
    assert Profile.objects.get().niche == "制动夹钳"
    assert enterprise.fact_sources.get().text == "行业协会"
    stale = autosave(client, at(enterprise, "save/profile/"), 0, niche="别的")
    assert stale.status_code == 409
    assert stale.json()["who"] == "演示admin1"


def test_autosave_refuses_what_it_cannot_read(firm: Any, admin_of: Any, browse: Any, official: Any) -> None:
    enterprise = firm()
    client = browse(admin_of(enterprise))
    address = at(enterprise, "save/firm/")
    for body in ("", "[]", "{}", '{"fields": 1}', "x" * 300_000, '{"version": [1], "fields": {}}'):
        answer = client.post(address, body, content_type="application/json", headers={"accept": "application/json"})
        assert answer.status_code in (200, 400), body[:20]
        assert answer["Content-Type"] == "application/json"
    assert client.get(address).status_code == 405
    assert autosave(client, at(enterprise, "save/other/"), 0, a="1").status_code == 404
    refused = autosave(browse(official("攸县")), address, 0, contact_name="乙")
    assert refused.status_code == 403
    assert "由企业自己填写" in refused.json()["reason"]


def test_the_same_page_works_without_script(firm: Any, admin_of: Any, browse: Any) -> None:
    enterprise = firm()
    client = browse(admin_of(enterprise))
    page = at(enterprise, "basic/")
    plain = {
        "version": "0",
        "legal_representative": "演示新法人",
        "registered_on": "2012-05-01",
        "is_legal_person": "yes",
        "parent_name": "",
        "parent_uscc": "",
        "industry": "3360",
        "contact_name": "",
        "contact_phone": "",
        "contact_email": "",
    }
    assert client.post(page, plain).status_code == 302
    enterprise.refresh_from_db()
    assert enterprise.legal_representative == "演示新法人"
    wrong = client.post(page, plain | {"version": "1", "contact_phone": "x"})
    assert wrong.status_code == 400
    assert "请填写电话" in wrong.content.decode()
    assert 'value="x"' in wrong.content.decode()
    srdi = {"version": "0", "srdi": ["specialised", "innovative"], "above_scale": "yes"}
    assert client.post(at(enterprise, "srdi/"), srdi).status_code == 302
    assert Profile.objects.get().srdi == ["specialised", "innovative"]


def test_reading_officials_get_words(firm: Any, admin_of: Any, browse: Any, official: Any) -> None:
    enterprise = firm()
    fields = {"srdi": ["specialised"], "above_scale": "no_threshold"}
    actions.save_fields(enterprise_id=enterprise.pk, fields=fields, owner="profile", actor=admin_of(enterprise))
    text = browse(official("攸县")).get(at(enterprise, "srdi/")).content.decode()
    assert "专业化" in text
    assert "该行业无规上标准" in text
    assert "data-autosave-url" not in text


def test_catalogue_choices(firm: Any, admin_of: Any, browse: Any, official: Any) -> None:
    enterprise = firm()
    client = browse(admin_of(enterprise))
    items = list(IndustryCatalogueItem.objects.filter(catalogue__code="hunan_key_industries")[:3])
    page = client.get(at(enterprise, "industry/")).content.decode()
    assert items[0].name in page
    assert "四川" not in page
    sent = {"catalogue": items[0].catalogue_id, "item": [items[0].pk, items[1].pk, "x"]}
    assert client.post(at(enterprise, "choices/"), sent).status_code == 302
    assert enterprise.catalogue_choices.count() == 2
    sent["item"] = [items[1].pk]
    client.post(at(enterprise, "choices/"), sent)
    assert enterprise.catalogue_choices.get().item == items[1]
    client.post(at(enterprise, "choices/"), {"drop": str(items[1].pk)})
    assert not enterprise.catalogue_choices.exists()
    assert browse(official("攸县")).post(at(enterprise, "choices/"), sent).status_code == 403


def test_evidence_file_by_file(firm: Any, admin_of: Any, browse: Any, paper: Any, official: Any) -> None:
    enterprise = firm()
    client = browse(admin_of(enterprise))
    address = at(enterprise, "evidence/")
    answer = client.post(address, {"file": paper("审计报告.pdf"), "year": "2017", "basis": "audited"})
    assert answer.json()["name"] == "审计报告.pdf"
    assert "审计报告.pdf" in client.get(at(enterprise, "figures/")).content.decode()
    assert client.post(address, {"file": paper(), "fact": "niche"}).status_code == 200
    assert client.post(address, {"fact": "niche"}).status_code == 403
    assert client.post(address, {"file": paper(), "year": "2017", "basis": "guess"}).status_code == 403
    file = enterprise.year_sources.get().evidence
    for reader, status in ((official("株洲"), 200), (official("醴陵"), 404)):
        found = browse(reader).get(f"/documents/files/{file.pk}/")
        assert found.status_code == status
        if found.streaming:
            assert b"".join(found.streaming_content)
    assert client.post(f"{address}drop/?year=2017&basis=audited").json()["ok"]
    assert client.post(f"{address}drop/?fact=niche").json()["ok"]
    assert client.post(f"{address}drop/?fact=nothing").json()["ok"]
    assert enterprise.year_sources.get().evidence is None


# --- lists --------------------------------------------------------------------------------------------------------


def test_patents(firm: Any, admin_of: Any, browse: Any, paper: Any, flat: Any) -> None:
    enterprise = firm()
    client = browse(admin_of(enterprise))
    page = at(enterprise, "patents/")
    line = {"number": "ZL 2013 1 0000001.1", "kind": "invention", "granted_on": "2015-01-01", "title": "夹钳"}
    assert client.post(page, line | {"in_main_product": "yes", "evidence": paper()}).status_code == 302
    patent = Patent.objects.get()
    assert (patent.number, patent.in_main_product) == ("201310000001.1", True)
    assert client.post(page, line | {"in_main_product": "yes"}).status_code == 302
    assert Patent.objects.count() == 1
    twice = client.post(page, line)
    assert "已在清单中" in twice.content.decode()
    for wrong in (
        {"granted_on": ""},
        {"granted_on": "2018-03-11"},
        {"kind": "x"},
        {"number": ""},
        {"number": "9" * 99},
    ):
        assert client.post(page, line | {"number": "2"} | wrong).status_code == 400
    own = f"{page}{patent.pk}/"
    assert client.get(own).status_code == 200
    changed = client.post(own, line | {"in_main_product": "no", "version": str(patent.version)})
    assert changed.status_code == 302
    stale = client.post(own, line | {"version": str(patent.version)})
    assert "刚被他人改过" in stale.content.decode()
    assert client.post(at(enterprise, "patents/confirm/"), {"complete": "yes"}).status_code == 302
    assert Profile.objects.get().patents_confirmed_on is not None
    remove = at(enterprise, "remove/patents/")
    for _ in range(2):
        assert client.post(remove, {"row": str(patent.pk)}).status_code == 302
    assert client.post(remove, {"row": "x"}).status_code == 404
    assert client.post(at(enterprise, "remove/other/"), {"row": "1"}).status_code == 404
    assert client.get(own).status_code == 404
    numbers = iter("123")
    flat(
        add_row=lambda: client.post(page, line | {"number": f"20131000000{next(numbers)}.1"}),
        act=lambda: client.get(page),
        own=3,
    )


def test_partners(firm: Any, admin_of: Any, browse: Any, official: Any) -> None:
    enterprise = firm()
    client = browse(admin_of(enterprise))
    page = at(enterprise, "partners/")
    line = {"name": "演示大集团", "direction": "downstream", "size": "large", "product": "夹钳", "uscc": ""}
    assert client.post(page, line).status_code == 302
    partner = Partner.objects.get()
    assert client.post(page, line).status_code == 302
    assert Partner.objects.count() == 1
    for wrong in (
        line | {"product": "别的"},
        line | {"name": enterprise.name},
        line | {"name": "乙", "uscc": "91"},
        {},
    ):
        assert client.post(page, wrong).status_code == 400
    own = f"{page}{partner.pk}/"
    assert client.post(own, line | {"product": "轴承", "version": str(partner.version)}).status_code == 302
    partner.refresh_from_db()
    assert partner.product == "轴承"
    assert browse(official("攸县")).post(page, line | {"name": "丙"}).status_code == 403
    assert Partner.objects.count() == 1


# --- names and place ----------------------------------------------------------------------------------------------


def test_renaming_and_moving(firm: Any, admin_of: Any, browse: Any, paper: Any, bureaus: Any, official: Any) -> None:
    enterprise = firm()
    client = browse(admin_of(enterprise))
    old = enterprise.name
    fields = {"name": "演示新名有限公司", "since": "2018-03-01"}
    assert client.post(at(enterprise, "rename/"), fields).status_code == 400
    assert client.post(at(enterprise, "rename/"), fields | {"evidence": paper()}).status_code == 302
    early = client.post(at(enterprise, "rename/"), {"name": "再改", "since": "2018-03-01", "evidence": paper()})
    assert "应晚于" in early.content.decode()
    text = client.get(at(enterprise, "names/")).content.decode()
    assert old in text
    moved = client.post(at(enterprise, "move/"), {"region": "430281", "region_text": "", "evidence": paper()})
    assert moved.status_code == 302
    enterprise.refresh_from_db()
    assert enterprise.bureau == bureaus["醴陵"]
    assert browse(official("醴陵")).get(at(enterprise)).status_code == 200
    assert browse(official("攸县")).get(at(enterprise)).status_code == 403
    assert client.post(at(enterprise, "move/"), {"region": "1", "evidence": paper()}).status_code == 400
    acts = Decision.objects.filter(subject_kind="enterprise").values_list("action", flat=True)
    assert {"enterprise.rename", "enterprise.move"} <= set(acts)


def test_closing(firm: Any, admin_of: Any, browse: Any, official: Any) -> None:
    enterprise = firm()
    actor = admin_of(enterprise)
    handler = browse(official("攸县"))
    assert handler.post(at(enterprise, "close/"), {"reason": " "}).status_code == 403
    assert browse(official("株洲")).post(at(enterprise, "close/"), {"reason": "注销通知书"}).status_code == 403
    assert browse(actor).post(at(enterprise, "close/"), {"reason": "注销通知书"}).status_code == 403
    assert handler.post(at(enterprise, "close/"), {"reason": "注销通知书"}).status_code == 302
    assert handler.post(at(enterprise, "close/"), {"reason": "注销通知书"}).status_code == 403
    assert "已注销" in handler.get(at(enterprise)).content.decode()
    assert not enterprise.memberships.filter(valid_to__isnull=True).exists()
    with pytest.raises(Exception, match="已注销"):
        identity.rename(enterprise_id=enterprise.pk, name="乙", since=dt.date(2018, 3, 1), actor=official("攸县"))


# --- the grid -----------------------------------------------------------------------------------------------------


def test_the_grid_saves_each_cell(firm: Any, admin_of: Any, browse: Any) -> None:
    enterprise = firm()
    client = browse(admin_of(enterprise))
    save = at(enterprise, "figures/save/")
    fields = {"revenue-2017-audited": "12,345.67", "employees-2017-audited": "一百", "source-2017-audited": "审计报告"}
    answer = autosave(client, save, "0", **fields)
    assert answer.json()["version"] == 1
    assert "整数" in answer.json()["errors"]["employees-2017-audited"]
    assert enterprise.year_sources.get().text == "审计报告"
    page = client.get(at(enterprise, "figures/")).content.decode()
    assert 'value="12,345.67"' in page
    assert "审计 12,345.67" in client.get(at(enterprise, "figures/?basis=flash")).content.decode()
    assert autosave(client, save, 0, **{"revenue-2017-audited": "1"}).status_code == 409
    plain = client.post(
        at(enterprise, "figures/"), {"version": "1", "revenue-2016-audited": "x", "revenue-2015-audited": "5"}
    )
    assert plain.status_code == 400
    assert 'value="x"' in plain.content.decode()
    assert AnnualFigure.objects.filter(year=2015).count() == 1
    assert "已替换" not in client.get(at(enterprise, "figures/history/")).content.decode()
