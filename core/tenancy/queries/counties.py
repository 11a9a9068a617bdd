"""Counties as tenants: whose key is whose code of today."""

from typing import Final

from core.kernel.database import platform_fetch_one
from core.kernel.errors import NotFound, mark
from core.kernel.scope import Scope, is_code, system_scope

# A key is nobody else's code for ever (see open_county), so an old code still names its county.
_COUNTY: Final = "SELECT c.county, c.code FROM county c WHERE $1 IN (c.code, c.county) ORDER BY c.code = $1 DESC LIMIT 1"
_SIX: Final = 6

NO_TENANT: Final = mark("没有开通这个县（市、区）。")


async def scope_at(region: str) -> Scope:
    """Make the system scope of a region for a command, with its county's key; above the county the code is the key.

    The code a county had at its founding is understood too: the scope then stands at its code of today.
    Raises ``NotFound`` for what is no code, and for a county that was never opened.
    """
    if not is_code(region):
        raise NotFound(NO_TENANT)
    if len(region) < _SIX:
        return system_scope(region)
    row = await platform_fetch_one(_COUNTY, region[:_SIX])
    if row is None:
        raise NotFound(NO_TENANT)
    return system_scope(row["code"] + region[_SIX:], county=row["county"])
