"""``mdm-osupdate simulate --url``: simulated devices against a real server."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import click
import httpx
from attrs import frozen

from mdm_osupdate.simulator import SimulatedDevice

from ._connection import Connection, ServerError
from ._identities import Authority, authority


@frozen(kw_only=True)
class Server:
    """A server, how to reach it, and for how long."""

    url: str
    check_in_url: str | None
    ca: Path
    ca_key: Path
    server_ca: Path | None
    cert_header: str | None
    cert_header_format: str
    topic: str
    seconds: float
    every: float
    speed: float
    concurrency: int
    back_off: float = 0.5

    def names(self, count: int) -> list[str]:
        """The UDIDs of the devices, the same in every run against one server."""
        space = uuid.uuid5(uuid.NAMESPACE_URL, self.url)
        return [str(uuid.uuid5(space, str(number))).upper() for number in range(count)]

    def run(self, devices: Sequence[SimulatedDevice]) -> list[str]:
        """Let the devices live until time is up; return what went wrong.

        Raises:
            click.UsageError: the URL, or the authority's files, cannot be used.
        """
        url = checked_url(self.url)
        check_in_url = checked_url(self.check_in_url) if self.check_in_url else url
        authority = (
            open_authority(self.ca, self.ca_key)
            if url.scheme == "https" or self.cert_header
            else None
        )
        return asyncio.run(self._live(devices, url, check_in_url, authority))

    async def _live(
        self,
        devices: Sequence[SimulatedDevice],
        url: httpx.URL,
        check_in_url: httpx.URL,
        authority: Authority | None,
    ) -> list[str]:
        began, start = time.monotonic(), dt.datetime.now(dt.timezone.utc)
        slots = asyncio.Semaphore(self.concurrency)

        def now() -> dt.datetime:
            return start + dt.timedelta(seconds=(time.monotonic() - began) * self.speed)

        async def live(device: SimulatedDevice) -> str:
            headers: dict[str, str] = {}
            tls = ssl.create_default_context(cafile=self.server_ca)
            if authority is not None:
                identity = authority.issue(device.udid)
                if self.cert_header:
                    headers[self.cert_header] = identity.header(self.cert_header_format)
                else:
                    identity.present(tls)
            connection = Connection(
                device, url, check_in_url, headers, tls, self.topic, now, slots, self.back_off
            )
            try:
                async with connection:
                    await connection.enrol()
                    while True:
                        await connection.session()
                        if time.monotonic() - began + self.every > self.seconds:
                            break
                        await asyncio.sleep(self.every)
            except ServerError as error:
                return f"{device.udid}: {error}"
            return ""

        return [wrong for wrong in await asyncio.gather(*map(live, devices)) if wrong]


def open_authority(certificate: Path, key: Path) -> Authority:
    """Read the devices' certificate authority, or make it and say so.

    Raises:
        click.UsageError: the files cannot be used.
    """
    try:
        made, new = authority(certificate, key)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise click.UsageError(f"{certificate} and {key}: {reason}") from None
    if new:
        click.echo(
            f"mdm-osupdate: the devices' certificate authority is now in {certificate}; "
            "have the server trust it",
            err=True,
        )
    return made


def checked_url(text: str) -> httpx.URL:
    """Read a URL that requests can go to.

    Raises:
        click.UsageError: it is none.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise click.UsageError(f"{text!r:.80} is no URL: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise click.UsageError(f"{text!r:.80} is no http or https URL")
    return url
