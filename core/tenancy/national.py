"""Plans of what the State Council or a province does to counties and cities: pure, as ``changes`` is for what lies below them.

A recode gives a county (or a city with its counties) another code; everything below keeps its last digits.
"""

from collections.abc import Sequence
from typing import Final

from core.kernel.errors import Invalid, mark
from core.kernel.scope import is_code
from core.tenancy.changes import New, Plan
from core.tenancy.enums import ChangeKind, Level
from core.tenancy.queries.regions import Region
from core.tenancy.rules import level_of, parent_of

KINDS: Final = (ChangeKind.OPEN, ChangeKind.RENAME, ChangeKind.RECODE, ChangeKind.CLOSE)
BIG: Final = (Level.CITY, Level.COUNTY)


def plan_big_open(parent: Region, name: str, *, code: str, there: Sequence[Region]) -> Plan:
    """Begin a county or city under ``parent`` with the code the ministry gave it. ``there`` are all below it, closed ones too."""
    _require_open(parent)
    if parent.level not in (Level.PROVINCE, Level.CITY):
        raise Invalid(fields={"code": mark("请填上级是省或市的代码。")})
    _check_name(name, there)
    _check_code(code, parent=parent.code, length=len(parent.code) + 2, taken=there)
    return Plan(ChangeKind.OPEN, opened=[New(code, name.strip())])


def plan_big_rename(region: Region, name: str, *, beside: Sequence[Region]) -> Plan:
    """Give a county or city another name under the same code."""
    _require_big(region)
    _check_name(name, beside)
    return Plan(ChangeKind.RENAME, renamed=[New(region.code, name.strip())])


def plan_big_close(
    region: Region, successor: Region | None, *, below: Sequence[Region], tenants: Sequence[str]
) -> Plan:
    """End a county or city that has nothing open below. ``tenants`` are the codes where the product is in use."""
    _require_big(region)
    if any(each.closed is None for each in below):
        raise Invalid(fields={"region": mark("它下面还有单位，请先登记这些单位的调整。")})
    if any(code.startswith(region.code) for code in tenants):
        raise Invalid(fields={"region": mark("这里已经开通使用，不能直接撤销；代码变了请登记“代码调整”。")})
    if successor is not None:
        _require_open(successor)
        if successor.level != region.level or successor.code == region.code:
            raise Invalid(fields={"successor": mark("承接单位应是同级的另一个单位。")})
    code = successor.code if successor else ""
    return Plan(ChangeKind.CLOSE, closed={region.code: code}, moves=[(region.code, code)] if code else [])


def plan_recode(
    region: Region,
    code: str,
    *,
    name: str,
    parent: Region,
    below: Sequence[Region],
    taken: Sequence[Region],
) -> Plan:
    """Give a county or city another code, and another name where one is given. ``below`` are all open regions below it.

    ``parent`` is the region the new code lies under, ``taken`` are all regions there, closed ones too.
    """
    _require_big(region)
    _require_open(parent)
    _check_code(code, parent=parent.code, length=len(region.code), taken=taken)
    if name.strip():
        _check_name(name, [each for each in taken if each.code != region.code])
    follow = [region, *below]
    moves = [(each.code, code + each.code[len(region.code) :]) for each in follow]
    names = {each.code: each.name for each in follow} | ({region.code: name.strip()} if name.strip() else {})
    opened = [New(new, names[old]) for old, new in moves]
    return Plan(ChangeKind.RECODE, closed=dict(moves), opened=opened, moves=moves)


def _check_code(code: str, *, parent: str, length: int, taken: Sequence[Region]) -> None:
    if not is_code(code) or len(code) != length or parent_of(code) != parent:
        raise Invalid(fields={"code": mark("代码应以上级代码开头：市 4 位，县（市、区）6 位。")})
    if any(each.code == code for each in taken):
        raise Invalid(fields={"code": mark("这个代码已经用过，代码不能重复使用。")})


def _check_name(name: str, beside: Sequence[Region]) -> None:
    if not name.strip():
        raise Invalid(fields={"name": mark("请写名称。")})
    if any(each.closed is None and each.name == name.strip() for each in beside):
        raise Invalid(fields={"name": mark("同一上级下已有这个名称。")})


def _require_big(region: Region) -> None:
    _require_open(region)
    if level_of(region.code) not in BIG:
        raise Invalid(fields={"region": mark("这里只登记市和县（市、区）的变更。")})


def _require_open(region: Region) -> None:
    if region.closed is not None:
        raise Invalid(fields={"region": mark("这个区划已经撤销，不能再变更。")})
