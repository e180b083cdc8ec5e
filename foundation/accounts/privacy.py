"""Personal data outside the bureau that handles it: masked, revealed one field at a time, exported with a reason (B.1 7).

A room says which of its fields are personal:

    privacy.register("enterprise.contact_phone", label="联系电话", model=Enterprise, mask=mask_phone,
                     read=lambda firm: firm.contact_phone, action="enterprise.reveal_contact", handles=is_handling_bureau)

Templates write ``{% personal "enterprise.contact_phone" firm %}`` (templatetags/personal.py): in full for those who handle
the subject and for the firm itself, masked for everybody else, with a button for those who may look. A look is a POST, is
written into ``RevealEvent`` and shown once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest

from foundation.accounts.actor import Actor
from foundation.accounts.may import may
from foundation.accounts.models import PrivacyConsent, RevealEvent, User
from foundation.accounts.sign_in_log import address_of
from foundation.accounts.transition import record_act, require
from foundation.core.clock import real_now
from foundation.core.errors import Refused
from foundation.core.registries import Registry
from foundation.core.verdict import no


@dataclass(frozen=True, slots=True)
class PersonalField:
    """One personal field of one model: how it is masked, who sees it anyway, which rule lets others look."""

    name: str
    label: str
    model: type[models.Model]
    mask: Callable[[str], str] = field(repr=False)
    read: Callable[[Any], str] = field(repr=False)
    action: str
    """The rule asked before a look; '' where nobody looks who does not handle the subject."""
    act: str
    """The act as recorded in the subject's journal."""
    handles: Callable[[Actor, Any], bool] = field(repr=False)
    about: Callable[[Any], Any] = field(repr=False)
    """The object the rule is about (a file's rule is the firm's)."""

    def in_full(self, actor: Actor, obj: Any) -> bool:
        """Whether the actor sees it without asking."""
        return self.handles(actor, obj)

    def shown(self, actor: Actor, obj: Any) -> str:
        """The value as this actor sees it; '' when there is none."""
        value = self.read(obj) or ""
        return value if not value or self.in_full(actor, obj) else self.mask(value)


fields: Registry[PersonalField] = Registry("personal field")


def register(
    name: str,
    *,
    label: str,
    model: type[models.Model],
    mask: Callable[[str], str],
    read: Callable[[Any], str],
    handles: Callable[[Actor, Any], bool],
    action: str = "",
    act: str = "",
    about: Callable[[Any], Any] = lambda obj: obj,
) -> PersonalField:
    """Register a personal field (an app's handlers.py or permissions.py); see :class:`PersonalField`."""
    known = PersonalField(name, label, model, mask, read, action, act or action, handles, about)
    return fields.register(name, known)


def reason_needed() -> bool:
    """Whether a look must say why (setting ``REVEAL_REASON``)."""
    return settings.REVEAL_REASON == "required"


@transaction.atomic
def reveal(
    *, actor: Actor, name: str, pk: int, reason: str = "", request: HttpRequest | None = None
) -> tuple[Any, str]:
    """The value in full, and who looked written down: an act in the subject's journal and a line in the log of looks.

    Whoever sees the value anyway leaves no trace. Returns the object and the value. Raises Refused for an unknown field or
    an object that does not exist for the actor, ValidationError under ``reason`` when the setting asks for one.
    """
    known = fields.get(name)
    obj = known.model._default_manager.filter(pk=pk).first() if known is not None else None
    if known is None or obj is None:
        raise Refused(no("没有这一项，或它不在您的职责范围内。"))
    if known.in_full(actor, obj):
        return obj, known.read(obj) or ""
    ask(actor, name, obj)
    why = (reason or "").strip()[:200]
    if reason_needed() and not why:
        raise ValidationError({"reason": "请写明查看的理由。"})
    kind: str = getattr(obj, "subject_kind", "") or known.model.__name__.lower()
    record_act(
        subject_kind=kind, subject_id=obj.pk, subject_label=str(obj), action=known.act, actor=actor, note=why,
        data={"field": name},
    )  # fmt: skip
    note(
        RevealEvent.Kind.REVEAL,
        actor=actor,
        field=name,
        subject_kind=kind,
        subject_id=obj.pk,
        reason=why,
        request=request,
    )
    return obj, known.read(obj) or ""


def note_export(
    *, actor: Actor, what: str, subject_kind: str, rows: int, reason: str, request: HttpRequest | None = None
) -> None:
    """Write down that a file with so many rows of unmasked personal data went out, and why. Raises ValidationError
    without a reason: whoever gives none gets the masked columns.
    """
    if not (reason or "").strip():
        raise ValidationError({"reason": "导出完整联系方式须写明用途；不写的，导出的号码隐去中间几位。"})
    note(
        RevealEvent.Kind.EXPORT, actor=actor, field=what, subject_kind=subject_kind, subject_id=0, rows=rows,
        reason=reason.strip()[:200], request=request,
    )  # fmt: skip


def note(
    kind: str,
    *,
    actor: Actor,
    field: str,
    subject_kind: str,
    subject_id: int,
    rows: int = 1,
    reason: str = "",
    request: HttpRequest | None = None,
) -> RevealEvent:
    """Write one line into the log of looks."""
    return RevealEvent.objects.create(
        at=real_now(),
        kind=kind,
        user_id=actor.user_id,
        actor_name=actor.signature[:160],
        hat_label=actor.hat.office[:160],
        bureau_id=actor.bureau_id,
        field=field,
        subject_kind=subject_kind,
        subject_id=subject_id,
        rows=rows,
        reason=reason,
        address=address_of(request),
    )


def label_of(name: str) -> str:
    """Chinese name of a field or an export in the log; its code where nobody named it."""
    known = fields.get(name)
    return known.label if known else export_labels.get(name) or name


export_labels: Registry[str] = Registry("label of an export with personal data")


def may_reveal(actor: Actor, name: str, obj: Any) -> bool:
    """Whether a button is offered."""
    known = fields[name]
    return bool(known.action and may(actor, known.action, known.about(obj)))


def ask(actor: Actor, name: str, obj: Any) -> None:
    """Raise Refused unless the actor may look."""
    known = fields[name]
    if not known.action:
        raise Refused(no("这一项只有办理单位能看到。"))
    require(actor, known.action, known.about(obj))


def notice_facts() -> dict[str, Any]:
    """What the text of the privacy notice says of this installation: version and days of keeping."""
    return {
        "version": settings.PRIVACY_VERSION,
        "sign_in_days": settings.SIGN_IN_LOG_DAYS,
        "look_days": settings.REVEAL_LOG_DAYS,
        "export_days": settings.EXPORT_KEEP_DAYS,
    }


# ---- the notice --------------------------------------------------------------------------------------------
@transaction.atomic
def accept(*, user: User, actor: Actor, request: HttpRequest | None = None) -> None:
    """The person accepts the privacy notice in force; written once per version."""
    version = settings.PRIVACY_VERSION
    _, made = PrivacyConsent.objects.get_or_create(
        user=user, version=version, defaults={"at": real_now(), "address": address_of(request)}
    )
    if user.privacy_version != version:
        user.privacy_version = version
        user.save(update_fields=["privacy_version"])
    if made:
        record_act(
            subject_kind=User.subject_kind, subject_id=user.pk, subject_label=user.username, action="privacy.accept",
            actor=actor, data={"version": version},
        )  # fmt: skip


def is_outdated(user: User) -> bool:
    """Whether the person accepted an older version and has to see the new one before going on."""
    return bool(user.privacy_version) and user.privacy_version != settings.PRIVACY_VERSION
