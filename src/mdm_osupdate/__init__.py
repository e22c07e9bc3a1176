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
    Platform,
    Priority,
    ProgressStatus,
    RequestType,
    ScheduledAction,
    UpdateStatus,
)

if TYPE_CHECKING:
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
    from ._validate import validate

__all__ = [
    "KNOWN_ERRORS",
    "RULES",
    "AccessRights",
    "ActionChanged",
    "Availability",
    "AvailableOSUpdatesCommand",
    "AvailableOSUpdatesItem",
    "AvailableOSUpdatesResponse",
    "Channel",
    "Command",
    "CommandSent",
    "CommandStatus",
    "DecodeError",
    "Device",
    "DownloadProgressed",
    "DownloadStarted",
    "Downloaded",
    "EncodeError",
    "Enrollment",
    "ErrorChainItem",
    "Event",
    "Failed",
    "Finding",
    "Finished",
    "FlowError",
    "Format",
    "Hindered",
    "Ignored",
    "InstallAction",
    "InstallScheduled",
    "InvalidMessageError",
    "InvalidVersionError",
    "KnownError",
    "Limits",
    "NotNow",
    "OSUpdateError",
    "OSUpdateStatusCommand",
    "OSUpdateStatusItem",
    "OSUpdateStatusResponse",
    "OSVersion",
    "Platform",
    "PlistError",
    "Policy",
    "Priority",
    "ProgressStatus",
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
    "State",
    "UpdateFlow",
    "UpdateFound",
    "UpdateNotOffered",
    "UpdateResultsItem",
    "UpdateStatus",
    "UpdatesItem",
    "UserDeferred",
    "Waiting",
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

# Making their classes takes as long as all the rest, and not every program needs them: they are
# imported when one of their names is first used.
_LATER = ("_validate", "_events", "_flow")


def __getattr__(name: str) -> object:
    if name in __all__:
        for later in _LATER:
            module = importlib.import_module(f".{later}", __name__)
            if name in vars(module):
                return globals().setdefault(name, vars(module)[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
