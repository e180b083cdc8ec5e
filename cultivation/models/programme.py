"""Programmes and their published versions. The database is the truth, YAML is the founding data and exchange form."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from cultivation import schema
from foundation.documents.freezing import FrozenRow

_parsed: dict[str, schema.Programme] = {}
_contents: dict[str, dict[str, Any]] = {}
"""One parse per version and process: documents are immutable (the database refuses a change), their digest names them."""


class Programme(models.Model):
    """A programme of one province; its rules are those of a version."""

    code = models.CharField("代码", max_length=60, unique=True)
    title = models.CharField("名称", max_length=120)
    short_title = models.CharField("简称", max_length=60)
    province = models.CharField("省份代码", max_length=2)

    subject_kind = "programme"

    class Meta:
        verbose_name = "培育项目"
        verbose_name_plural = "培育项目"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.short_title


class ProgrammeVersion(models.Model):
    """One published reading of a programme: never changed, never deleted, named by the hash of its content (P-05)."""

    programme = models.ForeignKey(Programme, on_delete=models.RESTRICT, related_name="versions")
    number = models.PositiveIntegerField("版次")
    digest = models.CharField("内容摘要", max_length=64, unique=True)
    document = models.JSONField("内容")
    document_number = models.CharField("文号", max_length=80)
    effective_from = models.DateField("施行日期")
    published_at = models.DateTimeField("发布时间")
    published_by = models.CharField("发布人", max_length=160)
    note = models.CharField("修订说明", max_length=300, blank=True)

    subject_kind = "programme_version"

    class Meta:
        verbose_name = "项目版本"
        verbose_name_plural = "项目版本"
        ordering = ["programme_id", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "number"],
                name="programme_version_number_once",
                violation_error_message="同一项目的版次不能重复。",
            ),
            models.CheckConstraint(
                condition=models.Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="programme_version_digest_form",
                violation_error_message="内容摘要应为64位十六进制数。",
            ),
            FrozenRow(name="programme_version_frozen", violation_error_message="已发布的版本不能改动或删除。"),
        ]

    def __str__(self) -> str:
        return f"{self.document_number} 第{self.number}版"

    @property
    def content(self) -> dict[str, Any]:
        """The document, read once per process even where a query leaves the column out. Not to be changed."""
        found = _contents.get(self.digest)
        if found is None:
            found = _contents[self.digest] = self.document
        return found

    @property
    def programme_document(self) -> schema.Programme:
        """The parsed rules."""
        found = _parsed.get(self.digest)
        if found is None:
            found = schema.parse(json.loads(schema.canonical_json(self.content)))
            _parsed[self.digest] = found
        return found

    @property
    def is_intact(self) -> bool:
        """Whether the stored content still has the hash it was published under."""
        document: dict[str, Any] = self.document
        return schema.content_hash(document) == self.digest
