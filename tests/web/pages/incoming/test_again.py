"""A matter that was refused, held or taken back is worded again and handed in anew."""

from uuid import UUID, uuid4

import pytest

from tests.core.tasks.steps import row_of
from tests.factories.world import handed
from tests.web.pages.conftest import ClientFor, Site
from tests.web.visitors import Visitor

HELD = "没有列入清单的事"


@pytest.fixture
async def leader(served: Site, client_for: ClientFor) -> Visitor:
    return await client_for(served.world.nan.posts["township_leader"])


async def test_a_refused_matter_is_changed_and_handed_in_again(served: Site, client_for: ClientFor) -> None:
    department = await client_for(served.world.nan.posts["county_department"])
    sent = await department.send("/incoming/new", title="上级收回的执法事项", body="写了很长的内容。", number="浔农〔2026〕9号", _key=str(uuid4()))
    earlier = sent.headers["location"]
    matter = earlier.rsplit("/", 1)[-1]
    assert f'href="/incoming/new?again={matter}"' in (await department.get(earlier)).text
    form = (await department.get(f"/incoming/new?again={matter}")).text
    for kept in ('value="上级收回的执法事项"', "写了很长的内容。", 'value="浔农〔2026〕9号"', f'name="replaces" value="{matter}"'):
        assert kept in form
    done = await department.send("/incoming/new", title="圩堤隐患排查", body="写了很长的内容。", replaces=matter, _key=str(uuid4()))
    assert done.status_code == 303
    assert f'改自：<a href="{earlier}">上级收回的执法事项</a>' in (await department.get(done.headers["location"])).text
    page = (await department.get(earlier)).text
    assert f'已改后重新提交：<a href="{done.headers["location"]}">圩堤隐患排查</a>' in page
    assert "again=" not in page
    twice = await department.send("/incoming/new", title="再写一遍", body="还是很长。", replaces=matter, _key=str(uuid4()))
    assert (twice.status_code, "再写一遍" in twice.text) == (409, True)


async def test_a_held_matter_is_taken_back_when_it_is_handed_in_as_urgent_and_its_files_go_along(
    served: Site, leader: Visitor, client_for: ClientFor
) -> None:
    held = UUID((await leader.send("/incoming/new", title=HELD, body="桥塌了。", _key=str(uuid4()))).headers["location"].rsplit("/", 1)[-1])
    await served.admin.execute(
        "INSERT INTO file (county, id, region, name, media_type, size, sha256, state, refusal, storage_key, preview_key, purpose, subject_id,"
        " membership, by_name, created_at, attached_at) VALUES ($1, gen_random_uuid(), $2, '现场.jpg', 'image/jpeg', 9, 'x', 'kept', '', 'k', '', 'incoming',"
        " $3, $4, '张三', now(), now())", served.world.nan.code, served.world.nan.township, held, served.world.nan.scope("township_leader").membership,
    )  # fmt: skip
    form = (await leader.get(f"/incoming/new?again={held}")).text
    for text in ("带上原来的 1 个附件", "现场.jpg", "原来的一件自动撤回"):
        assert text in form
    again = {"title": HELD, "body": "桥塌了。", "replaces": str(held), "keep_files": "1", "emergency": "1", "emergency_reason": "桥塌了，有人落水。"}
    bare = await leader.send("/incoming/new", **{**again, "emergency_reason": ""}, _key=str(uuid4()))
    assert (bare.status_code, f'name="replaces" value="{held}"' in bare.text) == (422, True)
    done = await leader.send("/incoming/new", **again, _key=str(uuid4()))
    assert done.status_code == 303
    assert "现场.jpg" in (await leader.get(done.headers["location"])).text
    row = await row_of(served.admin, "incoming_task", held)
    assert (row["state"], row["decided_reason"]) == ("withdrawn", "改后重新提交")
    stranger = await client_for(served.world.zhu.posts["township_leader"])
    assert (await stranger.get(f"/incoming/new?again={held}")).status_code == 404
    assert (await stranger.send("/incoming/new", **again, _key=str(uuid4()))).status_code == 404


async def test_what_passed_is_not_worded_again(served: Site, leader: Visitor) -> None:
    passed = (await handed(served.world.nan)).id
    assert (await leader.get(f"/incoming/new?again={passed}")).status_code == 404
    answer = await leader.send("/incoming/new", title="圩堤隐患排查", body="请各村排查。", replaces=str(passed), _key=str(uuid4()))
    assert (answer.status_code, "不能改后重新提交" in answer.text) == (409, True)
