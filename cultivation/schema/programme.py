"""The programme document itself: sections, and the consistency rules between them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from cultivation.schema.base import Code, Level, Line, RequirementId, Setting, Strict, Target
from cultivation.schema.checks import (
    BureauCheck,
    Commitment,
    CrossCheck,
    Declaration,
    EvidenceSlot,
    FileQuestion,
    OpinionItem,
)
from cultivation.schema.criteria import CreditClean, Criterion, Judgement
from cultivation.schema.sheets import Sheet

StepCode = Literal[
    "file", "recommend", "merge", "report", "receive", "expert", "approve", "public_notice", "list", "monitor", "adjust"
]


class Subtype(Strict):
    """One of several ways into the same tier; a firm needs one of them."""

    code: Code
    title: Line
    clause: Line
    statistics_only: bool = False
    criteria: list[Criterion] = Field(min_length=1)


class Tier(Strict):
    """A rung of the ladder with its criteria, or with subtypes that have their own."""

    code: Code
    title: Line
    clause: Line
    rank: int = Field(ge=1)
    promotes_to: Code | None = None
    criteria: list[Criterion] = []
    subtypes: list[Subtype] = []

    @model_validator(mode="after")
    def _asks_something(self) -> Tier:
        if not self.criteria and not self.subtypes:
            raise ValueError(f"层级 {self.code} 没有任何条件")
        return self

    def branches(self, subtype: str | None = None) -> list[tuple[Subtype | None, list[Criterion]]]:
        """Every way into the tier with all criteria it asks; only one when ``subtype`` is named (else KeyError)."""
        if not self.subtypes:
            return [(None, list(self.criteria))]
        chosen = [item for item in self.subtypes if subtype in (None, item.code)]
        if not chosen:
            raise KeyError(subtype)
        return [(item, [*self.criteria, *item.criteria]) for item in chosen]


class Step(Strict):
    """One step out of the closed list, who acts, and from which clause."""

    code: StepCode
    title: Line
    level: Level
    clause: Line
    own_addition: bool = False
    requirements: list[RequirementId] = []


class DispatchRule(Strict):
    """What one level sends to the next, what must lie beside it and whether it is sealed (HN-27, ZZ-07)."""

    from_level: Level
    to_level: Level
    accompanies: list[Literal["summary_table", "cultivation_plan"]] = Field(min_length=1)
    needs_signature: bool = True
    needs_seal: bool
    clause: Line
    own_addition: bool = False
    requirements: list[RequirementId] = []


class ListingPapers(Strict):
    """Titles of the province's papers; ``{round}`` is the round's title, ``{number}`` counts later ones."""

    approval: Line = "{round}审定表"
    later_approval: Line = "{round}审定表（第{number}次）"
    main: Line = "{round}名单"
    supplement: Line = "{round}补充名单（第{number}批）"


class Listing(Strict):
    """When the listing gate is asked and what begins a roster entry (Hunan: the province's receipt)."""

    gate_at: Literal["dispatch_sealed", "list_published"]
    entry_begins: Literal["dispatch_received_by_province", "list_published"]
    papers: ListingPapers = ListingPapers()
    clause: Line
    requirements: list[RequirementId] = []


class Windows(Strict):
    """Behaviour of the windows of a round; the dates themselves belong to the round."""

    mode: Literal["hard", "flag"]
    grace_days: int = Field(ge=0)
    min_working_days: int = Field(ge=0)
    requirements: list[RequirementId] = []


class Quota(Strict):
    """Whether a round may set numbers per unit (HN-19: none for reserves; HN-21: later stages may)."""

    enabled: bool
    clause: Line
    requirements: list[RequirementId] = []


class ActivityCategory(Strict):
    """One of the measures a firm may wish to join (HN-15)."""

    code: Code
    title: Line
    clause: Line
    requirements: list[RequirementId] = []


class Duty(Strict):
    """A duty that recurs: monthly report, annual summary, signing for a notice."""

    code: Code
    title: Line
    owner: Level
    period: Literal["month", "year", "once"]
    months: int | None = Field(default=None, ge=1)
    while_listed: bool = False
    due_day: int | None = Field(default=None, ge=1, le=31)
    due_month: int | None = Field(default=None, ge=1, le=12)
    due_working_days: int | None = Field(default=None, ge=0)
    next_working_day: bool = False
    also_for: list[Line] = []
    platform: str = ""
    clause: Line
    requirements: list[RequirementId] = []


class Breach(Strict):
    """How many missed months count as a breach; a person decides, the rule only proposes (point 3)."""

    consecutive: int = Field(ge=1)
    count: int = Field(ge=1)
    within_months: int = Field(ge=1)
    warn_after: int = Field(ge=1)
    county_after: int = Field(ge=1)
    effects: list[Line]
    clause: Line
    requirements: list[RequirementId] = []


class LifecyclePapers(Strict):
    """Titles of the papers of a change on the roster; a programme may word its own."""

    hearing: Line = "听取意见通知书"
    observe: Line = "进入观察期决定书"
    restore: Line = "观察期满恢复决定书"
    remove: Line = "调出培育名单决定书"
    delist: Line = "剔除出培育名单决定书"
    leave: Line = "退出培育名单决定书"


class Lifecycle(Strict):
    """What happens to an entry after listing: yearly adjustment, observation, removal, delisting, re-entry."""

    annual_adjustment: bool
    observation_months: int | None = Field(default=None, ge=1)
    growth_fact: Code | None = None
    growth_below_pct: Decimal | None = None
    rights_during_observation: Literal["kept", "suspended"] | None = None
    observation_alert_days: int | None = Field(default=None, ge=0)
    after_observation: Literal["removal"] | None = None
    breach: Breach
    reentry: Literal["new_application"] | None = None
    hearing_days: int = Field(ge=0)
    papers: LifecyclePapers = LifecyclePapers()
    clause: Line
    requirements: list[RequirementId] = []


class PublicNotice(Strict):
    """Rules of 公示 where the programme has it. ``objection_days``: working days to settle an objection in; None: no limit.

    In ``title`` and ``text`` ``{year}`` is the round's, ``{name}`` the programme's short title, ``{document}`` its 文号;
    ``upheld`` is what the public reads of a firm struck after an objection where the bureau words no reason of its own.
    """

    working_days: int = Field(ge=1)
    first_day: Literal["same_day", "next_day"]
    objection_days: int | None = Field(default=None, ge=1)
    contacts: list[Literal["business", "discipline"]] = Field(min_length=1)
    title: Line = "关于{year}年{name}拟认定企业名单的公示"
    text: Line = "根据{document}，经审核，拟将以下企业列入{year}年{name}名单，现予公示。"
    upheld: Line = "公示期间收到异议，经核实，异议成立。"
    clause: Line
    requirements: list[RequirementId] = []


class Publication(Strict):
    """What the public may see of a listed firm (SC-43)."""

    fields: list[Literal["name", "region", "tier", "batch"]] = Field(min_length=1)
    clause: Line
    requirements: list[RequirementId] = []


class Assistance(Strict):
    """How listed firms of a tier are looked after (SC-28…30)."""

    tier: Code
    mode: Literal["one_to_many", "own_plan"]
    title: Line
    clause: Line
    requirements: list[RequirementId] = []


class FoundingRound(Strict):
    """Dates of the round the notice itself opens; a demo or first installation opens its round from them."""

    class Window(Strict):
        level: Level
        closes_on: dt.date
        clause: Line
        own_making: bool = False
        set_by: Literal["round", "forward"] = "round"
        requirements: list[RequirementId] = []

    year: int = Field(ge=2000, le=2100)
    batch: int = Field(ge=1)
    own_making: bool
    opens_on: dt.date
    windows: list[Window] = Field(min_length=1)
    note: str = ""


class Programme(Strict):
    """A published set of rules (P-05). Read with :func:`cultivation.schema.parse`."""

    schema_version: Literal[1]
    code: Code
    title: Line
    short_title: Line
    province: str = Field(pattern=r"^\d{2}$")
    province_name: Line
    document_number: Line
    document_title: Line
    issuers: list[Line] = Field(min_length=1)
    issued_on: dt.date
    effective_from: dt.date
    stage: Code
    stage_title: Line
    summary: Line
    sources: list[Line] = Field(min_length=1)
    missing_sources: list[Line] = []
    settings: list[Setting]
    tiers: list[Tier] = Field(min_length=1)
    steps: list[Step] = Field(min_length=1)
    dispatches: list[DispatchRule] = Field(min_length=1)
    listing: Listing
    windows: Windows
    quota: Quota
    opinion_items: list[OpinionItem]
    checks: list[BureauCheck]
    cross_checks: list[CrossCheck]
    declarations: list[Declaration]
    questions: list[FileQuestion]
    evidence: list[EvidenceSlot]
    commitment: Commitment | None
    sheet: Sheet
    activity_categories: list[ActivityCategory]
    duties: list[Duty]
    lifecycle: Lifecycle
    public_notice: PublicNotice | None
    publication: Publication | None
    assistance: list[Assistance]
    targets: list[Target]
    founding_round: FoundingRound

    @model_validator(mode="after")
    def _hangs_together(self) -> Programme:
        """References inside the document lead somewhere and nothing has the same name twice."""
        tiers = {tier.code for tier in self.tiers}
        problems: list[str] = []
        named: list[tuple[str, list[str]]] = [
            ("tiers", [tier.code for tier in self.tiers]),
            ("settings", [item.code for item in self.settings]),
            ("steps", [item.code for item in self.steps]),
            ("opinion_items", [item.code for item in self.opinion_items]),
            ("checks", [item.code for item in self.checks]),
            ("cross_checks", [item.code for item in self.cross_checks]),
            ("sheet.columns", [item.code for item in self.sheet.columns]),
            ("activity_categories", [item.code for item in self.activity_categories]),
            ("duties", [item.code for item in self.duties]),
        ]
        for section, codes in named:
            problems += [f"{section}: {code} 重复" for code in sorted({c for c in codes if codes.count(c) > 1})]
        for section, items in (
            ("opinion_items", self.opinion_items),
            ("checks", self.checks),
            ("cross_checks", self.cross_checks),
            ("evidence", self.evidence),
        ):
            for item in items:
                problems += [f"{section}.{item.code}: 没有层级 {t}" for t in item.tiers if t not in tiers]
        problems += [f"assistance: 没有层级 {a.tier}" for a in self.assistance if a.tier not in tiers]
        checks = {item.code for item in self.checks}
        opinions = {item.code for item in self.opinion_items}
        for tier in self.tiers:
            if tier.promotes_to is not None and tier.promotes_to not in tiers:
                problems.append(f"tiers.{tier.code}: 没有层级 {tier.promotes_to}")
            for subtype, criteria in tier.branches():
                ids = [c.id for c in criteria]
                where = f"tiers.{tier.code}" + (f".{subtype.code}" if subtype else "")
                problems += [f"{where}: 条件 {i} 重复" for i in sorted({i for i in ids if ids.count(i) > 1})]
                for criterion in criteria:
                    if isinstance(criterion, CreditClean) and criterion.check not in checks:
                        problems.append(f"{where}.{criterion.id}: 没有核查 {criterion.check}")
                    if isinstance(criterion, Judgement):
                        problems += [
                            f"{where}.{criterion.id}: 没有意见项 {i}" for i in criterion.items if i not in opinions
                        ]
        if problems:
            raise ValueError("；".join(problems))
        return self

    def tier(self, code: str) -> Tier:
        """The tier of that code; KeyError when the programme has none."""
        for tier in self.tiers:
            if tier.code == code:
                return tier
        raise KeyError(code)

    def setting(self, code: str) -> Setting:
        """The setting of that code; KeyError when the programme has none."""
        for item in self.settings:
            if item.code == code:
                return item
        raise KeyError(code)

    def has_step(self, code: str) -> bool:
        """Whether the programme uses that step (Hunan's reserve has no approval and no public notice)."""
        return any(step.code == code for step in self.steps)

    def dispatch_rule(self, from_level: Level, to_level: Level) -> DispatchRule | None:
        """What a dispatch between two levels needs, or None when the programme knows no such dispatch."""
        for rule in self.dispatches:
            if rule.from_level == from_level and rule.to_level == to_level:
                return rule
        return None

    def opinion_items_for(self, tier: str) -> list[OpinionItem]:
        """Opinion items asked for a file of that tier."""
        return [item for item in self.opinion_items if not item.tiers or tier in item.tiers]

    def checks_for(self, tier: str) -> list[BureauCheck]:
        """Bureau checks asked for a file of that tier."""
        return [item for item in self.checks if not item.tiers or tier in item.tiers]

    def cross_checks_for(self, tier: str) -> list[CrossCheck]:
        """Cross-checks made for a file of that tier."""
        return [item for item in self.cross_checks if not item.tiers or tier in item.tiers]

    def evidence_for(self, tier: str) -> list[EvidenceSlot]:
        """Evidence slots offered to a file of that tier."""
        return [item for item in self.evidence if not item.tiers or tier in item.tiers]
