"""Extension: which plugins a county uses, and what was switched when by whom."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APP, APPEND_ONLY, NEVER_DELETED, OWNER, RELAY, SIGNIN, Kind, Walls, walls_sql

ID = "2026-11-22T09:25:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "extension"

TABLES = f"""
CREATE TABLE plugin_allowance (
  county text COLLATE "C" NOT NULL, plugin text COLLATE "C" NOT NULL, by_name text NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (county, plugin));
GRANT SELECT ON plugin_allowance TO {APP}, {SIGNIN}, {RELAY};

CREATE TABLE plugin_state (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  plugin text COLLATE "C" NOT NULL, state text NOT NULL, reason text NOT NULL, by_name text NOT NULL,
  membership uuid, changed_at timestamptz NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, plugin));
CREATE INDEX plugin_state_id ON plugin_state (id);
CREATE INDEX plugin_state_region ON plugin_state (region);
{walls_sql("plugin_state", Walls(Kind.CONFIGURATION, verbs=NEVER_DELETED, signin=frozenset({"SELECT"})))}

CREATE TABLE plugin_change (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  plugin text COLLATE "C" NOT NULL, from_state text NOT NULL, to_state text NOT NULL, reason text NOT NULL,
  by_name text NOT NULL, membership uuid, at timestamptz NOT NULL,
  PRIMARY KEY (county, id));
CREATE INDEX plugin_change_id ON plugin_change (id);
CREATE INDEX plugin_change_region ON plugin_change (region, plugin, at);
{walls_sql("plugin_change", Walls(Kind.CONFIGURATION, verbs=APPEND_ONLY))}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES),))
