"""Questions about public notices (公示): what may go on a list now, what an open objection holds, the days (P-03)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, QuerySet

from cultivation.models import Round
from cultivation.schema.programme import Step
from foundation.core.clock import business_today
from foundation.reference import queries as reference
from reviews.models import Application, Objection, PublicNotice, PublicNoticeRow
from reviews.states import OBJECTION_OPEN, FileState, NoticeRowState, NoticeState

IN_LIST = (NoticeRowState.STANDING, NoticeRowState.CORRECTED)
LIVE = (NoticeState.DRAFT, NoticeState.RUNNING)
NEXT_DAY = "next_day"


def notice_step(round: Round) -> Step | None:
    """The programme's step of public notice, which names the level that gives it; None where there is none."""
    return next((step for step in round.programme.steps if step.code == "public_notice"), None)


def open_objection() -> Exists:
    """Condition on files: an objection against any of the file's rows is not settled yet."""
    return Exists(Objection.objects.filter(row__application_id=OuterRef("pk"), state__in=OBJECTION_OPEN))


def in_closed_notice() -> Exists:
    """Condition on files: a row that stands, as it was or corrected, in a notice that was closed."""
    return Exists(
        PublicNoticeRow.objects.filter(
            application_id=OuterRef("pk"), state__in=IN_LIST, notice__state=NoticeState.CLOSED
        )
    )


def in_live_notice() -> Exists:
    """Condition on files: in a notice that is being drafted or runs."""
    return Exists(PublicNoticeRow.objects.filter(application_id=OuterRef("pk"), notice__state__in=LIVE))


def _through(round: Round) -> QuerySet[Application]:
    """Approved files of a round whose public notice, where the programme has one, is over."""
    files = Application.objects.filter(round=round, state=FileState.APPROVED)
    return files if notice_step(round) is None else files.filter(in_closed_notice(), ~in_live_notice())


def cleared(round: Round) -> QuerySet[Application]:
    """Files that may go on the list now: approved, through the notice where there is one, no objection open (P-03)."""
    files = _through(round)
    return files if notice_step(round) is None else files.filter(~open_objection())


def held(round: Round) -> QuerySet[Application]:
    """Files that only an open objection keeps from the list; they follow in a supplementary one."""
    files = _through(round)
    return files.none() if notice_step(round) is None else files.filter(open_objection())


def days_of(opened_on: dt.date, working_days: int, first_day: str) -> tuple[dt.date, dt.date]:
    """First and last day of a notice posted on ``opened_on``; both are working days of the calendar (policy g)."""
    first = reference.next_working_day(opened_on + dt.timedelta(days=1) if first_day == NEXT_DAY else opened_on)
    return first, reference.add_working_days(first, working_days, include_start=True)


def is_over(notice: PublicNotice, day: dt.date | None = None) -> bool:
    """Whether the last day has passed; the notice itself ends by a decision."""
    return notice.ends_on is not None and (day or business_today()) > notice.ends_on


def takes_objections(notice: PublicNotice, day: dt.date | None = None) -> bool:
    """Whether the public may object today."""
    if notice.state != NoticeState.RUNNING or notice.starts_on is None or notice.ends_on is None:
        return False
    return notice.starts_on <= (day or business_today()) <= notice.ends_on


def days_left(notice: PublicNotice, day: dt.date | None = None) -> int:
    """Working days left, today included; 0 when over."""
    if notice.ends_on is None or notice.starts_on is None:
        return 0
    today = max(day or business_today(), notice.starts_on)
    return max(0, reference.working_days_between(today, notice.ends_on, include_start=True))
