"""Screening a whole list: the same as the command, with a bar, for one's own eyes, and nothing of it stays."""

import csv
import io
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from openpyxl import Workbook, load_workbook

from core.contracts.events import Stopping
from core.extension.queries import with_plugins
from core.kernel import clock
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.kernel.storage import FolderStorage
from core.people.sessions import open_session
from core.progress import running
from core.progress.running import run_work
from plugins.township_filter.batches import work
from plugins.township_filter.comparison.files import LEVELS
from plugins.township_filter.screen_file import screen_file
from tests.factories.world import County
from tests.plugins.township_filter.conftest import Site
from tests.web.visitors import ORIGIN, Visitor, visiting
from web.guards import csrf_token

PAGE = "/township_filter/screen"
HEAD = "id,level,title,body\n"
LISTED = "圩堤隐患排查"
BURDEN = "关注公众号并每日转发打卡"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderStorage:
    made = FolderStorage(tmp_path / "files")
    monkeypatch.setattr("plugins.township_filter.batches.keeping.get_storage", lambda: made)
    return made


async def upload(visitor: Visitor, content: bytes, name: str = "list.csv", **fields: str) -> httpx.Response:
    """Send the form with a file, as a browser does."""
    session = await open_session(visitor.post.token)
    data = {"level": "village", "texts": "", **fields, "csrf_token": csrf_token(visitor.app.state.settings, session)}
    files = {"file": (name, content, "application/octet-stream")}
    return await visitor.client.post(PAGE, data=data, files=files, headers={"origin": ORIGIN})


async def worked_off(site: Site, answer: httpx.Response) -> UUID:
    """Run the work that a form has started, as the worker does; give its id."""
    assert answer.status_code == 303, answer.text
    job = UUID(answer.headers["location"].rpartition("/")[2])
    await run(site, job)
    return job


async def run(site: Site, job: UUID) -> None:
    row = await site.admin.fetchrow("SELECT * FROM outbox WHERE topic = 'job.run' AND payload->>'job' = $1", str(job))
    event = Event(row["id"], row["topic"], row["county"], row["region"], json.loads(row["payload"]), clock.now())
    scope = await with_plugins(system_scope(event.region, county=event.county))
    await run_work({work.KIND: work.WORK}, scope, event)


async def job_row(site: Site, job: UUID) -> Any:
    return await site.admin.fetchrow("SELECT * FROM job_row WHERE id = $1", job)


def as_the_command_writes(content: bytes) -> bytes:
    """Take level and title out of a download."""
    without = io.StringIO(newline="")
    csv.writer(without, lineterminator="\n").writerows([row[0], *row[3:]] for row in csv.reader(io.StringIO(content.decode())))
    return without.getvalue().encode()


async def by_command(county: County, folder: Path, content: bytes, *more: str) -> bytes:
    given, output = folder / "in.csv", folder / "out.csv"
    given.write_bytes(content)
    scope = await with_plugins(system_scope(county.code, county=county.code))
    words = ["--level", "village", "--input", str(given), "--output", str(output), *more]
    assert [line async for line in screen_file(scope, words)]
    return output.read_bytes()


