"""Every page of the main job for every role, in both languages: shown or refused as the permission says."""

import re
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from core.tasks.actions.dispatching import Item
from core.tasks.enums import Level
from tests.core.tasks.steps import share_of
from tests.factories.world import PLACES, Post, World, handed
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import (
    accepted,
    in_hand,
    main_part,
    opened,
    sent,
    submitted,
    task_of,
    words_of,
)

PAGES = {
    "/": "any", "/my": "core:assignment:read", "/open": "core:place:take", "/tasks": "core:task:read",
    "/tasks?late=1&state_is=active&q=堤": "core:task:read", "/tasks/new": "core:task:dispatch", "/shares": "core:task:read",
    "/shares?state_is=open": "core:task:read", "/scoring": "core:task:score", "/incoming": "core:incoming:read",
    "/incoming/new": "core:incoming:create", "/notices": "any", "/scores": "core:score:read",
    "/scores?period=2026-10": "core:score:read", "/tasks/export.xlsx": "core:task:read",
}  # fmt: skip
ROLES = [*PLACES, "second_village", "province_viewer", "city_viewer"]
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
# What people wrote or are called, which no page translates.
DATA = re.compile(
    "汛期前圩堤隐患排查|逐处检查|有隐患的拍照|查了三处|朱家兜|水口|练市|双林|浙江省|湖州市|绍兴市|南浔|诸暨|王建国|李春梅|张三|农业农村局|农业农村办公室"
    "|圩堤隐患排查|请各村排查|医保参保动员|没有列入清单的事|准入清单|政发|水利|防洪法|汛期|县级|点少面小|上级收回的执法事项|号|村|镇|区|市|局|办公室"
)


def post_of(world: World, role: str) -> Post:
    return world.nan.posts.get(role) or world.viewers[role]


@pytest.fixture
async def in_english(served: Site) -> AsyncIterator[None]:
    await served.admin.execute("UPDATE session SET language = 'en'")
    yield
    await served.admin.execute("UPDATE session SET language = 'zh'")


@pytest.fixture(scope="module")
async def busy(served: Site) -> dict[str, UUID]:
    """Give the first county one of everything."""
    nan, admin = served.world.nan, served.admin
    open_task = await opened(nan, places=3)
    scored = await accepted(admin, nan)
    item = Item(
        code="V12", title="圩堤隐患排查", category="水利", legal_basis="防洪法", conditions="汛期", funding="县级"
    )
    handed_in = await submitted(admin, nan, item=item, points=2, points_reason="点少面小")
    from_county = (await sent(nan, "county_department", regions=(nan.township,), level=Level.TOWNSHIP)).task
    return {
        "open": open_task, "accepted": scored, "submitted": handed_in, "in_hand": await in_hand(admin, nan),
        "township": await share_of(admin, from_county, nan.township), "task": await task_of(admin, handed_in),
        "held": (await handed(nan, title="没有列入清单的事")).id, "passed": (await handed(nan)).id,
        "refused": (await handed(nan, "county_department", title="上级收回的执法事项")).id,
    }  # fmt: skip


def pages_of(busy: dict[str, UUID]) -> dict[str, str]:
    return {
        f"/open/{busy['open']}": "village_cadre", f"/assignments/{busy['in_hand']}": "village_cadre",
        f"/assignments/{busy['submitted']}": "township_leader", f"/assignments/{busy['accepted']}": "township_leader",
        f"/assignments/{busy['township']}": "township_leader", f"/tasks/{busy['task']}": "township_leader",
        f"/tasks/{busy['open']}": "township_leader", f"/incoming/{busy['held']}": "township_leader",
        f"/incoming/{busy['passed']}": "township_leader", f"/incoming/{busy['refused']}": "county_department",
        f"/tasks/new?incoming={busy['passed']}": "township_leader", f"/tasks/new?assignment={busy['township']}": "township_leader",
    }  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.usefixtures("busy")
