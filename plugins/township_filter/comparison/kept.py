"""Prepared comparisons, kept from one request to the next: the newest few, by list version and what was learned."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

from plugins.township_filter.comparison.engine import Engine
from plugins.township_filter.comparison.ranking import Listed

MOST_ITEMS: Final = 60_000  # about 300 MB at the very most; a county has a thousand
Item = TypeVar("Item", bound=Listed)


class Kept(Generic[Item]):
    """Engines by key. What was not asked for longest goes first."""

    def __init__(self, most_items: int = MOST_ITEMS) -> None:
        self._most = most_items
        self._engines: OrderedDict[Hashable, Engine[Item]] = OrderedDict()

    def get(self, key: Hashable) -> Engine[Item] | None:
        """Give the engine of this key, if it is still there."""
        if key in self._engines:
            self._engines.move_to_end(key)
        return self._engines.get(key)

    def keep(self, key: Hashable, engine: Engine[Item]) -> Engine[Item]:
        """Keep an engine; older ones leave until the items fit, this one stays in any case."""
        self._engines[key] = engine
        self._engines.move_to_end(key)
        while len(self._engines) > 1 and sum(map(_size, self._engines.values())) > self._most:
            self._engines.popitem(last=False)
        return engine

    def __len__(self) -> int:
        return len(self._engines)


def _size(engine: Engine[Item]) -> int:
    return len(engine.comparison.items) + len(engine.comparison.learned)
