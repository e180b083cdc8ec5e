"""What the API tells of the public tables."""

from __future__ import annotations

from rest_framework import serializers

from foundation.core.api.fields import Day, Text
from foundation.core.api.paging import PageParams
from foundation.reference.models import Industry, Region

CODE = r"^\d{6}$"


class RegionParams(PageParams):
    """Which places, as of which day."""

    as_of = Day(required=False, help_text="按哪一天的区划，默认业务日")
    parent = Text(required=False, max_length=6, pattern=CODE, help_text="上级的六位代码；不给则从省开始")
    level = serializers.ChoiceField(
        Region.Level.choices, required=False, help_text="只要这一级；与 parent 同用时取其下任意深度的这一级"
    )


class RegionRow(serializers.Serializer):
    """A place as it stood on the day asked."""

    code = serializers.CharField(help_text="GB/T 2260 代码，当日")
    name = serializers.CharField()
    full_name = serializers.CharField(help_text="省、市州、县连写")
    level = serializers.ChoiceField(Region.Level.choices)
    kind = serializers.CharField(help_text="县、县级市、市辖区…；zone 为统计用区")
    zone = serializers.BooleanField(help_text="是否统计用区（开发区、管理区），不在 GB/T 2260 内")
    parent = serializers.CharField(allow_null=True, help_text="上级代码，当日；省为 null")
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True, help_text="不含这一天；null 为至今")


class IndustryParams(PageParams):
    """Which industries."""

    q = Text(required=False, max_length=40, help_text="代码开头或名称片段")
    level = serializers.ChoiceField(Industry.Level.choices, required=False)
    section = Text(required=False, max_length=1, pattern=r"^[A-T]$", help_text="门类字母")
    parent = Text(required=False, max_length=4, pattern=r"^[A-Z0-9]{1,4}$", help_text="上级代码")


class IndustryRow(serializers.Serializer):
    """One code of GB/T 4754-2017 with its group of the size standard."""

    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.ChoiceField(Industry.Level.choices)
    section = serializers.CharField()
    parent = serializers.CharField(allow_null=True)
    size_group = serializers.CharField(allow_null=True, help_text="划型行业；null 见 size_state")
    size_state = serializers.ChoiceField(
        Industry.SizeState.choices, help_text="given 有划型行业；finer 需选到更细的行业；outside 不在划型范围"
    )
