"""The filter's screening rule. It reads and advises; the handler in ``jobs`` keeps the ledger."""

from typing import Final

from core.api import Finding, Matter, Scope, ScreeningRule, items_in_force, mark, settings_of
from plugins.township_filter.rules import judge
from plugins.township_filter.settings import FilterSettings

NAME: Final = "township_filter:list"


async def screen_township_filter(scope: Scope, matter: Matter) -> Finding:
    """Hold a matter against the lists in force, by the settings of the place it goes to."""
    settings = await settings_of(scope, FilterSettings, at=matter.at, region=matter.region)
    items = await items_in_force(scope, level=matter.level, at=matter.at, region=matter.region)
    return judge(matter, items, settings)


RULE: Final = ScreeningRule(NAME, mark("事项过筛"), screen_township_filter)
