"""The prefecture's cultivation plan around its reserves (HN-26): drafted, revised, finished."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Max

from cultivation.models import Round
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.transition import record_act, require
from foundation.core.clock import real_now
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import no
from foundation.documents.models import StoredFile
from reviews.models import CultivationPlan, PlanMeasure


@transaction.atomic
def start_plan(*, round: Round, actor: Actor) -> CultivationPlan:
    """Open a plan, or a new revision that begins as a copy of the last one; an unfinished one is simply returned."""
    require(actor, "plan.start")
    bureau = Bureau.objects.select_for_update().get(pk=actor.bureau_id)
    last = CultivationPlan.objects.filter(round=round, bureau=bureau).order_by("-revision").first()
    if last is not None and not last.final:
        return last
    top = CultivationPlan.objects.filter(round=round, bureau=bureau).aggregate(top=Max("revision"))["top"] or 0
    plan = CultivationPlan.objects.create(
        round=round,
        bureau=bureau,
        revision=top + 1,
        title=last.title if last else f"{bureau.short_name}{round.year}年{round.programme.short_title}培育工作计划",
        goals=last.goals if last else "",
        organisation=last.organisation if last else "",
        saved_at=real_now(),
        saved_by=f"{actor.hat.label} {actor.name}",
    )
    if last is not None:
        copies = [
            PlanMeasure(
                plan=plan,
                application_id=row.application_id,
                category=row.category,
                text=row.text,
                owner=row.owner,
                due_on=row.due_on,
            )
            for row in last.measures.all()
        ]
        PlanMeasure.objects.bulk_create(copies)
    _note(plan, "plan.start", actor)
    return plan


@transaction.atomic
def save_plan(
    *,
    plan_id: int,
    actor: Actor,
    version: int,
    title: str,
    goals: str,
    organisation: str,
    file: StoredFile | None = None,
) -> CultivationPlan:
    """Save the text of a plan; ``version`` is the one the page was opened with."""
    plan = _locked(plan_id, actor)
    if plan.version != version:
        raise StaleState(no("计划刚被他人保存过。", "您填写的内容仍在页面上，请核对后重新保存。"))
    plan.title, plan.goals, plan.organisation = title.strip() or plan.title, goals, organisation
    if file is not None:
        plan.file = file
    plan.version += 1
    plan.saved_at, plan.saved_by = real_now(), f"{actor.hat.label} {actor.name}"
    plan.save()
    return plan


@transaction.atomic
def set_measures(*, plan_id: int, actor: Actor, measures: Iterable[Mapping[str, object]]) -> None:
    """Replace the measures: ``{application_id, category, text, owner, due_on}`` each; a measure without text is left out."""
    plan = _locked(plan_id, actor)
    categories = {item.code for item in plan.round.programme.activity_categories} | {""}
    rows = []
    for measure in measures:
        text = str(measure.get("text") or "").strip()
        if not text:
            continue
        category = str(measure.get("category") or "")
        if category not in categories:
            raise Refused(no(f"“{category}”不在本轮的活动类别中。"))
        due_on = measure.get("due_on")
        rows.append(
            PlanMeasure(
                plan=plan,
                application_id=measure.get("application_id") or None,
                category=category,
                text=text,
                owner=str(measure.get("owner") or "").strip(),
                due_on=due_on if isinstance(due_on, dt.date) else None,
            )
        )
    plan.measures.all().delete()
    PlanMeasure.objects.bulk_create(rows)
    plan.saved_at = real_now()
    plan.save(update_fields=["saved_at"])


@transaction.atomic
def finish_plan(*, plan_id: int, actor: Actor) -> CultivationPlan:
    """Declare a plan finished; it needs goals and at least one measure, or an uploaded file that holds them."""
    plan = _locked(plan_id, actor)
    if plan.file_id is None and (not plan.goals.strip() or not plan.measures.exists()):
        raise Refused(no("计划还不完整：请填写培育目标并至少列出一项措施，或上传计划文件。"))
    plan.final = True
    plan.version += 1
    plan.save(update_fields=["final", "version"])
    _note(plan, "plan.finish", actor)
    return plan


def _locked(pk: int, actor: Actor) -> CultivationPlan:
    plan = CultivationPlan.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if plan is None:
        raise Refused(no("没有这份计划。"))
    require(actor, "plan.edit", plan)
    return plan


def _note(plan: CultivationPlan, action: str, actor: Actor) -> None:
    record_act(
        subject_kind=plan.subject_kind,
        subject_id=plan.pk,
        subject_label=plan.title,
        action=action,
        actor=actor,
        data={"round": plan.round_id, "revision": plan.revision},
    )
