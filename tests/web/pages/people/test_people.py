"""Pages of people, for the administrator of one county and the twin next door."""

import io
import re

import httpx
import pytest
from openpyxl import load_workbook

from core.kernel.sheets_out import XLSX, write_sheet
from core.people.sessions import open_session
from core.people.sheet_rows import columns
from tests.core.people.world import NAN, TOWN, VILLAGE
from tests.web.pages.conftest import Site
from tests.web.pages.main_job import words_of
from tests.web.visitors import ORIGIN, Visitor, visiting
from web.guards import csrf_token

CODE = re.compile(r"\b[2-9A-Z]{5}-[2-9A-Z]{5}\b")


async def invited(visitor: Visitor, phone: str, name: str = "李新") -> tuple[str, str]:
    """Invite somebody; gives the person's address and the code."""
    answer = await visitor.send(
        "/people/invite", role="village_cadre", region=NAN + VILLAGE, name=name, phone=phone
    )
    assert answer.status_code == 200, answer.text
    code = CODE.search(answer.text)
    person = re.search(r"/people/[0-9a-f-]{36}", answer.text)
    assert code is not None
    assert person is not None
    return person[0], code[0]


async def test_an_administrator_invites_finds_and_ends_somebody(served: Site) -> None:
    async with visiting(served.first, served.world.nan.posts["county_administrator"]) as boss:
        step = await boss.get("/people/invite?role=village_cadre")
        assert "练市镇 · 朱家兜" in step.text
        assert "平台运维" not in step.text
        path, _ = await invited(boss, "13211110001")
        assert "待激活" in (await boss.get("/people?q=李新")).text
        listed = await boss.get("/people?q=13211110001")
        assert "132****0001" in listed.text
        assert listed.text.count("李新") == 1
        assert "13211110001" not in (await boss.get("/people?q=0001")).text
        page = await boss.get(path)
        assert "任职" in page.text
        ending = re.search(r"/people/posts/[0-9a-f-]{36}/end", page.text)
        assert ending is not None
        short = await boss.send(ending[0], reason="调")
        assert (short.status_code, 'value="调"' in short.text) == (422, True)
        done = await boss.send(ending[0], reason="调离")
        assert done.headers["location"] == path
        assert "调离" in (await boss.get(path)).text
        again = await boss.send(ending[0], reason="调离")
        assert again.status_code == 409
        assert "刚刚已被结束" in again.text


async def test_forms_say_what_is_wrong_and_keep_what_was_written(served: Site) -> None:
    async with visiting(served.first, served.world.nan.posts["county_administrator"]) as boss:
        answer = await boss.send(
            "/people/invite", role="village_cadre", region=NAN + VILLAGE, name="赵某", phone="123"
        )
        assert answer.status_code == 422
        assert "11 位手机号" in answer.text
        assert 'value="赵某"' in answer.text
        both = await boss.send(
            "/people/invite", role="village_cadre", region=NAN + VILLAGE, name="赵某", phone="123", id_number="999"
        )
        for told in ("请填写 11 位手机号。", "身份证号不对，请检查 18 位号码。"):
            assert told in both.text


async def test_the_twin_county_is_answered_as_if_nobody_were_there(served: Site) -> None:
    zhu = served.world.zhu.posts["village_cadre"].scope
    nobody = "01990000-0000-7000-8000-000000000000"
    async with visiting(served.first, served.world.nan.posts["county_administrator"]) as boss:
        for foreign, unknown in (
            (f"/people/{zhu.person}", f"/people/{nobody}"),
            (f"/people/{zhu.person}/why", f"/people/{nobody}/why"),
            (f"/people/{zhu.person}/grant", f"/people/{nobody}/grant"),
            (f"/people/{zhu.person}/reset", f"/people/{nobody}/reset"),
            (f"/people/posts/{zhu.membership}/end", f"/people/posts/{nobody}/end"),
        ):
            first, second = await boss.get(foreign), await boss.get(unknown)
            assert (first.status_code, second.status_code) == (404, 404)
            assert first.text.replace(foreign, "") == second.text.replace(unknown, "")
        for path in ("unmask", "grant", "code", "reset"):
            sent = {
                "reason": "核对",
                "field": "phone",
                "purpose": "password",
                "role": "village_cadre",
                "region": NAN + VILLAGE,
            }
            assert (await boss.send(f"/people/{zhu.person}/{path}", **sent)).status_code == 404


@pytest.mark.parametrize("role", ["village_cadre", "township_staff", "county_inspector"])
async def test_without_the_right_the_pages_are_closed(served: Site, role: str) -> None:
    async with visiting(served.first, served.world.nan.posts[role]) as visitor:
        for path in ("/people/invite", "/people/import", "/roles", "/roles/new"):
            assert (await visitor.get(path)).status_code == 403, path
        assert (await visitor.get("/platform")).status_code == 404


