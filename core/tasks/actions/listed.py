"""What stands on a negative list or was taken back is never approved and never sent, whichever way it comes; a code is one of a list."""

from datetime import datetime
from uuid import UUID

from core.entry_lists.enums import Bearing, ItemKind
from core.entry_lists.queries import forbidden_item, items_in_force
from core.kernel.errors import Conflict, filled, mark
from core.kernel.scope import Scope
from core.tasks.rules import near_codes

_BANNED = mark("“%(title)s”（%(code)s）在负面清单里，任何人都不能按这一项派发。请改选别的事项，或者驳回来文。")
_TAKEN_BACK = mark("“%(title)s”（%(code)s）已由上级部门收回，任何人都不能按这一项派发。请改选别的事项，或者驳回来文。")

_UNKNOWN = mark("没有编码 %(code)s 的清单事项，请检查编码；不知道编码可以不填。")
_UNKNOWN_NEAR = mark("没有编码 %(code)s 的清单事项，相近的有 %(near)s。请改正编码；不知道编码可以不填。")


async def wrong_code(scope: Scope, *, level: str, code: str, now: datetime) -> str | None:
    """Say that no list in force has this code, and which come near; None for one that is there, and where there is no list."""
    wanted = code.strip().casefold()
    items = await items_in_force(scope, level=level, at=now) if wanted else []
    if not items or any(item.code.casefold() == wanted for item in items):
        return None
    titles = {item.code: item.title for item in items if item.bearing is Bearing.ALLOWED}
    near = "、".join(f"{each} {titles[each]}" for each in near_codes(code, titles))
    return filled(_UNKNOWN_NEAR if near else _UNKNOWN, code=code.strip(), near=near)


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
