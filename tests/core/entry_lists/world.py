"""Made-up lists for the tests, and short ways to publish them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from core.entry_lists.actions import create_draft, publish_list, store_import
from core.entry_lists.queries import items_of
from core.entry_lists.rules import ItemData, fingerprint
from core.kernel.database import transaction
from core.kernel.scope import Scope, county_of

PROVINCE, NAN, ZHU, TOWN, VILLAGE = "33", "330503", "330681", "330503105", "330503105201"
REGIONS = [(PROVINCE, "浙江"), (NAN, "南浔"), (ZHU, "诸暨"), (TOWN, "练市"), (VILLAGE, "朱家兜")]
NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
EDITOR = frozenset({"core:entry_list:edit", "core:entry_list:publish", "core:entry_list:read"})
READER = frozenset({"core:entry_list:read"})


def scope_at(region: str, permissions: frozenset[str] = EDITOR) -> Scope:
    return Scope(region=region, county=county_of(region), by_name="王敏", permissions=permissions)


def item(code: str, title: str, kind: str = "core_duty", **more: object) -> ItemData:
    return ItemData(code=code, title=title, kind=kind, **more)  # type: ignore[arg-type]


async def drafted(
    region: str, items: Sequence[ItemData], *, level: str = "township", title: str = "清单"
) -> UUID:
    """Make a draft that holds exactly these items."""
    scope = scope_at(region)
    async with transaction(scope):
        made = await create_draft(scope, level=level, title=title, now=NOW)
        seen = fingerprint(await items_of(scope, made))
        await store_import(scope, list_id=made, items=items, seen=seen, now=NOW)
    return made


async def published(
    region: str,
    items: Sequence[ItemData],
    *,
    level: str = "township",
    title: str = "清单",
    now: datetime = NOW,
) -> UUID:
    """Publish these items as the next version of the region's list."""
    made = await drafted(region, items, level=level, title=title)
    scope = scope_at(region)
    async with transaction(scope):
        await publish_list(scope, list_id=made, document="浔政发〔2026〕1号", reason="年度调整", now=now)
    return made
