"""Annotated querysets and question-like functions over files and dispatches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet, Value

from cultivation.models import Round
from enterprises.models import Enterprise
from enterprises.queries import firms_with
from foundation.accounts.actor import Actor
from foundation.accounts.may import path_condition
from foundation.accounts.models import Post
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import CASE_ROLES, Act
from foundation.accounts.scoping import scopes
from foundation.core.kept import until_the_next_act
from foundation.core.search import has_fragment
from foundation.core.text import normalise_name
from reviews.hands import HandPlan, plan_for
from reviews.models import Application, Dispatch
from reviews.models.application import SEARCHED
from reviews.queue_rows import NOT_LIVE
from reviews.states import DISPATCH_LIVE, DispatchState, FileState
from reviews.waiting import Tab, tabs_of, waits_for


def queue_rows(
    actor: Actor, round: Round, filters: Mapping[str, str], tabs: Iterable[Tab] | None = None
) -> QuerySet[Application]:
    """Files the actor sees in a round, narrowed by ``tab``, ``q`` (name fragment, pinyin initials, code or number), ``county``,
    ``criteria`` and ``who`` (``me``: in my charge, ``nobody``: in nobody's). ``tabs``: those of the actor, where known already.
    """
    rows = Application.objects.visible_to(actor).filter(round=round)
    tabs = tabs_of(actor) if tabs is None else tabs
    tab = next((one for one in tabs if one.name == filters.get("tab", "")), None)
    if tab is not None:
        rows = rows.filter(tab.condition)
    text = filters.get("q", "").strip()
    if text:
        rows = rows.filter(pk__in=_found(round, normalise_name(text)))
    if filters.get("county", "").isdigit():
        rows = rows.filter(bureau_id=int(filters["county"]))
    if filters.get("criteria"):
        rows = rows.filter(listing__outcome=filters["criteria"])
    if filters.get("who") == "me":
        rows = rows.filter(assignee_id__in=sorted(actor.persons))
    elif filters.get("who") == "nobody":
        rows = rows.filter(assignee_id=None)
    return rows.order_by("submitted_at", "id")


def _found(round: Round, words: str) -> QuerySet[Application, Any]:
    """Ids of the round's files by name, number or what the firm is called today; each arm by an index of its own."""
    files = Application.objects.filter(round=round).order_by()
    holds = Q(enterprise_name__contains=words) | Q(number__endswith=words)
    own = files.filter(has_fragment(words, *SEARCHED, holds=holds)).values("pk")
    firms = Enterprise.objects.filter(firms_with(words)).values("pk")
    return own.union(files.filter(enterprise_id__in=firms).values("pk"), all=True)


def waiting_by_round(actor: Actor, rounds: Iterable[Round], plan: HandPlan | None = None) -> dict[int, int]:
    """How many files wait for this hat, per round; rounds without any are absent."""
    ids = [row.pk for row in rounds]

    def count() -> dict[int, int]:
        rows = Application.objects.visible_to(actor).filter(waits_for(actor, plan), round__in=ids)
        return dict(rows.order_by().values_list("round_id").annotate(Count("pk")))

    return until_the_next_act("waiting", (actor, ids, plan), count)


def rounds_of(actor: Actor) -> QuerySet[Round]:
    """Rounds opened above the official's bureau (by its province), newest first."""
    provinces = {path_ids(path)[0] for path in actor.hat.paths}
    rows = Round.objects.visible_to(actor).filter(bureau_id__in=provinces).select_related("version")
    return rows.defer("version__document").order_by("-year", "-batch", "-id")


def tab_counts(actor: Actor, round: Round, plan: HandPlan | None = None) -> dict[str, int]:
    """Number of files per tab, and under ``drafts`` how many drafts lie below the bureau: a count is all that a draft is to
    anybody else (design idea 2). One query, and one for the bureau's hands unless they are given.
    """
    plan = plan or plan_for(actor.bureau_id or 0, Act.RECOMMEND)
    return until_the_next_act("tabs", (actor, round.pk, plan), lambda: _count_tabs(actor, round, plan))


def _count_tabs(actor: Actor, round: Round, plan: HandPlan) -> dict[str, int]:
    drafts = path_condition(actor, "path") & Q(state=FileState.DRAFT)
    files = Application.objects.filter(scopes()[Application].condition(actor) | drafts, round=round).order_by()
    groups = files.values_list("state", "bureau_id", "filed_by").annotate(
        Count("pk"), turn=Count("pk", filter=waits_for(actor, plan))
    )
    found, own, mine = Counter[str](), Counter[str](), Counter[str]()
    for state, bureau, way, number, turn in groups:
        typed_here = bureau == actor.bureau_id and way == Application.FiledBy.BUREAU
        found["drafts"] += number if state == FileState.DRAFT else 0
        if state != FileState.DRAFT or typed_here:
            found[state] += number
            found["all"] += number
            own[state] += number if bureau == actor.bureau_id else 0
            mine[state] += turn
    counts = {"drafts": found["drafts"]}
    for tab in tabs_of(actor, plan):
        if tab.turn is None:
            counts[tab.name] = found["all"] if tab.states is None else sum(found[state] for state in tab.states)
    return counts | {
        "todo": sum(mine.values()),
        "others": own[FileState.SUBMITTED] - mine[FileState.SUBMITTED],
        "incoming": found[FileState.AT_PREFECTURE] - mine[FileState.AT_PREFECTURE],
    }


PROGRESS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("企业草稿", (FileState.DRAFT,)),
    ("待初审", (FileState.SUBMITTED,)),
    ("等待企业", (FileState.RETURNED,)),
    ("已推荐未报", (FileState.RECOMMENDED,)),
    ("已报市州", (FileState.AT_PREFECTURE, FileState.MERGED)),
    ("已报省", (FileState.AT_PROVINCE, FileState.APPROVED, FileState.LISTED)),
    ("不予推荐、认定", (FileState.REFUSED, FileState.NOT_APPROVED)),
)
"""Columns of the overview of the levels above."""


