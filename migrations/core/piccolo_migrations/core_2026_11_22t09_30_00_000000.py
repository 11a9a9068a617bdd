"""Sign-in: the functions through which alone accounts and sessions are reached.

They belong to ``xiangzhi_signin``, which has policies of its own on the tables it joins. The application may call them and may
read neither account nor session.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import APP, OWNER, SIGNIN

ID = "2026-11-22T09:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "sign-in functions"

HEAD = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$"
IS_OPEN = "s.ended_at IS NULL AND s.expires_at > now() AND s.seen_at > now() - s.idle_seconds * interval '1 second'"
IS_HELD = "m.valid_from <= now() AND (m.valid_to IS NULL OR m.valid_to > now()) AND p.erased_at IS NULL"

GRANTS = f"""
CREATE POLICY audit_line_signin ON audit_line FOR INSERT TO {SIGNIN} WITH CHECK (true);
GRANT INSERT ON audit_line TO {SIGNIN};
GRANT EXECUTE ON FUNCTION count_use TO {SIGNIN};

CREATE FUNCTION forget_uses(p_key text) RETURNS void {HEAD}
BEGIN DELETE FROM rate_limit WHERE key = p_key; END $$;
REVOKE ALL ON FUNCTION forget_uses FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_uses TO {SIGNIN};
"""

# One call a request. The session's row is touched at most once a minute, so that reading pages does not write. The posts
# come only where there is a choice, or none was made: collecting them costs as much as all the rest.
OPEN = f"""
CREATE FUNCTION open_session(p_token_hash bytea)
RETURNS TABLE (session_id uuid, account_id uuid, operator boolean, operator_name text, factor_set boolean, factor_shown boolean,
  password_changed_at timestamptz, language text, elder boolean, county text, region text, person_id uuid, person_name text,
  membership_id uuid, role text, role_title text, role_permissions text[], role_needs_factor boolean,
  office_id uuid, office_name text, grid_id uuid, grid_name text, path jsonb, plugins jsonb, notices integer, posts jsonb)
STRICT {HEAD}
#variable_conflict use_column
DECLARE t session%ROWTYPE; a account%ROWTYPE; h record; r record; o text; g text; v_path jsonb; v_plugins jsonb;
  v_notices integer; v_posts jsonb; v_choice boolean := true;
BEGIN
  SELECT s.* INTO t FROM session s WHERE s.token_hash = p_token_hash AND {IS_OPEN};
  IF NOT FOUND THEN RETURN; END IF;
  IF t.seen_at < now() - interval '1 minute' THEN
    UPDATE session s SET seen_at = now() WHERE s.token_hash = p_token_hash AND s.seen_at < now() - interval '1 minute';
  END IF;
  SELECT x.* INTO a FROM account x WHERE x.id = t.account_id AND x.ended_at IS NULL;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT m.county, m.id, m.region, m.person_id, m.role, m.office_id, m.grid_id, p.name INTO h
    FROM membership m JOIN person p ON p.county = m.county AND p.id = m.person_id
   WHERE m.county = t.county AND m.id = t.membership_id AND p.account_id = a.id AND {IS_HELD}
     AND NOT EXISTS (SELECT 1 FROM county c WHERE c.county = m.county AND c.closed_at IS NOT NULL);
  SELECT x.title, x.permissions, x.needs_factor INTO r
    FROM role x WHERE x.county = h.county AND x.name = h.role AND x.closed_at IS NULL;
  IF h.id IS NOT NULL THEN
    IF h.office_id IS NOT NULL THEN
      SELECT x.name INTO o FROM office x WHERE x.county = h.county AND x.id = h.office_id;
    END IF;
    IF h.grid_id IS NOT NULL THEN
      SELECT x.name INTO g FROM grid x WHERE x.county = h.county AND x.id = h.grid_id;
    END IF;
    SELECT jsonb_agg(jsonb_build_array(x.shown_name, x.code) ORDER BY x.level) INTO v_path FROM region x
     WHERE x.code = ANY (ARRAY[left(h.region, 2), left(h.region, 4), left(h.region, 6), left(h.region, 9), h.region]);
    IF length(h.region) < 6 THEN
      -- Above the county a plugin is read where any county of the range has it; nobody begins anything from there.
      SELECT jsonb_object_agg(y.plugin, 'paused') INTO v_plugins FROM plugin_state y
        JOIN plugin_allowance z ON z.county = y.county AND z.plugin = y.plugin
       WHERE y.region >= h.region AND y.region < h.region || ':' AND y.state IN ('on', 'paused');
    ELSE
      SELECT jsonb_object_agg(y.plugin, y.state) INTO v_plugins FROM plugin_state y
        JOIN plugin_allowance z ON z.county = y.county AND z.plugin = y.plugin
       WHERE y.county = h.county AND y.state IN ('on', 'paused');
    END IF;
    v_choice := EXISTS (
      SELECT 1 FROM person p JOIN membership m ON m.county = p.county AND m.person_id = p.id
       WHERE p.account_id = a.id AND m.id <> h.id AND {IS_HELD});
  END IF;
  SELECT count(*)::integer INTO v_notices FROM notice n
   WHERE n.county = h.county AND n.membership_id = h.id AND n.read_at IS NULL;
  IF v_choice THEN
    SELECT jsonb_agg(jsonb_build_object('id', b.id, 'role', b.role, 'title', b.title, 'place', b.place) ORDER BY b.region, b.id)
      INTO v_posts FROM posts_of_account(a.id) b;
  END IF;
  RETURN QUERY SELECT t.id, a.id, a.operator, a.operator_name, a.totp_confirmed_at IS NOT NULL, t.factor_at IS NOT NULL,
    a.password_changed_at, t.language, t.elder, h.county, h.region, h.person_id, h.name, h.id, h.role, r.title, r.permissions,
    r.needs_factor, h.office_id, o, h.grid_id, g, v_path, v_plugins, v_notices, v_posts;
