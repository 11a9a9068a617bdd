"""Files as lists of files draw them: of a decision, a seal's use, a campaign's report, a warning's correction, a board's matter."""

from typing import Any

from core.files.enums import REFUSALS
from core.files.queries import StoredFile
from web.answers import Request, say


def uploaded(request: Request, file: StoredFile, at: str) -> dict[str, Any]:
    """Give a file of the page ``at``; what belongs to something handed in or published cannot be removed."""
    refusal = REFUSALS.get(file.refusal, "")
    return {
        "id": file.id, "name": file.name, "size": file.size, "url": file.url, "thumb": file.thumb, "state": file.state,
        "remove": "" if file.attached_at else f"{at}/files/{file.id}/remove",
        "refusal": say(request, refusal) if refusal else "",
    }  # fmt: skip
