"""Files of a publication whose content was closed: deleted after the closing is certain, as often as it takes."""

import asyncio
from uuid import UUID

from core.disclosure.attachments import drop_files
from core.disclosure.printing import sheets_of
from core.disclosure.queries import content_of_publication, publication_of
from core.kernel.database import transaction
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
    await drop_files(content, county=one.county, publication=one.id)
    for key in sheets_of(one):
        await asyncio.to_thread(get_storage().delete, key)
