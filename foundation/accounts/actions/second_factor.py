"""The second factor: six digits from an authenticator app (RFC 6238, django-otp), ten recovery codes, the rules per role.

Everything here goes by the machine's clock, also in a rehearsal. Wrong codes count on the person, whatever address they
come from, so that a known password gives no more than a few guesses.
"""

from __future__ import annotations

import datetime as dt
import hmac
import unicodedata
from base64 import b32encode
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django_otp.oath import TOTP
from django_otp.util import random_hex

from foundation.accounts import secrets, sign_in_log
from foundation.accounts.actor import Actor
from foundation.accounts.models import Authenticator, RecoveryCode, SecondFactorRule, SignInEvent, User
from foundation.accounts.roles import ADMIN_ROLES, BUREAU_ROLES, Role
from foundation.accounts.transition import record_act, require
from foundation.core.clock import current_installation, real_now
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.journal.record import Message

RECOVERY_CODES = 10
RULED = tuple(role for role in Role if role in BUREAU_ROLES | ADMIN_ROLES)
"""Roles a rule may be set for: officials and the three administrators."""
_CACHE = "accounts:second-factor-rules"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


# ---- who needs one -----------------------------------------------------------------------------------------
def rules_in_force() -> dict[str, bool]:
    """Role -> whether a second factor is needed: the security administrator's rule, else the installation's default
    (``SECOND_FACTOR_ROLES``; none in a rehearsal). Cached, since it is asked on every page of those who have none.
    """
    written: dict[str, bool] | None = cache.get(_CACHE)
    if written is None:
        written = dict(SecondFactorRule.objects.values_list("role", "required"))
        cache.set(_CACHE, written, 300)
    default = frozenset() if current_installation().is_rehearsal else frozenset(settings.SECOND_FACTOR_ROLES)
    return {role.value: written.get(role.value, role.value in default) for role in RULED}


def is_due(user: User, actor: Actor) -> bool:
    """Whether this person must set up a second factor before anything else, under the hat they wear."""
    if user.second_factor_since is not None or actor.role not in BUREAU_ROLES | ADMIN_ROLES:
        return False
    return rules_in_force().get(actor.role, False)


@transaction.atomic
def set_rule(*, actor: Actor, role: str, required: bool, reason: str = "") -> SecondFactorRule:
    """Make the second factor a duty of a role, or leave it to the person; recorded."""
    require(actor, "second_factor.rules")
    if role not in {one.value for one in RULED}:
        raise ValidationError({"role": "没有这个岗位。"})
    row, made = SecondFactorRule.objects.select_for_update().get_or_create(
        role=role, defaults={"required": required, "since": real_now(), "set_by": actor.name}
    )
    if not made and row.required == required:
        return row
    before = "" if made else ("required" if row.required else "optional")
    row.required, row.since, row.set_by = required, real_now(), f"{actor.hat.label} {actor.name}"[:160]
    row.save()
    record_act(
        subject_kind=SecondFactorRule.subject_kind,
        subject_id=row.pk,
        subject_label=str(row),
        action="second_factor.rules",
        actor=actor,
        from_state=before,
        to_state="required" if required else "optional",
        note=(reason or "").strip(),
        data={"role": role, "required": required},
    )
    cache.delete(_CACHE)
    transaction.on_commit(lambda: cache.delete(_CACHE))
    return row


# ---- setting it up -----------------------------------------------------------------------------------------
def new_key() -> str:
    """A fresh secret as 40 hex digits (160 bits, RFC 4226)."""
    return random_hex(20)


