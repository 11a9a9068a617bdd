"""Filling the board by hand on the pages: line by line, pasted from a sheet, matters with a text; looked at and published."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from core.contracts.disclosure import CLOSED, Clock
from core.disclosure.closing import on_closed
from core.disclosure.periods import before, span_of
from core.kernel import clock
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.kernel.storage import FolderStorage
from core.people.sessions import open_session
from tests.core.disclosure import documents
from tests.core.disclosure.notices import PHONE
from tests.core.files import samples
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.disclosure.test_pages import hidden, publish
from tests.web.pages.main_job import words_of
from tests.web.visitors import ORIGIN, Visitor
from web.guards import csrf_token

LINE = {"day": "2026-10-08", "side": "支出", "what": "买扫帚", "amount": "120", "person": "张小三"}


def last_month() -> str:
    return before(Clock.MONTHLY, span_of(Clock.MONTHLY, clock.now())).name


async def test_a_bookkeeper_writes_and_the_secretary_publishes(served: Site, client_for: ClientFor) -> None:
    nan, period = served.world.nan, last_month()
    clerk = await client_for(nan.posts["bookkeeper"])
    address = f"/disclosure/by-hand/money_by_hand?period={period}"
    assert address.partition("?")[0] in (await clerk.get("/disclosure")).text
    refused = await clerk.send("/disclosure/by-hand/money_by_hand", period=period, **{**LINE, "amount": "一百", "what": f"打{PHONE}"})
    assert refused.status_code == 422
    assert "张小三" in refused.text
    assert "这里会公开，不能写手机号" in refused.text
    for _ in range(2):  # pressed twice
        sent = await clerk.send("/disclosure/by-hand/money_by_hand", period=period, _key="one", **LINE)
        assert sent.headers["location"].endswith(address)
    page = (await clerk.get(address)).text
    assert page.count("买扫帚") == 1
    assert "看草稿并公开" not in page
    entry = re.search(r"/disclosure/entries/[0-9a-f-]{36}", page)[0]  # type: ignore[index]
    assert (await clerk.send(entry, version="1", **{**LINE, "amount": ""})).status_code == 422
    assert (await clerk.send(entry, version="1", **{**LINE, "what": "买拖把"})).status_code == 303
    secretary = await client_for(nan.posts["village_secretary"])
    made = await publish(secretary, f"/disclosure/draft?section=money_by_hand&period={period}")
    token = await served.admin.fetchval("SELECT token FROM publication WHERE id = $1", made)
    board = words_of((await secretary.get(f"/p/{token}")).text)
    assert "买拖把" in board
    assert "张**" in board
    assert "张小三" not in board
    assert "这一期已经公开过了" in words_of((await secretary.get(address)).text)


async def test_rows_are_pasted_all_or_none(served: Site, client_for: ClientFor) -> None:
    visitor = await client_for(served.world.nan.posts["village_cadre"])
    address, period = "/disclosure/by-hand/labour_by_hand", last_month()
    count = "SELECT count(*) FROM board_entry WHERE section = 'labour_by_hand' AND removed_at IS NULL"
    wrong = await visitor.send(address, period=period, rows="李四\t扫地\t2026-10-08\t1\t80\n王五\t扫地\t昨天\t一天\t80")
    assert wrong.status_code == 422
    told = words_of(wrong.text)
    assert "第 2 行“日期”：请填写日期" in told
    assert "第 2 行“天数”：请填写数字。" in told
    assert "李四" in wrong.text
    assert await served.admin.fetchval(count) == 0
    good = await visitor.send(address, period=period, rows="李四\t扫地\t2026-10-08\t1\t80\n王五\t扫地\t2026-10-09\t1\t80")
    assert good.status_code == 303
    assert await served.admin.fetchval(count) == 2


async def test_a_matter_leads_to_its_draft_and_back(served: Site, client_for: ClientFor) -> None:
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    sent = await secretary.send("/disclosure/by-hand/own_notice", what="停车场方案", text="新建车位 12 个。")
    assert sent.status_code == 303
    page = (await secretary.get("/disclosure/by-hand/own_notice")).text
    draft = re.search(r'href="(/disclosure/draft\?section=own_notice[^"]+)"', page)[1].replace("&amp;", "&")  # type: ignore[index]
    shown = (await secretary.get(draft)).text
    assert "/disclosure/entries/" in shown
    assert "新建车位 12 个" in shown
    await publish(secretary, draft)
    assert "已公开" in words_of((await secretary.get("/disclosure/by-hand/own_notice")).text)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderStorage:
    made = FolderStorage(tmp_path)
    for module in ("core.files.actions", "core.files.uploads", "core.disclosure.attachments", "core.disclosure.cleaning", "core.disclosure.closing", "web.pages.files"):
        monkeypatch.setattr(f"{module}.get_storage", lambda: made)
    return made


async def attach(visitor: Visitor, entry: str, name: str, content: bytes, kind: str = "image/jpeg") -> None:
    """Send a file up as a form without scripts does."""
    token = csrf_token(visitor.app.state.settings, await open_session(visitor.post.token))
    form = {"csrf_token": token, "purpose": "board_file", "subject": entry.rsplit("/", 1)[1], "next": entry}
    files = {"file": (name, content, kind)}
    answer = await visitor.client.post("/uploads/simple", data=form, files=files, headers={"origin": ORIGIN})
    assert (answer.status_code, answer.headers["location"]) == (303, entry)


async def test_attachments_go_along_as_they_are_and_stay_what_they_were(
    served: Site, client_for: ClientFor, store: FolderStorage
) -> None:
    """Their hashes stand in what is sealed; closing the content for a person's sake takes the bytes away."""
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    sent = await secretary.send("/disclosure/by-hand/own_matter", what="停车场平面图", text="见附件。")
    entry = sent.headers["location"]
    await attach(secretary, entry, "平面图.jpg", samples.photo())
    await attach(secretary, entry, "多余.jpg", samples.photo(320))
    shown = (await secretary.get(entry)).text
    surplus = re.findall(rf"{entry}/files/[0-9a-f-]{{36}}/remove", shown)[1]
    assert (await secretary.send(surplus)).status_code == 303
    draft = f"/disclosure/draft?section=own_matter&subject={entry.rsplit('/', 1)[1]}"
    assert "请逐个打开看一遍" in (await secretary.get(draft)).text
    made = await publish(secretary, draft)
    token = await served.admin.fetchval("SELECT token FROM publication WHERE id = $1", made)
    page = (await secretary.get(f"/p/{token}")).text
    assert f'href="/p/{token}/files/1">平面图.jpg' in page
    assert "多余" not in page
    got = await secretary.get(f"/p/{token}/files/1")
    document = json.loads((await secretary.get(f"/p/{token}/document.json")).text)
    assert document["files"] == [
        {"name": "平面图.jpg", "type": "image/jpeg", "size": len(got.content), "sha256": hashlib.sha256(got.content).hexdigest()}
    ]
    assert b"SECRET" not in got.content
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (await secretary.get(f"/p/{token}/files/2")).status_code == 404
    assert "附件 1 份" in (await secretary.get(f"/p/{token}/print")).text
    assert (await secretary.send(surplus.replace("/remove", "/x"))).status_code == 404
    kept = re.findall(rf"{entry}/files/[0-9a-f-]{{36}}/remove", (await secretary.get(entry)).text)
    assert kept == []
    await secretary.send(f"/publications/{made}/withdraw", reason="涉及个人信息", hide="1")
    assert (await secretary.get(f"/p/{token}/files/1")).status_code == 404
    told = await served.admin.fetchrow("SELECT * FROM outbox WHERE topic = $1 ORDER BY id DESC LIMIT 1", CLOSED)
    system = system_scope(told["region"], county=told["county"])
    await on_closed(system, Event(told["id"], CLOSED, told["county"], told["region"], json.loads(told["payload"]), told["created_at"]))
    assert list(store.list(f"{served.world.nan.code}/published/")) == []


