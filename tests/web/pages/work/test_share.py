"""One share on pages: acknowledging, giving on, noting, handing in, judging, steering, rating."""

import re
from uuid import uuid4

import pytest

from core.kernel import clock
from core.tasks.actions.work import allocate_assignment
from core.tasks.rules import EvidenceWanted
from tests.core.files import samples
from tests.core.tasks.steps import do, row_of, uploaded
from tests.factories.world import World
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import (
    accepted,
    in_hand,
    in_village,
    main_part,
    soon,
    submitted,
    task_of,
    words_of,
)
from web.filters import Formats

RATED = {"clarity": "5", "time_given": "4", "need": "3", "burden_hours": "2.5", "comment": "清楚"}
# Each form of the page: who sends it, from which state on, with what, and the states it does not work in.
FORMS = {
    "acknowledge": ("village_secretary", in_village, {}, submitted),
    "allocate": ("village_secretary", in_village, {"text": "辛苦"}, submitted),
    "notes": ("village_cadre", in_hand, {"text": "已查两处"}, accepted),
    "submit": ("village_cadre", in_hand, {"text": "查了三处"}, submitted),
    "accept": ("township_leader", submitted, {"grade": "good", "text": "很好"}, in_hand),
    "return": ("township_leader", submitted, {"reason": "缺一处"}, in_hand),
    "reverse": ("township_leader", accepted, {"reason": "照片不实"}, in_hand),
    "remind": ("township_leader", in_hand, {}, submitted),
    "extend": ("township_leader", in_hand, {"reason": "下雨"}, accepted),
    "escalate": ("township_leader", in_hand, {"reason": "太慢"}, submitted),
    "withdraw": ("township_leader", in_hand, {"reason": "这个村不用办"}, accepted),
    "rating": ("village_cadre", submitted, RATED, in_hand),
}


def filled(world: World, name: str) -> dict[str, str]:
    """Give what a person would send."""
    fields = dict(FORMS[name][2])
    if name == "allocate":
        fields["receiver"] = str(world.nan.scope("village_cadre").membership)
    if name == "extend":
        fields["due_at"] = Formats("zh").iso(soon(9))
    return fields


@pytest.mark.parametrize("name", FORMS)
async def test_form_does_its_deed_and_leads_back(served: Site, client_for: ClientFor, name: str) -> None:
    role, make, _, _ = FORMS[name]
    share = await make(served.admin, served.world.nan)
    visitor = await client_for(served.world.nan.posts[role])
    answer = await visitor.send(f"/assignments/{share}/{name}", **filled(served.world, name))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/assignments/{share}")
    told = await visitor.flash()
    assert told
    again = await visitor.get(f"/assignments/{share}")
    assert again.status_code == 200


