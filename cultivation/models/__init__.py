"""The list and its rules: programmes, notices, rounds, roster."""

from cultivation.models.notice import Notice, NoticeAddressee, NoticeFile, NoticeReceipt
from cultivation.models.programme import Programme, ProgrammeVersion
from cultivation.models.roster import RosterEntry
from cultivation.models.roster_import import RosterImport, RosterImportRow
from cultivation.models.roster_list import EntryEvent, RosterList
from cultivation.models.round import Round, RoundWindow

__all__ = [
    "EntryEvent",
    "Notice",
    "NoticeAddressee",
    "NoticeFile",
    "NoticeReceipt",
    "Programme",
    "ProgrammeVersion",
    "RosterEntry",
    "RosterImport",
    "RosterImportRow",
    "RosterList",
    "Round",
    "RoundWindow",
]
