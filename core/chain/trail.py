"""Audit lines as people look at them: the newest first, each with the block it stands in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.chain.queries import keeper_of, proof_of
from core.kernel.chain import Proof
from core.kernel.database import fetch, fetch_one, transaction
from core.kernel.errors import NotFound
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
