"""Regions redrawn: townships merged with their lists, settings and open rows, and a county by the platform's operator."""

import json
import secrets
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg

from core.contracts.registry import current
from core.entry_lists.actions import create_draft, publish_list, store_import
from core.entry_lists.queries import items_of
from core.entry_lists.rules import fingerprint
from core.jobs.delivery import run_once, scope_of
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.tenancy.actions.national import change_nationally, province_scope
from core.tenancy.actions.regions import Document, Wish, change_regions, preview_change
from core.tenancy.enums import ChangeKind
from core.tenancy.moving import following_tables
from core.tenancy.queries.regions import codes_now
from tests.factories.world import NOW, County, item
from tests.isolation.rows import put_row


def document(days: int) -> Document:
    """Make a document that holds since some days ago; the next change of a region lies after its last."""
    return Document(f"浙民区划〔2026〕{9 - days} 号", NOW.date() - timedelta(days=days))


async def merge(admin: asyncpg.Connection, county: County) -> None:
    """Make two townships with lists, drafts and settings of their own, merge them into a new one, and that into a third."""
    first, second, third = await _townships(admin, county)
    boss = replace(system_scope(county.code), by_name="王敏")
    for town, titles in ((first, "防汛巡查 文物巡查"), (second, "防汛巡查 集体资产监管"), (third, "护林防火")):
        items = [item(f"T{n}", title) for n, title in enumerate(titles.split())]
        for days in (4, 3, 0):
            here = replace(system_scope(town, county=county.code), by_name="赵镇长")
            async with transaction(here):
                made = await create_draft(here, level="township", title="特有清单", now=NOW)
                await store_import(here, list_id=made, items=items, seen=fingerprint(await items_of(here, made)), now=NOW)
                if days:
                    at = NOW - timedelta(days=days)
                    await publish_list(here, list_id=made, document="镇发〔2026〕1号", reason="特有事项", now=at, again=True)
        await put_row(
            admin, "setting", county=county.code, region=town, area="scores", key="good", value='"1.1"',
            valid_from=NOW - timedelta(days=3), created_at=NOW,
        )  # fmt: skip
    wish = Wish(ChangeKind.MERGE, sources=[first, second], name=f"合并{first[-2:]}镇")
    rows = await _belongings(admin, county, first, second)
    async with transaction(boss):
        await preview_change(boss, wish)
        await change_regions(boss, wish, document(2), now=NOW)
    await deliver_all(admin)
    async with transaction(boss):
        await codes_now(boss, [first])
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        for table, row in rows:
            await admin.execute(f"DELETE FROM {table} WHERE id = $1", row)
    made_of = await admin.fetchval("SELECT successor FROM region WHERE code = $1", first)
    async with transaction(boss):
        await change_regions(boss, Wish(ChangeKind.MERGE, sources=[made_of], successor=third), document(1), now=NOW)


async def _belongings(
    admin: asyncpg.Connection, county: County, first: str, second: str
) -> list[tuple[str, UUID]]:
    """Give a township an open row of every table that follows, and both an office and a grid of one name."""
    share, brief, matter, task = new_id(), new_id(), new_id(), new_id()
    fixed: dict[str, dict[str, object]] = {
        "assignment": {"id": share, "sender_region": first}, "assignment_event": {"assignment_id": share}, "submission": {"assignment_id": share},
        "task_brief": {"id": brief}, "task": {"id": task, "brief_id": brief}, "task_parent": {"task_id": task}, "incoming_task": {"state": "passed"},
        "calendar_day": {"day": NOW.date() + timedelta(days=40)}, "plugin_state": {"plugin": f"p{first}"}, "role": {"name": f"r{first}"},
        "petition": {"id": matter, "desk": first}, "petition_concern": {"petition_id": matter}, "petition_event": {"petition_id": matter},
        "petition_raiser": {"petition_id": matter},
    }  # fmt: skip
    made = []
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        scope = system_scope(county.code)
        async with transaction(scope):
            tables = await following_tables(scope)
        for region, names in ((first, list(tables)), (second, ["office", "grid"])):
            for table in names:
                row = await put_row(admin, table, county=county.code, region=region, **fixed.get(table, {}))
                made.append((table, fixed.get(table, {}).get("id", row)))
    return made


async def _townships(admin: asyncpg.Connection, county: County) -> list[str]:
    """Add three townships with a village each, under codes that are still free."""
    last = int(await admin.fetchval("SELECT max(code) FROM region WHERE parent = $1", county.code))
    codes = [str(last + n) for n in (1, 2, 3)]
    for code in codes:
        for made, parent, level in ((code, county.code, 4), (f"{code}201", code, 5)):
            await admin.execute(
                "INSERT INTO region (code, parent, level, name, short_name, opened) VALUES ($1, $2, $3, $4, $5, '2023-06-30')",
                made, parent, level, f"新{made[-5:]}{'镇' if level == 4 else '村'}", f"新{made[-5:]}",
            )  # fmt: skip
    return codes


async def redraw(admin: asyncpg.Connection) -> None:
    """Let the platform's operator open a county that is nobody's tenant, rename it, give it another code and close it."""
    token, free = secrets.token_bytes(32), int(await admin.fetchval("SELECT max(code) FROM region WHERE parent = '3305'"))
    account = new_id()
    await admin.execute(
        "INSERT INTO account (id, login, operator, operator_name, created_at, password_changed_at) VALUES ($1, $2, true, '平台', now(), now())",
        account, f"operator-{account}",
    )  # fmt: skip
    await admin.execute(
        "INSERT INTO session (token_hash, id, account_id, factor_at, created_at, seen_at, expires_at, idle_seconds)"
        " VALUES ($1, $2, $3, now(), now(), now(), now() + interval '1 day', 86400)",
        token, new_id(), account,
    )  # fmt: skip
    old, new = str(free + 1), str(free + 2)
    wishes = (
        Wish(ChangeKind.OPEN, region="3305", name="太湖县", code=old),
        Wish(ChangeKind.RENAME, region=old, name="南太湖县"),
        Wish(ChangeKind.RECODE, region=old, code=new, name="太湖区"),
        Wish(ChangeKind.CLOSE, region=new),
    )
    for n, wish in enumerate(wishes):
        scope = province_scope(wish, by_name="平台")
        async with transaction(scope):
            await change_nationally(scope, token, wish, document(4 - n), now=NOW)
        await deliver_all(admin)
    await admin.execute("DELETE FROM session WHERE account_id = $1", account)


async def deliver_all(admin: asyncpg.Connection) -> int:
    """Work off everything that was announced, as the worker does; gives how many announcements there were."""
    handlers = current().subscriptions.by_topic
    rows = await admin.fetch("SELECT * FROM outbox WHERE done_at IS NULL ORDER BY created_at, id")
    for row in rows:
        event = Event(
            row["id"], row["topic"], row["county"], row["region"], _loaded(row["payload"]), row["created_at"]
        )
        for handler in handlers.get(event.topic, ()):
            await run_once(handler, await scope_of(event, handler.region_of(event)), event)
        await admin.execute("UPDATE outbox SET done_at = now() WHERE id = $1", row["id"])
    return len(rows)


def _loaded(payload: object) -> dict[str, object]:
    return json.loads(payload) if isinstance(payload, str) else payload  # type: ignore[return-value]
