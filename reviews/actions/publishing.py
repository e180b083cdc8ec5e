"""The published list (SC-43): what is cleared goes on it, the listing gate is asked, the entries begin.

The main list takes everything cleared; what an open objection held back follows in a supplementary list with its own number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from django.db import IntegrityError, transaction
from django.db.models import Max

from cultivation.models import RosterList, Round
from cultivation.roster import list_entries
from cultivation.schema import GateStep
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.paths import path_ids
from foundation.accounts.roles import Act
from foundation.accounts.transition import decide, decide_one, record_act, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused, StaleState
from foundation.core.verdict import Verdict, no
from foundation.documents.actions.freeze import freeze
from foundation.journal.models import Decision
from foundation.journal.record import Message, send
from reviews import hands, province_queries, public_notices
from reviews.actions.listing_gate import STEP, write_reasons
from reviews.actions.publishing_gates import DOSSIERS, NAMED, ask_gates, open_gates, to_ask
from reviews.actions.turns import Turn
from reviews.dossier import load_dossiers
from reviews.events import ListPublished
from reviews.models import Application, Explanation, Publishing, PublishingItem
from reviews.province_papers import LIST_KIND, list_snapshot
from reviews.province_queries import LIST_STEP, chunks, list_order, step_of
from reviews.readiness import gates_at
from reviews.states import FileState, PublishingState

ACT = Act.PUBLISH


# ---- preparing -----------------------------------------------------------------------------------------------


@transaction.atomic
def start_publishing(*, round: Round, actor: Actor) -> Publishing:
    """Open the next list of the round with every cleared file that is on none: the first is the list, later ones supplement it."""
    require(actor, "publishing.start")
    if step_of(round, LIST_STEP) is None:
        raise Refused(no("本项目不另行公布名单，省级接收即列入。"))
    if round.bureau_id != actor.bureau_id:
        raise Refused(no("由组织本轮的主管部门公布名单。"))
    if province_queries.draft_publishing(round) is not None:
        raise StaleState(no("本轮次已有一份名单正在拟制。", "请在原名单上继续办理。"))
    order = list_order(round, public_notices.cleared(round))
    if not order:
        raise Refused(no("还没有可以列入名单的材料。", "审定、公示结束且没有未办结异议的材料才能列入。"))
    sequence = (Publishing.objects.filter(round=round).aggregate(top=Max("sequence"))["top"] or 0) + 1
    titles = round.programme.listing.papers
    title = (titles.main if sequence == 1 else titles.supplement).format(round=round.title, number=sequence - 1)
    try:
        with transaction.atomic():
            publishing = Publishing.objects.create(
                round=round,
                bureau_id=round.bureau_id,
                path=round.path,
                sequence=sequence,
                title=title[:200],
                created_at=business_now(),
            )
    except IntegrityError as error:
        raise StaleState(no("同事刚刚建立了本轮名单。", "请刷新后再看。")) from error
    _fill(publishing, order)
    _note(publishing, "publishing.start", actor, files=len(order))
    return publishing


def _fill(publishing: Publishing, order: list[int]) -> None:
    PublishingItem.objects.bulk_create(
        (PublishingItem(publishing=publishing, application_id=pk, rank=rank) for rank, pk in enumerate(order, start=1)),
        batch_size=2000,
    )


def _note(publishing: Publishing, action: str, actor: Actor, opinion: str = "", **data: object) -> Decision:
    return record_act(
        subject_kind=publishing.subject_kind,
        subject_id=publishing.pk,
        subject_label=str(publishing),
        action=action,
        actor=actor,
        from_state=publishing.state,
        to_state=publishing.state,
        opinion=opinion,
        data=dict(data),
    )


def _locked(publishing_id: int, actor: Actor) -> Publishing:
    publishing = (
        Publishing.objects.select_for_update(of=("self",))
        .select_related("round__version", "round__family", "bureau")
        .filter(pk=publishing_id)
        .first()
    )
    if publishing is None:
        raise Refused(no("没有这份名单，或它不在您的职责范围内。"))
    require(actor, "publishing.edit", publishing)
    return publishing


def _changed(publishing: Publishing, *fields: str) -> None:
    hands.cancel(publishing.subject_kind, [publishing.pk], ACT)
    publishing.version += 1
    publishing.save(update_fields=["version", *fields])


@transaction.atomic
def refresh_publishing(*, publishing_id: int, actor: Actor) -> tuple[int, int]:
    """Make the draft what is cleared now; returns how many were added and taken out."""
    publishing = _locked(publishing_id, actor)
    before = set(publishing.items.values_list("application_id", flat=True))
    order = list_order(publishing.round, public_notices.cleared(publishing.round))
    added, gone = set(order) - before, before - set(order)
    if added or gone:
        publishing.items.all().delete()
        _fill(publishing, order)
        _changed(publishing)
        _note(publishing, "publishing.refresh", actor, added=sorted(added), gone=sorted(gone))
    return len(added), len(gone)


@transaction.atomic
def leave_out(*, publishing_id: int, application_ids: Iterable[int], reason: str, actor: Actor) -> int:
    """Take firms out of this list with a reason; they stay approved and can follow in a supplementary one."""
    wanted = sorted(set(application_ids))
    if not reason.strip():
        raise Refused(no("请写明不列入本次名单的理由。"))
    publishing = _locked(publishing_id, actor)
    gone, _ = publishing.items.filter(application_id__in=wanted).delete()
    if not wanted or gone != len(wanted):
        raise Refused(no("选中的企业不在本次名单中。", "请刷新后再办理。"))
    _changed(publishing)
    _note(publishing, "publishing.leave_out", actor, reason.strip(), files=wanted)
    return gone


@transaction.atomic
def set_heading(*, publishing_id: int, title: str, number: str, actor: Actor) -> Publishing:
    """Title and 文号 as they will be printed; the number belongs to the bureau's office and to one list alone."""
    title, number = " ".join(title.split()), " ".join(number.split())
    if not title or len(title) > 200 or len(number) > 80:
        raise Refused(no("请填写标题（不超过 200 个字）和文号（不超过 80 个字）。"))
    publishing = _locked(publishing_id, actor)
    if (publishing.title, publishing.number) == (title, number):
        return publishing
    _free_number(publishing, number)
    publishing.title, publishing.number = title, number
    _changed(publishing, "title", "number")
    _note(publishing, "publishing.set_heading", actor, number=number)
    return publishing


