"""The file: applications with everything that belongs to them, and the dispatches that carry them upward."""

from reviews.models.application import Application, Evidence, Explanation, Submission
from reviews.models.commitment import Commitment
from reviews.models.dispatch import CultivationPlan, Dispatch, DispatchItem, LatePermission, PlanMeasure
from reviews.models.officials import CheckRecord, Correction, CorrectionItem, Endorsement, OpinionRecord, StepVerdict
from reviews.models.sheet_import import SheetImport, SheetImportRow

__all__ = [
    "Application",
    "CheckRecord",
    "Commitment",
    "Correction",
    "CorrectionItem",
    "CultivationPlan",
    "Dispatch",
    "DispatchItem",
    "Endorsement",
    "Evidence",
    "Explanation",
    "LatePermission",
    "OpinionRecord",
    "PlanMeasure",
    "SheetImport",
    "SheetImportRow",
    "StepVerdict",
    "Submission",
]
