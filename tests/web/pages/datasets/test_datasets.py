"""The pages of outside data: handing in, looking masked and with a reason, unmasking, the log; nobody below the county gets in."""

import re
from datetime import timedelta
from uuid import UUID

import httpx

from core.kernel import clock
from core.kernel.clock import local
from core.people.sessions import open_session
from tests.core.datasets.steps import Cells, aid, business, id_number, sheet, work
from tests.factories.world import World
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import words_of
from tests.web.visitors import ORIGIN, Visitor
from web.guards import csrf_token


def said(**changes: str) -> dict[str, str]:
    until = (clock.now() + timedelta(days=60)).date().isoformat()
    return {
        "kind": "aid", "source": "民政局", "purpose": "核对救助对象", "basis": "社会救助条例", "expires_on": until, "way": "adds", **changes,
    }  # fmt: skip


async def handed_in(visitor: Visitor, kind: str, lines: list[Cells], **changes: str) -> httpx.Response:
    token = csrf_token(visitor.app.state.settings, await open_session(visitor.post.token))
    return await visitor.client.post(
        "/datasets/import", data={**said(kind=kind, **changes), "csrf_token": token}, headers={"origin": ORIGIN},
        files={"file": ("名单.xlsx", sheet(kind, lines), "application/octet-stream")},
    )  # fmt: skip


async def stored(visitor: Visitor, world: World, kind: str, lines: list[Cells]) -> str:
    """Hand a list in, start it and have the worker store it; gives its address."""
    answer = await handed_in(visitor, kind, lines)
    assert answer.status_code == 303, words_of(answer.text)
    at = answer.headers["location"]
    started = await visitor.send(f"{at}/start")
    assert started.headers["location"].startswith("/jobs/")
    await work(world.nan.scope("county_inspector"), UUID(started.headers["location"].rpartition("/")[2]))
    return str(at)


async def test_a_list_is_checked_first_and_its_bad_lines_are_shown_masked(served: Site, client_for: ClientFor) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    lines = [aid(1, "2026-03-05"), {**aid(2, "2026-03-05", name="欧阳小明"), "village": "没有村"}]
    answer = await handed_in(inspector, "aid", lines)
    at = answer.headers["location"]
    page = words_of((await inspector.get(at)).text)
    assert "已核对，还没有导入" in page
    assert "找不到这个村（社区）。" in page
    assert "欧**" in page
    assert "欧阳小明" not in page
    assert id_number(2) not in page
    back = await inspector.send(f"{at}/bad")
    assert back.headers["content-type"].startswith("application/vnd.openxml")
    template = await inspector.get("/datasets/template/aid")
    assert template.content.startswith(b"PK")
    assert (await inspector.get("/datasets/template/none")).status_code == 404


async def test_numbers_beyond_all_lists_are_no_error(served: Site, client_for: ClientFor) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    at = (await handed_in(inspector, "aid", [aid(3, "2026-03-05")])).headers["location"]
    for number in ("9" * 5000, "00000000099999999999", "²", "-1"):
        shown = await inspector.send(f"{at}/rows", reason="复核", n=number, p=number)
        assert shown.status_code == 200, words_of(shown.text)
    assert (await inspector.get(f"/datasets/log?p={'9' * 5000}")).status_code == 200


async def test_what_was_typed_is_kept_and_every_gap_is_named(served: Site, client_for: ClientFor) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    refused = await handed_in(inspector, "aid", [aid(1, "2026-03-05")], purpose=" ", source="县民政局救助科")
    assert refused.status_code == 422
    assert 'value="县民政局救助科"' in refused.text
    assert "请填写这一项" in words_of(refused.text)
    late = await handed_in(inspector, "aid", [aid(1, "2026-03-05")], expires_on="2090-01-01")
    assert "不超过本县规定的天数" in words_of(late.text)
    empty = await inspector.send("/datasets/import", **said())
    assert "请选择要导入的文件" in words_of(empty.text)


