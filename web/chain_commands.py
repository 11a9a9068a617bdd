"""``xiangzhi verify``: check a county's audit chain from its first line, or one proof against heads that were kept.

Ends with 0 if everything fits, 1 if something does not, 2 if it cannot be asked.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import typer

from core.chain.findings import Fault, Finding
from core.chain.queries import Keeper, keeper_of, keepers
from core.chain.rules import heads_against
from core.chain.verifying import Tally, outside_of, verify_county
from core.extension.manager import boot
from core.kernel import clock
from core.kernel.chain import ChainError, Head, Proof, read_heads, signer
from core.kernel.database import close_pool, open_pool
from core.kernel.errors import NotFound
from core.kernel.settings import get_settings
from web.supervisor.explained import Explained
from web.texts import Texts

_SHOWN: Final = 50  # findings of one kind; the rest is counted
_KEY_BYTES: Final = 32

Seen = list[tuple[Head, str]]


class VerifyError(Explained):
    """Nothing was checked; the message says in both languages why."""


def verify(
    county: Annotated[str, typer.Argument(help="县的代码，留空为全部 a county's key; empty: all")] = "",
    *,
    proof: Annotated[Path | None, typer.Option(help="只核对这份证明 check this proof alone")] = None,
    content: Annotated[Path | None, typer.Option(help="证明所说的内容 what the proof is about")] = None,
    heads: Annotated[list[Path] | None, typer.Option(help="记下的区块头 heads that were kept (JSON)")] = None,
    key: Annotated[list[str] | None, typer.Option(help="也认可的公钥 a public key of ours, as hex")] = None,
    every: Annotated[bool, typer.Option("--all", help="逐条列出提示 list each hint instead of counting them")] = False,
) -> None:
    """核对存证链：每一行、每一块、每个签名。 Check the audit chain: every line, block and signature."""
    seen = [(head, str(file)) for file in heads or () for head in _read_heads(file)]
    keys = [_key(text) for text in key or ()]
    if proof is not None:
        fine = _verify_proof(proof, content, seen, keys)
    else:
        fine = asyncio.run(_verify_all(county, seen, keys, every=every))
    if not fine:
        raise typer.Exit(1)


def _verify_proof(file: Path, content: Path | None, seen: Seen, keys: Sequence[bytes]) -> bool:
    """Check one proof. It needs no database: what it is held against was handed in."""
    try:
        proof = Proof.read(file.read_bytes())
        body = content.read_bytes() if content is not None else None
    except (OSError, ChainError) as error:
        raise VerifyError(f"{file}: {error}") from error
    faults = list(proof.faults(body))
    if body is None and proof.content is None:
        faults.append("没有内容可核对，请用 --content 给出 / there is no content to check: give it with --content")
    if keys and proof.head.public_key not in keys:
        faults.append("不是用给出的公钥签名的 / not signed with a key you gave")
    faults += heads_against(proof.head, [head for head, _ in seen])
    for fault in faults:
        typer.echo(f"✗ {fault}")
    head = proof.head.header
    if not faults:
        typer.echo(f"✓ 没有改动：{head.county} 第 {head.height} 块第 {proof.position + 1} 行")
        typer.echo(f"✓ unchanged: line {proof.position + 1} of block {head.height} of county {head.county}")
        typer.echo(f"  {head.sealed_at:%Y-%m-%d %H:%M} UTC · {proof.head.hash.hex()} · key {head.key}")
    return not faults


async def _verify_all(county: str, seen: Seen, keys: Sequence[bytes], *, every: bool) -> bool:
    boot()
    await open_pool(get_settings().database_url, size=2)
    try:
        found = [await _keeper(county)] if county else await keepers()
        typer.echo(f"公钥 public key {signer().public.hex()} ({signer().name})")
        fine = True
        for keeper in found:
            outside = outside_of(keeper.county, heads=seen, keys=keys)
            tally = await verify_county(keeper.scope, outside, now=clock.now())
            for line in told(keeper, tally, every=every):
                typer.echo(line)
            fine = fine and tally.is_fine
        return fine
    finally:
        await close_pool()


async def _keeper(county: str) -> Keeper:
    try:
        return await keeper_of(county)
    except NotFound:
        raise VerifyError(f"没有开通 {county}。There is no county {county} here.") from None


def told(keeper: Keeper, tally: Tally, *, every: bool = False) -> Iterator[str]:
    """Say what was found, the first of each kind in full; hints are counted by kind unless ``every`` one is wanted.

    Who reads dozens of hints that mean nothing soon reads over the one line that does.
    """
    faults = sum(not finding.fault.is_remark for finding in tally.findings)
    mark = "✗" if faults else "✓"
    head = f"第 {tally.last.header.height} 块 {tally.last.hash.hex()}" if tally.last else "还没有区块 no block yet"
    yield f"{mark} {keeper.county} {keeper.name}：{tally.blocks} 块 {tally.lines} 行，{faults} 处不符；最后 {head}；{tally.waiting} 行待存证"
    yield f"  {tally.blocks} blocks, {tally.lines} lines, {faults} faults, {tally.waiting} lines wait for the next block"
    shown: Counter[str] = Counter()
    hints = [finding for finding in tally.findings if finding.fault.is_remark and not every]
    yield from _summed(hints)
    for finding in tally.findings:
        if finding.fault.is_remark and not every:
            continue
        shown[finding.fault] += 1
        if shown[finding.fault] <= _SHOWN or (every and finding.fault.is_remark):
            yield from _lines(finding)
    for fault, count in shown.items():
        if count > _SHOWN and not (every and Fault(fault).is_remark):
            yield f"    … {fault}: 另有 {count - _SHOWN} 处 / {count - _SHOWN} more"


def _summed(hints: Sequence[Finding]) -> Iterator[str]:
    """Count hints by the kind of what they are about, with the blocks in which it was sealed."""
    kinds: dict[str, list[int]] = defaultdict(list)
    waiting: Counter[str] = Counter()
    for hint in hints:
        kind = str(hint.told.get("kind", ""))
        if hint.fault is Fault.WAITS:
            waiting[kind] += 1
        else:
            kinds[kind].append(hint.height)
    for kind, heights in sorted(kinds.items()):
        first, last, count = min(heights), max(heights), len(heights)
        where, there = (f"第 {first} 块", f"block {first}") if first == last else (f"第 {first} 至 {last} 块", f"blocks {first} to {last}")
        yield f"  · 提示：{count} 行“{kind}”写的时间早，到{where}才存证；这不等于被改过，加 --all 逐行列出"
        yield f"    note: {count} × {_texts().get('en', kind)} written earlier and sealed only in {there}; that alone is no change; --all lists each"
    for kind, count in sorted(waiting.items()):
        yield f"  · 提示：{count} 行“{kind}”写的时间早，是后来写下的，等下一块存证；加 --all 逐行列出"
        yield f"    note: {count} × {_texts().get('en', kind)} of an earlier time, written later, wait for the next block; --all lists each"


def _lines(finding: Finding) -> Iterator[str]:
    chinese, _ = finding.both
    kind = str(finding.told.get("kind", ""))
    _, english = replace(finding, told={**finding.told, "kind": _texts().get("en", kind)}).both
    yield f"  {'·' if finding.fault.is_remark else '✗'} {chinese}"
    yield f"    {english}"


@cache
def _texts() -> Texts:
    return Texts.load()


def _read_heads(file: Path) -> list[Head]:
    try:
        return read_heads(file.read_bytes())
    except (OSError, ChainError) as error:
        raise VerifyError(f"{file}: {error}") from error


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise VerifyError(f"公钥应为 64 位十六进制数：{text} / a public key has 64 hexadecimal digits")
    return key

