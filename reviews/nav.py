"""Entries of the top bar."""

from __future__ import annotations

from django.db.models import QuerySet

from foundation.accounts.actor import Actor
from foundation.accounts.may import may
from foundation.accounts.roles import Level
from foundation.core.registries import NavItem, nav
from reviews.dispatch_queries import waiting_to_receive
from reviews.filing_queries import open_corrections
from reviews.models import Application, Objection, PublicNotice
from reviews.public_notices import LIVE
from reviews.states import OBJECTION_OPEN
from reviews.waiting import waits_for

nav.register(
    "reviews.mine",
    NavItem(
        "我的申报",
        "reviews:mine",
        20,
        show=lambda actor: actor.is_enterprise,
        count=open_corrections,
        prefix="/reviews/mine/",
    ),
)
nav.register(
    "reviews.on_behalf",
    NavItem(
        "代填",
        "reviews:on_behalf",
        310,
        show=lambda actor: bool(may(actor, "application.enter_paper")),
        prefix="/reviews/on-behalf/",
    ),
)


def _waiting(actor: Actor) -> QuerySet[Application]:
    """Files on which this hat does the next thing, in open rounds."""
    if actor.level == Level.PROVINCE:
        return Application.objects.none()
    return Application.objects.visible_to(actor).filter(waits_for(actor), round__state="open")


nav.register(
    "reviews.queue",
    NavItem(
        "申报材料",
        "reviews:queue",
        20,
        show=lambda actor: actor.is_official and bool(may(actor, "application.list_queue")),
        count=_waiting,
        prefix="/reviews/queue/",
    ),
)
nav.register(
    "reviews.dispatches",
    NavItem(
        "报送",
        "reviews:dispatches",
        30,
        show=lambda actor: actor.is_official and bool(may(actor, "application.list_queue")),
        count=waiting_to_receive,
        prefix="/reviews/dispatches/",
    ),
)
nav.register(
    "reviews.province",
    NavItem(
        "办理进度",
        "reviews:province",
        32,
        show=lambda actor: actor.level == Level.PROVINCE and bool(may(actor, "application.list_queue")),
        prefix="/reviews/province/",
    ),
)
nav.register(
    "reviews.public_notices",
    NavItem(
        "公示",
        "reviews:public_notices",
        34,
        show=lambda actor: actor.level == Level.PROVINCE and bool(may(actor, "public_notice.list")),
        count=lambda actor: Objection.objects.visible_to(actor).filter(state__in=OBJECTION_OPEN),
        prefix="/reviews/public-notices/",
    ),
)
# Below the province a level has notices only where a programme says so: the entry comes with the first one begun on 报送.
nav.register(
    "reviews.own_notices",
    NavItem(
        "公示",
        "reviews:public_notices",
        34,
        show=lambda actor: actor.level in {Level.PREFECTURE, Level.COUNTY} and bool(may(actor, "public_notice.list")),
        count=lambda actor: [
            PublicNotice.objects.filter(bureau_id=actor.bureau_id, state__in=LIVE),
            Objection.objects.visible_to(actor).filter(state__in=OBJECTION_OPEN),
        ],
        prefix="/reviews/public-notices/",
        only_counted=True,
    ),
)
