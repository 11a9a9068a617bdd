"""What the owner of the database can do to old lines, and how each of it is found and named.

Each deed is done as the superuser, past policies and grants. The thirty lines stand in three blocks of ten.
"""

import hashlib
import json
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest

from core.chain.actions import seal_county
from core.chain.findings import Fault, Finding
from core.chain.lines import LINES
from core.chain.memory import file_of, remembered
from core.chain.queries import heads_between, seals_between
from core.chain.verifying import Tally, outside_of, verify_county
from core.contracts.registry import current
from core.contracts.sealing import Sealed
from core.kernel.chain import Head, digest_of, key_name, leaf_of, root_of
from core.kernel.clock import now as clock
from core.kernel.database import transaction
from core.kernel.ids import first_id_of
from tests.core.chain.conftest import VILLAGE, county, later, write
from tests.core.people.world import NAN

pytestmark = pytest.mark.usefixtures("small_blocks")


@pytest.fixture
async def chain(clean: asyncpg.Connection, small_blocks: int) -> asyncpg.Connection:
    """Seal thirty lines in three blocks."""
    assert small_blocks == 10
    await write(30)
    await seal_county(county(), now=later())
    assert (await check()).findings == []
    return clean


async def check(heads: Sequence[tuple[Head, str]] = (), keys: Sequence[bytes] = ()) -> Tally:
    return await verify_county(county(), outside_of(NAN, heads=heads, keys=keys), now=later(10))


async def faults(heads: Sequence[tuple[Head, str]] = ()) -> list[Finding]:
    return (await check(heads)).findings


async def heads() -> list[Head]:
    async with transaction(scope := county()):
        return await heads_between(scope, 1, 99)


async def row_at(height: int, position: int) -> UUID:
    async with transaction(scope := county()):
        return next(seal.id for seal in await seals_between(scope, height, height) if seal.position == position)


CHANGES = {
    "by_name": "'李四'", "by_office": "'农业农村局'", "action": "'task.withdrawn'", "at": "at + interval '1 microsecond'",
    "data": """'{"points": 1.50, "标题": "第13件", "n": 13}'""", "subject_kind": "'place'", "subject_id": "gen_random_uuid()",
    "person": "gen_random_uuid()", "membership": "gen_random_uuid()", "region": "'330503101202'",
}  # fmt: skip


@pytest.mark.parametrize("column", CHANGES)
async def test_a_changed_line_is_named(chain: asyncpg.Connection, column: str) -> None:
    """Any column: also a zero behind the point, and the village."""
    line = await row_at(2, 3)
    await chain.execute(f"UPDATE audit_line SET {column} = {CHANGES[column]} WHERE id = $1", line)
    found = await faults()
    assert [(each.fault, each.height, each.row) for each in found] == [(Fault.CHANGED, 2, line)]
    chinese, english = found[0].both
    assert str(line) in chinese
    assert "第 2 块第 4 行被改过" in chinese
    assert "block 2, line 4 was changed" in english


async def test_all_columns_of_a_line_are_sealed(chain: asyncpg.Connection) -> None:
    columns = await chain.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'audit_line'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    assert {column["attname"] for column in columns} == {*CHANGES, "county", "id"}


@pytest.mark.parametrize("region", ["330504101201", "330681101201"])
async def test_a_line_moved_to_another_county_is_named(chain: asyncpg.Connection, region: str) -> None:
    line = await row_at(1, 0)
    await chain.execute("UPDATE audit_line SET region = $2 WHERE id = $1", line, region)
    assert [(each.fault, each.row) for each in await faults()] == [(Fault.REMOVED, line)]


async def test_a_removed_line_is_named(chain: asyncpg.Connection) -> None:
    line = await row_at(3, 9)
    await chain.execute("DELETE FROM audit_line WHERE id = $1", line)
    found = await faults()
    assert [(each.fault, each.height, each.row) for each in found] == [(Fault.REMOVED, 3, line)]


async def test_a_line_removed_with_its_seal_is_named_by_its_place(chain: asyncpg.Connection) -> None:
    line = await row_at(2, 5)
    for table in ("audit_line", "audit_seal"):
        await chain.execute(f"DELETE FROM {table} WHERE id = $1", line)
    found = await faults()
    assert [(each.fault, each.height, each.told["position"]) for each in found] == [(Fault.SEAL_GONE, 2, 6)]


async def test_a_seal_removed_alone_is_found(chain: asyncpg.Connection) -> None:
    line = await row_at(2, 5)
    await chain.execute("DELETE FROM audit_seal WHERE id = $1", line)
    assert {(each.fault, each.row) for each in await faults()} == {(Fault.SEAL_GONE, None), (Fault.ADDED, line)}


