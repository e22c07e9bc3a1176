"""The conformance suite's adapter to a server that is talked to over HTTP."""

from __future__ import annotations

import ssl
from pathlib import Path

import click
import httpx
from attrs import define, field

from mdm_osupdate._device import Device
from mdm_osupdate.conformance import Refused

from ._connection import CHECK_IN, CONNECT, check_in_messages
from ._identities import Authority
from ._server import checked_url, open_authority

_IPAD = Device("iPadOS", "17.3")


class Unreachable(BaseException):
    """The server cannot be talked to at all; no exception that the suite would judge."""


@define(kw_only=True)
class Adapter:
    """One server, and its devices with their identities."""

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
    """For all but what an identity of TLS needs a connection of its own for."""
    _clients: dict[str, httpx.Client] = field(init=False, factory=dict)
    _headers: dict[str, dict[str, str]] = field(init=False, factory=dict)

    def __enter__(self) -> Adapter:
        url = checked_url(self.url)
        checked_url(self.enqueue_url.replace("{udid}", "udid"))
        if "{udid}" not in self.enqueue_url:
            raise click.UsageError("--enqueue-url needs {udid}, which stands for the device")
        if url.scheme == "https" or self.cert_header:
            self._authority = open_authority(self.ca, self.ca_key)
        self._shared = httpx.Client(verify=self._tls(), trust_env=False)
        return self

    def __exit__(self, *_: object) -> None:
        for client in (*self._clients.values(), self._shared):
            client.close()

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.server_ca)

    def enrol(self, udid: str) -> None:
        """Check a new device in."""
        if self._authority is not None:
            identity = self._authority.issue(udid)
            if self.cert_header:
                header = identity.header(self.cert_header_format)
                self._headers[udid] = {self.cert_header: header}
            else:
                tls = self._tls()
                identity.present(tls)
                self._clients[udid] = httpx.Client(verify=tls, trust_env=False)
        for message in check_in_messages(_IPAD, udid, self.topic):
            answer = self._put(udid, self.check_in_url or self.url, message, CHECK_IN)
            if not answer.is_success:
                raise Unreachable(f"{answer.url} does not enrol devices: {_status(answer)}")

    def enqueue(self, udid: str, command: bytes) -> None:
        """Queue a command."""
        name, _, password = (self.enqueue_auth or "").partition(":")
        url = self.enqueue_url.replace("{udid}", udid)
        try:
            answer = self._shared.request(
                self.enqueue_method,
                url,
                content=command,
                headers={"Content-Type": "application/xml"},
                auth=(name, password) if self.enqueue_auth else None,
            )
        except httpx.TransportError as error:
            raise Unreachable(f"{url}: {error}") from None
        if not answer.is_success:
            raise Unreachable(f"{answer.url} does not queue commands: {_status(answer)}")

    def connect(self, udid: str, message: bytes) -> bytes:
        """Hand over what a device says."""
        answer = self._put(udid, self.url, message, CONNECT)
        if answer.is_client_error:
            raise Refused(_status(answer))
        if not answer.is_success:
            raise RuntimeError(_status(answer))
        return answer.content

    def _put(self, udid: str, url: str, body: bytes, content_type: str) -> httpx.Response:
        client = self._clients.get(udid, self._shared)
        headers = {**self._headers.get(udid, {}), "Content-Type": content_type}
        try:
            return client.put(url, content=body, headers=headers)
        except httpx.ConnectError as error:
            raise Unreachable(f"{url}: {error}") from None


def _status(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.reason_phrase}".rstrip()
