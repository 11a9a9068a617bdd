"""Core's own screening rule: is the matter on the lists in force, by code or by name.

It passes what is listed, refuses what was taken back or is banned, and leaves everything else to a person:
that nothing was found is no ground for refusing here. A county that wants it stricter switches a plugin on.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from core.contracts.screening import Candidate, Finding, Matter, ScreeningRule, held, passed, refused
from core.entry_lists.enums import BEARINGS, Bearing, ItemKind
from core.entry_lists.matching import Index
from core.entry_lists.queries import Item, items_in_force
from core.kernel.errors import mark
from core.kernel.scope import Scope

# A name this long that stands whole in a matter's title means the item itself; shorter ones are words of every day.
SHORTEST_NAME: Final = 6
FAR_NEARNESS: Final = 0.2
BY_FAR: Final = 1.5  # times as near as the nearest item that may be sent


async def screen_by_lists(scope: Scope, matter: Matter) -> Finding:
    """Screen a matter against the lists in force where it goes to."""
    items = await items_in_force(scope, level=matter.level, at=matter.at, region=matter.region)
    return finding_for(matter, items)


def finding_for(matter: Matter, items: Sequence[Item]) -> Finding:
    """Say what the lists say of a matter. ``items`` are those in force, the nearest region's first."""
    index = Index(items)
    near = tuple(candidate_of(each.item, each.nearness, each.parts) for each in index.nearest(matter.title, matter.body))
    if not items:
        return held(mark("这一层级还没有已发布的准入清单。"))
    code = matter.item_code.strip().casefold()
    chosen = [item for item in items if code and item.code.casefold() == code][:1]
    named = index.named(matter.title) or index.contained(matter.title, shortest=SHORTEST_NAME)
    forbidden = [item for item in (*chosen, *named) if item.bearing is Bearing.FORBIDDEN]
    if forbidden:
        return refused_as(forbidden[0], near)
    if code and not chosen:
        return held(
            mark("编号 %(code)s 不在现行清单里。"), candidates=near, code=matter.item_code
        )
    for item in (*chosen, *named):
        if item.bearing is Bearing.ALLOWED:
            return replace(_passed(item), candidates=near)
    return _undecided(matter, chosen or named, near)


def _undecided(matter: Matter, named: Sequence[Item], near: tuple[Candidate, ...]) -> Finding:
    if matter.emergency and matter.emergency_reason.strip():
        text = mark("紧急事项先派后审：清单里没有对应事项，派发后须做合规审查。")
        return replace(passed(text), candidates=near)
    if named:
        text = mark("“%(title)s”（%(code)s）只是参照目录，不是可派发事项。")
        return held(text, candidates=near, title=named[0].title, code=named[0].code)
    if (banned := _nearest_forbidden(near)) is not None:
        return _near_forbidden(banned, near)
    if near:
        return held(mark("标题和编号都没有对上清单事项，最接近的见下。"), candidates=near)
    return held(mark("清单里没有接近的事项。"))


def _nearest_forbidden(near: Sequence[Candidate]) -> Candidate | None:
    if not near or BEARINGS.get(near[0].kind) is not Bearing.FORBIDDEN or near[0].nearness < FAR_NEARNESS:
        return None
    others = (each.nearness for each in near if BEARINGS.get(each.kind) is not Bearing.FORBIDDEN)
    return near[0] if near[0].nearness >= BY_FAR * max(others, default=0.0) else None


def _near_forbidden(banned: Candidate, near: Sequence[Candidate]) -> Finding:
    text = (
        mark("最接近的是上级部门已经收回的“%(title)s”（%(code)s），不能按这一项派发。")
        if banned.kind == ItemKind.WITHDRAWN_DUTY
        else mark("最接近的是负面清单的“%(title)s”（%(code)s），不能按这一项派发。")
    )
    return held(text, candidates=near, title=banned.title, code=banned.code)


def _passed(item: Item) -> Finding:
    return passed(
        mark("属于“%(list)s”第 %(code)s 项“%(title)s”。"),
        item=candidate_of(item, 1.0, (item.title,)),
        list=item.list_title,
        code=item.code,
        title=item.title,
    )


def refused_as(item: Item, near: tuple[Candidate, ...]) -> Finding:
    """Refuse a matter that is named like what was taken back or is banned; that item is its first candidate."""
    own = candidate_of(item, 1.0, (item.title,))
    rest = tuple(each for each in near if each.id != item.id)
    text = (
        mark("“%(title)s”（%(code)s）已由上级部门收回，不得再派。")
        if item.kind == ItemKind.WITHDRAWN_DUTY
        else mark("“%(title)s”（%(code)s）在负面清单里，不得要求基层承担。")
    )
    return refused(text, candidates=(own, *rest), title=item.title, code=item.code)


def candidate_of(item: Item, nearness: float, parts: tuple[str, ...]) -> Candidate:
    """Give what the contract carries of an item that comes near."""
    return Candidate(
        id=item.id,
        code=item.code,
        title=item.title,
        kind=item.kind,
        list_title=item.list_title,
        department=item.department,
        nearness=nearness,
        parts=parts,
    )


RULE: Final = ScreeningRule("entry_list", mark("准入清单比对"), screen_by_lists)
