"""Telling people what was corrected about themselves, at every post they hold."""

from typing import Final
from uuid import UUID

from core.kernel.database import fetch
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.notices.actions import tell

_HELD: Final = """
SELECT m.id FROM membership m WHERE m.region >= $1 AND m.region < $2 AND m.person_id = $3
   AND m.valid_from <= $4 AND (m.valid_to IS NULL OR m.valid_to > $4)
"""


async def on_corrected(scope: Scope, event: Event) -> None:
    """Tell the person of a new name and of a new phone number, each in a notice of its own."""
    told = event.payload
    rows = await fetch(scope, _HELD, UUID(told["person"]), event.created_at)
    phone = "phone_corrected" if told["follows"] else "phone_registered"
    for kind, title in (("renamed", told["name"]), (phone, told["tail"])):
        if title:
            await tell(
                scope,
                memberships=[row["id"] for row in rows],
                kind=kind,
                key=f"{kind}:{event.id}",
                data={"sender": told["by"], "title": title},
                link="/me",
                now=event.created_at,
            )
