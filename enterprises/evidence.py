"""Files a firm shows: who may read them, and taking one in from a form."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from enterprises.models import Enterprise
from foundation.accounts.actor import Actor
from foundation.accounts.may import may, sees
from foundation.accounts.roles import Role
from foundation.core.verdict import Verdict, no, ok
from foundation.documents.actions.store import store_upload
from foundation.documents.kinds import file_readers
from foundation.documents.models import StoredFile

FACTS = "enterprise.evidence"
"""Audit reports, certificates, contracts: read by whoever reads the enterprise."""
REQUEST = "enterprise.request"
"""Licence scans of claims and hand-overs: read by who asked and by officials on the firm's path."""
ORIGIN = "enterprise.origin"
"""Proof of business here, given at registration, before the enterprise has a number."""
_ABSENT = no("没有这个文件，或它不在您的职责范围内。")


def _of_enterprise(actor: Actor, file: StoredFile) -> Verdict:
    enterprise = Enterprise.objects.filter(pk=file.owner_id).first() if file.owner_kind == "enterprise" else None
    return _ABSENT if enterprise is None else may(actor, "enterprise.view", enterprise)


def _of_request(actor: Actor, file: StoredFile) -> Verdict:
    if actor.user_id is not None and file.uploaded_by_id == actor.user_id:
        return ok()
    enterprise = Enterprise.objects.filter(pk=file.owner_id).first()
    if enterprise is None or not sees(actor, enterprise):
        return _ABSENT
    return ok() if actor.is_official or actor.role == Role.ENTERPRISE_ADMIN else _ABSENT


def _of_origin(actor: Actor, file: StoredFile) -> Verdict:
    enterprise = Enterprise.objects.filter(origin_evidence=file).first()
    return _ABSENT if enterprise is None else may(actor, "enterprise.view", enterprise)


file_readers.register(FACTS, _of_enterprise)
file_readers.register(REQUEST, _of_request)
file_readers.register(ORIGIN, _of_origin)


def take(file: Any, *, actor: Actor, enterprise: Enterprise | None, purpose: str = FACTS) -> StoredFile | None:
    """Keep an uploaded file for an enterprise; None when none was sent. Raises ``Refused`` with a sentence."""
    if not file:
        return None
    owner = ("enterprise", enterprise.pk if enterprise is not None else None)
    return store_upload(file, actor=actor, purpose=purpose, owner=owner)


def url_of(file: StoredFile | None) -> str:
    """Where the file is read; '' without a file."""
    return reverse("documents:file", args=[file.pk]) if file is not None else ""
