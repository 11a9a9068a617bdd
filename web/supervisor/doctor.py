"""``xiangzhi doctor``: looks at a deployment from outside and says what an operator should mend."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import urlopen

import asyncpg

from core.kernel.roles import EXTENSIONS
from core.kernel.settings import Settings
from web.supervisor.lock import is_held

_OLDEST = 150_000
_FREE_BYTES = 2 * 1024**3
_SECRET_MODE = 0o077

_DANGEROUS = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_OWNED = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
_UNWALLED = """
SELECT coalesce(string_agg(c.oid::regclass::text, ', '), '') FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND NOT c.relforcerowsecurity
"""
_MISSING = "SELECT array(SELECT unnest($1::text[]) EXCEPT SELECT extname FROM pg_extension)"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    fine: bool
    text: str


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Give findings one by one; nothing is changed."""
    for finding in _surroundings(settings):
        yield finding
    async for finding in _database(settings):
        yield finding
    yield _pages(settings)


def _surroundings(settings: Settings) -> Iterator[Finding]:
    folder = settings.folder
    free = shutil.disk_usage(folder.root if folder.root.exists() else folder.root.parent).free
    yield Finding(free > _FREE_BYTES, f"磁盘剩余 free disk space: {free / 1024**3:.1f} GiB")
    if folder.secrets.exists():
        private = not folder.secrets.stat().st_mode & _SECRET_MODE
        yield Finding(private, f"密钥文件仅本用户可读 the secrets are private: {folder.secrets}")
    exposed = settings.is_exposed
    yield Finding(not (exposed and settings.demo), "演示账号不对外 demo accounts stay on this machine")
    yield Finding(settings.https or not exposed, f"对外使用 https reached through https: {settings.base_url}")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    urls = {
        "xiangzhi_app": settings.database_url,
        "xiangzhi_relay": settings.relay_database_url,
        "xiangzhi_migrator": settings.migrator_database_url,
    }
    for role, url in urls.items():
        if not url:
            continue
        try:
            connection = await asyncpg.connect(url, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError) as error:
            yield Finding(fine=False, text=f"{role} 连接失败 cannot connect: {error}")
            continue
        try:
            yield Finding(fine=True, text=f"{role} 可以连接 connects")
            async for finding in _seen_by(role, connection):
                yield finding
        finally:
            await connection.close()


async def _seen_by(role: str, connection: asyncpg.Connection) -> AsyncIterator[Finding]:
    yield Finding(not await connection.fetchval(_DANGEROUS), f"{role} 受行级策略约束 obeys row policies")
    if role != "xiangzhi_app":
        return
    number = int(await connection.fetchval("SELECT current_setting('server_version_num')"))
    yield Finding(number >= _OLDEST, f"PostgreSQL {number // 10_000} (≥ 15)")
    owned = await connection.fetchval(_OWNED)
    yield Finding(owned == 0, f"xiangzhi_app 不拥有表 owns no table: {owned}")
    unwalled = await connection.fetchval(_UNWALLED)
    yield Finding(not unwalled, f"所有者也受策略约束 policies bind owners too (FORCE) {unwalled}")
    missing = await connection.fetchval(_MISSING, list(EXTENSIONS))
    yield Finding(not missing, f"扩展齐全 extensions are there {', '.join(missing)}")


def _pages(settings: Settings) -> Finding:
    address = f"{settings.base_url}/readyz"
    if settings.embedded and not is_held(settings.folder):
        root = settings.folder.root
        return Finding(fine=False, text=f"没有在这个数据目录上运行 nothing runs on the data folder: {root}")
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address, checked to be http
            return Finding(fine=True, text=f"网页可以访问 pages answer: {address} {answer.status}")
    except (URLError, TimeoutError, ConnectionError) as error:
        return Finding(fine=False, text=f"网页不能访问 pages do not answer: {address}: {error}")
