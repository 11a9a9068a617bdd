"""What villagers raise: matters, who raised them, whom they are about, their history; and what a receipt opens."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APP, NEVER_DELETED, OWNER, PUBLIC, Kind, Walls, walls_sql

ID = "2026-11-22T12:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "petitions"

SEEN_BY_RECEIPT = """county, id, region, place_name, number, kind, title, body, spot, state, desk_name, receipt_hash, raised_at, sorted_at, due_at,
  accepted_at, answered_at, closed_at, overdue_at, reminded_at, reopened_at, answer, office_solved, villager_solved, villager_words,
  may_publish, has_contact"""

TABLES = f"""
CREATE TABLE petition (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, place_name text NOT NULL,
  number text COLLATE "C" NOT NULL, kind text NOT NULL, source text NOT NULL, title text NOT NULL, body text NOT NULL,
  spot text NOT NULL DEFAULT '', about text NOT NULL DEFAULT '', about_name text NOT NULL DEFAULT '', floor smallint NOT NULL,
  desk text COLLATE "C" NOT NULL, desk_name text NOT NULL, office_id uuid, grid_id uuid, state text NOT NULL,
  may_publish boolean NOT NULL DEFAULT false, public_title text NOT NULL DEFAULT '', has_contact boolean NOT NULL DEFAULT false,
  receipt_hash bytea, raised_at timestamptz NOT NULL, due_at timestamptz, sorted_at timestamptz, accepted_at timestamptz,
  answered_at timestamptz, closed_at timestamptz, overdue_at timestamptz, reminded_at timestamptz, reopened_at timestamptz,
  pressed_at timestamptz, abused_at timestamptz, looked_level smallint, phone_proved boolean NOT NULL DEFAULT false,
  identity_seen boolean NOT NULL DEFAULT false, own_due_at timestamptz, lent_due_at timestamptz,
  answer text NOT NULL DEFAULT '', answered_name text NOT NULL DEFAULT '', office_solved boolean, villager_solved boolean,
  villager_words text NOT NULL DEFAULT '', merged_into uuid, erased_at timestamptz, changed_at timestamptz NOT NULL,
  membership uuid, by_name text NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, receipt_hash),
  FOREIGN KEY (county, merged_into) REFERENCES petition (county, id),
  FOREIGN KEY (county, office_id) REFERENCES office (county, id),
  FOREIGN KEY (county, grid_id) REFERENCES grid (county, id));
