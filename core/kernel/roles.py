"""The database roles and the empty database: made by the cluster's administrator, once, before any migration.

Who may do what is explained in DESIGN.md, section 3. Everything here can be run again at any time.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

OWNER = "xiangzhi_owner"
APP = "xiangzhi_app"
SIGNIN = "xiangzhi_signin"
RELAY = "xiangzhi_relay"
PUBLIC = "xiangzhi_public"
MIGRATOR = "xiangzhi_migrator"

EXTENSIONS = ("pg_trgm", "btree_gist")

_LOGIN = {OWNER: False, APP: True, SIGNIN: False, PUBLIC: False, RELAY: True, MIGRATOR: True}
_BUILTIN_LOCALE_SINCE = 170_000

# A request that waits for ever holds a connection for ever; the pool is small.
_LIMITS = {
    APP: {"statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"},
    RELAY: {"idle_in_transaction_session_timeout": "60s"},
    MIGRATOR: {"lock_timeout": "10s"},
}


async def prepare_database(admin_url: str, database: str, passwords: Mapping[str, str]) -> None:
    """Create roles, database and extensions where they are missing; set the passwords given.

    `admin_url` names any database of the cluster; its user needs CREATEROLE and CREATEDB, as the embedded
    cluster's superuser has. Roles missing from `passwords` keep the password they have.
    """
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(_roles_sql(passwords))
        await _grant_to_administrator(connection)
        await _create_database(connection, database)
    finally:
        await connection.close()
    connection = await asyncpg.connect(with_database(admin_url, database))
    try:
        await connection.execute(_database_sql(database))
    finally:
        await connection.close()


def with_database(url: str, database: str) -> str:
    """Give the same address with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def role_url(admin_url: str, database: str, role: str, password: str) -> str:
    """Give the address of a database for one role, at the place the administrator's address names."""
    parts = urlsplit(with_database(admin_url, database))
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{place}"))


def _roles_sql(passwords: Mapping[str, str]) -> str:
    statements = [_create_role(role, login=login) for role, login in _LOGIN.items()]
    statements += [
        f"ALTER ROLE {role} PASSWORD {_literal(word)};" for role, word in passwords.items() if role in _LOGIN
    ]
    statements += [f"GRANT {OWNER}, {SIGNIN}, {PUBLIC}, {RELAY} TO {MIGRATOR};"]
    statements += [
        f"ALTER ROLE {role} SET {name} = {_literal(value)};"
        for role, limits in _LIMITS.items()
        for name, value in limits.items()
    ]
    return "\n".join(statements)


def _create_role(role: str, *, login: bool) -> str:
    kind = "LOGIN" if login else "NOLOGIN"
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
        f"CREATE ROLE {role} {kind} NOSUPERUSER NOBYPASSRLS; END IF; END $$;"
    )


async def _grant_to_administrator(connection: "asyncpg.Connection") -> None:
    """Let an administrator who is no superuser create a database for the owner: only members may."""
    if not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        await connection.execute(f"GRANT {OWNER} TO CURRENT_USER")


async def _create_database(connection: "asyncpg.Connection", database: str) -> None:
    if await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
        return
    # With ctype C trigrams of Chinese text are empty, so the locale is named, never inherited.
    if connection.get_server_version().major * 10_000 >= _BUILTIN_LOCALE_SINCE:
        locale = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C.UTF-8'"
    else:
        locale = "LOCALE_PROVIDER libc LOCALE 'C.UTF-8'"
    await connection.execute(
        f"CREATE DATABASE {_name(database)} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8' {locale}"
    )


def _database_sql(database: str) -> str:
    name = _name(database)
    return "\n".join(
        [
            f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;",
            f"GRANT CONNECT ON DATABASE {name} TO {APP}, {RELAY};",
            f"GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {name} TO {MIGRATOR};",
            f"GRANT CREATE, USAGE ON SCHEMA public TO {OWNER}, {SIGNIN}, {PUBLIC}, {MIGRATOR};",
            f"GRANT USAGE ON SCHEMA public TO {APP}, {RELAY};",
            *(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public;" for extension in EXTENSIONS),
        ]
    )


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
