"""What this room hears, what it can be told, and how its messages read."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.urls import reverse

from enterprises import evidence, personal  # noqa: F401 - who reads which files, who sees which contacts
from enterprises.actions.identity import refresh_paths
from enterprises.actions.members import accept_invitation
from enterprises.models import Enterprise, Membership
from foundation.accounts.actor import SYSTEM, actor_for
from foundation.accounts.events import PathsRebuilt, ReportingLineChanged
from foundation.core.errors import Refused
from foundation.core.events import on
from foundation.core.registries import SubjectKind, real_data_probes, subjects
from foundation.notifications import kinds, recipients

INVITATION_KEY = "enterprises.invitation"
"""Session key of a link opened before signing in."""

subjects.register("enterprise", SubjectKind("企业", lambda pk: reverse("enterprises:enterprise", args=[pk])))
subjects.register("claim", SubjectKind("企业认领", lambda pk: reverse("enterprises:claim", args=[pk])))
subjects.register("hand_over", SubjectKind("管理员更换", lambda pk: reverse("enterprises:hand_over", args=[pk])))
real_data_probes.register("企业", lambda: Enterprise.objects.exists())


def contact_of(pk: int) -> tuple[str, str]:
    """E-mail and telephone a firm is registered with; empty texts for a firm that is gone."""
    return Enterprise.objects.filter(pk=pk).values_list("contact_email", "contact_phone").first() or ("", "")


recipients.register(
    "enterprise",
    people=lambda pk: Membership.objects.filter(enterprise_id=pk, valid_to__isnull=True).values_list(
        "user_id", flat=True
    ),
    contact=contact_of,
)

kinds.register(
    "enterprises.request_opened",
    title="{enterprise}：有人申请{noun}",
    body="请核对证明材料后答复。",
    url=lambda payload: reverse("enterprises:requests"),
    label="认领与管理员更换",
)
kinds.register(
    "enterprises.claim_decided",
    title="您对{enterprise}的认领：{answer}",
    body="{opinion}",
    url=lambda payload: reverse("enterprises:my_requests"),
    label="认领结果",
)
kinds.register(
    "enterprises.hand_over_decided",
    title="{enterprise}更换管理员：{answer}",
    body="{opinion}",
    url=lambda payload: reverse("enterprises:my_requests"),
    label="管理员更换结果",
)
kinds.register(
    "enterprises.member_joined",
    title="{person}经主管部门核对加入{enterprise}",
    body="如有疑问，请联系主管部门。",
    url=lambda payload: reverse("enterprises:members", args=[payload["id"]]),
    label="成员变动",
)


@on(ReportingLineChanged)
def follow_line(event: ReportingLineChanged) -> None:
    """Enterprises follow their bureau's new path at once when the line is in force already."""
    if event.effective:
        refresh_paths(actor=SYSTEM)


@on(PathsRebuilt)
def follow_paths(event: PathsRebuilt) -> None:
    """The day has come on which lines entered earlier take effect."""
    refresh_paths(actor=SYSTEM, bureau_ids=event.changed_bureau_ids)


@receiver(user_logged_in)
def take_up_invitation(request: Any, user: Any, **_: Any) -> None:
    """A link opened before signing in is used at the first sign-in after it."""
    token = request.session.pop(INVITATION_KEY, "") if request is not None and hasattr(request, "session") else ""
    if not token:
        return
    try:
        membership = accept_invitation(token=token, user=user, actor=actor_for(user))
    except Refused as refusal:
        request.session["enterprises.invitation_refused"] = str(refusal)
        return
    request.session["hat"] = f"enterprise:{membership.enterprise_id}:{membership.role}"
