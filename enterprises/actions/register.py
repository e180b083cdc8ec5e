"""An enterprise enters the register: by one of its people, or by its bureau on their behalf (A.2 item 2; P-04)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from enterprises import uscc as code_rule
from enterprises.events import EnterpriseRegistered
from enterprises.models import Enterprise, EnterpriseName, Membership, Profile
from enterprises.places import bureau_for, write_paths
from enterprises.uscc import Finding, Weight
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau, User
from foundation.accounts.roles import Role
from foundation.accounts.transition import require
from foundation.core.clock import business_now, business_today
from foundation.core.errors import Refused
from foundation.core.events import announce
from foundation.core.text import normalise_name
from foundation.core.verdict import no
from foundation.journal.record import Act, record
from foundation.reference import regions
from foundation.reference.models import Region

OWN_LEVELS = frozenset({Region.Level.COUNTY, Region.Level.PREFECTURE})
"""A firm belongs to a county or zone, or to the prefecture itself (市本级; HN-20)."""


BATCH = 1000
"""Rows of one INSERT."""


class CodeTaken(Refused):
    """The code is registered already; the person may claim the firm with evidence."""

    status = 409

    def __init__(self, enterprise: Enterprise) -> None:
        self.enterprise = enterprise
        super().__init__(no("该统一社会信用代码已登记。", "如果这是您的企业，请带证明材料认领，由县级主管部门核对。"))


class NotRegistrable(Refused):
    """The data cannot be registered; ``problems`` holds a sentence per field."""

    status = 400

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        super().__init__(no("还不能登记：" + "".join(problems.values())))


@dataclass(frozen=True, slots=True)
class Registration:
    """What is asked of a firm at registration. ``region_id``: identity of the county or zone."""

    uscc: str
    name: str
    region_id: int
    industry_code: str | None = None
    legal_representative: str = ""
    registered_on: dt.date | None = None
    is_legal_person: bool | None = True
    parent_name: str = ""
    parent_uscc: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    findings: list[Finding] = field(default_factory=list, compare=False)


def findings_for(code: str, region_id: int | None, on: dt.date | None = None) -> list[Finding]:
    """Everything to say about a code: its form, and, once a county is chosen, its division (see
    :mod:`enterprises.uscc`).
    """
    wrong = code_rule.form_finding(code)
    if wrong is not None:
        return [wrong]
    day = on or business_today()
    known = {view.code[:2] for view in regions.provinces(day, covered=False)}
    home: set[str] = set()
    province = code_rule.division(code)[:2]
    if region_id is not None:
        steps = regions.path(region_id, day)
        province = steps[0].code[:2] if steps else province
        home = {period.code for period in regions.book().history(region_id)}
    found = code_rule.division_findings(
        code,
        home=home,
        province=province,
        known_provinces=known,
        reading=regions.read_code(code_rule.division(code), day),
    )
    # Without a county there is nothing to compare with: only an unknown province can be told.
    return found if region_id is not None else code_rule.blocking(found)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A firm of a set to be registered: what it says, and who becomes its first administrator."""

    data: Registration
    user: User | None = None
    origin_evidence: Any = None


def register_enterprise(
    *, data: Registration, actor: Actor, user: User | None = None, origin_evidence: Any = None, on_behalf: bool = False
) -> Enterprise:
    """Enter a firm into the register and make ``user`` its first administrator (nobody, when its bureau enters it
    on paper).

    Pressing twice gives the same enterprise once: the second press finds it. Raises :class:`CodeTaken` when
    somebody else registered the
    code, :class:`NotRegistrable` with a sentence per field otherwise.
    """
    newcomer = Newcomer(data, user, origin_evidence)
    return register_enterprises(newcomers=[newcomer], actor=actor, on_behalf=on_behalf)[0]


def register_enterprises(*, newcomers: Sequence[Newcomer], actor: Actor, on_behalf: bool = False) -> list[Enterprise]:
    """The same for a set, all or none, in the order given; the number of statements does not grow with it (B.3).

    Raises what :func:`register_enterprise` raises, for the first firm that cannot be registered.
    """
    require(actor, "enterprise.register_on_behalf" if on_behalf else "enterprise.register")
    codes = [code_rule.compact(one.data.uscc) for one in newcomers]
    if len(set(codes)) != len(codes):
        raise ValueError("a set names every code once")
    with transaction.atomic():
        _one_at_a_time(codes)
        known = _known(codes)
        now = business_now()
        today = now.date()
        places = _places(
            [one.data.region_id for one, code in zip(newcomers, codes, strict=True) if code not in known], today
        )
        entered: dict[str, tuple[Newcomer, Enterprise, list[Finding]]] = {}
        for one, code in zip(newcomers, codes, strict=True):
            if code in known:
                if one.user is None or not _administers(one.user, known[code]):
                    raise CodeTaken(known[code])
                continue
            place = places[one.data.region_id]
            findings = _check(one.data, code, one.origin_evidence, today, place)
            bureau = place.bureau
            assert bureau is not None  # told by _check
            if on_behalf and actor.role != Role.SYSTEM and actor.bureau_id != bureau.pk:
                raise NotRegistrable({"region": f"该地企业由{bureau.name}办理，不能由本单位代为登记。"})
            entered[code] = (one, _new(one, code, bureau, findings, now, on_behalf=on_behalf), findings)
        _write(list(entered.values()), actor, today, on_behalf=on_behalf)
    return [entered[code][1] if code in entered else known[code] for code in codes]


