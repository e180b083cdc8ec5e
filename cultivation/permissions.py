"""Who sees and does what with programmes, notices, rounds and the roster."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from cultivation.models import Notice, NoticeAddressee, NoticeReceipt, RosterEntry, Round
from enterprises.models import EnterprisePath
from foundation.accounts.actor import Actor
from foundation.accounts.may import allowed, path_condition, rule, scope
from foundation.accounts.paths import path_ids
from foundation.accounts.queries import hands_for
from foundation.accounts.roles import BUREAU_ROLES, CASE_ROLES, ENTERPRISE_ROLES, EVERYONE, Act, Level, Role
from foundation.core.verdict import Verdict, no, ok

NOTICE_READERS = BUREAU_ROLES | ENTERPRISE_ROLES | {Role.SYSTEM}
NOTICE_WRITERS = frozenset({Role.HANDLER, Role.REVIEWER, Role.SIGNER})
ROUND_KEEPERS = frozenset({Role.HANDLER, Role.SIGNER})
ROSTER_READERS = CASE_ROLES | {Role.ARCHIVIST} | ENTERPRISE_ROLES | {Role.SYSTEM}
_PUBLISHED = Q(state=Notice.State.PUBLISHED)
_NOTHING = Q(pk__in=[])


# ---- scopes ------------------------------------------------------------------------------------------------


def bureaus_above(actor: Actor) -> set[int]:
    """Bureaus on the actor's responsibility paths, the own one included; an enterprise's come from its own rows."""
    paths = list(actor.hat.paths)
    if actor.is_enterprise:
        rows = EnterprisePath.objects.filter(enterprise_id=actor.enterprise_id).order_by("id")
        paths = list(rows.values_list("path", flat=True))
    return {step for path in paths for step in path_ids(path)}


def _notice_condition(actor: Actor) -> Q:
    if actor.role == Role.SYSTEM:
        return Q()
    if actor.role not in NOTICE_READERS:
        return _NOTHING
    above = bureaus_above(actor)
    if actor.is_enterprise:
        mine = Notice.objects.filter(_PUBLISHED, bureau_id__in=above).exclude(to_enterprises="")
        reached = Q(pk__in=mine.values("pk")) | Q(pk__in=mine.values("parent_id"))
        return _PUBLISHED & (reached | Q(pk__in=mine.values("parent__parent_id")))
    return Q(bureau_id=actor.bureau_id) | (_PUBLISHED & (Q(bureau_id__in=above) | path_condition(actor, "path")))


def _sees_notice(actor: Actor, notice: Notice) -> bool:
    if actor.role == Role.SYSTEM:
        return True
    if actor.role not in NOTICE_READERS:
        return False
    if actor.is_official and notice.bureau_id == actor.bureau_id:
        return True
    if notice.state != Notice.State.PUBLISHED:
        return False
    above = bureaus_above(actor)
    if actor.is_official:
        return notice.bureau_id in above or actor.answers_for(notice.path)
    mine = Notice.objects.filter(_PUBLISHED, bureau_id__in=above).exclude(to_enterprises="")
    return mine.filter(Q(pk=notice.pk) | Q(parent_id=notice.pk) | Q(parent__parent_id=notice.pk)).exists()


scope(Notice, condition=_notice_condition, sees=_sees_notice)


def _every_round(actor: Actor) -> Q:
    """A round is a public call: windows, contacts and help are for everybody."""
    return Q()


scope(Round, condition=_every_round, sees=lambda actor, round: True)


def _roster_condition(actor: Actor) -> Q:
    if actor.role == Role.SYSTEM:
        return Q()
    if actor.is_enterprise:
        return Q(enterprise_id=actor.enterprise_id)
    return path_condition(actor, "path") if actor.role in ROSTER_READERS else _NOTHING


def _sees_entry(actor: Actor, entry: RosterEntry) -> bool:
    if actor.role == Role.SYSTEM:
        return True
    if actor.is_enterprise:
        return entry.enterprise_id == actor.enterprise_id
    return actor.role in ROSTER_READERS and actor.answers_for(entry.path)


scope(RosterEntry, condition=_roster_condition, sees=_sees_entry)


# ---- rules -------------------------------------------------------------------------------------------------

rule("programme.view", label="查看培育项目", roles=EVERYONE)(allowed)
rule("programme.self_check", label="自测", roles=EVERYONE)(allowed)
rule("programme.publish", label="发布项目版本", roles={Role.SYSTEM})(allowed)
rule("round.view", label="查看申报轮次", roles=EVERYONE)(allowed)
rule("roster.look_up", label="查询公布的名单", roles=EVERYONE)(allowed)
rule("roster.view", label="查看培育名单", roles=ROSTER_READERS)(allowed)
rule("notice.view", label="查看通知", roles=NOTICE_READERS)(allowed)


def _own(actor: Actor, notice: Notice | None) -> Verdict:
    if notice is not None and notice.bureau_id != actor.bureau_id:
        return no(f"这份通知由{notice.bureau.name}拟制，只能由该单位办理。")
    return ok()


@rule("notice.draft", label="拟制通知", roles=NOTICE_WRITERS)
def draft_notice(actor: Actor, notice: Notice | None) -> Verdict:
    """The own bureau's officials; a published notice is not changed any more."""
    verdict = _own(actor, notice)
    if verdict and notice is not None and notice.state == Notice.State.PUBLISHED:
        return no("通知已发布，不能再改。", "如有更正，请另发一份通知。")
    return verdict


