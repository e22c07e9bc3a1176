"""The adapter between the conformance suite and a server, over HTTP."""

from __future__ import annotations

import ssl
import uuid
from pathlib import Path
from typing import Any

import click
import httpx
from attrs import define, field

from mdm_osupdate.codec import dumps
from mdm_osupdate.conformance import Refused
from mdm_osupdate.device import Device
from mdm_osupdate.messages import AvailableOSUpdatesCommand

from ._connection import CHECK_IN, CONNECT, check_in_messages
from ._identities import Authority
from ._server import checked_url, open_authority

_IPAD = Device("iPadOS", "17.3")


class Unreachable(BaseException):
    """The server cannot be reached. No Exception, which the suite would judge as a violation."""


@define(kw_only=True)
class Adapter:
    """A server, and its devices with their identities."""

    url: str
    check_in_url: str | None
    enqueue_url: str
    enqueue_method: str
    enqueue_auth: str | None
    ca: Path
    ca_key: Path
    server_ca: Path | None
    cert_header: str | None
    cert_header_format: str
    topic: str
    _authority: Authority | None = field(init=False, default=None)
    _shared: httpx.Client = field(init=False)
    """For all requests except those of devices with a TLS identity."""
    _clients: dict[str, httpx.Client] = field(init=False, factory=dict)
    _headers: dict[str, dict[str, str]] = field(init=False, factory=dict)

    def __enter__(self) -> Adapter:
        url = checked_url(self.url)
        checked_url(self.check_in_url or self.url)
        checked_url(self.enqueue_url.replace("{udid}", "udid"))
        if "{udid}" not in self.enqueue_url:
            raise click.UsageError("--enqueue-url must contain {udid}")
        if url.scheme == "https" or self.cert_header:
            self._authority = open_authority(self.ca, self.ca_key)
        self._shared = httpx.Client(verify=self._tls(), trust_env=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.anew()
        self._shared.close()

    def anew(self) -> Adapter:
        """Forget the devices and close their connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._headers.clear()
        return self

    def probe(self) -> None:
        """Enroll a device and queue a command for it.

        Raises:
            Unreachable: The server does not accept one of them.
        """
        udid = str(uuid.uuid4()).upper()
        self.enrol(udid)
        try:
            self.enqueue(udid, dumps(AvailableOSUpdatesCommand(command_uuid=udid)))
        except (Refused, RuntimeError) as error:
            url = self.enqueue_url.replace("{udid}", udid)
            raise Unreachable(f"{url} cannot queue commands: {error}") from None

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.server_ca)

    def enrol(self, udid: str) -> None:
        """Enroll a new device."""
        if self._authority is not None:
            identity = self._authority.issue(udid)
            if self.cert_header:
                header = identity.header(self.cert_header_format)
                self._headers[udid] = {self.cert_header: header}
            else:
                tls = self._tls()
                identity.present(tls)
                self._clients[udid] = httpx.Client(verify=tls, trust_env=False)
        url = self.check_in_url or self.url
        try:
            for message in check_in_messages(_IPAD, udid, self.topic):
                self._put(udid, url, message, CHECK_IN)
        except (Refused, RuntimeError) as error:
            raise Unreachable(f"{url} cannot enroll devices: {error}") from None

    def enqueue(self, udid: str, command: bytes) -> None:
        """Queue a command."""
        name, _, password = (self.enqueue_auth or "").partition(":")
        url = self.enqueue_url.replace("{udid}", udid)
        self._judged(
            self._shared,
            self.enqueue_method,
            url,
            content=command,
            headers={"Content-Type": "application/xml"},
            auth=(name, password) if self.enqueue_auth else None,
        )

    def connect(self, udid: str, message: bytes) -> bytes:
        """Send a message of a device and return the body of the response."""
        return self._put(udid, self.url, message, CONNECT)

    def _put(self, udid: str, url: str, body: bytes, content_type: str) -> bytes:
        client = self._clients.get(udid, self._shared)
        headers = {**self._headers.get(udid, {}), "Content-Type": content_type}
        return self._judged(client, "PUT", url, content=body, headers=headers)

    def _judged(self, client: httpx.Client, method: str, url: str, **request: Any) -> bytes:
        """Send a request and return the body of the response.

        Raises:
            Refused: The server responded with 4xx.
            RuntimeError: It responded with another error, or closed the connection.
            Unreachable: It cannot be reached.
        """
        try:
            answer = client.request(method, url, **request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise Unreachable(f"{url}: {error}") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RuntimeError(f"{type(error).__name__} {error}".rstrip()) from None
        status = f"{answer.status_code} {answer.reason_phrase}".rstrip()
        if answer.is_client_error:
            raise Refused(status)
        if not answer.is_success:
            raise RuntimeError(status)
        return answer.content
