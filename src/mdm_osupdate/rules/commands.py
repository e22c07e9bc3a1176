"""The rules about the values of commands."""

from mdm_osupdate.errors import Severity

from .examples import SCHEDULE, command_of, schedule
from .rule import Rule

COMMANDS = (
    Rule(
        code="OSU201",
        slug="unknown-install-action",
        severity=Severity.ERROR,
        summary="InstallAction is not one of the six documented values.",
        explanation=(
            "iOS is reported to reject a command with an unknown action. macOS is reported to "
            "log it and proceed as with Default, which is probably not what was meant. Servers "
            "with their own vocabulary (INSTALL_ASAP) must translate it."
        ),
        hint=(
            "Use Default, DownloadOnly, InstallASAP, NotifyOnly, InstallLater or "
            "InstallForceRestart."
        ),
        source=SCHEDULE,
        example=schedule(ProductVersion="17.4.1", InstallAction="INSTALL_ASAP"),
        corrected=schedule(ProductVersion="17.4.1", InstallAction="InstallASAP"),
    ),
    Rule(
        code="OSU202",
        slug="unknown-priority",
        severity=Severity.ERROR,
        summary="Priority is neither Low nor High.",
        explanation=(
            "Apple documents two priorities for downloading and preparing an update. Without "
            "the key, a Mac uses Low."
        ),
        hint="Use Low or High, or omit the key.",
        source=SCHEDULE,
        example=schedule(ProductVersion="14.5", InstallAction="Default", Priority="Urgent"),
        corrected=schedule(ProductVersion="14.5", InstallAction="Default", Priority="High"),
    ),
    Rule(
        code="OSU203",
        slug="product-missing",
        severity=Severity.ERROR,
        summary="An update has neither a ProductKey nor a ProductVersion.",
        explanation=(
            "The command must identify the update by the key from AvailableOSUpdates, by a "
            "version, or by both. A Mac responds with an error. iOS is reported to install its "
            "newest update, but do not rely on that."
        ),
        hint=(
            "Add ProductVersion (iOS 11.3, macOS 12.0, tvOS 12.2 and newer), or the ProductKey "
            "from AvailableOSUpdates."
        ),
        source=SCHEDULE,
        example=schedule(InstallAction="Default"),
        corrected=schedule(InstallAction="Default", ProductVersion="17.4.1"),
    ),
    Rule(
        code="OSU204",
        slug="updates-missing",
        severity=Severity.WARNING,
        summary="A ScheduleOSUpdate command has no Updates.",
        explanation=(
            "The schema requires the key, and says only that a device without it applies its "
            "default behavior. According to published analyses, the iOS client installs the "
            "newest update as with Default. State the update and the action instead."
        ),
        hint="Add Updates, an array of at least one dictionary with InstallAction and a product.",
        source=SCHEDULE,
        example=command_of(RequestType="ScheduleOSUpdate"),
        corrected=schedule(InstallAction="Default", ProductVersion="17.4.1"),
    ),
    Rule(
        code="OSU205",
        slug="updates-empty",
        severity=Severity.WARNING,
        summary="Updates is empty.",
        explanation=(
            "No update is named, and what a device does then is not documented. A Mac is "
            "reported to scan and to install all that it finds."
        ),
        hint="Add at least one update with InstallAction and a product.",
        source=SCHEDULE,
        example=command_of(RequestType="ScheduleOSUpdate", Updates=[]),
        corrected=schedule(InstallAction="Default", ProductVersion="17.4.1"),
    ),
    Rule(
        code="OSU206",
        slug="product-mismatch",
        severity=Severity.WARNING,
        summary="ProductKey and ProductVersion name different releases.",
        explanation=(
            "Both keys may be given. If they contradict each other, one of them was left over "
            "from an earlier command, and Apple does not say which one the device follows."
        ),
        hint="Delete the one that is out of date.",
        source=SCHEDULE,
        example=schedule(
            ProductKey="_MACOS_14.4.1", ProductVersion="14.5", InstallAction="Default"
        ),
        corrected=schedule(
            ProductKey="_MACOS_14.5", ProductVersion="14.5", InstallAction="Default"
        ),
    ),
    Rule(
        code="OSU207",
        slug="deferrals-without-install-later",
        severity=Severity.WARNING,
        summary="MaxUserDeferrals has no effect without InstallLater.",
        explanation=(
            "Only InstallLater lets a user defer the update, so the limit applies to it only. "
            "With other actions the key does nothing."
        ),
        hint="Use InstallLater, or delete MaxUserDeferrals.",
        source=SCHEDULE,
        example=schedule(ProductVersion="14.5", InstallAction="InstallASAP", MaxUserDeferrals=3),
        corrected=schedule(ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=3),
    ),
    Rule(
        code="OSU208",
        slug="negative-deferrals",
        severity=Severity.ERROR,
        summary="MaxUserDeferrals is negative.",
        explanation=(
            "The key limits how often the user may defer the update. Apple gives no upper "
            "bound, and no meaning for a negative number."
        ),
        hint="Use 0 or more, or omit the key.",
        source=SCHEDULE,
        example=schedule(ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=-1),
        corrected=schedule(ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=1),
    ),
    Rule(
        code="OSU209",
        slug="security-response-by-version",
        severity=Severity.WARNING,
        summary="A security response is requested by its version.",
        explanation=(
            "A Rapid Security Response (since 26 a Background Security Improvement) such as "
            "13.4.1 (c) cannot be addressed by ProductVersion, only by the ProductKey that "
            "AvailableOSUpdates lists. Devices that support declarations can be sent one "
            "instead, with the base version and the build of the response."
        ),
        hint="Use the ProductKey of the response instead of its version.",
        source=SCHEDULE,
        example=schedule(ProductVersion="13.4.1 (a)", InstallAction="InstallASAP"),
        corrected=schedule(
            ProductKey="MSU_UPDATE_22F770820d_patch_13.4.1_rsr", InstallAction="InstallASAP"
        ),
    ),
    Rule(
        code="OSU210",
        slug="invalid-version",
        severity=Severity.WARNING,
        summary="ProductVersion is not a version.",
        explanation=(
            "A device compares ProductVersion with the versions of the updates that it finds, "
            "such as 17.4.1. A build, a name or the word 'latest' matches none of them."
        ),
        hint="Write one to three numbers joined by periods.",
        source=SCHEDULE,
        example=schedule(ProductVersion="latest", InstallAction="Default"),
        corrected=schedule(ProductVersion="17.4.1", InstallAction="Default"),
    ),
    Rule(
        code="OSU211",
        slug="empty-product-key",
        severity=Severity.WARNING,
        summary="ProductKey is empty.",
        explanation=(
            "An empty key identifies no update. Templates write it if they have nothing to fill in."
        ),
        hint="Delete the key if there is a ProductVersion. Otherwise fill it in.",
        source=SCHEDULE,
        example=schedule(ProductKey="", ProductVersion="17.4.1", InstallAction="Default"),
        corrected=schedule(ProductVersion="17.4.1", InstallAction="Default"),
    ),
    Rule(
        code="OSU212",
        slug="forced-restart",
        severity=Severity.WARNING,
        summary="InstallForceRestart restarts the Mac even if documents are unsaved.",
        explanation=(
            "The Mac updates as with Default and then restarts without asking, so unsaved work "
            "is lost. That can be what you want, but it should not surprise anybody."
        ),
        hint=(
            "Use InstallLater with MaxUserDeferrals to give users a last chance, or tell them "
            "in advance."
        ),
        source=SCHEDULE,
        example=schedule(ProductVersion="14.5", InstallAction="InstallForceRestart"),
        corrected=schedule(ProductVersion="14.5", InstallAction="InstallLater", MaxUserDeferrals=3),
    ),
    Rule(
        code="OSU213",
        slug="version-never-released",
        severity=Severity.WARNING,
        summary="ProductVersion belongs to a major version that was never released.",
        explanation=(
            "All platforms moved to 26 in 2025: iOS, iPadOS and tvOS from 18, macOS from 15, "
            "visionOS from 2 and watchOS from 11. There are no versions in between, so no "
            "update matches."
        ),
        hint="Write a version that exists on this platform.",
        source="Apple, Apple Software Lookup Service",
        example=schedule(ProductVersion="19.1", InstallAction="Default"),
        corrected=schedule(ProductVersion="26.1", InstallAction="Default"),
    ),
)
