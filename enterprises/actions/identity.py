"""The firm changes its name, its place, or ceases; lines of bureaus change above it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from enterprises.actions.register import OWN_LEVELS
from enterprises.events import EnterpriseClosed, EnterpriseMoved, EnterpriseRenamed
from enterprises.models import Enterprise, EnterpriseName, EnterprisePath, Membership
from enterprises.places import bureau_for, write_paths
from foundation.accounts.actor import Actor
from foundation.accounts.transition import decide_one, record_act, require
from foundation.core.clock import business_today
from foundation.core.errors import Refused
from foundation.core.events import announce
from foundation.core.text import normalise_name
from foundation.core.verdict import no
from foundation.reference.models import Region


def _locked(pk: int) -> Enterprise:
    return Enterprise.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=pk)


def rename(*, enterprise_id: int, name: str, since: dt.date, actor: Actor, evidence: Any = None) -> Enterprise:
    """Give the firm another name from a day on; the old one stays in the history and on papers of its time (P-04)."""
    new = normalise_name(name)
    with transaction.atomic():
        enterprise = _locked(enterprise_id)
        require(actor, "enterprise.rename", enterprise)
        if not new:
            raise Refused(no("请填写新名称。"))
        if new == enterprise.name:
            return enterprise
        if since > business_today():
            raise Refused(no("启用日期不能晚于今天。"))
        present = enterprise.names.get(valid_to__isnull=True)
        if present.valid_from is not None and since <= present.valid_from:
            raise Refused(no(f"启用日期应晚于现用名称的启用日期（{present.valid_from:%Y-%m-%d}）。"))
        old = enterprise.name
        present.valid_to = since - dt.timedelta(days=1)
        present.save(update_fields=["valid_to"])
        EnterpriseName.objects.create(enterprise=enterprise, name=new, valid_from=since, evidence=evidence)
        enterprise.set_name(new)
        enterprise.version += 1
        enterprise.save(update_fields=["name", "name_normal", "pinyin", "version"])
        record_act(
            subject_kind=enterprise.subject_kind,
            subject_id=enterprise.pk,
            subject_label=new,
            action="enterprise.rename",
            actor=actor,
            data={"since": since.isoformat(), "evidence": getattr(evidence, "pk", None)},
        )
        announce(EnterpriseRenamed(enterprise_id=enterprise.pk, old_name=old, new_name=new))
    return enterprise


def move(*, enterprise_id: int, region_id: int, actor: Actor, evidence: Any = None, reason: str = "") -> Enterprise:
    """Put the firm under another county; its handling bureau and paths follow. Files under way keep the path they
    were frozen with.
    """
    with transaction.atomic():
        enterprise = _locked(enterprise_id)
        require(actor, "enterprise.move", enterprise)
        region = Region.objects.filter(pk=region_id, level__in=OWN_LEVELS, covered=True).first()
        if region is None:
            raise Refused(no("请从列表中选择县市区。"))
        if region.pk == enterprise.region_id:
            return enterprise
        if evidence is None:
            raise Refused(no("变更所属县市区须附变更后的营业执照或迁入通知。"))
        bureau = bureau_for(region.pk, business_today())
        if bureau is None:
            raise Refused(no(f"{region.name}还没有设立主管部门。", "请联系上级主管部门。"))
        before, from_region = enterprise.bureau_id, enterprise.region_id
        enterprise.region, enterprise.bureau = region, bureau
        enterprise.version += 1
        enterprise.save(update_fields=["region", "bureau", "version"])
        write_paths([enterprise])
        record_act(
            subject_kind=enterprise.subject_kind,
            subject_id=enterprise.pk,
            subject_label=enterprise.name,
            action="enterprise.move",
            actor=actor,
            opinion=reason,
            data={
                "from": from_region,
                "to": region.pk,
                "from_bureau": before,
                "to_bureau": bureau.pk,
                "evidence": evidence.pk,
            },
        )
        announce(EnterpriseMoved(enterprise_id=enterprise.pk, from_bureau_id=before, to_bureau_id=bureau.pk))
    return enterprise


def close(*, enterprise_id: int, actor: Actor, reason: str) -> None:
    """Strike the firm off; its facts stay readable, its members' hats end."""
    if not reason.strip():
        raise Refused(no("请说明注销依据，例如注销通知书的文号和日期。"))
    with transaction.atomic():
        decide_one(
            model=Enterprise,
            pk=enterprise_id,
            action="enterprise.close",
            expect=[Enterprise.State.ACTIVE],
            to=Enterprise.State.CLOSED,
            actor=actor,
            opinion=reason,
            event=lambda row, decision: EnterpriseClosed(enterprise_id=row.pk),
        )
        Membership.objects.filter(enterprise_id=enterprise_id, valid_to__isnull=True).update(valid_to=business_today())


def refresh_paths(*, actor: Actor, bureau_ids: Iterable[int] | None = None) -> int:
    """Rewrite the paths of enterprises after reporting lines changed; recorded per bureau touched. Returns the
    enterprises rewritten.

    Files that were submitted keep theirs (design idea 2).
    """
    firms = Enterprise.objects.order_by("pk")
    if bureau_ids is not None:
        firms = firms.filter(bureau_id__in=list(bureau_ids))
    with transaction.atomic():
        rows = list(firms.select_for_update(of=("self",)))
        before = _paths_of(rows)
        write_paths(rows)
        after = _paths_of(rows)
        changed = [row for row in rows if before.get(row.pk) != after.get(row.pk)]
        for bureau_id in sorted({row.bureau_id for row in changed}):
            mine = [row.pk for row in changed if row.bureau_id == bureau_id]
            record_act(
                subject_kind="bureau",
                subject_id=bureau_id,
                subject_label=str(bureau_id),
                action="enterprise.paths_rewritten",
                actor=actor,
                data={"enterprises": len(mine), "path": after[mine[0]].get("", "")},
            )
    return len(changed)


def _paths_of(rows: list[Enterprise]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for row in EnterprisePath.objects.filter(enterprise_id__in=[row.pk for row in rows]):
        found.setdefault(row.enterprise_id, {})[row.stage] = row.path
    return found
