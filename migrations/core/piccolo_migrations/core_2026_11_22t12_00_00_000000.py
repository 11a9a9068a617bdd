"""The audit chain: signed blocks over audit lines and publications, and the heads that a witness keeps."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APPEND_ONLY, OWNER, Kind, Walls, walls_sql

ID = "2026-11-22T12:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "audit chain"

TABLES = f"""
CREATE TABLE audit_block (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  height bigint NOT NULL CHECK (height > 0), previous bytea NOT NULL, root bytea NOT NULL, lines integer NOT NULL CHECK (lines > 0),
  algorithm text NOT NULL, sealed_at timestamptz NOT NULL, key text NOT NULL, hash bytea NOT NULL, signature bytea NOT NULL,
  public_key bytea NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, height));
CREATE INDEX audit_block_id ON audit_block (id);
CREATE INDEX audit_block_region ON audit_block (region);
{walls_sql("audit_block", Walls(Kind.DATA, verbs=APPEND_ONLY))}

-- The id is the sealed row's own: nothing is sealed twice. One block's rows are read by height and position.
CREATE TABLE audit_seal (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  kind text NOT NULL, height bigint NOT NULL, position integer NOT NULL, leaf bytea NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, height, position));
CREATE INDEX audit_seal_region ON audit_seal (region);
{walls_sql("audit_seal", Walls(Kind.DATA, verbs=APPEND_ONLY))}

CREATE TABLE witnessed_head (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  of_county text COLLATE "C" NOT NULL, height bigint NOT NULL, hash bytea NOT NULL, head text NOT NULL DEFAULT '',
  source text NOT NULL DEFAULT '', seen_at timestamptz NOT NULL, by_name text NOT NULL, membership uuid,
  PRIMARY KEY (county, id), UNIQUE (county, of_county, height, hash));
CREATE INDEX witnessed_head_id ON witnessed_head (id);
CREATE INDEX witnessed_head_region ON witnessed_head (region);
{walls_sql("witnessed_head", Walls(Kind.DATA, verbs=APPEND_ONLY))}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES),))
