"""Uploads: in parts for pages with scripts, in one piece for forms without. The protocol stands in docs/front-end.md."""

import hmac
from datetime import datetime
from typing import Annotated, Any, BinaryIO, Final, cast
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

from litestar import Response
from litestar.datastructures import UploadFile
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.drafts.actions import save_draft
from core.files.actions import finish_upload, inspect_file
from core.files.enums import REFUSALS, FileState
from core.files.queries import StoredFile, UploadSeen, file_for, upload_for
from core.files.rules import MEGABYTE, SIMPLE_BYTES, clean_name
from core.files.uploads import cancel_upload, drop_parts, put_part, receive_whole, start_upload
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from web import routing
from web.answers import Answer, Request, request_now, say, see_other
from web.forms import form_of
from web.guards import ForeignOrigin, csrf_token, session_of
from web.pages.uploads.purposes import gate_of

_DIGEST_DIGITS: Final = 64
_TOLD_OF: Final = 2


class Offer(BaseModel):
    """What a script announces before it sends parts."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=False)

    name: Annotated[str, Field(max_length=1000)]
    size: int
    type: Annotated[str, Field(max_length=200)] = ""
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    purpose: Annotated[str, Field(max_length=50)]
    subject: UUID | None = None

    @field_validator("subject", mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        return value or None


@routing.post_form("/uploads", permission="any")
async def begin(request: Request, scope: Scope) -> Response[Any]:
    try:
        offer = Offer.model_validate_json(await request.body())
    except ValidationError:
        raise Invalid(mark("文件信息读不懂，请刷新页面后再传。")) from None
    async with transaction(scope):
        await gate_of(offer.purpose).check(scope, offer.subject)
        upload = await start_upload(
            scope,
            name=offer.name,
            size=offer.size,
            media_type=offer.type,
            purpose=offer.purpose,
            subject=offer.subject,
            sha256=bytes.fromhex(offer.sha256) or None,
            now=request_now(request),
        )
    return _json(_seen(upload))


@routing.get_page("/uploads/{upload_id:uuid}", permission="any")
async def look(request: Request, scope: Scope, upload_id: UUID) -> Response[Any]:  # noqa: ARG001 - a handler's signature
    """Tell what has arrived. Of a file that was refused it says so again, as its finish did."""
    async with transaction(scope):
        upload = await upload_for(scope, upload_id=upload_id)
        file = await file_for(scope, file_id=upload.file_id) if upload.file_id else None
    if file is not None:
        _refuse(file)
    told = _seen(upload)
    return _json(told if file is None else {**told, "file": _file(file)})


@routing.put_part("/uploads/{upload_id:uuid}/parts/{part:int}", permission="any")
async def take_part(request: Request, scope: Scope, upload_id: UUID, part: int) -> Response[Any]:
    digest = request.headers.get("x-part-sha256", "")
    if len(digest) != _DIGEST_DIGITS or not all(c in "0123456789abcdef" for c in digest):
        raise Invalid(mark("文件分段在路上损坏了，请重试。"))
    async with transaction(scope):
        await upload_for(scope, upload_id=upload_id)
    content = await request.body()
    async with transaction(scope):
        upload = await put_part(
            scope,
            upload_id=upload_id,
            part=part,
            body=content,
            sha256=bytes.fromhex(digest),
            now=request_now(request),
        )
    return _json({"received": list(upload.received)})


@routing.post_form("/uploads/{upload_id:uuid}/finish", permission="any")
async def finish(request: Request, scope: Scope, upload_id: UUID) -> Response[Any]:
    file = await finish_upload(scope, upload_id=upload_id, now=request_now(request))
    _refuse(file)
    return _json({"file": _file(file)})


@routing.delete_upload("/uploads/{upload_id:uuid}", permission="any")
async def cancel(request: Request, scope: Scope, upload_id: UUID) -> Response[Any]:
    """Take an upload back; one that became a file already takes the file back, where that is still possible."""
    async with transaction(scope):
        upload = await cancel_upload(scope, upload_id=upload_id)
        if upload.file_id is not None:
            file = await file_for(scope, file_id=upload.file_id)
            await gate_of(file.purpose).remove(scope, file, request_now(request))
    await drop_parts(upload)
    return _json({})


@routing.post_form(
    "/uploads/simple", permission="any", token="by_handler", most_bytes=SIMPLE_BYTES + MEGABYTE  # noqa: S106 - no secret
)
async def simple(request: Request, scope: Scope) -> Answer:
    """Take files of a form without scripts. Origin and session were checked from the headers; then the body is read."""
    form, said_of = await request.form(), request.query_params
    given, held = str(form.get("csrf_token", "")), csrf_token(request.app.state.settings, session_of(request))
    if not hmac.compare_digest(given.encode(), held.encode()):
        raise ForeignOrigin
    # A form of its own says in its fields what the files are for; one that also holds other things says it in its address.
    purpose, onward, said = (
        str(form.get(name, "") or said_of.get(name, "")) for name in ("purpose", "next", "subject")
    )
    onward, subject = _own_page(onward), _subject_of(said)
    kept = await _keep_draft(request, scope, said_of.get("draft", ""))
    files = [sent for sent in form.getall("file", []) if isinstance(sent, UploadFile) and sent.filename]
    if not files and kept:
        return see_other(request, onward, flash=mark("还没有选择文件。您写的内容已保存。"))
    if not files:
        raise Invalid(mark("还没有选择文件。"))
    async with transaction(scope):
        await gate_of(purpose).check(scope, subject)
    taken: list[UUID] = []
    refused: list[str] = []
    for sent in files:
        now = request_now(request)
        try:
            taken.append(await _take(scope, sent, purpose, subject, now))
        except Invalid as error:
            told = {"name": clean_name(sent.filename), "why": say(request, error.message, **error.data)}
            refused.append(say(request, mark("“%(name)s”没有收下：%(why)s"), **told))
    if subject is None:  # nothing to hang on yet: the page is told which files are its own
        query = urlencode([("attachments", str(file_id)) for file_id in taken])
        onward += f"{'&' if '?' in onward else '?'}{query}"
    if refused:
        return see_other(request, onward, flash=_of_refused(request, refused), tone="danger")
    return see_other(request, onward, flash=mark("文件已上传。"))


def _of_refused(request: Request, told: list[str]) -> str:
    """Say of each file why it was not taken; of many only the first, for all of it travels in a cookie."""
    more = len(told) - _TOLD_OF
    rest = [say(request, mark("另有 %(n)s 个文件也没有收下。"), n=more)] if more > 0 else []
    return " ".join([*told[:_TOLD_OF], *rest])


async def _take(scope: Scope, sent: UploadFile, purpose: str, subject: UUID | None, now: datetime) -> UUID:
    """Receive one file and look into it. Raises ``Invalid`` with the reason where it is refused."""
    async with transaction(scope):
        await gate_of(purpose).check(scope, subject)
        file_id = await receive_whole(
            scope, name=sent.filename, media_type=sent.content_type, purpose=purpose, subject=subject,
            content=cast("BinaryIO", sent.file), now=now,
        )  # fmt: skip
    _refuse(await inspect_file(scope, file_id=file_id, now=now))
    return file_id


async def _keep_draft(request: Request, scope: Scope, address: str) -> bool:
    """Keep what else stood in the form that carried the files, as ``address`` (``/drafts/<form>?subject=…``) names it."""
    parts = urlsplit(address)
    name = parts.path.removeprefix("/drafts/")
    if not name or name == parts.path or "/" in name:
        return False
    subject = parse_qs(parts.query).get("subject", [""])[0]
    async with transaction(scope):
        await save_draft(
            scope, form=name, subject=subject, data=await form_of(request), now=request_now(request)
        )
    return True


def _own_page(address: str) -> str:
    """Give the page to go on to; an address of another site is not followed."""
    own = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if own and address.isprintable() else "/"


def _subject_of(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(mark("不知道这个文件用在哪里，请刷新页面后再传。")) from None


def _refuse(file: StoredFile) -> None:
    if file.state == FileState.REFUSED:
        raise Invalid(REFUSALS.get(file.refusal, REFUSALS["type"]))


def _seen(upload: UploadSeen) -> dict[str, Any]:
    return {"id": str(upload.id), "part_size": upload.part_size, "received": list(upload.received)}


def _file(file: StoredFile) -> dict[str, Any]:
    return {
        "id": str(file.id),
        "name": file.name,
        "size": file.size,
        "state": file.state,
        "url": file.url,
        "thumb": file.thumb,
    }


def _json(told: dict[str, Any]) -> Response[Any]:
    return Response(told, media_type="application/json", headers={"cache-control": "no-store"})


ROUTES: Final = [begin, look, take_part, finish, cancel, simple]
