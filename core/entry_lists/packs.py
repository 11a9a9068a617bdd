"""Lists of a county's pack: a sheet that is published as it is, without a person at the pages."""

from datetime import datetime
from uuid import UUID

from core.entry_lists.actions import create_draft, publish_list, store_import
from core.entry_lists.queries import items_in_force, items_of
from core.entry_lists.rules import difference, fingerprint
from core.entry_lists.sheets import plan_import
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.kernel.sheets import SMALL, read_sheet


async def publish_sheet(
    scope: Scope,
    *,
    level: str,
    content: bytes,
    title: str,
    document: str,
    reason: str,
    now: datetime,
) -> UUID | None:
    """Publish a sheet's rows of one level as the next version of the scope's own list.

    Gives the new version, or None when the sheet says what is in force already, so that a pack can be loaded
    again. Raises ``Invalid`` for a sheet with any row that cannot be taken, naming the first.
    """
    plan = plan_import((), read_sheet(content, limits=SMALL), level=level, removes=True)
    if plan.problems:
        row = plan.problems[0]
        raise Invalid(
            mark("清单第 %(n)s 行（%(code)s）没有通过：%(why)s"),
            n=row.number,
            code=row.code,
            why=row.fields[0][1],
        )
    in_force = await items_in_force(scope, level=level, at=now)
    own = [item for item in in_force if item.region == scope.region]
    if difference(own, plan.items).empty:
        return None
    made = await create_draft(scope, level=level, title=title, now=now)
    seen = fingerprint(await items_of(scope, made))
    await store_import(scope, list_id=made, items=plan.items, seen=seen, now=now)
    await publish_list(scope, list_id=made, document=document, reason=reason, now=now)
    return made
