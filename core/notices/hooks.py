"""What the package of notices contributes: people hear of what was corrected about themselves."""

from collections.abc import Iterable

from core.contracts.events import Handler
from core.contracts.hooks import hook
from core.notices.jobs import on_corrected
from core.people.corrections import TOPIC


@hook
def handlers() -> Iterable[Handler]:
    return (Handler(TOPIC, "notices:person_corrected", on_corrected),)
