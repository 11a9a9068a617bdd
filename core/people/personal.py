"""What is stored about a person in this package, handed over and erased (PIPL 45, 47).

Posts of the past stay with the name they were held under, as audit and ledger lines do; rows of imported sheets go by
themselves after a month. A login is of its owner, who may be a person of other counties too: the link to it goes, and
with the last one the login itself, its password and second factor.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.contracts.personal_data import PersonalData
from core.kernel.database import execute, fetch_one, fetch_value
from core.kernel.errors import Conflict, NotFound, mark
from core.kernel.scope import Scope
from core.kernel.secrets import decrypt
from core.people.queries import posts_of

_PERSON: Final = """
SELECT p.county, p.name, p.phone, p.id_number, p.created_at FROM person p
 WHERE p.region >= $1 AND p.region < $2 AND p.id = $3 AND p.erased_at IS NULL
"""
_ERASE: Final = """
UPDATE person SET name = '', phone = NULL, phone_index = NULL, phone_tail = '', id_number = NULL, id_number_index = NULL,
       account_id = NULL, erased_at = $4
 WHERE region >= $1 AND region < $2 AND id = $3 AND erased_at IS NULL
"""
_CODES: Final = """
UPDATE invitation SET withdrawn_at = $4
 WHERE region >= $1 AND region < $2 AND person_id = $3 AND redeemed_at IS NULL AND withdrawn_at IS NULL
"""
_CLOSE: Final = "SELECT close_account_of($3, $4) WHERE $1 < $2"
STILL_SERVING: Final = mark("这个人还有在任的岗位，请先结束岗位，再删除个人信息。")


async def data_of(scope: Scope, person: UUID) -> Sequence[Mapping[str, Any]]:
    """Give the person's own row in clear and the posts. Raises ``NotFound`` for nobody, and for another county's."""
    row = await fetch_one(scope, _PERSON, person)
    if row is None:
        raise NotFound
    numbers = {
        name: decrypt(row[name], purpose=name, owner=row["county"]) if row[name] else ""
        for name in ("phone", "id_number")
    }
    posts = [
        {"role": post.role, "place": post.place, "from": post.valid_from, "to": post.valid_to}
        for post in await posts_of(scope, person=person)
    ]
    return [{"name": row["name"], **numbers, "since": row["created_at"], "posts": posts}]


async def erase(scope: Scope, person: UUID, now: datetime) -> int:
    """Blank the person's own row, and close a login that is nobody else's. ``NotFound`` for nobody, ``Conflict`` while serving."""
    found = await fetch_one(scope, _PERSON, person)
    if found is None:
        raise NotFound
    if any(post.is_held(now) for post in await posts_of(scope, person=person)):
        raise Conflict(STILL_SERVING)
    await fetch_value(scope, _CLOSE, found["county"], person)
    return await execute(scope, _CODES, person, now) + await execute(scope, _ERASE, person, now)


PERSONAL: Final = PersonalData("people", mark("人员"), data_of, erase)
