"""Files and their uploads, notices, drafts and repeated answers, progress of long work."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import NEVER_DELETED, OWNER, Kind, Walls, walls_sql

ID = "2026-11-22T09:15:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "files, notices, drafts, progress"

TABLES = f"""
CREATE TABLE file (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  name text NOT NULL, media_type text NOT NULL, size bigint NOT NULL, sha256 bytea, state text NOT NULL,
  refusal text NOT NULL DEFAULT '', storage_key text NOT NULL, preview_key text NOT NULL DEFAULT '',
  width integer, height integer, purpose text NOT NULL, subject_id uuid, membership uuid, by_name text NOT NULL,
  created_at timestamptz NOT NULL, inspected_at timestamptz, attached_at timestamptz, set_aside_at timestamptz, removed_at timestamptz,
  PRIMARY KEY (county, id));
CREATE INDEX file_id ON file (id);
CREATE INDEX file_region ON file (region);
CREATE INDEX file_subject ON file (subject_id, county);
CREATE INDEX file_loose ON file (county, created_at) WHERE attached_at IS NULL AND removed_at IS NULL;

CREATE TABLE upload (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  membership uuid NOT NULL, name text NOT NULL, media_type text NOT NULL, size bigint NOT NULL, purpose text NOT NULL,
  subject_id uuid, part_size integer NOT NULL, sha256 bytea, created_at timestamptz NOT NULL, finished_at timestamptz,
  file_id uuid,
  PRIMARY KEY (county, id));
CREATE INDEX upload_id ON upload (id);
CREATE INDEX upload_open ON upload (county, created_at);
CREATE INDEX upload_region ON upload (region);
{walls_sql("upload", Walls(Kind.DATA))}

CREATE TABLE upload_part (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  upload_id uuid NOT NULL, part integer NOT NULL, size integer NOT NULL, sha256 bytea NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, upload_id, part),
  FOREIGN KEY (county, upload_id) REFERENCES upload (county, id) ON DELETE CASCADE);
CREATE INDEX upload_part_id ON upload_part (id);
{walls_sql("upload_part", Walls(Kind.DATA))}

CREATE TABLE notice (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  membership_id uuid NOT NULL, kind text NOT NULL, data jsonb NOT NULL, link text NOT NULL DEFAULT '',
  key text NOT NULL, created_at timestamptz NOT NULL, read_at timestamptz,
  PRIMARY KEY (county, id), UNIQUE (county, membership_id, key),
  FOREIGN KEY (county, membership_id) REFERENCES membership (county, id));
CREATE INDEX notice_id ON notice (id);
CREATE INDEX notice_region ON notice (region);
CREATE INDEX notice_unread ON notice (county, membership_id) WHERE read_at IS NULL;
{walls_sql("notice", Walls(Kind.DATA, signin=frozenset({"SELECT"})))}

CREATE TABLE draft (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  membership_id uuid NOT NULL, form text NOT NULL, subject text NOT NULL DEFAULT '', data jsonb NOT NULL,
  saved_at timestamptz NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, membership_id, form, subject));
CREATE INDEX draft_id ON draft (id);
CREATE INDEX draft_region ON draft (region);
{walls_sql("draft", Walls(Kind.DATA))}

CREATE TABLE answer (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  membership_id uuid NOT NULL, key text NOT NULL, form text NOT NULL, request_hash bytea NOT NULL,
  result jsonb NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, membership_id, key));
CREATE INDEX answer_id ON answer (id);
CREATE INDEX answer_region ON answer (region);
{walls_sql("answer", Walls(Kind.DATA, verbs=frozenset({"SELECT", "INSERT", "DELETE"})))}

CREATE TABLE job_row (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  membership uuid, by_name text NOT NULL, kind text NOT NULL, title text NOT NULL, state text NOT NULL,
  done integer NOT NULL DEFAULT 0, total integer NOT NULL DEFAULT 0, failed integer NOT NULL DEFAULT 0,
  payload jsonb NOT NULL DEFAULT '{{}}', result jsonb NOT NULL DEFAULT '{{}}', error text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL, started_at timestamptz, beat_at timestamptz, finished_at timestamptz,
  PRIMARY KEY (county, id));
CREATE INDEX job_row_id ON job_row (id);
CREATE INDEX job_row_region ON job_row (region, created_at);
{walls_sql("job_row", Walls(Kind.DATA, verbs=NEVER_DELETED))}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES),))
