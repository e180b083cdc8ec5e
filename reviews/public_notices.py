"""Questions about public notices (公示): what may go on a list now, what an open objection holds, the days (P-03)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from cultivation.models import Round
from cultivation.schema.programme import Step
from foundation.accounts.models import Bureau
from foundation.accounts.paths import bureau_path
from foundation.core.clock import business_today
from foundation.core.verdict import Verdict, no
from foundation.reference import queries as reference
from reviews.models import Application, Dispatch, Objection, PublicNotice, PublicNoticeRow
from reviews.notice_files import without_notice
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


def hold_still(round: Round) -> None:
    """Lock the round's notices: until the transaction ends no objection is lodged and no row struck beside a list that is
    being published. Whoever lodges or strikes takes the same lock first.
    """
    if notice_step(round) is not None:
        list(PublicNotice.objects.select_for_update(of=("self",)).filter(round=round).order_by("pk").values_list("pk"))


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


def posted() -> QuerySet[PublicNotice]:
    """Notices anyone may read, newest first; ``firms`` counts those still on them."""
    return (
        PublicNotice.objects.filter(opened_at__isnull=False)
        .select_related("bureau", "round")
        .annotate(firms=Count("rows", filter=Q(rows__state__in=IN_LIST)))
        .order_by("-opened_at", "-id")
    )


def public_panel(actor: Any, obj: Any) -> dict[str, Any] | None:
    """Notices that run today, for the portal's public home; None when there are none."""
    today = business_today()
    rows = list(posted().filter(state=NoticeState.RUNNING, ends_on__gte=today)[:10])
    return {"notices": [{"row": row, "left": days_left(row, today)} for row in rows]} if rows else None


def dispatch_panel(actor: Any, round: Round) -> dict[str, Any] | None:
    """Beside the bureau's own list: where its public notice stands, when this level gives one before reporting upward."""
    step = notice_step(round)
    if step is None or step.level != actor.level:
        return None
    notice = PublicNotice.objects.filter(round=round, bureau_id=actor.bureau_id, state__in=LIVE).first()
    bureau = Bureau.objects.get(pk=actor.bureau_id)
    waiting = without_notice(round, bureau, bureau_path(bureau.pk, round.stage, business_today())).count()
    return {"round": round, "notice": notice, "waiting": waiting}


def notice_blocks(dispatch: Dispatch) -> list[Verdict]:
    """What keeps a bureau whose level gives the notice from reporting upward: a firm not through it, or held (P-03)."""
    step = notice_step(dispatch.round)
    if step is None or step.level != dispatch.from_bureau.level:
        return []
    on_list = Application.objects.filter(dispatch_items__dispatch=dispatch, dispatch_items__held=False)
    through = Exists(
        PublicNoticeRow.objects.filter(
            application_id=OuterRef("pk"),
            notice__bureau_id=dispatch.from_bureau_id,
            notice__state=NoticeState.CLOSED,
            state__in=IN_LIST,
        )
    )
    files = on_list.annotate(through=through, live=in_live_notice(), objected=open_objection())
    missing, objected = [], []
    for file in files.order_by("dispatch_items__rank"):
        if not file.through or file.live:
            missing.append(file.enterprise_name)
        elif file.objected:
            objected.append(file.enterprise_name)
    blocks = []
    if missing:
        blocks.append(no(f"{len(missing)} 户未经公示期满：{_some(missing)}", "请先办理公示，或移到“暂不报送”。"))
    if objected:
        blocks.append(
            no(f"{len(objected)} 户有未办结的公示异议：{_some(objected)}", "请移到“暂不报送”，办结后随下一批报送。")
        )
    return blocks


def _some(names: list[str]) -> str:
    return "、".join(names[:3]) + ("等" if len(names) > 3 else "")
