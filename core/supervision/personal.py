"""What is stored here about a person of the county (PIPL 45, 47): warnings that were put to him, and what he said to them.

A warning that was never put to him is not handed over: it would tell of a check that is under way. Erased are his words,
papers and name where a closed warning came to nothing; what was judged a lead is a file of the supervision that has to be kept. The
link to the person stays everywhere: it keeps that person away from the matter.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.personal_data import PersonalData
from core.kernel.audit import audit
from core.kernel.database import execute, fetch
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.supervision.papers import WAY_OF

_HIS: Final = """e.kind IN ('stated', 'corrected', 'appealed') AND e.membership IN (
  SELECT m.id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.person_id = $4)"""
_OWN: Final = f"""
SELECT w.title, w.place_name, w.state, w.verdict, w.verdict_text, w.put_at, w.closed_at,
       ARRAY(SELECT e.text FROM warning_event e WHERE e.region >= $1 AND e.region < $2 AND e.county = w.county AND e.warning_id = w.id
             AND {_HIS} ORDER BY e.at, e.id) AS words
FROM warning w WHERE w.region >= $1 AND w.region < $2 AND w.county = $3 AND w.put_at IS NOT NULL
  AND EXISTS (SELECT FROM warning_concern c WHERE c.region >= $1 AND c.region < $2 AND c.county = w.county AND c.warning_id = w.id
              AND c.person_id = $4)
ORDER BY w.put_at, w.id
"""  # noqa: S608 - constants
_DONE: Final = """(SELECT w.id FROM warning w WHERE w.region >= $1 AND w.region < $2 AND w.county = $3 AND w.state IN ('closed', 'ended')
  AND w.verdict <> 'lead')"""
_WORDS: Final = f"""
UPDATE warning_event e SET text = '', by_name = '' WHERE e.region >= $1 AND e.region < $2 AND e.county = $3 AND e.warning_id IN {_DONE}
  AND {_HIS} AND (e.text <> '' OR e.by_name <> '')
"""  # noqa: S608 - constants
_NAME: Final = f"""
UPDATE warning_concern SET name = '' WHERE region >= $1 AND region < $2 AND county = $3 AND person_id = $4 AND name <> ''
  AND warning_id IN {_DONE}
"""  # noqa: S608 - constants

# His papers go with his words: removed files are swept, content and all.
_PAPERS: Final = f"""
UPDATE file f SET removed_at = $5, attached_at = NULL, name = '' WHERE f.region >= $1 AND f.region < $2 AND f.county = $3
  AND f.purpose = ANY ($6) AND f.subject_id IN {_DONE} AND f.removed_at IS NULL AND f.membership IN (
  SELECT m.id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.person_id = $4) RETURNING f.id, f.region
"""  # noqa: S608 - constants


async def data_of(scope: Scope, person: UUID) -> Sequence[Mapping[str, Any]]:
    """Give the warnings that were put to the person, with the verdict and the person's own words."""
    return [dict(row) for row in await fetch(scope, _OWN, scope.county, person)]


async def erase(scope: Scope, person: UUID, now: datetime) -> int:
    """Blank the person's words and name, and remove the papers, where a closed warning came to nothing."""
    papers = await fetch(scope, _PAPERS, scope.county, person, now, list(WAY_OF))
    for file in papers:
        await audit(scope, "file.removed", kind="file", subject=file["id"], now=now, region=file["region"])
    return len(papers) + await execute(scope, _WORDS, scope.county, person) + await execute(scope, _NAME, scope.county, person)


PERSONAL: Final = PersonalData("supervision", mark("预警"), data_of, erase)
