"""Lists on their way, through the actions a page calls: recommended files, signed, sealed, sent, received, merged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from foundation.accounts.actor import Actor
from foundation.core.events import Event, _handlers
from foundation.documents.actions.render import render_document
from foundation.documents.actions.store import open_stored, store_upload
from foundation.documents.models import StoredFile
from foundation.documents.permissions import SCAN
from foundation.journal.models import Decision
from portal.rehearsal import calendar, county
from portal.rehearsal.people import CHENGDU, HUNAN, SICHUAN, ZHUZHOU
from reviews.actions import dispatching, merging, planning, sending
from reviews.actions.listing_gate import adopt_reasons
from reviews.models import Application, CultivationPlan, Dispatch
from tests.reviews.conftest import HETANG, Upload, World

PREFECTURE = {"43": ZHUZHOU, "51": CHENGDU}
PROVINCE = {"43": HUNAN, "51": SICHUAN}


def recommended(world: World, number: int = 1, place: str = HETANG, condition: str = "met") -> list[Application]:
    """Files the county has checked, judged and recommended with all its hands."""
    files = [world.submitted(world.firm(place, condition))[0] for _ in range(number)]
    handler = world.handler(place)
    proof = county.proof_for(handler)
    for file in files:
        county.check(file, handler, proof, calendar.TODAY)
        county.judge(file, handler)
    county.recommend(files, world.built.cast, place)
    return [Application.objects.get(pk=file.pk) for file in files]


def started(world: World, place: str = HETANG) -> Dispatch:
    """The bureau's list, opened."""
    round_ = world.hunan if place.startswith("43") else world.sichuan
    return dispatching.start_dispatch(round=round_, actor=world.handler(place))


def signed(world: World, dispatch: Dispatch, place: str = HETANG) -> Dispatch:
    """All hands given."""
    for actor in dict.fromkeys((world.handler(place), world.signer(place))):
        dispatch = Dispatch.objects.select_related("document").get(pk=dispatch.pk)
        if dispatch.document is None:
            dispatch = dispatching.sign(dispatch_id=dispatch.pk, actor=actor, opinion="同意报送（演示）。")
    return dispatch


def scan_of(dispatch: Dispatch, keeper: Actor) -> StoredFile:
    """The printed table comes back as its own scan."""
    assert dispatch.document is not None
    document = render_document(dispatch.document)
    assert document.pdf is not None
    with open_stored(document.pdf) as stream:
        return store_upload(Upload(stream.read(), "盖章扫描件.pdf"), actor=keeper, purpose=SCAN)


def sealed(world: World, dispatch: Dispatch, place: str = HETANG) -> Dispatch:
    """Signed, printed, stamped, scanned."""
    dispatch = signed(world, dispatch, place)
    keeper = world.built.cast.archivist(place)
    return dispatching.seal(dispatch_id=dispatch.pk, actor=keeper, scan=scan_of(dispatch, keeper))


def sent(world: World, dispatch: Dispatch, place: str = HETANG) -> Dispatch:
    """On its way."""
    dispatch = sealed(world, dispatch, place)
    return sending.send(dispatch_id=dispatch.pk, actor=world.signer(place))


def received(world: World, place: str = HETANG, number: int = 1, condition: str = "met") -> Dispatch:
    """A county's list of so many firms, received by its prefecture."""
    recommended(world, number, place, condition)
    dispatch = sent(world, started(world, place), place)
    return sending.receive(dispatch_id=dispatch.pk, actor=world.handler(PREFECTURE[place[:2]]))


def merged(world: World, dispatch: Dispatch) -> list[int]:
    """Every file of a received list taken into the prefecture's."""
    ids = list(dispatch.items.filter(held=False).values_list("application_id", flat=True))
    prefecture = world.handler(PREFECTURE["43" if dispatch.round_id == world.hunan.pk else "51"])
    verdicts = merging.merge(ids=ids, actor=prefecture)
    assert all(verdicts.values()), verdicts
    return ids


def planned(world: World) -> CultivationPlan:
    """Zhuzhou's plan, finished."""
    actor = world.handler(ZHUZHOU)
    plan = planning.start_plan(round=world.hunan, actor=actor)
    planning.save_plan(
        plan_id=plan.pk,
        actor=actor,
        version=plan.version,
        title=plan.title,
        goals="三年内培育一批细分领域单项冠军（演示）。",
        organisation="成立工作专班（演示）。",
    )
    measure = {"category": "cloud_adoption", "text": "组织企业上云培训（演示）", "owner": "市经信委（演示）"}
    planning.set_measures(plan_id=plan.pk, actor=actor, measures=[measure])
    return planning.finish_plan(plan_id=plan.pk, actor=actor)


def prefecture_list(world: World, place: str = ZHUZHOU) -> Dispatch:
    """The prefecture's own list of everything merged, with reasons at listing taken over from the counties."""
    dispatch = started(world, place)
    adopt_reasons(dispatch_id=dispatch.pk, actor=world.handler(place))
    return dispatch


def acts_on(dispatch: Dispatch) -> list[str]:
    """Actions recorded on a dispatch, each with its journal entry."""
    rows = (
        Decision.objects.filter(subject_kind="dispatch", subject_id=dispatch.pk).select_related("entry").order_by("id")
    )
    return [row.action for row in rows if row.entry.digest]


@contextmanager
def heard(kind: type[Event]) -> Iterator[list[Event]]:
    """Events of a kind announced inside the block."""
    found: list[Event] = []
    _handlers[kind].append(found.append)
    try:
        yield found
    finally:
        _handlers[kind].remove(found.append)
