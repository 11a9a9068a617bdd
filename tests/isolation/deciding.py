"""A county's village decides: every state, every statement, so that there is something that could leak."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg

from core.contracts.disclosure import CORRECTED, RELEASED, WITHDRAWN, Period
from core.decisions.actions.ending import reject_decision, repeat_step, withdraw_decision
from core.decisions.actions.meetings import Told, record_step, remove_paper, tell_meeting
from core.decisions.actions.moves import LATE, MAY_MEET, SHOWN
from core.decisions.actions.procedures import changed_procedure, set_procedure
from core.decisions.actions.publishing import Posted, post_step, request_publication
from core.decisions.disclosure import collect_resolution, collect_result
from core.decisions.queries import decision_covering, find_decision, procedure_history, turns_of, waiting
from core.decisions.rules import Count
from core.files.queries import files_of
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope
from tests.core.decisions.steps import begun, do, held, papers, until
from tests.factories.world import NOW, County

TODAY = local(NOW).date()
FAILING = replace(held(TODAY), count=Count(7, 3, 3), as_failed=True)


async def decide(admin: asyncpg.Connection, county: County) -> None:
    """Bring decisions into every state; the county has a procedure of its own."""
    secretary, boss = county.scope("village_secretary"), county.scope("county_administrator")
    council = await do(boss, changed_procedure, code="council", changes={"allowed": True})
    await do(boss, set_procedure, procedure=council, valid_from=NOW, reason="试点")
    async with transaction(boss):
        await procedure_history(boss, "council")
    mandate = await begun(secretary, kind="mandate", title=f"{county.code} 的授权")
    later = await until(admin, secretary, mandate, "none")
    await begun(secretary, procedure="council", mandate=mandate, title=f"{county.code} 议事会的事", now=later)
    async with transaction(secretary):
        assert await turns_of(secretary, now=NOW + timedelta(days=90), most=5)
        assert await waiting(secretary, now=NOW + timedelta(days=90))
    await _publish(admin, secretary, mandate)
    await _take_back(admin, secretary)
    await _fail(secretary)
    await _fewer(admin, secretary)
    told = await begun(secretary, title=f"{county.code} 已通知")
    now = await until(admin, secretary, told, "review")
    await do(secretary, tell_meeting, decision=told, told=Told("", local(now).date()), now=now)
    await _say(secretary, MAY_MEET, told)
    late = await begun(secretary, title=f"{county.code} 拖了很久", now=NOW - timedelta(days=60))
    await _say(secretary, LATE, late)
    await papers(admin, secretary, late)
    async with transaction(secretary):
        row = await find_decision(secretary, late)
        files = await files_of(secretary, subject=row["record_id"])
        await remove_paper(secretary, file=files[0], now=NOW)


async def _publish(admin: asyncpg.Connection, secretary: Scope, finished: UUID) -> None:
    """Leave one on the board, one released online, one whose result is asked for; read what is published."""
    posted = await begun(secretary, title="张榜的决议", now=NOW - timedelta(days=40))
    now = await until(admin, secretary, posted, "publish_resolution", now=NOW - timedelta(days=40))
    await papers(admin, secretary, posted, sheets=0)
    await do(secretary, post_step, decision=posted, posted=Posted(local(now).date()), now=now)
    await _say(secretary, SHOWN, posted)
    online = await begun(secretary, title="网上公开的决议")
    now = await until(admin, secretary, online, "publish_resolution")
    release = {"publication": str(new_id()), "section": "decision_resolution", "subject": str(online)}
    async with transaction(secretary):
        await announce(secretary, RELEASED, release, now=now)
        await announce(secretary, RELEASED, {**release, "subject": str(finished)}, now=now)
    asked = await begun(secretary, title="等公开结果")
    now = await until(admin, secretary, asked, "publish_result")
    await do(secretary, request_publication, decision=asked, text="办好了。", now=now)
    where = (secretary.region, secretary.county, "", NOW, NOW)
    async with transaction(secretary):
        for collect in (collect_resolution, collect_result):
            assert (await collect(secretary, Period(*where, subject=asked))).rows
    thing = new_id()
    await admin.execute("UPDATE decision SET subject_id = $2 WHERE id = $1", asked, thing)
    async with transaction(secretary):
        assert await decision_covering(secretary, "project", thing) is not None


async def _take_back(admin: asyncpg.Connection, secretary: Scope) -> None:
    """Have one resolution withdrawn from the board, one corrected there, and one published beside the paper that hung before."""
    for what in ("withdrawn", "corrected", "on_paper"):
        made = await begun(secretary, title=f"网上公开的决议 {what}")
        now = await until(admin, secretary, made, "publish_resolution")
        if what == "on_paper":
            await papers(admin, secretary, made, sheets=0)
            await do(secretary, post_step, decision=made, posted=Posted(local(now).date()), now=now)
        told = {"publication": str(new_id()), "section": "decision_resolution", "subject": str(made), "reason": "写错了"}
        newer = {**told, "publication": str(new_id()), "corrects": told["publication"]}
        async with transaction(secretary):
            await announce(secretary, RELEASED, told, now=now)
            if what == "withdrawn":
                await announce(secretary, WITHDRAWN, told, now=now)
            if what == "corrected":
                await announce(secretary, CORRECTED, newer, now=now)


async def _fail(secretary: Scope) -> None:
    for end in ("failed", "repeated", "rejected", "withdrawn"):
        made = await begun(secretary, title=f"没有通过 {end}")
        await do(secretary, record_step, decision=made, held=held(TODAY))
        if end == "withdrawn":
            await do(secretary, withdraw_decision, decision=made, reason="写错了")
            continue
        await do(secretary, record_step, decision=made, held=FAILING)
        if end == "repeated":
            await do(secretary, repeat_step, decision=made)
        if end == "rejected":
            await do(secretary, reject_decision, decision=made, reason="意见不一致")


async def _fewer(admin: asyncpg.Connection, secretary: Scope) -> None:
    """Pass one by fewer who should attend than the meetings before, with a reason."""
    made = await begun(secretary, title="少了几人")
    await do(secretary, record_step, decision=made, held=held(TODAY))
    await papers(admin, secretary, made, photos=0)
    lower = replace(held(TODAY), count=Count(30, 20, 20), fewer_reason="十五人迁出")
    await do(secretary, record_step, decision=made, held=lower)


async def _say(secretary: Scope, topic: str, decision: UUID) -> None:
    """Announce what a timer would."""
    async with transaction(secretary):
        row = await find_decision(secretary, decision)
        told = {"decision": str(decision), "record": str(row["record_id"])}
        await announce(secretary, topic, told, now=NOW)
