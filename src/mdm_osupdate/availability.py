"""Apple's rules as data: what each platform supports, since when, and under which conditions.

Every command, key and value has a row with the version of each platform that introduced it. A
platform that a row does not name inherits from the key or command that the row belongs to, as in
Apple's schema. ``NO`` excludes the platform. iPadOS is treated as iOS.

The conditions of a command, a declaration or a status item are in its own row, and apply to
everything that belongs to it.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from attrs import frozen

from .device import AccessRights, Channel, Device, Enrollment, to_platform
from .errors import require_type
from .messages import InstallAction, Platform, RequestType, StrEnum
from .versions import OSVersion

NO: Final = ""
"""Marker of a platform that does not have the subject."""

_APPS = AccessRights.APP_INSTALLATION


class Row(NamedTuple):
    """A subject and the version of each platform that introduced it. ``None`` is inherited."""

    subject: str
    source: str
    ios: str | None = None
    macos: str | None = None
    tvos: str | None = None
    visionos: str | None = None
    declarative: bool = False
    """True for a declaration, a status item, or a required update at enrollment. These are not
    deprecated like the commands, and need no access right."""
    unsupervised: tuple[Platform, ...] = ()
    """The platforms on which it does not need supervision."""
    supervised: tuple[Platform, ...] = ()
    """The platforms on which it needs supervision although its parent does not."""
    successor: str | None = None
    """The declaration or status item that replaces a command, if one does."""


_SETTINGS_TYPE = "com.apple.configuration.softwareupdate.settings"
_DECLARATION = "com.apple.configuration.softwareupdate.enforcement.specific"
_MAC = (Platform.MACOS,)
_ALL_BUT_MAC = (Platform.IOS, Platform.IPADOS, Platform.TVOS, Platform.VISIONOS)

_IOS = (Platform.IOS, Platform.IPADOS)

_15 = "schema of release 15.0 and macOS 12.0"
_15_4 = "schema of release 15.4 and macOS 12.3"
_16_2 = "schema of release 16.2 and macOS 13.1"
_18_1 = "schema of release 18.1 and, for tvOS and visionOS, of 26.0"
_27 = "schema of release 27.0"
_PROSE = f"{_15}, in prose"
_PAGES = "documentation pages; the schema does not have the key"
_PAGES_HAVE_IT = "documentation pages; the schema says that there is a dictionary"


def _rows(prefix: str, names: str, **conditions: Any) -> tuple[Row, ...]:
    """Create rows that differ only in their subject."""
    return tuple(
        Row(subject=f"{prefix}.{name}", **{"source": _15, **conditions}) for name in names.split()
    )


def _declarative(subject: str) -> Row:
    """Create the row of a subject that was introduced with declarative software updates."""
    return Row(
        subject=subject,
        ios="17.0",
        macos="14.0",
        tvos="18.4",
        visionos="26.0",
        source=_18_1,
        declarative=True,
        unsupervised=_ALL_BUT_MAC,
    )


_SETTINGS = "SoftwareUpdateSettings"
_REQUIRED = "SoftwareUpdateRequired"
_UPDATES = "ScheduleOSUpdate.Updates[]"
_RESULTS = "ScheduleOSUpdate.UpdateResults[]"
_ITEMS = "AvailableOSUpdates.AvailableOSUpdates[]"
_STATUS = "OSUpdateStatus.OSUpdateStatus[]"

ROWS: tuple[Row, ...] = (
    # -- ScheduleOSUpdate; like the others, not on watchOS and visionOS (schema of release 17.4) --
    Row(
        subject="ScheduleOSUpdate",
        ios="9.0",
        macos="10.11",
        tvos="12.0",
        source=_15,
        successor=_DECLARATION,
    ),
    *_rows("ScheduleOSUpdate", "RequestRequiresNetworkTether", source=_PAGES),
    *_rows("ScheduleOSUpdate", "RequestType Updates"),
    *_rows(_UPDATES, "ProductKey"),
    *_rows(_UPDATES, "ProductVersion", ios="11.3", macos="12.0", tvos="12.2"),
    *_rows(_UPDATES, "InstallAction"),
    *_rows(_UPDATES, "MaxUserDeferrals", ios=NO, macos="12.0", tvos=NO),
    *_rows(_UPDATES, "Priority", ios=NO, macos="12.3", tvos=NO, source=_15_4),
    *_rows("InstallAction", "Default InstallASAP", source=_PROSE),
    # The MDM Protocol Reference (2017) does not limit DownloadOnly to macOS 11: the schema wins.
    *_rows("InstallAction", "DownloadOnly", macos="11.0", source=_PROSE),
    *_rows("InstallAction", "NotifyOnly InstallLater", ios=NO, tvos=NO, source=_PROSE),
    *_rows("InstallAction", "InstallForceRestart", ios=NO, macos="11.0", tvos=NO, source=_PROSE),
    *_rows("Priority", "Low High", source=_15_4),
    *_rows("ScheduleOSUpdate", "UpdateResults"),
    *_rows(_RESULTS, "ProductKey InstallAction Status ErrorChain"),
    # The schema has one key for any content; the documentation names four.
    *_rows(
        f"{_RESULTS}.ErrorChain[]",
        "ErrorCode ErrorDomain LocalizedDescription USEnglishDescription",
        source=_PAGES_HAVE_IT,
    ),
    # DownloadOnly in responses has no limit of its own, unlike in commands.
    *_rows("ScheduledAction", "Error DownloadOnly InstallASAP"),
    *_rows("ScheduledAction", "NotifyOnly InstallLater", ios=NO, tvos=NO),
    *_rows("ScheduledAction", "InstallForceRestart", ios=NO, macos="11.0", tvos=NO),
    *_rows("UpdateStatus", "Idle Downloading DownloadFailed"),
    *_rows("UpdateStatus", "DownloadRequiresComputer", macos=NO, tvos=NO),
    *_rows(
        "UpdateStatus",
        "DownloadInsufficientSpace DownloadInsufficientPower DownloadInsufficientNetwork "
        "Installing InstallInsufficientSpace InstallInsufficientPower "
        "InstallPhoneCallInProgress InstallFailed",
    ),
    # -- ScheduleOSUpdateScan. The MDM Protocol Reference (2017) has iOS acknowledge a scan: the
    # schema, which wins, does not have it there. --
    Row(subject="ScheduleOSUpdateScan", macos="10.11", source=_15),
    *_rows("ScheduleOSUpdateScan", "RequestType RequestRequiresNetworkTether", source=_PAGES),
    # Apple's sample spells it ForceUpdateScan: the schema wins.
    *_rows("ScheduleOSUpdateScan", "Force ScanInitiated"),
    # -- AvailableOSUpdates --
    # The documentation's tables say that it, too, needs supervision on a Mac; the schema, which
    # wins, was silent, and says since macOS 15.2 that it does not.
    Row(
        subject="AvailableOSUpdates",
        ios="9.0",
        macos="10.11",
        tvos="12.0",
        source=f"{_15}; without supervision on macOS: of macOS 15.2",
        unsupervised=_MAC,
    ),
    *_rows("AvailableOSUpdates", "RequestRequiresNetworkTether", source=_PAGES),
    *_rows("AvailableOSUpdates", "RequestType AvailableOSUpdates"),
    *_rows(_ITEMS, "ProductKey HumanReadableName"),
    *_rows(_ITEMS, "HumanReadableNameLocale MetadataURL", ios=NO, tvos=NO),
    *_rows(_ITEMS, "ProductName", macos=NO),
    *_rows(_ITEMS, "Version Build"),
    *_rows(_ITEMS, "DownloadSize", macos="10.12"),
    *_rows(_ITEMS, "InstallSize", macos=NO),
    *_rows(_ITEMS, "AppIdentifiersToClose", ios=NO, tvos=NO),
    *_rows(_ITEMS, "IsCritical"),
    # The MDM Protocol Reference (2017) has IsConfigurationDataUpdate: the schema wins.
    *_rows(_ITEMS, "IsConfigDataUpdate IsFirmwareUpdate", ios=NO, tvos=NO),
    # Older prose says 10.11: the structured entry wins.
    *_rows(_ITEMS, "IsMajorOSUpdate", ios=NO, macos="10.11.4", tvos=NO),
    *_rows(_ITEMS, "RestartRequired AllowsInstallLater"),
    *_rows(_ITEMS, "DeferredUntil", ios=NO, macos="10.12.4", tvos=NO),
    *_rows(_ITEMS, "RequiresBootstrapToken", ios=NO, macos="11.0", tvos=NO),
    *_rows(
        _ITEMS,
        "IsSecurityResponse SupplementalBuildVersion SupplementalOSVersionExtra",
        ios="16.2",
        macos="13.1",
        tvos="16.2",
        source=_16_2,
    ),
    # -- OSUpdateStatus --
    Row(
        subject="OSUpdateStatus",
        ios="9.0",
        macos="10.11.5",
        tvos="12.0",
        source=_15,
        successor="softwareupdate.install-state",
    ),
    *_rows("OSUpdateStatus", "RequestRequiresNetworkTether", source=_PAGES),
    *_rows("OSUpdateStatus", "RequestType OSUpdateStatus"),
    *_rows(_STATUS, "ProductKey IsDownloaded DownloadPercentComplete Status"),
    *_rows(
        _STATUS,
        "MaxDeferrals DeferralsRemaining NextScheduledInstall PastNotifications",
        ios=NO,
        macos="12.3",
        tvos=NO,
        source=_15_4,
    ),
    # Apple names them in prose only, so there may be others.
    *_rows("ProgressStatus", "Idle Downloading Installing", source=_PROSE),
    # -- what replaces them --
    _declarative("SoftwareUpdateEnforcementSpecific"),
    *_rows(
        "SoftwareUpdateEnforcementSpecific",
        "TargetOSVersion TargetLocalDateTime TargetBuildVersion DetailsURL",
        source=_18_1,
    ),
    _declarative("softwareupdate.install-state"),
    _declarative("softwareupdate.install-reason"),
    _declarative("softwareupdate.pending-version"),
    _declarative("softwareupdate.failure-reason"),
    # The schema marks device-id for tvOS and visionOS by mistake, says its list of errata.
    *(
        Row(
            subject=subject,
            ios="18.0",
            macos="15.0",
            source=_27,
            declarative=True,
            unsupervised=_ALL_BUT_MAC,
        )
        for subject in ("softwareupdate.device-id", "softwareupdate.beta-enrollment")
    ),
    # -- required updates at enrollment --
    Row(
        subject=_REQUIRED,
        ios="17.0",
        macos="14.0",
        visionos="26.0",
        source=_27,
        declarative=True,
        unsupervised=(*_ALL_BUT_MAC, Platform.MACOS),
    ),
    *_rows(_REQUIRED, "code description message details", source=_27),
    *_rows(f"{_REQUIRED}.details", "OSVersion BuildVersion", source=_27),
    *_rows(f"{_REQUIRED}.details", "RequireBetaProgram", ios="17.5", macos="14.5", source=_27),
    *_rows(f"{_REQUIRED}.details.RequireBetaProgram", "Description Token", source=_27),
    # -- the settings --
    Row(
        subject=_SETTINGS,
        ios="18.0",
        macos="15.0",
        tvos="18.4",
        visionos="26.0",
        source=_27,
        declarative=True,
        unsupervised=_ALL_BUT_MAC,
    ),
    *_rows(_SETTINGS, "Notifications", source=_27),
    *_rows(_SETTINGS, "Deferrals", supervised=_ALL_BUT_MAC, source=_27),
    *_rows(f"{_SETTINGS}.Deferrals", "CombinedPeriodInDays", macos=NO, source=_27),
    *_rows(
        f"{_SETTINGS}.Deferrals",
        "MajorPeriodInDays MinorPeriodInDays SystemPeriodInDays",
        ios=NO,
        tvos=NO,
        visionos=NO,
        source=_27,
    ),
    *_rows(_SETTINGS, "RecommendedCadence", macos=NO, tvos=NO, source=_27),
    *_rows(_SETTINGS, "AutomaticActions", supervised=_ALL_BUT_MAC, source=_27),
    *_rows(f"{_SETTINGS}.AutomaticActions", "InstallOSUpdates", source=_27),
    *_rows(f"{_SETTINGS}.AutomaticActions", "Download InstallSecurityUpdate", tvos=NO, source=_27),
    *_rows(_SETTINGS, "RapidSecurityResponse", tvos=NO, visionos=NO, supervised=_IOS, source=_27),
    *_rows(f"{_SETTINGS}.RapidSecurityResponse", "Enable EnableRollback", source=_27),
    *_rows(_SETTINGS, "AllowStandardUserOSUpdates", ios=NO, tvos=NO, visionos=NO, source=_27),
    *_rows(_SETTINGS, "Beta", macos="15.4", tvos=NO, visionos=NO, source=_27),
    *_rows(f"{_SETTINGS}.Beta", "ProgramEnrollment RequireProgram", supervised=_IOS, source=_27),
    *_rows(f"{_SETTINGS}.Beta", "OfferPrograms", source=_27),
    *_rows(f"{_SETTINGS}.Beta.OfferPrograms[]", "Description Token", source=_27),
    *_rows(f"{_SETTINGS}.Beta.RequireProgram", "Description Token", source=_27),
)

_BY_SUBJECT: Mapping[str, Row] = {row.subject: row for row in ROWS}

_PARENTS = {
    "InstallAction": "ScheduleOSUpdate.Updates[].InstallAction",
    "Priority": "ScheduleOSUpdate.Updates[].Priority",
    "ScheduledAction": "ScheduleOSUpdate.UpdateResults[].InstallAction",
    "UpdateStatus": "ScheduleOSUpdate.UpdateResults[].Status",
    "ProgressStatus": "OSUpdateStatus.OSUpdateStatus[].Status",
}
"""The key that has the members of an enumeration as values."""

_OTHER_NAMES = {
    _DECLARATION: "SoftwareUpdateEnforcementSpecific",
    _SETTINGS_TYPE: "SoftwareUpdateSettings",
}
"""Declarations by their types."""

# Deprecated by the schema of release 26.0 and removed by that of 27.0, on all platforms. Older
# documentation pages do not mention it.
_DEPRECATED, _REMOVED = OSVersion("26.0"), OSVersion("27.0")

# The documentation's tables print the right for whole commands; the schema, which wins, has none
# for macOS.
_RIGHTS = {Platform.IOS: _APPS, Platform.IPADOS: _APPS, Platform.TVOS: _APPS}

# Before iPadOS 13, which the schema does not tell from iOS, iPads had iOS.
_SHARED = (Platform.IOS, Platform.IPADOS)

_COLUMNS: Mapping[Platform, str] = {
    Platform.IOS: "ios",
    Platform.IPADOS: "ios",  # the schema has no entry for it; the documentation gives iOS's numbers
    Platform.MACOS: "macos",
    Platform.TVOS: "tvos",
    Platform.VISIONOS: "visionos",
}


BASE_INCLUDED_SINCE: Mapping[Platform, OSVersion] = {
    Platform.IOS: OSVersion("18"),
    Platform.IPADOS: OSVersion("18"),
    Platform.MACOS: OSVersion("15"),
}
"""The first versions in which one declaration installs a security response and its base version.

