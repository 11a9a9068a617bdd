"""What is stored here about a person of the county (PIPL 45, 47): what he asked for, granted, and kept a seal for.

The register is a file of the village that has to be kept: names stay in it as they were, as in audit lines. What is erased
is whom a document was for, in the requests this person made; that may be a third person.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.personal_data import PersonalData
from core.kernel.database import execute, fetch
from core.kernel.errors import mark
from core.kernel.scope import Scope

_OWN: Final = """
SELECT u.number, u.seal_title, u.document, u.for_whom, u.state, u.asked_at, u.used_at, u.asked_person = $4 AS asked, u.decided_person = $4 AS decided,
       u.keeper_person = $4 AS kept
FROM seal_use u WHERE u.region >= $1 AND u.region < $2 AND u.county = $3
  AND (u.asked_person = $4 OR u.decided_person = $4 OR u.keeper_person = $4) ORDER BY u.asked_at, u.id
"""
_ERASE: Final = """
UPDATE seal_use SET for_whom = '' WHERE region >= $1 AND region < $2 AND county = $3 AND asked_person = $4 AND for_whom <> ''
"""


async def data_of(scope: Scope, person: UUID) -> Sequence[Mapping[str, Any]]:
    """Give the uses of seals that the person asked for, decided or kept the seal for."""
    return [dict(row) for row in await fetch(scope, _OWN, scope.county, person)]


async def erase(scope: Scope, person: UUID, now: datetime) -> int:  # noqa: ARG001 - a holder's signature
    """Blank whom documents were for in the person's requests; the register itself stays."""
    return await execute(scope, _ERASE, scope.county, person)


PERSONAL: Final = PersonalData("seals", mark("印章使用登记"), data_of, erase)
