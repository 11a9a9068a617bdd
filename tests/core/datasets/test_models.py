"""Models that lay lists side by side: each planted match is found by hash, with masked reasons, and nothing else is."""

import json
from datetime import timedelta

import asyncpg
import pytest

from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.datasets import actions as a
from core.extension.personal import export_person
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.kernel.secrets import encrypt, index_of
from core.supervision import actions as sa
from core.supervision.engine import look
from core.supervision.reactions import NIGHTLY, on_nightly
from tests.core.datasets.steps import aid, business, death, id_number, labour, salary, stored
from tests.factories.world import NOW, County, World
from tests.isolation.rich import deliver_all

DAY = timedelta(days=1)
MODELS = ("aid_and_business", "aid_after_death", "labour_and_salary")


@pytest.fixture(autouse=True)
async def empty(world: World, admin: asyncpg.Connection) -> None:
    """Begin each test without outside data."""
    assert world.nan.code
    await admin.execute("TRUNCATE warning CASCADE")
    await admin.execute("ALTER TABLE datasets.dataset_access DISABLE TRIGGER USER")
    await admin.execute("TRUNCATE datasets.dataset CASCADE")
    await admin.execute("ALTER TABLE datasets.dataset_access ENABLE TRIGGER USER")


async def looked(county: County) -> None:
    scope = system_scope(county.code)
    for name in MODELS:
        model = current().named(WarningModel, name)
        assert model is not None
        async with transaction(scope):
            await look(scope, model, region=county.code, now=NOW)


async def standing(admin: asyncpg.Connection, model: str) -> list[asyncpg.Record]:
    return list(await admin.fetch("SELECT * FROM warning WHERE model = $1 AND gone_at IS NULL ORDER BY title", model))


async def test_an_aid_recipient_with_a_business_is_found_and_one_without_is_not(world: World, admin: asyncpg.Connection) -> None:
    paid = [
        aid(1, "2026-03-05", name="陈一"), aid(1, "2026-04-05", name="陈一", amount="900.50"),
        aid(2, "2026-03-05", name="陈二"), aid(3, "2026-03-05", name="陈三"), aid(4, "2026-03-05", name="陈四"),
    ]  # fmt: skip
    firms = [
        business(1, "2020-01-01", name="陈一", capital="50", company="陈记沙石场"), business(2, "2019-01-01", until="2026-03-05", name="陈二"),
        business(3, "2026-03-06", name="陈三"), business(5, "2020-01-01", name="陈四"),
    ]  # fmt: skip
    await stored(world.nan, "aid", paid)
    await stored(world.nan, "business", firms)
    await looked(world.nan)
    found = await standing(admin, "aid_and_business")
    assert len(found) == 1
    row = found[0]
    assert (row["region"], row["severity"], row["domain"], str(row["amount"])) == (world.nan.village, "orange", "aid", "1760.50")
    assert row["data"] if isinstance(row["data"], str) else True
    whole = str(dict(row))
    assert "陈记沙石场" in whole
    assert "陈*" in whole
    assert id_number(1) not in whole
    assert "陈一" not in whole
    assert index_of(id_number(1), purpose="id_number").hex() not in whole
    assert whole.count("/datasets/") == 3


async def test_labour_pay_to_somebody_on_salary_is_one_matter_a_month(world: World, admin: asyncpg.Connection) -> None:
    await stored(world.nan, "payroll", [salary(20, "2019-08-01"), salary(21, "2019-08-01", until="2026-01-31")])
    lines = [labour(20, "2026-03-05"), labour(20, "2026-03-06"), labour(20, "2026-04-06", amount="2000"), labour(21, "2026-02-05"), labour(22, "2026-03-05")]
    await stored(world.nan, "labour", lines)
    await looked(world.nan)
    found = await standing(admin, "labour_and_salary")
    assert [(row["severity"], str(row["amount"])) for row in found] == [("orange", "320.00"), ("red", "2000.00")]


