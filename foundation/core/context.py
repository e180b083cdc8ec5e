"""What every page knows: navigation for this actor, the hat worn and the others, the rehearsal bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property

from foundation.core.clock import business_today, current_installation
from foundation.core.counters import Counter, count_together, kept_counts
from foundation.core.registries import NavItem, Registry, nav

WEEKDAYS = "一二三四五六日"
NAV_SHOWN, NAV_SHOWN_ROOM = 8, 5
"""Entries of the top bar beside each other, on an official's wide desk and in everybody else's room; the rest is behind 更多."""
unread_counters: Registry = Registry("unread counter")
"""Callables (actor) -> number or rows to be counted, shown on the message entry; filled by notifications."""
UNREAD = "unread "
"""Begins the name of an unread counter among the counters of the frame."""


@dataclass(frozen=True, slots=True)
class NavLink:
    label: str
    url: str
    active: bool
    count: int | None


class Page:
    """Lazy view of the request for base.html: nothing is computed on a page that does not show it."""

    product = "梯度培育平台"

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def actor(self) -> Any:
        return getattr(self._request, "actor", None)

    @cached_property
    def signed_in(self) -> bool:
        user = getattr(self._request, "user", None)
        return bool(user is not None and user.is_authenticated)

    @cached_property
    def _entries(self) -> list[tuple[str, NavItem]]:
        """Entries of the top bar this actor sees, in order."""
        if self.actor is None:
            return []
        return [
            (name, item) for name, item in sorted(nav.items(), key=lambda row: row[1].order) if item.show(self.actor)
        ]

    @cached_property
    def _counts(self) -> dict[str, int]:
        """Every number of the frame, counted together."""
        counters: dict[str, Counter] = {name: item.count for name, item in self._entries if item.count is not None}
        if self.signed_in:
            counters |= {f"{UNREAD}{name}": counter for name, counter in unread_counters.items()}
        if not counters:
            return {}
        return (
            kept_counts(self.actor, counters)
            if self.signed_in
            else count_together({name: counter(self.actor) for name, counter in counters.items()})
        )

    @cached_property
    def nav(self) -> list[NavLink]:
        links = []
        for name, item in self._entries:
            url = reverse(item.url_name)
            active = self._request.path == url or bool(item.prefix and self._request.path.startswith(item.prefix))
            if item.only_counted and not active and not self._counts.get(name):
                continue
            links.append(NavLink(item.label, url, active, self._counts.get(name)))
        return links

    @property
    def nav_first(self) -> list[NavLink]:
        """Entries the bar has room for; the page one is on is always among them."""
        shown = self.nav[: self._nav_shown]
        return shown + [link for link in self.nav[self._nav_shown :] if link.active]

    @property
    def nav_more(self) -> list[NavLink]:
        """The others, behind 更多."""
        return [link for link in self.nav[self._nav_shown :] if not link.active]

    @property
    def _nav_shown(self) -> int:
        desk = self.actor is not None and self.actor.is_official
        return NAV_SHOWN if desk else NAV_SHOWN_ROOM

    @cached_property
    def hat_label(self) -> str:
        if not self.signed_in or self.actor is None:
            return ""
        hat = self.actor.hat
        return f"{hat.label} {self.actor.name}"

    @cached_property
    def hats(self) -> list[Any]:
        return list(self.actor.others) if self.signed_in and self.actor is not None else []

    @cached_property
    def rehearsal(self) -> str:
        if not current_installation().is_rehearsal:
            return ""
        today = business_today()
        weekday = WEEKDAYS[today.weekday()]
        return f"演练环境 · 当前日期 {today.year}年{today.month}月{today.day}日（星期{weekday}） · 企业与数据均为虚构"

    @cached_property
    def unread(self) -> int:
        return sum(number for name, number in self._counts.items() if name.startswith(UNREAD))


def page(request: HttpRequest) -> dict[str, Page]:
    """Context processor."""
    return {"page": Page(request)}
