"""The gate at listing where the reported table *is* the listing (Hunan): reasons of the prefecture, verdicts kept (design idea 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from cultivation.schema import GateStep
from foundation.accounts.actor import Actor
from foundation.core.clock import business_now, real_now
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.journal.models import Decision
from reviews.actions.dispatch_common import locked_dispatch, note_dispatch, reported
from reviews.dossier import load_dossiers
from reviews.models import Application, Dispatch, Explanation, StepVerdict
from reviews.readiness import gates_at

STEP = GateStep.LISTING


def asks_listing_gate(dispatch: Dispatch) -> bool:
    """Hunan: the prefecture's reported table *is* the listing, so the gate is asked when it is sealed (design idea 1)."""
    return dispatch.round.programme.listing.gate_at == "dispatch_sealed" and dispatch.to_bureau.level == "province"


def explain_listing(*, dispatch_id: int, actor: Actor, application_id: int, code: str, text: str) -> None:
    """The prefecture's reason for a firm whose criterion asks for one at listing."""
    explain_listings(dispatch_id=dispatch_id, actor=actor, texts={(application_id, code): text})


@transaction.atomic
def explain_listings(*, dispatch_id: int, actor: Actor, texts: Mapping[tuple[int, str], str]) -> None:
    """Several reasons at once, by file and criterion; an empty text takes a reason back."""
    dispatch = locked_dispatch(dispatch_id, actor, "dispatch.edit")
    wanted = {application_id for application_id, _ in texts}
    if wanted - set(dispatch.items.filter(application_id__in=wanted).values_list("application_id", flat=True)):
        raise Refused(no("这份材料不在本次报送中。"))
    kept = write_reasons(texts, actor)
    note_dispatch(dispatch, "dispatch.explain", actor, {"criteria": [f"{file}:{code}" for file, code in kept]})


def write_reasons(texts: Mapping[tuple[int, str], str], actor: Actor) -> list[tuple[int, str]]:
    """Write reasons at listing by file and criterion, inside the transaction of an act that has asked for permission; an empty
    text takes a reason back. Returns what was touched, in order.
    """
    kept = {key: text.strip() for key, text in texts.items()}
    gone = [key for key, text in kept.items() if not text]
    files = {application_id for application_id, _ in kept}
    rows = Explanation.objects.filter(application_id__in=files, kind=Explanation.Kind.GATE, step=STEP.value)
    stale = [row.pk for row in rows if (row.application_id, row.code) in gone]
    Explanation.objects.filter(pk__in=stale).delete()
    now = real_now()
    Explanation.objects.bulk_create(
        [
            Explanation(
                application_id=application_id,
                kind=Explanation.Kind.GATE,
                step=STEP.value,
                code=code,
                text=text,
                by=f"{actor.hat.label} {actor.name}",
                at=now,
            )
            for (application_id, code), text in kept.items()
            if text
        ],
        update_conflicts=True,
        unique_fields=["application", "kind", "step", "code"],
        update_fields=["text", "by", "at"],
    )
    return sorted(kept)


def adopt_reasons(*, dispatch_id: int, actor: Actor) -> int:
    """Take over the reasons the counties gave at recommendation for criteria that ask again at listing; returns how many.

    Nothing is typed twice; each stays marked as the prefecture's own statement.
    """
    dispatch = Dispatch.objects.select_related("round__version").get(pk=dispatch_id)
    texts: dict[tuple[int, str], str] = {}
    for pk, dossier in load_dossiers(reported(dispatch)).items():
        for item in gates_at(dossier, STEP).to_explain:
            given = dossier.explained(Explanation.Kind.GATE, GateStep.RECOMMENDATION.value, item.criterion)
            if given:
                texts[pk, item.criterion] = given
    if texts:
        explain_listings(dispatch_id=dispatch_id, actor=actor, texts=texts)
    return len(texts)


def store_listing_verdicts(files: Iterable[Application], decision: Decision) -> None:
    """Keep each file's answers at listing with their inputs; inside the transaction of the signature."""
    now = business_now()
    StepVerdict.objects.bulk_create(
        StepVerdict(
            application=dossier.file,
            step=GateStep.LISTING.value,
            evaluation=dossier.evaluation.frozen,
            at=now,
            decision_id=decision.pk,
        )
        for dossier in load_dossiers(files).values()
    )
