"""Receivers on the dispatch page: each with its workload, in groups of one kind that are ticked at once."""

from collections.abc import Iterable
from typing import Any, Final

from core.kernel.errors import mark
from core.tasks.queries.tasks import Load
from web.answers import Request, say, say_n

HEAVY: Final = 8
# By how full names of the national list end; the first that fits.
_KINDS: Final = (
    (mark("社区"), ("社区", "社区居委会", "居委会", "居民委员会")),
    (mark("街道"), ("街道", "街道办事处")),
    (mark("镇"), ("镇",)),
    (mark("乡"), ("乡",)),
    (mark("村"), ("村", "村委会", "村民委员会")),
)
_OTHER: Final = mark("其他")


def kind_of(name: str) -> str:
    """Name the kind of a place by its full name: 社区, 街道, 镇, 乡, 村 or 其他."""
    return next((kind for kind, endings in _KINDS if name.endswith(endings)), _OTHER)


def groups_of(request: Request, loads: Iterable[Load]) -> list[dict[str, Any]]:
    """Give the groups that ``ui.pick_grid`` draws, the largest first."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for load in loads:
        groups.setdefault(kind_of(load.full_name), []).append(_row(request, load))
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [{"title": say(request, kind), "rows": rows} for kind, rows in ordered]


def _row(request: Request, load: Load) -> dict[str, Any]:
    return {
        "id": load.region,
        "name": load.name,
        "note": say_n(request, mark("%(n)s 件"), load.week) if load.week else "",
        "warn": say(request, mark("偏重")) if load.week >= HEAVY else "",
        "danger": say(request, mark("超期 %(n)s"), n=load.late) if load.late else "",
    }
