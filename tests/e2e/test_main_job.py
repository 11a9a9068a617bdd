"""The main job in real browsers: from a matter to points, with scripts on the phone and with scripts off."""

import asyncio
import io
import random
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Request, Route, expect

from tests.e2e.people import (
    CADRE,
    LEADER,
    SECOND_CADRE,
    SECOND_SECRETARY,
    SECOND_VILLAGE,
    SECRETARY,
    VILLAGE,
    People,
    Size,
    Visit,
)  # fmt: skip

pytestmark = pytest.mark.e2e
TEXT = "已清理河道 800 米，出动 6 人。"


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a picture of noise: it stays larger than two parts however it is compressed."""
    picture = Image.frombytes("RGB", (2000, 1500), random.Random(7).randbytes(2000 * 1500 * 3))
    file = tmp_path_factory.mktemp("photos") / "清理后.jpg"
    picture.save(file, quality=60)
    return file


@pytest.fixture(scope="module")
def small_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a picture of one part."""
    content = io.BytesIO()
    Image.new("RGB", (640, 480), (40, 120, 90)).save(content, "JPEG")
    file = tmp_path_factory.mktemp("photos") / "现场.jpg"
    file.write_bytes(content.getvalue())
    return file


async def hand_in(leader: Visit, title: str) -> None:
    """Write the matter and read the verdict."""
    await leader.open("/incoming/new")
    await leader.page.get_by_label("标题").fill(title)
    await leader.page.get_by_label("内容").fill("清理村内河道水面和岸坡垃圾，拍清理后照片一张。")
    await leader.page.get_by_label("清单事项编码").fill("V43")
    await leader.press("提交过筛")
    await leader.told("可以派发")
    assert re.match(r"/incoming/[0-9a-f-]{36}$", leader.path)


async def dispatch(leader: Visit, *, photos: int) -> None:
    """Send it on to both villages from the verdict's page."""
    await leader.page.get_by_role("link", name="去派发").first.click()
    await leader.page.get_by_label("照片至少").fill(str(photos))
    for village in (VILLAGE, SECOND_VILLAGE):
        await leader.page.locator(f"#receivers input[value='{village}']").first.check()
    await leader.press("派发")
    await leader.told("已派发给 2 个单位。")


async def share_of(visit: Visit, title: str) -> str:
    """Open the list of one's tasks, then the one of this title; give its address."""
    await visit.open(f"/my?q={title}")
    await visit.page.get_by_role("link", name=title).first.click()
    await visit.page.wait_for_url("**/assignments/*")
    return visit.path


async def notice_leads_to(visit: Visit, title: str) -> None:
    """Wait until the worker has told of the task, and follow the notice."""
    for _ in range(60):
        await visit.open("/notices")
        told = visit.page.get_by_role("listitem").filter(has_text=title)
        if await told.count():
            break
        await asyncio.sleep(0.5)
    await told.first.get_by_role("button").click()
    await visit.page.wait_for_url("**/assignments/*")


async def allocate(secretary: Visit, cadre: str) -> None:
    """Give the share to a cadre of the village."""
    await secretary.page.get_by_label("经办人").select_option(label=await option_with(secretary, cadre))
    await secretary.press("分派")
    await secretary.page.wait_for_load_state()
    await secretary.told(cadre)


async def option_with(visit: Visit, text: str) -> str:
    options = await visit.page.get_by_label("经办人").locator("option").all_text_contents()
    return next(option for option in options if text in option)


async def upload_through_a_broken_line(cadre: Visit, photo: Path) -> None:
    """Choose a large photo; the line breaks at its second part. What had arrived is not sent again."""
    arrived: list[str] = []
    broken = 0

    async def break_once(route: Route) -> None:
        nonlocal broken
        if not broken:
            broken += 1
            await route.abort("connectionreset")
        else:
            await route.continue_()

    def note(request: Request) -> None:
        if request.method == "PUT":
            arrived.append(request.url.rpartition("/")[2])

    cadre.page.on("requestfinished", note)
    await cadre.page.route("**/uploads/*/parts/1", break_once)
    await cadre.page.locator("#photos input[type=file]").last.set_input_files(photo)
    await cadre.page.locator("#photos progress").first.wait_for()
    await cadre.told("信号弱，断了会接着传")
    await cadre.page.locator("#photos [data-stored]").first.wait_for()
    assert broken == 1
    assert sorted(arrived) == [str(part) for part in range(len(arrived))], "a part came twice"
    assert len(arrived) > 2
    cadre.complaints[:] = [said for said in cadre.complaints if "ERR_CONNECTION_RESET" not in said]


