"""What a check of the chain can find, in words of both languages: an operator reads them in a terminal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID


class Fault(StrEnum):
    """What is wrong. ``LATE`` and ``WAITS`` are remarks: worth a look, no sign of a change by themselves."""

    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"
    REORDERED = "reordered"
    SEAL_CHANGED = "seal_changed"
    SEAL_GONE = "seal_gone"
    SEAL_ADDED = "seal_added"
    ROOT = "root"
    BLOCK_GONE = "block_gone"
    BLOCK_CHANGED = "block_changed"
    SWAPPED = "swapped"
    LINK = "link"
    SIGNATURE = "signature"
    KEY = "key"
    CUT = "cut"
    FORK = "fork"
    LATE = "late"
    WAITS = "waits"
    UNKNOWN = "unknown"

    @property
    def is_remark(self) -> bool:
        return self in {Fault.LATE, Fault.WAITS}


WORDS: Final[Mapping[Fault, tuple[str, str]]] = {
    Fault.CHANGED: (
        "第 %(height)s 块第 %(position)s 行被改过：%(kind)s %(id)s（%(words)s）",
        "block %(height)s, line %(position)s was changed: %(kind)s %(id)s (%(words)s)",
    ),
    Fault.REMOVED: (
        "第 %(height)s 块第 %(position)s 行被删除：%(kind)s %(id)s",
        "block %(height)s, line %(position)s was removed: %(kind)s %(id)s",
    ),
    Fault.ADDED: (
        "事后加入的记录：%(kind)s %(id)s（%(words)s），时间 %(at)s，但没有存证",
        "added afterwards: %(kind)s %(id)s (%(words)s) says %(at)s but stands in no block",
    ),
    Fault.REORDERED: (
        "第 %(height)s 块第 %(position)s 行的次序被改过：%(kind)s %(id)s",
        "block %(height)s, line %(position)s was moved: %(kind)s %(id)s",
    ),
    Fault.SEAL_CHANGED: (
        "第 %(height)s 块第 %(position)s 行的存证哈希被改过：%(kind)s %(id)s",
        "block %(height)s, line %(position)s: its sealed hash was changed: %(kind)s %(id)s",
    ),
    Fault.SEAL_GONE: (
        "第 %(height)s 块缺少第 %(position)s 行的存证",
        "block %(height)s: the seal of line %(position)s is missing",
    ),
    Fault.SEAL_ADDED: (
        "第 %(height)s 块多出第 %(position)s 行：%(kind)s %(id)s",
        "block %(height)s has a line too many at %(position)s: %(kind)s %(id)s",
    ),
    Fault.ROOT: (
        "第 %(height)s 块的 %(lines)s 行算不出它的根：其中有记录连同存证一起被改过",
        "block %(height)s: its %(lines)s lines do not give its root; some were changed together with their seals",
    ),
    Fault.BLOCK_GONE: ("缺少第 %(height)s 块", "block %(height)s is missing"),
    Fault.BLOCK_CHANGED: (
        "第 %(height)s 块的块头被改过，与它的哈希不符",
        "block %(height)s: its header was changed and does not give its hash",
    ),
    Fault.SWAPPED: (
        "第 %(height)s 块原来是第 %(was)s 块，块的次序被调换",
        "block %(height)s was signed as block %(was)s: blocks were exchanged",
    ),
    Fault.LINK: (
        "第 %(height)s 块没有接在第 %(before)s 块之后",
        "block %(height)s does not follow block %(before)s",
    ),
    Fault.SIGNATURE: ("第 %(height)s 块的签名不对，块被重写过", "block %(height)s: the signature is wrong, the block was rewritten"),
    Fault.KEY: (
        "第 %(height)s 块由不认识的密钥 %(key)s 签名",
        "block %(height)s is signed with the unknown key %(key)s",
    ),
    Fault.CUT: (
        "链尾被截断：第 %(height)s 块（%(hash)s）曾经存在（%(source)s），现在最后一块是第 %(last)s 块",
        "the chain was cut: block %(height)s (%(hash)s) existed (%(source)s), the last one now is %(last)s",
    ),
    Fault.FORK: (
        "第 %(height)s 块与记下的不同：记下的是 %(hash)s（%(source)s），现在是 %(now)s",
        "block %(height)s is not the one on record: %(hash)s (%(source)s), now %(now)s",
    ),
    Fault.LATE: (
        "提示：%(kind)s %(id)s（%(words)s）写的时间是 %(at)s，到第 %(height)s 块才存证",
        "note: %(kind)s %(id)s (%(words)s) says %(at)s and was sealed only in block %(height)s",
    ),
    Fault.WAITS: (
        "提示：%(kind)s %(id)s（%(words)s）写的时间是 %(at)s，后来才写下，等下一块存证",
        "note: %(kind)s %(id)s (%(words)s) says %(at)s, was written later and waits for the next block",
    ),
    Fault.UNKNOWN: (
        "第 %(height)s 块有 %(lines)s 行“%(kind)s”，本服务器没有对应的功能模块，无法重算",
        "block %(height)s has %(lines)s lines of the kind %(kind)s, which no module here can compute again",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (or remarked), with what fills its words. Positions are counted from 1 in words."""

    fault: Fault
    height: int = 0
    row: UUID | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def both(self) -> tuple[str, str]:
        """The sentence in Chinese and in English."""
        values = {"height": self.height, "id": self.row, **self.told}
        chinese, english = WORDS[self.fault]
        return chinese % values, english % values
