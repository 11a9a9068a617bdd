"""Logins: what owners change themselves, what follows a person's correction or erasure, resets by the platform.

An account may serve in several counties; then no county may reset it, and the platform's operator does. What operators do to
accounts stands in ``platform_line``, and in the trail of each county where the account is known.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APP, OWNER, SIGNIN

ID = "2026-11-22T09:37:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "logins and platform resets"

HEAD = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$"
IS_OPEN = "s.ended_at IS NULL AND s.expires_at > now() AND s.seen_at > now() - s.idle_seconds * interval '1 second'"
IS_WAITING = "r.redeemed_at IS NULL AND r.withdrawn_at IS NULL AND r.tries < 5 AND r.expires_at > now()"
OPERATORS = "IF NOT is_operator(p_token_hash) THEN RAISE EXCEPTION 'operators only' USING ERRCODE = '42501'; END IF;"
DOER = "SELECT a.id, a.operator_name INTO doer FROM session s JOIN account a ON a.id = s.account_id WHERE s.token_hash = p_token_hash;"

TABLES = f"""
CREATE TABLE platform_line (
  id uuid PRIMARY KEY, at timestamptz NOT NULL, action text NOT NULL, by_account uuid NOT NULL, by_name text NOT NULL,
  subject_id uuid, data jsonb NOT NULL DEFAULT '{{}}');
CREATE INDEX platform_line_at ON platform_line (at);
CREATE TABLE account_reset (
  id uuid PRIMARY KEY, account_id uuid NOT NULL REFERENCES account (id), purpose text NOT NULL, code_hash bytea NOT NULL,
  tries integer NOT NULL DEFAULT 0, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
  redeemed_at timestamptz, withdrawn_at timestamptz, by_account uuid NOT NULL, by_name text NOT NULL, reason text NOT NULL);
CREATE INDEX account_reset_code ON account_reset (code_hash);
CREATE INDEX account_reset_account ON account_reset (account_id);
GRANT SELECT, INSERT ON platform_line TO {SIGNIN};
GRANT SELECT, INSERT, UPDATE ON account_reset TO {SIGNIN};
"""

OWN_LOGIN = f"""
CREATE FUNCTION my_login(p_token_hash bytea, OUT login text, OUT has_phone boolean) {HEAD}
BEGIN
  SELECT a.login, a.phone_index IS NOT NULL INTO my_login.login, my_login.has_phone
    FROM session s JOIN account a ON a.id = s.account_id WHERE s.token_hash = p_token_hash AND {IS_OPEN};
END $$;

-- As with a new password the other sessions end and this one gets a new token. False for a name that is taken, whosever it is.
CREATE FUNCTION set_my_login(p_token_hash bytea, p_login text, p_new_token_hash bytea, p_new_id uuid) RETURNS boolean {HEAD}
DECLARE mine uuid;
BEGIN
  SELECT s.account_id INTO mine FROM session s WHERE s.token_hash = p_token_hash AND {IS_OPEN};
  IF mine IS NULL THEN RETURN false; END IF;
  BEGIN
    UPDATE account SET login = p_login WHERE id = mine AND (p_login IS NOT NULL OR phone_index IS NOT NULL);
    IF NOT FOUND THEN RETURN false; END IF;
  EXCEPTION WHEN unique_violation THEN RETURN false; END;
  UPDATE session SET ended_at = now() WHERE account_id = mine AND ended_at IS NULL AND token_hash <> p_token_hash;
  UPDATE session SET token_hash = p_new_token_hash, id = p_new_id WHERE token_hash = p_token_hash;
  PERFORM audit_account(mine, 'account.login_changed', '{{}}');
  RETURN true;
