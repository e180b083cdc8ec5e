"""What the API reads and tells of enterprises, their figures, the registry of facts, and the size class."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from enterprises.facts import ANNUAL_FACTS
from enterprises.models import Basis, Enterprise
from foundation.core.api.fields import Amount, Day, Strict, Text, Whole
from foundation.core.api.paging import PageParams, Params

FACT_TYPES = ("money", "decimal", "int", "text", "bool", "date", "choice", "list", "catalogue_items", "partners")
INDICATORS = ("employees", "revenue", "total_assets")
CLASSES = (("micro", "微型"), ("small", "小型"), ("medium", "中型"), ("large", "大型"))


class Money(serializers.DecimalField):
    """An amount as text with two places."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=18, decimal_places=2, **options)


# ---- size class ------------------------------------------------------------------------------------------------


class SizeQuestion(Strict):
    """Figures of one closed year. What is left out is missing, never zero."""

    industry = Text(max_length=4, min_length=1, pattern=r"^[A-Za-z0-9]{1,4}$", help_text="GB/T 4754 代码，最好四位小类")
    employees = Whole(required=False, allow_null=True, min_value=0, max_value=10_000_000, help_text="从业人员，人")
    revenue = Amount(required=False, allow_null=True, help_text="营业收入，万元")
    total_assets = Amount(required=False, allow_null=True, help_text="资产总额，万元")
    as_of = Day(required=False, help_text="按哪一天有效的划型标准，默认业务日")


class SizeFigure(serializers.Serializer):
    """One indicator the group asks for."""

    indicator = serializers.ChoiceField(INDICATORS)
    label = serializers.CharField()
    value = serializers.CharField(allow_null=True, help_text="所给的数；null 为未给")
    unit = serializers.CharField()


class SizeAnswer(serializers.Serializer):
    """The class with everything needed to check it."""

    status = serializers.ChoiceField(
        ["classified", "outside_standard", "undetermined"],
        help_text="classified 已定；outside_standard 所属行业不在划型范围；undetermined 缺数，无法定",
    )
    size_class = serializers.ChoiceField(CLASSES, allow_null=True)
    label = serializers.CharField()
    group = serializers.CharField(allow_null=True, help_text="划型行业")
    deciding = serializers.ListField(child=serializers.ChoiceField(INDICATORS), help_text="由哪项指标决定")
    missing = serializers.ListField(child=serializers.CharField(), help_text="缺什么；industry 表示行业选得太粗")
    possible = serializers.ListField(child=serializers.ChoiceField(CLASSES), help_text="还可能是哪些类")
    figures = SizeFigure(many=True)
    reason = serializers.CharField()
    clause = serializers.CharField(allow_null=True)
    document = serializers.CharField(allow_null=True)
    as_of = serializers.DateField()


# ---- facts -----------------------------------------------------------------------------------------------------


class Choice(serializers.Serializer):
    """One value a choice may have."""

    value = serializers.CharField()
    label = serializers.CharField()


class FactRow(serializers.Serializer):
    """One fact a rule may ask for."""

    name = serializers.CharField()
    label = serializers.CharField()
    type = serializers.ChoiceField(FACT_TYPES, help_text="money、decimal 为字符串；date 为 ISO 日期；list 为代码数组")
    unit = serializers.CharField(allow_null=True)
    yearly = serializers.BooleanField(help_text="是否每年一个数；是则给 year")
    choices = Choice(many=True, help_text="type 为 choice 或 list 时可取的值")


# ---- enterprises -----------------------------------------------------------------------------------------------


class EnterpriseParams(PageParams):
    """Which of the enterprises this identity sees."""

    q = Text(required=False, max_length=60, help_text="名称片段、拼音首字母或信用代码片段")
    region = Text(required=False, max_length=6, pattern=r"^\d{6}$", help_text="所在区划代码（含其下各级）")
    state = serializers.ChoiceField(Enterprise.State.choices, required=False)


class PlaceRef(serializers.Serializer):
    """A place today."""

    code = serializers.CharField()
    name = serializers.CharField()


class BureauRef(serializers.Serializer):
    """A bureau."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class EnterpriseRow(serializers.Serializer):
    """A line of the list."""

    id = serializers.IntegerField()
    uscc = serializers.CharField()
    name = serializers.CharField()
    region = PlaceRef()
    bureau = BureauRef(help_text="主管部门")
    industry = serializers.CharField(allow_null=True)
    registered_on = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(Enterprise.State.choices)


class FactValue(serializers.Serializer):
    """A fact of the firm that has a value. ``value`` follows the fact's type."""

    name = serializers.CharField()
    label = serializers.CharField()
    value = serializers.JSONField()
    unit = serializers.CharField(allow_null=True)
    source = serializers.CharField(allow_blank=True)
    masked = serializers.BooleanField(help_text="个人信息是否已遮盖")


class EnterpriseDetail(EnterpriseRow):
    """With its undated facts. What is missing has no line."""

    names = serializers.ListField(child=serializers.CharField(), help_text="曾用名")
    facts = FactValue(many=True)
    figures_version = serializers.IntegerField(help_text="修改年度数据时带上")


# ---- yearly figures --------------------------------------------------------------------------------------------


class FigureParams(Params):
    """Which years and basis."""

    since = serializers.IntegerField(required=False, min_value=1949, max_value=2100, help_text="从哪一年起")
    until = serializers.IntegerField(required=False, min_value=1949, max_value=2100, help_text="到哪一年止")
    basis = serializers.ChoiceField(Basis.choices, required=False)


class FigureRow(serializers.Serializer):
    """One figure in force."""

    year = serializers.IntegerField()
    fact = serializers.ChoiceField(ANNUAL_FACTS)
    basis = serializers.ChoiceField(Basis.choices)
    value = Money(allow_null=True, help_text="万元或人；null 为已清空（缺数）")
    unit = serializers.CharField()
    source = serializers.CharField(allow_blank=True)
    entered_at = serializers.DateTimeField()


class Figures(serializers.Serializer):
    """All of them with the version they belong to."""

    version = serializers.IntegerField(help_text="修改时原样带回；不符则 409")
    figures = FigureRow(many=True)


class FigureCell(Strict):
    """One figure to take."""

    year = Whole(min_value=1949, max_value=2100)
    fact = serializers.ChoiceField(ANNUAL_FACTS)
    basis = serializers.ChoiceField(Basis.choices)
    value = Amount(allow_null=True, negative=True, help_text="万元或人；null 表示清空")


class FigureChange(Strict):
    """Figures of a firm, saved all or none."""

    version = Whole(min_value=0, help_text="所依据的版本")
    figures = FigureCell(many=True, min_length=1, max_length=200)  # type: ignore[call-arg]
    source = Text(required=False, max_length=200, help_text="这些数的来源")
