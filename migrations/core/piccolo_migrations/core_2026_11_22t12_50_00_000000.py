"""The seal register: a village's seals, each use of one, its history."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APPEND_ONLY, NEVER_DELETED, OWNER, Kind, Walls, walls_sql

ID = "2026-11-22T12:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "seals"

TABLES = f"""
CREATE TABLE seal (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, place_name text NOT NULL,
  kind text COLLATE "C" NOT NULL, title text NOT NULL, keeper_person uuid, keeper_name text NOT NULL DEFAULT '',
  since timestamptz NOT NULL, changed_at timestamptz NOT NULL, stopped_at timestamptz, stop_reason text NOT NULL DEFAULT '',
  numbered text COLLATE "C" NOT NULL DEFAULT '',
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, keeper_person) REFERENCES person (county, id));
CREATE INDEX seal_id ON seal (id);
CREATE INDEX seal_region ON seal (region);
{walls_sql("seal", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE seal_use (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, place_name text NOT NULL,
  number text COLLATE "C" NOT NULL, seal_id uuid NOT NULL, seal_title text NOT NULL, purpose text COLLATE "C" NOT NULL,
  document text NOT NULL, copies integer NOT NULL, for_whom text NOT NULL DEFAULT '',
  unasked boolean NOT NULL, by_township boolean NOT NULL, state text COLLATE "C" NOT NULL, due_at timestamptz,
  asked_at timestamptz NOT NULL, asked_person uuid, asked_membership uuid, asked_name text NOT NULL,
  decided_at timestamptz, decided_person uuid, decided_name text NOT NULL DEFAULT '', decision_text text NOT NULL DEFAULT '',
  used_at timestamptz, used_copies integer, keeper_person uuid, keeper_name text NOT NULL DEFAULT '', use_text text NOT NULL DEFAULT '',
  filed_at timestamptz, filed_place text NOT NULL DEFAULT '', changed_at timestamptz NOT NULL,
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, seal_id) REFERENCES seal (county, id));
CREATE INDEX seal_use_id ON seal_use (id);
CREATE INDEX seal_use_region ON seal_use (region, asked_at DESC, id DESC);
CREATE UNIQUE INDEX seal_use_number ON seal_use (county, seal_id, number);
CREATE INDEX seal_use_asked ON seal_use (county, asked_person);
CREATE INDEX seal_use_irregular ON seal_use (county, region) WHERE used_at IS NOT NULL AND (unasked OR used_at < decided_at OR used_copies > copies);
{walls_sql("seal_use", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE seal_event (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  use_id uuid NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, text text NOT NULL DEFAULT '',
  membership uuid, by_name text NOT NULL, by_office text NOT NULL DEFAULT '', data jsonb NOT NULL DEFAULT '{{}}',
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, use_id) REFERENCES seal_use (county, id));
CREATE INDEX seal_event_id ON seal_event (id);
CREATE INDEX seal_event_use ON seal_event (county, use_id, at);
CREATE INDEX seal_event_region ON seal_event (region);
{walls_sql("seal_event", Walls(Kind.DATA, verbs=APPEND_ONLY))}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES),))
