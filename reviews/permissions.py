"""Who may do what with a file, a dispatch, a plan, an import. The expected table is tests/permissions/, reviewed by people."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

from foundation.accounts.actor import Actor
from foundation.accounts.may import path_condition, rule, scope
from foundation.accounts.roles import CASE_ROLES, ENTERPRISE_ROLES, Level, Role
from foundation.core.verdict import Verdict, no, ok
from reviews import permissions_province
from reviews.models import Application, CultivationPlan, Dispatch, SheetImport
from reviews.states import EDITABLE_STATES, FLOOR, DispatchState, FileState

READING_ROLES = CASE_ROLES | {Role.ARCHIVIST}


# ---- scopes ------------------------------------------------------------------------------------------------


def _application_condition(actor: Actor) -> Q:
    if actor.is_enterprise:
        return Q(enterprise_id=actor.enterprise_id)
    if actor.role not in READING_ROLES:
        return Q(pk__in=[])
    own = Q(bureau_id=actor.bureau_id) & ~Q(state=FileState.DRAFT)
    typed_by_us = Q(bureau_id=actor.bureau_id, filed_by=Application.FiledBy.BUREAU)
    return own | typed_by_us | (path_condition(actor, "path") & Q(state__in=sorted(FLOOR[actor.level])))


def _sees_application(actor: Actor, file: Application) -> bool:
    if actor.is_enterprise:
        return file.enterprise_id == actor.enterprise_id
    if actor.role not in READING_ROLES:
        return False
    if file.bureau_id == actor.bureau_id and (
        file.state != FileState.DRAFT or file.filed_by == Application.FiledBy.BUREAU
    ):
        return True
    return actor.answers_for(file.path) and file.state in FLOOR[actor.level]


scope(Application, condition=_application_condition, sees=_sees_application)

_ON_THE_WAY = (DispatchState.SENT, DispatchState.RECEIVED)


def _dispatch_condition(actor: Actor) -> Q:
    if actor.role not in READING_ROLES:
        return Q(pk__in=[])
    return Q(from_bureau_id=actor.bureau_id) | (path_condition(actor, "path") & Q(state__in=_ON_THE_WAY))


def _sees_dispatch(actor: Actor, dispatch: Dispatch) -> bool:
    if actor.role not in READING_ROLES:
        return False
    return dispatch.from_bureau_id == actor.bureau_id or (
        actor.answers_for(dispatch.path) and dispatch.state in _ON_THE_WAY
    )


scope(Dispatch, condition=_dispatch_condition, sees=_sees_dispatch)


def _import_condition(actor: Actor) -> Q:
    return Q(bureau_id=actor.bureau_id) if actor.role in CASE_ROLES else Q(pk__in=[])


def _sees_import(actor: Actor, sheet: SheetImport) -> bool:
    return actor.role in CASE_ROLES and sheet.bureau_id == actor.bureau_id


scope(SheetImport, condition=_import_condition, sees=_sees_import)


# ---- the firm's side ---------------------------------------------------------------------------------------


@rule("application.start", label="新建申报", roles=ENTERPRISE_ROLES | CASE_ROLES)
def start(actor: Actor, enterprise: object) -> Verdict:
    """A member for the own firm; the handling bureau on behalf of a firm that files on paper (ZZ-04, HN-20)."""
    if not getattr(enterprise, "is_active", True):
        return no("该企业已注销，不能申报。")
    if actor.is_enterprise:
        return ok() if getattr(enterprise, "pk", None) == actor.enterprise_id else no("只能为本企业申报。")
    return ok() if getattr(enterprise, "bureau_id", None) == actor.bureau_id else no("只能为本单位受理的企业代填。")


@rule("application.enter_paper", label="代填纸质申报", roles=CASE_ROLES)
def enter_paper(actor: Actor, obj: object) -> Verdict:
    """The pages of paper filings; which firm is asked when one is chosen (a county's, or a prefecture's own-level one, HN-20)."""
    return no("省级部门不直接受理企业申报。") if actor.level == Level.PROVINCE else ok()


def _writes(actor: Actor, file: Application) -> Verdict:
    if file.state not in EDITABLE_STATES:
        return no(f"材料现在是“{file.get_state_display()}”，不能修改。", "如需修改，请联系受理部门退回补正，或先撤回。")
    return _writes_for(actor, file)


def _writes_for(actor: Actor, file: Application) -> Verdict:
    """Whose text it is, whatever the state: a second submission is told that the state has moved on (StaleState)."""
    if actor.is_enterprise:
        return ok()
    if file.filed_by != Application.FiledBy.BUREAU or file.bureau_id != actor.bureau_id:
        return no("企业网上填报的材料，主管部门不能代改。", "请用“退回补正”请企业修改。")
    return ok()


rule("application.edit", label="填写申报材料", roles=ENTERPRISE_ROLES | CASE_ROLES)(_writes)
rule("application.submit", label="提交申报材料", roles=ENTERPRISE_ROLES | CASE_ROLES)(_writes_for)


@rule("application.commit", label="签署监测承诺", roles=ENTERPRISE_ROLES | CASE_ROLES)
def commit(actor: Actor, file: Application) -> Verdict:
    """Beside the file, until the county has recommended: a missing commitment alone sends no file back (SC-37)."""
    if file.state not in EDITABLE_STATES | {FileState.SUBMITTED}:
        return no(f"材料现在是“{file.get_state_display()}”，不能再签署承诺。")
    return _writes_for(actor, file)


@rule("application.withdraw", label="撤回申报", roles=ENTERPRISE_ROLES | CASE_ROLES)
def withdraw(actor: Actor, file: Application) -> Verdict:
    """Until the county has recommended. A bureau only takes back what it typed from paper and has not submitted."""
    if actor.is_official:
        own = file.filed_by == Application.FiledBy.BUREAU and file.bureau_id == actor.bureau_id
        return ok() if own and file.state == FileState.DRAFT and not file.revision else no("申报由企业自己撤回。")
    if file.state in {FileState.DRAFT, FileState.SUBMITTED, FileState.RETURNED}:
        return ok()
    return no(f"材料现在是“{file.get_state_display()}”，不能再撤回。", "请联系受理部门。")


@rule("application.confirm_paper", label="确认代填内容", roles={Role.ENTERPRISE_ADMIN})
def confirm_paper(actor: Actor, file: Application) -> Verdict:
    """The firm's administrator confirms later what its bureau typed from paper and submitted."""
    if file.state == FileState.DRAFT:
        return no("代填内容还没有提交。", "提交后再核对确认。")
    if file.filed_by != Application.FiledBy.BUREAU:
        return no("这份材料由企业自己填报，无需确认。")
    return no("代填内容已经确认过。") if file.paper_confirmed_at else ok()


