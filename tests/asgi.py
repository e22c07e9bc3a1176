"""ASGI apps on loopback, served by uvicorn in a thread."""

import socket
import threading
import time
from typing import Any

import uvicorn


class Running:
    """An ASGI app that uvicorn serves on loopback, and what was asked of it."""

    def __init__(self, app: Any, **options: Any) -> None:
        self.requests: list[dict[str, Any]] = []

        async def recording(scope: dict[str, Any], receive: Any, send: Any) -> None:
            self.requests.append(scope)
            await app(scope, receive, send)

        listener = socket.create_server(("127.0.0.1", 0))
        # asyncio does this only for sockets of its own; without it each answer takes 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(recording, log_level="error", lifespan="off", **options)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, args=([listener],))
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()
