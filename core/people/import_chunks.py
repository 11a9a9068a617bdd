"""Five hundred rows at a time: persons, posts, invitations and audit lines, each table in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from core.kernel.database import bulk, execute, fetch, fetch_value
from core.kernel.errors import mark
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.kernel.secrets import decrypt, encrypt, index_of
from core.people.accounts import phone_index_of
from core.people.codes import LIVES, code_of, hash_of_code
from core.people.enums import Purpose
from core.people.rules import NOT_YOURSELF
from core.people.sheet_rows import Row

_WAITING: Final = """
SELECT r.id, r.data FROM import_row r WHERE r.region >= $1 AND r.region < $2 AND r.county = $3 AND r.import_id = $4
   AND r.n >= $5 AND r.n < $6 AND r.state = 'good' ORDER BY r.n
"""
_ADD_PERSONS: Final = """
INSERT INTO person (county, id, region, name, phone, phone_index, phone_tail, id_number, id_number_index, created_at)
SELECT $3, n.id, n.region, n.name, n.phone, n.phone_index, n.phone_tail, n.id_number, n.id_number_index, $4
  FROM unnest($5::uuid[], $6::text[], $7::text[], $8::bytea[], $9::bytea[], $10::text[], $11::bytea[], $12::bytea[])
       AS n (id, region, name, phone, phone_index, phone_tail, id_number, id_number_index)
 WHERE n.region >= $1 AND n.region < $2
ON CONFLICT (county, phone_index) DO NOTHING
"""
# One probe of the unique index a row (OFFSET 0 keeps it so): in the middle of an import the statistics lag
# behind.
_PERSONS: Final = """
SELECT p.id, p.name, p.phone_index, p.account_id IS NOT NULL AS has_account, p.region
  FROM (SELECT DISTINCT unnest($4::bytea[]) AS phone_index) a CROSS JOIN LATERAL (
    SELECT * FROM person q WHERE q.county = $3 AND q.phone_index = a.phone_index AND q.region >= $1 AND q.region < $2
    OFFSET 0) p
 WHERE p.erased_at IS NULL
"""
_ADD_POSTS: Final = """
INSERT INTO membership (county, id, region, person_id, person_name, role, office_id, grid_id, valid_from, granted_by,
                        granted_by_name, created_at)
SELECT $3, n.id, n.region, n.person_id, n.name, n.role, n.office_id, n.grid_id, $4, $5, $6, $4
  FROM unnest($7::uuid[], $8::text[], $9::uuid[], $10::text[], $11::text[], $12::uuid[], $13::uuid[])
       AS n (id, region, person_id, name, role, office_id, grid_id)
 WHERE n.region >= $1 AND n.region < $2 AND NOT EXISTS (
   SELECT 1 FROM membership m WHERE m.county = $3 AND m.person_id = n.person_id AND m.role = n.role AND m.region = n.region
      AND m.office_id IS NOT DISTINCT FROM n.office_id AND m.grid_id IS NOT DISTINCT FROM n.grid_id AND m.valid_to IS NULL)
RETURNING id, region, person_id, role
"""
# Nobody gives himself a post, and a code is only made for persons whose posts the same post handed out: it may not
# outrank whoever appointed them.
_IMPORTER: Final = """
SELECT m.person_id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.id = $4
"""
_INVITED: Final = """
SELECT a.person_id FROM unnest($4::uuid[]) AS a (person_id) CROSS JOIN LATERAL (
    SELECT 1 FROM invitation i WHERE i.county = $3 AND i.person_id = a.person_id AND i.region >= $1 AND i.region < $2
       AND i.purpose = 'invite' AND i.redeemed_at IS NULL AND i.withdrawn_at IS NULL AND i.expires_at > $5 LIMIT 1) i
UNION
SELECT m.person_id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = $3 AND m.person_id = ANY ($4)
   AND m.valid_to IS NULL AND m.granted_by IS DISTINCT FROM $6
"""
_ADD_INVITATIONS: Final = """
INSERT INTO invitation (county, id, region, person_id, purpose, code_hash, created_at, expires_at, by_name, membership)
SELECT $3, n.id, n.region, n.person_id, 'invite', n.code_hash, $4, $5, $6, $7
  FROM unnest($8::uuid[], $9::text[], $10::uuid[], $11::bytea[]) AS n (id, region, person_id, code_hash)
 WHERE n.region >= $1 AND n.region < $2
"""
_AUDIT: Final = """
INSERT INTO audit_line (county, id, region, at, action, subject_kind, subject_id, membership, by_name, data)
SELECT $3, n.id, n.region, $4, 'membership.granted', 'membership', n.subject, $5, $6,
       jsonb_build_object('import', $7::text, 'role', n.role, 'person', n.person::text)
  FROM unnest($8::uuid[], $9::text[], $10::uuid[], $11::text[], $12::uuid[]) AS n (id, region, subject, role, person)
 WHERE n.region >= $1 AND n.region < $2
"""
_SETTLE: Final = """
UPDATE import_row r SET state = s.state, reason = s.reason, invitation_id = s.invitation
  FROM unnest($4::uuid[], $5::text[], $6::text[], $7::uuid[]) AS s (id, state, reason, invitation)
 WHERE r.region >= $1 AND r.region < $2 AND r.county = $3 AND r.id = s.id