@rule("application.print_form", label="生成申报书", roles=ENTERPRISE_ROLES)
def print_form(actor: Actor, file: Application) -> Verdict:
    """The firm's own paper, of what it submitted."""
    return ok() if file.revision else no("材料还没有提交，只能打印草稿。", "提交后可以生成带编号的申报书。")


@rule("application.view", label="查看申报材料", roles=ENTERPRISE_ROLES | READING_ROLES)
def view(actor: Actor, file: Application) -> Verdict:
    """Whoever sees the row."""
    return ok()


# ---- the handling bureau -----------------------------------------------------------------------------------


def _handles(actor: Actor, file: Application) -> Verdict:
    return ok() if file.bureau_id == actor.bureau_id else no("这份材料由下级部门受理，本单位不能代办。")


def _in_review(actor: Actor, file: Application) -> Verdict:
    own = _handles(actor, file)
    if not own:
        return own
    if file.state != FileState.SUBMITTED:
        return no(f"材料现在是“{file.get_state_display()}”，不在初审环节。")
    return ok()


for _action, _label in (
    ("application.check", "登记信用核查"),
    ("application.give_opinion", "填写研判意见"),
    ("application.recommend", "推荐"),
    ("application.return", "退回补正"),
    ("application.refuse", "不予推荐"),
    ("application.assign", "分派承办人"),
):
    rule(_action, label=_label, roles=CASE_ROLES)(_in_review)


@rule("application.list_queue", label="查看申报材料列表", roles=READING_ROLES)
def list_queue(actor: Actor, obj: object) -> Verdict:
    """The queue page itself; rows come from ``visible_to``."""
    return ok()


# ---- the level above ---------------------------------------------------------------------------------------


def _prefecture_reviews(actor: Actor, file: Application) -> Verdict:
    if actor.level != Level.PREFECTURE or not actor.answers_for(file.path):
        return no("由市州主管部门审核。")
    if file.bureau_id == actor.bureau_id:
        return no("本单位受理的材料由推荐环节办理，不再汇总一次。")
    if file.state != FileState.AT_PREFECTURE:
        return no(f"材料现在是“{file.get_state_display()}”，不在市州审核环节。")
    return ok()


rule("application.merge", label="市州审核通过", roles=CASE_ROLES)(_prefecture_reviews)
rule("application.return_to_county", label="退回县级", roles=CASE_ROLES)(_prefecture_reviews)


# What follows happens inside a dispatch, whose own rules say which bureau acts; these say what may travel with it.


@rule("application.dispatch", label="随报送上报", roles=CASE_ROLES)
def travels(actor: Actor, file: Application) -> Verdict:
    """A county's (or own-level) recommended file, a prefecture's merged one."""
    if file.state == FileState.RECOMMENDED and file.bureau_id == actor.bureau_id:
        return ok()
    if file.state == FileState.MERGED and actor.level == Level.PREFECTURE and file.bureau_id != actor.bureau_id:
        return ok()
    return no(f"材料现在是“{file.get_state_display()}”，不能由本单位上报。")


