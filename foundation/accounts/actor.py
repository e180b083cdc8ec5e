"""Actor = person + the hat worn. A registry of hats: posts here, memberships from ``enterprises``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from foundation.accounts.models import BureauPath, Post, User
from foundation.accounts.roles import Level, Role
from foundation.core.registries import Registry
from foundation.journal.record import ActorLabel


@dataclass(frozen=True, slots=True)
class Hat:
    """In which capacity a person acts: which holder (bureau, enterprise, portal), which role, which responsibility
    paths.
    """

    kind: str
    role: str
    label: str
    holder_id: int | None = None
    holder_name: str = ""
    level: str = ""
    paths: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Stable name of the hat, kept in the session."""
        return f"{self.kind}:{self.holder_id or 0}:{self.role}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``user_id`` is None for visitors and for the system's own jobs."""

    user_id: int | None
    name: str
    hat: Hat
    acting_for: str = ""
    others: tuple[Hat, ...] = field(default=(), compare=False)

    @property
    def role(self) -> str:
        return self.hat.role

    @property
    def is_official(self) -> bool:
        return self.hat.kind == "bureau"

    @property
    def is_enterprise(self) -> bool:
        return self.hat.kind == "enterprise"

    @property
    def bureau_id(self) -> int | None:
        """The bureau worked for, None unless an official."""
        return self.hat.holder_id if self.is_official else None

    @property
    def enterprise_id(self) -> int | None:
        """The enterprise worked for, None unless its member."""
        return self.hat.holder_id if self.is_enterprise else None

    @property
    def level(self) -> str:
        """``province``/``prefecture``/``county`` for officials, else ''."""
        return self.hat.level

    @property
    def label(self) -> ActorLabel:
        """As written into decisions."""
        hat = self.hat
        return ActorLabel(self.user_id, self.name, hat.kind, hat.holder_id, hat.role, hat.label, self.acting_for)

    def answers_for(self, path: str) -> bool:
        """Whether the official's bureau stands on this responsibility path."""
        return any(path.startswith(own) for own in self.hat.paths)


VISITOR = Actor(None, "访客", Hat("visitor", Role.VISITOR, "访客"))
SYSTEM = Actor(None, "系统", Hat("system", Role.SYSTEM, "系统任务"))

hat_providers: Registry[Callable[[User], list[Hat]]] = Registry("hat provider")


def bureau_hats(user: User) -> list[Hat]:
    """Hats from the posts a person holds today: officials' posts and the three administrators'."""
    posts = list(Post.objects.held().filter(user=user).select_related("bureau").order_by("id"))
    bureau_ids = {post.bureau_id for post in posts if post.bureau_id}
    paths: dict[int, list[str]] = {}
    if bureau_ids:
        for bureau_id, path in BureauPath.objects.filter(bureau_id__in=bureau_ids).values_list("bureau_id", "path"):
            paths.setdefault(bureau_id, []).append(path)
    return [
        _bureau_hat(post, paths) if post.bureau_id else Hat("portal", post.role, Role(post.role).label)
        for post in posts
        if post.bureau is None or post.bureau.active
    ]


def _bureau_hat(post: Post, paths: dict[int, list[str]]) -> Hat:
    bureau = post.bureau
    assert bureau is not None
    return Hat(
        kind="bureau",
        role=post.role,
        label=f"{bureau.short_name} · {Role(post.role).label}",
        holder_id=bureau.pk,
        holder_name=bureau.name,
        level=Level(bureau.level),
        paths=tuple(sorted(set(paths.get(bureau.pk, [])))),
    )


hat_providers.register("posts", bureau_hats)


def hats_of(user: User) -> list[Hat]:
    """All hats a person may put on now."""
    return [hat for _, provider in hat_providers.items() for hat in provider(user)]


def actor_for(user: User, hat_key: str = "") -> Actor:
    """The person with the hat of that key, else their first hat, else as somebody who holds nothing yet (a signed-in
    visitor).
    """
    hats = hats_of(user)
    chosen = next(
        (hat for hat in hats if hat.key == hat_key), hats[0] if hats else Hat("visitor", Role.VISITOR, "尚无身份")
    )
    return Actor(user.pk, user.name or user.username, chosen, others=tuple(hat for hat in hats if hat != chosen))
