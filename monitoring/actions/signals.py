"""Finding what the months say, with the evidence frozen, and what a person makes of it (SC-34, SC-36, SC-41, HN-23).

Nothing happens by itself: a signal warns; a proposal is made, and decided, by people.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Max

from cultivation import schema
from cultivation.models import RosterEntry
from foundation.accounts.actor import Actor
from foundation.accounts.paths import path_ids
from foundation.accounts.transition import record_act, require
from foundation.core.clock import business_now
from foundation.core.errors import Refused, StaleState
from foundation.core.money import format_pct, format_wan
from foundation.core.verdict import no
from foundation.documents.canonical import digest_of, plain
from foundation.duties.models import Obligation
from foundation.journal.record import Message, send
from monitoring.actions.ladder import current_ladder
from monitoring.breach import Finding, assess
from monitoring.growth import Answer, Growth
from monitoring.models import Signal
from monitoring.months import MONTHLY
from monitoring.standing import (
    Reported,
    current_entries,
    growth_of,
    months_of,
    observations_ending,
    reminders_of,
    rules_of,
)
from reviews.actions.lifecycle import propose
from reviews.models import Proposal
from reviews.states import ProposalKind

Kind = Signal.Kind


@transaction.atomic
def find_signals(day: dt.date) -> dict[str, int]:
    """The day's findings over all current entries; returns how many are new by kind. Safe to repeat (unique per period)."""
    entries = list(current_entries().order_by("id"))
    rules = rules_of(entries)
    entries = [entry for entry in entries if entry.pk in rules]
    months = months_of([entry.pk for entry in entries])
    fresh = _breaches(entries, rules, months, day)
    fresh += _falls(entries, rules, day)
    fresh += _observations(day)
    made = _keep(fresh)
    _tell(made, rules)
    counts: dict[str, int] = {}
    for signal in made:
        counts[signal.kind] = counts.get(signal.kind, 0) + 1
    return counts


def _signal(entry: RosterEntry, kind: str, period: str, title: str, evidence: dict[str, Any]) -> Signal:
    frozen = plain(evidence)
    return Signal(
        entry=entry,
        path=entry.path,
        kind=kind,
        period=period,
        title=title[:200],
        evidence=frozen,
        digest=digest_of(frozen),
        found_at=business_now(),
    )


def _keep(signals: list[Signal]) -> list[Signal]:
    """Write those that are not there yet."""
    known = set(
        Signal.objects.filter(entry_id__in={signal.entry_id for signal in signals}).values_list(
            "entry_id", "kind", "period"
        )
    )
    fresh = [signal for signal in signals if (signal.entry_id, signal.kind, signal.period) not in known]
    return Signal.objects.bulk_create(fresh)


def _breaches(
    entries: list[RosterEntry], rules: dict[int, schema.Programme], months: dict[int, list[Reported]], day: dt.date
) -> list[Signal]:
    # A warning comes when the ladder of the month has ended: until then the reminders speak.
    ladder_ends = max((rung.offset for rung in current_ladder().get(MONTHLY, [])), default=0)
    found: list[tuple[RosterEntry, str, Finding]] = []
    for entry in entries:
        rule = rules[entry.pk].lifecycle.breach
        own = [line.month for line in months.get(entry.pk, [])]
        finding = assess(own, rule, day)
        if finding.is_breach:
            found.append((entry, Kind.BREACH, finding))
            continue
        finding = assess(own, rule, day - dt.timedelta(days=ladder_ends))
        if finding.in_a_row >= rule.warn_after and not finding.is_breach:
            found.append((entry, Kind.WARNING, finding))
    reminders = reminders_of([line.obligation_id for entry, _, _ in found for line in months[entry.pk]])
    signals = []
    for entry, kind, finding in found:
        lines = [line for line in months[entry.pk] if line.month.period in finding.window]
        rule = rules[entry.pk].lifecycle.breach
        evidence = {
            "clause": rule.clause,
            "rule": finding.rule or f"连续{finding.in_a_row}个月未填报",
            "facts": [{"label": "未填报情况", "value": finding.rule or f"连续{finding.in_a_row}个月"}],
            "in_a_row": finding.in_a_row,
            "within": finding.within,
            "as_of": day,
            "months": [
                {
                    "period": line.month.period,
                    "due_on": line.month.due_on,
                    "missed": line.month.period in finding.missed,
                    "state": "未报送" if line.month.period in finding.missed else Obligation.Status(line.status).label,
                    "filed_on": line.done_at.date() if line.done_at else None,
                    "reminders": reminders.get(line.obligation_id, []),
                }
                for line in lines
            ],
        }
        last = finding.missed[-1] if finding.missed else ""
        signals.append(_signal(entry, kind, last, f"{entry.name}：{evidence['rule']}", evidence))
    return signals


