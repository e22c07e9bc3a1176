"""A summary of status reports, for people and for flows."""

from collections.abc import Iterator, Mapping

from attrs import evolve, fields, frozen

from mdm_osupdate.errors import one_line
from mdm_osupdate.messages import InstallState, Validity, known_error_in
from mdm_osupdate.versions import OSVersion, read_version

from .status_reports import (
    DeclarationsStatus,
    DeclarationStatus,
    DeviceStatus,
    FailureReasonStatus,
    PendingVersionStatus,
    ReasonStatus,
    SoftwareUpdateStatus,
    StatusReport,
    SupplementalStatus,
)


@frozen(kw_only=True)
class StatusSummary:
    """The state of a device's updates according to its status reports.

    ``None`` means that it was not reported. An empty text means that the device reported that
    there is nothing, such as no pending update.
    """

    serial_number: str | None = None
    udid: str | None = None
    family: str | None = None
    """The operating system, such as ``macOS``."""
    model: str | None = None
    """The model identifier, such as ``Mac14,2``."""
    device_id: str | None = None
    """The key under which the software lookup service lists the device."""
    base_version: str | None = None
    """The installed version as reported, usually without the letter of a security response."""
    letter: str | None = None
    """The letter of the installed security response."""
    base_build: str | None = None
    """The build of the system, without a security response."""
    response_build: str | None = None
    """The build of the installed security response, or that of the system if none is installed."""
    state: str | None = None
    """The state of the pending update, such as ``downloading`` (``InstallState``)."""
    pending: tuple[str, str, str] | None = None
    """Version, build and deadline of the pending update."""
    declaration_id: str | None = None
    """The ``Identifier`` of the declaration that enforces the pending update."""
    failure: str | None = None
    """The last failure of the pending update, with a known error explained."""
    not_in_force: tuple[str, ...] | None = None
    """Declarations that are invalid or inactive, each with the reason."""
    is_full: bool = False
    """True if one of the reports was full (``FullReport``), so that nothing is missing."""

    @property
    def version(self) -> OSVersion | None:
        """The installed version, with the letter of a security response."""
        return read_version(self.base_version or "", self.letter)

    @property
    def build(self) -> str | None:
        """The installed build. With a security response, the build of the response."""
        return self.response_build or self.base_build or None

    @property
    def pending_version(self) -> str | None:
        """The pending version. ``None`` also if no update is pending."""
        return self.pending[0] or None if self.pending is not None else None

    @property
    def pending_build(self) -> str | None:
        """The build of the pending update."""
        return self.pending[1] or None if self.pending is not None else None

    @property
    def deadline(self) -> str | None:
        """The deadline of the pending update, in the device's local time."""
        return self.pending[2] or None if self.pending is not None else None

    @property
    def problems(self) -> tuple[str, ...]:
        """The reasons why the update does not progress: failures and declarations not in force."""
        failure = self.failure or (_FAILED if self.state == InstallState.FAILED else "")
        return (*([failure] if failure else []), *(self.not_in_force or ()))

    def after(self, earlier: "StatusSummary") -> "StatusSummary":
        """Add what earlier reports of the same device contained, and this one does not.

        A full report replaces what was known. Another one holds only the status items that
        changed.
        """
        if self.is_full:
            return self
        values = {a.name: getattr(self, a.name) for a in fields(StatusSummary)}
        changed = {name: value for name, value in values.items() if value is not None}
        del changed["is_full"]
        gone: dict[str, None] = {}
        if self.base_version not in (None, earlier.base_version):
            gone = {"letter": None, "base_build": None, "response_build": None}
        elif self.base_build not in (None, earlier.base_build):
            gone = {"response_build": None}
        return evolve(earlier, **gone | changed)

    def __str__(self) -> str:
        installed = f"has {versioned(self.version, self.build)}" if self.version else ""
        pending = ""
        if self.pending_version:
            pending = f"{versioned(self.pending_version, self.pending_build)} is pending"
            pending += f" until {self.deadline}" if self.deadline else ""
        state = f"install state {self.state}" if self.state else ""
        failure = f"failed: {self.failure}" if self.failure else ""
        idle = f"not in force: {', '.join(self.not_in_force)}" if self.not_in_force else ""
        parts = filter(None, (installed, pending, state, failure, idle))
        return "; ".join(parts) or "nothing about updates"


