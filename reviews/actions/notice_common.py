"""What the acts on a public notice share: the programme's rules, the fields typed, the note in the journal."""

from __future__ import annotations

from typing import Any

from django.db.models import Max

from cultivation.models import Round
from cultivation.schema.programme import PublicNotice as Rules
from foundation.accounts.actor import Actor
from foundation.accounts.models import Bureau
from foundation.accounts.roles import Act
from foundation.accounts.transition import record_act
from foundation.core.errors import Refused
from foundation.core.verdict import no
from foundation.journal.models import Decision
from reviews import hands
from reviews.models import PublicNotice
from reviews.public_notices import notice_step
from reviews.states import FileState

ACT = Act.PUBLIC_NOTICE
TEXTS = (
    "title", "body", "business_name", "business_phone", "business_email", "discipline_name", "discipline_phone",
    "discipline_email", "address",
)  # fmt: skip
CONTACTS = {"business": "业务联系人", "discipline": "监督联系人"}
WAITING = frozenset({FileState.APPROVED, FileState.MERGED, FileState.RECOMMENDED})
"""Where a file stands while its level gives notice."""


def rules_of(round: Round) -> Rules:
    """Days, first-day rule and contacts of the programme; Refused where it has no public notice."""
    rules = round.programme.public_notice
    if notice_step(round) is None or rules is None:
        raise Refused(no("本轮的规则没有公示环节。"))
    return rules


def next_sequence(round: Round, bureau: Bureau) -> int:
    """The number of the bureau's next notice in the round."""
    top = PublicNotice.objects.filter(round=round, bureau=bureau).aggregate(top=Max("sequence"))["top"]
    return (top or 0) + 1


def note(notice: PublicNotice, action: str, actor: Actor, data: dict[str, Any]) -> Decision:
    """Record an act that leaves the state as it is."""
    return record_act(
        subject_kind=notice.subject_kind,
        subject_id=notice.pk,
        subject_label=str(notice),
        action=action,
        actor=actor,
        from_state=notice.state,
        to_state=notice.state,
        data=data,
    )


def changed(notice: PublicNotice, action: str, actor: Actor, data: dict[str, Any]) -> PublicNotice:
    """The draft is another now: hands given so far no longer count."""
    hands.cancel("public_notice", [notice.pk], ACT)
    notice.version += 1
    notice.save(update_fields=["version"])
    note(notice, action, actor, data)
    return notice