async def test_a_full_number_is_shown_with_a_reason_only(served: Site) -> None:
    async with visiting(served.first, served.world.nan.posts["county_administrator"]) as boss:
        path, _ = await invited(boss, "13211110002", "钱某")
        assert "13211110002" not in (await boss.get(path)).text
        refused = await boss.send(f"{path}/unmask", field="phone", reason="")
        assert refused.status_code == 422
        assert "13211110002" not in refused.text
        other = await boss.send(f"{path}/unmask", field="id_number", reason="查")
        assert 'value="查"' in other.text
        assert 'value="id_number" checked' in other.text
        assert "写得太短了，至少 2 个字。" in other.text[other.text.index('id="reason-error"') :].split("</p>")[0]
        assert "13211110002" in (await boss.send(f"{path}/unmask", field="phone", reason="核对联系方式")).text


async def test_why_answers_for_a_pasted_address(served: Site) -> None:
    leader = served.world.nan.posts["township_leader"].scope
    async with visiting(served.first, served.world.nan.posts["county_administrator"]) as boss:
        page = await boss.get(f"/people/{leader.person}/why?thing=/people")
        assert "查看人员" in page.text
        yes = await boss.get(f"/people/{leader.person}/why?right=core:task:dispatch&thing={NAN + TOWN}")
        assert "可以在练市镇“派发任务”" in yes.text
        no = await boss.get(f"/people/{leader.person}/why?right=core:task:dispatch&thing={NAN}102")
        assert "不可以在双林镇" in no.text
        assert "请选择一项权限" in (await boss.get(f"/people/{leader.person}/why?thing={NAN}")).text
        assert "请选择一项权限" in (await boss.get(f"/people/{leader.person}/why?thing=/me")).text
        nonsense = await boss.get(f"/people/{leader.person}/why?right=core:task:dispatch&thing=香蕉")
        assert "没有找到它" in nonsense.text
        assert "可以在" not in words_of(nonsense.text)
        unknown = await boss.get(f"/people/{leader.person}/why?right=core:task:dispatch&thing=330681101")
        assert "没有找到它" in unknown.text


async def test_a_county_makes_a_role_on_its_page(served: Site) -> None:
    async with visiting(served.first, served.world.nan.posts["county_administrator"]) as boss:
        assert "派发任务" in (await boss.get("/roles/new")).text
        bad = await boss.send("/roles/new", title="督查员", level="4")
        assert bad.status_code == 422
        assert "请至少选择一项权限。" in bad.text
        assert 'value="督查员"' in bad.text
        made = await boss.send("/roles/new", title="督查员", level="4", permissions="core:task:read")
        assert made.headers["location"] == "/roles"
        page = await boss.get("/roles")
        role = re.search(r'href="(/roles/[0-9a-f-]{36})"', page.text)
        assert role is not None
        emptied = await boss.send(role[1], title="", factor="1")
        assert emptied.status_code == 422
        assert 'value="督查员"' not in emptied.text  # what was sent is kept, not what was there before
        assert emptied.text.count(" checked") == 1
        forged = await boss.send(role[1], title="督查员", permissions="platform:county:open")
        assert forged.status_code == 403
        assert (await boss.get("/roles/ready/village_cadre")).status_code == 200
        closed = await boss.send(f"{role[1]}/close")
        assert closed.headers["location"] == "/roles"
    async with visiting(served.first, served.world.zhu.posts["county_administrator"]) as other:
        assert (await other.get(role[1])).status_code == 404


async def upload(visitor: Visitor, content: bytes, *, token: str | None = None) -> httpx.Response:
    session = await open_session(visitor.post.token)
    held = csrf_token(visitor.app.state.settings, session) if token is None else token
    return await visitor.client.post(
        "/people/import",
        data={"csrf_token": held},
        files={"file": ("人员.xlsx", content)},
        headers={"origin": ORIGIN},
    )


