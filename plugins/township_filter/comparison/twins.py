"""Duplicates inside one sequence: an earlier text of the same matter, by its item, by what both say and by what they mean."""

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar

from plugins.township_filter.comparison.comparison import Weighed
from plugins.township_filter.comparison.ranking import Listed, words_index
from plugins.township_filter.comparison.same import counted, meant, months, usually_meant
from plugins.township_filter.comparison.text import grams

TWIN: Final = (
    "always", "same_item", "likely_item", "shared_pieces", "shared_words", "beyond", "rare_beyond", "signs",
    "meant", "title_meant", "meant_else", "shared_numbers", "other_numbers", "other_months", "same_and_beyond", "rare_signs", "signs_beyond", "meant_beyond", "same_and_signs",
)  # fmt: skip
Item = TypeVar("Item", bound=Listed)
LIKELY: Final = 3
MOST_NUMBERS: Final = 2
# A piece that no word list knows: a name, a place, a turn of phrase. Longer ones say more.
_UNKNOWN: Final = (0.0, 0.0, 4.0, 8.0, 8.0)
_UNKNOWN_SIGN: Final = 3.0
# What every paper says: it is no sign that two papers are about the same piece of work.
USUAL: Final = (
    "请各村 请各镇 请镇里 请村里 村里 镇里 各镇街 乡镇 街道 做好 加强 开展 推进 落实 配合 协助 支持 组织 工作 通知 提醒 的函 及时 按时 进一步 "
    "相关 有关 情况 要求 我局 到位 安排 抓好 抓紧 关于 全县 本镇 本村 今年 本月 进行 一次 一个 没有 不得 不要 的要 了的 请把 请先 请帮 一下 起来 "
    "出来 下来 以及 并且 或者 同时 其中 对于 由村 由镇 村干部 镇干部 负责 人员 各地 尽快 以前 之前 完成 发现 报告 进一 有人 方案 提示 重点 "
)


@cache
def _weights() -> Mapping[str, float]:
    """Give what the pieces of the words of practice weigh: numbers of Python, which are read quicker one by one."""
    index = words_index()
    return dict(zip(index.ids, index.weights.tolist(), strict=True))


@cache
def _usual() -> frozenset[str]:
    return frozenset(grams(USUAL))


@dataclass(frozen=True, slots=True)
class Said:
    """A text of a sequence, ready to be compared with later ones."""

    name: str
    codes: tuple[str, ...]
    lengths: Mapping[str, float]
    worth: Mapping[str, float]
    beyond: Mapping[str, float]
    rare: Mapping[str, float]
    signs: frozenset[str]
    rare_signs: Mapping[str, float]
    signs_beyond: Mapping[str, float]
    meant_beyond: frozenset[str]
    total_length: float
    total_worth: float
    total_beyond: float
    total_rare: float
    meant: frozenset[str]
    title_meant: frozenset[str]
    numbers: frozenset[int]
    months: frozenset[int]
    title_only: bool


def said(name: str, weighed: Weighed[Item]) -> Said:
    """Prepare a weighed text. ``beyond`` is what it says beyond the usual words of its own item and of all papers."""
    weights, usual, known = _weights(), _usual(), weighed.known
    lengths, worth, beyond, rare, rare_signs = {}, {}, {}, {}, {}
    for gram in weighed.pieces:
        size = len(gram)
        if size > 1:
            lengths[gram] = own = size - 1.0
            worth[gram] = worthy = weights.get(gram, _UNKNOWN[size])
            if gram not in usual and gram not in known:
                beyond[gram], rare[gram] = own, worthy
        elif gram not in usual:
            rare_signs[gram] = weights.get(gram, _UNKNOWN_SIGN)
    whole = f"{weighed.title} {weighed.body}"
    all_meant = meant(whole)
    return Said(
        name=name,
        codes=tuple(each.item.code for each in weighed.allowed[:LIKELY]),
        lengths=lengths,
        worth=worth,
        beyond=beyond,
        rare=rare,
        signs=frozenset(rare_signs),
        rare_signs=rare_signs,
        signs_beyond={gram: size for gram, size in rare_signs.items() if gram not in known},
        meant_beyond=all_meant - usually_meant(known),
        total_length=sum(lengths.values()),
        total_worth=sum(worth.values()),
        total_beyond=sum(beyond.values()),
        total_rare=sum(rare.values()),
        meant=all_meant,
        title_meant=meant(weighed.title),
        numbers=counted(whole),
        months=months(whole),
        title_only=not weighed.body,
    )


def twin(earlier: Said, later: Said) -> list[float]:
    """Give the figures of ``TWIN`` for two texts of one level."""
    shared = earlier.lengths.keys() & later.lengths.keys()
    beyond = shared & earlier.beyond.keys() & later.beyond.keys()
    same_item = float(earlier.codes[:1] == later.codes[:1])
    share_beyond = _share(sum([earlier.beyond[gram] for gram in beyond]), earlier.total_beyond, later.total_beyond)
    else_meant = len(earlier.title_meant - later.meant) + len(later.title_meant - earlier.meant)
    return [
        1.0,
        same_item,
        float(bool(later.codes) and later.codes[0] in earlier.codes and earlier.codes[0] in later.codes),
        _share(sum([earlier.lengths[gram] for gram in shared]), earlier.total_length, later.total_length),
        _share(sum([earlier.worth[gram] for gram in shared]), earlier.total_worth, later.total_worth),
        share_beyond,
        _share(sum([earlier.rare[gram] for gram in beyond]), earlier.total_rare, later.total_rare),
        _alike(earlier.signs, later.signs),
        _alike(earlier.meant, later.meant),
        _alike(earlier.title_meant, later.title_meant),
        min(4.0, float(else_meant)),
        min(MOST_NUMBERS, float(len(earlier.numbers & later.numbers))),
        float(bool(earlier.numbers and later.numbers) and not earlier.numbers & later.numbers),
        float(bool(earlier.months and later.months) and not earlier.months & later.months),
        same_item * share_beyond,
        _near(earlier.rare_signs, later.rare_signs),
        _near(earlier.signs_beyond, later.signs_beyond),
        _alike(earlier.meant_beyond, later.meant_beyond),
        same_item * _near(earlier.rare_signs, later.rare_signs),
    ]


def may_be_twins(earlier: Said, later: Said) -> bool:
    """Tell whether two texts are worth comparing: they may be about one item."""
    return not set(earlier.codes).isdisjoint(later.codes)


def _share(shared: float, one: float, other: float) -> float:
    least = min(one, other)
    return math.sqrt(shared / least) if least else 0.0


def _alike(one: AbstractSet[str], other: AbstractSet[str]) -> float:
    return len(one & other) / math.sqrt(len(one) * len(other)) if one and other else 0.0


def _near(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    shared = sum([one[sign] for sign in one.keys() & other.keys()])
    return shared / math.sqrt(sum(one.values()) * sum(other.values())) if shared else 0.0
