"""python -m tests.soak.prepare queue|list|night: fills the database named by the environment with a rehearsal for one of the scenarios.

queue: forty files of Hetang, checked and judged, waiting for one bulk recommendation. list: the same, recommended, with the county's
list begun. night: both rosters with open monthly returns, everybody with a mobile number, on the day after the due day.
"""

from __future__ import annotations

import datetime as dt
import sys

import django

FILES = 40
NIGHT = dt.date(2018, 6, 12)


def main(scenario: str) -> None:
    """Build through the functions the pages call."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from foundation.core.models import Installation
    from foundation.notifications.delivery import open_batch
    from portal.rehearsal import calendar, county, stages
    from portal.rehearsal.people import HETANG

    with transaction.atomic():
        Installation.start_rehearsal(calendar.ISSUED)
        call_command("load_bureaus", on=calendar.ISSUED, demo=True)
        call_command("load_ladder")
        if scenario == "night":
            stages.build("listed", 1)
            Installation.start_rehearsal(NIGHT)
            with connection.cursor() as cursor:
                cursor.execute("UPDATE accounts_user SET phone = '198' || lpad(id::text, 8, '0') WHERE phone = ''")
        else:
            built = stages.build("county", 1)
            Installation.start_rehearsal(calendar.FILING)
            files = built.neighbours[HETANG]
            files += [built.filed(HETANG, "met") for _ in range(FILES - len(files))]
            Installation.start_rehearsal(calendar.REVIEW)
            actor = built.cast.handler(HETANG)
            proof = county.proof_for(actor)
            for file in files:
                county.check(file, actor, proof, calendar.REVIEW)
                county.judge(file, actor)
            Installation.start_rehearsal(calendar.TODAY)
            if scenario == "list":
                county.recommend(files, built.cast, HETANG)
                county.start_list(built.hunan, built.cast, HETANG)
    while open_batch():
        pass
    with connection.cursor() as cursor:
        # What the building of the rehearsal would send is not this scenario's.
        cursor.execute("UPDATE notifications_delivery SET state = 'sent', sent_at = now() WHERE state = 'waiting'")
        cursor.execute("UPDATE journal_outboxmessage SET state = 'sent', sent_at = now() WHERE state = 'claimed'")


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1])
