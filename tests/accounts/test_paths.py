"""Responsibility is a path (design idea 2, HN-20, policy.md a)."""

from __future__ import annotations

import datetime as dt

import pytest

from foundation.accounts.actions import bureaus
from foundation.accounts.events import PathsRebuilt, ReportingLineChanged
from foundation.accounts.models import BureauPath, ReportingLine
from foundation.accounts.paths import bureau_path, path_ids, rebuild_paths, subordinates, superior_in
from foundation.accounts.queries import directly_below, superior_of
from foundation.accounts.tasks import new_day
from foundation.core import events
from foundation.core.clock import real_now
from foundation.core.errors import Refused
from foundation.journal.models import Decision
from tests.accounts.world import World

TODAY = real_now().date()
YESTERDAY = TODAY - dt.timedelta(days=1)
TOMORROW = TODAY + dt.timedelta(days=1)


def ids(world: World, *keys: str) -> str:
    return "/" + "/".join(str(world.bureaus[key].pk) for key in keys) + "/"


def move(world: World, key: str, superior: str | None, *, stage="", since=TODAY, who="hn_post_manager"):
    return bureaus.set_line(
        actor=world.actor(who),
        bureau_id=world.bureaus[key].pk,
        superior_id=world.bureaus[superior].pk if superior else None,
        stage=stage,
        valid_from=since,
        source="测试文件",
    )


def test_county_prefecture_province(world: World):
    assert bureau_path(world.bureaus["ty"].pk, "", TODAY) == ids(world, "hn", "zz", "ty")
    assert bureau_path(world.bureaus["ty"].pk, "reserve", TODAY) == ids(world, "hn", "zz", "ty")
    assert bureau_path(world.bureaus["hn"].pk, "", TODAY) == ids(world, "hn")


def test_a_direct_county_reports_reserves_through_its_prefecture_and_the_rest_straight(world: World):
    county = world.bureaus["dc"].pk
    assert bureau_path(county, "reserve", TODAY) == ids(world, "hn", "zz", "dc")
    assert bureau_path(county, "", TODAY) == ids(world, "hn", "dc")
    assert bureau_path(county, "application", TODAY) == ids(world, "hn", "dc")
    assert superior_of(county) == world.bureaus["hn"].pk
    assert superior_of(county, "reserve") == world.bureaus["zz"].pk
    assert county in subordinates(world.bureaus["zz"].pk, "reserve", TODAY)
    assert county not in subordinates(world.bureaus["zz"].pk, "", TODAY)
    assert world.bureaus["dc"] not in directly_below(world.bureaus["zz"].pk)


def test_the_prefecture_of_a_direct_county_answers_for_its_reserves_only(world: World):
    prefecture = world.actor("zz_handler")
    assert prefecture.answers_for(ids(world, "hn", "zz", "dc"))
    assert not prefecture.answers_for(ids(world, "hn", "dc"))
    county = world.actor("dc_handler")
    assert county.answers_for(ids(world, "hn", "dc"))
    assert county.answers_for(ids(world, "hn", "zz", "dc"))


def test_materialised_paths_equal_climbing(world: World):
    for row in BureauPath.objects.filter(current=True):
        assert row.path == bureau_path(row.bureau_id, row.stage, TODAY)
    assert BureauPath.objects.filter(bureau=world.bureaus["ty"]).count() == 1, "no row per stage without a difference"


def test_helpers():
    assert path_ids("/1/5/9/") == [1, 5, 9]
    assert superior_in("/1/5/9/", 9) == 5
    assert superior_in("/1/5/9/", 1) is None
    assert superior_in("/1/5/9/", 7) is None


def test_a_moved_county_keeps_its_old_files_and_so_does_the_old_superior(world: World):
    world.bureau("xt", "湘潭市经信委（测试）", "prefecture", "hn")
    world.post("xt_handler", "xt", "handler")
    rebuild_paths(TODAY)
    old = ids(world, "hn", "zz", "ty")
    move(world, "ty", "xt")
    new = ids(world, "hn", "xt", "ty")
    assert bureau_path(world.bureaus["ty"].pk, "", TODAY) == new
    county = world.actor("ty_handler")
    assert county.answers_for(old)
    assert county.answers_for(new)
    assert world.actor("zz_handler").answers_for(old)
    assert not world.actor("zz_handler").answers_for(new)
    assert world.actor("xt_handler").answers_for(new)
    assert not world.actor("xt_handler").answers_for(old)


def test_history_is_kept_and_answers_for_its_days(world: World):
    world.bureau("xt", "湘潭市经信委（测试）", "prefecture", "hn")
    rebuild_paths(TODAY)
    move(world, "ty", "xt")
    lines = ReportingLine.objects.filter(bureau=world.bureaus["ty"]).order_by("valid_from")
    assert [(line.valid_to, line.source) for line in lines] == [(YESTERDAY, ""), (None, "测试文件")]
    assert bureau_path(world.bureaus["ty"].pk, "", YESTERDAY) == ids(world, "hn", "zz", "ty")


