"""One announcement worked off: each handler of its topic once, each in a transaction of its own."""

import asyncio
import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import UUID

import structlog

from core.contracts.events import Handler, Stopping, Subscriptions
from core.contracts.manifest import VISIBLE
from core.jobs.connections import LOST, Pool
from core.jobs.relay import Desk
from core.jobs.rules import LEASE, delay_after, is_given_up
from core.kernel.database import Row, execute, fetch, transaction
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope

_log = structlog.get_logger(__name__)

SECONDS: Final = 60.0  # what a handler that is not long may take

# The attempt is counted before the work: an announcement that kills the worker each time is given up as well.
_START = """
UPDATE outbox SET attempts = attempts + 1, lease_until = now() + $2::interval
 WHERE id = $1 AND done_at IS NULL AND parked_at IS NULL
RETURNING id, county, region, topic, payload::text AS payload, created_at, attempts
"""
_DONE = """
UPDATE outbox SET done_at = now(), last_error = NULL, lease_until = NULL, leased_by = NULL WHERE id = $1
"""
_FAILED = """
UPDATE outbox SET last_error = $2, lease_until = NULL, leased_by = NULL, available_at = now() + $3::interval,
       parked_at = CASE WHEN $4 THEN now() END
 WHERE id = $1
"""
_RELEASE = """
UPDATE outbox SET lease_until = NULL, leased_by = NULL, attempts = attempts - 1
 WHERE id = $1 AND done_at IS NULL
"""
_ONCE = "INSERT INTO inbox (key) SELECT $3 WHERE $1 < $2 ON CONFLICT DO NOTHING"
_PLUGINS = """
SELECT p.plugin, p.state FROM plugin_state p
  JOIN plugin_allowance a ON a.county = p.county AND a.plugin = p.plugin
 WHERE p.county = $3 AND ((p.region >= $1 AND p.region < $2)
       OR p.region = ANY (string_to_array(current_setting('app.above', true), ',')))
"""


@dataclass(frozen=True, slots=True)
class _Failure:
    handler: Handler
    error: Exception

    @property
    def text(self) -> str:
        """Name the place without the message, which may carry personal data."""
        return f"{self.handler.name}: {type(self.error).__name__} ({self.where[-1]})"

    @property
    def where(self) -> list[str]:
        """Name the places from our handler down to what failed."""
        frames = traceback.extract_tb(self.error.__traceback__)
        return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]


class Delivery:
    """Works off announcements by id. Two deliveries of one announcement at once have one effect."""

    def __init__(
        self, pool: Pool, subscriptions: Subscriptions, desk: Desk, *, stopping: Callable[[], bool]
    ) -> None:
        self._pool = pool
        self._handlers = subscriptions.by_topic
        self._desk = desk
        self._stopping = stopping

    async def deliver(self, event_id: UUID) -> None:
        """Run what is left of one announcement. A lost database leaves it to the relay, who asks again."""
        try:
            if not self._stopping():
                await self._deliver(event_id)
        except LOST as error:
            _log.warning("delivery lost the database", id=str(event_id), error=type(error).__name__)
        finally:
            self._desk.drop(event_id)

    async def _deliver(self, event_id: UUID) -> None:
        row = await self._pool.fetchrow(_START, event_id, LEASE)
        if row is None:
            return
        event = _event_of(row)
        self._desk.take(event.id, event.topic)
        handlers = self._handlers.get(event.topic, ())
        if not handlers:
            await self._pool.execute(_DONE, event_id)
            return
        try:
            failures = await self._run_all(handlers, event)
        except Stopping:
            await self._pool.execute(_RELEASE, event_id)
            return
        if not failures:
            await self._pool.execute(_DONE, event_id)
        else:
            await self._fail(event, row["attempts"], failures)

    async def _run_all(self, handlers: tuple[Handler, ...], event: Event) -> list[_Failure]:
        scopes: dict[str, Scope] = {}
        failures = []
        for handler in handlers:
            try:
                region = handler.region_of(event)
                if region not in scopes:
                    scopes[region] = await scope_of(event, region)
                scope = scopes[region]
                if not handler.plugin or scope.plugins.get(handler.plugin) in VISIBLE:
                    await run_once(handler, scope, event)
            except Stopping:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it was, the other handlers must run
                # Without the message, which may carry personal data.
                failure = _Failure(handler, error)
                _log.error("handler failed", error=failure.text, id=str(event.id), where=failure.where)
                failures.append(failure)
        return failures

    async def _fail(self, event: Event, attempts: int, failures: list[_Failure]) -> None:
        given_up = is_given_up(attempts)
        text = "; ".join(failure.text for failure in failures)[:500]
        if given_up:
            await self._tell_of_giving_up(event, failures)
        await self._pool.execute(_FAILED, event.id, text, delay_after(attempts), given_up)

    async def _tell_of_giving_up(self, event: Event, failures: list[_Failure]) -> None:
        _log.error("event parked", id=str(event.id), topic=event.topic)
        for handler in (failure.handler for failure in failures):
            if handler.gave_up is None:
                continue
            scope = await scope_of(event, handler.region_of(event))
            async with transaction(scope):
                await handler.gave_up(scope, event)


async def run_once(handler: Handler, scope: Scope, event: Event) -> bool:
    """Run a handler and keep its mark in one transaction; False where it had run before."""
    key = mark_of(event, handler.name)
    if handler.long:
        async with transaction(scope):
            if await fetch(scope, "SELECT 1 FROM inbox WHERE key = $3 AND $1 < $2", key):
                return False
        await handler.run(scope, event)
        async with transaction(scope):
            return bool(await execute(scope, _ONCE, key))
    async with asyncio.timeout(SECONDS), transaction(scope):
        if not await execute(scope, _ONCE, key):
            return False
        await handler.run(scope, event)
    return True


def mark_of(event: Event, name: str) -> str:
    """Give the inbox key: the announcement's id first, so that it is cleaned away together with it."""
    return f"{event.id}:{name}"


async def scope_of(event: Event, region: str) -> Scope:
    """Make the system scope of an announcement, with the plugins its county uses now."""
    scope = system_scope(region, county=event.county)
    async with transaction(scope):
        rows = await fetch(scope, _PLUGINS, event.county)
    return replace(scope, plugins=MappingProxyType({row["plugin"]: row["state"] for row in rows}))


def _event_of(row: Row) -> Event:
    return Event(
        id=row["id"],
        topic=row["topic"],
        county=row["county"],
        region=row["region"],
        payload=MappingProxyType(json.loads(row["payload"])),
        created_at=row["created_at"],
    )
