"""The demo's people as they act: each one's scope, and their deeds in a word each."""

import asyncio
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.entry_lists.queries import find_item
from core.extension.queries import with_plugins
from core.files.actions import inspect_file
from core.files.uploads import receive_whole
from core.kernel.database import fetch, fetch_one, fetch_value, transaction
from core.kernel.scope import Scope, system_scope
from core.people.accounts import phone_index_of
from core.people.roles import held_by
from core.scores.rules import ScoreRule
from core.tasks.actions.dispatching import Dispatched, Item, Order, dispatch_task
from core.tasks.actions.incoming import Handed, Received, hand_in
from core.tasks.actions.scoring import accept_submission
from core.tasks.actions.work import allocate_assignment, submit_assignment
from core.tasks.enums import Level, Mode
from core.tasks.forms import AskedField
from core.tasks.rules import EvidenceWanted
from core.tenancy.enums import Level as RegionLevel
from core.tenancy.settings import settings_of
from web.demo.people import DemoPerson, people_of
from web.demo.photos import picture

_POST: Final = """
SELECT m.county, m.region, m.id, m.person_id, m.role, m.office_id, m.grid_id, p.name, r.shown_name || coalesce(o.name, g.name, '') AS place
FROM person p JOIN membership m ON m.county = p.county AND m.person_id = p.id JOIN region r ON r.code = m.region
LEFT JOIN office o ON o.county = m.county AND o.id = m.office_id
LEFT JOIN grid g ON g.county = m.county AND g.id = m.grid_id
WHERE p.region >= $1 AND p.region < $2 AND m.region >= $1 AND m.region < $2 AND p.phone_index = $3
"""
_SHARE: Final = "SELECT a.id FROM assignment a WHERE a.region >= $1 AND a.region < $2 AND a.task_id = $3 AND a.region = $1"
_PARTS: Final = (
    "SELECT id FROM assignment WHERE region >= $1 AND region < $2 AND task_id = $3 AND office_id IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Matter:
    """What is sent: the list's item, a title and a body, and the form that receivers fill in."""

    code: str
    title: str
    body: str
    photos: int = 0
    form: Sequence[AskedField] = ()


async def scopes_of(county: str) -> dict[str, Scope]:
    """Give the scope of each of a county's people, by login."""
    system = await with_plugins(system_scope(county))
    found: dict[str, Scope] = {}
    async with transaction(system):
        for person in people_of(county):
            row = await fetch_one(system, _POST, phone_index_of(person.phone))
            if row is not None:
                found[person.login] = _scope(system, person, row)
    return found


def _scope(system: Scope, person: DemoPerson, row: Any) -> Scope:
    return Scope(
        region=row["region"], county=row["county"], by_name=row["name"], by_office=row["place"],
        person=row["person_id"], membership=row["id"], role=row["role"], office=row["office_id"], grid=row["grid_id"],
        permissions=held_by(person.role, system.plugins, ()), plugins=system.plugins,
    )  # fmt: skip


async def bring(
    scope: Scope, matter: Matter, *, now: datetime, due_at: datetime | None = None, urgent: str = ""
) -> Received:
    """Hand a matter in."""
    level = Level.TOWNSHIP if scope.level == RegionLevel.COUNTY else Level.VILLAGE
    handed = Handed(
        matter.title, matter.body, level, due_at=due_at, item_code=matter.code, emergency=bool(urgent),
        emergency_reason=urgent,
    )  # fmt: skip
    async with transaction(scope):
        return await hand_in(scope, handed, now=now)


async def send(
    scope: Scope,
    matter: Matter,
    *,
    now: datetime,
    due_at: datetime,
    regions: Sequence[str] = (),
    offices: Sequence[UUID] = (),
    places: int = 0,
    parent: UUID | None = None,
) -> Dispatched:
    """Hand a matter in and dispatch it, with the list's points."""
    received = await bring(scope, matter, now=now, due_at=due_at)
    level = Level.TOWNSHIP if scope.level == RegionLevel.COUNTY else Level.VILLAGE
    async with transaction(scope):
        found = await find_item(scope, level=level, at=now, code=matter.code)
        item = Item()
        if found is not None:
            item = Item(
                found.id, found.code, found.title, found.category, found.points, found.legal_basis, found.conditions,
                found.funding, f"{found.list_title} {found.version}",
            )  # fmt: skip
        rule = await settings_of(scope, ScoreRule, at=now)
        order = Order(
            title=matter.title, body=matter.body, points=item.points or Decimal(2), due_at=due_at, level=level,
            evidence=EvidenceWanted(text=True, photos=matter.photos), mode=Mode.OPEN if places else Mode.NAMED,
            regions=regions, offices=offices, places=places, incoming=received.id, parent_assignment=parent, item=item,
            form=matter.form,
        )  # fmt: skip
        return await dispatch_task(scope, order, rule=rule.model_dump(mode="json"), now=now)


async def share(scope: Scope, task: UUID) -> UUID:
    """Give the scope's own share of a task."""
    async with transaction(scope):
        made: UUID = await fetch_value(scope, _SHARE, task)
    return made


async def office_shares(scope: Scope, task: UUID) -> list[UUID]:
    """Give the offices' shares of a task."""
    async with transaction(scope):
        return [row["id"] for row in await fetch(scope, _PARTS, task)]


async def give(scope: Scope, share: UUID, to: Scope, *, now: datetime) -> None:
    """Allocate a share to a person."""
    async with transaction(scope):
        await allocate_assignment(scope, assignment=share, membership=to.membership, now=now)


async def hand_over(
    scope: Scope, share: UUID, text: str, *, now: datetime, photos: int = 0, answers: Mapping[str, str] | None = None
) -> None:
    """Take pictures and submit, with the answers to the form by their inputs."""
    async with transaction(scope):
        files = [
            await receive_whole(
                scope, name=f"现场照片{number + 1}.jpg", media_type="image/jpeg", purpose="evidence", subject=share,
                content=io.BytesIO(picture(share.int + number)), now=now,
            )
            for number in range(photos)
        ]  # fmt: skip
    await asyncio.gather(*(inspect_file(scope, file_id=file, now=now) for file in files))
    async with transaction(scope):
        await submit_assignment(scope, assignment=share, text=text, answers=answers or {}, now=now)


async def judge(scope: Scope, share: UUID, grade: str, *, now: datetime, text: str = "") -> None:
    """Accept a result and score it."""
    async with transaction(scope):
        rule = await settings_of(scope, ScoreRule, at=now)
        await accept_submission(scope, assignment=share, grade=grade, rule=rule, now=now, text=text)