async def test_aid_after_a_death_is_found_once_the_days_of_grace_are_over(world: World, admin: asyncpg.Connection) -> None:
    await stored(world.nan, "deaths", [death(30, "2026-02-10"), death(31, "2026-06-01")])
    lines = [aid(30, "2026-02-05"), aid(30, "2026-03-10"), aid(30, "2026-04-10"), aid(30, "2026-08-10"), aid(31, "2026-05-10"), aid(32, "2026-08-10")]
    await stored(world.nan, "aid", lines)
    await looked(world.nan)
    found = await standing(admin, "aid_after_death")
    assert [(row["title"], row["severity"]) for row in found] == [("张** · 2026-04", "orange"), ("张** · 2026-08", "red")]


async def test_a_person_of_the_county_is_concerned_by_it(world: World, admin: asyncpg.Connection) -> None:
    cadre = world.nan.scope("village_cadre")
    number = id_number(40)
    await admin.execute(
        "UPDATE person SET id_number = $2, id_number_index = $3 WHERE id = $1",
        cadre.person, encrypt(number, purpose="id_number", owner=world.nan.code), index_of(number, purpose="id_number"),
    )  # fmt: skip
    await stored(world.nan, "payroll", [salary(40, "2019-08-01")])
    await stored(world.nan, "labour", [labour(40, "2026-03-05")])
    await looked(world.nan)
    warning = (await standing(admin, "labour_and_salary"))[0]["id"]
    assert [row["person_id"] for row in await admin.fetch("SELECT person_id FROM warning_concern WHERE warning_id = $1", warning)] == [cadre.person]


async def test_a_person_is_given_what_lists_say_of_him_and_that_is_written_down(world: World, admin: asyncpg.Connection) -> None:
    cadre, system = world.nan.scope("village_cadre"), system_scope(world.nan.code)
    assert cadre.person is not None
    number = id_number(41)
    await admin.execute(
        "UPDATE person SET id_number = $2, id_number_index = $3 WHERE id = $1",
        cadre.person, encrypt(number, purpose="id_number", owner=world.nan.code), index_of(number, purpose="id_number"),
    )  # fmt: skip
    await stored(world.nan, "payroll", [salary(41, "2019-08-01"), salary(42, "2019-08-01")])
    await stored(world.nan, "labour", [labour(41, "2026-03-05")])
    told = (await export_person(system, person=cadre.person, now=NOW))["外部比对数据"]
    assert [(row["kind"], row["purpose"]) for row in told] == [("劳务用工报酬", "核对救助对象"), ("财政供养人员", "核对救助对象")]
    written = await admin.fetch("SELECT kind, rows, reason FROM datasets.dataset_access WHERE act = 'looked'")
    assert [tuple(row) for row in written] == [("labour,payroll", 2, "按本人要求提供个人信息")]


async def test_half_a_list_is_not_compared(world: World, admin: asyncpg.Connection) -> None:
    await stored(world.nan, "deaths", [death(70, "2026-01-01")])
    made = await stored(world.nan, "aid", [aid(70, "2026-03-01")])
    await admin.execute("UPDATE datasets.dataset SET state = 'running' WHERE id = $1", made)
    await looked(world.nan)
    assert await standing(admin, "aid_after_death") == []


async def test_an_import_compares_at_once_and_the_night_finds_the_same(world: World, admin: asyncpg.Connection) -> None:
    await stored(world.nan, "deaths", [death(50, "2026-01-01")])
    await stored(world.nan, "aid", [aid(50, "2026-05-01"), aid(51, "2026-05-01")])
    while await deliver_all(admin):
        pass
    small = [(row["model"], row["key"], row["severity"], row["text"], row["data"]) for row in await admin.fetch("SELECT * FROM warning ORDER BY key")]
    assert [each[0] for each in small] == ["aid_after_death"]
    await admin.execute("TRUNCATE warning CASCADE")
    scope = system_scope(world.nan.code)
    await on_nightly(scope, Event(new_id(), NIGHTLY, world.nan.code, world.nan.code, {}, NOW))
    rows = await admin.fetch("SELECT * FROM warning WHERE model = ANY ($1) ORDER BY key", list(MODELS))
    assert [(row["model"], row["key"], row["severity"], row["text"], row["data"]) for row in rows] == small
    ran = await admin.fetch("SELECT reason, kind, rows, detail, by_name FROM datasets.dataset_access WHERE act = 'compared' ORDER BY at DESC LIMIT 3")
    assert ("死亡人员领救助", "aid,deaths", 3, "1", "系统") in [tuple(row) for row in ran]