END $$;
"""

# Deeds of an administrator about a person, inside the scope's transaction, that reach the login behind the person.
IN_SCOPE = f"""
-- The login follows a corrected number only where the asker's scope covers all that it opens, and nobody else has the number.
CREATE FUNCTION move_login_phone(p_county text, p_person uuid, p_phone_index bytea) RETURNS boolean {HEAD}
DECLARE mine uuid;
BEGIN
  SELECT a.id INTO mine FROM person p JOIN account a ON a.id = p.account_id
   WHERE p.county = p_county AND p.id = p_person AND in_scope(p.region) AND NOT a.operator AND a.ended_at IS NULL;
  IF mine IS NULL OR EXISTS (SELECT 1 FROM posts_of_account(mine) b WHERE in_scope(b.region) IS NOT TRUE) THEN
    RETURN false;
  END IF;
  BEGIN
    UPDATE account SET phone_index = p_phone_index WHERE id = mine;
  EXCEPTION WHEN unique_violation THEN RETURN false; END;
  UPDATE session SET ended_at = now() WHERE account_id = mine AND ended_at IS NULL;
  RETURN true;
END $$;

-- Of two counties that erase the same owner at once the second waits here, and then sees that it is the last.
CREATE FUNCTION close_account_of(p_county text, p_person uuid) RETURNS boolean {HEAD}
DECLARE mine uuid;
BEGIN
  SELECT a.id INTO mine FROM person p JOIN account a ON a.id = p.account_id
   WHERE p.county = p_county AND p.id = p_person AND in_scope(p.region) AND NOT a.operator FOR UPDATE OF a;
  IF mine IS NULL OR EXISTS (SELECT 1 FROM person p WHERE p.account_id = mine AND (p.county, p.id) <> (p_county, p_person)) THEN
    RETURN false;
  END IF;
  UPDATE session SET ended_at = coalesce(ended_at, now()), client = '' WHERE account_id = mine;
  UPDATE account_reset SET withdrawn_at = now() WHERE account_id = mine AND redeemed_at IS NULL AND withdrawn_at IS NULL;
  UPDATE account SET ended_at = now(), login = NULL, phone_index = NULL, password_hash = NULL, password_history = '{{}}',
         password_changed_at = NULL, totp_secret = NULL, totp_confirmed_at = NULL, failed = 0, locked_until = NULL
   WHERE id = mine;
  RETURN true;
END $$;
"""

BY_OPERATOR = f"""
-- An exact login only, and every look stands in the trail: nobody can leaf through the accounts of all counties.
CREATE FUNCTION find_account(p_token_hash bytea, p_line uuid, p_login text, p_phone_index bytea)
RETURNS TABLE (id uuid, operator_name text, has_factor boolean, locked boolean, mine boolean, seen_at timestamptz,
               names text[], posts jsonb) {HEAD}
#variable_conflict use_column
DECLARE doer record; found_one uuid;
BEGIN
  {OPERATORS}
  {DOER}
  SELECT a.id INTO found_one FROM account a
   WHERE (a.login = p_login OR a.phone_index = p_phone_index) AND a.ended_at IS NULL;
  INSERT INTO platform_line (id, at, action, by_account, by_name, subject_id)
  VALUES (p_line, now(), 'account.looked_up', doer.id, doer.operator_name, found_one);
  RETURN QUERY
  SELECT a.id, CASE WHEN a.operator THEN a.operator_name ELSE '' END, a.totp_confirmed_at IS NOT NULL,
         coalesce(a.locked_until > now(), false), a.id = doer.id,
         (SELECT max(s.seen_at) FROM session s WHERE s.account_id = a.id),
         (SELECT array_agg(DISTINCT p.name) FROM person p WHERE p.account_id = a.id AND p.erased_at IS NULL),
         (SELECT jsonb_agg(jsonb_build_object('role', b.role, 'title', b.title, 'place', b.place,
                                              'county', coalesce(x.name, b.county)) ORDER BY b.region, b.id)
            FROM posts_of_account(a.id) b LEFT JOIN county x ON x.county = b.county)
    FROM account a WHERE a.id = found_one;
END $$;

-- False for nobody, for an account that ended, and for one's own.
CREATE FUNCTION start_account_reset(p_token_hash bytea, p_account uuid, p_id uuid, p_purpose text, p_code_hash bytea,
                                    p_seconds integer, p_reason text) RETURNS boolean {HEAD}
