"""The meaning of responses, in every known variation.

Devices say the same thing in many forms. To say that there is no update, they send an error (2213,
12048), an empty list, or no ``UpdateResults``. Each form becomes one ``Outcome``, and the table of
transitions decides what follows.
"""

from collections.abc import Iterator, Sequence

from attrs import frozen

from mdm_osupdate.errors import one_line
from mdm_osupdate.messages import (
    CODE_OF_STATUS,
    KNOWN_ERRORS,
    REQUEST_UNKNOWN,
    AvailableOSUpdatesItem,
    AvailableOSUpdatesResponse,
    CommandStatus,
    ErrorChainItem,
    InstallAction,
    OSUpdateStatusItem,
    OSUpdateStatusResponse,
    ProgressStatus,
    Response,
    ScheduleOSUpdateResponse,
    UpdateResultsItem,
    UpdateStatus,
)
from mdm_osupdate.rules import RULES
from mdm_osupdate.versions import OSVersion, named_version, read_version

from .meanings import INSTALLED, Meaning, Outcome


@frozen
class Goal:
    """The requested update, and what is known about it before the response."""

    action: InstallAction
    """The action of the current command, which may be an intermediate step."""
    version: OSVersion | None
    key: str | None
    lists_by_scan: bool
    """True if the device's list is up to date only after a scan."""
    by_version: bool
    """True if the device accepts the version without a product key."""
    begun: bool
    """True if the device has accepted the update, or may have because the response is lost."""
    installing: bool
    """True if the device has said that it installs."""
    silent: bool
    """True if a user may defer the installation, and the device does not report it."""
    overdue: bool
    """True if the user has no deferral left."""
    ends_commands: bool
    """True if the target version no longer has the commands."""

    @property
    def is_nameable(self) -> bool:
        """True if a command can name the update without the list of updates."""
        return self.key is not None or self.by_version


def interpret_response(response: Response, goal: Goal) -> Meaning | None:
    """Interpret a response. Return ``None`` if its ``Status`` is unknown."""
    if response.status == CommandStatus.NOT_NOW:
        return Meaning(outcome=Outcome.NOT_NOW)
    if response.status == CommandStatus.COMMAND_FORMAT_ERROR:
        return Meaning(outcome=Outcome.REJECTED, reason="the device found the command malformed")
    if response.status == CommandStatus.ERROR and not response.no_update_available:
        unexplained = "the device responded with Error and no reason"
        return _read_error(response, response.error_chain or (), unexplained, goal)
    if response.status not in (CommandStatus.ACKNOWLEDGED, CommandStatus.ERROR):
        return None
    return _read(response, goal)


_SAME_ERROR = {2200: 12051, 2201: 12052, 2207: 12058, 2211: 12059}
"""The codes of ``DeviceManagement.error``, with their equivalents in ``MCMDMErrorDomain``."""
_PROGRESS = {
    12051: Outcome.DOWNLOADING,
    12052: Outcome.DOWNLOADED,
    12058: Outcome.INSTALLING,
    12059: Outcome.UNDOWNLOADED,
}
"""The errors that only report the progress of the update."""
_FINAL = frozenset({12007, 12008, 12076})
"""The permanent errors: not authorized, malformed, unsupported channel."""


def _read_error(
    response: Response, chain: Sequence[ErrorChainItem], unexplained: str, goal: Goal
) -> Meaning:
    """Interpret an error of the whole command or of its update."""
    reason = _describe_chain(chain) or unexplained
    codes = [_code(error) for error in chain]
    if any((e.error_domain, e.error_code) in REQUEST_UNKNOWN for e in chain):
        if goal.begun and goal.ends_commands:  # the update has removed the command
            return Meaning(outcome=Outcome.DONE, reason=INSTALLED)
        advice = f"{reason}. If it runs 27 or newer: {RULES['OSU402'].hint}"
        return Meaning(outcome=Outcome.REJECTED, reason=advice)
    if _FINAL.intersection(codes):
        return Meaning(outcome=Outcome.REJECTED, reason=reason)
    if isinstance(response, ScheduleOSUpdateResponse):
        for outcome in filter(None, map(_PROGRESS.get, codes)):
            if outcome is Outcome.DOWNLOADED:
                return _downloaded(goal)
            return Meaning(outcome=outcome, reason=reason)
    return Meaning(outcome=Outcome.BLOCKED, reason=reason)


