"""Attachments travel: handed in with a matter, sent with the task, opened by whoever received it."""

import re
from uuid import UUID

import pytest

from core.kernel.ids import new_id
from core.people.sessions import open_session
from tests.core.files import samples
from tests.core.tasks.steps import share_of, uploaded
from tests.factories.world import SECOND_VILLAGE, Post
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import opened, sent, soon
from tests.web.visitors import Visitor
from web.filters import Formats
from web.guards import csrf_token


def fields(**changes: str | list[str]) -> dict[str, str | list[str]]:
    return {
        "title": "圩堤隐患排查", "body": "请各村排查。", "points": "5", "due_at": Formats("zh").iso(soon()), "mode": "named",
        "places": "0", "photos": "0", "files": "0", "_key": str(new_id()), **changes,
    }  # fmt: skip


def made_by(location: str) -> UUID:
    return UUID(location.rsplit("/", 1)[-1])


def files_on(page: str) -> dict[str, str]:
    """Give the addresses of a page's files by their names."""
    return {name: href for href, name in re.findall(r'<a href="(/files/[0-9a-f-]+)">([^<]+)</a>', page)}


async def _handed_in(visitor: Visitor, post: Post, title: str) -> UUID:
    file = await uploaded(post.scope, samples.PDF, name="通知.pdf", purpose="incoming")
    sending = {"title": title, "body": "附件里有表。", "attachments": [str(file)], "_key": str(new_id())}
    answer = await visitor.send("/incoming/new", **sending)
    assert answer.status_code == 303
    return made_by(answer.headers["location"])


async def test_departments_files_reach_the_township_that_receives_the_task(
    served: Site, client_for: ClientFor
) -> None:
    nan, zhu = served.world.counties
    post = nan.posts["county_department"]
    department = await client_for(post)
    incoming = await _handed_in(department, post, "防汛抢险")
    assert list(files_on((await department.get(f"/incoming/{incoming}")).text)) == ["通知.pdf"]
    assert "通知.pdf" in (await department.get(f"/tasks/new?incoming={incoming}")).text
    own = await uploaded(post.scope, samples.PDF, name="明细.pdf", purpose="brief")
    answer = await department.send(
        "/tasks/new",
        **fields(
            title="防汛抢险",
            body="附件里有表。",
            regions=[nan.township],
            incoming=str(incoming),
            attachments=[str(own)],
        ),
    )
    task = made_by(answer.headers["location"])
    assert sorted(files_on((await department.get(f"/tasks/{task}")).text)) == ["明细.pdf", "通知.pdf"]
    leader = await client_for(nan.posts["township_leader"])
    share = await share_of(served.admin, task, nan.township)
    found = files_on((await leader.get(f"/assignments/{share}")).text)
    assert sorted(found) == ["明细.pdf", "通知.pdf"]
    stranger = await client_for(zhu.posts["township_leader"])
    neighbour = await client_for(nan.posts["village_cadre"])
    for address in found.values():
        opened_file = await leader.get(address)
        assert (opened_file.status_code, opened_file.content[:5]) == (200, b"%PDF-")
        assert (await stranger.get(address)).status_code == 404
        assert (await neighbour.get(address)).status_code == 404


