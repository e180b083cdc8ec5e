"""Notices and rounds of the rehearsal, through the acts a bureau's officials press."""

from __future__ import annotations

import datetime as dt

from cultivation.actions import forward_notice, open_round, publish_notice, sign_for_notice
from cultivation.actions.rounds import founding_windows
from cultivation.models import Notice, ProgrammeVersion, Round
from foundation.core.models import Installation
from portal.rehearsal import calendar
from portal.rehearsal.people import (
    CHENGDU,
    HETANG,
    HUNAN,
    JINJIANG,
    LILING,
    LUSONG,
    SHIFENG,
    SICHUAN,
    TIANYUAN,
    WUHOU,
    ZHUZHOU,
    ZHUZHOU_COUNTY,
    Cast,
)


def latest(code: str) -> ProgrammeVersion:
    """The newest published version of a programme."""
    return ProgrammeVersion.objects.filter(programme__code=code).select_related("programme").latest("number")


def hunan(cast: Cast) -> Round:
    """49号 goes out and opens the round; Zhuzhou signs for it and forwards it with its own date, its counties sign."""
    Installation.start_rehearsal(calendar.ISSUED)
    version = latest("hunan_2018_49")
    rules = version.programme_document
    province = cast.handler(HUNAN)
    notice = publish_notice(
        actor=province,
        family=version.programme,
        stage=rules.stage,
        issuers=list(rules.issuers),
        number=rules.document_number,
        title=rules.document_title,
        issued_on=rules.issued_on,
        body=f"（演示）{rules.summary}",
        to_bureaus="各市州经信委",
        deadline=_closes(version, "prefecture"),
    )
    round_ = open_round(
        version=version,
        year=rules.founding_round.year,
        batch=rules.founding_round.batch,
        actor=province,
        notice=notice,
        windows=founding_windows(rules),
        opens_on=rules.founding_round.opens_on,
        help_text="技术服务由省级平台提供（演示）",
        help_groups=[{"label": "演示群", "number": "100000001"}],
    )
    Installation.start_rehearsal(calendar.FORWARDED)
    city = cast.handler(ZHUZHOU)
    sign_for_notice(notice_id=notice.pk, actor=city)
    forward = forward_notice(
        source_id=notice.pk,
        actor=city,
        title="关于做好2018年小巨人培育工作的通知",
        body="（演示）请各县市区组织企业申报，按附件填写汇总表，盖章后与电子表格一并报送。",
        to_bureaus="各县市区经科局",
        deadline=_closes(version, "county") or _closes(version, "prefecture"),
        acknowledged=True,
    )
    _sign(forward, cast, (TIANYUAN, HETANG, LUSONG, SHIFENG, LILING))
    own = forward_notice(
        source_id=forward.pk,
        actor=cast.handler(TIANYUAN),
        title="关于组织申报2018年小巨人后备企业的通知",
        body="（演示）请有意申报的企业在平台填报，有问题请联系本局。",
        to_enterprises="区内中小企业",
        deadline=calendar.TIANYUAN_ASKS,
        acknowledged=True,
    )
    assert own.is_forward
    _sign(forward, cast, (ZHUZHOU_COUNTY,))
    return Round.objects.select_related("version").get(pk=round_.pk)


def sichuan(cast: Cast) -> Round:
    """238号 is announced again and an invented round (自拟) opened: the notice itself has no window."""
    Installation.start_rehearsal(calendar.SICHUAN_OPENS)
    version = latest("sichuan_2017_238")
    rules = version.programme_document
    province = cast.handler(SICHUAN)
    notice = publish_notice(
        actor=province,
        family=version.programme,
        stage=rules.stage,
        issuers=list(rules.issuers),
        number=rules.document_number,
        title=rules.document_title,
        issued_on=rules.issued_on,
        body=f"（演示，轮次自拟）{rules.summary}",
        to_bureaus="各市（州）经济和信息化委",
    )
    round_ = open_round(
        version=version,
        year=rules.founding_round.year,
        batch=rules.founding_round.batch,
        actor=province,
        notice=notice,
        windows=founding_windows(rules),
        opens_on=rules.founding_round.opens_on,
        own_making=rules.founding_round.own_making,
    )
    city = cast.handler(CHENGDU)
    sign_for_notice(notice_id=notice.pk, actor=city)
    forward = forward_notice(
        source_id=notice.pk,
        actor=city,
        to_bureaus="各区（市）县经信局",
        body="（演示）请组织企业申报。",
        acknowledged=True,
    )
    _sign(forward, cast, (JINJIANG, WUHOU))
    return Round.objects.select_related("version").get(pk=round_.pk)


def _sign(notice: Notice, cast: Cast, places: tuple[str, ...]) -> None:
    for place in places:
        sign_for_notice(notice_id=notice.pk, actor=cast.handler(place))


def _closes(version: ProgrammeVersion, level: str) -> dt.date | None:
    founding = version.programme_document.founding_round
    return next((window.closes_on for window in founding.windows if window.level == level), None)
