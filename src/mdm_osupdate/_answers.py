"""What an answer means for an update: all that is known of the wire's oddities, and nothing else.

The same thing is said in many forms: that there is no update, as an error (2213, 12048), as an
empty list, or by leaving ``UpdateResults`` out. Here each becomes one ``Answer``, of which the
flow's table says what follows.
"""

from collections.abc import Iterator, Sequence

from attrs import frozen

from ._errorcodes import CODE_OF_STATUS, KNOWN_ERRORS, REQUEST_UNKNOWN
from ._messages import (
    AvailableOSUpdatesItem,
    AvailableOSUpdatesResponse,
    ErrorChainItem,
    OSUpdateStatusItem,
    OSUpdateStatusResponse,
    Response,
    ScheduleOSUpdateResponse,
    UpdateResultsItem,
)
from ._osversion import OSVersion, read_version
from ._rules import RULES
from ._vocabulary import CommandStatus, InstallAction, ProgressStatus, UpdateStatus, Word


class Answer(Word):
    """What an answer can mean."""

    SCANNED = "scanned"
    """The scan has begun, or will."""
    OFFERED = "offered"
    """The update is on the device's list."""
    UNLISTED = "unlisted"
    """It is not, which iOS and tvOS also say of one that they have downloaded."""
    ABSENT = "absent"
    """There is no such update."""
    DOWNLOADING = "downloading"
    """It downloads, or is about to."""
    DOWNLOADED = "downloaded"
    """It is downloaded, and not being installed."""
    INSTALLING = "installing"
    """It will be installed without another command, now or once its user agrees."""
    NOTHING = "nothing"
    """No update is in progress any more: the device has restarted."""
    HINDERED = "hindered"
    """It failed, for a reason that may pass."""
    NOT_NOW = "not now"
    """The device cannot act; it must be sent the same command again."""
    DONE = "done"
    """All that was asked for has happened."""
    REJECTED = "rejected"
    """The device will never take this command."""


@frozen
class Goal:
    """The update that is wanted, and how."""

    action: InstallAction
    version: OSVersion | None
    key: str | None
    lists_by_scan: bool
    """Whether the device's list is true only after a scan."""
    by_version: bool
    """Whether the device can be asked for the version without a product key."""
    offered: bool
    """Whether the device is known to have had the update on offer."""
    downloaded: bool
    """Whether it has said that the download is complete."""
    installing: bool
    """Whether it has said that it installs."""
    ends_commands: bool
    """Whether the update is one after which there are no more commands."""


@frozen(kw_only=True)
class Meaning:
    """An answer, and what goes with it."""

    answer: Answer
    reason: str = ""
    offer: AvailableOSUpdatesItem | None = None
    action: str | None = None
    """The install action that the device names."""
    progress: OSUpdateStatusItem | None = None


def read_answer(response: Response, goal: Goal) -> Meaning | None:
    """Tell what an answer means; ``None``: its ``Status`` is no answer to a command."""
    if response.status == CommandStatus.NOT_NOW:
        return Meaning(answer=Answer.NOT_NOW)
    if response.status == CommandStatus.COMMAND_FORMAT_ERROR:
        return Meaning(answer=Answer.REJECTED, reason="the device found the command malformed")
    if response.status == CommandStatus.ERROR and not response.no_update_available:
        return _read_error(response, goal)
    if response.status not in (CommandStatus.ACKNOWLEDGED, CommandStatus.ERROR):
        return None
    return _read(response, goal)


def _read_error(response: Response, goal: Goal) -> Meaning:
    chain = response.error_chain or ()
    reason = _told(chain) or "the device answered Error and gave no reason"
    if not any((e.error_domain, e.error_code) in REQUEST_UNKNOWN for e in chain):
        return Meaning(answer=Answer.HINDERED, reason=reason)
    if goal.offered and goal.ends_commands:  # it had the command, and the update has taken it
        return Meaning(answer=Answer.DONE)
    advice = f"{reason}. If it has come to 27 or newer: {RULES['OSU402'].hint}"
    return Meaning(answer=Answer.REJECTED, reason=advice)


def _read(response: Response, goal: Goal) -> Meaning:
    if isinstance(response, AvailableOSUpdatesResponse):
        return _read_list(response, goal)
    if isinstance(response, ScheduleOSUpdateResponse):
        return _read_results(response, goal)
    if isinstance(response, OSUpdateStatusResponse):
        return _read_progress(response, goal)
    return Meaning(answer=Answer.SCANNED)  # ScanInitiated false: another scan is under way


