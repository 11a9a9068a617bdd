"""What anybody may know of a county's chain: its heads, and where something that was published stands.

No scope is open here. Each statement calls one function of ``xiangzhi_public``, the role that sees publications, blocks and
seals, and no other row of any county.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.chain.queries import Seal, head_of
from core.kernel.chain import Head, Proof, digest_of, path_of
from core.kernel.database import platform_fetch

_FAR: Final = 2**62


async def heads_of(county: str, *, first: int = 1, last: int = _FAR, most: int) -> list[Head]:
    """Give a county's heads by height, both ends included, the newest first; at most 500."""
    rows = await platform_fetch("SELECT * FROM public_heads($1, $2, $3, $4)", county, first, last, most)
    return [head_of(row) for row in rows]


async def heads_at(county: str, heights: Sequence[int]) -> list[Head]:
    """Give those of a county's heads that exist, at most 500."""
    return [head_of(row) for row in await platform_fetch("SELECT * FROM public_heads_at($1, $2)", county, list(heights))]


async def public_proof(county: str, row: UUID, *, content: bytes | None = None) -> Proof | None:
    """Give the proof of something published; None while it is not sealed, and for audit lines.

    ``content`` is its sealed bytes, to go along with the proof: whoever shows the publication has them.
    """
    found = await platform_fetch("SELECT * FROM public_seal($1, $2)", county, row)
    if not found:
        return None
    seal = Seal(**found[0])
    heads = await heads_of(county, first=seal.height, last=seal.height, most=1)
    if not heads:
        return None
    leaves = [each["leaf"] for each in await platform_fetch("SELECT * FROM public_leaves($1, $2)", county, seal.height)]
    path = path_of(digest_of(heads[0].header.algorithm), leaves, seal.position)
    text = content.decode() if content is not None else None
    return Proof(seal.kind, seal.id, seal.leaf, seal.position, tuple(path), heads[0], text)

