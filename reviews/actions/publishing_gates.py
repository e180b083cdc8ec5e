"""The gate at listing where the published list *is* the listing (Sichuan): asked of every firm, its answers kept (design idea 1)."""

from __future__ import annotations

from collections.abc import Iterable

from cultivation.models import ProgrammeVersion, Round
from foundation.core.clock import business_now
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.journal.models import Decision
from reviews.actions.listing_gate import STEP
from reviews.dossier import load_dossiers
from reviews.models import Application, Publishing, StepVerdict
from reviews.province_queries import chunks
from reviews.readiness import gate_blocks

GATE_AT = "list_published"
NAMED = 8
"""How many firms a refusal names."""
DOSSIERS = 250
"""Files evaluated at once: the whole list is never in memory."""


def asks_gate(round: Round) -> bool:
    """Whether the listing gate of the programme is asked when the list is published (Sichuan); Hunan asks at sealing."""
    return round.programme.listing.gate_at == GATE_AT


def to_ask(publishing: Publishing) -> list[Application]:
    """Files on the draft whose stored answers are not all *met*: only they can be asked for a reason or stopped."""
    if not asks_gate(publishing.round):
        return []
    rows = Application.objects.filter(publishing_items__publishing=publishing).order_by("publishing_items__rank")
    return sharing(publishing, list(rows.exclude(listing__outcome="met")))


def sharing(publishing: Publishing, files: list[Application]) -> list[Application]:
    """The files with one round and one object per rule version between them: the rules are read once, not once per file."""
    versions = ProgrammeVersion.objects.in_bulk(
        {file.programme_version_id for file in files if file.programme_version_id}
    )
    versions[publishing.round.version_id] = publishing.round.version
    for file in files:
        file.round = publishing.round
        if file.programme_version_id is not None:
            file.programme_version = versions[file.programme_version_id]
    return files


def open_gates(files: Iterable[Application]) -> list[str]:
    """Firms whose criteria stop them at listing or lack a reason, each with what is open."""
    found = []
    for dossier in load_dossiers(files).values():
        blocks = gate_blocks(dossier, STEP)
        if blocks:
            found.append(f"{dossier.file.enterprise_name}：{'，'.join(block.reason for block in blocks)}")
    return found


def ask_gates(publishing: Publishing, decision: Decision) -> None:
    """Ask the listing gate of every file as of today and keep each answer with its inputs; Refused naming the firms in the way."""
    if not asks_gate(publishing.round):
        return
    rows = Application.objects.filter(publishing_items__publishing=publishing).order_by("publishing_items__rank")
    open_gates: list[str] = []
    now = business_now()
    for files in chunks(sharing(publishing, list(rows.defer("answers", "listing"))), DOSSIERS):
        kept = []
        for dossier in load_dossiers(files).values():
            blocks = gate_blocks(dossier, STEP)
            if blocks:
                open_gates.append(f"{dossier.file.enterprise_name}：{'，'.join(block.reason for block in blocks)}")
            kept.append(
                StepVerdict(
                    application=dossier.file,
                    step=STEP.value,
                    evaluation=dossier.evaluation.frozen,
                    at=now,
                    decision_id=decision.pk,
                )
            )
        StepVerdict.objects.bulk_create(kept)
    if open_gates:
        more = f"；另有 {len(open_gates) - NAMED} 户" if len(open_gates) > NAMED else ""
        raise Refused(no(f"还不能公布：{'；'.join(open_gates[:NAMED])}{more}。", "请逐项说明理由，或移出本次名单。"))
