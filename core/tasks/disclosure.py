"""What the main job shows to villagers: what their village was sent, and finished."""

from typing import Final

from core.contracts.disclosure import Clock, Collected, Column, FieldKind, Figure, Group, Period, Section
from core.kernel.database import fetch
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.scores.rules import GRADES

_DONE: Final = """
SELECT a.title, a.sender_name, a.category, a.closed_at, a.due_at, a.quality, a.score FROM assignment a
WHERE a.region >= $1 AND a.region < $2 AND a.region = $3 AND a.state = 'accepted' AND a.closed_at >= $4 AND a.closed_at < $5
ORDER BY a.closed_at, a.id LIMIT 2000
"""


async def collect_finished(scope: Scope, period: Period) -> Collected:
    """Give what one village finished in the period, without the persons who did it."""
    done = await fetch(scope, _DONE, period.region, period.starts, period.ends)
    rows = tuple(
        {
            "title": row["title"], "sender": row["sender_name"], "category": row["category"], "day": row["closed_at"],
            "grade": GRADES.get(row["quality"], ""), "points": row["score"],
        }
        for row in done
    )  # fmt: skip
    points = sum((row["score"] or 0 for row in done), start=0)
    return Collected(
        rows,
        figures=(
            Figure(mark("办结"), len(rows), unit=mark("件")),
            Figure(mark("得分"), points, FieldKind.NUMBER, unit=mark("分")),
        ),
    )


FINISHED: Final = Section(
    "tasks",
    mark("村里办结的事"),
    Group.TASKS,
    Clock.QUARTERLY,
    (
        Column("title", mark("事项"), FieldKind.TEXT, key=True),
        Column("sender", mark("交办单位"), FieldKind.ORGANISATION),
        Column("category", mark("类别"), FieldKind.TEXT),
        Column("day", mark("办结日期"), FieldKind.DATE),
        Column("grade", mark("质量"), FieldKind.STATE),
        Column("points", mark("得分"), FieldKind.NUMBER, unit=mark("分")),
    ),
    collect_finished,
    hint=mark("上级交给村里办的事，办结一件列一件。"),
)
