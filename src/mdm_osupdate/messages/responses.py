"""The responses to the four commands: what a device sends."""

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from attrs import field, frozen

from .error_codes import KNOWN_ERRORS, NO_UPDATE, KnownError
from .fields import with_keys
from .message import Message
from .vocabulary import CommandStatus, ProgressStatus, RequestType, ScheduledAction, UpdateStatus


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class ErrorChainItem(Message):
    """One error of an ``ErrorChain``. The first is the error, and the others are its causes."""

    error_code: int | None = None
    error_domain: str | None = None
    localized_description: str | None = None
    us_english_description: str | None = None

    @property
    def known(self) -> KnownError | None:
        """The known meaning of this code and its source. ``None`` if the code is not known."""
        return KNOWN_ERRORS.get((self.error_domain or "", self.error_code or 0))


def _says_no_update(chain: Sequence[ErrorChainItem] | None) -> bool:
    return any((e.error_domain, e.error_code) in NO_UPDATE for e in chain or ())


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class Response(Message):
    """The base of all responses. ``Idle``, which responds to no command, is this class itself.

    A device sends ``udid``, or ``enrollment_id`` instead under User Enrollment. The keys about
    users occur only on a user channel.
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
    def is_from_user_channel(self) -> bool:
        """True if the response came over a user channel, not over the device channel.

        Software-update commands are for the device channel only.
        """
        return self.user_id is not None or self.enrollment_user_id is not None

    @property
    def succeeded(self) -> bool:
        """True if the device accepted the command, and the response reports no failure."""
        return self.status == CommandStatus.ACKNOWLEDGED and not self.failed

    @property
    def failed(self) -> bool:
        """True if the command failed, except because no update is available."""
        refused = self.status in (CommandStatus.ERROR, CommandStatus.COMMAND_FORMAT_ERROR)
        return refused and not self.no_update_available

    @property
    def not_now(self) -> bool:
        """True if the device could not act, and the command must be sent again later."""
        return self.status == CommandStatus.NOT_NOW

    @property
    def no_update_available(self) -> bool:
        """True if the device reports that there is no update, in any of the known forms."""
        return _says_no_update(self.error_chain)

    @property
    def outcome(self) -> str:
        """The outcome in words, for people."""
        if self.no_update_available and not self.failed:
            return "no update available"
        if self.failed:
            return "failed"
        if self.not_now:
            return "not now: send the command again later"
        return "succeeded" if self.succeeded else self.status


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class UpdateResultsItem(Message):
    """The result for one item of ``Updates`` (``UpdateResults[]``)."""

    product_key: str | None = None
    install_action: ScheduledAction | str | None = None
    """The scheduled action, which may differ from the requested one."""
    status: UpdateStatus | str | None = None
    error_chain: Sequence[ErrorChainItem] | None = None

    @property
    def failed(self) -> bool:
        """True if scheduling, downloading or installing failed. "No update" does not count."""
        if _says_no_update(self.error_chain):
            return False
        return self.install_action == ScheduledAction.ERROR or self.status in _FAILURES


_FAILURES = frozenset(UpdateStatus) - {
    UpdateStatus.IDLE,
    UpdateStatus.DOWNLOADING,
    UpdateStatus.INSTALLING,
}


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class ScheduleOSUpdateResponse(Response):
    """The response to ``ScheduleOSUpdate``.

    ``update_results=None`` means that the device has restarted, and responds to the command that
    was sent again. ``update_results=()`` means that there was no update to act on.
    """

    request_type: ClassVar[RequestType] = RequestType.SCHEDULE_OS_UPDATE

    update_results: Sequence[UpdateResultsItem] | None = None

    @property
    def succeeded(self) -> bool:
        """True if the device accepted the command, and the response reports no failure.

        ``UpdateResults`` that cannot be read may report a failure.
        """
        return super().succeeded and "UpdateResults" not in self.unknown

    @property
    def failed_results(self) -> tuple[UpdateResultsItem, ...]:
        """The items that failed. iOS reports them with the ``Status`` Acknowledged."""
        return tuple(item for item in self.update_results or () if item.failed)

    @property
    def failed(self) -> bool:
        """True if the command failed, except because no update is available."""
        return super().failed or bool(self.failed_results)

    @property
    def no_update_available(self) -> bool:
        """True if the device reports that there is no update, in any of the known forms."""
        results = self.update_results
        return (
            _says_no_update(self.error_chain)
            or results == ()
            or any(_says_no_update(item.error_chain) for item in results or ())
        )


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class ScheduleOSUpdateScanResponse(Response):
    """The response to ``ScheduleOSUpdateScan``, which does not wait for the scan."""

    request_type: ClassVar[RequestType] = RequestType.SCHEDULE_OS_UPDATE_SCAN

    scan_initiated: bool | None = field(default=None, metadata={"aliases": ("ScanInititated",)})


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class AvailableOSUpdatesItem(Message):
    """One available update (``AvailableOSUpdates[]``).

    Apple marks many of these keys as required. Devices omit those that their platform does not
    support.
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
    """Bytes. An update needs ``download_size`` + ``install_size`` of free space."""
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
    """The letter of a security response, such as ``(a)``."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class AvailableOSUpdatesResponse(Response):
    """The response to ``AvailableOSUpdates``.

    An empty array can also mean that the update is already downloaded.
    """

    request_type: ClassVar[RequestType] = RequestType.AVAILABLE_OS_UPDATES

    available_os_updates: Sequence[AvailableOSUpdatesItem] | None = None

    @property
    def no_update_available(self) -> bool:
        """True if the device reports that there is no update, in any of the known forms."""
        return _says_no_update(self.error_chain) or self.available_os_updates == ()


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class OSUpdateStatusItem(Message):
    """The progress of one update (``OSUpdateStatus[]``)."""

    product_key: str | None = None
    is_downloaded: bool | None = None
    download_percent_complete: float | None = None
    """A fraction, from 0.0 to 1.0."""
    status: ProgressStatus | str | None = None
    max_deferrals: int | None = None
    deferrals_remaining: int | None = None
    next_scheduled_install: dt.datetime | None = None
    past_notifications: Sequence[dt.datetime] | None = None
    """The times at which the user was notified."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class OSUpdateStatusResponse(Response):
    """The response to ``OSUpdateStatus``. An empty array means that nothing is in progress."""

    request_type: ClassVar[RequestType] = RequestType.OS_UPDATE_STATUS

    os_update_status: Sequence[OSUpdateStatusItem] | None = None


SEEN_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "RequestType": "macOS 10.12 repeats the command's request type in its responses",
        "MessageResult": "some devices add it to their responses",
        "Identifier": "some devices add it to their responses",
        "State": "some devices add it to their responses",
        "NeedSyncResponse": "the MDM Protocol Reference (2017) has it on the user channel",
        "UserConfiguration": "the MDM Protocol Reference (2017) has it during Setup Assistant",
        "AuthToken": "the MDM Protocol Reference (2017) has it for network users",
    }
)
"""Undocumented keys that occur in the envelope of responses."""
RESPONSES: tuple[type[Response], ...] = (
    ScheduleOSUpdateResponse,
    ScheduleOSUpdateScanResponse,
    AvailableOSUpdatesResponse,
    OSUpdateStatusResponse,
)
RESPONSE_TO: Mapping[str, type[Response]] = {str(cls.request_type): cls for cls in RESPONSES}
"""The class of the response to a command, by request type."""
