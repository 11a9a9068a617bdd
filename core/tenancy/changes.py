"""Plans of what a document does to regions: pure, so that a preview and the deed are the same thing.

Codes are the right to see, so whatever goes under another region gets a code of its own there, and each pair (old, new) in
``moves`` says whose rows follow whom. Codes are never used twice.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from core.kernel.errors import Invalid, mark
from core.kernel.scope import is_code
from core.tenancy.enums import ChangeKind, Level
from core.tenancy.queries.regions import Region
from core.tenancy.rules import level_of, next_code, parent_of, short_name

_SEVERAL: Final = 2


@dataclass(frozen=True, slots=True)
class New:
    """A region that begins."""

    code: str
    name: str

    def stored(self) -> dict[str, Any]:
        level = level_of(self.code)
        return {
            "code": self.code,
            "parent": parent_of(self.code),
            "level": int(level),
            "name": self.name,
            "short_name": short_name(self.name, level),
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen. ``closed`` maps a code to its successor (empty: none)."""

    kind: ChangeKind
    closed: Mapping[str, str] = field(default_factory=dict)
    opened: Sequence[New] = ()
    renamed: Sequence[New] = ()
    moves: Sequence[tuple[str, str]] = ()

    @property
    def touched(self) -> set[str]:
        """Every code the plan speaks of."""
        codes = {*self.closed, *(new.code for new in (*self.opened, *self.renamed))}
        return codes | {code for pair in self.moves for code in pair}


@dataclass(frozen=True, slots=True)
class Part:
    """One new region of a split, with the codes of the regions below that go to it."""

    name: str
    below: Sequence[str] = ()
    code: str = ""


def plan_open(parent: Region, name: str, *, code: str = "", there: Sequence[Region]) -> Plan:
    """Open a township or village under an open region. ``there`` are all regions below it, closed ones too."""
    _require_open(parent)
    return Plan(ChangeKind.OPEN, opened=[_new(parent, name, code, there, {r.code for r in there})])


def plan_close(region: Region, successor: Region | None, *, there: Sequence[Region]) -> Plan:
    """Close a region with nothing open below it. Its open rows follow the successor, or stay for those above."""
    _require_open(region)
    if any(below.closed is None for below in there):
        raise Invalid(fields={"region": mark("它下面还有村（社区），请改用“合并”。")})
    if successor is not None:
        _require_open(successor)
        if successor.level != region.level or successor.code == region.code:
            raise Invalid(fields={"successor": mark("承接单位应是同级的另一个单位。")})
    code = successor.code if successor else ""
    return Plan(ChangeKind.CLOSE, closed={region.code: code}, moves=[(region.code, code)] if code else [])


def plan_rename(region: Region, name: str, *, beside: Sequence[Region]) -> Plan:
    """Give a region another name; its code and its rows stay."""
    _require_open(region)
    _check_name(name, [r for r in beside if r.code != region.code])
    return Plan(ChangeKind.RENAME, renamed=[New(region.code, name.strip())])


def plan_merge(
    sources: Sequence[Region],
    *,
    into: Region | None,
    parent: Region,
    name: str = "",
    code: str = "",
    beside: Sequence[Region],
    below: Mapping[str, Sequence[Region]],
) -> Plan:
    """Merge regions of one parent into one of them, into a neighbour, or into a new one called ``name``.

    ``beside`` are all regions of the parent, ``below`` all regions under each source and under ``into``.
    """
    gone = [region for region in sources if into is None or region.code != into.code]
    _check_sources(sources, gone, into, parent)
    opened: list[New] = []
    if into is None:
        others = [r for r in beside if r.code not in {g.code for g in gone}]
        target = _new(parent, name, code, others, {r.code for r in beside})
        opened.append(target)
        target_code, there = target.code, set[str]()
    else:
        _require_open(into)
        target_code, there = into.code, {r.code for r in below.get(into.code, ())}
    closed, moves = {}, []
    for region in gone:
        closed[region.code] = target_code
        moves.append((region.code, target_code))
        for child in below.get(region.code, ()):
            if child.closed is None:
                new = _follow(child, target_code, there)
                opened.append(new)
                closed[child.code] = new.code
                moves.append((child.code, new.code))
    return Plan(ChangeKind.MERGE, closed=closed, opened=opened, moves=moves)


