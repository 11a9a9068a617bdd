"""Notes of visits."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.api import APP, OWNER, RELAY, Kind, Walls, migration, walls_sql

ID = "2026-11-22T11:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "notes"

TABLES = f"""
CREATE SCHEMA sample;
GRANT USAGE ON SCHEMA sample TO {APP}, {RELAY};
CREATE TABLE sample.note (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  text text NOT NULL, at timestamptz NOT NULL, person uuid, by_name text NOT NULL,
  PRIMARY KEY (county, id));
CREATE INDEX note_id ON sample.note (id);
CREATE INDEX note_region ON sample.note (region, at);
{walls_sql("sample.note", Walls(Kind.DATA))}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="sample", description=DESCRIPTION, steps=((OWNER, TABLES),))
