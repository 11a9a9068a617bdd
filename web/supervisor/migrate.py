"""Bringing the database's shape up to date: Piccolo's migrations of the core and of each installed plugin."""

import contextlib
import io
import os

import asyncpg

from core.kernel.settings import Settings
from web.supervisor.explained import Explained

_LOCK = 0x7869616E67  # any number that only we lock: two starts at once migrate one after the other


class MigrationError(Explained):
    """A migration failed; those before it stay done, so the next start goes on from there."""


async def migrate(settings: Settings) -> None:
    """Run what has not run yet, as the migrator. Two processes may do this at once: one finds nothing left.

    Migrations of one run are separate transactions; a failing one raises MigrationError with all it said.
    """
    os.environ["PICCOLO_CONF"] = "migrations.piccolo_conf"
    guard = await asyncpg.connect(settings.migrator_database_url)
    try:
        await guard.execute("SET lock_timeout = 0")
        await guard.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await _run_piccolo(settings.migrator_database_url)
    finally:
        await guard.close()


async def _run_piccolo(dsn: str) -> None:
    # Importing Piccolo's migrations takes most of a second, and piccolo_conf reads the environment.
    from piccolo.apps.migrations.commands.forwards import run_forwards  # noqa: PLC0415 - slow import

    from migrations import piccolo_conf  # noqa: PLC0415 - reads the environment

    piccolo_conf.DB.config["dsn"] = dsn  # the engine object itself is what Piccolo's tables remember
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            result = await run_forwards("all")
    except Exception as error:
        raise MigrationError(
            f"数据库升级失败。The migration failed: {error}\n{printed.getvalue()}"
        ) from error
    if not result.success:
        raise MigrationError(f"数据库升级失败。The migration failed: {result.message}\n{printed.getvalue()}")
