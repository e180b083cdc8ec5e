"""Making a dispatch (报送): which files, in which order, through which hands, frozen at signing, stamped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from cultivation.models import Round
from cultivation.schema import GateStep
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau, User
from foundation.accounts.paths import bureau_path, superior_in
from foundation.accounts.roles import Act
from foundation.accounts.transition import decide_one, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused, StaleState
from foundation.core.text import normalise_name
from foundation.core.verdict import Verdict, no
from foundation.documents.actions.freeze import freeze
from foundation.documents.actions.seal import attach_scan
from foundation.documents.models import StoredFile
from foundation.journal.models import Decision
from reviews import hands
from reviews.actions.dispatch_common import dispatch_rule, locked_dispatch, note_dispatch, reported, with_relations
from reviews.actions.listing_gate import asks_listing_gate, explain_listing, store_listing_verdicts
from reviews.dispatch_papers import TABLE_KIND
from reviews.dossier import load_dossiers
from reviews.models import Application, Dispatch, DispatchItem, Endorsement
from reviews.readiness import gate_blocks
from reviews.states import DISPATCH_LIVE, DispatchState, FileState
from reviews.summary_table import table_snapshot

ACT = Act.DISPATCH
_PHONE = re.compile(r"[0-9+()（）\-、,，;；/ 转]{7,30}")


@transaction.atomic
def start_dispatch(*, round: Round, actor: Actor) -> Dispatch:
    """Open the bureau's dispatch of a round and put every waiting file on it, in administrative order × rank."""
    require(actor, "dispatch.start")
    bureau = Bureau.objects.get(pk=actor.bureau_id)
    programme = round.programme
    path = bureau_path(bureau.pk, programme.stage, business_today())
    if not path.startswith(round.path):
        raise Refused(no(f"本轮由{programme.province_name}组织，本单位不在其中。"))
    if not round.is_open:
        raise Refused(no("本轮申报已结束，不能再编制报送。"))
    superior_id = superior_in(path, bureau.pk)
    if superior_id is None:
        raise Refused(no("本单位没有上级报送单位。", "请联系系统管理员核对隶属关系。"))
    superior = Bureau.objects.get(pk=superior_id)
    last = (
        Dispatch.objects.filter(round=round, from_bureau=bureau, state__in=DISPATCH_LIVE).aggregate(top=Max("batch"))[
            "top"
        ]
        or 0
    )
    under_way = Dispatch.objects.filter(
        round=round, from_bureau=bureau, state__in=DISPATCH_LIVE - {DispatchState.RECEIVED}
    ).first()
    if under_way is not None:
        raise Refused(
            no(f"本轮已有一份在办的报送（{under_way.get_state_display()}）。", "请在原报送上继续办理，或先撤回。")
        )
    try:
        with transaction.atomic():
            dispatch = Dispatch.objects.create(
                round=round,
                from_bureau=bureau,
                to_bureau=superior,
                path=path,
                batch=last + 1,
                title=programme.sheet.title.format(year=round.year),
                reporter_name=actor.name[:40],
                reporter_phone=bureau.contact_phone or _own_phone(actor),
                created_at=business_now(),
            )
    except IntegrityError as error:
        raise StaleState(no("同事刚刚建立了本轮报送。", "请刷新后再看。")) from error
    dispatch_rule(dispatch)
    note_dispatch(dispatch, "dispatch.start", actor)
    collect(dispatch=dispatch, actor=actor)
    return dispatch


def _own_phone(actor: Actor) -> str:
    return User.objects.filter(pk=actor.user_id).values_list("phone", flat=True).first() or ""


def waiting_files(round_id: int, bureau_id: int, path: str) -> list[Application]:
    """Files a bureau may put on its dispatch: its own recommended ones and, from below, those it has reviewed and merged.

    Order: places in administrative order, within a place the rank the place gave (HN-25), own-level firms first (HN-20).
    """
    own = Q(bureau_id=bureau_id, state=FileState.RECOMMENDED)
    below = Q(path__startswith=path, state=FileState.MERGED) & ~Q(bureau_id=bureau_id)
    files = (
        Application.objects.filter(round_id=round_id)
        .filter(own | below)
        .exclude(
            pk__in=DispatchItem.objects.filter(
                dispatch__round_id=round_id,
                dispatch__from_bureau_id=bureau_id,
                dispatch__state__in=DISPATCH_LIVE - {DispatchState.RECEIVED},
            ).values("application_id")
        )
        .select_related("bureau")
    )
    ranks = {
        application_id: (batch, rank)
        for application_id, batch, rank in DispatchItem.objects.filter(
            application__in=files, dispatch__state=DispatchState.RECEIVED, held=False
        )
        .order_by("dispatch_id")
        .values_list("application_id", "dispatch__batch", "rank")
    }
    return sorted(
        files,
        key=lambda file: (
            file.bureau_id != bureau_id,
            file.bureau.sort_key,
            ranks.get(file.pk, (0, 0)),
            file.submitted_at,
            file.pk,
        ),
    )


