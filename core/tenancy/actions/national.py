"""Changes of counties and cities by the platform's operator: the same machinery, with the operator's own right.

The database asks for the operator's session itself: no scope of the application could do this. Rows follow as they do
below; of a recoded county every row goes along.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from core.kernel.database import fetch, platform_fetch
from core.kernel.errors import Invalid, NotFound, mark
from core.kernel.scope import Scope, is_code, system_scope
from core.tenancy.actions.regions import Document, Wish, carry_out, check_document
from core.tenancy.changes import Plan
from core.tenancy.enums import ChangeKind, Level
from core.tenancy.national import BIG, KINDS, plan_big_close, plan_big_open, plan_big_rename, plan_recode
from core.tenancy.queries.regions import Region, children_of, region_of
from core.tenancy.rules import level_of, parent_of

_CHANGE: Final = (
    "SELECT change_regions_nationally($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) WHERE $1 < $2"
)
_OPEN_BELOW: Final = """
SELECT r.code, r.parent, r.level, r.name, r.short_name, r.pseudo, r.opened, r.closed, r.successor FROM region r
WHERE r.code >= $1 AND r.code < $2 AND r.code > $3 AND r.code < $4 AND r.closed IS NULL ORDER BY r.code
"""
_TENANTS: Final = "SELECT c.code FROM county c WHERE c.closed_at IS NULL"


def province_scope(wish: Wish, *, by_name: str) -> Scope:
    """Give the scope a wish is worked out and carried out in: its province, whose code alone never changes."""
    if not is_code(wish.region) or level_of(wish.region) > Level.COUNTY:
        raise NotFound
    return system_scope(wish.region[:2], by_name=by_name)


async def plan_nationally(scope: Scope, wish: Wish) -> Plan:
    """Work out what a document would do to counties or cities. For ``open`` the wish's region is the parent.

    Raises ``Invalid`` with fields, or ``NotFound`` for a region that is not known.
    """
    if wish.kind not in KINDS:
        raise NotFound
    region = await region_of(scope, wish.region)
    if wish.kind is ChangeKind.OPEN:
        there = await children_of(scope, region.code, closed=True)
        return plan_big_open(region, wish.name, code=wish.code.strip(), there=there)
    if level_of(region.code) not in BIG:
        raise NotFound
    if wish.kind is ChangeKind.RECODE:
        return await _plan_recode(scope, region, wish)
    beside = await children_of(scope, parent_of(region.code), closed=True)
    if wish.kind is ChangeKind.RENAME:
        return plan_big_rename(region, wish.name, beside=[each for each in beside if each.code != region.code])
    successor = await _known(scope, wish.successor) if wish.successor.strip() else None
    tenants = [row["code"] for row in await platform_fetch(_TENANTS)]
    below = await children_of(scope, region.code)
    return plan_big_close(region, successor, below=below, tenants=tenants)


async def _plan_recode(scope: Scope, region: Region, wish: Wish) -> Plan:
    code = wish.code.strip()
    if not is_code(code) or not code.startswith(scope.region) or len(code) != len(region.code):
        raise Invalid(fields={"code": mark("新代码应与原代码同样长，并在同一个省内。")})
    parent = await _known(scope, parent_of(code), field="code")
    below = [Region(**row) for row in await fetch(scope, _OPEN_BELOW, region.code, f"{region.code}:")]
    taken = await children_of(scope, parent.code, closed=True)
    return plan_recode(region, code, name=wish.name, parent=parent, below=below, taken=taken)


async def _known(scope: Scope, code: str, *, field: str = "successor") -> Region:
    try:
        return await region_of(scope, code.strip())
    except NotFound as error:
        raise Invalid(fields={field: mark("全国区划里没有这个代码。")}) from error


async def change_nationally(
    scope: Scope, token_hash: bytes, wish: Wish, document: Document, *, now: datetime
) -> UUID:
    """Put a document about counties or cities into effect, as the operator whose session it is.

    Rows follow within seconds, those of a big county in minutes. Raises what ``change_regions`` raises.
    """
    plan = await plan_nationally(scope, wish)
    check_document(document, now)
    return await carry_out(scope, plan, document, now=now, sql=_CHANGE, first=(token_hash,))