@rule("notice.publish", label="发布通知", roles=NOTICE_WRITERS)
def publish_notice(actor: Actor, notice: Notice | None) -> Verdict:
    """As the bureau set its hands for 发文: one hand anybody, more hands 签发, and not the drafter where it says so."""
    if notice is None:
        return ok()
    verdict = _own(actor, notice)
    if not verdict:
        return verdict
    plan = hands_for(notice.bureau_id, Act.NOTICE)
    if plan.hands > 1 and actor.role != Role.SIGNER:
        return no("本单位规定通知由签发岗位发布。", "请保存草稿，由签发人员发布。")
    if plan.hands > 1 and plan.distinct and actor.persons & {notice.drafted_by_id, notice.drafted_for_id}:
        return no("本单位规定拟稿和签发须由不同的人办理。", "请由另一位签发人员发布。")
    return ok()


@rule("notice.sign", label="签收通知", roles=CASE_ROLES | {Role.ARCHIVIST})
def sign_notice(actor: Actor, notice: Notice | None) -> Verdict:
    """Once per addressed bureau, by whoever receives its mail."""
    if notice is None:
        return ok()
    if not NoticeAddressee.objects.filter(notice=notice, bureau_id=actor.bureau_id).exists():
        return no("这份通知没有主送贵单位，不需要签收。")
    if NoticeReceipt.objects.filter(notice=notice, bureau_id=actor.bureau_id).exists():
        return no("贵单位已签收这份通知。")
    return ok()


@rule("notice.forward", label="转发通知", roles=NOTICE_WRITERS)
def forward_notice(actor: Actor, notice: Notice | None) -> Verdict:
    """An addressed bureau that has signed for it, once, under its own cover notice (ZZ-02)."""
    if notice is None:
        return ok()
    if notice.state != Notice.State.PUBLISHED:
        return no("通知尚未发布，不能转发。")
    if not NoticeAddressee.objects.filter(notice=notice, bureau_id=actor.bureau_id).exists():
        return no("这份通知没有主送贵单位，不能转发。")
    if not NoticeReceipt.objects.filter(notice=notice, bureau_id=actor.bureau_id).exists():
        return no("贵单位还没有签收这份通知。", "请先签收再转发。")
    if Notice.objects.filter(parent=notice, bureau_id=actor.bureau_id).exists():
        return no("贵单位已拟过这份通知的转发件。", "请打开已有的转发件。")
    return ok()


@rule("round.open", label="开启申报轮次", roles=ROUND_KEEPERS)
def open_round(actor: Actor, version: Any) -> Verdict:
    """The provincial bureau."""
    return ok() if actor.level == Level.PROVINCE else no("申报轮次由省级主管部门开启。")


def _keeper(actor: Actor, round: Round | None) -> Verdict:
    if round is not None and round.bureau_id != actor.bureau_id:
        return no(f"本轮次由{round.bureau.name}组织，只能由该单位修改。")
    return ok()


@rule("round.change", label="修改申报轮次", roles=ROUND_KEEPERS)
def change_round(actor: Actor, round: Round | None) -> Verdict:
    """The bureau that opened it, while it runs."""
    verdict = _keeper(actor, round)
    if verdict and round is not None and not round.is_open:
        return no("本轮次已结束，不能再改。")
    return verdict


@rule("round.close", label="结束申报轮次", roles=ROUND_KEEPERS)
def close_round(actor: Actor, round: Round | None) -> Verdict:
    """The bureau that opened it."""
    return _keeper(actor, round)


@rule("window.change", label="调整申报窗口", roles=ROUND_KEEPERS)
def change_window(actor: Actor, round: Round | None) -> Verdict:
    """The round's own bureau for everybody; a bureau below for those under itself (ZZ-05, ZZ-06)."""
    if round is None:
        return ok()
    if not round.is_open:
        return no("本轮次已结束，不能再改。")
    if actor.bureau_id == round.bureau_id or any(own.startswith(round.path) for own in actor.hat.paths):
        return ok()
    return no(f"贵单位不在{round.bureau.name}组织的本轮次范围内。")


# The roster's own pages and imports, in a module of their own.
from cultivation import permissions_roster  # noqa: E402, F401
