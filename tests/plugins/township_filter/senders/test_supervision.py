"""Planted cases: each is found, nothing else is, and looks at one sender end with what the look at all finds."""

from datetime import timedelta
from typing import Any

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.extension.queries import with_plugins
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.scope import system_scope
from core.supervision.engine import look
from tests.factories.world import NOW, County
from tests.plugins.township_filter.conftest import Site

MODELS = ("emergency_share", "rebound", "cooperation", "appraisal")
EARLIER = NOW - timedelta(days=90)  # in the quarter before
LONG_AGO = NOW - timedelta(days=400)


async def sender(site: Site, county: County, name: str) -> Any:
    made = new_id()
    await site.admin.execute(
        "INSERT INTO township_filter.sender (county, id, region, office_id, key, name, first_at, last_at)"
        " VALUES ($1, $2::uuid, $1, $2::uuid, ($2::uuid)::text, $3, $4, $4)", county.code, made, name, NOW,
    )  # fmt: skip
    return made


async def plant(site: Site, county: County, sender: Any, count: int, *, at: Any = NOW, review: str = "", **sign: Any) -> None:
    """Write matters of a sender with the same sign, past all foreign keys."""
    await site.admin.execute("SET session_replication_role = replica")
    for n in range(count):
        incoming = new_id()
        await site.admin.execute(
            "INSERT INTO township_filter.screened (county, id, region, incoming_id, sender_id, sender_name, title, level, verdict, item_code,"
            " item_title, reasons, emergency, emergency_reason, at, review)"
            " VALUES ($1, gen_random_uuid(), $1, $2, $3, '局', '来文', 'township', 'passed', '', '', '[]', false, '', $4, $5)",
            county.code, incoming, sender, at - timedelta(minutes=n), review,
        )  # fmt: skip
        if sign:
            values = {"word": "", "item_code": "", "item_title": "", "nearness": 0, **sign}
            await site.admin.execute(
                "INSERT INTO township_filter.sign (county, id, region, incoming_id, sender_id, kind, title, verdict, word, item_code,"
                " item_title, nearness, at) VALUES ($1, gen_random_uuid(), $1, $2, $3, $4, '来文', 'held', $5, $6, $7, $8, $9)",
                county.code, incoming, sender, values["kind"], values["word"], values["item_code"], values["item_title"],
                values["nearness"], at - timedelta(minutes=n),
            )  # fmt: skip
    await site.admin.execute("SET session_replication_role = origin")


async def planted(site: Site) -> tuple[set[tuple[str, str]], list[Any]]:
    """Plant in the first county a case of each kind and its neighbour that is none. Gives what should be found, and all senders."""
    nan = site.world.nan
    names = ("urgent", "calm", "few", "rebound", "far", "grows", "steady", "new", "appraises", "once", "old")
    made = {name: await sender(site, nan, name) for name in names}
    await plant(site, nan, made["urgent"], 4, review="compliant")
    await plant(site, nan, made["urgent"], 6)
    await plant(site, nan, made["calm"], 3, review="due")
    await plant(site, nan, made["calm"], 7)
    await plant(site, nan, made["few"], 4, review="due")
    await plant(site, nan, made["rebound"], 1, kind="withdrawn", nearness=0.4, item_code="R02", item_title="核查")
    await plant(site, nan, made["far"], 2, kind="withdrawn", nearness=0.39, item_code="R02", item_title="核查")
    await plant(site, nan, made["grows"], 4, at=EARLIER, kind="cooperation", word="配合")
    await plant(site, nan, made["grows"], 6, kind="cooperation", word="协助")
    await plant(site, nan, made["steady"], 6, at=EARLIER, kind="cooperation", word="配合")
    await plant(site, nan, made["steady"], 7, kind="cooperation", word="配合")
    await plant(site, nan, made["new"], 9, kind="cooperation", word="配合")
    await plant(site, nan, made["appraises"], 2, kind="appraisal", word="打卡")
    await plant(site, nan, made["once"], 1, kind="appraisal", word="打卡")
    await plant(site, nan, made["old"], 9, at=LONG_AGO, review="due", kind="appraisal", word="考核")
    await plant(site, site.world.zhu, await sender(site, site.world.zhu, "elsewhere"), 9, kind="appraisal", word="考核")
    expected = {
        ("emergency_share", f"{made['urgent']}:2026-Q4:orange"), ("rebound", f"{made['rebound']}:2026-Q4:orange"),
        ("cooperation", f"{made['grows']}:2026-Q4:yellow"), ("appraisal", f"{made['appraises']}:2026-Q4:yellow"),
    }  # fmt: skip
    return expected, list(made.values())


async def standing(site: Site) -> set[tuple[str, str]]:
    rows = await site.admin.fetch("SELECT model, key, severity FROM warning WHERE gone_at IS NULL AND model LIKE 'township_filter:%'")
    return {(row["model"].partition(":")[2], f"{row['key']}:{row['severity']}") for row in rows}


async def looked(site: Site, *, subject: str = "") -> None:
    scope = await with_plugins(system_scope(site.world.nan.code))
    for name in MODELS:
        model = current().named(WarningModel, f"township_filter:{name}")
        assert model is not None
        async with transaction(scope):
            await look(scope, model, region=site.world.nan.code, now=NOW + timedelta(hours=1), subject=subject)


async def test_every_planted_case_is_found_and_nothing_else(site: Site) -> None:
    await site.admin.execute("TRUNCATE warning CASCADE")
    expected, senders = await planted(site)
    await looked(site)
    assert await standing(site) == expected
    await site.admin.execute("TRUNCATE warning CASCADE")
    for each in senders:
        await looked(site, subject=str(each))
    assert await standing(site) == expected
    await looked(site)
    assert await standing(site) == expected


async def test_a_warning_rests_on_its_rows_and_names_the_figures(site: Site) -> None:
    await site.admin.execute("TRUNCATE warning CASCADE")
    await planted(site)
    await looked(site)
    row = await site.admin.fetchrow("SELECT title, text, data, basis FROM warning WHERE model = 'township_filter:emergency_share'")
    assert row["title"] == "urgent"
    assert '"share": 40' in row["data"].replace('":', '": ').replace("  ", " ")
    assert row["basis"].count("/township_filter/") == 4


async def test_limits_are_the_countys_and_what_falls_under_them_ends(site: Site) -> None:
    await site.admin.execute("TRUNCATE warning CASCADE")
    await planted(site)
    await looked(site)
    for key, value in (("emergency_share", 60), ("rebound_percent", 80), ("cooperation_growth", 200), ("appraisal_least", 5)):
        await site.set(key, str(value))
    await looked(site)
    assert await standing(site) == set()
