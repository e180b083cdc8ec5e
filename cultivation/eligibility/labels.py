"""How facts are called in sentences. The registry of ``enterprises`` is the master; a test keeps the two equal.

The engine carries its own copy because a frozen verdict must read the same for ever.
"""

from __future__ import annotations

LABELS: dict[str, str] = {
    "revenue": "营业收入",
    "main_revenue": "主营业务收入",
    "sales_revenue": "销售收入",
    "rd_expenditure": "研发投入",
    "profit_and_tax": "利税",
    "total_assets": "资产总额",
    "employees": "从业人员",
    "invention_patents_5y": "近五年发明专利数",
    "invention_patents": "发明专利数",
    "utility_patents": "实用新型专利数",
    "patents_in_main_product": "应用于主导产品的专利数",
    "above_scale": "规模以上",
    "niche": "产业细分领域",
    "niche_rank_province": "细分领域全省排名",
    "niche_rank_country": "细分领域全国排名",
    "niche_rank_source": "排名依据",
    "niche_rank_year": "排名年度",
    "key_industry": "重点产业",
    "chain": "优势产业链",
    "chain_partners": "上下游协作企业",
    "main_product": "主导产品",
    "srdi": "专精特新方向",
    "registered_on": "成立日期",
    "is_legal_person": "独立法人资格",
    "province": "所在省",
    "region": "所属行政区划",
    "county": "所属市县",
    "prefecture": "所属市州",
    "industry": "所属行业",
    "former_individual_business": "由个体工商户转型",
    "former_individual_name": "原个体工商户名称",
    "former_individual_code": "原个体工商户代码",
    "converted_on": "转企日期",
    "uscc": "统一社会信用代码",
    "name": "企业名称",
    "legal_representative": "法定代表人",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
    "contact_email": "电子邮箱",
}

#: Facts that belong to one file, filled by the room that keeps files.
FILE_LABELS: dict[str, str] = {
    "activity_categories": "拟参加活动类别",
    "no_bad_credit_declared": "无不良信用记录声明",
    "financing_need": "融资需求",
    "claimed_invention_patents_5y": "申报填写的近五年发明专利数",
    "claimed_patents": "申报填写的专利数",
}

UNITS: dict[str, str] = {
    **dict.fromkeys(
        ("revenue", "main_revenue", "sales_revenue", "rd_expenditure", "profit_and_tax", "total_assets"), "万元"
    ),
    "employees": "人",
    **dict.fromkeys(("invention_patents_5y", "invention_patents", "utility_patents", "patents_in_main_product"), "件"),
    "claimed_invention_patents_5y": "件",
    "claimed_patents": "件",
}

SIZE_LABELS = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"}

SRDI_LABELS = {"specialised": "专业化", "refined": "精细化", "distinctive": "特色化", "innovative": "新颖化"}


def label(name: str) -> str:
    """Chinese name of a fact; the identifier itself if somebody asks for an unknown one."""
    return LABELS.get(name) or FILE_LABELS.get(name) or name
