"""Contacts on files and lists: in full for the bureau that handles the file (or made the list) and the firm itself, masked
above, a look there is recorded (B.1 7). The sealed 汇总表 is an official paper and keeps its column; on screen it is masked.
"""

from __future__ import annotations

from operator import attrgetter

from foundation.accounts import privacy
from foundation.accounts.actor import Actor
from foundation.accounts.may import allowed, rule
from foundation.accounts.roles import CASE_ROLES
from foundation.core.text import mask_email, mask_phone
from reviews.models import Application, Dispatch

CONTACTS = frozenset({"contact_phone", "contact_email"})
"""Facts of a file that are masked where its contacts are."""
MASKS = {"contact_phone": mask_phone, "contact_email": mask_email}

rule("application.reveal_contact", label="查看材料的完整联系方式", roles=CASE_ROLES)(allowed)
rule("dispatch.reveal_contact", label="查看填报人的完整电话", roles=CASE_ROLES)(allowed)


def handles_file(actor: Actor, file: Application) -> bool:
    """The bureau that handles the file, and the firm whose it is."""
    if actor.is_enterprise:
        return actor.enterprise_id == file.enterprise_id
    return actor.is_official and actor.bureau_id == file.bureau_id


def _made(actor: Actor, dispatch: Dispatch) -> bool:
    return actor.is_official and actor.bureau_id == dispatch.from_bureau_id


for _name, _label in (("contact_phone", "联系电话"), ("contact_email", "电子邮箱")):
    privacy.register(
        f"application.{_name}",
        label=_label,
        model=Application,
        mask=MASKS[_name],
        read=attrgetter(f"enterprise.{_name}"),
        action="application.reveal_contact",
        handles=handles_file,
    )
privacy.register(
    "dispatch.reporter_phone",
    label="填报人电话",
    model=Dispatch,
    mask=mask_phone,
    read=attrgetter("reporter_phone"),
    action="dispatch.reveal_contact",
    handles=_made,
)
