"""Verbs of the duties room."""

from foundation.duties.actions.obligations import close_all, fulfil, oblige, oblige_all, reopen

__all__ = ["close_all", "fulfil", "oblige", "oblige_all", "reopen"]
