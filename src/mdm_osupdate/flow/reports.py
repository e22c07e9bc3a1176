"""The meaning of status reports for an update that a declaration enforces.

A report holds only what has changed, so it may mean nothing for the update, or several things. The
version and the build that a device reports decide whether it is updated. What it says about its
updates counts only if it is about this target, and what it says about declarations only if it is
about this revision.
"""

from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from mdm_osupdate.declarations import DeclarationStatus, ReasonStatus, StatusReport
from mdm_osupdate.messages import InstallState, Validity, known_error_in
from mdm_osupdate.versions import OSVersion, is_at, is_response_build, read_version

from .meanings import INSTALLED, Answer, Meaning


@frozen(kw_only=True)
class Target:
    """The update that a declaration enforces, and how the device names the declaration."""

    version: OSVersion
    any_patch: bool
    """Whether the version has no patch number: devices before 27 then take the newest patch."""
    build: str | None
    identifier: str
    token: str
    activation: str
    """The identifier of the activation."""

    def __str__(self) -> str:
        return f"{self.version} ({self.build})" if self.build else str(self.version)

    def is_reached(self, version: OSVersion | None, build: str | None) -> bool:
        """Tell whether a device with this version and build is at the target or newer."""
        return version is not None and is_at(self.version, self.build, version, build) is True

    def is_pending(self, version: str, build: str | None) -> bool:
        """Tell whether a pending version is the target."""
        pending = read_version(version)
        if pending is None:
            return False
        if self.build is not None and is_response_build(self.build) and build:
            return pending.base == self.version.base and build == self.build
        same_minor = pending.major == self.version.major and pending.minor == self.version.minor
        return pending.base == self.version.base or (self.any_patch and same_minor)


@frozen(kw_only=True)
class Known:
    """The facts that earlier reports, or this one, have told."""

    version: OSVersion | None
    build: str | None
    other: bool
    """Whether the device processes another update."""
    installing: bool
    """Whether the device has said that it installs the target."""
    failures: int
    """The number of failures that it has counted."""


def read_report(report: StatusReport, target: Target, known: Known) -> Iterator[Meaning]:
    """Yield what a report means, in order: a device at the target may call it invalid."""
    if target.is_reached(known.version, known.build):
        yield Meaning(answer=Answer.DONE, reason=INSTALLED)
    else:
        yield from _read_declarations(report, target)
        if not known.other:
            yield from _read_progress(report, known)


# -- what the device says about the declaration --------------------------------------------------

_CANNOT_BE_APPLIED = "Error.ConfigurationCannotBeApplied"
"""The reason code for a target that the device is at or above, among others."""

_REASONS: Mapping[str, str] = {
    "Info.NotReferencedByActivation": "no activation refers to it, so the device ignores it",
}
"""The reason codes that need an explanation for people."""


def _read_declarations(report: StatusReport, target: Target) -> Iterator[Meaning]:
    management = report.status_items.management
    declarations = management.declarations if management is not None else None
    if declarations is None:
        return
    for status in declarations.configurations or ():
        if status.identifier == target.identifier and status.server_token == target.token:
            yield _read_configuration(status, report)
    for status in declarations.activations or ():
        if status.identifier == target.activation and _is_inactive(status):
            reason = f"the activation is not in force: {_told(status.reasons)}"
            yield Meaning(answer=Answer.INACTIVE, reason=reason)


def _read_configuration(status: DeclarationStatus, report: StatusReport) -> Meaning:
    told = _told(status.reasons)
    if status.valid == Validity.INVALID:
        codes = [reason.code for reason in status.reasons or ()]
        reason = f"the device calls the declaration invalid: {told}"
        # The device may be at the target, and the report that says so still to come.
        if _CANNOT_BE_APPLIED in codes and reported_version(report) is None:
            return Meaning(answer=Answer.INACTIVE, reason=reason)
        return Meaning(answer=Answer.REJECTED, reason=reason)
    if _is_inactive(status):
        return Meaning(answer=Answer.INACTIVE, reason=f"the declaration is not in force: {told}")
    return Meaning(answer=Answer.ACTIVE)


def _is_inactive(status: DeclarationStatus) -> bool:
    return status.valid == Validity.INVALID or (status.active is False and bool(status.reasons))


def _told(reasons: Sequence[ReasonStatus] | None) -> str:
    return "; ".join(filter(None, map(_reason, reasons or ()))) or "it gives no reason"


def _reason(reason: ReasonStatus) -> str:
    text = _REASONS.get(reason.code or "") or reason.description or reason.code or ""
    details = reason.details.error if reason.details is not None else None
    if text and details and details not in text:
        return f"{text} ({details})"
    return text or details or ""


# -- what the device says about the update -------------------------------------------------------

_PROGRESS: Mapping[str, Answer] = {
    InstallState.WAITING: Answer.WAITING,
    InstallState.DOWNLOADING: Answer.DOWNLOADING,
    InstallState.PREPARED: Answer.DOWNLOADED,
    InstallState.INSTALLING: Answer.INSTALLING,
}


def _read_progress(report: StatusReport, known: Known) -> Iterator[Meaning]:
    state = report.softwareupdate.install_state
    failure = _failure(report, known)
    if failure:
        yield Meaning(answer=Answer.BLOCKED, reason=failure)
    if state == InstallState.NONE:
        # It says that an update has succeeded, or that there was none: the version decides.
        told = reported_version(report)
        if told is None and known.installing and not failure:
            yield Meaning(answer=Answer.DONE, reason=INSTALLED)
        else:
            yield Meaning(answer=Answer.NOTHING)
    elif (answer := _PROGRESS.get(state or "")) is not None:
        yield Meaning(answer=answer)


def _failure(report: StatusReport, known: Known) -> str:
    """Return the reason of a failure that is new in this report; otherwise empty."""
    update = report.softwareupdate
    failure = update.failure_reason
    if failure is not None and (failure.count or 0) not in (0, known.failures):
        text = failure.reason or "the update failed, and the device does not say why"
        error = known_error_in(text)
        return f"{error.meaning} ({text})" if error is not None else text
    if failure is None and update.install_state == InstallState.FAILED:
        return "the update failed"
    return ""


# -- what the device says about itself -----------------------------------------------------------


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
