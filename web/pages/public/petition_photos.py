"""Photos that come with a public form: few, looked into like every file, and kept only where all of them are good."""

from typing import BinaryIO, Final, cast
from uuid import UUID

from litestar.datastructures import UploadFile

from core.files.actions import inspect_file
from core.files.enums import REFUSALS, FileState
from core.files.rules import check_offer, clean_name
from core.files.uploads import digest_of, quarantine
from core.kernel.database import transaction
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.petitions.rules import MOST_PHOTOS, PHOTO
from web.answers import Request, request_now

FIELD: Final = "photos"


async def photos_of(request: Request) -> list[UploadFile]:
    """Give the photos of a form; an empty field sends a file without a name."""
    form = await request.form()
    return [sent for sent in form.getall(FIELD, []) if isinstance(sent, UploadFile) and sent.filename]


async def keep_photos(request: Request, scope: Scope, photos: list[UploadFile], petition: UUID) -> list[UUID]:
    """Take photos for a petition that is about to be raised. Raises ``Invalid`` for the field where one cannot be kept."""
    if len(photos) > MOST_PHOTOS:
        raise Invalid(fields={FIELD: mark("照片最多 3 张。")})
    kept: list[UUID] = []
    for sent in photos:
        content, now = cast("BinaryIO", sent.file), request_now(request)
        size = content.seek(0, 2)
        try:
            check_offer(purpose=PHOTO, name=sent.filename, size=size)
        except Invalid as error:
            raise Invalid(fields={FIELD: mark("只收 JPG、PNG、WebP 照片，每张最大 20 MB。")}) from error
        async with transaction(scope):
            made = await quarantine(
                scope, name=clean_name(sent.filename), media_type=sent.content_type[:200], purpose=PHOTO, subject=petition,
                content=content, sha256=digest_of(content), now=now,
            )  # fmt: skip
        file = await inspect_file(scope, file_id=made, now=now)
        if file.state == FileState.REFUSED:
            raise Invalid(fields={FIELD: REFUSALS.get(file.refusal, REFUSALS["type"])})
        kept.append(made)
    return kept
