"""Who should attend, compared with the same body's meetings before. Pure: a lower number is a hint to look again, never a fault.

No source says how many representatives, members or adults a village has; what it wrote before is the only measure. Numbers fall
for good reasons (people move, die, leave the party), so a lower one is taken with a reason, which stays in the minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.decisions.rules import SHOULD, Count, Share, Short, shortfalls
from core.kernel.errors import Filled, filled, mark

LONGEST_REASON: Final = 500
_PERCENT: Final = 100
_FEWER: Final = mark("%(day)s 开会时应到 %(before)s 人，这次写的是 %(now)s 人，少了 %(gap)s 人，%(eased)s。")
_EASED: Final = {
    (True, False): mark("最少到会人数因此降低"),
    (False, True): mark("最少同意人数因此降低"),
    (True, True): mark("最少到会和同意人数因此降低"),
}
_WOULD_BE: Final = {
    "quorum": mark("按应到 %(before)s 人算，至少要 %(needed)s 人到会，实到 %(real)s 人，还差 %(missing)s 人。"),
    "majority": mark("按应到 %(before)s 人算，至少要 %(needed)s 人同意，实际 %(real)s 人，还差 %(missing)s 人。"),
}


@dataclass(frozen=True, slots=True)
class Earlier:
    """A meeting of the same body before. ``confirmed``: its own number was lower, and taken with a reason."""

    record: UUID
    decision: UUID
    title: str
    held_on: date
    should: int
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Fewer:
    """A number that is lower than before, in a way that eases a vote. ``short`` is what the vote would lack by the number before."""

    now: int
    measure: Earlier
    needs_fewer_to_come: bool
    needs_fewer_to_agree: bool
    short: tuple[Short, ...] = ()

    @property
    def words(self) -> Filled:
        """Say it with the figures, as a source text."""
        return filled(
            _FEWER, day=self.measure.held_on.isoformat(), before=self.measure.should, now=self.now, gap=self.measure.should - self.now,
            eased=_EASED[self.needs_fewer_to_come, self.needs_fewer_to_agree],
        )  # fmt: skip

    @property
    def would_be(self) -> list[Filled]:
        """Say what the vote would lack if as many should attend as before."""
        return [
            filled(_WOULD_BE[each.what], before=self.measure.should, needed=each.needed, real=each.real, missing=each.missing)
            for each in self.short
        ]

    def stored(self) -> dict[str, Any]:
        """Give what the minutes' record and the audit line keep."""
        return {
            "now": self.now, "before": self.measure.should, "held_on": self.measure.held_on.isoformat(),
            "record": str(self.measure.record), "decision": str(self.measure.decision), "title": self.measure.title,
            "fewer_to_come": self.needs_fewer_to_come, "fewer_to_agree": self.needs_fewer_to_agree,
            "short": [each.stored() for each in self.short],
        }  # fmt: skip


def fewer_of(stored: Any) -> Fewer:
    """Read what ``stored`` has written."""
    measure = Earlier(
        UUID(stored["record"]), UUID(stored["decision"]), stored["title"], date.fromisoformat(stored["held_on"]), stored["before"]
    )
    short = tuple(Short(**each) for each in stored["short"])
    return Fewer(stored["now"], measure, stored["fewer_to_come"], stored["fewer_to_agree"], short)


def measure_of(meetings: Sequence[Earlier]) -> Earlier | None:
    """Give the meeting to compare with, of those before, the latest first: the one with most since a lower number was confirmed.

    Most, and not the last: a number that falls a little each time would never be far from the one before.
    """
    since = []
    for each in meetings:
        since.append(each)
        if each.confirmed:
            break
    return max(since, key=lambda each: each.should, default=None)


def fewer_than(
    count: Count, measure: Earlier | None, *, quorum: Share | None, majority: Share | None, percent: int
) -> Fewer | None:
    """Give how a number is lower than before; None where it is not, by no more than ``percent``, or eases nothing."""
    if measure is None or (measure.should - count.should) * _PERCENT <= measure.should * percent:
        return None
    come = quorum is not None and quorum.needed(count.should) < quorum.needed(measure.should)
    agree = majority is not None and majority.of == SHOULD and majority.needed(count.should) < majority.needed(measure.should)
    if not (come or agree):
        return None
    short = shortfalls(replace(count, should=measure.should), quorum=quorum, majority=majority)
    return Fewer(count.should, measure, come, agree, tuple(short))
