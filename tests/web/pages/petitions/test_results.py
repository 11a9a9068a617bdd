"""The results that villagers read: a publication of the quarter, with its figures, and with nothing of who raised what."""

import re
from datetime import UTC, datetime, timedelta

import httpx

from core.disclosure.actions import Wanted, release_publication
from core.disclosure.drafting import draft_of
from core.kernel.database import transaction
from core.petitions.actions import following
from core.petitions.public import followed, following_scope
from tests.core.petitions.steps import answered, raised
from tests.factories.world import NOW
from tests.web.pages.conftest import Site
from tests.web.pages.petitions.test_petitions import stranger

__all__ = ["stranger"]
AUGUST = datetime(2026, 8, 10, 2, tzinfo=UTC)


async def test_villagers_read_the_quarters_results(site: Site, stranger: httpx.AsyncClient) -> None:
    nan = site.world.nan
    for days, agreed, name in ((2, True, "陈阿土"), (4, False, "沈小妹")):
        made, receipt = await raised(site.admin, nan, now=AUGUST, phone="13812345678", name=name, may_publish=agreed, title=f"{name}家门口积水")
        await answered(site.admin, nan, made, now=AUGUST + timedelta(days=days))
        mine = following_scope((await followed(receipt))[0])
        async with transaction(mine):
            await following.judge_petition(mine, receipt=receipt, solved=agreed, words="", now=AUGUST + timedelta(days=days))
    await raised(site.admin, nan, now=AUGUST, phone="")
    await raised(site.admin, nan, now=AUGUST, phone="", kind="supervision", about="village", title="集体款去向")
    secretary = nan.scope("village_secretary")
    async with transaction(secretary):
        draft = await draft_of(secretary, section="petitions", region=nan.village, period="2026-Q3", subject=None, note="", now=NOW)
        wanted = Wanted("petitions", nan.village, "2026-Q3", digest=draft.digest)
        await release_publication(secretary, wanted=wanted, now=NOW)
    board = (await stranger.get(f"/public/{nan.village}")).text
    link = re.search(r'href="(/p/[^"]+)">[^<]*群众反映办理结果', board)
    assert link is not None, board
    page = (await stranger.get(link[1])).text
    told = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^ <]+)", page))
    assert (told["收到"], told["已答复"], float(told["平均答复时间"])) == ("3", "2", 3.0)
    assert told["办结"].startswith("66.7")
    assert "修好村口路灯" in page
    for hidden in ("陈阿土", "沈小妹", "积水", "13812345678", "集体款去向"):
        assert hidden not in page
    assert len(page.encode()) < 20_000
