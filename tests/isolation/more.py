"""What few pages reach: uploads, people and their sheets, own roles, settings, offices, deadlines; area by area."""

import hashlib
import secrets
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg

from core.drafts.actions import once, save_draft, sweep_drafts
from core.entry_lists.actions import create_draft, discard_draft, edit_draft
from core.extension.actions import switch_plugin
from core.files.actions import finish_upload, put_file_back, remove_file, set_file_aside
from core.files.sweeping import sweep_files
from core.files.uploads import cancel_upload, put_part, start_upload
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope, system_scope
from core.kernel.sheets_out import XLSX, write_sheet
from core.people import importing, own_roles, personal
from core.people.actions import (
    Invited,
    Post,
    end_membership,
    invite_again,
    invite_person,
    unmask,
    withdraw_invitation,
)
from core.people.corrections import correct_person
from core.people.queries import grids_in, invitations_of, offices_at
from core.people.sheet_rows import columns
from core.progress.actions import start_job
from core.progress.running import run_work
from core.scores.rules import AREA as SCORES
from core.scores.rules import ScoreRule
from core.tasks.actions import scoring, steering, work
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.handover import hand_over
from core.tasks.enums import Level
from core.tasks.queries.parts import tasks_below
from core.tasks.queries.tasks import one_task
from core.tasks.reactions import on_due, on_due_soon
from core.tenancy.actions.calendar import remove_day, set_day
from core.tenancy.actions.offices import (
    GridFacts,
    OfficeFacts,
    create_grid,
    create_office,
    edit_grid,
    edit_office,
)
from core.tenancy.settings import preview_values, set_values
from plugins.township_filter.actions import review_emergency
from plugins.township_filter.enums import Review
from tests.core.files.samples import PDF
from tests.factories.world import NOW, RULE, County, handed, opened, order, sent
from tests.isolation.redrawn import deliver_all
from tests.isolation.rows import put_row

LATER = NOW + timedelta(minutes=5)


def name() -> str:
    """Give a name that nobody has yet."""
    return f"测{secrets.token_hex(4)}"


def phone() -> str:
    """Give a number that nobody has yet."""
    return f"138{secrets.randbelow(10**8):08}"


async def live_on(admin: asyncpg.Connection, county: County) -> None:
    """Do in one county what the main job and its pages leave undone."""
    await _send_up(admin, county)
    await _draft(county)
    await _people(county)
    await _import(county)
    await _roles(county)
    await _rule(county)
    await _tasks(admin, county)
    await _late(admin, county)
    await _review(admin, county)


async def _send_up(admin: asyncpg.Connection, county: County) -> None:
    """Send files up in parts, take them back, set one aside and have the leftovers swept."""
    leader, secretary = county.scope("township_leader"), county.scope("village_secretary")
    digest = hashlib.sha256(PDF).digest()
    for at in (NOW - timedelta(days=8), NOW, NOW):
        async with transaction(leader):
            upload = await start_upload(
                leader, name="a.pdf", size=len(PDF), media_type="application/pdf", purpose="brief", subject=None,
                sha256=digest, now=at,
            )  # fmt: skip
    for _ in range(2):
        async with transaction(leader):
            await put_part(leader, upload_id=upload.id, part=0, body=PDF, sha256=digest, now=NOW)
    file = await finish_upload(leader, upload_id=upload.id, now=NOW)
    async with transaction(leader):
        await remove_file(leader, file_id=file.id, now=NOW)
        other = await start_upload(
            leader, name="b.pdf", size=9, media_type="application/pdf", purpose="brief", subject=None, sha256=None, now=NOW
        )  # fmt: skip
        await cancel_upload(leader, upload_id=other.id)
    thing = new_id()
    kept = await put_row(
        admin, "file", county=county.code, region=county.village, membership=secretary.membership, subject_id=thing,
        state="ready", purpose="evidence", attached_at=NOW,
    )  # fmt: skip
    async with transaction(secretary):
        await set_file_aside(secretary, file_id=kept, subject=thing, now=NOW)
        await put_file_back(secretary, file_id=kept, subject=thing, now=NOW)
    await sweep_files(system_scope(county.code), now=NOW)


