"""The broker: in memory by default, where the outbox re-sends what a crash lost."""

from typing import Final
from urllib.parse import urlsplit

from dramatiq import Broker, Middleware
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AsyncIO

# Of dramatiq's own middleware only the event loop: retries, delays and age are kept in the outbox, where a
# crash cannot lose them and a page can show them.


def is_in_memory(broker_url: str) -> bool:
    return not broker_url


def make_broker(broker_url: str, *, life: Middleware) -> Broker:
    """Make the broker of ``XIANGZHI_BROKER_URL``; ``life`` opens and closes what actors need."""
    if is_in_memory(broker_url):
        return StubBroker(middleware=[AsyncIO(), life])
    scheme = urlsplit(broker_url).scheme
    raise BrokerNotReadyError(scheme)


class BrokerNotReadyError(Exception):
    """An outside broker was asked for that this release cannot use."""

    def __init__(self, scheme: str) -> None:
        super().__init__(
            f"本版本尚不支持 {scheme}:// 消息服务，请不要设置 XIANGZHI_BROKER_URL。 / "
            f"This release cannot use {scheme}:// yet: leave XIANGZHI_BROKER_URL unset."
        )


QUEUE: Final = "outbox"