DECLARE doer record; told jsonb;
BEGIN
  {OPERATORS}
  {DOER}
  IF p_account = doer.id OR NOT EXISTS (SELECT 1 FROM account a WHERE a.id = p_account AND a.ended_at IS NULL) THEN
    RETURN false;
  END IF;
  UPDATE account_reset r SET withdrawn_at = now() WHERE r.account_id = p_account AND r.purpose = p_purpose AND {IS_WAITING};
  INSERT INTO account_reset (id, account_id, purpose, code_hash, created_at, expires_at, by_account, by_name, reason)
  VALUES (p_id, p_account, p_purpose, p_code_hash, now(), now() + p_seconds * interval '1 second', doer.id,
          doer.operator_name, p_reason);
  told := jsonb_build_object('purpose', p_purpose, 'reason', p_reason);
  INSERT INTO platform_line (id, at, action, by_account, by_name, subject_id, data)
  VALUES (gen_random_uuid(), now(), 'account.reset_started', doer.id, doer.operator_name, p_account, told);
  INSERT INTO audit_line (county, id, region, at, action, subject_kind, subject_id, by_name, by_office, data)
  SELECT p.county, time_ordered_id(), p.region, now(), 'account.reset_started', 'person', p.id, doer.operator_name, '', told
    FROM person p WHERE p.account_id = p_account AND p.erased_at IS NULL;
  RETURN true;
END $$;

CREATE FUNCTION withdraw_account_reset(p_token_hash bytea, p_id uuid) RETURNS boolean {HEAD}
DECLARE doer record; mine uuid;
BEGIN
  {OPERATORS}
  {DOER}
  UPDATE account_reset r SET withdrawn_at = now() WHERE r.id = p_id AND {IS_WAITING} RETURNING r.account_id INTO mine;
  IF mine IS NULL THEN RETURN false; END IF;
  INSERT INTO platform_line (id, at, action, by_account, by_name, subject_id)
  VALUES (gen_random_uuid(), now(), 'account.reset_withdrawn', doer.id, doer.operator_name, mine);
  RETURN true;
END $$;

CREATE FUNCTION account_resets(p_token_hash bytea, p_limit integer)
RETURNS TABLE (id uuid, names text[], purpose text, reason text, by_name text, created_at timestamptz, expires_at timestamptz,
               redeemed_at timestamptz, withdrawn_at timestamptz, tries integer) {HEAD}
#variable_conflict use_column
BEGIN
  {OPERATORS}
  RETURN QUERY SELECT r.id,
         CASE WHEN a.operator THEN ARRAY[a.operator_name] ELSE
           (SELECT array_agg(DISTINCT p.name) FROM person p WHERE p.account_id = a.id AND p.erased_at IS NULL) END,
         r.purpose, r.reason, r.by_name, r.created_at, r.expires_at, r.redeemed_at, r.withdrawn_at, r.tries
    FROM account_reset r JOIN account a ON a.id = r.account_id ORDER BY r.created_at DESC, r.id LIMIT p_limit;
END $$;
"""

LINES = f"""
CREATE FUNCTION platform_lines(p_token_hash bytea, p_limit integer)
RETURNS TABLE (at timestamptz, action text, by_name text, names text[]) {HEAD}
#variable_conflict use_column
BEGIN
  {OPERATORS}
  RETURN QUERY SELECT l.at, l.action, l.by_name,
         CASE WHEN a.operator THEN ARRAY[a.operator_name] ELSE
           (SELECT array_agg(DISTINCT p.name) FROM person p WHERE p.account_id = a.id AND p.erased_at IS NULL) END
    FROM platform_line l LEFT JOIN account a ON a.id = l.subject_id ORDER BY l.at DESC, l.id LIMIT p_limit;
