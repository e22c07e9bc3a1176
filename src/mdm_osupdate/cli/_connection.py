"""A simulated device that talks to an MDM server over HTTP, as devices do."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import time
from collections.abc import Callable

import httpx
from attrs import define

from mdm_osupdate.codec import DEFAULT_LIMITS, dumps, parse
from mdm_osupdate.errors import DecodeError
from mdm_osupdate.simulator import DeclarativeRequest, SimulatedDevice

from ._http import Answer, TransportError, shown
from ._printable import printable
from ._server import CHECK_IN, CONNECT, Client, check_in_message, enrollment

_REDIRECTS = 5
_LONGEST_PAUSE = 8.0
_MOST_COMMANDS = 1000
"""Limit of commands per session, to end sessions with servers that never stop sending."""
_TRY_LATER = (408, 429)
"""Client errors that a retry can solve."""
_SHORTEST = 5.0
"""The minimum number of seconds for a request, so that ``--for 0`` means one try."""


class ServerError(Exception):
    """The server cannot be reached, or does not keep to the protocol."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.hint = hint
        """A solution. Empty if none is known."""


class _RefusalError(ServerError):
    """The server rejected a message, and would reject it again."""


def _is_command(body: bytes) -> bool:
    try:
        document = parse(body, DEFAULT_LIMITS)
    except DecodeError:
        return False
    return isinstance(document, dict) and {"CommandUUID", "Command"} <= document.keys()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _pause_asked(answer: Answer) -> float:
    """Return the seconds of ``Retry-After``, which can also be a date. 0 if absent."""
    value = answer.headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    try:
        until = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0
    return until.timestamp() - time.time()


@define
class Connection:
    """A device's connection to its server."""

    device: SimulatedDevice
    client: Client
    now: Callable[[], dt.datetime]
    """Returns the simulated time."""
    slots: asyncio.Semaphore
    """Limits the number of simultaneous requests."""
    back_off: float
    """Seconds before the first retry. Doubled for each further one."""
    ends: float
    """The time at which the device stops, on the clock of ``time.monotonic``."""
    warn: Callable[[str], None]
    """Receives the reason for each retry."""

    async def enroll(self) -> None:
        """Check in: ``Authenticate``, then ``TokenUpdate``.

        Raises:
            ServerError: The server rejected it.
        """
        server = self.client.server
        try:
            for message in enrollment(self.device.device, self.device.udid, server.topic):
                await self._put(server.check_in_url, message, CHECK_IN)
        except _RefusalError as refusal:
            raise ServerError(str(refusal), server.advice()) from None

    async def session(self) -> int:
        """Connect as a device does after a push: send Idle, then respond until no command follows.

        A restarting device does not connect, or disappears without a response.

        Returns:
            The number of commands received.

        Raises:
            ServerError: The server cannot be reached, or does not keep to the protocol.
        """
        idle = self.device.check_in(self.now())
        if idle is None:
            return 0
        url = self.client.server.url
        answer = dumps(idle)
        for count in range(_MOST_COMMANDS):
            body = await self._put(url, answer, CONNECT)
            if not body:
                return count
            if not _is_command(body):
                raise ServerError(
                    f"{shown(url)} sent something other than a command: {body[:40]!r}"
                )
            response = self.device.handle(body, self.now())
            if response is None or time.monotonic() > self.ends:
                return count + 1
            answer = response
        raise ServerError(f"{shown(url)} has sent {_MOST_COMMANDS} commands in one session")

    async def synchronize(self) -> None:
        """Fetch declarations and report the status, if the server uses declarations.

        Raises:
            ServerError: The server cannot be reached.
        """
        dialog = self.device.declarative(self.now())
        request = next(dialog, None)
        while request is not None and time.monotonic() <= self.ends:
            body = await self._ask(request)
            try:
                request = dialog.send(body)
            except StopIteration:
                return

    async def _ask(self, request: DeclarativeRequest) -> bytes | None:
        """Send a request in a check-in message. Return ``None`` if the server rejected it."""
        keys = {"Endpoint": request.endpoint}
        data = {} if request.data is None else {"Data": request.data}
        message = check_in_message(self.device.udid, "DeclarativeManagement", **keys, **data)
        url = self.client.server.check_in_url
        try:
            async with self.slots:
                answer = await self._follow(url, message, CHECK_IN)
        except TransportError as error:
            raise ServerError(f"{shown(url)}: {error}") from None
        if answer.is_success:
            return answer.body
        self.warn(f"{shown(url)}: {request.endpoint}: {answer}")
        return None

    async def _put(self, url: httpx.URL, body: bytes, content_type: str) -> bytes:
        """Send a message, and retry until the server accepts it."""
        pause = self.back_off
        while True:
            asked = 0.0
            try:
                async with self.slots:
                    answer = await self._follow(url, body, content_type)
            except TransportError as error:
                reason = str(error)
            else:
                if answer.is_success:
                    return answer.body
                _check_refusal(answer)
                reason, asked = str(answer), _pause_asked(answer)
            wait = max(pause, asked)
            if time.monotonic() + wait > self.ends:
                raise ServerError(f"{shown(url)}: {reason}")
            self.warn(f"{shown(url)}: {reason}")
            await asyncio.sleep(wait)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _follow(self, url: httpx.URL, body: bytes, content_type: str) -> Answer:
        """Send a message, and follow redirects on the same host."""
        for _ in range(_REDIRECTS):
            left = max(self.ends - time.monotonic(), _SHORTEST)
            answer = await self.client.put(url, body, content_type, left)
            if answer.location is None:
                return answer
            target = url.join(answer.location)
            if _origin(target) != _origin(url):
                scheme, host, port = _origin(target)
                where = printable(f"{scheme}://{host}:{port}")
                raise ServerError(f"{shown(url)} redirects to {where}, which is another host")
            url = target
        raise ServerError(f"{shown(url)} redirects too often")


def _check_refusal(answer: Answer) -> None:
    """Raise an error if a retry would not help."""
    url = shown(answer.url)
    if answer.status == 401:
        raise _RefusalError(f"{url}: {answer}; on 401, a device removes its MDM profile")
    if answer.is_refusal and answer.status not in _TRY_LATER:
        raise _RefusalError(f"{url}: {answer}")
