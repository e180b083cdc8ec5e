"""The twelve months after the list: firms report on time, late, zero; one stops and is delisted after a hearing, one's growth
falls and is observed (SC-34, SC-39, SC-41). Days run as in production, acts are those of the pages.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from cultivation.models import RosterEntry
from enterprises.models import AnnualFigure, Membership
from foundation.accounts.actor import Actor, actor_for
from foundation.core.clock import business_today, one_installation_per_unit_of_work
from foundation.core.money import round_cent
from foundation.duties import daily
from foundation.duties.models import DailyRun, Obligation
from monitoring.actions.returns import findings_of, submit_return
from monitoring.actions.signals import raise_proposal
from monitoring.models import MonthlyReturn, Signal
from monitoring.months import MONTHLY
from monitoring.queries import beside
from portal.rehearsal import played
from portal.rehearsal.people import CHENGDU, SICHUAN, Cast
from reviews.actions.hearing import open_hearing, state_case
from reviews.actions.lifecycle import decide_proposal
from reviews.models import Proposal

RUN_DAYS = frozenset({1, *range(4, 21)})
"""Days of a month on which the ladder, an opening or a finding can have something to do."""
STEADY, ZERO, STOPS, FALLS, LATE = "steady", "zero", "stops", "falls", "late"
STAFF = 120
REASON = "停工检修后恢复生产（演示）。"
STOPS_FROM = "2018-08"
ZERO_MONTHS = frozenset({"2018-10", "2018-11"})
GROWTH = {
    STEADY: Decimal("1.12"),
    ZERO: Decimal("1.05"),
    STOPS: Decimal("1.10"),
    FALLS: Decimal("0.88"),
    LATE: Decimal("1.15"),
}


@dataclass(slots=True)
class Course:
    """One listed firm through the year: what it does, its base a month (万元), its clerk."""

    entry: RosterEntry
    manner: str
    base: Decimal
    actor: Actor


def courses() -> list[Course]:
    """Every listed firm with what it will do: Sichuan's first four play the four cases, every seventh firm is late."""
    entries = list(
        RosterEntry.objects.filter(until__isnull=True).select_related("programme").order_by("province", "id")
    )
    cases = iter((STEADY, ZERO, STOPS, FALLS))
    bases = dict(
        AnnualFigure.objects.filter(
            enterprise_id__in=[entry.enterprise_id for entry in entries],
            fact="main_revenue",
            year=2017,
            superseded=False,
        ).values_list("enterprise_id", "value")
    )
    found = []
    for number, entry in enumerate(entries):
        manner = next(cases, STEADY) if entry.province == SICHUAN[:2] else LATE if number % 7 == 6 else STEADY
        base = round_cent((bases.get(entry.enterprise_id) or Decimal(1200)) / 12)
        found.append(Course(entry, manner, base, clerk_of(entry.enterprise_id)))
    return found


def clerk_of(enterprise_id: int) -> Actor:
    """The firm's administrator in the firm's hat."""
    membership = Membership.objects.filter(enterprise_id=enterprise_id).order_by("id").select_related("user").first()
    assert membership is not None, enterprise_id
    actor = actor_for(membership.user)
    hats = (actor.hat, *actor.others)
    key = next(hat.key for hat in hats if hat.kind == "enterprise" and hat.holder_id == enterprise_id)
    return actor_for(membership.user, key)


def play(cast: Cast, to: dt.date) -> None:
    """From the day the rehearsal stands on to ``to``."""
    firms = courses()
    for day in played.days_between(business_today(), to):
        if day.day not in RUN_DAYS:
            continue
        played.begin_day(day)
        with one_installation_per_unit_of_work():
            for row in daily.run_for(day):
                if row.state == DailyRun.State.FAILED:
                    raise RuntimeError(f"{day} {row.name}: {row.summary}")
            _firms_report(firms, day)
            _officials_act(cast, day)
    if business_today() < to:
        played.begin_day(to)


def _firms_report(firms: list[Course], day: dt.date) -> None:
    """On the 7th and 8th the punctual ones, on the 14th the late ones; who has stopped does nothing."""
    if day.day not in {7, 8, 14}:
        return
    for number, course in enumerate(firms):
        own_day = 14 if course.manner == LATE else 7 + number % 2
        if day.day == own_day:
            for duty in _open_months(course):
                if not (course.manner == STOPS and duty.period >= STOPS_FROM):
                    _report(course, duty)


def _open_months(course: Course) -> Iterator[Obligation]:
    rows = Obligation.objects.filter(
        kind=MONTHLY,
        owner_kind=Obligation.Owner.ENTERPRISE,
        owner_id=course.entry.enterprise_id,
        subject_id=course.entry.pk,
        status=Obligation.Status.OPEN,
    )
    yield from rows.order_by("period")


def _report(course: Course, duty: Obligation) -> None:
    if course.manner == ZERO and duty.period in ZERO_MONTHS:
        values: dict[str, object] = {
            "nature": MonthlyReturn.Nature.ZERO,
            "main_revenue_prior": course.base,
            "employees": STAFF,
        }
    else:
        now = round_cent(course.base * GROWTH[course.manner])
        values = {
            "nature": MonthlyReturn.Nature.NORMAL,
            "revenue": now + Decimal(10),
            "main_revenue": now,
            "main_revenue_prior": course.base,
            "profit_and_tax": round_cent(now / 12),
            "rd_expenditure": round_cent(now / 25),
            "employees": STAFF,
            "remark": "订单稳定（演示）。",
        }
    row = MonthlyReturn.objects.get(obligation=duty)
    around = beside([row.pk])[row.pk]
    for name, value in values.items():
        setattr(row, name, value)
    reasons = {finding.key: REASON for finding in findings_of(row, around) if not finding.stops}
    submit_return(obligation_id=duty.pk, actor=course.actor, values=values, explanations=reasons)


def _officials_act(cast: Cast, day: dt.date) -> None:
    """A breach or a fall is proposed the day after it was found; the province hears the firm and decides."""
    if day.weekday() > 4:
        return
    for signal in Signal.objects.filter(
        kind__in=[Signal.Kind.BREACH, Signal.Kind.GROWTH_FALL], proposal_id__isnull=True, dismissed_at__isnull=True
    ).select_related("entry"):
        if signal.entry.province == SICHUAN[:2] and signal.found_at.date() < day and signal.entry.until is None:
            raise_proposal(signal_id=signal.pk, actor=cast.handler(CHENGDU))
    for proposal in Proposal.objects.filter(state__in=["draft", "hearing"]).order_by("id"):
        if proposal.kind == "observe":
            _decide(proposal, cast)
        elif proposal.state == "draft":
            open_hearing(proposal_id=proposal.pk, actor=cast.handler(SICHUAN))
        elif proposal.stated_at is None and proposal.hearing_from is not None and day > proposal.hearing_from:
            state_case(
                proposal_id=proposal.pk,
                actor=clerk_of(proposal.enterprise_id),
                text="因财务人员离职未能按月填报，愿意补报（演示）。",
            )
        elif proposal.hearing_until is not None and day > proposal.hearing_until:
            _decide(proposal, cast)


def _decide(proposal: Proposal, cast: Cast) -> None:
    for actor in (cast.handler(SICHUAN), cast.signer(SICHUAN)):
        proposal.refresh_from_db()
        if proposal.state in {"draft", "hearing"}:
            decide_proposal(proposal_id=proposal.pk, actor=actor, opinion="同意（演示）。")


__all__ = ["Course", "courses", "play"]
