"""Disclosure: publications, the law's clock, objections; and the functions through which strangers read."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APP, NEVER_DELETED, OWNER, PUBLIC, Kind, Walls, walls_sql

ID = "2026-11-22T12:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "disclosure"

TABLES = f"""
CREATE TABLE publication (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  place text COLLATE "C" NOT NULL, place_name text NOT NULL, level smallint NOT NULL,
  section text COLLATE "C" NOT NULL, section_title text NOT NULL, board text NOT NULL, period text COLLATE "C" NOT NULL,
  subject_id uuid, title text NOT NULL, content jsonb NOT NULL, figures jsonb NOT NULL, lines integer NOT NULL,
  hash bytea NOT NULL, check_number text COLLATE "C" NOT NULL, token text COLLATE "C" NOT NULL, notice_until date,
  released_by uuid, released_name text NOT NULL, released_office text NOT NULL, released_at timestamptz NOT NULL, corrects uuid,
  ended_at timestamptz, ended text NOT NULL DEFAULT '', end_reason text NOT NULL DEFAULT '', ended_name text NOT NULL DEFAULT '',
  successor uuid, hidden boolean NOT NULL DEFAULT false,
  PRIMARY KEY (county, id), UNIQUE (county, token),
  FOREIGN KEY (county, corrects) REFERENCES publication (county, id),
  FOREIGN KEY (county, successor) REFERENCES publication (county, id) DEFERRABLE INITIALLY DEFERRED);
-- One of a kind stands at a time; what was said of the place then counts, not where its rows went afterwards.
CREATE UNIQUE INDEX publication_stands ON publication (county, place, section, period, subject_id) NULLS NOT DISTINCT
  WHERE ended_at IS NULL;
CREATE INDEX publication_id ON publication (id);
CREATE INDEX publication_token ON publication (token);
CREATE INDEX publication_check ON publication (check_number);
CREATE INDEX publication_board ON publication (region, section, released_at DESC, id DESC);
CREATE INDEX publication_newest ON publication (region, section, period DESC, released_at DESC, id DESC) WHERE ended_at IS NULL;
CREATE INDEX publication_place ON publication (region, released_at DESC, id DESC) WHERE ended_at IS NULL AND NOT hidden;
CREATE INDEX publication_county ON publication (county, released_at DESC, id DESC);
CREATE INDEX publication_versions ON publication (county, place, section, period);
{walls_sql("publication", Walls(Kind.DATA, verbs=NEVER_DELETED))}

-- Not even the owner's SQL changes what was released. The policies decide who may; this decides what.
CREATE FUNCTION guard_publication() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ending text[] := ARRAY['ended_at', 'ended', 'end_reason', 'ended_name', 'successor', 'hidden'];
BEGIN
  IF TG_OP <> 'UPDATE' THEN RAISE EXCEPTION 'a publication is never removed' USING ERRCODE = '55000'; END IF;
  IF to_jsonb(NEW) - (ending || 'region'::text) IS DISTINCT FROM to_jsonb(OLD) - (ending || 'region'::text)
     -- What has ended may still be closed, where it turns out to show a person's data, and never opened again.
     OR (OLD.ended_at IS NOT NULL AND (OLD.hidden AND NOT NEW.hidden
         OR to_jsonb(NEW) - ARRAY['region', 'hidden'] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['region', 'hidden']))
     OR (NEW.ended_at IS NULL AND to_jsonb(NEW) - 'region' IS DISTINCT FROM to_jsonb(OLD) - 'region') THEN
    RAISE EXCEPTION 'a publication is never changed' USING ERRCODE = '55000';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER publication_guard BEFORE UPDATE OR DELETE ON publication FOR EACH ROW EXECUTE FUNCTION guard_publication();
CREATE TRIGGER publication_kept BEFORE TRUNCATE ON publication FOR EACH STATEMENT EXECUTE FUNCTION guard_publication();

CREATE TABLE publication_due (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  section text COLLATE "C" NOT NULL, period text COLLATE "C" NOT NULL, subject_id uuid, title text NOT NULL DEFAULT '',
  at timestamptz NOT NULL, opens_on date NOT NULL, due_on date NOT NULL, done_at timestamptz, publication_id uuid,
  missing_at timestamptz,
  PRIMARY KEY (county, id), UNIQUE NULLS NOT DISTINCT (county, region, section, period, subject_id),
  FOREIGN KEY (county, publication_id) REFERENCES publication (county, id));
CREATE INDEX publication_due_id ON publication_due (id);
CREATE INDEX publication_due_region ON publication_due (region, due_on);
CREATE INDEX publication_due_open ON publication_due (county, due_on) WHERE done_at IS NULL;
{walls_sql("publication_due", Walls(Kind.DATA, verbs=NEVER_DELETED))}

