"""What a county may set of its audit chain, how long the sealer waits, and when heads contradict each other."""

from collections.abc import Container, Iterator, Sequence
from datetime import timedelta
from typing import Final

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.kernel.chain import Algorithm, Head
from core.kernel.errors import mark


class ChainSettings(SettingsModel):
    """The hash of blocks to come; blocks that are there keep theirs."""

    algorithm: str = setting(
        Algorithm.SHA256.value,
        title=mark("存证链的哈希算法"),
        hint=mark("只影响以后的区块，已有区块不变。"),
        options={Algorithm.SHA256.value: "SHA-256", Algorithm.SM3.value: mark("国密 SM3（GB/T 32905）")},
        pattern="^(sha256|sm3)$",
    )


AREA: Final = SettingsArea("chain", mark("存证链"), ChainSettings)

# How old a line is before it is sealed, so that deeds of one moment stand in their order. The order is all that hangs on
# it: a line that is committed later is sealed later.
SETTLING: Final = timedelta(minutes=2)
# How far before the last block the frequent run looks for lines that were committed late; the daily run looks everywhere.
LOOK_BACK: Final = timedelta(hours=2)
# Rows of one transaction: eight blocks. A kill loses no more than this, and it is done again.
CHUNK: Final = 32_768


def heads_against(head: Head, seen: Sequence[Head]) -> Iterator[str]:
    """Give, in Chinese and English, how a head contradicts others that were seen; also that nothing connects them.

    Heads of one height must be the same block, neighbours must be linked, and from one of those seen an unbroken row must
    lead to the head. Nothing was seen: nothing is said.
    """
    known: dict[int, Head] = {}
    for each in (*seen, head):
        height = each.header.height
        if not each.is_whole:
            yield f"第 {height} 块的区块头不完整或被改过 / head {height} does not fit its hash and signature"
        if each.header.county != head.header.county:
            yield f"区块头是别的县的 / a head is another county's: {each.header.county}"
        elif known.setdefault(height, each).hash != each.hash:
            yield f"第 {height} 块与记下的不同 / block {height} is not the one on record"
    for height, each in sorted(known.items()):
        if height - 1 in known and each.header.previous != known[height - 1].hash:
            yield f"第 {height} 块没有接在前一块之后 / block {height} does not follow the one before"
    here = head.header.height
    if seen and not any(is_unbroken(known, each.header.height, here) for each in seen):
        yield (
            f"记下的区块头和第 {here} 块之间缺少中间的块头，请一并给出 / "
            f"the heads between those on record and block {here} are missing: give them too"
        )


def is_unbroken(known: Container[int], first: int, last: int) -> bool:
    """Whether all heights between two are there."""
    low, high = sorted((first, last))
    return all(height in known for height in range(low, high + 1))
