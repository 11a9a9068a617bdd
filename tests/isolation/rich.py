"""Two counties in which everything has happened, and at least one row of every table in each."""

import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg

from core.chain.actions import seal_county
from core.chain.jobs import seal_above
from core.chain.public import heads_of
from core.chain.trail import lines_of, proof_of_line
from core.chain.verifying import _ORPHANS, outside_of, verify_county
from core.chain.witness import keep_heads, kept_heads
from core.drafts.actions import drop_draft, save_draft
from core.files.actions import remove_file
from core.files.queries import files_by_id
from core.kernel import clock
from core.kernel.audit import audit
from core.kernel.database import fetch, transaction
from core.kernel.errors import Conflict
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import system_scope
from core.people.accounts import phone_index_of
from core.people.actions import Post, invite_person
from core.people.corrections import correct_person
from core.people.roles import held_by
from core.progress.queries import last_job
from core.scores.rules import ScoreRule
from core.tasks.actions import scoring, steering, work
from core.tasks.actions.dispatching import dispatch_task
from core.tasks.actions.places import take_place
from core.tasks.actions.views import drop_view, save_view
from core.tasks.enums import Level
from core.tasks.queries.assignments import open_to, rating_given, received_shares, today_of
from core.tasks.queries.filters import Filters
from core.tasks.queries.papers import paper_seen
from core.tasks.queries.places import open_task
from core.tasks.queries.tasks import one_task
from core.tasks.queries.views import views_of
from tests.factories.world import NOW, RULE, County, World, handed, opened, order, sent
from tests.isolation.asked import ask
from tests.isolation.compared import compare
from tests.isolation.deciding import decide
from tests.isolation.joined import join
from tests.isolation.listed import ask_and_learn
from tests.isolation.more import live_on
from tests.isolation.petitioned import petition
from tests.isolation.published import publish
from tests.isolation.redrawn import deliver_all, merge, redraw
from tests.isolation.rows import county_tables, put_row
from tests.isolation.sent_down import send_down
from tests.isolation.stamped import rectify, stamp
from tests.isolation.supervised import supervise


async def live(admin: asyncpg.Connection, world: World, *, only: County | None = None) -> None:
    """Let both counties live through the main job, then fill what is still empty."""
    for county in [only] if only else world.counties:
        for name, post in county.posts.items():
            on = {"township_filter": "on"}
            scope = replace(post.scope, plugins=on, permissions=held_by(post.scope.role, on, ()))
            county.posts[name] = replace(post, scope=scope)
        await _work(admin, county)
        for title in ("圩堤隐患排查", "组织干部关注公众号并每日打卡"):
            await handed(county, title=title)
            await handed(county, "county_department", title=title)
        await ask(admin, county)
        await decide(admin, county)
        await _keep(county)
        await petition(admin, county)
        await publish(admin, county)
        await _correct(admin, county)
        await live_on(admin, county)
        await stamp(admin, county)
        await rectify(admin, county)
        await supervise(admin, county)
        await compare(admin, county)
        await ask_and_learn(admin, county)
        await send_down(admin, county)
        await join(admin, county)
        await merge(admin, county)
    await redraw(admin)
    await deliver_all(admin)
    for county in [only] if only else world.counties:
        await _seal(admin, county)
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        for county in [only] if only else world.counties:
            await _own(admin, county)
        for county in world.counties:
            for table in county_tables():
                if not await admin.fetchval(
                    f"SELECT EXISTS (SELECT FROM {table} WHERE county = $1)", county.code
                ):
                    await put_row(
                        admin, table, county=county.code, region=county.village, **FIXED.get(table, {})
                    )


