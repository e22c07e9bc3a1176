"""The adapter between the conformance suite and a server, over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import shlex
import subprocess
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import click
import httpx
from attrs import define, field

from mdm_osupdate.codec import dumps
from mdm_osupdate.conformance import Refused, Stopped
from mdm_osupdate.device import Device
from mdm_osupdate.messages import AvailableOSUpdatesCommand

from ._http import Answer, ConnectError, Http, TransportError, checked_url, shown
from ._server import CHECK_IN, CONNECT, Client, Server, check_in_message, enrollment
from ._server_options import PRESETS, open_server

_IPAD = Device("iPadOS", "17.3")
_NOT_MODIFIED = 304
_RESTART_SECONDS = 30.0
"""The time in which a restarted server must be reachable."""


class Unreachable(BaseException):
    """The server cannot be reached. Not an ``Exception``, which would count as a violation."""


@define(kw_only=True, slots=False)
class Adapter:
    """A server with its devices, for one attempt."""

    server: Server
    enqueue_url: str
    """``{udid}`` stands for the device."""
    enqueue_method: str
    enqueue_auth: tuple[str, str] | None
    settle: float
    """The seconds that a queued command takes to reach its queue."""
    ends: float
    """The time at which the run must end, on the clock of ``time.monotonic``."""
    _shared: Http = field(init=False)
    """The client for all requests except those of devices with a TLS identity."""
    _clients: dict[str, Client] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._shared = self.server.http()

    async def close(self) -> None:
        """Close the connections of the devices."""
        for client in self._clients.values():
            await client.close()
        await self._shared.close()

    async def probe(self) -> None:
        """Enroll a device and queue a command for it.

        Raises:
            Unreachable: The server does not accept one of them.
        """
        udid = str(uuid.uuid4()).upper()
        what, url = "enroll devices", shown(self.server.check_in_url)
        advice = f"\n    {self.server.advice()}"
        try:
            for message in enrollment(_IPAD, udid, self.topic):
                await self.check_in(udid, message)
            what, url, advice = "queue commands", shown(self.enqueue_url), ""
            await self.enqueue(udid, dumps(AvailableOSUpdatesCommand(command_uuid=udid)))
        except (Refused, RuntimeError, Stopped) as error:
            raise Unreachable(f"{url} cannot {what}: {error}{advice}") from None
        finally:
            await self.close()

    @property
    def topic(self) -> str:
        """The push topic of check-in messages."""
        return self.server.topic

    async def check_in(self, udid: str, message: bytes) -> bytes:
        """Send a check-in message of a device and return the body of the response."""
        return await self._put(udid, self.server.check_in_url, message, CHECK_IN)

    async def enqueue(self, udid: str, command: bytes) -> None:
        """Queue a command."""
        url = checked_url(self.enqueue_url.replace("{udid}", udid))
        headers = {"Content-Type": "application/xml"}
        sending = self._shared.send(
            self.enqueue_method, url, command, headers, auth=self.enqueue_auth
        )
        await _judged(url, sending)
        await asyncio.sleep(self.settle)

    def _check_time(self) -> None:
        if time.monotonic() > self.ends:
            raise Stopped("the time was up")

    async def connect(self, udid: str, message: bytes) -> bytes:
        """Send a message of a device and return the body of the response."""
        return await self._put(udid, self.server.url, message, CONNECT)

    async def _put(self, udid: str, url: httpx.URL, body: bytes, content_type: str) -> bytes:
        self._check_time()
        if udid not in self._clients:
            self._clients[udid] = self.server.client(udid, self._shared)
        return await _judged(url, self._clients[udid].put(url, body, content_type))


@define(kw_only=True, slots=False)
class DeclaringAdapter(Adapter):
    """An adapter to a server whose declarations are in KMFDDM."""

    declare_url: str
    """The base URL of KMFDDM's API."""
    declare_auth: tuple[str, str] | None
    _declared: dict[str, set[str]] = field(init=False, factory=dict)
    """The identifiers of the declarations, by device."""

    async def declarative(self, udid: str, endpoint: str, data: bytes | None) -> bytes:
        """Send a ``DeclarativeManagement`` message and return the body of the response."""
        keys: dict[str, object] = {"Endpoint": endpoint}
        keys |= {} if data is None else {"Data": data}
        return await self.check_in(udid, check_in_message(udid, "DeclarativeManagement", **keys))

    async def declare(self, udid: str, declarations: list[bytes]) -> None:
        """Make these declarations the only ones of a device, in a set with its name."""
        wanted = {str(json.loads(each)["Identifier"]): each for each in declarations}
        for identifier in self._declared.get(udid, set()) - wanted.keys():
            await self._call("DELETE", f"set-declarations/{udid}", declaration=identifier)
        for identifier, document in wanted.items():
            await self._call("PUT", "declarations", document)
            await self._call("PUT", f"set-declarations/{udid}", declaration=identifier)
        await self._call("PUT", f"enrollment-sets/{udid}", set=udid)
        self._declared[udid] = {*wanted}

    async def status(self, udid: str) -> dict[str, Any]:
        """Return the status items of a device. KMFDDM keeps all values, and when each last came."""
        answer = json.loads(await self._call("GET", f"status-values/{udid}"))
        values = answer.get(udid, [])
        items: dict[str, Any] = {}
        for each in sorted(values, key=lambda each: each["timestamp"].rstrip("Z")):
            *parents, last = each["path"].removeprefix(".StatusItems.").split(".")
            inner = items
            for parent in parents:
                inner = inner.setdefault(parent, {})
            inner[last] = each["value"]
        return items

    async def _call(self, method: str, path: str, body: bytes = b"", **query: str) -> bytes:
        # Without nonotify, KMFDDM would queue a command for each change.
        parameters = httpx.QueryParams({**query, "nonotify": "1"})
        url = checked_url(f"{self.declare_url}/v1/{path}").copy_with(params=parameters)
        headers = {"Content-Type": "application/json"}
        sending = self._shared.send(method, url, body, headers, auth=self.declare_auth)
        return await _judged(url, sending)


