"""A county (or city) gets another code: every row it ever had goes along, also what is closed and what is only added to.

A code is the right to see; whoever stands at the new code must see the past as well. So, unlike a merge, nothing stays
behind. The tenant's key ``county`` does not change. The rows are moved by the owner's function in batches.
"""

from typing import Final
from uuid import UUID

from core.kernel.database import fetch, fetch_value
from core.kernel.scope import Scope

BATCH: Final = 20_000
# Every column of a table of counties that holds a region's code.
COLUMNS: Final = ("region", "sender_region", "taken_by", "desk", "village", "came_from")
_PLACES: Final = """
SELECT n.nspname AS schema, c.relname AS name, a.attname AS column
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = ANY ($3) AND a.atttypid = 'text'::regtype AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND $1 < $2 ORDER BY 1, 2, 3
"""
_RECODE: Final = "SELECT recode_rows($3, $4, $5, $6, $7) WHERE $1 < $2"


async def recode_all(scope: Scope, change: UUID) -> dict[str, int]:
    """Move all rows of a recoded county. Gives how many rows of which table; repeated, it finds what came late."""
    moved: dict[str, int] = {}
    for place in await fetch(scope, _PLACES, list(COLUMNS)):
        count = BATCH
        while count == BATCH:
            count = await fetch_value(
                scope, _RECODE, change, place["schema"], place["name"], place["column"], BATCH
            )
            moved[place["name"]] = moved.get(place["name"], 0) + count
    return moved
