"""Publish the programme documents that come with the product. The same content again changes nothing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cultivation.actions import publish_version
from cultivation.coverage import founding_documents
from cultivation.schema.document import ProgrammeError
from foundation.accounts.actor import SYSTEM


class Command(BaseCommand):
    help = "Publish cultivation/programmes/*.yaml as immutable programme versions."

    def handle(self, *args: Any, **options: Any) -> None:
        for path, document in founding_documents():
            try:
                version, fresh = publish_version(document=document, actor=SYSTEM, note=path.name)
            except ProgrammeError as error:
                raise CommandError(f"{path.name}：{error}") from error
            state = "published" if fresh else "unchanged"
            self.stdout.write(f"{document['code']} v{version.number} {version.digest[:12]} {state}")
