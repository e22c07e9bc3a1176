"""What a status report means for an update that a declaration enforces.

A report holds only what has changed, so it may mean nothing for the update, or several things.
"""

from collections.abc import Iterator, Mapping

from attrs import frozen

from mdm_osupdate.declarations import DeclarationStatus, SoftwareUpdateStatus, StatusReport
from mdm_osupdate.messages import InstallState, Validity
from mdm_osupdate.versions import OSVersion, read_version

from .responses import INSTALLED, Answer, Meaning


@frozen(kw_only=True)
class Expected:
    """What is known of a declared update before a report comes."""

    identifier: str
    """That of the declaration."""
    target: OSVersion
    installing: bool
    """Whether the device has said that it installs."""
    failures: int
    """How many failures it has told of."""


def read_report(report: StatusReport, expected: Expected) -> Iterator[Meaning]:
    """Tell what a report means, in the order in which it has happened."""
    for status in _declared(report):
        if status.identifier == expected.identifier and status.valid == Validity.INVALID:
            reasons = [r.description or r.code or "" for r in status.reasons or ()]
            told = "; ".join(filter(None, reasons)) or "it gives no reason"
            yield Meaning(
                answer=Answer.REJECTED, reason=f"the device calls the declaration invalid: {told}"
            )
            return
    has = _version(report)
    if has is not None and has >= expected.target:
        yield Meaning(answer=Answer.DONE, reason=INSTALLED)
        return
    update = report.softwareupdate
    if reason := _failure(update, expected):
        yield Meaning(answer=Answer.BLOCKED, reason=reason)
    if update.install_state == InstallState.NONE:
        # It says that an update has succeeded, or that there was none: which, the version tells.
        if has is None and expected.installing:
            yield Meaning(answer=Answer.DONE, reason=INSTALLED)
        else:
            yield Meaning(answer=Answer.NOTHING)
    elif (answer := _MEANINGS.get(update.install_state or "")) is not None:
        yield Meaning(answer=answer)


_MEANINGS: Mapping[str, Answer] = {
    InstallState.WAITING: Answer.WAITING,
    InstallState.DOWNLOADING: Answer.DOWNLOADING,
    InstallState.PREPARED: Answer.DOWNLOADED,
    InstallState.INSTALLING: Answer.INSTALLING,
}


def _declared(report: StatusReport) -> tuple[DeclarationStatus, ...]:
    management = report.status_items.management
    declarations = management.declarations if management is not None else None
    return tuple(declarations.configurations or ()) if declarations is not None else ()


def _version(report: StatusReport) -> OSVersion | None:
    device = report.status_items.device
    system = device.operating_system if device is not None else None
    return read_version(system.version or "") if system is not None else None


def _failure(update: SoftwareUpdateStatus, expected: Expected) -> str:
    """Why the update has failed, if it has since the last report; otherwise empty."""
    failure = update.failure_reason
    if failure is not None and (failure.count or 0) > expected.failures:
        return failure.reason or "the update failed, and the device does not say why"
    if failure is None and update.install_state == InstallState.FAILED:
        return "the update failed"
    return ""
