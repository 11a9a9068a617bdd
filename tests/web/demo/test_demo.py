"""The demo loads onto real regions, lists its accounts, and is not loaded twice."""

from pathlib import Path

import asyncpg
import pyotp
import pytest

from core.kernel import clock
from core.kernel import settings as kernel_settings
from core.kernel.database import close_pool, open_pool
from core.people.accounts import show_factor, sign_in
from core.people.roles import BUILT_IN
from core.people.sessions import open_session
from core.petitions.rules import hash_of_receipt
from core.tenancy.load import load_regions
from core.tenancy.packs import PackError, find_packs, load_pack
from tests.databases import DatabaseUrls, connected, settings_for
from web.demo.load import load_demo
from web.demo.people import demo_accounts
from web.demo.petitions import demo_receipts
from web.demo.stage import load_demo_once
from web.supervisor.cluster import Cluster

# By thirty days back from the last one, the oldest first: how often one sender asked for cooperation.
COOPERATION = """
SELECT count(*) AS asked FROM township_filter.sign g JOIN (
  SELECT county, sender_id, max(at) AS last FROM township_filter.sign WHERE kind = 'cooperation' AND county = $1
  GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 1) most USING (county, sender_id)
WHERE g.kind = 'cooperation' GROUP BY floor(extract(epoch FROM most.last - g.at) / 2592000)
ORDER BY floor(extract(epoch FROM most.last - g.at) / 2592000) DESC
"""


async def counts(admin: asyncpg.Connection) -> list[int]:
    tables = ("person", "membership", "account", "office", "grid", "task", "assignment", "entry_item", "file")
    return [await admin.fetchval(f"SELECT count(*) FROM {table}") for table in tables]


async def test_demo_counties_have_people_lists_and_tasks_in_every_state(
    cluster: Cluster, fresh_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(cluster, fresh_database)
    monkeypatch.setattr(kernel_settings, "get_settings", lambda: settings)
    for county in ("330503", "330681"):
        await load_regions(settings, part=county)
    await load_demo_once(settings)
    async with connected(fresh_database.admin) as admin:
        first = await counts(admin)
        for each in demo_receipts(settings):
            receipt = hash_of_receipt(each["address"].rpartition("/")[2])
            told = await admin.fetchrow("SELECT region, title FROM petition WHERE receipt_hash = $1", receipt)
            assert told is not None
            assert (told["region"], told["title"]) == (each["village"], each["title"])
        assert {row["role"] for row in await admin.fetch("SELECT role FROM membership")} == {
            role.name for role in BUILT_IN
        } - {"platform_operator"}
        for county in ("330503", "330681"):
            states = await admin.fetch("SELECT DISTINCT state FROM assignment WHERE county = $1", county)
            assert {row["state"] for row in states} == {
                "sent",
                "in_hand",
                "submitted",
                "returned",
                "accepted",
                "withdrawn",
            }
            verdicts = await admin.fetch(
                "SELECT DISTINCT verdict FROM incoming_task WHERE county = $1", county
            )
            assert {row["verdict"] for row in verdicts} == {"passed", "held", "refused"}
            pairs = "SELECT count(*) FROM incoming_task s JOIN incoming_task m ON m.id = s.merged_into WHERE s.county = $1"
            assert await admin.fetchval(f"{pairs} AND s.state = 'merged' AND m.state = 'passed'", county) > 0
            decided = await admin.fetch("SELECT DISTINCT state FROM decision WHERE county = $1", county)
            assert {row["state"] for row in decided} == {"open", "told", "failed", "posted", "finished", "withdrawn"}
            found = await admin.fetch("SELECT DISTINCT model FROM warning WHERE county = $1 AND gone_at IS NULL", county)
            assert {f"township_filter:{name}" for name in ("cooperation", "rebound", "appraisal")} <= {row["model"] for row in found}
            months = await admin.fetch(COOPERATION, county)
            assert [row["asked"] for row in months] == sorted(row["asked"] for row in months)
            assert months[0]["asked"] * 2 < months[-1]["asked"]
            figures = "SELECT content FROM publication WHERE county = $1 AND section = 'township_filter:senders' AND ended_at IS NULL"
            assert "民政局" in str(await admin.fetchval(figures, county))
            requests = await admin.fetch("SELECT DISTINCT state FROM township_filter.list_request WHERE county = $1", county)
            assert {row["state"] for row in requests} >= {"submitted", "reviewing", "refused", "listed"}
            for table in ("publication_objection WHERE answered_at IS NULL AND", "entry_list WHERE state = 'draft' AND", "setting WHERE length(region) = 9 AND"):
                assert await admin.fetchval(f"SELECT count(*) FROM {table} county = $1", county) > 0, table
            rows = await admin.fetch("SELECT DISTINCT state FROM import_row WHERE county = $1", county)
            assert {row["state"] for row in rows} == {"good", "bad"}
            places = await admin.fetchrow(
                "SELECT count(*) AS all, count(taken_by) AS taken FROM place WHERE county = $1", county
            )
            assert 0 < places["taken"] < places["all"]
        await times_are_as_they_would_have_been(admin)
        await load_demo(settings)  # as a start would that was broken off before its mark
        await admin.execute("UPDATE region SET closed = '2026-11-20' WHERE code = '330503101'")
        await load_demo_once(settings)  # from now on the counties belong to their players
        assert await counts(admin) == first
    await signs_in(fresh_database, demo_accounts(settings)[4])


async def times_are_as_they_would_have_been(admin: asyncpg.Connection) -> None:
    """Each timer of the days that were told has fired at its own time: what follows is not told all in one minute."""
    waiting = "due_at < now() - interval '1 minute' AND fired_at IS NULL AND cancelled_at IS NULL"
    assert await admin.fetchval(f"SELECT count(*) FROM timer WHERE {waiting}") == 0
    fired = await admin.fetch(
        "SELECT o.topic, o.created_at, t.due_at, t.subject_id FROM outbox o JOIN timer t ON t.id = o.id"
    )
    assert {"task.due_soon", "task.due"} <= {row["topic"] for row in fired}
    assert [row for row in fired if row["created_at"] != row["due_at"]] == []
    moments = [(row["subject_id"], row["created_at"]) for row in fired if row["topic"].startswith("task.")]
    assert len(moments) == len(set(moments))


async def signs_in(urls: DatabaseUrls, account: dict[str, str]) -> None:
    """Sign the first county's administrator in with what the list says."""
    await open_pool(urls.app, size=2)
    try:
        token = await sign_in(account["login"], account["password"], address="127.0.0.1")
        session = await open_session(token)
        assert session is not None
        code = pyotp.TOTP(account["totp_secret"]).now()
        shown = await open_session(await show_factor(session, code, now=clock.now()))
        assert shown is not None
        assert shown.scope is not None
        assert (shown.scope.role, shown.scope.region) == (account["role"], account["region"])
    finally:
        await close_pool()


def test_packs_differ_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    first, second = find_packs()
    assert (first.county, second.county) == ("330503", "330681")
    assert first.entry_lists[0].file.read_bytes() != second.entry_lists[0].file.read_bytes()
    (tmp_path / "pack.toml").write_text('county = "330503"\nname = "南浔区"\n', "utf-8")
    assert load_pack(tmp_path).offices == []
    (tmp_path / "offices.csv").write_text("区划代码,名称\n330681,民政局\n", "utf-8")
    with pytest.raises(PackError):
        load_pack(tmp_path)
    (tmp_path / "pack.toml").write_text('name = "南浔区"\n', "utf-8")
    with pytest.raises(PackError):
        load_pack(tmp_path)