def summarize(report: StatusReport) -> StatusSummary:
    """Return the summary of a status report. Add earlier ones with ``after``."""
    update, system = report.softwareupdate, report.operating_system
    device = report.status_items.device or DeviceStatus()
    identifier, model = _text_in(device, "identifier"), _text_in(device, "model")
    family = system.unknown.get("family")
    supplemental = system.supplemental or SupplementalStatus()
    pending, reason = update.pending_version, update.install_reason
    management = report.status_items.management
    declared = management.declarations if management is not None else None
    return StatusSummary(
        serial_number=identifier.get("serial-number"),
        udid=identifier.get("udid"),
        family=family if isinstance(family, str) else None,
        model=model.get("identifier"),
        device_id=update.device_id,
        base_version=system.version,
        letter=supplemental.extra_version,
        base_build=system.build_version,
        response_build=supplemental.build_version,
        state=update.install_state,
        pending=None if pending is None else _pending(pending),
        declaration_id=None if reason is None else reason.declaration_id or "",
        failure=_failure(update.failure_reason),
        not_in_force=None if declared is None else tuple(_not_in_force(declared)),
        is_full=bool(report.full_report),
    )


def _text_in(device: DeviceStatus, name: str) -> Mapping[str, str]:
    """Return the texts of a dictionary that has no class, because updates do not need it."""
    values = device.unknown.get(name)
    if not isinstance(values, Mapping):
        return {}
    return {key: value for key, value in values.items() if isinstance(value, str)}


def _pending(item: PendingVersionStatus) -> tuple[str, str, str]:
    return item.os_version or "", item.build_version or "", item.target_local_date_time or ""


def _not_in_force(declared: DeclarationsStatus) -> Iterator[str]:
    for listed in (declared.configurations or (), declared.activations or ()):
        # After a change, a report may list the revision before it under the same identifier.
        valid = {status.identifier for status in listed if status.valid == Validity.VALID}
        for status in listed:
            stale = status.identifier in valid and status.valid == Validity.INVALID
            if is_inactive(status) and not stale:
                yield f"{status.identifier}: {reasons_given(status)}"


def versioned(version: object, build: str | None) -> str:
    """Return a version for people, with its build if that is known."""
    return f"{version} ({build})" if build else str(version)


def reported_version(report: StatusReport) -> OSVersion | None:
    """Return the version in a report, with the letter of a security response."""
    system = report.operating_system
    extra = system.supplemental.extra_version if system.supplemental is not None else None
    return read_version(system.version or "", extra)


def reported_build(report: StatusReport) -> str | None:
    """Return the build in a report. With a security response, return the supplemental one."""
    system = report.operating_system
    supplemental = system.supplemental.build_version if system.supplemental is not None else None
    return supplemental or system.build_version or None


def reported_failure(update: SoftwareUpdateStatus) -> str:
    """Return the reason of the last failure, with a known error explained. Empty without one."""
    failure = _failure(update.failure_reason)
    return failure or (_FAILED if update.install_state == InstallState.FAILED else "")


_FAILED = "the update failed"


def _failure(item: FailureReasonStatus | None) -> str | None:
    """Return the reason of a failure. Empty if the device reports that there is none."""
    if item is None:
        return None
    if not item.count or item.count < 0:
        return ""
    text = item.reason or "the update failed, and the device does not say why"
    error = known_error_in(text)
    return one_line(f"{error.meaning} ({text})" if error is not None else text)


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
    reasons = "; ".join(filter(None, map(_reason, status.reasons or ())))
    return one_line(reasons) or "it gives no reason"


def _reason(reason: ReasonStatus) -> str:
    text = _REASONS.get(reason.code or "") or reason.description or reason.code or ""
    details = reason.details.error if reason.details is not None else None
    if text and details and details not in text:
        return f"{text} ({details})"
    return text or details or ""
