"""``xiangzhi verify`` as an operator runs it: what it prints and how it ends."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from core.chain.actions import seal_county
from core.chain.memory import file_of
from core.chain.queries import heads_between, proof_of, seals_between
from core.kernel.database import transaction
from core.kernel.ids import first_id_of
from core.kernel.settings import Settings, get_settings
from tests.core.chain.conftest import county, later, write
from tests.core.people.world import NAN, ZHU
from tests.databases import DatabaseUrls

Run = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def run(database_urls: DatabaseUrls, settings: Settings) -> Run:
    """Give a function that runs the command in a process of its own."""
    environment = {
        **os.environ, "XIANGZHI_DATA": str(settings.data), "XIANGZHI_DATABASE_URL": database_urls.app, "XIANGZHI_DEMO": "0",
        "XIANGZHI_RELAY_DATABASE_URL": database_urls.relay, "XIANGZHI_SECRET_KEY": get_settings().secret_key,
    }  # fmt: skip

    async def command(*words: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "web.cli", "verify", *words, env=environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    return command


@pytest.fixture
async def chain(clean: asyncpg.Connection, small_blocks: int) -> asyncpg.Connection:
    assert small_blocks
    await write(25)
    await seal_county(county(), now=later())
    return clean


async def test_a_whole_chain_ends_with_nought(chain: asyncpg.Connection, run: Run) -> None:
    await write(2, code=ZHU)
    code, said = await run()
    assert code == 0, said
    assert f"✓ {NAN} 南浔区：3 块 25 行，0 处不符" in said
    assert f"✓ {ZHU} 诸暨市：0 块 0 行" in said
    assert "2 lines wait for the next block" in said
    await chain.execute("SELECT 1")


async def test_a_changed_line_is_named_in_both_languages(chain: asyncpg.Connection, run: Run) -> None:
    line = await chain.fetchval("UPDATE audit_line SET by_name = '李四' WHERE id = (SELECT id FROM audit_seal WHERE height = 2 AND position = 6) RETURNING id")
    code, said = await run(NAN)
    assert code == 1
    assert f"✗ 第 2 块第 7 行被改过：留痕记录 {line}（task.dispatched 李四）" in said
    assert f"block 2, line 7 was changed: Audit line {line}" in said
    assert "1 处不符" in said


async def test_many_findings_are_counted(chain: asyncpg.Connection, run: Run) -> None:
    await write(60)
    await seal_county(county(), now=later(6))
    await chain.execute("DELETE FROM audit_line")
    code, said = await run(NAN)
    assert code == 1
    assert "85 处不符" in said
    assert "removed: 另有 35 处 / 35 more" in said


async def test_hints_are_counted_by_kind_and_listed_when_asked_for(chain: asyncpg.Connection, run: Run) -> None:
    await write(7)
    await chain.execute("UPDATE audit_line SET at = at - interval '9 days' WHERE id NOT IN (SELECT id FROM audit_seal)")
    await seal_county(county(), now=later(6))
    code, said = await run(NAN)
    assert code == 0, said
    hints = [line for line in said.splitlines() if "提示" in line]
    assert hints == ["  · 提示：7 行“留痕记录”写的时间早，到第 4 块才存证；这不等于被改过，加 --all 逐行列出"]
    assert "note: 7 × Audit line written earlier and sealed only in block 4" in said
    code, said = await run(NAN, "--all")
    assert (code, said.count("  · 提示：留痕记录")) == (0, 7)


async def test_lines_written_late_that_wait_for_a_block_are_counted_as_hints(chain: asyncpg.Connection, run: Run) -> None:
    await write(3)
    written = int(first_id_of(later(5)))
    await chain.execute(
        "UPDATE audit_line SET at = at - interval '9 days', id = ($1::text[])[n] :: uuid FROM ("
        "  SELECT id AS old, row_number() OVER () AS n FROM audit_line WHERE id NOT IN (SELECT id FROM audit_seal)) w WHERE id = old",
        [str(UUID(int=written + n)) for n in range(3)],
    )  # fmt: skip
    code, said = await run(NAN)
    assert code == 0, said
    assert "  · 提示：3 行“留痕记录”写的时间早，是后来写下的，等下一块存证；加 --all 逐行列出" in said
    assert "note: 3 × Audit line of an earlier time, written later, wait for the next block" in said


async def test_heads_kept_by_a_witness_are_compared(chain: asyncpg.Connection, run: Run, tmp_path: Path) -> None:
    async with transaction(scope := county()):
        heads = await heads_between(scope, 1, 9)
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps({"heads": [head.told() for head in heads]}), "utf-8")
    assert (await run(NAN, "--heads", str(kept)))[0] == 0
    for table in ("audit_block", "audit_seal"):
        await chain.execute(f"DELETE FROM {table} WHERE height = 3")
    file_of(NAN).unlink()
    code, said = await run(NAN, "--heads", str(kept))
    assert code == 1
    assert f"链尾被截断：第 3 块（{heads[2].hash.hex()}）曾经存在（{kept}）" in said


async def test_a_proof_is_checked_with_and_without_its_content(chain: asyncpg.Connection, run: Run, tmp_path: Path) -> None:
    async with transaction(scope := county()):
        seal = (await seals_between(scope, 2, 2))[3]
        proof = await proof_of(scope, seal.id, with_content=True)
        heads = await heads_between(scope, 1, 9)
    assert proof is not None
    told, file, kept, content = proof.told(), tmp_path / "proof", tmp_path / "kept", tmp_path / "content"
    file.write_text(json.dumps(told), "utf-8")
    kept.write_text(json.dumps([head.told() for head in heads]), "utf-8")
    assert len(file.read_bytes()) <= 2_048
    code, said = await run("--proof", str(file), "--heads", str(kept), "--key", heads[0].public_key.hex())
    assert code == 0, said
    assert "✓ 没有改动：330503 第 2 块第 4 行" in said
    assert (await run("--proof", str(file), "--key", "00" * 32))[0] == 1
    content.write_text(told["content"].replace("task.dispatched", "task.withdrawn"), "utf-8")
    code, said = await run("--proof", str(file), "--content", str(content))
    assert (code, "内容被改过" in said) == (1, True)
    kept.write_text(json.dumps([heads[0].told()]), "utf-8")
    assert (await run("--proof", str(file), "--heads", str(kept)))[0] == 0
    kept.write_text(json.dumps([{**heads[1].told(), "lines": 3}]), "utf-8")
    assert (await run("--proof", str(file), "--heads", str(kept)))[0] == 1
    await chain.execute("SELECT 1")


@pytest.mark.parametrize(
    "words", [("339999",), ("--heads", "/nowhere"), ("--proof", "/nowhere"), ("--key", "xyz"), ("3305 or",)]
)
async def test_what_cannot_be_asked_ends_with_two(run: Run, words: tuple[str, ...], clean: asyncpg.Connection) -> None:
    code, said = await run(*words)
    assert code == 2, said
    assert "Traceback" not in said
    await clean.execute("SELECT 1")
