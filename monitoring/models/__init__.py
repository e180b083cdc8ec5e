"""The month: returns of listed firms, the chasing ladder, signals with frozen evidence."""

from monitoring.models.chasing import ChaseClaim, ChaseRung
from monitoring.models.returns import MonthlyReturn, ReturnImport, ReturnImportRow, ReturnSubmission
from monitoring.models.signals import Signal

__all__ = ["ChaseClaim", "ChaseRung", "MonthlyReturn", "ReturnImport", "ReturnImportRow", "ReturnSubmission", "Signal"]
