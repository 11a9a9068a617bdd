"""Releasing, correcting, withdrawing and objecting, on the database with its walls."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from core.disclosure import public
from core.disclosure.actions import (
    Wanted,
    answer_objection,
    correct_publication,
    object_to,
    release_publication,
    withdraw_publication,
)
from core.disclosure.drafting import draft_of
from core.disclosure.queries import content_of_publication, objections_to, publication_of
from core.disclosure.rules import canonical, hash_of
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.kernel.scope import Scope
from tests.factories.world import NOW, World

LATER = NOW + timedelta(minutes=5)


async def wanted(
    scope: Scope, *, section: str = "tasks", region: str = "", period: str = "2026-Q3", note: str = ""
) -> Wanted:
    """Look at a draft and ask for exactly that."""
    place = region or scope.region
    async with transaction(scope):
        draft = await draft_of(
            scope, section=section, region=place, period=period, subject=None, note=note, now=NOW
        )
    return Wanted(section, place, period, None, note, draft.digest)


async def released(scope: Scope, **asked: str) -> UUID:
    one = await wanted(scope, **asked)
    async with transaction(scope):
        return (await release_publication(scope, wanted=one, now=NOW)).id


async def test_a_secretary_releases_what_was_shown_and_anybody_reads_it(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    made = await released(scope, note="本季度没有新的交办。")
    async with transaction(scope):
        stored = await publication_of(scope, made)
    seen = await public.shown(stored.token)
    assert seen.title == "2026年第3季度村里办结的事"
    assert seen.content is not None
    assert seen.content["note"] == "本季度没有新的交办。"
    assert seen.released_name == "王建国"
    assert hash_of(seen.document()) == stored.hash == seen.hash
    assert canonical(seen.document()).startswith(b'{"columns":')
    assert [card.token for card in await public.board_of(world.nan.village)] == [stored.token]


async def test_the_same_period_is_released_once(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    one = await wanted(scope, period="2026-Q2")
    async with transaction(scope):
        await release_publication(scope, wanted=one, now=NOW)
    with pytest.raises(Conflict, match="已经公开过"):
        async with transaction(scope):
            await release_publication(scope, wanted=one, now=NOW)


async def test_what_changed_since_it_was_shown_is_not_released(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    one = await wanted(scope, period="2026-Q1")
    with pytest.raises(Conflict, match="变了"):
        async with transaction(scope):
            await release_publication(
                scope, wanted=Wanted(one.section, one.region, one.period, None, "另加一句", one.digest), now=NOW
            )


async def test_a_period_that_still_runs_is_not_released(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    one = await wanted(scope, period="2026-Q4")
    with pytest.raises(Conflict, match="还没有结束"):
        async with transaction(scope):
            await release_publication(scope, wanted=one, now=NOW)


@pytest.mark.parametrize("role", ["village_cadre", "bookkeeper", "county_department"])
async def test_others_may_look_at_a_draft_and_not_release(world: World, role: str) -> None:
    scope = world.nan.scope(role)
    one = await wanted(scope, region=world.nan.village, period="2025-Q1")
    with pytest.raises(Forbidden):
        async with transaction(scope):
            await release_publication(scope, wanted=one, now=NOW)


async def test_a_township_releases_for_its_villages_and_for_no_other(world: World) -> None:
    scope = world.nan.scope("township_leader")
    assert await released(scope, region=world.nan.village, period="2024-Q1")
    with pytest.raises(NotFound):
        await wanted(scope, region=world.zhu.village)


async def test_a_correction_stands_and_the_old_one_stays_with_the_reason(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    old = await released(scope, period="2025-Q2")
    one = await wanted(scope, period="2025-Q2", note="更正后")
    async with transaction(scope):
        new = await correct_publication(scope, publication=old, wanted=one, reason="漏了说明", now=LATER)
    versions = await public.versions_of(new.token)
    assert [(v.ended, v.end_reason) for v in versions] == [("", ""), ("corrected", "漏了说明")]
    before = await public.shown(versions[1].token)
    assert before.successor_token == new.token
    assert before.content is not None
    after = await public.shown(new.token)
    assert after.corrects_token == versions[1].token
    assert after.document()["corrects"] == str(old)
    with pytest.raises(Conflict):
        async with transaction(scope):
            await correct_publication(scope, publication=old, wanted=one, reason="再改", now=LATER)


async def test_a_correction_that_changes_nothing_is_refused(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    old = await released(scope, period="2022-Q2", note="照旧")
    same = await wanted(scope, period="2022-Q2", note="照旧")
    with pytest.raises(Invalid, match="完全一样"):
        async with transaction(scope):
            await correct_publication(scope, publication=old, wanted=same, reason="看看", now=LATER)
    other = await wanted(scope, period="2022-Q2", note="照旧，更正一处")
    async with transaction(scope):
        await correct_publication(scope, publication=old, wanted=other, reason="改了说明", now=LATER)


async def test_a_withdrawn_one_stays_readable_and_may_be_published_again(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    made = await released(scope, period="2025-Q3")
    with pytest.raises(Invalid):
        async with transaction(scope):
            await withdraw_publication(scope, publication=made, reason=" ", now=LATER)
    with pytest.raises(Invalid):
        async with transaction(scope):
            await withdraw_publication(scope, publication=made, reason="写错了13812345678", now=LATER)
    async with transaction(scope):
        await withdraw_publication(scope, publication=made, reason="数字有误", now=LATER)
    async with transaction(scope):
        token = (await publication_of(scope, made)).token
    seen = await public.shown(token)
    assert (seen.ended, seen.end_reason) == ("withdrawn", "数字有误")
    assert seen.content is not None
    assert await released(scope, period="2025-Q3") != made


async def test_a_withdrawal_for_a_persons_sake_closes_the_content_and_keeps_the_hash(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    made = await released(scope, period="2025-Q4")
    async with transaction(scope):
        await withdraw_publication(scope, publication=made, reason="误列姓名", hide=True, now=LATER)
        token = (await publication_of(scope, made)).token
    seen = await public.shown(token)
    assert seen.content is None
    assert len(seen.hash) == 32
    with pytest.raises(NotFound):
        seen.document()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE publication SET title = 'x' WHERE id = $1", "UPDATE publication SET content = '{}' WHERE id = $1",
        "UPDATE publication SET hash = 'x' WHERE id = $1", "UPDATE publication SET released_at = now() WHERE id = $1",
        "UPDATE publication SET hidden = true WHERE id = $1", "UPDATE publication SET end_reason = 'x' WHERE id = $1",
        "DELETE FROM publication WHERE id = $1",
    ],
)  # fmt: skip
async def test_not_even_the_databases_owner_changes_what_was_released(
    world: World, admin: asyncpg.Connection, sql: str
) -> None:
    made = await released(world.nan.scope("second_village"), period=f"20{10 + hash_of({'s': sql})[0] % 10}-Q{1 + hash_of({'s': sql})[1] % 4}")
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="publication is never"):
        await admin.execute(sql, made)


async def test_an_ending_is_final_even_for_the_databases_owner(world: World, admin: asyncpg.Connection) -> None:
    scope = world.nan.scope("village_secretary")
    made = await released(scope, period="2023-Q1")
    async with transaction(scope):
        await withdraw_publication(scope, publication=made, reason="重复", now=LATER)
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        await admin.execute("UPDATE publication SET ended_at = NULL, ended = '', end_reason = '' WHERE id = $1", made)
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
        await admin.execute("TRUNCATE publication CASCADE")


async def test_power_list_shows_the_villages_own_lists(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    made = await released(scope, section="powers", period="")
    async with transaction(scope):
        content = await content_of_publication(scope, made)
    titles = [row[2] for row in content["rows"]]
    assert titles == ["圩堤隐患排查", "医保参保动员"]


async def test_plain_disclosure_takes_no_objections(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    made = await released(scope, period="2023-Q2")
    async with transaction(scope):
        token = (await publication_of(scope, made)).token
    system = public.scope_at(await public.shown(token))
    with pytest.raises(Conflict):
        async with transaction(system):
            await object_to(system, publication=made, body="有意见", contact="", now=NOW)
    with pytest.raises(NotFound):
        async with transaction(scope):
            await answer_objection(scope, objection=made, answer="x", upheld=False, now=NOW)
    async with transaction(scope):
        assert await objections_to(scope, made) == []