async def test_an_added_line_is_named_before_and_after_it_is_sealed(chain: asyncpg.Connection) -> None:
    line = UUID("018f0000-0000-7000-8000-000000000001")
    await chain.execute(
        "INSERT INTO audit_line (county, id, region, at, action, subject_kind, by_name)"
        " VALUES ($1, $2, $3, now() - interval '3 days', 'task.accepted', 'task', '王建国')", NAN, line, VILLAGE,
    )  # fmt: skip
    found = await faults()
    assert [(each.fault, each.row) for each in found] == [(Fault.ADDED, line)]
    assert "王建国" in found[0].both[0]
    await seal_county(county(), now=later(6), everything=True)
    tally = await check()
    assert [(each.fault, each.height, each.row) for each in tally.findings] == [(Fault.LATE, 4, line)]


async def test_a_line_written_later_than_it_says_is_remarked_and_no_fault(chain: asyncpg.Connection) -> None:
    """What a clock brought about counts from its hour, however late the worker came to it."""
    line = first_id_of(later(5))
    await chain.execute(
        "INSERT INTO audit_line (county, id, region, at, action, subject_kind, by_name)"
        " VALUES ($1, $2, $3, now() - interval '3 days', 'decision.late', 'decision', '')", NAN, line, VILLAGE,
    )  # fmt: skip
    tally = await check()
    assert [(each.fault, each.row) for each in tally.findings] == [(Fault.WAITS, line)]
    assert tally.is_fine
    assert tally.is_fine


async def test_an_added_line_with_a_seal_in_an_old_block_is_named(chain: asyncpg.Connection) -> None:
    line = UUID("018f0000-0000-7000-8000-000000000001")
    await chain.execute(
        "INSERT INTO audit_line (county, id, region, at, action, subject_kind, by_name)"
        " SELECT county, $1, region, at, 'task.accepted', 'task', by_name FROM audit_line LIMIT 1", line,
    )  # fmt: skip
    await chain.execute(
        "INSERT INTO audit_seal (county, id, region, kind, height, position, leaf) VALUES ($1, $2, $3, 'line', 2, 10, $4)",
        NAN, line, VILLAGE, bytes(32),
    )  # fmt: skip
    assert (Fault.SEAL_ADDED, 2, line) in [(each.fault, each.height, each.row) for each in await faults()]


async def test_reordered_lines_are_named(chain: asyncpg.Connection) -> None:
    first, second = await row_at(2, 3), await row_at(2, 4)
    await _exchange(chain, "audit_seal", "position", first, second)
    found = await faults()
    assert {(each.fault, each.height, each.row) for each in found} == {
        (Fault.REORDERED, 2, first), (Fault.REORDERED, 2, second),
    }  # fmt: skip


async def test_lines_exchanged_between_blocks_are_found(chain: asyncpg.Connection) -> None:
    first, second = await row_at(1, 3), await row_at(2, 4)
    where = "SELECT height, position FROM audit_seal WHERE id = $1"
    a, b = await chain.fetchrow(where, first), await chain.fetchrow(where, second)
    await chain.execute("UPDATE audit_seal SET height = 99 WHERE id = $1", first)
    for line, to in ((second, a), (first, b)):
        await chain.execute("UPDATE audit_seal SET height = $2, position = $3 WHERE id = $1", line, *to)
    assert {(each.fault, each.height) for each in await faults()} == {(Fault.ROOT, 1), (Fault.ROOT, 2)}


async def test_lines_whose_ids_were_exchanged_are_named(chain: asyncpg.Connection) -> None:
    first, second = await row_at(2, 3), await row_at(2, 4)
    await _exchange(chain, "audit_line", "subject_id", first, second)
    assert {(each.fault, each.row) for each in await faults()} == {(Fault.CHANGED, first), (Fault.CHANGED, second)}


async def _exchange(admin: asyncpg.Connection, table: str, column: str, first: UUID, second: UUID) -> None:
    a, b = [await admin.fetchval(f"SELECT {column} FROM {table} WHERE id = $1", each) for each in (first, second)]
    spare = 1_000 if isinstance(a, int) else UUID(int=0)
    for line, value in ((first, spare), (second, a), (first, b)):
        await admin.execute(f"UPDATE {table} SET {column} = $2 WHERE id = $1", line, value)


async def test_a_seal_that_was_written_over_is_named(chain: asyncpg.Connection) -> None:
    line = await row_at(2, 5)
    await chain.execute("UPDATE audit_seal SET leaf = $2 WHERE id = $1", line, hashlib.sha256(b"x").digest())
    assert [(each.fault, each.height, each.row) for each in await faults()] == [(Fault.SEAL_CHANGED, 2, line)]


