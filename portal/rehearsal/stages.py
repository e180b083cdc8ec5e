"""The stages of the rehearsal, each built on the one before: notice (officials and rounds, no firm), filing, county, dispatch (A.3).

Everything goes through the functions a user's page calls, so that building it is itself a test of the way. The same seed builds the same
firms, codes, figures and decisions.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from cultivation.models import Round
from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.core.clock import one_installation_per_unit_of_work
from foundation.core.models import Installation
from portal.rehearsal import calendar, county, filing, notices, people, province, year
from portal.rehearsal.firms import FirmPlan, Maker
from portal.rehearsal.people import (
    HETANG,
    HUNAN,
    JINJIANG,
    LILING,
    LUSONG,
    SHIFENG,
    TIANYUAN,
    WUHOU,
    ZHUZHOU_COUNTY,
    Cast,
)
from reviews.actions.county import assign, refuse, return_for_correction
from reviews.actions.filing import withdraw
from reviews.models import Application, Dispatch

STAGES = ("notice", "filing", "county", "dispatch", "listed", "year")
HUNAN_TIER, SICHUAN_TIER = "reserve", "high_growth"

#: What happens to the files of Tianyuan's queue: condition of the firm, what the bureau has done, how many.
QUEUE: tuple[tuple[str, str, int], ...] = (
    ("met", "fresh", 8),
    ("met", "checked", 7),
    ("met", "check_stale", 4),
    ("met", "check_found", 2),
    ("met", "judged", 5),
    ("met", "prepared", 5),
    ("met", "recommended", 6),
    ("met", "returned", 2),
    ("no_staff", "fresh", 4),
    ("no_staff", "checked", 2),
    ("no_chain", "fresh", 3),
    ("large", "fresh", 2),
    ("large", "refused", 1),
    ("met", "withdrawn", 1),
)

#: Files of the other counties at the stages county and dispatch.
NEIGHBOURS = ((HETANG, 5), (LUSONG, 4), (SHIFENG, 4), (LILING, 3), (ZHUZHOU_COUNTY, 2))
SICHUAN_FILES = ((JINJIANG, "met", 3), (JINJIANG, "short", 1), (WUHOU, "met", 2))
SICHUAN_LATER = 5
"""Firms of Jinjiang that file in April, so that the province has a list to decide on."""


@dataclass(slots=True)
class Firm:
    """A firm that has been entered, with the hat of its clerk."""

    plan: FirmPlan
    enterprise: Enterprise
    actor: Actor


@dataclass(slots=True)
class Built:
    """What a run made, for the command's last lines and the tests."""

    cast: Cast
    maker: Maker
    dice: random.Random
    hunan: Round
    sichuan: Round
    firms: list[Firm] = field(default_factory=list)
    queue: list[tuple[Application, str]] = field(default_factory=list)
    neighbours: dict[str, list[Application]] = field(default_factory=dict)

    def firm(self, place: str, condition: str, username: str = "") -> Firm:
        """Enter the next invented firm."""
        plan = self.maker.firm(place, condition, username=username)
        enterprise, actor = filing.enter(plan)
        firm = Firm(plan, enterprise, actor)
        self.firms.append(firm)
        return firm

    def filed(self, place: str, condition: str) -> Application:
        """Enter a firm and submit its file."""
        firm = self.firm(place, condition)
        round_, tier = (self.hunan, HUNAN_TIER) if place.startswith("43") else (self.sichuan, SICHUAN_TIER)
        file = filing.draft(firm.enterprise, round_, firm.actor, tier)
        return filing.complete_and_submit(file, firm.actor)


def build(stage: str, seed: int, tell: Callable[[str], None] = lambda line: None) -> Built:
    """Build a stage in a database that holds reference data, bureaus and programmes; leaves the clock on the rehearsal's Monday."""
    if stage not in STAGES:
        raise ValueError(f"stage is one of {', '.join(STAGES)}")
    Installation.start_rehearsal(calendar.ISSUED)
    with one_installation_per_unit_of_work(), people.hashed_once():
        tell("主管部门与岗位")
        cast = people.appoint_everybody(calendar.ISSUED)
        tell("通知与轮次")
        hunan, sichuan = notices.hunan(cast), notices.sichuan(cast)
        built = Built(cast, Maker(seed), random.Random(seed), hunan, sichuan)  # noqa: S311
        if stage != "notice":
            tell("企业与申报")
            _filing(built)
        if stage not in {"notice", "filing"}:
            tell("县级审核")
            _county(built)
        if stage in {"dispatch", "listed", "year"}:
            tell("报送市州")
            _dispatch(built)
        Installation.start_rehearsal(calendar.TODAY)
        if stage in {"listed", "year"}:
            tell("省级接收、审定、公示与名单")
            _listed(built)
        if stage == "year":
            tell("运行监测十二个月")
            year.play(cast, calendar.YEAR_ENDS)
    return built


def _on(day: dt.date) -> None:
    Installation.start_rehearsal(day)