async def test_data_that_was_deleted_raises_nothing_any_more(world: World, admin: asyncpg.Connection) -> None:
    await stored(world.nan, "deaths", [death(60, "2026-01-01")])
    made = await stored(world.nan, "aid", [aid(60, "2026-03-01")])
    await looked(world.nan)
    assert len(await standing(admin, "aid_after_death")) == 1
    scope = world.nan.scope("county_inspector")
    async with transaction(scope):
        await a.delete_dataset(scope, dataset=made, reason="导错了", now=NOW)
    while await deliver_all(admin):
        pass
    assert await standing(admin, "aid_after_death") == []


async def test_lists_of_the_other_county_are_never_laid_beside_ours(world: World, admin: asyncpg.Connection) -> None:
    await stored(world.zhu, "deaths", [death(70, "2026-01-01")])
    await stored(world.nan, "aid", [aid(70, "2026-03-01")])
    await looked(world.nan)
    await looked(world.zhu)
    assert await admin.fetchval("SELECT count(*) FROM warning") == 0


async def test_what_a_warning_took_from_a_list_goes_with_the_list(world: World, admin: asyncpg.Connection) -> None:
    deaths = await stored(world.nan, "deaths", [death(80, "2026-01-01")], expires_on=NOW.date() + 60 * DAY)
    paid = await stored(world.nan, "aid", [aid(80, "2026-03-01"), aid(80, "2026-03-20", amount="400")], expires_on=NOW.date() + 3 * DAY)
    await looked(world.nan)
    warning = (await standing(admin, "aid_after_death"))[0]
    judge = world.nan.scope("county_inspector")
    async with transaction(judge):
        await sa.take_warning(judge, warning=warning["id"], now=NOW)
        await sa.judge_warning(judge, warning=warning["id"], way="judge_explained", text="家属已退回。", now=NOW)
    system, later = system_scope(world.nan.code), NOW + 5 * DAY
    async with transaction(system):
        await a.expire(system, Event(new_id(), a.EXPIRE, world.nan.code, world.nan.code, {}, later))
    while await deliver_all(admin):
        pass
    row = await admin.fetchrow("SELECT * FROM warning WHERE id = $1", warning["id"])
    basis = json.loads(row["basis"])
    assert tuple(basis[0][name] for name in ("kind", "title", "link", "id")) == ("困难救助发放", "", "", None)
    assert basis[0]["erased"]
    # Of the list that is still kept nothing went, and what was found stays in words.
    assert [(each["kind"], each["dataset"]) for each in basis[1:]] == [("死亡登记", str(deaths))]
    assert len(basis) == 2
    assert (row["text"], row["data"], row["verdict_text"]) == (warning["text"], warning["data"], "家属已退回。")
    assert str(paid) not in row["basis"]
    events = await admin.fetch("SELECT kind, by_name FROM warning_event WHERE warning_id = $1 AND kind = 'erased'", row["id"])
    assert [tuple(each) for each in events] == [("erased", "系统")]


async def test_a_look_that_was_under_way_when_a_list_ended_is_cleared_in_the_night(world: World, admin: asyncpg.Connection) -> None:
    await stored(world.nan, "deaths", [death(81, "2026-01-01")])
    made = await stored(world.nan, "aid", [aid(81, "2026-03-01")])
    await looked(world.nan)
    scope, system = world.nan.scope("county_inspector"), system_scope(world.nan.code)
    async with transaction(scope):
        await a.delete_dataset(scope, dataset=made, reason="导错了", now=NOW)
    # Nothing of it was delivered: the warning still says what it took.
    await on_nightly(system, Event(new_id(), NIGHTLY, world.nan.code, world.nan.code, {}, NOW))
    row = await admin.fetchrow("SELECT basis, state FROM warning WHERE model = 'aid_after_death'")
    assert str(made) not in row["basis"]
    assert [bool(each.get("erased")) for each in json.loads(row["basis"])] == [True, False]