async def test_a_seal_given_another_kind_is_found(chain: asyncpg.Connection) -> None:
    line = await row_at(2, 5)
    await chain.execute("UPDATE audit_seal SET kind = 'nothing' WHERE id = $1", line)
    await chain.execute("DELETE FROM audit_line WHERE id = $1", line)
    tally = await check()
    assert [(each.fault, each.height) for each in tally.findings] == [(Fault.UNKNOWN, 2)]
    assert not tally.is_fine


async def _rewrite(admin: asyncpg.Connection, height: int) -> UUID:
    """Change a line, then its seal, then the block's root and hash: all that can be computed without the key."""
    line = await row_at(height, 5)
    await admin.execute("UPDATE audit_line SET by_name = '李四' WHERE id = $1", line)
    async with transaction(scope := county()):
        row = (await LINES.stored(scope, [line]))[0]
        seals = await seals_between(scope, height, height)
    digest = digest_of("sha256")
    leaf = leaf_of(digest, "line", row.content)
    await admin.execute("UPDATE audit_seal SET leaf = $2 WHERE id = $1", line, leaf)
    root = root_of(digest, [leaf if seal.id == line else seal.leaf for seal in seals])
    await admin.execute("UPDATE audit_block SET root = $2 WHERE height = $1", height, root)
    new = next(each for each in await heads() if each.header.height == height)
    await admin.execute("UPDATE audit_block SET hash = $2 WHERE height = $1", height, new.header.hash())
    return line


async def test_a_line_changed_with_its_seal_leaves_a_wrong_root(chain: asyncpg.Connection) -> None:
    line = await row_at(2, 5)
    await chain.execute("UPDATE audit_line SET by_name = '李四' WHERE id = $1", line)
    async with transaction(scope := county()):
        row = (await LINES.stored(scope, [line]))[0]
    await chain.execute("UPDATE audit_seal SET leaf = $2 WHERE id = $1", line, leaf_of(digest_of("sha256"), "line", row.content))
    assert [(each.fault, each.height) for each in await faults()] == [(Fault.ROOT, 2)]


@pytest.mark.parametrize("height", [1, 2, 3])
async def test_a_block_rewritten_with_its_root_and_hash_is_named(chain: asyncpg.Connection, height: int) -> None:
    await _rewrite(chain, height)
    found = {(each.fault, each.height) for each in await faults()}
    assert (Fault.SIGNATURE, height) in found
    if height < 3:
        assert (Fault.LINK, height + 1) in found
    else:
        assert (Fault.FORK, 3) in found


async def test_a_chain_rewritten_to_its_end_is_named_from_there(chain: asyncpg.Connection) -> None:
    """Every later link is recomputed as well; without the key no signature fits."""
    await _rewrite(chain, 1)
    await _link_again(chain)
    found = {(each.fault, each.height) for each in await faults()}
    assert {(Fault.SIGNATURE, n) for n in (1, 2, 3)} <= found
    assert not any(fault in {Fault.LINK, Fault.BLOCK_CHANGED, Fault.ROOT} for fault, _ in found)


async def _link_again(admin: asyncpg.Connection) -> None:
    previous = bytes(32)
    for height in (1, 2, 3):
        await admin.execute("UPDATE audit_block SET previous = $2 WHERE height = $1", height, previous)
        head = next(each for each in await heads() if each.header.height == height)
        previous = head.header.hash()
        await admin.execute("UPDATE audit_block SET hash = $2 WHERE height = $1", height, previous)


async def test_a_chain_signed_anew_with_a_foreign_key_is_named(chain: asyncpg.Connection) -> None:
    from core.kernel.chain import _signer  # noqa: PLC0415 - the forger's own

    forger = _signer(b"f" * 32)
    await chain.execute("UPDATE audit_block SET key = $1, public_key = $2", forger.name, forger.public)
    await _link_again(chain)
    for head in await heads():
        signature = forger.sign(head.header)
        await chain.execute("UPDATE audit_block SET signature = $2 WHERE height = $1", head.header.height, signature)
    assert all(head.is_whole for head in await heads())
    found = {(each.fault, each.height) for each in await faults()}
    assert {(Fault.KEY, n) for n in (1, 2, 3)} <= found
    assert key_name(forger.public) in next(each.both[0] for each in await faults() if each.fault is Fault.KEY)
    trusted = await check(keys=[forger.public])
    assert {each.fault for each in trusted.findings} == {Fault.FORK}