async def test_the_download_is_the_commands_answer_with_level_and_title(site: Site, tmp_path: Path) -> None:
    nan = site.world.nan
    lines = [
        ("a1", "village", LISTED, "请各村对圩堤逐段排查。"), ("a2", "", "圩堤隐患排查工作", "请各村对圩堤逐段排查。"), ("a3", "村", BURDEN, "每日截图"),
        ("a4", "township", "医保参保动员", '带\n换行，逗号和"引号"'), ("", "village", "云彩", ""),
    ]  # fmt: skip
    written, named = io.StringIO(newline=""), [(f"{given}{n}" if given else "", *more) for n in range(60) for given, *more in lines]
    csv.writer(written).writerows([("id", "level", "title", "body"), *named])
    for encoding, told in (("utf-8", {}), ("utf-8-sig", {}), ("gb18030", {"title_only": "1"})):
        content = written.getvalue().encode(encoding)
        async with visiting(site.app, nan.posts["county_administrator"]) as boss:
            job = await worked_off(site, await upload(boss, content, **told))
            answer = await boss.get(f"{PAGE}/{job}/csv")
        rows = list(csv.reader(io.StringIO(answer.text)))
        assert rows[0][:4] == ["id", "level", "title", "verdict"]
        assert [row[1:3] for row in rows[1:6]] == [[LEVELS.get(level, "village"), title] for _, level, title, _ in lines]
        assert as_the_command_writes(answer.content) == await by_command(nan, tmp_path, content, *(["--title-only"] if told else []))
        assert answer.text.count("duplicate") > 100


async def test_what_is_screened_becomes_no_matter_and_teaches_nothing(site: Site) -> None:
    tables = (
        "incoming_task", "township_filter.screened", "township_filter.learned", "township_filter.sender", "township_filter.quota_hold",
        "entry_item", "task",
    )  # fmt: skip
    counted = " UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in tables)
    before = await site.admin.fetch(counted)
    async with visiting(site.app, site.world.nan.posts["township_staff"]) as staff:
        job = await worked_off(site, await staff.send(PAGE, level="village", texts=f"{LISTED}\n{BURDEN}\t每日截图\n\n{LISTED}\n"))
        text = (await staff.get(f"{PAGE}/{job}")).text
    assert await site.admin.fetch(counted) == before
    assert "共 3 件" in text
    assert "V12" in text
    assert "转发" in text
    row = await job_row(site, job)
    assert (row["state"], row["done"], row["total"]) == ("done", 3, 3)
    assert LISTED not in str(dict(row))


async def test_a_workbook_is_read_and_handed_back_safe_from_formulas(site: Site) -> None:
    book = Workbook()
    book.active.append(["ID", "Level", "Title", "Body"])
    book.active.append(["=1+1", "涉村", LISTED, None])
    book.active.append(["@x", None, f"={BURDEN}", "每日截图"])
    book.active.append([7, "township", "-1", ""])
    file = io.BytesIO()
    for cell in ("A2", "C3"):
        book.active[cell].data_type = "s"
    book.save(file)
    async with visiting(site.app, site.world.nan.posts["county_department"]) as office:
        job = await worked_off(site, await upload(office, file.getvalue(), "list.xlsx"))
        rows = list(load_workbook(io.BytesIO((await office.get(f"{PAGE}/{job}/xlsx")).content)).active.iter_rows(values_only=True))
        lines = list(csv.DictReader(io.StringIO((await office.get(f"{PAGE}/{job}/csv")).text)))
        assert (await office.get(f"{PAGE}/{job}/pdf")).status_code == 404
    assert rows[0][:4] == ("来文编号", "标题", "层级", "结论")
    assert [row[:3] for row in rows[1:]] == [("'=1+1", LISTED, "涉村事项"), ("'@x", f"'={BURDEN}", "涉村事项"), ("7", "'-1", "涉镇事项")]
    assert (rows[1][3], rows[1][4][:3], rows[2][3]) == ("通过", "V12", "驳回")
    assert [line["id"] for line in lines] == ["'=1+1", "'@x", "7"]


