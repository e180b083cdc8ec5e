"""Who gives public notice, and who handles objections: the notice's own bureau alone (P-03)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from foundation.accounts.actor import Actor
from foundation.accounts.may import action_labels, rule, scope
from foundation.accounts.roles import CASE_ROLES, EVERYONE, Level, Role
from foundation.core.verdict import Verdict, no, ok
from reviews.models import Application, Objection, PublicNotice
from reviews.states import OBJECTION_OPEN, FileState, NoticeState, ObjectionState

KEEPING_ROLES = CASE_ROLES | {Role.ARCHIVIST}

# ---- scopes: a posted notice is public, a draft is its bureau's; an objection is the bureau's alone ----------


def _notice_condition(actor: Actor) -> Q:
    own = Q(bureau_id=actor.bureau_id) if actor.role in KEEPING_ROLES else Q(pk__in=[])
    return ~Q(opened_at__isnull=True) | own


def _sees_notice(actor: Actor, notice: PublicNotice) -> bool:
    if notice.opened_at is not None:
        return True
    return actor.role in KEEPING_ROLES and notice.bureau_id == actor.bureau_id


scope(PublicNotice, condition=_notice_condition, sees=_sees_notice)


def _objection_condition(actor: Actor) -> Q:
    return Q(notice__bureau_id=actor.bureau_id) if actor.role in CASE_ROLES else Q(pk__in=[])


def _sees_objection(actor: Actor, objection: Objection) -> bool:
    """Confidential: who objected is known to those of the notice's bureau who work on files, and to nobody else."""
    return actor.role in CASE_ROLES and objection.notice.bureau_id == actor.bureau_id


scope(Objection, condition=_objection_condition, sees=_sees_objection)


# ---- the notice ---------------------------------------------------------------------------------------------


rule("public_notice.view", label="查看公示", roles=EVERYONE)(lambda actor, notice: ok())


@rule("public_notice.list", label="办理公示", roles=KEEPING_ROLES)
def list_notices(actor: Actor, obj: object) -> Verdict:
    """The room of notices of one's own bureau."""
    return ok()


@rule("public_notice.start", label="拟制公示", roles=CASE_ROLES)
def start_notice(actor: Actor, obj: object) -> Verdict:
    """Which level gives the notice is the programme's; the act asks it of the round."""
    return ok()


def _own_in(*states: str) -> Callable[[Actor, PublicNotice], Verdict]:
    def predicate(actor: Actor, notice: PublicNotice) -> Verdict:
        if notice.bureau_id != actor.bureau_id:
            return no("这是其他单位的公示，本单位不能办理。")
        if notice.state not in states:
            return no(f"公示现在是“{notice.get_state_display()}”，不能这样办理。")
        return ok()

    return predicate


rule("public_notice.edit", label="修改公示", roles=CASE_ROLES)(_own_in(NoticeState.DRAFT))
# Whose hand is due is the bureau's setting (reviews.hands).
rule("public_notice.open", label="发布公示", roles=CASE_ROLES)(_own_in(NoticeState.DRAFT))
rule("public_notice.correct", label="更正公示", roles=CASE_ROLES)(_own_in(NoticeState.RUNNING))
rule("public_notice.strike", label="从公示中撤下", roles=CASE_ROLES)(_own_in(NoticeState.RUNNING, NoticeState.CLOSED))
rule("public_notice.close", label="结束公示", roles=CASE_ROLES)(_own_in(NoticeState.RUNNING))
rule("public_notice.restart", label="重新公示", roles=CASE_ROLES)(_own_in(NoticeState.RUNNING, NoticeState.CLOSED))


@rule("application.strike", label="公示中撤下", roles=CASE_ROLES)
def strike_file(actor: Actor, file: Application) -> Verdict:
    """The file behind a row that is struck: where a file stands while its level gives notice."""
    if actor.level == Level.PROVINCE:
        fits = file.state == FileState.APPROVED
    elif file.bureau_id == actor.bureau_id:
        fits = file.state == FileState.RECOMMENDED
    else:
        fits = actor.level == Level.PREFECTURE and file.state == FileState.MERGED
    return ok() if fits else no(f"材料现在是“{file.get_state_display()}”，不能从公示中撤下。")


# ---- objections ---------------------------------------------------------------------------------------------


@rule("objection.lodge", label="提出异议", roles=EVERYONE)
def lodge(actor: Actor, notice: PublicNotice) -> Verdict:
    """Anybody, without an account; whether the days run is asked by the act, since the bureau may enter late letters."""
    return ok() if notice.state == NoticeState.RUNNING else no("公示已经结束，平台不再接收异议。", "请与公示单位联系。")


@rule("objection.register", label="登记异议", roles=CASE_ROLES)
def register(actor: Actor, notice: PublicNotice) -> Verdict:
    """A letter, a visit: entered by the bureau of the notice, also after its days."""
    return _own_in(NoticeState.RUNNING, NoticeState.CLOSED)(actor, notice)


def _at(*states: str) -> Callable[[Actor, Objection], Verdict]:
    def predicate(actor: Actor, objection: Objection) -> Verdict:
        if objection.state not in states:
            return no(f"异议现在是“{objection.get_state_display()}”，不能这样办理。")
        return ok()

    return predicate


rule("objection.view", label="查看异议", roles=CASE_ROLES)(lambda actor, objection: ok())
rule("objection.check", label="受理异议", roles=CASE_ROLES)(_at(ObjectionState.RECEIVED))
rule("objection.verify", label="核实异议", roles=CASE_ROLES)(_at(ObjectionState.CHECKED))
rule("objection.settle", label="办结异议", roles=CASE_ROLES)(_at(ObjectionState.VERIFIED))


@rule("objection.list", label="查看异议列表", roles=CASE_ROLES)
def list_objections(actor: Actor, obj: object) -> Verdict:
    """The desk itself; rows come from ``visible_to``."""
    return ok()


rule("objection.export", label="导出异议", roles=CASE_ROLES)(lambda actor, obj: ok())
action_labels.register("public_notice.collect", "收入新审定的企业")
action_labels.register("public_notice.leave_out", "暂不公示")
action_labels.register("public_notice.reorder", "调整公示顺序")


def is_open(objection: Any) -> bool:
    """Whether the objection still holds its firm."""
    return objection.state in OBJECTION_OPEN
