"""What is stored here about a person of the county (PIPL 45, 47): matters raised under his phone number.

A raiser is no person of the register; he is found again by the number he left, where a code proved it or an office saw who he
was: a number that anybody may have typed in opens nothing and erases nothing. What was raised under such a number is followed by
its receipt, and its name and number are deleted at the end of the term. Whom a matter is about stays: it keeps that person away.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.personal_data import PersonalData
from core.kernel.database import fetch, fetch_value
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.kernel.secrets import decrypt, index_of
from core.petitions.forgetting import forget
from core.petitions.rules import PHONE

_PHONE: Final = "SELECT x.phone FROM person x WHERE x.region >= $1 AND x.region < $2 AND x.county = $3 AND x.id = $4"
_OWN: Final = """
SELECT p.id, p.number, p.kind, p.title, p.body, p.spot, p.villager_words, p.state, p.answer, p.raised_at, p.closed_at
FROM petition_raiser x JOIN petition p ON p.county = x.county AND p.id = x.petition_id
WHERE x.region >= $1 AND x.region < $2 AND p.region >= $1 AND p.region < $2 AND x.county = $3 AND x.phone_index = $4
  AND (p.phone_proved OR p.identity_seen) ORDER BY p.raised_at
"""


async def _own(scope: Scope, person: UUID) -> Sequence[Any]:
    stored = await fetch_value(scope, _PHONE, scope.county, person)
    if stored is None:
        return ()
    phone = decrypt(stored, purpose="phone", owner=scope.county)
    return await fetch(scope, _OWN, scope.county, index_of(phone, purpose=PHONE))


async def data_of(scope: Scope, person: UUID) -> Sequence[Mapping[str, Any]]:
    """Give what was raised under the person's proved number; never what others raised about the person."""
    names = ("number", "kind", "title", "body", "spot", "state", "answer", "villager_words", "raised_at", "closed_at")
    return [{name: row[name] for name in names} for row in await _own(scope, person)]


async def erase(scope: Scope, person: UUID, now: datetime) -> int:
    """Erase name, phone and receipt of what was raised under the person's proved number; the matters themselves stay."""
    own = await _own(scope, person)
    for row in own:
        await forget(scope, scope.county, row["id"], now)
    return len(own)


PERSONAL: Final = PersonalData("petitions", mark("群众反映"), data_of, erase)
