"""The chain as it stands: blocks, what stands in them, and where one row does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from core.chain.rules import CHUNK, LOOK_BACK
from core.contracts.registry import current
from core.contracts.sealing import Sealed, Window
from core.kernel.chain import Head, Header, Proof, digest_of, path_of
from core.kernel.database import Row, fetch, fetch_one, platform_fetch, transaction
from core.kernel.errors import NotFound
from core.kernel.scope import CODE, Scope, system_scope

_BLOCK: Final = (
    "b.county, b.height, b.previous, b.root, b.lines, b.algorithm, b.sealed_at, b.key, b.hash, b.signature, b.public_key"
)
_WALL: Final = "b.region >= $1 AND b.region < $2 AND b.county = $3"
_LATEST: Final = f"SELECT {_BLOCK} FROM audit_block b WHERE {_WALL} ORDER BY b.height DESC LIMIT 1"  # noqa: S608 - constants
_BLOCKS: Final = f"""
SELECT {_BLOCK} FROM audit_block b WHERE {_WALL} AND b.height >= $4 AND b.height <= $5 ORDER BY b.height LIMIT $6
"""  # noqa: S608 - constants
_SEALS: Final = """
SELECT s.id, s.kind, s.height, s.position, s.leaf FROM audit_seal s
WHERE s.region >= $1 AND s.region < $2 AND s.county = $3 AND s.height >= $4 AND s.height <= $5 ORDER BY s.height, s.position
"""
_SEAL: Final = """
SELECT s.id, s.kind, s.height, s.position, s.leaf FROM audit_seal s
WHERE s.region >= $1 AND s.region < $2 AND s.county = $3 AND s.id = $4
"""
_LEAVES: Final = """
SELECT s.leaf FROM audit_seal s
WHERE s.region >= $1 AND s.region < $2 AND s.county = $3 AND s.height = $4 ORDER BY s.position
"""
_COUNTIES: Final = "SELECT c.county, c.code, c.name FROM county c WHERE c.closed_at IS NULL ORDER BY c.county"


@dataclass(frozen=True, slots=True)
class Seal:
    """Where one row stands and what its leaf was."""

    id: UUID
    kind: str
    height: int
    position: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Keeper:
    """Whose chain it is: the tenant's key, its code and name of today."""

    county: str
    code: str
    name: str

    @property
    def scope(self) -> Scope:
        """The scope under which the chain is read; heads are public, and nothing else is asked under it."""
        return system_scope(self.code, county=self.county)


def head_of(row: Row) -> Head:
    """Make the head of a block's row."""
    header = Header(
        row["county"], row["height"], row["previous"], row["root"], row["lines"], row["algorithm"], row["sealed_at"], row["key"]
    )  # fmt: skip
    return Head(header, row["hash"], row["signature"], row["public_key"])


async def latest_head(scope: Scope) -> Head | None:
    """Give the last block of the scope's county; None before the first."""
    row = await fetch_one(scope, _LATEST, scope.county)
    return head_of(row) if row else None


async def heads_between(scope: Scope, first: int, last: int, *, limit: int = 1_000) -> list[Head]:
    """Give blocks by height, both ends included."""
    return [head_of(row) for row in await fetch(scope, _BLOCKS, scope.county, first, last, limit)]


async def seals_between(scope: Scope, first: int, last: int) -> list[Seal]:
    """Give what stands in these blocks, in its order."""
    return [Seal(**row) for row in await fetch(scope, _SEALS, scope.county, first, last)]


def sealed_kinds() -> dict[str, Sealed]:
    """Give everything that is sealed, by its name."""
    return {kind.name: kind for kind in current().all(Sealed)}


async def proof_of(scope: Scope, row: UUID, *, with_content: bool = False) -> Proof | None:
    """Give the proof that a row stands in its block; None while it is not sealed. The scope sees the whole county.

    Who may have it is the caller's to decide: a proof tells when a row was sealed, its content what it says.
    """
    found = await fetch_one(scope, _SEAL, scope.county, row)
    if found is None:
        return None
    seal = Seal(**found)
    heads = await heads_between(scope, seal.height, seal.height)
    if not heads:
        return None
    leaves: Sequence[bytes] = [each["leaf"] for each in await fetch(scope, _LEAVES, scope.county, seal.height)]
    path = path_of(digest_of(heads[0].header.algorithm), leaves, seal.position)
    content = None
    kind = sealed_kinds().get(seal.kind)
    if with_content and kind is not None:
        rows = await kind.stored(scope, [seal.id])
        content = rows[0].content.decode() if rows else None
    return Proof(seal.kind, seal.id, seal.leaf, seal.position, tuple(path), heads[0], content)


async def count_waiting(scope: Scope, *, before: datetime) -> int:
    """Count what was made before a time and is not sealed, up to a chunk of each kind, as far as the frequent run looks."""
    head = await latest_head(scope)
    since = head.header.sealed_at - LOOK_BACK if head else None
    rows = [await kind.unsealed(scope, Window(since, before), CHUNK) for kind in sealed_kinds().values()]
    return sum(len(each) for each in rows)


async def keepers() -> list[Keeper]:
    """Give all open counties: their heads are public."""
    return [Keeper(**row) for row in await platform_fetch(_COUNTIES)]


async def keeper_of(county: str) -> Keeper:
    """Give one open county by its key; provinces and cities have a chain of their own people's deeds. Raises NotFound."""
    for keeper in await keepers():
        if keeper.county == county:
            return keeper
    if CODE.fullmatch(county) and len(county) < 6:  # noqa: PLR2004 - the digits of a county
        async with transaction(scope := system_scope(county)):
            if await latest_head(scope):
                return Keeper(county, county, county)
    raise NotFound