def _known(codes: Sequence[str]) -> dict[str, Enterprise]:
    return {firm.uscc: firm for firm in Enterprise.objects.filter(uscc__in=codes)}


def _administers(user: User, enterprise: Enterprise) -> bool:
    return enterprise.memberships.filter(user=user, valid_to__isnull=True).exists()


def _new(
    one: Newcomer, code: str, bureau: Bureau, findings: list[Finding], now: dt.datetime, *, on_behalf: bool
) -> Enterprise:
    data = one.data
    enterprise = Enterprise(
        uscc=code,
        region_id=data.region_id,
        bureau=bureau,
        industry_id=data.industry_code or None,
        legal_representative=data.legal_representative.strip(),
        registered_on=data.registered_on,
        is_legal_person=data.is_legal_person,
        parent_name=normalise_name(data.parent_name) if data.is_legal_person is False else "",
        parent_uscc=code_rule.compact(data.parent_uscc) if data.is_legal_person is False else "",
        registered_in_province=not any(one.weight is Weight.EVIDENCE for one in findings),
        origin_evidence=one.origin_evidence,
        contact_name=data.contact_name.strip(),
        contact_phone=data.contact_phone.strip(),
        contact_email=data.contact_email.strip(),
        entered_by_bureau=bureau if on_behalf else None,
        registered_at=now,
    )
    enterprise.set_name(data.name)
    return enterprise


def _write(
    entered: Sequence[tuple[Newcomer, Enterprise, list[Finding]]], actor: Actor, today: dt.date, *, on_behalf: bool
) -> None:
    """Rows, first administrators, one recorded act per firm, one event per firm."""
    if not entered:
        return
    firms = Enterprise.objects.bulk_create([firm for _, firm, _ in entered], batch_size=BATCH)
    EnterpriseName.objects.bulk_create(
        [EnterpriseName(enterprise=firm, name=firm.name) for firm in firms], batch_size=BATCH
    )
    Profile.objects.bulk_create([Profile(enterprise=firm) for firm in firms], batch_size=BATCH)
    write_paths(firms)
    people = {firm.pk: one.user for one, firm, _ in entered if one.user is not None and not on_behalf}
    if people:
        Membership.objects.bulk_create(
            Membership(user=user, enterprise_id=pk, role=Role.ENTERPRISE_ADMIN, valid_from=today)
            for pk, user in people.items()
        )
    record(
        [
            Act(
                subject_kind=Enterprise.subject_kind,
                subject_id=firm.pk,
                subject_label=firm.name,
                action="enterprise.register_on_behalf" if on_behalf else "enterprise.register",
                to_state=firm.state,
                data={
                    "uscc": firm.uscc,
                    "region": firm.region_id,
                    "bureau": firm.bureau_id,
                    "notes": [f"{one.weight.value}:{one.text}" for one in findings],
                    "first_administrator": people[firm.pk].pk if firm.pk in people else None,
                },
            )
            for _, firm, findings in entered
        ],
        actor.label,
    )
    for firm in firms:
        announce(EnterpriseRegistered(enterprise_id=firm.pk, on_behalf=on_behalf))


@dataclass(frozen=True, slots=True)
class _Place:
    """A place firms name as theirs, with the bureau that handles it on the day."""

    region: Region | None
    bureau: Bureau | None


def _places(region_ids: Sequence[int], today: dt.date) -> dict[int, _Place]:
    wanted = set(region_ids)
    found = Region.objects.in_bulk(wanted)
    return {
        pk: _Place(found.get(pk), bureau_for(pk, today) if pk in found and _may_own(found[pk]) else None)
        for pk in wanted
    }


def _may_own(region: Region) -> bool:
    return region.level in OWN_LEVELS and region.covered


def _check(data: Registration, code: str, origin_evidence: Any, today: dt.date, place: _Place) -> list[Finding]:
    problems: dict[str, str] = {}
    region = place.region
    if region is None or not _may_own(region):
        problems["region"] = "请从列表中选择县市区。"
    elif place.bureau is None:
        problems["region"] = f"{region.name_on(today)}还没有设立主管部门，请联系上级主管部门。"
    findings = findings_for(code, data.region_id if region else None, today)
    wrong = code_rule.blocking(findings)
    if wrong:
        problems["uscc"] = wrong[0].text
    elif origin_evidence is None and any(one.weight is Weight.EVIDENCE for one in findings):
        problems["origin_evidence"] = "代码显示在外省登记，请上传在本地经营的证明。"
    if not normalise_name(data.name):
        problems["name"] = "请填写企业名称。"
    if data.registered_on is not None and data.registered_on > today:
        problems["registered_on"] = "成立日期不能晚于今天。"
    if data.is_legal_person is False:
        problems |= _branch_problems(data, code)
    if problems:
        raise NotRegistrable(problems)
    return findings


def _branch_problems(data: Registration, code: str) -> dict[str, str]:
    if not normalise_name(data.parent_name):
        return {"parent_name": "不是独立法人的，请填写所属法人名称。"}
    if data.parent_uscc:
        wrong = code_rule.form_finding(data.parent_uscc)
        if wrong is not None:
            return {"parent_uscc": wrong.text}
        if code_rule.compact(data.parent_uscc) == code:
            return {"parent_uscc": "所属法人的代码不能与本单位相同。"}
    return {}


def _one_at_a_time(codes: Sequence[str]) -> None:
    """Two presses, or two people with one licence, queue here until the first is committed; in the order of the codes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('enterprise uscc ' || c.code, 0))"
            " FROM unnest(%s::text[]) AS c(code)",
            [sorted(codes)],
        )
