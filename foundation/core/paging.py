"""Pages of long lists: the last page costs what the first one costs."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


class BothEnds(Paginator):
    """A paginator that reads a page of the second half from the other end, so that the database never skips more than half of the
    rows, and none at all for the last page. Whoever reads ``object_list`` of such a
    page puts it in order again.
    """

    def page(self, number: Any) -> Page:
        """The page; its ``object_list`` is a slice of the queryset, from whichever end is nearer."""
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        top = min(bottom + self.per_page, self.count)
        rows = self.object_list
        if isinstance(rows, QuerySet) and bottom > self.count // 2:
            return Page(rows.reverse()[self.count - top : self.count - bottom], number, self)
        return Page(rows[bottom:top], number, self)
