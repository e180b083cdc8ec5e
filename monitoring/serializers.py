"""What the API reads and tells of monthly returns."""

from __future__ import annotations

from rest_framework import serializers

from cultivation.serializers import CODE
from enterprises.serializers import Money
from foundation.core.api.fields import Amount, Day, Strict, Text, Whole
from foundation.core.api.paging import PageParams
from monitoring.checks import EXPLAINED
from monitoring.models import MonthlyReturn

PERIOD = r"^\d{4}-(0[1-9]|1[0-2])$"


class ReturnParams(PageParams):
    """Which months."""

    period = Text(required=False, max_length=7, pattern=PERIOD, help_text="所属月份，如 2018-07")
    state = serializers.ChoiceField(MonthlyReturn.State.choices, required=False)
    programme = Text(required=False, max_length=60, pattern=CODE)
    enterprise = serializers.IntegerField(required=False, min_value=1)


class ReturnRow(serializers.Serializer):
    """One firm's month. Figures are null until they are submitted, except to the firm itself."""

    id = serializers.IntegerField()
    obligation = serializers.IntegerField()
    entry = serializers.IntegerField(help_text="名单条目")
    programme = serializers.CharField()
    enterprise = serializers.IntegerField()
    enterprise_name = serializers.CharField()
    period = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(MonthlyReturn.State.choices)
    late = serializers.BooleanField()
    version = serializers.IntegerField(help_text="填报时带上；不符则 409")
    revision = serializers.IntegerField(help_text="报送次数")
    nature = serializers.ChoiceField(MonthlyReturn.Nature.choices, allow_null=True)
    revenue = Money(allow_null=True, help_text="本月，万元")
    main_revenue = Money(allow_null=True, help_text="本月，万元")
    main_revenue_prior = Money(allow_null=True, help_text="上年同月，万元")
    profit_and_tax = Money(allow_null=True, help_text="本月，万元")
    rd_expenditure = Money(allow_null=True, help_text="本月，万元")
    employees = serializers.IntegerField(allow_null=True, help_text="期末，人")
    stopped_since = serializers.DateField(allow_null=True)
    remark = serializers.CharField(allow_blank=True)
    explanations = serializers.DictField(child=serializers.CharField(), help_text="对核对提示的说明")
    return_reason = serializers.CharField(allow_blank=True, help_text="退回理由")
    filed_by = serializers.ChoiceField(MonthlyReturn.FiledBy.choices)
    submitted_at = serializers.DateTimeField(allow_null=True)


class ReturnValues(Strict):
    """What a firm's own system files. What is left out stays as it is."""

    version = Whole(min_value=0, max_value=2**31 - 1, help_text="所依据的版本")
    nature = serializers.ChoiceField(MonthlyReturn.Nature.choices, required=False)
    revenue = Amount(required=False, allow_null=True, negative=True, help_text="本月，万元")
    main_revenue = Amount(required=False, allow_null=True, negative=True, help_text="本月，万元")
    main_revenue_prior = Amount(required=False, allow_null=True, negative=True, help_text="上年同月，万元")
    profit_and_tax = Amount(required=False, allow_null=True, negative=True, help_text="本月，万元")
    rd_expenditure = Amount(required=False, allow_null=True, negative=True, help_text="本月，万元")
    employees = Whole(required=False, allow_null=True, min_value=0, max_value=10_000_000, help_text="期末，人")
    stopped_since = Day(required=False, allow_null=True, help_text="停产停业起")
    remark = Text(required=False, max_length=500, help_text="经营情况和困难")
    explanations = serializers.DictField(
        child=Text(max_length=300), required=False, help_text="键为核对提示的代码（errors 里的 pointer 末段）"
    )

    def validate_explanations(self, given: dict[str, str]) -> dict[str, str]:
        """Only of findings that exist."""
        unknown = sorted(set(given) - set(EXPLAINED))
        if unknown:
            raise serializers.ValidationError({str(name)[:60]: ["没有这项核对提示。"] for name in unknown})
        return given


class MonthExport(Strict):
    """导出企业月报."""

    period = Text(max_length=7, pattern=PERIOD, help_text="所属月份，如 2018-07")
    tab = Text(required=False, max_length=30, help_text="列表的视图")
    q = Text(required=False, max_length=60, help_text="企业名称或信用代码")
    bureau = Text(required=False, max_length=12, pattern=r"^\d+$", help_text="主管部门编号")
