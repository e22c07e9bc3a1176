"""Status reports: what a device says of its updates by itself, in place of ``OSUpdateStatus``.

Reports are JSON, and hold only what has changed since the one before; the first holds everything.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from attrs import frozen

from mdm_osupdate.messages import (
    InstallReason,
    InstallState,
    Message,
    Validity,
    with_keys,
    with_status_keys,
)


@frozen(kw_only=True, repr=False, field_transformer=with_status_keys)
class Status(Message):
    """What the dictionaries in a report share."""

    wire: ClassVar[Literal["plist", "json"]] = "json"
    partial: ClassVar[bool] = True


@frozen(kw_only=True, repr=False, field_transformer=with_status_keys)
class InstallReasonStatus(Status):
    """Why an update is pending (``softwareupdate.install-reason``)."""

    reason: Sequence[InstallReason | str] | None = None
    """Empty: no update is pending."""
    declaration_id: str | None = None
    """The ``Identifier`` of the declaration that causes it."""


@frozen(kw_only=True, repr=False, field_transformer=with_status_keys)
class PendingVersionStatus(Status):
    """Which update is pending (``softwareupdate.pending-version``); empty texts: none is."""

    os_version: str | None = None
    build_version: str | None = None
    target_local_date_time: str | None = None
    """When it is enforced, in the device's local time."""


@frozen(kw_only=True, repr=False, field_transformer=with_status_keys)
class FailureReasonStatus(Status):
    """How the pending update has failed (``softwareupdate.failure-reason``)."""

    count: int | None = None
    """How many times; 0 also if none is pending."""
    reason: str | None = None
    """Of the last failure."""
    timestamp: str | None = None
    """Of the last failure, as RFC 3339."""


@frozen(kw_only=True, repr=False, field_transformer=with_status_keys)
class SoftwareUpdateStatus(Status):
    """The four status items of software updates (``softwareupdate``).

    Source: ``declarative/status/softwareupdate.*.yaml``.
    """

    install_state: InstallState | str | None = None
    install_reason: InstallReasonStatus | None = None
    pending_version: PendingVersionStatus | None = None
    failure_reason: FailureReasonStatus | None = None


@frozen(kw_only=True, repr=False, field_transformer=with_status_keys)
class OperatingSystemStatus(Status):
    """What a device runs (``device.operating-system``)."""

    version: str | None = None


@frozen(kw_only=True, repr=False, field_transformer=with_status_keys)
class DeviceStatus(Status):
    """What a device says of itself (``device``)."""

    operating_system: OperatingSystemStatus | None = None


@frozen(kw_only=True, repr=False, field_transformer=with_status_keys)
class ReasonStatus(Status):
    """Why something is as it is (``reasons[]``)."""

    code: str | None = None
    description: str | None = None


@frozen(kw_only=True, repr=False, field_transformer=with_status_keys)
class DeclarationStatus(Status):
    """What a device has made of a declaration (``management.declarations.configurations[]``).

    Source: ``declarative/status/management.declarations.yaml``.
    """

    identifier: str | None = None
    server_token: str | None = None
    active: bool | None = None
    valid: Validity | str | None = None
    reasons: Sequence[ReasonStatus] | None = None


@frozen(kw_only=True, repr=False, field_transformer=with_status_keys)
class DeclarationsStatus(Status):
    """What a device has made of its declarations (``management.declarations``)."""

    activations: Sequence[DeclarationStatus] | None = None
    configurations: Sequence[DeclarationStatus] | None = None


@frozen(kw_only=True, repr=False, field_transformer=with_status_keys)
class ManagementStatus(Status):
    """How a device is managed (``management``)."""

    declarations: DeclarationsStatus | None = None


@frozen(kw_only=True, repr=False, field_transformer=with_status_keys)
class StatusItems(Status):
    """The items of a report, as far as they tell of updates; ``unknown`` has the others."""

    softwareupdate: SoftwareUpdateStatus | None = None
    device: DeviceStatus | None = None
    management: ManagementStatus | None = None


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class StatusError(Status):
    """A status item that cannot be reported (``Errors[]``); ``unknown`` has the reasons."""

    status_item: str | None = None


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class StatusReport(Message):
    """What a device sends when a status item has changed that it is to report.

    Source: ``declarative/protocol/statusreport.yaml``.
    """

    wire: ClassVar[Literal["plist", "json"]] = "json"

    status_items: StatusItems
    errors: Sequence[StatusError] | None = None

    @property
    def softwareupdate(self) -> SoftwareUpdateStatus:
        """What the report says of updates; an empty one if it says nothing."""
        return self.status_items.softwareupdate or SoftwareUpdateStatus()
