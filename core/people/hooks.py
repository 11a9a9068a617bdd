"""What the package of people contributes: the import of sheets."""

from collections.abc import Iterable

from core.contracts.events import LongWork
from core.contracts.hooks import hook
from core.people.importing import IMPORT


@hook
def long_works() -> Iterable[LongWork]:
    return (IMPORT,)
