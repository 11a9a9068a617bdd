"""Files that nobody may or will see: those of closed content, and copies made for a release that never came."""

import asyncio
from contextlib import suppress
from uuid import UUID

from core.disclosure.attachments import drop_copies
from core.disclosure.printing import sheets_of
from core.disclosure.queries import content_of_publication, publication_of
from core.kernel.database import transaction
from core.kernel.errors import NotFound
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.kernel.storage import get_storage


async def on_closed(scope: Scope, event: Event) -> None:
    """Delete the copies of its files and its printed sheets. What is not closed after all keeps them; done twice it is done once."""
    async with transaction(scope):
        one = await publication_of(scope, UUID(event.payload["publication"]))
        content = await content_of_publication(scope, one.id)
    if not one.hidden:
        return
    await drop_copies(one.county, one.id, count=len(content.get("files", ())))
    for key in sheets_of(one):
        await asyncio.to_thread(get_storage().delete, key)


async def on_unused(scope: Scope, event: Event) -> None:
    """Delete copies whose release failed or died. Where this was announced, a release can take them no more."""
    publication = UUID(event.payload["publication"])
    with suppress(NotFound):
        async with transaction(scope):
            await publication_of(scope, publication)
        return
    await drop_copies(event.county, publication, count=int(event.payload["files"]))