async def test_stopping_the_display_takes_the_title_and_the_earlier_versions_away(served: Site, client_for: ClientFor) -> None:
    """What was written by hand may hold a name anywhere, the title first; the hash stays, and with it the proof."""
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    entry = (await secretary.send("/disclosure/by-hand/own_notice", what="给赵六六家的补助", text="赵六六家人口多。")).headers["location"]
    first = await publish(secretary, f"/disclosure/draft?section=own_notice&subject={entry.rsplit('/', 1)[1]}")
    correct = f"/publications/{first}/correct"
    fields = hidden((await secretary.get(f"{correct}?note=金额另行公示")).text, correct)
    second = (await secretary.send(correct, reason="补充说明", **fields)).headers["location"].rsplit("/", 1)[1]
    form = (await secretary.get(f"/publications/{second}/withdraw")).text
    assert "同一内容还有 1 份可以查看" in words_of(form)
    assert re.search(r'name="others"[^>]* checked', form)
    refused = await secretary.send(f"/publications/{second}/withdraw", reason="", hide="1")
    assert 'name="others"' in refused.text
    assert not re.search(r'name="others"[^>]* checked', refused.text)
    await secretary.send(f"/publications/{second}/withdraw", reason="涉及个人信息", hide="1", others="1")
    village, code = served.world.nan.village, served.world.nan.code
    for row in await served.admin.fetch("SELECT token, hash FROM publication WHERE id = ANY ($1::uuid[])", [first, second]):
        for page in ("", "/history", "/proof", "/print", "/object"):
            shown = (await secretary.get(f"/p/{row['token']}{page}")).text
            assert "赵六六" not in shown, page
            assert page != "" or "不再显示" in shown
            assert "公示事项" in shown, page
        assert row["hash"].hex() in (await secretary.get(f"/p/{row['token']}/proof")).text
        assert (await secretary.get(f"/p/{row['token']}/document.json")).status_code == 404
    for address in (
        f"/public/{village}/sections/own_notice", f"/public/{village}", f"/public/{village}?q=赵六六家", f"/public/{village}/board.json",
        f"/public/{code}/feed.atom", f"/public/{code}/feed.rss",
    ):  # fmt: skip
        assert "给赵六六" not in (await secretary.get(address)).text, address
    trail = await served.admin.fetch("SELECT id FROM audit_line WHERE action = 'publication.closed' AND subject_id = $1::uuid", first)
    assert len(trail) == 1


