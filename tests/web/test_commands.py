"""The commands of `xiangzhi` that work on accounts and counties."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from core.kernel.settings import Settings
from tests.core.people.world import NAN, add_counties, add_person
from tests.databases import DatabaseUrls, connected, settings_for
from web.commands import CommandError, accounts_text, make_operator, require_demo, run_command
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
    with pytest.raises(CommandError, match="Not created") as refused:
        await make_operator(own_settings, login="operator", name="运维员", password="12345")
    assert "密码太短：至少要 10 个字符，现在只有 5 个。" in str(refused.value)
    assert "it needs at least 10 characters and has 5" in str(refused.value)
    assert "已保留" not in str(refused.value)


async def test_demo_accounts_are_listed_only_where_there_is_a_demo(own_settings: Settings) -> None:
    with pytest.raises(CommandError, match="no demo account"):
        await require_demo(own_settings)
    stopped = own_settings.model_copy(update={"migrator_database_url": "postgresql://nobody@127.0.0.1:9/none"})
    with pytest.raises(CommandError, match="does not run on"):
        await require_demo(stopped)


@pytest.mark.parametrize("words", [("demo", "accounts"), ("demo", "receipts"), ("doctor",), ("operator", "create", "--login", "a")])
def test_command_never_makes_a_data_folder(tmp_path: Path, words: tuple[str, ...]) -> None:
    folder = tmp_path / "other"
    environment = {**os.environ, "XIANGZHI_DATA": str(folder), "XIANGZHI_OPERATOR_PASSWORD": "two rivers meet"}
    more = ("--name", "b") if words[0] == "operator" else ()
    answer = subprocess.run(
        [sys.executable, "-m", "web.cli", *words, *more], env=environment, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert f"There is no Xiangzhi in the data folder {folder}" in answer.stderr
    assert not folder.exists()


async def test_unknown_command_is_named(own_settings: Settings) -> None:
    with pytest.raises(CommandError, match="no command nothing"):
        async for _ in run_command(own_settings, "nothing", "330503", []):
            pass


async def recoded(urls: DatabaseUrls) -> UUID:
    """Leave the county as a recode leaves it: another code, the same key. Gives a person there whom nothing binds."""
    async with connected(urls.admin) as admin:
        await add_counties(admin)
        person = (await add_person(admin, None, region=NAN, role="county_inspector", phone="13900000001")).person
        await admin.execute("UPDATE membership SET valid_to = now()")
        await admin.execute("UPDATE person SET phone = NULL")  # sealed with the key of this process, not of the command's
        await admin.execute(
            "INSERT INTO plugin_allowance (county, plugin, by_name, at) VALUES ($1, 'sample', '平台', now())", NAN
        )
        await admin.execute(
            "INSERT INTO plugin_state (county, id, region, plugin, state, reason, by_name, changed_at)"
            " VALUES ($1, gen_random_uuid(), $1, 'sample', 'on', '测试', '测试', now())",
            NAN,
        )
        await admin.execute("INSERT INTO sample.note VALUES ($1, gen_random_uuid(), $1, '王奶奶家', now(), $2, '王')", NAN, person)
        await admin.execute("UPDATE county SET code = '330523'")
        for table in ("person", "membership", "plugin_state", "sample.note"):
            await admin.execute(f"UPDATE {table} SET region = '330523' || substr(region, 7)")
    return person


@pytest.mark.parametrize("code", ["330523", NAN])
async def test_command_finds_a_recoded_county_by_its_code_of_today_and_of_its_founding(
    own_settings: Settings, fresh_database: DatabaseUrls, code: str
) -> None:
    await recoded(fresh_database)
    told = [line async for line in run_command(own_settings, "sample:report", code, [])]
    assert told == ["330523 1"]


async def test_command_for_a_county_that_was_never_opened_is_refused(own_settings: Settings) -> None:
    for code in ("330524", "33050"):
        with pytest.raises(CommandError, match="No county was opened there"):
            async for _ in run_command(own_settings, "sample:report", code, []):
                pass


@pytest.mark.parametrize("code", ["330523", NAN])
async def test_person_of_a_recoded_county_is_handed_over_and_erased(
    own_settings: Settings, fresh_database: DatabaseUrls, code: str
) -> None:
    person = await recoded(fresh_database)
    given = {name: getattr(own_settings, name) for name in ("database_url", "relay_database_url", "migrator_database_url", "secret_key")}
    environment = {**os.environ, **{f"XIANGZHI_{name.upper()}": value for name, value in given.items()}}
    environment |= {"XIANGZHI_DATA": str(own_settings.data), "XIANGZHI_BASE_URL": own_settings.base_url, "XIANGZHI_DEMO": "0"}
    for deed in ("export", "erase"):
        words = [sys.executable, "-m", "web.cli", "person", deed, code, str(person)]
        answer = await asyncio.to_thread(subprocess.run, words, env=environment, capture_output=True, text=True, check=False)
        assert (answer.returncode, answer.stderr) == (0, "")
        if deed == "export":
            assert [known["name"] for known in json.loads(answer.stdout)["人员"]] == ["张三"]
    async with connected(fresh_database.admin) as admin:
        told = await admin.fetch("SELECT county, region, action FROM audit_line ORDER BY id")
        assert [tuple(row) for row in told] == [(NAN, "330523", "person.exported"), (NAN, "330523", "person.erased")]
        assert await admin.fetchval("SELECT name FROM person WHERE erased_at IS NOT NULL AND id = $1", person) == ""


def test_demo_accounts_can_be_read_by_machines(own_settings: Settings) -> None:
    accounts = json.loads(accounts_text(own_settings, as_json=True))
    assert {"name", "login", "password", "totp_secret", "role", "region"} == set(accounts[0])
    roles = {account["role"] for account in accounts}
    assert {"platform_operator", "county_administrator", "township_leader", "village_cadre"} <= roles
    administrators = [account for account in accounts if account["role"] == "county_administrator"]
    assert all(account["totp_secret"] for account in administrators)
