"""What a state machine runs on: an event loop of its own, with pools that belong to it, and the two counties."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import asyncpg

from core.extension.manager import boot
from core.jobs.connections import Pool, open_relay_pool
from core.kernel.database import close_pool, open_pool
from tests.databases import DatabaseUrls
from tests.factories.world import World, make_world


class Site:
    """Loop, pools and world of one run."""

    def __init__(self, urls: DatabaseUrls) -> None:
        self.loop = asyncio.new_event_loop()
        self.urls = urls
        self.admin: asyncpg.Connection
        self.relay: Pool
        self.world: World

    def run(self, work: Awaitable[Any]) -> Any:
        """Run to the end on the loop that the pools belong to."""
        return self.loop.run_until_complete(work)

    async def open(self) -> None:
        """Open the pools and build the world."""
        boot()
        await open_pool(self.urls.app, size=2)
        self.relay = await open_relay_pool(self.urls.relay, size=2)
        self.admin = await asyncpg.connect(self.urls.admin)
        self.world = await make_world(self.admin)

    async def close(self) -> None:
        """Let go of the database."""
        await self.admin.close()
        await self.relay.close()
        await close_pool()
