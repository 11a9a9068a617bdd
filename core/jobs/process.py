"""How a background process ends: on a signal, and when whoever started it is gone."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_LOOK_SECONDS: Final = 0.5


class End:
    """Says when to end. A process whose parent died belonged to a killed supervisor: it must not stay."""

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._asked = threading.Event()

    def listen(self) -> None:
        """Take SIGTERM and SIGINT; only the main thread may call this."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._asked.set())

    @property
    def is_due(self) -> bool:
        return self._asked.is_set() or os.getppid() != self._parent

    def wait(self) -> None:
        """Block until it is time to end."""
        while not self._asked.wait(_LOOK_SECONDS):
            if self.is_due:
                return

    async def pause(self, seconds: float) -> bool:
        """Sleep up to ``seconds``; True when it is time to end."""
        waited = 0.0
        while not self.is_due and waited < seconds:
            step = min(_LOOK_SECONDS, seconds - waited)
            await asyncio.sleep(step)
            waited += step
        return self.is_due


def end_hard_after(seconds: float) -> Callable[[], None]:
    """Leave by force unless the returned function is called in time: a stuck thread must not keep us."""
    timer = threading.Timer(seconds, os._exit, args=(1,))
    timer.daemon = True
    timer.start()

    def cancel() -> None:
        with suppress(RuntimeError):
            timer.cancel()

    return cancel
