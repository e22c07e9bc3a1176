"""The adapter between the suite and a server."""

import re
from collections.abc import Awaitable
from typing import Protocol


class Refused(Exception):  # noqa: N818 - not an error: a server may refuse, and often should
    """Raised by an adapter when the server rejects a message or a command with 400 to 499.

    Its argument is the status, such as ``401`` or ``"HTTP 404 Not Found"``, or another reason.
    """

    @property
    def status(self) -> int | None:
        """The HTTP status, if the argument begins with one."""
        found = re.match(r"(?:HTTP )?(4\d\d)\b", str(self))
        return int(found[1]) if found else None


class Stopped(BaseException):
    """Raised by an adapter to end the check, with the reason.

    The report has what was found until then.
    """


class Server(Protocol):
    """The methods of an adapter. Each may be a coroutine.

    An adapter may have more methods and attributes. Obligations that need a missing one are not
    tried.

    - ``enroll(udid)`` enrolls a device. ``enrol`` is accepted, too.
    - ``check_in(udid, message)`` sends a check-in message, a property list, under the identity of
      that device, and returns the body of the response.
    - ``restart()`` stops the server and starts it again with nothing but what it has stored.
    - ``declare(udid, declarations)`` makes these declarations, JSON without ServerToken, the only
      ones of a device.
    - ``declarative(udid, endpoint, data)`` sends a DeclarativeManagement message, and returns the
      body of the response. ``data`` is ``None`` except for the endpoint ``status``.
    - ``status(udid)`` returns the status items that the server knows of a device: dictionaries in
      dictionaries, as in ``StatusItems``. A server need not keep every item.
    - ``close()`` is called when the attempt is over.
    - ``topic`` is the push topic of check-in messages.
    - ``concurrent = True`` says that methods that are not coroutines may be called by several
      threads at the same time.
    """

    def enqueue(self, udid: str, command: bytes) -> Awaitable[object] | object:
        """Queue a command, a property list, for a device.

        Raises:
            Refused: the server rejected the command, and has not queued it.
        """

    def connect(self, udid: str, message: bytes) -> Awaitable[bytes | None] | bytes | None:
        """Send a message over a device's connection, and return the body of the response.

        The device is the one that the connection identifies. The message may name another one.

        Raises:
            Refused: the server rejected the message.
        """
