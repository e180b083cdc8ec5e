"""Two counties of one prefecture, one of another province, their officials, and firms with people; the real public
table.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfWriter
from stdnum.cn import uscc as standard

from enterprises.actions.register import Registration, register_enterprise
from enterprises.models import Enterprise, Membership
from enterprises.uscc import organisation_check
from foundation.accounts.actions.people import own_actor
from foundation.accounts.actor import SYSTEM, Actor, actor_for
from foundation.accounts.models import Bureau, Post, ReportingLine, User
from foundation.accounts.paths import rebuild_paths
from foundation.accounts.roles import Role
from foundation.core.clock import business_today
from foundation.core.models import Installation
from foundation.reference import queries, regions
from foundation.reference.loader import DATASETS
from foundation.reference.models import Industry

BACKEND = "django.contrib.auth.backends.ModelBackend"
TODAY = dt.date(2018, 3, 10)
LONG_AGO = dt.date(2000, 1, 1)
HUNAN, ZHUZHOU, YOUXIAN, LILING, SICHUAN, CHENGDU, JINJIANG = 430000, 430200, 430223, 430281, 510000, 510100, 510104


def _pdf() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(72, 72)
    writer.write(out)
    return out.getvalue()


PDF = _pdf()


def code(division: str = "430223", number: int = 1) -> str:
    """A code with right check characters, made up."""
    body = f"{number:08d}"
    first = f"91{division}{body}{organisation_check(body)}"
    return first + standard.calc_check_digit(first)


@pytest.fixture(autouse=True)
def rehearsal(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that use the database stand on 10 March 2018, with the public table loaded."""
    if not {"db", "transactional_db"} & set(request.fixturenames):
        yield
        return
    for dataset in DATASETS:
        # Two thousand industries would be most of a test's time; the few these firms are in are enough.
        if dataset.name in {"regions", "size_standard", "catalogues"}:
            dataset.load()
    Industry.objects.bulk_create(
        Industry(
            code=number,
            name=name,
            level="class",
            section=section,
            size_group=group,
            size_state=Industry.SizeState.GIVEN,
            standard="GB/T 4754-2017",
            valid_from=LONG_AGO,
        )
        for number, name, section, group in (
            ("3360", "金属表面处理及热处理加工", "C", "工业"),
            ("6513", "应用软件开发", "I", "软件和信息技术服务业"),
        )
    )
    regions.forget()
    queries.forget()
    Installation.start_rehearsal(TODAY)
    yield
    regions.forget()
    queries.forget()


@pytest.fixture
def bureaus(db: None) -> dict[str, Bureau]:
    """湖南 > 株洲 > 攸县, 醴陵 and 四川 > 成都 > 锦江, as demonstration bureaus."""
    made = {
        name: Bureau.objects.create(name=f"演示{name}经信局", short_name=name, level=level, region_id=place)
        for name, level, place in (
            ("湖南", "province", HUNAN),
            ("株洲", "prefecture", ZHUZHOU),
            ("攸县", "county", YOUXIAN),
            ("醴陵", "county", LILING),
            ("四川", "province", SICHUAN),
            ("成都", "prefecture", CHENGDU),
            ("锦江", "county", JINJIANG),
        )
    }
    for below, above in (("株洲", "湖南"), ("攸县", "株洲"), ("醴陵", "株洲"), ("成都", "四川"), ("锦江", "成都")):
        ReportingLine.objects.create(bureau=made[below], superior=made[above], valid_from=LONG_AGO)
    rebuild_paths(business_today())
    return made


@pytest.fixture
def official(bureaus: dict[str, Bureau]) -> Callable[..., Actor]:
    """``official("攸县")``, ``official("株洲", Role.SIGNER)``."""

    def make(place: str, role: str = Role.HANDLER) -> Actor:
        user, fresh = User.objects.get_or_create(username=f"{place}-{role}", defaults={"name": f"演示{place}"})
        if fresh:
            Post.objects.create(user=user, bureau=bureaus[place], role=role, valid_from=LONG_AGO)
        return actor_for(user)

    return make


