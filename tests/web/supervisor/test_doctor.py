"""The doctor sees what is wrong, and says nothing is wrong only then."""

import os

import pytest

from core.kernel.settings import Settings
from tests.databases import DatabaseUrls, connected, settings_for
from web.supervisor.cluster import Cluster
from web.supervisor.doctor import examine


async def complaints(settings: Settings) -> list[str]:
    return [finding.text async for finding in examine(settings) if not finding.fine]


@pytest.fixture
def own_settings(cluster: Cluster, fresh_database: DatabaseUrls) -> Settings:
    return settings_for(cluster, fresh_database)


async def test_pages_that_do_not_answer_are_the_only_complaint(own_settings: Settings) -> None:
    found = await complaints(own_settings.model_copy(update={"base_url": "http://127.0.0.1:9"}))
    assert [text[:7] for text in found] == ["网页不能访问 "]


async def test_unreachable_database_is_named_by_role(own_settings: Settings) -> None:
    wrong = own_settings.model_copy(
        update={"relay_database_url": own_settings.relay_database_url.replace("/test_", "/none_")}
    )
    assert any(text.startswith("xiangzhi_relay 连接失败") for text in await complaints(wrong))


async def test_table_of_the_app_role_and_missing_force_are_found(
    own_settings: Settings, fresh_database: DatabaseUrls
) -> None:
    async with connected(fresh_database.admin) as admin:
        await admin.execute("CREATE TABLE mine (id int); ALTER TABLE mine ENABLE ROW LEVEL SECURITY")
        await admin.execute("ALTER TABLE mine OWNER TO xiangzhi_app")
    found = " ".join(await complaints(own_settings))
    assert "owns no table: 1" in found
    assert "(FORCE) mine" in found


async def test_missing_extension_is_named(own_settings: Settings, fresh_database: DatabaseUrls) -> None:
    async with connected(fresh_database.admin) as admin:
        await admin.execute("DROP EXTENSION pg_trgm CASCADE")
    assert "扩展齐全 extensions are there pg_trgm" in await complaints(own_settings)


async def test_address_without_https_and_readable_secrets_are_found(own_settings: Settings) -> None:
    exposed = own_settings.model_copy(update={"host": "10.0.0.1"})
    own_settings.folder.secrets.chmod(0o644)
    try:
        found = " ".join(await complaints(exposed))
    finally:
        own_settings.folder.secrets.chmod(0o600)
    assert "对外使用 https" in found
    assert "密钥文件仅本用户可读" in found
    assert os.environ["XIANGZHI_DATA"] in found
