"""How regions are called and coded: short names, zones that stand in for others, codes of new regions. All pure.

Names come from the statistics bureau's list of 2023-06-30. The bureau's suffixes are kept in the full name; pages show the
short one; search knows both.
"""

import re
from collections.abc import Collection
from typing import Final

from core.kernel.scope import LENGTHS
from core.tenancy.enums import Level

# The 55 nationalities as they stand in names of autonomous places, and the two older forms that still occur.
_NATIONALITIES: Final = (
    "阿昌|白|保安|布朗|布依|朝鲜|达斡尔|傣|德昂|东乡|侗|独龙|鄂伦春|俄罗斯|鄂温克|高山|哈尼|哈萨克|赫哲|回|基诺|京|景颇|"
    "柯尔克孜|拉祜|黎|傈僳|珞巴|满|毛南|门巴|蒙古|苗|仫佬|纳西|怒|普米|羌|撒拉|畲|水|塔吉克|塔塔尔|土家|土|佤|维吾尔|"
    "乌孜别克|锡伯|瑶|彝|裕固|藏|壮|仡佬|各"
)
_AUTONOMOUS: Final = re.compile(
    f"(?:(?:{_NATIONALITIES})族|蒙古|维吾尔|哈萨克|柯尔克孜)*(?:自治)?(?:区|州|县|旗|民族乡|乡|镇|民族苏木|苏木)$"
)
_PLAINLY: Final = re.compile(
    "族?自治(?:区|州|县|旗)$"
)  # 内蒙古自治区, 东乡族自治县: nothing would be left otherwise
_ZONES: Final = ("开发区", "管理区", "园区", "示范区", "新区", "矿区", "林区", "特区", "工业区")
_SUFFIXES: Final = {
    Level.PROVINCE: ("省", "市"),
    Level.CITY: ("市", "地区", "盟"),
    Level.COUNTY: ("区", "县", "市"),
    Level.TOWNSHIP: ("街道办事处", "街道", "镇", "乡", "苏木"),
}
_SHORTEST: Final = 2
_PSEUDO_CITIES: Final = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")


def short_name(name: str, level: int) -> str:
    """Give the name people say: 练市镇 → 练市, 朱家兜村村民委员会 → 朱家兜村, 广西壮族自治区 → 广西.

    A name that would be left with one character stays whole (张镇, 郊区), and so does one without a known suffix.
    """
    if level == Level.VILLAGE:
        return _short_village(name)
    if "族" in name or "自治" in name:
        for pattern in (_AUTONOMOUS, _PLAINLY):
            if _SHORTEST <= len(short := pattern.sub("", name)) < len(name) and not name.endswith(_ZONES):
                return short
    if name.endswith(_ZONES):
        return name
    for suffix in _SUFFIXES[Level(level)]:
        if name.endswith(suffix):
            return name[: -len(suffix)] if len(name) - len(suffix) >= _SHORTEST else name
    return name


def _short_village(name: str) -> str:
    if not name.endswith("会"):
        return name
    if name.endswith(("村民委员会", "村民委会")):
        return _with(name[: name.rindex("村民委")], "村")
    if name.endswith("村委会"):
        return _with(name[:-3], "村")
    if name.endswith(("居民委员会", "居委会")):
        return _with(name.removesuffix("居民委员会").removesuffix("居委会"), "居委会")
    return name


def _with(base: str, ending: str) -> str:
    """Add the ending unless the base already says what it is."""
    if base.endswith(("村", "社区", "嘎查", "小区", "新村")):
        return base
    return base + ending


def is_pseudo(name: str, level: int, parent_name: str) -> bool:
    """Tell whether a zone only fills a place in the tree: 市辖区, 东莞市 under 东莞市, 虚拟社区.

    Such a zone can be a tenant (东莞) but is left out of paths that people read.
    """
    if level == Level.CITY:
        return name in _PSEUDO_CITIES
    if level == Level.COUNTY:
        return name == parent_name
    return level == Level.VILLAGE and "虚拟" in name


def level_of(code: str) -> Level:
    return Level(LENGTHS.index(len(code)) + 1)


def parent_of(code: str) -> str:
    """Give the code one level up; the empty text for a province."""
    place = LENGTHS.index(len(code))
    return code[: LENGTHS[place - 1]] if place else ""


# GB/T 10114: the third to last digits of a township and of a village tell its kind.
_TOWNSHIP_BANDS: Final = ((("街道", "街道办事处"), 1, 99), (("镇",), 100, 199), (("乡", "苏木"), 200, 399))
_VILLAGE_BANDS: Final = (
    (("社区", "居委会", "居民委员会"), 1, 199),
    (("村", "村委会", "村民委员会", "嘎查"), 200, 399),
)
_OTHER_BAND: Final = (400, 599)


def next_code(parent: str, name: str, taken: Collection[str]) -> str:
    """Propose a code for a new township or village: the first free one of its kind's band.

    Closed regions keep their codes for ever, so ``taken`` holds theirs too. Raises ``LookupError`` when a band is full.
    """
    bands = _TOWNSHIP_BANDS if level_of(parent) == Level.COUNTY else _VILLAGE_BANDS
    low, high = next(((low, high) for endings, low, high in bands if name.endswith(endings)), _OTHER_BAND)
    used = set(taken)
    last = max((int(code[-3:]) for code in used if low <= int(code[-3:]) <= high), default=low - 1)
    for number in (*range(last + 1, high + 1), *range(low, high + 1)):
        if (code := f"{parent}{number:03}") not in used:
            return code
    raise LookupError(f"no free code under {parent}")


_NUMBER: Final = re.compile("([0-9]+|[〇零一二两三四五六七八九十百千]+)")
_DIGITS: Final = {"〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Give the key that sorts names as people count: 第二网格 before 第十网格, 2 组 before 10 组."""
    parts = (part for part in _NUMBER.split(name) if part)
    return tuple((0, _value(part), "") if _NUMBER.fullmatch(part) else (1, 0, part) for part in parts)


def _value(number: str) -> int:
    """Read a number in figures or in words; words without units are read digit by digit (二〇二六)."""
    if number[0] not in _DIGITS and number[0] not in _UNITS:
        return int(number)
    if not any(c in _UNITS for c in number):
        return int("".join(str(_DIGITS[c]) for c in number))
    total = digit = 0
    for c in number:
        if c in _UNITS:
            total += (digit or 1) * _UNITS[c]
            digit = 0
        else:
            digit = _DIGITS[c]
    return total + digit
