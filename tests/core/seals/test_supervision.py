"""The model of seals used without an approved request: every planted fault is found, nothing else is, and each way of running agrees."""

from typing import Any

import asyncpg

from core.contracts.registry import current
from core.kernel.database import transaction
from core.kernel.scope import system_scope
from core.seals.actions import using
from core.seals.actions.using import Used
from core.supervision import actions as a
from core.supervision.engine import look
from core.supervision.queries import model_named, warning_row
from tests.core.seals.steps import CONTRACT, DAY, HOUR, PROOF, approved, held_seal, paper, used
from tests.factories.world import NOW, County, World


async def look_at(county: County, region: str = "", *, at: Any = NOW + DAY) -> None:
    model, scope = model_named("seal_without_approval"), system_scope(county.code)
    assert model is not None
    async with transaction(scope):
        await look(scope, model, region=region or county.code, now=at)


async def standing(admin: asyncpg.Connection) -> set[tuple[str, str, str]]:
    rows = await admin.fetch("SELECT key, severity, state FROM warning WHERE model = 'seal_without_approval'")
    return {tuple(row) for row in rows}


async def test_what_was_used_without_an_approved_request_is_found_and_nothing_else(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    seal, cadre = await held_seal(nan), nan.scope("village_cadre")
    fine, early, more = [await approved(nan, seal) for _ in range(3)]
    await used(admin, nan, fine, at=NOW + HOUR)
    await used(admin, nan, early, at=NOW - HOUR, now=NOW + HOUR)
    await used(admin, nan, more, at=NOW + HOUR, copies=4)
    async with transaction(cadre):
        bare = await using.enter_use(cadre, seal=seal, asked=CONTRACT, used=Used(NOW - HOUR, 3), reason="赶时间", now=NOW)
    wanted = {(str(bare), "red", "raised"), (str(early), "orange", "raised"), (str(more), "orange", "raised")}
    await look_at(nan, nan.village)
    assert await standing(admin) == wanted
    await look_at(nan)
    assert await standing(admin) == wanted
    await admin.execute("TRUNCATE warning CASCADE")
    await look_at(nan)
    assert await standing(admin) == wanted


async def test_filing_it_later_does_not_end_the_warning_and_its_keeper_is_concerned(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    seal, cadre, secretary = await held_seal(nan), nan.scope("village_cadre"), nan.scope("village_secretary")
    async with transaction(cadre):
        use = await using.enter_use(cadre, seal=seal, asked=PROOF, used=Used(NOW, 1), reason="赶时间", now=NOW)
    await paper(admin, cadre, use)
    await look_at(nan)
    async with transaction(cadre):
        await using.file_use(cadre, use=use, place="档案柜", now=NOW)
    await look_at(nan)
    row = await admin.fetchrow("SELECT id, state, domain, gone_at FROM warning WHERE key = $1", str(use))
    assert (row["state"], row["domain"], row["gone_at"]) == ("raised", "seals", None)
    handler = nan.scope("county_inspector")
    async with transaction(handler):
        await a.take_warning(handler, warning=row["id"], now=NOW)
        await a.ask_person(handler, warning=row["id"], text="为什么没有申请？", person=None, now=NOW)
    async with transaction(cadre):
        seen = await warning_row(cadre, row["id"])
        assert seen["about_me"]
    concerned = await admin.fetch("SELECT person_id FROM warning_concern WHERE warning_id = $1", row["id"])
    assert {each["person_id"] for each in concerned} == {cadre.person}
    assert secretary.person not in {each["person_id"] for each in concerned}


def test_the_model_looks_again_after_each_use(world: World) -> None:  # noqa: ARG001 - boots the product
    names = [handler.name for handler in current().subscriptions.by_topic["seal.used"]]
    assert "warning:seal_without_approval:seal.used" in names