async def test_what_is_wanted_is_said_before_it_is_acknowledged(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    share = await in_village(served.admin, nan, evidence=EvidenceWanted(text=False, photos=3, files=0))
    plain = await in_village(served.admin, nan, evidence=EvidenceWanted(text=False, photos=0, files=0))
    cadre = await client_for(nan.posts["village_secretary"])
    words = words_of((await cadre.get(f"/assignments/{share}")).text)
    assert "签收后开始办理" in words
    assert "成果要求 至少 3 张照片" in words
    assert "成果要求 没有特别要求" in words_of((await cadre.get(f"/assignments/{plain}")).text)


async def test_share_is_given_on_to_somebody_else_only(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    share = await in_village(served.admin, nan)
    secretary = await client_for(nan.posts["village_secretary"])
    given = {"receiver": str(nan.scope("village_cadre").membership)}
    await secretary.send(f"/assignments/{share}/allocate", **given)
    page = main_part((await secretary.get(f"/assignments/{share}")).text)
    assert "现在由李春梅办理，选别人就是改派。" in page
    assert f'<option value="{given["receiver"]}"' not in page
    again = await secretary.send(f"/assignments/{share}/allocate", **given)
    assert (again.status_code, "已经交给李春梅办理，不用再分派。" in again.text) == (409, True)


@pytest.mark.parametrize("name", FORMS)
async def test_form_in_the_wrong_state_is_a_conflict(served: Site, client_for: ClientFor, name: str) -> None:
    role, _, _, wrong = FORMS[name]
    share = await wrong(served.admin, served.world.nan)
    before = await row_of(served.admin, "assignment", share)
    visitor = await client_for(served.world.nan.posts[role])
    answer = await visitor.send(f"/assignments/{share}/{name}", **filled(served.world, name))
    assert answer.status_code == 409
    assert await row_of(served.admin, "assignment", share) == before
    part = await visitor.send(f"/assignments/{share}/{name}", htmx=True, **filled(served.world, name))
    assert part.status_code == 409
    assert "<html" not in part.text
    assert 'role="alert"' in part.text


@pytest.mark.parametrize("name", FORMS)
async def test_form_for_a_foreign_share_is_not_found(served: Site, client_for: ClientFor, name: str) -> None:
    role, make, _, _ = FORMS[name]
    share = await make(served.admin, served.world.nan)
    before = await row_of(served.admin, "assignment", share)
    stranger = await client_for(served.world.zhu.posts[role])
    answers = [
        await stranger.send(f"/assignments/{made}/{name}", **filled(served.world, name))
        for made in (share, uuid4())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text.replace(str(share), "") == answers[1].text.replace(
        str(answers[1].url).split("/")[4], ""
    )
    assert await row_of(served.admin, "assignment", share) == before


@pytest.mark.parametrize("name", FORMS)
async def test_form_without_the_right_is_forbidden(served: Site, client_for: ClientFor, name: str) -> None:
    share = await FORMS[name][1](served.admin, served.world.nan)
    visitor = await client_for(served.world.nan.posts["supervision_committee"])
    answer = await visitor.send(f"/assignments/{share}/{name}", **filled(served.world, name))
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("name", "missing", "message"),
    [
        ("allocate", "receiver", "请填写这一项。"),
        ("notes", "text", "请填写这一项。"),
        ("submit", "text", "还没有写办理情况。"),
        ("accept", "grade", "请选择质量等级。"),
        ("return", "reason", "请填写这一项。"),
        ("reverse", "reason", "请填写这一项。"),
        ("extend", "reason", "请填写这一项。"),
        ("extend", "due_at", "请填写这一项。"),
        ("escalate", "reason", "请填写这一项。"),
        ("rating", "need", "请填写这一项。"),
    ],
)
async def test_missing_field_is_named_and_the_rest_is_kept(
    served: Site, client_for: ClientFor, name: str, missing: str, message: str
) -> None:
    role, make, _, _ = FORMS[name]
    share = await make(served.admin, served.world.nan)
    fields = filled(served.world, name)
    del fields[missing]
    visitor = await client_for(served.world.nan.posts[role])
    answer = await visitor.send(f"/assignments/{share}/{name}", **fields)
    assert answer.status_code == 422
    page = main_part(answer.text)
    sent = "" if name == "submit" else f"{ {'notes': 'note'}.get(name, name) }-"
    assert f'href="#{sent}{missing}"' in page
    assert message in page
    for field, value in fields.items():
        at = page.index(f'id="{sent}{field}')
        element = page[page.rindex("<div", 0, at) : page.index("</div>", at)]
        assert value in element or f'value="{value}" checked' in page, field


async def test_note_that_was_refused_leaves_the_result_alone(served: Site, client_for: ClientFor) -> None:
    share = await in_hand(served.admin, served.world.nan)
    cadre = await client_for(served.world.nan.posts["village_cadre"])
    kept = "写了一半的办理情况"
    await served.admin.execute(
        "INSERT INTO draft (county, id, region, membership_id, form, subject, data, saved_at)"
        " VALUES ($1, gen_random_uuid(), $2, $3, 'assignment', $4, $5, now())",
        served.world.nan.code, served.world.nan.village, cadre.post.scope.membership, str(share), f'{{"text": ["{kept}"]}}',
    )  # fmt: skip
    answer = await cadre.send(f"/assignments/{share}/notes", text="")
    assert answer.status_code == 422
    assert kept in main_part(answer.text)


async def test_result_that_lacks_photos_says_so_and_keeps_the_text(
    served: Site, client_for: ClientFor
) -> None:
    share = await in_hand(served.admin, served.world.nan, evidence=EvidenceWanted(photos=2, files=1))
    cadre = await client_for(served.world.nan.posts["village_cadre"])
    photo = await uploaded(cadre.post.scope, samples.photo(64, 48), name="一.jpg", subject=share)
    answer = await cadre.send(f"/assignments/{share}/submit", text="查了三处，附照片")
    assert answer.status_code == 422
    page = answer.text
    for text in (
        "还不能提交",
        "还差 1 张照片就可以提交。",
        "还差 1 个文件就可以提交。",
        "查了三处，附照片",
        str(photo),
    ):
        assert text in page
    assert (await cadre.send(f"/assignments/{share}/files/{photo}/remove")).status_code == 303
    assert (await cadre.send(f"/assignments/{share}/files/{photo}/remove")).status_code == 404
    await served.admin.execute("UPDATE session SET language = 'en'")
    english = await cadre.send(f"/assignments/{share}/submit", text="done")
    await served.admin.execute("UPDATE session SET language = 'zh'")
    assert "Photos still needed: 2." in english.text


async def test_scoring_in_the_list_answers_with_the_row(served: Site, client_for: ClientFor) -> None:
    share = await submitted(served.admin, served.world.nan)
    leader = await client_for(served.world.nan.posts["township_leader"])
    assert f'id="score-{share}"' in (await leader.get("/scoring")).text
    missing = await leader.send(f"/assignments/{share}/accept", htmx=True)
    assert (missing.status_code, "请选择质量等级。" in missing.text) == (422, True)
    assert missing.headers["hx-retarget"] == f"#grade-{share}"
    assert f'<fieldset class="segments-field is-wrong" id="grade-{share}"' in missing.text
    assert missing.text.count('type="radio"') == 4
    assert "score-" not in missing.text
    assert "<html" not in missing.text
    done = await leader.send(f"/assignments/{share}/accept", htmx=True, grade="excellent")
    assert (done.status_code, f'id="score-{share}"' in done.text) == (200, True)
    assert "已评分，得 6 分。" in done.text
    assert done.headers["vary"] == "HX-Request, Cookie, Accept-Encoding"


async def test_list_of_results_says_how_many_are_left_and_that_none_is(served: Site, client_for: ClientFor) -> None:
    await served.admin.execute("TRUNCATE task, assignment, place, task_brief CASCADE")
    shares = [await submitted(served.admin, served.world.nan) for _ in range(2)]
    leader = await client_for(served.world.nan.posts["township_leader"])
    page = (await leader.get("/scoring")).text
    assert '<div id="scoring-rest"><nav class="pager"' in page
    told = [(await leader.send(f"/assignments/{share}/accept", htmx=True, grade="good")).text for share in shares]
    rest = [text.partition('id="scoring-rest" hx-swap-oob="true"')[2] for text in told]
    assert ("还有 1 件等评分" in rest[0], 'href="/scoring"' in rest[0]) == (True, True)
    assert ("都评完了" in rest[1], "件等评分" in rest[1]) == (True, False)


async def test_every_fault_of_a_form_is_said_at_once(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    leader = await client_for(nan.posts["township_leader"])
    working, waiting = await in_hand(served.admin, nan), await submitted(served.admin, nan)
    task = await task_of(served.admin, working)
    sent = {
        f"/assignments/{working}/extend": {"due_at": "2020-01-01T08:00"},
        f"/tasks/{task}/extend": {"due_at": "2020-01-01T08:00"},
        f"/assignments/{waiting}/accept": {"text": "长" * 501},
        f"/assignments/{working}/allocate": {"text": "长" * 501},
    }
    secretary = await client_for(nan.posts["village_secretary"])
    told = {}
    for path, fields in sent.items():
        answer = await (secretary if path.endswith("allocate") else leader).send(path, **fields)
        assert answer.status_code == 422, path
        told[path.rsplit("/", 1)[-1] + path[1]] = sorted(re.findall(r'<li><a href="#([\w-]+)">', main_part(answer.text)))
        for name in told[path.rsplit("/", 1)[-1] + path[1]]:
            assert f'id="{name}-error"' in answer.text, (path, name)
    assert told == {
        "extenda": ["extend-due_at", "extend-reason"], "extendt": ["extend-due_at", "extend-reason"],
        "accepta": ["accept-grade", "accept-text"], "allocatea": ["allocate-receiver", "allocate-text"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"unsent-photos": "坏.jpg\t照片的像素太大，没有受理。"}, "“坏.jpg”没有收下：照片的像素太大，没有受理。"),
        ({"unsent-files": "工具.exe\t这里不收这种文件。"}, "“工具.exe”没有收下：这里不收这种文件。"),
        ({"file": "没传.jpg"}, "“没传.jpg”还没有上传"),
    ],
)
async def test_result_beside_which_a_file_was_left_out_is_not_handed_in_in_silence(
    served: Site, client_for: ClientFor, chosen: dict[str, str], told: str
) -> None:
    share = await in_hand(served.admin, served.world.nan, evidence=EvidenceWanted(files=1))
    cadre = await client_for(served.world.nan.posts["village_cadre"])
    file = await uploaded(cadre.post.scope, samples.PDF, name="纪要.pdf", subject=share)
    answer = await cadre.send(f"/assignments/{share}/submit", text="查了三处", **chosen)
    assert answer.status_code == 422
    field = "files" if "unsent-files" in chosen else "photos"
    for text in (told, "直接再提交一次", "查了三处", str(file), f'href="#{field}"'):
        assert text in answer.text
    assert (await row_of(served.admin, "assignment", share))["state"] == "in_hand"
    assert (await cadre.send(f"/assignments/{share}/submit", text="查了三处")).status_code == 303


async def test_what_is_missing_is_said_together_with_what_was_left_out(served: Site, client_for: ClientFor) -> None:
    share = await in_hand(served.admin, served.world.nan, evidence=EvidenceWanted(text=True, photos=1, files=1))
    cadre = await client_for(served.world.nan.posts["village_cadre"])
    answer = await cadre.send(f"/assignments/{share}/submit", text="", file="一.jpg")
    told = re.findall(r'<li><a href="#([\w-]+)">', main_part(answer.text))
    assert (answer.status_code, sorted(told)) == (422, ["files", "photos", "text"])


async def test_result_that_is_too_long_is_not_cut(served: Site, client_for: ClientFor) -> None:
    share = await in_hand(served.admin, served.world.nan)
    cadre = await client_for(served.world.nan.posts["village_cadre"])
    answer = await cadre.send(f"/assignments/{share}/submit", text="长" * 5001)
    assert (answer.status_code, "写得太长了，最多 5000 个字。" in answer.text, "长" * 5001 in answer.text) == (422, True, True)


async def test_scoring_leads_back_to_the_list_and_nowhere_else(served: Site, client_for: ClientFor) -> None:
    leader = await client_for(served.world.nan.posts["township_leader"])
    for onward, wanted in (("/scoring", "/scoring"), ("https://example.org/", None), ("//example.org", None)):
        share = await submitted(served.admin, served.world.nan)
        answer = await leader.send(f"/assignments/{share}/accept", grade="good", next=onward)
        assert answer.headers["location"] == (wanted or f"/assignments/{share}")


async def test_buttons_are_those_of_the_readers_side(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    share = await in_village(served.admin, nan)
    seen = {}
    for role in (
        "village_secretary",
        "village_cadre",
        "bookkeeper",
        "township_leader",
        "county_administrator",
    ):
        page = (await (await client_for(nan.posts[role])).get(f"/assignments/{share}")).text
        seen[role] = {name for name in [*FORMS, "submit"] if f'action="/assignments/{share}/{name}"' in page}
    assert seen == {
        "village_secretary": {"acknowledge", "allocate"}, "village_cadre": {"acknowledge"}, "bookkeeper": set(),
        "township_leader": {"remind", "extend", "escalate", "withdraw"}, "county_administrator": set(),
    }  # fmt: skip


async def test_share_of_an_office_is_judged_by_whoever_sent_it(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    share = await in_village(served.admin, nan)
    office = nan.offices[nan.township]
    await served.admin.execute(
        "UPDATE assignment SET region = $2, office_id = $3, state = 'submitted', submitted_at = now() WHERE id = $1",
        share, nan.township, office,
    )  # fmt: skip
    leader, staff = [await client_for(nan.posts[role]) for role in ("township_leader", "township_staff")]
    assert f"/assignments/{share}/accept" in (await leader.get(f"/assignments/{share}")).text
    assert f"/assignments/{share}/accept" not in (await staff.get(f"/assignments/{share}")).text
    assert (await staff.send(f"/assignments/{share}/accept", grade="excellent")).status_code == 403
    assert (await leader.send(f"/assignments/{share}/accept", grade="good")).status_code == 303


async def test_share_given_to_another_is_read_and_not_worked_on(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    share = await in_village(served.admin, nan)
    secretary = nan.scope("village_secretary")
    cadre = nan.scope("village_cadre").membership
    await do(secretary, allocate_assignment, assignment=share, membership=cadre, now=clock.now())
    bookkeeper = await client_for(nan.posts["bookkeeper"])
    page = await bookkeeper.get(f"/assignments/{share}")
    assert (page.status_code, f"/assignments/{share}/submit" in page.text) == (200, False)
    answer = await bookkeeper.send(f"/assignments/{share}/submit", text="我来")
    assert (answer.status_code, "已经分派给李春梅" in answer.text) == (403, True)


async def test_page_shows_who_did_what_and_what_comes_next(served: Site, client_for: ClientFor) -> None:
    share = await accepted(served.admin, served.world.nan, "excellent")
    cadre = await client_for(served.world.nan.posts["village_cadre"])
    words = words_of((await cadre.get(f"/assignments/{share}")).text)
    for text in ("评分：6 分", "提交成果", "签收", "王建国", "得分", "6 分", "5 × 1.2 × 1 = 6"):
        assert text in words


@pytest.mark.parametrize("origin", [None, "https://example.org", "null"])
async def test_form_from_elsewhere_changes_nothing(
    served: Site, client_for: ClientFor, origin: str | None
) -> None:
    share = await in_village(served.admin, served.world.nan)
    visitor = await client_for(served.world.nan.posts["village_secretary"])
    headers = {"origin": origin} if origin else {}
    answer = await visitor.client.post(
        f"/assignments/{share}/acknowledge", data={"csrf_token": "x"}, headers=headers
    )
    assert answer.status_code == 403
    assert (await row_of(served.admin, "assignment", share))["state"] == "sent"


async def test_whoever_rated_reads_the_own_marks_again_and_the_sender_does_not(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    share = await submitted(served.admin, nan)
    cadre, leader = [await client_for(nan.posts[role]) for role in ("village_cadre", "township_leader")]
    before = main_part((await cadre.get(f"/assignments/{share}")).text)
    for words in ("5 很清楚，1 不清楚", "5 很充足，1 不够", "5 很有必要，1 没必要"):
        assert words in before
    assert "您单位对这件任务的评价" not in before
    await cadre.send(f"/assignments/{share}/rating", **{**RATED, "comment": "只有我们知道"})
    own = main_part((await cadre.get(f"/assignments/{share}")).text)
    assert "您单位对这件任务的评价" in own
    assert "只有我们知道" in own
    for address in (f"/assignments/{share}", f"/tasks/{await task_of(served.admin, share)}"):
        page = (await leader.get(address)).text
        assert "只有我们知道" not in page
        assert "您单位对这件任务的评价" not in page
