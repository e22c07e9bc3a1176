"""A second transcription of Apple's table, compared with the library's cell by cell."""

import attrs
import pytest

import mdm_osupdate as osu
from mdm_osupdate.availability import ROWS
from mdm_osupdate.messages import Message
from mdm_osupdate.validation.device import _SUBJECTS

TABLE = """
                                                                      iOS iPadOS    macOS  tvOS
ScheduleOSUpdate                                                      9.0    9.0    10.11  12.0
ScheduleOSUpdate.RequestRequiresNetworkTether                         9.0    9.0    10.11  12.0
ScheduleOSUpdate.RequestType                                          9.0    9.0    10.11  12.0
ScheduleOSUpdate.Updates                                              9.0    9.0    10.11  12.0
ScheduleOSUpdate.Updates[].ProductKey                                 9.0    9.0    10.11  12.0
ScheduleOSUpdate.Updates[].ProductVersion                            11.3   11.3     12.0  12.2
ScheduleOSUpdate.Updates[].InstallAction                              9.0    9.0    10.11  12.0
ScheduleOSUpdate.Updates[].MaxUserDeferrals                             -      -     12.0     -
ScheduleOSUpdate.Updates[].Priority                                     -      -     12.3     -
InstallAction.Default                                                 9.0    9.0    10.11  12.0
InstallAction.DownloadOnly                                            9.0    9.0     11.0  12.0
InstallAction.InstallASAP                                             9.0    9.0    10.11  12.0
InstallAction.NotifyOnly                                                -      -    10.11     -
InstallAction.InstallLater                                              -      -    10.11     -
InstallAction.InstallForceRestart                                       -      -     11.0     -
ScheduleOSUpdate.UpdateResults                                        9.0    9.0    10.11  12.0
ScheduleOSUpdate.UpdateResults[].ProductKey                           9.0    9.0    10.11  12.0
ScheduleOSUpdate.UpdateResults[].InstallAction                        9.0    9.0    10.11  12.0
ScheduledAction.Error                                                 9.0    9.0    10.11  12.0
ScheduledAction.DownloadOnly                                          9.0    9.0    10.11  12.0
ScheduledAction.InstallASAP                                           9.0    9.0    10.11  12.0
ScheduledAction.NotifyOnly                                              -      -    10.11     -
ScheduledAction.InstallLater                                            -      -    10.11     -
ScheduledAction.InstallForceRestart                                     -      -     11.0     -
ScheduleOSUpdate.UpdateResults[].Status                               9.0    9.0    10.11  12.0
UpdateStatus.Idle                                                     9.0    9.0    10.11  12.0
UpdateStatus.Downloading                                              9.0    9.0    10.11  12.0
UpdateStatus.DownloadFailed                                           9.0    9.0    10.11  12.0
UpdateStatus.DownloadRequiresComputer                                 9.0    9.0        -     -
UpdateStatus.DownloadInsufficientSpace                                9.0    9.0    10.11  12.0
UpdateStatus.DownloadInsufficientPower                                9.0    9.0    10.11  12.0
UpdateStatus.DownloadInsufficientNetwork                              9.0    9.0    10.11  12.0
UpdateStatus.Installing                                               9.0    9.0    10.11  12.0
UpdateStatus.InstallInsufficientSpace                                 9.0    9.0    10.11  12.0
UpdateStatus.InstallInsufficientPower                                 9.0    9.0    10.11  12.0
UpdateStatus.InstallPhoneCallInProgress                               9.0    9.0    10.11  12.0
UpdateStatus.InstallFailed                                            9.0    9.0    10.11  12.0
ScheduleOSUpdate.UpdateResults[].ErrorChain                           9.0    9.0    10.11  12.0
ScheduleOSUpdate.UpdateResults[].ErrorChain[].ErrorCode               9.0    9.0    10.11  12.0
ScheduleOSUpdate.UpdateResults[].ErrorChain[].ErrorDomain             9.0    9.0    10.11  12.0
ScheduleOSUpdate.UpdateResults[].ErrorChain[].LocalizedDescription    9.0    9.0    10.11  12.0
ScheduleOSUpdate.UpdateResults[].ErrorChain[].USEnglishDescription    9.0    9.0    10.11  12.0
ScheduleOSUpdateScan                                                    -      -    10.11     -
ScheduleOSUpdateScan.RequestRequiresNetworkTether                       -      -    10.11     -
ScheduleOSUpdateScan.RequestType                                        -      -    10.11     -
ScheduleOSUpdateScan.Force                                              -      -    10.11     -
ScheduleOSUpdateScan.ScanInitiated                                      -      -    10.11     -
AvailableOSUpdates                                                    9.0    9.0    10.11  12.0
AvailableOSUpdates.RequestRequiresNetworkTether                       9.0    9.0    10.11  12.0
AvailableOSUpdates.RequestType                                        9.0    9.0    10.11  12.0
AvailableOSUpdates.AvailableOSUpdates                                 9.0    9.0    10.11  12.0
AvailableOSUpdates.AvailableOSUpdates[].ProductKey                    9.0    9.0    10.11  12.0
AvailableOSUpdates.AvailableOSUpdates[].HumanReadableName             9.0    9.0    10.11  12.0
AvailableOSUpdates.AvailableOSUpdates[].HumanReadableNameLocale         -      -    10.11     -
AvailableOSUpdates.AvailableOSUpdates[].MetadataURL                     -      -    10.11     -
AvailableOSUpdates.AvailableOSUpdates[].ProductName                   9.0    9.0        -  12.0
AvailableOSUpdates.AvailableOSUpdates[].Version                       9.0    9.0    10.11  12.0
AvailableOSUpdates.AvailableOSUpdates[].Build                         9.0    9.0    10.11  12.0
AvailableOSUpdates.AvailableOSUpdates[].DownloadSize                  9.0    9.0    10.12  12.0
AvailableOSUpdates.AvailableOSUpdates[].InstallSize                   9.0    9.0        -  12.0
AvailableOSUpdates.AvailableOSUpdates[].AppIdentifiersToClose           -      -    10.11     -
AvailableOSUpdates.AvailableOSUpdates[].IsCritical                    9.0    9.0    10.11  12.0
AvailableOSUpdates.AvailableOSUpdates[].IsConfigDataUpdate              -      -    10.11     -
AvailableOSUpdates.AvailableOSUpdates[].IsFirmwareUpdate                -      -    10.11     -
AvailableOSUpdates.AvailableOSUpdates[].IsMajorOSUpdate                 -      -  10.11.4     -
AvailableOSUpdates.AvailableOSUpdates[].RestartRequired               9.0    9.0    10.11  12.0
AvailableOSUpdates.AvailableOSUpdates[].AllowsInstallLater            9.0    9.0    10.11  12.0
AvailableOSUpdates.AvailableOSUpdates[].DeferredUntil                   -      -  10.12.4     -
AvailableOSUpdates.AvailableOSUpdates[].RequiresBootstrapToken          -      -     11.0     -
AvailableOSUpdates.AvailableOSUpdates[].IsSecurityResponse           16.2   16.2     13.1  16.2
AvailableOSUpdates.AvailableOSUpdates[].SupplementalBuildVersion     16.2   16.2     13.1  16.2
AvailableOSUpdates.AvailableOSUpdates[].SupplementalOSVersionExtra   16.2   16.2     13.1  16.2
OSUpdateStatus                                                        9.0    9.0  10.11.5  12.0
OSUpdateStatus.RequestRequiresNetworkTether                           9.0    9.0  10.11.5  12.0
OSUpdateStatus.RequestType                                            9.0    9.0  10.11.5  12.0
OSUpdateStatus.OSUpdateStatus                                         9.0    9.0  10.11.5  12.0
OSUpdateStatus.OSUpdateStatus[].ProductKey                            9.0    9.0  10.11.5  12.0
OSUpdateStatus.OSUpdateStatus[].IsDownloaded                          9.0    9.0  10.11.5  12.0
OSUpdateStatus.OSUpdateStatus[].DownloadPercentComplete               9.0    9.0  10.11.5  12.0
OSUpdateStatus.OSUpdateStatus[].Status                                9.0    9.0  10.11.5  12.0
OSUpdateStatus.OSUpdateStatus[].MaxDeferrals                            -      -     12.3     -
OSUpdateStatus.OSUpdateStatus[].DeferralsRemaining                      -      -     12.3     -
OSUpdateStatus.OSUpdateStatus[].NextScheduledInstall                    -      -     12.3     -
OSUpdateStatus.OSUpdateStatus[].PastNotifications                       -      -     12.3     -
Priority.Low                                                            -      -     12.3     -
Priority.High                                                           -      -     12.3     -
ProgressStatus.Idle                                                   9.0    9.0  10.11.5  12.0
ProgressStatus.Downloading                                            9.0    9.0  10.11.5  12.0
ProgressStatus.Installing                                             9.0    9.0  10.11.5  12.0
"""

