"""Apple MDM's software-update commands: messages, codec, validation, and the flow of an update."""

import importlib
from typing import TYPE_CHECKING

from ._availability import Availability, allowed_actions, availability
from ._codec import dumps, from_dict, loads, loads_command, to_dict
from ._device import AccessRights, Channel, Device, Enrollment
from ._errorcodes import KNOWN_ERRORS, KnownError
from ._errors import (
    DecodeError,
    EncodeError,
    FlowError,
    InvalidMessageError,
    InvalidVersionError,
    OSUpdateError,
    PlistError,
)
from ._findings import Finding, Report, Severity
from ._localtime import LocalDateTime
from ._messages import (
    AvailableOSUpdatesCommand,
    AvailableOSUpdatesItem,
    AvailableOSUpdatesResponse,
    Command,
    ErrorChainItem,
    OSUpdateStatusCommand,
    OSUpdateStatusItem,
    OSUpdateStatusResponse,
    Response,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateResponse,
    ScheduleOSUpdateScanCommand,
    ScheduleOSUpdateScanResponse,
    UpdateResultsItem,
    UpdatesItem,
)
from ._osversion import OSVersion
from ._plist import Format, Limits, positions
from ._rules import RULES, Rule
from ._vocabulary import (
    CommandStatus,
    InstallAction,
    InstallReason,
    InstallState,
    Platform,
    Priority,
    ProgressStatus,
    RequestType,
    ScheduledAction,
    UpdateStatus,
    Validity,
)

if TYPE_CHECKING:
    from ._declarations import (
        ActivationSimple,
        Declaration,
        ManagementStatusSubscriptions,
        SoftwareUpdateEnforcementSpecific,
        SubscribedStatusItem,
    )
    from ._events import (
        ActionChanged,
        CommandSent,
        Downloaded,
        DownloadProgressed,
        DownloadStarted,
        Event,
        Failed,
        Finished,
        Hindered,
        Ignored,
        InstallScheduled,
        NotNow,
        Resending,
        Restarted,
        Restarting,
        ScanStarted,
        UpdateFound,
        UpdateNotOffered,
        UserDeferred,
        Waiting,
    )
    from ._flow import Policy, State, UpdateFlow
    from ._plan import (
        Plan,
        Way,
        plan,
    )
    from ._status import (
        DeclarationsStatus,
        DeclarationStatus,
        DeviceStatus,
        FailureReasonStatus,
        InstallReasonStatus,
        ManagementStatus,
        OperatingSystemStatus,
        PendingVersionStatus,
        ReasonStatus,
        SoftwareUpdateStatus,
        StatusError,
        StatusItems,
        StatusReport,
    )
    from ._successor import (
        successor,
    )
    from ._validate import validate

__all__ = [
    "KNOWN_ERRORS",
    "RULES",
    "AccessRights",
    "ActionChanged",
    "ActivationSimple",
    "Availability",
    "AvailableOSUpdatesCommand",
    "AvailableOSUpdatesItem",
    "AvailableOSUpdatesResponse",
    "Channel",
    "Command",
    "CommandSent",
    "CommandStatus",
    "Declaration",
    "DeclarationStatus",
    "DeclarationsStatus",
    "DecodeError",
    "Device",
    "DeviceStatus",
    "DownloadProgressed",
    "DownloadStarted",
    "Downloaded",
    "EncodeError",
    "Enrollment",
    "ErrorChainItem",
    "Event",
    "Failed",
    "FailureReasonStatus",
    "Finding",
    "Finished",
    "FlowError",
    "Format",
    "Hindered",
    "Ignored",
    "InstallAction",
    "InstallReason",
    "InstallReasonStatus",
    "InstallScheduled",
    "InstallState",
    "InvalidMessageError",
    "InvalidVersionError",
    "KnownError",
    "Limits",
    "LocalDateTime",
    "ManagementStatus",
    "ManagementStatusSubscriptions",
    "NotNow",
    "OSUpdateError",
    "OSUpdateStatusCommand",
    "OSUpdateStatusItem",
    "OSUpdateStatusResponse",
    "OSVersion",
    "OperatingSystemStatus",
    "PendingVersionStatus",
    "Plan",
    "Platform",
    "PlistError",
    "Policy",
    "Priority",
    "ProgressStatus",
    "ReasonStatus",
    "Report",
    "RequestType",
    "Resending",
    "Response",
    "Restarted",
    "Restarting",
    "Rule",
    "ScanStarted",
    "ScheduleOSUpdateCommand",
    "ScheduleOSUpdateResponse",
    "ScheduleOSUpdateScanCommand",
    "ScheduleOSUpdateScanResponse",
    "ScheduledAction",
    "Severity",
    "SoftwareUpdateEnforcementSpecific",
    "SoftwareUpdateStatus",
    "State",
    "StatusError",
    "StatusItems",
    "StatusReport",
    "SubscribedStatusItem",
    "UpdateFlow",
    "UpdateFound",
    "UpdateNotOffered",
    "UpdateResultsItem",
    "UpdateStatus",
    "UpdatesItem",
    "UserDeferred",
    "Validity",
    "Waiting",
    "Way",
    "allowed_actions",
    "availability",
    "dumps",
    "from_dict",
    "loads",
    "loads_command",
    "plan",
    "positions",
    "successor",
    "to_dict",
    "validate",
]

# Making their classes takes as long as all the rest, and not every program needs them: they are
# imported when one of their names is first used.
_LATER = ("_validate", "_declarations", "_status", "_successor", "_plan", "_events", "_flow")


def __getattr__(name: str) -> object:
    if name in __all__:
        modules = (vars(importlib.import_module(f".{later}", __name__)) for later in _LATER)
        return globals().setdefault(name, next(m[name] for m in modules if name in m))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