def growth_evidence(growth: Growth, clause: str) -> dict[str, Any]:
    """What stands behind a finding of growth: figures, source, bound, clause."""
    return {
        "clause": clause,
        "year": growth.year,
        "now": growth.now,
        "before": growth.before,
        "pct": growth.pct,
        "below": growth.below,
        "source": growth.source,
        "missing": list(growth.missing),
        "figures": [
            {
                "label": f"{growth.year - 1}年主营业务收入",
                "value": f"{format_wan(growth.before)} 万元",
                "note": growth.source,
            },
            {"label": f"{growth.year}年主营业务收入", "value": f"{format_wan(growth.now)} 万元", "note": growth.source},
            {"label": "同比", "value": format_pct(growth.pct), "note": f"低于{format_pct(growth.below)}即为下滑"},
        ],
    }


def _falls(entries: list[RosterEntry], rules: dict[int, schema.Programme], day: dt.date) -> list[Signal]:
    """The year before is looked at once its last month's due day is over, in programmes with a yearly adjustment (SC-33)."""
    year = day.year - 1
    last = Obligation.objects.filter(kind=MONTHLY, period=f"{year}-12").aggregate(due=Max("due_on"))["due"]
    if last is None or day <= last:
        return []
    watched = {event.entry_id for event in observations_ending(day)}
    asked = [
        entry
        for entry in entries
        if rules[entry.pk].lifecycle.annual_adjustment
        and entry.since <= dt.date(year, 12, 31)
        and entry.pk not in watched
    ]
    signals = []
    for pk, growth in growth_of(asked, year, rules).items():
        if growth.answer is not Answer.FALLEN:
            continue
        entry = next(row for row in asked if row.pk == pk)
        figures = f"{format_wan(growth.before)}→{format_wan(growth.now)}万元"
        title = f"{entry.name}：{year}年主营业务收入同比{format_pct(growth.pct)}（{figures}）"
        signals.append(
            _signal(entry, Kind.GROWTH_FALL, str(year), title, growth_evidence(growth, rules[pk].lifecycle.clause))
        )
    return signals


def _observations(day: dt.date) -> list[Signal]:
    events = observations_ending(day)
    entries = [event.entry for event in events]
    rules = rules_of(entries)
    ending = [
        event
        for event in events
        if event.entry_id in rules
        and event.due_on is not None
        and event.due_on - dt.timedelta(days=rules[event.entry_id].lifecycle.observation_alert_days or 0) <= day
    ]
    growth = growth_of([event.entry for event in ending], day.year - 1, rules)
    signals = []
    for event in ending:
        assert event.due_on is not None
        answer = growth.get(event.entry_id)
        evidence = growth_evidence(answer, rules[event.entry_id].lifecycle.clause) if answer else {}
        evidence |= {"observed_on": event.on, "due_on": event.due_on, "answer": answer.answer if answer else ""}
        title = f"{event.entry.name}：观察期于{event.due_on:%Y-%m-%d}届满"
        signals.append(_signal(event.entry, Kind.OBSERVATION_END, event.due_on.isoformat(), title, evidence))
    return signals


def _tell(signals: Collection[Signal], rules: dict[int, schema.Programme]) -> None:
    """The firm is warned, its county told when the programme says so, the prefecture of breaches and falls."""
    messages = []
    for signal in signals:
        entry = signal.entry
        body = {"entry": entry.pk, "name": entry.name, "title": signal.title, "signal": signal.pk}
        steps = path_ids(entry.path)
        if signal.kind in {Kind.WARNING, Kind.BREACH, Kind.GROWTH_FALL}:
            messages.append(
                Message(
                    f"signal:{signal.pk}:firm",
                    f"monitoring.signal_{signal.kind}",
                    "enterprise",
                    entry.enterprise_id,
                    body,
                )
            )
        county_after = rules[entry.pk].lifecycle.breach.county_after if entry.pk in rules else 0
        if signal.kind != Kind.WARNING or signal.evidence["in_a_row"] >= county_after:
            messages.append(Message(f"signal:{signal.pk}:county", "monitoring.signal", "bureau", steps[-1], body))
        if signal.kind != Kind.WARNING and len(steps) > 1:
            messages.append(Message(f"signal:{signal.pk}:above", "monitoring.signal", "bureau", steps[-2], body))
    send(messages)


