"""Invented firms: names, codes with right check characters, three years of figures. Pure, and the same for the same seed.

The organisation part of every code begins with ``DX``, which no register has ever given out, so that no code can be a real firm's.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from stdnum.cn import uscc

from portal.rehearsal import people

YEARS = (2015, 2016, 2017)
SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"


def _words(text: str) -> list[str]:
    return text.split()


GIVEN = _words(
    "敏 静 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 桂英 建国 志强 海燕 晓东 文博 雅琴 立新 国栋 春梅 子轩 宏伟"
)
MARKS = {
    "43": _words(
        "湘锐 株北 云岭 炎帝 渌江 醴泉 荷塘 神农 清水塘 湘水 雷打石 白关 群丰 三门 马家河 建宁 南洲 朱亭 龙泉 铁航 "
        "渌口 仙庾 茶陵 攸水 酃峰 株硬 湘硬 联诚 凌飞 铜塘"
    ),
    "51": _words("锦江 天府 蓉芯 岷江 青羊 望江 沱源 川西 蜀锐 金沙 浣花 芙蓉"),
}


@dataclass(frozen=True, slots=True)
class Trade:
    """What a firm makes: words for the name, niche, product, industry code, items of the catalogues."""

    words: str
    niche: str
    product: str
    industry: str
    key_industry: str
    chain: str = ""


HUNAN_TRADES = (
    Trade("硬质合金", "硬质合金刀具", "数控硬质合金涂层刀片", "3240", "03", "07"),
    Trade("精密轴承制造", "轨道交通轴承", "动车组轴箱轴承", "3716", "01", "01"),
    Trade("轨道配件", "轨道交通配件", "轨道车辆制动夹钳", "3714", "01", "01"),
    Trade("智控科技", "工业控制器", "机车牵引控制单元", "4011", "10", "11"),
    Trade("航空部件", "航空零部件", "航空发动机机匣精密件", "3484", "05", "13"),
    Trade("先进陶瓷", "先进陶瓷", "氧化锆陶瓷结构件", "3073", "03", "06"),
    Trade("电气科技", "电力装备", "牵引变压器", "3899", "07", "10"),
    Trade("环保装备", "环保装备", "工业烟气脱硝装置", "3599", "09", "16"),
    Trade("新材料", "化工新材料", "特种工程塑料粒子", "3240", "03", "03"),
    Trade("通信设备", "通信传感", "轨道交通无线通信模块", "3921", "04", "11"),
)
SICHUAN_TRADES = (
    Trade("智能装备", "智能装备", "自动化装配线", "4011", "02"),
    Trade("通信设备", "信息安全设备", "工业防火墙", "3921", "03"),
    Trade("燃机部件", "航空与燃机部件", "燃气轮机叶片", "3484", "04"),
    Trade("节能环保装备", "节能环保装备", "余热锅炉", "3599", "02"),
)


@dataclass(frozen=True, slots=True)
class PatentPlan:
    """A patent of the list."""

    number: str
    kind: str
    granted_on: dt.date
    title: str


@dataclass(slots=True)
class FirmPlan:
    """Everything a firm's clerk will type, and what the rehearsal means it to be.

    ``condition``: ``met``, ``large`` (not met: too big), ``no_staff`` (undetermined: employees missing), ``no_chain`` (asks for a reason),
    ``short`` (Sichuan: revenue or growth too small).
    """

    name: str
    uscc: str
    place: str
    trade: Trade
    condition: str
    legal_representative: str
    registered_on: dt.date
    contact_name: str
    contact_phone: str
    contact_email: str
    username: str
    clerk: str
    figures: dict[tuple[int, str], str] = field(default_factory=dict)
    patents: list[PatentPlan] = field(default_factory=list)
    rank: int = 0
    partner: str = ""


class Maker:
    """Makes firms one after the other; the same seed makes the same firms."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  plausible, not secret
        self._serial = 0
        self._names: set[str] = set()
        self._people: Iterator[str] = self._person_names()

    def firm(self, place: str, condition: str, *, username: str = "") -> FirmPlan:
        """One firm in a county, in a condition."""
        self._serial += 1
        dice = self._random
        hunan = place.startswith("43")
        trade = dice.choice(HUNAN_TRADES if hunan else SICHUAN_TRADES)
        name = self._name("株洲示范" if hunan else "成都示范", place[:2], trade.words)
        plan = FirmPlan(
            name=name,
            uscc=self._code(place),
            place=place,
            trade=trade,
            condition=condition,
            legal_representative=next(self._people),
            registered_on=dt.date(dice.randint(2002, 2012), dice.randint(1, 12), dice.randint(1, 28)),
            contact_name=next(self._people),
            contact_phone=f"{'0731' if hunan else '028'}-0001{self._serial:04d}",
            contact_email=f"firm{self._serial:03d}@example.com",
            username=username or f"firm-{self._serial:03d}",
            clerk=next(self._people),
            rank=dice.randint(1, 9),
            partner=f"{'湖南' if hunan else '四川'}示范{trade.niche}集团有限公司（演示）",
        )
        plan.figures = figures_of(self._random, condition, hunan=hunan)
        plan.patents = self._patents(trade, dice.randint(2, 6))
        return plan

    def _person_names(self) -> Iterator[str]:
        while True:
            yield f"{self._random.choice(SURNAMES)}{self._random.choice(GIVEN)}（演示）"

    def _name(self, head: str, province: str, words: str) -> str:
        for _ in range(500):
            form = self._random.choice(("有限公司", "股份有限公司", "有限责任公司"))
            name = f"{head}{self._random.choice(MARKS[province])}{words}{form}（演示）"
            if name not in self._names:
                self._names.add(name)
                return name
        raise RuntimeError("no name left; give the rehearsal more marks")

    def _code(self, place: str) -> str:
        return valid_code(place, f"DX{self._random.randint(0, 999):03d}{self._serial:03d}")

    def _patents(self, trade: Trade, count: int) -> list[PatentPlan]:
        dice = self._random
        found: dict[str, PatentPlan] = {}
        while len(found) < count:
            kind, digit = dice.choice((("invention", 1), ("invention", 1), ("utility", 2)))
            filed = dice.randint(2010, 2015)
            body = f"{filed}{digit}{dice.randint(0, 9_999_999):07d}"
            weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
            rest = sum(int(sign) * weight for sign, weight in zip(body, weights, strict=True)) % 11
            number = f"{body}.{'X' if rest == 10 else rest}"
            granted = dt.date(filed + 2, dice.randint(1, 12), dice.randint(1, 28))
            found[number] = PatentPlan(number, kind, granted, f"一种{trade.product}（演示）")
        return sorted(found.values(), key=lambda patent: (patent.granted_on, patent.number))


