"""Whoever is complained about never learns who complained, nor that somebody did: by no list, page, figure, notice, file or export."""

from collections.abc import Callable
from uuid import UUID

import asyncpg
import pytest

from core.extension.personal import erase_person, export_person
from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound
from core.kernel.ids import new_id
from core.kernel.scope import Scope, system_scope
from core.kernel.secrets import encrypt
from core.notices.queries import notices_of
from core.petitions.actions import handling
from core.petitions.personal import data_of, erase
from core.petitions.public import followed
from core.petitions.queries import (
    Narrowed,
    counts_of,
    figures_in,
    joinable,
    one_petition,
    petition_row,
    petitions_in,
)
from core.petitions.rules import roles_meant
from tests.core.petitions.steps import PHONE, entered, raised
from tests.core.petitions.test_supervision import SUPERVISED, sees
from tests.factories.world import NOW, World, add_post
from web.pages.petitions.one import acts_of, is_handler

TITLE = "书记家占了集体的晒场"


async def found(scope: Scope, petition: UUID) -> set[str]:
    """Tell by which ways a post learns of a petition."""
    ways = set()
    async with transaction(scope):
        for state in ("", "desk", "open", "raised"):
            rows, total = await petitions_in(scope, Narrowed(state=state), now=NOW)
            assert total >= len(rows)
            if petition in {row["id"] for row in rows}:
                ways.add(f"list {state}")
        rows, _ = await petitions_in(scope, Narrowed(search=TITLE), now=NOW)
        ways |= {"search"} if rows else set()
        notices, _ = await notices_of(scope, limit=500)
        ways |= {"notice" for each in notices if str(petition) in each.link or TITLE in str(each.data)}
        for name, ask in {"one": one_petition, "row": petition_row}.items():
            try:
                await ask(scope, petition)
            except NotFound:
                continue
            ways.add(name)
    return ways