@rule("application.recall", label="随报送撤回", roles=CASE_ROLES)
def comes_home(actor: Actor, file: Application) -> Verdict:
    """While it is on its way: with a recall by the sender, or a return by the receiver."""
    if file.state in {FileState.AT_PREFECTURE, FileState.AT_PROVINCE}:
        return ok()
    return no(f"材料现在是“{file.get_state_display()}”，不在报送途中。")


@rule("application.list", label="随接收列入", roles=CASE_ROLES)
def enters_list(actor: Actor, file: Application) -> Verdict:
    """The province's receipt lists the firms (HN-22)."""
    if actor.level != Level.PROVINCE:
        return no("由省级主管部门接收后列入。")
    return ok() if file.state == FileState.AT_PROVINCE else no(f"材料现在是“{file.get_state_display()}”，不能列入。")


# ---- dispatch ----------------------------------------------------------------------------------------------


@rule("dispatch.start", label="编制报送", roles={Role.HANDLER, Role.SIGNER, Role.REVIEWER})
def dispatch_start(actor: Actor, obj: object) -> Verdict:
    """Counties and prefectures send upward; the province has nobody above."""
    return no("省级部门不再向上报送。") if actor.level == Level.PROVINCE else ok()


def _own(actor: Actor, dispatch: Dispatch) -> Verdict:
    return ok() if dispatch.from_bureau_id == actor.bureau_id else no("这是下级部门的报送，本单位不能修改。")


def _own_in(*states: str) -> Callable[[Actor, Dispatch], Verdict]:
    def predicate(actor: Actor, dispatch: Dispatch) -> Verdict:
        own = _own(actor, dispatch)
        if own and dispatch.state not in states:
            return no(f"报送现在是“{dispatch.get_state_display()}”，不能这样办理。")
        return own

    return predicate


rule("dispatch.view", label="查看报送", roles=READING_ROLES)(lambda actor, dispatch: ok())
rule("dispatch.edit", label="编制报送", roles=CASE_ROLES)(_own_in(DispatchState.DRAFT))
# Whose hand is due, 经办's, 审核's or 签发's, is the bureau's setting (reviews.hands).
rule("dispatch.endorse", label="送签", roles=CASE_ROLES)(_own_in(DispatchState.DRAFT))
rule("dispatch.seal", label="上传盖章扫描件", roles=CASE_ROLES | {Role.ARCHIVIST})(_own_in(DispatchState.SIGNED))
rule("dispatch.send", label="报送", roles=CASE_ROLES)(_own_in(DispatchState.SIGNED, DispatchState.SEALED))
rule("dispatch.recall", label="撤回报送", roles=CASE_ROLES)(
    _own_in(DispatchState.SENT, DispatchState.SIGNED, DispatchState.SEALED)
)
rule("dispatch.download", label="下载汇总表", roles=READING_ROLES)(lambda actor, dispatch: ok())


def _superior_receives(actor: Actor, dispatch: Dispatch) -> Verdict:
    if dispatch.to_bureau_id != actor.bureau_id:
        return no("由报送对象单位接收。")
    if dispatch.state != DispatchState.SENT:
        return no(f"报送现在是“{dispatch.get_state_display()}”，不能接收。")
    return ok()


rule("dispatch.receive", label="接收报送", roles=CASE_ROLES)(_superior_receives)
rule("dispatch.return", label="退回报送", roles=CASE_ROLES)(_superior_receives)


@rule("late.grant", label="准予补报", roles={Role.SIGNER, Role.HANDLER})
def late_grant(actor: Actor, obj: object) -> Verdict:
    """The level above gives leave; which bureaus are below is checked by the action."""
    return no("县级部门没有下级报送单位。") if actor.level == Level.COUNTY else ok()


def _own_plan(actor: Actor, plan: CultivationPlan) -> Verdict:
    if plan.bureau_id != actor.bureau_id:
        return no("只能编制本单位的培育计划。")
    return no("计划已定稿报送，请另起一版。") if plan.final else ok()


rule("plan.edit", label="编制培育计划", roles=CASE_ROLES)(_own_plan)


@rule("plan.start", label="编制培育计划", roles=CASE_ROLES)
def plan_start(actor: Actor, obj: object) -> Verdict:
    """The prefecture makes the plan (HN-26)."""
    return ok() if actor.level == Level.PREFECTURE else no("培育计划由市州编制。")


@rule("sheet_import.upload", label="导入汇总表", roles=CASE_ROLES)
def sheet_import_upload(actor: Actor, obj: object) -> Verdict:
    """Whoever makes up a list; the province makes none."""
    return no("省级部门不编制汇总表，不需要导入。") if actor.level == Level.PROVINCE else ok()


rule("sheet_import.decide", label="确认导入行", roles=CASE_ROLES)(lambda actor, sheet: ok())

# The other areas' rules, each in a module of its own.
from reviews import permissions_lifecycle, permissions_notice  # noqa: E402, F401

__all__ = ["READING_ROLES", "permissions_province"]
