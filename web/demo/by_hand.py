"""What the demo's villages wrote for their boards by hand: last month's money and labour, works, aid and assets, two notices."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.contracts.disclosure import Clock
from core.disclosure.by_hand import BY_NAME
from core.disclosure.entries import add_entries
from core.disclosure.lines import read_line
from core.disclosure.periods import Span, before, span_of
from core.kernel.database import transaction
from core.kernel.scope import Scope

Line = Mapping[str, str]

# ``day`` is counted from the period's first day on. Sums grow from village to village.
_MONEY: Final[Sequence[Line]] = (
    {"day": "3", "side": "收入", "what": "村集体仓库租金（第四季度）", "amount": "18000", "firm": "惠民农机服务部"},
    {"day": "5", "side": "收入", "what": "光伏发电分成", "amount": "3260.40", "firm": "县供电公司"},
    {"day": "8", "side": "支出", "what": "道路保洁用品", "amount": "1246", "firm": "益民日杂店"},
    {"day": "11", "side": "支出", "what": "村内路灯电费", "amount": "2385.60", "firm": "县供电公司"},
    {"day": "15", "side": "支出", "what": "重阳节慰问 80 岁以上老人", "amount": "6400", "firm": "便民超市"},
    {"day": "18", "side": "支出", "what": "水渠清淤人工", "amount": "1800", "person": "沈大明"},
    {"day": "22", "side": "支出", "what": "文化礼堂音响维修", "amount": "860", "firm": "新声电器维修部"},
    {"day": "26", "side": "支出", "what": "办公用纸和墨盒", "amount": "412.50", "firm": "晨晖文具"},
)
_LABOUR: Final[Sequence[Line]] = (
    {"person": "沈大明", "what": "水渠清淤", "day": "17", "days": "2", "amount": "400"},
    {"person": "姚阿根", "what": "水渠清淤", "day": "17", "days": "2", "amount": "400"},
    {"person": "费小妹", "what": "文化礼堂打扫", "day": "20", "days": "1", "amount": "150"},
    {"person": "潘建林", "what": "绿化带修剪", "day": "24", "days": "3", "amount": "600"},
)
_WORKS: Final[Sequence[Line]] = (
    {"what": "村口停车场（一期）", "method": "竞价发包", "builder": "安泰建设有限公司", "contract": "318600", "paid": "191160", "stage": "路面已浇筑，正在划线"},
    {"what": "北斗圩水渠修复 260 米", "method": "直接发包", "builder": "顺达水利施工队", "contract": "96800", "paid": "96800", "stage": "已验收"},
    {"what": "公共厕所改造", "method": "直接发包", "builder": "宏升装饰部", "contract": "58400", "paid": "29200", "stage": "正在施工"},
)
_AID: Final[Sequence[Line]] = (
    {"household": "陆根荣", "kind": "临时救助", "people": "3", "amount": "2400"},
    {"household": "徐小琴", "kind": "助学补贴", "people": "1", "amount": "1500"},
    {"household": "闵阿毛", "kind": "高龄津贴", "people": "1", "amount": "600"},
)
_ASSETS: Final[Sequence[Line]] = (
    {"what": "原村小学校舍", "place": "老街 12 号", "area": "640", "firm": "惠民农机服务部", "rent": "72000"},
    {"what": "农贸摊位（12 个）", "place": "村口集市", "area": "180", "person": "吴春生", "rent": "21600"},
    {"what": "村级鱼塘", "place": "东圩", "area": "8600", "person": "莫志强", "rent": "15480"},
    {"what": "旧粮仓", "place": "西圩", "area": "310"},
)
_TABLES: Final[Sequence[tuple[str, Sequence[Line]]]] = (
    ("money_by_hand", _MONEY), ("labour_by_hand", _LABOUR), ("works_by_hand", _WORKS), ("aid_by_hand", _AID), ("assets_by_hand", _ASSETS)
)
_THIS_MONTH: Final = 3
_MATTER: Final = {
    "what": "冬季森林防火期禁止野外用火",
    "text": "即日起到明年清明，山边、林边一律不准烧荒、烧秸秆、上坟烧纸。发现火情请马上报告村里或拨打 119。",
}
_NOTICE: Final = {
    "what": "村口停车场二期选址公示",
    "text": "二期拟建在老粮站东侧空地，面积约 450 平方米，新增车位 18 个，投资估算 26 万元，资金为村集体收入。有意见请在公示期内提出。",
}


async def write_by_hand(scope: Scope, number: int, *, now: datetime) -> tuple[list[tuple[str, str]], list[tuple[str, UUID]]]:
    """Write a village's lines. Gives what is ready to be published: sections with their period, and matters."""
    ready = []
    for name, lines in _TABLES:
        sheet = BY_NAME[name]
        if name == "assets_by_hand" and number:
            continue  # the first village alone publishes its assets; the others are still at it
        span = before(sheet.clock, span_of(sheet.clock, now))
        await _add(scope, name, span, lines, number, now)
        ready.append((name, span.name))
    this = span_of(Clock.MONTHLY, now)
    await _add(scope, "money_by_hand", this, _MONEY[:_THIS_MONTH], number, now)
    matters = []
    for name, words in (("own_matter", _MATTER), ("own_notice", _NOTICE)):
        line = {**words, "day": now.date().isoformat(), "officer": scope.by_name}
        async with transaction(scope):
            made = await add_entries(scope, section=name, period="", lines=[_read(name, line)], now=now)
        matters.append((name, made[0]))
    return ready, matters


async def _add(scope: Scope, name: str, span: Span, lines: Sequence[Line], number: int, now: datetime) -> None:
    last = min(span.last_day, now.date())
    kept = []
    for line in lines:
        told = dict(line)
        if any(column.name == "day" for column in BY_NAME[name].columns):
            told["day"] = min(span.starts.date() + timedelta(days=int(line.get("day", "12"))), last).isoformat()
        if any(column.name == "officer" for column in BY_NAME[name].columns):
            told["officer"] = scope.by_name
        for amount in ("amount", "contract", "paid", "rent"):
            if amount in told:
                told[amount] = str(round(Decimal(told[amount]) * (10 + number) / 10))
        kept.append(_read(name, told))
    async with transaction(scope):
        await add_entries(scope, section=name, period=span.name, lines=kept, now=now)


def _read(name: str, told: Line) -> dict[str, Any]:
    sheet = BY_NAME[name]
    line, wrong = read_line(sheet.columns, told, needed=sheet.needed, choices=sheet.choices, words=sheet.words)
    if wrong:
        raise ValueError(f"{name}: {wrong}")
    return line
