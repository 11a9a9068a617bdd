"""What entry lists contribute to the product: core's own screening rule; lists follow their townships."""

from collections.abc import Iterable

from core.contracts.disclosure import Section
from core.contracts.events import Handler
from core.contracts.hooks import hook
from core.contracts.screening import ScreeningRule
from core.entry_lists.disclosure import POWERS
from core.entry_lists.following import unite_lists
from core.entry_lists.screening import RULE
from core.tenancy.actions.regions import CHANGED


@hook
def screening_rules() -> Iterable[ScreeningRule]:
    """Screen by the lists in force."""
    return [RULE]


@hook
def handlers() -> Iterable[Handler]:
    """Carry lists over from townships that are merged or split."""
    return (Handler(CHANGED, "entry_lists.united", unite_lists),)


@hook
def disclosure_sections() -> Iterable[Section]:
    """Show what the village may and must do."""
    return (POWERS,)
