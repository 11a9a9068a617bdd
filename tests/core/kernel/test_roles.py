"""The roles are made once, can be made again, and are as weak as they should be."""

import asyncpg
import pytest

from core.kernel.embedded import LOGIN_ROLES, load_secrets
from core.kernel.roles import EXTENSIONS, prepare_database, role_url, with_database
from tests.databases import DatabaseUrls, connected
from web.supervisor.cluster import Cluster


async def test_preparing_again_changes_nothing(cluster: Cluster, fresh_database: DatabaseUrls) -> None:
    await prepare_database(cluster.url(), fresh_database.name, {})
    async with connected(fresh_database.app) as connection:
        assert await connection.fetchval("SELECT current_user") == "xiangzhi_app"


async def test_no_role_is_above_the_policies(cluster: Cluster, template_database: str) -> None:
    assert template_database
    async with connected(cluster.url()) as admin:
        rows = await admin.fetch(
            "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname LIKE 'xiangzhi\\_%' ORDER BY rolname"
        )
    assert [(row["rolname"], row["rolcanlogin"]) for row in rows] == [
        ("xiangzhi_app", True),
        ("xiangzhi_migrator", True),
        ("xiangzhi_owner", False),
        ("xiangzhi_public", False),
        ("xiangzhi_relay", True),
        ("xiangzhi_signin", False),
    ]
    assert not any(any(list(row.values())[2:]) for row in rows)


async def test_app_is_nobodys_member(fresh_database: DatabaseUrls) -> None:
    async with connected(fresh_database.app) as connection:
        for role in ("xiangzhi_owner", "xiangzhi_public", "xiangzhi_signin", "xiangzhi_relay", "xiangzhi_migrator"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"SET ROLE {role}")


async def test_extensions_are_there(fresh_database: DatabaseUrls) -> None:
    async with connected(fresh_database.app) as connection:
        found = await connection.fetch("SELECT extname FROM pg_extension")
    assert set(EXTENSIONS) <= {row["extname"] for row in found}


async def test_administrator_who_is_no_superuser_can_prepare(
    cluster: Cluster, template_database: str
) -> None:
    assert template_database
    async with connected(cluster.url()) as admin:
        await admin.execute("CREATE ROLE county_it LOGIN CREATEROLE CREATEDB PASSWORD 'it'")
        await admin.execute(
            "GRANT xiangzhi_owner, xiangzhi_app, xiangzhi_public, xiangzhi_signin, xiangzhi_relay, xiangzhi_migrator "
            "TO county_it WITH ADMIN OPTION"
        )
    url = role_url(cluster.url(), "postgres", "county_it", "it")
    passwords = load_secrets(cluster.folder).passwords
    await prepare_database(url, "prepared_by_it", {role: passwords[role] for role in LOGIN_ROLES})
    async with connected(with_database(cluster.url("xiangzhi_migrator"), "prepared_by_it")) as connection:
        await connection.execute("SET ROLE xiangzhi_owner; CREATE TABLE one (id int)")


def test_role_address_quotes_its_password() -> None:
    url = role_url(
        "postgresql://admin:a@db:5433/postgres?sslmode=require", "xiangzhi", "xiangzhi_app", "a/@b"
    )
    assert url == "postgresql://xiangzhi_app:a%2F%40b@db:5433/xiangzhi?sslmode=require"
