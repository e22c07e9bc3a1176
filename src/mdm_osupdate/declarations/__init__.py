"""Declarations and status reports as data."""

from .configurations import (
    DECLARATIONS,
    ActivationSimple,
    Declaration,
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
    SubscribedStatusItem,
)
from .status_reports import (
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
    Status,
    StatusError,
    StatusItems,
    StatusReport,
)

__all__ = [
    "DECLARATIONS",
    "ActivationSimple",
    "Declaration",
    "DeclarationStatus",
    "DeclarationsStatus",
    "DeviceStatus",
    "FailureReasonStatus",
    "InstallReasonStatus",
    "ManagementStatus",
    "ManagementStatusSubscriptions",
    "OperatingSystemStatus",
    "PendingVersionStatus",
    "ReasonStatus",
    "SoftwareUpdateEnforcementSpecific",
    "SoftwareUpdateStatus",
    "Status",
    "StatusError",
    "StatusItems",
    "StatusReport",
    "SubscribedStatusItem",
]
