"""What the 报送 pages ask: a bureau's own dispatch, the bureaus below in one matrix, leave to report late."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Count, QuerySet

from cultivation.models import Round
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import path_ids, subordinates
from foundation.accounts.roles import Level
from foundation.core.clock import business_today
from foundation.documents.models import FrozenDocument
from reviews.evaluation import WindowAnswer, window_verdict
from reviews.models import Application, Dispatch, LatePermission
from reviews.states import DISPATCH_LIVE, DispatchState, FileState

SENDER_WORDS: dict[str, tuple[str, str]] = {
    DispatchState.DRAFT: ("mo", "编制中"),
    DispatchState.SIGNED: ("wait", "已签发，待盖章"),
    DispatchState.SEALED: ("dai", "已盖章，待报送"),
    DispatchState.SENT: ("dai", "已报送，待上级接收"),
    DispatchState.RECEIVED: ("ok", "上级已接收"),
    DispatchState.RETURNED: ("no", "被上级退回"),
}
"""State of the bureau's own dispatch in its own words."""
SUPERIOR_WORDS: dict[str, tuple[str, str]] = {
    "": ("mo", "未开始"),
    DispatchState.DRAFT: ("mo", "编制中"),
    DispatchState.SIGNED: ("mo", "编制中"),
    DispatchState.SEALED: ("mo", "编制中"),
    DispatchState.SENT: ("dai", "待接收"),
    DispatchState.RECEIVED: ("ok", "已接收"),
    DispatchState.RETURNED: ("wait", "已退回，待重报"),
}
"""The same dispatch as the level above reads it: what is not sent is only being prepared."""

COLUMNS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    Level.PREFECTURE: (
        ("企业草稿", (FileState.DRAFT,)),
        ("县级在办", (FileState.SUBMITTED, FileState.RETURNED)),
        ("县级已推荐", (FileState.RECOMMENDED,)),
        ("待本级审核", (FileState.AT_PREFECTURE,)),
        ("已汇总", (FileState.MERGED,)),
        ("已报省", (FileState.AT_PROVINCE, FileState.APPROVED, FileState.NOT_APPROVED, FileState.LISTED)),
    ),
    Level.PROVINCE: (
        ("企业草稿", (FileState.DRAFT,)),
        ("县级在办", (FileState.SUBMITTED, FileState.RETURNED, FileState.RECOMMENDED)),
        ("市州在办", (FileState.AT_PREFECTURE, FileState.MERGED)),
        ("已报省", (FileState.AT_PROVINCE,)),
        ("审定通过", (FileState.APPROVED,)),
        ("不予认定", (FileState.NOT_APPROVED,)),
        ("已列入", (FileState.LISTED,)),
    ),
}
"""Counts by state in the matrix of the level above; numbers only, whatever the state (design idea 2)."""
OF_APPROVAL = frozenset({FileState.APPROVED, FileState.NOT_APPROVED})


