"""``mdm-osupdate simulate --url``: simulated devices against a real server."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import re
import ssl
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import httpx
from attrs import frozen

from mdm_osupdate.simulator import SimulatedDevice
from mdm_osupdate.versions import OSVersion

from ._connection import Connection, ServerError
from ._identities import Authority, authority

_QUIET = 5
"""Number of sessions without a command after which the server knows about the update."""


@frozen(kw_only=True)
class Server:
    """A server, and how to connect devices to it."""

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
        """Return the UDIDs of the devices, which are the same in every run against one URL."""
        space = uuid.uuid5(uuid.NAMESPACE_URL, self.url)
        return [str(uuid.uuid5(space, str(number))).upper() for number in range(count)]

    def run(
        self, devices: Sequence[SimulatedDevice], wanted: Mapping[str, OSVersion]
    ) -> Mapping[str, str]:
        """Run the devices until time is up or all have the wanted version.

        Args:
            devices: the devices.
            wanted: the version to reach, by UDID.

        Returns:
            Errors, by UDID.

        Raises:
            click.UsageError: The URL, or a file of the authority, cannot be used.
        """
        url = checked_url(self.url)
        check_in_url = checked_url(self.check_in_url) if self.check_in_url else url
        by_tls = "https" in (url.scheme, check_in_url.scheme)
        self._trust()  # fail before files are created
        made = open_authority(self.ca, self.ca_key) if by_tls or self.cert_header else None
        return asyncio.run(self._live(devices, wanted, url, check_in_url, made))

    def _trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.server_ca)
        except ssl.SSLError:
            raise click.UsageError(f"no certificate found in {self.server_ca}") from None

    async def _live(
        self,
        devices: Sequence[SimulatedDevice],
        wanted: Mapping[str, OSVersion],
        url: httpx.URL,
        check_in_url: httpx.URL,
        authority: Authority | None,
    ) -> Mapping[str, str]:
        began, start = time.monotonic(), dt.datetime.now(dt.timezone.utc)
        ends = began + self.seconds
        slots = asyncio.Semaphore(self.concurrency)
        wrong: dict[str, str] = {}
        quiet = {device.udid: 0 for device in devices}  # sessions since the update

        def now() -> dt.datetime:
            return start + dt.timedelta(seconds=(time.monotonic() - began) * self.speed)

        @functools.cache  # print each reason once
        def warn(reason: str) -> None:
            click.echo(f"mdm-osupdate: {reason}; retrying", err=True)

        def connection(device: SimulatedDevice) -> Connection:
            headers: dict[str, str] = {}
            tls = self._trust()
            if authority is not None:
                identity = authority.issue(device.udid)
                if self.cert_header:
                    headers[self.cert_header] = identity.header(self.cert_header_format)
                else:
                    identity.present(tls)
            return Connection(
                device=device,
                url=url,
                check_in_url=check_in_url,
                headers=headers,
                tls=tls,
                topic=self.topic,
                now=now,
                slots=slots,
                back_off=self.back_off,
                ends=ends,
                warn=warn,
            )

        async def live(device: SimulatedDevice) -> None:
            version = device.device.os_version
            async with connection(device) as server:
                await server.enroll()
                _tell("enrolled", device)
                while True:
                    commands = await server.session()
                    if device.device.os_version != version:
                        version = device.device.os_version
                        _tell("updated", device)
                    there = version >= wanted[device.udid] and not commands
                    quiet[device.udid] = quiet[device.udid] + 1 if there else 0
                    if time.monotonic() + self.every > ends or min(quiet.values()) >= _QUIET:
                        break
                    await asyncio.sleep(self.every)

        async def live_and_tell(device: SimulatedDevice) -> None:
            try:
                await live(device)
            except ServerError as error:
                wrong[device.udid] = str(error)
                del quiet[device.udid]  # the others need not wait for it

        await asyncio.gather(*map(live_and_tell, devices))
        return wrong


def _tell(what: str, device: SimulatedDevice) -> None:
    facts = device.device
    click.echo(f"{what:8}  {device.udid}  {facts.platform} {facts.os_version}", err=True)


def open_authority(certificate: Path, key: Path) -> Authority:
    """Read the certificate authority of the devices, or create it and say so.

    Raises:
        click.UsageError: The files cannot be used.
    """
    try:
        made, new = authority(certificate, key)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise click.UsageError(f"{certificate} and {key}: {reason}") from None
    if new:
        click.echo(
            f"mdm-osupdate: created certificate authority {certificate}; "
            "configure the server to trust it",
            err=True,
        )
    return made


def checked_url(text: str) -> httpx.URL:
    """Parse an HTTP URL.

    Raises:
        click.UsageError: The URL is invalid.
    """
    named = re.sub(r"//[^/]*@", "//", text)  # keep passwords out of messages
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise click.UsageError(f"invalid URL {named!r:.80}: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise click.UsageError(f"expected an http or https URL, got {named!r:.80}")
    return url
