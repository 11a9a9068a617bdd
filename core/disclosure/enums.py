"""The words of disclosure (公开): who looks, how a publication ends, what a due date stands at."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.kernel.errors import mark


class Audience(StrEnum):
    """Who will look at a value: everybody, or staff with a reason that was logged."""

    PUBLIC = "public"
    INSIDE = "inside"


class Ended(StrEnum):
    """How a publication came to its end. Either way it stays where it was, and says so."""

    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


ENDED_TITLES: Final[Mapping[str, str]] = {
    Ended.CORRECTED: mark("已更正"),
    Ended.WITHDRAWN: mark("已撤回"),
}


class Standing(StrEnum):
    """Where something that has to be published stands on a day."""

    DONE = "done"
    COMING = "coming"
    OPEN = "open"
    SOON = "soon"
    MISSING = "missing"


STANDING_TITLES: Final[Mapping[str, str]] = {
    Standing.DONE: mark("已公开"),
    Standing.COMING: mark("未到时间"),
    Standing.OPEN: mark("待公开"),
    Standing.SOON: mark("快到期"),
    Standing.MISSING: mark("缺公开"),
}
STANDING_TONES: Final[Mapping[str, str]] = {
    Standing.DONE: "good",
    Standing.COMING: "plain",
    Standing.OPEN: "action",
    Standing.SOON: "soon",
    Standing.MISSING: "danger",
}
