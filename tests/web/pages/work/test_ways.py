"""The way into one share and back: its place in the menu, the list behind it, its heading, stepper and history."""

import re
from uuid import UUID

import pytest

from core.kernel import clock
from core.tasks.actions.scoring import return_submission
from core.tasks.actions.steering import withdraw_assignment
from core.tasks.actions.work import submit_assignment
from tests.core.tasks.steps import do
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import (
    accepted,
    in_hand,
    in_village,
    main_part,
    opened,
    submitted,
    task_of,
    words_of,
)

_CURRENT = re.compile(r'<a href="([^"]+)" aria-current="page"><span>')
_BACK = re.compile(r'<p class="page-back desktop-only"><a href="([^"]+)">.*?</svg>([^<]+)</a>')
_STEP = re.compile(r'<li class="is-(\w+)"')


def back_of(page: str) -> tuple[str, str]:
    """Give where a page leads back to, and by which name."""
    found = _BACK.search(page)
    assert found is not None
    return found[1].replace("&amp;", "&"), found[2]


async def returned(served: Site) -> UUID:
    share = await submitted(served.admin, served.world.nan)
    leader = served.world.nan.scope("township_leader")
    await do(leader, return_submission, assignment=share, reason="照片看不清", now=clock.now())
    return share


async def withdrawn(served: Site) -> UUID:
    share = await in_village(served.admin, served.world.nan)
    leader = served.world.nan.scope("township_leader")
    await do(leader, withdraw_assignment, assignment=share, reason="不用办", now=clock.now())
    return share


@pytest.mark.parametrize(
    ("role", "opened_from", "place", "name"),
    [
        ("village_cadre", "/my?state_is=open&p=1", "/my", "我的任务"),
        ("village_cadre", "/", "/my", "今天"),
        ("village_cadre", "", "/my", "我的任务"),
        ("township_leader", "/shares?region={village}&late=1", "/tasks", "各单位在办"),
        ("township_leader", "/scoring", "/tasks", "评分"),
        ("township_leader", "", "/tasks", "整件任务"),
    ],
)
async def test_share_stands_under_its_place_and_leads_back_to_the_list_it_was_opened_from(
    served: Site, client_for: ClientFor, role: str, opened_from: str, place: str, name: str
) -> None:
    nan = served.world.nan
    share = await in_hand(served.admin, nan)
    visitor = await client_for(nan.posts[role])
    address = opened_from.format(village=nan.village)
    if address:
        assert (await visitor.get(address)).status_code == 200
    page = (await visitor.get(f"/assignments/{share}")).text
    assert _CURRENT.findall(page) == [place]
    row = "score" if address == "/scoring" else "at"
    expected = {"village_cadre": f"/my#{row}-{share}", "township_leader": f"/tasks/{await task_of(served.admin, share)}"}
    otherwise = "/my" if role == "village_cadre" else expected[role]
    assert back_of(page) == (f"{address}#{row}-{share}" if address else otherwise, f"返回{name}")


async def test_list_is_led_back_to_after_a_deed_as_well(served: Site, client_for: ClientFor) -> None:
    share = await in_village(served.admin, served.world.nan)
    visitor = await client_for(served.world.nan.posts["village_secretary"])
    listed = (await visitor.get("/my?state_is=sent")).text
    assert f'id="at-{share}"' in listed
    done = await visitor.send(f"/assignments/{share}/acknowledge")
    assert done.status_code == 303
    page = (await visitor.get(done.headers["location"])).text
    assert back_of(page)[0] == f"/my?state_is=sent#at-{share}"


@pytest.mark.parametrize("written", ["", "%%%", "aHR0cHM6Ly9ldmlsLmV4YW1wbGUvbXk", "Ly9ldmlsLmV4YW1wbGU", "_w"])
async def test_list_that_nobody_wrote_is_not_led_to(served: Site, client_for: ClientFor, written: str) -> None:
    """The cookie is the reader's own; what is not one of our lists, as an address elsewhere, counts for nothing."""
    share = await in_hand(served.admin, served.world.nan)
    visitor = await client_for(served.world.nan.posts["village_cadre"])
    visitor.client.cookies.set("xz_list", written)
    page = (await visitor.get(f"/assignments/{share}")).text
    assert back_of(page)[0] == "/my"


async def test_list_is_forgotten_when_somebody_signs_out(served: Site, client_for: ClientFor) -> None:
    """Villages share computers: what one searched for is nothing for whoever signs in next."""
    visitor = await client_for(served.world.nan.posts["grid_worker"])
    await visitor.get("/my?q=%E5%9C%A9")
    assert visitor.client.cookies.get("xz_list")
    assert (await visitor.send("/logout")).headers["location"] == "/sign-in"
    assert not visitor.client.cookies.get("xz_list")