END $$;

CREATE FUNCTION posts_of_account(p_account uuid)
RETURNS TABLE (county text, id uuid, region text, role text, title text, place text) {HEAD}
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT m.county, m.id, m.region, m.role, coalesce(r.title, ''),
         concat_ws(' ', coalesce(x.shown_name, m.region), coalesce(nullif(o.short_name, ''), o.name), g.name)
    FROM person p JOIN membership m ON m.county = p.county AND m.person_id = p.id
    LEFT JOIN role r ON r.county = m.county AND r.name = m.role AND r.closed_at IS NULL
    LEFT JOIN region x ON x.code = m.region
    LEFT JOIN office o ON o.county = m.county AND o.id = m.office_id
    LEFT JOIN grid g ON g.county = m.county AND g.id = m.grid_id
   WHERE p.account_id = p_account AND {IS_HELD}
     AND NOT EXISTS (SELECT 1 FROM county c WHERE c.county = m.county AND c.closed_at IS NOT NULL);
END $$;

-- Lines of the audit trail that are written before a scope exists: one in each county where the account is known, and for an
-- operator's own in the platform's.
CREATE FUNCTION audit_account(p_account uuid, p_action text, p_data jsonb) RETURNS void {HEAD}
BEGIN
  INSERT INTO audit_line (county, id, region, at, action, subject_kind, subject_id, person, by_name, data)
  SELECT DISTINCT ON (p.county) p.county, time_ordered_id(), p.region, now(), p_action, 'person', p.id, p.id, p.name, p_data
    FROM person p WHERE p.account_id = p_account AND p.erased_at IS NULL;
  INSERT INTO platform_line (id, at, action, by_account, by_name, subject_id, data)
  SELECT gen_random_uuid(), now(), p_action, a.id, a.operator_name, a.id, p_data FROM account a WHERE a.id = p_account AND a.operator;
END $$;
"""

SIGN_IN = f"""
-- Counts the attempt before it tells anything: per login and per client's address, both hashed by the caller.
CREATE FUNCTION begin_signin(p_login text, p_phone_index bytea, p_login_key text, p_client_key text,
                             p_login_limit integer, p_client_limit integer)
RETURNS TABLE (account_id uuid, password_hash text, locked boolean, wait integer) {HEAD}
#variable_conflict use_column
DECLARE seconds integer;
BEGIN
  seconds := greatest(count_use(p_login_key, 600, p_login_limit), count_use(p_client_key, 600, p_client_limit));
  IF seconds > 0 THEN RETURN QUERY SELECT NULL::uuid, NULL::text, false, seconds; RETURN; END IF;
  RETURN QUERY SELECT a.id, a.password_hash, coalesce(a.locked_until > now(), false), 0 FROM account a
   WHERE (a.login = p_login OR a.phone_index = p_phone_index) AND a.ended_at IS NULL AND a.password_hash IS NOT NULL LIMIT 1;
