"""Questions to notices, rounds, programmes and the roster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from cultivation.models import (
    Notice,
    NoticeAddressee,
    NoticeReceipt,
    Programme,
    ProgrammeVersion,
    RosterEntry,
    RoundWindow,
)
from cultivation.models import Round as RoundRow
from cultivation.permissions import bureaus_above
from enterprises.models import EnterprisePath
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import bureau_path, path_ids, subordinates
from foundation.core.clock import business_today
from foundation.journal.models import Decision


@dataclass
class Thread:
    """A notice as one addressee reads it: its own bureau's notice first, the source under it (ZZ-02).

    ``chain`` runs from the nearest notice up to the source. ``to_sign``: the notice of the chain the bureau still owes
    a signature for. ``draft``: the bureau's own forward that is not out yet.
    """

    chain: list[Notice]
    to_sign: Notice | None = None
    draft: Notice | None = None
    signed: bool = False
    rounds: list[RoundRow] = field(default_factory=list)

    @property
    def first(self) -> Notice:
        """The notice whose date and contact hold for the reader."""
        return self.chain[0]

    @property
    def source(self) -> Notice:
        """Where it all began."""
        return self.chain[-1]


def _chain_from(notice: Notice, by_id: dict[int, Notice]) -> list[Notice]:
    chain = [notice]
    while (parent := by_id.get(chain[-1].parent_id or 0)) is not None:
        chain.append(parent)
    return chain


def notices_for(actor: Actor, source_ids: Iterable[int] | None = None) -> list[Thread]:
    """Every thread of notices the actor takes part in, newest source first; a fixed number of queries.

    An official's nearest notice is the own bureau's, else that of the bureau directly above; an enterprise's the one
    of the bureau nearest to it that is addressed to enterprises.
    """
    rows = Notice.objects.visible_to(actor).select_related("bureau", "family").order_by("-issued_on", "-id")
    if source_ids is not None:
        wanted = list(source_ids)
        rows = rows.filter(Q(pk__in=wanted) | Q(root_id__in=wanted))
    notices = list(rows)
    by_id = {notice.pk: notice for notice in notices}
    above = bureaus_above(actor)
    addressed: set[int] = set()
    signed: set[int] = set()
    if actor.is_official:
        mine = {"notice_id__in": by_id, "bureau_id": actor.bureau_id}
        addressed = set(NoticeAddressee.objects.filter(**mine).order_by().values_list("notice_id", flat=True))
        signed = set(NoticeReceipt.objects.filter(**mine).order_by().values_list("notice_id", flat=True))
    rounds: dict[int, list[RoundRow]] = {}
    for row in RoundRow.objects.filter(notice_id__in=by_id).select_related("version").order_by("id"):
        rounds.setdefault(row.notice_id or 0, []).append(row)
    threads: dict[int, list[Notice]] = {}
    for notice in notices:
        threads.setdefault(notice.source_id, []).append(notice)
    found: list[Thread] = []
    for source_id, members in threads.items():
        published = [n for n in members if n.state == Notice.State.PUBLISHED and _is_for(actor, n, above)]
        draft = next((n for n in members if n.state == Notice.State.DRAFT), None)
        nearest = max(published, key=lambda n: len(path_ids(n.path)), default=draft)
        if nearest is None:
            continue
        chain = _chain_from(nearest, by_id)
        to_sign = next((n for n in chain if n.pk in addressed and n.pk not in signed), None)
        found.append(
            Thread(
                chain=chain,
                to_sign=to_sign,
                draft=draft,
                signed=any(n.pk in signed for n in chain),
                rounds=rounds.get(source_id, []),
            )
        )
    return found


def _is_for(actor: Actor, notice: Notice, above: set[int]) -> bool:
    """Whether this notice may stand first for the actor: on the own path, and for enterprises addressed to them."""
    if notice.bureau_id not in above:
        return False
    return bool(notice.to_enterprises) if actor.is_enterprise else True


def unsigned_notices(actor: Actor) -> QuerySet[Notice]:
    """Notices the actor's bureau has received and not signed for."""
    if actor.bureau_id is None:
        return Notice.objects.none()
    receipts = NoticeReceipt.objects.filter(notice=OuterRef("pk"), bureau_id=actor.bureau_id)
    rows = Notice.objects.filter(addressees__bureau_id=actor.bureau_id, state=Notice.State.PUBLISHED)
    return rows.exclude(Exists(receipts)).select_related("bureau").order_by("-issued_on", "-id")


def count_unsigned(actor: Actor) -> int:
    """For the number beside the menu entry."""
    return unsigned_notices(actor).count() if actor.is_official else 0


@dataclass(frozen=True)
class ReceiptLine:
    """One addressed bureau: signed by whom and when, forwarded with which date."""

    bureau: Bureau
    receipt: NoticeReceipt | None
    forward: Notice | None


def receipt_board(notice: Notice) -> list[ReceiptLine]:
    """Who has signed for a notice and who has forwarded it, in administrative order; three queries."""
    receipts = {row.bureau_id: row for row in notice.receipts.order_by("id")}
    published = Notice.objects.filter(parent=notice, state=Notice.State.PUBLISHED).order_by("id")
    forwards = {row.bureau_id: row for row in published}
    addressees = notice.addressees.select_related("bureau").order_by("bureau__sort_key", "bureau_id")
    return [ReceiptLine(row.bureau, receipts.get(row.bureau_id), forwards.get(row.bureau_id)) for row in addressees]


