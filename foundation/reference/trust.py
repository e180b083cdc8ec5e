"""How far a fact of the public table can be trusted; shown as 请核对 where nobody has checked it."""

from __future__ import annotations

from django.db import models


class Trust(models.TextChoices):
    """The marks of the policy digest."""

    STATED = "S", "原通知"
    PAGE = "P", "公开网页"
    REPOSITORY = "R", "公开代码库"
    LAW = "L", "法规文本"
    COMPUTED = "C", "计算得出"
    UNCHECKED = "K", "请核对"