def _check_sources(
    sources: Sequence[Region], gone: Sequence[Region], into: Region | None, parent: Region
) -> None:
    for region in sources:
        _require_open(region)
    few = too_few([r.code for r in sources], into.code if into else "")
    if few or len({r.code for r in gone}) != len(gone):
        raise Invalid(fields={"sources": few or mark("请选择要合并的单位。")})
    if any(parent_of(region.code) != parent.code for region in (*sources, *([into] if into else []))):
        raise Invalid(fields={"sources": mark("只能合并同一上级下的单位。")})


def too_few(sources: Sequence[str], into: str) -> str:
    """Say what is missing where too little was ticked to merge anything; nothing where it suffices."""
    gone = {code for code in sources if code != into}
    if not into and len(gone) < _SEVERAL:
        return mark("请至少选两个要合并的单位。")
    return "" if gone else mark("请至少选一个要并入的单位，“并入哪里”选的那个不算。")


def plan_split(
    region: Region,
    parts: Sequence[Part],
    *,
    parent: Region,
    beside: Sequence[Region],
    below: Sequence[Region],
    close: bool = False,
) -> Plan:
    """Split parts off a region. With ``close`` the region ends and its own rows follow the first part."""
    _require_open(region)
    if not parts or (close and len(parts) < _SEVERAL):
        raise Invalid(fields={"parts": mark("请写明拆分出的单位。")})
    children = {r.code: r for r in below if r.closed is None}
    given = [code for part in parts for code in part.below]
    if len(set(given)) != len(given) or not set(given) <= set(children):
        raise Invalid(fields={"parts": mark("每个村（社区）只能划入一个新单位。")})
    if close and set(given) != set(children):
        raise Invalid(fields={"parts": mark("原单位撤销时，请把它的村（社区）全部划入新单位。")})
    taken = {r.code for r in beside}
    others = [r for r in beside if not (close and r.code == region.code)]
    opened: list[New] = []
    closed, moves = {}, []
    for part in parts:
        new = _new(parent, part.name, part.code, others, taken)
        if new.name in {o.name for o in opened}:
            raise Invalid(fields={"parts": mark("新单位的名称不能相同。")})
        taken.add(new.code)
        opened.append(new)
        there: set[str] = set()
        for code in part.below:
            follower = _follow(children[code], new.code, there)
            opened.append(follower)
            closed[code] = follower.code
            moves.append((code, follower.code))
    if close:
        closed[region.code] = opened[0].code
        moves.append((region.code, opened[0].code))
    return Plan(ChangeKind.SPLIT, closed=closed, opened=opened, moves=moves)


def _follow(child: Region, parent: str, there: set[str]) -> New:
    """Keep the last three digits where they are free under the new parent."""
    wanted = parent + child.code[len(parent_of(child.code)) :]
    code = wanted if wanted not in there else next_code(parent, child.name, there)
    there.add(code)
    return New(code, child.name)


def _new(parent: Region, name: str, code: str, beside: Sequence[Region], taken: Collection[str]) -> New:
    _check_name(name, beside)
    wanted = code.strip() or next_code(parent.code, name.strip(), taken)
    if not is_code(wanted) or parent_of(wanted) != parent.code:
        raise Invalid(fields={"code": mark("代码应以上级代码开头，后加三位数字。")})
    if wanted in taken:
        raise Invalid(fields={"code": mark("这个代码已经用过，代码不能重复使用。")})
    return New(wanted, name.strip())


def _check_name(name: str, beside: Sequence[Region]) -> None:
    if not name.strip():
        raise Invalid(fields={"name": mark("请写名称。")})
    if any(r.closed is None and r.name == name.strip() for r in beside):
        raise Invalid(fields={"name": mark("同一上级下已有这个名称。")})


def _require_open(region: Region) -> None:
    if region.closed is not None or region.level < Level.COUNTY:
        raise Invalid(fields={"region": mark("这个区划已经撤销，或不能在这里变更。")})
