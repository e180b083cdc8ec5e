"""The one helper behind every state change (design idea 3), on a paper that exists only here."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from foundation.accounts import scoping
from foundation.accounts.actor import Actor, Hat
from foundation.accounts.may import ScopedQuerySet, rule, rules, scope
from foundation.accounts.transition import decide, decide_one, record_act
from foundation.core import events
from foundation.core.errors import Refused, StaleState
from foundation.core.events import Event, on
from foundation.core.verdict import no, ok
from foundation.journal.models import Decision, JournalEntry, OutboxMessage
from foundation.journal.record import Message

HANDLER = Actor(7, "李敏", Hat("bureau", "handler", "天元区经科局 · 经办", holder_id=1))
ARCHIVIST = Actor(8, "王琪", Hat("bureau", "archivist", "天元区经科局 · 档案", holder_id=1))


@dataclass(frozen=True, kw_only=True)
class PaperMoved(Event):
    paper_id: int
    decision_id: int


@pytest.fixture
def paper(db, monkeypatch) -> type[models.Model]:
    """A model with a state, its table, its rule and its scope, gone again afterwards."""
    with isolate_apps("foundation.accounts"):

        class Paper(models.Model):
            State = models.TextChoices("State", [("DRAFT", ("draft", "草稿")), ("SENT", ("sent", "已报送"))])
            title = models.CharField(max_length=40)
            state = models.CharField(max_length=10, choices=State.choices, default="draft")
            version = models.PositiveIntegerField(default=1)
            foreign = models.BooleanField(default=False)
            objects = ScopedQuerySet.as_manager()
            subject_kind = "test_paper"

            class Meta:
                app_label = "accounts"
                db_table = "test_paper"

            def __str__(self) -> str:
                return self.title

    with connection.schema_editor() as editor:
        editor.create_model(Paper)
    monkeypatch.setattr(rules, "_rows", dict(rules._rows))
    monkeypatch.setattr(scoping, "_scopes", dict(scoping._scopes))
    monkeypatch.setattr(events, "_handlers", events._handlers.copy())
    rule("test.send", label="报送", roles={"handler"})(
        lambda actor, row: ok() if row.title != "锁定" else no("这份材料已锁定。")
    )
    scope(Paper, condition=lambda actor: models.Q(foreign=False), sees=lambda actor, row: not row.foreign)
    return Paper


def send(paper, ids, actor=HANDLER, **extra):
    return decide(
        model=paper, ids=ids, action="test.send", expect={"draft"}, to="sent", actor=actor, opinion="同意", **extra
    )


def test_state_decision_entry_version_and_event_in_one(paper):
    heard = []
    on(PaperMoved)(heard.append)
    row = paper.objects.create(title="甲")
    verdicts = send(
        paper,
        [row.pk],
        data={"criteria": 3},
        event=lambda row, decision: PaperMoved(paper_id=row.pk, decision_id=decision.pk),
        outbox=lambda row, decision: [Message(f"test:{row.pk}", "accounts.reset_code", "user", 7, {"minutes": 10})],
    )
    assert verdicts == {row.pk: ok()}
    row.refresh_from_db()
    assert (row.state, row.version) == ("sent", 2)
    decision = Decision.objects.get()
    assert (decision.from_state, decision.to_state, decision.opinion, decision.data) == (
        "draft",
        "sent",
        "同意",
        {"criteria": 3},
    )
    assert (decision.actor_name, decision.hat_label) == ("李敏", "天元区经科局 · 经办")
    assert decision.entry.seq == 1
    assert OutboxMessage.objects.get().decision == decision
    assert [(event.paper_id, event.decision_id) for event in heard] == [(row.pk, decision.pk)]


def test_another_was_faster(paper):
    row = paper.objects.create(title="甲", state="sent")
    verdict = send(paper, [row.pk])[row.pk]
    assert verdict.reason == "“甲”现在是“已报送”，已有人先办理。"
    with pytest.raises(StaleState):
        decide_one(pk=row.pk, model=paper, action="test.send", expect={"draft"}, to="sent", actor=HANDLER)
    assert not Decision.objects.exists()


def test_absent_and_foreign_rows_read_the_same(paper):
    foreign = paper.objects.create(title="乙", foreign=True)
    verdicts = send(paper, [foreign.pk, 999_999])
    assert verdicts[foreign.pk] == verdicts[999_999]
    assert not verdicts[999_999]


def test_the_role_is_asked(paper):
    row = paper.objects.create(title="甲")
    with pytest.raises(Refused, match="报送由经办办理"):
        decide_one(pk=row.pk, model=paper, action="test.send", expect={"draft"}, to="sent", actor=ARCHIVIST)


def test_one_bad_row_does_not_hold_up_the_others(paper):
    good, locked, gone = paper.objects.create(title="甲"), paper.objects.create(title="锁定"), 999_999
    verdicts = send(paper, [gone, locked.pk, good.pk, good.pk], check=lambda row: ok())
    assert [bool(verdicts[pk]) for pk in (good.pk, locked.pk, gone)] == [True, False, False]
    assert Decision.objects.count() == 1


def test_a_gate_may_refuse_after_the_permission(paper):
    row = paper.objects.create(title="甲")
    verdict = send(paper, [row.pk], check=lambda row: no("缺少信用核查。"))[row.pk]
    assert verdict.reason == "缺少信用核查。"
    row.refresh_from_db()
    assert row.state == "draft"


def test_a_set_writes_what_singles_write(paper):
    """Bulk and single acts leave the same rows behind (asks 3: a batch that skipped a step)."""
    alone = [paper.objects.create(title="甲") for _ in range(3)]
    together = [paper.objects.create(title="甲") for _ in range(3)]
    for row in alone:
        send(paper, [row.pk])
    send(paper, [row.pk for row in together])

    def left(rows):
        decisions = Decision.objects.filter(subject_id__in=[row.pk for row in rows]).order_by("id")
        fields = ("subject_kind", "subject_label", "action", "from_state", "to_state", "actor_name", "opinion", "data")
        states = paper.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values_list("state", "version")
        return list(decisions.values_list(*fields)), [decision.entry.seq for decision in decisions], list(states)

    assert left(alone) == left(together)


def test_the_number_of_queries_does_not_grow_with_the_set(paper, queries):
    def cost(count: int) -> int:
        rows = [paper.objects.create(title="甲").pk for _ in range(count)]
        with queries.record() as seen:
            send(paper, rows)
        return len(seen)

    assert cost(1) == cost(30)


def test_a_handler_that_fails_takes_everything_back(paper):
    @on(PaperMoved)
    def fail(event: PaperMoved) -> None:
        raise RuntimeError("a room above cannot cope")

    rows = [paper.objects.create(title="甲") for _ in range(2)]
    with pytest.raises(RuntimeError):
        send(
            paper,
            [row.pk for row in rows],
            event=lambda row, decision: PaperMoved(paper_id=row.pk, decision_id=decision.pk),
            outbox=lambda row, decision: [Message(f"test:{row.pk}", "accounts.reset_code", "user", 7, {"minutes": 10})],
        )
    assert set(paper.objects.values_list("state", flat=True)) == {"draft"}
    assert not Decision.objects.exists()
    assert not JournalEntry.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_other_columns_change_with_the_state(paper):
    row = paper.objects.create(title="甲")

    def rename(row) -> None:
        row.title = "乙"

    send(paper, [row.pk], change=rename, fields=["title"])
    row.refresh_from_db()
    assert (row.title, row.state) == ("乙", "sent")
    assert Decision.objects.get().subject_label == "乙"


def test_an_act_outside_a_transaction_is_a_mistake_of_ours(transactional_db):
    with pytest.raises(RuntimeError):
        record_act(subject_kind="x", subject_id=1, subject_label="x", action="x", actor=HANDLER)


def test_the_same_message_goes_out_once(paper):
    rows = [paper.objects.create(title="甲") for _ in range(2)]
    send(
        paper,
        [row.pk for row in rows],
        outbox=lambda row, decision: [Message("same", "accounts.reset_code", "user", 7, {"minutes": 10})],
    )
    assert OutboxMessage.objects.count() == 1