@define(kw_only=True, slots=False)
class RestartingAdapter(Adapter):
    """An adapter to a server that a shell command restarts."""

    command: list[str]

    async def restart(self) -> None:
        """Run the command, and wait until the server can be reached."""
        await asyncio.to_thread(subprocess.run, self.command, check=True, capture_output=True)
        ends = time.monotonic() + _RESTART_SECONDS
        while not await self._is_reachable() and time.monotonic() < ends:
            await asyncio.sleep(0.1)

    async def _is_reachable(self) -> bool:
        with contextlib.suppress(TransportError):
            await self._shared.send("GET", self.server.url, b"", {})
            return True
        return False


def open_adapters(options: dict[str, Any]) -> Callable[[], Adapter]:
    """Read the server and the queueing of commands from the options. Return a function that opens
    adapters.

    Raises:
        click.UsageError: An option cannot be used.
    """
    base, name = options["url"].rstrip("/"), options["server"]
    preset = PRESETS.get(name)
    template = options.pop("enqueue_url") or (preset and base + preset.enqueue)
    if not template:
        raise click.UsageError("--enqueue-url is needed without --server")
    if "{udid}" not in template:
        raise click.UsageError("--enqueue-url must contain {udid}")
    checked_url(template.replace("{udid}", "udid"))
    method = options.pop("enqueue_method") or (preset.enqueue_method if preset else "PUT")
    settle = options.pop("settle")
    usual = preset.settle if preset else 0.0
    more, kinds = _more(options)
    return functools.partial(
        type("ServerAdapter", (*kinds, Adapter), {}),
        server=open_server(options),
        enqueue_url=template,
        enqueue_method=method,
        enqueue_auth=_credentials(
            options.pop("enqueue_auth"), preset.user if preset else None, "enqueue"
        ),
        settle=usual if settle is None else settle,
        ends=time.monotonic() + options.pop("timeout"),
        **more,
    )


def _more(options: dict[str, Any]) -> tuple[dict[str, Any], list[type[Adapter]]]:
    """Read the optional abilities of the adapter from the options. Return classes and arguments."""
    restart, declare_url = options.pop("restart"), options.pop("declare_url")
    declare_auth = options.pop("declare_auth")
    more: dict[str, Any] = {}
    kinds: list[type[Adapter]] = []
    if restart:
        more["command"] = shlex.split(restart)
        kinds.append(RestartingAdapter)
    if declare_url:
        more["declare_url"] = str(checked_url(declare_url)).rstrip("/")
        more["declare_auth"] = _credentials(declare_auth, "kmfddm", "declare")
        kinds.append(DeclaringAdapter)
    return more, kinds


def _credentials(text: str | None, user: str | None, what: str) -> tuple[str, str] | None:
    """Return the name and the password. The name can be omitted if that of the server is known."""
    if text is None:
        return None
    name, colon, password = text.partition(":")
    if colon:
        return name, password
    if user is None:
        raise click.UsageError(f"expected NAME:PASSWORD for --{what}-auth")
    return user, text


async def _judged(url: httpx.URL, sending: Awaitable[Answer]) -> bytes:
    """Wait for a response and return its body.

    Raises:
        Refused: The server responded with 4xx.
        RuntimeError: It responded with another error, or closed the connection.
        Unreachable: It cannot be reached.
    """
    try:
        answer = await sending
    except ConnectError as error:
        raise Unreachable(f"{shown(url)}: {error}") from None
    except TransportError as error:
        raise RuntimeError(str(error)) from None
    if answer.is_refusal:
        raise Refused(str(answer))
    if not answer.is_success and answer.status != _NOT_MODIFIED:
        raise RuntimeError(str(answer))
    return answer.body