def valid_code(place: str, organisation: str) -> str:
    """The social credit code of a firm in a place with these eight signs of an organisation code; both check characters are right."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    values = [int(sign, 36) for sign in organisation]
    rest = 11 - sum(value * weight for value, weight in zip(values, weights, strict=True)) % 11
    check = {10: "X", 11: "0"}.get(rest, str(rest))
    body = f"91{place}{organisation}{check}"
    return body + str(uscc.calc_check_digit(body))


def figures_of(dice: random.Random, condition: str, *, hunan: bool) -> dict[tuple[int, str], str]:
    """Three years of figures (万元, persons) of a firm in a condition."""
    revenue = Decimal(dice.randint(300_000, 1_400_000)) / 100
    staff = dice.randint(60, 260)
    if condition == "large":
        revenue, staff = Decimal(dice.randint(5_200_000, 6_500_000)) / 100, dice.randint(1_150, 1_900)
    elif condition == "no_staff":
        # So large a turnover that only the number of employees could tell the size class.
        revenue = Decimal(dice.randint(3_600_000, 4_200_000)) / 100
    if not hunan:
        revenue = Decimal(dice.randint(420_000, 900_000) if condition == "met" else dice.randint(80_000, 140_000)) / 100
    figures: dict[tuple[int, str], str] = {}
    for year in YEARS:
        low, high = (112, 128) if condition != "short" else (98, 106)
        revenue = _cents(revenue * dice.randint(low, high) / 100)
        main = _cents(revenue * dice.randint(93, 95) / 100) if hunan else _cents(revenue * Decimal("0.94"))
        figures |= {
            (year, "revenue"): str(revenue),
            (year, "main_revenue"): str(main),
            (year, "sales_revenue"): str(_cents(revenue * dice.randint(96, 99) / 100)),
            (year, "rd_expenditure"): str(_cents(revenue * dice.randint(38, 62) / 1000)),
            (year, "profit_and_tax"): str(_cents(revenue * dice.randint(84, 92) / 1000)),
            (year, "total_assets"): str(_cents(revenue * dice.randint(88, 96) / 100)),
        }
        if condition != "no_staff":
            figures[year, "employees"] = str(staff)
            staff += dice.randint(2, 12)
    return figures


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


HUNAN_COUNTIES = (people.HETANG, people.LUSONG, people.SHIFENG, people.LILING, people.ZHUZHOU_COUNTY)


def as_rows(plan: FirmPlan) -> dict[str, Any]:
    """The plan in one line, for comparing two runs of one seed."""
    return {
        "name": plan.name,
        "uscc": plan.uscc,
        "figures": dict(sorted(plan.figures.items())),
        "patents": plan.patents,
    }