async def _work(admin: asyncpg.Connection, county: County) -> None:
    """Bring a share into every state."""
    secretary, leader = county.scope("village_secretary"), county.scope("township_leader")
    for until in ("sent", "in_hand", "submitted", "returned", "accepted", "withdrawn"):
        task = (await sent(county, title=f"{county.code} 的 {until} 任务")).task
        share = await admin.fetchval(
            "SELECT id FROM assignment WHERE task_id = $1 AND region = $2", task, county.village
        )
        if until in {"in_hand", "submitted", "returned", "accepted"}:
            async with transaction(secretary):
                await work.acknowledge_assignment(secretary, assignment=share, now=NOW)
        if until in {"submitted", "returned", "accepted"}:
            async with transaction(secretary):
                await work.submit_assignment(secretary, assignment=share, text="办好了。", now=NOW)
        async with transaction(leader):
            if until == "returned":
                await scoring.return_submission(leader, assignment=share, reason="缺照片", now=NOW)
            if until == "accepted":
                await scoring.accept_submission(
                    leader, assignment=share, grade="good", rule=ScoreRule(), now=NOW
                )
            if until == "withdrawn":
                await steering.withdraw_task(leader, task=task, reason="重复", now=NOW)
    await _steer(admin, county)
    await _split(admin, county)
    task = (await opened(county, places=2, title=f"{county.code} 的可领任务")).task
    async with transaction(secretary):
        await take_place(secretary, task=task, now=NOW)
    with suppress(Conflict):  # why there was none is asked as well
        async with transaction(secretary):
            await take_place(secretary, task=task, now=NOW)


async def _split(admin: asyncpg.Connection, county: County) -> None:
    """Let the county send a task, the township's staff split it twice and take one part back, and the county extend and withdraw it."""
    department, staff = county.scope("county_department"), county.scope("township_staff")
    sending = order(county, regions=(county.township,), level=Level.TOWNSHIP)
    async with transaction(department):
        top = (await dispatch_task(department, sending, rule=RULE, now=NOW)).task
    share = await admin.fetchval("SELECT id FROM assignment WHERE task_id = $1", top)
    splitting = order(county, regions=(county.village,), parent_assignment=share)
    async with transaction(staff):
        first = (await dispatch_task(staff, splitting, rule=RULE, now=NOW)).task
    async with transaction(staff):
        await steering.withdraw_task(staff, task=first, reason="换个村", now=NOW)
        await dispatch_task(staff, splitting, rule=RULE, now=NOW)
    async with transaction(department):
        await steering.extend_task(department, task=top, due_at=NOW + timedelta(days=9), reason="台风", now=NOW)
    await deliver_all(admin)
    async with transaction(department):
        await steering.withdraw_task(department, task=top, reason="改由县里办", now=NOW)


async def _steer(admin: asyncpg.Connection, county: County) -> None:
    """Steer one task that is late, one with open places, and rate what was done."""
    secretary, leader = county.scope("village_secretary"), county.scope("township_leader")
    late = (await sent(county, title=f"{county.code} 的超期任务")).task
    share = await admin.fetchval(
        "SELECT id FROM assignment WHERE task_id = $1 AND region = $2", late, county.village
    )
    cadre = county.scope("village_cadre").membership
    async with transaction(secretary):
        await work.allocate_assignment(secretary, assignment=share, membership=cadre, now=NOW)
        await work.add_note(secretary, assignment=share, text="在办。", now=NOW)
    for table, key in (("assignment", "task_id"), ("task", "id")):
        await admin.execute(f"UPDATE {table} SET due_at = $2 WHERE {key} = $1", late, NOW - timedelta(days=2))
    async with transaction(leader):
        await steering.remind_late(leader, task=late, now=NOW)
        await steering.escalate_assignment(leader, assignment=share, reason="拖了两天", now=NOW)
    for end in ("extend", "withdraw"):
        task = (await opened(county, places=2)).task
        async with transaction(leader):
            if end == "extend":
                await steering.extend_task(
                    leader, task=task, due_at=NOW + timedelta(days=9), reason="下雨", now=NOW
                )
            else:
                await steering.withdraw_task(leader, task=task, reason="不办了", now=NOW)
    done = await admin.fetchval(
        "SELECT id FROM assignment WHERE county = $1 AND region = $2 AND state = 'accepted' AND rated_at IS NULL LIMIT 1",
        county.code,
        county.village,
    )
    if done is not None:
        rating = work.Rating(5, 4, 5, Decimal(2))
        async with transaction(secretary):
            await work.rate_task(secretary, assignment=done, rating=rating, now=NOW)
            assert await rating_given(secretary, done)
        task = await admin.fetchval("SELECT task_id FROM assignment WHERE id = $1", done)
        async with transaction(leader):
            await one_task(leader, task, now=NOW + timedelta(days=8))  # ratings are read when their week is over
    await _look(admin, county)


