"""People: accounts, sessions, persons, roles, memberships, invitations."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.kernel.migrating import migration
from core.kernel.policies import NEVER_DELETED, OWNER, RELAY, SIGNIN, Kind, Walls, walls_sql

ID = "2026-11-22T09:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "people"

TABLES = f"""
CREATE TABLE account (
  id uuid PRIMARY KEY, login text COLLATE "C" UNIQUE, phone_index bytea UNIQUE, password_hash text,
  totp_secret bytea, totp_confirmed_at timestamptz, totp_last_step bigint NOT NULL DEFAULT 0,
  operator boolean NOT NULL DEFAULT false, operator_name text NOT NULL DEFAULT '',
  failed integer NOT NULL DEFAULT 0, locked_until timestamptz, password_changed_at timestamptz,
  password_history text[] NOT NULL DEFAULT '{{}}', language text NOT NULL DEFAULT 'zh', elder boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL, ended_at timestamptz);
CREATE TABLE session (
  token_hash bytea PRIMARY KEY, id uuid NOT NULL UNIQUE, account_id uuid NOT NULL REFERENCES account (id),
  county text COLLATE "C", membership_id uuid, factor_at timestamptz, language text NOT NULL DEFAULT 'zh',
  elder boolean NOT NULL DEFAULT false, client text NOT NULL DEFAULT '', created_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL, idle_seconds integer NOT NULL, expires_at timestamptz NOT NULL, ended_at timestamptz);
CREATE INDEX session_account ON session (account_id) WHERE ended_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON account, session TO {SIGNIN};

CREATE TABLE person (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  name text NOT NULL, account_id uuid, phone bytea, phone_index bytea, phone_tail text NOT NULL DEFAULT '',
  id_number bytea, id_number_index bytea, created_at timestamptz NOT NULL, erased_at timestamptz,
  PRIMARY KEY (county, id), UNIQUE (county, phone_index));
CREATE INDEX person_id ON person (id);
CREATE INDEX person_region ON person (region);
CREATE INDEX person_account ON person (account_id);
{walls_sql("person", Walls(Kind.DATA, verbs=NEVER_DELETED, signin=frozenset({"SELECT", "UPDATE"})))}

CREATE TABLE role (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL, title text NOT NULL, level smallint NOT NULL, permissions text[] NOT NULL,
  needs_factor boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL, closed_at timestamptz,
  PRIMARY KEY (county, id), UNIQUE (county, name));
CREATE INDEX role_id ON role (id);
CREATE INDEX role_region ON role (region);
{walls_sql("role", Walls(Kind.CONFIGURATION, verbs=NEVER_DELETED, signin=frozenset({"SELECT"})))}

CREATE TABLE membership (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  person_id uuid NOT NULL, person_name text NOT NULL DEFAULT '', role text COLLATE "C" NOT NULL, office_id uuid, grid_id uuid,
  valid_from timestamptz NOT NULL, valid_to timestamptz, granted_by uuid, granted_by_name text NOT NULL,
  ended_by_name text NOT NULL DEFAULT '', end_reason text NOT NULL DEFAULT '', created_at timestamptz NOT NULL,
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, person_id) REFERENCES person (county, id),
  FOREIGN KEY (county, office_id) REFERENCES office (county, id),
  FOREIGN KEY (county, grid_id) REFERENCES grid (county, id));
CREATE INDEX membership_id ON membership (id);
CREATE INDEX membership_region ON membership (region, role);
CREATE INDEX membership_person ON membership (county, person_id);
{walls_sql("membership", Walls(Kind.DATA, verbs=NEVER_DELETED, signin=frozenset({"SELECT"})))}

CREATE TABLE invitation (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  person_id uuid NOT NULL, purpose text NOT NULL, code_hash bytea NOT NULL, tries integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, redeemed_at timestamptz, withdrawn_at timestamptz,
  by_name text NOT NULL, membership uuid,
  PRIMARY KEY (county, id),
  FOREIGN KEY (county, person_id) REFERENCES person (county, id));
CREATE INDEX invitation_id ON invitation (id);
CREATE INDEX invitation_region ON invitation (region);
CREATE INDEX invitation_person ON invitation (county, person_id);
CREATE INDEX invitation_code ON invitation (code_hash);
{walls_sql("invitation", Walls(Kind.DATA, verbs=NEVER_DELETED, signin=frozenset({"SELECT", "UPDATE"})))}
GRANT SELECT ON county TO {RELAY};

-- One row of a sheet on its way to a person, a post and an invitation. What it says is encrypted; it goes when its job is old.
CREATE TABLE import_row (
  county text COLLATE "C" NOT NULL, id uuid NOT NULL, region text COLLATE "C" NOT NULL,
  import_id uuid NOT NULL, n integer NOT NULL, role text COLLATE "C" NOT NULL DEFAULT '', data bytea NOT NULL, state text NOT NULL,
  reason text NOT NULL DEFAULT '', invitation_id uuid, membership uuid, created_at timestamptz NOT NULL,
  PRIMARY KEY (county, id), UNIQUE (county, import_id, n));
CREATE INDEX import_row_id ON import_row (id);
CREATE INDEX import_row_region ON import_row (region);
{walls_sql("import_row", Walls(Kind.DATA))}
"""


async def forwards() -> MigrationManager:
    return migration(ID, app="core", description=DESCRIPTION, steps=((OWNER, TABLES),))
