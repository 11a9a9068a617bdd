"""The configuration: environment variables, read once, checked at start. The operator guide lists them all.

In the embedded mode (no ``XIANGZHI_DATABASE_URL``) the secret key and the database's addresses come from the
data folder, so that every process and every command on the same folder agrees without being told.
"""

import hashlib
import hmac
import shlex
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.kernel.embedded import DataFolder, database_url, load_secrets

PREFIX = "XIANGZHI_"
_KEY_BYTES = 32

# pydantic's own complaints are English only; these are the kinds that our fields can raise.
_IN_CHINESE = {
    "int_parsing": "应为整数",
    "greater_than_equal": "应不小于 {ge}",
    "less_than_equal": "应不大于 {le}",
    "bool_parsing": "应为 0 或 1",
    "literal_error": "应为 {expected} 之一",
}


class SettingsError(Exception):
    """The environment cannot be used as it is; the message names each variable, in Chinese and English."""


@cache
def _key(secret: str, purpose: str) -> bytes:
    return hmac.new(bytes.fromhex(secret), f"xiangzhi:{purpose}".encode(), hashlib.sha256).digest()



class Settings(BaseSettings):
    """Everything the product is told from outside. Never changed after the start."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    data: Path = Field(
        default=Path("var"), description="data folder of the embedded mode; uploads stay here in every mode"
    )
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=1, le=65535, description="port to listen on")
    base_url: str = Field(default="", description="public address; https gives __Host- cookies")
    demo: bool = Field(default=True, description="load demo counties and accounts")
    demo_forced: bool = Field(
        default=False, description="demo accounts although others can reach this address"
    )
    database_url: str = Field(
        default="", description="PostgreSQL as xiangzhi_app; empty: the embedded database"
    )
    relay_database_url: str = Field(
        default="", description="the same database as xiangzhi_relay, not through a pooler"
    )
    migrator_database_url: str = Field(
        default="", description="the same database as xiangzhi_migrator, for migrations"
    )
    secret_key: str = Field(
        default="", description="64 hex digits; embedded mode: made once in the data folder", repr=False
    )
    broker_url: str = Field(
        default="", description="redis:// or amqp:// for jobs; empty: in memory, outbox behind it"
    )
    sms_url: str = Field(
        default="", description="https address of the text message gateway; empty: no text messages are sent"
    )
    sms_token: str = Field(default="", description="sent to the gateway as a bearer token", repr=False)
    log_format: Literal["text", "json"] = Field(default="text", description="how log lines look")
    web_processes: int = Field(default=2, ge=1, le=64, description="web processes on the one port")
    password_profile: Literal["modern", "dengbao3"] = Field(
        default="modern", description="rules for passwords"
    )
    argon2_memory_kib: int = Field(
        default=19_456, ge=19_456, le=1_048_576, description="memory of one password hash, in KiB"
    )
    argon2_passes: int = Field(default=2, ge=2, le=20, description="passes of one password hash")

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded one of the data folder."""
        return self.folder.holds(self.database_url)

    @property
    def folder(self) -> DataFolder:
        """The data folder."""
        return DataFolder(self.data)

    @property
    def https(self) -> bool:
        """Whether browsers reach us through https."""
        return self.base_url.startswith("https://")

    @property
    def is_exposed(self) -> bool:
        """Whether others can reach us: directly, or by the public address through a proxy on this machine."""
        named = urlsplit(self.base_url).hostname
        return not is_loopback(self.host) or (named is not None and not is_loopback(named))

    def key(self, purpose: str) -> bytes:
        """Derive 32 bytes for one purpose from the secret key; one key tells nothing of another."""
        return _key(self.secret_key, purpose)

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/")):
            raise ValueError(
                "应为 https://域名 的形式，不带路径 / must look like https://name, without a path"
            )
        return value.rstrip("/")

    @field_validator("broker_url")
    @classmethod
    def _broker(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"redis", "rediss", "amqp", "amqps"}:
            raise ValueError("应以 redis:// 或 amqp:// 开头 / must begin with redis:// or amqp://")
        return value

    @field_validator("sms_url")
    @classmethod
    def _gateway(cls, value: str) -> str:
        parts = urlsplit(value)
        safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        if value and not (safe and parts.hostname and not parts.query and not parts.username):
            raise ValueError(
                "应为 https:// 地址（本机可用 http://），不带账号和参数 / "
                "must be an https:// address (http:// on this machine alone), without user name and query"
            )
        return value

    @field_validator("database_url", "relay_database_url", "migrator_database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"postgresql", "postgres"}:
            raise ValueError("应以 postgresql:// 开头 / must begin with postgresql://")
        return value

    @field_validator("secret_key")
    @classmethod
    def _key(cls, value: str) -> str:
        try:
            fine = not value or len(bytes.fromhex(value)) >= _KEY_BYTES
        except ValueError:
            fine = False
        if not fine:
            raise ValueError("应为至少 64 位十六进制数 / must be at least 64 hexadecimal digits")
        return value

    @model_validator(mode="after")
    def _services_are_complete(self) -> Self:
        needed = {"relay_database_url": self.relay_database_url, "secret_key": self.secret_key}
        missing = [PREFIX + name.upper() for name, value in needed.items() if not value]
        if self.database_url and missing:
            names = ", ".join(missing)
            raise ValueError(f"使用外部数据库时还需要 {names} / an outside database also needs {names}")
        return self

    @model_validator(mode="after")
    def _demo_stays_at_home(self) -> Self:
        if self.demo and not self.demo_forced and self.is_exposed:
            where = self.host if not is_loopback(self.host) else self.base_url
            raise ValueError(
                f"他人可以访问 {where}，不能带演示账号：请设 XIANGZHI_DEMO=0，"
                "确需演示时设 XIANGZHI_DEMO_FORCED=1 / "
                f"others can reach {where}, so demo accounts are refused: set XIANGZHI_DEMO=0, or "
                "XIANGZHI_DEMO_FORCED=1 if you mean it"
            )
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@cache
def get_settings() -> Settings:
    """Give the one configuration of this process. Raises SettingsError with all that is wrong at once."""
    return complete(told_settings())


def told_settings() -> Settings:
    """Give what the environment says alone; unlike ``get_settings`` it makes nothing in the data folder."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_complaints(error))) from None


def existing_settings() -> Settings:
    """Give the configuration for a command about an installation that is there; it never makes one.

    Raises SettingsError, naming the folder, where the embedded mode has none there.
    """
    told = told_settings()
    if told.embedded and not told.folder.secrets.exists():
        root = told.folder.root
        raise SettingsError(
            f"数据目录 {root} 里没有乡治。请先启动一次（xiangzhi serve），或用 XIANGZHI_DATA 指定它所用的目录。\n"
            f"There is no Xiangzhi in the data folder {root}: start it once (xiangzhi serve), "
            "or name the folder it uses in XIANGZHI_DATA."
        )
    return get_settings()


def command_line(settings: Settings, words: str) -> str:
    """Give a command as it is typed for this installation: with its folder, where that is not the default one."""
    default = settings.folder.root == Path("var").absolute()
    return words if default else f"XIANGZHI_DATA={shlex.quote(str(settings.folder.root))} {words}"


def log_format() -> Literal["text", "json"]:
    """Give the form of log lines for a command, which must be able to complain about all other settings."""
    try:
        return Settings().log_format
    except ValidationError:
        return "text"


def complete(settings: Settings) -> Settings:
    """Fill in what follows from other values; in the embedded mode this makes the data folder's secrets."""
    filled: dict[str, Any] = {}
    if not settings.base_url:
        filled["base_url"] = f"http://{settings.host}:{settings.port}"
    if settings.embedded:
        for name in ("app", "relay", "migrator"):
            field = "database_url" if name == "app" else f"{name}_database_url"
            filled[field] = database_url(settings.folder, f"xiangzhi_{name}")
        filled["secret_key"] = settings.secret_key or load_secrets(settings.folder).secret_key
    return settings.model_copy(update=filled)


def _complaints(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False):
        name = (
            PREFIX + "_".join(str(part) for part in problem["loc"]).upper()
            if problem["loc"]
            else "XIANGZHI_*"
        )
        text = problem["msg"].removeprefix("Value error, ")
        if chinese := _IN_CHINESE.get(problem["type"]):
            text = f"{chinese.format(**problem.get('ctx', {}))} / {text}"
        yield f"{name}: {text}"
