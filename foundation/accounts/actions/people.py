"""A person's account: made by an invitation or a registration, kept up to date by the person."""

from __future__ import annotations

import re

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from pypinyin import lazy_pinyin

from foundation.accounts import secrets
from foundation.accounts.actor import Actor, Hat
from foundation.accounts.may import may
from foundation.accounts.models import User
from foundation.accounts.transition import record_act, require
from foundation.core.clock import real_now
from foundation.core.errors import Refused
from foundation.core.text import normalise_name

_MOBILE = re.compile(r"1[3-9]\d{9}")
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{2,29}")


def clean_mobile(text: str) -> str:
    """A mobile number as eleven digits, or empty; raises ValidationError with a sentence."""
    digits = re.sub(r"[\s-]|^\+?86(?=1\d{10}$)", "", text or "")
    if digits and not _MOBILE.fullmatch(digits):
        raise ValidationError("手机号应为 11 位数字，例如 13812345678。", code="mobile")
    return digits


def clean_username(text: str) -> str:
    """An account name; raises ValidationError with a sentence."""
    name = (text or "").strip().lower()
    if not _USERNAME.fullmatch(name):
        raise ValidationError("账号用 3 至 30 位字母、数字，以字母开头，例如 limin。", code="username")
    return name


def free_username(name: str) -> str:
    """An account name nobody has, from the pinyin of a person's name: ``limin``, ``limin2`` …"""
    base = re.sub(r"[^a-z0-9]", "", "".join(lazy_pinyin(name)).lower())[:20]
    if not base or not base[0].isalpha() or len(base) < 3:
        base = f"user{base}"
    taken = set(User.objects.filter(username__startswith=base).values_list("username", flat=True))
    number, found = 1, base
    while found in taken:
        number += 1
        found = f"{base}{number}"
    return found


@transaction.atomic
def create_account(
    *,
    actor: Actor,
    name: str,
    phone: str = "",
    email: str = "",
    username: str = "",
    password: str | None = None,
    is_demo: bool = False,
) -> tuple[User, str]:
    """Make an account for a person and say which one-time password it has ('' when the person chose their own).

    Whether the actor may is the question of the act it is part of (appointing, registering, inviting). Raises
    ValidationError by field: phone taken, account name taken, weak password.
    """
    user = User(
        name=normalise_name(name),
        phone=clean_mobile(phone),
        email=(email or "").strip(),
        username=clean_username(username) if username else free_username(name),
        is_demo=is_demo,
    )
    once = ""
    if password is None:
        once = password = secrets.one_time_password()
        user.must_change_password = True
    else:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise ValidationError({"password": error}) from None
    user.set_password(password)
    user.password_changed_at = real_now()
    user.full_clean(exclude=["password"])
    user.save()
    record_act(
        subject_kind=User.subject_kind,
        subject_id=user.pk,
        subject_label=user.username,
        action="account.create",
        actor=own_actor(user) if actor.hat.kind == "visitor" else actor,
    )
    return user, once


@transaction.atomic
def edit_own(*, actor: Actor, user: User, phone: str, email: str, password: str) -> User:
    """Change one's own phone and mail address; asks for the password, since a code for resetting it goes to that
    address.
    """
    require(actor, "account.edit_own", user)
    if not user.check_password(password):
        raise ValidationError({"password": "当前密码不对，资料没有改动。"})
    changed = []
    try:
        wanted = {"phone": clean_mobile(phone), "email": (email or "").strip()}
    except ValidationError as error:
        raise ValidationError({"phone": error}) from None
    for field, value in wanted.items():
        if getattr(user, field) != value:
            setattr(user, field, value)
            changed.append(field)
    if changed:
        user.full_clean(exclude=["password"])
        user.save(update_fields=changed)
        record_act(
            subject_kind=User.subject_kind,
            subject_id=user.pk,
            subject_label=user.username,
            action="account.edit_own",
            actor=actor,
            data={"fields": sorted(changed)},
        )
    return user


def own_actor(user: User) -> Actor:
    """The person about their own account, before any hat is on."""
    return Actor(user.pk, user.name or user.username, Hat("visitor", "visitor", "本人"))


@transaction.atomic
def switch_hat(*, actor: Actor, user: User, key: str) -> Hat:
    """Put on another hat; it is also the one worn at the next sign-in. Raises Refused when the person has no such hat."""
    hat = next((hat for hat in (actor.hat, *actor.others) if hat.key == key), None)
    if hat is None:
        raise Refused("您没有这个身份，可能刚刚停用。请从右上角重新选择。")
    verdict = may(actor, "account.switch_hat", hat)
    if not verdict:
        raise Refused(verdict)
    if hat.key != actor.hat.key:
        user.last_hat = hat.key
        user.save(update_fields=["last_hat"])
        record_act(
            subject_kind=User.subject_kind,
            subject_id=user.pk,
            subject_label=user.username,
            action="account.switch_hat",
            actor=actor,
            data={"from": actor.hat.key, "to": hat.key},
        )
    return hat
