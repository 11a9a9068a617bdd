"""Short words for tests: a second office of the county, requests on their way, and what the worker does of them."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from core.entry_lists.actions import publish_list
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.people.roles import held_by
from core.tenancy.calendar import add_working_days
from plugins.township_filter.requests import jobs
from plugins.township_filter.requests.actions import asking, deciding, reviewing
from plugins.township_filter.requests.enums import RequestKind, Way
from plugins.township_filter.requests.rules import Asked
from tests.factories.world import NOW, County, Post, add_post

ON = {"township_filter": "on"}
FINANCE = "finance"
# Thirty working days after Monday, 23 November 2026: early in January, as soon as the new year's holiday is announced a day later.
FIRST_DAY = add_working_days(NOW.date(), 30)
ITEM = {
    "title": "学习软件推广", "kind": "assisting_duty", "category": "宣传", "department": "农业农村局", "legal_basis": "《乡村振兴促进法》第三十条",
    "conditions": "由部门提供账号", "funding": "每村 200 元",
}  # fmt: skip


def on(scope: Scope) -> Scope:
    """Give a post's scope as it is where the filter is on."""
    return replace(scope, plugins=ON, permissions=held_by(scope.role, ON, ()))


async def add_finance(admin: asyncpg.Connection, county: County) -> Post:
    """Give the county a second department with a person, once."""
    if FINANCE in county.posts:
        return county.posts[FINANCE]
    office = new_id()
    await admin.execute(
        "INSERT INTO office (county, id, region, name, short_name, created_at) VALUES ($1, $2, $1, '财政局', '财政局', now())",
        county.code, office,
    )  # fmt: skip
    made = await add_post(admin, county=county, role="county_department", region=county.code)
    await admin.execute("UPDATE membership SET office_id = $2 WHERE id = $1", made.scope.membership, office)
    county.posts[FINANCE] = replace(made, scope=replace(made.scope, office=office, by_office="财政局", by_name="李四"))
    return county.posts[FINANCE]


def admission(title: str = ITEM["title"], **changes: Any) -> Asked:
    """Make what a department asks for."""
    base = Asked(
        RequestKind.ADMISSION, Way.ADD, "township", "省里要求推广。", date(2027, 3, 1), {**ITEM, "title": title}, frequency="每年一次"
    )
    return replace(base, **changes)


def adjustment(item: str = "T31", way: str = Way.CHANGE, **changes: Any) -> Asked:
    """Make what a township asks for."""
    wanted = {**ITEM, "title": "防汛抢险和转移", "kind": "assisting_duty"}
    base = Asked(RequestKind.ADJUSTMENT, way, "township", "只靠乡镇做不了。", date(2027, 3, 1), wanted, item=item)
    return replace(base, **changes)


async def asked(county: County, what: Asked | None = None, *, role: str = "", now: datetime = NOW) -> UUID:
    plain = what or admission()
    usual = "county_department" if plain.kind is RequestKind.ADMISSION else "township_leader"
    scope = on(county.scope(role or usual))
    async with transaction(scope):
        return await asking.ask(scope, asked=plain, now=now)


async def in_review(county: County, what: Asked | None = None, *, now: datetime = NOW) -> UUID:
    made, boss = await asked(county, what, now=now), on(county.scope("county_administrator"))
    async with transaction(boss):
        await reviewing.begin_review(boss, request=made, offices=[office_of(county, FINANCE)], now=now)
    return made


async def reviewed(county: County, what: Asked | None = None, *, now: datetime = NOW) -> UUID:
    made = await in_review(county, what, now=now)
    await say(county, made, now=now)
    return made


async def say(county: County, request: UUID, *, opinion: str = "agree", text: str = "", now: datetime = NOW) -> None:
    finance = on(county.scope(FINANCE))
    async with transaction(finance):
        await reviewing.say_opinion(finance, request=request, opinion=opinion, text=text, now=now)


async def approved(county: County, what: Asked | None = None, *, code: str = "T88", now: datetime = NOW) -> UUID:
    made, boss = await reviewed(county, what, now=now), on(county.scope("county_administrator"))
    async with transaction(boss):
        await deciding.approve(boss, request=made, code=code, text="同意", now=now)
    return made


def office_of(county: County, role: str) -> UUID:
    found = county.scope(role).office
    assert found is not None
    return found


async def row_of(admin: asyncpg.Connection, request: UUID) -> Any:
    return await admin.fetchrow("SELECT * FROM township_filter.list_request WHERE id = $1", request)


async def follow(county: County, handler: Any, topic: str, *, region: str = "", at: datetime = NOW, **payload: Any) -> None:
    """Run a handler as the worker does, at the county; twice has one effect."""
    event = Event(new_id(), topic, county.code, region or county.code, payload, at)
    system = replace(system_scope(county.code), plugins=ON)
    for _ in range(2):
        async with transaction(system):
            await handler(system, event)


async def published(admin: asyncpg.Connection, county: County, request: UUID, *, now: datetime = NOW) -> None:
    """Publish the draft that an approved request stands in, as core's page does, and let the worker end the request."""
    row, boss = await row_of(admin, request), on(county.scope("county_administrator"))
    async with transaction(boss):
        await publish_list(boss, list_id=row["list_id"], document="县发〔2026〕30号", reason="准入申请", now=now)
    await follow(county, jobs.on_published, "entry_list.published", list_id=str(row["list_id"]))
