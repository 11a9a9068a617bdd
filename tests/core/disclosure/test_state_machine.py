"""One village's board under any order of deeds: nothing released is ever lost or changed, and one of a kind stands at a time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.disclosure import public
from core.disclosure.actions import (
    Wanted,
    answer_objection,
    correct_publication,
    object_to,
    release_publication,
    withdraw_publication,
)
from core.disclosure.drafting import draft_of
from core.disclosure.queries import publication_of
from core.disclosure.rules import hash_of
from core.kernel.database import transaction
from core.kernel.errors import ProductError
from core.kernel.ids import new_id
from core.kernel.scope import Scope, system_scope
from tests.core.disclosure.notices import NOTICE, PHONE, with_sections
from tests.factories.world import NOW, World

DEEDS = ("release", "correct", "withdraw", "hide", "object", "answer", "wait")
SUBJECTS = 2


@dataclass
class Model:
    """What must be there: each release with its hash, which stands, and how the others ended."""

    subjects: list[UUID]
    now: datetime = NOW
    hashes: dict[UUID, bytes] = field(default_factory=dict)
    stands: dict[UUID, UUID] = field(default_factory=dict)
    until: dict[UUID, datetime] = field(default_factory=dict)
    ended: dict[UUID, tuple[str, bool]] = field(default_factory=dict)
    objections: list[UUID] = field(default_factory=list)
    answered: set[UUID] = field(default_factory=set)


class Board:
    """Does a deed and says whether it was done; what was refused must leave everything as it was."""

    def __init__(self, world: World, admin: asyncpg.Connection) -> None:
        self.scope: Scope = world.nan.scope("village_secretary")
        self.system = system_scope(world.nan.village, county=world.nan.code)
        self.admin = admin
        self._allowed: list[bool] = []
        self.model = Model([new_id() for _ in range(SUBJECTS)])

    async def do(self, deed: str, which: int) -> None:
        subject = self.model.subjects[which % SUBJECTS]
        standing = self.model.stands.get(subject)
        any_one = standing or next(iter(self.model.hashes), new_id())
        try:
            done = await getattr(self, f"_{deed}")(subject, any_one)
        except ProductError:
            done = False
        assert done is self._allowed.pop(), deed  # each deed says before it acts whether the model allows it
        await self._check()

    async def _wanted(self, subject: UUID, note: str = "") -> Wanted:
        async with transaction(self.scope):
            draft = await draft_of(
                self.scope, section=NOTICE.name, region=self.scope.region, period="", subject=subject, note=note, now=self.model.now
            )
        return Wanted(NOTICE.name, self.scope.region, "", subject, note, draft.digest)

    async def _release(self, subject: UUID, _one: UUID) -> bool:
        self._allowed.append(subject not in self.model.stands)
        wanted = await self._wanted(subject)
        async with transaction(self.scope):
            made = await release_publication(self.scope, wanted=wanted, now=self.model.now)
        await self._remember(subject, made.id)
        return True

    async def _correct(self, subject: UUID, one: UUID) -> bool:
        self._allowed.append(self.model.stands.get(subject) == one)
        wanted = await self._wanted(subject, f"第 {len(self.model.hashes)} 次")  # a correction that changes nothing is refused
        async with transaction(self.scope):
            made = await correct_publication(
                self.scope, publication=one, wanted=wanted, reason="更正", now=self.model.now
            )
        self.model.ended[one] = ("corrected", False)
        await self._remember(subject, made.id)
        return True

    async def _withdraw(self, _subject: UUID, one: UUID, *, hide: bool = False) -> bool:
        self._allowed.append(one in self.model.stands.values())
        async with transaction(self.scope):
            await withdraw_publication(self.scope, publication=one, reason="撤回", hide=hide, now=self.model.now)
        self.model.ended[one] = ("withdrawn", hide)
        for key in [key for key, value in self.model.stands.items() if value == one]:
            del self.model.stands[key]
        return True

    async def _hide(self, subject: UUID, one: UUID) -> bool:
        return await self._withdraw(subject, one, hide=True)

    async def _object(self, _subject: UUID, one: UUID) -> bool:
        open_now = one in self.model.stands.values() and self.model.now < self.model.until[one]
        self._allowed.append(open_now)
        async with transaction(self.system):
            receipt = await object_to(
                self.system, publication=one, body="意见", contact=PHONE, now=self.model.now
            )
        found = await self.admin.fetchval("SELECT id FROM publication_objection WHERE receipt = $1", receipt)
        self.model.objections.append(found)
        return True

    async def _answer(self, _subject: UUID, _one: UUID) -> bool:
        one = self.model.objections[-1] if self.model.objections else new_id()
        self._allowed.append(bool(self.model.objections) and one not in self.model.answered)
        async with transaction(self.scope):
            await answer_objection(self.scope, objection=one, answer="已核实", upheld=True, now=self.model.now)
        self.model.answered.add(one)
        return True

    async def _wait(self, _subject: UUID, _one: UUID) -> bool:
        self._allowed.append(True)
        self.model.now += timedelta(days=3)
        return True

    async def _remember(self, subject: UUID, made: UUID) -> None:
        async with transaction(self.scope):
            stored = await publication_of(self.scope, made)
        self.model.hashes[made], self.model.stands[subject] = stored.hash, made
        assert stored.notice_until is not None
        day = datetime.combine(stored.notice_until, datetime.min.time(), tzinfo=self.model.now.tzinfo)
        self.model.until[made] = day + timedelta(hours=16)  # the day's end in China

    async def _check(self) -> None:
        rows: list[Any] = await self.admin.fetch(
            "SELECT * FROM publication WHERE id = ANY ($1) ORDER BY released_at, id", list(self.model.hashes)
        )
        assert {row["id"] for row in rows} == set(self.model.hashes)
        for row in rows:
            assert row["hash"] == self.model.hashes[row["id"]]
            assert (row["ended"], row["hidden"]) == self.model.ended.get(row["id"], ("", False))
            seen = await public.shown(row["token"])
            if seen.content is not None:
                assert hash_of(seen.document()) == row["hash"]
                assert PHONE not in str(seen.content)
            assert (seen.content is None) is row["hidden"]
        assert {row["id"] for row in rows if not row["ended"]} == set(self.model.stands.values())


deeds = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, SUBJECTS - 1)), min_size=1, max_size=14)


async def test_no_order_of_deeds_changes_what_was_released(world: World, admin: asyncpg.Connection) -> None:
    """Let Hypothesis write the stories first, then live each of them on the database."""
    stories: list[list[tuple[str, int]]] = []

    @settings(max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(deeds)
    def write(story: list[tuple[str, int]]) -> None:
        stories.append(story)

    write()
    with with_sections(NOTICE):
        for story in stories:
            board = Board(world, admin)
            for deed, which in story:
                await board.do(deed, which)
