"""The sealer: everything once, in order, whatever dies, comes late or runs beside it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from core.chain import actions
from core.chain.actions import seal_county
from core.chain.jobs import seal_above
from core.chain.lines import stored
from core.chain.memory import remembered
from core.chain.queries import heads_between, latest_head, proof_of, seals_between
from core.chain.rules import AREA, LOOK_BACK
from core.chain.verifying import outside_of, verify_county
from core.kernel.chain import BLOCK_MOST, NOTHING, digest_of, root_of
from core.kernel.clock import now as clock
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.kernel.settings import get_settings
from core.tenancy.settings import set_values
from tests.core.chain.conftest import VILLAGE, county, later, write
from tests.core.people.world import NAN, ZHU

pytestmark = pytest.mark.usefixtures("clean")
LINE = """
INSERT INTO audit_line (county, id, region, at, action, subject_kind, by_name) VALUES ($1, $2, $3, $4, 'late', 'task', '李春梅')
"""


async def fine(code: str = NAN) -> int:
    """Check the chain; gives how many lines stand in it, and how many wait must be none."""
    tally = await verify_county(county(code), outside_of(code), now=later())
    assert [finding.both for finding in tally.findings if not finding.fault.is_remark] == []
    assert tally.waiting == 0
    return tally.lines


async def test_lines_are_sealed_once_in_linked_blocks(small_blocks: int) -> None:
    await write(25)
    assert await seal_county(county(), now=later()) == 25
    assert await seal_county(county(), now=later()) == 0
    await write(3)
    assert await seal_county(county(), now=later(6)) == 3
    async with transaction(scope := county()):
        heads = await heads_between(scope, 1, 99)
        seals = await seals_between(scope, 1, 99)
    assert [head.header.lines for head in heads] == [small_blocks, small_blocks, 5, 3]
    assert [head.header.height for head in heads] == [1, 2, 3, 4]
    assert heads[0].header.previous == NOTHING
    assert [head.header.previous for head in heads[1:]] == [head.hash for head in heads[:-1]]
    assert all(head.is_whole for head in heads)
    for head in heads:
        leaves = [seal.leaf for seal in seals if seal.height == head.header.height]
        assert root_of(digest_of("sha256"), leaves) == head.header.root
    assert remembered(NAN).latest == heads[-1]
    assert await fine() == 28


async def test_order_is_by_time_and_then_by_id() -> None:
    await write(5, at=clock() - timedelta(hours=2))
    await write(5, at=clock() - timedelta(hours=5))
    await seal_county(county(), now=later())
    async with transaction(scope := county()):
        seals = await seals_between(scope, 1, 1)
        rows = {row.id: row for row in await stored(scope, [seal.id for seal in seals])}
    keys = [(rows[seal.id].at, seal.id) for seal in seals]
    assert keys == sorted(keys)


AWKWARD = 'a"b\\c/\u0001\t\n\r\b\f\x7f\u2028<王>𠮷'
DATA = '{"é": [1.50, -0, 1e2, 12345678901234567890.1], "a": {"b": null, "": true}, "t": "\\u0007 \\\\ \\" 中"}'


async def test_canonical_bytes_are_those_that_the_documentation_says(clean: asyncpg.Connection) -> None:
    """The same from the columns by another way: Python's own JSON, which escapes as RFC 8785 does."""
    line, other = new_id(), new_id()
    at = datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=UTC)
    await clean.execute(
        "INSERT INTO audit_line VALUES ($1, $2, $3, $4, $5, 'task', $6, NULL, $6, $5, '', $7)",
        NAN, line, VILLAGE, at, AWKWARD, other, DATA,
    )  # fmt: skip
    async with transaction(scope := county()):
        row = (await stored(scope, [line]))[0]
    told = {
        "county": NAN, "id": str(line), "at": "2026-01-02T03:04:05.000060Z", "level": 5, "place": "101201", "action": AWKWARD,
        "subject_kind": "task", "subject_id": str(other), "person": None, "membership": str(other), "by_name": AWKWARD, "by_office": "",
    }  # fmt: skip
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    data = await clean.fetchval("SELECT data::text FROM audit_line WHERE id = $1", line)
    assert row.content.decode() == f'{text[:-1]},"data":{data}}}'
    assert (row.id, row.at, row.region) == (line, at, VILLAGE)
    assert "12345678901234567890.1" in row.content.decode()
    assert "1.50" in row.content.decode()


