"""Senders with their quotas, what a full quota held, signs of a rebound, corrections of a task's item."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.api import APPEND_ONLY, NEVER_DELETED, OWNER, Kind, Walls, migration, walls_sql

ID = "2026-11-22T10:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "senders"
KEPT = Walls(Kind.DATA, verbs=NEVER_DELETED)
ADDED = Walls(Kind.DATA, verbs=APPEND_ONLY)

TABLES = f"""
CREATE TABLE township_filter.sender (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  office_id uuid, key text COLLATE "C" NOT NULL, name text NOT NULL, first_at timestamptz NOT NULL, last_at timestamptz NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, region, key));
CREATE INDEX sender_id ON township_filter.sender (id);
CREATE INDEX sender_region ON township_filter.sender (region, name);
{walls_sql("township_filter.sender", KEPT)}

ALTER TABLE township_filter.screened ADD COLUMN sender_id uuid;
ALTER TABLE township_filter.screened ADD FOREIGN KEY (county, sender_id) REFERENCES township_filter.sender (county, id);
CREATE INDEX screened_sender ON township_filter.screened (county, sender_id, at);

CREATE TABLE township_filter.sender_quota (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  sender_id uuid NOT NULL, level text NOT NULL, amount integer, valid_from timestamptz NOT NULL, reason text NOT NULL,
  at timestamptz NOT NULL, membership uuid, by_name text NOT NULL,
  PRIMARY KEY (county, id), FOREIGN KEY (county, sender_id) REFERENCES township_filter.sender (county, id));
CREATE INDEX sender_quota_id ON township_filter.sender_quota (id);
CREATE INDEX sender_quota_region ON township_filter.sender_quota (region, sender_id, valid_from);
{walls_sql("township_filter.sender_quota", ADDED)}

CREATE TABLE township_filter.quota_hold (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  incoming_id uuid NOT NULL, sender_id uuid NOT NULL, title text NOT NULL, level text NOT NULL, counted integer NOT NULL,
  amount integer NOT NULL, state text NOT NULL, at timestamptz NOT NULL, membership uuid,
  decided_at timestamptz, decided_reason text NOT NULL DEFAULT '', decided_by_name text NOT NULL DEFAULT '',
  decided_membership uuid,
  PRIMARY KEY (county, id), UNIQUE (county, incoming_id),
  FOREIGN KEY (county, incoming_id) REFERENCES public.incoming_task (county, id),
  FOREIGN KEY (county, sender_id) REFERENCES township_filter.sender (county, id));
CREATE INDEX quota_hold_id ON township_filter.quota_hold (id);
CREATE INDEX quota_hold_region ON township_filter.quota_hold (region, state, at);
{walls_sql("township_filter.quota_hold", KEPT)}

CREATE TABLE township_filter.sign (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  incoming_id uuid NOT NULL, sender_id uuid NOT NULL, kind text NOT NULL, title text NOT NULL, verdict text NOT NULL,
  word text NOT NULL DEFAULT '', item_code text NOT NULL DEFAULT '', item_title text NOT NULL DEFAULT '',
  nearness numeric(5, 4) NOT NULL DEFAULT 0, at timestamptz NOT NULL, membership uuid,
  PRIMARY KEY (county, id), UNIQUE (county, incoming_id, kind),
  FOREIGN KEY (county, incoming_id) REFERENCES public.incoming_task (county, id),
  FOREIGN KEY (county, sender_id) REFERENCES township_filter.sender (county, id));
CREATE INDEX sign_id ON township_filter.sign (id);
CREATE INDEX sign_region ON township_filter.sign (region, kind, at);
{walls_sql("township_filter.sign", ADDED)}

CREATE TABLE township_filter.correction (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, office_id uuid,
  assignment_id uuid NOT NULL, task_id uuid NOT NULL, incoming_id uuid, sender_region text COLLATE "C" NOT NULL,
  sender_office_id uuid, sender_name text NOT NULL, receiver_name text NOT NULL, title text NOT NULL, level text NOT NULL,
  was_code text NOT NULL, was_title text NOT NULL, item_id uuid NOT NULL, item_code text NOT NULL, item_title text NOT NULL,
  reason text NOT NULL, state text NOT NULL, at timestamptz NOT NULL, membership uuid, by_name text NOT NULL,
  decided_at timestamptz, decided_note text NOT NULL DEFAULT '', decided_by_name text NOT NULL DEFAULT '',
  decided_membership uuid,
  PRIMARY KEY (county, id), FOREIGN KEY (county, assignment_id) REFERENCES public.assignment (county, id));
CREATE INDEX correction_id ON township_filter.correction (id);
CREATE INDEX correction_region ON township_filter.correction (region, state, at);
CREATE UNIQUE INDEX correction_open ON township_filter.correction (county, assignment_id) WHERE state = 'proposed';
{walls_sql("township_filter.correction", KEPT)}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="township_filter", description=DESCRIPTION, steps=((OWNER, TABLES),))
