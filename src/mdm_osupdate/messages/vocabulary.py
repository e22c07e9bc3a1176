"""Apple's vocabularies as enumerations.

Every member is a ``str``: it compares, hashes, sorts and prints like the word in a document.
Sources are files of Apple's device-management schema.
"""

from enum import Enum


class StrEnum(str, Enum):
    """The base of the enumerations."""

    __str__ = str.__str__  # Enum would print "InstallAction.DEFAULT" where Apple's word is wanted

    def __repr__(self) -> str:  # code that can be pasted
        return f"{type(self).__name__}.{self.name}"


class Platform(StrEnum):
    """An Apple operating system."""

    IOS = "iOS"
    IPADOS = "iPadOS"
    MACOS = "macOS"
    TVOS = "tvOS"
    WATCHOS = "watchOS"
    VISIONOS = "visionOS"


class RequestType(StrEnum):
    """The four software-update commands.

    Source: ``mdm/commands/system.update.{schedule,scan,available,status}.yaml``.
    """

    SCHEDULE_OS_UPDATE = "ScheduleOSUpdate"
    SCHEDULE_OS_UPDATE_SCAN = "ScheduleOSUpdateScan"
    AVAILABLE_OS_UPDATES = "AvailableOSUpdates"
    OS_UPDATE_STATUS = "OSUpdateStatus"


class InstallAction(StrEnum):
    """An action that a server can request (``Updates[].InstallAction``).

    Source: ``system.update.schedule.yaml``, payload keys.
    """

    DEFAULT = "Default"
    """Download or install, depending on the state of the update."""
    DOWNLOAD_ONLY = "DownloadOnly"
    """Download, do not install."""
    INSTALL_ASAP = "InstallASAP"
    """Install a downloaded update. On macOS, download, then count down to the restart."""
    NOTIFY_ONLY = "NotifyOnly"
    """Download and notify the user. macOS only."""
    INSTALL_LATER = "InstallLater"
    """Download, and install at a later time. macOS only."""
    INSTALL_FORCE_RESTART = "InstallForceRestart"
    """Like Default, then restart even if work is unsaved. macOS only."""


VENDOR_ACTIONS = {
    "downloadandinstall": InstallAction.INSTALL_ASAP,
    "downloadinstall": InstallAction.INSTALL_ASAP,
    "downloadinstallrestart": InstallAction.INSTALL_FORCE_RESTART,
    "downloadinstallallowdeferral": InstallAction.INSTALL_LATER,
    "install": InstallAction.INSTALL_ASAP,
    "download": InstallAction.DOWNLOAD_ONLY,
    "notify": InstallAction.NOTIFY_ONLY,
    "forcerestart": InstallAction.INSTALL_FORCE_RESTART,
}
"""The names of actions in the interfaces of MDM servers, lower-case and without underscores."""


class ScheduledAction(StrEnum):
    """An action that a device has scheduled (``UpdateResults[].InstallAction``).

    ``Error`` means that scheduling failed. Devices never report ``Default``.
    Source: ``system.update.schedule.yaml``, response keys.
    """

    ERROR = "Error"
    DOWNLOAD_ONLY = "DownloadOnly"
    INSTALL_ASAP = "InstallASAP"
    NOTIFY_ONLY = "NotifyOnly"
    INSTALL_LATER = "InstallLater"
    INSTALL_FORCE_RESTART = "InstallForceRestart"


class Priority(StrEnum):
    """The priority at which a Mac downloads and prepares an update (``Updates[].Priority``).

    Source: ``system.update.schedule.yaml``, payload keys.
    """

    LOW = "Low"
    HIGH = "High"


