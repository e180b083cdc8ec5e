"""Menu entry and subject address of the duties room."""

from __future__ import annotations

from django.urls import reverse

from foundation.core.registries import NavItem, SubjectKind, nav, subjects
from foundation.duties.queries import running_jobs

# Enterprises reach their few exports from the page that made them and from their inbox.
nav.register(
    "duties.jobs",
    NavItem(
        "任务与导出",
        "duties:jobs",
        order=900,
        show=lambda actor: actor.is_official,
        count=running_jobs,
    ),
)
subjects.register("job", SubjectKind("后台任务", url=lambda pk: reverse("duties:job", args=[pk])))
