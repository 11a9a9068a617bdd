"""What was merged into the matter that is dispatched: who hears of the task, when they want it, and what the list gives for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.entry_lists.queries import items_in_force
from core.files.queries import StoredFile, files_of_several
from core.kernel.scope import Scope
from core.tasks.queries.merging import merged_under
from web.answers import Request
from web.pages.work.words import formats


@dataclass(frozen=True, slots=True)
class Together:
    """The matters merged into one; ``due_at`` is the earliest that any of them wants.

    ``points`` is a hint: what the list gives for all of them together, and the most for one.
    """

    sources: Sequence[Any] = ()
    others: int = 0
    files: Sequence[StoredFile] = ()
    points: tuple[str, str] | None = None
    due_at: datetime | None = None

    @property
    def count(self) -> int:
        return len(self.sources) + self.others


async def merged_with(request: Request, scope: Scope, incoming: Any, *, now: datetime) -> Together:
    """Give what is dispatched together with a matter. Of other offices' matters only their number."""
    merged = await merged_under(scope, incoming)
    if not merged.sources:
        return Together(others=merged.others, due_at=incoming["due_at"])
    files = await files_of_several(scope, subjects=[each["id"] for each in merged.sources], county=incoming["county"])
    matters = [incoming, *merged.sources]
    wanted = [each["due_at"] for each in matters if each["due_at"] is not None]
    known = {item.id: item.points for item in await items_in_force(scope, level=incoming["level"], at=now)}
    points = [known[each["item_id"]] for each in matters if each["item_id"] in known]
    return Together(
        sources=merged.sources, others=merged.others, files=[file for each in files.values() for file in each],
        points=_hint(request, points), due_at=min(wanted, default=None),
    )  # fmt: skip


def _hint(request: Request, points: Sequence[Decimal]) -> tuple[str, str] | None:
    number = formats(request).number
    return (number(sum(points, Decimal(0))), number(max(points))) if len(points) > 1 else None