def _free_number(publishing: Publishing, number: str) -> None:
    if number and RosterList.objects.filter(bureau_id=publishing.bureau_id, number=number).exists():
        raise Refused(no(f"文号“{number}”已用于另一份名单。", "补充名单须有自己的文号。"))


@transaction.atomic
def explain(*, publishing_id: int, texts: Mapping[tuple[int, str], str], actor: Actor) -> None:
    """The province's reasons by file and criterion where the listing gate asks for one; an empty text takes a reason back."""
    publishing = _locked(publishing_id, actor)
    wanted = {pk for pk, _ in texts}
    if wanted - set(publishing.items.filter(application_id__in=wanted).values_list("application_id", flat=True)):
        raise Refused(no("这份材料不在本次名单中。"))
    kept = write_reasons(texts, actor)
    _note(publishing, "publishing.explain", actor, criteria=[f"{pk}:{code}" for pk, code in kept])


def adopt_reasons(*, publishing_id: int, actor: Actor) -> int:
    """Take over the reasons given at recommendation for criteria that ask again at listing; returns how many. Nothing is typed
    twice, each stays marked as the province's own statement.
    """
    publishing = Publishing.objects.select_related("round__version").get(pk=publishing_id)
    texts: dict[tuple[int, str], str] = {}
    for files in chunks(to_ask(publishing), DOSSIERS):
        for pk, dossier in load_dossiers(files).items():
            for item in gates_at(dossier, STEP).to_explain:
                given = dossier.explained(Explanation.Kind.GATE, GateStep.RECOMMENDATION.value, item.criterion)
                if given:
                    texts[pk, item.criterion] = given
    if texts:
        explain(publishing_id=publishing_id, texts=texts, actor=actor)
    return len(texts)


def publishing_blocks(publishing: Publishing) -> list[Verdict]:
    """What keeps a draft from being published. Gates are asked here of the files whose stored answers are not all met, so that no
    hand is given in vain; the last hand asks every file anew.
    """
    blocks: list[Verdict] = []
    if not publishing.items.exists():
        blocks.append(no("名单中没有企业"))
    if not publishing.number:
        blocks.append(no("还没有填写文号"))
    names = list(province_queries.not_cleared(publishing).values_list("enterprise_name", flat=True)[: NAMED + 1])
    if names:
        more = "等" if len(names) > NAMED else ""
        blocks.append(no(f"{'、'.join(names[:NAMED])}{more}有未办结的异议或已撤下，请先更新名单"))
    found = [text for files in chunks(to_ask(publishing), DOSSIERS) for text in open_gates(files)]
    return [*blocks, *(no(text) for text in found[:NAMED])]


# ---- publishing ----------------------------------------------------------------------------------------------


