"""The lines of the officer's queue with everything they say, in one statement over thirty rows.

Written as SQL because every line of every officer's list passes through it: what a line shows was put into the file's own row at
submission (``listing``), and what happened since comes as sub-selects of the rows shown. ``queue_page`` makes words of it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from foundation.accounts.actor import Actor
from foundation.accounts.roles import Act
from reviews.models import Application
from reviews.states import ENDED_STATES, DispatchState, FileState

NOT_LIVE = sorted(state.value for state in {FileState.DRAFT, *ENDED_STATES})

_ROWS = """
SELECT f.id, f.enterprise_name, f.bureau_id, f.state, f.tier, f.revision, f.filed_by, f.paper_confirmed_at IS NOT NULL,
       f.late, f.assignee_name, (f.listing - 'cells')::json,
       (SELECT e.hand FROM reviews_endorsement e
         WHERE e.subject_kind = 'application' AND e.subject_id = f.id AND e.bureau_id = %s AND e.act = %s AND NOT e.cancelled
         ORDER BY e.id DESC LIMIT 1),
       (SELECT json_object_agg(c.code, c.checked_on) FROM (
            SELECT DISTINCT ON (code) code, checked_on FROM reviews_checkrecord
             WHERE application_id = f.id ORDER BY code, id DESC) c),
       ARRAY(SELECT DISTINCT o.item::text FROM reviews_opinionrecord o WHERE o.application_id = f.id),
       EXISTS (SELECT 1 FROM reviews_commitment p WHERE p.application_id = f.id),
       (SELECT r.due_on FROM reviews_correction r WHERE r.application_id = f.id AND r.resolved_at IS NULL LIMIT 1),
       EXISTS (SELECT 1 FROM reviews_application o
                WHERE o.enterprise_id = f.enterprise_id AND o.year = f.year AND o.id <> f.id AND o.state <> ALL (%s)),
       (SELECT bool_or(d.state = %s) AND NOT bool_or(d.state = %s)
          FROM reviews_dispatchitem i JOIN reviews_dispatch d ON d.id = i.dispatch_id
         WHERE i.application_id = f.id AND NOT i.held AND d.to_bureau_id = %s)
  FROM reviews_application f
 WHERE f.id IN ({chosen})
 ORDER BY f.submitted_at, f.id
"""


@dataclass(frozen=True, slots=True)
class MarkedFile:
    """A file as the queue knows it. ``last_hand``: the last hand of the reader's bureau that counts; ``check_days``: day of the
    latest check per code; ``reply_due``: the day the firm must have replied by; ``twice``: another live application of the firm in
    the year (SC-02); ``arrived``: it came with a list the reader's bureau has received, and
    with none that is on its way (None: with no list at all); the same as ``waiting.arrived``.
    """

    pk: int
    enterprise_name: str
    bureau_id: int
    state: str
    tier: str
    revision: int
    filed_by: str
    paper_confirmed: bool
    late: bool
    assignee_name: str
    listing: dict[str, Any]
    last_hand: str | None
    check_days: dict[str, str] | None
    items_answered: list[str]
    committed: bool
    reply_due: dt.date | None
    twice: bool
    arrived: bool | None


def marked_files(chosen: QuerySet[Application], actor: Actor) -> list[MarkedFile]:
    """The chosen files (a slice of a list) in the queue's order, each with its marks for this reader; one statement."""
    try:
        sql, params = chosen.values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    bureau = actor.bureau_id
    with connection.cursor() as cursor:
        cursor.execute(
            _ROWS.format(chosen=sql),
            [
                bureau,
                Act.RECOMMEND.value,
                NOT_LIVE,
                DispatchState.RECEIVED.value,
                DispatchState.SENT.value,
                bureau,
                *params,
            ],
        )
        return [MarkedFile(*row) for row in cursor.fetchall()]
