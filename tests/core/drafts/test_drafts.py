"""Drafts belong to one post; a key makes a submission happen once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from core.drafts.actions import Answered, Result, drop_draft, once, save_draft, sweep_drafts
from core.drafts.queries import draft_for
from core.kernel.audit import audit
from core.kernel.database import close_pool, fetch_value, open_pool, transaction
from core.kernel.errors import Conflict, Invalid
from core.kernel.scope import Scope, system_scope
from tests.databases import DatabaseUrls

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HERE = Scope(region="330503105201", county="330503", by_name="沈阿根", membership=uuid4())
OTHERS = (
    replace(HERE, membership=uuid4()),
    Scope(region="330681101201", county="330681", by_name="诸暨", membership=HERE.membership),
)


@pytest.fixture(scope="module", autouse=True)
async def pool(database_urls: DatabaseUrls) -> AsyncIterator[None]:
    await open_pool(database_urls.app, size=10)
    yield
    await close_pool()


async def test_draft_is_found_again_by_its_post_alone_without_secrets() -> None:
    data = {"text": ["机埠已修"], "villages": ["a", "b"], "csrf_token": ["x"], "_key": ["k"], "empty": [""]}
    async with transaction(HERE):
        await save_draft(HERE, form="assignment", subject="1", data=data, now=NOW - timedelta(minutes=1))
        await save_draft(HERE, form="assignment", subject="1", data=data, now=NOW)
    async with transaction(HERE):
        draft = await draft_for(HERE, form="assignment", subject="1")
    assert draft is not None
    assert (dict(draft.values), draft.saved_at) == ({"text": ["机埠已修"], "villages": ["a", "b"]}, NOW)
    assert draft.data["villages"] == "a"
    for other in OTHERS:
        async with transaction(other):
            assert await draft_for(other, form="assignment", subject="1") is None
            await drop_draft(other, form="assignment", subject="1")
    async with transaction(HERE):
        assert await draft_for(HERE, form="assignment", subject="1") is not None
        await drop_draft(HERE, form="assignment", subject="1")
        assert await draft_for(HERE, form="assignment", subject="1") is None


@pytest.mark.parametrize(
    "name",
    ["password", "old", "again", "new_password", "code", "otp", "totp_secret", "api-token", "csrf_token", "Csrf", "_csrf_token"],
)
async def test_what_opens_a_door_is_never_kept(name: str) -> None:
    async with transaction(HERE):
        await save_draft(HERE, form="secrets", data={name: ["314159"], "title": ["排查"]}, now=NOW)
        draft = await draft_for(HERE, form="secrets")
    assert draft is not None
    assert dict(draft.values) == {"title": ["排查"]}


@pytest.mark.parametrize("name", ["item_code", "region_code", "codes", "household", "passage", "tokens_given"])
async def test_what_only_sounds_like_a_secret_is_kept(name: str) -> None:
    async with transaction(HERE):
        await save_draft(HERE, form="kept", data={name: ["V12"]}, now=NOW)
        draft = await draft_for(HERE, form="kept")
    assert draft is not None
    assert dict(draft.values) == {name: ["V12"]}


async def test_draft_that_is_too_long_is_refused() -> None:
    async with transaction(HERE):
        with pytest.raises(Invalid, match="太长"):
            await save_draft(HERE, form="x", data={"text": ["长" * 60_001]}, now=NOW)


async def submitted(
    scope: Scope, key: str, request: dict[str, list[str]], *, fails: bool = False
) -> Answered:
    async def run() -> Result:
        made = uuid4()
        await audit(scope, "test.submitted", kind="test", subject=made, now=NOW, data={"key": key})
        if fails:
            raise Invalid
        return {"id": str(made)}

    async with transaction(scope):
        return await once(scope, key=key, form="f", request=request, run=run, now=NOW)


async def effects(scope: Scope, key: str) -> int:
    sql = "SELECT count(*) FROM audit_line WHERE region >= $1 AND region < $2 AND data->>'key' = $3"
    async with transaction(scope):
        return int(await fetch_value(scope, sql, key))


async def test_submission_repeated_eight_times_at_once_has_one_effect_and_one_answer() -> None:
    sent = [submitted(HERE, "k1", {"a": ["1"], "csrf_token": [str(n)]}) for n in range(8)]
    answers = await asyncio.gather(*sent)
    assert len({str(answer.result) for answer in answers}) == 1
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 7
    assert await effects(HERE, "k1") == 1


async def test_same_key_with_other_content_is_a_conflict() -> None:
    await submitted(HERE, "k2", {"a": ["1"]})
    with pytest.raises(Conflict):
        await submitted(HERE, "k2", {"a": ["2"]})
    assert await effects(HERE, "k2") == 1


async def test_submission_that_failed_may_come_again_corrected() -> None:
    with pytest.raises(Invalid):
        await submitted(HERE, "k3", {"a": ["1"]}, fails=True)
    assert (await submitted(HERE, "k3", {"a": ["2"]})).repeated is False
    assert await effects(HERE, "k3") == 1


async def test_key_of_another_post_is_another_key() -> None:
    await submitted(HERE, "k4", {"a": ["1"]})
    for other in OTHERS:
        assert (await submitted(other, "k4", {"a": ["2"]})).repeated is False


async def test_old_answers_and_drafts_are_swept() -> None:
    await submitted(HERE, "k5", {})
    async with transaction(HERE):
        await save_draft(HERE, form="old", data={"a": ["1"]}, now=NOW)
    county = system_scope("330503")
    later = NOW + timedelta(days=1)
    async with transaction(county):
        await sweep_drafts(county, answers_before=later, drafts_before=NOW)
    async with transaction(HERE):
        assert await draft_for(HERE, form="old") is not None
    assert (await submitted(HERE, "k5", {})).repeated is False
