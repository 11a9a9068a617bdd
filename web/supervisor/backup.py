"""Backup and restore of the embedded mode: one file holds the database, the uploads and the secret key."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from core.kernel.embedded import DATABASE, LOGIN_ROLES, SUPERUSER, DataFolder, load_secrets, write_secrets
from core.kernel.roles import prepare_database
from core.kernel.settings import Settings
from web.supervisor import archive
from web.supervisor.cluster import Cluster
from web.supervisor.explained import Explained
from web.supervisor.lock import FolderLock, LockedError

_JOBS = "2"


class BackupError(Explained):
    """Nothing was backed up or restored; the message says in both languages why."""


def backup(settings: Settings, target: Path) -> None:
    """Write a backup while serving or stopped. `target` appears only when it is whole, readable by us alone.

    The dump is one consistent moment; uploads are copied after it, so every file the dump speaks of is there.
    """
    _embedded_only(settings)
    if target.exists():
        raise BackupError(f"{target} 已存在，不会覆盖。{target} exists and is not overwritten.")
    if not settings.folder.database.exists():
        raise BackupError(f"{settings.folder.root} 里没有数据库。There is no database in it.")
    unfinished = target.with_name(target.name + ".unfinished")
    try:
        with _running(settings.folder) as cluster, unfinished.open("wb") as file:
            unfinished.chmod(0o600)
            _write(cluster, archive.Writer(file))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)


def restore(settings: Settings, source: Path, *, force: bool) -> Path | None:
    """Check the backup, build everything beside the present data, then put it in place, while stopped.

    A folder with data is refused without `force`; with it the old data is kept, and its new place is given.
    Where there was none, nothing is kept and None is given, also if a command left fresh secrets in the folder. Any failure
    before the last step leaves the present data as it was.
    """
    _embedded_only(settings)
    folder = settings.folder
    occupied = folder.database.exists() or (folder.files.exists() and any(folder.files.iterdir()))
    if occupied and not force:
        raise BackupError(
            f"{folder.root} 里已有数据。确要替换请加 --force，原数据会保留在其中的 replaced-… 目录。\n"
            f"{folder.root} holds data. --force replaces it and keeps the old data there, in replaced-…."
        )
    with FolderLock(folder):
        archive.check(source)
        staging = DataFolder(folder.root / "restoring")
        shutil.rmtree(staging.root, ignore_errors=True)
        try:
            _build(staging, source)
            aside = _put_in_place(staging, folder)
        finally:
            shutil.rmtree(staging.root, ignore_errors=True)
    if occupied or aside is None:
        return aside
    shutil.rmtree(aside)  # secrets that opened nothing yet: to call them old data would mislead
    return None


def _write(cluster: Cluster, writer: archive.Writer) -> None:
    folder = cluster.folder
    dump = folder.root / "backup.dump"
    try:
        dump.touch(mode=0o600)
        done = cluster.run("pg_dump", "-Fc", "-f", str(dump), cluster.url(database=DATABASE), check=False)
        if done.returncode:
            raise BackupError(f"数据库备份失败。The database could not be dumped:\n{done.stderr}")
        writer.add_file(archive.DUMP, dump)
    finally:
        dump.unlink(missing_ok=True)
    writer.add_bytes(archive.SECRET_KEY, load_secrets(folder).secret_key.encode())
    for path in sorted(folder.files.rglob("*")):
        if path.is_file():
            writer.add_file(f"{archive.FILES}/{path.relative_to(folder.files).as_posix()}", path)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    writer.close({"product": version("xiangzhi"), "made": made})


def _build(staging: DataFolder, source: Path) -> None:
    """Make a whole data folder from the backup: new passwords, the old secret key."""
    staging.create()
    archive.unpack(source, staging.root)
    dump, key = staging.root / archive.DUMP, staging.root / archive.SECRET_KEY
    write_secrets(staging, secret_key=key.read_text("ascii"))
    cluster = Cluster(staging)
    cluster.prepare()
    server = cluster.start()
    try:
        cluster.wait_ready(server)
        _fill(cluster, dump)
    finally:
        cluster.stop(server)
    dump.unlink()
    key.unlink()


def _fill(cluster: Cluster, dump: Path) -> None:
    passwords = load_secrets(cluster.folder).passwords
    asyncio.run(prepare_database(cluster.url(), DATABASE, {role: passwords[role] for role in LOGIN_ROLES}))
    url = cluster.url(SUPERUSER, DATABASE)
    done = cluster.run("pg_restore", "--exit-on-error", "-j", _JOBS, "-d", url, str(dump), check=False)
    if done.returncode:
        raise BackupError(f"数据库恢复失败。The database could not be restored:\n{done.stderr}")
    cluster.run("psql", "-Xqc", "ANALYZE", url)


def _put_in_place(staging: DataFolder, folder: DataFolder) -> Path | None:
    """Move the old data aside and the new data in: renames within one folder."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = DataFolder(folder.root / f"replaced-{now}")
    for old, new, kept in (
        (folder.database, staging.database, aside.database),
        (folder.files, staging.files, aside.files),
        (folder.secrets, staging.secrets, aside.secrets),
    ):
        if old.exists():
            aside.root.mkdir(mode=0o711, exist_ok=True)
            old.rename(kept)
        if new.exists():
            new.rename(old)
    return aside.root if aside.root.exists() else None


@contextmanager
def _running(folder: DataFolder) -> Iterator[Cluster]:
    """Use the running database, or start it for the time of the backup when nobody serves."""
    cluster = Cluster(folder)
    try:
        with FolderLock(folder):
            server = cluster.start()
            try:
                cluster.wait_ready(server)
                yield cluster
            finally:
                cluster.stop(server)
    except LockedError:
        yield cluster


def _embedded_only(settings: Settings) -> None:
    if not settings.embedded:
        raise BackupError(
            "数据库不由乡治管理，请用数据库自己的工具备份（pg_dump），并另行备份文件。\n"
            "The database is not ours: back it up with its own tools (pg_dump), and the files beside it."
        )
