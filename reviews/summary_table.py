"""The frozen 汇总表: its snapshot is made at signing from what the files froze, and everything printed comes from it alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models.fields.json import KeyTransform

from foundation.accounts.roles import Level
from foundation.core.clock import business_today
from reviews.dossier import load_dossiers
from reviews.models import Application, Dispatch, StepVerdict
from reviews.sheets import SHEET_VERSION, summary_row

SNAPSHOT_VERSION = 1


def table_snapshot(dispatch: Dispatch, files: Sequence[Application]) -> dict[str, Any]:
    """Everything the table prints: title, head, rows in order, foot (HN-30…33); with each file's number and frozen digest."""
    programme = dispatch.round.programme
    dossiers = load_dossiers(files)
    judged = recommended_results([file.pk for file in files])
    rows = []
    for rank, file in enumerate(files, start=1):
        dossier = dossiers[file.pk]
        assert dossier.submission is not None
        rows.append(
            {
                "rank": rank,
                "number": file.number,
                "submission": dossier.submission.digest,
                "cells": summary_row(
                    programme,
                    dispatch.round.year,
                    dossier.facts,
                    judged.get(file.pk) or dossier.submission.evaluation["result"],
                ),
            }
        )
    return {
        "version": SNAPSHOT_VERSION,
        "sheet": {"programme": dispatch.round.version.digest, "code": programme.sheet.code, "version": SHEET_VERSION},
        "title": programme.sheet.title.format(year=dispatch.round.year),
        "round": {"id": dispatch.round_id, "year": dispatch.round.year, "batch": dispatch.batch},
        "bureau": dispatch.from_bureau.name,
        "heads": {head.source: head_value(dispatch, head.source) for head in programme.sheet.head},
        "rows": rows,
        "feet": {"reporter_name": dispatch.reporter_name, "reporter_phone": dispatch.reporter_phone},
        "own_making": programme.sheet.own_making,
    }


def recommended_results(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Answers of the criteria as the last official step froze them, by file: what the firm alone could not answer is in there."""
    rows = (
        StepVerdict.objects.filter(application_id__in=ids).order_by("application_id", "-id").distinct("application_id")
    )
    return dict(rows.values_list("application_id", KeyTransform("result", "evaluation")))


def head_value(dispatch: Dispatch, source: str) -> str:
    """What stands behind a label above the table: the prefecture's name, the bureau's, the round's."""
    if source == "round":
        return str(dispatch.round)
    if source == "bureau":
        return dispatch.from_bureau.name
    bureau = dispatch.from_bureau if dispatch.from_bureau.level == Level.PREFECTURE else dispatch.to_bureau
    region = bureau.region
    return region.name_on(business_today()) if region is not None else bureau.short_name
