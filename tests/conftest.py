"""One embedded PostgreSQL for the whole run, and a fresh database for whoever needs one.

The cluster is started once, migrated once into a template, and copied from there: a copy costs about 40 ms.
Nothing here needs another PostgreSQL on the machine; all of it works as root.
"""

import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from core.kernel import settings as kernel_settings
from core.kernel.embedded import LOGIN_ROLES, DataFolder, load_secrets
from core.kernel.roles import OWNER, prepare_database
from core.kernel.settings import PREFIX, Settings
from tests.databases import DatabaseUrls, connected, database_urls_of, settings_for
from web.supervisor.cluster import Cluster
from web.supervisor.migrate import migrate

TEMPLATE = "xiangzhi_template"
_numbers = count(1)


@pytest.fixture(scope="session", autouse=True)
def data_folder() -> Iterator[DataFolder]:
    """Give this run a data folder, and let the environment name it: no test touches the developer's own."""
    folder = DataFolder(Path(tempfile.mkdtemp(prefix="xz-")))  # short, so that the database's socket fits
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            patch.delenv(name)
        patch.setenv(f"{PREFIX}DATA", str(folder.root))
        yield folder
    shutil.rmtree(folder.root)


@pytest.fixture(scope="session")
def cluster(data_folder: DataFolder) -> Iterator[Cluster]:
    """Run the cluster of this test session."""
    cluster = Cluster(data_folder, durable=False)
    cluster.prepare()
    server = cluster.start()
    try:
        cluster.wait_ready(server)
        yield cluster
    finally:
        cluster.stop(server)


@pytest.fixture(scope="session")
async def template_database(cluster: Cluster) -> str:
    """Name the migrated database that all others are copied from; nobody stays connected to it."""
    passwords = load_secrets(cluster.folder).passwords
    await prepare_database(cluster.url(), TEMPLATE, {role: passwords[role] for role in LOGIN_ROLES})
    settings = settings_for(cluster, database_urls_of(cluster, TEMPLATE))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel_settings, "get_settings", lambda: settings)
        await migrate(settings)
    return TEMPLATE


@pytest.fixture(scope="session")
def make_database(cluster: Cluster, template_database: str) -> Callable[[], Awaitable[DatabaseUrls]]:
    """Give a function that makes one more migrated database, without any county data, at each await."""

    async def make() -> DatabaseUrls:
        name = f"test_{next(_numbers)}"
        async with connected(cluster.url()) as admin:
            await admin.execute(
                f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template_database} STRATEGY FILE_COPY"
            )
        await prepare_database(
            cluster.url(), name, {}
        )  # a copy does not carry the rights on the database itself
        return database_urls_of(cluster, name)

    return make


@pytest.fixture(scope="module")
async def database_urls(make_database: Callable[[], Awaitable[DatabaseUrls]]) -> DatabaseUrls:
    """Give all tests of a module one database."""
    return await make_database()


@pytest.fixture
async def fresh_database(make_database: Callable[[], Awaitable[DatabaseUrls]]) -> DatabaseUrls:
    """Give this test a database of its own."""
    return await make_database()


@pytest.fixture(scope="module")
def settings(cluster: Cluster, database_urls: DatabaseUrls) -> Settings:
    """Configure a process that works on this module's database."""
    return settings_for(cluster, database_urls)
