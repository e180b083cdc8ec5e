"""What a county does with its queue: checks, opinions, reasons for open gates, hands; and the list it sends up."""

from __future__ import annotations

import datetime as dt
import io

from PIL import Image, ImageDraw

from cultivation.eligibility import GateStep
from cultivation.models import Round
from foundation.accounts.actor import Actor
from foundation.documents.actions.render import render_document
from foundation.documents.actions.store import open_stored, store_upload
from foundation.documents.models import StoredFile
from foundation.documents.permissions import SCAN
from portal.rehearsal.people import Cast
from reviews.actions import county, dispatching, sending
from reviews.dossier import load_dossiers
from reviews.jobs import keep_workbook
from reviews.models import Application, CheckRecord, Dispatch
from reviews.papers import CHECK_PROOF
from reviews.readiness import gates_at

LINE = "现场核实，所报数据与审计报告一致，发展势头良好（演示）。"


class Upload(io.BytesIO):
    """Bytes with a file name, as an upload has."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name
        self.size = len(content)


def screenshot(text: str) -> bytes:
    """A small picture that stands for the screen of a credit query."""
    picture = Image.new("RGB", (480, 120), "white")
    ImageDraw.Draw(picture).text((12, 50), f"DEMO {text}", fill="black")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def proof_for(actor: Actor) -> StoredFile:
    """One stored proof an official may use for many checks of a day."""
    return store_upload(
        Upload(screenshot("credit query"), "信用查询截图（演示）.png"), actor=actor, purpose=CHECK_PROOF
    )


def check(file: Application, actor: Actor, proof: StoredFile, on: dt.date, *, found: bool = False) -> None:
    """The credit and compliance check of every kind the programme asks for."""
    for rule in file.round.programme.checks_for(file.tier):
        county.record_check(
            application_id=file.pk,
            actor=actor,
            code=rule.code,
            source=rule.sources[0],
            checked_on=on,
            result=CheckRecord.Result.FOUND if found else CheckRecord.Result.CLEAN,
            detail="有一条行政处罚记录，正在修复（演示）。" if found else "",
            proof=proof,
        )


def judge(file: Application, actor: Actor) -> None:
    """Answer every opinion item, then give the reasons the gates at recommendation ask for."""
    items = file.round.programme.opinion_items_for(file.tier)
    if items:
        county.give_opinions(application_id=file.pk, actor=actor, answers={item.code: (True, LINE) for item in items})
    explain(file, actor, GateStep.RECOMMENDATION)


def explain(file: Application, actor: Actor, step: GateStep) -> None:
    """A reason for every gate of a step that asks for one."""
    dossier = load_dossiers([Application.objects.get(pk=file.pk)])[file.pk]
    for item in gates_at(dossier, step).to_explain:
        county.explain_gate(
            application_id=file.pk,
            actor=actor,
            step=step.value,
            code=item.criterion,
            text="企业实力较强，属本地重点支持方向（演示）。",
        )


def endorse(files: list[Application], actor: Actor) -> None:
    """One hand on files that are ready; what is refused here is a fault of the rehearsal."""
    verdicts = county.recommend(ids=[file.pk for file in files], actor=actor, opinion="同意推荐（演示）。")
    refused = [str(verdict) for verdict in verdicts.values() if not verdict]
    if refused:
        raise RuntimeError(refused[0])


def recommend(files: list[Application], cast: Cast, place: str) -> None:
    """All hands the bureau asks for."""
    for actor in dict.fromkeys((cast.handler(place), cast.signer(place))):
        waiting = list(Application.objects.filter(pk__in=[file.pk for file in files], state="submitted"))
        endorse(waiting, actor)


def start_list(round_: Round, cast: Cast, place: str) -> Dispatch:
    """Open the county's list with everything recommended."""
    return dispatching.start_dispatch(round=round_, actor=cast.handler(place))


def seal_and_send(dispatch: Dispatch, cast: Cast, place: str) -> Dispatch:
    """Sign, print, stamp, scan back, send: the scan is the printed table itself."""
    for actor in dict.fromkeys((cast.handler(place), cast.signer(place))):
        dispatch = Dispatch.objects.select_related("document").get(pk=dispatch.pk)
        if dispatch.document is None:
            dispatching.sign(dispatch_id=dispatch.pk, actor=actor, opinion="同意报送（演示）。")
    dispatch = Dispatch.objects.select_related("document__pdf").get(pk=dispatch.pk)
    assert dispatch.document is not None
    document = render_document(dispatch.document)
    assert document.pdf is not None
    keeper = cast.archivist(place)
    keep_workbook(document, keeper, dispatch.from_bureau_id)
    with open_stored(document.pdf) as stream:
        scan = store_upload(Upload(stream.read(), "盖章扫描件（演示）.pdf"), actor=keeper, purpose=SCAN)
    dispatching.seal(dispatch_id=dispatch.pk, actor=keeper, scan=scan)
    return sending.send(dispatch_id=dispatch.pk, actor=cast.signer(place))
