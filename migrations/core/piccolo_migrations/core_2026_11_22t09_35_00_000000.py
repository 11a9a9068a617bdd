"""Accounts as administrators and the platform operator may touch them: posts that end, counties that open."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APP, OWNER, SIGNIN

ID = "2026-11-22T09:35:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "administration of accounts"

HEAD = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$"
IS_OPEN = "s.ended_at IS NULL AND s.expires_at > now() AND s.seen_at > now() - s.idle_seconds * interval '1 second'"

# What administrators may do to accounts, always inside their own scope's transaction.
IN_SCOPE = f"""
CREATE FUNCTION end_sessions_of_post(p_county text, p_membership uuid) RETURNS integer {HEAD}
DECLARE gone integer;
BEGIN
  UPDATE session s SET ended_at = now() FROM membership m
   WHERE m.county = p_county AND m.id = p_membership AND in_scope(m.region)
     AND s.county = m.county AND s.membership_id = m.id AND s.ended_at IS NULL;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;

CREATE FUNCTION end_sessions_of_role(p_county text, p_role text) RETURNS integer {HEAD}
DECLARE gone integer;
BEGIN
  UPDATE session s SET ended_at = now() FROM membership m
   WHERE m.county = p_county AND m.role = p_role AND in_scope(m.region)
     AND s.county = m.county AND s.membership_id = m.id AND s.ended_at IS NULL;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;

-- What the page of one person shows of the login behind it. ``elsewhere``: posts that the asker's scope does not cover;
-- ``beyond``: it is an operator's, or some of them lie in other counties, so that nobody of this county may touch it.
CREATE FUNCTION account_of_person(p_county text, p_person uuid)
RETURNS TABLE (redeemed boolean, has_factor boolean, locked boolean, seen_at timestamptz, elsewhere boolean,
               beyond boolean) {HEAD}
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT true, a.totp_confirmed_at IS NOT NULL, coalesce(a.locked_until > now(), false),
         (SELECT max(s.seen_at) FROM session s WHERE s.account_id = a.id),
         a.operator OR EXISTS (SELECT 1 FROM posts_of_account(a.id) b WHERE in_scope(b.region) IS NOT TRUE),
         reaches_beyond(a.id, p_county)
    FROM person p JOIN account a ON a.id = p.account_id
   WHERE p.county = p_county AND p.id = p_person AND in_scope(p.region) AND a.ended_at IS NULL;
END $$;
"""

# The platform operator's own deeds, checked by the session that asks and not by what the application says of it.
PLATFORM = f"""
GRANT INSERT, UPDATE ON county TO {SIGNIN};
GRANT INSERT, DELETE ON plugin_allowance TO {SIGNIN};
"""
OPERATOR = f"""
CREATE FUNCTION is_operator(p_token_hash bytea) RETURNS boolean {HEAD}
BEGIN
  RETURN EXISTS (SELECT 1 FROM session s JOIN account a ON a.id = s.account_id
    WHERE s.token_hash = p_token_hash AND {IS_OPEN} AND s.factor_at IS NOT NULL AND a.operator AND a.ended_at IS NULL);
END $$;

CREATE FUNCTION open_county(p_token_hash bytea, p_county text, p_name text, p_pack text) RETURNS boolean {HEAD}
BEGIN
  IF NOT is_operator(p_token_hash) THEN RAISE EXCEPTION 'operators only' USING ERRCODE = '42501'; END IF;
  INSERT INTO county (county, code, name, pack, opened_at) VALUES (p_county, p_county, p_name, p_pack, now())
  ON CONFLICT (county) DO NOTHING;
  RETURN FOUND;
END $$;

CREATE FUNCTION allow_plugin(p_token_hash bytea, p_county text, p_plugin text, p_by_name text, p_allowed boolean)
RETURNS boolean {HEAD}
BEGIN
  IF NOT is_operator(p_token_hash) THEN RAISE EXCEPTION 'operators only' USING ERRCODE = '42501'; END IF;
  IF p_allowed THEN
    INSERT INTO plugin_allowance (county, plugin, by_name, at) VALUES (p_county, p_plugin, p_by_name, now())
    ON CONFLICT (county, plugin) DO NOTHING;
  ELSE
    DELETE FROM plugin_allowance WHERE county = p_county AND plugin = p_plugin;
  END IF;
  RETURN FOUND;
END $$;
"""

NAMES = "end_sessions_of_post, end_sessions_of_role, account_of_person, open_county, allow_plugin"
RIGHTS = (
    f"REVOKE ALL ON FUNCTION {NAMES}, is_operator FROM PUBLIC;"
    f"GRANT EXECUTE ON FUNCTION {NAMES} TO {APP};"
)


async def forwards() -> MigrationManager:
    steps = ((OWNER, PLATFORM), (SIGNIN, IN_SCOPE + OPERATOR + RIGHTS))
    return migration(ID, app="core", description=DESCRIPTION, steps=steps)
