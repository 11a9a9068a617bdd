"""``python -m web.supervisor.web_process FD``: one web process on the supervisor's listening socket."""

import gc
import socket
import sys

import uvicorn

from core.kernel.logs import configure
from core.kernel.settings import get_settings
from web.app import create_app

_DRAIN_SECONDS = 5  # what a request in hand gets when the process is told to stop


def main() -> None:
    """Serve until told to stop. All web processes accept from the one socket."""
    configure(get_settings().log_format)
    listening = socket.socket(fileno=int(sys.argv[1]))
    app = create_app()
    gc.freeze()  # routes, components and texts stay as long as the process: the collector need not look through them
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,  # its lines join ours
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
