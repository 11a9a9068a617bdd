"""Two counties with twin data but different lists, a person of every role, and signed-in sessions for each.

Everything is written by the product's own actions where there are some; only people are put in place directly, because
inviting and redeeming each of them would take minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg

from core.entry_lists.actions import create_draft, publish_list, store_import
from core.entry_lists.queries import items_of
from core.entry_lists.rules import ItemData, fingerprint
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.scope import Scope, system_scope
from core.people.roles import held_by
from core.people.sessions import hash_of
from core.tasks.actions.dispatching import Dispatched, Order, dispatch_task
from core.tasks.actions.incoming import Handed, Received, hand_in
from core.tasks.enums import Level, Mode
from core.tasks.rules import EvidenceWanted
from tests.core.people.world import NAN, ZHU, add_counties

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)  # a Monday morning in China
SOON = NOW + timedelta(days=3)
RULE = {"excellent": "1.2", "good": "1.0", "fair": "0.8", "poor": "0.5", "late_per_day": "0.1", "late_least": "0.5"}

# Where a post of each ready role stands, as the part of the code behind the county's six digits.
PLACES: Mapping[str, str] = {
    "county_administrator": "", "county_inspector": "", "county_department": "",
    "township_leader": "101", "township_staff": "101",
    "village_secretary": "101201", "village_cadre": "101201", "bookkeeper": "101201", "grid_worker": "101201",
    "supervision_committee": "101201",
}  # fmt: skip
SECOND_VILLAGE = "101202"


@dataclass(frozen=True)
class Post:
    """One signed-in person: the scope for actions, the token for requests."""

    scope: Scope
    token: str
    account: UUID


@dataclass
class County:
    """One county with its posts by role; ``second_village`` is a secretary of the neighbouring village."""

    code: str
    posts: dict[str, Post] = field(default_factory=dict)
    offices: dict[str, UUID] = field(default_factory=dict)
    grid: UUID | None = None

    @property
    def township(self) -> str:
        return f"{self.code}101"

    @property
    def village(self) -> str:
        return f"{self.code}101201"

    def scope(self, role: str) -> Scope:
        return self.posts[role].scope


@dataclass
class World:
    """The two counties and the viewers above them."""

    nan: County
    zhu: County
    viewers: dict[str, Post] = field(default_factory=dict)

    @property
    def counties(self) -> tuple[County, County]:
        return self.nan, self.zhu


async def make_world(admin: asyncpg.Connection) -> World:
    """Build both counties. The pool must be open; ``admin`` is the superuser's connection."""
    await add_counties(admin)
    nan, zhu = County(NAN), County(ZHU)
    for county in (nan, zhu):
        await _offices(admin, county)
        for role, tail in PLACES.items():
            county.posts[role] = await add_post(admin, county=county, role=role, region=county.code + tail)
        county.posts["second_village"] = await add_post(
            admin, county=county, role="village_secretary", region=county.code + SECOND_VILLAGE
        )
        await publish_lists(county)
    world = World(nan, zhu)
    for role, region in (("province_viewer", "33"), ("city_viewer", "3305")):
        world.viewers[role] = await add_post(admin, county=nan, role=role, region=region, key=region)
    return world


async def _offices(admin: asyncpg.Connection, county: County) -> None:
    for name, region in (("农业农村局", county.code), ("农业农村办公室", county.township)):
        made = new_id()
        await admin.execute(
            "INSERT INTO office (county, id, region, name, short_name, created_at) VALUES ($1, $2, $3, $4, $4, now())",
            county.code, made, region, name,
        )  # fmt: skip
        county.offices[region] = made
    county.grid = new_id()
    await admin.execute(
        "INSERT INTO grid (county, id, region, name, created_at) VALUES ($1, $2, $3, '第一网格', now())",
        county.code, county.grid, county.village,
    )  # fmt: skip


