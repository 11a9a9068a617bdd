"""What tenancy contributes: rows follow their regions; the hours of the working day are a county's setting."""

from collections.abc import Iterable

from core.contracts.events import Handler
from core.contracts.hooks import hook
from core.contracts.settings import SettingsArea
from core.tenancy.actions.following import carry_settings, follow_change
from core.tenancy.actions.regions import CHANGED
from core.tenancy.calendar import AREA


@hook
def handlers() -> Iterable[Handler]:
    return (
        Handler(CHANGED, "tenancy.regions_followed", follow_change),
        Handler(CHANGED, "tenancy.settings_carried", carry_settings),
    )


@hook
def settings() -> Iterable[SettingsArea]:
    return (AREA,)
