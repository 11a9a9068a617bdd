"""``python -m benchmarks.floor.serve FD``: one process of the floor on a listening socket, as the product's are."""

import socket
import sys

import uvicorn

if __name__ == "__main__":
    listening = socket.socket(fileno=int(sys.argv[1]))
    config = uvicorn.Config(
        "benchmarks.floor.app:create_app",
        factory=True,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listening])