END $$;
"""

REDEEM = f"""
CREATE FUNCTION open_account_reset(p_code_hash bytea, p_login text, p_phone_index bytea, p_purpose text)
RETURNS SETOF account_reset {HEAD}
BEGIN
  RETURN QUERY SELECT r.* FROM account_reset r JOIN account a ON a.id = r.account_id
   WHERE r.code_hash = p_code_hash AND r.purpose = p_purpose AND {IS_WAITING}
     AND (a.login = p_login OR a.phone_index = p_phone_index) AND a.ended_at IS NULL;
END $$;

-- Asked after find_invitation, which has counted the client's attempt. A code dies after five wrong logins.
CREATE FUNCTION find_account_reset(p_code_hash bytea, p_login text, p_phone_index bytea)
RETURNS TABLE (purpose text, person_name text, hashes text[]) {HEAD}
#variable_conflict use_column
BEGIN
  UPDATE account_reset r SET tries = r.tries + 1 FROM account a
   WHERE r.code_hash = p_code_hash AND a.id = r.account_id
     AND NOT coalesce(a.login = p_login OR a.phone_index = p_phone_index, false);
  RETURN QUERY SELECT o.purpose,
         coalesce(nullif(a.operator_name, ''), (SELECT min(p.name) FROM person p WHERE p.account_id = a.id AND p.erased_at IS NULL), ''),
         array_remove(a.password_hash || a.password_history, NULL)
    FROM unnest(ARRAY['password', 'factor']) w (purpose)
    CROSS JOIN LATERAL open_account_reset(p_code_hash, p_login, p_phone_index, w.purpose) o JOIN account a ON a.id = o.account_id;
END $$;

CREATE FUNCTION redeem_account_reset(p_code_hash bytea, p_login text, p_phone_index bytea, p_password_hash text, p_kept integer)
RETURNS uuid {HEAD}
DECLARE mine uuid;
BEGIN
  UPDATE account_reset r SET redeemed_at = now()
   WHERE r.id = (SELECT o.id FROM open_account_reset(p_code_hash, p_login, p_phone_index, 'password') o) AND {IS_WAITING}
  RETURNING r.account_id INTO mine;
  IF mine IS NULL THEN RETURN NULL; END IF;
  PERFORM put_password(mine, p_password_hash, p_kept);
  UPDATE session SET ended_at = now() WHERE account_id = mine AND ended_at IS NULL;
  RETURN mine;
END $$;

CREATE FUNCTION redeem_account_factor_reset(p_code_hash bytea, p_token_hash bytea) RETURNS boolean {HEAD}
DECLARE mine uuid;
BEGIN
  UPDATE account_reset r SET redeemed_at = now() FROM session s
   WHERE s.token_hash = p_token_hash AND {IS_OPEN} AND r.account_id = s.account_id AND r.code_hash = p_code_hash
     AND r.purpose = 'factor' AND {IS_WAITING} RETURNING r.account_id INTO mine;
  IF mine IS NULL THEN RETURN false; END IF;
  UPDATE account SET totp_secret = NULL, totp_confirmed_at = NULL WHERE id = mine;
  UPDATE session SET ended_at = now() WHERE account_id = mine AND ended_at IS NULL AND token_hash <> p_token_hash;
  PERFORM audit_account(mine, 'account.factor_reset', '{{}}');
  RETURN true;
END $$;
"""

FOR_APP = (
    "my_login", "set_my_login", "move_login_phone", "close_account_of", "find_account", "start_account_reset",
    "withdraw_account_reset", "account_resets", "find_account_reset", "redeem_account_reset", "redeem_account_factor_reset",
    "platform_lines",
)  # fmt: skip
RIGHTS = (
    f"REVOKE ALL ON FUNCTION {', '.join((*FOR_APP, 'open_account_reset'))} FROM PUBLIC;"
    f"GRANT EXECUTE ON FUNCTION {', '.join(FOR_APP)} TO {APP};"
)


async def forwards() -> MigrationManager:
    functions = OWN_LOGIN + IN_SCOPE + BY_OPERATOR + LINES + REDEEM + RIGHTS
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES), (SIGNIN, functions)))