async def test_page_is_shown_or_refused_as_the_permission_says(
    served: Site, client_for: ClientFor, role: str
) -> None:
    post = post_of(served.world, role)
    visitor = await client_for(post)
    for language in ("zh", "en"):
        await served.admin.execute("UPDATE session SET language = $1", language)
        for path, permission in PAGES.items():
            answer = await visitor.get(path)
            held = permission == "any" or permission in post.scope.permissions
            wanted = {200, 303} if path == "/" else {200} if held else {403}
            assert answer.status_code in wanted, (role, path, answer.status_code)
            if answer.status_code == 200 and not path.endswith("xlsx"):
                assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in answer.text
                assert answer.headers["cache-control"] == "no-store"
                assert main_part(answer.text)
    await served.admin.execute("UPDATE session SET language = 'zh'")


@pytest.mark.usefixtures("in_english")
async def test_english_pages_have_no_chinese_but_what_people_wrote(
    served: Site, client_for: ClientFor, busy: dict[str, UUID]
) -> None:
    left = {}
    pages = {
        **dict.fromkeys(PAGES, "township_leader"),
        **pages_of(busy),
        "/my": "village_secretary",
        "/open": "village_cadre",
    }
    for path, role in pages.items():
        if path.endswith("xlsx"):
            continue
        visitor = await client_for(served.world.nan.posts[role])
        answer = await visitor.get(path)
        assert answer.status_code == 200, (path, role)
        found = CHINESE.findall(DATA.sub("", words_of(answer.text)))
        if found:
            left[path.split("?")[0]] = sorted(set(found))
    assert left == {}


@pytest.mark.parametrize("path", sorted({path.partition("?")[0] for path in PAGES}))
async def test_nobody_sees_a_page_before_signing_in(served: Site, client_for: ClientFor, path: str) -> None:
    visitor = await client_for(served.world.nan.posts["village_cadre"])
    visitor.client.cookies.clear()
    answer = await visitor.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


async def test_foreign_and_unknown_ids_get_the_same_answer(
    served: Site, client_for: ClientFor, busy: dict[str, UUID]
) -> None:
    zhu = served.world.zhu
    unknown = str(uuid4())
    for path, role in pages_of(busy).items():
        visitor = await client_for(zhu.posts[role])
        foreign = await visitor.get(path)
        made_up = re.sub(r"[0-9a-f-]{36}", unknown, path)
        absent = await visitor.get(made_up)
        assert (foreign.status_code, absent.status_code) == (404, 404), path
        assert foreign.text.replace(path, made_up) == absent.text


async def test_broken_addresses_are_not_found(served: Site, client_for: ClientFor) -> None:
    visitor = await client_for(served.world.nan.posts["township_leader"])
    for path in ("/tasks/1", "/assignments/x", "/incoming/00000000", "/open/none", "/tasks/new/1"):
        assert (await visitor.get(path)).status_code == 404
    for path in (
        "/tasks?p=0",
        "/tasks?p=x",
        "/my?p=99999999999",
        "/scores?period=2026-13",
        "/tasks/new?incoming=x",
    ):
        assert (await visitor.get(path)).status_code == 200


async def test_page_of_a_task_with_everything_in_it(
    served: Site, client_for: ClientFor, busy: dict[str, UUID]
) -> None:
    nan = served.world.nan
    leader = await client_for(nan.posts["township_leader"])
    shown = words_of((await leader.get(f"/assignments/{busy['submitted']}")).text)
    for text in ("防洪法", "条件：", "经费：", "V12", "评分", "退回修改", "查了三处。", "怎么算分：2 分"):
        assert text in shown
    cadre = await client_for(nan.posts["village_cadre"])
    assert "评分" not in re.findall(
        r"<button[^>]*>([^<]*)<", main_part((await cadre.get(f"/assignments/{busy['submitted']}")).text)
    )
    page = words_of((await leader.get(f"/tasks/{busy['task']}")).text)
    for text in ("朱家兜", "待评分", "改分原因", "延期", "撤回任务"):
        assert text in page