def _filing(built: Built) -> None:
    """Drafts and a few submitted files; the two firms a visitor signs in as have something to do."""
    _on(calendar.FILING)
    featured = built.firm(TIANYUAN, "met", username="demo-firm-hn")
    filing.draft(featured.enterprise, built.hunan, featured.actor, HUNAN_TIER, answers=False)
    featured = built.firm(JINJIANG, "met", username="demo-firm-sc")
    filing.draft(featured.enterprise, built.sichuan, featured.actor, SICHUAN_TIER)
    for place, condition in ((TIANYUAN, "met"), (TIANYUAN, "no_staff"), (TIANYUAN, "no_chain"), (HETANG, "met")):
        firm = built.firm(place, condition)
        filing.draft(firm.enterprise, built.hunan, firm.actor, HUNAN_TIER, answers=condition == "met")
    for place, condition in ((TIANYUAN, "met"), (TIANYUAN, "met"), (HETANG, "met"), (JINJIANG, "met")):
        file = built.filed(place, condition)
        if place == TIANYUAN:
            built.queue.append((file, "fresh"))
    built.firm(TIANYUAN, "met", username="demo-firm-new")


def _county(built: Built) -> None:
    """Tianyuan's queue in all conditions, its neighbours with files ready to go."""
    _on(calendar.FILING)
    for condition, fate, count in QUEUE:
        built.queue += [(built.filed(TIANYUAN, condition), fate) for _ in range(count)]
    for place, count in NEIGHBOURS:
        built.neighbours[place] = [built.filed(place, "met") for _ in range(count)]
    for place, condition, count in SICHUAN_FILES:
        built.neighbours.setdefault(place, []).extend(built.filed(place, condition) for _ in range(count))
    _on(calendar.REVIEW)
    _tianyuan(built)
    for place in built.neighbours:
        actor = built.cast.handler(place)
        proof = county.proof_for(actor)
        for file in built.neighbours[place]:
            county.check(file, actor, proof, calendar.REVIEW)


def _tianyuan(built: Built) -> None:
    handlers = [built.cast.actor("demo-ty"), built.cast.actor("demo-ty-2")]
    signer = built.cast.signer(TIANYUAN)
    proofs = {actor: county.proof_for(actor) for actor in handlers}
    clerks = {firm.enterprise.pk: firm.actor for firm in built.firms}
    prepared: dict[Actor, list[Application]] = {actor: [] for actor in handlers}
    signed: list[Application] = []
    for number, (file, fate) in enumerate(built.queue):
        actor = handlers[number % 2]
        if fate != "fresh":
            assign(application_id=file.pk, actor=actor, user_id=actor.user_id or 0)
        if fate in {"checked", "judged", "prepared", "recommended"}:
            county.check(file, actor, proofs[actor], calendar.REVIEW)
        elif fate == "check_stale":
            county.check(file, actor, proofs[actor], calendar.STALE_CHECK)
        elif fate == "check_found":
            county.check(file, actor, proofs[actor], calendar.REVIEW, found=True)
        if fate in {"judged", "prepared", "recommended"}:
            county.judge(file, actor)
        if fate in {"prepared", "recommended"}:
            prepared[actor].append(file)
        if fate == "recommended":
            signed.append(file)
        if fate == "returned":
            return_for_correction(
                application_id=file.pk,
                actor=actor,
                reason="2017年研发投入与审计报告附注不一致，请核对后修改（演示）。",
                items=[
                    {"anchor": "rd_expenditure-2017", "label": "2017年研发投入", "remark": "请与审计报告一致（演示）。"}
                ],
                due_on=calendar.DISPATCHED,
            )
        elif fate == "refused":
            refuse(application_id=file.pk, actor=signer, reason="企业规模已超出中小微企业范围（演示）。")
        elif fate == "withdrawn":
            withdraw(application_id=file.pk, actor=clerks[file.enterprise_id], reason="材料需要重新准备（演示）。")
    for actor, files in prepared.items():
        county.endorse(files, actor)
    county.endorse(signed, signer)


def _dispatch(built: Built) -> None:
    """The neighbours' lists go up sealed; one county is still collecting, Tianyuan has just begun."""
    _on(calendar.DISPATCHED)
    for place in (HETANG, LUSONG, SHIFENG, LILING, WUHOU):
        round_ = built.hunan if place.startswith("43") else built.sichuan
        actor = built.cast.handler(place)
        for file in built.neighbours[place]:
            county.judge(file, actor)
        county.recommend(built.neighbours[place], built.cast, place)
        county.seal_and_send(county.start_list(round_, built.cast, place), built.cast, place)
    county.start_list(built.hunan, built.cast, TIANYUAN)


def _listed(built: Built) -> None:
    """The rest of both ways up to the rosters: Hunan by the prefecture's plan, Sichuan by approval, 公示 and list.

    From Hunan's listing on the days are played, so that its firms report while Sichuan is still deciding.
    """
    cast = built.cast
    _on(calendar.TIANYUAN_ASKS)
    draft = Dispatch.objects.get(round=built.hunan, from_bureau=cast.bureaus[TIANYUAN])
    county.seal_and_send(draft, cast, TIANYUAN)
    province.hunan(built.hunan, cast, HUNAN, _on)

    def move(day: dt.date) -> None:
        year.play(cast, day)

    move(calendar.SICHUAN_FILED)
    later = [built.filed(JINJIANG, "met") for _ in range(SICHUAN_LATER)]
    actor = cast.handler(JINJIANG)
    proof = county.proof_for(actor)
    move(calendar.SICHUAN_SENT)
    ready = [file for file in built.neighbours[JINJIANG] if file.listing.get("outcome") != "not_met"] + later
    for file in ready:
        county.check(file, actor, proof, calendar.SICHUAN_SENT)
        county.judge(file, actor)
    county.recommend(ready, cast, JINJIANG)
    county.seal_and_send(county.start_list(built.sichuan, cast, JINJIANG), cast, JINJIANG)
    province.sichuan(built.sichuan, cast, move)
    move(calendar.LISTED_TODAY)