async def _draft(county: County) -> None:
    """Answer a form once, forget what is old, and begin a list that is thrown away."""
    leader, boss = county.scope("township_leader"), replace(system_scope(county.code), by_name="王敏")
    old = NOW - timedelta(days=400)

    async def nothing() -> dict[str, str]:
        return {}

    key = secrets.token_hex(8)
    for _ in range(2):
        async with transaction(leader):
            await once(leader, key=key, form="dispatch", request={"title": ["一"]}, run=nothing, now=old)
            await save_draft(leader, form="forgotten", data={"title": ["旧"]}, now=old)
    async with transaction(boss):
        await sweep_drafts(boss, answers_before=NOW - timedelta(days=14), drafts_before=NOW - timedelta(days=180))
        made = await create_draft(boss, level="village", title="下一版", now=NOW)
        await edit_draft(boss, list_id=made, title="新版", note="改", valid_from=None, valid_to=None, now=NOW)
        await discard_draft(boss, list_id=made, now=NOW)


async def _invited(county: County, post: Post) -> Invited:
    boss = county.scope("county_administrator")
    async with transaction(boss):
        return await invite_person(boss, name="陈新", phone=phone(), post=post, now=NOW)


async def _people(county: County) -> None:
    """Invite people into an office, a grid and beside the administrator, end their posts and erase one of them."""
    boss = county.scope("county_administrator")
    await _invited(county, Post("township_staff", county.township, office=county.offices[county.township]))
    await _invited(county, Post("grid_worker", county.village, grid=county.grid))
    second = await _invited(county, Post("county_administrator", county.code))
    gone = await _invited(county, Post("village_cadre", county.village))
    assert gone.invitation
    async with transaction(boss):
        await offices_at(boss, length=6)
        await grids_in(boss)
        await withdraw_invitation(boss, invitation=gone.invitation, now=NOW)
        await invite_again(boss, person=gone.person, now=NOW)
        await invitations_of(boss, person=gone.person)
        await unmask(boss, person=gone.person, field="phone", reason="核对", now=NOW)
        for post in (second, gone):
            await end_membership(boss, membership=post.membership, reason="离任", now=NOW)
        await personal.data_of(boss, gone.person)
        await personal.erase(boss, gone.person, LATER)


async def _import(county: County) -> None:
    """Look through a sheet with a new person, one who has a code and a bad row, write it as the worker does, take both sheets back."""
    boss = county.scope("county_administrator")
    headings = [column.title for column in columns(())]
    known = phone()
    async with transaction(boss):
        await invite_person(boss, name="陈旧", phone=known, post=Post("bookkeeper", county.village), now=NOW)
    who = ((name(), phone()), (name(), "12345"), ("陈旧", known))
    lines = [(*one, "", "村干部", "练市", "朱家兜") for one in who]
    padded = [line + ("",) * (len(headings) - len(line)) for line in lines]
    async with transaction(boss):
        made = await importing.look_through(
            boss, content=write_sheet(XLSX, headings, padded), name="人员.xlsx", now=NOW
        )
    async with transaction(boss):
        counts = await importing.check_start(boss, import_id=made, now=NOW)
        payload = importing.payload_of(boss, made, counts)
        job = await start_job(boss, kind=importing.KIND, title="导入", payload=payload, total=counts.good, now=NOW)
    event = Event(new_id(), "job.run", county.code, county.code, {"job": str(job)}, NOW)
    await run_work({importing.KIND: importing.IMPORT}, system_scope(county.code), event)
    async with transaction(boss):
        await importing.latest_imports(boss)
        await importing.bad_sheet(boss, import_id=made)
        await importing.codes_sheet(boss, import_id=made, now=NOW)


async def _roles(county: County) -> None:
    boss, wanted = county.scope("county_administrator"), ["core:task:read"]
    async with transaction(boss):
        role = await own_roles.make_role(boss, title=name(), level=4, permissions=wanted, factor=False, now=NOW)
        await own_roles.change_role(boss, role=role, title=name(), permissions=wanted, factor=True, now=NOW)
        await own_roles.close_role(boss, role=role, now=NOW)


async def _rule(county: County) -> None:
    """Set a day and a value below and above, rename an office and a grid, pause the plugin for a moment."""
    boss, town = replace(system_scope(county.code), by_name="王敏"), system_scope(county.township, county=county.code)
    for scope, value in ((town, "1.05"), (boss, "1.1")):
        async with transaction(scope):
            await preview_values(scope, SCORES, {"good": value}, at=NOW)
            await set_values(scope, SCORES, {"good": value}, valid_from=NOW, reason="试行", now=NOW)
            await set_day(scope, day=(NOW + timedelta(days=30)).date(), working=False, note="县发〔2026〕9号", now=NOW)
            await remove_day(scope, day=(NOW + timedelta(days=30)).date(), now=NOW)
    async with transaction(boss):
        await preview_values(boss, SCORES, {"good": "1.15"}, at=NOW)
        office = await create_office(boss, region=county.code, facts=OfficeFacts(name()), now=NOW)
        grid = await create_grid(boss, region=county.village, facts=GridFacts(name()), now=NOW)
        await edit_office(boss, office=office, facts=OfficeFacts(name()), now=NOW)
        await edit_grid(boss, grid=grid, facts=GridFacts(name(), households=30), now=NOW)
        for way in ("pause", "resume"):
            await switch_plugin(boss, plugin="township_filter", transition=way, reason="维护", now=NOW)


