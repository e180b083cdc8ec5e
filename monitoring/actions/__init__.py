"""Verbs of the month: returns, chasing, signals."""
