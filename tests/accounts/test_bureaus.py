"""Bureaus: kept by those above, contact and hands by themselves, seeded from the region table."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from foundation.accounts.actions import bureaus
from foundation.accounts.actions.seeding import DEMO_NAME, seed_bureaus
from foundation.accounts.models import Bureau, BureauHands, BureauPath, Post, ReportingLine
from foundation.accounts.paths import bureau_path
from foundation.accounts.queries import bureau_for_region, hands_for, superior_of
from foundation.accounts.roles import Act
from foundation.core.errors import Refused
from foundation.journal import chain
from foundation.journal.models import Decision
from foundation.reference import regions
from tests.accounts.world import World
from tests.reference.conftest import reference_data as reference_data

MARCH = dt.date(2018, 3, 12)


# ---- contact and hands -------------------------------------------------------------------------------------
def test_contact_is_the_bureaus_own(world: World, sign_in):
    client = sign_in(world.people["ty_handler"])
    url = f"/accounts/bureaus/{world.bureaus['ty'].pk}/contact/"
    typed = {"section": "企业科", "contact_name": "演示联系人", "contact_phone": "0731-00000000", "contact_email": "x"}
    assert 'value="企业科"' in client.post(url, typed).content.decode()
    assert client.post(url, typed | {"contact_email": "x@example.com"}).status_code == 302
    bureau = Bureau.objects.get(pk=world.bureaus["ty"].pk)
    assert (bureau.section, bureau.contact_phone) == ("企业科", "0731-00000000")
    decision = Decision.objects.get()
    assert decision.action == "bureau.edit_contact"
    assert "0731" not in decision.entry.body
    client.post(url, typed | {"contact_email": "x@example.com"})
    assert Decision.objects.count() == 1, "nothing changed, nothing recorded"


@pytest.mark.parametrize("who", ["lk_handler", "zz_post_manager", "ty_signer", "jj_handler", "system_admin"])
def test_others_do_not_touch_it(world: World, who):
    with pytest.raises(Refused):
        bureaus.edit_contact(actor=world.actor(who), bureau_id=world.bureaus["ty"].pk, section="x")


def test_hands_by_act(world: World):
    actor, pk = world.actor("ty_post_manager"), world.bureaus["ty"].pk
    assert hands_for(pk, Act.RECOMMEND).hands == 1
    bureaus.set_hands(actor=actor, bureau_id=pk, act=Act.RECOMMEND, hands=2)
    row = hands_for(pk, Act.RECOMMEND)
    assert (row.hands, row.distinct) == (2, True)
    assert hands_for(pk, Act.DISPATCH).hands == 1
    bureaus.set_hands(actor=actor, bureau_id=pk, act=Act.RECOMMEND, hands=2)
    assert Decision.objects.count() == 1
    assert Decision.objects.get().data == {"act": "recommend", "before": 0, "hands": 2, "distinct": True}


@pytest.mark.parametrize("hands", [0, 4])
def test_one_to_three_hands(world: World, hands):
    with pytest.raises(ValidationError, match="一至三道"):
        bureaus.set_hands(
            actor=world.actor("ty_post_manager"), bureau_id=world.bureaus["ty"].pk, act=Act.NOTICE, hands=hands
        )


@pytest.mark.parametrize("who", ["ty_handler", "ty_signer", "zz_post_manager", "system_admin"])
def test_only_the_own_manager_sets_hands(world: World, who):
    with pytest.raises(Refused):
        bureaus.set_hands(actor=world.actor(who), bureau_id=world.bureaus["ty"].pk, act=Act.NOTICE, hands=2)


def test_hands_page_sets_all_acts_and_tells_who_is_there(world: World, sign_in):
    client = sign_in(world.people["ty_post_manager"])
    url = f"/accounts/bureaus/{world.bureaus['ty'].pk}/hands/"
    page = client.get(url).content.decode()
    assert "经办 1 人、审核 1 人、签发 1 人" in " ".join(page.split())
    typed = {f"{act.value}_hands": "3" for act in Act} | {"recommend_distinct": "on"}
    assert client.post(url, typed).status_code == 302
    rows = {row.act: (row.hands, row.distinct) for row in BureauHands.objects.all()}
    assert rows == {act.value: (3, act == Act.RECOMMEND) for act in Act}
    Post.objects.get(user=world.people["ty_signer"]).delete()
    assert "还没有人担任：签发" in client.get("/accounts/posts/").content.decode()


# ---- made and corrected ------------------------------------------------------------------------------------
def make(world: World, who: str, superior: str, **extra):
    return bureaus.create_bureau(
        actor=world.actor(who),
        superior=world.bureaus[superior],
        name="株洲高新区管委会（测试）",
        short_name="高新区管委会",
        level="county",
        **extra,
    )


@pytest.mark.parametrize(
    ("who", "superior"), [("zz_post_manager", "zz"), ("hn_post_manager", "zz"), ("hn_post_manager", "hn")]
)
def test_province_and_prefecture_add_bureaus(world: World, who, superior):
    made = make(world, who, superior)
    assert superior_of(made.pk) == world.bureaus[superior].pk
    assert BureauPath.objects.filter(bureau=made, current=True).exists()
    assert Decision.objects.get().action == "bureau.create"


@pytest.mark.parametrize(
    ("who", "superior"),
    [("ty_post_manager", "ty"), ("zz_post_manager", "hn"), ("cd_post_manager", "zz"), ("zz_handler", "zz")],
)
def test_others_do_not(world: World, who, superior):
    with pytest.raises(Refused):
        make(world, who, superior)


def test_the_page_adds_a_recommender_that_is_no_place(world: World, sign_in):
    client = sign_in(world.people["zz_post_manager"])
    url = f"/accounts/bureaus/{world.bureaus['zz'].pk}/new/"
    typed = {
        "name": "株洲中小企业协会（测试）",
        "short_name": "市中小企业协会",
        "level": "county",
        "valid_from": "2018-03-01",
    }
    twice = client.post(url, typed | {"name": "天元区经科局（测试）"})
    assert "已有同名的单位" in twice.content.decode()
    response = client.post(url, typed)
    made = Bureau.objects.get(name="株洲中小企业协会（测试）")
    assert response.url == f"/accounts/bureaus/{made.pk}/"
    assert "下一步：任命它的岗位管理人员" in client.get(response.url).content.decode()


def test_a_corrected_name_is_no_longer_inferred(world: World):
    Bureau.objects.update(generated=True)
    bureau = bureaus.update_bureau(
        actor=world.actor("zz_post_manager"), bureau_id=world.bureaus["ty"].pk, name="天元区科技和工信局（测试）"
    )
    assert not bureau.generated
    with pytest.raises(Refused):
        bureaus.update_bureau(actor=world.actor("ty_post_manager"), bureau_id=bureau.pk, name="x")


# ---- seeding -----------------------------------------------------------------------------------------------
def test_both_provinces_as_of_the_notice(reference_data):
    done = seed_bureaus(MARCH)
    assert done.created == Bureau.objects.count() > 340
    zhuzhou = Bureau.objects.get(name="株洲市经济和信息化委员会")
    assert not zhuzhou.generated, "named in the notice"
    assert zhuzhou.section == "中小企业发展促进科"
    assert (zhuzhou.contact_name, zhuzhou.contact_phone) == ("", "")
    county = bureau_for_region(regions.find("430211", MARCH).id)
    assert (county.name, county.short_name, county.generated) == ("株洲市天元区经科局", "天元区经科局", True)
    assert superior_of(county.pk) == zhuzhou.pk
    province = Bureau.objects.get(name="湖南省经济和信息化委员会")
    assert superior_of(zhuzhou.pk) == province.pk
    assert Bureau.objects.get(name="湘西土家族苗族自治州经济和信息化委员会").short_name == "湘西州经信委"
    assert Bureau.objects.get(name="四川省经济和信息化委员会").generated is False
    assert Bureau.objects.filter(name__contains="屈原管理区", level="county").exists(), "zones report too"
    assert not Bureau.objects.filter(invented=True).exists()


def test_names_follow_the_day_until_somebody_corrects_them(reference_data):
    seed_bureaus(MARCH)
    county = bureau_for_region(regions.find("430221", MARCH).id)
    assert county.name == "株洲市株洲县经科局"
    Bureau.objects.filter(name="株洲市天元区经科局").update(name="天元区挂牌名称", generated=False)
    done = seed_bureaus(dt.date(2019, 1, 1))
    county.refresh_from_db()
    assert county.name == "株洲市渌口区经科局"
    assert done.created == 0
    assert done.renamed == Decision.objects.filter(action="bureau.update").count() > 0
    assert Bureau.objects.filter(name="天元区挂牌名称").exists()


def test_loading_twice_changes_nothing_and_is_quick(reference_data, queries):
    seed_bureaus(MARCH, demo=True)
    before = (
        Bureau.objects.count(),
        ReportingLine.objects.count(),
        BureauPath.objects.count(),
        Decision.objects.count(),
    )
    began = time.perf_counter()
    with queries.record() as seen:
        seed_bureaus(MARCH, demo=True)
    assert (
        Bureau.objects.count(),
        ReportingLine.objects.count(),
        BureauPath.objects.count(),
        Decision.objects.count(),
    ) == before
    assert time.perf_counter() - began < 3
    assert len(seen) < 12, "by sets, not by bureaus"


def test_every_hunan_county_reports_reserves_through_its_prefecture(reference_data):
    seed_bureaus(MARCH, demo=True)
    counties = Bureau.objects.filter(level="county", region__code__startswith="43")
    with_line = ReportingLine.objects.filter(stage="reserve", bureau__in=counties)
    assert with_line.count() == counties.count()
    assert not with_line.exclude(superior__level="prefecture").exists()
    assert not ReportingLine.objects.filter(stage="reserve", bureau__region__code__startswith="51").exists()


def test_the_invented_direct_county(reference_data):
    seed_bureaus(MARCH, demo=True)
    county = Bureau.objects.get(invented=True)
    assert county.name == DEMO_NAME
    province, zhuzhou = (Bureau.objects.get(name=f"{name}经济和信息化委员会") for name in ("湖南省", "株洲市"))
    assert bureau_path(county.pk, "", MARCH) == f"/{province.pk}/{county.pk}/"
    assert bureau_path(county.pk, "reserve", MARCH) == f"/{province.pk}/{zhuzhou.pk}/{county.pk}/"


def test_what_is_seeded_is_journalled_and_whole(reference_data):
    seed_bureaus(MARCH)
    assert Decision.objects.filter(action="bureau.create").count() == Bureau.objects.count()
    assert list(chain.check()) == []


def test_the_command(reference_data, capsys):
    call_command("load_bureaus", "--on", "2018-03-12")
    assert "新建" in capsys.readouterr().out
    call_command("load_bureaus", "--on", "2018-03-12")
    assert "新建 0 个，更名 0 个，隶属关系新增 0 条" in capsys.readouterr().out


def test_the_command_without_regions_says_what_to_do(db):
    from django.core.management.base import CommandError

    regions.forget()
    with pytest.raises(CommandError, match="load_reference"):
        call_command("load_bureaus")
