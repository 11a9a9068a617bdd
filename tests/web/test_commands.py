"""The commands of `xiangzhi` that work on accounts and counties."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.kernel.settings import Settings
from tests.databases import DatabaseUrls, connected, settings_for
from web.commands import CommandError, make_operator, run_command
from web.supervisor.cluster import Cluster


@pytest.fixture
def own_settings(cluster: Cluster, fresh_database: DatabaseUrls) -> Settings:
    return settings_for(cluster, fresh_database)


async def test_operator_is_made_once(own_settings: Settings, fresh_database: DatabaseUrls) -> None:
    await make_operator(own_settings, login="operator", name="运维员", password="two rivers meet in Nanxun")
    async with connected(fresh_database.admin) as admin:
        row = await admin.fetchrow("SELECT login, operator FROM account")
    assert tuple(row) == ("operator", True)
    with pytest.raises(CommandError, match="operator"):
        await make_operator(
            own_settings, login="operator", name="运维员", password="two rivers meet in Nanxun"
        )


async def test_weak_password_is_refused_with_its_reason(own_settings: Settings) -> None:
    with pytest.raises(CommandError, match="The password is not accepted"):
        await make_operator(own_settings, login="operator", name="运维员", password="12345")


async def test_unknown_command_is_named(own_settings: Settings) -> None:
    with pytest.raises(CommandError, match="no command nothing"):
        async for _ in run_command(own_settings, "nothing", "330503", []):
            pass


def test_demo_accounts_can_be_read_by_machines(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "web.cli", "demo", "accounts", "--json"]
    environment = {**os.environ, "XIANGZHI_DATA": str(tmp_path)}
    answer = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    accounts = json.loads(answer.stdout)
    assert {"name", "login", "password", "totp_secret", "role", "region"} == set(accounts[0])
    roles = {account["role"] for account in accounts}
    assert {"platform_operator", "county_administrator", "township_leader", "village_cadre"} <= roles
    administrators = [account for account in accounts if account["role"] == "county_administrator"]
    assert all(account["totp_secret"] for account in administrators)
