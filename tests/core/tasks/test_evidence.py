"""What is handed in with a share: what is missing, what counts, what stays with which submission."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.files.queries import files_of
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.tasks.actions.scoring import return_submission
from core.tasks.actions.work import (
    put_back_evidence,
    remove_evidence,
    submit_assignment,
)
from core.tasks.queries.assignments import one_share, results_of
from core.tasks.rules import EvidenceWanted
from tests.core.files import samples
from tests.core.tasks.steps import (
    do,
    events_of,
    in_hand,
    row_of,
    uploaded,
)  # fmt: skip
from tests.factories.world import NOW, World

LATER = NOW + timedelta(hours=2)
WANTED = EvidenceWanted(text=True, photos=2, files=1)


async def test_submission_names_all_that_is_missing_and_changes_nothing(
    world: World, admin: asyncpg.Connection
) -> None:
    _, share = await in_hand(admin, world.nan, evidence=WANTED)
    before = await row_of(admin, "assignment", share)
    with pytest.raises(Invalid) as caught:
        await do(world.nan.scope("village_secretary"), submit_assignment, assignment=share, text=" ", now=NOW)
    assert dict(caught.value.fields) == {
        "text": "还没有写办理情况。",
        "photos": "还差 2 张照片就可以提交。",
        "files": "还差 1 个文件就可以提交。",
    }
    assert await row_of(admin, "assignment", share) == before
    assert await admin.fetchval("SELECT count(*) FROM submission WHERE assignment_id = $1", share) == 0


async def test_evidence_is_counted_and_sealed_with_the_submission(
    world: World, admin: asyncpg.Connection
) -> None:
    cadre = world.nan.scope("village_cadre")
    _, share = await in_hand(admin, world.nan, evidence=WANTED)
    one = await uploaded(cadre, samples.photo(64, 48), name="一.jpg", subject=share)
    await uploaded(cadre, samples.photo(48, 64), name="二.jpg", subject=share)
    await uploaded(cadre, samples.PDF, name="记录.pdf", subject=share)
    row = await do(cadre, submit_assignment, assignment=share, text="查了三处", now=LATER)
    assert (row["state"], row["submitted_at"]) == ("submitted", LATER)
    async with transaction(cadre):
        files = await files_of(cadre, subject=share)
    assert [(f.name, f.attached_at) for f in files] == [
        ("一.jpg", LATER),
        ("二.jpg", LATER),
        ("记录.pdf", LATER),
    ]
    kept = await admin.fetchrow("SELECT * FROM submission WHERE assignment_id = $1", share)
    assert (kept["n"], kept["text"], kept["by_name"]) == (1, "查了三处", "李春梅")
    with pytest.raises(Conflict, match="成果已经提交"):
        await do(cadre, remove_evidence, assignment=share, file=one, now=LATER)


async def test_picture_is_taken_back_before_and_counts_no_more(
    world: World, admin: asyncpg.Connection
) -> None:
    cadre = world.nan.scope("village_cadre")
    _, share = await in_hand(admin, world.nan, evidence=EvidenceWanted(text=False, photos=1))
    photo = await uploaded(cadre, samples.photo(64, 48), name="一.jpg", subject=share)
    with pytest.raises(Forbidden):
        await do(world.nan.scope("township_leader"), remove_evidence, assignment=share, file=photo, now=NOW)
    await do(cadre, remove_evidence, assignment=share, file=photo, now=NOW)
    with pytest.raises(Invalid) as caught:
        await do(cadre, submit_assignment, assignment=share, text="", now=NOW)
    assert set(caught.value.fields) == {"photos"}


async def test_refused_file_is_no_evidence(world: World, admin: asyncpg.Connection) -> None:
    cadre = world.nan.scope("village_cadre")
    _, share = await in_hand(admin, world.nan, evidence=EvidenceWanted(text=False, photos=1))
    fake = await uploaded(cadre, samples.HTML, name="假.jpg", subject=share)
    with pytest.raises(Invalid) as caught:
        await do(cadre, submit_assignment, assignment=share, text="", now=NOW)
    assert dict(caught.value.fields) == {"photos": "还差 1 张照片就可以提交。"}
    good = await uploaded(cadre, samples.photo(64, 48), name="一.jpg", subject=share)
    await do(cadre, submit_assignment, assignment=share, text="", now=NOW)
    async with transaction(cadre):
        seen = await one_share(cadre, share)
    assert [file.id for file in seen.files] == seen.submissions[0]["files"] == [good]
    assert (await row_of(admin, "file", fake))["attached_at"] is None


async def test_file_that_is_still_being_checked_is_waited_for(
    world: World, admin: asyncpg.Connection
) -> None:
    cadre = world.nan.scope("village_cadre")
    _, share = await in_hand(admin, world.nan)
    photo = await uploaded(cadre, samples.photo(64, 48), name="一.jpg", subject=share)
    await admin.execute("UPDATE file SET state = 'received' WHERE id = $1", photo)
    with pytest.raises(Invalid) as caught:
        await do(cadre, submit_assignment, assignment=share, text="办好了", now=NOW)
    assert dict(caught.value.fields) == {"photos": "“一.jpg”还在检查，请过一会儿再提交。"}


async def test_each_submission_keeps_its_own_photos(world: World, admin: asyncpg.Connection) -> None:
    """Returned, the share begins with what was handed in; what is left out then stays with the first submission."""
    cadre, leader = world.nan.scope("village_cadre"), world.nan.scope("township_leader")
    wanted = EvidenceWanted(text=False, photos=2)
    _, share = await in_hand(admin, world.nan, evidence=wanted)
    first, second = [
        await uploaded(cadre, samples.photo(64, 48 + n), name=f"{n}.jpg", subject=share) for n in (1, 2)
    ]
    await do(cadre, submit_assignment, assignment=share, text="", now=NOW)
    await do(leader, return_submission, assignment=share, reason="第一张看不清", now=NOW)
    with pytest.raises(Forbidden):
        await do(leader, remove_evidence, assignment=share, file=first, now=LATER)
    await do(world.nan.scope("village_secretary"), remove_evidence, assignment=share, file=first, now=LATER)
    with pytest.raises(Invalid) as caught:
        await do(cadre, submit_assignment, assignment=share, text="", now=LATER)
    assert dict(caught.value.fields) == {"photos": "还差 1 张照片就可以提交。"}
    third = await uploaded(cadre, samples.photo(64, 51), name="3.jpg", subject=share)
    await do(cadre, submit_assignment, assignment=share, text="", now=LATER)
    async with transaction(leader):
        seen = await one_share(leader, share)
        judged = await results_of(leader, [share])
    assert [(s["n"], s["files"]) for s in seen.submissions] == [(2, [second, third]), (1, [first, second])]
    assert {file.id for file in seen.files} == {first, second, third}
    assert [file.id for file in judged[share].files] == [second, third]


async def test_file_of_another_share_is_not_left_out(world: World, admin: asyncpg.Connection) -> None:
    cadre, leader = world.nan.scope("village_cadre"), world.nan.scope("township_leader")
    shares = [(await in_hand(admin, world.nan))[1] for _ in range(2)]
    photo = await uploaded(cadre, samples.photo(64, 48), name="一.jpg", subject=shares[0])
    await do(cadre, submit_assignment, assignment=shares[0], text="办好了", now=NOW)
    await do(leader, return_submission, assignment=shares[0], reason="看不清", now=NOW)
    with pytest.raises(NotFound):
        await do(cadre, remove_evidence, assignment=shares[1], file=photo, now=NOW)


async def returned_with(admin: asyncpg.Connection, world: World, *names: str) -> tuple[UUID, list[UUID]]:
    """Give a share that was handed in with these pictures and returned."""
    cadre, leader = world.nan.scope("village_cadre"), world.nan.scope("township_leader")
    _, share = await in_hand(admin, world.nan)
    files = [await uploaded(cadre, samples.photo(64, 48 + n), name=name, subject=share) for n, name in enumerate(names)]
    await do(cadre, submit_assignment, assignment=share, text="办好了", now=NOW)
    await do(leader, return_submission, assignment=share, reason="看不清", now=NOW)
    return share, files


async def audited(admin: asyncpg.Connection, subject: UUID) -> list[str]:
    """Name the audit lines about something, in their order."""
    rows = await admin.fetch("SELECT action FROM audit_line WHERE subject_id = $1 ORDER BY at, id", subject)
    return [row["action"] for row in rows]


async def test_file_that_was_set_aside_is_put_back_and_handed_in_again(
    world: World, admin: asyncpg.Connection
) -> None:
    cadre = world.nan.scope("village_cadre")
    share, (one, two) = await returned_with(admin, world, "一.jpg", "二.jpg")
    assert await do(cadre, remove_evidence, assignment=share, file=one, now=LATER) is True
    assert (await row_of(admin, "file", one))["set_aside_at"] == LATER
    await do(cadre, put_back_evidence, assignment=share, file=one, now=LATER)
    assert (await row_of(admin, "file", one))["set_aside_at"] is None
    await do(cadre, submit_assignment, assignment=share, text="补拍了", now=LATER)
    async with transaction(cadre):
        seen = await one_share(cadre, share)
    assert [(made["n"], made["files"]) for made in seen.submissions] == [(2, [one, two]), (1, [one, two])]
    told = [(event["kind"], event["data"]) for event in seen.events if event["kind"] in {"set_aside", "put_back"}]
    assert told == [("set_aside", {"name": "一.jpg"}), ("put_back", {"name": "一.jpg"})]
    assert (await audited(admin, one))[-2:] == ["file.set_aside", "file.put_back"]
    assert [line for line in await audited(admin, share) if line.endswith(("set_aside", "put_back"))] == [
        "assignment.set_aside",
        "assignment.put_back",
    ]


async def test_file_is_set_aside_and_put_back_once(world: World, admin: asyncpg.Connection) -> None:
    cadre = world.nan.scope("village_cadre")
    share, (one, _) = await returned_with(admin, world, "一.jpg", "二.jpg")
    with pytest.raises(Conflict, match="没有换下"):
        await do(cadre, put_back_evidence, assignment=share, file=one, now=LATER)
    await do(cadre, remove_evidence, assignment=share, file=one, now=LATER)
    with pytest.raises(Conflict, match="已经换下了"):
        await do(cadre, remove_evidence, assignment=share, file=one, now=LATER + timedelta(hours=1))
    assert (await row_of(admin, "file", one))["set_aside_at"] == LATER
    assert (await events_of(admin, share)).count("set_aside") == 1


@pytest.mark.parametrize("deed", [remove_evidence, put_back_evidence])
async def test_only_who_works_on_a_share_changes_its_files(
    world: World, admin: asyncpg.Connection, deed: Callable[..., Awaitable[object]]
) -> None:
    """Unknown, of another share or county: 404. In reach without the right: 403. Handed in: 409. Nothing is changed by it."""
    nan, cadre = world.nan, world.nan.scope("village_cadre")
    share, (one, two) = await returned_with(admin, world, "一.jpg", "二.jpg")
    other, _ = await returned_with(admin, world)
    if deed is put_back_evidence:
        await do(cadre, remove_evidence, assignment=share, file=one, now=NOW)
    before = [await row_of(admin, "file", file) for file in (one, two)], await events_of(admin, share)
    for scope, error in (
        (nan.scope("township_leader"), Forbidden),
        (nan.scope("supervision_committee"), Forbidden),
        (nan.scope("second_village"), NotFound),
        (world.zhu.scope("village_cadre"), NotFound),
    ):
        with pytest.raises(error):
            await do(scope, deed, assignment=share, file=one, now=LATER)
    for assignment, file in ((other, one), (share, uuid4()), (uuid4(), one)):
        with pytest.raises(NotFound):
            await do(cadre, deed, assignment=assignment, file=file, now=LATER)
    assert ([await row_of(admin, "file", file) for file in (one, two)], await events_of(admin, share)) == before
    await do(cadre, submit_assignment, assignment=share, text="补拍了", now=LATER)
    with pytest.raises(Conflict, match="成果已经提交"):
        await do(cadre, deed, assignment=share, file=one, now=LATER)
