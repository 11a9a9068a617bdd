"""What stands on a negative list or was taken back is never approved and never sent, whichever way it comes."""

from datetime import datetime
from uuid import UUID

from core.entry_lists.enums import ItemKind
from core.entry_lists.queries import forbidden_item
from core.kernel.errors import Conflict, mark
from core.kernel.scope import Scope

_BANNED = mark("“%(title)s”（%(code)s）在负面清单里，任何人都不能按这一项派发。请改选别的事项，或者驳回来文。")
_TAKEN_BACK = mark("“%(title)s”（%(code)s）已由上级部门收回，任何人都不能按这一项派发。请改选别的事项，或者驳回来文。")


async def refuse_forbidden(
    scope: Scope, *, level: str, now: datetime, item: UUID | None = None, code: str = ""
) -> None:
    """Raise ``Conflict`` where an id or a code means a banned or withdrawn item.

    ``level`` is that of the list the matter stands on; the database is asked, not what the caller says of the item.
    """
    if item is None and not code.strip():
        return
    found = await forbidden_item(scope, level=level, at=now, item_id=item, code=code)
    if found is not None:
        text = _TAKEN_BACK if found.kind == ItemKind.WITHDRAWN_DUTY else _BANNED
        raise Conflict(text, title=found.title, code=found.code)
