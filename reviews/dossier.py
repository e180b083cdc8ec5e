"""Everything known of a file, loaded for a set of files in a fixed number of queries.

The check of a submitted file reads what was frozen at its last submission, never the firm's present figures; officials' checks and
judgements are dated facts of the file (design idea 1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import prefetch_related_objects

from cultivation.eligibility.facts import Check, FactSet, Judgements, Opinion
from cultivation.schema import Programme
from reviews.evaluation import Verdicts, evaluate_file, programme_of
from reviews.models import Application, CheckRecord, Commitment, Correction, Explanation, OpinionRecord, Submission


@dataclass
class Dossier:
    """A file with its last submission, officials' records and explanations; ``evaluation`` is computed when first asked."""

    file: Application
    programme: Programme
    submission: Submission | None = None
    checks: dict[str, CheckRecord] = field(default_factory=dict)
    opinions: dict[str, OpinionRecord] = field(default_factory=dict)
    commitment: Commitment | None = None
    correction: Correction | None = None
    explanations: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _evaluation: Verdicts | None = None

    @property
    def facts(self) -> FactSet:
        """Facts of the last submission: the firm's and the file's own."""
        return FactSet.from_rows(self.submission.facts) if self.submission else FactSet()

    @property
    def judgements(self) -> Judgements:
        """What officials answered so far, as the engine reads it."""
        return Judgements(
            opinions={
                code: Opinion(row.answer, row.line, row.at.date(), row.by_name) for code, row in self.opinions.items()
            },
            checks={
                code: Check(
                    row.result == CheckRecord.Result.CLEAN, row.checked_on, row.source, row.checker_name, row.detail
                )
                for code, row in self.checks.items()
            },
        )

    @property
    def evaluation(self) -> Verdicts:
        """Every criterion of the file's tier on the frozen facts and today's judgements, with all inputs for replay."""
        if self._evaluation is None:
            self._evaluation = evaluate_file(self.file, self.facts, self.judgements)
        return self._evaluation

    def explained(self, kind: str, step: str, code: str) -> str:
        """The reason given, '' when none was."""
        return self.explanations.get((kind, step, code), "")


def load_dossiers(files: Iterable[Application]) -> dict[int, Dossier]:
    """Dossiers by application id, in a number of queries that does not grow with the number of files."""
    rows = list(files)
    prefetch_related_objects(rows, "round__version", "programme_version")
    ids = [row.pk for row in rows]
    found = {row.pk: Dossier(row, programme_of(row)) for row in rows}
    for submission in (
        Submission.objects.filter(application_id__in=ids)
        .order_by("application_id", "-revision")
        .distinct("application_id")
    ):
        found[submission.application_id].submission = submission
    for check in CheckRecord.objects.filter(application_id__in=ids).select_related("proof").order_by("id"):
        found[check.application_id].checks[check.code] = check
    for opinion in OpinionRecord.objects.filter(application_id__in=ids).order_by("id"):
        found[opinion.application_id].opinions[opinion.item] = opinion
    promising = [pk for pk, dossier in found.items() if dossier.programme.commitment is not None]
    if promising:
        for commitment in Commitment.objects.filter(application_id__in=promising).select_related("scan").order_by("id"):
            found[commitment.application_id].commitment = commitment
    for correction in (
        Correction.objects.filter(application_id__in=ids, resolved_at=None).prefetch_related("items").order_by("id")
    ):
        found[correction.application_id].correction = correction
    for row in Explanation.objects.filter(application_id__in=ids).order_by("id"):
        found[row.application_id].explanations[(row.kind, row.step, row.code)] = row.text
    return found
