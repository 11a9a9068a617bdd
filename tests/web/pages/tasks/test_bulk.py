"""Several at once: what was done, what was not and why, without scripts."""

from uuid import UUID, uuid4

from core.kernel import clock
from core.tasks.actions.scoring import accept_submission
from core.tasks.actions.work import submit_assignment
from tests.core.files import samples
from tests.core.tasks.steps import RULE, do, row_of, uploaded
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import in_hand, in_village, submitted, words_of


async def states(site: Site, shares: list[UUID]) -> list[str]:
    return [(await row_of(site.admin, "assignment", share))["state"] for share in shares]


async def test_several_results_are_accepted_with_one_grade(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    shares = [await submitted(served.admin, nan) for _ in range(3)]
    leader = await client_for(nan.posts["township_leader"])
    page = (await leader.get("/scoring")).text
    for share in shares:
        assert f'name="shares" value="{share}" form="several"' in page
    answer = await leader.send(
        "/scoring", shares=[str(share) for share in shares], grade="excellent", _key=str(uuid4())
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/scoring")
    assert await leader.flash() == "已评分 3 件。"
    rows = [await row_of(served.admin, "assignment", share) for share in shares]
    assert [(row["state"], row["quality"], row["score"]) for row in rows] == [
        ("accepted", "excellent", 6)
    ] * 3
    lines = "SELECT count(*) FROM ledger_line WHERE subject_id = ANY($1)"
    assert await served.admin.fetchval(lines, shares) == 3


async def test_row_shows_what_was_handed_in_and_scoring_it_counts_down(
    served: Site, client_for: ClientFor
) -> None:
    nan = served.world.nan
    secretary = nan.scope("village_secretary")
    await served.admin.execute("TRUNCATE task, assignment, place, task_brief, incoming_task CASCADE")
    shares = [await in_hand(served.admin, nan) for _ in range(3)]
    photo = await uploaded(secretary, samples.photo(), name="近景.jpg", subject=shares[0])
    paper = await uploaded(secretary, samples.PDF, name="纪要.pdf", subject=shares[0])
    long = "查了三处圩堤，都没有隐患。" * 30
    for share, text in zip(shares, (long, "", "又查了一遍。"), strict=True):
        written = text or "没有别的。"
        await do(secretary, submit_assignment, assignment=share, text=written, now=clock.now())
    leader = await client_for(nan.posts["township_leader"])
    page = (await leader.get("/scoring")).text
    assert f'src="/files/{photo}/preview"' in page
    assert f'href="/files/{paper}"' in page
    words = words_of(page)
    for told in ("3 件成果等评分", "查了三处圩堤", "看全文", "没有别的。", "又查了一遍。", "王建国"):
        assert told in words
    assert long not in page
    answer = await leader.send(f"/assignments/{shares[0]}/accept", htmx=True, grade="good", next="/scoring")
    assert '<span id="scoring-count" hx-swap-oob="true">2 件成果等评分</span>' in answer.text
    assert '<span hx-swap-oob="innerHTML:.count-of-scoring">2</span>' in answer.text
    wrong = await leader.send(f"/assignments/{shares[1]}/accept", htmx=True, grade="", next="/scoring")
    assert (wrong.status_code, "scoring-count" in wrong.text) == (422, False)
    stranger = await client_for(served.world.zhu.posts["township_leader"])
    assert f"/files/{photo}" not in (await stranger.get("/scoring")).text


async def test_what_changed_meanwhile_is_named_and_the_rest_is_done(
    served: Site, client_for: ClientFor
) -> None:
    nan = served.world.nan
    done, waiting, fresh = [await make(served.admin, nan) for make in (submitted, in_hand, submitted)]
    leader = await client_for(nan.posts["township_leader"])
    scope = nan.scope("township_leader")
    await do(scope, accept_submission, assignment=done, grade="fair", rule=RULE, now=clock.now())
    answer = await leader.send("/scoring", shares=[str(s) for s in (done, waiting, fresh)], grade="good")
    assert answer.status_code == 200
    words = words_of(answer.text)
    for text in ("办好 1 件，2 件没有办成", "汛期前圩堤隐患排查", "现在的状态：已办结", "现在的状态：办理中"):
        assert text in words
    assert await states(served, [done, waiting, fresh]) == ["accepted", "in_hand", "accepted"]
    assert (await row_of(served.admin, "assignment", done))["quality"] == "fair"


async def test_foreign_shares_look_like_unknown_ones(served: Site, client_for: ClientFor) -> None:
    nan, zhu = served.world.counties
    theirs = await submitted(served.admin, zhu)
    leader = await client_for(nan.posts["township_leader"])
    for path, fields in (("/scoring", {"grade": "good"}), ("/shares", {})):
        foreign = words_of((await leader.send(path, shares=[str(theirs)], **fields)).text)
        unknown = words_of((await leader.send(path, shares=[str(uuid4())], **fields)).text)
        assert foreign == unknown
        assert "没有找到的一件" in foreign
    assert await states(served, [theirs]) == ["submitted"]


async def test_nothing_chosen_or_no_grade_is_said(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    share = await submitted(served.admin, nan)
    leader = await client_for(nan.posts["township_leader"])
    none = await leader.send("/scoring", grade="good")
    assert (none.status_code, "请先勾选要办的几件。" in none.text) == (422, True)
    ungraded = await leader.send("/scoring", shares=[str(share)])
    assert (ungraded.status_code, "请选择质量等级。" in ungraded.text) == (422, True)
    assert f'value="{share}" form="several"' in ungraded.text
    assert (await leader.send("/shares", shares=["x"])).status_code == 422
    assert await states(served, [share]) == ["submitted"]


async def test_several_are_reminded_once_though_the_form_comes_twice(
    served: Site, client_for: ClientFor
) -> None:
    nan = served.world.nan
    shares = [await in_village(served.admin, nan) for _ in range(2)]
    leader = await client_for(nan.posts["township_leader"])
    assert 'name="shares"' in (await leader.get("/shares?state_is=open")).text
    fields = {"shares": [str(share) for share in shares], "_key": str(uuid4())}
    for _ in range(2):
        answer = await leader.send("/shares?state_is=open", **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/shares?state_is=open")
        assert await leader.flash() == "已催办 2 个单位。"
    reminders = [(await row_of(served.admin, "assignment", share))["reminders"] for share in shares]
    assert reminders == [1, 1]


async def test_a_result_is_not_reminded(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    share, other = await submitted(served.admin, nan), await in_hand(served.admin, nan)
    leader = await client_for(nan.posts["township_leader"])
    words = words_of((await leader.send("/shares", shares=[str(share), str(other)])).text)
    assert "办好 1 件，1 件没有办成" in words
    assert "现在的状态：待评分" in words


async def test_who_may_not_remind_has_no_boxes(served: Site, client_for: ClientFor) -> None:
    inspector = await client_for(served.world.nan.posts["county_inspector"])
    assert 'name="shares"' not in (await inspector.get("/shares")).text
    assert (await inspector.send("/shares", shares=[str(uuid4())])).status_code == 403
