"""What the keeper of a receipt reads and may do. No session is open: the receipt's hash is the only key.

Reading goes through functions of the database that belong to ``xiangzhi_public``; that role sees neither who raised a matter
nor whom it is about. Writing opens a scope that carries one right at the matter's own place, and nothing else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from core.kernel.database import platform_fetch
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.petitions.rules import hash_of_receipt, plain_receipt
from core.petitions.workflows import FOLLOW, RAISE

NOBODY: Final = "反映人"
_PETITION: Final = "SELECT * FROM public_petition($1)"
_STEPS: Final = "SELECT * FROM public_petition_steps($1)"


@dataclass(frozen=True, slots=True)
class Followed:
    """One matter as its raiser sees it. Until ``sorted_at`` is set it is not known whose it is to handle."""

    county: str
    id: UUID
    region: str
    place_name: str
    number: str
    kind: str
    title: str
    body: str
    spot: str
    state: str
    desk_name: str
    raised_at: datetime
    sorted_at: datetime | None
    due_at: datetime | None
    accepted_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    overdue_at: datetime | None
    reminded_at: datetime | None
    reopened_at: datetime | None
    answer: str
    office_solved: bool | None
    villager_solved: bool | None
    villager_words: str
    may_publish: bool
    has_contact: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One line of its history, without the names of those who acted."""

    at: datetime
    kind: str
    text: str
    desk_name: str


async def followed(receipt: str) -> tuple[Followed, list[Step]]:
    """Give a matter and its history to whoever keeps the receipt. Raises ``NotFound``."""
    plain = plain_receipt(receipt)
    key = hash_of_receipt(plain) if plain else b""
    rows = await platform_fetch(_PETITION, key)
    if not rows:
        raise NotFound
    return Followed(**rows[0]), [Step(**row) for row in await platform_fetch(_STEPS, key)]


async def is_known(receipt: str) -> bool:
    """Tell whether a matter with this receipt was raised already."""
    return bool(await platform_fetch(_PETITION, hash_of_receipt(receipt)))


def raising_scope(region: str, county: str) -> Scope:
    """Give the scope in which a stranger raises a matter at a place: that one right, nothing else."""
    return Scope(region=region, county=county, by_name=NOBODY, permissions=frozenset({RAISE}))


def following_scope(one: Followed) -> Scope:
    """Give the scope in which the receipt's keeper acts on his own matter."""
    return Scope(region=one.region, county=one.county, by_name=NOBODY, permissions=frozenset({FOLLOW}))
