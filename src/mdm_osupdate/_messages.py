"""The messages: one frozen class for each plist dictionary that Apple names.

The annotations are the schema: from each of them ``with_keys`` derives the plist key and the
check that a value must pass, so that a key, its type and its presence are stated once.
(No ``from __future__ import annotations`` here: attrs, cattrs and hypothesis want real types.)

An attribute without a default is required by the protocol; an absent optional key is ``None``.
Constructing checks types and raises ``TypeError``, nothing else: whether a device would take the
message is ``validate``'s to say, since nobody could test with messages that cannot be built.

Dates are aware and in UTC; a naive one is taken as UTC, which is what property lists hold.
Sequences are given as lists or tuples, and kept as tuples.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import attrs
from attrs import field, frozen

from ._errorcodes import KNOWN_ERRORS, NO_UPDATE, KnownError
from ._schema import Frame, unknown_keys, with_keys
from ._vocabulary import (
    CommandStatus,
    InstallAction,
    Priority,
    ProgressStatus,
    RequestType,
    ScheduledAction,
    UpdateStatus,
)


def _fresh_uuid() -> str:
    return str(uuid.uuid4()).upper()


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class Message:
    """What every dictionary has: the keys that its class has no attribute for."""

    wire: ClassVar[Literal["plist", "json"]] = "plist"
    """What the documents of the class are written in."""
    frame: ClassVar[Frame | None] = None
    """The form of a class that stands for two dictionaries."""
    partial: ClassVar[bool] = False
    """Whether keys without an attribute are no deviation, since there are many more."""

    unknown: Mapping[str, object] = field(factory=dict, converter=unknown_keys, hash=False)
    """Undocumented keys, and documented ones whose value is of a wrong type, as they came."""

    def __repr__(self) -> str:  # only what is set, as code that can be pasted
        fields = [a for a in attrs.fields(type(self)) if a.repr]
        given = [(a.name, a.default, getattr(self, a.name)) for a in fields]
        shown = [f"{name}={v!r}" for name, default, v in given if v is not default and v != {}]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:  # for IPython and hypothesis
        printer.text(repr(self))


# -- commands: what a server sends ---------------------------------------------------------------


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class UpdatesItem(Message):
    """One update to schedule (``Command.Updates[]``).

    At least one of ``product_key`` and ``product_version`` is needed; both together are legal.
    """

    install_action: InstallAction | str
    product_key: str | None = None
    """Opaque, as ``AvailableOSUpdates`` gives it; the only way to name a security response."""
    product_version: str | None = None
    max_user_deferrals: int | None = None
    """How often the user may put off ``InstallLater``; macOS, one prompt a day."""
    priority: Priority | str | None = None


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class Command(Message):
    """What the four commands share: the envelope. Not a command itself."""

    request_type: ClassVar[RequestType]
    frame: ClassVar[Frame | None] = Frame(
        inside="Command",
        envelope=("CommandUUID",),
        unknown="command_unknown",
        word="RequestType",
        word_inside=True,
        words="request_type",
    )

    command_uuid: str | None = field(factory=_fresh_uuid)
    """Any text that is unique; ``None`` leaves the key out."""
    request_requires_network_tether: bool | None = None
    command_unknown: Mapping[str, object] = field(factory=dict, converter=unknown_keys, hash=False)
    """``unknown`` of the inner dictionary, ``Command``."""


@frozen(repr=False, field_transformer=with_keys)
class ScheduleOSUpdateCommand(Command):
    """Download or install updates.

    ``updates=None`` leaves the key out, which Apple's schema does not allow and some tools do.
    """

    request_type: ClassVar[RequestType] = RequestType.SCHEDULE_OS_UPDATE

    updates: Sequence[UpdatesItem] | None


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class ScheduleOSUpdateScanCommand(Command):
    """Have a Mac look for updates, in the background."""

    request_type: ClassVar[RequestType] = RequestType.SCHEDULE_OS_UPDATE_SCAN

    force: bool | None = field(default=None, metadata={"aliases": ("ForceUpdateScan",)})
    """True: scan now; otherwise the system chooses when. Apple's sample misspells the key."""


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class AvailableOSUpdatesCommand(Command):
    """Ask which updates there are."""

    request_type: ClassVar[RequestType] = RequestType.AVAILABLE_OS_UPDATES


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class OSUpdateStatusCommand(Command):
    """Ask how the updates in progress fare."""

    request_type: ClassVar[RequestType] = RequestType.OS_UPDATE_STATUS


