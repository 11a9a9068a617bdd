"""The public figures of a quarter: by office, without a person, and without what would tell who rated."""

from datetime import timedelta

from core.contracts.disclosure import Period, Section
from core.contracts.registry import current
from core.kernel.database import transaction
from core.kernel.scope import system_scope
from plugins.township_filter.senders.disclosure import collect_senders
from plugins.township_filter.senders.rules import quarter_named
from tests.factories.world import NOW
from tests.plugins.township_filter.conftest import Site
from tests.plugins.township_filter.senders.steps import noted, post
from tests.plugins.township_filter.senders.test_pages import BEFORE, quarter, rated


def period(region: str, county: str, name: str = "2026-Q4") -> Period:
    span = quarter_named(name, NOW)
    return Period(region, county, name, span.starts, span.ends)


async def test_each_place_publishes_its_own_senders(site: Site) -> None:
    nan = site.world.nan
    await quarter(site)
    await noted(site, nan, "防汛抢险", role="county_department")
    await noted(site, nan, role="township_leader")
    department = post(nan, "county_department")
    async with transaction(department):
        county = await collect_senders(department, period(nan.code, nan.code))
    assert [(row["sender"], row["received"], row["refused"], row["merged"]) for row in county.rows] == [("农业农村局", 1, 0, 0)]
    system = system_scope(nan.code)
    async with transaction(system):
        township = await collect_senders(system, period(nan.township, nan.code))
        empty = await collect_senders(system, period(nan.township, nan.code, "2026-Q3"))
    assert sorted((row["received"], row["refused"], row["emergencies"]) for row in township.rows) == [(1, 0, 0), (3, 1, 1)]
    assert [figure.value for figure in township.figures] == [4, 3, 0, 1, 0, 0, 1]
    assert empty.rows == ()
    assert "张三" not in str(township)  # a leader without an office stands under the place's name


async def test_hours_are_published_from_three_ratings_on(site: Site) -> None:
    nan = site.world.nan
    staff = post(nan, "township_staff")
    later = BEFORE + timedelta(days=7)
    for villages, at, hours in ((2, BEFORE, None), (1, BEFORE, 7.5), (2, later, 7.5)):  # what is left over at the end stays out
        await rated(site, nan, villages, at=at)
        async with transaction(staff):
            found = await collect_senders(staff, period(nan.township, nan.code))
        assert [row["hours"] for row in found.rows] == [hours]


def test_the_section_is_published_every_quarter_by_counties_and_townships(site: Site) -> None:  # noqa: ARG001 - boots the product
    section = current().named(Section, "township_filter:senders")
    assert section is not None
    assert (str(section.clock), section.levels) == ("quarterly", frozenset({3, 4}))
    assert not any(str(column.kind) == "name" for column in section.columns)
