"""Settings pages: the form a model asks for, a look before it holds, township differences, history."""

import pytest

from plugins.township_filter.settings import FilterSettings
from tests.web.pages.conftest import Site
from tests.web.visitors import Visitor, visiting

AREA = "/settings/township_filter"
# The whole form as it is drawn before anybody has set anything: browsers send every field.
FORM = {
    **{name: "1" if value is True else str(value) for name, value in FilterSettings().model_dump().items() if value is not False},
    "valid_from": "",
}


async def save(visitor: Visitor, reason: str = "试行", **changes: str) -> int:
    answer = await visitor.send(AREA, **{**FORM, **changes}, reason=reason)
    return answer.status_code


async def stored(site: Site) -> list[tuple[str, str, object]]:
    rows = await site.admin.fetch("SELECT region, key, value FROM setting ORDER BY created_at, key")
    return [tuple(row) for row in rows]


async def test_form_shows_titles_units_limits_and_whose_value_holds(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        text = (await administrator.get(AREA)).text
    assert "紧急事项几天内完成合规审查" in text
    assert "个工作日" in text
    assert 'max="30"' in text
    assert "现在：3（系统默认）" in text
    assert "现在：驳回（系统默认）" in text


async def test_look_changes_nothing_and_save_changes_what_was_looked_at(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        looked = await administrator.send(f"{AREA}/preview", **{**FORM, "review_days": "5"})
        assert looked.status_code == 200
        assert "紧急事项几天内完成合规审查" in looked.text
        assert "接近到多少就交人工确认" not in looked.text
        assert "保存后马上生效。" in looked.text
        assert await stored(site) == []
        assert await save(administrator, review_days="5") == 303
        assert await stored(site) == [("330503", "review_days", "5")]
        after = (await administrator.get(AREA)).text
    assert "现在：5（县级设定）" in after
    assert "“紧急事项几天内完成合规审查”设为 5 个工作日" in after
    assert "试行" in after


async def test_way_back_from_the_look_keeps_what_was_written(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        form = {**FORM, "review_days": "7", "valid_from": "2030-01-01T09:00"}
        looked = (await administrator.send(f"{AREA}/preview", **form)).text
        assert f'formaction="{AREA}/preview"' in looked
        back = await administrator.send(f"{AREA}/preview", **form, reason="还没想好", step="back")
        assert back.status_code == 200
        for kept in ('value="7"', 'value="2030-01-01T09:00"', 'name="reason" value="还没想好"'):
            assert kept in back.text
        assert "还没想好</textarea>" in (await administrator.send(f"{AREA}/preview", **form, reason="还没想好")).text
    assert await stored(site) == []


async def test_unticked_box_is_no(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        form = {name: value for name, value in FORM.items() if name != "emergency_allowed"}
        assert (await administrator.send(AREA, **form, reason="收紧")).status_code == 303
    assert await stored(site) == [("330503", "emergency_allowed", "false")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("review_days", "31"),
        ("review_days", "x"),
        ("sure_percent", ""),
        ("not_listed", "burn"),
        ("valid_from", "soon"),
    ],
)
async def test_what_does_not_fit_is_said_at_the_field_and_kept(site: Site, field: str, value: str) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        answer = await administrator.send(
            f"{AREA}/preview", **{**FORM, "emergency_words": "44", field: value}
        )
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'value="44"' in answer.text
    assert await stored(site) == []


async def test_reason_is_asked_where_the_change_is_looked_at(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        answer = await administrator.send(AREA, **{**FORM, "review_days": "5"}, reason="")
    assert answer.status_code == 422
    assert 'id="reason-error"' in answer.text
    assert 'name="review_days" value="5"' in answer.text


async def test_later_change_waits_for_its_time(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        assert await save(administrator, review_days="5", valid_from="2099-01-01T08:00") == 303
        text = (await administrator.get(AREA)).text
    assert "现在：3（系统默认）" in text
    assert "设为 5 个工作日" in text
    assert "2099年1月1日" in text


async def test_township_changes_what_it_may_and_gives_it_back(site: Site) -> None:
    leader, county = site.world.nan.posts["township_leader"], site.world.nan.posts["county_administrator"]
    async with visiting(site.first, leader) as township, visiting(site.second, county) as administrator:
        form = (await township.get(AREA)).text
        assert 'name="review_days"' in form
        assert 'name="sure_percent"' not in form
        assert (
            await township.send(AREA, review_days="2", not_listed="refused", reason="本镇从严")
        ).status_code == 303
        assert await stored(site) == [("330503101", "review_days", "2")]
        assert "镇级差异 1" in (await administrator.get(AREA)).text
        assert "镇级差异 1" in (await administrator.get("/settings")).text
        differences = (await administrator.get(f"{AREA}/townships")).text
        assert "练市镇" in differences
        assert "本镇从严" in differences
        gave = await township.send(
            AREA, review_days="2", not_listed="refused", inherit="review_days", reason="统一"
        )
        assert gave.status_code == 303
        assert "现在：3（系统默认）" in (await township.get(AREA)).text
        assert "镇级差异" not in (await administrator.get(AREA)).text


async def test_settings_of_another_county_stay(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        await save(administrator, review_days="5")
    async with visiting(site.first, site.world.zhu.posts["county_administrator"]) as stranger:
        assert "现在：3（系统默认）" in (await stranger.get(AREA)).text


async def test_change_tells_the_plugin(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        sent = {"most_words": "100", "word": "投票", "valid_from": "", "reason": "精简"}
        assert (await administrator.send("/settings/sample", **sent)).status_code == 303
    told = await site.admin.fetchval("SELECT data::text FROM audit_line WHERE action = 'sample.settings'")
    assert told == '{"most_words": 100}'


async def test_areas_of_core_are_drawn_too_and_rights_are_asked(site: Site) -> None:
    async with visiting(site.first, site.world.nan.posts["county_administrator"]) as administrator:
        listed = (await administrator.get("/settings")).text
        assert "计分规则" in listed
        assert "质量“优秀”的系数" in (await administrator.get("/settings/scores")).text
        assert (await administrator.get("/settings/absent")).status_code == 404
    async with visiting(site.first, site.world.nan.posts["township_leader"]) as leader:
        assert (await leader.get("/settings/calendar")).status_code == 403
    async with visiting(site.first, site.world.nan.posts["village_cadre"]) as cadre:
        assert (await cadre.get("/settings")).status_code == 403