@transaction.atomic
def collect(*, dispatch: Dispatch, actor: Actor) -> int:
    """Add files that became ready since; they go to the end of the list. Returns how many."""
    dispatch = locked_dispatch(dispatch.pk, actor, "dispatch.edit")
    files = waiting_files(dispatch.round_id, dispatch.from_bureau_id, dispatch.path)
    top = dispatch.items.aggregate(top=Max("rank"))["top"] or 0
    DispatchItem.objects.bulk_create(
        DispatchItem(dispatch=dispatch, application=file, rank=top + position)
        for position, file in enumerate(files, start=1)
    )
    if files:
        hands.cancel("dispatch", [dispatch.pk], ACT)
        note_dispatch(dispatch, "dispatch.collect", actor, {"added": [file.pk for file in files]})
    return len(files)


@transaction.atomic
def reorder(*, dispatch_id: int, actor: Actor, order: Sequence[int], version: int) -> Dispatch:
    """Set the order by application ids, complete; hands given so far no longer count."""
    dispatch = locked_dispatch(dispatch_id, actor, "dispatch.edit")
    if dispatch.version != version:
        raise StaleState(no("顺序刚被他人调整过。", "请刷新后再调整。"))
    items = {item.application_id: item for item in dispatch.items.all()}
    if sorted(order) != sorted(items):
        raise Refused(no("顺序与名单不一致，可能有材料刚被加入或退回。", "请刷新后再调整。"))
    for rank, application_id in enumerate(order, start=1):
        items[application_id].rank = rank
    DispatchItem.objects.bulk_update(items.values(), ["rank"])
    hands.cancel("dispatch", [dispatch.pk], ACT)
    dispatch.version += 1
    dispatch.save(update_fields=["version"])
    note_dispatch(dispatch, "dispatch.reorder", actor, {"order": list(order)})
    return dispatch


@transaction.atomic
def hold(*, dispatch_id: int, actor: Actor, application_id: int, held: bool) -> None:
    """Leave a file out of this dispatch, or take it in again; it stays in the bureau meanwhile."""
    dispatch = locked_dispatch(dispatch_id, actor, "dispatch.edit")
    if not dispatch.items.filter(application_id=application_id).update(held=held):
        raise Refused(no("这份材料不在本次报送中。"))
    hands.cancel("dispatch", [dispatch.pk], ACT)
    note_dispatch(dispatch, "dispatch.hold", actor, {"application": application_id, "held": held})


@transaction.atomic
def set_reporter(*, dispatch_id: int, actor: Actor, name: str, phone: str) -> None:
    """填报人 and telephone at the foot of the table (HN-32)."""
    dispatch = locked_dispatch(dispatch_id, actor, "dispatch.edit")
    name, phone = normalise_name(name), phone.strip()
    if len(name) > 40 or len(phone) > 30:
        raise Refused(no("填报人不超过 40 个字，联系电话不超过 30 个字符。"))
    if phone and not _PHONE.fullmatch(phone):
        raise Refused(no(f"联系电话“{phone}”不像电话号码。", "请填写座机（带区号）或手机号，如 0731-22880000。"))
    if (name, phone) == (dispatch.reporter_name, dispatch.reporter_phone):
        return
    dispatch.reporter_name, dispatch.reporter_phone = name, phone
    dispatch.save(update_fields=["reporter_name", "reporter_phone"])
    hands.cancel("dispatch", [dispatch.pk], ACT)
    note_dispatch(dispatch, "dispatch.set_reporter", actor)


