"""Databases of the test cluster: their addresses and plain connections to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from core.kernel.roles import APP, MIGRATOR, RELAY
from core.kernel.settings import Settings
from web.supervisor.cluster import Cluster

SECRET_KEY = "5e" * 32


@dataclass(frozen=True)
class DatabaseUrls:
    """The DSNs of one test database, a role each; `admin` is the superuser, who sees through all policies."""

    name: str
    app: str
    relay: str
    migrator: str
    admin: str


def database_urls_of(cluster: Cluster, name: str) -> DatabaseUrls:
    """Give the DSNs of a database of the test cluster."""
    app, relay, migrator = (cluster.url(role, name) for role in (APP, RELAY, MIGRATOR))
    return DatabaseUrls(name=name, app=app, relay=relay, migrator=migrator, admin=cluster.url(database=name))


def settings_for(cluster: Cluster, urls: DatabaseUrls) -> Settings:
    """Configure a process that works on this test database."""
    return Settings(
        data=cluster.folder.root, base_url="http://127.0.0.1:8000", demo=False, secret_key=SECRET_KEY,
        database_url=urls.app, relay_database_url=urls.relay, migrator_database_url=urls.migrator,
    )  # fmt: skip


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect for a test and close in any case: an open connection is a warning, and warnings are errors."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
