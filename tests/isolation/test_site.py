"""The ground of these suites itself: a life that fails is told once, and leaves nothing open for the tests after it."""

import pytest
from asyncpg.exceptions import RaiseError

from core.kernel.database import ENGINE
from tests.databases import DatabaseUrls
from tests.isolation import site
from tests.isolation.site import Tried, lived_in, tried
from web.supervisor.cluster import Cluster


@pytest.mark.parametrize("as_superuser", [False, True])
async def test_life_that_fails_closes_its_pool(
    cluster: Cluster, fresh_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch, *, as_superuser: bool
) -> None:
    async def fail(*_: object) -> None:
        raise RaiseError("nobody could seal")

    monkeypatch.setattr(site, "live", fail)
    with pytest.raises(RaiseError, match="nobody could seal"):
        async with lived_in(cluster, fresh_database, as_superuser=as_superuser):
            pytest.fail("nothing may be tested in a county that did not live")
    assert ENGINE.pool is None  # else the next module would go on with this one's database


async def test_failure_is_told_once(
    cluster: Cluster, fresh_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RaiseError("nobody could seal")

    monkeypatch.setattr(site, "live", fail)
    async with tried(lived_in(cluster, fresh_database)) as lived:
        with pytest.raises(RaiseError, match="nobody could seal"):
            lived.get()
        for _ in range(3):
            with pytest.raises(pytest.skip.Exception, match="see the first failure"):
                lived.get()


async def test_what_was_made_is_given_to_each() -> None:
    whole: Tried[int] = Tried(3)
    assert [whole.get(), whole.get()] == [3, 3]
