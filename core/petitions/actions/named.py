"""Keeping a matter from whoever is named in it later: in what its raiser adds, or in what an office writes in its history.

Whoever writes sees no further up than his own place. So the names below are looked for at once, in the deed itself, and the
worker looks for those above; until it has, posts above the writer's level do not see the matter (``looked_level``).
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database import execute, fetch
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from core.petitions.rules import path_of

WRITTEN: Final = "petition.written"  # payload: petition (id); something was written that the worker looks through
MEANT: Final = "meant"  # in a line of an office: somebody was complained about in the matter when it was written
# What the raiser writes counts whatever the matter is; thanks for what was solved do not. What an office writes counts where the
# matter was about somebody when it was written (``MEANT``), and nobody is meant by what he writes himself.
_NAMED: Final = """
SELECT DISTINCT m.person_id FROM petition_event e
JOIN membership m ON m.region >= $1 AND m.region < $2 AND m.county = e.county AND m.region = ANY ($5)
 AND length(m.person_name) >= 2 AND strpos(e.text, m.person_name) > 0 AND m.valid_from <= $6 AND (m.valid_to IS NULL OR m.valid_to > $6)
LEFT JOIN membership w ON w.region >= $1 AND w.region < $2 AND w.county = e.county AND w.id = e.membership
WHERE e.region >= $1 AND e.region < $2 AND e.county = $3 AND e.petition_id = $4 AND e.text <> ''
  AND CASE WHEN e.membership IS NULL THEN NOT (e.kind = 'judged' AND e.data->>'solved' = 'true')
           ELSE e.data->>'meant' = 'true' AND w.person_id IS DISTINCT FROM m.person_id END
"""
_CONCERN: Final = """
INSERT INTO petition_concern (county, id, region, petition_id, person_id, at, by_name)
SELECT $3, gen_random_uuid(), $4, $5, person, $7, $8 FROM unnest($6::uuid[]) AS made (person) WHERE $4 >= $1 AND $4 < $2
ON CONFLICT (county, petition_id, person_id) DO NOTHING
"""
# What was said to them before they were named is taken back: it leads to nothing any more, and tells what there is.
_UNTELL: Final = """
DELETE FROM notice n WHERE n.region >= $1 AND n.region < $2 AND n.county = $3 AND n.link = $4 AND n.membership_id IN (
  SELECT m.id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.person_id = ANY ($5::uuid[]))
"""
_JOINED: Final = """
SELECT DISTINCT c.person_id FROM petition p
JOIN petition_concern c ON c.region >= $1 AND c.region < $2 AND c.county = p.county AND c.petition_id = p.id
WHERE p.region >= $1 AND p.region < $2 AND p.county = $3 AND p.merged_into = $4 AND p.state = 'merged'
"""
_UNTIL_LOOKED: Final = "UPDATE petition SET looked_level = greatest(looked_level, $4) WHERE region >= $1 AND region < $2 AND id = $3"


async def keep_away(scope: Scope, row: Any, persons: Collection[UUID], *, now: datetime) -> int:
    """Shut persons out of a matter, and take back what they were told of it. Gives how many were not shut out before."""
    if not persons:
        return 0
    known = list(persons)
    made = await execute(scope, _CONCERN, row["county"], row["region"], row["id"], known, now, scope.by_name)
    await execute(scope, _UNTELL, row["county"], f"/petitions/{row['id']}", known)
    return made


async def keep_away_named(scope: Scope, row: Any, *, now: datetime) -> int:
    """Shut out whoever the history names, and whoever is shut out of what was joined to this one, as far as the scope sees."""
    named = await fetch(scope, _NAMED, row["county"], row["id"], path_of(row["region"]), now)
    joined = await fetch(scope, _JOINED, row["county"], row["id"])
    return await keep_away(scope, row, {found["person_id"] for found in (*named, *joined)}, now=now)


async def look_through(scope: Scope, row: Any, *, now: datetime) -> None:
    """Look for names in what was just written; the worker goes on from here."""
    await keep_away_named(scope, row, now=now)
    await execute(scope, _UNTIL_LOOKED, row["id"], scope.level)
    told = {"petition": str(row["id"])}
    await announce(scope, WRITTEN, told, now=now, region=row["region"], county=row["county"])