END $$;

CREATE FUNCTION fail_signin(p_account uuid, p_limit integer, p_lock_seconds integer) RETURNS boolean {HEAD}
DECLARE now_locked boolean;
BEGIN
  UPDATE account SET failed = CASE WHEN failed + 1 >= p_limit THEN 0 ELSE failed + 1 END,
         locked_until = CASE WHEN failed + 1 >= p_limit THEN now() + p_lock_seconds * interval '1 second' ELSE locked_until END
   WHERE id = p_account AND (locked_until IS NULL OR locked_until <= now())
  RETURNING coalesce(locked_until > now(), false) INTO now_locked;
  IF now_locked THEN PERFORM audit_account(p_account, 'account.locked', '{{}}'); END IF;
  RETURN coalesce(now_locked, true);
END $$;

-- The old token of the browser, whatever it was, ends with the sign-in: nobody can plant a session. One post is chosen at once.
CREATE FUNCTION start_session(p_account uuid, p_token_hash bytea, p_id uuid, p_old_token_hash bytea, p_client text,
                              p_seconds integer, p_idle_seconds integer, p_login_key text, p_rehash text)
RETURNS boolean {HEAD}
DECLARE one record; chosen_county text; chosen uuid; posts integer;
BEGIN
  UPDATE account SET failed = 0, locked_until = NULL, password_hash = coalesce(p_rehash, password_hash)
   WHERE id = p_account AND ended_at IS NULL AND (locked_until IS NULL OR locked_until <= now());
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE session SET ended_at = now() WHERE token_hash = p_old_token_hash AND ended_at IS NULL;
  SELECT count(*), min(b.county), min(b.id::text)::uuid INTO posts, chosen_county, chosen FROM posts_of_account(p_account) b;
  IF posts <> 1 THEN chosen_county := NULL; chosen := NULL; END IF;
  INSERT INTO session (token_hash, id, account_id, county, membership_id, language, elder, client, created_at, seen_at,
                       idle_seconds, expires_at)
  SELECT p_token_hash, p_id, a.id, chosen_county, chosen, a.language, a.elder, p_client, now(), now(), p_idle_seconds,
         now() + p_seconds * interval '1 second' FROM account a WHERE a.id = p_account;
  PERFORM forget_uses(p_login_key);
  PERFORM audit_account(p_account, 'account.signed_in', '{{}}');
  RETURN true;
END $$;

CREATE FUNCTION end_session(p_token_hash bytea) RETURNS boolean {HEAD}
BEGIN
  UPDATE session SET ended_at = now() WHERE token_hash = p_token_hash AND ended_at IS NULL;
  RETURN FOUND;
END $$;

CREATE FUNCTION end_other_sessions(p_token_hash bytea, p_id uuid) RETURNS integer {HEAD}
DECLARE gone integer;
BEGIN
  UPDATE session o SET ended_at = now() FROM session s
   WHERE s.token_hash = p_token_hash AND {IS_OPEN} AND o.account_id = s.account_id AND o.ended_at IS NULL
     AND o.token_hash <> s.token_hash AND (p_id IS NULL OR o.id = p_id);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;

CREATE FUNCTION sessions_of_mine(p_token_hash bytea)
RETURNS TABLE (id uuid, client text, created_at timestamptz, seen_at timestamptz, current boolean) {HEAD}
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT o.id, o.client, o.created_at, o.seen_at, o.token_hash = s.token_hash
    FROM session s JOIN session o ON o.account_id = s.account_id
   WHERE s.token_hash = p_token_hash AND {IS_OPEN} AND {IS_OPEN.replace("s.", "o.")} ORDER BY o.seen_at DESC LIMIT 50;
END $$;

-- Another post is another set of rights: token and id are renewed with it.
CREATE FUNCTION switch_membership(p_token_hash bytea, p_new_token_hash bytea, p_new_id uuid, p_membership uuid)
RETURNS boolean {HEAD}
BEGIN
  UPDATE session s SET county = b.county, membership_id = b.id, token_hash = p_new_token_hash, id = p_new_id
    FROM posts_of_account((SELECT x.account_id FROM session x WHERE x.token_hash = p_token_hash)) b
   WHERE s.token_hash = p_token_hash AND {IS_OPEN} AND b.id = p_membership;
  RETURN FOUND;
