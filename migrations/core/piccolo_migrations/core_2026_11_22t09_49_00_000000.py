"""Counties and cities that begin, end, or get another name or code: recorded by the platform's operator."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APP, OWNER, SIGNIN

ID = "2026-11-22T09:49:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "national changes of regions"

ASKED = f"GRANT EXECUTE ON FUNCTION is_operator TO {OWNER};"
HEAD = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$"

FUNCTIONS = f"""
CREATE FUNCTION change_regions_nationally(p_token_hash bytea, p_id uuid, p_county text, p_kind text, p_on date, p_document text,
  p_note text, p_by text, p_now timestamptz, p_closed text[], p_successors text[], p_opened jsonb, p_renamed jsonb, p_from text[],
  p_to text[]) RETURNS void {HEAD}
DECLARE root text; target text; big text[] := p_closed || codes_of(p_opened) || codes_of(p_renamed);
BEGIN
  IF is_operator(p_token_hash) IS NOT TRUE THEN RAISE EXCEPTION 'operators only' USING ERRCODE = '42501'; END IF;
  IF p_kind NOT IN ('open', 'close', 'rename', 'recode')
     OR (p_kind <> 'recode' AND EXISTS (SELECT FROM unnest(big) c WHERE length(c) NOT IN (4, 6))) THEN
    RAISE EXCEPTION 'only counties and cities are changed here' USING ERRCODE = '22023';
  END IF;
  IF p_kind = 'close' AND EXISTS (SELECT FROM county c WHERE c.code = ANY (p_closed) AND c.closed_at IS NULL) THEN
    RAISE EXCEPTION 'an open tenant is not closed with its region' USING ERRCODE = '22023';
  END IF;
  SELECT c INTO root FROM unnest(p_closed) c ORDER BY length(c), c LIMIT 1;
  SELECT s INTO target FROM unnest(p_closed, p_successors) t (c, s) WHERE c = root;
  IF p_kind = 'recode' AND (root IS NULL OR length(root) NOT IN (4, 6) OR EXISTS (
     SELECT FROM unnest(p_closed, p_successors) t (c, s) WHERE s <> target || substr(c, length(root) + 1) OR left(c, length(root)) <> root)) THEN
    RAISE EXCEPTION 'a recode changes the beginning of each code below' USING ERRCODE = '22023';
  END IF;
  PERFORM apply_region_change(2, p_id, p_county, p_kind, p_on, p_document, p_note, p_by, p_now, p_closed, p_successors, p_opened,
                              p_renamed, p_from, p_to);
  IF p_kind = 'recode' THEN
    UPDATE county SET name = x ->> 'name' FROM jsonb_array_elements(p_opened) x WHERE county.code = root AND x ->> 'code' = target;
    UPDATE region n SET pseudo = true FROM region o WHERE o.successor = n.code AND o.code = ANY (p_closed) AND o.pseudo;
    -- What ended before goes along too: its rows do, and the history of the county is read under the new code.
    INSERT INTO region (code, parent, level, name, short_name, pseudo, opened, closed, successor)
    SELECT target || substr(r.code, length(root) + 1), target || substr(r.parent, length(root) + 1), r.level, r.name, r.short_name,
           r.pseudo, r.opened, r.closed,
           CASE WHEN left(r.successor, length(root)) = root THEN target || substr(r.successor, length(root) + 1) ELSE r.successor END
      FROM region r WHERE r.code >= root AND r.code < root || ':' AND r.closed IS NOT NULL AND r.code <> ALL (p_closed)
    ON CONFLICT (code) DO NOTHING;
  END IF;
END $$;

-- One batch of one column; tables that the application may only add to are moved as well, by their owner.
CREATE FUNCTION recode_rows(p_change uuid, p_schema text, p_table text, p_column text, p_most integer) RETURNS bigint {HEAD}
DECLARE c region_change; root text; target text; moved bigint;
BEGIN
  SELECT * INTO c FROM region_change WHERE id = p_change AND kind = 'recode';
  IF NOT FOUND OR NOT below_scope(c.codes) THEN
    RAISE EXCEPTION 'a change of regions must lie below the scope' USING ERRCODE = '42501';
  END IF;
  IF p_column NOT IN ('region', 'sender_region', 'taken_by', 'desk', 'village', 'came_from') THEN
    RAISE EXCEPTION 'this column holds no code' USING ERRCODE = '22023';
  END IF;
  SELECT f, t INTO root, target FROM unnest(c.from_codes, c.to_codes) AS m (f, t) ORDER BY length(f), f LIMIT 1;
  EXECUTE format('UPDATE %1$I.%2$I x SET %3$I = $2 || substr(x.%3$I, length($1) + 1) WHERE x.ctid = ANY (ARRAY('
                 'SELECT y.ctid FROM %1$I.%2$I y WHERE y.%3$I >= $1 AND y.%3$I < $1 || '':'' LIMIT $3))', p_schema, p_table, p_column)
    USING root, target, p_most;
  GET DIAGNOSTICS moved = ROW_COUNT;
  RETURN moved;
END $$;

REVOKE ALL ON FUNCTION change_regions_nationally, recode_rows FROM PUBLIC;
GRANT EXECUTE ON FUNCTION change_regions_nationally, recode_rows TO {APP};
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((SIGNIN, ASKED), (OWNER, FUNCTIONS)))
