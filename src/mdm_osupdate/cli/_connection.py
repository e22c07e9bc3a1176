"""A simulated device that talks to an MDM server over HTTP, as devices do."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import hashlib
import ssl
import time
from collections.abc import Callable
from typing import Any

import httpx
from attrs import define, field

from mdm_osupdate.codec import DEFAULT_LIMITS, dumps, parse, write
from mdm_osupdate.device import Device
from mdm_osupdate.errors import DecodeError
from mdm_osupdate.simulator import SimulatedDevice

CONNECT = "application/x-apple-aspen-mdm"
CHECK_IN = "application/x-apple-aspen-mdm-checkin"
_PRODUCTS = {
    "iOS": "iPhone15,2",
    "iPadOS": "iPad13,8",
    "macOS": "Mac14,7",
    "tvOS": "AppleTV14,1",
    "watchOS": "Watch7,1",
    "visionOS": "RealityDevice14,1",
}
_REDIRECTS = 5
_LONGEST_PAUSE = 8.0
_MOST_COMMANDS = 1000
"""Limit of commands per session, to end sessions with servers that never stop sending."""
_TRY_LATER = (408, 429)
"""Client errors that a later try may not meet."""


def check_in_messages(device: Device, udid: str, topic: str) -> list[bytes]:
    """Return the messages that enroll a device: ``Authenticate``, then ``TokenUpdate``."""
    token = hashlib.sha256(udid.encode()).digest()
    contents: list[dict[str, Any]] = [
        {
            "MessageType": "Authenticate",
            "OSVersion": str(device.os_version),
            "ProductName": _PRODUCTS[device.platform],
            "SerialNumber": f"SIM{token.hex()[:9]}".upper(),
            "DeviceName": f"simulated {device.platform}",
        },
        {
            "MessageType": "TokenUpdate",
            "Token": token,
            "PushMagic": udid,
            "AwaitingConfiguration": False,
        },
    ]
    return [
        write({**content, "Topic": topic, "UDID": udid}, "xml", DEFAULT_LIMITS)
        for content in contents
    ]


class ServerError(Exception):
    """The server cannot be reached, or does not keep to the protocol."""


def shown(url: httpx.URL) -> str:
    """Return a URL without its password."""
    return str(url.copy_with(userinfo=b""))


def _is_command(body: bytes) -> bool:
    try:
        document = parse(body, DEFAULT_LIMITS)
    except DecodeError:
        return False
    return isinstance(document, dict) and {"CommandUUID", "Command"} <= document.keys()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _pause_asked(response: httpx.Response) -> float:
    """Return the seconds of ``Retry-After``, which can also be a date. 0 if absent."""
    value = response.headers.get("Retry-After", "")
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
    url: httpx.URL
    check_in_url: httpx.URL
    headers: dict[str, str]
    tls: ssl.SSLContext | bool
    topic: str
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
    _client: httpx.AsyncClient = field(init=False)

    async def __aenter__(self) -> Connection:
        # Ignore proxies and credentials of the environment: contact only the named host.
        self._client = httpx.AsyncClient(verify=self.tls, trust_env=False, timeout=30)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def enroll(self) -> None:
        """Check in: ``Authenticate``, then ``TokenUpdate``.

        Raises:
            ServerError: The server did not accept it.
        """
        for message in check_in_messages(self.device.device, self.device.udid, self.topic):
            await self._put(self.check_in_url, message, CHECK_IN)

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
        answer = dumps(idle)
        for count in range(_MOST_COMMANDS):
            body = await self._put(self.url, answer, CONNECT)
            if not body:
                return count
            if not _is_command(body):
                raise ServerError(
                    f"{shown(self.url)} sent something other than a command: {body[:40]!r}"
                )
            said = self.device.handle(body, self.now())
            if said is None or time.monotonic() > self.ends:
                return count + 1
            answer = said
        raise ServerError(f"{shown(self.url)} has sent {_MOST_COMMANDS} commands in one session")

    async def _put(self, url: httpx.URL, body: bytes, content_type: str) -> bytes:
        """Send a message, and retry until the server accepts it."""
        headers = {**self.headers, "Content-Type": content_type}
        pause = self.back_off
        while True:
            asked = 0.0
            try:
                async with self.slots:
                    response = await self._follow(url, body, headers)
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
            else:
                if response.is_success:
                    return response.content
                reason = _refusal(response)
                asked = _pause_asked(response)
            wait = max(pause, asked)
            if time.monotonic() + wait > self.ends:
                raise ServerError(f"{shown(url)}: {reason}")
            self.warn(f"{shown(url)}: {reason}")
            await asyncio.sleep(wait)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _follow(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> httpx.Response:
        for _ in range(_REDIRECTS):
            response = await self._client.put(url, content=body, headers=headers)
            if not response.has_redirect_location:
                return response
            target = url.join(response.headers["Location"])
            if _origin(target) != _origin(url):
                scheme, host, port = _origin(target)
                raise ServerError(
                    f"{shown(url)} redirects to {scheme}://{host}:{port}, which is another host"
                )
            url = target
        raise ServerError(f"{shown(url)} redirects too often")


def _refusal(response: httpx.Response) -> str:
    """Return the reason for a retry after an unsuccessful response.

    Raises:
        ServerError: A retry would not help.
    """
    status = f"{response.status_code} {response.reason_phrase}".rstrip()
    url = shown(response.url)
    if response.status_code == 401:
        raise ServerError(f"{url} responded 401, on which a device removes its MDM profile")
    if response.is_client_error and response.status_code not in _TRY_LATER:
        raise ServerError(f"{url}: HTTP {status}")
    return f"HTTP {status}"
