"""The filter's screening rule. It reads and advises; the handler in ``jobs`` keeps the ledger."""

import asyncio
from collections.abc import Hashable
from datetime import datetime
from typing import Final

from core.api import (
    Finding,
    Item,
    Matter,
    Scope,
    ScreeningRule,
    items_in_force,
    lists_in_force,
    local,
    mark,
    settings_of,
)
from plugins.township_filter.comparison.comparison import Comparison
from plugins.township_filter.comparison.engine import Engine
from plugins.township_filter.comparison.kept import Kept, kept_engines
from plugins.township_filter.comparison.ranking import Example
from plugins.township_filter.learning.queries import learned_examples, learned_version
from plugins.township_filter.rules import judge, needs_review
from plugins.township_filter.senders.screening import only_while_open
from plugins.township_filter.settings import FilterSettings

NAME: Final = "township_filter:list"
REPLACED: Final = "entry_list"
# By county, level, the lists' versions, the day (items begin and end by day) and what was learned: a new version has a new key.
_KEPT: Final[Kept[Engine[Item]]] = kept_engines()


async def engine_for(scope: Scope, *, level: str, at: datetime, region: str) -> Engine[Item]:
    """Give the comparison with the lists in force in a region, as kept, or prepared now in a thread of its own."""
    return (await keyed_engine(scope, level=level, at=at, region=region))[1]


async def keyed_engine(scope: Scope, *, level: str, at: datetime, region: str) -> tuple[Hashable, Engine[Item]]:
    """Give the same with its key: what was concluded under one key is concluded again only under another."""
    lists = tuple(each.id for each in await lists_in_force(scope, level=level, at=at, region=region))
    learned = await learned_version(scope, level=level, region=region)
    key = (region, level, lists, local(at).date(), learned)
    if (known := _KEPT.get(key)) is not None:
        return key, known
    items = await items_in_force(scope, level=level, at=at, region=region)
    examples = await learned_examples(scope, level=level, at=at, region=region) if learned else []
    taught = [Example(each.code, each.title, each.body) for each in examples]
    return key, _KEPT.keep(key, await asyncio.to_thread(lambda: Engine(Comparison(items, taught))))


async def screen_township_filter(scope: Scope, matter: Matter) -> Finding:
    """Hold a matter against the lists in force, by the settings of the place it goes to."""
    settings = await settings_of(scope, FilterSettings, at=matter.at, region=matter.region)
    engine = await engine_for(scope, level=matter.level, at=matter.at, region=matter.region)
    found = judge(matter, settings, engine)
    return await only_while_open(scope, matter, found, settings) if needs_review(found, emergency=matter.emergency) else found


RULE: Final = ScreeningRule(NAME, mark("事项过筛"), screen_township_filter, replaces=REPLACED)
