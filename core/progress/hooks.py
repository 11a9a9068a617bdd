"""What progress contributes: the one handler that runs every kind of long work."""

from collections.abc import Iterable

from core.contracts.events import Handler
from core.contracts.hooks import hook
from core.contracts.registry import current
from core.progress.running import long_work_handler


@hook
def handlers() -> Iterable[Handler]:
    return (long_work_handler(lambda: current().subscriptions.by_kind),)
