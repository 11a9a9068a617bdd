"""Rooms of the board that a village fills by hand: read, kept, masked, published; nobody gets a number past them."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from core.contracts.disclosure import Clock, FieldKind
from core.disclosure.actions import Wanted, release_publication, withdraw_publication
from core.disclosure.by_hand import BY_NAME, IN, OUT, SHEETS, bounds_of
from core.disclosure.drafting import Draft, draft_of
from core.disclosure.entries import MATTERS, add_entries, change_entry, entry_rows, matters_of, remove_entry
from core.disclosure.lines import loaded, pasted, read_line
from core.disclosure.periods import AREA, BY_HAND, DisclosureSettings, today
from core.disclosure.queries import content_of_publication, publication_of
from core.disclosure.reactions import CALENDAR, on_calendar
from core.disclosure.readying import ready_files
from core.disclosure.workflows import RELEASE
from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.errors import Forbidden, Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.tenancy.settings import set_values
from tests.core.disclosure.notices import CARD, ID_NUMBER, PHONE
from tests.factories.world import NOW, World

MONEY = BY_NAME["money_by_hand"]
GOOD = {"day": "2026-10-08", "side": OUT, "what": "买扫帚", "amount": "1,200.50", "person": "张小三", "officer": "王建国"}
# What the law wants how soon, of what villages fill by hand (ordinary matters and assets quarterly, accounts monthly, major finance in days).
_LAW = (
    ("works_by_hand", Clock.QUARTERLY), ("money_by_hand", Clock.MONTHLY), ("assets_by_hand", Clock.QUARTERLY),
    ("finance_by_hand", Clock.WITHIN_DAYS), ("major_by_hand", Clock.AT_ONCE),
)  # fmt: skip
TEXTS = [
    (sheet.name, column.name) for sheet in SHEETS for column in sheet.columns
    if column.kind not in {FieldKind.AMOUNT, FieldKind.COUNT, FieldKind.NUMBER, FieldKind.DATE, FieldKind.STATE}
]  # fmt: skip


def read(name: str, told: dict[str, str]) -> tuple[dict[str, object], dict[str, str]]:
    sheet = BY_NAME[name]
    return read_line(sheet.columns, told, needed=sheet.needed, choices=sheet.choices, words=sheet.words)


async def write(scope: Scope, name: str, period: str, *lines: dict[str, str]) -> list[UUID]:
    kept = [read(name, line)[0] for line in lines]
    async with transaction(scope):
        return await add_entries(scope, section=name, period=period, lines=kept, now=NOW)


async def draft(scope: Scope, name: str, period: str = "", subject: UUID | None = None) -> Draft:
    async with transaction(scope):
        return await draft_of(
            scope, section=name, region=scope.region, period=period, subject=subject, note="", now=NOW
        )


async def release(scope: Scope, name: str, period: str = "", subject: UUID | None = None) -> UUID:
    shown = await draft(scope, name, period, subject)
    wanted = Wanted(name, scope.region, period, subject, "", shown.digest)
    ready = await ready_files(scope, permission=RELEASE, wanted=wanted, now=NOW)
    async with transaction(scope):
        return (await release_publication(scope, wanted=wanted, ready=ready, now=NOW)).id


def test_a_line_is_read_by_the_kinds_of_its_columns() -> None:
    kept, wrong = read("money_by_hand", GOOD)
    assert wrong == {}
    values = loaded(MONEY.columns, kept)
    assert (values["amount"], values["day"], values["firm"]) == (Decimal("1200.50"), date(2026, 10, 8), None)


@pytest.mark.parametrize(
    ("name", "value"),
    [("amount", "很多"), ("amount", "1.005"), ("amount", "1e400"), ("amount", "NaN"), ("amount", ""), ("day", "10月8日"), ("day", "2026-02-30"), ("side", "借出"), ("what", ""), ("what", "长" * 101)],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field(name: str, value: str) -> None:
    assert set(read("money_by_hand", {**GOOD, name: value})[1]) == {name}


def test_persons_are_counted_in_whole_numbers() -> None:
    line = {"household": "张三", "amount": "500", "people": "2.5"}
    assert set(read("aid_by_hand", line)[1]) == {"people"}
    assert read("aid_by_hand", {**line, "people": "3"})[0]["people"] == 3


@pytest.mark.parametrize("number", [PHONE, ID_NUMBER, CARD, "138 1234 5678", "１３８１２３４５６７８", "一三八一二三四五六七八"])
@pytest.mark.parametrize(("sheet", "field"), TEXTS)
def test_no_field_takes_a_personal_number(sheet: str, field: str, number: str) -> None:
    assert field in read(sheet, {field: f"联系{number}"})[1]


@pytest.mark.parametrize("number", [PHONE, ID_NUMBER, CARD])
def test_no_matter_takes_a_personal_number(number: str) -> None:
    assert set(read("own_matter", {"what": "停水通知", "text": f"有事打{number}。"})[1]) == {"text"}


def test_rows_of_a_sheet_are_taken_with_or_without_their_heading() -> None:
    heading = "\t".join(column.title for column in MONEY.columns)
    row = "2026/10/08\t支出\t买扫帚\t120\t\t张三"
    assert pasted(MONEY.columns, f"{heading}\n{row}\n\n") == pasted(MONEY.columns, row)
    assert pasted(MONEY.columns, row)[0] == {"day": "2026/10/08", "side": "支出", "what": "买扫帚", "amount": "120", "firm": "", "person": "张三"}


@pytest.mark.parametrize("day", ["2026-01-08", "2026/1/8", "2026.1.8", "2026-1-08", "2026年1月8日"])
def test_days_are_taken_as_sheets_write_them(day: str) -> None:
    assert read("money_by_hand", {**GOOD, "day": day})[0]["day"] == "2026-01-08"


@pytest.mark.parametrize("day", ["2026-2-30", "1/8/2026", "20260108", "26-1-8", "昨天", "2026-1-8-9"])
def test_other_days_are_refused(day: str) -> None:
    assert set(read("money_by_hand", {**GOOD, "day": day})[1]) == {"day"}


@pytest.mark.parametrize(("amount", "kept"), [("￥1,200", "1200"), ("¥ 80.5", "80.5"), ("80元", "80"), ("-3.00 元", "-3.00")])
def test_amounts_may_carry_their_unit(amount: str, kept: str) -> None:
    assert read("money_by_hand", {**GOOD, "amount": amount, "what": "冲红：买扫帚"}) == (
        {**read("money_by_hand", GOOD)[0], "amount": kept, "what": "冲红：买扫帚"}, {}
    )  # fmt: skip


@pytest.mark.parametrize(("what", "told"), [("买扫帚", {"amount"}), ("更正8月多记的扫帚款", set()), ("扫帚退货", set()), ("冲红8号凭证", set())])
def test_a_sum_below_zero_says_what_it_takes_back(what: str, told: set[str]) -> None:
    assert set(read("money_by_hand", {**GOOD, "amount": "-50", "what": what})[1]) == told


@pytest.mark.parametrize(
    ("sheet", "field", "line"),
    [
        ("money_by_hand", "what", {**GOOD, "person": "张三丰", "what": "付张三丰清扫费"}),
        ("money_by_hand", "what", {**GOOD, "person": "李四、张三丰", "what": "付张 三 丰清扫费"}),
        ("labour_by_hand", "what", {"person": "王五", "what": "王五扫地", "amount": "80"}),
        ("aid_by_hand", "kind", {"household": "陈阿土户", "kind": "低保（陈阿土）", "amount": "500"}),
        ("assets_by_hand", "place", {"what": "旧校舍", "person": "张三丰", "place": "张三丰家西侧"}),
        ("finance_by_hand", "text", {"what": "借款", "day": "2026-10-01", "amount": "5", "person": "张三丰", "text": "借给张三丰。"}),
        ("finance_by_hand", "what", {"what": "借给张三丰", "day": "2026-10-01", "amount": "5", "person": "张三丰", "text": "见上。"}),
    ],
)  # fmt: skip
def test_a_masked_person_is_not_written_out_beside_the_mask(sheet: str, field: str, line: dict[str, str]) -> None:
    assert set(read(sheet, line)[1]) == {field}


def test_officials_firms_and_other_persons_may_be_named() -> None:
    line = {**GOOD, "person": "王建国", "officer": "王建国", "firm": "王建国建材店", "what": "报销王家桥护栏"}
    assert read("money_by_hand", line)[1] == {}


@pytest.mark.parametrize(
    ("sheet", "period", "day", "fits"),
    [
        ("money_by_hand", "2026-11", "2025-03-03", False), ("money_by_hand", "2026-11", "2026-12-01", False),
        ("money_by_hand", "2026-11", "2026-11-01", True), ("money_by_hand", "2026-11", "2026-11-30", True),
        ("labour_by_hand", "2026-10", "2026-11-01", False), ("aid_by_hand", "2026-Q4", "2026-09-30", False),
        ("aid_by_hand", "2026-Q4", "2026-12-31", True),
    ],
)  # fmt: skip
def test_a_line_is_of_the_period_it_stands_in(sheet: str, period: str, day: str, fits: bool) -> None:  # noqa: FBT001 - a table of cases
    lines = {"money_by_hand": GOOD, "labour_by_hand": {"person": "李四", "what": "扫地", "amount": "80"}, "aid_by_hand": {"household": "李四", "amount": "80"}}
    asked = BY_NAME[sheet]
    bounds = bounds_of(asked, period, DisclosureSettings())
    _, wrong = read_line(asked.columns, {**lines[sheet], "day": day}, needed=asked.needed, choices=asked.choices, bounds=bounds)
    assert set(wrong) == (set() if fits else {"day"})
    if not fits:
        assert period[:4] in wrong["day"]


@pytest.mark.parametrize(("days", "fits"), [("", True), ("5", True), ("7", True), ("60", True), ("4", False), ("61", False), ("0", False)])
def test_a_notice_says_its_days_and_not_fewer_than_the_county(days: str, fits: bool) -> None:  # noqa: FBT001 - a table of cases
    notice = BY_NAME["own_notice"]
    told = {"what": "低保对象", "text": "见名单。", "days": days}
    bounds = bounds_of(notice, "", DisclosureSettings())
    _, wrong = read_line(notice.columns, told, needed=notice.needed, choices={}, words=True, bounds=bounds)
    assert set(wrong) == (set() if fits else {"days"})


async def test_a_notice_stands_the_days_it_says_unless_the_county_says_more(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    line = {"what": "低保对象名单", "text": "见名单。"}
    plain, seven, two = await write(scope, "own_notice", "", line, {**line, "days": "7"}, {**line, "days": "2"})
    shown = [await draft(scope, "own_notice", subject=each) for each in (plain, seven, two)]
    assert [each.notice_until - today(NOW) for each in shown if each.notice_until] == [timedelta(days=n) for n in (5, 7, 5)]
    assert shown[1].content["rows"][0][-1] == 7


async def test_a_kept_name_is_not_written_out_when_the_line_is_changed(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    made = (await write(scope, "money_by_hand", "2026-09", {**GOOD, "day": "2026-09-02"}))[0]
    line, wrong = read("money_by_hand", {**GOOD, "day": "2026-09-02", "person": "张**", "what": "付张小三扫帚钱"})
    assert wrong == {}
    with pytest.raises(Invalid) as refused:
        async with transaction(scope):
            await change_entry(scope, entry=made, line=line, version=1, now=NOW)
    assert set(refused.value.fields) == {"what"}


async def test_lines_come_by_their_day(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    days = ["2026-08-20", "", "2026-08-03", "2026-08-20"]
    for number, day in enumerate(days):
        await write(scope, "money_by_hand", "2026-08", {**GOOD, "day": day, "what": f"第{number}笔"})
    rows = (await draft(scope, "money_by_hand", "2026-08")).content["rows"]
    assert [row[2] for row in rows] == ["第2笔", "第0笔", "第3笔", "第1笔"]


async def test_lines_come_onto_the_board_masked_and_summed(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    bookkeeper = world.nan.scope("bookkeeper")
    first, second, third = await write(bookkeeper, "money_by_hand", "2026-10", GOOD, {**GOOD, "amount": "9"}, GOOD)
    async with transaction(bookkeeper):
        income, _ = read("money_by_hand", {**GOOD, "side": IN, "what": "租金", "amount": "3000"})
        await change_entry(bookkeeper, entry=second, line=income, version=1, now=NOW)
        await remove_entry(bookkeeper, entry=third, now=NOW)
        with pytest.raises(NotFound):
            await remove_entry(bookkeeper, entry=third, now=NOW)
    made = await release(scope, "money_by_hand", "2026-10")
    async with transaction(scope):
        content = await content_of_publication(scope, made)
        await remove_entry(scope, entry=first, now=NOW)
        assert await content_of_publication(scope, made) == content
    assert [(each["title"], each["value"]) for each in content["figures"]] == [("收入合计", "3000.00"), ("支出合计", "1200.50")]
    assert content["rows"][0] == ["2026-10-08", OUT, "买扫帚", "1200.50", None, "张**", "王建国"]
    assert len((await draft(scope, "money_by_hand", "2026-10")).content["rows"]) == 1


async def test_a_matter_is_published_by_itself_and_a_notice_stands_its_days(world: World) -> None:
    scope = world.nan.scope("village_secretary")
    line = {"what": "村口改造方案", "text": "拆除旧棚，\n新建停车位 12 个。", "day": "2026-11-01"}
    matter = (await write(scope, "own_matter", "", line))[0]
    notice = (await write(scope, "own_notice", "", line))[0]
    await release(scope, "own_matter", subject=matter)
    shown = await draft(scope, "own_notice", subject=notice)
    assert (shown.title, shown.content["note"]) == ("村口改造方案", "拆除旧棚，\n新建停车位 12 个。")
    assert shown.notice_until is not None
    async with transaction(scope):
        rows = await matters_of(scope, region=scope.region, section="own_matter")
        assert [(row["id"], row["publication"] is not None) for row in rows] == [(matter, True)]
    with pytest.raises(NotFound):
        await draft(world.nan.scope("village_secretary"), "own_matter", "2026-10")


async def test_only_the_village_writes_and_no_other_sees_it(world: World) -> None:
    made = (await write(world.nan.scope("village_cadre"), "labour_by_hand", "2026-10", {"person": "李四", "what": "扫地", "amount": "80"}))[0]
    line, _ = read("labour_by_hand", {"person": "王五", "what": "扫地", "amount": "90"})
    leader = world.nan.scope("township_leader")
    async with transaction(leader):
        with pytest.raises(Forbidden):
            await change_entry(leader, entry=made, line=line, version=1, now=NOW)
    for role in ("grid_worker", "supervision_committee", "township_leader", "county_administrator"):
        with pytest.raises(Forbidden):
            await write(world.nan.scope(role), "labour_by_hand", "2026-10")
    for stranger in (world.nan.scope("second_village"), world.zhu.scope("village_secretary")):
        async with transaction(stranger):
            assert await entry_rows(stranger, region=world.nan.village, section="labour_by_hand", period="2026-10") == []
            with pytest.raises((NotFound, Forbidden)):
                await change_entry(stranger, entry=made, line=line, version=1, now=NOW)


async def test_a_county_switches_a_room_off_and_nothing_is_due_in_it(admin: asyncpg.Connection, world: World) -> None:
    zhu, boss = world.zhu, world.zhu.scope("county_administrator")
    now = clock.now()
    async with transaction(boss):
        await set_values(boss, AREA, {"works_by_hand": False}, valid_from=now, reason="工程由插件自动公开", now=now)
    system = system_scope(zhu.code)
    async with transaction(system):
        await on_calendar(system, Event(new_id(), CALENDAR, zhu.code, zhu.code, {}, clock.now() + timedelta(minutes=1)))
    due = {row["section"] for row in await admin.fetch("SELECT DISTINCT section FROM publication_due WHERE county = $1", zhu.code)}
    by_period = {sheet.name for sheet in SHEETS if sheet.clock.by_period}
    assert due & BY_HAND == by_period - {"works_by_hand"}
    secretary = zhu.scope("village_secretary")
    async with transaction(secretary):
        with pytest.raises(NotFound):
            await draft_of(secretary, section="works_by_hand", region=zhu.village, period="2026-Q3", subject=None, note="", now=clock.now() + timedelta(minutes=1))


def test_every_sheet_has_what_it_names() -> None:
    for sheet in SHEETS:
        names = {column.name for column in sheet.columns} | ({"text"} if sheet.words else set())
        assert sheet.needed <= names
        assert set(sheet.choices) == {column.name for column in sheet.columns if column.kind is FieldKind.STATE}
        assert sum(column.key for column in sheet.columns) == 1
    assert {sheet.name for sheet in SHEETS} - MATTERS == BY_HAND
    assert [(name, BY_NAME[name].clock) for name, _ in _LAW] == list(_LAW)


async def test_a_township_publishes_matters_of_its_own(world: World) -> None:
    leader = world.nan.scope("township_leader")
    matter = (await write(leader, "own_notice", "", {"what": "道路改线方案", "text": "南线改走东圩。"}))[0]
    made = await release(leader, "own_notice", subject=matter)
    async with transaction(leader):
        assert (await publication_of(leader, made)).place == world.nan.township
    with pytest.raises(NotFound):
        await draft(leader, "money_by_hand", "2026-10")


async def test_a_county_publishes_for_itself_and_leaves_villages_theirs(world: World) -> None:
    department, secretary = world.nan.scope("county_department"), world.nan.scope("village_secretary")
    matter = (await write(department, "own_notice", "", {"what": "低保提标方案", "text": "明年起每月提高三十元。"}))[0]
    made = await release(department, "own_notice", subject=matter)
    async with transaction(department):
        assert (await publication_of(department, made)).place == world.nan.code
    theirs = (await write(secretary, "own_notice", "", {"what": "停水", "text": "周六停水。"}))[0]
    shown = await draft(secretary, "own_notice", subject=theirs)
    async with transaction(department):
        with pytest.raises(Forbidden, match="由村或乡镇公开"):
            await release_publication(
                department, wanted=Wanted("own_notice", secretary.region, "", theirs, "", shown.digest), now=NOW
            )
    standing = await release(secretary, "own_notice", subject=theirs)
    async with transaction(department):
        with pytest.raises(Forbidden):
            await withdraw_publication(department, publication=standing, reason="写错了", now=NOW)
    with pytest.raises(NotFound):
        await draft(department, "money_by_hand", "2026-10")
