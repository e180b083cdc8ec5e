"""What the API reads and tells of programmes, rounds, the self-check and the published roster."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cultivation.models import EntryEvent, RosterEntry, Round, RoundWindow
from cultivation.schema.base import Outcome
from foundation.core.api.fields import Day, Strict, Text, Whole
from foundation.core.api.paging import PageParams

OUTCOMES = [(one.value, one.label) for one in Outcome]
CODE = r"^[a-z][a-z0-9_]{0,59}$"

# ---- programmes and rounds -------------------------------------------------------------------------------------


class TierRef(serializers.Serializer):
    """A rung of the ladder."""

    code = serializers.CharField()
    title = serializers.CharField()
    rank = serializers.IntegerField()
    clause = serializers.CharField()
    promotes_to = serializers.CharField(allow_null=True)


class ProgrammeRow(serializers.Serializer):
    """A programme by its newest version."""

    code = serializers.CharField()
    title = serializers.CharField()
    short_title = serializers.CharField()
    province = serializers.CharField(help_text="省份代码前两位")
    document_number = serializers.CharField(help_text="文号")
    document_title = serializers.CharField()
    effective_from = serializers.DateField()
    version = serializers.IntegerField(help_text="版次")
    digest = serializers.CharField(help_text="规则内容的摘要，变了就是新的版次")
    publishes = serializers.BooleanField(help_text="是否公布名单")
    tiers = TierRef(many=True)


class CriterionRow(serializers.Serializer):
    """One criterion with its clause and the facts it reads."""

    id = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    clause = serializers.CharField()
    requirements = serializers.ListField(child=serializers.CharField())
    facts = serializers.ListField(child=serializers.CharField(), help_text="读哪些指标，见 facts/")
    parameters = serializers.DictField(help_text="门槛等参数，金额为字符串")
    hint = serializers.CharField(allow_blank=True)


class WayRow(serializers.Serializer):
    """One way into a tier."""

    subtype = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    criteria = CriterionRow(many=True)


class TierRow(TierRef):
    """A rung with every way onto it."""

    ways = WayRow(many=True)


class StepRow(serializers.Serializer):
    """One step of the procedure."""

    code = serializers.CharField()
    title = serializers.CharField()
    level = serializers.CharField()
    clause = serializers.CharField()


class DutyRow(serializers.Serializer):
    """A recurring duty of a listed firm or a bureau."""

    code = serializers.CharField()
    title = serializers.CharField()
    owner = serializers.CharField()
    period = serializers.CharField()
    due_day = serializers.IntegerField(allow_null=True)
    clause = serializers.CharField()


class ProgrammeDetail(ProgrammeRow):
    """With criteria, steps and duties."""

    tiers = TierRow(many=True)
    steps = StepRow(many=True)
    duties = DutyRow(many=True)


class RoundParams(PageParams):
    """Which rounds."""

    programme = Text(required=False, max_length=60, pattern=CODE)
    year = serializers.IntegerField(required=False, min_value=2000, max_value=2100)
    state = serializers.ChoiceField(Round.State.choices, required=False)


class WindowRow(serializers.Serializer):
    """When a level may act; with a bureau, for what lies below it."""

    level = serializers.ChoiceField(RoundWindow.Level.choices)
    bureau = serializers.CharField(allow_null=True, help_text="只对这个单位之下适用；null 为全体")
    opens_on = serializers.DateField(allow_null=True)
    closes_on = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True, help_text="含宽限的最后一天")


class RoundRow(serializers.Serializer):
    """One call."""

    id = serializers.IntegerField()
    programme = serializers.CharField()
    title = serializers.CharField()
    year = serializers.IntegerField()
    batch = serializers.IntegerField()
    state = serializers.ChoiceField(Round.State.choices)
    bureau = serializers.CharField()
    opens_on = serializers.DateField()
    reference_date = serializers.DateField(allow_null=True, help_text="基准日；null 为核对当日")
    version = serializers.IntegerField(help_text="所依规则的版次")
    windows = WindowRow(many=True)


# ---- self-check ------------------------------------------------------------------------------------------------


@extend_schema_field(
    {
        "anyOf": [
            {"type": "string"},
            {"type": "number"},
            {"type": "boolean"},
            {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}},
        ],
        "description": "按指标的 type 填写，见 facts/；不知道就不给，不要填 0",
    }
)
class FactInput(serializers.JSONField):
    """Any JSON value; its form is asked by the fact's type."""


class GivenFact(Strict):
    """One fact as the asker knows it."""

    name = Text(max_length=60, min_length=1, pattern=r"^[a-z][a-z0-9_.]*$")
    year = Whole(required=False, min_value=1990, max_value=2100, help_text="每年一个数的指标才给")
    value = FactInput()


class SelfCheckQuestion(Strict):
    """What to check; nothing of it is stored."""

    programme = Text(max_length=60, min_length=1, pattern=CODE)
    tier = Text(required=False, max_length=60, pattern=CODE, help_text="不给则核对所有层级")
    subtype = Text(required=False, max_length=60, pattern=CODE, help_text="层级的某一种类型；须同时给 tier")
    as_of = Day(required=False, help_text="按哪一天的公共表核对，默认业务日")
    year = Whole(required=False, min_value=2000, max_value=2100, help_text="申报年度，默认现行轮次或 as_of 的年份")
    facts = GivenFact(many=True, max_length=300)  # type: ignore[call-arg]


class FigureOut(serializers.Serializer):
    """A figure the answer rests on."""

    fact = serializers.CharField()
    label = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)
    value = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    text = serializers.CharField()


