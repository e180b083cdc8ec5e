"""Which files a bureau's public notice takes, in which order, and how the public reads them (P-03)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from cultivation.models import Round
from enterprises.models import Enterprise
from foundation.accounts.models import Bureau
from foundation.accounts.roles import Level
from foundation.core.clock import business_today
from foundation.reference import regions
from reviews.models import Application, ApprovalItem, DispatchItem, PublicNoticeRow
from reviews.states import ApprovalState, DispatchState, FileState, NoticeState


def through_at(round: Round, bureau: Bureau, path: str) -> QuerySet[Application]:
    """Files that are through at the bureau's level: approved at the province, merged or recommended below it."""
    files = Application.objects.filter(round=round, path__startswith=path)
    if bureau.level == Level.PROVINCE:
        return files.filter(state=FileState.APPROVED)
    own = Q(bureau_id=bureau.pk, state=FileState.RECOMMENDED)
    below = Q(state=FileState.MERGED) & ~Q(bureau_id=bureau.pk)
    return files.filter(own | below) if bureau.level == Level.PREFECTURE else files.filter(own)


def without_notice(round: Round, bureau: Bureau, path: str) -> QuerySet[Application]:
    """Files through at this level that no notice of the bureau has had yet."""
    had = PublicNoticeRow.objects.filter(application_id=OuterRef("pk"), notice__bureau=bureau).exclude(
        notice__state=NoticeState.RESTARTED
    )
    return through_at(round, bureau, path).filter(~Exists(had))


def waiting_for_notice(round: Round, bureau: Bureau, path: str) -> list[Application]:
    """The same in the order of the list.

    Order: that of the decision (审定) where there is one, else places in administrative order and within a place the
    rank it reported (HN-25), the bureau's own firms first.
    """
    files = list(without_notice(round, bureau, path).select_related("bureau"))
    decided = {
        pk: (sequence, rank)
        for pk, sequence, rank in ApprovalItem.objects.filter(
            application__in=files, approval__bureau=bureau, approval__state=ApprovalState.DECIDED
        )
        .order_by("approval_id")
        .values_list("application_id", "approval__sequence", "rank")
    }
    reported = {
        pk: (sort_key, batch, rank)
        for pk, sort_key, batch, rank in DispatchItem.objects.filter(
            application__in=files, dispatch__to_bureau=bureau, dispatch__state=DispatchState.RECEIVED, held=False
        )
        .order_by("dispatch_id")
        .values_list("application_id", "dispatch__from_bureau__sort_key", "dispatch__batch", "rank")
    }
    return sorted(
        files,
        key=lambda file: (
            decided.get(file.pk, (10**6, 0)),
            file.bureau_id != bureau.pk,
            reported.get(file.pk, (file.bureau.sort_key, 0, 0)),
            file.submitted_at,
            file.pk,
        ),
    )


def place_and_tier(round: Round, files: Iterable[Application]) -> dict[int, tuple[str, str]]:
    """What the public reads beside the name: 市县 without the province, and the tier's title. No code, no figure."""
    files = list(files)
    places = dict(Enterprise.objects.filter(pk__in=[f.enterprise_id for f in files]).values_list("pk", "region_id"))
    tiers = {tier.code: tier.title for tier in round.programme.tiers}
    today = business_today()
    names = {region: "".join(part.name for part in regions.path(region, today)[1:]) for region in set(places.values())}
    return {file.pk: (names.get(places[file.enterprise_id], ""), tiers.get(file.tier, file.tier)) for file in files}
