"""Demo accounts: which there are, and putting one on with one press.

Both exist only where the installation is a rehearsal, and only for people marked as demo; the database decides, not a setting.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth import login
from django.db.models import Q
from django.http import HttpRequest

from cultivation.models import RosterEntry
from cultivation.roster import observed_on
from enterprises.models import Membership
from foundation.accounts.actor import Hat, hats_of
from foundation.accounts.middleware import SECOND_KEY
from foundation.accounts.models import User
from foundation.core.clock import business_today, current_installation
from foundation.core.errors import Refused
from foundation.core.verdict import Verdict, no, ok

MOST = 200
"""Entries looked at for the cases of the roster; the demo's own are the first."""
FEATURED = "demo-"
"""Accounts whose name begins so stand on the sign-in page, and one clerk for each case of the roster; others have the password."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A demo account with the hats it may put on."""

    user: User
    hats: tuple[Hat, ...]

    @property
    def label(self) -> str:
        """``天元区经科局 · 经办、档案``: every holder once, with all roles held there."""
        holders: dict[str, list[str]] = {}
        for hat in self.hats:
            holder, _, role = hat.label.rpartition(" · ")
            holders.setdefault(holder, []).append(role)
        return (
            "；".join(f"{name} · {'、'.join(roles)}".removeprefix(" · ") for name, roles in holders.items())
            or "尚无身份"
        )

    @property
    def person(self) -> str:
        """The name without the mark the whole list carries anyway."""
        return str(self.user).removesuffix("（演示）")

    @property
    def group(self) -> str:
        """Under which heading it stands."""
        hat = self.hats[0] if self.hats else None
        if hat is None or hat.kind == "enterprise":
            return "企业"
        return {"county": "县市区", "prefecture": "市州", "province": "省级"}.get(hat.level, "平台管理员")


GROUPS = ("企业", "县市区", "市州", "省级", "平台管理员")


def grouped(accounts: list[DemoAccount]) -> list[tuple[str, list[DemoAccount]]]:
    """The accounts under their headings, from the firm upward."""
    return [(name, found) for name in GROUPS if (found := [one for one in accounts if one.group == name])]


def featured() -> list[DemoAccount]:
    """The demo accounts offered on the sign-in page, in the order they were made; none outside a rehearsal."""
    if not current_installation().is_rehearsal:
        return []
    wanted = Q(username__startswith=FEATURED) | Q(pk__in=_clerks_of_listed_firms())
    people = User.objects.filter(wanted, is_demo=True, is_active=True).order_by("pk")
    return [DemoAccount(user, tuple(hats_of(user))) for user in people]


def _clerks_of_listed_firms() -> list[int]:
    """One clerk for each case of the roster: standing in each province, under observation, left. None before the listing."""
    entries = RosterEntry.objects.annotate(observed=observed_on(business_today())).order_by("pk")
    cases: dict[tuple[str, bool, bool], int] = {}
    for province, until, observed, firm in entries.values_list("province", "until", "observed", "enterprise_id")[:MOST]:
        cases.setdefault((province, until is not None, bool(observed)), firm)
    rows = Membership.objects.filter(enterprise_id__in=cases.values(), user__is_demo=True).order_by("pk")
    return list(rows.values_list("user_id", flat=True))


def may_sign_in_as(user: User | None) -> Verdict:
    """Whether this account may be put on without a password."""
    if not current_installation().is_rehearsal:
        return no("一键登录只在演练环境中提供。", "请用账号和密码登录。")
    if user is None or not user.is_demo or not user.is_active:
        return no("没有这个演示账号。", "请从登录页的演示账号中选择。")
    return ok()


def sign_in_as(request: HttpRequest, username: str) -> User:
    """Sign the request in as the demo account of that name; raises ``Refused`` otherwise."""
    user = User.objects.filter(username=username).first()
    verdict = may_sign_in_as(user)
    if not verdict or user is None:
        raise Refused(verdict)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session[SECOND_KEY] = (
        True  # one press is the whole door here, also for somebody who tried the second factor
    )
    return user
