"""What a county's requests about its list go through: asked, reviewed, decided, listed, sent back, taken back, late; and what is learned."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg

from core.entry_lists.actions import discard_draft, publish_list
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from plugins.township_filter import personal
from plugins.township_filter.learning import actions as learning
from plugins.township_filter.learning.enums import Source
from plugins.township_filter.learning.queries import (
    LearnedFilter,
    learned_examples,
    learned_list,
    learned_of,
    learned_version,
)
from plugins.township_filter.requests import jobs
from plugins.township_filter.requests.actions import asking, deciding, reviewing
from plugins.township_filter.requests.actions.moving import CLOCK, MOVED
from plugins.township_filter.requests.enums import RequestKind, Way
from plugins.township_filter.requests.queries import (
    RequestFilter,
    county_items,
    events_of,
    matter_of,
    offices_asked_last,
    request_of_matter,
    requests_of,
)
from plugins.township_filter.requests.rules import Asked
from tests.factories.world import NOW, County, handed

FAR = (NOW + timedelta(days=120)).date()
ITEM = {"title": "", "kind": "assisting_duty", "category": "其他", "department": "", "legal_basis": "有关文件", "conditions": "", "funding": ""}


def _admission(county: County, title: str, incoming: UUID | None = None) -> Asked:
    wanted = {**ITEM, "title": f"{county.code} {title}"}
    return Asked(RequestKind.ADMISSION, Way.ADD, "township", "需要。", FAR, wanted, "每年一次", incoming=incoming)


async def ask_and_learn(admin: asyncpg.Connection, county: County) -> None:
    """Bring a request into every state, read all that can be read, learn, correct and undo."""
    second = await _second_office(admin, county)
    await _requests(admin, county, second)
    await _learn(admin, county)


async def _second_office(admin: asyncpg.Connection, county: County) -> Scope:
    """Let somebody of a second department act; the post itself is the first one's."""
    office = new_id()
    await admin.execute(
        "INSERT INTO office (county, id, region, name, short_name, created_at) VALUES ($1, $2, $1, $3, $3, now())",
        county.code, office, f"财政局{office.hex[-4:]}",
    )  # fmt: skip
    return replace(county.scope("county_department"), office=office, by_office="财政局", person=new_id())


async def _requests(admin: asyncpg.Connection, county: County, second: Scope) -> None:
    own, boss, leader = county.scope("county_department"), county.scope("county_administrator"), county.scope("township_leader")
    refused = await handed(county, "county_department", title="组织干部转发朋友圈并截图")
    await admin.execute("UPDATE incoming_task SET state = 'refused' WHERE id = $1", refused.id)
    made = [await _asked(own, _admission(county, f"事项 {n}", refused.id if n == 0 else None)) for n in range(5)]
    adjusted = Asked(RequestKind.ADJUSTMENT, Way.MOVE, "township", "需要。", FAR, {"kind": "banned"}, item="T31")
    moved = await _asked(leader, adjusted)
    listed, waiting, back, gone, late = made
    for each in (listed, waiting, back, moved):
        async with transaction(boss):
            await reviewing.begin_review(boss, request=each, offices=[second.office] if second.office else [], now=NOW)
    async with transaction(second):
        await reviewing.say_opinion(second, request=listed, opinion="agree", text="", now=NOW)
    async with transaction(boss):
        for each in (back, moved):
            await reviewing.conclude_review(boss, request=each, reason="不等了", now=NOW)
        await deciding.send_back(boss, request=back, reason="缺经费", now=NOW)
        await deciding.refuse(boss, request=moved, reason="不合适", now=NOW)
    async with transaction(own):
        await asking.resubmit(own, request=back, asked=_admission(county, "事项 2"), now=NOW)
        await asking.withdraw(own, request=gone, reason="", now=NOW)
        await request_of_matter(own, refused.id)
    await _list(admin, county, listed)
    await _follow(admin, county, [listed, waiting, late])
    await _look(county)


async def _asked(scope: Scope, asked: Asked) -> UUID:
    async with transaction(scope):
        return await asking.ask(scope, asked=asked, now=NOW)


async def _list(admin: asyncpg.Connection, county: County, request: UUID) -> None:
    """Approve, throw the draft away, write it again and publish it."""
    boss = county.scope("county_administrator")
    code = f"T{new_id().hex[-6:]}"
    async with transaction(boss):
        await deciding.approve(boss, request=request, code=code, text="同意", now=NOW)
    for again in (True, False):
        draft = await admin.fetchval("SELECT list_id FROM township_filter.list_request WHERE id = $1", request)
        async with transaction(boss):
            if again:
                await discard_draft(boss, list_id=draft, now=NOW)
                await deciding.redraft(boss, request=request, now=NOW)
            else:
                await publish_list(boss, list_id=draft, document="县发〔2026〕30号", reason="准入申请", now=NOW)
    system = replace(system_scope(county.code), plugins=boss.plugins)
    async with transaction(system):
        await deciding.note_published(system, list_id=draft, now=NOW)


async def _follow(admin: asyncpg.Connection, county: County, requests: list[UUID]) -> None:
    """Tell whom each concerns, and let the clock run out on them."""
    system = replace(system_scope(county.code), plugins=county.scope("county_administrator").plugins)
    for request, way in zip(requests, ("list", "review", "submit"), strict=True):
        state, region = await admin.fetchrow("SELECT state, region FROM township_filter.list_request WHERE id = $1", request)
        payload = {"request": str(request), "way": way, "state": state, "what": "late", "round": 1}
        for topic, handler in ((MOVED, jobs.on_moved), (CLOCK, jobs.on_clock)):
            async with transaction(system):
                await handler(system, Event(new_id(), topic, county.code, region, payload, NOW))


async def _look(county: County) -> None:
    for role in ("county_administrator", "county_department", "township_leader"):
        scope = county.scope(role)
        async with transaction(scope):
            rows, _ = await requests_of(scope, RequestFilter(), now=NOW)
            await requests_of(scope, RequestFilter(show="mine"), now=NOW)
            await events_of(scope, rows[0])
            await offices_asked_last(scope)
            for row in rows:
                await matter_of(scope, row)
            await county_items(scope, level="township", at=NOW)


async def _learn(admin: asyncpg.Connection, county: County) -> None:
    """Learn from a matter twice, put it right, undo it, and learn from another that stays."""
    boss, leader = county.scope("county_administrator"), county.scope("township_leader")
    system = replace(system_scope(county.code), plugins=boss.plugins)
    for title in ("圩堤隐患排查", "医保参保动员"):
        got = await handed(county, title=title)
        await admin.execute("UPDATE incoming_task SET state = 'passed' WHERE id = $1", got.id)
        for code in ("", "V12"):
            async with transaction(system):
                said = learning.Said(code, Source.ADMITTED, "张三", reason="核对过")
                await learning.learn(system, incoming=got.id, said=said, now=NOW)
    async with transaction(leader):
        await learning.correct_matter(leader, incoming=got.id, code=learning.NO_ITEM, reason="不在清单里", now=NOW)
        await learned_examples(leader, level="village", at=NOW)
        await learned_version(leader, level="village")
    async with transaction(boss):
        row = await learned_of(boss, got.id)
        await learned_list(boss, LearnedFilter())
        await learning.undo_learned(boss, learned=row["id"] if row else got.id, reason="弄错了", now=NOW)
        for scope in (boss, leader):
            assert scope.person
            await personal.data_of(boss, scope.person)
            await personal.erase(boss, scope.person, NOW)
