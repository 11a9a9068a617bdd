"""A made year lived again: each matter comes when it came, stands open for a while, and becomes what it was in the end.

The rows of ``tests.factories.year`` are put aside and brought back in the order of time; when each is settled is drawn by lot, so
that much of it is late for a while. Every step gives the announcements that such deeds make.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import asyncpg

from core.kernel.ids import new_id
from core.kernel.outbox import Event

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Kind:
    """One kind of matter: when it comes, how it stands meanwhile, what is announced at its coming and at its settling."""

    table: str
    comes: str
    open: Mapping[str, Any]
    topics: tuple[str, str]
    payload: str
    region: str = "region"
    settles: bool = True


_OPEN: Final = {"closed_at": None}
KINDS: Final = (
    Kind(
        "assignment", "created_at", {**_OPEN, "state": "in_hand", "submitted_at": None}, ("task.dispatched", "assignment.accepted"),
        "jsonb_build_object('task', k.task_id, 'assignment', k.id, 'sender_region', k.sender_region)", "sender_region",
    ),
    Kind("incoming_task", "created_at", {"state": "held"}, ("incoming.screened", "incoming.decided"), "jsonb_build_object('incoming', k.id)"),
    Kind("publication_due", "at", {"done_at": None}, ("", "publication.released"), "jsonb_build_object('due', k.id, 'section', k.section)"),
    Kind("decision", "created_at", {"state": "open", "ended_at": None}, ("decision.turn", "decision.moved"), "jsonb_build_object('decision', k.id)"),
    Kind(
        "petition", "raised_at", {**_OPEN, "state": "in_hand", "answered_at": None}, ("petition.came", "petition.moved"),
        "jsonb_build_object('petition', k.id)",
    ),
    Kind("seal_use", "coalesce(k.used_at, k.asked_at)", {}, ("seal.used", ""), "jsonb_build_object('use', k.id)", settles=False),
    Kind("datasets.dataset", "", {}, ("dataset.changed", ""), "jsonb_build_object('dataset', k.id)", settles=False),
)  # fmt: skip
_BY_TABLE: Final = {kind.table: kind for kind in KINDS}


@dataclass(frozen=True, order=True)
class Deed:
    """What happens to one matter at a time: it comes, it is settled, or its day passes."""

    at: datetime
    table: str
    id: str
    part: str
    region: str
    payload: str


class Replay:
    """The year's rows, put aside."""

    def __init__(self, admin: asyncpg.Connection, county: str, *, end: datetime, dice: Random) -> None:
        self._admin, self._county, self._end, self._dice = admin, county, end, dice
        self._deeds: list[Deed] = []
        self._done: set[str] = set()

    async def put_aside(self) -> None:
        """Take every matter away, and draw when each comes and is settled."""
        await self._admin.execute("SET session_replication_role = replica; CREATE SCHEMA kept")
        for kind in KINDS:
            await self._keep(kind.table)
            comes = (kind.comes if "(" in kind.comes else f"k.{kind.comes}") if kind.comes else "NULL::timestamptz"
            due = "k.due_on" if kind.table == "publication_due" else "NULL::date"
            rows = await self._admin.fetch(
                f"SELECT k.id::text, {comes} AS comes, k.{kind.region} AS region, {kind.payload}::text AS payload, {due} AS due_on"
                f" FROM {_kept(kind.table)} k WHERE k.county = $1 ORDER BY k.id", self._county,
            )  # fmt: skip
            for row in rows:
                self._draw(kind, row)
        await self._keep("datasets.dataset_row")
        self._deeds.sort()

    async def _keep(self, table: str) -> None:
        await self._admin.execute(f"CREATE TABLE {_kept(table)} AS TABLE {table}; DELETE FROM {table}")

    def _draw(self, kind: Kind, row: Any) -> None:
        comes = row["comes"] or self._end - timedelta(days=self._dice.randrange(20, 340))
        rest = row["region"], row["payload"]
        self._deeds.append(Deed(comes, kind.table, row["id"], "came", *rest))
        if kind.settles:
            settled = comes + (self._end - comes) * self._dice.random() ** 2
            self._deeds.append(Deed(settled, kind.table, row["id"], "settled", *rest))
        if row["due_on"] is not None:
            passes = datetime.combine(row["due_on"], datetime.min.time(), tzinfo=self._end.tzinfo) + _DAY
            self._deeds.append(Deed(passes, kind.table, row["id"], "passed", *rest))

    async def live(self, since: datetime, until: datetime) -> list[Event]:
        """Do what was done in this time; gives what was announced, in order."""
        deeds = [deed for deed in self._deeds if since < deed.at <= until]
        for part in ("came", "settled"):
            ids: dict[str, list[str]] = defaultdict(list)
            for deed in deeds:
                if deed.part == part:
                    ids[deed.table].append(deed.id)
            for table, those in ids.items():
                await self._bring(table, those, _BY_TABLE[table].open if part == "came" else {})
        self._done |= {deed.id for deed in deeds if deed.part == "settled"}
        return list(self._told(deeds))

    async def _bring(self, table: str, ids: list[str], standing: Mapping[str, Any]) -> None:
        await self._admin.execute(f"DELETE FROM {table} WHERE id = ANY ($1::uuid[])", ids)
        await self._admin.execute(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(k, $2::jsonb)).* FROM {_kept(table)} k WHERE k.id = ANY ($1::uuid[])",
            ids, json.dumps(standing),
        )  # fmt: skip
        if table == "datasets.dataset":
            await self._admin.execute("INSERT INTO datasets.dataset_row SELECT k.* FROM kept.dataset_row k WHERE k.dataset_id = ANY ($1::uuid[])", ids)

    def _told(self, deeds: list[Deed]) -> Iterator[Event]:
        for deed in deeds:
            topic = "publication.missing" if deed.part == "passed" else _BY_TABLE[deed.table].topics[deed.part == "settled"]
            payload = json.loads(deed.payload)
            if deed.part == "came":
                payload.pop("assignment", None)  # a task is sent as a whole
            if topic and not (deed.part == "passed" and deed.id in self._done):
                yield Event(new_id(), topic, self._county, deed.region, payload, deed.at)


def _kept(table: str) -> str:
    return f"kept.{table.rpartition('.')[2]}"