@pytest.mark.parametrize(
    ("content", "said", "english"),
    [
        (b"", "文件是空的", "The file is empty"),
        (b"id,title\n1,x\n", "文件缺少列：body", "Missing columns: body"),
        (b"id,level,title,body\n1,county,x,y\n", "第 2 行：level 是“county”", "Line 2: The level is"),
        (b"id,level,title,body\n1,village,x,y,z\n", "第 2 行：有 5 格，表头只有 4 列", "Line 2: 5 fields, but 4 columns"),
        (b'id,title,body\n1,"x,y\n', "不是完整的 CSV", "no complete CSV"),
        ("id,title,body\n1,x,y\n".encode("utf-16"), "编码读不出来", "encoding is not known"),
        (b"\xd0\xcf\x11\xe0 old", "不接收旧版 .xls", ".xls"),
        (b"PK\x03\x04 broken", "文件读不出来", "cannot be read"),
        (b"\x00\x01junk of a name", "文件的编码读不出来", "encoding is not known"),
        (b"id,title,body\n" + b"1,x,y\n" * 31, "共 31 行，一次最多 30 行", "31 rows; at most 30"),
    ],
)
async def test_a_bad_file_is_explained_at_its_field_in_the_readers_language(site: Site, content: bytes, said: str, english: str) -> None:
    await site.set("screen_rows", "30")
    async with visiting(site.app, site.world.nan.posts["township_leader"]) as leader:
        answer = await upload(leader, content, level="township", title_only="")
        assert (answer.status_code, said in answer.text, "list-file-error" in answer.text) == (422, True, True)
        await leader.send("/me/language", language="en")
        answer = await upload(leader, content, level="township")
        await leader.send("/me/language", language="zh")
    assert (answer.status_code, english in answer.text, said in answer.text) == (422, True, False)
    assert await site.admin.fetchval("SELECT count(*) FROM outbox WHERE topic = 'job.run'") == 0


async def test_what_is_only_named_a_workbook_is_said_to_be_none(site: Site) -> None:
    async with visiting(site.app, site.world.nan.posts["township_leader"]) as leader:
        answer = await upload(leader, b"this is no workbook", "list.xlsx")
    assert (answer.status_code, "它不是表格，或者已经损坏" in answer.text, "缺少列" in answer.text) == (422, True, False)


async def test_broken_rows_are_listed_back_and_the_others_go_on(site: Site) -> None:
    content = f"编号,层级,标题,正文\n1,村,{LISTED},\n2,村,,没有标题的正文\n3,村,{BURDEN},每日截图,多出来的\n1,村,又一件,\n".encode()
    async with visiting(site.app, site.world.nan.posts["township_leader"]) as leader:
        answer = await upload(leader, content)
        assert "有 3 行有问题" in await leader.flash()
        job = await worked_off(site, answer)
        text = (await leader.get(f"{PAGE}/{job}")).text
        lines = list(csv.DictReader(io.StringIO((await leader.get(f"{PAGE}/{job}/csv")).text)))
        for said in ("共 1 件", "有 3 行有问题", "第 3 行：没有标题", "第 4 行：有 5 格", "第 5 行：编号“1”和第 2 行的一样"):
            assert said in text
        assert [(line["id"], line["verdict"]) for line in lines] == [("1", "passed")]
        pasted = await worked_off(site, await leader.send(PAGE, level="village", texts=f"{LISTED}\n\t只有正文\n"))
        assert "第 2 行：没有标题" in (await leader.get(f"{PAGE}/{pasted}")).text
        assert (await leader.send(f"{PAGE}/{job}/remove")).status_code == 303


async def test_results_that_are_still_kept_are_listed_with_their_time_and_rest(site: Site) -> None:
    nan = site.world.nan
    async with visiting(site.app, nan.posts["township_staff"]) as staff:
        assert "还留着的结果" not in (await staff.get(PAGE)).text
        done = await worked_off(site, await staff.send(PAGE, level="village", texts=LISTED))
        waiting = UUID((await staff.send(PAGE, level="village", texts=f"{LISTED}\n{BURDEN}")).headers["location"].rpartition("/")[2])
        listed = (await staff.get(PAGE)).text.partition("还留着的结果")[2]
        assert (f"{PAGE}/{done}" in listed, f"/jobs/{waiting}" in listed) == (True, True)
        assert ("1 件" in listed, "2 件" in listed, "23 小时后自动删除" in listed) == (True, True, True)
        await staff.send(f"{PAGE}/{done}/remove")
        await run(site, waiting)
        listed = (await staff.get(PAGE)).text.partition("还留着的结果")[2]
        assert (f"{PAGE}/{done}" in listed, f"{PAGE}/{waiting}" in listed) == (False, True)
    async with visiting(site.app, nan.posts["township_leader"]) as other:
        assert str(waiting) not in (await other.get(PAGE)).text


