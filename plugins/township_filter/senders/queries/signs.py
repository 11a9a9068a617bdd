"""Signs of a rebound as pages and warning models read them, and each quarter's matters."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import Look, Scope, fetch

_PERSON: Final = """(SELECT m.person_id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.county = {alias}.county
  AND m.id = {alias}.membership)"""
_OF_SENDER: Final = """
SELECT g.incoming_id, g.kind, g.title, g.verdict, g.word, g.item_code, g.item_title, g.nearness, g.at FROM township_filter.sign g
WHERE g.region >= $1 AND g.region < $2 AND g.sender_id = $3 AND g.at >= $4 AND g.at < $5
  AND (g.kind <> 'withdrawn' OR g.nearness * 100 >= $6) ORDER BY g.at DESC, g.id DESC LIMIT 200
"""
_SIGNS: Final = f"""
SELECT g.sender_id AS sender, d.region, d.name, g.incoming_id AS id, g.title, g.verdict, g.word, g.item_code, g.item_title, g.nearness,
       g.at, {_PERSON.format(alias="g")} AS person
FROM township_filter.sign g
JOIN township_filter.sender d ON d.county = g.county AND d.id = g.sender_id AND d.region >= $1 AND d.region < $2
WHERE g.region >= $1 AND g.region < $2 AND d.region >= $3 AND d.region < $4 AND g.kind = $5 AND g.at >= $6 AND g.at < $7
  AND ($8::uuid IS NULL OR g.sender_id = $8) ORDER BY g.at, g.id
"""  # noqa: S608 - constant parts
_MATTERS: Final = f"""
SELECT s.sender_id AS sender, d.region, d.name, s.id, s.title, s.review <> '' AS emergency, s.at, {_PERSON.format(alias="s")} AS person
FROM township_filter.screened s
JOIN township_filter.sender d ON d.county = s.county AND d.id = s.sender_id AND d.region >= $1 AND d.region < $2
WHERE s.region >= $1 AND s.region < $2 AND d.region >= $3 AND d.region < $4 AND s.at >= $5 AND s.at < $6
  AND ($7::uuid IS NULL OR s.sender_id = $7) ORDER BY s.at, s.id
"""  # noqa: S608 - constant parts


async def signs_of_sender(scope: Scope, sender: UUID, span: tuple[datetime, datetime], *, near_percent: int) -> list[Any]:
    """Give the rows behind one sender's counts, the latest first."""
    return await fetch(scope, _OF_SENDER, sender, *span, near_percent)


async def signs_seen(scope: Scope, look: Look, kind: str, *, since: datetime) -> Sequence[Any]:
    """Give the signs of one kind that a model looks at."""
    return await fetch(scope, _SIGNS, look.region, look.region_end, kind, since, look.ends, subject_of(look))


async def matters_seen(scope: Scope, look: Look, *, since: datetime) -> Sequence[Any]:
    """Give the matters that a model looks at."""
    return await fetch(scope, _MATTERS, look.region, look.region_end, since, look.ends, subject_of(look))


def subject_of(look: Look) -> UUID | None:
    """Give the sender that alone is looked at, or None."""
    return UUID(look.subject) if look.subject else None
