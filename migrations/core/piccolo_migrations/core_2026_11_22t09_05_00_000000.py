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
  name text COLLATE "C" NOT NULL, short_name text COLLATE "C" NOT NULL,
  shown_name text COLLATE "C" GENERATED ALWAYS AS (CASE WHEN level = 5 THEN short_name ELSE name END) STORED, pseudo boolean NOT NULL DEFAULT false,
  opened date NOT NULL, closed date, successor text COLLATE "C");
CREATE INDEX region_parent ON region (parent);
CREATE INDEX region_name ON region (name);
CREATE INDEX region_short_name ON region (short_name);
CREATE INDEX region_big_name ON region (name) WHERE level <= 4;
CREATE INDEX region_big_code ON region (code) WHERE level <= 4;
-- Only regions that ever changed have versions; all others are today what they were when they opened.
CREATE TABLE region_version (
  code text COLLATE "C" NOT NULL, valid_from date NOT NULL, valid_to date,
  parent text COLLATE "C", name text NOT NULL, short_name text NOT NULL, change_id uuid,
  PRIMARY KEY (code, valid_from));
CREATE TABLE region_change (
  id uuid PRIMARY KEY, kind text NOT NULL, on_date date NOT NULL, document_number text NOT NULL,
  codes text[] NOT NULL, from_codes text[] NOT NULL, to_codes text[] NOT NULL, note text NOT NULL DEFAULT '', county text COLLATE "C" NOT NULL,
  scope text COLLATE "C" NOT NULL, by_name text NOT NULL, made_at timestamptz NOT NULL, moved_at timestamptz);
CREATE INDEX region_change_county ON region_change (county, on_date);
CREATE TABLE region_move (code text COLLATE "C" PRIMARY KEY, successor text COLLATE "C" NOT NULL, change_id uuid NOT NULL);
CREATE TABLE region_source (
  source text NOT NULL, version text NOT NULL, part text NOT NULL DEFAULT '', dated date NOT NULL,
  regions integer NOT NULL, loaded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (source, version, part));
CREATE TABLE county (
  county text COLLATE "C" PRIMARY KEY, code text COLLATE "C" NOT NULL, name text NOT NULL,
  pack text NOT NULL DEFAULT '', opened_at timestamptz NOT NULL, closed_at timestamptz);
GRANT SELECT ON region, region_version, region_change, region_source, county TO {APP}, {SIGNIN}, {RELAY};

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

# Regions are reference data that the application may only read. These functions are the one way to change them; whoever
# calls them stands above what is changed: a township is never closed by itself. They believe nothing they are told: what
# the application has planned is checked again here (wrong arguments 22023, outside the right 42501, changed meanwhile 40001).
CHECKS = """
CREATE FUNCTION below_scope(p_codes text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(bool_and(in_scope(c) AND length(c) > length(current_setting('app.scope', true))), true) FROM unnest(p_codes) c $$;

CREATE FUNCTION parent_code(p_code text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT left(p_code, CASE length(p_code) WHEN 12 THEN 9 WHEN 9 THEN 6 WHEN 6 THEN 4 WHEN 4 THEN 2 ELSE 0 END) $$;

CREATE FUNCTION codes_of(p_regions jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(array_agg(x ->> 'code'), '{}') FROM jsonb_array_elements(p_regions) x $$;

-- Each region that begins is well formed and hangs on one that is open, or begins with it.
CREATE FUNCTION check_opened(p_opened jsonb, p_closed text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE codes text[] := codes_of(p_opened);
BEGIN
  IF (SELECT count(DISTINCT c) FROM unnest(codes) c) <> cardinality(codes) OR EXISTS (
    SELECT FROM jsonb_array_elements(p_opened) x
     WHERE (x ->> 'code' ~ '^([0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$') IS NOT TRUE
        OR (x ->> 'parent' = parent_code(x ->> 'code')) IS NOT TRUE
        OR ((x ->> 'level')::integer = array_position(ARRAY[2, 4, 6, 9, 12], length(x ->> 'code'))) IS NOT TRUE
        OR (length(btrim(x ->> 'name')) BETWEEN 1 AND 60 AND length(btrim(x ->> 'short_name')) BETWEEN 1 AND 60) IS NOT TRUE
        OR NOT (x ->> 'parent' = ANY (codes) OR EXISTS (
             SELECT FROM region r WHERE r.code = x ->> 'parent' AND r.closed IS NULL AND r.code <> ALL (p_closed)))) THEN
    RAISE EXCEPTION 'a region that begins is not well formed' USING ERRCODE = '22023';
  END IF;
END $$;

-- Each region that ends leaves nothing open behind, and goes to one of its own level in its own place.
-- ``p_reach`` digits are the place that a successor cannot lie outside: its county, or for the operator its province.
CREATE FUNCTION check_closed(p_reach integer, p_closed text[], p_successors text[], p_opened text[], p_from text[], p_to text[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(p_closed) <> cardinality(p_successors) OR cardinality(p_from) <> cardinality(p_to)
     OR array_position(p_closed || p_successors || p_from || p_to, NULL) IS NOT NULL
     OR (SELECT count(DISTINCT c) FROM unnest(p_closed) c) <> cardinality(p_closed)
     OR EXISTS ((SELECT * FROM unnest(p_from, p_to) EXCEPT SELECT c, s FROM unnest(p_closed, p_successors) t (c, s) WHERE s <> '')
          UNION (SELECT c, s FROM unnest(p_closed, p_successors) t (c, s) WHERE s <> '' EXCEPT SELECT * FROM unnest(p_from, p_to))) THEN
    RAISE EXCEPTION 'whose rows follow whom does not fit the regions that end' USING ERRCODE = '22023';
  END IF;
  IF EXISTS (SELECT FROM unnest(p_closed, p_successors) t (c, s) WHERE s <> '' AND (
       length(s) <> length(c) OR s = ANY (p_closed) OR left(s, p_reach) <> left(c, p_reach)
       OR NOT (length(c) <= p_reach + 4 AND p_reach = 2 OR parent_code(s) = parent_code(c) OR parent_code(s) = ANY (p_opened)
               OR EXISTS (SELECT FROM unnest(p_closed, p_successors) u (c, s) WHERE u.c = parent_code(t.c) AND u.s = parent_code(t.s))))) THEN
    RAISE EXCEPTION 'a successor does not belong there' USING ERRCODE = '22023';
  END IF;
  IF EXISTS (SELECT FROM unnest(p_successors) s WHERE s <> '' AND s <> ALL (p_opened)
              AND NOT EXISTS (SELECT FROM region r WHERE r.code = s AND r.closed IS NULL)) THEN
    RAISE EXCEPTION 'a successor is closed already' USING ERRCODE = '40001';
  END IF;
  IF EXISTS (SELECT FROM region r WHERE r.parent = ANY (p_closed) AND r.closed IS NULL AND r.code <> ALL (p_closed)) THEN
    RAISE EXCEPTION 'an open region would be left behind' USING ERRCODE = '22023';
  END IF;
END $$;
"""

