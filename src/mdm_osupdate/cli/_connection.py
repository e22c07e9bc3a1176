"""A simulated device that talks to an MDM server over HTTP, as devices do."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import ssl
from collections.abc import Callable
from typing import Any

import httpx
from attrs import define, field

from mdm_osupdate._codec import dumps
from mdm_osupdate._device import Device
from mdm_osupdate._plist import DEFAULT_LIMITS, write
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
_TRIES = 5
_REDIRECTS = 5


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
        messages = check_in_messages(self.device.device, self.device.udid, self.topic)
        async with self.slots:
            for message in messages:
                await self._put(self.check_in_url, message, CHECK_IN)

    async def session(self) -> None:
        """Connect as a device does that was woken: Idle, then answers until nothing more comes.

        A device that restarts does not connect, or vanishes without an answer.

        Raises:
            ServerError: the server cannot be reached, or does not keep to the protocol.
        """
        idle = self.device.check_in(self.now())
        if idle is None:
            return
        answer: bytes | None = dumps(idle)
        async with self.slots:
            while answer is not None:
                command = await self._put(self.url, answer, CONNECT)
                answer = self.device.handle(command, self.now())

    async def _put(self, url: httpx.URL, body: bytes, content_type: str) -> bytes:
        headers = {**self.headers, "Content-Type": content_type}
        reason = ""
        for attempt in range(_TRIES):
            if attempt:
                await asyncio.sleep(self.back_off * 2 ** (attempt - 1))
            try:
                response = await self._follow(url, body, headers)
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
                continue
            if response.is_success:
                return response.content
            if response.status_code == 401:
                raise ServerError(f"{url} answered 401, on which a device leaves its management")
            reason = f"it answered {response.status_code} {response.reason_phrase}".rstrip()
            if response.is_client_error:
                break
        raise ServerError(f"{url}: {reason}")

    async def _follow(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> httpx.Response:
        for _ in range(_REDIRECTS):
            response = await self._client.put(url, content=body, headers=headers)
            if not response.has_redirect_location:
                return response
            target = url.join(response.headers["Location"])
            if (target.scheme, target.host, target.port) != (url.scheme, url.host, url.port):
                raise ServerError(f"{url} sends devices on to {target.host}, which was not named")
            url = target
        raise ServerError(f"{url} sends devices in a circle")
