"""The file: applications with everything that belongs to them, and the dispatches that carry them upward."""

from reviews.models.application import Application, Evidence, Explanation, Submission
from reviews.models.approval import Approval, ApprovalItem, Publishing, PublishingItem
from reviews.models.commitment import Commitment
from reviews.models.dispatch import CultivationPlan, Dispatch, DispatchItem, LatePermission, PlanMeasure
from reviews.models.lifecycle import HearingStatement, Proposal
from reviews.models.officials import CheckRecord, Correction, CorrectionItem, Endorsement, OpinionRecord, StepVerdict
from reviews.models.public_notice import Objection, PublicNotice, PublicNoticeRow
from reviews.models.sheet_import import SheetImport, SheetImportRow

__all__ = [
    "Application",
    "Approval",
    "ApprovalItem",
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
    "HearingStatement",
    "LatePermission",
    "Objection",
    "OpinionRecord",
    "PlanMeasure",
    "Proposal",
    "PublicNotice",
    "PublicNoticeRow",
    "Publishing",
    "PublishingItem",
    "SheetImport",
    "SheetImportRow",
    "StepVerdict",
    "Submission",
]