"""
OTHER_NAME: Final = mark("这个手机号在本县登记的是另一个姓名，请核对。")


@dataclass(frozen=True, slots=True)
class _By:
    """Who imports, and when."""

    import_id: UUID
    membership: UUID
    name: str
    now: datetime


async def import_chunk(
    scope: Scope, *, import_id: UUID, first: int, last: int, by: UUID, by_name: str, now: datetime
) -> int:
    """Write the good rows from ``first`` up to but not ``last``; gives how many turned out bad.

    A row that is done is never looked at again, so a chunk may be run twice. Persons whose phone is known
    keep
    their row; a post that they hold already is not doubled.
    """
    waiting = await fetch(scope, _WAITING, scope.county, import_id, first, last)
    if not waiting:
        return 0
    rows = {row["id"]: _opened(scope.county, row["data"]) for row in waiting}
    who = _By(import_id, by, by_name, now)
    await _add_persons(scope, list(rows.values()), who)
    persons = await _persons_of(scope, list(rows.values()))
    reasons = await _reasons_against(scope, rows, persons, who)
    good = {key: row for key, row in rows.items() if key not in reasons}
    await _add_posts(scope, list(good.values()), persons, who)
    invited = await _invite(scope, list(good.values()), persons, who)
    await _settle(scope, rows, reasons, persons, invited)
    return len(reasons)


async def _reasons_against(
    scope: Scope, rows: dict[UUID, Row], persons: dict[bytes, Any], who: _By
) -> dict[UUID, str]:
    """Give the rows that cannot be taken now that their persons are known, with the reason."""
    importer = await fetch_value(scope, _IMPORTER, scope.county, who.membership)
    reasons = {}
    for key, row in rows.items():
        person = persons[phone_index_of(row.phone)]
        if person["name"] != row.name:
            reasons[key] = OTHER_NAME
        elif person["id"] == importer:
            reasons[key] = NOT_YOURSELF
    return reasons


def _opened(county: str, sealed: bytes) -> Row:
    return msgspec.json.decode(decrypt(sealed, purpose="import_row", owner=county), type=Row)


async def _add_persons(scope: Scope, rows: Sequence[Row], who: _By) -> None:
    made = [
        (
            new_id(),
            row.region,
            row.name,
            encrypt(row.phone, purpose="phone", owner=scope.county),
            phone_index_of(row.phone),
            row.phone[-4:],
            encrypt(row.id_number, purpose="id_number", owner=scope.county) if row.id_number else None,
            index_of(row.id_number, purpose="id_number") if row.id_number else None,
        )
        for row in rows
    ]
    await execute(scope, _ADD_PERSONS, scope.county, who.now, *bulk(made, 8))


async def _persons_of(scope: Scope, rows: Sequence[Row]) -> dict[bytes, Any]:
    indexes = [phone_index_of(row.phone) for row in rows]
    found = {row["phone_index"]: row for row in await fetch(scope, _PERSONS, scope.county, indexes)}
    nobody = {"id": None, "name": "", "has_account": False, "region": ""}  # kept outside this scope
    return {index: found.get(index, nobody) for index in indexes}


async def _add_posts(scope: Scope, rows: Sequence[Row], persons: dict[bytes, Any], who: _By) -> None:
    made = [
        (
            new_id(),
            row.region,
            persons[phone_index_of(row.phone)]["id"],
            row.name,
            row.role,
            row.office,
            row.grid,
        )
        for row in rows
    ]
    added = await fetch(scope, _ADD_POSTS, scope.county, who.now, who.membership, who.name, *bulk(made, 7))
    lines = [(new_id(), row["region"], row["id"], row["role"], row["person_id"]) for row in added]
    await execute(
        scope, _AUDIT, scope.county, who.now, who.membership, who.name, str(who.import_id), *bulk(lines, 5)
    )


async def _invite(scope: Scope, rows: Sequence[Row], persons: dict[bytes, Any], who: _By) -> dict[UUID, UUID]:
    """Make one code for each person who has none in force and cannot sign in yet."""
    new = {
        person["id"]: person["region"]
        for row in rows
        if not (person := persons[phone_index_of(row.phone)])["has_account"]
    }
    known = await fetch(scope, _INVITED, scope.county, list(new), who.now, who.membership)
    for row in known:
        new.pop(row["person_id"], None)
    made = {person: new_id() for person in new}
    lines = [
        (made[person], region, person, hash_of_code(code_of(made[person]))) for person, region in new.items()
    ]
    until = who.now + LIVES[Purpose.INVITE]
    await execute(
        scope, _ADD_INVITATIONS, scope.county, who.now, until, who.name, who.membership, *bulk(lines, 4)
    )
    return made


async def _settle(
    scope: Scope,
    rows: dict[UUID, Row],
    reasons: dict[UUID, str],
    persons: dict[bytes, Any],
    invited: dict[UUID, UUID],
) -> None:
    lines = []
    for key, row in rows.items():
        fine = key not in reasons
        invitation = invited.pop(persons[phone_index_of(row.phone)]["id"], None) if fine else None
        lines.append((key, "done" if fine else "bad", reasons.get(key, ""), invitation))
    await execute(scope, _SETTLE, scope.county, *bulk(lines, 4))
