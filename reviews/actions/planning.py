"""The prefecture's cultivation plan around its reserves (HN-26): drafted, revised, finished."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from cultivation.models import Round
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import bureau_path, superior_in
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import no
from foundation.documents.actions.freeze import freeze
from foundation.documents.models import StoredFile
from foundation.documents.tasks import render_soon
from reviews.dispatch_papers import PLAN_KIND, plan_letter
from reviews.models import Application, CultivationPlan, PlanMeasure
from reviews.states import FileState


def asks_plan(round: Round, level: str) -> bool:
    """Whether a bureau of this level reports a cultivation plan together with its table in this round (HN-26, HN-27)."""
    return any(
        rule.from_level.value == level and "cultivation_plan" in rule.accompanies for rule in round.programme.dispatches
    )


@transaction.atomic
def start_plan(*, round: Round, actor: Actor) -> CultivationPlan:
    """Open a plan, or a new revision that begins as a copy of the last one; an unfinished one is simply returned."""
    require(actor, "plan.start")
    bureau = Bureau.objects.select_for_update(of=("self",)).get(pk=actor.bureau_id)
    if not bureau_path(bureau.pk, round.stage, business_today()).startswith(round.path):
        raise Refused(no(f"本轮由{round.programme.province_name}组织，本单位不在其中。"))
    if not asks_plan(round, bureau.level):
        raise Refused(no("本轮报送不要求附培育工作计划。"))
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
        saved_at=business_now(),
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
    drop_file: bool = False,
) -> CultivationPlan:
    """Save the text of a plan; ``version`` is the one the page was opened with. ``file`` is the alternative written elsewhere."""
    plan = _locked(plan_id, actor)
    if len(title.strip()) > 120:
        raise Refused(no("标题不超过 120 个字。"))
    if plan.version != version:
        raise StaleState(no("计划刚被他人保存过。", "您填写的内容仍在页面上，请核对后重新保存。"))
    plan.title, plan.goals, plan.organisation = title.strip() or plan.title, goals.strip(), organisation.strip()
    if file is not None or drop_file:
        plan.file = file
    plan.version += 1
    plan.saved_at, plan.saved_by = business_now(), f"{actor.hat.label} {actor.name}"
    plan.save()
    _note(plan, "plan.save", actor)
    return plan


@transaction.atomic
def set_measures(*, plan_id: int, actor: Actor, measures: Sequence[Mapping[str, object]]) -> None:
    """Replace the measures: ``{application_id, category, text, owner, due_on}`` each; a measure without text is left out."""
    plan = _locked(plan_id, actor)
    categories = {item.code for item in plan.round.programme.activity_categories} | {""}
    chosen = {int(str(measure["application_id"])) for measure in measures if measure.get("application_id")}
    known = set(plan_files(plan).filter(pk__in=chosen).values_list("pk", flat=True))
    if chosen - known:
        raise Refused(no("措施所列企业不在本市州本轮的材料中。", "请从下拉列表中选择企业。"))
    rows = []
    for measure in measures:
        text = str(measure.get("text") or "").strip()
        if not text:
            continue
        category = str(measure.get("category") or "")
        if category not in categories:
            raise Refused(no(f"“{category}”不在本轮的活动类别中。"))
        if len(text) > 400 or len(str(measure.get("owner") or "")) > 80:
            raise Refused(no(f"措施“{text[:12]}…”过长：措施不超过 400 个字，责任单位不超过 80 个字。"))
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
    plan.saved_at = business_now()
    plan.save(update_fields=["saved_at"])


@transaction.atomic
def finish_plan(*, plan_id: int, actor: Actor) -> CultivationPlan:
    """Declare a plan finished; it needs goals and at least one measure, or an uploaded file that holds them."""
    plan = _locked(plan_id, actor)
    if plan.file_id is None and (not plan.goals.strip() or not plan.measures.exists()):
        raise Refused(no("计划还不完整：请填写培育目标并至少列出一项措施，或上传计划文件。"))
    superior_id = superior_in(bureau_path(plan.bureau_id, plan.round.stage, business_today()), plan.bureau_id)
    superior = Bureau.objects.filter(pk=superior_id).first()
    measures = list(plan.measures.select_related("application"))
    plan.final = True
    plan.version += 1
    plan.document = freeze(
        kind=PLAN_KIND,
        subject_kind=plan.subject_kind,
        subject_id=plan.pk,
        subject_label=plan.title,
        title=plan.title,
        bureau=plan.bureau,
        stage=plan.round.stage,
        snapshot=plan_letter(plan, measures, superior.name if superior else ""),
        actor=actor,
    )
    plan.save(update_fields=["final", "version", "document"])
    render_soon(plan.document)
    _note(plan, "plan.finish", actor)
    return plan


def plan_files(plan: CultivationPlan) -> QuerySet[Application]:
    """Files a measure may speak of: those of the round the prefecture has before it or has sent up."""
    states = [
        FileState.RECOMMENDED,
        FileState.AT_PREFECTURE,
        FileState.MERGED,
        FileState.AT_PROVINCE,
        FileState.APPROVED,
        FileState.LISTED,
    ]
    path = bureau_path(plan.bureau_id, plan.round.stage, business_today())
    own = Q(bureau_id=plan.bureau_id) | ~Q(state=FileState.RECOMMENDED)
    return Application.objects.filter(own, round_id=plan.round_id, path__startswith=path, state__in=states)


def _locked(pk: int, actor: Actor) -> CultivationPlan:
    plan = (
        CultivationPlan.objects.select_for_update(of=("self",))
        .select_related("round__version", "bureau", "file")
        .filter(pk=pk)
        .first()
    )
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
