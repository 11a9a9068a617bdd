"""The pages of the seal register: asking, deciding, using with a photo, filing, entering what nobody asked for, sheets and paper."""

from datetime import timedelta
from uuid import UUID

from core.kernel import clock
from core.kernel.clock import local
from core.kernel.ids import new_id
from core.kernel.sheets import read_sheet
from tests.core.seals.steps import held_seal, paper
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import words_of
from tests.web.visitors import Visitor


def moment(hours: float = 1) -> str:
    return f"{local(clock.now() - timedelta(hours=hours)):%Y-%m-%dT%H:%M}"


async def ask(visitor: Visitor, seal: UUID, document: str) -> str:
    answer = await visitor.send(
        "/seals/new", _key=str(new_id()), seal=str(seal), purpose="certificate", document=document, copies="1", for_whom="陈阿土"
    )
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def test_a_use_on_the_pages_from_asking_to_filing(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    seal, posts = await held_seal(nan), nan.posts
    cadre, secretary = await client_for(posts["village_cadre"]), await client_for(posts["village_secretary"])
    assert "盖在什么材料上" in words_of((await cadre.get("/seals/new")).text)
    refused = await cadre.send("/seals/new", _key=str(new_id()), seal=str(seal), document="证明一份", copies="x")
    assert refused.status_code == 422
    assert "证明一份" in refused.text
    at = await ask(cadre, seal, "居住证明")
    assert (await cadre.send(f"{at}/approve")).status_code == 403
    assert "待审批 1 次" in words_of((await secretary.get("/seals")).text)
    assert (await secretary.send(f"{at}/approve", text="同意")).status_code == 303
    early = await cadre.send(f"{at}/use", used_at=moment(0), used_copies="1", text="盖好了")
    assert early.status_code == 422
    assert "还差 1 张" in words_of(early.text)
    assert "盖好了" in early.text
    use = UUID(at.rsplit("/", 1)[1])
    file = await paper(served.admin, posts["village_cadre"].scope, use)
    shown = (await cadre.get(at)).text
    assert f"/seals/uses/{use}/files/{file}/remove" in shown
    assert 'name="over"' not in shown
    slip = await cadre.send(f"{at}/use", used_at=moment(0), used_copies="5", text="")
    assert (slip.status_code, 'name="over"' in slip.text) == (422, True)
    assert "批准 1 份，填的是 5 份" in words_of(slip.text)
    assert (await cadre.send(f"{at}/use", used_at=moment(0), used_copies="1", text="盖好了")).status_code == 303
    assert (await cadre.send(f"{at}/file", place=" ")).status_code == 422
    assert (await cadre.send(f"{at}/file", place="村档案柜")).status_code == 303
    words = words_of((await secretary.get(at)).text)
    for part in ("已归档", "村档案柜", "李春梅", "居住证明", "陈阿土"):
        assert part in words
    assert (await secretary.send(f"{at}/approve")).status_code == 409
    other = await ask(cadre, seal, "收入证明")
    assert (await secretary.send(f"{other}/refuse", reason="材料不全")).status_code == 303
    words = words_of((await cadre.get(other)).text)
    assert words.count("未批准") == 2  # where it stands, and what happened
    assert "材料不全" in words


async def test_what_nobody_asked_for_is_marked_in_list_sheet_and_print(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    seal = await held_seal(nan)
    cadre, inspector = await client_for(nan.posts["village_cadre"]), await client_for(nan.posts["county_inspector"])
    fields = {"seal": str(seal), "purpose": "contract", "document": "=停车场合同", "copies": "3", "used_at": moment(), "_key": str(new_id())}
    assert "如实登记" in words_of((await cadre.get("/seals/enter")).text)
    assert (await cadre.send("/seals/enter", **fields)).status_code == 422
    first = await cadre.send("/seals/enter", **fields, reason="赶时间")
    again = await cadre.send("/seals/enter", **fields, reason="赶时间")
    assert first.headers["location"] == again.headers["location"]
    assert "监督人员会收到提示" in words_of((await cadre.get(first.headers["location"])).text)
    for path in ("/seals?show=irregular", "/seals/print?show=irregular", "/seals?q=停车场合同&month=" + f"{local(clock.now()):%Y-%m}"):
        words = words_of((await inspector.get(path)).text)
        assert "=停车场合同" in words
        assert "没有申请" in words
    sheet = read_sheet((await inspector.get("/seals/export.xlsx?show=irregular")).content)
    assert await served.admin.fetchval("SELECT count(*) FROM audit_line WHERE action = 'seal.exported' AND person = $1", inspector.post.scope.person) == 1
    assert sheet.headings[0] == "编号"
    row = next(row for row in sheet.rows if "停车场合同" in row.cells[4])
    assert (row.cells[2], row.cells[6], row.cells[15]) == ("村民委员会公章", "3", "没有申请")
    assert "停车场合同" in words_of((await inspector.get("/search?q=停车场合同")).text)


async def test_seals_and_keepers(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    secretary, cadre = await client_for(nan.posts["village_secretary"]), await client_for(nan.posts["village_cadre"])
    assert (await cadre.send("/seals/held", kind="finance", title="财务专用章")).status_code == 403
    assert (await secretary.send("/seals/held", kind="", title="")).status_code == 422
    keeper = str(nan.posts["bookkeeper"].scope.person)
    assert (await secretary.send("/seals/held", kind="finance", title="财务专用章", keeper=keeper)).status_code == 303
    words = words_of((await cadre.get("/seals/held")).text)
    assert "财务专用章" in words
    seal = await served.admin.fetchval("SELECT id FROM seal WHERE title = '财务专用章' AND county = $1", nan.code)
    other = str(nan.posts["village_cadre"].scope.person)
    assert (await secretary.send(f"/seals/held/{seal}/keeper", keeper=other)).status_code == 303
    assert (await secretary.send(f"/seals/held/{seal}/stop", reason="")).status_code == 422
    assert (await secretary.send(f"/seals/held/{seal}/stop", reason="换了新章")).status_code == 303
    assert "已停用" in words_of((await secretary.get("/seals/held")).text)
    leader = await client_for(nan.posts["township_leader"])
    assert "财务专用章" in words_of((await leader.get(f"/seals/held?region={nan.village}")).text)


async def test_a_photo_of_a_stamped_page_is_read_by_those_who_read_the_register(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    seal = await held_seal(nan)
    cadre = await client_for(nan.posts["village_cadre"])
    at = await ask(cadre, seal, "带照片的证明")
    scope = nan.posts["village_cadre"].scope
    file = await paper(served.admin, scope, UUID(at.rsplit("/", 1)[1]), attached_at=clock.now())
    grid, stranger = await client_for(nan.posts["grid_worker"]), await client_for(nan.posts["second_village"])
    assert (await grid.get(f"/files/{file}")).status_code == 403
    assert (await stranger.get(f"/files/{file}")).status_code == 404
