"""A decision on a phone: too few come, it is recorded as what it was, taken up again, and passes; the township looks on."""

from pathlib import Path

import pytest

from tests.core.files.samples import photo
from tests.e2e.people import ADMINISTRATOR, CADRE, LEADER, SECRETARY, People, Visit

pytestmark = pytest.mark.e2e
TITLE = "新建村口候车亭"


async def figures(visit: Visit, should: int, came: int, approved: int) -> None:
    """Fill in who should attend, who came and who agreed."""
    for name, number in (("应到", should), ("实到", came), ("同意", approved)):
        await visit.page.get_by_label(name, exact=True).fill(str(number))


async def agree(visit: Visit, name: str) -> None:
    """Press a button that asks once, and say yes."""
    await visit.press(name)
    await visit.page.locator("#confirm[open] button[value=yes]").click()


async def test_a_decision_fails_its_quorum_and_then_passes(people: People, tmp_path: Path) -> None:
    sheet = tmp_path / "签到表.jpg"
    sheet.write_bytes(photo())
    async with people.visit(SECRETARY, "phone", expects=True) as secretary:
        await secretary.open("/decisions/new")
        await secretary.page.get_by_label("村级工程").check()
        await secretary.page.get_by_label("标题").fill(TITLE)
        await secretary.page.get_by_role("textbox", name="方案").fill("在村口新建候车亭一座，资金为村集体收入。")
        await secretary.page.get_by_label("金额 选填").fill("36000")
        await secretary.page.get_by_label("四议两公开（一肩挑，提议商议合并）").check()
        await secretary.press("发起")
        await secretary.told("已发起，请按流程办理第一步。")
        await secretary.told("现在办：提议商议")
        decision = secretary.path
        await secretary.page.get_by_role("link", name="记录会议", exact=True).click()
        await figures(secretary, 7, 3, 3)
        await secretary.page.locator("textarea[name=text]").fill("商议候车亭方案，到会人数不足。")
        await secretary.page.locator("#sheets input[type=file]").last.set_input_files(sheet)
        await secretary.page.locator("#sheets [data-stored]").first.wait_for()
        await secretary.press("记录")
        await secretary.told("到会人数不够：按规定至少 4 人到会，实到 3 人，还差 1 人。")
        assert await secretary.page.locator("textarea[name=text]").input_value() == "商议候车亭方案，到会人数不足。"
        await agree(secretary, "如实记为未通过")
        await secretary.told("已如实记为未通过，可以以后再议。")
        await secretary.told("上一次没有通过")
        await agree(secretary, "重新办理这一步")
        await secretary.told("可以重新办理这一步，上一次的记录保留。")
    async with people.visit(CADRE, "phone") as cadre:
        await cadre.open(decision + "/record")
        await figures(cadre, 7, 6, 5)
        await cadre.page.locator("textarea[name=text]").fill("逐项商议，同意提交党员大会。")
        await cadre.page.locator("#sheets input[type=file]").last.set_input_files(sheet)
        await cadre.page.locator("#sheets [data-stored]").first.wait_for()
        await cadre.press("记录")
        await cadre.told("已记录，进入下一步。")
        await cadre.told("现在办：党员大会审议")
        records = await cadre.page.locator("main").inner_text()
        assert "第 1 次 未通过" in records
        assert "第 2 次 通过" in records
    async with people.visit(LEADER) as leader:
        await leader.open("/decisions?q=" + TITLE)
        row = leader.page.locator("tr").filter(has_text=TITLE)
        assert "党员大会审议" in await row.inner_text()
        await row.get_by_role("link").first.click()
        await leader.told("现在办：党员大会审议")
        assert await leader.page.get_by_role("link", name="记录会议通知").count() == 0
        await leader.page.get_by_role("link", name="打印", exact=True).first.click()
        await leader.told("主持人签名")
    async with people.visit(ADMINISTRATOR) as boss:
        await boss.open("/procedures")
        await boss.told("集体资产重大事项")
