"""What entry lists contribute to the product: core's own screening rule."""

from collections.abc import Iterable

from core.contracts.hooks import hook
from core.contracts.screening import ScreeningRule
from core.entry_lists.screening import RULE


@hook
def screening_rules() -> Iterable[ScreeningRule]:
    """Screen by the lists in force."""
    return [RULE]
