"""The public table: regions, industries, size standards, catalogues, calendar, averages; every row dated and sourced.

Rows come from the data files through :mod:`foundation.reference.loader`; only the working-day table and the provincial
averages are also typed in by an administrator. Other apps read through :mod:`foundation.reference.regions` and
:mod:`foundation.reference.queries`.
"""

from __future__ import annotations

import datetime as dt

from django.db import models

from foundation.reference.region_book import FIRST_DAY, RegionView
from foundation.reference.trust import Trust


class Region(models.Model):
    """The identity of a place. Its number is its code in the founding cut and never changes; names and codes are dated.

    ``name``, ``code``, ``kind`` and ``parent`` are those of the latest period, for joins and ordering; a sheet of
    another year asks :meth:`name_on`.
    """

    class Level(models.TextChoices):
        PROVINCE = "province", "省"
        PREFECTURE = "prefecture", "市州"
        COUNTY = "county", "县市区"

    id = models.PositiveIntegerField("固定编号", primary_key=True)
    level = models.CharField("级别", max_length=10, choices=Level)
    kind = models.CharField("种类", max_length=12, help_text="县、县级市、市辖区…；zone 为统计用区")
    code = models.CharField("现行代码", max_length=6, db_index=True)
    name = models.CharField("现行名称", max_length=60)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name="并入"
    )
    sort_key = models.CharField("次序", max_length=12, help_text="行政次序，即代码次序")
    covered = models.BooleanField("收录下级", default=True, help_text="只登记了名称的外省为否")

    class Meta:
        verbose_name = "行政区划"
        verbose_name_plural = "行政区划"
        ordering = ["sort_key"]
        indexes = [models.Index(fields=["parent", "sort_key"], name="region_parent_order")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_zone(self) -> bool:
        """A statistical zone: reports like a county, is not one of GB/T 2260."""
        return self.kind == "zone"

    def on(self, day: dt.date) -> RegionView | None:
        """The place as it stood on ``day``; None if it did not exist."""
        from foundation.reference.regions import book

        return book().as_of(self.pk, day)

    def name_on(self, day: dt.date) -> str:
        """The name on ``day`` (株洲县 in March 2018); the present name if the table has no period for that day."""
        view = self.on(day)
        return view.name if view else self.name

    def code_on(self, day: dt.date) -> str:
        """The GB/T 2260 code on ``day``; the present code if the table has no period for that day."""
        view = self.on(day)
        return view.code if view else self.code


class RegionName(models.Model):
    """One period of a place: name, code, kind and superior place from ``valid_from`` until before ``valid_to``."""

    region = models.ForeignKey(Region, models.CASCADE, related_name="names", verbose_name="区划")
    code = models.CharField("代码", max_length=6, db_index=True)
    name = models.CharField("名称", max_length=60, db_index=True)
    kind = models.CharField("种类", max_length=12)
    parent = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="上级")
    sort_key = models.CharField("次序", max_length=12)
    valid_from = models.DateField("自", default=FIRST_DAY)
    valid_to = models.DateField("至（不含）", null=True, blank=True)
    change_kind = models.CharField("变更", max_length=8, blank=True)
    source = models.CharField("依据", max_length=200, blank=True)
    trust = models.CharField("可信度", max_length=1, choices=Trust, default=Trust.UNCHECKED)
    day_trust = models.CharField("日期可信度", max_length=1, choices=Trust, default=Trust.UNCHECKED)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "区划名称与代码"
        verbose_name_plural = "区划名称与代码"
        ordering = ["sort_key", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "valid_from"],
                name="region_name_one_start",
                violation_error_message="同一区划同一天只能有一个名称。",
            ),
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                name="region_code_one_start",
                violation_error_message="同一代码同一天只能属于一个区划。",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="region_name_period",
                violation_error_message="名称的止日应晚于起日。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Industry(models.Model):
    """One code of GB/T 4754-2017; ``size_group`` of the size standard, ``size_state`` says why it may be empty."""

    class Level(models.TextChoices):
        SECTION = "section", "门类"
        DIVISION = "division", "大类"
        GROUP = "group", "中类"
        CLASS = "class", "小类"

    class SizeState(models.TextChoices):
        GIVEN = "given", "有划型行业"
        FINER = "finer", "需选到更细的行业"
        OUTSIDE = "outside", "不在划型范围"

    code = models.CharField("代码", max_length=4, primary_key=True)
    name = models.CharField("名称", max_length=80)
    level = models.CharField("层次", max_length=8, choices=Level)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    section = models.CharField("门类", max_length=1)
    size_group = models.CharField("划型行业", max_length=20, blank=True)
    size_state = models.CharField("划型情况", max_length=8, choices=SizeState)
    standard = models.CharField("标准", max_length=40)
    valid_from = models.DateField("自")
    valid_to = models.DateField("至（不含）", null=True, blank=True)

    class Meta:
        verbose_name = "国民经济行业"
        verbose_name_plural = "国民经济行业"
        ordering = ["section", "code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class SizeStandardVersion(models.Model):
    """A dated size standard; its minimums are :class:`SizeThreshold` rows."""

    document = models.CharField("文号", max_length=60, unique=True)
    title = models.CharField("名称", max_length=80)
    issued_on = models.DateField("印发日期")
    valid_from = models.DateField("自")
    valid_to = models.DateField("至（不含）", null=True, blank=True)
    source = models.CharField("依据", max_length=200)
    trust = models.CharField("可信度", max_length=1, choices=Trust)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "划型标准"
        verbose_name_plural = "划型标准"
        ordering = ["-valid_from"]

    def __str__(self) -> str:
        return f"{self.title}（{self.document}）"


class SizeThreshold(models.Model):
    """Minimums of one indicator in one industry group; 人 or 万元, 及以上."""

    version = models.ForeignKey(SizeStandardVersion, models.CASCADE, related_name="thresholds", verbose_name="标准")
    order = models.PositiveSmallIntegerField("次序")
    industry_group = models.CharField("行业", max_length=20)
    clause = models.CharField("条款", max_length=20)
    gbt4754_scope = models.CharField("行业范围", max_length=80)
    indicator = models.CharField("指标", max_length=16)
    unit = models.CharField("单位", max_length=4)
    large_min = models.DecimalField("大型下限", max_digits=14, decimal_places=2)
    medium_min = models.DecimalField("中型下限", max_digits=14, decimal_places=2)
    small_min = models.DecimalField("小型下限", max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = "划型门槛"
        verbose_name_plural = "划型门槛"
        ordering = ["version", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "industry_group", "indicator"],
                name="size_threshold_once",
                violation_error_message="同一行业的同一指标只能有一行门槛。",
            ),
            models.CheckConstraint(
                condition=models.Q(large_min__gt=models.F("medium_min"))
                & models.Q(medium_min__gt=models.F("small_min")),
                name="size_threshold_falls",
                violation_error_message="大、中、小的下限应逐级降低。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.industry_group} {self.indicator}"


class IndustryCatalogue(models.Model):
    """A dated list of key industries or chains; a new edition is a row of the same ``code`` and another ``version``."""

    class Kind(models.TextChoices):
        KEY_INDUSTRY = "key_industry", "重点产业"
        CHAIN = "chain", "产业链"

    code = models.CharField("目录", max_length=40)
    version = models.CharField("版本", max_length=12)
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("种类", max_length=16, choices=Kind)
    province = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="省份")
    valid_from = models.DateField("自")
    valid_to = models.DateField("至（不含）", null=True, blank=True)
    source = models.CharField("依据", max_length=200)
    trust = models.CharField("可信度", max_length=1, choices=Trust)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "产业目录"
        verbose_name_plural = "产业目录"
        ordering = ["province", "code", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"],
                name="catalogue_version_once",
                violation_error_message="该目录的这个版本已存在。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.version}）"

    @property
    def needs_check(self) -> bool:
        """Shown as 请核对: nobody has compared it with the original."""
        return self.trust == Trust.UNCHECKED


class IndustryCatalogueItem(models.Model):
    """One industry or chain of a catalogue. Empty dates mean: as long as the catalogue."""

    catalogue = models.ForeignKey(IndustryCatalogue, models.PROTECT, related_name="items", verbose_name="目录")
    code = models.CharField("编号", max_length=8)
    name = models.CharField("名称", max_length=60)
    trust = models.CharField("可信度", max_length=1, choices=Trust)
    valid_from = models.DateField("自", null=True, blank=True)
    valid_to = models.DateField("至（不含）", null=True, blank=True)
    note = models.CharField("说明", max_length=120, blank=True)

    class Meta:
        verbose_name = "产业目录条目"
        verbose_name_plural = "产业目录条目"
        ordering = ["catalogue", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["catalogue", "code"],
                name="catalogue_item_once",
                violation_error_message="该编号在目录中已存在。",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def needs_check(self) -> bool:
        """Shown as 请核对: the entry is from general knowledge."""
        return self.trust == Trust.UNCHECKED


class WorkdayAdjustment(models.Model):
    """A day that differs from Monday-to-Friday. Files bring the known years, an administrator types the next one."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", "放假"
        MAKEUP_WORKDAY = "makeup_workday", "补班"

    day = models.DateField("日期", primary_key=True)
    kind = models.CharField("安排", max_length=16, choices=Kind)
    holiday = models.CharField("节日", max_length=40, blank=True)
    from_file = models.BooleanField("随数据文件提供", default=False, editable=False)

    class Meta:
        verbose_name = "工作日调整"
        verbose_name_plural = "工作日调整"
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}"


class ProvincialAverage(models.Model):
    """Average growth of a province in a year (A1-07). No row means not entered: undetermined, never failed."""

    class Indicator(models.TextChoices):
        REVENUE = "revenue", "营业收入"
        PROFIT_AND_TAX = "profit_and_tax", "利税"

    province = models.ForeignKey(
        Region,
        models.PROTECT,
        related_name="+",
        limit_choices_to={"level": "province", "covered": True},
        verbose_name="省份",
    )
    year = models.PositiveSmallIntegerField("年度")
    indicator = models.CharField("指标", max_length=16, choices=Indicator)
    growth_pct = models.DecimalField("平均增速（%）", max_digits=8, decimal_places=2)
    source = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = "全省平均增速"
        verbose_name_plural = "全省平均增速"
        ordering = ["province", "-year", "indicator"]
        constraints = [
            models.UniqueConstraint(
                fields=["province", "year", "indicator"],
                name="provincial_average_once",
                violation_error_message="该省该年度的这项平均增速已录入。",
            ),
            models.CheckConstraint(
                condition=models.Q(year__gte=2000) & models.Q(year__lte=2100),
                name="provincial_average_year",
                violation_error_message="年度应在 2000 至 2100 之间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.province} {self.year} {self.get_indicator_display()}"


class ReferenceLoad(models.Model):
    """What the loader last brought in, by data set; an unchanged digest is skipped."""

    dataset = models.CharField("数据集", max_length=20, primary_key=True)
    digest = models.CharField("内容摘要", max_length=64)
    rows = models.PositiveIntegerField("行数")
    loaded_at = models.DateTimeField("载入时间")

    class Meta:
        verbose_name = "载入记录"
        verbose_name_plural = "载入记录"
        ordering = ["dataset"]

    def __str__(self) -> str:
        return self.dataset