Other platforms have supported declarations only since later. Source: Apple, Deploy software
updates using declarative device management.
"""


@frozen(kw_only=True)
class Availability:
    """The versions and conditions of a command, key or value on one platform."""

    introduced: OSVersion
    """The first version that has it."""
    deprecated: OSVersion | None
    """The first version that deprecates it, if any."""
    removed: OSVersion | None
    """The first version that no longer has it, if any."""
    supervised: bool
    """True if the device must be supervised."""
    channels: frozenset[Channel]
    """The channels on which it works."""
    user_enrollment: bool
    """True if it works under User Enrollment."""
    shared_ipad: bool
    """True if it works on a Shared iPad."""
    access_right: AccessRights | None
    """The right that the MDM profile must grant, if any."""
    successor: str | None
    """The declaration or status item that replaces a command, if one does."""
    source: str
    """The source in Apple's device-management schema."""


def availability(subject: str, platform: Platform | str) -> Availability | None:
    """Look up where a command, key or value is supported.

    Args:
        subject: a request type (``"ScheduleOSUpdate"``), a key by its path
            (``"ScheduleOSUpdate.Updates[].Priority"``, or in a response
            ``"OSUpdateStatus.OSUpdateStatus[].MaxDeferrals"``), a value of an enumeration
            (``InstallAction.DOWNLOAD_ONLY`` or ``"InstallAction.DownloadOnly"``), a declaration by
            its type or as ``"SoftwareUpdateEnforcementSpecific"``, or a status item
            (``"softwareupdate.install-state"``).
        platform: the platform, or its name such as ``"macOS"``.

    Returns:
        ``None`` if the platform does not support it.

    Raises:
        ValueError: the subject or the platform is unknown.
    """
    if isinstance(subject, StrEnum) and not isinstance(subject, RequestType):
        subject = f"{type(subject).__name__}.{subject}"
    return look_up(_OTHER_NAMES.get(str(subject), str(subject)), to_platform(platform))