# -- answers: what a device sends ----------------------------------------------------------------


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class ErrorChainItem(Message):
    """One error of an ``ErrorChain``: the first is the error, later ones are its causes."""

    error_code: int | None = None
    error_domain: str | None = None
    localized_description: str | None = None
    us_english_description: str | None = None

    @property
    def known(self) -> KnownError | None:
        """What this code is known to mean, and who says so; ``None`` for other codes."""
        return KNOWN_ERRORS.get((self.error_domain or "", self.error_code or 0))


def _says_no_update(chain: Sequence[ErrorChainItem] | None) -> bool:
    return any((e.error_domain, e.error_code) in NO_UPDATE for e in chain or ())


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class Response(Message):
    """What every answer has, whatever it answers; ``Idle``, which answers nothing, is this alone.

    A device sends ``udid``, or ``enrollment_id`` in its place under User Enrollment; the user keys
    come on a user channel only.
    """

    request_type: ClassVar[RequestType | None] = None

    status: CommandStatus | str
    command_uuid: str | None = None
    udid: str | None = None
    enrollment_id: str | None = None
    enrollment_user_id: str | None = None
    user_id: str | None = None
    user_short_name: str | None = None
    user_long_name: str | None = None
    not_on_console: bool | None = None
    error_chain: Sequence[ErrorChainItem] | None = None

    @property
    def succeeded(self) -> bool:
        """The device took the command, and nothing in the answer says that it failed."""
        return self.status == CommandStatus.ACKNOWLEDGED and not self.failed

    @property
    def failed(self) -> bool:
        """The command failed, in whole or for an update; that there is none is no failure."""
        refused = self.status in (CommandStatus.ERROR, CommandStatus.COMMAND_FORMAT_ERROR)
        return refused and not self.no_update_available

    @property
    def not_now(self) -> bool:
        """The device could not act; the command must be sent again later."""
        return self.status == CommandStatus.NOT_NOW

    @property
    def no_update_available(self) -> bool:
        """The device says that there is no update, in whichever form its version says it."""
        return _says_no_update(self.error_chain)


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class UpdateResultsItem(Message):
    """What a device made of one item of ``Updates`` (``UpdateResults[]``)."""

    product_key: str | None = None
    install_action: ScheduledAction | str | None = None
    """What was scheduled, which may be another action than the one asked for."""
    status: UpdateStatus | str | None = None
    error_chain: Sequence[ErrorChainItem] | None = None

    @property
    def failed(self) -> bool:
        """Scheduling, downloading or installing failed; that there is no update does not count."""
        if _says_no_update(self.error_chain):
            return False
        return self.install_action == ScheduledAction.ERROR or self.status in _FAILURES


