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
"""In one session: a server that has still not done then will never be."""
_TRY_LATER = (408, 429)
"""The client errors that say so; the others would be the same the next time."""


def check_in_messages(device: Device, udid: str, topic: str) -> list[bytes]:
    """What a device says to enrol: ``Authenticate``, then ``TokenUpdate``."""
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
    """The server cannot be talked to, or does not keep to the protocol."""


def shown(url: httpx.URL) -> str:
    """Write a URL for people to read, without a password."""
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
    """The seconds of ``Retry-After``, which may also be a date; 0 if there are none."""
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
    """One device's way to its server."""

    device: SimulatedDevice
    url: httpx.URL
    check_in_url: httpx.URL
    headers: dict[str, str]
    tls: ssl.SSLContext | bool
    topic: str
    now: Callable[[], dt.datetime]
    """The time that the device lives in."""
    slots: asyncio.Semaphore
    """How many devices may talk at a time."""
    back_off: float
    """Seconds before the first of the repeated tries; each further one waits twice as long."""
    ends: float
    """When the device gives up and is gone, on the clock of ``time.monotonic``."""
    warn: Callable[[str], None]
    """Takes what is wrong with the server when the device tries again."""
    _client: httpx.AsyncClient = field(init=False)

    async def __aenter__(self) -> Connection:
        # No proxies and credentials from the environment: nothing goes to hosts not named.
        self._client = httpx.AsyncClient(verify=self.tls, trust_env=False, timeout=30)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def enrol(self) -> None:
        """Check in: ``Authenticate``, then ``TokenUpdate``.

        Raises:
            ServerError: the server did not take it.
        """
        for message in check_in_messages(self.device.device, self.device.udid, self.topic):
            await self._put(self.check_in_url, message, CHECK_IN)

    async def session(self) -> int:
        """Connect as a device does that was woken: Idle, then answers until nothing more comes.

        A device that restarts does not connect, or vanishes without an answer.

        Returns:
            How many commands came.

        Raises:
            ServerError: the server cannot be reached, or does not keep to the protocol.
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
                raise ServerError(f"{shown(self.url)} answered what is no command: {body[:40]!r}")
            said = self.device.handle(body, self.now())
            if said is None or time.monotonic() > self.ends:
                return count + 1
            answer = said
        raise ServerError(f"{shown(self.url)} has sent {_MOST_COMMANDS} commands in one session")

    async def _put(self, url: httpx.URL, body: bytes, content_type: str) -> bytes:
        """Say something until the server has taken it: what it has not, a device keeps."""
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
                    f"{shown(url)} sends devices on to {scheme}://{host}:{port}, "
                    "which was not named"
                )
            url = target
        raise ServerError(f"{shown(url)} sends devices in a circle")


def _refusal(response: httpx.Response) -> str:
    """Tell what an answer other than success says, if trying again may help.

    Raises:
        ServerError: it will not.
    """
    status = f"{response.status_code} {response.reason_phrase}".rstrip()
    url = shown(response.url)
    if response.status_code == 401:
        raise ServerError(f"{url} answered 401, on which a device leaves its management")
    if response.is_client_error and response.status_code not in _TRY_LATER:
        raise ServerError(f"{url}: it answered {status}")
    return f"it answered {status}"