def columns_of(level: str, round: Round) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The columns for a level; what belongs to a decision of the province only where the programme has one."""
    groups = COLUMNS.get(level, ())
    if round.programme.has_step("approve"):
        return groups
    return tuple((head, states) for head, states in groups if not set(states) <= OF_APPROVAL)


@dataclass
class BelowRow:
    """One bureau directly below: its counts, its latest dispatch, its window and leave."""

    bureau: Bureau
    counts: list[int]
    dispatch: Dispatch | None
    window: WindowAnswer
    leave: LatePermission | None
    own: bool = False
    heads: tuple[str, ...] = ()

    @property
    def cells(self) -> list[tuple[str, int]]:
        """Counts with their heads: a phone shows the head before each number."""
        return list(zip(self.heads, self.counts, strict=True))

    @property
    def words(self) -> tuple[str, str]:
        state = self.dispatch.state if self.dispatch else ""
        return SUPERIOR_WORDS[state]

    @property
    def shown(self) -> bool:
        """Whether the dispatch itself may be opened: from sending on."""
        return self.dispatch is not None and self.dispatch.state in {DispatchState.SENT, DispatchState.RECEIVED}

    @property
    def overdue(self) -> bool:
        """The day has passed and nothing was sent."""
        today = business_today()
        closes = self.window.closes_on
        return not self.own and not self.shown and closes is not None and today > closes


@dataclass
class Below:
    """The matrix: heads, rows in administrative order, totals."""

    heads: list[str] = field(default_factory=list)
    rows: list[BelowRow] = field(default_factory=list)

    @property
    def totals(self) -> list[int]:
        return [sum(row.counts[place] for row in self.rows) for place in range(len(self.heads))]

    @property
    def sent(self) -> int:
        """Bureaus whose list has been sent or received."""
        return sum(row.shown for row in self.rows if not row.own)

    @property
    def waiting(self) -> int:
        """Lists waiting to be received."""
        return sum(row.dispatch is not None and row.dispatch.state == DispatchState.SENT for row in self.rows)

    @property
    def bureaus(self) -> int:
        return sum(not row.own for row in self.rows)

    @property
    def overdue(self) -> int:
        return sum(row.overdue for row in self.rows)


def below(actor: Actor, round: Round) -> Below:
    """Every bureau directly below the actor's in a round; the actor's own files (own-level firms, HN-20) as the first row."""
    groups = columns_of(actor.level, round)
    if not groups or actor.bureau_id is None:
        return Below()
    ids = subordinates(actor.bureau_id, round.stage, business_today())
    bureaus = list(Bureau.objects.filter(pk__in=[*ids, actor.bureau_id]).order_by("sort_key", "pk"))
    counts = _counts(actor, round, {bureau.pk for bureau in bureaus})
    latest = _latest_dispatches(round, ids)
    leaves = {
        leave.bureau_id: leave
        for leave in LatePermission.objects.filter(
            round=round, bureau_id__in=ids, until__gte=business_today()
        ).order_by("id")
    }
    lower = Level.COUNTY if actor.level == Level.PREFECTURE else Level.PREFECTURE
    own_path = next((path for path in actor.hat.paths if path.startswith(round.path)), "")
    heads = tuple(head for head, _ in groups)
    rows = []
    for bureau in sorted(bureaus, key=lambda one: one.pk != actor.bureau_id):
        own = bureau.pk == actor.bureau_id
        found = counts.get(bureau.pk, {})
        numbers = [sum(found.get(state, 0) for state in states) for _, states in groups]
        if own and not any(numbers):
            continue
        dispatch = latest.get(bureau.pk)
        path = dispatch.path if dispatch else f"{own_path}{bureau.pk}/"
        window = window_verdict(round, path, lower)
        rows.append(BelowRow(bureau, numbers, dispatch, window, leaves.get(bureau.pk), own, heads))
    return Below(list(heads), rows)


def _counts(actor: Actor, round: Round, bureaus: set[int]) -> dict[int, dict[str, int]]:
    """Files by the bureau directly below on their path, and by state."""
    condition = [path for path in actor.hat.paths if path.startswith(round.path)]
    found: dict[int, dict[str, int]] = {}
    if not condition:
        return found
    rows = Application.objects.filter(round=round, path__startswith=min(condition, key=len)).order_by()
    for path, state, number in rows.values_list("path", "state").annotate(Count("pk")):
        steps = path_ids(path)
        at = steps.index(actor.bureau_id) if actor.bureau_id in steps else -1
        child = steps[at + 1] if 0 <= at < len(steps) - 1 else actor.bureau_id
        if child in bureaus:
            known = found.setdefault(child or 0, {})
            known[state] = known.get(state, 0) + number
    return found


def _latest_dispatches(round: Round, bureau_ids: list[int]) -> dict[int, Dispatch]:
    rows = Dispatch.objects.filter(round=round, from_bureau_id__in=bureau_ids).order_by("from_bureau_id", "-id")
    return {row.from_bureau_id: row for row in rows.distinct("from_bureau_id")}


def own_dispatches(actor: Actor, round: Round) -> list[Dispatch]:
    """The bureau's dispatches of a round, the one under way first."""
    rows = (
        Dispatch.objects.visible_to(actor)
        .filter(round=round, from_bureau_id=actor.bureau_id)
        .select_related("to_bureau", "from_bureau", "round__version", "document", "late_permission")
    )
    open_states = DISPATCH_LIVE - {DispatchState.RECEIVED}
    return sorted(rows, key=lambda row: (row.state not in open_states, -row.pk))


def received_dispatches(actor: Actor, round: Round) -> list[Dispatch]:
    """Every list sent to this bureau in a round, newest first."""
    return list(
        Dispatch.objects.visible_to(actor)
        .filter(round=round, to_bureau_id=actor.bureau_id)
        .select_related("from_bureau", "document")
        .annotate(files=Count("items"))
        .order_by("-sent_at", "-id")
    )


def waiting_to_receive(actor: Actor) -> QuerySet[Dispatch]:
    """Lists sent to the bureau and not yet received: the number in the top bar."""
    if actor.level == Level.COUNTY:
        return Dispatch.objects.none()
    return Dispatch.objects.visible_to(actor).filter(to_bureau_id=actor.bureau_id, state=DispatchState.SENT)


def files_of(document: FrozenDocument | None) -> dict[str, int]:
    """Ids of the stored files of a paper: PDF, workbook."""
    if document is None:
        return {}
    return {name: pk for name, pk in (("pdf", document.pdf_id), ("xlsx", document.sheet_id)) if pk is not None}