END $$;

CREATE FUNCTION set_preferences(p_token_hash bytea, p_language text, p_elder boolean) RETURNS boolean {HEAD}
DECLARE mine uuid;
BEGIN
  UPDATE session s SET language = coalesce(p_language, s.language), elder = coalesce(p_elder, s.elder)
   WHERE s.token_hash = p_token_hash AND {IS_OPEN} RETURNING s.account_id INTO mine;
  UPDATE account SET language = coalesce(p_language, language), elder = coalesce(p_elder, elder) WHERE id = mine;
  RETURN mine IS NOT NULL;
END $$;
"""

FACTOR_AND_PASSWORD = f"""
CREATE FUNCTION begin_factor(p_token_hash bytea, p_limit integer)
RETURNS TABLE (account_id uuid, totp_secret bytea, confirmed boolean, wait integer) {HEAD}
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT a.id, a.totp_secret, a.totp_confirmed_at IS NOT NULL,
         CASE WHEN p_limit > 0 THEN count_use('factor:' || a.id, 300, p_limit) ELSE 0 END
    FROM session s JOIN account a ON a.id = s.account_id WHERE s.token_hash = p_token_hash AND {IS_OPEN};
END $$;

-- A confirmed secret is never replaced here: that needs a reset by an administrator.
CREATE FUNCTION offer_factor(p_token_hash bytea, p_secret bytea) RETURNS boolean {HEAD}
BEGIN
  UPDATE account a SET totp_secret = p_secret FROM session s
   WHERE s.token_hash = p_token_hash AND {IS_OPEN} AND a.id = s.account_id AND a.totp_confirmed_at IS NULL
     AND a.totp_secret IS NULL;
  RETURN FOUND;
END $$;

-- The guarded update makes a code good for one use: of two sessions that show the same step, one gets in.
CREATE FUNCTION finish_factor(p_token_hash bytea, p_step bigint, p_new_token_hash bytea, p_new_id uuid) RETURNS boolean {HEAD}
DECLARE mine uuid;
BEGIN
  UPDATE account a SET totp_last_step = p_step, totp_confirmed_at = coalesce(a.totp_confirmed_at, now()) FROM session s
   WHERE s.token_hash = p_token_hash AND {IS_OPEN} AND a.id = s.account_id AND a.totp_secret IS NOT NULL
     AND a.totp_last_step < p_step RETURNING a.id INTO mine;
  IF mine IS NULL THEN RETURN false; END IF;
  UPDATE session SET factor_at = now(), token_hash = p_new_token_hash, id = p_new_id WHERE token_hash = p_token_hash;
  PERFORM forget_uses('factor:' || mine);
  RETURN true;
END $$;

CREATE FUNCTION my_password(p_token_hash bytea)
RETURNS TABLE (account_id uuid, password_hash text, history text[], wait integer) {HEAD}
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT a.id, a.password_hash, a.password_history, count_use('password:' || a.id, 600, 10)
    FROM session s JOIN account a ON a.id = s.account_id WHERE s.token_hash = p_token_hash AND {IS_OPEN};
END $$;

CREATE FUNCTION set_my_password(p_token_hash bytea, p_hash text, p_kept integer, p_new_token_hash bytea, p_new_id uuid)
RETURNS boolean {HEAD}
DECLARE mine uuid;
BEGIN
  SELECT s.account_id INTO mine FROM session s WHERE s.token_hash = p_token_hash AND {IS_OPEN};
  IF mine IS NULL THEN RETURN false; END IF;
  PERFORM put_password(mine, p_hash, p_kept);
  UPDATE session SET ended_at = now() WHERE account_id = mine AND ended_at IS NULL AND token_hash <> p_token_hash;
  UPDATE session SET token_hash = p_new_token_hash, id = p_new_id WHERE token_hash = p_token_hash;
  RETURN true;
END $$;

CREATE FUNCTION put_password(p_account uuid, p_hash text, p_kept integer) RETURNS void {HEAD}
BEGIN
  UPDATE account SET password_history = (array_remove(ARRAY[password_hash], NULL) || password_history)[1:p_kept],
         password_hash = p_hash, password_changed_at = now(), failed = 0, locked_until = NULL WHERE id = p_account;
  PERFORM audit_account(p_account, 'account.password_changed', '{{}}');
