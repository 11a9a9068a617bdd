"""Supervision: warnings, whom they are about, their history."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import NEVER_DELETED, OWNER, Kind, Walls, walls_sql

ID = "2026-11-22T12:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "supervision"

TABLES = f"""
CREATE TABLE warning (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, place_name text NOT NULL,
  model text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, domain text COLLATE "C" NOT NULL,
  severity text COLLATE "C" NOT NULL, title text NOT NULL, text text NOT NULL,
  data jsonb NOT NULL, basis jsonb NOT NULL, amount numeric(14, 2), since timestamptz NOT NULL,
  state text COLLATE "C" NOT NULL, due_at timestamptz, raised_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
  gone_at timestamptz, snoozed_until timestamptz, taken_at timestamptz, taken_by uuid, taken_name text NOT NULL DEFAULT '',
  put_at timestamptz, verdict text COLLATE "C" NOT NULL DEFAULT '', verdict_text text NOT NULL DEFAULT '', judged_at timestamptz,
  judged_person uuid, judged_level smallint, appeals smallint NOT NULL DEFAULT 0, term_left interval, corrected_person uuid, verified_at timestamptz, recovered numeric(14, 2), rule_change text NOT NULL DEFAULT '',
  closed_at timestamptz,
  PRIMARY KEY (county, id), UNIQUE (county, model, key));
CREATE INDEX warning_id ON warning (id);
CREATE INDEX warning_region ON warning (region, state);
CREATE INDEX warning_open ON warning (county, model, region) WHERE state NOT IN ('closed', 'ended');
{walls_sql("warning", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE warning_concern (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  warning_id uuid NOT NULL, person_id uuid NOT NULL, name text NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, warning_id, person_id),
  FOREIGN KEY (county, warning_id) REFERENCES warning (county, id),
  FOREIGN KEY (county, person_id) REFERENCES person (county, id));
CREATE INDEX warning_concern_id ON warning_concern (id);
CREATE INDEX warning_concern_region ON warning_concern (region);
CREATE INDEX warning_concern_person ON warning_concern (county, person_id);
{walls_sql("warning_concern", Walls(Kind.DATA))}

CREATE TABLE warning_event (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  warning_id uuid NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, text text NOT NULL DEFAULT '',
  membership uuid, by_name text NOT NULL, by_office text NOT NULL DEFAULT '', data jsonb NOT NULL DEFAULT '{{}}',
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, warning_id) REFERENCES warning (county, id));
CREATE INDEX warning_event_id ON warning_event (id);
CREATE INDEX warning_event_warning ON warning_event (county, warning_id, at);
CREATE INDEX warning_event_region ON warning_event (region);
{walls_sql("warning_event", Walls(Kind.DATA, verbs=NEVER_DELETED))}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES),))
