"""What scores contribute: the rule a county or township sets."""

from collections.abc import Iterable

from core.contracts.hooks import hook
from core.contracts.settings import SettingsArea
from core.scores.rules import AREA


@hook
def settings() -> Iterable[SettingsArea]:
    return (AREA,)
