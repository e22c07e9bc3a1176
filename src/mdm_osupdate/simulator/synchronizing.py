"""Fetching the declarations of a simulated device from a server."""

import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any, Final

from attrs import define, field, frozen

from mdm_osupdate.codec import loads
from mdm_osupdate.declarations import DECLARATIONS, Declaration
from mdm_osupdate.device import Device
from mdm_osupdate.errors import DecodeError
from mdm_osupdate.messages import Platform
from mdm_osupdate.versions import OSVersion

from .declared import OtherDeclaration

_SINCE: Final[Mapping[Platform, OSVersion]] = {
    Platform.IOS: OSVersion("15.0"),
    Platform.IPADOS: OSVersion("15.0"),
    Platform.MACOS: OSVersion("13.0"),
    Platform.TVOS: OSVersion("16.0"),
    Platform.WATCHOS: OSVersion("10.0"),
    Platform.VISIONOS: OSVersion("1.1"),
}
"""The first version with declarations. Source: ``mdm/commands/declarativemanagement.yaml``."""
_MANIFESTS: Final = {
    "Activations": "activation",
    "Assets": "asset",
    "Configurations": "configuration",
    "Management": "management",
}
"""The lists in the declaration items, and the kinds in the endpoints of declarations."""


@frozen
class DeclarativeRequest:
    """The request that a device sends in a ``DeclarativeManagement`` check-in message.

    Source: Apple, Device Management documentation: DeclarativeManagementRequest.
    """

    endpoint: str
    """``tokens``, ``declaration-items``, ``declaration/KIND/IDENTIFIER`` or ``status``."""
    data: bytes | None = None
    """A status report, as JSON."""


Dialog = Generator[DeclarativeRequest, bytes | None, None]
"""Yields requests, and receives the body of each response, or ``None`` if it was rejected."""


def takes_declarations(device: Device) -> bool:
    """Return whether a device supports declarative management."""
    return device.os_version >= _SINCE[device.platform]


@frozen
class Held:
    """A declaration as the device holds it."""

    server_token: str
    declaration: Declaration | OtherDeclaration


@define
class Synchronizer:
    """The part of a device that fetches and holds declarations."""

    enabled: bool = False
    """True once the server has sent the command ``DeclarativeManagement``."""
    problem: str = ""
    """The reason why the last synchronization is incomplete. Empty if it is complete."""
    _due: bool = False
    _given: bytes | None = None
    """The tokens in the command."""
    _token: str | None = None
    """The ``DeclarationsToken`` of the declarations that the device holds."""
    _held: dict[tuple[str, str], Held] = field(factory=dict)
    """The declarations, by kind and identifier."""

    def notify(self, tokens: bytes | None) -> None:
        """Process the command ``DeclarativeManagement``, which may have the tokens."""
        self.enabled = self._due = True
        self._given = tokens

    @property
    def declarations(self) -> list[Declaration | OtherDeclaration]:
        """The declarations that the device holds."""
        return [held.declaration for held in self._held.values()]

    def fetch(self) -> Dialog:
        """Fetch what has changed since the last time, if the server announced changes.

        Failed requests are repeated the next time.
        """
        if not self._due:
            return
        self.problem = ""
        tokens = self._given if self._given is not None else (yield DeclarativeRequest("tokens"))
        self._given = None
        token = _text(_read(tokens), "SyncTokens", "DeclarationsToken")
        if token is None:
            self.problem = "the server has no declaration tokens for the device"
        elif token != self._token:
            yield from self._replace((yield DeclarativeRequest("declaration-items")))
        self._due = bool(self.problem)

    def _replace(self, body: bytes | None) -> Dialog:
        """Fetch new and changed declarations, and drop removed ones."""
        items = _read(body)
        token = _text(items, "DeclarationsToken")
        if token is None:
            self.problem = "the server has no declaration items for the device"
            return
        held: dict[tuple[str, str], Held] = {}
        for kind, identifier, server_token in _listed(items):
            before = self._held.get((kind, identifier))
            if before is None or before.server_token != server_token:
                document = yield DeclarativeRequest(f"declaration/{kind}/{identifier}")
                if document is None:
                    self.problem = f"the server lacks the {kind} {identifier!r:.80} that it lists"
                    continue
                before = Held(server_token, _declaration(document, kind, identifier, server_token))
            held[kind, identifier] = before
        self._held = held
        self._token = None if self.problem else token


def _read(body: bytes | None) -> Any:
    """Parse JSON. Return ``None`` if it is malformed."""
    try:
        return json.loads(body or b"null")
    except (ValueError, RecursionError):
        return None


def _text(value: Any, *path: str) -> str | None:
    """Return the text at a path of keys, or ``None``."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def _listed(items: Any) -> Iterator[tuple[str, str, str]]:
    """Yield the kind, identifier and server token of each declaration in the items."""
    manifests = items.get("Declarations")
    for name, kind in _MANIFESTS.items():
        entries = manifests.get(name) if isinstance(manifests, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            identifier, token = _text(entry, "Identifier"), _text(entry, "ServerToken")
            if identifier is not None and token is not None:
                yield kind, identifier, token


def _declaration(
    body: bytes, kind: str, identifier: str, server_token: str
) -> Declaration | OtherDeclaration:
    """Read a declaration. One of another type is kept without its content."""
    known = DECLARATIONS.get(_text(_read(body), "Type") or "")
    if known is None:
        problem = "" if _read(body) is not None else "the declaration is not JSON"
        return OtherDeclaration(kind, identifier, server_token, problem)
    try:
        return loads(body, known)
    except DecodeError as error:
        return OtherDeclaration(kind, identifier, server_token, error.findings[0].message)