def possible_addressees(bureau_id: int, stage: str) -> list[Bureau]:
    """Bureaus directly below at a stage today, in administrative order."""
    ids = subordinates(bureau_id, stage, business_today())
    return list(Bureau.objects.filter(pk__in=ids, active=True).order_by("sort_key", "id"))


# ---- programmes and rounds ---------------------------------------------------------------------------------


def programmes() -> QuerySet[Programme]:
    """All programmes with their versions, newest version first."""
    versions = ProgrammeVersion.objects.order_by("-number")
    return Programme.objects.prefetch_related(Prefetch("versions", queryset=versions)).order_by("code")


def current_version(programme: Programme | str) -> ProgrammeVersion | None:
    """The newest version of a programme, by row or code."""
    code = programme if isinstance(programme, str) else programme.code
    rows = ProgrammeVersion.objects.filter(programme__code=code).select_related("programme")
    return rows.order_by("-number").first()


def current_versions(province: str = "") -> list[ProgrammeVersion]:
    """The newest version of every programme, of one province (two-digit code) or all."""
    rows = ProgrammeVersion.objects.select_related("programme").order_by("programme__code", "-number")
    if province:
        rows = rows.filter(programme__province=province)
    return list(rows.distinct("programme__code"))


def running_rounds(province: str) -> dict[int, RoundRow]:
    """The newest running round of each programme of a province, by programme id; one query, windows not loaded."""
    rows = RoundRow.objects.filter(family__province=province, state=RoundRow.State.OPEN).select_related("version")
    return {row.family_id: row for row in rows.order_by("year", "batch", "id")}


def rounds(*, province: str = "", only_open: bool = False) -> QuerySet[RoundRow]:
    """Rounds with version, programme and windows loaded, newest first."""
    rows = RoundRow.objects.select_related("version", "family", "bureau", "notice").prefetch_related("windows__bureau")
    if province:
        rows = rows.filter(family__province=province)
    if only_open:
        rows = rows.filter(state=RoundRow.State.OPEN)
    return rows.order_by("-year", "-batch", "id")


def rounds_over(actor: Actor) -> QuerySet[RoundRow]:
    """Running rounds opened by a bureau on the actor's path: those of the own province."""
    rows = RoundRow.objects.filter(state=RoundRow.State.OPEN, bureau_id__in=bureaus_above(actor))
    return rows.select_related("bureau").order_by("-year", "-batch", "id")


@dataclass(frozen=True)
class WindowLine:
    """One level of a round for a reader: the window that holds for them, and the own bureau's window above it all."""

    level: str
    label: str
    window: RoundWindow | None
    everybody: RoundWindow | None

    @property
    def differs(self) -> bool:
        """Whether a bureau on the way has set another date than the round."""
        return self.window is not None and self.everybody is not None and self.window.pk != self.everybody.pk


def reader_path(actor: Actor, round: RoundRow) -> str:
    """The responsibility path whose windows hold for the reader in this round; the round's own for everybody else."""
    if actor.is_official and actor.bureau_id:
        path = bureau_path(actor.bureau_id, round.stage, business_today())
        return path if path.startswith(round.path) else round.path
    if actor.is_enterprise:
        rows = EnterprisePath.objects.filter(enterprise_id=actor.enterprise_id, stage__in=["", round.stage])
        found = rows.order_by("-stage").values_list("path", flat=True).first()
        if found and found.startswith(round.path):
            return found
    return round.path


def window_lines(round: RoundRow, path: str) -> list[WindowLine]:
    """The levels that have a window, lowest first, as they hold on a path."""
    lines: list[WindowLine] = []
    for level, label in RoundWindow.Level.choices:
        everybody = next((w for w in round.window_list() if w.level == level and w.bureau_id is None), None)
        window = round.window_for(level, path_ids(path))
        if window is not None or everybody is not None:
            lines.append(WindowLine(level, label, window, everybody))
    return lines


def changes_of(kind: str, pk: int, limit: int = 50) -> QuerySet[Decision]:
    """Recorded acts on a round or notice, newest first."""
    return Decision.objects.filter(subject_kind=kind, subject_id=pk).order_by("-id")[:limit]


# ---- roster ------------------------------------------------------------------------------------------------


def _standing(
    rows: QuerySet[RosterEntry], on: dt.date | None, programme: str, tier: str, text: str
) -> QuerySet[RosterEntry]:
    day = on or business_today()
    rows = rows.filter(since__lte=day).filter(Q(until__isnull=True) | Q(until__gt=day))
    if programme:
        rows = rows.filter(programme__code=programme)
    if tier:
        rows = rows.filter(tier=tier)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(enterprise__uscc__istartswith=text))
    return rows.select_related("enterprise", "programme", "region", "round").order_by("region__sort_key", "name", "id")


def roster_as_of(
    actor: Actor, on: dt.date | None = None, *, programme: str = "", tier: str = "", text: str = ""
) -> QuerySet[RosterEntry]:
    """Entries the actor answers for that stood on a day (today by default), narrowed by programme, tier, name or code
    (HN-14, SC-18).
    """
    return _standing(RosterEntry.objects.visible_to(actor), on, programme, tier, text)


def public_roster(
    on: dt.date | None = None, *, programme: str = "", tier: str = "", text: str = ""
) -> QuerySet[RosterEntry]:
    """Entries of programmes that publish their list (SC-43); a page shows name, region, tier and batch of them only.

    Hunan's reserve has no published list, so none of it is here.
    """
    published = [v.programme_id for v in current_versions() if v.programme_document.publication is not None]
    return _standing(RosterEntry.objects.filter(programme_id__in=published), on, programme, tier, text)
