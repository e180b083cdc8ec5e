"""What a programme document may say (idea 1 of the house: the notice is data, and stops at rules).

A programme is written in YAML, stored as JSON and identified by the hash of its canonical form. Everything
here is pure: no ORM, no clock. ``parse`` is the only way in.
"""

from cultivation.schema.base import Effect, Gates, GateStep, Level, Outcome
from cultivation.schema.document import canonical_json, content_hash, parse, read_yaml
from cultivation.schema.programme import Programme, Subtype, Tier

__all__ = [
    "Effect",
    "GateStep",
    "Gates",
    "Level",
    "Outcome",
    "Programme",
    "Subtype",
    "Tier",
    "canonical_json",
    "content_hash",
    "parse",
    "read_yaml",
]