_FAILURES = frozenset(UpdateStatus) - {
    UpdateStatus.IDLE,
    UpdateStatus.DOWNLOADING,
    UpdateStatus.INSTALLING,
}


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class ScheduleOSUpdateResponse(Response):
    """The answer to ``ScheduleOSUpdate``.

    ``update_results=None``: the device has restarted since, and answers the command sent again.
    ``update_results=()``: there was no update to act on.
    """

    request_type: ClassVar[RequestType] = RequestType.SCHEDULE_OS_UPDATE

    update_results: Sequence[UpdateResultsItem] | None = None

    @property
    def succeeded(self) -> bool:
        """The device took the command, and nothing in the answer says that it failed.

        What ``UpdateResults`` says in a form that cannot be read may be a failure.
        """
        return super().succeeded and "UpdateResults" not in self.unknown

    @property
    def failed_results(self) -> tuple[UpdateResultsItem, ...]:
        """The items that failed: iOS reports these under a ``Status`` of Acknowledged."""
        return tuple(item for item in self.update_results or () if item.failed)

    @property
    def failed(self) -> bool:
        """The command failed, in whole or for an update; that there is none is no failure."""
        return super().failed or bool(self.failed_results)

    @property
    def no_update_available(self) -> bool:
        """The device says that there is no update, in whichever form its version says it."""
        results = self.update_results
        return (
            _says_no_update(self.error_chain)
            or results == ()
            or any(_says_no_update(item.error_chain) for item in results or ())
        )


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class ScheduleOSUpdateScanResponse(Response):
    """The answer to ``ScheduleOSUpdateScan``; it does not wait for the scan."""

    request_type: ClassVar[RequestType] = RequestType.SCHEDULE_OS_UPDATE_SCAN

    scan_initiated: bool | None = None


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class AvailableOSUpdatesItem(Message):
    """One update on offer (``AvailableOSUpdates[]``).

    Apple marks many of these keys required; devices leave out what their platform does not have.
    """

    product_key: str | None = None
    human_readable_name: str | None = None
    human_readable_name_locale: str | None = None
    metadata_url: str | None = None
    product_name: str | None = None
    version: str | None = None
    build: str | None = None
    download_size: int | None = None
    """Bytes."""
    install_size: int | None = None
    """Bytes; an update needs ``download_size`` + ``install_size`` of free space."""
    app_identifiers_to_close: Sequence[str] | None = None
    is_critical: bool | None = None
    is_config_data_update: bool | None = None
    is_firmware_update: bool | None = None
    is_major_os_update: bool | None = None
    restart_required: bool | None = None
    allows_install_later: bool | None = None
    deferred_until: dt.datetime | None = None
    requires_bootstrap_token: bool | None = None
    is_security_response: bool | None = None
    supplemental_build_version: str | None = None
    supplemental_os_version_extra: str | None = None
    """``(a)``, the mark of a security response."""


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class AvailableOSUpdatesResponse(Response):
    """The answer to ``AvailableOSUpdates``.

    An empty array can also mean that the update is downloaded already.
    """

    request_type: ClassVar[RequestType] = RequestType.AVAILABLE_OS_UPDATES

    available_os_updates: Sequence[AvailableOSUpdatesItem] | None = None

    @property
    def no_update_available(self) -> bool:
        """The device says that there is no update, in whichever form its version says it."""
        return _says_no_update(self.error_chain) or self.available_os_updates == ()


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class OSUpdateStatusItem(Message):
    """How one update in progress fares (``OSUpdateStatus[]``)."""

    product_key: str | None = None
    is_downloaded: bool | None = None
    download_percent_complete: float | None = None
    """A fraction, from 0.0 to 1.0."""
    status: ProgressStatus | str | None = None
    max_deferrals: int | None = None
    deferrals_remaining: int | None = None
    next_scheduled_install: dt.datetime | None = None
    past_notifications: Sequence[dt.datetime] | None = None
    """When the user was notified."""


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class OSUpdateStatusResponse(Response):
    """The answer to ``OSUpdateStatus``; an empty array: nothing is in progress."""

    request_type: ClassVar[RequestType] = RequestType.OS_UPDATE_STATUS

    os_update_status: Sequence[OSUpdateStatusItem] | None = None


SEEN_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "ScanInititated": "Apple's sample has it so beside ScanInitiated, which is the one to read",
        "RequestType": "macOS 10.12 repeats the command's request type in its answers",
        "MessageResult": "some devices add it to their answers",
        "Identifier": "some devices add it to their answers",
        "State": "some devices add it to their answers",
        "NeedSyncResponse": "the MDM Protocol Reference (2017) has it on the user channel",
        "UserConfiguration": "the MDM Protocol Reference (2017) has it during Setup Assistant",
        "AuthToken": "the MDM Protocol Reference (2017) has it for network users",
    }
)
"""Keys of the envelope that answers are known to have, and Apple's description leaves out."""
SEEN_COMMAND_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "UseDelay": "Apple's Mac client is reported to read it",
        "RecommendationCadence": "Apple's Mac client is reported to read it",
    }
)
"""Keys of ``Command`` that clients are reported to read, and Apple's description leaves out."""

COMMANDS: tuple[type[Command], ...] = (
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateScanCommand,
    AvailableOSUpdatesCommand,
    OSUpdateStatusCommand,
)
RESPONSES: tuple[type[Response], ...] = (
    ScheduleOSUpdateResponse,
    ScheduleOSUpdateScanResponse,
    AvailableOSUpdatesResponse,
    OSUpdateStatusResponse,
)
COMMAND_OF: Mapping[str, type[Command]] = {str(cls.request_type): cls for cls in COMMANDS}
"""The class of a command by its request type."""
ANSWER_TO: Mapping[str, type[Response]] = {str(cls.request_type): cls for cls in RESPONSES}
"""The class of the answer to a command by the command's request type."""
