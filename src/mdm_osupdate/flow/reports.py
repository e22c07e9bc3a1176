"""The meaning of status reports for an update that a declaration enforces.

A report holds only what has changed, so it can have no meaning for the update, or several. The
version and the build that a device reports decide whether it is updated. Its other status items
count only if they are about this target and this revision of the declaration.
"""

from collections.abc import Iterator, Mapping

from attrs import frozen

from mdm_osupdate.declarations import (
    CANNOT_BE_APPLIED,
    DeclarationStatus,
    StatusReport,
    is_inactive,
    reasons_given,
    reported_failure,
    reported_version,
)
from mdm_osupdate.messages import InstallState, Validity
from mdm_osupdate.versions import OSVersion, is_at, is_response_build, read_version

from .meanings import INSTALLED, Meaning, Outcome


@frozen(kw_only=True)
class Target:
    """The update that a declaration enforces, and how the device names the declaration."""

    version: OSVersion
    any_patch: bool
    """True if the version has no patch number. Devices before 27 then install the newest patch."""
    build: str | None
    identifier: str
    token: str
    activation: str
    """The identifier of the activation."""

    def __str__(self) -> str:
        return f"{self.version} ({self.build})" if self.build else str(self.version)

    def is_reached(self, version: OSVersion | None, build: str | None) -> bool:
        """Return whether a device with this version and build is at the target or newer."""
        return version is not None and is_at(self.version, self.build, version, build) is True

    def is_pending(self, version: str, build: str | None) -> bool:
        """Return whether a pending version is the target."""
        pending = read_version(version)
        if pending is None:
            return False
        if self.build is not None and is_response_build(self.build) and build:
            return pending.base == self.version.base and build == self.build
        same_minor = pending.major == self.version.major and pending.minor == self.version.minor
        return pending.base == self.version.base or (self.any_patch and same_minor)


@frozen(kw_only=True)
class Known:
    """The facts that are known from earlier reports and this one."""

    version: OSVersion | None
    build: str | None
    other: bool
    """True if the device processes another update."""
    installing: bool
    """True if the device has said that it installs the target."""
    failures: int
    """The number of failures that it has counted."""


def interpret_report(report: StatusReport, target: Target, known: Known) -> Iterator[Meaning]:
    """Yield the meanings of a report in order.

    A device at the target may call the declaration invalid, so the version comes first.
    """
    if target.is_reached(known.version, known.build):
        yield Meaning(outcome=Outcome.DONE, reason=INSTALLED)
    else:
        yield from _read_declarations(report, target)
        if not known.other:
            yield from _read_progress(report, known)


# -- what the device says about the declaration --------------------------------------------------


def _read_declarations(report: StatusReport, target: Target) -> Iterator[Meaning]:
    management = report.status_items.management
    declarations = management.declarations if management is not None else None
    if declarations is None:
        return
    for status in declarations.configurations or ():
        if status.identifier == target.identifier and status.server_token == target.token:
            yield _read_configuration(status, report)
    for status in declarations.activations or ():
        if status.identifier == target.activation and is_inactive(status):
            reason = f"the activation is not in force: {reasons_given(status)}"
            yield Meaning(outcome=Outcome.INACTIVE, reason=reason)


def _read_configuration(status: DeclarationStatus, report: StatusReport) -> Meaning:
    reasons = reasons_given(status)
    if status.valid == Validity.INVALID:
        codes = [reason.code for reason in status.reasons or ()]
        reason = f"the device calls the declaration invalid: {reasons}"
        # The device may be at the target, and report its version later.
        if CANNOT_BE_APPLIED in codes and reported_version(report) is None:
            return Meaning(outcome=Outcome.INACTIVE, reason=reason)
        return Meaning(outcome=Outcome.REJECTED, reason=reason)
    if is_inactive(status):
        reason = f"the declaration is not in force: {reasons}"
        return Meaning(outcome=Outcome.INACTIVE, reason=reason)
    return Meaning(outcome=Outcome.ACTIVE)


# -- what the device says about the update -------------------------------------------------------

_PROGRESS: Mapping[str, Outcome] = {
    InstallState.WAITING: Outcome.WAITING,
    InstallState.DOWNLOADING: Outcome.DOWNLOADING,
    InstallState.PREPARED: Outcome.DOWNLOADED,
    InstallState.INSTALLING: Outcome.INSTALLING,
}


def _read_progress(report: StatusReport, known: Known) -> Iterator[Meaning]:
    state = report.softwareupdate.install_state
    failure = _failure(report, known)
    if failure:
        yield Meaning(outcome=Outcome.BLOCKED, reason=failure)
    if state == InstallState.NONE:
        # Either an update has succeeded, or there was none: the version decides.
        version = reported_version(report)
        if version is None and known.installing and not failure:
            yield Meaning(outcome=Outcome.DONE, reason=INSTALLED)
        else:
            yield Meaning(outcome=Outcome.NOTHING)
    elif (outcome := _PROGRESS.get(state or "")) is not None:
        yield Meaning(outcome=outcome)


def _failure(report: StatusReport, known: Known) -> str:
    """Return the reason of a failure that is new in this report, or an empty string."""
    failure = report.softwareupdate.failure_reason
    if failure is not None and (failure.count or 0) in (0, known.failures):
        return ""
    return reported_failure(report.softwareupdate)
