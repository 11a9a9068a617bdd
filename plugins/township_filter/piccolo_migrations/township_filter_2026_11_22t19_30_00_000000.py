"""Requests to admit an item to the entry list or to change one, their opinions and history; and what was learned."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.api import APPEND_ONLY, NEVER_DELETED, OWNER, Kind, Walls, migration, walls_sql

ID = "2026-11-22T19:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "requests and learned verdicts"

REQUESTS = f"""
CREATE TABLE township_filter.list_request (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, place_name text NOT NULL,
  number text NOT NULL, kind text NOT NULL, state text NOT NULL, office_id uuid, incoming_id uuid,
  level text NOT NULL, way text NOT NULL, item_id uuid, item_code text NOT NULL DEFAULT '', item_title text NOT NULL,
  was jsonb NOT NULL DEFAULT '{{}}', wanted jsonb NOT NULL, frequency text NOT NULL DEFAULT '', why text NOT NULL, effective_on date NOT NULL,
  asked_at timestamptz NOT NULL, asked_person uuid, asked_membership uuid, asked_name text NOT NULL, asked_office text NOT NULL,
  due_at timestamptz NOT NULL, overdue_at timestamptz, round integer NOT NULL DEFAULT 1,
  decided_at timestamptz, decided_person uuid, decided_name text NOT NULL DEFAULT '', decision_text text NOT NULL DEFAULT '',
  list_id uuid, list_version integer, in_force_from date, listed_at timestamptz, changed_at timestamptz NOT NULL,
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, incoming_id) REFERENCES public.incoming_task (county, id));
CREATE INDEX list_request_id ON township_filter.list_request (id);
CREATE INDEX list_request_region ON township_filter.list_request (region, state, asked_at);
CREATE INDEX list_request_list ON township_filter.list_request (county, list_id) WHERE list_id IS NOT NULL;
CREATE UNIQUE INDEX list_request_once ON township_filter.list_request (county, incoming_id)
  WHERE incoming_id IS NOT NULL AND state IN ('submitted', 'reviewing', 'deciding', 'returned', 'approved');
{walls_sql("township_filter.list_request", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE township_filter.request_opinion (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, request_id uuid NOT NULL,
  round integer NOT NULL, office_id uuid NOT NULL, office_name text NOT NULL, asked_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL, opinion text NOT NULL DEFAULT '', text text NOT NULL DEFAULT '', said_at timestamptz,
  by_name text NOT NULL DEFAULT '', membership uuid,
  PRIMARY KEY (county, id), UNIQUE (county, request_id, round, office_id),
  FOREIGN KEY (county, request_id) REFERENCES township_filter.list_request (county, id));
CREATE INDEX request_opinion_id ON township_filter.request_opinion (id);
CREATE INDEX request_opinion_office ON township_filter.request_opinion (county, office_id, said_at);
{walls_sql("township_filter.request_opinion", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE township_filter.request_event (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, request_id uuid NOT NULL,
  at timestamptz NOT NULL, kind text NOT NULL, text text NOT NULL DEFAULT '', membership uuid,
  by_name text NOT NULL, by_office text NOT NULL, data jsonb NOT NULL DEFAULT '{{}}',
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, request_id) REFERENCES township_filter.list_request (county, id));
CREATE INDEX request_event_id ON township_filter.request_event (id);
CREATE INDEX request_event_request ON township_filter.request_event (county, request_id, at);
{walls_sql("township_filter.request_event", Walls(Kind.DATA, verbs=APPEND_ONLY))}
"""

# One verdict in force for one matter: a correction ends the one before it.
LEARNED = f"""
CREATE TABLE township_filter.learned (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, level text NOT NULL,
  title text NOT NULL, body text NOT NULL DEFAULT '', code text NOT NULL DEFAULT '', item_title text NOT NULL DEFAULT '',
  source text NOT NULL, incoming_id uuid, sender_name text NOT NULL DEFAULT '', reason text NOT NULL DEFAULT '',
  learned_at timestamptz NOT NULL, by_name text NOT NULL, by_office text NOT NULL DEFAULT '',
  undone_at timestamptz, undone_by_name text NOT NULL DEFAULT '', undo_reason text NOT NULL DEFAULT '',
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (county, id), FOREIGN KEY (county, incoming_id) REFERENCES public.incoming_task (county, id));
CREATE INDEX learned_id ON township_filter.learned (id);
CREATE INDEX learned_region ON township_filter.learned (region, level, changed_at);
CREATE UNIQUE INDEX learned_once ON township_filter.learned (county, incoming_id) WHERE undone_at IS NULL;
{walls_sql("township_filter.learned", Walls(Kind.CONFIGURATION, verbs=NEVER_DELETED))}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="township_filter", description=DESCRIPTION, steps=((OWNER, REQUESTS), (OWNER, LEARNED)))
