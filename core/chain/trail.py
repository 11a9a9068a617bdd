"""Audit lines as people look at them: the newest first, each with the block it stands in."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.chain.queries import keeper_of, proof_of
from core.kernel.chain import Proof
from core.kernel.database import fetch, fetch_one, transaction
from core.kernel.errors import NotFound
from core.kernel.ids import first_id_of
from core.kernel.scope import Scope

READ: Final = "core:audit:read"
# Ids are made in the order of time, so the key gives the newest without sorting.
_LINES: Final = """
SELECT l.id, l.at, l.action, l.subject_kind, l.subject_id, l.by_name, l.by_office, l.data, r.shown_name AS place, s.height, s.position
FROM audit_line l LEFT JOIN region r ON r.code = l.region
LEFT JOIN audit_seal s ON s.county = l.county AND s.id = l.id AND s.region >= $1 AND s.region < $2
WHERE l.region >= $1 AND l.region < $2 AND l.county = $3 AND ($4::uuid IS NULL OR l.id < $4) AND ($5::uuid IS NULL OR l.subject_id = $5)
ORDER BY l.id DESC LIMIT $6
"""
# The key begins with the county and goes by time: what is older is not even looked at.
_DEEDS: Final = """
SELECT l.action, count(*) AS times, max(l.at) AS at, (array_agg(l.by_name ORDER BY l.id DESC))[1] AS by_name,
       (array_agg(l.data ORDER BY l.id DESC))[1] AS data
FROM audit_line l WHERE l.region >= $1 AND l.region < $2 AND l.county = $3 AND l.id >= $4 AND l.at >= $5 AND l.action = ANY ($6)
GROUP BY l.action ORDER BY max(l.at) DESC, l.action
"""
_SEEN: Final = "SELECT true FROM audit_line l WHERE l.region >= $1 AND l.region < $2 AND l.county = $3 AND l.id = $4"


@dataclass(frozen=True, slots=True)
class Line:
    """One line with where it is sealed; ``height`` is None while it waits."""

    id: UUID
    at: datetime
    action: str
    subject_kind: str
    subject_id: UUID | None
    by_name: str
    by_office: str
    data: Mapping[str, Any]
    place: str | None
    height: int | None
    position: int | None


@dataclass(frozen=True, slots=True)
class Deeds:
    """How often something was done, when last and by whom, and what that last line says."""

    action: str
    times: int
    at: datetime
    by_name: str
    data: Mapping[str, Any]


async def deeds_since(scope: Scope, actions: Collection[str], *, since: datetime) -> list[Deeds]:
    """Sum up what was done in the scope's range, the latest first."""
    scope.require(READ)
    rows = await fetch(scope, _DEEDS, scope.county, first_id_of(since), since, [*actions])
    return [Deeds(**row) for row in rows]


async def lines_of(scope: Scope, *, before: UUID | None, subject: UUID | None = None, limit: int) -> list[Line]:
    """Give lines of the county in the scope's range, the newest first."""
    scope.require(READ)
    return [Line(**row) for row in await fetch(scope, _LINES, scope.county, before, subject, limit)]


async def proof_of_line(scope: Scope, line: UUID) -> Proof:
    """Give the proof of a line with its content. Raises ``NotFound`` outside of the scope, and while it is not sealed.

    It opens its own transactions: the line must lie in the scope, and its neighbours in the block, of which the proof holds
    hashes, may lie anywhere in the county.
    """
    scope.require(READ)
    async with transaction(scope):
        seen = await fetch_one(scope, _SEEN, scope.county, line)
    if not seen:
        raise NotFound
    whole = (await keeper_of(scope.county)).scope
    async with transaction(whole):
        proof = await proof_of(whole, line, with_content=True)
    if proof is None:
        raise NotFound
    return proof