CREATE TABLE publication_objection (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  publication_id uuid NOT NULL, body text NOT NULL, contact bytea, receipt text COLLATE "C" NOT NULL, at timestamptz NOT NULL,
  answer_on date NOT NULL, answered_at timestamptz, upheld boolean, answer text NOT NULL DEFAULT '', answered_by uuid,
  answered_name text NOT NULL DEFAULT '',
  PRIMARY KEY (county, id), UNIQUE (county, receipt),
  FOREIGN KEY (county, publication_id) REFERENCES publication (county, id));
CREATE INDEX publication_objection_id ON publication_objection (id);
CREATE INDEX publication_objection_region ON publication_objection (region, at);
CREATE INDEX publication_objection_of ON publication_objection (county, publication_id);
CREATE INDEX publication_objection_receipt ON publication_objection (receipt);
CREATE INDEX publication_objection_contact ON publication_objection (county, answered_at) WHERE contact IS NOT NULL;
{walls_sql("publication_objection", Walls(Kind.DATA, verbs=NEVER_DELETED))}

-- What villages write by hand for their boards, until it is published; the snapshot holds what was. ``data`` shows persons masked;
-- their full names are encrypted in ``names`` and go when their term is over.
CREATE TABLE board_entry (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  section text COLLATE "C" NOT NULL, period text COLLATE "C" NOT NULL, data jsonb NOT NULL, names bytea,
  version integer NOT NULL DEFAULT 1, membership uuid, by_name text NOT NULL, created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL, removed_at timestamptz,
  PRIMARY KEY (county, id));
CREATE INDEX board_entry_id ON board_entry (id);
CREATE INDEX board_entry_region ON board_entry (region, section, period) WHERE removed_at IS NULL;
CREATE INDEX board_entry_names ON board_entry (county, changed_at) WHERE names IS NOT NULL;
{walls_sql("board_entry", Walls(Kind.DATA, verbs=NEVER_DELETED))}

-- Readers without an account: a role that reads publications, counts objections, and reaches nothing else.
CREATE POLICY publication_public ON publication FOR SELECT TO {PUBLIC} USING (true);
GRANT SELECT (county, id, region, place, place_name, level, section, section_title, board, period, subject_id, title, content,
  figures, lines, hash, check_number, token, notice_until, released_name, released_office, released_at, corrects, ended_at, ended,
  end_reason, successor, hidden) ON publication TO {PUBLIC};
CREATE POLICY publication_objection_public ON publication_objection FOR SELECT TO {PUBLIC} USING (true);
GRANT SELECT (county, publication_id, body, receipt, at, answer_on, answered_at, upheld, answer) ON publication_objection TO {PUBLIC};
GRANT SELECT ON region, county TO {PUBLIC};
"""

HEAD = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
PLAIN = """p.place, p.place_name, p.section, p.section_title, p.board, p.period, p.title, p.lines, p.token, p.notice_until,
  p.released_at, p.ended_at, p.ended"""
# What is written by hand may hold a name, the title too: of what is closed the period and the section are shown instead.
TITLE = r"""CASE WHEN NOT p.hidden THEN p.title ELSE CASE
    WHEN p.period ~ '^\d{4}-\d\d-\d\d$' THEN ''
    WHEN p.period LIKE '%-Q%' THEN regexp_replace(p.period, '-Q(\d)$', '年第\1季度')
    WHEN p.period LIKE '%-%' THEN regexp_replace(p.period, '-0?(\d+)$', '年\1月')
    WHEN p.period <> '' THEN p.period || '年' ELSE '' END || p.section_title END"""
CARD = PLAIN.replace("p.title", f"{TITLE} AS title")
CARD_TABLE = """place text, place_name text, section text, section_title text, board text, period text, title text, lines integer,
  token text, notice_until date, released_at timestamptz, ended_at timestamptz, ended text"""
NAMES = (
    "public_board, public_search, public_section, public_recent, public_publication, public_versions, public_by_check, public_objections, "
    "public_receipt"
)

FUNCTIONS = f"""
-- What stands on the board of one place: the newest of each section, by the period they are of: what came late stands where its
-- period stands. Sections are few; the index is skipped through.
CREATE FUNCTION public_board(p_region text, p_each integer)
RETURNS TABLE ({CARD_TABLE}, figures jsonb) {HEAD}
  WITH RECURSIVE s (section) AS (
    (SELECT p.section FROM publication p WHERE p.region = p_region ORDER BY p.section LIMIT 1)
    UNION ALL
    SELECT (SELECT p.section FROM publication p WHERE p.region = p_region AND p.section > s.section ORDER BY p.section LIMIT 1)
      FROM s WHERE s.section IS NOT NULL)
  SELECT {PLAIN}, p.figures FROM s CROSS JOIN LATERAL (
    SELECT {PLAIN.replace("p.", "x.")}, x.figures, x.id FROM publication x WHERE x.region = p_region AND x.section = s.section AND x.ended_at IS NULL
     ORDER BY x.period DESC, x.released_at DESC, x.id DESC LIMIT least(p_each, 20)) p
   WHERE s.section IS NOT NULL
   ORDER BY p.section, p.period DESC, p.released_at DESC, p.id DESC $$;

