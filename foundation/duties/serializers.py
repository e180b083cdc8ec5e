"""What the API tells of duties and exports."""

from __future__ import annotations

from rest_framework import serializers

from foundation.core.api.fields import Day, Strict, Text
from foundation.core.api.paging import PageParams
from foundation.duties.models import Job, Obligation


class ObligationParams(PageParams):
    """Which duties."""

    status = serializers.ChoiceField(Obligation.Status.choices, required=False)
    kind = Text(required=False, max_length=60, pattern=r"^[a-z_.]+$")
    period = Text(required=False, max_length=20, help_text="所属期，如 2018-03")
    due_from = Day(required=False)
    due_until = Day(required=False)
    overdue = serializers.ChoiceField(["true", "false"], required=False, help_text="只要逾期未办的，或只要其余的")


class ObligationRow(serializers.Serializer):
    """Somebody owes something for a period by a day."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    label = serializers.CharField(allow_blank=True)
    period = serializers.CharField(allow_blank=True)
    due_on = serializers.DateField(allow_null=True)
    status = serializers.ChoiceField(Obligation.Status.choices)
    overdue = serializers.BooleanField(help_text="业务日已过期限而仍待办")
    owner_kind = serializers.ChoiceField(Obligation.Owner.choices)
    owner_id = serializers.IntegerField()
    subject_kind = serializers.CharField(allow_null=True)
    subject_id = serializers.IntegerField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)


class ExportRequest(Strict):
    """What to export. ``parameters`` are those of the kind, see the list of kinds."""

    kind = Text(max_length=60, min_length=1, pattern=r"^[a-z_]+$")
    parameters = serializers.DictField(required=False, help_text="该种导出的参数，都是字符串或数字")


class ExportRow(serializers.Serializer):
    """An export and how far it is."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    label = serializers.CharField()
    state = serializers.ChoiceField(Job.State.choices)
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    message = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    filename = serializers.CharField(allow_null=True)
    size = serializers.IntegerField(allow_null=True, help_text="字节")
    sha256 = serializers.CharField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True, help_text="文件保留至")
    file = serializers.CharField(allow_null=True, help_text="下载地址；null 为还没有或已过期")


class ExportParameter(serializers.Serializer):
    """One parameter of a kind."""

    name = serializers.CharField()
    label = serializers.CharField()
    required = serializers.BooleanField()


class ExportKindRow(serializers.Serializer):
    """A kind of export."""

    kind = serializers.CharField()
    label = serializers.CharField()
    parameters = ExportParameter(many=True)
