"""Checking a county's chain from its first line: every leaf, root, link and signature is computed again.

What is compared is what the database says now with what was sealed, and both with what lies outside of it: the deployment's
key, the head that this machine remembers, heads that witnesses hand in. Without the last a chain that was cut at its end and
all of whose copies are gone would look whole: heads are public so that this never is the case.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.chain.findings import Fault, Finding
from core.chain.memory import remembered
from core.chain.queries import Seal, heads_between, latest_head, sealed_kinds, seals_between
from core.chain.rules import CHUNK, LOOK_BACK, SETTLING
from core.contracts.sealing import SealedRow, Window
from core.kernel.chain import (
    NOTHING,
    Head,
    digest_of,
    is_signed,
    key_name,
    leaf_of,
    moment_text,
    root_of,
    signer,
)
from core.kernel.database import fetch, transaction
from core.kernel.ids import first_id_of
from core.kernel.scope import Scope

_AT_ONCE: Final = 4
_EVER: Final = timedelta(days=36_500)
# Seals of blocks beyond the last: what is left where blocks alone were deleted from the end.
_ORPHANS: Final = """
SELECT DISTINCT s.height FROM audit_seal s
WHERE s.region >= $1 AND s.region < $2 AND s.county = $3 AND (s.height > $4 OR s.height < 1) ORDER BY s.height LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Outside:
    """What is known from outside of the database: heads seen earlier, with where; and further keys that are ours."""

    heads: Sequence[tuple[Head, str]] = ()
    keys: frozenset[bytes] = frozenset()


@dataclass(slots=True)
class Tally:
    """How much was looked at."""

    blocks: int = 0
    lines: int = 0
    last: Head | None = None
    waiting: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_fine(self) -> bool:
        """Whether nothing but remarks was found."""
        return all(finding.fault.is_remark for finding in self.findings)


def outside_of(county: str, *, heads: Sequence[tuple[Head, str]] = (), keys: Iterable[bytes] = ()) -> Outside:
    """Add what this machine remembers and its own key to what was handed in; foreign counties' heads are left out."""
    own = [(head, "本机 this machine") for head in remembered(county).heads]
    fitting = [(head, source) for head, source in (*own, *heads) if head.header.county == county]
    return Outside(tuple(fitting), frozenset({signer().public, *keys}))


async def verify_county(
    scope: Scope, outside: Outside, *, now: datetime, each: Callable[[Tally], Awaitable[None]] | None = None
) -> Tally:
    """Check the whole chain of the scope's county. The scope is the county's system scope; nothing is written.

    ``each`` is told how far it is, outside of any transaction, every few blocks.
    """
    tally = Tally()
    before: Head | None = None
    bad: list[Head] = []
    async for heads, seals, rows in _stored(scope):
        for head in heads:
            tally.findings += _links(head, before)
            broken = list(_signature(head, outside.keys))
            tally.findings += broken
            bad += [head] if broken else []
            mine = seals.get(head.header.height, [])
            tally.findings += check_lines(head, mine, rows, before)
            tally.blocks, tally.lines, before = tally.blocks + 1, tally.lines + len(mine), head
        if each is not None:
            await each(tally)
    tally.last = before
    tally.findings += _exchanged(bad)
    tally.findings += await _beyond(scope, before, outside)
    await _unsealed(scope, tally, before, now=now)
    return tally


_Batch = tuple[list[Head], dict[int, list[Seal]], dict[UUID, SealedRow]]


async def _stored(scope: Scope) -> AsyncIterator[_Batch]:
    """Give the chain from below, a few blocks at a time: heads, their seals, and the rows that still exist."""
    last = await _last_height(scope)
    height = 0
    while height < last:
        async with transaction(scope):
            heads = await heads_between(scope, height + 1, last, limit=_AT_ONCE)
            if not heads:
                return
            seals = await seals_between(scope, heads[0].header.height, heads[-1].header.height)
            rows = await _rows(scope, seals)
        by_height: dict[int, list[Seal]] = defaultdict(list)
        for seal in seals:
            by_height[seal.height].append(seal)
        yield heads, by_height, rows
        height = heads[-1].header.height


async def _last_height(scope: Scope) -> int:
    async with transaction(scope):
        head = await latest_head(scope)
    return head.header.height if head else 0


async def _rows(scope: Scope, seals: Sequence[Seal]) -> dict[UUID, SealedRow]:
    wanted: dict[str, list[UUID]] = defaultdict(list)
    for seal in seals:
        wanted[seal.kind].append(seal.id)
    kinds = sealed_kinds()
    return {row.id: row for name, ids in wanted.items() if name in kinds for row in await kinds[name].stored(scope, ids)}


def _links(head: Head, before: Head | None) -> Iterator[Finding]:
    height, expected = head.header.height, before.header.height + 1 if before else 1
    yield from (Finding(Fault.BLOCK_GONE, missing) for missing in range(expected, height))
    if head.header.previous != (before.hash if before else NOTHING):
        yield Finding(Fault.LINK, height, told={"before": height - 1})
    if head.header.hash() != head.hash:
        yield Finding(Fault.BLOCK_CHANGED, height)


def _signature(head: Head, keys: frozenset[bytes]) -> Iterator[Finding]:
    header = head.header
    known = {key_name(key): key for key in keys}
    if header.key not in known:
        yield Finding(Fault.KEY, header.height, told={"key": header.key})
    elif not is_signed(known[header.key], head.signature, header):
        yield Finding(Fault.SIGNATURE, header.height)