# Declarations and status items. A star: for supervised devices only, as everything is on
# macOS but what has a slash.
DECLARATIVE = """
                                                              iOS iPadOS macOS tvOS visionOS watchOS
SoftwareUpdateEnforcementSpecific                            17.0   17.0  14.0 18.4     26.0       -
SoftwareUpdateEnforcementSpecific.TargetOSVersion            17.0   17.0  14.0 18.4     26.0       -
SoftwareUpdateEnforcementSpecific.TargetLocalDateTime        17.0   17.0  14.0 18.4     26.0       -
SoftwareUpdateEnforcementSpecific.TargetBuildVersion         17.0   17.0  14.0 18.4     26.0       -
SoftwareUpdateEnforcementSpecific.DetailsURL                 17.0   17.0  14.0 18.4     26.0       -
softwareupdate.install-state                                 17.0   17.0  14.0 18.4     26.0       -
softwareupdate.install-reason                                17.0   17.0  14.0 18.4     26.0       -
softwareupdate.pending-version                               17.0   17.0  14.0 18.4     26.0       -
softwareupdate.failure-reason                                17.0   17.0  14.0 18.4     26.0       -
softwareupdate.device-id                                     18.0   18.0  15.0    -        -       -
softwareupdate.beta-enrollment                               18.0   18.0  15.0    -        -       -
SoftwareUpdateRequired                                      17.0/  17.0/ 14.0/    -    26.0/       -
SoftwareUpdateRequired.code                                 17.0/  17.0/ 14.0/    -    26.0/       -
SoftwareUpdateRequired.description                          17.0/  17.0/ 14.0/    -    26.0/       -
SoftwareUpdateRequired.message                              17.0/  17.0/ 14.0/    -    26.0/       -
SoftwareUpdateRequired.details                              17.0/  17.0/ 14.0/    -    26.0/       -
SoftwareUpdateRequired.details.OSVersion                    17.0/  17.0/ 14.0/    -    26.0/       -
SoftwareUpdateRequired.details.BuildVersion                 17.0/  17.0/ 14.0/    -    26.0/       -
SoftwareUpdateRequired.details.RequireBetaProgram           17.5/  17.5/ 14.5/    -    26.0/       -
SoftwareUpdateRequired.details.RequireBetaProgram.Description 17.5/ 17.5/ 14.5/   -    26.0/       -
SoftwareUpdateRequired.details.RequireBetaProgram.Token     17.5/  17.5/ 14.5/    -    26.0/       -
SoftwareUpdateSettings                                       18.0   18.0  15.0 18.4     26.0       -
SoftwareUpdateSettings.Notifications                         18.0   18.0  15.0 18.4     26.0       -
SoftwareUpdateSettings.Deferrals                            18.0*  18.0*  15.0 18.4*    26.0*      -
SoftwareUpdateSettings.Deferrals.CombinedPeriodInDays       18.0*  18.0*     - 18.4*    26.0*      -
SoftwareUpdateSettings.Deferrals.MajorPeriodInDays              -      -  15.0    -        -       -
SoftwareUpdateSettings.Deferrals.MinorPeriodInDays              -      -  15.0    -        -       -
SoftwareUpdateSettings.Deferrals.SystemPeriodInDays             -      -  15.0    -        -       -
SoftwareUpdateSettings.RecommendedCadence                    18.0   18.0     -    -     26.0       -
SoftwareUpdateSettings.AutomaticActions                     18.0*  18.0*  15.0 18.4*    26.0*      -
SoftwareUpdateSettings.AutomaticActions.Download            18.0*  18.0*  15.0    -     26.0*      -
SoftwareUpdateSettings.AutomaticActions.InstallOSUpdates    18.0*  18.0*  15.0 18.4*    26.0*      -
SoftwareUpdateSettings.AutomaticActions.InstallSecurityUpdate 18.0* 18.0* 15.0    -     26.0*      -
SoftwareUpdateSettings.RapidSecurityResponse                18.0*  18.0*  15.0    -        -       -
SoftwareUpdateSettings.RapidSecurityResponse.Enable         18.0*  18.0*  15.0    -        -       -
SoftwareUpdateSettings.RapidSecurityResponse.EnableRollback 18.0*  18.0*  15.0    -        -       -
SoftwareUpdateSettings.AllowStandardUserOSUpdates               -      -  15.0    -        -       -
SoftwareUpdateSettings.Beta                                  18.0   18.0  15.4    -        -       -
SoftwareUpdateSettings.Beta.ProgramEnrollment               18.0*  18.0*  15.4    -        -       -
SoftwareUpdateSettings.Beta.OfferPrograms                    18.0   18.0  15.4    -        -       -
SoftwareUpdateSettings.Beta.OfferPrograms[].Description      18.0   18.0  15.4    -        -       -
SoftwareUpdateSettings.Beta.OfferPrograms[].Token            18.0   18.0  15.4    -        -       -
SoftwareUpdateSettings.Beta.RequireProgram                  18.0*  18.0*  15.4    -        -       -
SoftwareUpdateSettings.Beta.RequireProgram.Description      18.0*  18.0*  15.4    -        -       -
SoftwareUpdateSettings.Beta.RequireProgram.Token            18.0*  18.0*  15.4    -        -       -
"""
PLATFORMS, *DECLARATIVE_LINES = (line.split() for line in DECLARATIVE.strip("\n").splitlines())