def signing_blocks(dispatch: Dispatch) -> list[Verdict]:
    """What keeps the list from being signed; where the programme asks the listing gate at sealing, every open gate by firm."""
    files = reported(dispatch)
    blocks: list[Verdict] = []
    if not files:
        blocks.append(no("名单中没有材料"))
    if not dispatch.reporter_name or not dispatch.reporter_phone:
        blocks.append(no("请填写填报人和联系电话（汇总表表尾）"))
    if asks_listing_gate(dispatch):
        for dossier in load_dossiers(files).values():
            blocks += [
                no(f"{dossier.file.enterprise_name}：{block.reason}", block.hint)
                for block in gate_blocks(dossier, GateStep.LISTING)
            ]
    return blocks


@dataclass
class _Turn:
    """The hand that is due, read after the dispatch was locked."""

    plan: hands.HandPlan
    done: list[Endorsement] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    @property
    def hand(self) -> str:
        return hands.next_hand(self.plan, self.done) or ""

    @property
    def last(self) -> bool:
        return hands.is_last(self.plan, self.done)


def sign(*, dispatch_id: int, actor: Actor, opinion: str = "") -> Dispatch:
    """Give the hand that is due; the last one (签发) freezes order and content into the 汇总表."""
    bureau_id = actor.bureau_id or 0
    turn = _Turn(hands.plan_for(bureau_id, ACT))

    def check(dispatch: Dispatch) -> Verdict:
        turn.done = hands.given("dispatch", [dispatch.pk], bureau_id, ACT)[dispatch.pk]
        mine = hands.may_give(actor, turn.plan, turn.done)
        if not mine:
            return mine
        blocks = signing_blocks(with_relations(dispatch))
        return no("暂不能签批：" + "；".join(block.reason for block in blocks) + "。") if blocks else mine

    def change(dispatch: Dispatch) -> None:
        if turn.last:
            files = reported(dispatch)
            turn.files = [file.pk for file in files]
            dispatch.signed_at = business_now()
            dispatch.document = freeze(
                kind=TABLE_KIND,
                subject_kind=dispatch.subject_kind,
                subject_id=dispatch.pk,
                subject_label=str(dispatch),
                title=dispatch.title,
                bureau=dispatch.from_bureau,
                stage=dispatch.round.stage,
                snapshot=table_snapshot(dispatch, files),
                actor=actor,
            )

    def event(dispatch: Dispatch, decision: Decision) -> None:
        if turn.last and asks_listing_gate(dispatch):
            store_listing_verdicts(reported(dispatch), decision)
        hands.give(
            subject_kind="dispatch",
            subject_id=dispatch.pk,
            actor=actor,
            act=ACT,
            hand=turn.hand,
            opinion=opinion.strip(),
            decision=decision,
        )

    decide_one(
        pk=dispatch_id,
        model=Dispatch,
        action="dispatch.endorse",
        expect={DispatchState.DRAFT},
        to=lambda dispatch: DispatchState.SIGNED if turn.last else DispatchState.DRAFT,
        actor=actor,
        opinion=opinion.strip(),
        data=lambda dispatch: {
            "hand": turn.hand,
            "document": dispatch.document.digest if dispatch.document else "",
            "files": turn.files if turn.last else [],
        },
        check=check,
        change=change,
        fields=("signed_at", "document"),
        event=event,
    )
    return Dispatch.objects.get(pk=dispatch_id)


def seal(*, dispatch_id: int, actor: Actor, scan: StoredFile) -> Dispatch:
    """Attach the stamped scan to the frozen table; the dispatch is then 已盖章 (ZZ-07). A better scan may replace it until receipt."""

    def attach(dispatch: Dispatch, decision: Decision) -> None:
        assert dispatch.document is not None
        attach_scan(document=dispatch.document, file=scan, actor=actor)

    decide_one(
        pk=dispatch_id,
        model=Dispatch,
        action="dispatch.seal",
        expect={DispatchState.SIGNED},
        to=DispatchState.SEALED,
        actor=actor,
        event=attach,
        data={"scan": scan.sha256},
    )
    return Dispatch.objects.get(pk=dispatch_id)


__all__ = [
    "asks_listing_gate",
    "collect",
    "dispatch_rule",
    "explain_listing",
    "hold",
    "reorder",
    "reported",
    "seal",
    "set_reporter",
    "sign",
    "signing_blocks",
    "start_dispatch",
    "waiting_files",
]
