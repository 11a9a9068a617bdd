"""A pool, two posts of one village and one of another county, and a store in a fresh folder."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from core.kernel import storage
from core.kernel.database import close_pool, open_pool
from core.kernel.scope import Scope
from core.kernel.storage import FolderStorage
from tests.databases import DatabaseUrls

HERE = Scope(
    region="330503105201",
    county="330503",
    by_name="沈阿根",
    by_office="东圩村",
    membership=uuid4(),
    role="village_cadre",
)


@pytest.fixture(scope="module")
async def pool(database_urls: DatabaseUrls) -> AsyncIterator[DatabaseUrls]:
    await open_pool(database_urls.app, size=8)
    yield database_urls
    await close_pool()


@pytest.fixture
def here() -> Scope:
    return HERE


@pytest.fixture
def neighbour() -> Scope:
    return replace(HERE, membership=uuid4(), by_name="王小妹")


@pytest.fixture
def stranger() -> Scope:
    return replace(HERE, region="330681101201", county="330681", membership=uuid4())


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderStorage]:
    made = FolderStorage(tmp_path / "files")
    for module in ("core.files.actions", "core.files.uploads", "core.files.sweeping"):
        monkeypatch.setattr(f"{module}.get_storage", lambda: made)
    yield made
    storage.get_storage.cache_clear()
