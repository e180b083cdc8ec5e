"""Passwords: changed by the person, reset by a mailed code, or by the bureau after it has checked who asks."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets as system_secrets

from axes.utils import reset as forget_failures
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, TextChoices
from django.http import HttpRequest

from foundation.accounts import secrets, sign_in_log
from foundation.accounts.actions.people import own_actor
from foundation.accounts.actor import Actor
from foundation.accounts.models import Authenticator, PasswordReset, SignInEvent, User
from foundation.accounts.sign_in_log import address_of
from foundation.accounts.transition import record_act, require
from foundation.core.clock import real_now
from foundation.core.text import mask_email
from foundation.journal.record import Message, send

WRONG_CODE = "验证码不对或已失效。请核对邮件，或重新获取验证码。"


class IdentityCheck(TextChoices):
    """What the bureau looked at before resetting somebody's password."""

    ID_CARD = "id_card", "当面核对本人身份证件"
    LICENCE = "licence", "核对营业执照与法定代表人委托书"
    LETTER = "letter", "单位盖章函件"
    CALL_BACK = "call_back", "回拨登记的电话核实"


def set_password(user: User, new: str, *, must_change: bool = False) -> None:
    """Check the rules and store; raises ValidationError under ``new``. Other sessions of the person end with it."""
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise ValidationError({"new": error}) from None
    if user.has_usable_password() and user.check_password(new):
        raise ValidationError({"new": "新密码与现在的密码相同，请换一个。"})
    _store(user, new, must_change=must_change)


def _store(user: User, new: str, *, must_change: bool) -> None:
    user.set_password(new)
    user.must_change_password = must_change
    user.password_changed_at = real_now()
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])


@transaction.atomic
def change_password(*, actor: Actor, user: User, old: str, new: str, request: HttpRequest | None = None) -> None:
    """Change one's own password. Raises ValidationError under ``old`` or ``new``."""
    require(actor, "account.change_password", user)
    if not user.check_password(old):
        raise ValidationError({"old": "当前密码不对。"})
    set_password(user, new)
    sign_in_log.note(SignInEvent.Kind.PASSWORD_CHANGED, user=user, request=request)
    _record(user, "account.change_password", actor)


def password_is_due(user: User) -> bool:
    """Whether the person must choose a new password before going on: told to, or the present one is too old."""
    if user.must_change_password:
        return True
    days = settings.PASSWORD_MAX_AGE_DAYS
    changed = user.password_changed_at
    return bool(days and changed and real_now() - changed > dt.timedelta(days=days))


def find_person(identity: str) -> User | None:
    """The person behind an account name or a mobile number."""
    text = identity.strip()
    if not text:
        return None
    by_name = User.objects.filter(username__in={text, text.lower()}).order_by("-username").first()
    return by_name or User.objects.filter(phone=text).first()


@transaction.atomic
def ask_reset_code(*, identity: str, request: HttpRequest | None = None) -> int:
    """Send a six-digit code to the person's mail address, if there is such a person and address; returns a request number.

    The caller shows the same page whatever happened here, so nobody learns which accounts exist: an unknown name gets
    a number too, which no code will ever fit. One mail a minute and five an hour per account; more are silently not
    sent.
    """
    user = find_person(identity)
    sign_in_log.note(SignInEvent.Kind.RESET_ASKED, user=user, username=identity.strip(), request=request)
    if user is None or not user.is_active or not user.email or not _within_rate(user.pk, address_of(request)):
        return 0
    now = real_now()
    code, salt = secrets.digits(6), system_secrets.token_hex(16)
    row = PasswordReset.objects.create(
        user=user,
        salt=salt,
        code_hash=_hash(salt, code),
        asked_at=now,
        expires_at=now + dt.timedelta(minutes=settings.RESET_CODE_MINUTES),
    )
    key = f"accounts.reset_code:{row.pk}"
    # The code itself never enters the database: the room that delivers takes it from the cache, once.
    secrets.keep(key, code, settings.RESET_CODE_MINUTES * 60)
    payload = {"minutes": settings.RESET_CODE_MINUTES, "masked": mask_email(user.email)}
    send([Message(key, "accounts.reset_code", "user", user.pk, payload)])
    return row.pk