def _read_list(response: AvailableOSUpdatesResponse, goal: Goal) -> Meaning:
    for item in response.available_os_updates or ():
        if _is_offer_of(goal, item):
            return Meaning(answer=Answer.OFFERED, offer=item)
    known = goal.by_version or goal.key is not None
    if known and not goal.lists_by_scan:
        return Meaning(answer=Answer.UNLISTED)
    return Meaning(answer=Answer.ABSENT, reason=_NOT_OFFERED)


_NOT_OFFERED = "the device does not offer this update"


def _is_offer_of(goal: Goal, item: AvailableOSUpdatesItem) -> bool:
    if goal.key is not None and item.product_key is not None:
        return item.product_key == goal.key
    return goal.version is not None and offered_version(item) == goal.version


def offered_version(item: AvailableOSUpdatesItem) -> OSVersion | None:
    """The version of an update on offer, with the mark of a security response."""
    extra = item.supplemental_os_version_extra or ""
    return read_version(f"{item.version or ''} {extra}".strip())


def _read_results(response: ScheduleOSUpdateResponse, goal: Goal) -> Meaning:
    result = next(_results(response, goal), None)
    if result is None or (goal.installing and result.status == UpdateStatus.IDLE):
        if goal.offered:
            return Meaning(answer=Answer.NOTHING)
        return Meaning(answer=Answer.ABSENT, reason=_NOT_OFFERED)
    action = str(result.install_action or goal.action)
    if result.failed:
        reason = _told(result.error_chain or ()) or _hindrance(result.status)
        reason = reason or f"the device answered {result.status or action}"
        return Meaning(answer=Answer.HINDERED, reason=reason)
    if action == goal.action == InstallAction.NOTIFY_ONLY:
        return Meaning(answer=Answer.DONE, action=action)
    downloads = action in (InstallAction.DOWNLOAD_ONLY, InstallAction.DEFAULT)
    if downloads and result.status != UpdateStatus.INSTALLING:
        return Meaning(answer=Answer.DOWNLOADING, action=action)
    return Meaning(answer=Answer.INSTALLING, action=action)


def _results(response: ScheduleOSUpdateResponse, goal: Goal) -> Iterator[UpdateResultsItem]:
    """The results for the update that is wanted, one without a product key included."""
    if not response.no_update_available:
        for item in response.update_results or ():
            if goal.key is None or item.product_key in (None, goal.key):
                yield item


def _read_progress(response: OSUpdateStatusResponse, goal: Goal) -> Meaning:
    item = next(_in_progress(response, goal), None)
    if item is None:
        return Meaning(answer=Answer.NOTHING)
    if item.status == ProgressStatus.INSTALLING:
        return Meaning(answer=Answer.INSTALLING, progress=item)
    if item.status is not None and str(item.status) not in frozenset(ProgressStatus):
        reason = _hindrance(item.status) or f"the device reports {item.status}"
        return Meaning(answer=Answer.HINDERED, reason=reason)
    if item.is_downloaded or (item.download_percent_complete or 0) >= 1:
        if goal.action == InstallAction.DOWNLOAD_ONLY:
            return Meaning(answer=Answer.DONE, progress=item)
        return Meaning(answer=Answer.DOWNLOADED, progress=item)
    if goal.downloaded:
        return Meaning(answer=Answer.NOTHING)
    return Meaning(answer=Answer.DOWNLOADING, progress=item)


def _in_progress(response: OSUpdateStatusResponse, goal: Goal) -> Iterator[OSUpdateStatusItem]:
    """The items of the update that is wanted; iOS sends one even when nothing is in progress."""
    for item in response.os_update_status or ():
        idle = item.status in (None, ProgressStatus.IDLE) and not item.is_downloaded
        if item.product_key == goal.key or (not item.product_key and not idle) or not goal.key:
            yield item


def _hindrance(status: str | None) -> str:
    if status == UpdateStatus.INSTALL_PHONE_CALL_IN_PROGRESS:
        return "a phone call is in progress"  # no error code says so
    code = CODE_OF_STATUS.get(str(status))
    return KNOWN_ERRORS["MCMDMErrorDomain", code].meaning if code else ""


def _told(chain: Sequence[ErrorChainItem]) -> str:
    return "; ".join(map(_error, chain))


def _error(error: ErrorChainItem) -> str:
    meaning = error.known.meaning if error.known else error.us_english_description
    text = meaning or error.localized_description or "no description"
    return f"{text} ({error.error_domain or 'no domain'} {error.error_code})"
