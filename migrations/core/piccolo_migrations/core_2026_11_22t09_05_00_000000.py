"""Tenancy: regions with their past, counties, offices, grids, settings, calendars."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APP, APPEND_ONLY, NEVER_DELETED, OWNER, RELAY, SIGNIN, Kind, Walls, walls_sql

ID = "2026-11-22T09:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "tenancy"

TABLES = f"""
CREATE TABLE region (
  code text COLLATE "C" PRIMARY KEY, parent text COLLATE "C", level smallint NOT NULL,
  name text NOT NULL, short_name text NOT NULL, pseudo boolean NOT NULL DEFAULT false,
  opened date, closed date, successor text COLLATE "C");
CREATE TABLE region_version (
  code text COLLATE "C" NOT NULL, valid_from date NOT NULL, valid_to date,
  parent text COLLATE "C", name text NOT NULL, short_name text NOT NULL, change_id uuid,
  PRIMARY KEY (code, valid_from));
CREATE TABLE region_change (
  id uuid PRIMARY KEY, kind text NOT NULL, on_date date NOT NULL, document_number text NOT NULL,
  from_codes text[] NOT NULL, to_codes text[] NOT NULL, note text NOT NULL DEFAULT '',
  by_name text NOT NULL, made_at timestamptz NOT NULL, moved_at timestamptz);
CREATE TABLE county (
  county text COLLATE "C" PRIMARY KEY, code text COLLATE "C" NOT NULL, name text NOT NULL,
  pack text NOT NULL DEFAULT '', opened_at timestamptz NOT NULL, closed_at timestamptz);
GRANT SELECT ON region, region_version, region_change, county TO {APP}, {SIGNIN}, {RELAY};

CREATE TABLE office (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  name text NOT NULL, short_name text NOT NULL DEFAULT '', kind text NOT NULL DEFAULT 'office',
  position integer NOT NULL DEFAULT 0, created_at timestamptz NOT NULL, closed_at timestamptz,
  PRIMARY KEY (county, id), UNIQUE (county, region, name));
CREATE INDEX office_id ON office (id);
CREATE INDEX office_region ON office (region);
{walls_sql("office", Walls(Kind.CONFIGURATION, verbs=NEVER_DELETED, signin=frozenset({"SELECT"})))}

CREATE TABLE grid (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  name text NOT NULL, code text NOT NULL DEFAULT '', households integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL, closed_at timestamptz,
  PRIMARY KEY (county, id), UNIQUE (county, region, name));
CREATE INDEX grid_id ON grid (id);
CREATE INDEX grid_region ON grid (region);
{walls_sql("grid", Walls(Kind.CONFIGURATION, verbs=NEVER_DELETED, signin=frozenset({"SELECT"})))}

CREATE TABLE setting (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  area text NOT NULL, key text NOT NULL, value jsonb NOT NULL, valid_from timestamptz NOT NULL,
  reason text NOT NULL DEFAULT '', by_name text NOT NULL, membership uuid, created_at timestamptz NOT NULL,
  PRIMARY KEY (county, id));
CREATE INDEX setting_id ON setting (id);
CREATE INDEX setting_key ON setting (region, area, key, valid_from);
{walls_sql("setting", Walls(Kind.CONFIGURATION, verbs=APPEND_ONLY))}

CREATE TABLE calendar_day (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  day date NOT NULL, working boolean NOT NULL, note text NOT NULL DEFAULT '', by_name text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, region, day));
CREATE INDEX calendar_day_id ON calendar_day (id);
CREATE INDEX calendar_day_region ON calendar_day (region, day);
{walls_sql("calendar_day", Walls(Kind.CONFIGURATION))}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES),))