async def test_what_is_left_of_a_closed_matter_is_named_and_closed_from_any_version(served: Site, client_for: ClientFor) -> None:
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    entry = (await secretary.send("/disclosure/by-hand/own_matter", what="吴七七的事", text="见后。")).headers["location"]
    made = [await publish(secretary, f"/disclosure/draft?section=own_matter&subject={entry.rsplit('/', 1)[1]}")]
    for note in ("第二次", "第三次"):
        correct = f"/publications/{made[-1]}/correct"
        fields = hidden((await secretary.get(f"{correct}?note={note}")).text, correct)
        made.append((await secretary.send(correct, reason="补充说明", **fields)).headers["location"].rsplit("/", 1)[1])
    await secretary.send(f"/publications/{made[2]}/withdraw", reason="涉及个人信息", hide="1")
    left = (await secretary.get(f"/publications/{made[2]}")).text
    assert "同一内容还有 2 份可以查看" in words_of(left)
    assert all(f'href="/publications/{each}"' in left for each in made[:2])
    await secretary.send(f"/publications/{made[0]}/close", reason="有姓名", others="1")
    assert await served.admin.fetchval("SELECT count(*) FROM publication WHERE hidden AND id = ANY ($1::uuid[])", made) == 3
    assert "同一内容还有" not in words_of((await secretary.get(f"/publications/{made[2]}")).text)


async def test_a_document_says_what_goes_and_goes_without_it(served: Site, client_for: ClientFor, store: FolderStorage) -> None:
    assert store
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    entry = (await secretary.send("/disclosure/by-hand/own_matter", what="停车场合同", text="见附件。")).headers["location"]
    await attach(secretary, entry, "合同.docx", documents.docx(comment=True), "application/octet-stream")
    await attach(secretary, entry, "图纸.pdf", documents.pdf(), "application/pdf")
    draft = f"/disclosure/draft?section=own_matter&subject={entry.rsplit('/', 1)[1]}"
    assert "公开时会去掉：作者、批注、单位、照片的拍摄信息、存放位置" in words_of((await secretary.get(draft)).text)
    made = await publish(secretary, draft)
    token = await served.admin.fetchval("SELECT token FROM publication WHERE id = $1", made)
    assert words_of((await secretary.get(f"/p/{token}")).text).count("公开前去掉了：作者") == 2
    document = json.loads((await secretary.get(f"/p/{token}/document.json")).text)
    for number, told in enumerate(document["files"], start=1):
        got = (await secretary.get(f"/p/{token}/files/{number}")).content
        assert (len(got), hashlib.sha256(got).hexdigest()) == (told["size"], told["sha256"])
        assert "author" in told["removed"]
        for secret in (documents.AUTHOR, documents.OFFICE, documents.COMMENT, documents.PLACE):
            assert secret.encode() not in documents.everything_in(got)


