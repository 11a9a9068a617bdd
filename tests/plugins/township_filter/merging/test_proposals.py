"""Likely duplicates are proposed with what both say; a person merges, the filter never does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core.kernel.database import transaction
from core.people.roles import held_by
from core.tasks.actions.merging import merge_incoming
from plugins.township_filter.comparison.comparison import Comparison
from plugins.township_filter.merging.proposals import Likely, likely_duplicates, same_parts
from tests.core.tasks.steps import do, other_office, row_of
from tests.factories.world import NOW, County, handed, sent
from tests.plugins.township_filter.conftest import Site
from tests.web.visitors import visiting

BODY = "请各村在 11月30日 前对辖区内圩堤、涵闸逐处排查隐患，填写排查表并附照片报农业农村办。"
SAME = "各村请于 11月30日 前对圩堤和涵闸逐处排查隐患，拍照并填写排查表，报送水利站。"
OTHER = "请各村入户动员尚未参保的村民办理城乡居民医保，完成后报送名单。"


async def matter(site: Site, title: str, body: str, *, county: County | None = None) -> UUID:
    return (await handed(county or site.world.nan, title=title, body=body)).id


async def likely(
    site: Site, matter: UUID, role: str = "township_leader", *, days: int = 0, county: County | None = None
) -> list[Likely]:
    on = {"township_filter": "on"}
    scope = (county or site.world.nan).scope(role)
    scope = replace(scope, plugins=on, permissions=held_by(scope.role, on, ()))
    row = await site.admin.fetchrow("SELECT * FROM incoming_task WHERE county = $1 AND id = $2", scope.county, matter)
    async with transaction(scope):
        return await likely_duplicates(scope, row, now=NOW + timedelta(days=days))


async def test_same_matter_of_another_sender_is_proposed_with_what_both_say(site: Site) -> None:
    first = await matter(site, "开展圩堤隐患排查", BODY)
    second = await matter(site, "关于开展圩堤涵闸隐患排查的通知", SAME)
    await matter(site, "医保参保动员", OTHER)
    found = await likely(site, second)
    assert [each.id for each in found] == [first]
    assert not found[0].sent
    assert any("隐患" in part for part in found[0].same)
    assert [each.id for each in await likely(site, first)] == [second]


async def test_what_was_sent_lately_is_shown_as_sent_and_later_no_more(site: Site) -> None:
    first, second = [await matter(site, "开展圩堤隐患排查", BODY) for _ in range(2)]
    await sent(site.world.nan, incoming=first)
    found = await likely(site, second)
    assert [(each.id, each.sent) for each in found] == [(first, True)]
    assert await likely(site, second, days=91) == []
    await site.set("repeated_days", "120")
    assert [each.id for each in await likely(site, second, days=91)] == [first]


async def test_merged_refused_and_withdrawn_ones_are_not_proposed(site: Site) -> None:
    first, second, third, gone = [await matter(site, "开展圩堤隐患排查", BODY) for _ in range(4)]
    await site.admin.execute("UPDATE incoming_task SET state = 'withdrawn' WHERE id = $1", gone)
    leader = site.world.nan.scope("township_leader")
    await do(leader, merge_incoming, leading=first, sources=[second], reason="同一件事", now=NOW)
    assert [each.id for each in await likely(site, third)] == [first]


async def test_office_is_proposed_nothing_of_another_office(site: Site) -> None:
    first, second = [await matter(site, "开展圩堤隐患排查", BODY) for _ in range(2)]
    office = await other_office(site.admin, site.world.nan.township)
    await site.admin.execute("UPDATE incoming_task SET office_id = $2 WHERE id = $1", first, office)
    assert await likely(site, second, "township_staff") == []
    assert [each.id for each in await likely(site, second)] == [first]


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [("圩堤隐患排查", "医保参保动员", ()), ("圩堤隐患排查", "汛期圩堤隐患排查", ("圩堤隐患排查",))],
)
def test_parts_that_both_say(one: str, other: str, said: tuple[str, ...]) -> None:
    assert same_parts({"title": one, "body": ""}, {"title": other, "body": ""}) == said


async def test_page_of_a_matter_leads_to_the_form_with_those_ticked(site: Site) -> None:
    nan = site.world.nan
    first, second, done = [await matter(site, "开展圩堤隐患排查", BODY) for _ in range(3)]
    await sent(nan, incoming=done)
    async with visiting(site.app, nan.posts["township_leader"]) as leader:
        page = (await leader.get(f"/incoming/{second}")).text
        address = f"/incoming/merge?matters={second}&amp;matters={first}"
        for text in ("可能重复的来文", "相同：", "已派发过", f'href="{address}"'):
            assert text in page
        form = (await leader.get(address.replace("&amp;", "&"))).text
        assert form.count("checked") == 2
        assert f'<option value="{first}" selected>' in form  # the older one is proposed to lead
        assert "可能重复的来文" not in (await leader.get(f"/incoming/{done}")).text
    assert (await row_of(site.admin, "incoming_task", first))["state"] == "passed"
    async with visiting(site.app, nan.posts["county_inspector"]) as inspector:
        assert "可能重复的来文" not in (await inspector.get(f"/incoming/{second}")).text


async def test_county_is_told_whom_to_ask_where_two_departments_send_the_same(site: Site) -> None:
    nan = site.world.nan
    first, second = [(await handed(nan, "county_department", title="防汛抢险", body="请各镇组织防汛抢险，报送名单。")).id for _ in range(2)]
    office = await other_office(site.admin, nan.code)
    await site.admin.execute("UPDATE incoming_task SET office_id = $2, sender_name = '民政局' WHERE id = $1", first, office)
    for seen, other in ((first, second), (second, first)):
        async with visiting(site.app, nan.posts["county_administrator"]) as boss:
            page = (await boss.get(f"/incoming/{seen}")).text
        assert "可能重复的来文" in page
        assert f'href="/incoming/{other}"' in page
        assert "民政局" in page.split("请和")[1].split("商量")[0]
        assert "农业农村局" in page.split("请和")[1].split("商量")[0]
        assert "勾选后归并" not in page
    for role in ("county_department", "county_inspector"):
        async with visiting(site.app, nan.posts[role]) as reader:
            assert "可能重复的来文" not in (await reader.get(f"/incoming/{second}")).text


@pytest.fixture
def weighed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Write down the titles that are weighed; they are weighed all the same."""
    titles: list[str] = []
    weigh = Comparison.weigh

    def counting(self: Comparison[Any], title: str, body: str = "", sender: str = "") -> Any:
        titles.append(title)
        return weigh(self, title, body, sender)

    monkeypatch.setattr(Comparison, "weigh", counting)
    return titles


