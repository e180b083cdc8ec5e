"""Finding a part of a Chinese name by an index.

PostgreSQL's trigrams know nothing of fragments of two characters, which is what people type. ``tidu_bigrams(text)`` (migration of
this room) takes a text apart into its pairs of neighbouring characters; a GIN index over them answers every fragment of two
characters and more, and ``LIKE`` then looks at the few rows found. A single character is looked for without the index.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.lookups import DataContains
from django.db.models import Func, Q, TextField, Value
from django.db.models.functions import Concat, Lower


class Bigrams(Func):
    """Pairs of neighbouring characters of a text, each once."""

    function = "tidu_bigrams"
    output_field = ArrayField(TextField())


def searchable(*columns: str) -> Bigrams:
    """What the index of a table is over: its columns as one text in lower case, taken apart. The model's ``GinIndex`` and
    ``has_fragment`` must name the same columns in the same order.
    """
    parts: list[str | Value] = []
    for column in columns:
        parts += [Value(" "), column] if parts else [column]
    text = Concat(*parts, output_field=TextField()) if len(parts) > 1 else parts[0]
    return Bigrams(Lower(text))


def bigrams(text: str) -> list[str]:
    """The pairs of a fragment, as the function in the database makes them."""
    return sorted({text[place : place + 2] for place in range(len(text) - 1)})


def has_fragment(text: str, *columns: str, holds: Q | None = None) -> Q:
    """Rows of which one of the columns contains the text, in whatever case; columns as in the table's index. ``holds`` says
    otherwise what must be true of the rows the index finds (a name *contains*, a code *begins with*).
    """
    words = text.lower()
    if holds is None:
        holds = Q()
        for column in columns:
            holds |= Q(**{f"{column}__icontains": words})
    if len(words) < 2:
        return holds
    pairs = Value(bigrams(words), output_field=ArrayField(TextField()))
    return Q(DataContains(searchable(*columns), pairs)) & holds
