"""Claims of a code already registered and hand-overs of a lost administrator: asked by a person, decided by the
county.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from enterprises.actions.members import grant_membership
from enterprises.models import Claim, Enterprise, HandOver, Membership
from foundation.accounts.actor import Actor
from foundation.accounts.models import User
from foundation.accounts.roles import ENTERPRISE_ROLES, Role
from foundation.accounts.transition import decide_one, record_act, require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.journal.models import Decision
from foundation.journal.record import Message

Asked = Claim | HandOver
State = Claim.State


def open_claim(*, enterprise: Enterprise, user: User, evidence: Any, actor: Actor, reason: str = "") -> Claim:
    """Somebody says the registered firm is theirs; evidence is a must. A second press finds the first claim."""
    with transaction.atomic():
        enterprise = Enterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)
        require(actor, "enterprise.claim")
        _not_a_member(enterprise, user)
        known = enterprise.claims.filter(user=user, state=State.OPEN).first()
        if known is not None:
            return known
        if evidence is None:
            raise Refused(no("请上传证明材料，如营业执照扫描件或法定代表人授权书。"))
        claim = Claim.objects.create(
            enterprise=enterprise,
            user=user,
            evidence=evidence,
            reason=reason.strip()[:500],
            opened_at=business_now(),
        )
        _record(claim, enterprise, "enterprise.claim", actor, evidence)
    return claim


def open_hand_over(
    *, enterprise: Enterprise, user: User, evidence: Any, actor: Actor, reason: str = "", lost_admin: str = ""
) -> HandOver:
    """The administrator is lost: ask the county for another, with the licence scan. A second press finds the
    first.
    """
    with transaction.atomic():
        enterprise = Enterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)
        require(actor, "enterprise.hand_over")
        known = enterprise.hand_overs.filter(user=user, state=State.OPEN).first()
        if known is not None:
            return known
        if evidence is None:
            raise Refused(no("请上传加盖公章的营业执照扫描件。"))
        hand_over = HandOver.objects.create(
            enterprise=enterprise,
            user=user,
            evidence=evidence,
            reason=reason.strip()[:500],
            lost_admin=lost_admin.strip()[:80],
            opened_at=business_now(),
        )
        _record(hand_over, enterprise, "enterprise.hand_over", actor, evidence)
    return hand_over


def decide_claim(*, claim_id: int, grant: bool, actor: Actor, opinion: str = "", role: str = "") -> None:
    """The county grants membership in a role, or refuses with a reason. Default role: administrator where there is
    none.
    """
    if role and role not in ENTERPRISE_ROLES:
        raise Refused(no("请选择角色：管理员或经办人。"))
    _reason_needed(grant, opinion)

    def change(claim: Claim) -> None:
        claim.decided_at, claim.opinion = business_now(), opinion.strip()[:500]
        if grant:
            claim.granted_role = role or _default_role(claim.enterprise)
            grant_membership(enterprise=claim.enterprise, user=claim.user, role=claim.granted_role)

    _decide(Claim, claim_id, "enterprise.decide_claim", grant, actor, opinion, change, ["granted_role"])


def decide_hand_over(*, hand_over_id: int, grant: bool, actor: Actor, opinion: str = "") -> None:
    """The county makes the person the administrator and ends the posts of the administrators before, or refuses."""
    _reason_needed(grant, opinion)

    def change(hand_over: HandOver) -> None:
        hand_over.decided_at, hand_over.opinion = business_now(), opinion.strip()[:500]
        if grant:
            enterprise = hand_over.enterprise
            lost = enterprise.memberships.filter(role=Role.ENTERPRISE_ADMIN, valid_to__isnull=True)
            lost.exclude(user_id=hand_over.user_id).update(valid_to=business_today())
            grant_membership(enterprise=enterprise, user=hand_over.user, role=Role.ENTERPRISE_ADMIN)

    _decide(HandOver, hand_over_id, "enterprise.decide_hand_over", grant, actor, opinion, change, [])


def withdraw(*, request: Asked, actor: Actor) -> None:
    """Who asked takes it back."""
    is_claim = isinstance(request, Claim)
    decide_one(
        model=type(request),
        pk=request.pk,
        action="enterprise.withdraw_claim" if is_claim else "enterprise.withdraw_hand_over",
        expect=[State.OPEN],
        to=State.WITHDRAWN,
        actor=actor,
    )


def _decide(
    model: type[Asked],
    pk: int,
    action: str,
    grant: bool,
    actor: Actor,
    opinion: str,
    change: Any,
    more_fields: list[str],
) -> None:
    with transaction.atomic():
        asked = model.objects.filter(pk=pk).values_list("enterprise_id", flat=True).first()
        if asked is not None:
            # Memberships change below: the same lock as every other change of members.
            Enterprise.objects.select_for_update(of=("self",)).filter(pk=asked).first()
        decide_one(
            model=model,
            pk=pk,
            action=action,
            expect=[State.OPEN],
            to=State.GRANTED if grant else State.REFUSED,
            actor=actor,
            opinion=opinion,
            change=change,
            fields=["decided_at", "opinion", *more_fields],
            outbox=_messages,
        )


def _messages(request: Asked, decision: Decision) -> list[Message]:
    """The person who asked learns the answer; the firm's people learn that somebody joined."""
    noun = "claim" if isinstance(request, Claim) else "hand_over"
    payload = {
        "enterprise": request.enterprise.name,
        "answer": request.get_state_display(),
        "opinion": request.opinion,
    }
    found = [
        Message(f"{noun}:{request.pk}:{request.state}", f"enterprises.{noun}_decided", "user", request.user_id, payload)
    ]
    if request.state == State.GRANTED:
        joined = {"id": request.enterprise_id, "enterprise": request.enterprise.name, "person": str(request.user)}
        found.append(
            Message(
                f"{noun}:{request.pk}:joined", "enterprises.member_joined", "enterprise", request.enterprise_id, joined
            )
        )
    return found


def _record(request: Asked, enterprise: Enterprise, action: str, actor: Actor, evidence: Any) -> None:
    noun = "认领" if isinstance(request, Claim) else "更换管理员"
    message = Message(
        f"{request.subject_kind}:{request.pk}:opened",
        "enterprises.request_opened",
        "bureau",
        enterprise.bureau_id,
        {"enterprise": enterprise.name, "noun": noun},
    )
    record_act(
        subject_kind=request.subject_kind,
        subject_id=request.pk,
        subject_label=str(request),
        action=action,
        actor=actor,
        to_state=request.state,
        data={"enterprise": enterprise.pk, "evidence": evidence.pk},
        messages=[message],
    )


def _not_a_member(enterprise: Enterprise, user: User) -> None:
    if enterprise.memberships.filter(user=user, valid_to__isnull=True).exists():
        raise Refused(no("您已是这家企业的成员。", "请在右上角切换身份。"))


def _default_role(enterprise: Enterprise) -> str:
    admins = Membership.objects.filter(enterprise=enterprise, role=Role.ENTERPRISE_ADMIN, valid_to__isnull=True)
    return Role.ENTERPRISE_MEMBER if admins.exists() else Role.ENTERPRISE_ADMIN


def _reason_needed(grant: bool, opinion: str) -> None:
    if not grant and not opinion.strip():
        raise Refused(no("不同意时请写明原因，申请人会看到。"))
