"""ASGI apps on loopback, served by uvicorn in a thread."""

import asyncio
import datetime as dt
import socket
import threading
import time
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509

from mdm_osupdate.cli._identities import Authority


class PromptServer(uvicorn.Server):
    """A server that notices at once that it should exit, and does not wait for its clients."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:
            await asyncio.sleep(0.005)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()


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
        self.server = PromptServer(config)
        self.thread = threading.Thread(target=self.server.run, args=([listener],))
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()


def server_certificate(made: Authority, directory: Path) -> Path:
    """A certificate for localhost, with its key, in one file."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(made.certificate.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(made.key.public_key()),
            critical=False,
        )
        .sign(made.key, hashes.SHA256())
    )
    path = directory / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
