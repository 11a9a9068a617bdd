"""Short words for tests: seals, photos of stamped pages, and a use on its way."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from core.kernel.database import transaction
from core.kernel.scope import Scope
from core.seals.actions import keeping, using
from core.seals.actions.using import Used
from core.seals.rules import Asked
from tests.factories.world import NOW, County
from tests.isolation.rows import put_row

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
CONTRACT = Asked("contract", "村口停车场施工合同", 3, "")
PROOF = Asked("certificate", "居住证明", 1, "陈阿土")


async def held_seal(county: County, *, now: datetime = NOW - 30 * DAY) -> UUID:
    """Enter a seal that the village's cadre keeps."""
    secretary, keeper = county.scope("village_secretary"), county.scope("village_cadre").person
    async with transaction(secretary):
        return await keeping.add_seal(
            secretary, region=county.village, kind="committee", title="村民委员会公章", keeper=keeper, now=now
        )


async def paper(
    admin: asyncpg.Connection, scope: Scope, subject: UUID, *, purpose: str = "seal_page", **changes: Any
) -> UUID:
    """Put a file on a thing, as an upload does."""
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        return await put_row(
            admin, "file", county=scope.county, region=scope.region, membership=scope.membership, subject_id=subject,
            **{"purpose": purpose, "attached_at": None, "removed_at": None, "state": "kept", "media_type": "image/jpeg", **changes},
        )  # fmt: skip


async def asked(county: County, seal: UUID, what: Asked = PROOF, *, role: str = "village_cadre", now: datetime = NOW) -> UUID:
    scope = county.scope(role)
    async with transaction(scope):
        return await using.ask_seal(scope, seal=seal, asked=what, now=now)


async def approved(county: County, seal: UUID, what: Asked = PROOF, *, now: datetime = NOW) -> UUID:
    use, secretary = await asked(county, seal, what, now=now), county.scope("village_secretary")
    async with transaction(secretary):
        await using.approve_use(secretary, use=use, text="同意", now=now)
    return use


async def used(admin: asyncpg.Connection, county: County, use: UUID, *, at: datetime, copies: int = 1, now: datetime | None = None) -> None:
    keeper = county.scope("village_cadre")
    await paper(admin, keeper, use)
    async with transaction(keeper):
        told = Used(at, copies, text="多盖的作废了" if copies > 1 else "", over=copies > 1)
        await using.record_use(keeper, use=use, used=told, now=now or at)
