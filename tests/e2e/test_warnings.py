"""A warning from its event to its end: a seal is used without asking, the system hints, people hear, judge, correct, verify, close."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from core.kernel import clock
from core.kernel.clock import local
from tests.core.files.samples import photo
from tests.e2e.people import CADRE, People, Visit

pytestmark = pytest.mark.e2e
INSPECTOR = "nanxun-lianshi-inspector"
DOCUMENT = "河埠头修缮合同"
PATIENCE = 60  # seconds until the worker has looked


async def raised(visit: Visit) -> None:
    """Open the list again until the warning is there, then the warning."""
    link = visit.page.get_by_role("link", name=DOCUMENT)
    for _ in range(PATIENCE):
        await visit.open(f"/warnings?q={DOCUMENT}")
        if await link.count():
            break
        await asyncio.sleep(1)
    await link.first.click()
    await visit.told("没有用章申请")


async def use_a_seal(cadre: Visit) -> None:
    """Enter a use that nobody asked for."""
    await cadre.open("/seals/enter")
    await cadre.page.get_by_label("印章", exact=True).select_option(index=1)
    await cadre.page.get_by_label("签订合同").check()
    await cadre.page.get_by_label("盖在什么材料上").fill(DOCUMENT)
    when = local(clock.now() - timedelta(hours=2))
    await cadre.page.get_by_label("什么时候用的").fill(f"{when:%Y-%m-%dT%H:%M}")
    await cadre.page.get_by_label("为什么没有申请").fill("施工队等着签字，先盖了章。")
    await cadre.press("如实登记")
    await cadre.told("已如实登记，请上传盖章页的照片并归档。")
    await cadre.told("没有申请")


async def correct(cadre: Visit, warning: str, photo_of_page: Path) -> None:
    """Report the correction: refused without evidence, with what was written kept; then with a photo."""
    await cadre.open(warning)
    told = cadre.page.get_by_label("整改了什么，有什么可以证明")
    await told.fill("已在村务会上说明，合同重新报批。")
    await cadre.press("报送整改情况")
    await cadre.told("请上传佐证材料，还差 1 份。")
    assert await told.input_value() == "已在村务会上说明，合同重新报批。"
    await cadre.page.locator("#correct-papers input[type=file]").last.set_input_files(photo_of_page)
    await cadre.page.locator("#correct-papers [data-stored]").first.wait_for()
    await cadre.press("报送整改情况")
    await cadre.told("整改情况已报送，等待复核。")


async def verify_and_close(inspector: Visit, warning: str) -> None:
    """Verify: only now the level falls. Close with the rule that was changed."""
    await inspector.open(warning)
    head = inspector.page.locator("main .card").first
    assert "红色" in await head.inner_text()
    await inspector.told("说明和整改的材料")
    await inspector.page.get_by_label("复核情况").fill("看过重新报批的合同。")
    await inspector.press("复核通过")
    await inspector.told("复核通过，等级已降为黄色。")
    assert "黄色" in await head.inner_text()
    await inspector.page.get_by_label("因此修订了什么制度").fill("外出时由副书记代批用章")
    await inspector.press("办结")
    await inspector.told("已办结。")
    await inspector.open("/supervision/problems")
    await inspector.told("外出时由副书记代批用章")


async def test_a_seal_used_without_asking_is_hinted_at_heard_corrected_and_closed(people: People, tmp_path: Path) -> None:
    page = tmp_path / "盖章页.jpg"
    page.write_bytes(photo())
    async with people.visit(CADRE, "phone") as cadre:
        await use_a_seal(cadre)
        await cadre.open("/warnings/mine")
        assert DOCUMENT not in await cadre.page.locator("main").inner_text()
    async with people.visit(INSPECTOR) as inspector:
        await raised(inspector)
        await inspector.told("预警是系统给出的提示，不是结论")
        warning = inspector.path
        await inspector.press("接办")
        await inspector.told("已接办。")
        await inspector.page.get_by_label("请他说明什么").fill("为什么没有申请就用了章？")
        await inspector.press("发出")
        await inspector.told("已请当事人说明。")
    async with people.visit(CADRE, "phone") as cadre:
        await cadre.open("/warnings/mine")
        await cadre.page.get_by_role("link", name=DOCUMENT).first.click()
        await cadre.page.get_by_label("情况说明").fill("书记在外开会，电话里同意，没有补申请。")
        await cadre.press("提交说明")
        await cadre.told("已提交说明。")
    async with people.visit(INSPECTOR) as inspector:
        await inspector.open(warning)
        await inspector.told("书记在外开会")
        await inspector.page.get_by_label("问题线索，限期整改").check()
        await inspector.page.get_by_label("核查情况和理由").fill("没有申请属实，补办手续。")
        await inspector.press("作出结论")
        await inspector.told("结论已记录。")
    async with people.visit(CADRE, "phone", expects=True) as cadre:
        await correct(cadre, warning, page)
    async with people.visit(INSPECTOR) as inspector:
        await verify_and_close(inspector, warning)
