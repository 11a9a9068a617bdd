"""The configuration is checked as a whole, explained in two languages and written down for operators."""

from pathlib import Path

import pytest

from core.kernel.embedded import DataFolder, load_secrets
from core.kernel.settings import Settings, SettingsError, complete, get_settings, is_loopback

GUIDE = Path(__file__).parents[3] / "docs/operator-guide.md"

OUTSIDE = {
    "DATABASE_URL": "postgresql://a@db/x",
    "RELAY_DATABASE_URL": "postgresql://r@db/x",
    "SECRET_KEY": "ab" * 32,
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("XIANGZHI_DATA", str(tmp_path / "var"))
    return monkeypatch


def read(environment: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        environment.setenv(f"XIANGZHI_{name}", value)
    get_settings.cache_clear()
    try:
        return get_settings()
    finally:
        get_settings.cache_clear()


def test_empty_environment_gives_the_embedded_mode(environment: pytest.MonkeyPatch) -> None:
    settings = read(environment)
    assert settings.embedded
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.database_url.startswith("postgresql://xiangzhi_app:")
    assert settings.relay_database_url.startswith("postgresql://xiangzhi_relay:")
    assert settings.migrator_database_url.startswith("postgresql://xiangzhi_migrator:")
    assert settings.secret_key == load_secrets(settings.folder).secret_key


def test_secrets_are_made_once_and_for_us_alone(environment: pytest.MonkeyPatch) -> None:
    first, second = read(environment), read(environment)
    assert first.secret_key == second.secret_key
    assert first.folder.secrets.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(first.secret_key)) == 32


def test_given_secret_key_wins_in_the_embedded_mode(environment: pytest.MonkeyPatch) -> None:
    assert read(environment, SECRET_KEY="cd" * 32).secret_key == "cd" * 32


def test_outside_database_makes_no_data_folder(environment: pytest.MonkeyPatch) -> None:
    settings = read(environment, **OUTSIDE)
    assert not settings.embedded
    assert not settings.data.exists()


@pytest.mark.parametrize("missing", ["RELAY_DATABASE_URL", "SECRET_KEY"])
def test_outside_database_needs_its_companions(environment: pytest.MonkeyPatch, missing: str) -> None:
    with pytest.raises(SettingsError, match=f"XIANGZHI_{missing}"):
        read(environment, **{name: value for name, value in OUTSIDE.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("PORT", "x", "应为整数"),
        ("PORT", "70000", "应不大于 65535"),
        ("WEB_PROCESSES", "0", "应不小于 1"),
        ("DEMO", "perhaps", "应为 0 或 1"),
        ("LOG_FORMAT", "xml", "应为 'text' or 'json' 之一"),
        ("BASE_URL", "example.org", "https://"),
        ("BASE_URL", "https://example.org/path", "without a path"),
        ("BROKER_URL", "kafka://x", "amqp://"),
        ("SECRET_KEY", "abcd", "64"),
        ("SECRET_KEY", "not hexadecimal", "64"),
        ("DATABASE_URL", "mysql://x", "postgresql://"),
    ],
)
def test_unusable_value_is_named(
    environment: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(environment, **{name: value})
    assert str(caught.value).startswith(f"XIANGZHI_{name}: ")
    assert complaint in str(caught.value)


def test_all_complaints_come_at_once(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        read(environment, PORT="x", LOG_FORMAT="xml")
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "XIANGZHI_PORT",
        "XIANGZHI_LOG_FORMAT",
    ]


def test_demo_accounts_are_refused_where_others_can_reach_them(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="XIANGZHI_DEMO=0"):
        read(environment, HOST="0.0.0.0")  # noqa: S104 - the very thing that is refused
    assert read(environment, DEMO="0").host == "0.0.0.0"  # noqa: S104 - still set
    assert read(environment, DEMO="1", DEMO_FORCED="1").demo


def test_demo_accounts_are_refused_behind_a_proxy_too(environment: pytest.MonkeyPatch) -> None:
    """A proxy on the same machine leaves the host at 127.0.0.1: the public address tells who can come."""
    assert not read(environment, BASE_URL="http://localhost:8000").is_exposed
    with pytest.raises(SettingsError, match="XIANGZHI_DEMO=0"):
        read(environment, BASE_URL="https://xiangzhi.example.gov.cn")
    assert read(environment, DEMO="0").is_exposed
    assert read(environment, DEMO="1", DEMO_FORCED="1").demo


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False)]
)
def test_loopback_is_recognised(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_keys_differ_by_purpose_and_by_secret(environment: pytest.MonkeyPatch) -> None:
    settings = read(environment, SECRET_KEY="ab" * 32)
    assert len(settings.key("csrf")) == 32
    assert settings.key("csrf") == settings.key("csrf")
    assert settings.key("csrf") != settings.key("phone")
    assert settings.key("csrf") != settings.model_copy(update={"secret_key": "cd" * 32}).key("csrf")


def test_secret_key_is_not_printed(environment: pytest.MonkeyPatch) -> None:
    assert "ab" * 32 not in repr(read(environment, SECRET_KEY="ab" * 32))


def test_https_is_told_from_the_address(environment: pytest.MonkeyPatch) -> None:
    assert not read(environment).https
    assert read(environment, BASE_URL="https://example.org/", DEMO="0").https


def test_long_data_path_has_no_address_before_a_port_is_chosen(tmp_path: Path) -> None:
    settings = complete(Settings(data=tmp_path / ("x" * 90)))
    assert "@127.0.0.1:0/xiangzhi" in settings.database_url
    DataFolder(settings.data).port_file.write_text("15999", "ascii")
    assert "@127.0.0.1:15999/xiangzhi" in complete(Settings(data=settings.data)).database_url


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_operator_guide_lists_each_setting_with_its_default(name: str) -> None:
    lines = GUIDE.read_text("utf-8").splitlines()
    row = next(line for line in lines if line.startswith(f"| `XIANGZHI_{name.upper()}` |"))
    default = Settings.model_fields[name].default
    computed = {"base_url": "`http://HOST:PORT`", "secret_key": "made once"}
    written = {True: "`1`", False: "`0`", "": "empty"}.get(default, f"`{default}`")
    assert row.split("|")[2].strip() == computed.get(name, written)
