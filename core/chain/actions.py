"""Sealing: rows that stand in no block yet are put into blocks, one sealer of a county at a time.

A chunk is one transaction: it takes the county's lock, reads the last block and what is not sealed, and writes blocks and
seals together. A sealer killed in the middle leaves nothing; a second one at once finds the lock taken and goes home. Were
there no lock, the unique key (county, height) would let one of them through, and (county, id) no row into two blocks.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.chain.memory import Memory, remember, remembered
from core.chain.queries import heads_between, latest_head, sealed_kinds
from core.chain.rules import CHUNK, LOOK_BACK, SETTLING, ChainSettings
from core.contracts.sealing import SealedRow, Window
from core.kernel.chain import BLOCK_MOST, NOTHING, Head, Header, digest_of, leaf_of, root_of, signer
from core.kernel.database import execute, fetch_value, transaction
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.tenancy.settings import settings_of

_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('audit chain ' || $3, 0)) WHERE $1 < $2"
_ADD_BLOCK: Final = """
INSERT INTO audit_block
  (county, id, region, height, previous, root, lines, algorithm, sealed_at, key, hash, signature, public_key)
SELECT $3, $4, $1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 WHERE $1 < $2
"""
# Whole columns in one value each: thousands of rows as arrays would cost more in the driver than in the database.
_ADD_SEALS: Final = """
INSERT INTO audit_seal (county, id, region, kind, height, position, leaf)
SELECT $3, encode(substring($5::bytea FROM v.n::integer * 16 - 15 FOR 16), 'hex')::uuid, v.region, v.kind, $4, v.n - 1,
       substring($8::bytea FROM v.n::integer * 32 - 31 FOR 32)
  FROM unnest(string_to_array($6::text, ','), string_to_array($7::text, ',')) WITH ORDINALITY AS v (region, kind, n)
 WHERE v.region >= $1 AND v.region < $2
"""
_Row = tuple[str, SealedRow]


async def seal_county(scope: Scope, *, now: datetime, everything: bool = False) -> int:
    """Seal what is due in the scope's county, chunk by chunk; gives how many rows. The scope is the county's system scope.

    It opens its own transactions and can be repeated at any time. ``everything`` looks back without end.
    """
    async with transaction(scope):
        last = await latest_head(scope)
    # Reckoned once: the blocks of this very run say nothing about what is still to come.
    since = None if everything or last is None else last.header.sealed_at - LOOK_BACK
    sealed = 0
    while True:
        done = await _seal_chunk(scope, Window(since, now - SETTLING), now=now)
        sealed += done
        if done < CHUNK:
            return sealed


async def _seal_chunk(scope: Scope, window: Window, *, now: datetime) -> int:
    async with transaction(scope):
        if not await fetch_value(scope, _LOCK, scope.county):
            return 0
        last = await latest_head(scope)
        memory = remembered(scope.county)
        contradicted = await _contradicted(scope, memory)
        rows = await _unsealed(scope, window)
        if not rows:
            return 0
        settings = await settings_of(scope, ChainSettings, at=now)
        for start in range(0, len(rows), BLOCK_MOST):
            block = rows[start : start + BLOCK_MOST]
            last = await _add_block(scope, last, block, algorithm=settings.algorithm, now=now)
    if last is not None:
        remember(scope.county, last, contradicted=contradicted)
    return len(rows)


async def _unsealed(scope: Scope, window: Window) -> list[_Row]:
    """Give up to a chunk of rows of every kind in their order."""
    rows: list[_Row] = []
    for name, kind in sealed_kinds().items():
        rows += [(name, row) for row in await kind.unsealed(scope, window, CHUNK)]
    return sorted(rows, key=lambda each: (each[1].at, each[1].id))


async def _add_block(
    scope: Scope, last: Head | None, rows: Sequence[_Row], *, algorithm: str, now: datetime
) -> Head:
    """Write one block and its seals."""
    digest, own = digest_of(algorithm), signer()
    leaves = [leaf_of(digest, kind, row.content) for kind, row in rows]
    header = Header(
        county=scope.county, height=last.header.height + 1 if last else 1, previous=last.hash if last else NOTHING,
        root=root_of(digest, leaves), lines=len(leaves), algorithm=algorithm, sealed_at=now, key=own.name,
    )  # fmt: skip
    head = Head(header, header.hash(), own.sign(header), own.public)
    await execute(
        scope, _ADD_BLOCK, scope.county, new_id(), header.height, header.previous, header.root, header.lines, algorithm, now,
        header.key, head.hash, head.signature, head.public_key,
    )  # fmt: skip
    written = await execute(
        scope, _ADD_SEALS, scope.county, header.height, b"".join([row.id.bytes for _, row in rows]),
        ",".join([row.region for _, row in rows]), ",".join([kind for kind, _ in rows]), b"".join(leaves),
    )  # fmt: skip
    if written != len(rows):
        raise RuntimeError("a sealed row must lie inside its county")
    return head


async def _contradicted(scope: Scope, memory: Memory) -> tuple[Head, ...]:
    """Give the remembered heads that the database does not know (any more)."""
    gone = list(memory.contradicted)
    if memory.latest is not None:
        height = memory.latest.header.height
        there = await heads_between(scope, height, height)
        if (not there or there[0].hash != memory.latest.hash) and memory.latest not in gone:
            gone.append(memory.latest)
    return tuple(gone)