END $$;
"""

CODES = f"""
-- A code opens nothing by itself: it goes with the phone it was made for, and dies after five wrong ones.
CREATE FUNCTION find_invitation(p_code_hash bytea, p_phone_index bytea, p_client_key text)
RETURNS TABLE (county text, invitation_id uuid, purpose text, person_name text, has_account boolean, wait integer) {HEAD}
#variable_conflict use_column
DECLARE seconds integer;
BEGIN
  seconds := count_use(p_client_key, 600, 60);
  IF seconds > 0 THEN
    RETURN QUERY SELECT NULL::text, NULL::uuid, NULL::text, NULL::text, false, seconds; RETURN;
  END IF;
  UPDATE invitation i SET tries = i.tries + 1 FROM person p
   WHERE i.code_hash = p_code_hash AND p.county = i.county AND p.id = i.person_id
     AND p.phone_index IS DISTINCT FROM p_phone_index;
  RETURN QUERY SELECT i.county, i.id, i.purpose, p.name, EXISTS (SELECT 1 FROM account a WHERE a.phone_index = p_phone_index), 0
    FROM open_invitation(p_code_hash, p_phone_index) i JOIN person p ON p.county = i.county AND p.id = i.person_id;
END $$;

CREATE FUNCTION open_invitation(p_code_hash bytea, p_phone_index bytea) RETURNS SETOF invitation {HEAD}
BEGIN
  RETURN QUERY SELECT i.* FROM invitation i JOIN person p ON p.county = i.county AND p.id = i.person_id
   WHERE i.code_hash = p_code_hash AND p.phone_index = p_phone_index AND i.tries < 5 AND i.redeemed_at IS NULL
     AND i.withdrawn_at IS NULL AND i.expires_at > now() AND p.erased_at IS NULL;
END $$;

-- The first invitation of a phone makes its account. Where one exists its owner signs in with it (accept_invitation).
CREATE FUNCTION redeem_invitation(p_code_hash bytea, p_phone_index bytea, p_account uuid, p_password_hash text)
RETURNS uuid {HEAD}
DECLARE found_one invitation%ROWTYPE;
BEGIN
  SELECT * INTO found_one FROM open_invitation(p_code_hash, p_phone_index) i WHERE i.purpose = 'invite';
  IF NOT FOUND OR NOT close_invitation(found_one.county, found_one.id) THEN RETURN NULL; END IF;
  INSERT INTO account (id, phone_index, password_hash, password_changed_at, created_at)
  VALUES (p_account, p_phone_index, p_password_hash, now(), now()) ON CONFLICT (phone_index) DO NOTHING;
  IF NOT FOUND THEN RAISE EXCEPTION 'the phone has an account' USING ERRCODE = '23505'; END IF;
  UPDATE person SET account_id = p_account WHERE county = found_one.county AND id = found_one.person_id;
  PERFORM audit_account(p_account, 'invitation.redeemed', jsonb_build_object('invitation', found_one.id));
  RETURN p_account;
END $$;

CREATE FUNCTION close_invitation(p_county text, p_id uuid) RETURNS boolean {HEAD}
BEGIN
  UPDATE invitation SET redeemed_at = now()
   WHERE county = p_county AND id = p_id AND redeemed_at IS NULL AND withdrawn_at IS NULL;
  RETURN FOUND;
END $$;

CREATE FUNCTION accept_invitation(p_code_hash bytea, p_token_hash bytea) RETURNS boolean {HEAD}
DECLARE found_one invitation%ROWTYPE; mine account%ROWTYPE;
BEGIN
  SELECT a.* INTO mine FROM session s JOIN account a ON a.id = s.account_id WHERE s.token_hash = p_token_hash AND {IS_OPEN};
  SELECT * INTO found_one FROM open_invitation(p_code_hash, mine.phone_index) i WHERE i.purpose = 'invite';
  IF NOT FOUND OR NOT close_invitation(found_one.county, found_one.id) THEN RETURN false; END IF;
  UPDATE person SET account_id = mine.id WHERE county = found_one.county AND id = found_one.person_id;
  PERFORM audit_account(mine.id, 'invitation.redeemed', jsonb_build_object('invitation', found_one.id));
  RETURN true;
END $$;