FUNCTIONS = f"""
CREATE FUNCTION keep_region_version(p_codes text[], p_on date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO region_version (code, valid_from, parent, name, short_name)
  SELECT code, opened, parent, name, short_name FROM region
   WHERE code = ANY (p_codes) AND NOT EXISTS (SELECT FROM region_version v WHERE v.code = region.code);
  IF EXISTS (SELECT FROM region_version WHERE code = ANY (p_codes) AND valid_to IS NULL AND valid_from >= p_on) THEN
    RAISE EXCEPTION 'a change cannot precede the last one' USING ERRCODE = '22008';
  END IF;
  UPDATE region_version SET valid_to = p_on WHERE code = ANY (p_codes) AND valid_to IS NULL;
END $$;

CREATE FUNCTION apply_region_change(p_reach integer, p_id uuid, p_county text, p_kind text, p_on date, p_document text, p_note text, p_by text,
  p_now timestamptz, p_closed text[], p_successors text[], p_opened jsonb, p_renamed jsonb, p_from text[], p_to text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE touched integer; renamed text[] := codes_of(p_renamed); opened_codes text[] := codes_of(p_opened);
BEGIN
  IF NOT below_scope(p_closed || renamed || opened_codes || p_from || p_to || array_remove(p_successors, '')) THEN
    RAISE EXCEPTION 'a change of regions must lie below the scope' USING ERRCODE = '42501';
  END IF;
  IF p_county IS DISTINCT FROM current_setting('app.county', true) THEN
    RAISE EXCEPTION 'a change of regions is the caller''s own' USING ERRCODE = '42501';
  END IF;
  IF p_on > (p_now AT TIME ZONE 'Asia/Shanghai')::date OR btrim(p_document) = '' OR EXISTS (
     SELECT FROM jsonb_array_elements(p_renamed) x WHERE (length(btrim(x ->> 'name')) BETWEEN 1 AND 60) IS NOT TRUE) THEN
    RAISE EXCEPTION 'a change needs a document, a day that has come, and names' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(region_lock(current_setting('app.scope', true)));
  PERFORM check_opened(p_opened, p_closed);
  PERFORM check_closed(p_reach, p_closed, p_successors, opened_codes, p_from, p_to);
  PERFORM keep_region_version(p_closed || renamed, p_on);
  UPDATE region SET closed = p_on, successor = nullif(s.successor, '')
    FROM unnest(p_closed, p_successors) AS s (code, successor) WHERE region.code = s.code AND region.closed IS NULL;
  GET DIAGNOSTICS touched = ROW_COUNT;
  IF touched <> cardinality(p_closed) THEN RAISE EXCEPTION 'a region is closed already' USING ERRCODE = '40001'; END IF;
  UPDATE region SET name = x ->> 'name', short_name = x ->> 'short_name'
    FROM jsonb_array_elements(p_renamed) x WHERE region.code = x ->> 'code' AND region.closed IS NULL;
  GET DIAGNOSTICS touched = ROW_COUNT;
  IF touched <> cardinality(renamed) THEN RAISE EXCEPTION 'a region is closed already' USING ERRCODE = '40001'; END IF;
  INSERT INTO region_version (code, valid_from, parent, name, short_name, change_id)
  SELECT code, p_on, parent, name, short_name, p_id FROM region WHERE code = ANY (renamed);
  UPDATE county SET name = x ->> 'name' FROM jsonb_array_elements(p_renamed) x WHERE county.code = x ->> 'code';
  INSERT INTO region (code, parent, level, name, short_name, opened)
  SELECT x ->> 'code', x ->> 'parent', (x ->> 'level')::smallint, x ->> 'name', x ->> 'short_name', p_on
    FROM jsonb_array_elements(p_opened) x;
  INSERT INTO region_change (id, kind, on_date, document_number, codes, from_codes, to_codes, note, county, scope, by_name, made_at)
  VALUES (p_id, p_kind, p_on, p_document, p_closed || renamed || opened_codes, p_from, p_to, p_note, p_county,
          current_setting('app.scope', true), p_by, p_now);
  INSERT INTO region_move (code, successor, change_id) SELECT f, t, p_id FROM unnest(p_from, p_to) AS m (f, t);
END $$;

-- Townships and villages, by the county's or township's own post; what is bigger only the platform's operator changes.
CREATE FUNCTION change_regions(p_id uuid, p_county text, p_kind text, p_on date, p_document text, p_note text, p_by text,
  p_now timestamptz, p_closed text[], p_successors text[], p_opened jsonb, p_renamed jsonb, p_from text[], p_to text[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_kind NOT IN ('open', 'close', 'rename', 'merge', 'split') OR EXISTS (
     SELECT FROM unnest(p_closed || codes_of(p_opened) || codes_of(p_renamed)) c WHERE length(c) < 9) THEN
    RAISE EXCEPTION 'counties and what is above them are not changed here' USING ERRCODE = '42501';
  END IF;
  PERFORM apply_region_change(6, p_id, p_county, p_kind, p_on, p_document, p_note, p_by, p_now, p_closed, p_successors, p_opened,
                              p_renamed, p_from, p_to);
END $$;

-- Has the rows of a change follow (once more). A row may arrive at a code whose successor has ended since: then that change
-- is worked off as well, for as long as there is one.
CREATE FUNCTION announce_change(p_id uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (id, county, region, topic, payload, created_at, available_at)
  SELECT gen_random_uuid(), c.county, c.scope, 'region.changed', jsonb_build_object('change', c.id), now(), now()
    FROM region_change c WHERE c.id = p_id;
  PERFORM pg_notify('outbox', '');
END $$;

-- What has no row policies and yet carries a region: deadlines and announcements that wait, and the tenant's present code.
CREATE FUNCTION finish_region_change(p_id uuid, p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE c region_change; done boolean;
BEGIN
  SELECT * INTO c FROM region_change WHERE id = p_id FOR UPDATE;
  IF NOT FOUND OR NOT below_scope(c.codes) THEN
    RAISE EXCEPTION 'a change of regions must lie below the scope' USING ERRCODE = '42501';
  END IF;
  UPDATE timer SET region = m.new FROM unnest(c.from_codes, c.to_codes) AS m (old, new)
   WHERE timer.region = m.old AND fired_at IS NULL AND cancelled_at IS NULL;
  UPDATE outbox SET region = m.new FROM unnest(c.from_codes, c.to_codes) AS m (old, new)
   WHERE outbox.region = m.old AND done_at IS NULL;
  UPDATE county SET code = m.new FROM unnest(c.from_codes, c.to_codes) AS m (old, new) WHERE county.code = m.old;
  UPDATE region_change SET moved_at = p_now WHERE id = p_id AND moved_at IS NULL;
  done := FOUND;
  PERFORM announce_change(n.id) FROM (
    SELECT DISTINCT m.change_id AS id FROM region_move m WHERE m.code = ANY (c.to_codes) AND m.change_id <> p_id) n;
  RETURN done;
END $$;

REVOKE ALL ON FUNCTION keep_region_version, apply_region_change, announce_change, check_opened, check_closed, change_regions,
  finish_region_change FROM PUBLIC;
GRANT EXECUTE ON FUNCTION change_regions, finish_region_change TO {APP};
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES), (OWNER, CHECKS), (OWNER, FUNCTIONS)))
