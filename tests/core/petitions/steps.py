"""Steps of petitions for tests: a stranger raises, staff handle, the worker works off what was announced."""

from datetime import datetime
from uuid import UUID

import asyncpg

from core.kernel.database import transaction
from core.petitions.actions import handling
from core.petitions.actions.raising import enter_petition, raise_petition
from core.petitions.public import raising_scope
from core.petitions.rules import new_receipt
from tests.core.petitions.matters import PHONE, said
from tests.factories.world import NOW, County
from tests.isolation.rich import deliver_all

__all__ = ["PHONE", "answered", "entered", "raised", "said"]


async def raised(
    admin: asyncpg.Connection, county: County, *, place: str = "", now: datetime = NOW, **changes: object
) -> tuple[UUID, str]:
    """Raise a matter as a stranger and have it sorted; gives it with its receipt."""
    receipt, scope = new_receipt(), raising_scope(place or county.village, county.code)
    async with transaction(scope):
        made = await raise_petition(scope, raised=said(**changes), receipt=receipt, now=now)
    await deliver_all(admin)
    return made, receipt


async def entered(admin: asyncpg.Connection, county: County, **changes: object) -> tuple[UUID, str]:
    """Have the township enter a matter and have it sorted; gives it with its receipt."""
    receipt, staff = new_receipt(), county.scope("township_staff")
    async with transaction(staff):
        made = await enter_petition(staff, raised=said(**changes), region=county.village, receipt=receipt, now=NOW)
    await deliver_all(admin)
    return made, receipt


async def answered(
    admin: asyncpg.Connection, county: County, petition: UUID, *, by: str = "village_secretary", solved: bool = True, now: datetime = NOW
) -> None:
    """Accept and answer it."""
    scope = county.scope(by)
    async with transaction(scope):
        await handling.accept_petition(scope, petition=petition, now=now)
        made = handling.Answer("路灯已经修好。", solved, "修好村口路灯")
        await handling.answer_petition(scope, petition=petition, answer=made, now=now)
    await deliver_all(admin)