def publish(*, publishing_id: int, actor: Actor, number: str = "", opinion: str = "") -> Publishing:
    """Give the hand that is due; the last one publishes: gates, document, list, entries and messages in one transaction.

    ``number`` is the 文号 where it was not entered before. A firm whose criteria stop it or lack a reason refuses the whole, by name.
    """
    if number.strip():
        row = Publishing.objects.filter(pk=publishing_id).first()
        if row is not None and row.number != number.strip():
            set_heading(publishing_id=publishing_id, title=row.title, number=number, actor=actor)
    turn = Turn.of(Publishing.subject_kind, ACT, actor)
    opinion = opinion.strip()
    made: list[Decision] = []

    def check(publishing: Publishing) -> Verdict:
        mine = turn.ask(publishing.pk)
        public_notices.hold_still(publishing.round)
        blocks = publishing_blocks(publishing) if mine else []
        return no("还不能公布：" + "；".join(block.reason for block in blocks) + "。") if blocks else mine

    def change(publishing: Publishing) -> None:
        if turn.last:
            made.append(_publish(publishing, actor, opinion))

    def event(publishing: Publishing, decision: Decision) -> ListPublished | None:
        turn.give(publishing.pk, opinion, decision)
        if not turn.last or publishing.roster_list_id is None:
            return None
        return ListPublished(
            publishing_id=publishing.pk,
            round_id=publishing.round_id,
            roster_list_id=publishing.roster_list_id,
            decision_id=made[0].pk,
        )

    decide_one(
        pk=publishing_id,
        model=Publishing,
        action="publishing.endorse",
        expect={PublishingState.DRAFT},
        to=lambda publishing: PublishingState.PUBLISHED if turn.last else PublishingState.DRAFT,
        actor=actor,
        opinion=opinion,
        check=check,
        change=change,
        fields=("published_at", "document", "roster_list"),
        data=lambda publishing: {
            "hand": turn.hand,
            "document": publishing.document.digest if publishing.document else "",
        },
        event=event,
    )
    return Publishing.objects.get(pk=publishing_id)


def _files(publishing: Publishing) -> list[Application]:
    rows = Application.objects.filter(publishing_items__publishing=publishing).order_by("publishing_items__rank")
    return list(rows.select_related("enterprise__region").defer("answers", "listing"))


def _publish(publishing: Publishing, actor: Actor, opinion: str) -> Decision:
    """Everything the last hand does, on the locked row inside its transaction; returns the act the entries rest on."""
    files = _files(publishing)
    decision = _note(publishing, "publishing.publish", actor, opinion, files=len(files), number=publishing.number)
    ask_gates(publishing, decision)
    publishing.published_at = business_now()
    publishing.document = freeze(
        kind=LIST_KIND,
        subject_kind=publishing.subject_kind,
        subject_id=publishing.pk,
        subject_label=str(publishing),
        title=publishing.title,
        bureau=publishing.bureau,
        stage=publishing.round.stage,
        snapshot=list_snapshot(publishing, files),
        actor=actor,
        official_number=publishing.number,
    )
    round_ = publishing.round
    publishing.roster_list = RosterList.objects.create(
        programme_id=round_.family_id,
        round=round_,
        bureau_id=publishing.bureau_id,
        path=publishing.path,
        kind=RosterList.Kind.MAIN if publishing.sequence == 1 else RosterList.Kind.SUPPLEMENT,
        sequence=publishing.sequence,
        number=publishing.number,
        title=publishing.title,
        year=round_.year,
        batch=round_.batch,
        published_on=business_today(),
        document=publishing.document,
        decision=decision,
    )
    _enter(publishing, files, actor)
    list_entries(
        round=round_,
        files=files,
        document=publishing.document,
        decision=decision,
        on=business_today(),
        roster_list=publishing.roster_list,
    )
    for messages in chunks(_messages(publishing, files, decision)):
        send(messages, decision)
    return decision


def _enter(publishing: Publishing, files: list[Application], actor: Actor) -> None:
    names = {file.pk: file.enterprise_name for file in files}
    for piece in chunks(sorted(names)):
        verdicts = decide(
            model=Application,
            ids=piece,
            action="application.publish",
            expect={FileState.APPROVED},
            to=FileState.LISTED,
            actor=actor,
            data={"publishing": publishing.pk, "number": publishing.number},
        )
        failed = [f"{names[pk]}：{verdict.reason}" for pk, verdict in verdicts.items() if not verdict]
        if failed:
            raise Refused(no("以下企业不能列入，全部未公布：" + "；".join(failed[:NAMED])))


def _messages(publishing: Publishing, files: list[Application], decision: Decision) -> list[Message]:
    """To every firm, and to every bureau below on whose path a firm is: how many of its own are on the list."""
    found = []
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for file in files:
        body = {
            "application": file.pk,
            "name": file.enterprise_name,
            "list": f"{publishing.title}（{publishing.number}）",
        }
        key = f"reviews.listed:{decision.pk}:{file.pk}"
        found.append(Message(key, "reviews.listed", "enterprise", file.enterprise_id, body))
        for bureau in path_ids(file.path):
            if bureau != publishing.bureau_id:
                counts[bureau]["firms"] += 1
    known = set(Bureau.objects.filter(pk__in=counts).values_list("pk", flat=True))
    kind = "reviews.list_published"
    for bureau, numbers in sorted(counts.items()):
        if bureau in known:
            told = {
                "publishing": publishing.pk,
                "title": publishing.title,
                "number": publishing.number,
                "firms": numbers["firms"],
            }
            found.append(Message(f"{kind}:{decision.pk}:{bureau}", kind, "bureau", bureau, told))
    return found
