"""Rules that wait for a person: opinion items and the credit check. Also what is still open before a recommendation."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cultivation.eligibility.facts import Check, Context, Judgements
from cultivation.eligibility.results import Answer
from cultivation.eligibility.wording import day
from cultivation.schema.base import Outcome
from cultivation.schema.checks import BureauCheck
from cultivation.schema.criteria import Judgement
from cultivation.schema.programme import Programme


@dataclass(frozen=True)
class CheckState:
    """Where a bureau's check stands on a day. ``state``: missing, stale, clean or bad."""

    code: str
    title: str
    state: str
    blocks: bool
    text: str

    @property
    def in_order(self) -> bool:
        """Fresh and clean."""
        return self.state == "clean"


def check_state(rule: BureauCheck, made: Check | None, on: dt.date) -> CheckState:
    """The state of one check on a day (A2-07, A3-05, P-14): older than the programme's limit counts as not made."""
    if made is None:
        return CheckState(rule.code, rule.title, "missing", rule.blocks, f"{rule.title}尚未进行。")
    age = (on - made.checked_on).days
    where = f"{made.source}，{day(made.checked_on)}核查"
    if age > rule.max_age_days:
        text = f"{where}，已过 {age} 天，超过有效期 {rule.max_age_days} 天，请重新核查。"
        return CheckState(rule.code, rule.title, "stale", rule.blocks, text)
    if age < 0:
        return CheckState(rule.code, rule.title, "stale", rule.blocks, f"{where}，日期晚于核对日，请核对。")
    if not made.clean:
        return CheckState(rule.code, rule.title, "bad", rule.blocks, f"{where}，查到不良记录。{made.remark}")
    return CheckState(rule.code, rule.title, "clean", rule.blocks, f"{where}，未查到不良记录。")


def check_states(programme: Programme, tier: str, judgements: Judgements, on: dt.date) -> list[CheckState]:
    """Every check a file of this tier needs, with its state.

    One that is missing, stale or bad and ``blocks`` forbids recommending.
    """
    return [check_state(rule, judgements.checks.get(rule.code), on) for rule in programme.checks_for(tier)]


def opinion_gaps(programme: Programme, tier: str, judgements: Judgements) -> list[str]:
    """Sentences naming each required opinion item that is unanswered or lacks its line (HN-05, A2-06, A3-04)."""
    gaps: list[str] = []
    for item in programme.opinion_items_for(tier):
        given = judgements.opinions.get(item.code)
        if given is None:
            if item.required:
                gaps.append(f"“{item.title}”尚未填写。")
        elif item.needs_line and len(given.line.strip()) < item.min_length:
            gaps.append(f"“{item.title}”的依据至少写 {item.min_length} 个字。")
    return gaps


def credit_clean(rule: BureauCheck, judgements: Judgements, context: Context) -> Answer:
    """No bad credit record by a fresh check; nobody's word replaces it."""
    state = check_state(rule, judgements.checks.get(rule.code), context.as_of)
    outcome = {"clean": Outcome.MET, "bad": Outcome.NOT_MET}.get(state.state, Outcome.NEEDS_JUDGEMENT)
    return Answer(outcome, state.text)


def judgement(criterion: Judgement, programme: Programme, judgements: Judgements) -> Answer:
    """All named opinion items answered yes; one no fails, one open item keeps the question open."""
    titles = {item.code: item.title for item in programme.opinion_items}
    refused = [code for code in criterion.items if (o := judgements.opinions.get(code)) is not None and not o.answer]
    open_items = [code for code in criterion.items if code not in judgements.opinions]
    lines = "；".join(
        f"{titles[code]}：{judgements.opinions[code].line}" for code in criterion.items if code in judgements.opinions
    )
    if refused:
        return Answer(Outcome.NOT_MET, f"推荐部门认为不符合：{'、'.join(titles[code] for code in refused)}。{lines}")
    if open_items:
        names = "、".join(titles[code] for code in open_items)
        return Answer(
            Outcome.NEEDS_JUDGEMENT, f"{criterion.awaiting}：{names}。", missing=tuple(titles[c] for c in open_items)
        )
    return Answer(Outcome.MET, f"推荐部门认为符合。{lines}")