def test_a_change_is_recorded_and_announced(world: World, monkeypatch):
    heard = []
    monkeypatch.setitem(events._handlers, ReportingLineChanged, [heard.append])
    world.bureau("xt", "湘潭市经信委（测试）", "prefecture", "hn")
    rebuild_paths(TODAY)
    move(world, "ty", "xt")
    decision = Decision.objects.get()
    assert decision.action == "bureau.set_line"
    assert decision.data["superior"] == world.bureaus["xt"].pk
    assert [(event.bureau_id, event.effective) for event in heard] == [(world.bureaus["ty"].pk, True)]


def test_a_line_of_tomorrow_takes_effect_tomorrow(world: World, monkeypatch):
    heard = []
    monkeypatch.setitem(events._handlers, PathsRebuilt, [heard.append])
    world.bureau("xt", "湘潭市经信委（测试）", "prefecture", "hn")
    rebuild_paths(TODAY)
    move(world, "ty", "xt", since=TOMORROW)
    assert superior_of(world.bureaus["ty"].pk) == world.bureaus["zz"].pk
    assert new_day(TODAY) == ()
    assert new_day(TOMORROW) == (world.bureaus["ty"].pk,)
    assert superior_of(world.bureaus["ty"].pk) == world.bureaus["xt"].pk
    assert len(heard) == 1


def test_a_ring_is_refused_and_nothing_is_left(world: World):
    world.bureau("xt", "湘潭市经信委（测试）", "prefecture", "zz")
    rebuild_paths(TODAY)
    before = list(ReportingLine.objects.order_by("id").values())
    with pytest.raises(Refused, match="成环"):
        move(world, "zz", "xt")
    assert list(ReportingLine.objects.order_by("id").values()) == before
    assert not Decision.objects.exists()


def test_a_ring_at_one_stage_only_is_found_too(world: World):
    world.bureau("xt", "湘潭市经信委（测试）", "prefecture", "zz")
    rebuild_paths(TODAY)
    with pytest.raises(Refused, match="成环"):
        move(world, "zz", "xt", stage="reserve")


def test_a_ring_that_only_the_future_closes_is_refused_now(world: World):
    world.bureau("xt", "湘潭市经信委（测试）", "prefecture", "zz")
    rebuild_paths(TODAY)
    with pytest.raises(Refused, match="成环"):
        move(world, "zz", "xt", since=TOMORROW)


@pytest.mark.parametrize(
    ("key", "superior", "since", "told"),
    [
        ("ty", "lk", TODAY, "不能作为"),
        ("ty", "ty", TODAY, "不能作为"),
        ("ty", None, TODAY, "请选择上级单位"),
        ("ty", "zz", dt.date(2009, 1, 1), "须在其后"),
    ],
)
def test_what_cannot_be(world: World, key, superior, since, told):
    with pytest.raises(Refused, match=told):
        move(world, key, superior, since=since)


@pytest.mark.parametrize("who", ["zz_post_manager", "ty_post_manager", "sc_post_manager", "hn_handler", "system_admin"])
def test_only_the_province_moves_bureaus(world: World, who):
    with pytest.raises(Refused):
        move(world, "ty", "hn", who=who)


def test_not_under_a_bureau_of_another_province(world: World):
    with pytest.raises(Refused):
        move(world, "ty", "cd")


def test_the_special_line_of_a_stage_can_end(world: World):
    move(world, "dc", None, stage="reserve")
    assert bureau_path(world.bureaus["dc"].pk, "reserve", TODAY) == ids(world, "hn", "dc")
    assert world.actor("dc_handler").answers_for(ids(world, "hn", "zz", "dc")), "files of before stay theirs"


def test_the_page(world: World, sign_in):
    client = sign_in(world.people["hn_post_manager"])
    url = f"/accounts/bureaus/{world.bureaus['dc'].pk}/line/"
    page = client.get(url).content.decode()
    assert "小巨人后备阶段" in page
    assert "锦江区" not in page, "no superiors of another province are offered"
    typed = {"stage": "", "superior": world.bureaus["hn"].pk, "valid_from": "2009-01-01", "source": "某文件"}
    refused = client.post(url, typed)
    assert refused.status_code == 422
    assert "须在其后" in refused.content.decode()
    assert 'value="某文件"' in refused.content.decode(), "typed text stays"
    ends = client.post(url, {"stage": "", "ends": "on", "valid_from": str(TODAY)})
    assert "日常隶属不能取消" in ends.content.decode()
    done = client.post(url, typed | {"superior": world.bureaus["zz"].pk, "valid_from": str(TODAY)})
    assert done.status_code == 302
    assert superior_of(world.bureaus["dc"].pk) == world.bureaus["zz"].pk
