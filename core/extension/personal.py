"""A person's data, wherever it is stored: handed over and erased by every holder, also by plugins that are off."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core.contracts.personal_data import PersonalData
from core.contracts.registry import current
from core.kernel.audit import audit
from core.kernel.database import transaction
from core.kernel.scope import Scope


async def export_person(scope: Scope, *, person: UUID, now: datetime) -> dict[str, list[Mapping[str, Any]]]:
    """Give all that any holder stores about a person, by the holder's title. Leaves an audit line."""
    async with transaction(scope):
        found = {
            holder.title: list(await holder.export(scope, person)) for holder in current().all(PersonalData)
        }
        await audit(scope, "person.exported", kind="person", subject=person, now=now)
    return found


async def erase_person(scope: Scope, *, person: UUID, now: datetime) -> dict[str, int]:
    """Have every holder erase what it may not keep, in one transaction; gives how many rows each touched.

    The last one of the export goes first: some find their rows by the phone number that stands in the person's own row.
    """
    async with transaction(scope):
        done = {
            holder.title: await holder.erase(scope, person, now) for holder in reversed(current().all(PersonalData))
        }
        await audit(scope, "person.erased", kind="person", subject=person, now=now, data={"rows": done})
    return done