async def test_counties_have_chains_of_their_own() -> None:
    await write(4)
    await write(2, code=ZHU)
    assert await seal_county(county(), now=later()) == 4
    assert await seal_county(county(ZHU), now=later()) == 2
    assert (await fine(), await fine(ZHU)) == (4, 2)


async def test_young_lines_wait() -> None:
    await write(3, at=clock())
    assert await seal_county(county(), now=clock()) == 0
    assert await seal_county(county(), now=later()) == 3


async def test_a_line_committed_late_is_sealed(database_urls) -> None:  # noqa: ANN001
    """A transaction that was open while its neighbours were sealed: the next frequent run finds its line."""
    await write(3)
    open_for_long = await asyncpg.connect(database_urls.admin)
    late = new_id()
    transaction_ = open_for_long.transaction()
    await transaction_.start()
    await open_for_long.execute(LINE, NAN, late, VILLAGE, clock() - timedelta(minutes=30))
    await write(3)
    assert await seal_county(county(), now=later()) == 6
    await transaction_.commit()
    await open_for_long.close()
    assert await seal_county(county(), now=later(6)) == 1
    async with transaction(scope := county()):
        proof = await proof_of(scope, late)
    assert proof is not None
    assert proof.head.header.height == 2
    assert await fine() == 7


async def test_lines_later_than_any_look_back_are_found_by_the_daily_run(clean: asyncpg.Connection) -> None:
    """Also one whose id no clock of ours made: it lies behind every window."""
    await write(3)
    await seal_county(county(), now=clock() + 3 * LOOK_BACK)
    for strange in ("00000000-0000-4000-8000-000000000001", "ffffffff-0000-4000-8000-000000000001"):
        await clean.execute(LINE, NAN, strange, VILLAGE, clock())
    assert await seal_county(county(), now=clock() + 3 * LOOK_BACK) == 0
    assert await seal_county(county(), now=clock() + 3 * LOOK_BACK, everything=True) == 2


async def test_years_of_lines_are_sealed_in_one_run(
    clean: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, small_blocks: int
) -> None:
    """Chunk after chunk: the blocks of the run itself do not hide what is older than they are."""
    monkeypatch.setattr(actions, "CHUNK", 2 * small_blocks)
    await clean.execute(
        "INSERT INTO audit_line (county, id, region, at, action, subject_kind, by_name)"
        " SELECT $1, ('018f0000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $2, now() - interval '3 years', 'x', 'x', '王建国'"
        " FROM generate_series(1, 95) n", NAN, VILLAGE,
    )  # fmt: skip
    assert await seal_county(county(), now=later()) == 95
    assert await fine() == 95


@pytest.mark.parametrize("position", [0, 2_047, 4_095])
async def test_a_proof_out_of_a_full_block_is_small(clean: asyncpg.Connection, position: int) -> None:
    """Twelve hashes lead up from any of its lines."""
    assert BLOCK_MOST == 4_096
    await clean.execute(
        "INSERT INTO audit_line (county, id, region, at, action, subject_kind, by_name)"
        " SELECT $1, ('018f0000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $2, now() - interval '1 year', 'x', 'x', '王建国'"
        " FROM generate_series(1, $3) n", NAN, VILLAGE, BLOCK_MOST,
    )  # fmt: skip
    assert await seal_county(county(), now=later(), everything=True) == BLOCK_MOST
    async with transaction(scope := county()):
        proof = await proof_of(scope, UUID(f"018f0000-0000-7000-8000-{position + 1:012}"))
    assert proof is not None
    assert len(proof.path) == 12
    assert len(json.dumps(proof.told()).encode()) <= 2_048