async def test_a_sheet_is_looked_through_and_started(served: Site) -> None:
    headings = [column.title for column in columns(())]
    rows = [
        ("孙一", "13211112001", "", "村干部", "练市", "朱家兜", "", ""),
        ("孙二", "1", "", "村干部", "练市", "朱家兜", "", ""),
    ]
    async with visiting(served.first, served.world.nan.posts["county_administrator"]) as boss:
        template = await boss.get("/people/import/template")
        assert load_workbook(io.BytesIO(template.content)).active["A1"].value == "姓名*"
        content = write_sheet(XLSX, headings, rows)
        assert (await upload(boss, content, token="")).status_code == 403
        assert (await upload(boss, b"no sheet at all \x00\x01")).status_code == 422
        looked = await upload(boss, content)
        path = looked.headers["location"]
        page = await boss.get(path)
        assert "孙二" in page.text
        assert "手机号不是 11 位手机号" in page.text
        bad = await boss.get(f"{path}/bad")
        assert load_workbook(io.BytesIO(bad.content)).active.max_row == 2
        started = await boss.send(f"{path}/start")
        assert started.headers["location"].startswith("/jobs/")
    async with visiting(served.first, served.world.zhu.posts["county_administrator"]) as other:
        assert (await other.get(path)).status_code == 404


async def test_an_administrator_corrects_a_name_and_a_number(served: Site) -> None:
    async with visiting(served.first, served.world.nan.posts["county_administrator"]) as boss:
        path, _ = await invited(boss, "13211113001", "周玉")
        form = await boss.get(f"{path}/correct")
        assert 'value="周玉"' in form.text
        assert "132****3001" in form.text
        assert "13211113001" not in form.text
        wrong = await boss.send(f"{path}/correct", name="周钰", phone="123", reason="登记时写错")
        assert (wrong.status_code, 'value="周钰"' in wrong.text) == (422, True)
        same = await boss.send(f"{path}/correct", name="周玉", phone="", reason="登记时写错")
        assert same.status_code == 409
        done = await boss.send(f"{path}/correct", name="周钰", phone="13211113002", reason="登记时写错")
        assert done.headers["location"] == path
        assert "请重新生成邀请码" in await boss.flash()
        page = await boss.get(path)
        assert "周钰" in page.text
        assert "132****3002" in page.text
        assert "已撤回" in page.text
        renamed = await boss.send(f"{path}/correct", name="周玉", reason="登记时写错")
        assert renamed.headers["location"] == path
        assert "本人会收到消息" in await boss.flash()
    async with visiting(served.first, served.world.nan.posts["county_inspector"]) as other:
        assert "更正登记信息" not in (await other.get(path)).text
        assert (await other.get(f"{path}/correct")).status_code == 403
    async with visiting(served.first, served.world.zhu.posts["county_administrator"]) as foreign:
        assert (await foreign.get(f"{path}/correct")).status_code == 404
        assert (await foreign.send(f"{path}/correct", name="某", reason="测试")).status_code == 404


async def test_the_page_says_whom_to_ask_where_the_county_may_not_reset(served: Site) -> None:
    cadre, twin = served.world.nan.posts["bookkeeper"], served.world.zhu.posts["bookkeeper"]
    async with visiting(served.first, served.world.nan.posts["county_administrator"]) as boss:
        path = f"/people/{cadre.scope.person}"
        assert f'href="{path}/reset"' in (await boss.get(path)).text
        own = await served.admin.fetchval("SELECT account_id FROM person WHERE id = $1", twin.scope.person)
        link = "UPDATE person SET account_id = $2 WHERE id = $1"
        await served.admin.execute(link, twin.scope.person, cadre.account)
        page = (await boss.get(path)).text
        assert "请本人联系平台运维员" in page
        assert f'href="{path}/reset"' not in page
        refused = await boss.send(f"{path}/reset", purpose="password", reason="忘了")
        assert (refused.status_code, "请本人联系平台运维员" in refused.text) == (409, True)
        await served.admin.execute(link, twin.scope.person, own)


async def test_place_office_and_grid_of_a_post_are_found_by_name_and_grids_stand_as_people_count(served: Site) -> None:
    async with visiting(served.first, served.world.nan.posts["county_administrator"]) as boss:
        for name in ("第十网格", "第二网格", "第十一网格"):
            made = await boss.send("/grids", name=name, region=NAN + VILLAGE)
            assert made.status_code == 303, made.text
        form = (await boss.get("/people/invite?role=grid_worker")).text
        for field in ("region", "grid"):
            assert f'data-finds="{field}"' in form
        grids = form[form.index('data-within="region"') :].split("</select>")[0]
        assert re.findall(rf'data-place="{NAN + VILLAGE}"[^>]*>[^<]*(第[十二一]+网格)<', grids)[-3:] == [
            "第二网格", "第十网格", "第十一网格",
        ]  # fmt: skip
        listed = (await boss.get("/grids")).text
        assert listed.index("第二网格") < listed.index("第十网格") < listed.index("第十一网格")
        offices = (await boss.get("/people/invite?role=township_staff")).text
        assert f'data-place="{NAN + TOWN}"' in offices[offices.index('id="office"') :]
