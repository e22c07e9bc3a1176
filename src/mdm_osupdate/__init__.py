"""Apple MDM's software-update commands: messages, codec, validation."""

from ._availability import Availability, allowed_actions, availability
from ._codec import dumps, from_dict, loads, loads_command, to_dict
from ._device import AccessRights, Channel, Device, Enrollment
from ._errorcodes import KNOWN_ERRORS, KnownError
from ._errors import (
    DecodeError,
    EncodeError,
    InvalidMessageError,
    InvalidVersionError,
    OSUpdateError,
    PlistError,
)
from ._findings import Finding, Report, Severity
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
from ._validate import validate
from ._vocabulary import (
    CommandStatus,
    InstallAction,
    Platform,
    Priority,
    ProgressStatus,
    RequestType,
    ScheduledAction,
    UpdateStatus,
)

__all__ = [
    "KNOWN_ERRORS",
    "RULES",
    "AccessRights",
    "Availability",
    "AvailableOSUpdatesCommand",
    "AvailableOSUpdatesItem",
    "AvailableOSUpdatesResponse",
    "Channel",
    "Command",
    "CommandStatus",
    "DecodeError",
    "Device",
    "EncodeError",
    "Enrollment",
    "ErrorChainItem",
    "Finding",
    "Format",
    "InstallAction",
    "InvalidMessageError",
    "InvalidVersionError",
    "KnownError",
    "Limits",
    "OSUpdateError",
    "OSUpdateStatusCommand",
    "OSUpdateStatusItem",
    "OSUpdateStatusResponse",
    "OSVersion",
    "Platform",
    "PlistError",
    "Priority",
    "ProgressStatus",
    "Report",
    "RequestType",
    "Response",
    "Rule",
    "ScheduleOSUpdateCommand",
    "ScheduleOSUpdateResponse",
    "ScheduleOSUpdateScanCommand",
    "ScheduleOSUpdateScanResponse",
    "ScheduledAction",
    "Severity",
    "UpdateResultsItem",
    "UpdateStatus",
    "UpdatesItem",
    "allowed_actions",
    "availability",
    "dumps",
    "from_dict",
    "loads",
    "loads_command",
    "positions",
    "to_dict",
    "validate",
]