async def test_townships_own_matter_that_is_held_keeps_its_files(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    leader = await client_for(nan.posts["township_leader"])
    file = await uploaded(leader.post.scope, samples.PDF, name="说明.pdf", purpose="brief")
    answer = await leader.send(
        "/tasks/new",
        **fields(title="没有列入清单的事", body="没有", regions=[nan.village], attachments=[str(file)]),
    )
    assert answer.headers["location"].startswith("/incoming/")
    assert list(files_on((await leader.get(answer.headers["location"])).text)) == ["说明.pdf"]


async def test_villages_see_the_files_of_an_open_task_before_they_take_it(
    served: Site, client_for: ClientFor
) -> None:
    nan = served.world.nan
    file = await uploaded(nan.scope("township_leader"), samples.PDF, name="图纸.pdf", purpose="brief")
    task = await opened(nan, places=1, attachments=[file])
    cadre = await client_for(nan.posts["village_cadre"])
    found = files_on((await cadre.get(f"/open/{task}")).text)
    assert list(found) == ["图纸.pdf"]
    assert (await cadre.get(found["图纸.pdf"])).status_code == 200


async def test_refused_form_keeps_its_files(served: Site, client_for: ClientFor) -> None:
    post = served.world.nan.posts["county_department"]
    department = await client_for(post)
    file = await uploaded(post.scope, samples.PDF, name="通知.pdf", purpose="incoming")
    answer = await department.send("/incoming/new", title="", body="附件", attachments=[str(file)])
    assert answer.status_code == 422
    assert f'name="attachments" value="{file}"' in answer.text


@pytest.mark.parametrize("page", ["/incoming/new", "/tasks/new"])
async def test_without_scripts_the_page_finds_its_files_again(
    served: Site, client_for: ClientFor, page: str
) -> None:
    visitor = await client_for(served.world.nan.posts["township_leader"])
    addresses = [page]
    for name in ("一.pdf", "二.pdf"):
        session = await open_session(visitor.post.token)
        shown = (await visitor.get(addresses[-1])).text
        carried = re.search(r'formaction="(/uploads/simple[^"]+)"', shown)
        assert carried is not None
        answer = await visitor.client.post(
            carried.group(1).replace("&amp;", "&"),
            data={
                "csrf_token": csrf_token(visitor.app.state.settings, session), "title": f"写了一半，附{name}",
                "attachments": re.findall(r'type="hidden" name="attachments" value="([^"]+)"', shown),
            },
            files={"file": (name, samples.PDF, "application/pdf")},
            headers={"origin": "http://127.0.0.1:8000"},
        )  # fmt: skip
        assert answer.status_code == 303
        addresses.append(answer.headers["location"])
    shown = (await visitor.get(addresses[-1])).text
    assert len(re.findall(r'type="hidden" name="attachments" value="', shown)) == 2
    assert 'value="写了一半，附二.pdf"' in shown


async def test_anothers_file_in_the_address_is_not_shown(served: Site, client_for: ClientFor) -> None:
    nan, zhu = served.world.counties
    theirs = await uploaded(zhu.scope("township_leader"), samples.PDF, name="别人.pdf", purpose="brief")
    visitor = await client_for(nan.posts["township_leader"])
    assert "别人.pdf" not in (await visitor.get(f"/tasks/new?attachments={theirs}")).text


async def test_task_without_files_says_nothing_of_them(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    task = (await sent(nan, regions=(nan.village, nan.code + SECOND_VILLAGE))).task
    leader = await client_for(nan.posts["township_leader"])
    assert "附件" not in (await leader.get(f"/tasks/{task}")).text


WRITTEN = {
    "/incoming/new": {"title": "圩堤隐患排查", "body": "请各村排查。"},
    "/tasks/new": {"title": "圩堤隐患排查", "body": "请各村排查。", "points": "5"},
}


@pytest.mark.parametrize("page", WRITTEN)
@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"unsent-attachments": "工具.exe\t这里不收这种文件，请换一个文件。"}, "“工具.exe”没有收下：这里不收这种文件，请换一个文件。"),
        ({"unsent-attachments": "大图.pdf\t"}, "“大图.pdf”还没有传完"),
        ({"file": "工具.exe"}, "“工具.exe”还没有上传"),
    ],
)
async def test_file_that_is_no_part_of_the_form_is_said_before_anything_is_handed_in(
    served: Site, client_for: ClientFor, page: str, chosen: dict[str, str], told: str
) -> None:
    nan = served.world.nan
    leader = await client_for(nan.posts["township_leader"])
    count = "SELECT (SELECT count(*) FROM incoming_task) + (SELECT count(*) FROM task)"
    before = await served.admin.fetchval(count)
    kept = await uploaded(leader.post.scope, samples.PDF, name="通知.pdf", purpose="brief")
    sending = {**fields(regions=[nan.village]), **WRITTEN[page], "attachments": [str(kept)]}
    answer = await leader.send(page, **sending, **chosen)
    assert answer.status_code == 422
    for text in (f'<a href="#attachments">附件：{told}' if page == "/incoming/new" else told, "直接再提交一次", f'value="{kept}"', "圩堤隐患排查"):
        assert text in answer.text
    assert await served.admin.fetchval(count) == before
    assert (await leader.send(page, **sending)).status_code == 303


