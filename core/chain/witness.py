"""Heads of other counties (or of one's own), kept here as a witness: whoever rewrites his chain contradicts what others saw.

A head that was handed in whole is checked before it is kept: its hash and signature fit. One that was copied by hand is a
county, a height and a hash. What is kept is never changed; a second hash of the same block is kept beside the first.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.chain.public import heads_at
from core.kernel.audit import audit
from core.kernel.chain import Head
from core.kernel.database import bulk, fetch, fetch_as
from core.kernel.errors import Invalid, mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope

READ: Final = "core:audit:read"
NOTE: Final = "core:chain:witness"
MOST: Final = 500
_SOURCE_MOST: Final = 200
_ADD: Final = """
INSERT INTO witnessed_head (county, id, region, of_county, height, hash, head, source, seen_at, by_name, membership)
SELECT $3, v.id, $4, v.of_county, v.height, v.hash, v.head, $10, $11, $12, $13
  FROM unnest($5::uuid[], $6::text[], $7::bigint[], $8::bytea[], $9::text[]) AS v (id, of_county, height, hash, head)
 WHERE $4 >= $1 AND $4 < $2
ON CONFLICT (county, of_county, height, hash) DO NOTHING RETURNING of_county, height
"""
_FIELDS: Final = "w.of_county, w.height, w.hash, w.head, w.source, w.seen_at, w.by_name"
_KEPT: Final = f"""
SELECT {_FIELDS} FROM witnessed_head w WHERE w.region >= $1 AND w.region < $2 AND w.county = $3
ORDER BY w.seen_at DESC, w.of_county, w.height DESC LIMIT $4
"""  # noqa: S608 - constants
_KEPT_OF: Final = f"""
SELECT {_FIELDS} FROM witnessed_head w WHERE w.region >= $1 AND w.region < $2 AND w.county = $3 AND w.of_county = $4
ORDER BY w.height DESC LIMIT $5
"""  # noqa: S608 - constants


class Standing(StrEnum):
    """How a kept head compares with what is known now."""

    SAME = "same"  # the county's chain on this server still has it
    FORK = "fork"  # the county's chain has another block of this height
    GONE = "gone"  # the county's chain is shorter than that
    RIVAL = "rival"  # two kept heads of this height differ
    BROKEN = "broken"  # a kept head does not follow the kept one before it
    ALONE = "alone"  # the county is not on this server, and nothing contradicts it

    @property
    def is_conflict(self) -> bool:
        return self not in {Standing.SAME, Standing.ALONE}


@dataclass(frozen=True, slots=True)
class Kept:
    """One head as somebody here saw it. ``head`` is the whole of it as JSON, or empty where only the hash was copied."""

    of_county: str
    height: int
    hash: bytes
    head: str
    source: str
    seen_at: datetime
    by_name: str

    @property
    def whole(self) -> Head | None:
        return Head.read(json.loads(self.head)) if self.head else None


@dataclass(frozen=True, slots=True)
class Judged:
    """A kept head with how it stands; ``now`` is the hash that contradicts it."""

    kept: Kept
    standing: Standing
    now: bytes | None = None


async def keep_heads(scope: Scope, heads: Sequence[Head], *, source: str, now: datetime) -> int:
    """Keep whole heads; gives how many are new. Raises ``Invalid`` where one does not fit its own hash and signature."""
    if not all(head.is_whole for head in heads):
        raise Invalid(fields={"heads": mark("区块头与它自己的哈希或签名不符，没有记下。这份文件被改动过，请向来源核实。")})
    rows = [(head.header.county, head.header.height, head.hash, json.dumps(head.told())) for head in heads[:MOST]]
    return await _keep(scope, rows, source=source, now=now)


async def keep_hash(scope: Scope, *, of_county: str, height: int, hash_: bytes, source: str, now: datetime) -> int:
    """Keep what was copied by hand; gives 0 where the very same is kept already."""
    return await _keep(scope, [(of_county, height, hash_, "")], source=source, now=now)


async def _keep(scope: Scope, rows: Sequence[tuple[str, int, bytes, str]], *, source: str, now: datetime) -> int:
    scope.require(NOTE)
    if len(source) > _SOURCE_MOST:
        raise Invalid(fields={"source": mark("来源最多 200 个字。")})
    made = [(new_id(), *row) for row in rows]
    added = await fetch(scope, _ADD, scope.county, scope.region, *bulk(made, 5), source, now, scope.by_name, scope.membership)
    told: dict[str, int] = defaultdict(int)
    for row in added:
        told[row["of_county"]] = max(told[row["of_county"]], row["height"])
    for county, height in told.items():
        data = {"of": county, "height": height, "source": source}
        await audit(scope, "chain.head_kept", kind="witnessed_head", subject=None, now=now, data=data)
    return len(added)


async def kept_heads(scope: Scope, *, of_county: str = "", limit: int = 200) -> list[Kept]:
    """Give what this county keeps, the newest first; of one county by height."""
    scope.require(READ)
    if of_county:
        return await fetch_as(scope, Kept, _KEPT_OF, scope.county, of_county, limit)
    return await fetch_as(scope, Kept, _KEPT, scope.county, limit)


async def judged(kept: Sequence[Kept], here: Iterable[str]) -> list[Judged]:
    """Compare kept heads with each other and with the chains on this server; ``here`` are the counties it serves."""
    heights: dict[str, set[int]] = defaultdict(set)
    for each in kept:
        heights[each.of_county].add(each.height)
    served = set(here)
    now: dict[tuple[str, int], bytes] = {}
    for county in heights.keys() & served:
        now |= {(county, head.header.height): head.hash for head in await heads_at(county, sorted(heights[county]))}
    return [_judge(each, kept, served, now) for each in kept]


def _judge(
    each: Kept, others: Sequence[Kept], served: set[str], now: Mapping[tuple[str, int], bytes]
) -> Judged:
    if each.of_county in served:
        found = now.get((each.of_county, each.height))
        if found is None:
            return Judged(each, Standing.GONE)
        return Judged(each, Standing.SAME) if found == each.hash else Judged(each, Standing.FORK, found)
    whole = each.whole
    for other in others:
        if other.of_county != each.of_county:
            continue
        if other.height == each.height and other.hash != each.hash:
            return Judged(each, Standing.RIVAL, other.hash)
        if whole is not None and other.height == each.height - 1 and other.hash != whole.header.previous:
            return Judged(each, Standing.BROKEN, other.hash)
    return Judged(each, Standing.ALONE)

