"""What an enterprise says about itself, entered once: yearly figures, patents, partners, choices, profile, and
where each comes from.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Basis(models.TextChoices):
    """How sure a yearly figure is. When both exist the audited one is used; neither replaces the other in the
    record.
    """

    FLASH = "flash", "快报"
    AUDITED = "audited", "审计"


class AnnualFigure(models.Model):
    """One figure of one year on one basis. An edit adds a row and marks the old one superseded, so every value
    ever given stays.

    ``value`` in the unit of the fact (万元 or 人); NULL means the cell was emptied: missing, never zero.
    """

    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.CASCADE, related_name="figures")
    year = models.PositiveSmallIntegerField("年度")
    fact = models.CharField("指标", max_length=40)
    basis = models.CharField("口径", max_length=8, choices=Basis)
    value = models.DecimalField("数值", max_digits=18, decimal_places=2, null=True)
    source = models.CharField("来源", max_length=200, blank=True)
    evidence = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )
    entered_by = models.CharField("填写人", max_length=120, blank=True)
    entered_at = models.DateTimeField("填写时间")
    superseded = models.BooleanField("已被替换", default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "年度数据"
        verbose_name_plural = "年度数据"
        ordering = ["enterprise_id", "year", "fact", "basis", "version"]
        indexes = [models.Index(fields=["enterprise", "year"], name="figure_by_year")]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "year", "fact", "basis"],
                condition=models.Q(superseded=False),
                name="figure_one_current",
                violation_error_message="同一年度、指标和口径只有一个现用数值。",
            ),
            models.UniqueConstraint(
                fields=["enterprise", "year", "fact", "basis", "version"],
                name="figure_version_once",
                violation_error_message="该数值刚被他人改过，请刷新。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fact} {self.year} {self.get_basis_display()}"


class YearSource(models.Model):
    """Where the figures of a year on a basis come from, said once for the whole column (审计报告, 财务快报)."""

    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.CASCADE, related_name="year_sources")
    year = models.PositiveSmallIntegerField("年度")
    basis = models.CharField("口径", max_length=8, choices=Basis)
    text = models.CharField("来源", max_length=200, blank=True)
    evidence = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "年度数据来源"
        verbose_name_plural = "年度数据来源"
        ordering = ["enterprise_id", "year", "basis"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "year", "basis"], name="year_source_once")]

    def __str__(self) -> str:
        return f"{self.year} {self.get_basis_display()} {self.text}"


class FactSource(models.Model):
    """Where a fact of the profile comes from: source in words, year, evidence. One row per fact."""

    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.CASCADE, related_name="fact_sources")
    fact = models.CharField("指标", max_length=40)
    text = models.CharField("来源", max_length=200, blank=True)
    year = models.PositiveSmallIntegerField("年度", null=True, blank=True)
    evidence = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "资料来源"
        verbose_name_plural = "资料来源"
        ordering = ["enterprise_id", "fact"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "fact"], name="fact_source_once")]

    def __str__(self) -> str:
        return f"{self.fact} {self.text}"


class Profile(models.Model):
    """Undated facts of an enterprise. Empty means undetermined: a criterion that asks for it answers so."""

    class AboveScale(models.TextChoices):
        YES = "yes", "是"
        NO = "no", "否"
        NO_THRESHOLD = "no_threshold", "该行业无规上标准"

    class Direction(models.TextChoices):
        """专精特新 (HN-03, A3-07)."""

        SPECIALISED = "specialised", "专业化"
        REFINED = "refined", "精细化"
        DISTINCTIVE = "distinctive", "特色化"
        INNOVATIVE = "innovative", "新颖化"

    enterprise = models.OneToOneField("enterprises.Enterprise", on_delete=models.CASCADE, related_name="profile")
    above_scale = models.CharField("规模以上", max_length=12, choices=AboveScale, blank=True)
    main_product = models.CharField("主导产品", max_length=120, blank=True)
    niche = models.CharField("产业细分领域", max_length=120, blank=True)
    niche_rank_province = models.PositiveIntegerField("细分领域全省排名", null=True, blank=True)
    niche_rank_country = models.PositiveIntegerField("细分领域全国排名", null=True, blank=True)
    niche_rank_source = models.CharField("排名依据", max_length=200, blank=True)
    niche_rank_year = models.PositiveSmallIntegerField("排名年度", null=True, blank=True)
    market_share = models.DecimalField(
        "细分市场占有率", max_digits=5, decimal_places=2, null=True, blank=True, help_text="百分数"
    )
    srdi = ArrayField(
        models.CharField(max_length=12, choices=Direction), verbose_name="专精特新方向", default=list, blank=True
    )
    former_individual_business = models.BooleanField("由个体工商户转型", null=True, default=None)
    former_individual_name = models.CharField("原个体工商户名称", max_length=120, blank=True)
    former_individual_code = models.CharField("原个体工商户代码", max_length=20, blank=True)
    converted_on = models.DateField("转企日期", null=True, blank=True)
    patents_confirmed_on = models.DateField("专利清单确认日期", null=True, blank=True)
    version = models.PositiveIntegerField(default=0)
    figures_version = models.PositiveIntegerField("年度数据版次", default=0)

    class Meta:
        verbose_name = "企业概况"
        verbose_name_plural = "企业概况"
        ordering = ["enterprise_id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(market_share__isnull=True) | models.Q(market_share__gte=0, market_share__lte=100),
                name="profile_market_share_percent",
                violation_error_message="市场占有率为0至100之间的百分数。",
            ),
            models.CheckConstraint(
                condition=(models.Q(niche_rank_province__isnull=True) | models.Q(niche_rank_province__gte=1))
                & (models.Q(niche_rank_country__isnull=True) | models.Q(niche_rank_country__gte=1)),
                name="profile_rank_from_one",
                violation_error_message="排名从1开始。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id}"


class Patent(models.Model):
    """A granted patent (A1-08). Counts asked by the notices are computed from this list, never typed."""

    class Kind(models.TextChoices):
        INVENTION = "invention", "发明专利"
        UTILITY = "utility", "实用新型专利"
        DESIGN = "design", "外观设计专利"

    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.CASCADE, related_name="patents")
    number = models.CharField("专利号", max_length=24)
    kind = models.CharField("类型", max_length=10, choices=Kind)
    title = models.CharField("名称", max_length=200, blank=True)
    granted_on = models.DateField("授权日期")
    holder = models.CharField("专利权人", max_length=200, blank=True)
    in_main_product = models.BooleanField("用于主导产品", null=True, default=None)
    evidence = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "专利"
        verbose_name_plural = "专利"
        ordering = ["enterprise_id", "-granted_on", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "number"], name="patent_once", violation_error_message="该专利号已在清单中。"
            )
        ]

    def __str__(self) -> str:
        return self.number


class Partner(models.Model):
    """A firm worked with along the chain (A1-06)."""

    class Direction(models.TextChoices):
        UPSTREAM = "upstream", "上游（供应方）"
        DOWNSTREAM = "downstream", "下游（采购方）"
        JOINT = "joint", "联合创新"

    class Size(models.TextChoices):
        LARGE = "large", "大型"
        MEDIUM = "medium", "中型"
        SMALL = "small", "小型"
        MICRO = "micro", "微型"

    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.CASCADE, related_name="partners")
    name = models.CharField("企业名称", max_length=120)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    direction = models.CharField("关系", max_length=10, choices=Direction)
    size = models.CharField("规模", max_length=8, choices=Size, blank=True)
    product = models.CharField("协作产品或内容", max_length=200, blank=True)
    evidence = models.ForeignKey(
        "documents.StoredFile", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "上下游伙伴"
        verbose_name_plural = "上下游伙伴"
        ordering = ["enterprise_id", "direction", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "name", "direction"],
                name="partner_once",
                violation_error_message="该企业已在清单中。",
            )
        ]

    def __str__(self) -> str:
        return self.name


class CatalogueChoice(models.Model):
    """A firm's choice from a dated industry catalogue (HN-04). Item and version are kept; whether it still counts
    is asked at application.
    """

    class Purpose(models.TextChoices):
        KEY_INDUSTRY = "key_industry", "重点产业"
        CHAIN = "chain", "优势产业链"

    enterprise = models.ForeignKey("enterprises.Enterprise", on_delete=models.CASCADE, related_name="catalogue_choices")
    purpose = models.CharField("用途", max_length=20, choices=Purpose)
    item = models.ForeignKey(
        "reference.IndustryCatalogueItem", on_delete=models.RESTRICT, related_name="+", verbose_name="目录条目"
    )
    version = models.CharField("目录版本", max_length=12)
    chosen_at = models.DateTimeField("选择时间")

    class Meta:
        verbose_name = "目录选择"
        verbose_name_plural = "目录选择"
        ordering = ["enterprise_id", "purpose", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "item"], name="catalogue_choice_once", violation_error_message="已选择该条目。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id}@{self.version}"
