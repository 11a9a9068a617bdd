"""The printed board as PDF: long work in the worker, drawn by a process of its own that is killed when it is late."""

import asyncio
import io
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
import segno

from core.contracts.disclosure import FieldKind
from core.contracts.events import LongWork, Progress
from core.disclosure.enums import Ended
from core.disclosure.printer import NO_FONT, NO_LIBRARY
from core.disclosure.queries import Publication, content_of_publication, publication_of
from core.disclosure.rules import FIGURES, shown_check_number, written
from core.kernel.apart import run_apart
from core.kernel.clock import local
from core.kernel.database import transaction
from core.kernel.errors import Conflict, Invalid, mark
from core.kernel.scope import LENGTHS, Scope
from core.kernel.settings import get_settings
from core.kernel.storage import get_storage
from core.progress.actions import start_job
from core.tenancy.queries.regions import region_of

KIND: Final = "publication.pdf"
READ: Final = "core:disclosure:read"
_PROGRAM: Final = Path(__file__).with_name("printer.py")
_SECONDS: Final = 60.0
_WHY: Final[Mapping[int, str]] = {
    NO_LIBRARY: mark("这台服务器没有装好制作 PDF 的组件，请运维员安装 typst。现在可以用浏览器打印。"),
    NO_FONT: mark("这台服务器没有中文字体，做不出 PDF。请运维员安装思源黑体等中文字体，或放进数据目录的 fonts 文件夹。现在可以用浏览器打印。"),
}
_LONG: Final = re.compile(r"([!-~]{10})(?=[!-~])")  # what has no place to break would run into the next column
_FAILED: Final = mark("PDF 没有做成，请稍后再试，或用浏览器打印。")


def key_of(publication: Publication) -> str:
    """Give where the PDF lies. A sheet says how it ended, so an ended one is another sheet."""
    return f"{publication.county}/boards/{publication.id}{'-' + publication.ended if publication.ended else ''}.pdf"


def sheets_of(publication: Publication) -> list[str]:
    """Give where its PDFs may lie: that of the time it stood, and that of its end."""
    return [f"{publication.county}/boards/{publication.id}{end}.pdf" for end in ("", *(f"-{ended}" for ended in Ended))]


async def order_sheet(scope: Scope, *, publication: UUID, now: datetime) -> UUID:
    """Have the sheet made; gives the job to wait for. Raises ``Conflict`` where the content was closed."""
    scope.require(READ)
    _require_open(await publication_of(scope, publication))
    return await start_job(
        scope, kind=KIND, title=mark("制作公开栏 PDF"), payload={"publication": str(publication)}, now=now, total=1
    )


def _require_open(one: Publication) -> None:
    if one.hidden:
        raise Conflict(mark("内容已停止显示，不能打印。"))


async def make_sheet(progress: Progress) -> None:
    """Draw the sheet and keep it in the store; drawn again, it is the same."""
    publication = UUID(progress.payload["publication"])
    async with transaction(progress.scope):
        one = await publication_of(progress.scope, publication)
        _require_open(one)
        content = await content_of_publication(progress.scope, publication)
        place = await region_of(progress.scope, one.place)
    name = place.short_name if len(place.code) == LENGTHS[-1] else place.name
    drawn = await draw(sheet_of(one, content, name=name))
    storage, key = get_storage(), key_of(one)
    await asyncio.to_thread(storage.delete, key)
    await asyncio.to_thread(storage.put, key, io.BytesIO(drawn))

    async def done(_scope: Scope) -> None:
        return None

    await progress.chunk("drawn", done, size=1)
    await progress.set_result({"link": f"/publications/{publication}/sheet.pdf"})


async def draw(sheet: Mapping[str, Any]) -> bytes:
    """Have a sheet drawn. Raises ``Invalid`` in words for people where something is missing or takes too long."""
    fonts = get_settings().data / "fonts"
    try:
        ended, drawn = await run_apart(
            _PROGRAM, str(fonts) if fonts.is_dir() else "", seconds=_SECONDS, given=msgspec.json.encode(sheet)
        )
    except TimeoutError as error:
        raise Invalid(_FAILED) from error
    if ended != 0 or not drawn.startswith(b"%PDF-"):
        raise Invalid(_WHY.get(ended or 1, _FAILED))
    return drawn


def sheet_of(one: Publication, content: Mapping[str, Any], *, name: str) -> dict[str, Any]:
    """Give what stands on the sheet, from the same snapshot as the page. A printed board is Chinese."""
    code = io.BytesIO()
    address = f"{get_settings().base_url.rstrip('/')}/p/{one.token}"
    segno.make(address, error="m", micro=False).save(code, kind="svg", border=1, xmldecl=False)
    columns = content["columns"]
    told = [f"{_ENDED[one.ended]}：{one.end_reason}"] if one.ended else []
    if one.notice_until:
        told.append(f"公示到 {one.notice_until:%Y年%m月%d日} 止，有意见请向村务监督委员会提出，或扫码提出。")
    if files := content.get("files"):
        told.append(f"附件 {len(files)} 份，请扫码查看。")
    office = f" · {one.released_office}" if one.released_office else ""
    return {
        "head": f"{name}村务公开" if len(one.place) == LENGTHS[-1] else f"{name}公开", "title": one.title, "told": told, "note": content["note"],
        "figures": [
            [each["title"], "0" if each["value"] is None else written(each["value"], each["kind"]), _unit(each)]
            for each in content["figures"]
        ],
        "columns": [{"label": each["title"], "figure": each["kind"] in FIGURES} for each in columns],
        "rows": [
            [_cell(value, column) for value, column in zip(row, columns, strict=True)]
            for row in content["rows"]
        ],
        "facts": [
            ["公开单位", one.place_name], ["公开人", one.released_name + office],
            ["公开时间", f"{local(one.released_at):%Y年%m月%d日 %H:%M}"], ["校验号", shown_check_number(one.check_number)],
        ],
        "check": shown_check_number(one.check_number), "address": address, "qr": code.getvalue().decode(),
        "words": {"check": "校验号", "note": "说明", "seal": "盖章处", "empty": "本期没有发生。"},
    }  # fmt: skip


def _unit(figure: Mapping[str, Any]) -> str:
    return str(figure["unit"] or ("元" if figure["kind"] == FieldKind.AMOUNT else ""))


def _cell(value: str | int | None, column: Mapping[str, Any]) -> str:
    if value is None or value == "":
        return ""
    text = _LONG.sub("\\1\u200b", written(value, column["kind"]))
    return f"{text} {column['unit']}" if column["unit"] else text


_ENDED: Final = {"corrected": "这一份已经更正", "withdrawn": "这一份已经撤回"}


PDF: Final = LongWork(KIND, mark("制作公开栏 PDF"), make_sheet)
