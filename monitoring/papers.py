"""Purposes of this room's files."""

PROOF = "monitoring.proof"
"""That a month was reported on the national platform (HN-23)."""
SOURCE = "monitoring.source"
"""The firm's paper a bureau types from."""
SHEET = "monitoring.sheet"
"""A county's workbook of one month."""