def typed_key(key: str) -> str:
    """The secret as one types it into the app: Base32 in groups of four."""
    text = b32encode(bytes.fromhex(key)).decode().rstrip("=")
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def address_for(user: User, key: str) -> str:
    """The ``otpauth://`` address inside the QR code."""
    issuer = settings.OTP_TOTP_ISSUER
    query = urlencode({"secret": typed_key(key).replace(" ", ""), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(user.username)}?{query}"


@transaction.atomic
def set_up(*, actor: Actor, user: User, key: str, code: str, request: HttpRequest | None = None) -> list[str]:
    """Confirm the app by a first code; returns the ten recovery codes, which nobody can read again.

    The code just used cannot be used again to sign in. Raises ValidationError under ``code``.
    """
    require(actor, "account.second_factor", user)
    row = User.objects.select_for_update().get(pk=user.pk)
    if row.second_factor_since is not None:
        raise Refused(no("您已经启用二次验证。", "换手机的，请先停用，再用新手机启用。"))
    device = Authenticator(user=row, name="app", key=key, confirmed=True)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = real_now().timestamp()
    digits = plain(code)
    if not (digits.isdigit() and len(digits) == device.digits and totp.verify(int(digits), device.tolerance)):
        raise ValidationError({"code": "动态码不对。请核对手机时间是否自动同步，再输入现在显示的 6 位数字。"})
    Authenticator.objects.filter(user=row).delete()
    device.last_t, device.drift = totp.t(), totp.drift
    device.save()
    codes = _new_codes(row)
    _mark(row, since=real_now())
    _copy(row, user)
    sign_in_log.note(SignInEvent.Kind.SECOND_SET, user=row, request=request)
    _record(row, "account.second_factor", actor, to_state="set")
    return codes


def _mark(row: User, since: dt.datetime | None) -> None:
    row.second_factor_since = since
    row.second_factor_epoch += 1  # visits begun without it (or with it) end
    row.save(update_fields=["second_factor_since", "second_factor_epoch"])


def _copy(row: User, user: User) -> None:
    """What changed on the locked row, on the caller's object, which the session belongs to."""
    user.second_factor_since, user.second_factor_epoch = row.second_factor_since, row.second_factor_epoch


def _new_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes: list[str] = []
    while len(codes) < RECOVERY_CODES:
        text = secrets.from_alphabet(_ALPHABET, 10)
        if text not in codes:
            codes.append(text)
    now = real_now()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, code_hash=_hash(user, text, settings.SECRET_KEY), made_at=now) for text in codes
    )
    return [f"{text[:5]}-{text[5:]}" for text in codes]


def _hash(user: User, code: str, secret: str) -> str:
    return salted_hmac("accounts.recovery_code", f"{user.pk}:{code}", secret=secret, algorithm="sha256").hexdigest()


def plain(code: str) -> str:
    """A code as compared: half-width, lower case, without spaces and hyphens."""
    folded = unicodedata.normalize("NFKC", code or "").lower()
    return "".join(sign for sign in folded if sign.isalnum())


