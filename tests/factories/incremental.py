"""Looks that a year's announcements ask for: by the models' own words, each once, run one by one as the worker does.

An announcement asks for the same look as the one before it on the same matter; looking twice changes nothing
(tests/core/supervision/test_engine.py), so each is run once.
"""

import json
from collections.abc import Sequence
from typing import Any

import asyncpg

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.supervision.engine import look

Look = tuple[str, str, str]


async def looks_asked(admin: asyncpg.Connection, county: str) -> list[Look]:
    """Give (model, range, subject) for every announcement that a model listens to, each once, in their order."""
    listening: dict[str, list[tuple[str, Any]]] = {}
    for model in current().all(WarningModel):
        for listen in model.listens:
            listening.setdefault(listen.topic, []).append((model.name, listen))
    found: dict[Look, None] = {}
    rows = await admin.fetch(
        "SELECT id, topic, county, region, payload, created_at FROM outbox WHERE county = $1 AND topic = ANY ($2) ORDER BY created_at, id",
        county, list(listening),
    )  # fmt: skip
    for row in rows:
        payload = row["payload"] if isinstance(row["payload"], dict) else json.loads(row["payload"])
        event = Event(row["id"], row["topic"], row["county"], row["region"], payload, row["created_at"])
        for name, listen in listening[event.topic]:
            found[name, listen.range_of(event), listen.subject_of(event)] = None
    return list(found)


async def run_looks(asked: Sequence[Look], county: str) -> None:
    """Run each look in a transaction of its own, under the county's system scope, with its alarm."""
    scope = system_scope(county)
    for name, region, subject in asked:
        model = current().named(WarningModel, name)
        if model is None:
            raise RuntimeError(f"no such model: {name}")
        async with transaction(scope):
            await look(scope, model, region=region, now=clock.now(), alarm=True, subject=subject)
