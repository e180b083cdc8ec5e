"""The officials of the rehearsal: posts made from the province down by those who may make them, hands set, contacts written.

All names are invented. Tianyuan has 经办 and 签发 apart, Hetang is a single hand (A.3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import hashers

from foundation.accounts.actions.bureaus import edit_contact, set_hands
from foundation.accounts.actions.people import create_account
from foundation.accounts.actions.posts import create_post
from foundation.accounts.actor import SYSTEM, Actor, actor_for
from foundation.accounts.models import Bureau, Post, User
from foundation.accounts.roles import Act, Role
from foundation.core.clock import real_now
from foundation.reference import regions

PASSWORD = "Tidu-Yanshi-2018"  # noqa: S105  printed by demo_accounts; works in a rehearsal database only
HIRED = dt.date(2018, 1, 2)
"""First working day of the rehearsal year: posts begin here."""

HUNAN, ZHUZHOU, TIANYUAN, HETANG = "430000", "430200", "430211", "430202"
LUSONG, SHIFENG, ZHUZHOU_COUNTY, LILING = "430203", "430204", "430221", "430281"
SICHUAN, CHENGDU, JINJIANG, WUHOU = "510000", "510100", "510104", "510107"


@dataclass(frozen=True, slots=True)
class Official:
    """Somebody with posts in one bureau (by code of its place)."""

    username: str
    name: str
    place: str
    roles: tuple[str, ...]


OFFICIALS: tuple[Official, ...] = (
    Official("demo-hn-posts", "周岗（演示）", HUNAN, (Role.POST_MANAGER,)),
    Official("demo-hn", "陈省（演示）", HUNAN, (Role.HANDLER,)),
    Official("demo-hn-sign", "刘签（演示）", HUNAN, (Role.SIGNER,)),
    Official("demo-zz-posts", "马岗（演示）", ZHUZHOU, (Role.POST_MANAGER,)),
    Official("demo-zz", "黄市（演示）", ZHUZHOU, (Role.HANDLER,)),
    Official("demo-zz-sign", "罗签（演示）", ZHUZHOU, (Role.SIGNER,)),
    Official("demo-zz-archive", "唐档（演示）", ZHUZHOU, (Role.ARCHIVIST,)),
    Official("demo-ty-posts", "谢岗（演示）", TIANYUAN, (Role.POST_MANAGER,)),
    Official("demo-ty", "李敏（演示）", TIANYUAN, (Role.HANDLER,)),
    Official("demo-ty-2", "王琪（演示）", TIANYUAN, (Role.HANDLER, Role.ARCHIVIST)),
    Official("demo-ty-sign", "赵科（演示）", TIANYUAN, (Role.SIGNER,)),
    Official("demo-ht", "何一（演示）", HETANG, (Role.HANDLER, Role.SIGNER, Role.ARCHIVIST, Role.POST_MANAGER)),
    Official("demo-ls", "芦洁（演示）", LUSONG, (Role.HANDLER, Role.ARCHIVIST)),
    Official("demo-sf", "石磊（演示）", SHIFENG, (Role.HANDLER, Role.ARCHIVIST)),
    Official("demo-zx", "江南（演示）", ZHUZHOU_COUNTY, (Role.HANDLER, Role.ARCHIVIST)),
    Official("demo-ll", "李陵（演示）", LILING, (Role.HANDLER, Role.ARCHIVIST)),
    Official("demo-sc-posts", "邓岗（演示）", SICHUAN, (Role.POST_MANAGER,)),
    Official("demo-sc", "杨省（演示）", SICHUAN, (Role.HANDLER,)),
    Official("demo-sc-sign", "蒲签（演示）", SICHUAN, (Role.SIGNER,)),
    Official("demo-cd-posts", "岗蓉（演示）", CHENGDU, (Role.POST_MANAGER,)),
    Official("demo-cd", "成都（演示）", CHENGDU, (Role.HANDLER,)),
    Official("demo-cd-sign", "蓉签（演示）", CHENGDU, (Role.SIGNER, Role.ARCHIVIST)),
    Official("demo-jj", "锦文（演示）", JINJIANG, (Role.HANDLER, Role.SIGNER, Role.ARCHIVIST)),
    Official("demo-wh", "武侯（演示）", WUHOU, (Role.HANDLER, Role.SIGNER, Role.ARCHIVIST)),
)

ABOVE = {ZHUZHOU: HUNAN, CHENGDU: SICHUAN, JINJIANG: CHENGDU, WUHOU: CHENGDU} | dict.fromkeys(
    (TIANYUAN, HETANG, LUSONG, SHIFENG, ZHUZHOU_COUNTY, LILING), ZHUZHOU
)
"""The place directly above."""

ADMINISTRATORS = (
    ("demo-sysadmin", "系统管理（演示）", Role.SYSTEM_ADMIN),
    ("demo-auditor", "审计管理（演示）", Role.AUDIT_ADMIN),
    ("demo-security", "安全管理（演示）", Role.SECURITY_ADMIN),
)

#: Place, act, hands. Where nothing is set one hand is enough.
HANDS = (
    (TIANYUAN, Act.RECOMMEND, 2),
    (TIANYUAN, Act.DISPATCH, 2),
    (ZHUZHOU, Act.DISPATCH, 2),
    (HUNAN, Act.NOTICE, 1),
    (SICHUAN, Act.APPROVE, 2),
    (SICHUAN, Act.PUBLISH, 2),
    (SICHUAN, Act.LIFECYCLE, 2),
)


@dataclass(slots=True)
class Cast:
    """Everybody who was made, found by account name; ``bureaus`` by code of the place."""

    users: dict[str, User] = field(default_factory=dict)
    bureaus: dict[str, Bureau] = field(default_factory=dict)

    def actor(self, username: str, role: str = "") -> Actor:
        """The person with the hat of that role (their first one by default), as their posts say now."""
        user = self.users[username]
        actor = actor_for(user)
        for hat in (actor.hat, *actor.others):
            if hat.role == role:
                return actor_for(user, hat.key)
        return actor

    def handler(self, place: str) -> Actor:
        """The 经办 of a place."""
        return self._with(place, Role.HANDLER)

    def signer(self, place: str) -> Actor:
        """The 签发 of a place; where one hand is enough and nobody signs, the 经办."""
        return self._with(place, Role.SIGNER, Role.HANDLER)

    def archivist(self, place: str) -> Actor:
        """Whoever keeps stamped sheets there."""
        return self._with(place, Role.ARCHIVIST, Role.HANDLER)

    def _with(self, place: str, *roles: str) -> Actor:
        for role in roles:
            found = next((one for one in OFFICIALS if one.place == place and role in one.roles), None)
            if found is not None:
                return self.actor(found.username, role)
        raise LookupError(f"nobody in {place} is {' or '.join(roles)}")


@contextmanager
def hashed_once() -> Iterator[None]:
    """Inside, the public demo password is hashed once for all: its salt protects nothing, and a hundred hashes take half a minute."""
    hasher: Any = hashers.get_hasher()
    slowly = hasher.encode
    once = slowly(PASSWORD, hasher.salt())
    hasher.encode = lambda password, salt, **more: once if password == PASSWORD else slowly(password, salt, **more)
    try:
        yield
    finally:
        del hasher.encode


def bureau_of(code: str, on: dt.date) -> Bureau:
    """The bureau of the place with this code on a day."""
    place = regions.find(code, on)
    if place is None:
        raise LookupError(f"no place {code} on {on}")
    return Bureau.objects.get(region_id=place.id)


def appoint_everybody(on: dt.date) -> Cast:
    """Make accounts, posts, hands and contacts; the bureau above appoints the one below, the portal only the provinces."""
    cast = Cast(bureaus={code: bureau_of(code, on) for code in dict.fromkeys(one.place for one in OFFICIALS)})
    for username, name, administrator in ADMINISTRATORS:
        user = _account(cast, username, name)
        post = Post.objects.held().filter(role=administrator).first()
        if post is None:
            create_post(actor=SYSTEM, user=user, bureau=None, role=administrator, valid_from=real_now().date())
    for number, one in enumerate(OFFICIALS, start=1):
        user = _account(cast, one.username, one.name, phone=f"199000{number:05d}")
        bureau = cast.bureaus[one.place]
        for role in one.roles:
            create_post(actor=_appointer(cast, one), user=user, bureau=bureau, role=role, valid_from=HIRED)
    for place, act, hands in HANDS:
        set_hands(actor=_manager(cast, place) or SYSTEM, bureau_id=cast.bureaus[place].pk, act=act, hands=hands)
    for number, (place, bureau) in enumerate(cast.bureaus.items(), start=1):
        actor = cast.handler(place)
        edit_contact(
            actor=actor,
            bureau_id=bureau.pk,
            contact_name=actor.name,
            contact_phone=f"{'0731' if place.startswith('43') else '028'}-0000{number:04d}",
            contact_email=f"{place}@example.com",
        )
    return cast


def _account(cast: Cast, username: str, name: str, phone: str = "") -> User:
    user, _ = create_account(
        actor=SYSTEM,
        name=name,
        phone=phone,
        email=f"{username}@example.com",
        username=username,
        password=PASSWORD,
        is_demo=True,
    )
    cast.users[username] = user
    return user


def _manager(cast: Cast, place: str) -> Actor | None:
    one = next((one for one in OFFICIALS if one.place == place and Role.POST_MANAGER in one.roles), None)
    return cast.actor(one.username, Role.POST_MANAGER) if one is not None and one.username in cast.users else None


def _appointer(cast: Cast, one: Official) -> Actor:
    """Who makes this post: 岗位管理 of the place itself for its officials, of the place above otherwise, for the provinces the portal."""
    places = [ABOVE.get(one.place)] if Role.POST_MANAGER in one.roles else [one.place, ABOVE.get(one.place)]
    return next((found for place in places if place and (found := _manager(cast, place))), SYSTEM)
