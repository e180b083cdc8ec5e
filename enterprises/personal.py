"""Contacts of a firm and of who asks for it: in full for the firm and the bureau that handles it, masked for everybody else,
a look is recorded (B.1 7).
"""

from __future__ import annotations

from operator import attrgetter

from enterprises.models import Claim, Enterprise, HandOver
from enterprises.permissions import sees_contact
from foundation.accounts import privacy
from foundation.accounts.actor import Actor
from foundation.core.text import mask_email, mask_phone


def _sees_asker(actor: Actor, request: Claim | HandOver) -> bool:
    own = actor.user_id is not None and request.user_id == actor.user_id
    return own or sees_contact(actor, request.enterprise)


for _name, _label, _mask in (
    ("contact_phone", "联系电话", mask_phone),
    ("contact_email", "电子邮箱", mask_email),
):
    privacy.register(
        f"enterprise.{_name}",
        label=_label,
        model=Enterprise,
        mask=_mask,
        read=attrgetter(_name),
        action="enterprise.reveal_contact",
        handles=sees_contact,
    )
for _model in (Claim, HandOver):
    privacy.register(
        f"{_model.subject_kind}.phone",
        label="申请人电话",
        model=_model,
        mask=mask_phone,
        read=lambda request: request.user.phone,
        handles=_sees_asker,
    )
privacy.export_labels.register("enterprises.list", "企业名录（含完整电话）")
