"""The declarations that take the place of the commands: one class for each type.

Declarations are JSON. As with commands, a class flattens the declaration and its ``Payload``, whose
unknown keys are kept apart (``payload_unknown``).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import attrs
from attrs import field, frozen

from mdm_osupdate.errors import Finding
from mdm_osupdate.messages import Frame, Message, unknown_keys, with_keys
from mdm_osupdate.versions import LocalDateTime


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class Declaration(Message):
    """What all declarations have: the envelope. Not a declaration itself.

    Source: ``declarative/declarations/declarationbase.yaml``.
    """

    wire: ClassVar[Literal["plist", "json"]] = "json"
    frame: ClassVar[Frame | None] = Frame(
        inside="Payload",
        envelope=("Identifier", "ServerToken"),
        unknown="payload_unknown",
        word="Type",
        word_inside=False,
        words="declaration_type",
    )
    declaration_type: ClassVar[str]

    identifier: str | None = None
    """Under which the server keeps the declaration; made from the content if it is ``None``."""
    server_token: str | None = None
    """The revision: a device fetches a declaration again when it changes. ``None``: a digest of
    the content, so that it changes exactly when the content does; ``attrs.evolve`` keeps the old
    one unless it is given ``server_token=None``."""
    payload_unknown: Mapping[str, object] = field(factory=dict, converter=unknown_keys, hash=False)
    """``unknown`` of the inner dictionary, ``Payload``."""

    def __attrs_post_init__(self) -> None:
        if self.identifier is None:
            object.__setattr__(self, "identifier", self._usual_identifier())
        if self.server_token is None:
            object.__setattr__(self, "server_token", _digest(self))

    def _usual_identifier(self) -> str:
        return f"mdm-osupdate.{self.declaration_type.removeprefix('com.apple.')}"


def _digest(declaration: Declaration) -> str:
    content = {
        f.name: getattr(declaration, f.name)
        for f in attrs.fields(type(declaration))
        if f.eq and f.name != "server_token"
    }
    import hashlib  # which loads a library of cryptography: not for who only reads

    text = repr((declaration.declaration_type, _canonical(content)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: Any) -> Any:
    """A value that prints the same whatever the order of its keys."""
    if isinstance(value, Mapping):
        pairs = [(str(key), _canonical(inner)) for key, inner in value.items()]
        return sorted(pairs, key=lambda pair: pair[0])
    if isinstance(value, list | tuple):
        return [_canonical(inner) for inner in value]
    return value


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class ActivationSimple(Declaration):
    """Make configurations active; without one, a device only keeps them.

    Source: ``declarative/declarations/activations/simple.yaml``.
    """

    declaration_type: ClassVar[str] = "com.apple.activation.simple"

    standard_configurations: Sequence[str]
    """The identifiers of the configurations."""
    predicate: str | None = None
    """A condition, as an ``NSPredicate`` format string."""

    def _usual_identifier(self) -> str:
        return ".".join(["activation", *self.standard_configurations])


def _findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(findings)


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class SoftwareUpdateEnforcementSpecific(Declaration):
    """Have a device on a version by a time: the successor of ``ScheduleOSUpdate``.

    The device downloads and prepares the update when it suits, lets its user install it before,
    and installs it by itself when the time has come.

    Source: ``declarative/declarations/configurations/softwareupdate.enforcement.specific.yaml``.
    """

    declaration_type: ClassVar[str] = "com.apple.configuration.softwareupdate.enforcement.specific"

    target_os_version: str
    """Such as ``26.1``, which the newest 26.1.x satisfies, or ``26.1.1``."""
    target_local_date_time: LocalDateTime = field(converter=LocalDateTime)
    """By when, in the device's own time zone: ``"2026-12-01T19:00:00"`` or a naive ``datetime``."""
    target_build_version: str | None = None
    """A build such as ``23B74``, for tests of seeds; the version wins if they differ."""
    details_url: str | None = None
    """A page of the organisation's about the update."""
    findings: tuple[Finding, ...] = field(default=(), converter=_findings, eq=False, repr=False)
    """What ``successor`` found; no part of the declaration, and empty if it did not make it."""

    def _usual_identifier(self) -> str:
        word = "".join(c if c.isalnum() or c == "." else "-" for c in self.target_os_version)
        return f"softwareupdate.enforcement.{word.strip('-')}"

    def activation(self) -> ActivationSimple:
        """The activation that must be sent beside it."""
        return ActivationSimple(standard_configurations=(str(self.identifier),))


@frozen(repr=False, field_transformer=with_keys)
class SubscribedStatusItem(Message):
    """One status item to be reported (``Payload.StatusItems[]``)."""

    wire: ClassVar[Literal["plist", "json"]] = "json"

    name: str


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class ManagementStatusSubscriptions(Declaration):
    """Have a device report status items, and whenever one of them changes.

    Source: ``declarative/declarations/configurations/management.status-subscriptions.yaml``.
    """

    declaration_type: ClassVar[str] = "com.apple.configuration.management.status-subscriptions"

    status_items: Sequence[SubscribedStatusItem]

    @classmethod
    def for_software_updates(cls) -> "ManagementStatusSubscriptions":
        """Subscribe to what tells how an update fares, and which version the device has."""
        names = (
            "device.operating-system.version",
            "softwareupdate.failure-reason",
            "softwareupdate.install-reason",
            "softwareupdate.install-state",
            "softwareupdate.pending-version",
        )
        return cls(status_items=tuple(map(SubscribedStatusItem, names)))

    def activation(self) -> ActivationSimple:
        """The activation that must be sent beside it."""
        return ActivationSimple(standard_configurations=(str(self.identifier),))


DECLARATIONS: Mapping[str, type[Declaration]] = {
    kind.declaration_type: kind
    for kind in (
        ActivationSimple,
        ManagementStatusSubscriptions,
        SoftwareUpdateEnforcementSpecific,
    )
}
"""The class of a declaration by its type."""
