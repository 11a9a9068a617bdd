"""What of a matter is worth learning. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from core.api import Invalid, mark, without_numbers

LONGEST_BODY: Final = 2_000
LONGEST_REASON: Final = 200
_COUNTY_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class LearnedExample:
    """One matter and what a person said it is: the item of this code, or with an empty code a matter that is on no list.

    ``source`` is one of ``learning.enums.Source``: a matter may have been turned down for a reason beside the list.
    """

    id: UUID
    level: str
    title: str
    body: str
    code: str
    source: str
    at: datetime


def learnable(title: str, body: str) -> tuple[str, str]:
    """Give title and body as they are kept: personal numbers are starred out, and no more than the comparison reads."""
    return without_numbers(" ".join(title.split())), without_numbers(body.strip())[:LONGEST_BODY]


def holds_in(item_region: str, region: str) -> str:
    """Give where a verdict holds: in the whole county, or in the township whose own list has the item."""
    county = region[:_COUNTY_DIGITS]
    return item_region if len(item_region) > len(county) and item_region.startswith(county) else county


def checked_reason(reason: str) -> str:
    """Give the reason, trimmed. Raises ``Invalid`` where it is missing or too long."""
    told = " ".join(reason.split())
    if not 0 < len(told) <= LONGEST_REASON:
        raise Invalid(fields={"reason": mark("请写明原因，最多 200 个字。")})
    return told
