"""Kernel: audit trail, outbox, inbox, timers, schedules, rate limits."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APP, APPEND_ONLY, OWNER, RELAY, Kind, Walls, walls_sql

ID = "2026-11-22T09:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "kernel"

TABLES = f"""
CREATE TABLE audit_line (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL, action text NOT NULL, subject_kind text NOT NULL, subject_id uuid,
  person uuid, membership uuid, by_name text NOT NULL, by_office text NOT NULL DEFAULT '',
  data jsonb NOT NULL DEFAULT '{{}}',
  PRIMARY KEY (county, id));
CREATE INDEX audit_line_id ON audit_line (id);
CREATE INDEX audit_line_region ON audit_line (region, at);
CREATE INDEX audit_line_subject ON audit_line (county, subject_id, at);
{walls_sql("audit_line", Walls(Kind.DATA, verbs=APPEND_ONLY))}

CREATE TABLE outbox (
  id uuid PRIMARY KEY, county text COLLATE "C" NOT NULL, region text COLLATE "C" NOT NULL, topic text NOT NULL,
  payload jsonb NOT NULL, created_at timestamptz NOT NULL,
  available_at timestamptz NOT NULL, lease_until timestamptz, leased_by bigint, attempts integer NOT NULL DEFAULT 0,
  last_error text, done_at timestamptz, parked_at timestamptz);
CREATE INDEX outbox_open ON outbox (available_at) WHERE done_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_parked ON outbox (region) WHERE parked_at IS NOT NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;
CREATE TABLE inbox (key text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE timer (
  id uuid PRIMARY KEY, county text COLLATE "C" NOT NULL, region text COLLATE "C" NOT NULL, topic text NOT NULL,
  subject_id uuid NOT NULL, due_at timestamptz NOT NULL, payload jsonb NOT NULL,
  fired_at timestamptz, cancelled_at timestamptz);
CREATE INDEX timer_due ON timer (due_at) WHERE fired_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX timer_subject ON timer (subject_id) WHERE fired_at IS NULL AND cancelled_at IS NULL;
CREATE TABLE schedule_slot (
  schedule text NOT NULL, slot timestamptz NOT NULL, started_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (schedule, slot));
CREATE TABLE rate_limit (
  key text NOT NULL, slot timestamptz NOT NULL, used integer NOT NULL DEFAULT 0, PRIMARY KEY (key, slot));
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox, timer TO {RELAY};
GRANT SELECT, INSERT, DELETE ON inbox, schedule_slot, rate_limit TO {RELAY};
GRANT SELECT, INSERT ON inbox TO {APP};
"""

# The functions belong to the owner: the tables behind them have no row policies, and the application no grant on them.
FUNCTIONS = f"""
CREATE FUNCTION in_scope(p_region text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT p_region COLLATE "C" >= current_setting('app.scope', true) AND
         p_region COLLATE "C" < current_setting('app.scope_end', true) $$;

CREATE FUNCTION announce_event(p_id uuid, p_county text, p_region text, p_topic text, p_payload jsonb, p_now timestamptz)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF in_scope(p_region) IS NOT TRUE THEN RAISE EXCEPTION 'an event must lie inside the scope' USING ERRCODE = '42501'; END IF;
  INSERT INTO outbox (id, county, region, topic, payload, created_at, available_at)
  VALUES (p_id, p_county, p_region, p_topic, p_payload, p_now, p_now);
  RETURN p_id;
END $$;

CREATE FUNCTION set_timer(p_id uuid, p_county text, p_region text, p_topic text, p_subject uuid, p_due timestamptz,
                          p_payload jsonb)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF in_scope(p_region) IS NOT TRUE THEN RAISE EXCEPTION 'a timer must lie inside the scope' USING ERRCODE = '42501'; END IF;
  INSERT INTO timer (id, county, region, topic, subject_id, due_at, payload)
  VALUES (p_id, p_county, p_region, p_topic, p_subject, p_due, p_payload);
  RETURN p_id;
END $$;

CREATE FUNCTION cancel_timers(p_county text, p_subject uuid, p_topic text)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE gone integer;
BEGIN
  UPDATE timer SET cancelled_at = now()
   WHERE county = p_county AND subject_id = p_subject AND (p_topic = '' OR topic = p_topic)
     AND in_scope(region) AND fired_at IS NULL AND cancelled_at IS NULL;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;

CREATE FUNCTION count_use(p_key text, p_slot_seconds integer, p_limit integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE counted integer; this_slot timestamptz;
BEGIN
  this_slot := to_timestamp(floor(extract(epoch FROM clock_timestamp()) / p_slot_seconds) * p_slot_seconds);
  INSERT INTO rate_limit (key, slot, used) VALUES (p_key, this_slot, 1)
  ON CONFLICT (key, slot) DO UPDATE SET used = rate_limit.used + 1 RETURNING used INTO counted;
  IF counted > p_limit THEN
    RETURN ceil(extract(epoch FROM this_slot) + p_slot_seconds - extract(epoch FROM clock_timestamp()))::integer;
  END IF;
  RETURN 0;
END $$;

-- An identifier as core.kernel.ids makes them (UUID version 7), for rows that functions write: the sealer of the audit chain
-- looks for new lines by the time in their ids.
CREATE FUNCTION time_ordered_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
           PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1),
         'hex')::uuid $$;

-- Who inserts holds this lock in common, who changes regions holds it alone: so a change waits for rows that are being
-- written at an old code, and whatever is written after it is seen to be late.
CREATE FUNCTION region_lock(p_scope text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT hashtextextended('regions ' || left(p_scope, 2), 0) $$;

-- After every insert of rows that can follow a region: those that arrive at a code whose rows have gone on to a successor
-- (the page was opened before, or the post has not followed yet) have the change worked off once more.
CREATE FUNCTION follow_late_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE late record; told text;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(region_lock(current_setting('app.scope', true)));
  FOR late IN
    SELECT DISTINCT c.id, c.county, c.scope FROM fresh f JOIN region_move m ON m.code = f.region JOIN region_change c ON c.id = m.change_id
  LOOP
    told := coalesce(current_setting('app.late', true), '');
    CONTINUE WHEN position(late.id::text IN told) > 0;
    PERFORM set_config('app.late', told || ' ' || late.id, true);
    PERFORM announce_change(late.id);
  END LOOP;
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION follow_late_rows, announce_event, set_timer, cancel_timers, count_use FROM PUBLIC;
GRANT EXECUTE ON FUNCTION in_scope, time_ordered_id, announce_event, set_timer, cancel_timers, count_use TO {APP};
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES), (OWNER, FUNCTIONS)))
