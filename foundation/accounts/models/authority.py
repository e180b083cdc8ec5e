"""Acting authority (代行): a colleague signs with somebody's hat, from a day to a day."""

from __future__ import annotations

from typing import Self

from django.db import models

from foundation.accounts.models.people import Post, User
from foundation.accounts.scoping import ScopedQuerySet
from foundation.core.clock import business_today
from foundation.journal.models import Decision


class AuthorityQuerySet(ScopedQuerySet):
    """Authorities by date."""

    def in_force(self) -> Self:
        """In force on the business day."""
        today = business_today()
        return self.filter(ended_at__isnull=True, valid_from__lte=today, valid_to__gte=today)

    def open(self) -> Self:
        """In force, or beginning later."""
        return self.filter(ended_at__isnull=True, valid_to__gte=business_today())


class ActingAuthority(models.Model):
    """The deputy wears the hat of the principal's post inside the dates. It hangs on the post itself, so that it ends
    with it and cannot be passed on: a hat that is only lent is no post.
    """

    post = models.ForeignKey(Post, on_delete=models.RESTRICT, related_name="authorities", verbose_name="岗位")
    deputy = models.ForeignKey(User, on_delete=models.RESTRICT, related_name="+", verbose_name="代行人")
    valid_from = models.DateField("起")
    valid_to = models.DateField("止", help_text="最后一天")
    reason = models.CharField("理由", max_length=200)
    granted_by = models.CharField("授权人", max_length=160)
    granted_at = models.DateTimeField("授权时间")
    ended_at = models.DateTimeField("提前结束时间", null=True, blank=True)
    ended_by = models.CharField("结束人", max_length=160, blank=True)
    decision = models.ForeignKey(Decision, null=True, on_delete=models.RESTRICT, related_name="+")

    objects = AuthorityQuerySet.as_manager()

    subject_kind = "authority"

    class Meta:
        verbose_name = "代行授权"
        verbose_name_plural = "代行授权"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__gte=models.F("valid_from")),
                name="authority_dates",
                violation_error_message="代行的截止日期不得早于起始日期。",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_by="")
                | models.Q(ended_at__isnull=False) & ~models.Q(ended_by=""),
                name="authority_end_has_who",
                violation_error_message="提前结束须记明由谁结束。",
            ),
        ]
        indexes = [models.Index(fields=["deputy", "valid_to"], name="authority_by_deputy")]

    def __str__(self) -> str:
        return f"{self.deputy}（代{self.post.user}）"

    @property
    def is_open(self) -> bool:
        """In force, or beginning later."""
        return self.ended_at is None and self.valid_to >= business_today()

    @property
    def begins_later(self) -> bool:
        """Given, but not yet in force."""
        return self.valid_from > business_today()
