"""Scope as a condition equals scope as a predicate; who may do what, with the reason in words."""

import pytest

from cultivation.actions import draft_forward, forward_notice
from cultivation.models import Notice, RosterEntry, Round
from foundation.accounts.actor import SYSTEM, VISITOR
from foundation.accounts.may import may, rules, sees
from foundation.accounts.roles import Role

ACTIONS = [
    name for name, _ in rules.items() if name.split(".")[0] in {"programme", "round", "notice", "window", "roster"}
]


@pytest.fixture
def everybody(official, firm, member):
    """One actor per kind of reader."""
    return [
        VISITOR,
        SYSTEM,
        *(official(place) for place in ("湖南", "株洲", "攸县", "湘潭", "四川", "成都")),
        *(official("株洲", role) for role in (Role.REVIEWER, Role.SIGNER, Role.ARCHIVIST, Role.POST_MANAGER)),
        member(firm()),
        member(firm(2, "锦江")),
    ]


def test_list_filter_equals_predicate(signed, hunan_round, official, everybody):
    forward_notice(source_id=signed.pk, actor=official("株洲"), to_bureaus="县市区", to_enterprises="企业")
    from cultivation.actions import sign_for_notice

    sign_for_notice(notice_id=signed.pk, actor=official("湘潭"))
    draft_forward(source_id=signed.pk, actor=official("湘潭"), to_bureaus="县市区")
    for model in (Notice, Round, RosterEntry):
        for actor in everybody:
            listed = set(model.objects.visible_to(actor).values_list("pk", flat=True))
            seen = {row.pk for row in model.objects.all() if sees(actor, row)}
            assert listed == seen, (model, actor.hat.label)


def test_every_refusal_has_a_reason_a_person_understands(signed, hunan_round, everybody):
    objects = {"notice": signed, "round": hunan_round, "window": hunan_round, "programme": None, "roster": None}
    for action in ACTIONS:
        for actor in everybody:
            verdict = may(actor, action, objects[action.split(".")[0]] if action != "round.open" else None)
            assert verdict.allowed or (verdict.reason.endswith("。") and any("一" <= c <= "鿿" for c in verdict.reason))


#: action → hats (place-role, or a word) that may, on a notice of 湖南 that 株洲 has signed for and a round of 湖南.
EXPECTED = {
    "notice.sign": {"湘潭-handler"},
    "notice.forward": {"株洲-handler", "株洲-reviewer", "株洲-signer"},
    "round.open": {"湖南-handler", "四川-handler"},
    "round.change": {"湖南-handler"},
    "round.close": {"湖南-handler"},
    "window.change": {"湖南-handler", "株洲-handler", "株洲-signer", "湘潭-handler", "攸县-handler"},
    "roster.view": {
        "系统", "湖南-handler", "株洲-handler", "攸县-handler", "湘潭-handler", "四川-handler", "成都-handler",
        "株洲-reviewer", "株洲-signer", "株洲-archivist", "企业", "外省企业",
    },
    "programme.publish": {"系统"},
}  # fmt: skip


def test_who_may_what(signed, hunan_round, everybody):
    names = [
        "访客", "系统", "湖南-handler", "株洲-handler", "攸县-handler", "湘潭-handler", "四川-handler", "成都-handler",
        "株洲-reviewer", "株洲-signer", "株洲-archivist", "株洲-post_manager", "企业", "外省企业",
    ]  # fmt: skip
    objects = {"notice": signed, "round": hunan_round, "window": hunan_round, "programme": None, "roster": None}
    for action, expected in EXPECTED.items():
        obj = None if action == "round.open" else objects[action.split(".")[0]]
        allowed = {name for name, actor in zip(names, everybody, strict=True) if may(actor, action, obj)}
        assert allowed == expected, action


def test_labels_equal_the_registry_of_facts():
    from cultivation.eligibility.labels import LABELS, UNITS
    from enterprises.facts import registry

    specs = dict(registry.items())
    assert {name: spec.label for name, spec in specs.items() if name in LABELS} == LABELS
    assert {n: specs[n].unit for n in UNITS if n in specs} == {n: u for n, u in UNITS.items() if n in specs}