async def add_post(
    admin: asyncpg.Connection, *, county: County, role: str, region: str, key: str = ""
) -> Post:
    """Put one person at one post and open a session that has shown its second factor."""
    tenant = key or county.code
    account, person, membership, session = new_id(), new_id(), new_id(), new_id()
    token = f"token-{role}-{region}-{session}"
    office = county.offices.get(region) if role in {"county_department", "township_staff"} else None
    grid = county.grid if role == "grid_worker" else None
    name = {"village_secretary": "王建国", "village_cadre": "李春梅"}.get(role, "张三")
    await admin.execute(
        "INSERT INTO account (id, login, created_at, password_changed_at) VALUES ($1, $2, now(), now())",
        account, f"{role}-{region}-{session}",
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO person (county, id, region, name, account_id, created_at) VALUES ($1, $2, $3, $4, $5, now())",
        tenant, person, region, name, account,
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO membership (county, id, region, person_id, person_name, role, office_id, grid_id, valid_from,"
        " granted_by_name, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '2026-01-01', '测试', now())",
        tenant, membership, region, person, name, role, office, grid,
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO session (token_hash, id, account_id, county, membership_id, factor_at, created_at, seen_at,"
        " idle_seconds, expires_at) VALUES ($1, $2, $3, $4, $5, now(), now(), now(), 86400, now() + interval '1 day')",
        hash_of(token), session, account, tenant, membership,
    )  # fmt: skip
    scope = Scope(
        region=region, county=tenant, by_name=name, person=person, membership=membership, role=role,
        by_office="农业农村局" if office and len(region) == 6 else "农业农村办公室" if office else "",
        office=office, grid=grid, permissions=held_by(role, {}, ()),
    )  # fmt: skip
    return Post(scope, token, account)


def item(code: str, title: str, *, points: str = "5", kind: str = "core_duty", **more: object) -> ItemData:
    return ItemData(code=code, title=title, kind=kind, points=Decimal(points), **more)  # type: ignore[arg-type]


LISTS = {
    NAN: {
        "township": [item("T31", "防汛抢险"), item("R01", "上级收回的执法事项", kind="withdrawn_duty")],
        "village": [item("V12", "圩堤隐患排查", kind="assisting"), item("V13", "医保参保动员", kind="assisting", points="3")],
    },
    ZHU: {
        "township": [item("T31", "香榧森林防火"), item("T40", "防汛抢险")],
        "village": [item("V12", "香榧采收安全宣传", kind="assisting"), item("V50", "圩堤隐患排查", kind="assisting")],
    },
}


async def publish_lists(county: County) -> None:
    """Publish the county's own lists: the same codes mean different matters in the two counties."""
    scope = replace(system_scope(county.code), by_name="王敏")
    for level, items in LISTS[county.code].items():
        async with transaction(scope):
            made = await create_draft(scope, level=level, title=f"{county.code} 准入清单", now=NOW - timedelta(days=30))
            await store_import(scope, list_id=made, items=items, seen=fingerprint(await items_of(scope, made)), now=NOW)
            await publish_list(
                scope, list_id=made, document="政发〔2026〕1号", reason="年度调整", now=NOW - timedelta(days=30)
            )


def order(county: County, **changes: object) -> Order:
    """Make what a leader sends to both villages of the township; change what a test is about."""
    base = Order(
        title="汛期前圩堤隐患排查", body="逐处检查，有隐患的拍照。", points=Decimal(5), due_at=SOON, level=Level.VILLAGE,
        evidence=EvidenceWanted(text=True, photos=0, files=0), regions=(county.village, county.code + SECOND_VILLAGE),
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


async def sent(county: County, **changes: object) -> Dispatched:
    """Send a task from the township's leader."""
    scope = county.scope("township_leader")
    async with transaction(scope):
        return await dispatch_task(scope, order(county, **changes), rule=RULE, now=NOW)


async def opened(county: County, places: int = 1, **changes: object) -> Dispatched:
    """Open a task with places to take."""
    return await sent(county, mode=Mode.OPEN, regions=(), places=places, **changes)


async def handed(county: County, role: str = "township_leader", **changes: object) -> Received:
    """Hand a matter in and have it screened."""
    scope = county.scope(role)
    level = Level.TOWNSHIP if scope.level == 3 else Level.VILLAGE
    base = Handed(title="圩堤隐患排查", body="请各村排查。", level=level)
    async with transaction(scope):
        return await hand_in(scope, replace(base, **changes), now=NOW)  # type: ignore[arg-type]
