"""Status reports, which devices send on their own, in place of ``OSUpdateStatus``.

Reports are JSON and hold only what has changed. The first report of a subscription and one a day
(``FullReport``) hold everything.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from attrs import frozen

from mdm_osupdate.messages import (
    EnrollmentType,
    InstallReason,
    InstallState,
    Message,
    Validity,
    with_keys,
    with_status_keys,
)


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class Status(Message):
    """The base of the dictionaries in a report."""

    _wire: ClassVar[Literal["plist", "json"]] = "json"
    _partial: ClassVar[bool] = True


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class InstallReasonStatus(Status):
    """The reasons for a pending update (``softwareupdate.install-reason``)."""

    reason: Sequence[InstallReason | str] | None = None
    """Empty if no update is pending."""
    declaration_id: str | None = None
    """The ``Identifier`` of the declaration that enforces the update."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class PendingVersionStatus(Status):
    """The pending update (``softwareupdate.pending-version``). Empty strings if there is none."""

    os_version: str | None = None
    build_version: str | None = None
    target_local_date_time: str | None = None
    """The deadline, in the device's local time."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class FailureReasonStatus(Status):
    """The last failure of the pending update (``softwareupdate.failure-reason``)."""

    count: int | None = None
    """The number of failures. 0 if no update is pending."""
    reason: str | None = None
    """The last failure, such as ``Error Domain=SUMacControllerError Code=7507``."""
    timestamp: str | None = None
    """The time of the last failure, as RFC 3339."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class SoftwareUpdateStatus(Status):
    """The status items about software updates (``softwareupdate``).

    Source: ``declarative/status/softwareupdate.*.yaml``.
    """

    install_state: InstallState | str | None = None
    install_reason: InstallReasonStatus | None = None
    pending_version: PendingVersionStatus | None = None
    failure_reason: FailureReasonStatus | None = None
    device_id: str | None = None
    """The key under which the software lookup service lists the device (iOS 18.0, macOS 15.0)."""
    beta_enrollment: str | None = None
    """The beta program. Empty without one (iOS 18.0, macOS 15.0)."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class SupplementalStatus(Status):
    """The installed security response (``device.operating-system.supplemental``).

    Source: ``declarative/status/device.operating-system.supplemental.*.yaml``.
    """

    build_version: str | None = None
    """A build such as ``25D771280a``, or the build of the system if no response is installed."""
    extra_version: str | None = None
    """The letter, which is ``a`` in Apple's schema and ``(a)`` in reports of devices."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class OperatingSystemStatus(Status):
    """The version that a device runs (``device.operating-system``).

    Source: ``declarative/status/device.operating-system.*.yaml``.
    """

    version: str | None = None
    """The version, never with the letter of a security response."""
    build_version: str | None = None
    supplemental: SupplementalStatus | None = None


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class DeviceStatus(Status):
    """The status items about the device (``device``)."""

    operating_system: OperatingSystemStatus | None = None


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class MDMStatus(Status):
    """The status items about the enrollment (``mdm``), from 27.0.

    Source: ``declarative/status/mdm.*.yaml``.
    """

    enrollment_type: EnrollmentType | str | None = None
    is_shared_ipad: bool | None = None


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class ReasonDetails(Status):
    """The details of a reason (``reasons[].details``), which depend on the code."""

    error: str | None = None
    """The device's own words, such as ``target OS version (15.7) is older than ...``."""


CANNOT_BE_APPLIED = "Error.ConfigurationCannotBeApplied"
"""The code of a reason, such as that the device is at or above the target."""


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class ReasonStatus(Status):
    """A reason why a declaration is inactive or invalid (``reasons[]``)."""

    code: str | None = None
    """A code such as ``Error.ConfigurationCannotBeApplied``."""
    description: str | None = None
    details: ReasonDetails | None = None


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class DeclarationStatus(Status):
    """The state of a declaration on the device (``management.declarations.configurations[]``).

    Source: ``declarative/status/management.declarations.yaml``.
    """

    identifier: str | None = None
    server_token: str | None = None
    """The revision that the state is about. A report may list several of one identifier."""
    active: bool | None = None
    valid: Validity | str | None = None
    reasons: Sequence[ReasonStatus] | None = None


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class DeclarationsStatus(Status):
    """The state of the declarations on the device (``management.declarations``)."""

    activations: Sequence[DeclarationStatus] | None = None
    configurations: Sequence[DeclarationStatus] | None = None


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class ManagementStatus(Status):
    """The status items about management (``management``)."""

    declarations: DeclarationsStatus | None = None


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_status_keys)
class StatusItems(Status):
    """The items of a report that concern updates. ``unknown`` holds the others."""

    softwareupdate: SoftwareUpdateStatus | None = None
    device: DeviceStatus | None = None
    management: ManagementStatus | None = None
    mdm: MDMStatus | None = None


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class StatusError(Status):
    """A status item that the device cannot report (``Errors[]``). ``unknown`` has the reasons."""

    status_item: str | None = None


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class StatusReport(Message):
    """A report that a device sends when a subscribed status item changes, and once a day.

    Source: ``declarative/protocol/statusreport.yaml``.
    """

    _wire: ClassVar[Literal["plist", "json"]] = "json"

    status_items: StatusItems
    errors: Sequence[StatusError] | None = None
    full_report: bool | None = None
    """True if the report holds all subscribed items, and not only those that changed."""

    @property
    def softwareupdate(self) -> SoftwareUpdateStatus:
        """The part about software updates. Empty if the report has none."""
        return self.status_items.softwareupdate or SoftwareUpdateStatus()

    @property
    def operating_system(self) -> OperatingSystemStatus:
        """The part about the installed version. Empty if the report has none."""
        device = self.status_items.device or DeviceStatus()
        return device.operating_system or OperatingSystemStatus()