@functools.cache
def look_up(subject: str, platform: Platform) -> Availability | None:
    """Look up a subject like ``availability``, without its conversions."""
    if subject not in _BY_SUBJECT:
        raise _unknown(subject)
    rows = [_BY_SUBJECT[name] for name in _ancestry(subject) if name in _BY_SUBJECT]
    introduced = _introduced(rows, platform)
    if introduced == NO:
        return None
    whole = rows[-1]
    return Availability(
        introduced=OSVersion(introduced),
        deprecated=None if whole.declarative else _DEPRECATED,
        removed=None if whole.declarative else _REMOVED,
        supervised=platform not in whole.unsupervised
        or any(platform in row.supervised for row in rows),
        channels=frozenset({Channel.DEVICE}),
        user_enrollment=False,
        shared_ipad=platform in _SHARED,
        access_right=None if whole.declarative else _RIGHTS.get(platform),
        successor=whole.successor,
        source=f"Apple, device-management {_BY_SUBJECT[subject].source}",
    )


def _introduced(rows: Sequence[Row], platform: Platform) -> str:
    """Find the first version in a row or in those that it inherits from."""
    if platform not in _COLUMNS:
        return NO
    versions = (getattr(row, _COLUMNS[platform]) for row in rows)
    return next((version for version in versions if version is not None), NO)