class UpdateStatus(StrEnum):
    """The progress of one scheduled update (``UpdateResults[].Status``).

    Source: ``system.update.schedule.yaml``, response keys.
    """

    IDLE = "Idle"
    DOWNLOADING = "Downloading"
    DOWNLOAD_FAILED = "DownloadFailed"
    DOWNLOAD_REQUIRES_COMPUTER = "DownloadRequiresComputer"
    DOWNLOAD_INSUFFICIENT_SPACE = "DownloadInsufficientSpace"
    DOWNLOAD_INSUFFICIENT_POWER = "DownloadInsufficientPower"
    DOWNLOAD_INSUFFICIENT_NETWORK = "DownloadInsufficientNetwork"
    INSTALLING = "Installing"
    INSTALL_INSUFFICIENT_SPACE = "InstallInsufficientSpace"
    INSTALL_INSUFFICIENT_POWER = "InstallInsufficientPower"
    INSTALL_PHONE_CALL_IN_PROGRESS = "InstallPhoneCallInProgress"
    INSTALL_FAILED = "InstallFailed"


class ProgressStatus(StrEnum):
    """The progress of an update (``OSUpdateStatus[].Status``).

    Apple names these three in prose only, so others may come.
    Source: ``system.update.status.yaml``, response keys.
    """

    IDLE = "Idle"
    DOWNLOADING = "Downloading"
    """Downloading or, since 17.1 and macOS 14.1, preparing."""
    INSTALLING = "Installing"


class CommandStatus(StrEnum):
    """The outcome of a command (``Status`` at the top level of every response).

    Source: Apple's Device Management documentation, the response of every command.
    """

    ACKNOWLEDGED = "Acknowledged"
    ERROR = "Error"
    COMMAND_FORMAT_ERROR = "CommandFormatError"
    IDLE = "Idle"
    NOT_NOW = "NotNow"


class InstallState(StrEnum):
    """The progress of an enforced update (``softwareupdate.install-state``).

    Source: ``declarative/status/softwareupdate.install-state.yaml``. ``waiting`` occurs only in its
    prose.
    """

    NONE = "none"
    """No update is pending. The last one, if any, has succeeded."""
    WAITING = "waiting"
    DOWNLOADING = "downloading"
    PREPARED = "prepared"
    """Ready to be installed."""
    INSTALLING = "installing"
    FAILED = "failed"


class InstallReason(StrEnum):
    """The reason for a pending update (``softwareupdate.install-reason``).

    Source: ``declarative/status/softwareupdate.install-reason.yaml``.
    """

    SYSTEM_SETTINGS = "system-settings"
    INSTALL_TONIGHT = "install-tonight"
    AUTO_UPDATE = "auto-update"
    NOTIFICATION = "notification"
    SETUP_ASSISTANT = "setup-assistant"
    COMMAND_LINE = "command-line"
    MDM = "mdm"
    """A command."""
    DECLARATION = "declaration"


class Validity(StrEnum):
    """The verdict of a device on a declaration (``valid``).

    Source: ``declarative/status/management.declarations.yaml``.
    """

    UNKNOWN = "unknown"
    INVALID = "invalid"
    VALID = "valid"


class EnrollmentType(StrEnum):
    """The kind of enrollment that a device reports (``mdm.enrollment-type``).

    Source: ``declarative/status/mdm.enrollment-type.yaml``.
    """

    NONE = "none"
    SUPERVISED = "supervised"
    DEVICE = "device"
    USER = "user"


class AutomaticAction(StrEnum):
    """The setting of an automatic action (``AutomaticActions``).

    Source: ``declarative/declarations/configurations/softwareupdate.settings.yaml``.
    """

    ALLOWED = "Allowed"
    """The user decides."""
    ALWAYS_ON = "AlwaysOn"
    ALWAYS_OFF = "AlwaysOff"


class ProgramEnrollment(StrEnum):
    """The setting for beta programs (``Beta.ProgramEnrollment``).

    Source: ``declarative/declarations/configurations/softwareupdate.settings.yaml``.
    """

    ALLOWED = "Allowed"
    """The user decides."""
    ALWAYS_ON = "AlwaysOn"
    ALWAYS_OFF = "AlwaysOff"


class RecommendedCadence(StrEnum):
    """The versions that a device shows while two are offered (``RecommendedCadence``).

    Source: ``declarative/declarations/configurations/softwareupdate.settings.yaml``.
    """

    ALL = "All"
    OLDEST = "Oldest"
    """The update of the older version only."""
    NEWEST = "Newest"
    """The upgrade to the newer version only."""