async def test_what_was_pasted_is_kept_where_something_is_wrong(site: Site) -> None:
    await site.set("screen_rows", "2")
    async with visiting(site.app, site.world.nan.posts["township_staff"]) as staff:
        assert "一次最多 2 行" in (await staff.get(PAGE)).text
        empty = await staff.send(PAGE, level="village", texts=" \n ")
        assert (empty.status_code, "请粘贴来文" in empty.text) == (422, True)
        long = await staff.send(PAGE, level="village", texts="甲村排查\n乙村排查\n丙村排查", title_only="1")
        assert (long.status_code, "共 3 行" in long.text, "丙村排查" in long.text) == (422, True, True)
        assert "checked" in long.text.partition("list-title_only")[2][:200]
        both = await upload(staff, b"id,title,body\n1,x,y\n", texts="甲村排查")
        assert (both.status_code, "只能选一种" in both.text, "甲村排查" in both.text) == (422, True, True)
        other = await staff.send(PAGE, level="county", texts="甲村排查")
        assert (other.status_code, "请选择层级" in other.text, "甲村排查" in other.text) == (422, True, True)


async def test_work_that_was_interrupted_is_taken_up_and_ends_as_if_it_had_not_been(site: Site, tmp_path: Path) -> None:
    nan = site.world.nan
    content = (HEAD + "".join(f"{n},village,{LISTED if n % 50 == 0 else f'第{n}号事项通报'},\n" for n in range(250))).encode()
    async with visiting(site.app, nan.posts["county_administrator"]) as boss:
        answer = await upload(boss, content)
        job = UUID(answer.headers["location"].rpartition("/")[2])
        running.stopping.clear()
        chunk, calls = running.Run.chunk, []

        async def stopped(self: running.Run, key: str, run: Any, *, size: int) -> bool:
            calls.append(key)
            if len(calls) == 3:
                raise Stopping
            return await chunk(self, key, run, size=size)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(running.Run, "chunk", stopped)
            with pytest.raises(Stopping):
                await run(site, job)
        half = await job_row(site, job)
        assert (half["state"], half["done"], half["total"]) == ("running", 200, 250)
        waiting = await boss.get(f"{PAGE}/{job}")
        assert (waiting.status_code, waiting.headers["location"]) == (303, f"/jobs/{job}")
        assert "可以离开" in (await boss.get(f"/jobs/{job}")).text
        await run(site, job)
        await run(site, job)
        row = await job_row(site, job)
        assert (row["state"], row["done"]) == ("done", 250)
        assert f"{PAGE}/{job}" in (await boss.get(f"/jobs/{job}")).text
        assert as_the_command_writes((await boss.get(f"{PAGE}/{job}/csv")).content) == await by_command(nan, tmp_path, content)


async def test_the_result_is_filtered_and_paged_with_its_filter_in_the_address(site: Site) -> None:
    pasted = "\n".join([*(f"{BURDEN}第{n}期" for n in range(40)), LISTED])
    async with visiting(site.app, site.world.nan.posts["township_leader"]) as leader:
        job = await worked_off(site, await leader.send(PAGE, level="village", texts=pasted))
        everything = (await leader.get(f"{PAGE}/{job}")).text
        assert ("共 41 件" in everything, "page_number=2" in everything, "?verdict=passed" in everything) == (True, True, True)
        passed = (await leader.get(f"{PAGE}/{job}?verdict=passed")).text
        assert ("符合条件的 1 件" in passed, LISTED in passed, BURDEN in passed.partition("<table")[2]) == (True, True, False)
        assert "第39期" in (await leader.get(f"{PAGE}/{job}?verdict=refused&page_number=2")).text
        assert "没有符合条件的来文" in (await leader.get(f"{PAGE}/{job}?q=从未出现")).text