async def test_two_sealers_at_once_make_one_chain() -> None:
    await write(95)
    done = await asyncio.gather(*(seal_county(county(), now=later()) for _ in range(4)))
    assert sum(done) == 95
    assert await fine() == 95


async def test_without_the_lock_the_keys_still_let_one_through(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.chain.actions._LOCK", "SELECT $3::text IS NOT NULL WHERE $1 < $2")
    await write(300)
    done = await asyncio.gather(*(seal_county(county(), now=later()) for _ in range(4)), return_exceptions=True)
    others = [each for each in done if not isinstance(each, int)]
    assert all(isinstance(each, asyncpg.UniqueViolationError) for each in others)
    await seal_county(county(), now=later())
    assert await fine() == 300


SEALER = """
import asyncio, sys
from core.chain import actions
from core.chain.actions import seal_county
from core.extension.manager import boot
from core.kernel.clock import now
from core.kernel.database import close_pool, open_pool
from core.kernel.scope import system_scope
from core.kernel.settings import get_settings
from datetime import UTC, datetime, timedelta
actions.BLOCK_MOST, actions.CHUNK = 10, 50
add = actions._add_block
async def told(*words, **more):
    made = await add(*words, **more)
    print(made.header.height, flush=True)
    return made
actions._add_block = told
async def main():
    boot()
    await open_pool(get_settings().database_url, size=2)
    await seal_county(system_scope(sys.argv[1]), now=now() + timedelta(minutes=5))
    await close_pool()
asyncio.run(main())
"""


@pytest.mark.parametrize("blocks", [1, 3, 7, 12])
@pytest.mark.usefixtures("small_blocks")
async def test_a_sealer_killed_in_the_middle_leaves_no_gap(
    database_urls, settings, blocks: int  # noqa: ANN001
) -> None:
    await write(200)
    environment = {
        **os.environ, "XIANGZHI_DATA": str(settings.data), "XIANGZHI_DATABASE_URL": database_urls.app, "XIANGZHI_DEMO": "0",
        "XIANGZHI_RELAY_DATABASE_URL": database_urls.relay, "XIANGZHI_SECRET_KEY": get_settings().secret_key,
    }  # fmt: skip
    with subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", SEALER, NAN], stdout=subprocess.PIPE, env=environment, text=True
    ) as sealer:
        assert sealer.stdout is not None
        for _ in range(blocks):
            assert sealer.stdout.readline()
        sealer.send_signal(signal.SIGKILL)
    for _ in range(600):  # the server may still be ending what the killed one had begun
        if await seal_county(county(), now=later(6)):
            break
        await asyncio.sleep(0.05)
    assert await fine() == 200
    async with transaction(scope := county()):
        head = await latest_head(scope)
    assert head is not None
    assert head.header.height == 20


async def test_a_county_may_choose_sm3_for_blocks_to_come() -> None:
    await write(3)
    await seal_county(county(), now=later())
    async with transaction(scope := county()):
        await set_values(
            scope, AREA, {"algorithm": "sm3"}, valid_from=(now := clock()), reason="国密改造", now=now
        )
    await write(3)
    await seal_county(county(), now=later(6), everything=True)
    async with transaction(scope := county()):
        heads = await heads_between(scope, 1, 9)
        subject = (await seals_between(scope, 2, 2))[0].id
        proof = await proof_of(scope, subject, with_content=True)
    assert [head.header.algorithm for head in heads] == ["sha256", "sm3"]
    assert proof is not None
    assert list(proof.faults()) == []
    assert await fine() >= 6


async def test_deeds_above_the_counties_have_a_chain_too(clean: asyncpg.Connection) -> None:
    for key in ("33", "3305"):
        await clean.execute(LINE, key, new_id(), key, clock())
    event = Event(new_id(), "chain.seal_all", NAN, NAN, {}, clock())
    await clean.execute("UPDATE audit_line SET at = at - interval '1 hour'")
    await seal_above(system_scope("33", county=NAN), event)
    for key in ("33", "3305"):
        async with transaction(scope := system_scope(key)):
            head = await latest_head(scope)
        assert head is not None
        assert (head.header.county, head.header.lines) == (key, 1)