def _exchanged(bad: Sequence[Head]) -> Iterator[Finding]:
    """Say of blocks with a wrong signature which of them carry each other's number."""
    heights = {head.header.height for head in bad}
    for head in bad:
        for other in sorted(heights - {head.header.height}):
            if is_signed(head.public_key, head.signature, replace(head.header, height=other)):
                yield Finding(Fault.SWAPPED, head.header.height, told={"was": other})


def check_lines(
    head: Head, seals: Sequence[Seal], rows: Mapping[UUID, SealedRow], before: Head | None
) -> Iterator[Finding]:
    """Compare a block's lines with its seals and both with its root."""
    header, kinds = head.header, sealed_kinds()
    digest = digest_of(header.algorithm)
    now = {seal.id: leaf_of(digest, seal.kind, rows[seal.id].content) for seal in seals if seal.id in rows}
    yield from _positions(header.height, header.lines, seals)
    fault = Fault.CHANGED
    if len(seals) == header.lines and not _gives([seal.leaf for seal in seals], head):
        if _gives([now.get(seal.id, seal.leaf) for seal in seals], head):
            fault = Fault.SEAL_CHANGED  # the rows are what they were; somebody wrote over their seals
        else:
            yield from _why_not(head, seals, rows)
    for seal in seals:
        if seal.kind in kinds and seal.id not in rows:
            yield Finding(Fault.REMOVED, header.height, seal.id, _told(seal, rows))
        elif seal.id in rows and now[seal.id] != seal.leaf:
            yield Finding(fault, header.height, seal.id, _told(seal, rows))
        elif seal.id in rows and _is_late(rows[seal.id], before):
            yield Finding(Fault.LATE, header.height, seal.id, _told(seal, rows))
    for name in sorted({seal.kind for seal in seals} - kinds.keys()):
        count = sum(seal.kind == name for seal in seals)
        yield Finding(Fault.UNKNOWN, header.height, told={"kind": name, "lines": count})


def _gives(leaves: Sequence[bytes], head: Head) -> bool:
    return bool(leaves) and root_of(digest_of(head.header.algorithm), leaves) == head.header.root


def _positions(height: int, lines: int, seals: Sequence[Seal]) -> Iterator[Finding]:
    there = {seal.position for seal in seals}
    yield from (
        Finding(Fault.SEAL_GONE, height, told={"position": n + 1}) for n in range(lines) if n not in there
    )
    yield from (
        Finding(Fault.SEAL_ADDED, height, seal.id, _told(seal, {})) for seal in seals if not 0 <= seal.position < lines
    )


def _why_not(head: Head, seals: Sequence[Seal], rows: Mapping[UUID, SealedRow]) -> Iterator[Finding]:
    """Say why a block's seals do not give its root: their order, or lines that were changed together with their seals."""
    header = head.header

    def order(seal: Seal) -> tuple[datetime, UUID]:
        return (rows[seal.id].at if seal.id in rows else header.sealed_at), seal.id

    in_order = sorted(seals, key=order)
    if not _gives([seal.leaf for seal in in_order], head):
        yield Finding(Fault.ROOT, header.height, told={"lines": len(seals)})
        return
    for seal, here in zip(in_order, seals, strict=True):
        if seal.id != here.id:
            yield Finding(Fault.REORDERED, header.height, here.id, _told(here, rows))


def _told(seal: Seal, rows: Mapping[UUID, SealedRow]) -> dict[str, str | int]:
    kind = sealed_kinds().get(seal.kind)
    told: dict[str, str | int] = {"position": seal.position + 1, "kind": kind.title if kind else seal.kind, "words": ""}
    row = rows.get(seal.id)
    return {**told, "words": row.words, "at": moment_text(row.at)} if row else told


def _is_late(row: SealedRow, before: Head | None) -> bool:
    """Whether a row says a time at which it should have stood in an earlier block."""
    return before is not None and row.at < before.header.sealed_at - LOOK_BACK


async def _beyond(scope: Scope, last: Head | None, outside: Outside) -> list[Finding]:
    """Compare with what was seen outside, and look for seals whose block is gone from the end."""
    found: list[Finding] = []
    top = last.header.height if last else 0
    async with transaction(scope):
        found += [Finding(Fault.BLOCK_GONE, row["height"]) for row in await fetch(scope, _ORPHANS, scope.county, top)]
        for head, source in outside.heads:
            height = head.header.height
            told = {"hash": head.hash.hex(), "source": source, "last": top}
            there = await heads_between(scope, height, height)
            if height > top:
                found.append(Finding(Fault.CUT, height, told=told))
            elif there and there[0].hash != head.hash:
                found.append(Finding(Fault.FORK, height, told={**told, "now": there[0].hash.hex()}))
    return found


async def _unsealed(scope: Scope, tally: Tally, last: Head | None, *, now: datetime) -> None:
    """Count what waits for the next block, and name what should stand in an earlier one.

    A line may tell of an earlier moment than it was written in (what a clock brought about counts from its hour): its own id
    says when that was. One that claims to have been there all the time is a fault; the other is remarked, as once it is sealed.
    """
    due = last.header.sealed_at - SETTLING if last else None
    async with transaction(scope):
        for kind in sealed_kinds().values():
            for row in await kind.unsealed(scope, Window(None, now + _EVER), CHUNK):
                if due is not None and row.at < due:
                    told = {"kind": kind.title, "words": row.words, "at": moment_text(row.at)}
                    fault = Fault.ADDED if row.id < first_id_of(due) else Fault.WAITS
                    tally.findings.append(Finding(fault, row=row.id, told=told))
                else:
                    tally.waiting += 1
