"""The ledger of what the filter said, with the review of emergencies."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.api import APP, NEVER_DELETED, OWNER, RELAY, Kind, Walls, migration, walls_sql

ID = "2026-11-22T10:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "ledger"

TABLES = f"""
CREATE SCHEMA township_filter;
GRANT USAGE ON SCHEMA township_filter TO {APP}, {RELAY};

CREATE TABLE township_filter.screened (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  incoming_id uuid NOT NULL, office_id uuid, sender_name text NOT NULL, title text NOT NULL, level text NOT NULL,
  verdict text NOT NULL, item_code text NOT NULL DEFAULT '', item_title text NOT NULL DEFAULT '',
  reasons jsonb NOT NULL DEFAULT '[]', emergency boolean NOT NULL DEFAULT false, emergency_reason text NOT NULL DEFAULT '',
  at timestamptz NOT NULL, membership uuid,
  review text NOT NULL DEFAULT '', review_due_at timestamptz, reviewed_at timestamptz, review_note text NOT NULL DEFAULT '',
  reviewed_by_name text NOT NULL DEFAULT '', reviewed_membership uuid,
  PRIMARY KEY (county, id), UNIQUE (county, incoming_id),
  FOREIGN KEY (county, incoming_id) REFERENCES public.incoming_task (county, id));
CREATE INDEX screened_id ON township_filter.screened (id);
CREATE INDEX screened_region ON township_filter.screened (region, at);
CREATE INDEX screened_review ON township_filter.screened (region, review_due_at) WHERE review = 'due';
{walls_sql("township_filter.screened", Walls(Kind.DATA, verbs=NEVER_DELETED))}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="township_filter", description=DESCRIPTION, steps=((OWNER, TABLES),))
