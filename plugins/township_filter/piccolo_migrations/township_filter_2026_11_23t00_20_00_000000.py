"""A correction may say that a task stands on no list."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.api import OWNER, migration

ID = "2026-11-23T00:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "corrections to no item"

NO_ITEM = "ALTER TABLE township_filter.correction ALTER COLUMN item_id DROP NOT NULL"


async def forwards() -> MigrationManager:
    return migration(ID, app="township_filter", description=DESCRIPTION, steps=((OWNER, NO_ITEM),))