class DistanceOut(serializers.Serializer):
    """How far away."""

    amount = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    text = serializers.CharField()


class CriterionOut(serializers.Serializer):
    """One criterion answered."""

    criterion = serializers.CharField()
    title = serializers.CharField()
    clause = serializers.CharField()
    requirements = serializers.ListField(child=serializers.CharField())
    outcome = serializers.ChoiceField(OUTCOMES)
    status = serializers.CharField(help_text="给人看的词")
    text = serializers.CharField(help_text="理由；待定时说明缺什么")
    figures = FigureOut(many=True)
    distance = DistanceOut(allow_null=True)
    missing = serializers.ListField(child=serializers.CharField())
    hint = serializers.CharField(allow_blank=True)


class BranchOut(serializers.Serializer):
    """One way into the tier answered."""

    subtype = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    outcome = serializers.ChoiceField(OUTCOMES)
    criteria = CriterionOut(many=True)


class TierOut(serializers.Serializer):
    """One tier answered: the best of its ways."""

    tier = serializers.CharField()
    title = serializers.CharField()
    rank = serializers.IntegerField()
    outcome = serializers.ChoiceField(OUTCOMES)
    branches = BranchOut(many=True)


class SelfCheckAnswer(serializers.Serializer):
    """What the engine answers on these facts alone; people's judgements stay open."""

    programme = serializers.CharField()
    document_number = serializers.CharField()
    version = serializers.IntegerField()
    digest = serializers.CharField()
    engine = serializers.CharField()
    as_of = serializers.DateField()
    round_year = serializers.IntegerField()
    tiers = TierOut(many=True)
    unused = serializers.ListField(child=serializers.CharField(), help_text="给了但没有条件用到的指标")


# ---- roster ----------------------------------------------------------------------------------------------------


class RosterParams(PageParams):
    """Which part of the published lists, as of which day; or one firm by its code."""

    programme = Text(required=False, max_length=60, pattern=CODE)
    region = Text(required=False, max_length=6, pattern=r"^\d{6}$", help_text="区划代码（含其下各级）")
    tier = Text(required=False, max_length=60, pattern=CODE)
    year = serializers.IntegerField(required=False, min_value=2000, max_value=2100)
    batch = serializers.IntegerField(required=False, min_value=1, max_value=999)
    since = Day(required=False, help_text="只要这一天及以后列入的")
    as_of = Day(required=False, help_text="哪一天的名单，默认业务日，不能晚于业务日")
    uscc = Text(required=False, max_length=18, help_text="查一家企业；给出后只答 answers")
    format = serializers.ChoiceField(
        ["json", "csv", "xlsx"], required=False, help_text="csv、xlsx 一次给出全部，不分页"
    )


class RosterRow(serializers.Serializer):
    """A listed firm: what the notice lets the public see, and nothing else (SC-43)."""

    programme = serializers.CharField()
    name = serializers.CharField(allow_null=True, help_text="列入时的名称")
    region = serializers.CharField(allow_null=True)
    tier = serializers.CharField(allow_null=True)
    tier_title = serializers.CharField(allow_null=True)
    year = serializers.IntegerField(allow_null=True)
    batch = serializers.IntegerField(allow_null=True)


class Standing(serializers.Serializer):
    """How one firm stands in one published programme on the day."""

    programme = serializers.CharField()
    status = serializers.ChoiceField(
        ["listed", "under_observation", "left", "never"],
        help_text="listed 在名单；under_observation 在名单、观察期内；left 已离开；never 从未列入",
    )
    tier = serializers.CharField(allow_null=True)
    tier_title = serializers.CharField(allow_null=True)
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True, help_text="离开日期，当日已不在名单")


class RosterAnswer(serializers.Serializer):
    """One page of the lists, or the answers for one firm."""

    as_of = serializers.DateField()
    results = RosterRow(many=True)
    answers = Standing(many=True)
    not_published = serializers.ListField(child=serializers.CharField(), help_text="不公布名单、因而不作答的项目")
    next = serializers.CharField(allow_null=True)


class EntryParams(PageParams):
    """Which entries of the identity's scope."""

    programme = Text(required=False, max_length=60, pattern=CODE)
    tier = Text(required=False, max_length=60, pattern=CODE)
    enterprise = serializers.IntegerField(required=False, min_value=1)
    as_of = Day(required=False, help_text="只要这一天在名单的；不给则含已离开的")


class EntryEventRow(serializers.Serializer):
    """One dated event of an entry."""

    kind = serializers.ChoiceField(EntryEvent.Kind.choices)
    on = serializers.DateField()
    due_on = serializers.DateField(allow_null=True, help_text="观察期届满")
    ended_on = serializers.DateField(allow_null=True)
    text = serializers.CharField(allow_blank=True)


class EntryRow(serializers.Serializer):
    """An entry as those on its path and the firm itself see it."""

    id = serializers.IntegerField()
    programme = serializers.CharField()
    enterprise = serializers.IntegerField()
    uscc = serializers.CharField()
    name = serializers.CharField()
    region = serializers.CharField()
    tier = serializers.CharField()
    tier_title = serializers.CharField()
    year = serializers.IntegerField()
    batch = serializers.IntegerField()
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True)
    exit = serializers.ChoiceField(RosterEntry.Exit.choices, allow_null=True)
    under_observation = serializers.BooleanField()
    application = serializers.IntegerField(allow_null=True)
    events = EntryEventRow(many=True)
