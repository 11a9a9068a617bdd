"""Notices: the newest unread ones first, counted in the shell, read by their own post alone."""

from uuid import UUID, uuid4

import pytest

from core.kernel.ids import new_id
from core.notices.queries import TEXTS
from tests.factories.world import Post
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import main_part, words_of
from tests.web.visitors import Visitor

DATA = (
    '{"title": "修堤", "sender": "张三", "receiver": "朱家兜", "reason": "缺照片", "score": "5", "count": 2, "step": "村民会议",'
    ' "name": "民政局", "others": "农业农村局"}'
)


async def told(site: Site, post: Post, kind: str = "dispatched", link: str = "/my") -> UUID:
    made = new_id()
    await site.admin.execute(
        "INSERT INTO notice (county, id, region, membership_id, kind, data, link, key, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now())",
        post.scope.county, made, post.scope.region, post.scope.membership, kind, DATA, link, str(made),
    )  # fmt: skip
    return made


@pytest.fixture
async def cadre(served: Site, client_for: ClientFor) -> Visitor:
    await served.admin.execute("TRUNCATE notice")
    return await client_for(served.world.nan.posts["village_cadre"])


async def test_notice_is_counted_read_and_leads_on(served: Site, cadre: Visitor) -> None:
    made = await told(served, cadre.post, link="/my?state_is=open")
    page = (await cadre.get("/notices")).text
    assert "张三派来任务“修堤”，请签收。" in words_of(page)
    assert "未读" in words_of(page)
    answer = await cadre.send(f"/notices/{made}/read")
    assert (answer.status_code, answer.headers["location"]) == (303, "/my?state_is=open")
    assert "未读" not in words_of((await cadre.get("/notices")).text)
    assert (await cadre.send(f"/notices/{made}/read")).status_code == 303


async def test_notice_of_another_post_is_not_found(
    served: Site, cadre: Visitor, client_for: ClientFor
) -> None:
    made = await told(served, cadre.post)
    for post in (served.world.nan.posts["village_secretary"], served.world.zhu.posts["village_cadre"]):
        other = await client_for(post)
        assert "修堤" not in (await other.get("/notices")).text
        answers = [await other.send(f"/notices/{each}/read") for each in (made, uuid4())]
        assert [answer.status_code for answer in answers] == [404, 404]
        await other.send("/notices/read")
    assert await served.admin.fetchval("SELECT read_at FROM notice WHERE id = $1", made) is None


@pytest.mark.parametrize(
    ("language", "kind", "title"),
    [
        ("zh", "returned", "“修堤”被退回修改"), ("zh", "withdrawn", "“修堤”已撤回"),
        ("en", "returned", "“修堤” was returned"),
    ],
)  # fmt: skip
async def test_reason_stands_below_a_short_sentence(
    served: Site, cadre: Visitor, language: str, kind: str, title: str
) -> None:
    await told(served, cadre.post, kind)
    await cadre.send("/me/language", language=language)
    page = main_part((await cadre.get("/notices")).text)
    await cadre.send("/me/language", language="zh")
    assert f"<p>{title}</p>" in page
    assert page.count("缺照片") == 1
    assert ("原因：缺照片" if language == "zh" else "Reason: 缺照片") in words_of(f"<main>{page}</main>")


async def test_notice_without_a_reason_of_its_own_shows_none(served: Site, cadre: Visitor) -> None:
    """A reminder of a returned share carries the share's reason in its data; it is not the reminder's."""
    await told(served, cadre.post, "reminded")
    assert "缺照片" not in (await cadre.get("/notices")).text


async def test_all_are_marked_as_read(served: Site, cadre: Visitor) -> None:
    for _ in range(3):
        await told(served, cadre.post)
    assert "全部标为已读" in (await cadre.get("/notices")).text
    answer = await cadre.send("/notices/read")
    assert answer.headers["location"] == "/notices"
    assert await cadre.flash() == "全部标为已读。"
    page = words_of((await cadre.get("/notices")).text)
    assert ("共 3 条" in page, "未读" in page) == (True, False)


async def test_list_is_paged_and_says_when_it_is_empty(served: Site, cadre: Visitor) -> None:
    assert "还没有消息。" in (await cadre.get("/notices")).text
    for _ in range(31):
        await told(served, cadre.post)
    first = (await cadre.get("/notices")).text
    assert (words_of(first).count("修堤"), "/notices?p=2" in first) == (30, True)
    second = (await cadre.get("/notices?p=2")).text
    assert (words_of(second).count("修堤"), "第 31–31 条，共 31 条" in words_of(second)) == (1, True)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_kind_makes_a_sentence(served: Site, cadre: Visitor, language: str) -> None:
    for kind in (*TEXTS, "unheard_of"):
        await told(served, cadre.post, kind)
    await served.admin.execute("UPDATE session SET language = $1", language)
    words = " ".join([words_of((await cadre.get(f"/notices?p={number}")).text) for number in (1, 2, 3)])
    await served.admin.execute("UPDATE session SET language = 'zh'")
    assert "%(" not in words
    assert "None" not in words
    wanted = ["“修堤”被退回修改 原因：缺照片", "得 5 分", "有 2 个单位超期", "有一条新消息。"]
    if language == "en":
        wanted = ["“修堤” was returned Reason: 缺照片", "Points: 5", "There is something new."]
    for text in wanted:
        assert text in words


async def test_notice_of_an_older_shape_is_still_shown(served: Site, cadre: Visitor) -> None:
    made = await told(served, cadre.post, "accepted")
    await served.admin.execute("UPDATE notice SET data = '{}' WHERE id = $1", made)
    assert "已通过验收" in (await cadre.get("/notices")).text
