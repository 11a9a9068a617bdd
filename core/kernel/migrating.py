"""How migrations run: raw SQL under the owner's role, with bounded waiting for locks."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder
from piccolo.engine.postgres import PostgresEngine

from core.kernel.policies import OWNER

LOCK_SECONDS: Final = 5
STATEMENT_MINUTES: Final = 10


async def apply(sql: str, *, role: str = OWNER) -> None:
    """Run statements inside the migration's transaction, as a role other than the login that migrates.

    The owner has policies of its own on every table; without them a backfill would report UPDATE 0 and look fine.
    """
    engine = engine_finder()
    if not isinstance(engine, PostgresEngine):
        raise TypeError("migrations need the PostgreSQL engine of migrations/piccolo_conf.py")
    running = engine.current_transaction.get()
    if running is None:
        raise RuntimeError("a migration runs inside its transaction")
    await running.connection.execute(
        f"SET LOCAL ROLE {role}; SET LOCAL lock_timeout = '{LOCK_SECONDS}s'; "
        f"SET LOCAL statement_timeout = '{STATEMENT_MINUTES}min'"
    )
    await running.connection.execute(sql)
    await running.connection.execute("RESET ROLE")


def migration(
    migration_id: str, *, app: str, description: str, steps: tuple[tuple[str, str], ...]
) -> MigrationManager:
    """Make Piccolo's manager of one migration from (role, SQL) steps."""
    manager = MigrationManager(migration_id=migration_id, app_name=app, description=description)
    for role, sql in steps:
        manager.add_raw(_step(role, sql))
    return manager


def _step(role: str, sql: str) -> Callable[[], Coroutine[Any, Any, None]]:
    async def run() -> None:
        await apply(sql, role=role)

    return run
