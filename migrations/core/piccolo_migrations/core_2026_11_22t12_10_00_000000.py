"""Decisions: procedures in their versions, decisions, attempts at a step, and the history."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APPEND_ONLY, NEVER_DELETED, OWNER, Kind, Walls, walls_sql

ID = "2026-11-22T12:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "decisions"

TABLES = f"""
CREATE TABLE decision_procedure (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  code text COLLATE "C" NOT NULL, version integer NOT NULL, allowed boolean NOT NULL, data jsonb NOT NULL,
  valid_from timestamptz NOT NULL, reason text NOT NULL, membership uuid, by_name text NOT NULL, created_at timestamptz NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, region, code, version));
CREATE INDEX decision_procedure_id ON decision_procedure (id);
CREATE INDEX decision_procedure_region ON decision_procedure (region, code, valid_from);
{walls_sql("decision_procedure", Walls(Kind.CONFIGURATION, verbs=APPEND_ONLY))}

CREATE TABLE decision (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  title text NOT NULL, text text NOT NULL, subject_kind text COLLATE "C" NOT NULL, subject_id uuid, subject_title text NOT NULL,
  money numeric(14, 2), procedure_code text COLLATE "C" NOT NULL, procedure_version integer NOT NULL, procedure jsonb NOT NULL,
  mandate_id uuid, state text NOT NULL, step smallint NOT NULL, step_title text NOT NULL, record_id uuid NOT NULL,
  step_on date NOT NULL, step_since timestamptz NOT NULL, due_at timestamptz, waits_until timestamptz, late_at timestamptz,
  membership uuid, by_name text NOT NULL, created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
  resolved_at timestamptz, published_at timestamptz, ended_at timestamptz, end_reason text NOT NULL DEFAULT '',
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, mandate_id) REFERENCES decision (county, id));
CREATE INDEX decision_id ON decision (id);
CREATE INDEX decision_region ON decision (region, changed_at);
CREATE INDEX decision_running ON decision (region, due_at) WHERE ended_at IS NULL;
CREATE INDEX decision_subject ON decision (county, subject_kind, subject_id);
{walls_sql("decision", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE decision_record (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  decision_id uuid NOT NULL, step smallint NOT NULL, attempt smallint NOT NULL, state text NOT NULL,
  body text NOT NULL DEFAULT '', told_on date, may_meet_on date, told_text text NOT NULL DEFAULT '', held_on date,
  place text NOT NULL DEFAULT '', chair text NOT NULL DEFAULT '', recorder text NOT NULL DEFAULT '',
  should integer, came integer, approved integer, against integer, abstained integer,
  short jsonb NOT NULL DEFAULT '[]', text text NOT NULL DEFAULT '', posted_on date, shown_until timestamptz, publication_id uuid,
  membership uuid, by_name text NOT NULL DEFAULT '', opened_at timestamptz NOT NULL, closed_at timestamptz,
  fewer jsonb, fewer_reason text NOT NULL DEFAULT '',
  PRIMARY KEY (county, id), UNIQUE (county, decision_id, step, attempt),
  FOREIGN KEY (county, decision_id) REFERENCES decision (county, id),
  CHECK (should IS NULL OR (should > 0 AND came BETWEEN 0 AND should AND approved >= 0 AND against >= 0 AND abstained >= 0
         AND approved + against + abstained <= came)));
CREATE INDEX decision_record_id ON decision_record (id);
CREATE INDEX decision_record_region ON decision_record (region);
CREATE INDEX decision_record_held ON decision_record (region, body, held_on DESC) WHERE should IS NOT NULL;
CREATE INDEX decision_record_fewer ON decision_record (region, closed_at) WHERE fewer IS NOT NULL;
{walls_sql("decision_record", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE decision_event (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  decision_id uuid NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, text text NOT NULL DEFAULT '',
  membership uuid, by_name text NOT NULL, by_office text NOT NULL DEFAULT '', data jsonb NOT NULL DEFAULT '{{}}',
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, decision_id) REFERENCES decision (county, id));
CREATE INDEX decision_event_id ON decision_event (id);
CREATE INDEX decision_event_decision ON decision_event (county, decision_id, at);
CREATE INDEX decision_event_region ON decision_event (region);
{walls_sql("decision_event", Walls(Kind.DATA, verbs=APPEND_ONLY))}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES),))
