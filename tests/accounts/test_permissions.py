"""``may()`` against the reviewed table, exactly; every scope's condition against its predicate, row by row.

Officials of the table work in the prefecture ``zz``; provinces' 岗位管理 (who also move reporting lines) are asked in test_paths.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from foundation.accounts.actor import VISITOR, Actor, Hat, actor_for
from foundation.accounts.may import may, rules, scopes, sees
from foundation.accounts.models import (
    ActingAuthority,
    ApiToken,
    Bureau,
    Post,
    RevealEvent,
    SecondFactorRule,
    SignInEvent,
)
from foundation.accounts.permissions_guard import Desk
from foundation.accounts.roles import BUREAU_ROLES, EVERYONE, Role
from foundation.core.clock import real_now
from foundation.journal.models import Decision
from tests.accounts.world import World

TABLE = list(csv.DictReader((Path(__file__).parent / "permission_table.csv").read_text(encoding="utf-8").splitlines()))
ROLES = [name for name in TABLE[0] if name not in ("action", "to")]


def actors(world: World) -> dict[str, Actor]:
    """One actor per role of the table."""
    found = {role: world.actor(f"zz_{role}") for role in BUREAU_ROLES}
    found |= {role: world.actor(role) for role in ("system_admin", "audit_admin", "security_admin")}
    for role in ("enterprise_member", "enterprise_admin"):
        person = world.people.get(role) or world.person(role)
        found[role] = Actor(person.pk, person.name, Hat("enterprise", role, role, holder_id=7))
    return {str(key): value for key, value in found.items()} | {"visitor": VISITOR}


def objects(world: World) -> dict[tuple[str, str], Callable[[Actor], Any]]:
    """What the second column means."""
    bureaus, people = world.bureaus, world.people

    def bureau(key: str) -> Callable[[Actor], Bureau]:
        return lambda actor: bureaus[key]

    def new(key: str | None, role: str) -> Callable[[Actor], Post]:
        somebody = people.get("somebody") or world.person("somebody")
        return lambda actor: Post(user=somebody, bureau=bureaus[key] if key else None, role=role)

    def held(person: str) -> Callable[[Actor], Post]:
        return lambda actor: Post.objects.get(user=people[person])

    def person(key: str) -> Callable[[Actor], Any]:
        return lambda actor: people[key]

    def oneself(actor: Actor) -> Any:
        return next((user for user in people.values() if user.pk == actor.user_id), people["lk_handler"])

    # Others in the same post, so that nobody is asked about themselves.
    for role in ("handler", "post_manager"):
        if f"zz_other_{role}" not in people:
            world.post(f"zz_other_{role}", "zz", role)
    if "other_audit_admin" not in people:
        world.post("other_audit_admin", None, "audit_admin")
        world.post("other_security_admin", None, "security_admin")
    places = {"own bureau": "zz", "county directly below": "ty", "bureau above": "hn", "bureau of another path": "cd"}
    table: dict[tuple[str, str], Callable[[Actor], Any]] = {
        ("account.switch_hat", "own hat"): lambda actor: actor.hat,
        ("account.switch_hat", "another's hat"): lambda actor: world.actor("lk_signer").hat,
        ("token.create", "own hat"): lambda actor: actor.hat,
        ("token.create", "another's hat"): lambda actor: world.actor("lk_signer").hat,
        ("token.create", "hat lent by a colleague"): lambda actor: replace(
            actor.hat, acting_for="李四", authority_id=1
        ),
        ("token.revoke", "own token"): lambda actor: ApiToken(user_id=actor.user_id),
        ("token.revoke", "another's token"): lambda actor: ApiToken(user=people["lk_signer"]),
        ("account.reset_for_bureau", "handler of own bureau"): person("zz_other_handler"),
        ("account.reset_for_bureau", "post_manager of own bureau"): person("zz_other_post_manager"),
        ("account.reset_for_bureau", "handler of county directly below"): person("ty_handler"),
        ("account.reset_for_bureau", "handler of another path"): person("cd_handler"),
        ("account.reset_for_bureau", "handler above"): person("hn_handler"),
        ("account.reset_for_bureau", "post_manager of a province"): person("hn_post_manager"),
        ("account.reset_for_bureau", "the security administrator"): person("other_security_admin"),
        ("account.reset_for_bureau", "the audit administrator"): person("other_audit_admin"),
        ("account.reset_for_bureau", "oneself"): oneself,
        ("post.list", "the portal"): lambda actor: None,
        ("post.create", "handler in own bureau"): new("zz", "handler"),
        ("post.create", "post_manager in own bureau"): new("zz", "post_manager"),
        ("post.create", "handler in county directly below"): new("ty", "handler"),
        ("post.create", "post_manager in county directly below"): new("ty", "post_manager"),
        ("post.create", "handler in another path"): new("cd", "handler"),
        ("post.create", "handler above"): new("hn", "handler"),
        ("post.create", "post_manager above"): new("hn", "post_manager"),
        ("post.create", "audit_admin in the portal"): new(None, "audit_admin"),
        ("post.end", "handler in own bureau"): held("zz_other_handler"),
        ("post.end", "post_manager in own bureau"): held("zz_other_post_manager"),
        ("post.end", "handler in county directly below"): held("ty_handler"),
        ("post.end", "post_manager in county directly below"): held("ty_post_manager"),
        ("post.end", "handler in another path"): held("cd_handler"),
        ("post.end", "handler above"): held("hn_handler"),
        ("post.end", "post_manager above"): held("hn_post_manager"),
        ("post.end", "audit_admin in the portal"): held("other_audit_admin"),
    }
    for kind in ("handler of own bureau", "the security administrator", "the audit administrator", "oneself"):
        table["account.reset_second_factor", kind] = table["account.reset_for_bureau", kind]
    table |= _authorities(world) | _desks(world)
    for action in ("account.edit_own", "account.change_password", "account.second_factor"):
        table[action, "oneself"] = oneself
        table[action, "somebody else"] = person("lk_reviewer")
    for action in ("post.list", "bureau.update", "bureau.edit_contact", "bureau.set_hands", "bureau.set_line"):
        for place, key in places.items():
            table[action, place] = bureau(key)
    for place, key in places.items():
        table["bureau.create", f"under {place}"] = bureau(key)
    return table


def _authorities(world: World) -> dict[tuple[str, str], Callable[[Actor], Any]]:
    """Whose post is lent to whom, seen by the one who asks."""
    people, somebody = world.people, world.people["somebody"]
    theirs = Post.objects.get(user=people["zz_other_handler"])

    def own_post(actor: Actor) -> Post:
        return Post.objects.filter(user_id=actor.user_id, bureau=world.bureaus["zz"]).first() or theirs

    def lent(post: Callable[[Actor], Post], deputy: Callable[[Actor], Any]) -> Callable[[Actor], ActingAuthority]:
        return lambda actor: ActingAuthority(post=post(actor), deputy=deputy(actor))

    def me(actor: Actor) -> Any:
        return next((user for user in people.values() if user.pk == actor.user_id), people["lk_handler"])

    table: dict[tuple[str, str], Callable[[Actor], Any]] = {}
    for action in ("authority.give", "authority.end"):
        table |= {
            (action, "own post to a colleague"): lent(own_post, lambda actor: somebody),
            (action, "colleague's post to another"): lent(lambda actor: theirs, lambda actor: somebody),
            (action, "colleague's post to oneself"): lent(lambda actor: theirs, me),
            (action, "post of another bureau"): lent(
                lambda actor: Post.objects.get(user=people["lk_handler"]), lambda actor: somebody
            ),
        }
    return table


def _desks(world: World) -> dict[tuple[str, str], Callable[[Actor], Any]]:
    zz, lk = world.bureaus["zz"].pk, world.bureaus["lk"].pk
    other = world.people["zz_other_handler"].pk
    return {
        ("desk.hand_over", "own desk"): lambda actor: Desk(actor.user_id or 0, zz),
        ("desk.hand_over", "colleague's desk"): lambda actor: Desk(other, zz),
        ("desk.hand_over", "desk of another bureau"): lambda actor: Desk(world.people["lk_handler"].pk, lk),
    }


def test_may_equals_the_table_exactly(world: World):
    who, what = actors(world), objects(world)
    wrong = []
    for row in TABLE:
        about = what[row["action"], row["to"]] if row["to"] else (lambda actor: None)
        for role in ROLES:
            verdict = may(who[role], row["action"], about(who[role]))
            if bool(verdict) != (row[role] == "yes"):
                wrong.append(f"{role} {row['action']} {row['to']}: {bool(verdict)}")
            elif not verdict:
                assert verdict.reason.endswith("。"), f"a refusal has a sentence: {row['action']} {verdict.reason}"
    assert wrong == []


def test_every_action_of_the_room_is_in_the_table(world: World):
    rooms = ("account", "post", "bureau", "signin", "journal", "second_factor", "authority", "desk", "reveal", "token")
    own = {name for name, _ in rules.items() if name.split(".")[0] in rooms}
    assert {row["action"] for row in TABLE} == own


def test_the_table_names_every_role():
    assert set(ROLES) == {role.value for role in EVERYONE} - {Role.SYSTEM.value}


@pytest.mark.parametrize("model", [Post, SignInEvent, Decision, Bureau, ActingAuthority, RevealEvent, SecondFactorRule])
def test_condition_and_predicate_agree_on_every_row(world: World, model):
    for person in world.people.values():
        SignInEvent.objects.create(at=real_now(), kind="failed", username=person.username, user=person)
        Decision.objects.create(
            subject_kind="x", subject_id=1, subject_label="x", action="x", actor_user_id=person.pk, hat_kind="x",
            hat_role="x", hat_label="x", made_at=real_now(), recorded_at=real_now(),
        )  # fmt: skip
    condition = scopes()[model].condition
    everybody = [actor_for(person) for person in world.people.values()] + list(actors(world).values())
    for actor in everybody:
        listed = set(model.objects.filter(condition(actor)).values_list("pk", flat=True))
        seen = {row.pk for row in model.objects.select_related(None) if sees(actor, row)}
        assert listed == seen, f"{actor.name} {actor.role}"


def test_the_three_administrators_see_no_posts_of_counties(world: World):
    for role in ("system_admin", "audit_admin", "security_admin"):
        seen = Post.objects.visible_to(world.actor(role))
        assert not seen.filter(bureau__level__in=["county", "prefecture"]).exists()


def test_a_visitor_sees_nothing(world: World):
    assert not Post.objects.visible_to(VISITOR).exists()
    assert not SignInEvent.objects.visible_to(VISITOR).exists()
    assert not Decision.objects.filter(scopes()[Decision].condition(VISITOR)).exists()


def test_unknown_actions_are_a_mistake_of_ours(world: World):
    with pytest.raises(KeyError):
        may(VISITOR, "no.such_action")


def test_a_role_that_may_never_is_told_who_may(world: World):
    verdict = may(world.actor("zz_handler"), "bureau.set_hands", world.bureaus["zz"])
    assert verdict.reason == "设置办理道数由岗位管理办理，您现在的身份是株洲市经信委（测试） · 经办。"
    assert "右上角切换" in verdict.hint
