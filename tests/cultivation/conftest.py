"""The country of these tests: Hunan and Sichuan, each with a prefecture and counties, officials, a firm with people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from cultivation import contexts
from cultivation.actions import WindowSpec, open_round, publish_notice, publish_version, sign_for_notice
from cultivation.models import Notice, ProgrammeVersion, Round
from enterprises.models import Enterprise, Membership
from foundation.accounts.actor import SYSTEM, Actor, actor_for
from foundation.accounts.models import Bureau, Post, ReportingLine, User
from foundation.accounts.paths import rebuild_paths
from foundation.accounts.roles import Role
from foundation.core.clock import business_today
from foundation.core.models import Installation
from foundation.reference import queries, regions
from tests.cultivation.sample import HUNAN_DOCUMENT, SICHUAN_DOCUMENT

BACKEND = "django.contrib.auth.backends.ModelBackend"
TODAY = dt.date(2018, 3, 1)
LONG_AGO = dt.date(2000, 1, 1)
DEADLINE = dt.date(2018, 3, 16)
PLACES = {
    "湖南": ("province", 430000, None),
    "株洲": ("prefecture", 430200, "湖南"),
    "攸县": ("county", 430223, "株洲"),
    "醴陵": ("county", 430281, "株洲"),
    "湘潭": ("prefecture", 430300, "湖南"),
    "湘乡": ("county", 430381, "湘潭"),
    "四川": ("province", 510000, None),
    "成都": ("prefecture", 510100, "四川"),
    "锦江": ("county", 510104, "成都"),
}


@pytest.fixture
def country(db: None) -> Iterator[dict[str, Bureau]]:
    """Bureaus by short name on 1 March 2018, with the public table loaded."""
    from foundation.reference.loader import load

    load(force=True)
    Installation.start_rehearsal(TODAY)
    contexts.forget()
    made: dict[str, Bureau] = {}
    for order, (name, (level, place, above)) in enumerate(PLACES.items()):
        made[name] = Bureau.objects.create(
            name=f"演示{name}经信委",
            short_name=name,
            level=level,
            region_id=place,
            sort_key=f"{order:03}",
            contact_name=f"{name}联系人",
            contact_phone="0731-8000000",
        )
        if above:
            ReportingLine.objects.create(bureau=made[name], superior=made[above], valid_from=LONG_AGO)
    rebuild_paths(business_today())
    yield made
    regions.forget()
    queries.forget()
    contexts.forget()


@pytest.fixture
def official(country: dict[str, Bureau]) -> Callable[..., Actor]:
    """``official("攸县")``, ``official("株洲", Role.SIGNER)``."""

    def make(place: str, role: str = Role.HANDLER, person: str = "") -> Actor:
        name = person or f"{place}-{role}"
        user, _ = User.objects.get_or_create(username=name, defaults={"name": f"演示{place}"})
        Post.objects.get_or_create(user=user, bureau=country[place], role=role, defaults={"valid_from": LONG_AGO})
        return actor_for(user, f"bureau:{country[place].pk}:{role}")

    return make


@pytest.fixture
def versions(country: dict[str, Bureau]) -> dict[str, ProgrammeVersion]:
    """Both programmes, published."""
    return {
        "hunan": publish_version(document=HUNAN_DOCUMENT, actor=SYSTEM)[0],
        "sichuan": publish_version(document=SICHUAN_DOCUMENT, actor=SYSTEM)[0],
    }


@pytest.fixture
def source(official: Callable[..., Actor], versions: dict[str, ProgrammeVersion]) -> Notice:
    """49号 as the province publishes it: addressed to the prefectures."""
    return publish_notice(
        actor=official("湖南"),
        family=versions["hunan"].programme,
        stage="reserve",
        number="湘经信中小发展〔2018〕49号",
        title="关于做好2018年小巨人企业培育工作的通知",
        issued_on=dt.date(2018, 2, 12),
        body="各市州经信委：……",
        to_bureaus="各市州经信委",
        deadline=DEADLINE,
    )


@pytest.fixture
def hunan_round(official: Callable[..., Actor], versions: dict[str, ProgrammeVersion], source: Notice) -> Round:
    """The 2018 round under 49号: prefectures by 16 March."""
    return open_round(
        version=versions["hunan"],
        year=2018,
        notice=source,
        actor=official("湖南"),
        windows=[
            WindowSpec(level="prefecture", closes_on=DEADLINE),
            WindowSpec(level="enterprise", closes_on=DEADLINE),
        ],
        help_groups=[{"label": "QQ群“湖南中小企业”", "number": "（略）"}],
    )


@pytest.fixture
def signed(official: Callable[..., Actor], source: Notice) -> Notice:
    """49号 signed for by 株洲."""
    sign_for_notice(notice_id=source.pk, actor=official("株洲"))
    return source


@pytest.fixture
def firm(country: dict[str, Bureau]) -> Callable[..., Enterprise]:
    """A firm of 攸县, or of another county, registered by a person of its own."""
    from enterprises.actions.register import Registration, register_enterprise
    from foundation.accounts.actions.people import own_actor
    from tests.enterprises.conftest import code

    def make(number: int = 1, place: str = "攸县") -> Enterprise:
        division = str(PLACES[place][1])
        user = User.objects.create(username=f"firm-{place}-{number}", name="演示何静")
        return register_enterprise(
            data=Registration(
                uscc=code(division, number),
                name=f"（演示）{place}机械{number}有限公司",
                region_id=PLACES[place][1],
                industry_code="3441",
                legal_representative="演示张三",
                registered_on=dt.date(2012, 5, 1),
                contact_name="演示李四",
                contact_phone="13800001111",
                contact_email="demo@example.com",
            ),
            actor=own_actor(user),
            user=user,
        )

    return make


@pytest.fixture
def member(db: None) -> Callable[[Enterprise], Actor]:
    """A person of a firm, the firm's hat on."""

    def make(enterprise: Enterprise) -> Actor:
        return actor_for(Membership.objects.select_related("user").get(enterprise=enterprise).user)

    return make


@pytest.fixture
def browse() -> Callable[..., Client]:
    """A browser of an actor, the hat on; of nobody without one."""

    def make(actor: Actor | None = None) -> Client:
        client = Client()
        if actor is not None:
            client.force_login(User.objects.get(pk=actor.user_id), BACKEND)
            session = client.session
            session["hat"] = actor.hat.key
            session.save()
        return client

    return make


def pdf(name: str = "原件.pdf") -> Any:
    """An uploaded PDF."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tests.enterprises.conftest import PDF

    return SimpleUploadedFile(name, PDF, "application/pdf")


@pytest.fixture
def own_queries(queries: Any) -> Callable[..., None]:
    """Statements caused by this room, the same with one row and with three; menu counters of other rooms are theirs."""

    def flat(*, add_row: Callable[[], Any], act: Callable[[], Any], expected: int) -> None:
        add_row()
        act()
        for extra in (0, 2):
            for _ in range(extra):
                add_row()
            with queries.record() as seen:
                act()
            own = [line for line in seen if " cultivation/" in line]
            everything = "\n".join(own)
            assert len(own) == expected, f"{len(own)} with {1 + extra} rows, {expected} expected:\n{everything}"

    return flat