async def _share(admin: asyncpg.Connection, task: UUID, region: str) -> UUID:
    found: UUID = await admin.fetchval("SELECT id FROM assignment WHERE task_id = $1 AND region = $2", task, region)
    return found


async def _finish(by: Scope, judge: Scope, share: UUID) -> None:
    async with transaction(by):
        await work.submit_assignment(by, assignment=share, text="办好了。", now=NOW)
    async with transaction(judge):
        await scoring.accept_submission(judge, assignment=share, grade="good", rule=ScoreRule(), now=NOW)


async def _tasks(admin: asyncpg.Connection, county: County) -> None:
    """Send to an office, hand work over and correct who has it, finish a part of a split share, and chase."""
    leader, secretary = county.scope("township_leader"), county.scope("village_secretary")
    boss, cadre = county.scope("county_administrator"), county.scope("village_cadre")
    fresh = await _invited(county, Post("village_cadre", county.village))
    await sent(county, regions=(), offices=(county.offices[county.township],))
    task = (await sent(county, title=f"{county.code} 的移交任务")).task
    share = await _share(admin, task, county.village)
    assert cadre.membership
    async with transaction(secretary):
        await work.acknowledge_assignment(secretary, assignment=share, now=NOW)
        await work.allocate_assignment(secretary, assignment=share, membership=cadre.membership, now=NOW)
    async with transaction(boss):
        await hand_over(boss, membership=cadre.membership, to=fresh.membership, now=NOW)
        await correct_person(boss, person=fresh.person, name=name(), phone="", reason="登记时写错", now=NOW)
    async with transaction(leader):
        await steering.remind_open(leader, task=task, now=NOW)
    offered = (await opened(county, places=2)).task
    async with transaction(leader):
        await one_task(leader, offered, now=NOW)
    await _part(admin, county)


async def _part(admin: asyncpg.Connection, county: County) -> None:
    department, staff = county.scope("county_department"), county.scope("township_staff")
    secretary = county.scope("village_secretary")
    async with transaction(department):
        above = order(county, regions=(county.township,), level=Level.TOWNSHIP)
        top = (await dispatch_task(department, above, rule=RULE, now=NOW)).task
    share = await _share(admin, top, county.township)
    async with transaction(staff):
        splitting = order(county, regions=(county.village,), parent_assignment=share)
        part = (await dispatch_task(staff, splitting, rule=RULE, now=NOW)).task
        assert [row["id"] for row in await tasks_below(staff, county=county.code, assignment=share)] == [part]
    below = await _share(admin, part, county.village)
    async with transaction(secretary):
        await work.acknowledge_assignment(secretary, assignment=below, now=NOW)
    await _finish(secretary, replace(staff, permissions=staff.permissions | {"core:task:score"}), below)


async def _late(admin: asyncpg.Connection, county: County) -> None:
    """Let a task come near its time and then fall due, as its timers tell the worker."""
    task = (await sent(county, title=f"{county.code} 的到期任务")).task
    scope = system_scope(county.code)
    async with transaction(scope):
        await on_due_soon(scope, Event(new_id(), "task.due_soon", county.code, county.code, {"task": str(task)}, NOW))
    await admin.execute("UPDATE assignment SET due_at = now() - interval '1 day' WHERE task_id = $1", task)
    async with transaction(scope):
        await on_due(scope, Event(new_id(), "task.due", county.code, county.code, {"task": str(task)}, NOW))


async def _review(admin: asyncpg.Connection, county: County) -> None:
    """Hand an emergency in and have the inspector look at it afterwards."""
    inspector = county.scope("county_inspector")
    got = await handed(county, title="没有列入清单的事", emergency=True, emergency_reason="上游水库今晚泄洪，必须连夜转移。")
    await deliver_all(admin)
    line = await admin.fetchval("SELECT id FROM township_filter.screened WHERE incoming_id = $1", got.id)
    async with transaction(inspector):
        await review_emergency(inspector, line=line, outcome=Review.COMPLIANT, note="", now=LATER)