async def test_a_document_with_tracked_changes_waits_for_its_author(served: Site, client_for: ClientFor, store: FolderStorage) -> None:
    assert store
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    entry = (await secretary.send("/disclosure/by-hand/own_matter", what="停车场合同", text="见附件。")).headers["location"]
    draft = f"/disclosure/draft?section=own_matter&subject={entry.rsplit('/', 1)[1]}"
    sent = hidden((await secretary.get(draft)).text, "/disclosure/release")
    tracked = documents.docx(body='<w:del w:id="1" w:author="x"><w:r><w:delText>x</w:delText></w:r></w:del>')
    await attach(secretary, entry, "合同.docx", tracked, "application/octet-stream")
    page = (await secretary.get(draft)).text
    assert "合同.docx：文件里有修订痕迹。请接受或拒绝全部修订" in words_of(page)
    assert 'action="/disclosure/release"' not in page
    refused = await secretary.send("/disclosure/release", **sent)
    assert refused.status_code == 422
    assert "附件“合同.docx”不能公开：文件里有修订痕迹" in words_of(refused.text)


async def test_persons_are_masked_on_the_pages_and_shown_once_for_a_reason(served: Site, client_for: ClientFor) -> None:
    nan, period = served.world.nan, last_month()
    clerk = await client_for(nan.posts["bookkeeper"])
    address = f"/disclosure/by-hand/labour_by_hand?period={period}"
    await clerk.send("/disclosure/by-hand/labour_by_hand", period=period, person="潘建林", what="修剪绿化带", amount="600")
    page = (await clerk.get(address)).text
    assert ("潘**" in page, "潘建林" in page) == (True, False)
    entry = re.findall(r"/disclosure/entries/[0-9a-f-]{36}", page)[-1]
    shown = (await clerk.get(entry)).text
    assert ('value="潘**"' in shown, "潘建林" in shown) == (True, False)
    assert (await clerk.send(f"{entry}/unmask", reason="")).status_code == 422
    assert "潘建林" in (await clerk.send(f"{entry}/unmask", reason="核对名单")).text
    assert "潘建林" not in (await clerk.get(entry)).text
    worker = await client_for(nan.posts["grid_worker"])
    assert "潘建林" not in (await worker.get(entry)).text
    assert "/unmask" not in (await worker.get(entry)).text
    assert (await worker.send(f"{entry}/unmask", reason="想看")).status_code == 403
    other = await client_for(served.world.zhu.posts["village_secretary"])
    assert (await other.send(f"{entry}/unmask", reason="想看")).status_code == 404