async def test_rows_are_seen_masked_with_a_reason_and_each_look_stands_in_the_log(served: Site, client_for: ClientFor) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    at = await stored(inspector, served.world, "business", [business(11, "2020-01-01", name="欧阳小明", company="好记建材店")])
    assert (await inspector.get(f"{at}/rows")).headers["location"] == at  # no plain link to the rows
    refused = await inspector.send(f"{at}/rows", reason=" ")
    assert refused.status_code == 422
    assert "请写明" in words_of(refused.text)
    rows = await inspector.send(f"{at}/rows", reason="复核三月低保")
    words = words_of(rows.text)
    assert "欧**" in words
    assert "好记建材店" in words
    assert "欧阳小明" not in words
    assert id_number(11) not in rows.text
    unmask = re.search(r'action="(/datasets/rows/[0-9a-f-]+/unmask)"', rows.text)
    assert unmask is not None
    shown = words_of((await inspector.send(unmask[1], reason="上门核实")).text)
    assert "欧阳小明" in shown
    assert id_number(11) not in shown
    log = words_of((await inspector.get("/datasets/log")).text)
    for word in ("上传核对", "导入", "查看名单（已脱敏）", "复核三月低保", "查看完整姓名", "上门核实"):
        assert word in log
    assert "上门核实" not in words_of((await inspector.get("/datasets/log?act=looked")).text)


async def test_the_administrator_hands_in_and_deletes_but_unmasks_nobody(served: Site, client_for: ClientFor) -> None:
    boss = await client_for(served.world.nan.posts["county_administrator"])
    at = await stored(boss, served.world, "business", [business(12, "2020-01-01")])
    rows = await boss.send(f"{at}/rows", reason="核对导入结果")
    assert "/unmask" not in rows.text
    row = await served.admin.fetchval("SELECT id FROM datasets.dataset_row WHERE dataset_id = $1::uuid", at.rpartition("/")[2])
    assert (await boss.send(f"/datasets/rows/{row}/unmask", reason="看看")).status_code == 403
    assert (await boss.send(f"{at}/delete", reason="")).status_code == 422
    assert (await boss.send(f"{at}/delete", reason="导错了")).status_code == 303
    page = words_of((await boss.get(at)).text)
    assert "数据已删除" in page
    assert "导错了" in page
    assert (await boss.send(f"{at}/delete", reason="导错了")).status_code == 409


async def test_nobody_below_the_county_gets_in(served: Site, client_for: ClientFor) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    at = (await handed_in(inspector, "aid", [aid(20, "2026-03-05")])).headers["location"]
    for role in ("township_leader", "township_staff", "village_secretary", "supervision_committee", "county_department"):
        visitor = await client_for(served.world.nan.posts[role])
        for path in ("/datasets", "/datasets/log", "/datasets/import", at):
            assert (await visitor.get(path)).status_code == 403
        assert (await visitor.send(f"{at}/rows", reason="看看")).status_code == 403
        assert "/datasets" not in (await visitor.get("/notices")).text
    stranger = await client_for(served.world.zhu.posts["county_inspector"])
    assert (await stranger.get(at)).status_code == 404


async def test_the_form_is_filled_in_with_what_is_usual_and_keeps_what_was_chosen(served: Site, client_for: ClientFor) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    fresh = (await inspector.get("/datasets/import")).text
    until = (local(clock.now()) + timedelta(days=90)).date().isoformat()
    assert re.search(r'<input[^>]*name="way"[^>]*value="adds"[^>]*checked', fresh)
    field = re.search(r'<input[^>]*name="expires_on"[^>]*>', fresh)
    assert field is not None
    assert f'value="{until}"' in field[0]
    refused = await handed_in(inspector, "aid", [aid(1, "2026-03-05")], way="replaces", purpose=f"核对{id_number(3)}")
    assert refused.status_code == 422
    assert re.search(r'<input[^>]*name="way"[^>]*value="replaces"[^>]*checked', refused.text)
    assert "不能写身份证号" in words_of(refused.text)


async def test_a_list_without_one_good_line_says_why_and_can_be_sent_again(served: Site, client_for: ClientFor) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    answer = await handed_in(inspector, "aid", [{**aid(4, "2026-03-05"), "id_number": ""}])
    page = (await inspector.get(answer.headers["location"])).text
    assert "请填写身份证号。" in words_of(page)
    assert "没有可以导入的行" in words_of(page)
    assert 'href="/datasets/import?kind=aid"' in page
    assert "/start" not in page


async def test_what_was_typed_stays_where_a_list_was_ended_by_somebody_else(served: Site, client_for: ClientFor) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    at = (await handed_in(inspector, "aid", [aid(5, "2026-03-05")])).headers["location"]
    assert (await inspector.send(f"{at}/delete", reason="导错了")).status_code == 303
    late = await inspector.send(f"{at}/delete", reason="这份名单已经过期")
    assert late.status_code == 409
    assert "已经删除，请刷新后再看" in words_of(late.text)
    assert "这份名单已经过期" in words_of(late.text)
    assert "<title>民政局" in late.text
