"""HTTP within limits of size and time, and without secrets in messages."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping

import click
import httpx
from attrs import define, field, frozen

from mdm_osupdate.codec import DEFAULT_LIMITS

from ._printable import printable

REQUEST_SECONDS = 30.0
"""The timeout of a response, from the connection to the last byte."""
_EXCERPT = 200
"""The number of characters of a body that messages quote."""

_REDIRECTS = (301, 302, 303, 307, 308)


class TransportError(Exception):
    """No complete response arrived."""


class ConnectError(TransportError):
    """The server cannot be reached at all."""


def shown(url: httpx.URL | str) -> str:
    """Return a URL for messages: without credentials, and without its query and fragment."""
    text = re.sub(r"//.*@", "//", str(url), flags=re.DOTALL)
    text = re.sub(r"[?#].*", "?…" if "?" in text else "", text, flags=re.DOTALL)
    return printable(text)


def checked_url(text: str) -> httpx.URL:
    """Parse an HTTP URL.

    Raises:
        click.UsageError: The URL is invalid.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        # The reason could quote a part of the password.
        raise click.UsageError(f"invalid URL {shown(text)!r:.80}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise click.UsageError(f"expected an http or https URL, got {shown(text)!r:.80}")
    return url


@frozen
class Answer:
    """A complete HTTP response."""

    url: httpx.URL
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """True if the status is 200 to 299."""
        return 200 <= self.status <= 299

    @property
    def is_refusal(self) -> bool:
        """True if the status is 400 to 499."""
        return 400 <= self.status <= 499

    @property
    def location(self) -> str | None:
        """The target of a redirect, or ``None``."""
        return self.headers.get("Location") if self.status in _REDIRECTS else None

    def __str__(self) -> str:
        """The status and the beginning of the body."""
        status = printable(f"HTTP {self.status} {self.reason}".rstrip())
        body = " ".join(self.body[: 4 * _EXCERPT].decode(errors="replace").split())
        cut = f"{body[:_EXCERPT]}…" if len(body) > _EXCERPT else body
        return f"{status}: {printable(cut)}" if body else status


@define
class Http:
    """An HTTP client for one server. An asynchronous context manager."""

    tls: ssl.SSLContext
    _client: httpx.AsyncClient = field(init=False)

    def __attrs_post_init__(self) -> None:
        # Ignore proxies and credentials of the environment: contact only the named host.
        self._client = httpx.AsyncClient(
            verify=self.tls,
            trust_env=False,
            timeout=None,  # noqa: S113 - send() limits the whole request
            headers={"Accept-Encoding": "identity"},
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def send(
        self,
        method: str,
        url: httpx.URL,
        body: bytes,
        headers: Mapping[str, str],
        *,
        auth: tuple[str, str] | None = None,
        seconds: float = REQUEST_SECONDS,
    ) -> Answer:
        """Send a request and return the complete response.

        Args:
            method: the HTTP method.
            url: the URL.
            body: the body of the request.
            headers: more headers.
            auth: the name and the password for HTTP Basic authentication.
            seconds: the time until the last byte of the response.

        Raises:
            TransportError: The response did not arrive in time, is too large, or is not HTTP.
        """
        seconds = min(seconds, REQUEST_SECONDS)
        request = self._client.build_request(method, url, content=body, headers=dict(headers))
        try:
            return await asyncio.wait_for(self._send(request, auth), seconds)
        except asyncio.TimeoutError:
            raise TransportError(f"no complete response within {seconds:.3g} seconds") from None
        except httpx.ConnectError as error:
            raise ConnectError(_said(error)) from None
        except httpx.HTTPError as error:
            raise TransportError(_said(error)) from None

    async def _send(self, request: httpx.Request, auth: tuple[str, str] | None) -> Answer:
        response = await self._client.send(request, auth=auth, stream=True)
        try:
            body = bytearray()
            async for block in response.aiter_raw():  # never decompressed
                body += block
                if len(body) > DEFAULT_LIMITS.size:
                    raise TransportError(f"the response exceeds {DEFAULT_LIMITS.size} bytes")
        finally:
            await response.aclose()
        return Answer(
            url=response.url,
            status=response.status_code,
            reason=response.reason_phrase,
            headers=response.headers,
            body=bytes(body),
        )


def _said(error: httpx.HTTPError) -> str:
    return printable(str(error) or type(error).__name__)