async def _seal(admin: asyncpg.Connection, county: County) -> None:
    """Seal what was done, also above the counties and by a plugin; check it, keep the head, take a line's proof along."""
    scope, inspector = system_scope(county.code), county.scope("county_inspector")
    later = clock.now() + timedelta(minutes=10)
    await put_row(admin, "sample.note", county=county.code, region=county.village)
    async with transaction(above := system_scope(county.code[:2])):
        await audit(above, "session.opened", kind="person", subject=None, now=NOW - timedelta(days=9))
    await seal_county(scope, now=later)
    event = Event(new_id(), "chain.seal_all", county.code, county.code, {}, later)
    await seal_above(system_scope(county.code[:2], county=county.code), event)
    await verify_county(scope, outside_of(county.code), now=later)
    async with transaction(scope):
        assert await fetch(scope, _ORPHANS, county.code, 0)
    heads = await heads_of(county.code, most=1)
    async with transaction(inspector):
        await keep_heads(inspector, heads, source="公开页", now=NOW)
        await kept_heads(inspector, of_county=county.code)
        lines = await lines_of(inspector, before=None, limit=2000)
        await last_job(inspector, kind="chain.check")
    await proof_of_line(inspector, next(line.id for line in lines if line.height))


_HAS_DRAFT = (
    "SELECT EXISTS (SELECT FROM draft WHERE membership_id = $1 AND form = 'assignment' AND subject = $2)"
)


async def _own(admin: asyncpg.Connection, county: County) -> None:
    """Give posts what only they see: jobs, uploads, files that hang on a share; settings and days of the township."""
    for role in ("village_secretary", "township_leader", "county_administrator"):
        post = county.scope(role)
        mine = {"county": county.code, "region": post.region, "membership": post.membership}
        await put_row(admin, "job_row", **mine, **FIXED["job_row"])
        await put_row(admin, "upload", **mine, size=10, part_size=524288)
        for row in await admin.fetch(
            "SELECT id FROM assignment WHERE county = $1 AND region = $2", county.code, county.village
        ):
            await put_row(
                admin,
                "file",
                **mine,
                subject_id=row["id"],
                attached_at=NOW,
                state="ready",
                purpose="evidence",
            )
            if not await admin.fetchval(_HAS_DRAFT, post.membership, str(row["id"])):
                kept = {"county": county.code, "region": post.region, "membership_id": post.membership}
                await put_row(admin, "draft", **kept, form="assignment", subject=str(row["id"]))
    before: int = await admin.fetchval("SELECT count(*) FROM calendar_day WHERE county = $1", county.code)
    for n, region in enumerate((county.code, county.township), start=before):
        await put_row(
            admin, "calendar_day", county=county.code, region=region, day=NOW.date() + timedelta(days=8 + n)
        )
        await put_row(
            admin, "setting", county=county.code, region=region, area="scores", key="good", value='"1.1"',
            valid_from=NOW - timedelta(days=60),
        )  # fmt: skip


