"""Loading the demo: packs, people, tasks. Each part looks first what is there, so a start can repeat it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from core.contracts.registry import current
from core.entry_lists.packs import publish_sheet
from core.extension.actions import switch_plugin
from core.extension.manager import boot
from core.extension.queries import with_plugins
from core.jobs.connections import open_relay_pool
from core.jobs.ticker import Ticker
from core.kernel import clock
from core.kernel.database import close_pool, fetch, open_pool, transaction
from core.kernel.errors import Conflict
from core.kernel.roles import OWNER, SIGNIN
from core.kernel.scope import Scope, system_scope
from core.kernel.settings import Settings
from core.people.accounts import create_account, phone_index_of
from core.people.actions import Post, invite_again, invite_person
from core.people.codes import accept
from core.people.sessions import end_session, open_session, start_session
from core.tenancy.packs import Pack, apply_pack, find_packs, open_county
from web.demo.datasets import load_datasets
from web.demo.decisions import load_decisions
from web.demo.desks import load_desks
from web.demo.disclosure import load_boards
from web.demo.people import THE_OPERATOR, DemoPerson, demo_people, password_of, secret_of
from web.demo.petitions import load_petitions
from web.demo.requests import load_requests
from web.demo.seals import load_seals
from web.demo.senders import load_senders
from web.demo.supervision import load_warnings
from web.demo.tasks import load_tasks

# Everything began this long ago, so that tasks of last week have people and lists that were there.
SINCE: Final = timedelta(days=20)
NAME: Final = "演示数据"
_SIGNED_IN: Final = "SELECT a.login FROM account a WHERE a.operator OR EXISTS (SELECT FROM person p WHERE p.account_id = a.id)"
_OFFICES: Final = "SELECT o.id, o.region, o.name FROM office o WHERE o.region >= $1 AND o.region < $2"
_GRIDS: Final = "SELECT g.id, g.region, g.name FROM grid g WHERE g.region >= $1 AND g.region < $2"
_NEXT_TIMER: Final = "SELECT min(due_at) FROM timer WHERE due_at <= $1 AND fired_at IS NULL AND cancelled_at IS NULL"
_KNOWN: Final = "SELECT p.id FROM person p WHERE p.region >= $1 AND p.region < $2 AND p.phone_index = $3 AND p.erased_at IS NULL"


async def load_demo(settings: Settings) -> None:
    """Load whatever of the demo is missing. It opens and closes this process's pool."""
    _boot()
    now = clock.now()
    await open_pool(settings.database_url, size=4)
    migrator = await asyncpg.connect(settings.migrator_database_url)
    try:
        packs = find_packs()
        for pack in packs:
            await _load_pack(migrator, pack, now=now - SINCE)
        await _load_people(migrator, settings, now=now - SINCE)
        await asyncio.gather(*(load_tasks(pack.county, now=now) for pack in packs))
        for pack in packs:
            await load_decisions(pack.county, folder=pack.folder, now=now)
            await load_petitions(pack.county, settings=settings, now=now)
            await load_boards(pack.county, now=now)
            await load_seals(pack.county, now=now)
            await load_datasets(pack.county, now=now)
            await load_requests(pack.county, now=now)
            await load_senders(pack.county, now=now)
            await load_warnings(pack.county, now=now)
            await load_desks(pack.county, now=now)
        await _let_time_pass(settings, now=now)
    finally:
        await migrator.close()
        await close_pool()


async def _let_time_pass(settings: Settings, *, now: datetime) -> None:
    """Fire the timers of the days that were told, each at its own time: what follows bears the time that it would have had."""
    pool = await open_relay_pool(settings.relay_database_url, size=1)
    try:
        ticker = Ticker(pool, ())
        while (due := await pool.fetchval(_NEXT_TIMER, now)) is not None:
            await ticker.fire_timers(due)
    finally:
        await pool.close()


def _boot() -> None:
    try:
        current()
    except RuntimeError:
        boot()


async def _load_pack(migrator: Any, pack: Pack, *, now: datetime) -> None:
    await open_county(migrator, county=pack.county, name=pack.name, pack=pack.folder.name, now=now)
    await _allow_plugins(migrator, pack, now=now)
    scope = await with_plugins(system_scope(pack.county, by_name=NAME))
    async with transaction(scope):
        await apply_pack(scope, pack, now=now)
        for each in pack.entry_lists:
            await publish_sheet(
                scope, level=each.level, content=each.file.read_bytes(), title=each.title, document=each.document,
                reason=each.reason, now=now,
            )  # fmt: skip
        for plugin, reason in pack.plugins.items():
            if plugin not in scope.plugins:
                await switch_plugin(scope, plugin=plugin, transition="switch_on", reason=reason, now=now)


async def _allow_plugins(migrator: Any, pack: Pack, *, now: datetime) -> None:
    async with migrator.transaction():
        await migrator.execute(f"SET LOCAL ROLE {OWNER}")
        await migrator.executemany(
            "INSERT INTO plugin_allowance (county, plugin, by_name, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            [(pack.county, plugin, NAME, now) for plugin in current().manifests],
        )


async def _load_people(migrator: Any, settings: Settings, *, now: datetime) -> None:
    async with migrator.transaction():
        await migrator.execute(f"SET LOCAL ROLE {SIGNIN}")
        there = {row["login"] for row in await migrator.fetch(_SIGNED_IN)}
        accounts = {row["login"]: row["id"] for row in await migrator.fetch("SELECT login, id FROM account")}
    for person in demo_people():
        if person.login in there:
            continue
        account = accounts.get(person.login) or await _make_account(migrator, settings, person, now=now)
        if person is not THE_OPERATOR:
            await _join(person, account, now=now)


async def _make_account(migrator: Any, settings: Settings, person: DemoPerson, *, now: datetime) -> UUID:
    return await create_account(
        migrator, login=person.login, phone=person.phone, password=password_of(settings, person.login), now=now,
        totp_secret=secret_of(settings, person.login) if person.needs_factor else "",
        operator_name=person.name if person is THE_OPERATOR else "",
    )  # fmt: skip


async def _join(person: DemoPerson, account: UUID, *, now: datetime) -> None:
    """Invite a person and accept in their name, as they would themselves."""
    scope = system_scope(person.county, by_name=NAME)
    async with transaction(scope):
        code = await _invite(scope, person, now=now)
    token = await start_session(account)
    session = await open_session(token or "")
    if session is None:
        raise RuntimeError(f"{person.login} cannot sign in")
    await accept(session, code)
    await end_session(session)


async def _invite(scope: Scope, person: DemoPerson, *, now: datetime) -> str:
    office = await _id_of(scope, _OFFICES, person.region, person.office)
    grid = await _id_of(scope, _GRIDS, person.region, person.grid)
    post = Post(person.role, person.region, office, grid)
    try:
        return (await invite_person(scope, name=person.name, phone=person.phone, post=post, now=now)).code
    except Conflict:  # a start that was broken off in between
        known = (await fetch(scope, _KNOWN, phone_index_of(person.phone)))[0]
        return await invite_again(scope, person=known["id"], now=now)


async def _id_of(scope: Scope, sql: str, region: str, name: str) -> UUID | None:
    if not name:
        return None
    found: UUID = next(
        row["id"] for row in await fetch(scope, sql) if (row["region"], row["name"]) == (region, name)
    )
    return found