def _code(error: ErrorChainItem) -> int:
    """Return the code in ``MCMDMErrorDomain``, or 0."""
    code = error.error_code or 0
    if error.error_domain == "DeviceManagement.error":
        return _SAME_ERROR.get(code, 0)
    return code if error.error_domain == "MCMDMErrorDomain" else 0


def _downloaded(goal: Goal, progress: OSUpdateStatusItem | None = None) -> Meaning:
    if goal.action == InstallAction.DOWNLOAD_ONLY:
        reason = "downloaded, as requested"
        return Meaning(outcome=Outcome.DONE, reason=reason, downloaded=True, progress=progress)
    return Meaning(outcome=Outcome.DOWNLOADED, downloaded=True, progress=progress)


def _read(response: Response, goal: Goal) -> Meaning:
    if isinstance(response, AvailableOSUpdatesResponse):
        return _read_list(response, goal)
    if isinstance(response, ScheduleOSUpdateResponse):
        return _read_results(response, goal)
    if isinstance(response, OSUpdateStatusResponse):
        return _read_progress(response, goal)
    return Meaning(outcome=Outcome.SCANNED)  # ScanInitiated false: another scan is under way


def _read_list(response: AvailableOSUpdatesResponse, goal: Goal) -> Meaning:
    offers = [u for u in response.available_os_updates or () if _is_offer_of(goal, u)]
    if not offers:
        return _read_absence(goal)
    if not goal.is_nameable:
        offers = [u for u in offers if u.product_key]
    if not offers:
        reason = "the device offers this update without the product key that a command needs"
        return Meaning(outcome=Outcome.ABSENT, reason=reason)
    if goal.silent and not goal.overdue:
        return Meaning(outcome=Outcome.PENDING)
    return Meaning(outcome=Outcome.OFFERED, offer=max(offers, key=_system_update_rank))


def _read_absence(goal: Goal) -> Meaning:
    if goal.silent:
        return Meaning(outcome=Outcome.NOTHING)
    if goal.is_nameable and not goal.lists_by_scan:
        return Meaning(outcome=Outcome.UNLISTED)
    return Meaning(outcome=Outcome.ABSENT, reason=_NOT_OFFERED)


_NOT_OFFERED = "the device does not offer this update"


def _is_offer_of(goal: Goal, item: AvailableOSUpdatesItem) -> bool:
    if goal.key and item.product_key:
        return item.product_key == goal.key
    return goal.version is not None and offered_version(item) == goal.version


def _system_update_rank(item: AvailableOSUpdatesItem) -> tuple[bool, ...]:
    """Rank an item by how much it looks like a system update.

    Macs also list other products with the same version: Command Line Tools 15.1 and macOS 15.1.
    """
    return (
        named_version(item.product_key or "") is not None,
        not item.is_config_data_update and not item.is_firmware_update,
        (item.human_readable_name or "").startswith("macOS"),
        item.restart_required is True,
    )


def offered_version(item: AvailableOSUpdatesItem) -> OSVersion | None:
    """Return the version of an offered update, with the letter of a security response.

    Return ``None`` for a security response without its letter, too: it has the version of its base.
    """
    version = read_version(item.version or "", item.supplemental_os_version_extra)
    nameless = item.is_security_response and version is not None and not version.extra
    return None if nameless else version


def _read_results(response: ScheduleOSUpdateResponse, goal: Goal) -> Meaning:
    result = next(_results(response, goal), None)
    if result is None or (goal.installing and _has_nothing_to_do(result)):
        if goal.begun:
            return Meaning(outcome=Outcome.NOTHING)
        return Meaning(outcome=Outcome.ABSENT, reason=_NOT_OFFERED)
    action = str(result.install_action or goal.action)
    if result.failed:
        unexplained = (
            _obstacle(result.status) or f"the device responded with {result.status or action}"
        )
        return _read_error(response, result.error_chain or (), unexplained, goal)
    return _read_action(action, result.status, goal)


