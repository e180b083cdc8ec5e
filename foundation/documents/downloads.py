"""Downloads that several rooms make alike."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import FileResponse, Http404

from foundation.documents.actions.store import open_stored
from foundation.documents.models import StoredFile
from foundation.spreadsheets import CellError, write_error_copy


def marked_copy(file: StoredFile, errors: Sequence[Mapping[str, Any]]) -> FileResponse:
    """The person's own workbook with the wrong cells red and commented; 404 where an import has no errors (HN-34)."""
    if not errors:
        raise Http404("这次导入没有错误。")
    out = io.BytesIO()
    with open_stored(file) as stream:
        write_error_copy(stream, [CellError(**error) for error in errors], out)
    out.seek(0)
    return FileResponse(out, as_attachment=True, filename=f"错误标注_{file.name}")