async def _look(admin: asyncpg.Connection, county: County) -> None:
    """Look at what few pages show: an open task with its brief, the work of a grid."""
    secretary, worker = county.scope("village_secretary"), county.scope("grid_worker")
    offered = (await opened(county, places=1)).task
    given = (await sent(county, title=f"{county.code} 的网格任务")).task
    share = await admin.fetchval(
        "SELECT id FROM assignment WHERE task_id = $1 AND region = $2", given, county.village
    )
    async with transaction(secretary):
        await open_task(secretary, offered, now=NOW)
        await work.allocate_assignment(secretary, assignment=share, grid=county.grid, now=NOW)
    photo = await put_row(
        admin, "file", county=county.code, region=county.village, membership=secretary.membership, subject_id=share,
        state="ready", purpose="evidence", attached_at=None,
    )  # fmt: skip
    async with transaction(secretary):
        await files_by_id(secretary, file_ids=[photo])
        await remove_file(secretary, file_id=photo, now=NOW)
    await _attach(admin, county)
    async with transaction(worker):
        await today_of(worker, now=NOW)
        await received_shares(worker, Filters(region=county.village), now=NOW)
        await open_to(worker, [share])


async def _attach(admin: asyncpg.Connection, county: County) -> None:
    """Hand a matter in with a file and dispatch it: the file goes along. Then extend it, and forget a draft."""
    leader, staff = county.scope("township_leader"), county.scope("township_staff")
    file = await put_row(
        admin, "file", county=county.code, region=county.township, membership=leader.membership, subject_id=None,
        state="kept", purpose="incoming", attached_at=None, removed_at=None,
    )  # fmt: skip
    received = await handed(county, attachments=[file])
    task = (await sent(county, title=f"{county.code} 的带附件任务", incoming=received.id)).task
    async with transaction(staff):
        await paper_seen(staff, received.id)
    async with transaction(leader):
        await steering.extend_task(leader, task=task, due_at=NOW + timedelta(days=9), reason="下雨", now=NOW)
        await save_draft(leader, form="incoming", data={"title": ["写了一半"]}, now=NOW)
        await drop_draft(leader, form="incoming")


async def _keep(county: County) -> None:
    for post in county.posts.values():
        scope = post.scope
        async with transaction(scope):
            await save_draft(scope, form="dispatch", data={"title": ["草稿"]}, now=NOW)
            if scope.may("core:view:save"):
                await save_view(scope, page="tasks", name="常用", query="late=1", now=NOW)
                await save_view(scope, page="tasks", name="一次", query="late=1", now=NOW)
                once = next(v for v in await views_of(scope, page="tasks") if v["name"] == "一次")
                await drop_view(scope, view=once["id"])


async def _correct(admin: asyncpg.Connection, county: County) -> None:
    """Invite somebody under a wrong name and number, for two posts and for one of them again, and put both right."""
    boss = county.scope("county_administrator")
    wrong, right = (f"139{number:08}" for number in secrets.SystemRandom().sample(range(10**8), 2))
    for role in ("village_cadre", "bookkeeper", "bookkeeper"):
        with suppress(Conflict):
            async with transaction(boss):
                post = Post(role, county.village)
                made = await invite_person(boss, name="陈错", phone=wrong, post=post, now=NOW)
    account = new_id()
    await admin.execute(
        "INSERT INTO account (id, phone_index, created_at, password_changed_at) VALUES ($1, $2, now(), now())",
        account, phone_index_of(wrong),
    )  # fmt: skip
    await admin.execute("UPDATE person SET account_id = $2 WHERE id = $1", made.person, account)
    async with transaction(boss):
        await correct_person(boss, person=made.person, name="陈对", phone=right, reason="登记时写错", now=NOW)


async def ids_of(admin: asyncpg.Connection, county: County) -> dict[str, list[UUID]]:
    """Give the ids of a county's rows by table, a few of each."""
    found: dict[str, list[UUID]] = {}
    for table in county_tables():
        order = "state" if table in {"assignment", "decision", "incoming_task", "task"} else "id"
        rows = await admin.fetch(
            f"SELECT DISTINCT ON ({order}) id FROM {table} WHERE county = $1 ORDER BY {order}", county.code
        )
        found[table] = [row["id"] for row in rows[:6]]
    return found


# What a row made from the catalogue alone must say so that pages can be drawn from it.
FIXED: dict[str, dict[str, object]] = {"job_row": {"state": "done"}}
