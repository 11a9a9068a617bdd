"""What of a weighed text speaks for or against its standing on the list, and for its being an emergency: figures with names."""

import math
from collections.abc import Mapping
from typing import Final, TypeVar

from plugins.township_filter.comparison.comparison import Weighed
from plugins.township_filter.comparison.ranking import Listed
from plugins.township_filter.comparison.signs import HAPPENS, QUIET, SIGN_GROUPS

Item = TypeVar("Item", bound=Listed)
DEMANDS: Final = ("shift", "licence", "punish", "inspect", "certify", "quota", "digital", "levy", "host", "hang", "data", "bring", "attend", "papers", "assist")  # fmt: skip
ALARMS: Final = ("danger", "now", "rescue", "urgent", "routine")
MOST_IN_TITLE: Final = 2
MOST_IN_BODY: Final = 4
_MOST_GAP: Final = 2.0
MOST_NEAR: Final = 2.9  # naming a duty in full does not outweigh what else is demanded
LEVELS: Final = ("township", "village")
OFF_LIST: Final = (
    "always", "village", "title_only", "near", "against_forbidden", "forbidden", "alone", "explained",
    *(f"{group}_{place}" for group in DEMANDS for place in ("title", "body")),
)  # fmt: skip
ALARM: Final = (
    "always", "title_only", "near", "happens_now", "only_quiet", "never_quiet", "demands",
    *(f"{group}_{place}" for group in (*ALARMS, *SIGN_GROUPS) for place in ("title", "body")),
)  # fmt: skip


def off_list(weighed: Weighed[Item], level: str) -> list[float]:
    """Give the figures of ``OFF_LIST``. Marks that stand in the name of the nearest item are that item's own."""
    allowed = weighed.allowed[0].score if weighed.allowed else 0.0
    forbidden = weighed.forbidden[0].score if weighed.forbidden else 0.0
    own = " ".join((weighed.allowed[0].item.title, *weighed.allowed[0].item.aliases)) if weighed.allowed else ""
    found = [
        1.0,
        float(level == LEVELS[1]),
        float(not weighed.body),
        min(MOST_NEAR, math.log1p(allowed)),
        _gap(forbidden, allowed),
        math.log1p(forbidden),
        max(0.0, _gap(allowed, weighed.next_subject)),
        weighed.explained,
    ]
    return found + _counts(weighed, DEMANDS, own)


def alarm(weighed: Weighed[Item]) -> list[float]:
    """Give the figures of ``ALARM``. A text says more than its words: that it happens, and that it is now or somebody is called."""
    near = math.log1p(weighed.allowed[0].score) if weighed.allowed else 0.0
    now, quiet = is_pressing(weighed), says(weighed, ("routine",), QUIET)
    demands = sum(group in found for group in DEMANDS[:-1] for found in (weighed.title_marks, weighed.body_marks))
    turns = [
        float(min(most, found.get(group, 0)))
        for group in SIGN_GROUPS
        for found, most in ((weighed.title_signs, MOST_IN_TITLE), (weighed.body_signs, MOST_IN_BODY))
    ]
    shapes = [float(happens(weighed) and now), float(quiet and not now), float(not quiet), float(min(MOST_IN_BODY, demands))]
    return [1.0, float(not weighed.body), near, *shapes, *_counts(weighed, ALARMS, ""), *turns]


def happens(weighed: Weighed[Item]) -> bool:
    """Tell whether a text says that something happens: by a word or by a turn of phrase."""
    return says(weighed, ("danger",), HAPPENS)


def is_pressing(weighed: Weighed[Item]) -> bool:
    """Tell whether a text speaks of now, or of what is to be done at once."""
    return says(weighed, ("now", "rescue"), ("ongoing", "nowtime", "bidding"))


def says(weighed: Weighed[Item], words: tuple[str, ...], turns: tuple[str, ...]) -> bool:
    """Tell whether a text has a word of one of the groups, or one of the turns."""
    own = weighed.title_marks.keys() | weighed.body_marks.keys()
    return any(group in own for group in words) or any(
        weighed.title_signs.get(group) or weighed.body_signs.get(group) for group in turns
    )


def _counts(weighed: Weighed[Item], groups: tuple[str, ...], own: str) -> list[float]:
    found = []
    for group in groups:
        found.append(min(MOST_IN_TITLE, _count(weighed.title_marks, group, own)))
        found.append(min(MOST_IN_BODY, _count(weighed.body_marks, group, own)))
    return [float(each) for each in found]


def _count(marks: Mapping[str, set[str]], group: str, own: str) -> int:
    here = marks.get(group)
    if not here:
        return 0
    return sum([mark not in own for mark in here]) if own else len(here)


def _gap(one: float, other: float) -> float:
    return max(-_MOST_GAP, min(_MOST_GAP, math.log((one + 1) / (other + 1))))
