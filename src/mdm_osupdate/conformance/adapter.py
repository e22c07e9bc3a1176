"""The adapter between the suite and a server."""

from collections.abc import Awaitable
from typing import Protocol


class Refused(Exception):  # noqa: N818 - not an error: a server may refuse, and often should
    """Raised by an adapter when the server answers a message with a status of 400 to 499."""


class Server(Protocol):
    """The methods of an adapter. Each may be a coroutine.

    An adapter may have two more methods. ``enrol(udid)`` enrolls a device. ``restart()`` stops the
    server and starts it again with nothing but what it has stored.
    """

    def enqueue(self, udid: str, command: bytes) -> Awaitable[object] | object:
        """Queue a command, a property list, for a device."""

    def connect(self, udid: str, message: bytes) -> Awaitable[bytes | None] | bytes | None:
        """Send a device's message, and return the body of the answer; empty or ``None`` if none.

        Raises:
            Refused: the server refused the message.
        """
