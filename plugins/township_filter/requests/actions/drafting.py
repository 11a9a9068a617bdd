"""An approved request in the county's list: written into the draft of the next version by core's own actions."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.api import (
    Conflict,
    ListVersion,
    NotFound,
    Scope,
    create_draft,
    edit_draft,
    items_of,
    list_by_id,
    local,
    mark,
    remove_item,
    save_item,
    versions_of,
)
from plugins.township_filter.requests.actions.moving import COUNTY_DIGITS
from plugins.township_filter.requests.enums import Way
from plugins.township_filter.requests.queries import county_draft
from plugins.township_filter.requests.rules import Change, begins, is_in, with_frequency

_OFTEN: Final = "频次：{}"
_PUBLISHED: Final = "published"


def change_of(row: Any, code: str = "") -> Change:
    """Give what a request does to the list; how often a new item is sent stands among its conditions."""
    wanted = with_frequency(row["wanted"], row["frequency"], _OFTEN.format(row["frequency"])) if row["way"] == Way.ADD else row["wanted"]
    return Change(row["way"], code or row["item_code"], wanted)


async def put_into_draft(scope: Scope, row: Any, change: Change, *, now: datetime) -> dict[str, Any]:
    """Write the change into the county's draft, begun from the newest version where there is none; give what the row keeps.

    The version holds from the day that was asked for, never before one that is published to come earlier.
    Raises ``Invalid`` for a code that is taken, ``Conflict`` where the item is not in the list any more.
    """
    county = row["region"][:COUNTY_DIGITS]
    draft = await county_draft(scope, level=row["level"], region=county)
    if draft is None:
        made = await create_draft(scope, level=row["level"], region=county, now=now)
        draft = await list_by_id(scope, made)
    await _write(scope, draft.id, change, now=now)
    pending = next((each for each in await versions_of(scope, draft) if each.state == _PUBLISHED), None)
    day = begins(row["effective_on"], today=local(now).date(), pending=pending.valid_from if pending else None)
    day = max(day, draft.valid_from or day)
    await edit_draft(
        scope, list_id=draft.id, title=draft.title, note=draft.note, valid_from=day, valid_to=draft.valid_to, now=now
    )
    return {"item_code": change.code, "list_id": draft.id, "list_version": draft.version, "in_force_from": day}


async def _write(scope: Scope, draft: UUID, change: Change, *, now: datetime) -> None:
    if change.way == Way.ADD:
        await save_item(scope, list_id=draft, values={"code": change.code, **change.wanted}, now=now)
        return
    item = next((each for each in await items_of(scope, draft) if each.code == change.code), None)
    if item is None:
        raise Conflict(mark("清单草稿里已经没有 %(code)s 这一项，请核对草稿后再办。"), code=change.code)
    if change.way == Way.DROP:
        await remove_item(scope, list_id=draft, item_id=item.id, now=now)
    else:
        await save_item(scope, list_id=draft, values=change.wanted, item_id=item.id, now=now)


async def draft_of(scope: Scope, row: Any) -> ListVersion | None:
    """Give the draft that an approved request was written into while it is one and has the change; None afterwards."""
    try:
        version = await list_by_id(scope, row["list_id"]) if row["list_id"] else None
    except NotFound:
        return None
    if version is None or not version.draft or not is_in(change_of(row), await items_of(scope, version.id)):
        return None
    return version