@pytest.mark.parametrize(
    ("subject", "platform", "version"),
    [
        (subject, platform, version)
        for subject, *versions in DECLARATIVE_LINES
        for platform, version in zip(PLATFORMS, versions, strict=True)
    ],
)
def test_declarative_cells(subject: str, platform: str, version: str) -> None:
    where = osu.availability(subject, platform)
    assert (str(where.introduced) if where else "-") == version.rstrip("*/")
    if where is not None:
        assert where.deprecated is None
        assert where.removed is None
        assert where.access_right is None
        assert where.supervised is (
            version.endswith("*") or (platform == "macOS" and not version.endswith("/"))
        )
        assert where.channels == {"device"}
        assert where.user_enrollment is False
        assert where.shared_ipad is (platform in ("iOS", "iPadOS"))


def test_lookup_by_declaration_type() -> None:
    name = "com.apple.configuration.softwareupdate.enforcement.specific"
    assert osu.availability(name, "macOS") == osu.availability(
        "SoftwareUpdateEnforcementSpecific", "macOS"
    )
    name = "com.apple.configuration.softwareupdate.settings"
    assert osu.availability(name, "iOS") == osu.availability("SoftwareUpdateSettings", "iOS")


HEAD, *LINES = (line.split() for line in TABLE.strip("\n").splitlines())
CELLS = [
    (subject, platform, version)
    for subject, *versions in LINES
    for platform, version in zip([*HEAD, "watchOS", "visionOS"], [*versions, "-", "-"], strict=True)
]


