"""The four commands: what a server sends."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from attrs import field, frozen

from .fields import Layout, unknown_keys, with_keys
from .message import Message
from .vocabulary import InstallAction, Priority, RequestType


def _fresh_uuid() -> str:
    import uuid  # imported lazily: reading messages does not need it

    return str(uuid.uuid4()).upper()


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class UpdatesItem(Message):
    """One update to schedule (``Command.Updates[]``).

    At least one of ``product_key`` and ``product_version`` is needed; both together are legal.
    """

    install_action: InstallAction | str
    product_key: str | None = None
    """The opaque key from ``AvailableOSUpdates``. Required for a security response."""
    product_version: str | None = None
    max_user_deferrals: int | None = None
    """The number of times that the user may defer ``InstallLater``, once a day. macOS only."""
    priority: Priority | str | None = None


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class Command(Message):
    """The base of the four commands: the envelope. Not a command itself."""

    request_type: ClassVar[RequestType]
    _layout: ClassVar[Layout | None] = Layout(
        inner="Command",
        envelope=("CommandUUID",),
        unknown="command_unknown",
        tag="RequestType",
        tag_inside=True,
        tag_attribute="request_type",
    )

    command_uuid: str | None = field(factory=_fresh_uuid)
    """Any unique text. ``None`` omits the key."""
    request_requires_network_tether: bool | None = None
    command_unknown: Mapping[str, object] = field(factory=dict, converter=unknown_keys)
    """``unknown`` of the inner dictionary, ``Command``."""


@frozen(repr=False, eq=False, field_transformer=with_keys)
class ScheduleOSUpdateCommand(Command):
    """Download or install updates.

    ``updates=None`` omits the key, as some tools do although Apple's schema does not allow it.
    """

    request_type: ClassVar[RequestType] = RequestType.SCHEDULE_OS_UPDATE

    updates: Sequence[UpdatesItem] | None


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class ScheduleOSUpdateScanCommand(Command):
    """Have a Mac scan for updates in the background."""

    request_type: ClassVar[RequestType] = RequestType.SCHEDULE_OS_UPDATE_SCAN

    force: bool | None = field(default=None, metadata={"aliases": ("ForceUpdateScan",)})
    """True to scan now instead of when the system chooses. Apple's sample misspells the key."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class AvailableOSUpdatesCommand(Command):
    """List the available updates."""

    request_type: ClassVar[RequestType] = RequestType.AVAILABLE_OS_UPDATES


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class OSUpdateStatusCommand(Command):
    """Report the progress of updates."""

    request_type: ClassVar[RequestType] = RequestType.OS_UPDATE_STATUS


SEEN_COMMAND_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "UseDelay": "Apple's Mac client is reported to read it",
        "RecommendationCadence": "Apple's Mac client is reported to read it",
    }
)
"""Undocumented keys of ``Command`` that clients are reported to read."""

COMMANDS: tuple[type[Command], ...] = (
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateScanCommand,
    AvailableOSUpdatesCommand,
    OSUpdateStatusCommand,
)
COMMAND_OF: Mapping[str, type[Command]] = {str(cls.request_type): cls for cls in COMMANDS}
"""The class of a command by its request type."""