def proposal_kind(signal: Signal, rules: schema.Programme) -> tuple[str, str]:
    """What a signal leads to under the entry's rules: kind of proposal and cause of leaving ('' for none).

    238号 五（四） delists directly; where the programme knows no re-entry rule (49号), a breach leads to 调出.
    """
    if signal.kind == Kind.BREACH:
        direct = rules.lifecycle.reentry is not None
        return (
            (ProposalKind.DELIST, RosterEntry.Exit.DELISTED)
            if direct
            else (ProposalKind.REMOVE, RosterEntry.Exit.REMOVED)
        )
    if signal.kind == Kind.GROWTH_FALL:
        return ProposalKind.OBSERVE, ""
    if signal.kind == Kind.OBSERVATION_END:
        if signal.evidence.get("answer") == Answer.HELD:
            return ProposalKind.RESTORE, ""
        return ProposalKind.REMOVE, RosterEntry.Exit.REMOVED
    raise Refused(no("漏报提醒只作提醒，不能据此提出名单调整。"))


@transaction.atomic
def raise_proposal(*, signal_id: int, actor: Actor, reason: str = "", kind: str = "") -> Proposal:
    """Turn a signal into a proposal with its frozen evidence. ``kind`` overrides what the finding suggests at the end of
    an observation whose figures are undetermined. Refused when it has been dealt with.
    """
    signal = (
        Signal.objects.select_for_update(of=("self",))
        .select_related("entry__round__version", "entry__programme")
        .get(pk=signal_id)
    )
    require(actor, "signal.raise", signal)
    if signal.proposal_id or signal.dismissed_at:
        raise StaleState(no("这条信号已有人办理。", "请刷新后再看。"))
    rules = rules_of([signal.entry])[signal.entry_id]
    suggested, cause = proposal_kind(signal, rules)
    if kind and kind != suggested and signal.kind == Kind.OBSERVATION_END:
        suggested = ProposalKind(kind)
        cause = RosterEntry.Exit.REMOVED if suggested == ProposalKind.REMOVE else ""
    proposal = propose(
        entry_id=signal.entry_id,
        kind=suggested,
        cause=cause,
        title=f"{signal.entry.name}{ProposalKind(suggested).label}",
        reason=reason.strip() or signal.title,
        clause=str(signal.evidence.get("clause", "")),
        evidence=signal.evidence,
        source=f"signal:{signal.kind}",
        actor=actor,
    )
    signal.proposal_id = proposal.pk
    signal.save(update_fields=["proposal_id"])
    return proposal


@transaction.atomic
def dismiss_signal(*, signal_id: int, actor: Actor, reason: str) -> None:
    """Decide not to propose anything, with the reason; recorded."""
    signal = Signal.objects.select_for_update(of=("self",)).get(pk=signal_id)
    require(actor, "signal.dismiss", signal)
    if not reason.strip():
        raise Refused(no("请写明不予提出的理由。"))
    if signal.proposal_id or signal.dismissed_at:
        raise StaleState(no("这条信号已有人办理。", "请刷新后再看。"))
    record_act(
        subject_kind=signal.subject_kind,
        subject_id=signal.pk,
        subject_label=signal.title,
        action="signal.dismiss",
        actor=actor,
        opinion=reason.strip(),
        data={"entry": signal.entry_id, "digest": signal.digest},
    )
    signal.dismissed_at, signal.dismissed_by = business_now(), f"{actor.hat.label} {actor.name}"[:160]
    signal.dismiss_reason = reason.strip()[:400]
    signal.save(update_fields=["dismissed_at", "dismissed_by", "dismiss_reason"])


__all__ = ["dismiss_signal", "find_signals", "growth_evidence", "proposal_kind", "raise_proposal"]
