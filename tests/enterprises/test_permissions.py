"""Which enterprises and requests exist for whom: list filter and page permission give the same answer; paths
follow the lines.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from enterprises import evidence
from enterprises.actions import identity, requests
from enterprises.actions.register import register_enterprise
from enterprises.events import EnterpriseMoved
from enterprises.models import Claim, Enterprise
from enterprises.places import path_for
from foundation.accounts.actions.people import own_actor
from foundation.accounts.actor import SYSTEM, VISITOR
from foundation.accounts.events import PathsRebuilt
from foundation.accounts.may import may, sees
from foundation.accounts.models import ReportingLine
from foundation.accounts.paths import rebuild_paths
from foundation.accounts.roles import BUREAU_ROLES, Role
from foundation.core.events import _handlers, announce, on
from foundation.journal.models import Decision
from tests.enterprises.conftest import JINJIANG, LILING, TODAY, answers, code

pytestmark = pytest.mark.django_db


@pytest.fixture
def country(firm: Any, person: Any, stored: Any) -> list[Enterprise]:
    """A firm in each of three counties, each with a claim."""
    firms = [firm(1), firm(2, region_id=LILING), firm(3, region_id=JINJIANG, uscc=code("510104", 3))]
    for row in firms:
        user = person("claimant")
        file = stored(row, own_actor(user), evidence.REQUEST)
        requests.open_claim(enterprise=row, user=user, evidence=file, actor=own_actor(user))
    return firms


def test_list_filter_and_page_permission_agree(
    country: list[Enterprise], official: Any, admin_of: Any, member: Any, person: Any
) -> None:
    actors = [
        official(place, role)
        for place in ("湖南", "株洲", "攸县", "醴陵", "四川", "锦江")
        for role in sorted(BUREAU_ROLES)
    ]
    actors += [admin_of(row) for row in country]
    actors += [member(country[0], "plain"), own_actor(person("claimant")), own_actor(person("nobody")), VISITOR, SYSTEM]
    seen_by = {}
    for actor in actors:
        for model in (Enterprise, Claim):
            visible = set(model.objects.visible_to(actor).values_list("pk", flat=True))
            assert visible == {row.pk for row in model.objects.all() if sees(actor, row)}, (actor.hat.label, model)
            seen_by[(actor.hat.label, actor.name, model)] = len(visible)
    assert seen_by[("湖南 · 经办", "演示湖南", Enterprise)] == 2
    assert seen_by[("攸县 · 经办", "演示攸县", Claim)] == 1
    assert seen_by[("攸县 · 岗位管理", "演示攸县", Enterprise)] == 0
    assert seen_by[("访客", "访客", Claim)] == 0


def test_every_refusal_has_a_reason(country: list[Enterprise], official: Any, admin_of: Any) -> None:
    firm, claim = country[0], Claim.objects.get(enterprise=country[0])
    actors = [official("攸县", role) for role in sorted(BUREAU_ROLES)]
    actors += [official("株洲"), official("锦江"), admin_of(firm), admin_of(country[1]), VISITOR, SYSTEM]
    objects = {
        "enterprise.register": None,
        "enterprise.register_on_behalf": None,
        "enterprise.list": None,
        "enterprise.claim": None,
        "enterprise.hand_over": None,
        "enterprise.decide_claim": claim,
        "enterprise.withdraw_claim": claim,
    }
    for action in ["view", "edit_facts", "rename", "move", "close", "manage_members", "leave", "reveal_contact"] + [
        "register",
        "register_on_behalf",
        "list",
        "claim",
        "hand_over",
        "decide_claim",
        "withdraw_claim",
    ]:
        name = f"enterprise.{action}"
        for actor in actors:
            verdict = may(actor, name, objects.get(name, firm))
            assert verdict or verdict.reason.endswith(("。", "，")), (name, actor.hat.label)


def test_a_bureau_enters_facts_only_for_its_paper_firms(official: Any, person: Any, bureaus: Any) -> None:
    handler = official("攸县")
    paper_firm = register_enterprise(data=answers(), actor=handler, on_behalf=True)
    assert may(handler, "enterprise.edit_facts", paper_firm)
    assert not may(official("攸县", Role.SIGNER), "enterprise.edit_facts", paper_firm)
    assert "另一主管部门" in may(official("株洲"), "enterprise.edit_facts", paper_firm).reason
    from enterprises.actions.members import grant_membership

    grant_membership(enterprise=paper_firm, user=person("owner"), role=Role.ENTERPRISE_ADMIN)
    assert "由企业自己填写" in may(handler, "enterprise.edit_facts", paper_firm).reason


def test_moving_is_announced_and_another_bureau_handles(firm: Any, admin_of: Any, stored: Any, bureaus: Any) -> None:
    enterprise = firm()
    heard: list[EnterpriseMoved] = []
    on(EnterpriseMoved)(heard.append)
    try:
        actor = admin_of(enterprise)
        file = stored(enterprise, actor)
        identity.move(enterprise_id=enterprise.pk, region_id=LILING, actor=actor, evidence=file)
        identity.move(enterprise_id=enterprise.pk, region_id=LILING, actor=actor, evidence=file)
    finally:
        _handlers[EnterpriseMoved].remove(heard.append)
    assert [(one.from_bureau_id, one.to_bureau_id) for one in heard] == [(bureaus["攸县"].pk, bureaus["醴陵"].pk)]


def test_paths_follow_the_lines_by_a_recorded_act(firm: Any, bureaus: Any) -> None:
    enterprise, other = firm(1), firm(2, region_id=LILING)
    assert path_for(enterprise, "reserve") == path_for(enterprise, "")
    line = ReportingLine.objects.get(bureau=bureaus["攸县"])
    line.superior = bureaus["湖南"]
    line.save()
    ReportingLine.objects.create(
        bureau=bureaus["攸县"], superior=bureaus["株洲"], stage="reserve", valid_from=dt.date(2010, 1, 1)
    )
    rebuild_paths(TODAY)
    announce(PathsRebuilt(on=TODAY, changed_bureau_ids=(bureaus["攸县"].pk,)))
    enterprise = Enterprise.objects.get(pk=enterprise.pk)
    ids = [bureaus[name].pk for name in ("湖南", "株洲", "攸县")]
    assert path_for(enterprise, "") == f"/{ids[0]}/{ids[2]}/"
    assert path_for(enterprise, "reserve") == "/{}/{}/{}/".format(*ids)
    recorded = Decision.objects.get(action="enterprise.paths_rewritten")
    assert (recorded.subject_id, recorded.data["enterprises"]) == (bureaus["攸县"].pk, 1)
    assert identity.refresh_paths(actor=SYSTEM) == 0
    assert other.paths.count() == 1