CREATE INDEX petition_id ON petition (id);
CREATE INDEX petition_region ON petition (region, raised_at DESC, id DESC);
CREATE INDEX petition_desk ON petition (county, desk, due_at) WHERE state IN ('raised', 'in_hand');
CREATE INDEX petition_receipt ON petition (receipt_hash);
CREATE INDEX petition_merged ON petition (county, merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX petition_term ON petition (county, closed_at) WHERE erased_at IS NULL;
{walls_sql("petition", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE petition_raiser (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, petition_id uuid NOT NULL,
  name bytea, phone bytea, phone_index bytea, source_hash bytea, at timestamptz NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, petition_id), FOREIGN KEY (county, petition_id) REFERENCES petition (county, id));
CREATE INDEX petition_raiser_id ON petition_raiser (id);
CREATE INDEX petition_raiser_region ON petition_raiser (region);
CREATE INDEX petition_raiser_phone ON petition_raiser (county, phone_index);
{walls_sql("petition_raiser", Walls(Kind.DATA))}

CREATE TABLE petition_concern (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, petition_id uuid NOT NULL,
  person_id uuid NOT NULL, at timestamptz NOT NULL, by_name text NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, petition_id, person_id),
  FOREIGN KEY (county, petition_id) REFERENCES petition (county, id),
  FOREIGN KEY (county, person_id) REFERENCES person (county, id));
CREATE INDEX petition_concern_id ON petition_concern (id);
CREATE INDEX petition_concern_region ON petition_concern (region);
{walls_sql("petition_concern", Walls(Kind.DATA))}

CREATE TABLE petition_event (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, petition_id uuid NOT NULL,
  at timestamptz NOT NULL, kind text NOT NULL, text text NOT NULL DEFAULT '', shown boolean NOT NULL, desk_name text NOT NULL,
  membership uuid, by_name text NOT NULL, by_office text NOT NULL DEFAULT '', data jsonb NOT NULL DEFAULT '{{}}',
  PRIMARY KEY (county, id), FOREIGN KEY (county, petition_id) REFERENCES petition (county, id));
CREATE INDEX petition_event_id ON petition_event (id);
CREATE INDEX petition_event_of ON petition_event (county, petition_id, at);
CREATE INDEX petition_event_region ON petition_event (region);
{walls_sql("petition_event", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE petition_code (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, phone_index bytea NOT NULL, code_hash bytea NOT NULL,
  sent_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, tries smallint NOT NULL DEFAULT 0, used_at timestamptz, PRIMARY KEY (county, id),
  UNIQUE (county, region, phone_index));
CREATE INDEX petition_code_id ON petition_code (id);
CREATE INDEX petition_code_region ON petition_code (region);
{walls_sql("petition_code", Walls(Kind.DATA))}

CREATE TABLE petition_block (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL, petition_id uuid NOT NULL, phone_index bytea,
  source_hash bytea, at timestamptz NOT NULL, until timestamptz NOT NULL, lifted_at timestamptz, membership uuid,
  by_name text NOT NULL, PRIMARY KEY (county, id), FOREIGN KEY (county, petition_id) REFERENCES petition (county, id));
CREATE INDEX petition_block_id ON petition_block (id);
CREATE INDEX petition_block_region ON petition_block (region);
CREATE INDEX petition_block_open ON petition_block (county, until) WHERE lifted_at IS NULL;
{walls_sql("petition_block", Walls(Kind.CONFIGURATION, verbs=NEVER_DELETED))}

-- Whoever keeps a receipt reads that one matter, by a role that sees neither who raised it nor whom it is about.
CREATE POLICY petition_public ON petition FOR SELECT TO {PUBLIC} USING (true);
GRANT SELECT ({SEEN_BY_RECEIPT}) ON petition TO {PUBLIC};
CREATE POLICY petition_event_public ON petition_event FOR SELECT TO {PUBLIC} USING (shown);
GRANT SELECT (county, petition_id, id, at, kind, text, shown, desk_name) ON petition_event TO {PUBLIC};
"""

HEAD = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
NAMES = "public_petition, public_petition_steps"
FUNCTIONS = f"""
CREATE FUNCTION public_petition(p_receipt bytea)
RETURNS TABLE (county text, id uuid, region text, place_name text, number text, kind text, title text, body text, spot text, state text,
  desk_name text, raised_at timestamptz, sorted_at timestamptz, due_at timestamptz, accepted_at timestamptz, answered_at timestamptz,
  closed_at timestamptz, overdue_at timestamptz, reminded_at timestamptz, reopened_at timestamptz, answer text, office_solved boolean,
  villager_solved boolean, villager_words text, may_publish boolean, has_contact boolean) {HEAD}
  SELECT p.county, p.id, p.region, p.place_name, p.number, p.kind, p.title, p.body, p.spot, p.state, p.desk_name, p.raised_at, p.sorted_at, p.due_at,
         p.accepted_at, p.answered_at, p.closed_at, p.overdue_at, p.reminded_at, p.reopened_at, p.answer, p.office_solved,
         p.villager_solved, p.villager_words, p.may_publish, p.has_contact
    FROM petition p WHERE p.receipt_hash = p_receipt $$;

CREATE FUNCTION public_petition_steps(p_receipt bytea)
RETURNS TABLE (at timestamptz, kind text, text text, desk_name text) {HEAD}
  SELECT e.at, e.kind, e.text, e.desk_name
    FROM petition p JOIN petition_event e ON e.county = p.county AND e.petition_id = p.id
   WHERE p.receipt_hash = p_receipt AND e.shown ORDER BY e.at DESC, e.id DESC LIMIT 200 $$;

REVOKE ALL ON FUNCTION {NAMES} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {NAMES} TO {APP};
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES), (PUBLIC, FUNCTIONS)))
