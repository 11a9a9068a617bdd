"""The worker process: ``python -m core.jobs.worker``. Relay and actors on one event loop with one pool."""

import asyncio
import sys
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Final
from uuid import UUID

import dramatiq
import structlog
from dramatiq import Broker, Middleware, Worker
from dramatiq.asyncio import get_event_loop_thread

from core.contracts.events import Subscriptions
from core.jobs.broker import QUEUE, is_in_memory, make_broker
from core.jobs.connections import LOST, Pool, open_relay_pool, until_there
from core.jobs.delivery import Delivery
from core.jobs.process import End, end_hard_after
from core.jobs.relay import Desk, Relay
from core.kernel.database import ENGINE, close_pool, open_pool
from core.kernel.logs import configure
from core.kernel.settings import Settings, get_settings
from core.progress.running import stopping

_log = structlog.get_logger("core.jobs.worker")  # run as a program its __name__ is none of ours

THREADS: Final = 12
MOST_LONG: Final = 4
_IN_HAND: Final = 64
_CLOSE_SECONDS: Final = 5
_STOP_SECONDS: Final = 15
_HARD_SECONDS: Final = 25


class _Life(Middleware):
    """Opens pools and relay on the actors' loop before the first message, closes them after the last."""

    def __init__(self, settings: Settings, subscriptions: Subscriptions, end: End) -> None:
        self._settings = settings
        self._subscriptions = subscriptions
        self._end = end
        self._pool: Pool | None = None
        self._relay: Relay | None = None
        self._relaying: Future[None] | None = None
        self.delivery: Delivery | None = None

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002 - dramatiq's signature
        _on_loop(self._open(broker)).result()

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002 - dramatiq's
        if self._relaying is not None:
            self._relaying.cancel()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002 - dramatiq's
        with suppress(*LOST):
            _on_loop(self._close()).result(_CLOSE_SECONDS)

    async def _open(self, broker: Broker) -> None:
        settings = self._settings
        self._pool = await until_there(self._connected, lambda: self._end.is_due)
        if self._pool is None:
            return
        long = frozenset(handler.topic for handler in self._subscriptions.handlers if handler.long)
        desk = Desk(most=_IN_HAND, most_long=MOST_LONG, long_topics=long)
        memory = is_in_memory(settings.broker_url)
        send = broker.get_actor("deliver").send
        self._relay = Relay(
            self._pool,
            settings.relay_database_url,
            desk=desk,
            send=lambda event_id: send(str(event_id)),
            memory=memory,
        )
        self.delivery = Delivery(self._pool, self._subscriptions, desk, stopping=lambda: self._end.is_due)
        self._relaying = asyncio.run_coroutine_threadsafe(self._relay.run(), asyncio.get_running_loop())

    async def _connected(self) -> Pool:
        if ENGINE.pool is None:
            await open_pool(self._settings.database_url, size=THREADS)
        return await open_relay_pool(self._settings.relay_database_url, size=4)

    async def _close(self) -> None:
        if self._relay is not None:
            await self._relay.close()
        if self._pool is not None:
            await self._pool.close()
        await close_pool()


def run(settings: Settings, subscriptions: Subscriptions) -> int:
    """Work until SIGTERM, SIGINT or the parent's death. What is under way is ended, what waits stays put."""
    end = End()
    end.listen()
    life = _Life(settings, subscriptions, end)
    broker = make_broker(settings.broker_url, life=life)

    async def deliver(event_id: str) -> None:
        if life.delivery is not None:
            await life.delivery.deliver(UUID(event_id))

    dramatiq.actor(broker=broker, queue_name=QUEUE)(deliver)
    worker = Worker(broker, worker_threads=THREADS, worker_timeout=200)
    worker.start()
    if life.delivery is None and not end.is_due:
        return 1  # dramatiq has logged why; the supervisor starts us again
    _log.info("worker ready", handlers=len(subscriptions.handlers), works=len(subscriptions.works))
    end.wait()
    _log.info("worker ends")
    stopping.set()
    done = end_hard_after(_HARD_SECONDS)
    worker.stop(timeout=_STOP_SECONDS * 1000)
    done()
    return 0


def _on_loop(work: Coroutine[None, None, None]) -> Future[None]:
    thread = get_event_loop_thread()
    if thread is None:
        raise RuntimeError("the AsyncIO middleware comes first")
    return asyncio.run_coroutine_threadsafe(work, thread.loop)


def all_subscriptions() -> Subscriptions:
    """Boot the registry of this process and give what it serves."""
    from core.extension.manager import boot  # noqa: PLC0415 - loads every plugin

    return boot().subscriptions


def main() -> int:
    configure(get_settings().log_format)
    return run(get_settings(), all_subscriptions())


if __name__ == "__main__":
    sys.exit(main())