async def test_a_chain_signed_anew_with_the_real_key_contradicts_what_was_seen(chain: asyncpg.Connection) -> None:
    """Whoever has the key too is found by a witness, or by this machine's own memory."""
    from core.kernel.chain import signer  # noqa: PLC0415 - the forger has stolen it

    seen = await heads()
    await _rewrite(chain, 2)
    await _link_again(chain)
    for head in await heads():
        await chain.execute(
            "UPDATE audit_block SET signature = $2 WHERE height = $1", head.header.height, signer().sign(head.header)
        )
    assert [(each.fault, each.height) for each in await faults()] == [(Fault.FORK, 3)]
    file_of(NAN).unlink()
    assert await faults() == []
    found = await faults([(seen[1], "练市镇见证"), (seen[0], "练市镇见证")])
    assert [(each.fault, each.height) for each in found] == [(Fault.FORK, 2)]
    assert "练市镇见证" in found[0].both[0]


async def test_two_exchanged_blocks_are_named(chain: asyncpg.Connection) -> None:
    for table in ("audit_block", "audit_seal"):
        for now, to in ((2, 99), (3, 2), (99, 3)):
            await chain.execute(f"UPDATE {table} SET height = $2 WHERE height = $1", now, to)
    found = [(each.fault, each.height, each.told.get("was")) for each in await faults()]
    assert (Fault.SWAPPED, 2, 3) in found
    assert (Fault.SWAPPED, 3, 2) in found


async def test_a_missing_block_is_named(chain: asyncpg.Connection) -> None:
    for table in ("audit_block", "audit_seal"):
        await chain.execute(f"DELETE FROM {table} WHERE height = 2")
    found = [(each.fault, each.height) for each in await faults()]
    assert (Fault.BLOCK_GONE, 2) in found
    assert (Fault.LINK, 3) in found


@pytest.mark.parametrize("tables", [("audit_block",), ("audit_block", "audit_seal"), ("audit_block", "audit_seal", "audit_line")])
async def test_a_chain_cut_at_its_end_is_named(chain: asyncpg.Connection, tables: tuple[str, ...]) -> None:
    seen = await heads()
    if "audit_line" in tables:
        await chain.execute("DELETE FROM audit_line l USING audit_seal s WHERE s.id = l.id AND s.height = 3")
    for table in set(tables) - {"audit_line"}:
        await chain.execute(f"DELETE FROM {table} WHERE height = 3")
    found = await faults()
    assert (Fault.CUT, 3) in [(each.fault, each.height) for each in found]
    assert seen[2].hash.hex() in next(each.both[0] for each in found if each.fault is Fault.CUT)


async def test_a_cut_is_still_known_after_the_sealer_went_on(chain: asyncpg.Connection) -> None:
    seen = (await heads())[2]
    await chain.execute("DELETE FROM audit_line l USING audit_seal s WHERE s.id = l.id AND s.height = 3")
    for table in ("audit_block", "audit_seal"):
        await chain.execute(f"DELETE FROM {table} WHERE height = 3")
    await write(5)
    await seal_county(county(), now=later(6))
    assert remembered(NAN).contradicted == (seen,)
    await write(5)
    await seal_county(county(), now=later(7))
    assert [(each.fault, each.height) for each in await faults()] == [(Fault.FORK, 3)]


async def test_an_emptied_chain_is_found(chain: asyncpg.Connection) -> None:
    await chain.execute("TRUNCATE audit_line, audit_seal, audit_block")
    assert [each.fault for each in await faults()] == [Fault.CUT]


@pytest.mark.parametrize("column", ["previous", "root", "lines", "algorithm", "sealed_at", "hash", "signature", "key"])
async def test_every_part_of_a_header_is_held(chain: asyncpg.Connection, column: str) -> None:
    values = {
        "lines": "11", "algorithm": "'sm3'", "sealed_at": "sealed_at + interval '1 microsecond'", "key": "'0123456789abcdef'",
    }  # fmt: skip
    value = values.get(column, f"set_byte({column}, 0, 255 - get_byte({column}, 0))")
    await chain.execute(f"UPDATE audit_block SET {column} = {value} WHERE height = 2")
    assert 2 in {each.height for each in await faults()}


async def test_a_recoded_county_still_fits(chain: asyncpg.Connection) -> None:
    """A county that gets another code changes the first six digits of every row, and no leaf."""
    from core.kernel.scope import system_scope  # noqa: PLC0415

    for table in ("audit_line", "audit_seal", "audit_block"):
        await chain.execute(f"UPDATE {table} SET region = '330599' || substr(region, 7) WHERE county = $1", NAN)
    tally = await verify_county(system_scope("330599", county=NAN), outside_of(NAN), now=later())
    assert (tally.findings, tally.lines) == ([], 30)
    await chain.execute("TRUNCATE audit_line, audit_seal, audit_block")


@pytest.mark.usefixtures("chain")
async def test_only_heads_of_the_county_are_compared() -> None:
    told = json.loads(json.dumps((await heads())[2].told()))
    other = Head.read({**told, "county": "330681", "hash": "00" * 32})
    assert await faults([(other, "别县")]) == []
    assert Sealed in current().contributions
    assert clock() < later()