-- What stands of one place and has these words in its title, its note or its rows. Anybody asks, so what is read has a bound:
-- titles of the newest 200, and notes and rows as long as these come to no more than 2 MB as they are stored.
CREATE FUNCTION public_search(p_region text, p_words text, p_most integer)
RETURNS TABLE ({CARD_TABLE}) {HEAD}
  SELECT {PLAIN} FROM (
    SELECT x.*, sum(pg_column_size(x.content)) OVER (ORDER BY x.released_at DESC, x.id DESC) AS read FROM (
      SELECT {PLAIN.replace("p.", "y.")}, y.id, y.content FROM publication y WHERE y.region = p_region AND y.ended_at IS NULL AND NOT y.hidden
       ORDER BY y.released_at DESC, y.id DESC LIMIT 200) x) p
   WHERE strpos(p.title, p_words) > 0 OR (p.read <= 2000000
     AND (strpos(p.content ->> 'note', p_words) > 0 OR strpos((p.content -> 'rows')::text, p_words) > 0))
   ORDER BY p.released_at DESC, p.id DESC LIMIT least(p_most, 50) $$;

-- All of one section of one place, also what was corrected or withdrawn, the newest first.
CREATE FUNCTION public_section(p_region text, p_section text, p_before timestamptz, p_most integer)
RETURNS TABLE ({CARD_TABLE}) {HEAD}
  SELECT {CARD} FROM publication p
   WHERE p.region = p_region AND p.section = p_section AND p.released_at < coalesce(p_before, 'infinity')
   ORDER BY p.released_at DESC, p.id DESC LIMIT least(p_most, 100) $$;

-- The newest of a county, or of one range inside it.
CREATE FUNCTION public_recent(p_county text, p_region text, p_most integer)
RETURNS TABLE ({CARD_TABLE}) {HEAD}
  SELECT {PLAIN} FROM publication p
   WHERE p.county = p_county AND p.region >= p_region AND p.region < p_region || ':' AND p.ended_at IS NULL
   ORDER BY p.released_at DESC, p.id DESC LIMIT least(p_most, 100) $$;

-- One publication by its link. Whoever has it sees it whole, unless a person's data had to be taken away.
CREATE FUNCTION public_publication(p_token text)
RETURNS TABLE (county text, id uuid, region text, {CARD_TABLE}, subject_id uuid, content jsonb, hash bytea, check_number text,
  released_name text, released_office text, corrects uuid, end_reason text, hidden boolean, successor_token text, corrects_token text) {HEAD}
  SELECT p.county, p.id, p.region, {CARD}, p.subject_id, CASE WHEN p.hidden THEN NULL ELSE p.content END, p.hash, p.check_number,
         p.released_name, p.released_office, p.corrects, p.end_reason, p.hidden,
         (SELECT n.token FROM publication n WHERE n.county = p.county AND n.id = p.successor),
         (SELECT o.token FROM publication o WHERE o.county = p.county AND o.id = p.corrects)
    FROM publication p WHERE p.token = p_token $$;

-- All that was ever released of the same: place, section, period, subject.
CREATE FUNCTION public_versions(p_token text)
RETURNS TABLE ({CARD_TABLE}, end_reason text, check_number text) {HEAD}
  SELECT {CARD}, p.end_reason, p.check_number
    FROM publication t JOIN publication p ON p.county = t.county AND p.place = t.place AND p.section = t.section
         AND p.period = t.period AND p.subject_id IS NOT DISTINCT FROM t.subject_id
   WHERE t.token = p_token ORDER BY p.released_at DESC, p.id DESC LIMIT 50 $$;

CREATE FUNCTION public_by_check(p_number text) RETURNS TABLE ({CARD_TABLE}) {HEAD}
  SELECT {CARD} FROM publication p WHERE p.check_number = p_number ORDER BY p.released_at DESC LIMIT 5 $$;

-- How many objections there are; what they say is for those who answer.
CREATE FUNCTION public_objections(p_token text) RETURNS TABLE (came bigint, answered bigint) {HEAD}
  SELECT count(*), count(o.answered_at)
    FROM publication p JOIN publication_objection o ON o.county = p.county AND o.publication_id = p.id WHERE p.token = p_token $$;

-- One objection, for whoever kept its receipt.
CREATE FUNCTION public_receipt(p_receipt text)
RETURNS TABLE (body text, at timestamptz, answer_on date, answered_at timestamptz, upheld boolean, answer text, title text,
  place text, place_name text, token text) {HEAD}
  SELECT o.body, o.at, o.answer_on, o.answered_at, o.upheld, o.answer, {TITLE} AS title, p.place, p.place_name, p.token
    FROM publication_objection o JOIN publication p ON p.county = o.county AND p.id = o.publication_id
   WHERE o.receipt = p_receipt $$;

REVOKE ALL ON FUNCTION {NAMES} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {NAMES} TO {APP};
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES), (PUBLIC, FUNCTIONS)))
