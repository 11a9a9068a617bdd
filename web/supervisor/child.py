"""``python -m web.supervisor.child FD MODULE …``: run a module that ends when its supervisor does.

FD is the reading end of a pipe that only the supervisor can write to. When the supervisor dies, even by
kill -9, the pipe closes, and this process asks itself to end as if it had been told to.
"""

import os
import runpy
import signal
import sys
import threading
import time

# structlog colours tracebacks with rich wherever that is installed. Ours go to a file without colours, and importing it takes a
# quarter of a process's start. None is Python's own word for "not to be imported".
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]

from core.kernel.logs import configure  # noqa: E402 - after the line above
from core.kernel.settings import get_settings  # noqa: E402

_GRACE_SECONDS = 8.0


def main() -> None:
    """Watch the pipe from a thread, log as the settings say, and become the module."""
    pipe, module = int(sys.argv[1]), sys.argv[2]
    os.set_inheritable(pipe, False)
    configure(get_settings().log_format)
    threading.Thread(target=_watch, args=(pipe,), name="supervisor-watch", daemon=True).start()
    sys.argv = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _watch(pipe: int) -> None:
    os.read(pipe, 1)  # nothing is ever written: this returns when the writing end is gone
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)  # an orphan that does not stop would keep the port and the database busy


if __name__ == "__main__":
    main()
