"""Verbs of the duties room."""

from foundation.duties.actions.obligations import fulfil, oblige, oblige_all

__all__ = ["fulfil", "oblige", "oblige_all"]