async def test_village_secretary_learns_nothing_of_a_report_on_him(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    secretary, station = nan.scope("village_secretary"), nan.scope("supervision_committee")
    async with transaction(secretary):
        before = dict(await counts_of(secretary, now=NOW)), [dict(row) for row in await figures_in(secretary, starts=NOW, ends=NOW.replace(day=30))]
    made, _ = await raised(admin, nan, **{**SUPERVISED, "title": TITLE, "body": "村书记王建国家占了晒场。", "phone": PHONE, "name": "陈阿土"})
    assert await found(secretary, made) == set()
    assert await found(nan.scope("village_cadre"), made) == set()
    assert "one" in await found(station, made)
    async with transaction(secretary):
        after = dict(await counts_of(secretary, now=NOW)), [dict(row) for row in await figures_in(secretary, starts=NOW, ends=NOW.replace(day=30))]
        other, _ = await petitions_in(secretary, Narrowed(), now=NOW)
        for row in other[:3]:
            assert made not in {each["id"] for each in await joinable(secretary, row)}
    assert after == before
    for deed in (handling.accept_petition, handling.reveal_raiser, handling.note_petition):
        given = {handling.reveal_raiser: {"reason": "看看"}, handling.note_petition: {"text": "看看"}}.get(deed, {})
        async with transaction(secretary):
            with pytest.raises(NotFound):
                await deed(secretary, petition=made, now=NOW, **given)  # type: ignore[operator]


async def test_person_named_in_a_complaint_is_kept_away_and_the_rest_handle_it(world: World, admin: asyncpg.Connection) -> None:
    nan = world.nan
    made, _ = await raised(admin, nan, title="晒场被占了", body="李春梅占了晒场，请村里管管。", phone="")
    assert await found(nan.scope("village_cadre"), made) == set()
    secretary = nan.scope("village_secretary")
    assert {"one", "notice"} <= await found(secretary, made)
    async with transaction(secretary):
        await handling.accept_petition(secretary, petition=made, now=NOW)


async def test_a_name_in_the_text_hides_nobody_who_is_meant_by_the_post(world: World, admin: asyncpg.Connection) -> None:
    """Complained about is the secretary; that the cadre is named beside makes nobody forget that."""
    nan = world.nan
    made, _ = await raised(admin, nan, title=TITLE, about_name="村书记", body="晒场被占，李春梅也知道。", phone="")
    assert await found(nan.scope("village_secretary"), made) == set()
    assert not await sees(nan.scope("village_cadre"), made)


async def test_a_suggestion_that_names_somebody_kindly_stays_with_him(world: World, admin: asyncpg.Connection) -> None:
    made, _ = await raised(admin, world.nan, kind="suggestion", body="感谢王建国书记修路，再装两盏灯更好。", phone="")
    assert await sees(world.nan.scope("village_secretary"), made)


async def test_where_the_desk_has_nobody_left_it_goes_up(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    place = f"{zhu.code}101202"  # one secretary and nobody else
    made, receipt = await raised(admin, zhu, place=place, about_name="村书记", phone="")
    row = await admin.fetchrow("SELECT * FROM petition WHERE id = $1", made)
    assert (row["desk"], row["state"]) == (zhu.township, "raised")
    assert (row["due_at"] - NOW).days >= 13  # the township's own ten working days
    assert await found(zhu.scope("second_village"), made) == set()
    leader = zhu.scope("township_leader")
    async with transaction(leader):
        await handling.accept_petition(leader, petition=made, now=NOW)
    one, _ = await followed(receipt)
    assert one.desk_name == await admin.fetchval("SELECT shown_name FROM region WHERE code = $1", zhu.township)


@pytest.mark.parametrize(("about", "roles"), [
    ("村书记", {"village_secretary"}), ("会计", {"bookkeeper"}), ("网格员小李", {"grid_worker"}), ("练市镇党委书记", {"township_leader"}),
    ("村主任", {"village_secretary", "village_cadre"}), ("隔壁老王", set()), ("", set()),
])  # fmt: skip
def test_posts_written_instead_of_names(about: str, roles: set[str]) -> None:
    assert set(roles_meant(about)) == roles


async def test_who_raised_it_is_seen_by_the_handlers_alone(world: World, admin: asyncpg.Connection) -> None:
    """The township and the county may read the matter; whose it is they learn when it is theirs to handle."""
    nan = world.nan
    made, _ = await raised(admin, nan, phone=PHONE, name="陈阿土")
    for role, handler in (("village_secretary", True), ("township_leader", False), ("county_inspector", False)):
        scope = nan.scope(role)
        async with transaction(scope):
            seen = await one_petition(scope, made)
        assert is_handler(scope, seen.row) is handler, role
        assert ("reveal" in acts_of(scope, seen)) is handler, role
        assert PHONE not in str(dict(seen.row))
        assert "陈阿土" not in str(dict(seen.row)) + str([dict(each) for each in seen.events])


async def test_a_number_that_nobody_proved_opens_and_erases_nothing(world: World, admin: asyncpg.Connection) -> None:
    """Anybody may type somebody else's number into the public form; what an office merely wrote down is no proof either."""
    zhu, phone = world.zhu, "13755550011"
    post = await add_post(admin, county=zhu, role="bookkeeper", region=zhu.village)
    sealed = encrypt(phone, purpose="phone", owner=zhu.code)
    await admin.execute("UPDATE person SET phone = $2, phone_index = $3 WHERE id = $1", post.scope.person, sealed, new_id().bytes)
    typed, receipt = await raised(admin, zhu, title=TITLE, phone=phone)
    told, other = await entered(admin, zhu, title=TITLE, phone=phone, source="hotline")
    system = system_scope(zhu.code)
    assert post.scope.person is not None
    assert (await export_person(system, person=post.scope.person, now=NOW))["群众反映"] == []
    async with transaction(system):
        assert await erase(system, post.scope.person, NOW) == 0
    for each in (typed, told):
        assert await admin.fetchval("SELECT count(*) FROM petition_raiser WHERE petition_id = $1 AND phone IS NOT NULL", each) == 1
    for each in (receipt, other):
        await followed(each)
    await admin.execute("UPDATE petition SET phone_proved = true WHERE id = $1", typed)  # as a code does
    async with transaction(system):
        assert [row["title"] for row in await data_of(system, post.scope.person)] == [TITLE]


@pytest.mark.parametrize("changes", [{"source": "hotline"}, {"source": "wechat"}, {"source": "visit", "phone": ""}])
async def test_identity_is_seen_in_person_alone(world: World, admin: asyncpg.Connection, changes: dict[str, str]) -> None:
    with pytest.raises(Invalid) as error:
        await entered(admin, world.zhu, **{"phone": "13755550012", **changes, "identity_seen": True})
    assert set(error.value.fields) == {"identity_seen"}


async def test_export_of_the_person_meant_says_nothing_and_of_the_raiser_all(world: World, admin: asyncpg.Connection) -> None:
    nan, phone = world.nan, "13755550001"
    meant = await add_post(admin, county=nan, role="village_cadre", region=nan.village)
    raiser = await add_post(admin, county=nan, role="bookkeeper", region=nan.village)
    await admin.execute("UPDATE membership SET person_name = '孙大圣' WHERE id = $1", meant.scope.membership)
    sealed: Callable[[str], bytes] = lambda text: encrypt(text, purpose="phone", owner=nan.code)  # noqa: E731 - twice in a row
    for post, number in ((meant, "13755550002"), (raiser, phone)):
        await admin.execute("UPDATE person SET phone = $2, phone_index = $3 WHERE id = $1", post.scope.person, sealed(number), new_id().bytes)
    made, receipt = await entered(
        admin, nan, title=TITLE, body=f"孙大圣打人，我是陈阿土，电话{phone}。", phone=phone, spot="陈阿土家", source="visit", identity_seen=True
    )
    assert meant.scope.person is not None
    assert raiser.scope.person is not None
    system = system_scope(nan.code)
    told = await export_person(system, person=meant.scope.person, now=NOW)
    assert TITLE not in str(told)
    assert phone not in str(told)
    own = await export_person(system, person=raiser.scope.person, now=NOW)
    assert [row["title"] for row in own["群众反映"]] == [TITLE]
    await admin.execute("UPDATE membership SET valid_to = '2026-06-01' WHERE id = $1", raiser.scope.membership)
    assert (await erase_person(system, person=raiser.scope.person, now=NOW))["群众反映"] == 1
    row = await admin.fetchrow("SELECT * FROM petition WHERE id = $1", made)
    for text in ("陈阿土", phone):
        assert text not in str(dict(row))
    assert await admin.fetchval("SELECT count(*) FROM petition_raiser WHERE petition_id = $1", made) == 0
    with pytest.raises(NotFound):
        await followed(receipt)
    assert not await sees(meant.scope, made)  # also afterwards