@pytest.fixture
def person(db: None) -> Callable[[str], User]:
    """Somebody with an account and nothing else."""

    def make(name: str) -> User:
        return User.objects.get_or_create(username=name, defaults={"name": f"演示{name}"})[0]

    return make


def answers(number: int = 1, **changes: Any) -> Registration:
    """What a firm of 攸县 says when it registers."""
    plain = Registration(
        uscc=code(number=number),
        name=f"演示机械{number}有限公司",
        region_id=YOUXIAN,
        industry_code="3360",
        legal_representative="演示张三",
        registered_on=dt.date(2012, 5, 1),
        contact_name="演示李四",
        contact_phone="13800001111",
        contact_email="demo@example.com",
    )
    return replace(plain, **changes)


@pytest.fixture
def firm(bureaus: dict[str, Bureau], person: Callable[[str], User]) -> Callable[..., Enterprise]:
    """A registered firm; its first administrator is ``admin<number>``."""

    def make(number: int = 1, **changes: Any) -> Enterprise:
        user = person(f"admin{number}")
        return register_enterprise(data=answers(number, **changes), actor=own_actor(user), user=user)

    return make


@pytest.fixture
def member(person: Callable[[str], User]) -> Callable[..., Actor]:
    """Somebody with a membership in a firm, wearing that hat."""

    def make(enterprise: Enterprise, name: str, role: str = Role.ENTERPRISE_MEMBER) -> Actor:
        user = person(name)
        open_one = {"user": user, "enterprise": enterprise, "valid_to": None}
        Membership.objects.get_or_create(**open_one, defaults={"role": role, "valid_from": TODAY})
        found = actor_for(user)
        key = next(hat.key for hat in (found.hat, *found.others) if hat.holder_id == enterprise.pk)
        return actor_for(user, key)

    return make


@pytest.fixture
def admin_of(member: Callable[..., Actor]) -> Callable[[Enterprise], Actor]:
    """The first administrator of a firm made by ``firm``."""

    def make(enterprise: Enterprise) -> Actor:
        user = enterprise.memberships.filter(role=Role.ENTERPRISE_ADMIN, valid_to__isnull=True).first().user
        return member(enterprise, user.username)

    return make


@pytest.fixture
def browse() -> Callable[..., Client]:
    """A browser of an actor, the hat on."""

    def make(actor: Actor | User | None) -> Client:
        client = Client()
        if actor is None:
            return client
        user = actor if isinstance(actor, User) else User.objects.get(pk=actor.user_id)
        client.force_login(user, BACKEND)
        if isinstance(actor, Actor):
            session = client.session
            session["hat"] = actor.hat.key
            session.save()
        return client

    return make


@pytest.fixture
def paper() -> Callable[..., Any]:
    """An uploaded PDF."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    return lambda name="执照.pdf": SimpleUploadedFile(name, PDF, "application/pdf")


@pytest.fixture
def stored(paper: Callable[..., Any]) -> Callable[..., Any]:
    """The same, kept already."""
    from enterprises import evidence

    return lambda enterprise=None, actor=SYSTEM, purpose=evidence.FACTS: evidence.take(
        paper(), actor=actor, enterprise=enterprise, purpose=purpose
    )


@pytest.fixture
def flat(queries: Any) -> Callable[..., None]:
    """``act`` makes as many statements with three rows as with one, and exactly ``own`` of them in this room. (The
    frame of a
    page counts what waits in the rooms above; those numbers are theirs.)"""

    def check(*, add_row: Callable[[], Any], act: Callable[[], Any], own: int) -> None:
        counts = []
        for rows in (1, 2):
            for _ in range(rows):
                add_row()
            act()
            with queries.record() as seen:
                act()
            counts.append(seen)
        mine = [[line for line in seen if " enterprises/" in line] for seen in counts]
        assert len(counts[0]) == len(counts[1]), "\n".join(counts[1])
        assert len(mine[1]) == own, "\n".join(mine[1])

    return check
