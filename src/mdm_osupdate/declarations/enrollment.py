"""The update that a server requires before a device enrolls."""

from typing import ClassVar, Final, Literal

from attrs import field, frozen

from mdm_osupdate.messages import Message, with_keys, with_status_keys

from .settings import BetaProgram

REQUIRED: Final = "com.apple.softwareupdate.required"
"""The ``code`` of a required update."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class SoftwareUpdateRequiredDetails(Message):
    """The update that a device must install before it enrolls (``details``)."""

    _wire: ClassVar[Literal["plist", "json"]] = "json"

    os_version: str
    """The version to install, such as ``26.1``. Unlike in an enforcement, it may have the letter of
    a security response, as in ``26.1 (a)``."""
    build_version: str | None = None
    """A build of that version. If the two do not match, the version counts."""
    require_beta_program: BetaProgram | None = None
    """The beta program that offers the update (iOS 17.5, macOS 14.5)."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class SoftwareUpdateRequired(Message):
    """Require an update before a device enrolls: the body of an HTTP 403 response.

    In Setup Assistant, the device installs the update, restarts and tries to enroll again. iOS and
    iPadOS 17.0, macOS 14.0 and visionOS 26.0 support it. Send it with a ``Content-Type`` of JSON or
    XML.

    Source: ``mdm/errors/softwareupdate.required.yaml``.
    """

    _wire: ClassVar[Literal["plist", "json", "any"]] = "any"

    code: str = field(default=REQUIRED, metadata={"required": True})
    description: str | None = None
    """The reason, for logs."""
    message: str | None = None
    """The reason, for the user."""
    details: SoftwareUpdateRequiredDetails = field(kw_only=True)
