"""A summary of status reports, for people and for flows."""

from collections.abc import Mapping

from attrs import frozen

from mdm_osupdate.messages import InstallState, Validity, known_error_in
from mdm_osupdate.versions import OSVersion, read_version

from .status_reports import (
    DeclarationsStatus,
    DeclarationStatus,
    ManagementStatus,
    PendingVersionStatus,
    ReasonStatus,
    SoftwareUpdateStatus,
    StatusReport,
)


@frozen(kw_only=True)
class StatusSummary:
    """The verdict of one status report. ``None`` means that the report does not tell it."""

    version: OSVersion | None
    """The installed version, with the letter of a security response."""
    build: str | None
    state: str | None
    """The state of the pending update, such as ``downloading`` (``InstallState``)."""
    pending_version: str | None
    """The pending version; ``None`` also if no update is pending."""
    pending_build: str | None
    deadline: str | None
    """The deadline of the pending update, in the device's local time."""
    problems: tuple[str, ...]
    """Reasons why the update makes no progress: the last failure, and declarations not in force."""

    def __str__(self) -> str:
        installed = f"has {versioned(self.version, self.build)}" if self.version else ""
        pending = ""
        if self.pending_version:
            pending = f"{versioned(self.pending_version, self.pending_build)} is pending"
            pending += f" until {self.deadline}" if self.deadline else ""
        state = f"install state {self.state}" if self.state else ""
        return "; ".join(filter(None, (installed, pending, state))) or "nothing about updates"


def summarize(report: StatusReport) -> StatusSummary:
    """Return the verdict of a status report."""
    update = report.softwareupdate
    pending = update.pending_version or PendingVersionStatus()
    failure = reported_failure(update)
    management = report.status_items.management or ManagementStatus()
    declarations = management.declarations or DeclarationsStatus()
    listed = (*(declarations.configurations or ()), *(declarations.activations or ()))
    return StatusSummary(
        version=reported_version(report),
        build=reported_build(report),
        state=update.install_state,
        pending_version=pending.os_version or None,
        pending_build=pending.build_version or None,
        deadline=pending.target_local_date_time or None,
        problems=(
            *([failure] if failure else []),
            *(f"{s.identifier}: {reasons_given(s)}" for s in listed if is_inactive(s)),
        ),
    )


def versioned(version: object, build: str | None) -> str:
    """Return a version for people, with its build if that is known."""
    return f"{version} ({build})" if build else str(version)


def reported_version(report: StatusReport) -> OSVersion | None:
    """Return the version that a report tells, with the letter of a security response."""
    system = report.operating_system
    extra = system.supplemental.extra_version if system.supplemental is not None else None
    return read_version(system.version or "", extra)


def reported_build(report: StatusReport) -> str | None:
    """Return the build that a report tells; with a security response, the supplemental one."""
    system = report.operating_system
    supplemental = system.supplemental.build_version if system.supplemental is not None else None
    return supplemental or system.build_version or None


def reported_failure(update: SoftwareUpdateStatus) -> str:
    """Return the reason of the last failure, with a known error explained; empty without one."""
    failure = update.failure_reason
    if failure is not None and (failure.count or 0) > 0:
        text = failure.reason or "the update failed, and the device does not say why"
        error = known_error_in(text)
        return f"{error.meaning} ({text})" if error is not None else text
    return "the update failed" if update.install_state == InstallState.FAILED else ""


# -- declarations --------------------------------------------------------------------------------

_REASONS: Mapping[str, str] = {
    "Info.NotReferencedByActivation": "no activation refers to it, so the device ignores it",
}
"""The reason codes that need an explanation for people."""


def is_inactive(status: DeclarationStatus) -> bool:
    """Return whether a declaration is invalid, or inactive for a reason."""
    return status.valid == Validity.INVALID or (status.active is False and bool(status.reasons))


def reasons_given(status: DeclarationStatus) -> str:
    """Return the reasons that a device gives for the state of a declaration."""
    return "; ".join(filter(None, map(_reason, status.reasons or ()))) or "it gives no reason"


def _reason(reason: ReasonStatus) -> str:
    text = _REASONS.get(reason.code or "") or reason.description or reason.code or ""
    details = reason.details.error if reason.details is not None else None
    if text and details and details not in text:
        return f"{text} ({details})"
    return text or details or ""
