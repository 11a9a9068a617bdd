"""What was prepared once and is kept from one request to the next: the newest, up to a size in all."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from plugins.township_filter.comparison.engine import Engine
from plugins.township_filter.comparison.ranking import Listed

MOST_ITEMS: Final = 60_000  # about 300 MB at the very most; a county has a thousand
Value = TypeVar("Value")
Item = TypeVar("Item", bound=Listed)


class Kept(Generic[Value]):
    """Values by key, no larger than ``most`` together, each as large as ``size`` says. What was not asked for longest goes first."""

    def __init__(self, most: int, size: Callable[[Value], int]) -> None:
        self._most = most
        self._size = size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        """Give the value of this key, if it is still there."""
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    def keep(self, key: Hashable, value: Value) -> Value:
        """Keep a value; older ones leave until all fit, this one stays in any case."""
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > 1 and sum(map(self._size, self._values.values())) > self._most:
            self._values.popitem(last=False)
        return value

    def __len__(self) -> int:
        return len(self._values)


def kept_engines(most_items: int = MOST_ITEMS) -> Kept[Engine[Item]]:
    """Keep prepared comparisons, by list version and what was learned, as many as their items allow."""
    return Kept(most_items, lambda engine: len(engine.comparison.items) + len(engine.comparison.learned))
