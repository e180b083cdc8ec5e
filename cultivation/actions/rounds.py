"""Opening and changing rounds; every change is a recorded act (HN-01, HN-28, ZZ-05, ZZ-06)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from cultivation.deadlines import deadline_warning
from cultivation.events import RoundOpened, WindowChanged
from cultivation.models import Notice, ProgrammeVersion, Round, RoundWindow
from cultivation.schema import Programme
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import bureau_path, subordinates
from foundation.accounts.roles import Level
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_today
from foundation.core.errors import Refused, StaleState
from foundation.core.events import announce
from foundation.core.verdict import no
from foundation.journal.record import Message
from foundation.reference import regions

PERSONAL = frozenset({"contact_name", "contact_phone", "contact_email"})
CHANGEABLE = ("title", "section", *sorted(PERSONAL), "help_text", "help_groups", "reference_date")
#: Order of the levels, lowest first.
LEVELS = ("enterprise", "county", "prefecture", "province")


@dataclass(frozen=True, kw_only=True)
class WindowSpec:
    """A window to be opened with a round; without a bureau it holds for everybody."""

    level: str
    closes_on: dt.date | None
    opens_on: dt.date | None = None
    grace_days: int | None = None
    bureau_id: int | None = None
    source: str = ""


def founding_windows(programme: Programme) -> list[WindowSpec]:
    """Windows of the round the notice itself opens; dates set by forwarding bureaus are left to them."""
    founding = programme.founding_round
    return [
        WindowSpec(level=w.level.value, opens_on=founding.opens_on, closes_on=w.closes_on, source=w.clause)
        for w in founding.windows
        if w.set_by == "round"
    ]


@transaction.atomic
def open_round(
    *,
    version: ProgrammeVersion,
    year: int,
    actor: Actor,
    batch: int = 1,
    notice: Notice | None = None,
    windows: Sequence[WindowSpec] = (),
    opens_on: dt.date | None = None,
    title: str = "",
    **values: Any,
) -> Round:
    """Open a year's and batch's call under a version. Contacts are those of the notice, else of the bureau.

    Windows without ``grace_days`` take the programme's. Forwards of the notice that are out already set their windows.
    """
    require(actor, "round.open", version)
    programme = version.programme_document
    bureau = Bureau.objects.select_related("region").get(pk=actor.bureau_id)
    place = regions.as_of(bureau.region, business_today()) if bureau.region else None
    if place is None or place.code[:2] != programme.province:
        raise Refused(no(f"{programme.short_title}是{programme.province_name}的项目，只能由该省主管部门开启轮次。"))
    if notice is not None and (notice.state != Notice.State.PUBLISHED or notice.is_forward):
        raise Refused(no("轮次的依据应是本单位已发布的源通知。", "请先发布通知。"))
    unknown = set(values) - set(CHANGEABLE) - {"own_making"}
    if unknown:
        raise TypeError(f"unknown fields of a round: {sorted(unknown)}")
    shown: Notice | Bureau = notice or bureau
    contact = {name: getattr(shown, name) for name in ("section", *PERSONAL)}
    round = Round(
        version=version,
        family_id=version.programme_id,
        notice=notice,
        bureau=bureau,
        path=bureau_path(bureau.pk, programme.stage, business_today()),
        year=year,
        batch=batch,
        stage=programme.stage,
        title=title or f"{year}年{programme.short_title}申报" + (f"（第{batch}批）" if batch > 1 else ""),
        opens_on=opens_on or business_today(),
        **{**contact, **values},
    )
    round.full_clean()
    round.save()
    for spec in windows:
        set_window(
            round=round,
            level=spec.level,
            bureau_id=spec.bureau_id,
            opens_on=spec.opens_on or round.opens_on,
            closes_on=spec.closes_on,
            grace_days=spec.grace_days,
            source=spec.source,
        )
    if notice is not None:
        speaks_to = {Level.PREFECTURE: "county", Level.COUNTY: "enterprise"}
        forwards = Notice.objects.filter(root=notice, state=Notice.State.PUBLISHED, deadline__isnull=False)
        for forward in forwards.select_related("bureau").order_by("id"):
            set_window(
                round=round,
                level=speaks_to[Level(forward.bureau.level)],
                bureau_id=forward.bureau_id,
                closes_on=forward.deadline,
                source=str(forward)[:200],
            )
    record_act(
        subject_kind=Round.subject_kind,
        subject_id=round.pk,
        subject_label=str(round),
        action="round.open",
        actor=actor,
        to_state=round.state,
        data={
            "version": version.digest,
            "year": year,
            "batch": batch,
            "notice": notice.pk if notice else None,
            "windows": [{"level": w.level, "bureau": w.bureau_id, **w.as_data()} for w in round.window_list()],
        },
    )
    announce(RoundOpened(round_id=round.pk, programme=programme.code, year=year))
    return round


def set_window(
    *,
    round: Round,
    level: str,
    bureau_id: int | None,
    closes_on: dt.date | None,
    opens_on: dt.date | None = None,
    grace_days: int | None = None,
    source: str = "",
) -> tuple[RoundWindow, dict[str, Any] | None]:
    """Write one window inside an act that records it. Returns the window and what it said before (None if new)."""
    window = RoundWindow.objects.filter(round=round, level=level, bureau_id=bureau_id).first()
    before = window.as_data() if window else None
    if window is None:
        window = RoundWindow(round=round, level=level, bureau_id=bureau_id, opens_on=round.opens_on)
        window.grace_days = round.programme.windows.grace_days
    window.closes_on = closes_on
    window.opens_on = opens_on or window.opens_on
    window.grace_days = window.grace_days if grace_days is None else grace_days
    window.source = source or window.source
    window.full_clean()
    window.save()
    round.__dict__.pop("_window_list", None)
    announce(WindowChanged(round_id=round.pk, level=level, bureau_id=bureau_id, closes_on=closes_on))
    return window, before


@transaction.atomic
def change_window(
    *,
    round_id: int,
    level: str,
    actor: Actor,
    closes_on: dt.date | None,
    reason: str,
    bureau_id: int | None = None,
    opens_on: dt.date | None = None,
    grace_days: int | None = None,
    acknowledged: bool = False,
) -> RoundWindow:
    """Set or move a window with a reason. A bureau below the round's own changes only windows of levels under itself.

    A date that leaves the level above too few working days must be ``acknowledged`` and is recorded (ZZ-06).
    """
    round = Round.objects.select_for_update(of=("self",)).select_related("version", "bureau").get(pk=round_id)
    require(actor, "window.change", round)
    if not reason.strip():
        raise Refused(no("请写明调整理由。"))
    if level not in LEVELS:
        raise Refused(no("没有这个环节。"))
    if actor.bureau_id != round.bureau_id:
        bureau_id = actor.bureau_id
        if LEVELS.index(level) >= LEVELS.index(actor.level):
            raise Refused(no("贵单位只能调整下级环节的窗口。", "本级的截止日由上级确定。"))
    path = bureau_path(bureau_id, round.stage, business_today()) if bureau_id else round.path
    warning = deadline_warning(round, level, path, closes_on)
    if warning is not None and not acknowledged:
        raise Refused(no(warning.text, "如仍按此日期办理，请勾选“已知悉，仍按此日期”。"))
    window, before = set_window(
        round=round, level=level, bureau_id=bureau_id, closes_on=closes_on, opens_on=opens_on, grace_days=grace_days
    )
    scope = bureau_id or round.bureau_id
    decision_data = {
        "level": level,
        "bureau": bureau_id,
        "before": before,
        "after": window.as_data(),
        "warning": warning.text if warning else "",
    }
    body = {
        "round": round.pk,
        "title": str(round),
        "level": window.get_level_display(),
        "closes_on": str(closes_on or ""),
    }
    record_act(
        subject_kind=Round.subject_kind,
        subject_id=round.pk,
        subject_label=str(round),
        action="window.change",
        actor=actor,
        opinion=reason.strip(),
        data=decision_data,
        messages=[
            Message(
                f"window:{window.pk}:{closes_on}:{grace_days}:{pk}", "cultivation.window_changed", "bureau", pk, body
            )
            for pk in subordinates(scope, round.stage, business_today())
        ],
    )
    return window


@transaction.atomic
def update_round(*, round_id: int, actor: Actor, reason: str, **values: Any) -> Round:
    """Change contacts, technical help, group numbers, title or reference date, with a reason (HN-28)."""
    round = Round.objects.select_for_update(of=("self",)).select_related("version", "bureau").get(pk=round_id)
    require(actor, "round.change", round)
    unknown = set(values) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"unknown fields of a round: {sorted(unknown)}")
    changed = [name for name, value in values.items() if getattr(round, name) != value]
    if not changed:
        return round
    if not reason.strip():
        raise Refused(no("请写明修改理由。"))
    public = [name for name in changed if name not in PERSONAL]
    before = {name: _json(getattr(round, name)) for name in public}
    for name in changed:
        setattr(round, name, values[name])
    round.full_clean()
    round.save(update_fields=changed)
    record_act(
        subject_kind=Round.subject_kind,
        subject_id=round.pk,
        subject_label=str(round),
        action="round.change",
        actor=actor,
        opinion=reason.strip(),
        data={"fields": changed, "before": before, "after": {name: _json(getattr(round, name)) for name in public}},
    )
    return round


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


@transaction.atomic
def close_round(*, round_id: int, actor: Actor, reason: str) -> Round:
    """End a round; files under way go on, new ones are not opened.

    Written out here because ``Round.version`` is the programme version, not the counter the common helper counts up.
    """
    round = Round.objects.select_for_update(of=("self",)).select_related("version", "bureau").get(pk=round_id)
    require(actor, "round.close", round)
    if not reason.strip():
        raise Refused(no("请写明结束理由。"))
    if not round.is_open:
        raise StaleState(no("本轮次已经结束。", "请刷新后再看。"))
    before, round.state = round.state, Round.State.CLOSED
    round.save(update_fields=["state"])
    record_act(
        subject_kind=Round.subject_kind,
        subject_id=round.pk,
        subject_label=str(round),
        action="round.close",
        actor=actor,
        from_state=before,
        to_state=round.state,
        opinion=reason.strip(),
    )
    return round


__all__ = [
    "LEVELS",
    "WindowSpec",
    "change_window",
    "close_round",
    "founding_windows",
    "open_round",
    "set_window",
    "update_round",
]