@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_matter_becomes_points(people: People, photo: Path, size: Size) -> None:
    title = f"河道保洁集中行动（{'手机' if size == 'phone' else '电脑'}）"
    async with people.visit(LEADER, size) as leader:
        await hand_in(leader, title)
        await dispatch(leader, photos=1)
        async with people.visit(SECRETARY, size, process=1) as secretary:
            await notice_leads_to(secretary, title)
            await secretary.press("签收")
            await secretary.told("办理中")
            await allocate(secretary, "徐国平")
        async with people.visit(CADRE, size) as cadre:
            share = await share_of(cadre, title)
            await do_the_work(cadre, share, photo)
        await score_with_keys(leader, title)
        await leader.open("/scores")
        await leader.page.locator("main").get_by_text(title).first.wait_for()


async def do_the_work(cadre: Visit, share: str, photo: Path) -> None:
    """Write, come back to what was written, send the photo, submit."""
    await expect(cadre.page.get_by_text("还没有写办理情况")).to_be_visible()
    await cadre.page.get_by_role("textbox", name="办理情况").fill(TEXT)
    await expect(cadre.page.locator("[data-draft-mark]").first).to_contain_text(re.compile(r"\d\d:\d\d"))
    await cadre.open(share)
    assert await cadre.page.get_by_role("textbox", name="办理情况").input_value() == TEXT
    await upload_through_a_broken_line(cadre, photo)
    await cadre.press("提交成果")
    await cadre.told("待评分")
    assert await cadre.page.locator(".file-grid img, .file-grid a").count() >= 1


async def score_with_keys(leader: Visit, title: str) -> None:
    """Choose the best quality by its digit and send by Enter, without leaving the list."""
    await leader.open("/scoring")
    row = leader.page.locator("[data-score-row]").filter(has_text=title)
    await row.focus()
    await leader.page.keyboard.press("1")
    await leader.page.keyboard.press("Enter")
    await expect(leader.page.locator("[data-score-row]").filter(has_text=title)).to_have_count(0)
    assert leader.path == "/scoring"


async def test_whole_job_without_scripts_with_a_return(people: People, small_photo: Path) -> None:
    title = "河道保洁回头看"
    async with people.visit(LEADER, scripts=False) as leader:
        await hand_in(leader, title)
        await dispatch(leader, photos=1)
        async with people.visit(SECOND_SECRETARY, "phone", scripts=False, process=1) as secretary:
            await share_of(secretary, title)
            await secretary.press("签收")
            await secretary.told("办理中")
            await allocate(secretary, "蔡永法")
        async with people.visit(SECOND_CADRE, "phone", scripts=False) as cadre:
            share = await share_of(cadre, title)
            await cadre.page.get_by_role("textbox", name="办理情况").fill("写了一半")
            await cadre.page.locator("#photos input[type=file]").last.set_input_files(small_photo)
            await cadre.press("上传")
            await cadre.page.locator("#photos [data-stored]").first.wait_for()
            assert await cadre.page.get_by_role("textbox", name="办理情况").input_value() == "写了一半"
            await submit(cadre, "已清理。")
            await send_back(leader, title, "请写清楚清理了多少米。")
            await cadre.open(share)
            await cadre.told("请写清楚清理了多少米。")
            await submit(cadre, TEXT)
            await score_by_form(leader, title)
            await cadre.open(share)
            await cadre.page.locator("main").get_by_text("得分", exact=True).first.wait_for()
            assert await cadre.page.get_by_text("第 2 次提交").count() == 1
            await cadre.open("/scores")
            await cadre.page.locator("main").get_by_text(title).first.wait_for()


async def submit(cadre: Visit, text: str) -> None:
    """Submit by the plain form."""
    await cadre.page.get_by_role("textbox", name="办理情况").fill(text)
    await cadre.press("提交成果")
    await cadre.told("待评分")


async def send_back(leader: Visit, title: str, reason: str) -> None:
    """Return the result for correction."""
    await leader.open("/scoring")
    await leader.page.get_by_role("link", name=title).first.click()
    await leader.page.locator("summary").filter(has_text="退回修改").click()
    await leader.page.get_by_label("退回原因").fill(reason)
    await leader.press("退回修改")
    await leader.told(reason)


async def score_by_form(leader: Visit, title: str) -> None:
    """Score in the row by an ordinary form."""
    await leader.open("/scoring")
    row = leader.page.locator("[data-score-row]").filter(has_text=title)
    await row.get_by_text("良好").click()
    await row.get_by_role("button", name="评分").click()
    await leader.page.wait_for_load_state()
    assert await leader.page.locator("[data-score-row]").filter(has_text=title).count() == 0