async def test_what_was_typed_stays_where_somebody_was_faster(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    clerk, secretary = await client_for(nan.posts["bookkeeper"]), await client_for(nan.posts["village_secretary"])
    entry = (await clerk.send("/disclosure/by-hand/own_matter", what="停水通知", text="周六停水。")).headers["location"]
    assert (await clerk.send(entry, version="1", what="停水通知", text="周日停水。")).status_code == 303
    late = await secretary.send(entry, version="1", what="停水通知", text="周一停水，请储水。")
    assert late.status_code == 409
    assert "别人改过这一行" in words_of(late.text)
    assert ("周一停水，请储水。" in late.text, "周日停水。" in late.text, 'name="version" value="2"' in late.text) == (True, True, True)
    assert (await secretary.send(entry, version="2", what="停水通知", text="周一停水，请储水。")).status_code == 303
    assert (await secretary.send(entry, what="停水通知", text="没有看过就写的。")).status_code == 409
    address = "/disclosure/by-hand/own_matter"
    assert (await clerk.send(address, _key="same", what="停电通知", text="周二停电。")).status_code == 303
    other = await clerk.send(address, _key="same", what="停电通知", text="周三停电。")
    assert (other.status_code, "周三停电。" in other.text) == (409, True)


async def test_a_stranger_hangs_nothing_on_a_villages_matter(served: Site, client_for: ClientFor, store: FolderStorage) -> None:
    assert store
    secretary = await client_for(served.world.nan.posts["village_secretary"])
    entry = (await secretary.send("/disclosure/by-hand/own_matter", what="停水", text="周六停水。")).headers["location"]
    for post in (served.world.zhu.posts["village_secretary"], served.world.nan.posts["township_leader"]):
        other = await client_for(post)
        token = csrf_token(other.app.state.settings, await open_session(other.post.token))
        form = {"csrf_token": token, "purpose": "board_file", "subject": entry.rsplit("/", 1)[1], "next": "/"}
        files = {"file": ("a.jpg", samples.photo(), "image/jpeg")}
        await other.client.post("/uploads/simple", data=form, files=files, headers={"origin": ORIGIN})
    count = "SELECT count(*) FROM file WHERE purpose = 'board_file' AND subject_id = $1::uuid"
    assert await served.admin.fetchval(count, entry.rsplit("/", 1)[1]) == 0


async def test_those_above_and_strangers_do_not_fill(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    secretary = await client_for(nan.posts["village_secretary"])
    await secretary.send("/disclosure/by-hand/own_matter", what="停水", text="周六停水。")
    entry = await served.admin.fetchval("SELECT id FROM board_entry WHERE section = 'own_matter' ORDER BY created_at DESC LIMIT 1")
    leader = await client_for(nan.posts["township_leader"])
    assert (await leader.get("/disclosure/by-hand/money_by_hand")).status_code == 404
    assert (await leader.send("/disclosure/by-hand/money_by_hand", **LINE)).status_code == 404
    assert (await leader.send(f"/disclosure/entries/{entry}", what="停电", text="周日停电。")).status_code == 403
    worker = await client_for(nan.posts["grid_worker"])
    assert (await worker.send("/disclosure/by-hand/money_by_hand", **LINE)).status_code == 403
    other = await client_for(served.world.zhu.posts["village_secretary"])
    assert (await other.get(f"/disclosure/entries/{entry}")).status_code == 404
    assert (await other.send(f"/disclosure/entries/{entry}/remove")).status_code == 404
    assert (await secretary.get("/disclosure/by-hand/none")).status_code == 404
    assert (await secretary.get("/disclosure/by-hand/money_by_hand?period=2026-13")).status_code == 404
    assert (await secretary.send(f"/disclosure/entries/{entry}/remove")).status_code == 303
    assert (await secretary.get(f"/disclosure/entries/{entry}")).status_code == 404


async def test_a_county_publishes_a_matter_that_its_public_page_shows(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    department = await client_for(nan.posts["county_department"])
    answer = await department.send("/disclosure/by-hand/own_notice", what="低保提标方案", text="明年起每月提高三十元。")
    assert answer.status_code == 303
    entry = await served.admin.fetchval("SELECT id FROM board_entry WHERE region = $1 ORDER BY created_at DESC LIMIT 1", nan.code)
    draft = f"/disclosure/draft?section=own_notice&subject={entry}"
    digest = re.search(r'name="digest" value="([^"]+)"', (await department.get(draft)).text)
    assert digest is not None
    released = await department.send("/disclosure/release", section="own_notice", subject=str(entry), digest=digest[1])
    assert released.status_code == 303
    assert "低保提标方案" in (await department.get(f"/public/{nan.code}")).text
    secretary = await client_for(nan.posts["village_secretary"])
    await secretary.send("/disclosure/by-hand/own_notice", what="停水", text="周六停水。")
    theirs = await served.admin.fetchval("SELECT id FROM board_entry WHERE region = $1 ORDER BY created_at DESC LIMIT 1", nan.village)
    page = await department.get(f"/disclosure/draft?section=own_notice&region={nan.village}&subject={theirs}")
    assert page.status_code == 200
    assert "/disclosure/release" not in page.text