def _read_action(action: str, status: str | None, goal: Goal) -> Meaning:
    if action == InstallAction.NOTIFY_ONLY:
        return _read_notification(goal)
    downloads = action in (InstallAction.DOWNLOAD_ONLY, InstallAction.DEFAULT)
    if downloads and status != UpdateStatus.INSTALLING:
        return Meaning(outcome=Outcome.DOWNLOADING, action=action)
    return Meaning(outcome=Outcome.INSTALLING, action=action)


def _has_nothing_to_do(result: UpdateResultsItem) -> bool:
    return result.status == UpdateStatus.IDLE and not result.failed


def _read_notification(goal: Goal) -> Meaning:
    if goal.action == InstallAction.NOTIFY_ONLY:
        reason = "the device accepted the command; the user decides"
        return Meaning(outcome=Outcome.DONE, reason=reason)
    reason = "the device only notifies its user"
    return Meaning(outcome=Outcome.BLOCKED, reason=reason, action=InstallAction.NOTIFY_ONLY)


def _results(response: ScheduleOSUpdateResponse, goal: Goal) -> Iterator[UpdateResultsItem]:
    """Yield the results for the requested update, including one without a product key."""
    if not response.no_update_available:
        for item in response.update_results or ():
            if goal.key is None or item.product_key in (None, goal.key):
                yield item


def _read_progress(response: OSUpdateStatusResponse, goal: Goal) -> Meaning:
    items = response.os_update_status or ()
    item = next(_in_progress(items, goal), None)
    if item is None and any(_is_waiting(item, goal) for item in items):
        return Meaning(outcome=Outcome.WAITING)
    if item is None:
        return Meaning(outcome=Outcome.PENDING if goal.silent else Outcome.NOTHING)
    if item.status == ProgressStatus.INSTALLING:
        return Meaning(outcome=Outcome.INSTALLING, downloaded=True, progress=item)
    reason = _obstacle(item.status)
    if reason:
        return Meaning(outcome=Outcome.BLOCKED, reason=reason)
    # What is downloaded is still prepared while the status says Downloading.
    if item.status != ProgressStatus.DOWNLOADING and _is_downloaded(item):
        return _downloaded(goal, item)
    return Meaning(outcome=Outcome.DOWNLOADING, progress=item)


def _is_waiting(item: OSUpdateStatusItem, goal: Goal) -> bool:
    """Return whether a device lists the update as not yet begun.

    A Mac does so while it waits for power. All three conditions are needed: iOS sends an item
    without a product key when nothing is in progress.
    """
    named = bool(goal.key) and item.product_key == goal.key
    idle = item.status == ProgressStatus.IDLE and item.is_downloaded is False
    return named and idle and item.download_percent_complete == 0


def _in_progress(items: Sequence[OSUpdateStatusItem], goal: Goal) -> Iterator[OSUpdateStatusItem]:
    """Yield the items of the requested update that report progress."""
    for item in items:
        idle = item.status in (None, ProgressStatus.IDLE)
        nothing = idle and not _is_downloaded(item) and not fraction_of(item)
        if not nothing and (not item.product_key or not goal.key or item.product_key == goal.key):
            yield item


def fraction_of(item: OSUpdateStatusItem) -> float | None:
    """Return the progress of the download from 0.0 to 1.0, or ``None`` if it is not reported."""
    fraction = item.download_percent_complete
    return fraction if fraction is not None and 0 <= fraction <= 1 else None


def _is_downloaded(item: OSUpdateStatusItem) -> bool:
    return item.is_downloaded is True or fraction_of(item) == 1


def _obstacle(status: str | None) -> str:
    if status == UpdateStatus.INSTALL_PHONE_CALL_IN_PROGRESS:
        return "a phone call is in progress"  # no error code says so
    code = CODE_OF_STATUS.get(str(status))
    return KNOWN_ERRORS["MCMDMErrorDomain", code].meaning if code else ""


def _describe_chain(chain: Sequence[ErrorChainItem]) -> str:
    return one_line("; ".join(map(_describe, chain)))


def _describe(error: ErrorChainItem) -> str:
    meaning = error.known.meaning if error.known else error.us_english_description
    text = meaning or error.localized_description or "no description"
    return f"{text} ({error.error_domain or 'no domain'} {error.error_code})"
