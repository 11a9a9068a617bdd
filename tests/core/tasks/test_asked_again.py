"""Asking once over time: answers of closed shares go along with a new code, and are found by their index however many there are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.kernel.database import fetch, transaction
from core.kernel.ids import new_id
from core.kernel.outbox import Event
from core.kernel.scope import Scope
from core.tasks.actions.work import submit_assignment
from core.tasks.enums import FieldKind
from core.tasks.forms import AskedField
from core.tasks.queries import forms
from core.tasks.queries.forms import figures_held, held_already, offers_for
from core.tenancy.actions.following import follow_change
from core.tenancy.actions.national import change_nationally, province_scope
from core.tenancy.actions.regions import Document, Wish
from core.tenancy.enums import ChangeKind
from tests.core.tasks.steps import accept, do, in_hand
from tests.factories.world import NOW, County, World

POOR = AskedField("低保户数", FieldKind.NUMBER, required=True, unit="户")
TOKEN = b"operator's own session".ljust(32)
ROWS = 12_000
# One share's answer written many times, as years of many villages would: most submissions answered no form.
_MANY = """
INSERT INTO submission SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'n', g, 'region',
  left(s.region, 9) || to_char(100 + g % 600, 'FM000'), 'at', s.at - g % 900 * interval '1 day',
  'answers', CASE WHEN g % 40 = 0 THEN s.answers ELSE '[]' END))).* FROM submission s, generate_series(2, $2) g WHERE s.assignment_id = $1
"""


async def closed_share(admin: asyncpg.Connection, county: County) -> UUID:
    """Give a share that answered the form and is accepted."""
    _, share = await in_hand(admin, county, form=(POOR,), title="低保户排查")
    await do(
        county.scope("village_secretary"), submit_assignment, assignment=share, text="已核对。", answers={"answer-1": "125"}, now=NOW
    )
    await accept(county.scope("township_leader"), share)
    assert await admin.fetchval("SELECT closed_at IS NOT NULL FROM assignment WHERE id = $1", share)
    return share


@pytest.mark.parametrize("sql", ["_EARLIER", "_HELD", "_FIGURES"])
async def test_answers_are_found_by_their_index(world: World, admin: asyncpg.Connection, sql: str) -> None:
    nan = world.nan
    if await admin.fetchval("SELECT count(*) FROM submission WHERE county = $1", nan.code) < ROWS:
        share = await closed_share(admin, nan)
        async with admin.transaction():
            await admin.execute("SET LOCAL session_replication_role = replica")
            await admin.execute(_MANY, share, ROWS + 1)
        await admin.execute("ANALYZE submission, assignment")
    since, key = NOW - timedelta(days=365), POOR.key
    given: dict[str, tuple[str, Sequence[Any]]] = {
        "_EARLIER": ("village_secretary", (nan.village, since, [key], None, new_id(), None, None)),
        "_HELD": ("township_leader", (since, [key], [POOR.kind], None)),
        "_FIGURES": ("township_leader", (since, key, POOR.kind, None)),
    }
    role, arguments = given[sql]
    scope = nan.scope(role)
    async with transaction(scope):
        plan = await fetch(scope, f"EXPLAIN {getattr(forms, sql)}", *arguments)
    words = "\n".join(row[0] for row in plan)
    assert "submission_answered" in words, words
    assert "Seq Scan on submission s " not in words, words  # whether an answer stands is asked of what was found


async def test_answers_of_closed_shares_go_along_when_a_county_gets_another_code(world: World, admin: asyncpg.Connection) -> None:
    zhu = world.zhu
    await closed_share(admin, zhu)
    await sign_in_operator(admin)
    wish = Wish(ChangeKind.RECODE, region=zhu.code, code=f"{zhu.code[:4]}99", name="诸暨区")
    scope = province_scope(wish, by_name="平台")
    async with transaction(scope):
        made = await change_nationally(scope, TOKEN, wish, Document("国函〔2026〕9 号", NOW.date()), now=NOW)
    async with transaction(scope):
        await follow_change(scope, Event(new_id(), "region.changed", scope.county, scope.region, {"change": str(made)}, NOW))
    village, leader = (recoded(zhu.scope(role), wish.code) for role in ("village_secretary", "township_leader"))
    row = {"region": village.region, "office_id": None, "id": new_id(), "receiver_name": "村"}
    async with transaction(village):
        offered = await offers_for(village, row, (POOR,), now=NOW)
    assert offered[POOR.key].value == "125"
    async with transaction(leader):
        (held,) = await held_already(leader, (POOR,), now=NOW)
        (figure,) = await figures_held(leader, key=POOR.key, kind=POOR.kind, now=NOW)
    assert held is not None
    assert (held.receivers, figure.value) == (1, "125")


def recoded(scope: Scope, code: str) -> Scope:
    """Give a post as it stands under the county's new code."""
    return replace(scope, region=code + scope.region[len(code) :])


async def sign_in_operator(admin: asyncpg.Connection) -> None:
    account = new_id()
    await admin.execute(
        "INSERT INTO account (id, login, operator, operator_name, created_at, password_changed_at) VALUES ($1, 'recoder', true, '平台', now(), now())",
        account,
    )
    await admin.execute(
        "INSERT INTO session (token_hash, id, account_id, factor_at, created_at, seen_at, expires_at, idle_seconds)"
        " VALUES ($1, $2, $3, now(), now(), now(), now() + interval '1 day', 86400)",
        TOKEN, new_id(), account,
    )  # fmt: skip
