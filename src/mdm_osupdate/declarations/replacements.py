"""Replacements for what version 27 removed besides the commands."""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen


@frozen
class Replacement:
    """A key that 27 removed, and its successor."""

    key: str
    """The removed key, such as ``enforcedSoftwareUpdateDelay``."""
    where: str
    """The payload or command that the key belonged to."""
    successor: str | None
    """The path of a key in ``SoftwareUpdateSettings``, or a status item. ``None`` if nothing
    replaces the key."""
    note: str = ""
    """The difference between the values, if they differ."""


_RESTRICTIONS = "com.apple.applicationaccess"
_PROFILE = "com.apple.SoftwareUpdate"
_SETTINGS = "Settings command"
_QUERY = "DeviceInformation command"
_ACTION = "True: Allowed or AlwaysOn. False: AlwaysOff."
_DELAY = "True without a number of days: 30."

_REPLACEMENTS = (
    Replacement(
        "enforcedSoftwareUpdateDelay",
        _RESTRICTIONS,
        "Deferrals.CombinedPeriodInDays",
        "On macOS: Deferrals.MinorPeriodInDays.",
    ),
    Replacement(
        "enforcedSoftwareUpdateMajorOSDeferredInstallDelay",
        _RESTRICTIONS,
        "Deferrals.MajorPeriodInDays",
    ),
    Replacement(
        "enforcedSoftwareUpdateMinorOSDeferredInstallDelay",
        _RESTRICTIONS,
        "Deferrals.MinorPeriodInDays",
    ),
    Replacement(
        "enforcedSoftwareUpdateNonOSDeferredInstallDelay",
        _RESTRICTIONS,
        "Deferrals.SystemPeriodInDays",
    ),
    Replacement(
        "forceDelayedSoftwareUpdates",
        _RESTRICTIONS,
        "Deferrals.CombinedPeriodInDays",
        f"{_DELAY} On macOS: Deferrals.MinorPeriodInDays.",
    ),
    Replacement(
        "forceDelayedMajorSoftwareUpdates", _RESTRICTIONS, "Deferrals.MajorPeriodInDays", _DELAY
    ),
    Replacement(
        "forceDelayedAppSoftwareUpdates", _RESTRICTIONS, "Deferrals.SystemPeriodInDays", _DELAY
    ),
    Replacement(
        "allowRapidSecurityResponseInstallation", _RESTRICTIONS, "RapidSecurityResponse.Enable"
    ),
    Replacement(
        "allowRapidSecurityResponseRemoval", _RESTRICTIONS, "RapidSecurityResponse.EnableRollback"
    ),
    Replacement(
        "AllowPreReleaseInstallation",
        _PROFILE,
        "Beta.ProgramEnrollment",
        "True: Allowed. False: AlwaysOff.",
    ),
    Replacement(
        "restrict-software-update-require-admin-to-install",
        _PROFILE,
        "AllowStandardUserOSUpdates",
        "The opposite value.",
    ),
    Replacement("AutomaticDownload", _PROFILE, "AutomaticActions.Download", _ACTION),
    Replacement(
        "AutomaticallyInstallMacOSUpdates",
        _PROFILE,
        "AutomaticActions.InstallOSUpdates",
        _ACTION,
    ),
    Replacement(
        "CriticalUpdateInstall",
        _PROFILE,
        "AutomaticActions.InstallSecurityUpdate",
        _ACTION,
    ),
    Replacement(
        "ConfigDataInstall",
        _PROFILE,
        "AutomaticActions.InstallSecurityUpdate",
        _ACTION,
    ),
    Replacement("AutomaticCheckEnabled", _PROFILE, None, "The device scans for updates itself."),
    Replacement("AutomaticallyInstallAppUpdates", _PROFILE, None),
    Replacement("CatalogURL", _PROFILE, None, "Without effect since macOS 11."),
    Replacement(
        "RecommendationCadence",
        _SETTINGS,
        "RecommendedCadence",
        "0: All. 1: Oldest. 2: Newest.",
    ),
    Replacement("SoftwareUpdateDeviceID", _QUERY, "softwareupdate.device-id"),
    Replacement("OSUpdateSettings", _QUERY, None),
    Replacement("SoftwareUpdateSettings", _QUERY, None),
)

REPLACEMENTS: Mapping[str, Replacement] = MappingProxyType(
    {each.key: each for each in _REPLACEMENTS}
)
"""Every key that 27 removed besides the commands, with its successor."""


def replacement(key: str) -> Replacement:
    """Return the replacement for a key of a restriction, profile, setting or query.

    For the commands, see ``availability``.

    Raises:
        ValueError: 27 did not remove such a key.
    """
    if key not in REPLACEMENTS:
        import difflib  # rarely needed

        near = difflib.get_close_matches(key[:80], REPLACEMENTS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"{key!r:.80} is not a key that 27 removed{hint}")
    return REPLACEMENTS[key]
