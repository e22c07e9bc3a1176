"""The connection details of a server, and the identities of its devices."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import click
import httpx
from attrs import define, frozen

from mdm_osupdate.codec import DEFAULT_LIMITS, write
from mdm_osupdate.device import Device
from mdm_osupdate.messages import Platform

from ._http import REQUEST_SECONDS, Answer, Http, checked_url
from ._identities import Authority, Identity, make_authority, read_authority

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


def check_in_message(udid: str, message_type: str, **keys: object) -> bytes:
    """Return a check-in message of a device."""
    return write({"MessageType": message_type, "UDID": udid, **keys}, "xml", DEFAULT_LIMITS)


def enrollment(device: Device, udid: str, topic: str) -> tuple[bytes, bytes]:
    """Return the messages that enroll a device: ``Authenticate``, then ``TokenUpdate``."""
    token = hashlib.sha256(udid.encode()).digest()
    described: dict[str, Any] = {
        "Topic": topic,
        "OSVersion": str(device.os_version),
        "ProductName": _PRODUCTS[device.platform],
        "SerialNumber": f"SIM{token.hex()[:9]}".upper(),
        "DeviceName": f"simulated {device.platform}",
    }
    if device.platform is Platform.MACOS:
        described |= {"Model": "MNEH3LL/A", "ModelName": "MacBook Pro"}
    push: dict[str, Any] = {"Topic": topic, "Token": token, "PushMagic": udid}
    return (
        check_in_message(udid, "Authenticate", **described),
        check_in_message(udid, "TokenUpdate", AwaitingConfiguration=False, **push),
    )


@frozen(kw_only=True)
class Server:
    """A server, with the identities of its devices."""

    url: httpx.URL
    check_in_url: httpx.URL
    topic: str
    authority: Authority
    ca: Path
    """The file of the authority's certificate, for messages."""
    proof: Literal["TLS", "header", "signature"]
    """The proof of a device's identity: a TLS client certificate, by the certificate in a
    header, or by a signature of each message (``Mdm-Signature``)."""
    cert_header: str | None
    cert_header_format: str
    server_ca: Path | None
    tls: ssl.SSLContext
    """The context for requests without a TLS identity. Creating one takes long."""

    @classmethod
    def of(
        cls, *, url: str, check_in_url: str | None, ca: Path, ca_key: Path, **others: Any
    ) -> Server:
        """Create a server from the options of the command line.

        Raises:
            click.UsageError: A URL or a file cannot be used.
        """
        connect, check_in = checked_url(url), checked_url(check_in_url or url)
        tls = trust(others["server_ca"])  # fail before files are created
        by_tls = "https" in (connect.scheme, check_in.scheme)
        otherwise: Literal["TLS", "signature"] = "TLS" if by_tls else "signature"
        return cls(
            url=connect,
            check_in_url=check_in,
            authority=open_authority(ca, ca_key),
            ca=ca,
            proof="header" if others["cert_header"] else otherwise,
            tls=tls,
            **others,
        )

    def http(self) -> Http:
        """Return a client without an identity."""
        return Http(self.tls)

    def client(self, udid: str, shared: Http) -> Client:
        """Return the client of a device. It uses ``shared`` unless it has a TLS identity."""
        identity = self.authority.issue(udid)
        if self.proof != "TLS":
            return Client(self, udid, identity, shared)
        context = trust(self.server_ca)
        identity.present(context)
        return Client(self, udid, identity, Http(context), owns_http=True)

    def advice(self) -> str:
        """Return a hint for a server that does not accept the devices."""
        means = {
            "TLS": "as TLS client certificates",
            "header": f"in the header {self.cert_header}",
            "signature": "as signatures of the messages (Mdm-Signature); --cert-header changes it",
        }
        return f"The server must trust {self.ca}, and take identities {means[self.proof]}."


@define
class Client:
    """The HTTP client of a device."""

    server: Server
    udid: str
    identity: Identity
    http: Http
    owns_http: bool = False

    async def put(
        self, url: httpx.URL, body: bytes, content_type: str, seconds: float = REQUEST_SECONDS
    ) -> Answer:
        """Send a message with the device's identity.

        Raises:
            TransportError: No complete response arrived.
        """
        headers = {"Content-Type": content_type, **self.proof(body)}
        return await self.http.send("PUT", url, body, headers, seconds=seconds)

    def proof(self, body: bytes) -> Mapping[str, str]:
        """Return the headers that prove the device's identity."""
        if self.server.proof == "signature":
            return {"Mdm-Signature": self.identity.signature(body)}
        if self.server.cert_header is None:
            return {}
        return {self.server.cert_header: self.identity.header(self.server.cert_header_format)}

    async def close(self) -> None:
        """Close the connections that only this device uses."""
        if self.owns_http:
            await self.http.close()


def trust(server_ca: Path | None) -> ssl.SSLContext:
    """Return a TLS context that verifies servers with an authority, by default the system's.

    Raises:
        click.UsageError: The file holds no certificate.
    """
    try:
        return ssl.create_default_context(cafile=server_ca)
    except ssl.SSLError:
        raise click.UsageError(f"no certificate found in {server_ca}") from None


def open_authority(certificate: Path, key: Path) -> Authority:
    """Read the certificate authority of the devices, or create it and print a note.

    Raises:
        click.UsageError: The files cannot be used.
    """
    there = [path for path in (certificate, key) if path.exists()]
    try:
        if len(there) == 1:
            [missing] = {certificate, key} - {*there}
            raise click.UsageError(
                f"{there[0]} exists, but {missing} does not; delete it or move it"
            )
        if there:
            return read_authority(certificate, key)
        made = make_authority(certificate, key)
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {error.strerror}") from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    click.echo(
        f"mdm-osupdate: created certificate authority {certificate}; "
        "configure the server to trust it",
        err=True,
    )
    return made
