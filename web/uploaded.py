"""Files as lists of files draw them: of a decision, a seal's use, a campaign's report, a warning's correction, a board's matter.

And what a form says of files that were chosen beside it and are not part of it.
"""

from typing import Any, Final

from litestar.datastructures import UploadFile

from core.files.enums import REFUSALS
from core.files.queries import StoredFile
from core.files.rules import clean_name
from core.kernel.errors import mark
from web.answers import Request, say
from web.forms import Form

LEFT_OUT: Final = mark("“%(name)s”没有收下：%(why)s 不需要它的，直接再提交一次。")
_NOT_SENT: Final = mark("“%(name)s”还没有上传：请重新选一次，先按“上传”，再提交。不需要它的，直接再提交一次。")
_ON_ITS_WAY: Final = mark("“%(name)s”还没有传完：请重新选一次，传完再提交。不需要它的，直接再提交一次。")
_MOST_TOLD: Final = 5
_LONGEST_WHY: Final = 300


def uploaded(request: Request, file: StoredFile, at: str) -> dict[str, Any]:
    """Give a file of the page ``at``; what belongs to something handed in or published cannot be removed."""
    refusal = REFUSALS.get(file.refusal, "")
    return {
        "id": file.id, "name": file.name, "size": file.size, "url": file.url, "thumb": file.thumb, "state": file.state,
        "remove": "" if file.attached_at else f"{at}/files/{file.id}/remove",
        "refusal": say(request, refusal) if refusal else "",
    }  # fmt: skip


async def unsent(request: Request, form: Form, field: str, *, first: bool = True) -> list[str]:
    """Say of each file chosen for a list that is not part of the form why it is not.

    With scripts the list says so itself. Without them a form that was sent before its files were names those it did not
    carry, for no list in particular: they count for the ``first``.
    """
    told = []
    for text in form.get(f"unsent-{field}", ())[:_MOST_TOLD]:
        name, _, why = text.partition("\t")
        source = LEFT_OUT if why.strip() else _ON_ITS_WAY
        told.append(say(request, source, name=clean_name(name), why=why.strip()[:_LONGEST_WHY]))
    if first:
        sent = await request.form()
        names = [file.filename if isinstance(file, UploadFile) else file for file in sent.getall("file", [])]
        told += [say(request, _NOT_SENT, name=clean_name(name)) for name in names[:_MOST_TOLD] if name]
    return told
