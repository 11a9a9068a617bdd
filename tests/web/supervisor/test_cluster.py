"""The embedded database keeps its promises whoever starts it and however the last run ended."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from core.kernel.embedded import SUPERUSER, DataFolder, database_port, load_secrets
from tests.databases import DatabaseUrls, connected
from web.supervisor import processes
from web.supervisor.cluster import Cluster, ClusterError


async def test_database_knows_chinese_trigrams(database_urls: DatabaseUrls) -> None:
    async with connected(database_urls.migrator) as connection:
        assert len(await connection.fetchval("SELECT show_trgm('村民小组')")) == 5


@pytest.mark.parametrize("kind", ["", "TEMPORARY"])
async def test_app_role_cannot_create_tables(database_urls: DatabaseUrls, kind: str) -> None:
    async with connected(database_urls.app) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"CREATE {kind} TABLE mine (id int)")


async def test_migrator_creates_schemas_for_the_owner(fresh_database: DatabaseUrls) -> None:
    async with connected(fresh_database.migrator) as connection:
        await connection.execute(
            "SET ROLE xiangzhi_owner; CREATE SCHEMA plugin_one; CREATE TABLE public.one (id int)"
        )
        owner = await connection.fetchval(
            "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'plugin_one'"
        )
    assert owner == "xiangzhi_owner"


@pytest.fixture
def folder() -> Iterator[DataFolder]:
    """Give a short path of its own, since a socket's path must be short."""
    root = Path(tempfile.mkdtemp(prefix="xz-"))
    yield DataFolder(root / "var")
    shutil.rmtree(root)


@contextmanager
def running(cluster: Cluster) -> Iterator["subprocess.Popen[bytes]"]:
    cluster.prepare()
    server = cluster.start()
    try:
        cluster.wait_ready(server)
        yield server
    finally:
        cluster.stop(server)


def test_stopped_cluster_leaves_no_process(folder: DataFolder) -> None:
    cluster = Cluster(folder, durable=False)
    with running(cluster):
        assert processes.working_in(folder.database)
    assert processes.working_in(folder.database) == []
    assert not cluster.answers()


def test_two_folders_run_at_once_and_do_not_know_each_other(folder: DataFolder) -> None:
    one, two = (Cluster(DataFolder(folder.root / name), durable=False) for name in ("one", "two"))
    with running(one), running(two):
        assert one.answers()
        assert two.answers()
        assert load_secrets(one.folder).passwords != load_secrets(two.folder).passwords


@pytest.mark.fault
def test_killed_server_starts_again(folder: DataFolder) -> None:
    cluster = Cluster(folder, durable=False)
    with running(cluster) as server:
        server.kill()
        server.wait()
        again = cluster.start()
        cluster.wait_ready(again)
        assert again.pid != server.pid
        cluster.stop(again)


@pytest.mark.fault
def test_server_left_by_a_killed_owner_is_ended_first(folder: DataFolder) -> None:
    cluster = Cluster(folder, durable=False)
    with running(cluster) as left:
        again = cluster.start()  # as the next owner would, without knowing of `left`
        cluster.wait_ready(again)
        assert left.wait(5) == 0
        assert (folder.database / "postmaster.pid").read_text("ascii").split()[0] == str(again.pid)
        cluster.stop(again)


@pytest.mark.fault
def test_stale_lock_with_a_strangers_pid_does_not_hinder(folder: DataFolder) -> None:
    cluster = Cluster(folder, durable=False)
    cluster.prepare()
    with subprocess.Popen([*cluster.identity.prefix, "sleep", "60"]) as stranger:
        lock = (
            f"{stranger.pid}\n{folder.database}\n1600000000\n5432\n{folder.socket}\n\n  5432001  1\nready\n"
        )
        (folder.database / "postmaster.pid").write_text(lock, "ascii")
        with running(cluster):
            assert stranger.poll() is None
        stranger.kill()


@pytest.mark.fault
def test_cluster_left_half_made_is_made_anew(folder: DataFolder) -> None:
    folder.create()
    (folder.root / "database.unfinished").mkdir()
    (folder.root / "database.unfinished" / "PG_VERSION").write_text("18", "ascii")
    cluster = Cluster(folder, durable=False)
    with running(cluster):
        assert cluster.answers()


def test_long_path_uses_loopback_and_another_port_when_its_own_is_taken(folder: DataFolder) -> None:
    far = DataFolder(folder.root / ("x" * 90))
    cluster = Cluster(far, durable=False)
    with running(cluster):
        first = database_port(far)
        assert not far.uses_socket
        assert f"@127.0.0.1:{first}/" in cluster.url()
    with socket.create_server(("127.0.0.1", first)), running(cluster):
        assert database_port(far) != first
        assert cluster.answers()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused by PostgreSQL")
def test_root_runs_it_as_somebody_else_even_below_a_private_folder(folder: DataFolder) -> None:
    folder.root.parent.chmod(0o700)
    cluster = Cluster(folder, durable=False)
    with running(cluster) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == cluster.identity.uid != 0
    assert folder.database.stat().st_mode & 0o777 == 0o700
    assert folder.secrets.stat().st_mode & 0o777 == 0o600


def test_wrong_password_is_refused(cluster: Cluster) -> None:
    right = load_secrets(cluster.folder).passwords[SUPERUSER]
    answer = cluster.run("psql", "-XAtc", "SELECT 1", cluster.url().replace(right, "wrong"), check=False)
    assert "password authentication failed" in answer.stderr


def test_broken_server_is_reported_with_the_end_of_its_log(folder: DataFolder) -> None:
    cluster = Cluster(folder, durable=False)
    cluster.prepare()
    (folder.database / "global" / "pg_control").unlink()
    with pytest.raises(ClusterError, match="pg_control"):
        cluster.wait_ready(cluster.start())
