"""Verbs that change state. Each is one transaction with its decision and journal entry."""
