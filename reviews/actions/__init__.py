"""Verbs that change state. Page, bulk job, import, command and demo all call these."""