-- A reset is refused where the account has posts elsewhere; a code is good for a day, so that is asked again when it is used.
CREATE FUNCTION reaches_beyond(p_account uuid, p_county text) RETURNS boolean {HEAD}
BEGIN
  RETURN EXISTS (SELECT 1 FROM account a WHERE a.id = p_account AND a.operator)
      OR EXISTS (SELECT 1 FROM posts_of_account(p_account) b WHERE b.county <> p_county);
END $$;

CREATE FUNCTION my_reset_history(p_code_hash bytea, p_phone_index bytea) RETURNS text[] {HEAD}
DECLARE known text[];
BEGIN
  SELECT array_remove(a.password_hash || a.password_history, NULL) INTO known
    FROM open_invitation(p_code_hash, p_phone_index) i JOIN person p ON p.county = i.county AND p.id = i.person_id
    JOIN account a ON a.id = p.account_id WHERE i.purpose = 'password';
  RETURN known;
END $$;

CREATE FUNCTION redeem_reset(p_code_hash bytea, p_phone_index bytea, p_password_hash text, p_kept integer) RETURNS uuid {HEAD}
DECLARE found_one invitation%ROWTYPE; mine uuid;
BEGIN
  SELECT * INTO found_one FROM open_invitation(p_code_hash, p_phone_index) i WHERE i.purpose = 'password';
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT p.account_id INTO mine FROM person p WHERE p.county = found_one.county AND p.id = found_one.person_id;
  IF mine IS NULL OR reaches_beyond(mine, found_one.county) THEN RETURN NULL; END IF;
  IF NOT close_invitation(found_one.county, found_one.id) THEN RETURN NULL; END IF;
  PERFORM put_password(mine, p_password_hash, p_kept);
  UPDATE session SET ended_at = now() WHERE account_id = mine AND ended_at IS NULL;
  RETURN mine;
END $$;

-- A lost authenticator: the password has been given in this session, the code comes from an administrator.
CREATE FUNCTION redeem_factor_reset(p_code_hash bytea, p_token_hash bytea) RETURNS boolean {HEAD}
DECLARE found_one invitation%ROWTYPE; mine account%ROWTYPE;
BEGIN
  SELECT a.* INTO mine FROM session s JOIN account a ON a.id = s.account_id WHERE s.token_hash = p_token_hash AND {IS_OPEN};
  SELECT i.* INTO found_one FROM person p
    CROSS JOIN LATERAL open_invitation(p_code_hash, p.phone_index) i
   WHERE p.account_id = mine.id AND i.county = p.county AND i.person_id = p.id AND i.purpose = 'factor';
  IF NOT FOUND OR reaches_beyond(mine.id, found_one.county) THEN RETURN false; END IF;
  IF NOT close_invitation(found_one.county, found_one.id) THEN RETURN false; END IF;
  UPDATE account SET totp_secret = NULL, totp_confirmed_at = NULL WHERE id = mine.id;
  UPDATE session SET ended_at = now() WHERE account_id = mine.id AND ended_at IS NULL AND token_hash <> p_token_hash;
  PERFORM audit_account(mine.id, 'account.factor_reset', '{{}}');
  RETURN true;
END $$;
"""

FOR_APP = (
    "open_session", "begin_signin", "fail_signin", "start_session", "end_session", "end_other_sessions", "sessions_of_mine",
    "switch_membership", "set_preferences", "begin_factor", "offer_factor", "finish_factor", "my_password", "set_my_password",
    "find_invitation", "redeem_invitation", "accept_invitation", "my_reset_history", "redeem_reset", "redeem_factor_reset",
)  # fmt: skip
INNER = (
    "posts_of_account", "audit_account", "put_password", "open_invitation", "close_invitation", "reaches_beyond",
)  # fmt: skip
RIGHTS = (
    f"REVOKE ALL ON FUNCTION {', '.join((*FOR_APP, *INNER))} FROM PUBLIC;"
    f"GRANT EXECUTE ON FUNCTION {', '.join(FOR_APP)} TO {APP};"
)


async def forwards() -> MigrationManager:
    functions = OPEN + SIGN_IN + FACTOR_AND_PASSWORD + CODES + RIGHTS
    steps = ((OWNER, GRANTS), (SIGNIN, functions))
    return migration(ID, app="core", description=DESCRIPTION, steps=steps)
