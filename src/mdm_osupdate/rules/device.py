"""The rules about commands and the device that would receive them."""

from mdm_osupdate.errors import Severity

from .examples import ASAP, IPHONE, MAC, SCHEDULE, SCHEMA, command_of, enforcement, schedule
from .rule import Rule

DEVICE = (
    Rule(
        code="OSU301",
        slug="command-not-on-platform",
        severity=Severity.ERROR,
        summary="The platform does not support the command.",
        explanation=(
            "ScheduleOSUpdateScan is for Macs only. watchOS and visionOS support none of the "
            "four commands. Devices usually respond to an unsupported command with Status Error "
            "and MCMDMErrorDomain 12021. An iPhone is reported to acknowledge a scan and do "
            "nothing."
        ),
        hint="Do not send it to this platform.",
        source=SCHEMA,
        example=command_of(RequestType="ScheduleOSUpdateScan"),
        corrected=command_of(RequestType="ScheduleOSUpdateScan"),
        device={"platform": "iOS", "os_version": "17.4"},
        corrected_device=MAC,
    ),
    Rule(
        code="OSU302",
        slug="command-too-new",
        severity=Severity.ERROR,
        summary="The device's version is older than the command.",
        explanation=(
            "A device responds to a command that its version does not support with Status Error "
            "and MCMDMErrorDomain 12021."
        ),
        hint="Update the device by other means first.",
        source=SCHEMA,
        example=command_of(RequestType="OSUpdateStatus"),
        corrected=command_of(RequestType="OSUpdateStatus"),
        device=MAC | {"os_version": "10.11"},
        corrected_device=MAC | {"os_version": "10.14"},
    ),
    Rule(
        code="OSU303",
        slug="key-not-on-platform",
        severity=Severity.ERROR,
        summary="The platform does not support the key.",
        explanation=(
            "MaxUserDeferrals and Priority are for Macs only. Other platforms ignore them, so "
            "the user of an iPhone is not limited as the command suggests."
        ),
        hint="Delete the key from commands for this platform.",
        source=SCHEDULE,
        example=schedule(ProductVersion="17.4.1", InstallAction="InstallASAP", Priority="High"),
        corrected=schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        device=IPHONE,
    ),
    Rule(
        code="OSU304",
        slug="key-too-new",
        severity=Severity.ERROR,
        summary="The device's version is older than the key.",
        explanation=(
            "Some keys were added later, such as ProductVersion in iOS 11.3 and macOS 12.0, and "
            "Priority in macOS 12.3. An older device ignores them."
        ),
        hint="Omit the key. Instead of ProductVersion, use the ProductKey.",
        source=SCHEDULE,
        example=schedule(ProductVersion="12.5", InstallAction="InstallASAP"),
        corrected=schedule(ProductKey="_MACOS_12.5", InstallAction="InstallASAP"),
        device=MAC | {"os_version": "11.7"},
    ),
    Rule(
        code="OSU305",
        slug="minor-updates-only",
        severity=Severity.WARNING,
        summary="MaxUserDeferrals or Priority has no effect on a major upgrade.",
        explanation=(
            "Both keys work for minor updates only: from 12.x to 12.y, not from 12 to 13. For a "
            "major upgrade they do nothing."
        ),
        hint="Delete the key, or update within the major version first.",
        source=SCHEDULE,
        example=schedule(ProductVersion="14.5", InstallAction="InstallASAP", Priority="High"),
        corrected=schedule(ProductVersion="13.7", InstallAction="InstallASAP", Priority="High"),
        device=MAC | {"os_version": "13.6"},
    ),
    Rule(
        code="OSU306",
        slug="value-not-on-platform",
        severity=Severity.ERROR,
        summary="The platform does not support the value.",
        explanation=(
            "NotifyOnly, InstallLater and InstallForceRestart are for Macs only. iOS is "
            "reported to reject a command with an action other than Default, DownloadOnly and "
            "InstallASAP."
        ),
        hint="Use Default, DownloadOnly or InstallASAP.",
        source=SCHEDULE,
        example=schedule(ProductVersion="17.4.1", InstallAction="InstallLater"),
        corrected=schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        device=IPHONE,
    ),
    Rule(
        code="OSU307",
        slug="value-too-new",
        severity=Severity.ERROR,
        summary="The device's version is older than the value.",
        explanation=(
            "Macs support DownloadOnly and InstallForceRestart since macOS 11.0. An older Mac "
            "is reported to proceed as with Default."
        ),
        hint="Use Default, InstallASAP, NotifyOnly or InstallLater.",
        source=SCHEDULE,
        example=schedule(ProductKey="091-09590", InstallAction="DownloadOnly"),
        corrected=schedule(ProductKey="091-09590", InstallAction="InstallASAP"),
        device=MAC | {"os_version": "10.15"},
    ),
    Rule(
        code="OSU310",
        slug="unsupervised",
        severity=Severity.ERROR,
        summary="The command requires a supervised device.",
        explanation=(
            "Software-update commands require supervision, except AvailableOSUpdates on a Mac. "
            "A device that is not supervised rejects them."
        ),
        hint=(
            "Supervise the device: enroll it by Automated Device Enrollment or Apple "
            "Configurator. On macOS 11 and newer, a user-approved MDM profile supervises too."
        ),
        source=SCHEMA,
        example=schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        corrected=schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        device=IPHONE | {"supervised": False},
        corrected_device=IPHONE,
    ),
    Rule(
        code="OSU311",
        slug="user-channel",
        severity=Severity.ERROR,
        summary="The command is sent on a user channel.",
        explanation="All four commands work on the device channel only.",
        hint="Send it to the device, not to one of its users.",
        source=SCHEMA,
        example=command_of(RequestType="OSUpdateStatus"),
        corrected=command_of(RequestType="OSUpdateStatus"),
        device=MAC | {"channel": "user"},
        corrected_device=MAC,
    ),
    Rule(
        code="OSU312",
        slug="user-enrollment",
        severity=Severity.ERROR,
        summary="The device is under User Enrollment.",
        explanation=(
            "Under User Enrollment the device belongs to its user, and a server cannot update it."
        ),
        hint="Ask the user to update, or enroll the device as one of the organization.",
        source=SCHEMA,
        example=command_of(RequestType="OSUpdateStatus"),
        corrected=command_of(RequestType="OSUpdateStatus"),
        device=MAC | {"enrollment": "user"},
        corrected_device=MAC | {"enrollment": "device"},
    ),
    Rule(
        code="OSU313",
        slug="access-right-missing",
        severity=Severity.ERROR,
        summary="The MDM profile lacks an access right that the command requires.",
        explanation=(
            "On iOS, iPadOS and tvOS the commands require the right to manage apps, bit 4096 of "
            "AccessRights in the MDM profile. On a Mac they require none."
        ),
        hint=(
            "Enroll the device with a profile that has the right. Updating the profile cannot "
            "add it."
        ),
        source=SCHEMA,
        example=command_of(RequestType="OSUpdateStatus"),
        corrected=command_of(RequestType="OSUpdateStatus"),
        device=IPHONE | {"access_rights": 4095},
        corrected_device=IPHONE | {"access_rights": 8191},
    ),
    Rule(
        code="OSU314",
        slug="shared-ipad",
        severity=Severity.WARNING,
        summary="A Shared iPad rejects the command while a user is logged in.",
        explanation=(
            "On a Shared iPad the command fails with MCMDMErrorDomain 12077 while a user is "
            "logged in."
        ),
        hint="Log the user out first (LogOutUser), or send it when nobody is logged in.",
        source="Apple, MDM Protocol Reference (2017)",
        example=schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        corrected=schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        device=IPHONE | {"platform": "iPadOS", "shared_ipad": True},
        corrected_device=IPHONE | {"platform": "iPadOS", "shared_ipad": False},
    ),
    Rule(
        code="OSU315",
        slug="more-than-one-update",
        severity=Severity.WARNING,
        summary="Updates has more than one item, but the device installs one update.",
        explanation=(
            "iPhones, iPads and Apple TVs install one update at a time. They are reported to "
            "reject a command with several, with MCMDMErrorDomain 12008."
        ),
        hint="Keep the item with the newest version.",
        source="published analyses of Apple's client code",
        example=command_of(
            RequestType="ScheduleOSUpdate",
            Updates=[ASAP | {"ProductVersion": "17.4"}, ASAP | {"ProductVersion": "17.4.1"}],
        ),
        corrected=command_of(
            RequestType="ScheduleOSUpdate", Updates=[ASAP | {"ProductVersion": "17.4.1"}]
        ),
        device=IPHONE,
    ),
    Rule(
        code="OSU316",
        slug="not-newer",
        severity=Severity.WARNING,
        summary="The requested version is not newer than the device's own.",
        explanation=(
            "There is nothing to update. A Mac is reported to reject a version older than its own."
        ),
        hint="Request a newer version, or do not send the command.",
        source="published analyses of Apple's client code",
        example=schedule(ProductVersion="17.3", InstallAction="InstallASAP"),
        corrected=schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
        device=IPHONE,
    ),
    Rule(
        code="OSU317",
        slug="old-mac-without-automated-enrollment",
        severity=Severity.WARNING,
        summary="An old Mac may require Automated Device Enrollment.",
        explanation=(
            "Apple's reference of 2017 requires Macs to be enrolled by Automated Device "
            "Enrollment (DEP) for ScheduleOSUpdate. Today's schema does not, and no source says "
            "which version changed it. A third party saw macOS 10.13.4 reject the command, so "
            "versions before 10.14 get this warning; that boundary is this library's choice."
        ),
        hint="Enroll the Mac again by Automated Device Enrollment, or update it by hand.",
        source=(
            "Apple, MDM Protocol Reference (2017), and a test with macOS 10.13.4 by a third party"
        ),
        example=schedule(ProductKey="091-09590", InstallAction="InstallASAP"),
        corrected=schedule(ProductKey="091-09590", InstallAction="InstallASAP"),
        device=MAC | {"os_version": "10.13.6", "enrollment": "device"},
        corrected_device=MAC | {"os_version": "10.13.6", "enrollment": "automated"},
    ),
    Rule(
        code="OSU318",
        slug="download-without-install",
        severity=Severity.WARNING,
        summary="DownloadOnly does not install: that takes a second command.",
        explanation=(
            "On iOS, iPadOS and tvOS an update takes two commands: one downloads, and one "
            "installs what was downloaded. After DownloadOnly nothing is installed until the "
            "second command arrives, or until the user installs."
        ),
        hint="Send InstallASAP when the download is complete, or use Default for both.",
        source=SCHEDULE,
        example=schedule(ProductVersion="17.4.1", InstallAction="DownloadOnly"),
        corrected=schedule(ProductVersion="17.4.1", InstallAction="Default"),
        device=IPHONE,
    ),
    Rule(
        code="OSU319",
        slug="major-upgrade-action",
        severity=Severity.WARNING,
        summary="A Mac before macOS 14 accepts only InstallASAP for a major upgrade.",
        explanation=(
            "Several reports from different years agree that Macs reject a major upgrade with "
            "another action: MCMDMErrorDomain 12008, 'Unsupported InstallAction for this "
            "ProductKey'. macOS 14 and newer accept all actions for upgrades that are offered "
            "over the air."
        ),
        hint="Use InstallASAP, or update within the major version.",
        source=(
            "reports by vendors and administrators; Apple, device-management schema of release 17.2"
        ),
        example=schedule(ProductVersion="14.6.1", InstallAction="NotifyOnly"),
        corrected=schedule(ProductVersion="14.6.1", InstallAction="InstallASAP"),
        device=MAC | {"os_version": "13.6"},
    ),
    Rule(
        code="OSU401",
        slug="deprecated",
        severity=Severity.WARNING,
        summary="The command is deprecated since 26.",
        explanation=(
            "The four commands still work on 26, but 27 removed them. ScheduleOSUpdate is "
            "replaced by the declaration "
            "com.apple.configuration.softwareupdate.enforcement.specific (iOS and iPadOS 17.0, "
            "macOS 14.0, tvOS 18.4), and OSUpdateStatus by the status item "
            "softwareupdate.install-state. AvailableOSUpdates and ScheduleOSUpdateScan have no "
            "direct replacement: the Apple Software Lookup Service lists what Apple offers, and "
            "devices scan for updates by themselves."
        ),
        hint=(
            "Send the declaration com.apple.configuration.softwareupdate.enforcement.specific "
            "instead."
        ),
        source="Apple, device-management schema of release 26.0",
        example=schedule(ProductVersion="26.1", InstallAction="InstallASAP"),
        corrected=enforcement(),
        device=MAC | {"os_version": "26.0", "declaration_managed": False},
    ),
    Rule(
        code="OSU402",
        slug="removed",
        severity=Severity.ERROR,
        summary="The command was removed in 27.",
        explanation=(
            "Devices with 27 or newer do not have the four commands. ScheduleOSUpdate is "
            "replaced by the declaration "
            "com.apple.configuration.softwareupdate.enforcement.specific, and OSUpdateStatus by "
            "the status item softwareupdate.install-state. AvailableOSUpdates and "
            "ScheduleOSUpdateScan have no direct replacement: the Apple Software Lookup Service "
            "lists what Apple offers, and devices scan for updates by themselves."
        ),
        hint=(
            "Send the declaration com.apple.configuration.softwareupdate.enforcement.specific "
            "instead."
        ),
        source="Apple, device-management schema of release 27.0",
        example=schedule(ProductVersion="27.1", InstallAction="InstallASAP"),
        corrected=enforcement(TargetOSVersion="27.1"),
        device=MAC | {"os_version": "27.0"},
    ),
    Rule(
        code="OSU403",
        slug="managed-by-declaration",
        severity=Severity.WARNING,
        summary="A declaration manages the device's updates and overrides the command.",
        explanation=(
            "While a softwareupdate.enforcement.specific declaration is active, the device "
            "ignores ScheduleOSUpdate and responds with an informational error. "
            "AvailableOSUpdates and OSUpdateStatus omit the managed update."
        ),
        hint="Change the declaration instead, or remove it first.",
        source="Apple, device-management schema of release 18.0",
        example=schedule(ProductVersion="14.5", InstallAction="InstallASAP"),
        corrected=schedule(ProductVersion="14.5", InstallAction="InstallASAP"),
        device=MAC | {"declaration_managed": True},
        corrected_device=MAC | {"declaration_managed": False},
    ),
)