def _unknown(subject: str) -> ValueError:
    import difflib  # rarely needed

    near = difflib.get_close_matches(subject[:80], _BY_SUBJECT, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return ValueError(f"unknown command, key or value {subject!r:.80}{hint}")


def _ancestry(subject: str) -> Iterator[str]:
    """Yield the subject and its parents, up to its command or declaration."""
    while subject:
        yield subject
        above, _, _ = subject.rpartition(".")
        subject = _PARENTS.get(above, above.removesuffix("[]"))


def on_device(subject: str, device: Device) -> Availability | None:
    """Look up a command, key or value. Return ``None`` if the device does not support it."""
    where = look_up(subject, device.platform)
    if where is None or device.os_version < where.introduced:
        return None
    gone = where.removed is not None and device.os_version >= where.removed
    return None if gone else where


def is_available(subject: str, device: Device) -> bool:
    """Return whether a platform and version support a command, key or value."""
    return on_device(subject, device) is not None


def allowed_actions(device: Device) -> tuple[InstallAction, ...]:
    """Return the install actions that a device accepts. Unknown properties exclude none."""
    require_type("device", device, Device)
    command = on_device("ScheduleOSUpdate", device)
    if (
        command is None
        or device.channel not in command.channels
        or (command.supervised and device.supervised is False)
        or device.enrollment is Enrollment.USER
        or lacks_right(device, command)
        or (device.declaration_managed and is_available(_OTHER_NAMES[_DECLARATION], device))
    ):
        return ()
    return tuple(a for a in InstallAction if is_available(f"InstallAction.{a}", device))


def lacks_right(device: Device, where: Availability) -> bool:
    """Return whether the device is known to lack the required access right."""
    if where.access_right is None or device.access_rights is None:
        return False
    return where.access_right not in device.access_rights
