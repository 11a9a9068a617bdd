"""Documents before they are published: what they say beside their pages is taken out, or the file waits for its author.

The cleaner runs for one file in a process of its own, which may take seconds: never inside a transaction. What it found is
remembered by the file's hash, so that a draft looked at again costs nothing; the copy itself is made before the release.
"""

import asyncio
import hashlib
import shutil
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from core.contracts.disclosure import Attachment
from core.kernel.apart import verdict_of, workspace
from core.kernel.errors import mark
from core.kernel.storage import get_storage

_PROGRAM: Final = Path(__file__).with_name("cleaner.py")
_SECONDS: Final = 25.0
_AT_ONCE: Final = 2
_REMEMBERED: Final = 2_000
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_CLEANED: Final[Mapping[str, str]] = {
    "application/pdf": "pdf", f"{_OFFICE}wordprocessingml.document": "docx", f"{_OFFICE}spreadsheetml.sheet": "xlsx",
}  # fmt: skip
# Pictures were drawn anew when they came, plain texts say nothing beside their words.
_PLAIN: Final = frozenset({"image/jpeg", "image/png", "image/webp", "text/plain", "text/csv"})

REMOVED: Final[Mapping[str, str]] = {
    "about": mark("文档标题和关键词"), "attached": mark("附带的文件"), "author": mark("作者"), "comments": mark("批注"),
    "company": mark("单位"), "more": mark("附带的自定义信息"), "photo": mark("照片的拍摄信息"), "software": mark("制作软件"),
    "template": mark("存放位置"), "times": mark("编辑时间"),
}  # fmt: skip
REFUSALS: Final[Mapping[str, str]] = {
    "broken": mark("文件打不开。请用 WPS 或 Word 重新另存一份，换掉原来的。"),
    "comments": mark("表格里有批注。请删除全部批注，另存一份，换掉原来的。"),
    "embedded": mark("里面嵌着别的文件，图表也会带着全部原始数据。请把它们改成图片，或另存为 PDF，换掉原来的。"),
    "encrypted": mark("PDF 加了密码。请另存为不加密码的 PDF，换掉原来的。"),
    "external": mark("表格引用了别的文件或数据库。请改成数值后另存一份，换掉原来的。"),
    "hidden_rows": mark("表格里有隐藏的行或列。请取消隐藏，看过没有问题或删除后另存一份，换掉原来的。"),
    "hidden_sheet": mark("表格里有隐藏的工作表。请取消隐藏，看过没有问题或删除后另存一份，换掉原来的。"),
    "hidden_text": mark("文档里有隐藏的文字。请显示出来删除，另存一份，换掉原来的。"),
    "layers": mark("PDF 里有隐藏的图层。请重新打印成 PDF，换掉原来的。"),
    "library": mark("这台服务器没有装好清理文档的组件，请运维员安装 pikepdf。现在可以换成照片或图片。"),
    "pivot": mark("表格里有数据透视表，会带着全部原始数据。请改成数值后另存一份，换掉原来的。"),
    "photo": mark("PDF 里有一张照片的压缩方式看不懂，没法去掉拍摄时间、地点这些信息。请重新导出 PDF，再换掉原来的。"),
    "redaction": mark("PDF 里的涂黑只是标记，下面的字还在。请先应用涂黑，再换掉原来的。"),
    "slow": mark("文件太大，没有清理完。请拆成几份或缩小后，换掉原来的。"),
    "tracked": mark("文件里有修订痕迹。请接受或拒绝全部修订，另存一份，换掉原来的。"),
    "type": mark("这种文件带着的作者等信息去不掉。请另存为 PDF，换掉原来的。"),
}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What a file is without what it says beside its pages; with ``refusal`` (a key of ``REFUSALS``) the rest says nothing."""

    size: int = 0
    sha256: bytes = b""
    removed: tuple[str, ...] = ()
    refusal: str = ""


Looks = Mapping[bytes, Cleaned]  # by the hash of the file as it was sent up
NO_LOOKS: Final[Looks] = MappingProxyType({})
_known: OrderedDict[bytes, Cleaned] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Seen:
    """Files as they would be published, (name, refusal) of those that cannot be, and those nobody looked into yet."""

    files: tuple[Attachment, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    unseen: tuple[Attachment, ...] = ()


def seen(files: Sequence[Attachment], looks: Looks) -> Seen:
    """Tell what becomes of files, from what was found in them before."""
    found, refused, unseen = [], [], []
    for file in files:
        made = _look_at(file, looks)
        if made is None and file.media_type not in _PLAIN:
            unseen.append(file)
        if made is not None and made.refusal:
            refused.append((file.name, made.refusal))
        found.append(replace(file, size=made.size, sha256=made.sha256, removed=made.removed) if made and not made.refusal else file)
    return Seen(tuple(found), tuple(refused), tuple(unseen))


async def look_into(file: Attachment) -> Cleaned:
    """Clean a document to see what comes of it. Takes seconds and raises ``TransactionError`` inside a transaction."""
    async with workspace() as folder:
        made, _ = await _clean(file, folder)
    return made


async def store_copy(file: Attachment, target: str) -> Cleaned | None:
    """Store what is published of a file; gives what was found, or None for what needs no cleaning.

    Of a refused file nothing is stored. Takes seconds and raises ``TransactionError`` inside a transaction.
    """
    async with workspace() as folder:
        made, copy = await _clean(file, folder)
        if not made.refusal:
            await asyncio.to_thread(_store, copy, target)
    return made if made.refusal or file.media_type not in _PLAIN else None


def _store(source: Path, target: str) -> None:
    with source.open("rb") as content:
        get_storage().put(target, content)


def _look_at(file: Attachment, looks: Looks) -> Cleaned | None:
    if file.media_type in _PLAIN:
        made = looks.get(file.sha256)
        return made if made and made.refusal else None
    if file.media_type not in _CLEANED:
        return Cleaned(refusal="type")
    return looks.get(file.sha256) or _known.get(file.sha256)


async def _clean(file: Attachment, folder: Path) -> tuple[Cleaned, Path]:
    """Give what was found, and where the file lies as it is published."""
    source, target = folder / "source", folder / "target"
    if file.media_type not in _PLAIN and file.media_type not in _CLEANED:
        return Cleaned(refusal="type"), target
    if await asyncio.to_thread(_fetch, file.key, source) != file.sha256:
        return Cleaned(refusal="broken"), target  # the store gives something else than what was sent up and inspected
    if file.media_type in _PLAIN:
        return Cleaned(file.size, file.sha256), source
    told = await verdict_of(
        _PROGRAM, str(source), str(target), _CLEANED[file.media_type], seconds=_SECONDS, at_once=_AT_ONCE, folder=folder
    )
    made = await _verdict(told, target)
    if made.refusal not in {"slow", "library"}:  # these may be otherwise next time
        _known[file.sha256] = made
        while len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    return made, target


async def _verdict(told: Mapping[str, Any], target: Path) -> Cleaned:
    if "removed" not in told:
        return Cleaned(refusal=told.get("refusal", "") if told.get("refusal") in REFUSALS else "broken")
    removed = tuple(code for code in told["removed"] if code in REMOVED)
    return await asyncio.to_thread(lambda: Cleaned(target.stat().st_size, _digest(target), removed))


def _fetch(key: str, path: Path) -> bytes:
    """Bring a file here and give its hash."""
    with get_storage().open(key) as content, path.open("wb") as copy:
        shutil.copyfileobj(content, copy)
    return _digest(path)


def _digest(path: Path) -> bytes:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").digest()
