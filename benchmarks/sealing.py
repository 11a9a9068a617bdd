"""Sealing audit lines, against the least that it takes: hash the same bytes into the same tree, and COPY the same rows.

The floor works as the superuser on a table with the same columns and keys, in one transaction for each chunk, durable. It
reads nothing and looks for nothing: the contents are in its memory.
"""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final
from unittest.mock import patch

import asyncpg

from benchmarks.figures import Figure, Plan, at_least
from benchmarks.site import Site, connected, make_database, working_on
from core.chain.actions import seal_county
from core.chain.lines import LINES
from core.chain.rules import CHUNK, ChainSettings
from core.chain.verifying import outside_of, verify_county
from core.contracts.sealing import SealedRow, Window
from core.kernel.chain import BLOCK_MOST, digest_of, leaf_of, root_of
from core.kernel.database import transaction
from core.kernel.scope import system_scope

DATABASE: Final = "sealing"
COUNTY: Final = "330101"
LEAST: Final = 20_000.0
LEAST_VERIFY: Final = 10_000.0
_WHEN: Final = datetime(2026, 11, 1, tzinfo=UTC)
# A year of a county, as its lines look: names, places, a few words of data; ids in the order of time.
_FILL: Final = """
INSERT INTO audit_line (county, id, region, at, action, subject_kind, subject_id, person, membership, by_name, by_office, data)
SELECT $1, (lpad(to_hex((extract(epoch FROM $2::timestamptz) * 1000)::bigint + n), 12, '0') || '7' || substr(md5(n::text), 1, 3)
            || '8' || substr(md5(n::text), 4, 15))::uuid,
       $1 || lpad((101 + n % 20)::text, 3, '0') || lpad((201 + n % 15)::text, 3, '0'), $2 + n * interval '1 millisecond',
       (ARRAY['assignment.acknowledged', 'task.dispatched', 'submission.accepted'])[1 + n % 3], 'assignment', gen_random_uuid(),
       gen_random_uuid(), gen_random_uuid(), '王建国', '农业农村办公室',
       jsonb_build_object('title', '汛期前圩堤隐患排查 ' || n, 'points', 5.5, 'mode', 'named', 'due_at', '2026-12-01T18:00:00')
FROM generate_series(1, $3) n
"""
_FLOOR: Final = """
CREATE TABLE floor_seal (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  kind text NOT NULL, height bigint NOT NULL, position integer NOT NULL, leaf bytea NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, height, position));
CREATE INDEX floor_seal_region ON floor_seal (region)
"""


async def sealing(at: Site, plan: Plan) -> AsyncIterator[Figure]:
    """Seal all lines of one county, each way in turn with the floor, and check the whole chain once."""
    await make_database(at, DATABASE)
    rates: dict[str, list[float]] = {"sha256": [], "sm3": []}
    floors: dict[str, list[float]] = {"sha256": [], "sm3": []}
    async with connected(at.admin_url(DATABASE)) as admin, working_on(at, DATABASE):
        await admin.execute("INSERT INTO county (county, code, name, opened_at) VALUES ($1, $1, '杭州', now())", COUNTY)
        await admin.execute(_FILL, COUNTY, _WHEN, plan.lines)
        await admin.execute("VACUUM ANALYZE audit_line")
        await admin.execute(_FLOOR)
        contents = await _contents(plan.lines)
        for run in range(plan.runs + 1):  # the first warms up and is not counted
            for algorithm, made in rates.items():
                floor = await _floor(admin, contents, algorithm)
                rate = await _seal(admin, plan.lines, algorithm)
                if run:
                    floors[algorithm].append(floor)
                    made.append(rate)
        verified = await _verify(plan.lines)
    note = f"{plan.lines} lines, blocks of {BLOCK_MOST}"
    yield at_least("seal", rates["sha256"], floors["sha256"], unit="lines/s", least=LEAST, note=note)
    yield at_least("seal_sm3", rates["sm3"], floors["sm3"], unit="lines/s", least=LEAST, note=note)
    yield at_least("verify", [verified], [floors["sha256"][-1]], unit="lines/s", least=LEAST_VERIFY, note=note)


async def _contents(count: int) -> list[SealedRow]:
    scope = system_scope(COUNTY)
    async with transaction(scope):
        rows = await LINES.unsealed(scope, Window(None, _WHEN + timedelta(days=9)), count)
    if len(rows) != count:
        raise RuntimeError(f"{len(rows)} of {count} lines were found")
    return list(rows)


async def _floor(admin: asyncpg.Connection, rows: list[SealedRow], algorithm: str) -> float:
    await admin.execute("TRUNCATE floor_seal")
    digest, height, began = digest_of(algorithm), 0, time.perf_counter()
    for chunk in range(0, len(rows), CHUNK):
        records = []
        for start in range(chunk, min(chunk + CHUNK, len(rows)), BLOCK_MOST):
            height += 1
            block = rows[start : min(start + BLOCK_MOST, chunk + CHUNK)]
            leaves = [leaf_of(digest, "line", row.content) for row in block]
            root_of(digest, leaves)
            records += [
                (COUNTY, row.id, row.region, "line", height, n, leaf)
                for n, (row, leaf) in enumerate(zip(block, leaves, strict=True))
            ]
        await admin.copy_records_to_table("floor_seal", records=records)
    return len(rows) / (time.perf_counter() - began)


async def _seal(admin: asyncpg.Connection, count: int, algorithm: str) -> float:
    await admin.execute("TRUNCATE audit_block, audit_seal")
    settings = ChainSettings(algorithm=algorithm)

    async def chosen(*_words: object, **_more: object) -> ChainSettings:
        return settings

    with patch("core.chain.actions.settings_of", chosen):
        began = time.perf_counter()
        sealed = await seal_county(system_scope(COUNTY), now=_WHEN + timedelta(days=9))
        seconds = time.perf_counter() - began
    if sealed != count:
        raise RuntimeError(f"{sealed} of {count} lines were sealed")
    return count / seconds


async def _verify(count: int) -> float:
    began = time.perf_counter()
    tally = await verify_county(system_scope(COUNTY), outside_of(COUNTY), now=_WHEN + timedelta(days=9))
    seconds = time.perf_counter() - began
    faults = [finding for finding in tally.findings if not finding.fault.is_remark and finding.fault != "fork"]
    if faults or tally.lines != count:
        raise RuntimeError(f"{tally.lines} lines, {len(faults)} faults: {faults[:3]}")
    return count / seconds