# ---- asking for it -----------------------------------------------------------------------------------------
class Answer(StrEnum):
    """What came of a code."""

    APP = "app"
    RECOVERY = "recovery"
    WRONG = "wrong"
    LOCKED = "locked"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer; ``until`` for a lock, ``left`` tries (or unused recovery codes after one was used)."""

    answer: Answer
    until: dt.datetime | None = None
    left: int = 0

    def __bool__(self) -> bool:
        return self.answer in (Answer.APP, Answer.RECOVERY)


def locked_until(device: Authenticator) -> dt.datetime | None:
    """Until when no code is looked at, None when it is open."""
    if device.throttling_failure_count < settings.SECOND_FACTOR_TRIES or device.throttling_failure_timestamp is None:
        return None
    until = device.throttling_failure_timestamp + dt.timedelta(minutes=settings.SECOND_FACTOR_LOCK_MINUTES)
    return until if until > real_now() else None


@transaction.atomic
def check(*, user: User, code: str, request: HttpRequest | None = None) -> Checked:
    """Look at a code: six digits of the app (one step early or late, never one used before) or a recovery code.

    After ``SECOND_FACTOR_TRIES`` wrong ones in a row nothing is looked at for a while, and then one more wrong code locks
    again: the count goes back to nothing only with a right one. Never raises; writes the sign-in log.
    """
    device = Authenticator.objects.select_for_update().filter(user=user, confirmed=True).first()
    if device is None:
        return Checked(Answer.NONE)
    if until := locked_until(device):
        sign_in_log.note(SignInEvent.Kind.LOCKED, user=user, request=request, detail="二次验证锁定中")
        return Checked(Answer.LOCKED, until)
    typed = plain(code)
    if len(typed) == device.digits and typed.isdigit():
        if device.verify_token(typed):
            return Checked(Answer.APP)
    elif _use_recovery(user, typed):
        device.throttle_reset()
        left = RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()
        sign_in_log.note(SignInEvent.Kind.RECOVERY_USED, user=user, request=request, detail=f"还剩 {left} 个")
        return Checked(Answer.RECOVERY, left=left)
    else:
        device.throttle_increment()
    sign_in_log.note(SignInEvent.Kind.SECOND_FAILED, user=user, request=request)
    if until := locked_until(device):
        sign_in_log.note(SignInEvent.Kind.LOCKED, user=user, request=request, detail="二次验证连续失败，锁定")
        return Checked(Answer.LOCKED, until)
    return Checked(Answer.WRONG, left=settings.SECOND_FACTOR_TRIES - device.throttling_failure_count)


def _use_recovery(user: User, typed: str) -> bool:
    secrets_known = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    wanted = [_hash(user, typed, secret) for secret in secrets_known]
    for row in RecoveryCode.objects.select_for_update().filter(user=user, used_at__isnull=True):
        if any(hmac.compare_digest(row.code_hash, one) for one in wanted):
            row.used_at = real_now()
            row.save(update_fields=["used_at"])
            return True
    return False


def _must_be_right(user: User, code: str, request: HttpRequest | None) -> None:
    """Raise ValidationError under ``code`` unless the code is right; a wrong one is counted for good."""
    found = check(user=user, code=code, request=request)
    if not found:
        raise ValidationError({"code": sentence(found)})


def sentence(found: Checked) -> str:
    """What to tell about a refused code."""
    if found.answer == Answer.LOCKED and found.until is not None:
        return f"连续输错，已锁定到 {found.until:%H:%M}。到时再试，或请安全管理员解除。"
    told = "动态码不对或已经用过，请等手机显示下一个再输入。"
    return (
        f"{told}再错 {found.left} 次，将锁定 {settings.SECOND_FACTOR_LOCK_MINUTES} 分钟。"
        if 0 < found.left <= 2
        else told
    )


# ---- afterwards --------------------------------------------------------------------------------------------
def renew_codes(*, actor: Actor, user: User, code: str, request: HttpRequest | None = None) -> list[str]:
    """Ten new recovery codes; the old ones end. Asks for a code. Raises ValidationError under ``code``."""
    require(actor, "account.second_factor", user)
    _must_be_right(user, code, request)
    with transaction.atomic():
        codes = _new_codes(user)
        sign_in_log.note(SignInEvent.Kind.RECOVERY_MADE, user=user, request=request)
        _record(user, "second_factor.recovery", actor)
    return codes


def take_down(*, actor: Actor, user: User, code: str, request: HttpRequest | None = None) -> None:
    """Stop using one's own second factor; refused while one of the person's roles needs it. Asks for a code."""
    require(actor, "account.second_factor", user)
    needed = [Role(hat.role).label for hat in (actor.hat, *actor.others) if rules_in_force().get(hat.role)]
    if needed:
        raise Refused(
            no(f"“{needed[0]}”必须启用二次验证，不能停用。", "换手机的，请安全管理员解除后用新手机重新启用。")
        )
    _must_be_right(user, code, request)
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        _remove(row, request, "本人停用")
        _copy(row, user)
        _record(row, "account.second_factor", actor, to_state="removed")


def _remove(row: User, request: HttpRequest | None, detail: str) -> None:
    Authenticator.objects.filter(user=row).delete()
    RecoveryCode.objects.filter(user=row).delete()
    _mark(row, since=None)
    sign_in_log.note(SignInEvent.Kind.SECOND_REMOVED, user=row, request=request, detail=detail)


@transaction.atomic
def reset_for(*, actor: Actor, user_id: int, reason: str, request: HttpRequest | None = None) -> User:
    """Take somebody's second factor away, for a reason that is recorded; all their visits end and they are told.

    Raises Refused, ValidationError under ``reason``.
    """
    user = User.objects.select_for_update().filter(pk=user_id).first()
    require(actor, "account.reset_second_factor", user or User(pk=user_id))
    assert user is not None  # may() refuses an absent person
    why = (reason or "").strip()
    if not why:
        raise ValidationError({"reason": "请写明解除的理由和怎样核实了本人。"})
    if user.second_factor_since is None:
        raise Refused(no(f"{user.name}没有启用二次验证。", "请刷新后再看。"))
    _remove(user, request, f"{actor.hat.label}解除")
    key = f"accounts.second_factor_reset:{user.pk}:{user.second_factor_epoch}"
    told = Message(key, "accounts.second_factor_reset", "user", user.pk, {"by": actor.hat.label})
    _record(user, "account.reset_second_factor", actor, to_state="removed", note=why, messages=[told])
    return user


def _record(
    user: User, action: str, actor: Actor, *, to_state: str = "", note: str = "", messages: list[Message] | None = None
) -> None:
    record_act(
        subject_kind=User.subject_kind,
        subject_id=user.pk,
        subject_label=user.username,
        action=action,
        actor=actor,
        to_state=to_state,
        note=note,
        messages=messages or [],
    )