def _within_rate(user_id: int, address: str | None) -> bool:
    minute, hour, place = (f"accounts:reset-rate:{part}" for part in (f"m{user_id}", f"h{user_id}", f"a{address}"))
    if not cache.add(minute, 1, timeout=60):
        return False
    for key, most in ((hour, 5), (place, 20)):
        cache.add(key, 0, timeout=3600)
        if cache.incr(key) > most:
            return False
    return True


def _hash(salt: str, code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{salt}{code}".encode(), hashlib.sha256).hexdigest()


def reset_by_code(*, reset_id: int, code: str, new: str, request: HttpRequest | None = None) -> User:
    """Set a new password with a mailed code: ten minutes, five tries, once. Raises ValidationError under ``code`` or
    ``new``.
    """
    user = _spend_try(reset_id, code.strip())
    if user is None:
        sign_in_log.note(SignInEvent.Kind.RESET_FAILED, user=_asked_by(reset_id), request=request)
        raise ValidationError({"code": WRONG_CODE})
    try:
        validate_password(new, user)
    except ValidationError as error:
        # The code was right: a weak new password costs no try.
        PasswordReset.objects.filter(pk=reset_id).update(tries=F("tries") - 1)
        raise ValidationError({"new": error}) from None
    with transaction.atomic():
        row = PasswordReset.objects.select_for_update().get(pk=reset_id)
        if row.used_at is not None:
            raise ValidationError({"code": WRONG_CODE})
        row.used_at = real_now()
        row.save(update_fields=["used_at"])
        _store(user, new, must_change=False)
        forget_failures(username=user.username)
        sign_in_log.note(SignInEvent.Kind.RESET_DONE, user=user, request=request)
        _record(user, "account.reset_by_code", own_actor(user))
    return user


def _spend_try(reset_id: int, code: str) -> User | None:
    """Count a try before looking at the code, so that two requests at once do not get a sixth."""
    now = real_now()
    live = PasswordReset.objects.filter(
        pk=reset_id, used_at__isnull=True, expires_at__gt=now, tries__lt=settings.RESET_CODE_TRIES
    )
    if not live.update(tries=F("tries") + 1):
        return None
    row = PasswordReset.objects.select_related("user").get(pk=reset_id)
    return row.user if hmac.compare_digest(row.code_hash, _hash(row.salt, code)) else None


def _asked_by(reset_id: int) -> User | None:
    row = PasswordReset.objects.select_related("user").filter(pk=reset_id).first()
    return row.user if row else None


@transaction.atomic
def reset_for(
    *, actor: Actor, user_id: int, checked: str, note: str = "", request: HttpRequest | None = None
) -> tuple[User, str]:
    """Give a person a one-time password after an identity check; what was checked is recorded, the password is not.

    Officials' passwords are reset by whoever manages their post, an enterprise's by the bureau that handles it.
    """
    user = User.objects.select_for_update().filter(pk=user_id).first()
    require(actor, "account.reset_for_bureau", user or User(pk=user_id))
    assert user is not None  # may() refuses an absent person
    once = secrets.one_time_password()
    _store(user, once, must_change=True)
    forget_failures(username=user.username)
    label = IdentityCheck(checked).label
    sign_in_log.note(SignInEvent.Kind.RESET_BY_BUREAU, user=user, request=request, detail=f"{actor.hat.label}：{label}")
    _record(user, "account.reset_for_bureau", actor, note=note, data={"checked": IdentityCheck(checked).value})
    return user, once


@transaction.atomic
def unlock(*, actor: Actor, username: str, request: HttpRequest | None = None) -> int:
    """Let a locked account try again; returns how many counters were cleared."""
    require(actor, "signin.unlock")
    cleared = forget_failures(username=username)
    user = User.objects.filter(username=username).first()
    if user is not None:
        cleared += Authenticator.objects.filter(user=user, throttling_failure_count__gt=0).update(
            throttling_failure_count=0, throttling_failure_timestamp=None
        )
    sign_in_log.note(SignInEvent.Kind.UNLOCKED, user=user, username=username, request=request, detail=actor.hat.label)
    if user is not None:
        _record(user, "signin.unlock", actor)
    return cleared


def _record(user: User, action: str, actor: Actor, note: str = "", data: dict | None = None) -> None:
    record_act(
        subject_kind=User.subject_kind,
        subject_id=user.pk,
        subject_label=user.username,
        action=action,
        actor=actor,
        note=note,
        data=data,
    )
