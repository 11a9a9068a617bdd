"""The sheet of people: its columns, and what is right or wrong with each of its rows. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from core.contracts.roles import Role
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.kernel.secrets import plain_id_number, plain_phone
from core.kernel.sheets import Record, SheetColumn
from core.people.rules import refusal_to_grant

TITLE: Final = "人员导入"
_TOWNSHIP: Final = 4
_VILLAGE: Final = 5
_LONGEST_NAME: Final = 50

NO_NAME: Final = mark("请填写姓名（不超过 50 个字）。")
NO_PHONE: Final = mark("手机号不是 11 位手机号。")
NO_ID_NUMBER: Final = mark("身份证号不对，请检查 18 位号码；表格里请设为文本格式。")
NO_ROLE: Final = mark("没有这个角色，或者您不能授予它。")
NO_TOWNSHIP: Final = mark("找不到这个乡镇（街道）。")
NO_VILLAGE: Final = mark("找不到这个村（社区）。")
SEVERAL_VILLAGES: Final = mark("本县有几个同名的村，请同时填写乡镇（街道）。")
NO_OFFICE: Final = mark("所选的地方没有这个科室站所。")
NO_GRID: Final = mark("所选的村没有这个网格。")
TWICE: Final = mark("与本表前面的一行完全重复。")
TWO_NAMES: Final = mark("同一个手机号在本表里有两个姓名。")


def columns(role_titles: Iterable[str]) -> tuple[SheetColumn, ...]:
    """Give the columns; the drop-down offers the roles that whoever imports may hand out."""
    return (
        SheetColumn("name", "姓名", required=True, example="张三", width=12),
        SheetColumn(
            "phone", "手机号", required=True, hint="用于登录，11 位，请用文本格式", example="13800000000",
            aliases=("手机", "电话", "联系电话"),
        ),
        SheetColumn("id_number", "身份证号", hint="可以不填；请用文本格式", width=22, aliases=("身份证",)),
        SheetColumn("role", "角色", required=True, choices=tuple(role_titles), example="村干部"),
        SheetColumn("township", "乡镇（街道）", hint="全称或简称", example="练市镇", aliases=("乡镇", "街道")),
        SheetColumn("village", "村（社区）", hint="全称、简称或 12 位代码", aliases=("村", "社区")),
        SheetColumn("office", "科室站所", hint="县级部门和乡镇科室填写", example="党政办公室"),
        SheetColumn("grid", "网格", hint="网格员填写"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Places:
    """What names in the sheet mean.

    Regions by name (short, full or code), offices and grids by place and name.
    """

    townships: Mapping[str, str]
    villages: Mapping[str, tuple[str, ...]]
    offices: Mapping[tuple[str, str], UUID]
    grids: Mapping[tuple[str, str], UUID]


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it will be stored; ``reason`` is empty for a good one."""

    n: int
    cells: Mapping[str, str]
    reason: str = ""
    name: str = ""
    phone: str = ""
    id_number: str = ""
    role: str = ""
    region: str = ""
    office: UUID | None = None
    grid: UUID | None = None


@dataclass(slots=True)
class _Seen:
    names: dict[str, str] = field(default_factory=dict)
    posts: set[tuple[object, ...]] = field(default_factory=set)


def check_rows(
    records: Iterable[Record], *, scope: Scope, roles: Mapping[str, Role], places: Places
) -> Iterator[Row]:
    """Check each row against the roles (by title), the places and the rows before it."""
    seen = _Seen()
    for record in records:
        yield _checked(record, scope, roles, places, seen)


def _checked(record: Record, scope: Scope, roles: Mapping[str, Role], places: Places, seen: _Seen) -> Row:
    """Look at every cell, so that a row comes back with all that is wrong with it, a line each."""
    cells = record.values
    name, phone = cells["name"], plain_phone(cells["phone"])
    id_number = plain_id_number(cells.get("id_number", ""))
    reasons: list[str] = []
    _need(reasons, bool(name) and len(name) <= _LONGEST_NAME, NO_NAME)
    _need(reasons, phone, NO_PHONE)
    _need(reasons, id_number or not cells.get("id_number"), NO_ID_NUMBER)
    role = roles.get(cells["role"])
    _need(reasons, role, NO_ROLE)
    region = _region_of(reasons, cells, role.level if role else 0, scope, places)
    if role and region:
        reasons += filter(None, [refusal_to_grant(scope, role, region=region, person=None)])
    office, grid = (
        _within(cells, "office", region, places.offices),
        _within(cells, "grid", region, places.grids),
    )
    if region:
        _need(reasons, office or not cells.get("office"), NO_OFFICE)
        _need(reasons, grid or not cells.get("grid"), NO_GRID)
    if phone and name:
        _need(reasons, seen.names.setdefault(phone, name) == name, TWO_NAMES)
    if role is None or reasons:
        return Row(record.number, cells, "\n".join(reasons))
    post = (phone, role.name, region, office, grid)
    if post in seen.posts:
        return Row(record.number, cells, TWICE)
    seen.posts.add(post)
    return Row(record.number, cells, "", name, phone, id_number, role.name, region, office, grid)


def _need(reasons: list[str], fine: object, reason: str) -> None:
    if not fine:
        reasons.append(reason)


def _region_of(
    reasons: list[str], cells: Mapping[str, str], level: int, scope: Scope, places: Places
) -> str:
    """Find where the row's post lies: at the level its role asks for. Empty, with a reason, where it cannot be found.

    Without a known role (level 0) only the names that were written are looked at.
    """
    named, village = cells.get("township", ""), cells.get("village", "")
    township = (
        places.townships.get(named, "") if named else scope.region[:9] if scope.level >= _TOWNSHIP else ""
    )
    if (named or level == _TOWNSHIP) and not township:
        reasons.append(NO_TOWNSHIP)
    if level == _TOWNSHIP:
        return township
    if level not in (0, _VILLAGE):
        return "" if named and not township else scope.region
    if not village and (level == 0 or scope.level == _VILLAGE):
        return scope.region if level else ""
    found = [code for code in places.villages.get(village, ()) if code.startswith(township)]
    if len(found) != 1:
        reasons.append(SEVERAL_VILLAGES if found else NO_VILLAGE)
        return ""
    return found[0] if level and (township or not named) else ""


def _within(
    cells: Mapping[str, str], key: str, region: str, known: Mapping[tuple[str, str], UUID]
) -> UUID | None:
    return known.get((region, cells[key])) if cells.get(key) else None