@pytest.mark.parametrize(("subject", "platform", "version"), CELLS)
def test_command_cells(subject: str, platform: str, version: str) -> None:
    where = osu.availability(subject, platform)
    assert (str(where.introduced) if where else "-") == version
    if where is None:
        return
    command = {"InstallAction": "ScheduleOSUpdate"}.get(subject, subject.split(".", maxsplit=1)[0])
    assert (str(where.deprecated), str(where.removed)) == ("26.0", "27.0")
    assert where.supervised is not (command == "AvailableOSUpdates" and platform == "macOS")
    assert where.channels == {"device"}
    assert where.user_enrollment is False
    assert where.shared_ipad is (platform in ("iOS", "iPadOS"))
    assert where.access_right == (None if platform == "macOS" else 4096)
    assert where.source.startswith("Apple, device-management ")
    assert where.deprecated is not None
    assert where.removed is not None
    assert where.introduced <= where.deprecated <= where.removed


def test_subjects() -> None:
    subjects = [subject for subject, *_ in [*LINES, *DECLARATIVE_LINES]]
    assert sorted(row.subject for row in ROWS) == sorted(subjects)
    assert len({row.subject for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("cls", _SUBJECTS)
def test_every_attribute_has_a_row(cls: type[Message]) -> None:
    for f in attrs.fields(cls):
        if f.metadata.get("key", "CommandUUID") != "CommandUUID":
            osu.availability(f"{_SUBJECTS[cls]}.{f.metadata['key']}", "macOS")


@pytest.mark.parametrize(
    "words", [osu.InstallAction, osu.ScheduledAction, osu.Priority, osu.UpdateStatus]
)
def test_every_value_has_a_row(words: type[osu.InstallAction]) -> None:
    for word in words:
        osu.availability(f"{words.__name__}.{word}", "iOS")


def test_unknown_subjects_are_rejected() -> None:
    with pytest.raises(ValueError, match=r"did you mean ScheduleOSUpdate\.Updates"):
        osu.availability("ScheduleOSUpdate.Updates[].Prioritty", "macOS")
    with pytest.raises(ValueError, match="unknown command, key or value"):
        osu.availability("x", "macOS")
    with pytest.raises(ValueError, match=r"platform must be one of iOS, .* not 'macos'"):
        osu.availability("ScheduleOSUpdate", "macos")


@pytest.mark.parametrize(
    ("device", "actions"),
    [
        (osu.Device("iOS", "17.4"), "Default DownloadOnly InstallASAP"),
        (osu.Device("iOS", "8.4"), ""),
        (osu.Device("iOS", "27.0"), ""),
        (osu.Device("iOS", "26.9"), "Default DownloadOnly InstallASAP"),
        (osu.Device("watchOS", "10.0"), ""),
        (osu.Device("macOS", "10.15"), "Default InstallASAP NotifyOnly InstallLater"),
        (
            osu.Device("macOS", "11.0"),
            "Default DownloadOnly InstallASAP NotifyOnly InstallLater InstallForceRestart",
        ),
        (osu.Device("macOS", "11.0", supervised=False), ""),
        (osu.Device("macOS", "11.0", channel="user"), ""),
        (osu.Device("macOS", "11.0", enrollment="user"), ""),
        (
            osu.Device("macOS", "10.15", access_rights=1),
            "Default InstallASAP NotifyOnly InstallLater",
        ),
        (osu.Device("tvOS", "17.0", access_rights=1), ""),
        (osu.Device("tvOS", "17.0", access_rights=4096), "Default DownloadOnly InstallASAP"),
    ],
)
def test_allowed_actions(device: osu.Device, actions: str) -> None:
    assert list(osu.allowed_actions(device)) == actions.split()
