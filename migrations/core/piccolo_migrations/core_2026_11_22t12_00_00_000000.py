"""The audit chain: signed blocks over audit lines and publications, and the heads that a witness keeps."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APP, APPEND_ONLY, OWNER, PUBLIC, Kind, Walls, walls_sql

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

-- Heads are public, and so is where something that was published stands. Seals hold hashes, no content.
CREATE POLICY audit_block_public ON audit_block FOR SELECT TO {PUBLIC} USING (true);
CREATE POLICY audit_seal_public ON audit_seal FOR SELECT TO {PUBLIC} USING (true);
GRANT SELECT ON audit_block, audit_seal TO {PUBLIC};
"""

HEAD = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$"
HEADS = """county text, height bigint, previous bytea, root bytea, lines integer, algorithm text, sealed_at timestamptz, key text,
  hash bytea, signature bytea, public_key bytea"""
BLOCK = "b.county, b.height, b.previous, b.root, b.lines, b.algorithm, b.sealed_at, b.key, b.hash, b.signature, b.public_key"
NAMES = "public_heads, public_heads_at, public_seal, public_leaves"

FUNCTIONS = f"""
-- Heads by height, both ends included, the newest first.
CREATE FUNCTION public_heads(p_county text, p_first bigint, p_last bigint, p_most integer) RETURNS TABLE ({HEADS}) {HEAD}
  SELECT {BLOCK} FROM audit_block b WHERE b.county = p_county AND b.height BETWEEN p_first AND p_last
   ORDER BY b.height DESC LIMIT least(p_most, 500) $$;

CREATE FUNCTION public_heads_at(p_county text, p_heights bigint[]) RETURNS TABLE ({HEADS}) {HEAD}
  SELECT {BLOCK} FROM audit_block b WHERE b.county = p_county AND b.height = ANY (p_heights) ORDER BY b.height DESC LIMIT 500 $$;

-- Where something published stands. When an audit line was sealed is nobody's business who may not read it.
CREATE FUNCTION public_seal(p_county text, p_id uuid)
RETURNS TABLE (id uuid, kind text, height bigint, "position" integer, leaf bytea) {HEAD}
  SELECT s.id, s.kind, s.height, s.position, s.leaf FROM audit_seal s
   WHERE s.county = p_county AND s.id = p_id AND s.kind <> 'line' $$;

CREATE FUNCTION public_leaves(p_county text, p_height bigint) RETURNS TABLE (leaf bytea) {HEAD}
  SELECT s.leaf FROM audit_seal s WHERE s.county = p_county AND s.height = p_height ORDER BY s.position $$;

REVOKE ALL ON FUNCTION {NAMES} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {NAMES} TO {APP};
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES), (PUBLIC, FUNCTIONS)))