async def test_nobody_else_sees_a_list_or_deletes_it(site: Site, store: FolderStorage) -> None:
    nan, zhu = site.world.nan, site.world.zhu
    await site.admin.execute(
        "INSERT INTO plugin_state VALUES ($1, gen_random_uuid(), $1, 'township_filter', 'on', '试用', '王', NULL, now())", zhu.code
    )
    async with visiting(site.app, nan.posts["township_staff"]) as staff:
        job = await worked_off(site, await staff.send(PAGE, level="village", texts=LISTED))
    for post in (nan.posts["county_administrator"], nan.posts["township_leader"], nan.posts["county_department"], zhu.posts["township_staff"]):
        async with visiting(site.app, post) as stranger:
            for address in (f"{PAGE}/{job}", f"{PAGE}/{job}/csv", f"{PAGE}/{job}/xlsx"):
                assert (await stranger.get(address)).status_code == 404
            assert (await stranger.send(f"{PAGE}/{job}/remove")).status_code == 404
    async with visiting(site.app, nan.posts["village_secretary"]) as secretary:
        assert (await secretary.get(PAGE)).status_code == 403
    assert list(store.list(f"{nan.code}/screenings/")) == [f"{nan.code}/screenings/{job}/result.json"]


async def test_a_list_is_deleted_by_its_owner_after_a_day_and_with_the_switch(site: Site, store: FolderStorage) -> None:
    nan = site.world.nan
    folder = f"{nan.code}/screenings/"
    scope = await with_plugins(system_scope(nan.code, county=nan.code))

    async def swept(at: datetime) -> list[str]:
        async with transaction(scope):
            await work.FORGETTING.run(scope, Event(new_id(), work.TOPIC, nan.code, nan.code, {"slot": at.isoformat()}, at))
        return list(store.list(folder))

    async with visiting(site.app, nan.posts["township_staff"]) as staff:
        job = await worked_off(site, await staff.send(PAGE, level="village", texts=LISTED))
        assert (await staff.send(f"{PAGE}/{job}/remove")).headers["location"] == PAGE
        assert list(store.list(folder)) == []
        assert "已经删除" in (await staff.get(f"{PAGE}/{job}")).text
        assert (await staff.get(f"{PAGE}/{job}/csv")).status_code == 404
        done = await worked_off(site, await staff.send(PAGE, level="village", texts=LISTED))
        waiting = UUID((await staff.send(PAGE, level="village", texts=LISTED)).headers["location"].rpartition("/")[2])
        now = clock.now()
        assert len(await swept(now + timedelta(hours=23))) == 2
        assert await swept(now + timedelta(hours=25)) == []
        assert "已经删除" in (await staff.get(f"{PAGE}/{done}")).text
        await run(site, waiting)
        assert (await job_row(site, waiting))["state"] == "failed"
        assert "请重新提交" in (await staff.get(f"/jobs/{waiting}")).text
        await worked_off(site, await staff.send(PAGE, level="village", texts=LISTED))
    async with transaction(scope):
        await work.SWITCHED_OFF.run(scope, now)
    assert list(store.list(folder)) == []


async def test_english_pages_have_no_chinese_of_ours(site: Site) -> None:
    async with visiting(site.app, site.world.nan.posts["township_staff"]) as staff:
        job = await worked_off(site, await staff.send(PAGE, level="village", texts=LISTED))
        await staff.send("/me/language", language="en")
        assert "Screen a list" in (await staff.get(PAGE)).text
        assert "Download XLSX" in (await staff.get(f"{PAGE}/{job}")).text
        await staff.send("/me/language", language="zh")
