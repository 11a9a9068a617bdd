"""The figures as Lianyuan published them (raised, answered, share closed, days): reckoned once more by hand from a made month."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import asyncpg
import pytest

from core.contracts.disclosure import FieldKind, Period
from core.kernel.database import transaction
from core.kernel.errors import Forbidden
from core.petitions.actions import following, handling
from core.petitions.actions.raising import enter_petition
from core.petitions.disclosure import RESULTS, collect_results
from core.petitions.public import followed, following_scope
from core.petitions.queries import figures_in
from core.petitions.rules import new_receipt, share_of
from tests.core.petitions.steps import raised, said
from tests.factories.world import NOW, County, World
from tests.isolation.rich import deliver_all

DAY = timedelta(days=1)
STARTS, ENDS = NOW - 30 * DAY, NOW + 30 * DAY


@dataclass(frozen=True)
class Life:
    """One matter: after how many days it was answered, and what came then."""

    answered: float | None = None
    then: str = ""  # judged, reopened, again (opened and answered again after two days more), refused, late
    solved: bool = True
    villager: bool = True
    agreed: bool = True
    kind: str = "complaint"


LIVES = (
    Life(1, "judged"), Life(3, "judged", villager=False), Life(2.5), Life(4, "judged", agreed=False), Life(6, "reopened"),
    Life(5, "again"), Life(2, "refused"), Life(), Life(), Life(then="late"), Life(1, "judged", kind="supervision"),
)  # fmt: skip


async def live(admin: asyncpg.Connection, county: County, life: Life) -> None:
    """Let one matter come to its end."""
    supervised = {"about": "village"} if life.kind == "supervision" else {}
    made, receipt = await raised(admin, county, kind=life.kind, phone="", may_publish=life.agreed, **supervised)
    desk = county.scope("supervision_committee" if supervised else "village_secretary")
    if life.answered is None:
        if life.then == "late":
            await admin.execute(
                "INSERT INTO petition_event (county, id, region, petition_id, at, kind, shown, desk_name, by_name)"
                " SELECT county, gen_random_uuid(), region, id, now(), 'overdue', true, desk_name, '系统' FROM petition WHERE id = $1", made,
            )  # fmt: skip
        return
    at = NOW + life.answered * DAY
    async with transaction(desk):
        if life.then == "refused":
            await handling.refuse_petition(desk, petition=made, reason="不属受理范围", now=at)
            return
        await handling.accept_petition(desk, petition=made, now=NOW)
        await handling.answer_petition(desk, petition=made, answer=handling.Answer("办好了。", life.solved, "修好路灯"), now=at)
    mine = following_scope((await followed(receipt))[0])
    async with transaction(mine):
        if life.then == "judged":
            await following.judge_petition(mine, receipt=receipt, solved=life.villager, words="", now=at)
        if life.then in {"reopened", "again"}:
            await following.reopen_petition(mine, receipt=receipt, reason="没好", now=at)
    if life.then == "again":
        async with transaction(desk):
            await handling.accept_petition(desk, petition=made, now=at)
            await handling.answer_petition(desk, petition=made, answer=handling.Answer("又办了。", solved=False), now=at + 2 * DAY)


@pytest.fixture(scope="module")
async def month(world: World, admin: asyncpg.Connection) -> County:
    """Give a county in whose village the lives above were lived, and nothing else."""
    county = world.zhu
    await admin.execute("TRUNCATE petition, petition_raiser, petition_concern, petition_event, petition_block CASCADE")
    for life in LIVES:
        await live(admin, county, life)
    await deliver_all(admin)
    return county


def test_nothing_of_nothing_is_no_share() -> None:
    assert share_of(0, 0) is None
    assert share_of(3_801, 3_806) == Decimal("99.9")  # Lianyuan's own


async def test_published_figures_are_those_of_the_month(month: County) -> None:
    """Of ten that are no supervision matters, four lie open, for the first time or again; six have an answer, a refusal among them."""
    secretary = month.scope("village_secretary")
    async with transaction(secretary):
        found = await collect_results(secretary, Period(month.village, month.code, "2026-Q4", STARTS, ENDS))
    told = {str(figure.title): figure.value for figure in found.figures}
    # answered: 1, 3, 2.5, 4, 5 + 2 = 7 (the second time), refused after 2
    days = (Decimal(1) + 3 + Decimal("2.5") + 4 + 7 + 2) / 6
    assert told == {"收到": 10, "已答复": 6, "办结": Decimal("40.0"), "平均答复时间": days.quantize(Decimal("0.1"))}
    assert {figure.kind for figure in found.figures if str(figure.title) == "办结"} == {FieldKind.SHARE}


async def test_results_list_what_was_closed_and_agreed_to(month: County) -> None:
    secretary, leader = month.scope("village_secretary"), month.scope("township_leader")
    async with transaction(secretary):
        found = await collect_results(secretary, Period(month.village, month.code, "2026-Q4", STARTS, ENDS))
    assert [(row["title"], str(row["office"]), str(row["villager"])) for row in found.rows] == [
        ("修好路灯", "已解决", "已解决"), ("修好路灯", "已解决", "没有解决"),
    ]  # fmt: skip
    names = {column.name for column in RESULTS.columns}
    assert all(set(row) == names for row in found.rows)
    assert "陈阿土" not in str(found)
    async with transaction(leader):
        above = await collect_results(leader, Period(month.township, month.code, "2026-Q4", STARTS, ENDS))
    assert [row["place"] for row in above.rows] == [found.rows[0]["place"]] * 2


async def test_staff_read_the_same_with_late_ones_and_their_ways(month: County) -> None:
    leader = month.scope("township_leader")
    async with transaction(leader):
        (row,) = await figures_in(leader, starts=STARTS, ends=ENDS)
    assert {name: row[name] for name in ("raised", "answered", "closed", "said", "office_solved", "judged", "villager_solved", "overdue")} == {
        "raised": 10, "answered": 6, "closed": 4, "said": 5, "office_solved": 4, "judged": 4, "villager_solved": 2, "overdue": 1,
    }  # fmt: skip
    assert (row["web"], row["wechat"], row["hotline"], row["visit"]) == (10, 0, 0, 0)
    staff = month.scope("township_staff")
    for source in ("wechat", "hotline", "visit", "visit"):
        async with transaction(staff):
            await enter_petition(
                staff, raised=said(kind="help", source=source, phone=""), region=month.village, receipt=new_receipt(), now=NOW
            )
    async with transaction(leader):
        (row,) = await figures_in(leader, starts=STARTS, ends=ENDS)
    assert (row["raised"], row["wechat"], row["hotline"], row["visit"]) == (14, 1, 1, 2)
    inspector = month.scope("county_inspector")
    async with transaction(inspector):
        (whole,) = await figures_in(inspector, starts=STARTS, ends=ENDS)
    assert (whole["code"], whole["raised"]) == (month.township, 15)  # with the supervision matter, which only inspectors count


async def test_whoever_may_not_enter_does_not(month: County) -> None:
    department = month.scope("county_department")
    async with transaction(department):
        with pytest.raises(Forbidden):
            await enter_petition(department, raised=said(source="visit"), region=month.village, receipt=new_receipt(), now=NOW)


async def test_a_month_holds_what_was_raised_in_it(month: County) -> None:
    leader = month.scope("township_leader")
    later: datetime = NOW + DAY
    async with transaction(leader):
        assert await figures_in(leader, starts=later, ends=later + DAY) == []
