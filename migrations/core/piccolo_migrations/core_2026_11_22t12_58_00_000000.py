"""Outside data for comparison, in a schema of its own: what was handed in and why, its rows, who had to do with them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APP, APPEND_ONLY, NEVER_DELETED, OWNER, RELAY, Kind, Walls, walls_sql

ID = "2026-11-22T12:58:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "datasets"

# Rows lie at the county itself: a village's or township's range never reaches them. ``village`` says what a row is about.
TABLES = f"""
CREATE SCHEMA datasets;
GRANT USAGE ON SCHEMA datasets TO {APP}, {RELAY};

CREATE TABLE datasets.dataset (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL, file_name text NOT NULL, source text NOT NULL,
  purpose text NOT NULL, basis text NOT NULL, expires_on date NOT NULL, replaces boolean NOT NULL,
  stored integer NOT NULL DEFAULT 0, twins integer NOT NULL DEFAULT 0, bad integer NOT NULL DEFAULT 0,
  membership uuid, by_name text NOT NULL, by_office text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL, ready_at timestamptz, ended_at timestamptz, end_reason text NOT NULL DEFAULT '',
  PRIMARY KEY (county, id), CHECK ((ended_at IS NOT NULL) = (state = 'ended')));
CREATE INDEX dataset_id ON datasets.dataset (id);
CREATE INDEX dataset_region ON datasets.dataset (region, created_at DESC);
CREATE INDEX dataset_term ON datasets.dataset (county, expires_on) WHERE ended_at IS NULL;
{walls_sql("datasets.dataset", Walls(Kind.DATA, verbs=NEVER_DELETED))}

-- An identity number is kept as a keyed hash and a masked text. ``cells`` is what a refused line said, encrypted, until it is
-- sent back or a week is over; no other line has it.
CREATE TABLE datasets.dataset_row (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  dataset_id uuid NOT NULL, kind text COLLATE "C" NOT NULL, n integer NOT NULL, state text COLLATE "C" NOT NULL,
  id_hash bytea, id_masked text NOT NULL DEFAULT '', name bytea, name_masked text NOT NULL DEFAULT '',
  village text COLLATE "C" NOT NULL DEFAULT '', subject text NOT NULL DEFAULT '', detail text NOT NULL DEFAULT '',
  code text COLLATE "C" NOT NULL DEFAULT '', amount numeric(14, 2), starts_on date, ends_on date,
  cells bytea, reason text NOT NULL DEFAULT '', created_at timestamptz NOT NULL,
  PRIMARY KEY (county, id), FOREIGN KEY (county, dataset_id) REFERENCES datasets.dataset (county, id),
  CHECK (cells IS NULL OR state = 'bad'));
CREATE INDEX dataset_row_id ON datasets.dataset_row (id);
CREATE INDEX dataset_row_region ON datasets.dataset_row (region);
CREATE INDEX dataset_row_of ON datasets.dataset_row (county, dataset_id, n);
CREATE INDEX dataset_row_person ON datasets.dataset_row (county, kind, id_hash) WHERE state = 'stored';
{walls_sql("datasets.dataset_row", Walls(Kind.DATA))}

CREATE TABLE datasets.dataset_access (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  dataset_id uuid, kind text COLLATE "C" NOT NULL DEFAULT '', at timestamptz NOT NULL, act text COLLATE "C" NOT NULL,
  reason text NOT NULL, rows integer NOT NULL DEFAULT 0, detail text NOT NULL DEFAULT '', membership uuid, person uuid,
  by_name text NOT NULL, by_office text NOT NULL DEFAULT '',
  PRIMARY KEY (county, id), FOREIGN KEY (county, dataset_id) REFERENCES datasets.dataset (county, id));
CREATE INDEX dataset_access_id ON datasets.dataset_access (id);
CREATE INDEX dataset_access_region ON datasets.dataset_access (region, at DESC, id DESC);
CREATE INDEX dataset_access_of ON datasets.dataset_access (county, dataset_id, at);
{walls_sql("datasets.dataset_access", Walls(Kind.DATA, verbs=APPEND_ONLY))}

-- The log is only ever added to: not even SQL of its owner changes it. A new code of the county moves it along.
CREATE FUNCTION datasets.guard_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF to_jsonb(NEW) - 'region' IS NOT DISTINCT FROM to_jsonb(OLD) - 'region' THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION 'the access log is never changed' USING ERRCODE = '55000';
END $$;
CREATE TRIGGER dataset_access_guard BEFORE UPDATE OR DELETE ON datasets.dataset_access
  FOR EACH ROW EXECUTE FUNCTION datasets.guard_access();
CREATE TRIGGER dataset_access_kept BEFORE TRUNCATE ON datasets.dataset_access
  FOR EACH STATEMENT EXECUTE FUNCTION datasets.guard_access();
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES),))