async def test_texts_are_compared_once_until_one_of_them_changes(site: Site, weighed: list[str]) -> None:
    first = await matter(site, "开展圩堤隐患排查", BODY)
    await matter(site, "医保参保动员", OTHER)
    second = await matter(site, "关于开展圩堤涵闸隐患排查的通知", SAME)
    weighed.clear()
    found = await likely(site, second)
    assert len(weighed) == 3
    assert await likely(site, second) == found
    assert len(weighed) == 3
    await site.admin.execute("UPDATE incoming_task SET title = '汛前圩堤隐患排查' WHERE id = $1", first)
    assert [each.title for each in await likely(site, second)] == ["汛前圩堤隐患排查"]
    assert sorted(weighed[3:]) == sorted(["汛前圩堤隐患排查", "关于开展圩堤涵闸隐患排查的通知"])
    third = await matter(site, "开展圩堤隐患排查", BODY)
    weighed.clear()
    assert {each.id for each in await likely(site, second)} == {first, third}
    assert sorted(weighed) == sorted(["开展圩堤隐患排查", "关于开展圩堤涵闸隐患排查的通知"])


async def test_what_was_learned_since_compares_anew(site: Site, weighed: list[str]) -> None:
    first, second = [await matter(site, "开展圩堤隐患排查", BODY) for _ in range(2)]
    await likely(site, second)
    await site.admin.execute(
        "INSERT INTO township_filter.learned (county, id, region, level, title, source, learned_at, by_name, changed_at)"
        " VALUES ($1, gen_random_uuid(), $1, 'village', '圩堤巡查', 'corrected', $2, '王', $2)", site.world.nan.code, NOW,
    )  # fmt: skip
    weighed.clear()
    assert [each.id for each in await likely(site, second)] == [first]
    assert len(weighed) == 2


async def test_another_county_finds_nothing_compared_though_ids_and_texts_are_the_same(site: Site, weighed: list[str]) -> None:
    nan, zhu = site.world.counties
    ours = [await matter(site, "开展圩堤隐患排查", BODY) for _ in range(2)]
    theirs = [await matter(site, "开展圩堤隐患排查", BODY, county=zhu) for _ in range(2)]
    for own, other in zip(ours, theirs, strict=True):
        await site.admin.execute("UPDATE incoming_task SET id = $1 WHERE county = $2 AND id = $3", own, zhu.code, other)
    await likely(site, ours[1], county=nan)
    weighed.clear()
    assert [each.id for each in await likely(site, ours[1], county=zhu)] == [ours[0]]
    assert len(weighed) == 2
    await likely(site, ours[1], county=nan)
    assert len(weighed) == 2
