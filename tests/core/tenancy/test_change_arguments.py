"""The owner's function believes nothing it is told: wrong arguments of the application's own role are refused."""

from typing import Any

import asyncpg
import pytest

from core.kernel.database import fetch_value, transaction
from core.kernel.ids import new_id
from tests.core.tenancy.conftest import LIANSHI, NAN, NOW, SHUANGLIN, ZHU, county_scope
from tests.core.tenancy.test_changes import ON

_CALL = "SELECT change_regions($3, $4, $5, $6, $7, '', '某人', $8, $9, $10, $11, $12, $13, $14) WHERE $1 < $2"
VILLAGE, OTHER, FREE = f"{LIANSHI}206", f"{LIANSHI}207", f"{LIANSHI}399"
FORBIDDEN, WRONG, MEANWHILE = "42501", "22023", "40001"


def region(code: str, **other: Any) -> dict[str, Any]:
    lengths = {9: (4, 6), 12: (5, 9), 6: (3, 4)}
    level, above = lengths[len(code)]
    return {"code": code, "parent": code[:above], "level": level, "name": "新村", "short_name": "新村"} | other


def told(**other: Any) -> dict[str, Any]:
    """Say what is right, but for what a test makes wrong."""
    right = {
        "county": NAN, "kind": "close", "on": ON, "document": "1 号", "closed": [VILLAGE], "successors": [OTHER], "opened": [],
        "renamed": [], "old": [VILLAGE], "new": [OTHER],
    }  # fmt: skip
    return right | other


def pair(old: str, new: str) -> dict[str, Any]:
    return {"closed": [old], "successors": [new], "old": [old], "new": [new]}


async def call(place: str, said: dict[str, Any]) -> None:
    scope = county_scope(place)
    async with transaction(scope):
        await fetch_value(
            scope, _CALL, new_id(), said["county"], said["kind"], said["on"], said["document"], NOW, said["closed"],
            said["successors"], said["opened"], said["renamed"], said["old"], said["new"],
        )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (told(county=ZHU), FORBIDDEN),
        (told(kind="recode"), FORBIDDEN),
        (told(kind="anything"), FORBIDDEN),
        (told(**pair(VILLAGE, f"{ZHU}109200")), FORBIDDEN),  # another county's village as successor
        (told(**pair(NAN, NAN)), FORBIDDEN),
        (told(**pair(VILLAGE, "3305")), FORBIDDEN),
        (told(**pair(VILLAGE, f"{SHUANGLIN}200")), WRONG),  # of another township, though inside the right
        (told(**pair(VILLAGE, VILLAGE)), WRONG),
        (told(**pair(VILLAGE, SHUANGLIN)), WRONG),  # another level
        (told(**pair(LIANSHI, SHUANGLIN)), WRONG),  # villages would stay behind
        (told(**pair(VILLAGE, FREE)), MEANWHILE),  # no such region
        (told(successors=[]), WRONG),
        (told(successors=[""]), WRONG),
        (told(old=[], new=[]), WRONG),
        (told(new=[f"{LIANSHI}208"]), WRONG),
        (told(old=[VILLAGE, f"{LIANSHI}208"], new=[OTHER, OTHER]), WRONG),
        (told(closed=[VILLAGE, VILLAGE], successors=[OTHER, OTHER], old=[VILLAGE] * 2, new=[OTHER] * 2), WRONG),
        (told(document="  "), WRONG),
        (told(on=ON.replace(year=2027)), WRONG),
        (told(opened=[region(FREE, parent=SHUANGLIN)]), WRONG),
        (told(opened=[region(FREE, level=4)]), WRONG),
        (told(opened=[region(FREE, name=" ")]), WRONG),
        (told(opened=[region(FREE), region(FREE)]), WRONG),
        (told(opened=[region(f"{NAN}999201")]), WRONG),  # below a township that does not exist
        (told(opened=[region(f"{ZHU}109399")]), FORBIDDEN),
        (told(opened=[region("330599")]), FORBIDDEN),
        (told(renamed=[{"code": OTHER, "name": "", "short_name": ""}]), WRONG),
        (told(renamed=[{"code": f"{ZHU}109", "name": "别名", "short_name": "别名"}]), FORBIDDEN),
    ],
)
@pytest.mark.usefixtures("admin")
async def test_wrong_arguments_are_refused(said: dict[str, Any], state: str) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        await call(NAN, said)
    assert refused.value.sqlstate == state


async def test_township_changes_its_villages_and_not_itself(admin: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await call(LIANSHI, told(kind="rename", closed=[], successors=[], old=[], new=[],
                                 renamed=[{"code": LIANSHI, "name": "练市市", "short_name": "练市"}]))  # fmt: skip
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await call(SHUANGLIN, told())
    await call(LIANSHI, told())
    assert await admin.fetchval("SELECT successor FROM region WHERE code = $1", VILLAGE) == OTHER


async def test_application_reaches_the_functions_behind_it_in_no_other_way(admin: asyncpg.Connection) -> None:
    for name in ("apply_region_change", "announce_change", "keep_region_version", "check_opened", "check_closed"):
        rights = await admin.fetch(
            "SELECT has_function_privilege('xiangzhi_app', oid, 'EXECUTE') AS may FROM pg_proc WHERE proname = $1", name
        )
        assert [row["may"] for row in rights] == [False], name
