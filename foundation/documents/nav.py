"""Menu entry and subject address of this room."""

from __future__ import annotations

from django.urls import reverse

from foundation.accounts.roles import CASE_ROLES, Role
from foundation.core.registries import NavItem, SubjectKind, nav, subjects

nav.register(
    "documents.register",
    NavItem(
        "文书",
        "documents:register",
        order=800,
        show=lambda actor: actor.role in CASE_ROLES | {Role.ARCHIVIST},
        prefix="/documents/",
    ),
)
subjects.register("document", SubjectKind("文书", url=lambda pk: reverse("documents:document", args=[pk])))
