"""What the worker and the ticker serve: the registry's subscriptions, and what runs long work."""

from core.contracts.events import Subscriptions
from core.contracts.registry import Registry
from core.progress.running import long_work_handler


def subscriptions_of(registry: Registry) -> Subscriptions:
    """Take the registry's subscriptions and add what runs the long works among them."""
    own = registry.subscriptions
    return own.with_more(Subscriptions(handlers=(long_work_handler(own.by_kind),)))
