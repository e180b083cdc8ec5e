"""One row: what kind of database this is."""

from __future__ import annotations

import datetime as dt

from django.db import models

from foundation.core import clock
from foundation.core.errors import Refused
from foundation.core.registries import real_data_probes
from foundation.core.verdict import no


class Installation(models.Model):
    """Whether the database holds real filings or a rehearsal, and the rehearsal's day (design idea 6).

    A rehearsal cannot be switched on where real data is: ``start_rehearsal`` asks every registered probe first.
    """

    class Kind(models.TextChoices):
        PRODUCTION = "production", "正式"
        REHEARSAL = "rehearsal", "演练"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    kind = models.CharField("性质", max_length=12, choices=Kind, default=Kind.PRODUCTION)
    business_date = models.DateField("演练当前日期", null=True, blank=True)

    class Meta:
        verbose_name = "安装信息"
        verbose_name_plural = "安装信息"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1), name="installation_single_row", violation_error_message="安装信息只有一行。"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="rehearsal") | models.Q(business_date__isnull=True),
                name="installation_date_only_in_rehearsal",
                violation_error_message="只有演练库可以设定当前日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_rehearsal(self) -> bool:
        return self.kind == self.Kind.REHEARSAL

    @classmethod
    def load(cls) -> Installation:
        """The row, or an unsaved production row where nothing was installed yet (no write: this runs in GET)."""
        return cls.objects.filter(pk=1).first() or cls()

    @classmethod
    def start_rehearsal(cls, day: dt.date) -> Installation:
        """Make this database a rehearsal standing on ``day``; refused where real data is found."""
        current = cls.load()
        if not current.is_rehearsal:
            for label, probe in real_data_probes.items():
                if probe():
                    raise Refused(no(f"本库已有{label}，不能改为演练库。", "请另建一个空库做演练。"))
        row, _ = cls.objects.update_or_create(pk=1, defaults={"kind": cls.Kind.REHEARSAL, "business_date": day})
        clock.forget_installation()
        return row
