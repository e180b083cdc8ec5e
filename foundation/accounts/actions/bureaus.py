"""Bureaus: made and kept, who answers to whom from which day, how many hands an act takes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction

from foundation.accounts.actor import Actor
from foundation.accounts.events import ReportingLineChanged
from foundation.accounts.models import Bureau, BureauHands, ReportingLine
from foundation.accounts.paths import check_lines, rebuild_paths
from foundation.accounts.roles import Act, Level
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.events import announce
from foundation.core.text import normalise_name
from foundation.core.verdict import no

_LINES_LOCK = 7_238_149
CONTACT_FIELDS = ("section", "contact_name", "contact_phone", "contact_email")
IDENTITY_FIELDS = ("name", "short_name", "active")


@transaction.atomic
def create_bureau(
    *,
    actor: Actor,
    superior: Bureau,
    name: str,
    short_name: str,
    level: str,
    region_id: int | None = None,
    source: str = "",
    valid_from: dt.date | None = None,
) -> Bureau:
    """Make a bureau under ``superior``; one without a region is a recommender that is no place (an office, a park)."""
    require(actor, "bureau.create", superior)
    bureau = Bureau(
        name=normalise_name(name),
        short_name=normalise_name(short_name) or normalise_name(name)[:40],
        level=level,
        region_id=region_id,
        sort_key=_sort_key(superior, region_id),
    )
    bureau.full_clean()
    bureau.save()
    _record(bureau, "bureau.create", actor)
    _write_line(bureau, "", superior, valid_from or business_today(), source)
    rebuild_paths(business_today())
    return bureau


def _sort_key(superior: Bureau, region_id: int | None) -> str:
    if region_id is not None:
        from foundation.reference.models import Region

        return Region.objects.values_list("sort_key", flat=True).get(pk=region_id)
    return f"{superior.sort_key}~"[:20]  # after the places of the same superior


@transaction.atomic
def update_bureau(*, actor: Actor, bureau_id: int, **values: Any) -> Bureau:
    """Correct name, short name or whether the bureau is in use. A name somebody typed is no longer 推定."""
    bureau = Bureau.objects.select_for_update().filter(pk=bureau_id).first()
    require(actor, "bureau.update", bureau or Bureau(pk=bureau_id))
    assert bureau is not None
    changed = _assign(bureau, values, IDENTITY_FIELDS)
    if {"name", "short_name"} & set(changed) and bureau.generated:
        bureau.generated = False
    if changed:
        bureau.full_clean()
        bureau.save()
        _record(bureau, "bureau.update", actor, {"fields": changed})
    return bureau


@transaction.atomic
def edit_contact(*, actor: Actor, bureau_id: int, **values: Any) -> Bureau:
    """Change the contact block printed on notices and tables."""
    bureau = Bureau.objects.select_for_update().filter(pk=bureau_id).first()
    require(actor, "bureau.edit_contact", bureau or Bureau(pk=bureau_id))
    assert bureau is not None
    changed = _assign(bureau, values, CONTACT_FIELDS)
    if changed:
        bureau.full_clean()
        bureau.save(update_fields=changed)
        _record(bureau, "bureau.edit_contact", actor, {"fields": changed})
    return bureau


def _assign(bureau: Bureau, values: dict[str, Any], known: tuple[str, ...]) -> list[str]:
    unknown = set(values) - set(known)
    if unknown:
        raise TypeError(f"not a field of this act: {sorted(unknown)}")
    changed = []
    for field, value in values.items():
        wanted = value.strip() if isinstance(value, str) else value
        if getattr(bureau, field) != wanted:
            setattr(bureau, field, wanted)
            changed.append(field)
    return sorted(changed)


@transaction.atomic
def set_line(
    *, actor: Actor, bureau_id: int, superior_id: int | None, valid_from: dt.date, stage: str = "", source: str = ""
) -> ReportingLine | None:
    """Let a bureau answer to somebody else from a day on, at one stage or ('' ) at all; the old line ends the day before.

    ``superior_id`` None ends the special line of a stage: from then on the line for all stages holds. Raises Refused
    for a ring, for a superior of the lowest level, and for a day before the present line began.
    """
    bureau = Bureau.objects.filter(pk=bureau_id).first()
    require(actor, "bureau.set_line", bureau or Bureau(pk=bureau_id))
    assert bureau is not None
    superior = Bureau.objects.filter(pk=superior_id, active=True).first() if superior_id else None
    if superior is None and (superior_id or not stage):
        raise Refused("请选择上级单位。")
    if superior is not None:
        require(actor, "bureau.set_line", superior)
        if superior.level == Level.COUNTY or superior.pk == bureau.pk:
            raise Refused(f"{superior.short_name}不能作为{bureau.short_name}的上级，请选择市州或省级单位。")
    line = _write_line(bureau, stage, superior, valid_from, source)
    today = business_today()
    try:
        for day in {today, valid_from}:
            check_lines(day)
    except ValueError:
        raise Refused(no("这样设置会使隶属关系成环，没有保存。", "请先调整上级单位自己的隶属关系。")) from None
    effective = valid_from <= today
    if effective:
        rebuild_paths(today)
    data = {"stage": stage, "superior": superior.pk if superior else None, "from": valid_from.isoformat()}
    _record(bureau, "bureau.set_line", actor, data)
    announce(
        ReportingLineChanged(
            bureau_id=bureau.pk,
            stage=stage,
            superior_id=superior.pk if superior else None,
            valid_from=valid_from,
            effective=effective,
        )
    )
    return line


def _write_line(
    bureau: Bureau, stage: str, superior: Bureau | None, valid_from: dt.date, source: str
) -> ReportingLine | None:
    with connection.cursor() as cursor:  # two changes at once could close a ring that neither sees
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LINES_LOCK])
    present = ReportingLine.objects.filter(bureau=bureau, stage=stage, valid_to__isnull=True).first()
    if present is not None:
        if present.valid_from >= valid_from:
            raise Refused(
                no(
                    f"现行隶属关系自 {present.valid_from:%Y-%m-%d} 起，新的起始日期须在其后。",
                    "请改填一个更晚的日期。",
                )
            )
        present.valid_to = valid_from - dt.timedelta(days=1)
        present.save(update_fields=["valid_to"])
    if superior is None:
        return None
    line = ReportingLine(bureau=bureau, stage=stage, superior=superior, valid_from=valid_from, source=source)
    line.full_clean()
    line.save()
    return line


@transaction.atomic
def set_hands(*, actor: Actor, bureau_id: int, act: str, hands: int, distinct: bool = True) -> BureauHands:
    """Set how many hands an act takes in a bureau (1 经办, 2 with 签发, 3 with 审核 and 签发) and whether they must differ."""
    bureau = Bureau.objects.select_for_update().filter(pk=bureau_id).first()
    require(actor, "bureau.set_hands", bureau or Bureau(pk=bureau_id))
    assert bureau is not None
    row = BureauHands.objects.filter(bureau=bureau, act=act).first() or BureauHands(bureau=bureau, act=act)
    before = row.hands if row.pk else 0
    if row.pk and (row.hands, row.distinct) == (hands, distinct):
        return row
    row.hands, row.distinct = hands, distinct
    row.full_clean()
    row.save()
    data = {"act": Act(act).value, "before": before, "hands": hands, "distinct": distinct}
    _record(bureau, "bureau.set_hands", actor, data)
    return row


def _record(bureau: Bureau, action: str, actor: Actor, data: dict[str, Any] | None = None) -> None:
    record_act(
        subject_kind=Bureau.subject_kind,
        subject_id=bureau.pk,
        subject_label=bureau.name,
        action=action,
        actor=actor,
        data=data,
    )
