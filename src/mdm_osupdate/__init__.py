"""Apple MDM's software-update commands: messages, codec, validation, and the flow of an update."""

from typing import TYPE_CHECKING

from .availability import Availability, allowed_actions, availability
from .codec import (
    Format,
    Limits,
    dumps,
    from_dict,
    loads,
    loads_command,
    loads_response,
    positions,
    to_dict,
)
from .device import AccessRights, Channel, Device, Enrollment
from .errors import (
    DecodeError,
    EncodeError,
    Finding,
    FlowError,
    InvalidMessageError,
    InvalidVersionError,
    OSUpdateError,
    PlistError,
    Report,
    Severity,
    UnknownCommandError,
)
from .messages import (
    KNOWN_ERRORS,
    AutomaticAction,
    AvailableOSUpdatesCommand,
    AvailableOSUpdatesItem,
    AvailableOSUpdatesResponse,
    Command,
    CommandStatus,
    EnrollmentType,
    ErrorChainItem,
    InstallAction,
    InstallReason,
    InstallState,
    KnownError,
    Message,
    OSUpdateStatusCommand,
    OSUpdateStatusItem,
    OSUpdateStatusResponse,
    Platform,
    Priority,
    ProgramEnrollment,
    ProgressStatus,
    RecommendedCadence,
    RequestType,
    Response,
    ScheduledAction,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateResponse,
    ScheduleOSUpdateScanCommand,
    ScheduleOSUpdateScanResponse,
    UpdateResultsItem,
    UpdatesItem,
    UpdateStatus,
    Validity,
)
from .rules import RULES, Rule
from .versions import LocalDateTime, OSVersion

if TYPE_CHECKING:
    from .validation import validate
else:  # hidden from type checkers, for which any name would exist
    _LATER = {"validate": "mdm_osupdate.validation"}
    """Names whose module takes long to import, and which not every program needs."""

    def __getattr__(name: str) -> object:
        import importlib

        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(importlib.import_module(_LATER[name]), name)
        return value


__all__ = [
    "KNOWN_ERRORS",
    "RULES",
    "AccessRights",
    "AutomaticAction",
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
    "EnrollmentType",
    "ErrorChainItem",
    "Finding",
    "FlowError",
    "Format",
    "InstallAction",
    "InstallReason",
    "InstallState",
    "InvalidMessageError",
    "InvalidVersionError",
    "KnownError",
    "Limits",
    "LocalDateTime",
    "Message",
    "OSUpdateError",
    "OSUpdateStatusCommand",
    "OSUpdateStatusItem",
    "OSUpdateStatusResponse",
    "OSVersion",
    "Platform",
    "PlistError",
    "Priority",
    "ProgramEnrollment",
    "ProgressStatus",
    "RecommendedCadence",
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
    "UnknownCommandError",
    "UpdateResultsItem",
    "UpdateStatus",
    "UpdatesItem",
    "Validity",
    "allowed_actions",
    "availability",
    "dumps",
    "from_dict",
    "loads",
    "loads_command",
    "loads_response",
    "positions",
    "to_dict",
    "validate",
]


def __dir__() -> list[str]:
    return __all__
