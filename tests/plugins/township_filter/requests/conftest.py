"""The county with a second department, and nothing asked for yet."""

import pytest

from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.requests.steps import add_finance

CLEAR = "TRUNCATE township_filter.list_request, notice, timer, outbox CASCADE"
NO_DRAFTS = (
    "DELETE FROM entry_item i USING entry_list l WHERE l.id = i.list_id AND l.state = 'draft'",
    "DELETE FROM entry_list WHERE state = 'draft'",
)


@pytest.fixture
async def desk(site: Site) -> Site:
    """Give the world with no request and no draft in it."""
    await site.admin.execute(CLEAR)
    for statement in NO_DRAFTS:
        await site.admin.execute(statement)
    await add_finance(site.admin, site.world.nan)
    return site
