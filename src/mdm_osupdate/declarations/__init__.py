"""Declarations and status reports as data."""

from collections.abc import Mapping

from .activation import ActivationSimple
from .declaration import Declaration
from .enforcement import SoftwareUpdateEnforcementSpecific
from .status_reports import (
    DeclarationsStatus,
    DeclarationStatus,
    DeviceStatus,
    FailureReasonStatus,
    InstallReasonStatus,
    ManagementStatus,
    MDMStatus,
    OperatingSystemStatus,
    PendingVersionStatus,
    ReasonDetails,
    ReasonStatus,
    SoftwareUpdateStatus,
    Status,
    StatusError,
    StatusItems,
    StatusReport,
    SupplementalStatus,
)
from .subscriptions import ManagementStatusSubscriptions, SubscribedStatusItem

DECLARATIONS: Mapping[str, type[Declaration]] = {
    kind.declaration_type: kind
    for kind in (
        ActivationSimple,
        ManagementStatusSubscriptions,
        SoftwareUpdateEnforcementSpecific,
    )
}
"""The class of a declaration by its type."""

__all__ = [
    "DECLARATIONS",
    "ActivationSimple",
    "Declaration",
    "DeclarationStatus",
    "DeclarationsStatus",
    "DeviceStatus",
    "FailureReasonStatus",
    "InstallReasonStatus",
    "MDMStatus",
    "ManagementStatus",
    "ManagementStatusSubscriptions",
    "OperatingSystemStatus",
    "PendingVersionStatus",
    "ReasonDetails",
    "ReasonStatus",
    "SoftwareUpdateEnforcementSpecific",
    "SoftwareUpdateStatus",
    "Status",
    "StatusError",
    "StatusItems",
    "StatusReport",
    "SubscribedStatusItem",
    "SupplementalStatus",
]
