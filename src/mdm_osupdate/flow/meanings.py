"""The possible meanings of responses and status reports, as the transitions name them."""

from attrs import frozen

from mdm_osupdate.messages import AvailableOSUpdatesItem, OSUpdateStatusItem, StrEnum


class Outcome(StrEnum):
    """The meaning of a response or a status report for the update."""

    ACTIVE = "active"
    """The declaration is in force."""
    INACTIVE = "inactive"
    """The declaration is not in force, for a reason that may pass."""
    WAITING = "waiting"
    """The device has accepted the update and waits to begin."""
    SCANNED = "scanned"
    """The scan has begun or will begin."""
    OFFERED = "offered"
    """The update is on the device's list."""
    UNLISTED = "unlisted"
    """The update is not on the list. iOS and tvOS also omit one that they have downloaded."""
    ABSENT = "absent"
    """The device does not have the update."""
    DOWNLOADING = "downloading"
    """The update downloads or is about to."""
    DOWNLOADED = "downloaded"
    """The update is downloaded and is not being installed."""
    UNDOWNLOADED = "undownloaded"
    """The update must be downloaded before it can be installed."""
    INSTALLING = "installing"
    """The device will install without another command, now or once its user agrees."""
    PENDING = "pending"
    """The response does not show whether the update is installed. A Mac's user may still defer."""
    NOTHING = "nothing"
    """No update is in progress: the device has restarted or given up."""
    BLOCKED = "blocked"
    """The update failed, for a reason that may pass."""
    NOT_NOW = "not now"
    """The device cannot act; the same command must be sent again."""
    DONE = "done"
    """Everything that was requested has happened."""
    REJECTED = "rejected"
    """The device will never accept this command or declaration."""


@frozen(kw_only=True)
class Meaning:
    """The meaning of a response or report, with its details."""

    outcome: Outcome
    reason: str = ""
    offer: AvailableOSUpdatesItem | None = None
    action: str | None = None
    """The install action that the device names."""
    downloaded: bool = False
    """True if the device says that the download is complete."""
    progress: OSUpdateStatusItem | None = None


INSTALLED = "installed"
"""The reason of a flow that has finished because the device has the update."""
