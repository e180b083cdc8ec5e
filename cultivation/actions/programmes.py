"""Publishing a reading of a programme (P-05)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from cultivation.models import Programme, ProgrammeVersion
from cultivation.schema import content_hash, parse
from foundation.accounts.actor import Actor
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_now


@transaction.atomic
def publish_version(*, document: dict[str, Any], actor: Actor, note: str = "") -> tuple[ProgrammeVersion, bool]:
    """Publish a document as the next version of its programme; the same content again is the same version.

    Returns the version and whether it is new. Raises ProgrammeError (naming the place) for a faulty document.
    """
    require(actor, "programme.publish")
    parsed = parse(document)
    digest = content_hash(document)
    programme, _ = Programme.objects.select_for_update(of=("self",)).get_or_create(
        code=parsed.code,
        defaults={"title": parsed.title, "short_title": parsed.short_title, "province": parsed.province},
    )
    known = ProgrammeVersion.objects.filter(digest=digest).first()
    if known is not None:
        return known, False
    last = programme.versions.aggregate(last=Max("number"))["last"] or 0
    version = ProgrammeVersion.objects.create(
        programme=programme,
        number=last + 1,
        digest=digest,
        document=document,
        document_number=parsed.document_number,
        effective_from=parsed.effective_from,
        published_at=business_now(),
        published_by=f"{actor.hat.label} {actor.name}".strip()[:160],
        note=note,
    )
    if (programme.title, programme.short_title) != (parsed.title, parsed.short_title):
        programme.title, programme.short_title = parsed.title, parsed.short_title
        programme.save(update_fields=["title", "short_title"])
    record_act(
        subject_kind=ProgrammeVersion.subject_kind,
        subject_id=version.pk,
        subject_label=str(version),
        action="programme.publish",
        actor=actor,
        data={"programme": programme.code, "digest": digest, "number": version.number},
    )
    return version, True
