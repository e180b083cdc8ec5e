"""Everything known of a file, loaded for a set of files in a fixed number of queries.

The check of a submitted file reads what was frozen at its last submission, never the firm's present figures; officials' checks and
judgements are dated facts of the file (design idea 1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch, prefetch_related_objects

from cultivation.eligibility.facts import Check, FactSet, Judgements, Opinion
from cultivation.models import ProgrammeVersion, Round
from cultivation.schema import Programme
from foundation.core.together import Rows, Together
from foundation.documents.models import StoredFile
from reviews.evaluation import Verdicts, evaluate_file, programme_of
from reviews.models import (
    Application,
    CheckRecord,
    Commitment,
    Correction,
    Endorsement,
    Explanation,
    OpinionRecord,
    Submission,
)


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
    hands: list[Endorsement] = field(default_factory=list)
    """Hands of the handling bureau on the recommendation that count, in order."""
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


_ADDED = {
    "checks": Rows(CheckRecord, "t.application_id = ANY(%(files)s)"),
    "opinions": Rows(OpinionRecord, "t.application_id = ANY(%(files)s)"),
    "commitments": Rows(Commitment, "t.application_id = ANY(%(promising)s)"),
    "corrections": Rows(Correction, "t.application_id = ANY(%(files)s) AND t.resolved_at IS NULL"),
    "explanations": Rows(Explanation, "t.application_id = ANY(%(files)s)"),
    "hands": Rows(
        Endorsement,
        "t.subject_kind = 'application' AND t.subject_id = ANY(%(files)s) AND t.act = 'recommend' AND NOT t.cancelled",
    ),
    "papers": Rows(
        StoredFile,
        "t.id IN (SELECT k.proof_id FROM reviews_checkrecord k WHERE k.application_id = ANY(%(files)s)"
        " UNION ALL SELECT p.scan_id FROM reviews_commitment p WHERE p.application_id = ANY(%(promising)s))",
    ),
}
"""What officials and firms added to files since their submission; the latest row of a kind comes last."""
_LAST = (
    "t.id IN (SELECT DISTINCT ON (s.application_id) s.id FROM reviews_submission s"
    " WHERE s.application_id = ANY(%(files)s) ORDER BY s.application_id, s.revision DESC)"
)
_light = Together(submissions=Rows(Submission, _LAST, leave_out=("evaluation",)), **_ADDED)
_whole = Together(submissions=Rows(Submission, _LAST), **_ADDED)

RULES = (
    Prefetch("round", Round.objects.select_related("version").defer("version__document")),
    Prefetch("programme_version", ProgrammeVersion.objects.defer("document")),
)


def load_dossiers(files: Iterable[Application], *, with_answers: bool = True) -> dict[int, Dossier]:
    """Dossiers by application id, in one statement whatever the number of files (and one for rounds and versions each, where the
    caller has not loaded them).

    ``with_answers=False`` leaves out ``submission.evaluation``, the check's answer of the day with all its inputs: it is large,
    and only those who copy it need it.
    """
    rows = list(files)
    prefetch_related_objects([row for row in rows if not _rules_loaded(row)], *RULES)
    found = {row.pk: Dossier(row, programme_of(row)) for row in rows}
    if not found:
        return found
    promising = [pk for pk, dossier in found.items() if dossier.programme.commitment is not None]
    records = (_whole if with_answers else _light).fetch(files=list(found), promising=promising)
    for submission in records["submissions"]:
        found[submission.application_id].submission = submission
    papers = {paper.pk: paper for paper in records["papers"]}
    for check in records["checks"]:
        check.proof = papers.get(check.proof_id)
        found[check.application_id].checks[check.code] = check
    for opinion in records["opinions"]:
        found[opinion.application_id].opinions[opinion.item] = opinion
    for commitment in records["commitments"]:
        commitment.scan = papers.get(commitment.scan_id)
        found[commitment.application_id].commitment = commitment
    for correction in records["corrections"]:
        found[correction.application_id].correction = correction
    for hand in records["hands"]:
        dossier = found[hand.subject_id]
        if hand.bureau_id == dossier.file.bureau_id:
            dossier.hands.append(hand)
    for row in records["explanations"]:
        found[row.application_id].explanations[(row.kind, row.step, row.code)] = row.text
    return found


def _rules_loaded(file: Application) -> bool:
    """Whether round, its version and the file's own version came with the file."""
    own = file.programme_version_id is None or Application.programme_version.is_cached(file)
    return own and Application.round.is_cached(file) and Round.version.is_cached(file.round)