@pytest.mark.parametrize("page", WRITTEN)
async def test_file_that_failed_its_inspection_is_named_with_the_reason_and_goes(
    served: Site, client_for: ClientFor, page: str
) -> None:
    nan = served.world.nan
    leader = await client_for(nan.posts["township_leader"])
    broken = await uploaded(leader.post.scope, b"MZ\x90\x00" + bytes(400), name="说明.pdf", purpose="brief")
    sending = {**fields(regions=[nan.village]), **WRITTEN[page]}
    answer = await leader.send(page, **sending, attachments=[str(broken)])
    assert answer.status_code == 422
    assert "“说明.pdf”没有收下：文件的真实类型不在可上传的范围内" in answer.text
    assert f'value="{broken}"' not in answer.text
    assert (await leader.send(page, **sending)).status_code == 303


async def test_file_that_is_still_looked_into_is_waited_for(served: Site, client_for: ClientFor) -> None:
    leader = await client_for(served.world.nan.posts["township_leader"])
    file = await uploaded(leader.post.scope, samples.PDF, name="通知.pdf", purpose="incoming")
    await served.admin.execute("UPDATE file SET state = 'received' WHERE id = $1", file)
    answer = await leader.send("/incoming/new", title="圩堤隐患排查", body="请排查。", attachments=[str(file)])
    assert (answer.status_code, "“通知.pdf”还在检查" in answer.text, f'value="{file}"' in answer.text) == (422, True, True)


async def test_everything_that_is_wrong_is_said_at_once_with_the_files(served: Site, client_for: ClientFor) -> None:
    leader = await client_for(served.world.nan.posts["township_leader"])
    answer = await leader.send("/incoming/new", title="", body="", file="工具.exe")
    told = re.findall(r'<li><a href="#([\w-]+)">', answer.text)
    assert sorted(told) == ["attachments", "body", "title"]


async def test_files_are_opened_by_whoever_may_open_what_they_hang_on(served: Site, client_for: ClientFor) -> None:
    """A department reads no file of a township's own matter, of the task made of it, or of what a village handed in for it."""
    nan = served.world.nan
    leader = nan.posts["township_leader"]
    matter = await _handed_in(await client_for(leader), leader, "圩堤隐患排查")
    task = (await sent(nan, incoming=matter, regions=(nan.village,))).task
    share = await share_of(served.admin, task, nan.village)
    evidence = await uploaded(nan.scope("village_secretary"), samples.PDF, name="台账.pdf", purpose="evidence", subject=share)
    brief = await served.admin.fetchval("SELECT brief_id FROM task WHERE id = $1", task)
    rows = await served.admin.fetch("SELECT id FROM file WHERE subject_id = ANY ($1)", [matter, brief])
    files = [*(row["id"] for row in rows), evidence]
    assert len(files) == 3
    seen = {
        role: [(await (await client_for(nan.posts[role])).get(f"/files/{file}")).status_code for file in files]
        for role in ("county_department", "county_inspector", "township_leader", "township_staff")
    }
    assert seen == {
        "county_department": [404] * 3, "county_inspector": [200] * 3, "township_leader": [200] * 3, "township_staff": [200] * 3,
    }  # fmt: skip
