"""Declarations and status reports as data."""

from collections.abc import Mapping

from .activation import ActivationSimple
from .declaration import Declaration
from .enforcement import SoftwareUpdateEnforcementSpecific
from .enrollment import REQUIRED, SoftwareUpdateRequired, SoftwareUpdateRequiredDetails
from .ordering import EnforcementOrder, enforcement_order
from .replacements import REPLACEMENTS, Replacement, replacement
from .reported import (
    StatusSummary,
    is_inactive,
    reasons_given,
    reported_build,
    reported_failure,
    reported_version,
    summarize,
    versioned,
)
from .settings import (
    AutomaticActions,
    Beta,
    BetaProgram,
    Deferrals,
    Merge,
    RapidSecurityResponse,
    SoftwareUpdateSettings,
    effective_settings,
)
from .status_reports import (
    CANNOT_BE_APPLIED,
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
        SoftwareUpdateSettings,
    )
}
"""The class of a declaration by its type."""

__all__ = [
    "CANNOT_BE_APPLIED",
    "DECLARATIONS",
    "REPLACEMENTS",
    "REQUIRED",
    "ActivationSimple",
    "AutomaticActions",
    "Beta",
    "BetaProgram",
    "Declaration",
    "DeclarationStatus",
    "DeclarationsStatus",
    "Deferrals",
    "DeviceStatus",
    "EnforcementOrder",
    "FailureReasonStatus",
    "InstallReasonStatus",
    "MDMStatus",
    "ManagementStatus",
    "ManagementStatusSubscriptions",
    "Merge",
    "OperatingSystemStatus",
    "PendingVersionStatus",
    "RapidSecurityResponse",
    "ReasonDetails",
    "ReasonStatus",
    "Replacement",
    "SoftwareUpdateEnforcementSpecific",
    "SoftwareUpdateRequired",
    "SoftwareUpdateRequiredDetails",
    "SoftwareUpdateSettings",
    "SoftwareUpdateStatus",
    "Status",
    "StatusError",
    "StatusItems",
    "StatusReport",
    "StatusSummary",
    "SubscribedStatusItem",
    "SupplementalStatus",
    "effective_settings",
    "enforcement_order",
    "is_inactive",
    "reasons_given",
    "replacement",
    "reported_build",
    "reported_failure",
    "reported_version",
    "summarize",
    "versioned",
]
