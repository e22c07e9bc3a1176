"""The rules about declarations, and about the commands that they replace."""

from mdm_osupdate.errors import Severity

from .examples import ENFORCEMENT, IPHONE, MAC, enforcement, schedule, subscription
from .rule import Rule

DECLARATIONS = (
    Rule(
        code="OSU410",
        slug="not-carried-over",
        severity=Severity.WARNING,
        summary="The command contains something that a declaration cannot express.",
        explanation=(
            "A declaration has a version and a deadline, and always installs. It cannot only "
            "notify or only download, it has no number of deferrals (a user may defer until the "
            "deadline) and no priority, and it has one version. Everything else in a command is "
            "lost when a declaration replaces it."
        ),
        hint=(
            "Decide whether you can do without it. Otherwise keep sending the command while the "
            "device supports it."
        ),
        source=ENFORCEMENT,
        example=enforcement(),
        corrected=enforcement(),
        command=schedule(ProductVersion="26.1", InstallAction="NotifyOnly"),
        corrected_command=schedule(ProductVersion="26.1", InstallAction="InstallASAP"),
    ),
    Rule(
        code="OSU411",
        slug="other-target",
        severity=Severity.ERROR,
        summary="The declaration does not enforce the version that the command requests.",
        explanation=(
            "A declaration names a version, but a command may name a product key instead. Many "
            "keys contain no version (iOSUpdate23B74, 091-09590). The command alone then does "
            "not identify the version."
        ),
        hint="Set TargetOSVersion to the version that the command requests.",
        source=ENFORCEMENT,
        example=enforcement(),
        corrected=enforcement(),
        command=schedule(ProductVersion="26.2", InstallAction="InstallASAP"),
        corrected_command=schedule(ProductVersion="26.1", InstallAction="InstallASAP"),
    ),
    Rule(
        code="OSU602",
        slug="other-declaration",
        severity=Severity.INFO,
        summary="This is a declaration, but not one that is checked.",
        explanation=(
            "Four declarations are checked: the enforcement of a version, the settings of "
            "software updates, the activation that makes them active, and the subscription to "
            "status items. Others are not checked."
        ),
        hint="Nothing needs to change.",
        source="this library",
        example=enforcement().replace("softwareupdate.enforcement.specific", "passcode.settings"),
        corrected=enforcement(),
    ),
    Rule(
        code="OSU604",
        slug="server-token-missing",
        severity=Severity.WARNING,
        summary="The declaration has no ServerToken.",
        explanation=(
            "A device needs the token to notice changes. Many servers add it to the "
            "declarations that they are given, so a file may be right without it."
        ),
        hint="Add a ServerToken that changes with the content, unless your server adds it.",
        source="Apple, device-management schema: declarative/declarations/declarationbase.yaml",
        example=enforcement().replace(',\n    "ServerToken": "1"', ""),
        corrected=enforcement(),
    ),
    Rule(
        code="OSU605",
        slug="misspelled-declaration-type",
        severity=Severity.ERROR,
        summary="Type is almost the name of a known declaration.",
        explanation=(
            "A device does not know such a type, and reports the declaration as invalid or "
            "ignores it."
        ),
        hint="Check the spelling of Type.",
        source="Apple, device-management schema: declarative/declarations",
        example=enforcement().replace('enforcement.specific"', 'enforcement"'),
        corrected=enforcement(),
    ),
    Rule(
        code="OSU610",
        slug="invalid-target-version",
        severity=Severity.ERROR,
        summary="TargetOSVersion is not a version.",
        explanation=(
            "A version is one to three numbers joined by periods, such as 26.1. Builds (23B74) "
            "belong in TargetBuildVersion."
        ),
        hint="Write a version such as 26.1 or 26.1.1.",
        source=ENFORCEMENT,
        example=enforcement(TargetOSVersion="macOS 26.1"),
        corrected=enforcement(),
    ),
    Rule(
        code="OSU611",
        slug="invalid-local-time",
        severity=Severity.ERROR,
        summary="TargetLocalDateTime is not in Apple's format.",
        explanation=(
            "The format is yyyy-mm-ddThh:mm:ss, without a time zone and without fractions of a "
            "second: each device reads it in its own time zone. A Z or an offset at the end, or "
            "missing seconds, make the declaration invalid."
        ),
        hint="Write it with seconds and without a time zone: each device uses its own.",
        source=ENFORCEMENT,
        example=enforcement(TargetLocalDateTime="2026-12-01T19:00:00Z"),
        corrected=enforcement(),
    ),
    Rule(
        code="OSU612",
        slug="invalid-details-url",
        severity=Severity.WARNING,
        summary="DetailsURL is not the address of a web page.",
        explanation="The key holds the address of a web page with details about the update.",
        hint="Write an address that begins with https://, or delete the key.",
        source=ENFORCEMENT,
        example=enforcement(DetailsURL="it.example.org/updates"),
        corrected=enforcement(DetailsURL="https://it.example.org/updates"),
    ),
    Rule(
        code="OSU613",
        slug="invalid-build",
        severity=Severity.WARNING,
        summary="TargetBuildVersion is not a build.",
        explanation=(
            "A build is a number, a letter and a number of up to seven digits, such as 23B74. "
            "Seeds (23B5044l) and security responses (25D771280a) have a lowercase letter at "
            "the end. If the version and the build do not match an available update, the device "
            "keeps the declaration active and does nothing."
        ),
        hint=(
            "Write the build of TargetOSVersion, or delete the key if it is not a security "
            "response."
        ),
        source=ENFORCEMENT,
        example=enforcement(TargetBuildVersion="26.1.0"),
        corrected=enforcement(TargetBuildVersion="23B74"),
    ),
    Rule(
        code="OSU614",
        slug="letter-in-target-version",
        severity=Severity.ERROR,
        summary="TargetOSVersion has the letter of a security response.",
        explanation=(
            "A security response (Rapid Security Response, since 26 Background Security "
            "Improvement) is enforced by the version that it builds on, and its build in "
            "TargetBuildVersion: 26.3.1 with 25D771280a. Macs reject a version with a letter, "
            "such as 26.3.1 (a), as invalid (SUCoreError 9100)."
        ),
        hint="Write the base version, and the build of the response in TargetBuildVersion.",
        source="Apple, Installing and enforcing software updates; a report of macOS 26.3.1",
        example=enforcement(TargetOSVersion="26.3.1 (a)"),
        corrected=enforcement(TargetOSVersion="26.3.1", TargetBuildVersion="25D771280a"),
    ),
    Rule(
        code="OSU615",
        slug="trailing-zero",
        severity=Severity.WARNING,
        summary="TargetOSVersion ends in .0, which Apple omits.",
        explanation=(
            "Apple calls the version 26.1, never 26.1.0. A device looks for an update of "
            "exactly the given name, and finds none."
        ),
        hint="Omit the last number.",
        source=ENFORCEMENT,
        example=enforcement(TargetOSVersion="26.1.0"),
        corrected=enforcement(),
    ),
    Rule(
        code="OSU616",
        slug="target-never-released",
        severity=Severity.WARNING,
        summary="TargetOSVersion belongs to a major version that was never released.",
        explanation=(
            "All platforms moved to 26 in 2025: iOS, iPadOS and tvOS from 18, macOS from 15, "
            "visionOS from 2 and watchOS from 11. There are no versions in between. The device "
            "keeps the declaration active and does nothing."
        ),
        hint="Write a version that exists on this platform.",
        source="Apple, Apple Software Lookup Service",
        example=enforcement(TargetOSVersion="19.1"),
        corrected=enforcement(),
    ),
    Rule(
        code="OSU617",
        slug="deadline-passed",
        severity=Severity.WARNING,
        summary="TargetLocalDateTime has passed.",
        explanation=(
            "A device installs at once if the deadline has passed when it receives the "
            "declaration: it restarts without giving its user time."
        ),
        hint="Set a deadline in the future, unless the update must be installed at once.",
        source="Apple, Phases of software update enforcement",
        example=enforcement(),
        corrected=enforcement(TargetLocalDateTime="2027-12-01T19:00:00"),
        now="2026-12-02T19:00:00",
    ),
    Rule(
        code="OSU618",
        slug="misspelled-status-item",
        severity=Severity.WARNING,
        summary="A subscription names a status item that does not exist.",
        explanation=(
            "A device reports such an item as an error once, and never reports its value. Items "
            "about other subjects than software updates and the system are not checked."
        ),
        hint="Check the spelling of the status item.",
        source="Apple, device-management schema: declarative/status",
        example=subscription("softwareupdate.install.state"),
        corrected=subscription("softwareupdate.install-state"),
    ),
    Rule(
        code="OSU620",
        slug="declaration-not-on-platform",
        severity=Severity.ERROR,
        summary="The platform does not support the declaration.",
        explanation=(
            "The declaration is for iOS, iPadOS, macOS, tvOS and visionOS. An Apple Watch "
            "supports neither it nor any of the commands."
        ),
        hint="Have the update installed by hand. An Apple Watch is updated with its iPhone.",
        source=ENFORCEMENT,
        example=enforcement(),
        corrected=enforcement(),
        device={
            "platform": "watchOS",
            "os_version": "11.0",
            "supervised": True,
            "enrollment": "device",
        },
        corrected_device=MAC | {"os_version": "26.0"},
    ),
    Rule(
        code="OSU621",
        slug="declaration-too-new",
        severity=Severity.ERROR,
        summary="The device's version is older than the declaration.",
        explanation=(
            "The declaration was introduced with iOS and iPadOS 17.0, macOS 14.0, tvOS 18.4 and "
            "visionOS 26.0. An older device reports it as invalid."
        ),
        hint="Send ScheduleOSUpdate while the device supports that, and declarations afterwards.",
        source=ENFORCEMENT,
        example=enforcement(),
        corrected=enforcement(),
        device=MAC | {"os_version": "13.6"},
        corrected_device=MAC | {"os_version": "14.0"},
    ),
    Rule(
        code="OSU622",
        slug="declaration-unsupervised",
        severity=Severity.ERROR,
        summary="On a Mac the declaration requires supervision.",
        explanation=(
            "iPhones, iPads, Apple TVs and Vision Pros accept the declaration under Device "
            "Enrollment too. A Mac must be supervised."
        ),
        hint=(
            "Supervise the Mac: enroll it by Automated Device Enrollment, or have its user "
            "approve the MDM profile."
        ),
        source=ENFORCEMENT,
        example=enforcement(),
        corrected=enforcement(),
        device=MAC | {"os_version": "26.0", "supervised": False},
        corrected_device=MAC | {"os_version": "26.0"},
    ),
    Rule(
        code="OSU623",
        slug="declaration-in-user-scope",
        severity=Severity.ERROR,
        summary="The declaration is sent on a user channel.",
        explanation=(
            "The declaration works in the system scope only, which the device channel serves."
        ),
        hint="Send it to the device, not to one of its users.",
        source=ENFORCEMENT,
        example=enforcement(),
        corrected=enforcement(),
        device=MAC | {"os_version": "26.0", "channel": "user"},
        corrected_device=MAC | {"os_version": "26.0"},
    ),
    Rule(
        code="OSU624",
        slug="declaration-in-user-enrollment",
        severity=Severity.ERROR,
        summary="The device is under User Enrollment, which does not allow the declaration.",
        explanation=(
            "Under User Enrollment the device belongs to its user, and a server cannot update it."
        ),
        hint="Ask the user to update, or enroll the device as one of the organization.",
        source=ENFORCEMENT,
        example=enforcement(),
        corrected=enforcement(),
        device=IPHONE | {"os_version": "26.0", "enrollment": "user"},
        corrected_device=IPHONE | {"os_version": "26.0", "enrollment": "device"},
    ),
    Rule(
        code="OSU625",
        slug="target-not-newer",
        severity=Severity.WARNING,
        summary="The device already has the version or a newer one.",
        explanation=(
            "A device never goes back to an older version. At or above the target, it reports "
            "the declaration as invalid, with an error such as "
            "Error.ConfigurationCannotBeApplied. That means that it is up to date, not that the "
            "update failed."
        ),
        hint="Enforce a newer version, or remove the declaration.",
        source=ENFORCEMENT,
        example=enforcement(),
        corrected=enforcement(),
        device=MAC | {"os_version": "26.1.1"},
        corrected_device=MAC | {"os_version": "26.0.1"},
    ),
    Rule(
        code="OSU626",
        slug="base-version-missing",
        severity=Severity.ERROR,
        summary="A security response is enforced on a device that lacks its base version.",
        explanation=(
            "Since iOS 18, iPadOS 18 and macOS 15, one declaration installs the base version "
            "and the response. Before, a response installs only on its base version, so two "
            "declarations are needed: one for the base, and one with a later deadline for the "
            "response."
        ),
        hint=(
            "Enforce the base version first, by a declaration of its own with an earlier deadline."
        ),
        source=(
            "Apple, Installing and enforcing software updates, and the notes of "
            "softwareupdate.enforcement.specific.yaml"
        ),
        example=enforcement(TargetOSVersion="17.2.1", TargetBuildVersion="21C770066a"),
        corrected=enforcement(TargetOSVersion="17.2.1", TargetBuildVersion="21C770066a"),
        device=IPHONE | {"os_version": "17.2", "enrollment": "device"},
        corrected_device=IPHONE
        | {"os_version": "17.2.1", "enrollment": "device", "build": "21C66"},
    ),
)
