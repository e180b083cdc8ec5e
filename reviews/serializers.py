"""What the API tells of files and of the acts on them."""

from __future__ import annotations

from rest_framework import serializers

from cultivation.serializers import CODE, OUTCOMES, CriterionOut
from enterprises.serializers import BureauRef, FactValue
from foundation.core.api.fields import Day, Strict, Text
from foundation.core.api.paging import PageParams
from reviews.models import Application
from reviews.states import FileState


class ApplicationParams(PageParams):
    """Which files."""

    round = serializers.IntegerField(required=False, min_value=1)
    programme = Text(required=False, max_length=60, pattern=CODE)
    state = serializers.ChoiceField(FileState.choices, required=False)
    tier = Text(required=False, max_length=60, pattern=CODE)
    enterprise = serializers.IntegerField(required=False, min_value=1)
    year = serializers.IntegerField(required=False, min_value=2000, max_value=2100)
    submitted_from = Day(required=False, help_text="这一天及以后提交的")


class FirmRef(serializers.Serializer):
    """The firm a file is of."""

    id = serializers.IntegerField()
    uscc = serializers.CharField()
    name = serializers.CharField(help_text="提交时的名称")


class ApplicationRow(serializers.Serializer):
    """A line of the list."""

    id = serializers.IntegerField()
    number = serializers.CharField(allow_null=True, help_text="受理号；提交前为 null")
    programme = serializers.CharField()
    round = serializers.IntegerField()
    year = serializers.IntegerField()
    tier = serializers.CharField()
    subtype = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(FileState.choices)
    state_label = serializers.CharField(help_text="以这个身份的说法")
    enterprise = FirmRef()
    bureau = BureauRef(help_text="受理部门")
    filed_by = serializers.ChoiceField(Application.FiledBy.choices)
    revision = serializers.IntegerField(help_text="提交次数")
    version = serializers.IntegerField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    late = serializers.BooleanField()


class FrozenFact(FactValue):
    """A fact as frozen at the last submission."""

    year = serializers.IntegerField(allow_null=True)


class ApplicationDetail(ApplicationRow):
    """With what the last submission froze: facts, and the answer to every criterion. Both empty before it."""

    facts = FrozenFact(many=True)
    outcome = serializers.ChoiceField(OUTCOMES, allow_null=True, help_text="提交时的条件核对结果；null 为未提交")
    criteria = CriterionOut(many=True)


class DecisionRow(serializers.Serializer):
    """One act. What is said inside a bureau is told to that bureau alone."""

    id = serializers.IntegerField()
    subject_kind = serializers.CharField()
    subject_id = serializers.IntegerField()
    action = serializers.CharField()
    label = serializers.CharField()
    from_state = serializers.CharField(allow_null=True)
    to_state = serializers.CharField(allow_null=True)
    by = serializers.CharField(help_text="单位与岗位；对企业不显示官员姓名")
    opinion = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    made_at = serializers.DateTimeField()


class DecisionParams(PageParams):
    """One's own acts under this hat, or with ``application`` all on one file."""

    application = serializers.IntegerField(required=False, min_value=1, help_text="只要这份申报材料上的")


class QueueExport(Strict):
    """导出申报材料列表."""

    round = serializers.IntegerField(min_value=1, help_text="轮次")
    tab = Text(required=False, max_length=30, help_text="列表的视图")
    q = Text(required=False, max_length=60, help_text="名称、拼音首字母、代码或受理号")
    county = Text(required=False, max_length=12, pattern=r"^\d+$", help_text="受理部门编号")
    criteria = serializers.ChoiceField(OUTCOMES, required=False, help_text="条件核对结果")
    who = serializers.ChoiceField(["me", "nobody"], required=False, help_text="承办人")