def progress_below(actor: Actor, round: Round) -> list[tuple[str, list[int]]]:
    """Per handling bureau below: files by stage in the columns of ``PROGRESS``; counts only, since below its floor a level sees
    nothing else. One query.
    """
    return until_the_next_act("progress", (actor.hat.paths, round.pk), lambda: _progress_below(actor, round))


def _progress_below(actor: Actor, round: Round) -> list[tuple[str, list[int]]]:
    counts = {f"c{n}": Count("pk", filter=Q(state__in=states)) for n, (_, states) in enumerate(PROGRESS)}
    rows = (
        Application.objects.filter(path_condition(actor, "path"), round=round)
        .order_by("bureau__sort_key", "bureau_id")
        .values("bureau_id", "bureau__short_name")
        .annotate(**counts)
    )
    return [(row[0], list(row[1:])) for row in rows.values_list("bureau__short_name", *counts)]


def bureaus_below(actor: Actor, round: Round) -> list[tuple[int, str]]:
    """Handling bureaus that have files the actor sees in a round, in administrative order."""

    def ask() -> list[tuple[int, str]]:
        rows = Application.objects.visible_to(actor).filter(round=round).order_by("bureau__sort_key", "bureau_id")
        found = rows.values_list("bureau_id", "bureau__short_name", "bureau__sort_key").distinct()
        return [(pk, name) for pk, name, _ in found]

    return until_the_next_act("bureaus", (actor, round.pk), ask)


def officers_of(actor: Actor) -> list[tuple[int, str]]:
    """Colleagues of the actor's bureau who hold a case post now, by name: whom a file may be assigned to."""
    rows = Post.objects.held().filter(bureau_id=actor.bureau_id, role__in=sorted(CASE_ROLES))
    return sorted(set(rows.values_list("user_id", "user__name")), key=lambda row: row[1])


def neighbours(actor: Actor, file: Application, plan: HandPlan | None = None) -> tuple[int | None, int | None]:
    """The files before and after this one in the queue's order: those that wait for this hat while the file itself is under the
    bureau's review, else those of the round in the same state.
    """
    rows = Application.objects.filter(round_id=file.round_id)
    turn = file.state == FileState.SUBMITTED and file.bureau_id == actor.bureau_id and actor.role in CASE_ROLES
    if turn:  # what waits for somebody is seen by them, so nothing else is asked
        rows = rows.filter(waits_for(actor, plan))
    else:
        rows = rows.visible_to(actor).filter(state=file.state)
    place = (file.submitted_at, file.pk)
    # The first bound is what the index of the queue begins at; the second parts files of the same moment.
    earlier = rows.filter(Q(submitted_at__lt=place[0]) | Q(pk__lt=place[1]), submitted_at__lte=place[0])
    later = rows.filter(Q(submitted_at__gt=place[0]) | Q(pk__gt=place[1]), submitted_at__gte=place[0])
    before = earlier.order_by("-submitted_at", "-id").annotate(side=Value("before")).values_list("side", "pk")[:1]
    after = later.order_by("submitted_at", "id").annotate(side=Value("after")).values_list("side", "pk")[:1]
    found: dict[str, int] = dict(before.union(after, all=True)) if file.submitted_at else {}
    return found.get("before"), found.get("after")


def live_applications_of_year(application: Application) -> list[Application]:
    """Other live files of the same firm in the same year: both sides are warned (SC-02). A draft is the firm's own business."""
    return list(
        Application.objects.filter(enterprise_id=application.enterprise_id, year=application.year)
        .exclude(pk=application.pk)
        .exclude(state__in=NOT_LIVE)
        .select_related("round__version", "bureau")
        .defer("answers", "listing", "round__version__document")
        .order_by("id")
    )


def duplicates(round: Round, bureau_path: str) -> list[dict[str, object]]:
    """Files below a bureau that look like one firm twice: same name, or same legal representative and county (HN-25)."""
    rows = (
        Application.objects.filter(round=round, path__startswith=bureau_path)
        .exclude(state__in=NOT_LIVE)
        .values_list(
            "pk", "enterprise_name", "enterprise__name_normal", "enterprise__legal_representative", "bureau__short_name"
        )
        .order_by("pk")
    )
    by_name: dict[str, list[tuple]] = {}
    by_person: dict[str, list[tuple]] = {}
    for row in rows:
        by_name.setdefault(row[2], []).append(row)
        if row[3]:
            by_person.setdefault(row[3], []).append(row)
    found: list[dict[str, object]] = [
        {"why": "企业名称相同", "what": name, "files": same} for name, same in by_name.items() if len(same) > 1
    ]
    found += [
        {"why": "法定代表人相同", "what": person, "files": same} for person, same in by_person.items() if len(same) > 1
    ]
    return found


def dispatches_of(actor: Actor, round: Round | None = None) -> QuerySet[Dispatch]:
    """Dispatches the actor sees: own ones and those sent to the bureau or above it."""
    rows = Dispatch.objects.visible_to(actor).select_related("from_bureau", "to_bureau", "round__version", "document")
    return rows.filter(round=round) if round is not None else rows


def live_dispatch(round: Round, bureau_id: int) -> Dispatch | None:
    """The bureau's dispatch of a round that is not yet received, None when there is none."""
    return Dispatch.objects.filter(
        round=round, from_bureau_id=bureau_id, state__in=DISPATCH_LIVE - {DispatchState.RECEIVED}
    ).first()
