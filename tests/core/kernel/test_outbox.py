"""What is announced outside the scope is an error of ours, never a quiet nothing."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from core.kernel.database import close_pool, open_pool, transaction
from core.kernel.outbox import announce, set_timer
from core.kernel.scope import system_scope
from tests.databases import DatabaseUrls, connected

SCOPE = system_scope("330503101")
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.mark.parametrize("region", ["330503", "330503102", "330681101"])
async def test_what_lies_outside_the_scope_is_refused_aloud(database_urls: DatabaseUrls, region: str) -> None:
    await open_pool(database_urls.app, size=1)
    try:
        async with transaction(SCOPE):
            with pytest.raises(RuntimeError, match="inside the scope"):
                await announce(SCOPE, "test", {}, now=NOW, region=region)
            with pytest.raises(RuntimeError, match="inside the scope"):
                await set_timer(SCOPE, "test", subject=uuid4(), due_at=NOW, payload={}, region=region)
            await announce(SCOPE, "test", {}, now=NOW, region="330503101201")
    finally:
        await close_pool()
    async with connected(database_urls.admin) as admin:
        assert await admin.fetchval("SELECT count(*) FROM outbox WHERE region = $1", region) == 0