async def test_task_leads_back_to_the_filtered_list(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    task = await task_of(served.admin, await in_hand(served.admin, nan))
    leader = await client_for(nan.posts["township_leader"])
    listed = (await leader.get("/tasks?q=%E5%9C%A9&state_is=active")).text
    assert f'id="at-{task}"' in listed
    page = (await leader.get(f"/tasks/{task}")).text
    assert _CURRENT.findall(page) == ["/tasks"]
    assert back_of(page) == (f"/tasks?q=%E5%9C%A9&state_is=active#at-{task}", "返回进度")
    await leader.get("/scoring")
    assert back_of((await leader.get(f"/tasks/{task}")).text) == ("/tasks", "返回进度")


@pytest.mark.parametrize(
    ("role", "lead"), [("village_cadre", "农业农村办公室派来的任务"), ("township_leader", "派给朱家兜的任务")]
)
async def test_heading_says_what_the_page_is(served: Site, client_for: ClientFor, role: str, lead: str) -> None:
    nan = served.world.nan
    share = await in_hand(served.admin, nan)
    sender = await served.admin.fetchval("SELECT sender_name FROM assignment WHERE id = $1", share)
    page = (await (await client_for(nan.posts[role])).get(f"/assignments/{share}")).text
    title = await served.admin.fetchval("SELECT title FROM assignment WHERE id = $1", share)
    assert re.findall(r"<h1[^>]*>([^<]*)</h1>", page) == [title]
    assert f"<title>{title} · 任务 · 乡治</title>" in page
    assert lead.replace("农业农村办公室", sender) in words_of(page)


async def test_stepper_shows_whose_turn_it_is(served: Site, client_for: ClientFor) -> None:
    nan, admin = served.world.nan, served.admin
    leader = await client_for(nan.posts["township_leader"])
    expected = {
        await in_village(admin, nan): ["done", "current", "todo", "todo", "todo"],
        await in_hand(admin, nan): ["done", "done", "current", "todo", "todo"],
        await submitted(admin, nan): ["done", "done", "done", "done", "current"],
        await returned(served): ["done", "done", "current", "todo", "todo"],
        await accepted(admin, nan): ["done"] * 5,
        await withdrawn(served): ["done", "skipped", "skipped", "skipped", "skipped"],
    }
    shown = {}
    for share in expected:
        shown[share] = _STEP.findall((await leader.get(f"/assignments/{share}")).text)
    assert shown == expected


async def test_stepper_marks_what_is_late(served: Site, client_for: ClientFor) -> None:
    nan, admin = served.world.nan, served.admin
    leader = await client_for(nan.posts["township_leader"])
    late, waiting = await in_hand(admin, nan), await submitted(admin, nan)
    await admin.execute("UPDATE assignment SET due_at = now() - interval '1 day' WHERE id = ANY ($1)", [late, waiting])
    steps = [_STEP.findall((await leader.get(f"/assignments/{share}")).text) for share in (late, waiting)]
    assert [each[2:] for each in steps] == [["late", "todo", "todo"], ["done", "done", "current"]]


async def test_history_begins_with_who_sent_it(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    share = await in_hand(served.admin, nan)
    sender = await served.admin.fetchval("SELECT sender_name FROM assignment WHERE id = $1", share)
    cadre = await client_for(nan.posts["village_cadre"])
    words = words_of((await cadre.get(f"/assignments/{share}")).text).split("经过", 1)[1]
    assert words.index("签收了任务") < words.index(f"{sender} 派发了任务")


async def test_history_of_a_taken_place_begins_with_the_taking(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    task = await opened(nan)
    secretary = await client_for(nan.posts["village_secretary"])
    taken = await secretary.send(f"/open/{task}/take")
    words = words_of((await secretary.get(taken.headers["location"])).text)
    assert "领取了任务" in words
    assert "派发了任务" not in words


async def test_system_is_called_so_in_the_readers_language(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    share = await in_hand(served.admin, nan)
    await served.admin.execute(
        "INSERT INTO assignment_event (county, id, region, assignment_id, at, kind, by_name)"
        " VALUES ($1, gen_random_uuid(), $2, $3, now(), 'overdue', '系统')",
        nan.code, nan.village, share,
    )  # fmt: skip
    cadre = await client_for(nan.posts["village_cadre"])
    assert "系统 标记为超期" in words_of((await cadre.get(f"/assignments/{share}")).text)
    await cadre.send("/me/language", language="en")
    words = words_of((await cadre.get(f"/assignments/{share}")).text)
    await cadre.send("/me/language", language="zh")
    assert "System marked it overdue" in words
    assert "系统" not in words


async def test_who_judges_a_second_submission_reads_why_the_first_came_back(
    served: Site, client_for: ClientFor
) -> None:
    """The newest result lies open with what it was returned for; the earlier one is folded, with the reason it came back for."""
    share = await returned(served)
    nan = served.world.nan
    leader = await client_for(nan.posts["township_leader"])
    assert "上次退回的原因" not in words_of((await leader.get(f"/assignments/{share}")).text)
    cadre = nan.scope("village_cadre")
    await do(cadre, submit_assignment, assignment=share, text="补拍了同一位置。", now=clock.now())
    page = main_part((await leader.get(f"/assignments/{share}")).text)
    card = page[page.index("办理成果") : page.index("评分</h2>")]
    open_part, folded = card.split("<details", 1)
    assert "上次退回的原因" in open_part
    assert "照片看不清" in open_part
    assert ("补拍了同一位置。" in open_part, "查了三处。" in open_part) == (True, False)
    assert "第 1 次提交" in folded
    assert re.search(r'class="result-back prose">.*?照片看不清', folded) is not None
    await leader.send(f"/assignments/{share}/accept", grade="good")
    assert "上次退回的原因" not in words_of((await leader.get(f"/assignments/{share}")).text)


async def test_reason_of_a_return_stands_below_a_short_title(served: Site, client_for: ClientFor) -> None:
    share = await returned(served)
    title = await served.admin.fetchval("SELECT title FROM assignment WHERE id = $1", share)
    cadre = await client_for(served.world.nan.posts["village_cadre"])
    listed = main_part((await cadre.get("/my?state_is=returned")).text)
    card = listed[listed.index(f'id="at-{share}"') :].split("</li>", 1)[0]
    assert f">{title}</a></h3>" in card
    assert '<p class="task-card-reason prose">退回原因：照片看不清</p>' in card
