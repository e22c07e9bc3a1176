"""The rules about responses and status reports."""

from mdm_osupdate.errors import Severity

from .examples import (
    ENVELOPE,
    IPHONE,
    MAC,
    REQUESTED,
    SCHEDULE,
    SCHEMA,
    STARTED,
    STATUS,
    progress,
    response,
    status_report,
)
from .rule import Rule

RESPONSES = (
    Rule(
        code="OSU501",
        slug="unknown-word",
        severity=Severity.WARNING,
        summary="A response has a value that Apple does not document for this key.",
        explanation=(
            "The value is kept as it is. A server that expects only documented values may fail "
            "on it, and a simulator should not send it."
        ),
        hint="Expect such values. In a simulator, use a documented one.",
        source=SCHEMA,
        example=response(
            UpdateResults=[{"ProductKey": "iOSUpdate21E236", "Status": "UpdateAvailable"}]
        ),
        corrected=response(UpdateResults=[{"ProductKey": "iOSUpdate21E236", "Status": "Idle"}]),
    ),
    Rule(
        code="OSU502",
        slug="negative-number",
        severity=Severity.ERROR,
        summary="A size or a count in a response is negative.",
        explanation=(
            "Sizes are in bytes. A negative size or count is a mistake of the sender, often an "
            "overflow."
        ),
        hint="Do not calculate with it. In a simulator, send 0 or more.",
        source=SCHEMA,
        example=progress(MaxDeferrals=-1),
        corrected=progress(MaxDeferrals=1),
    ),
    Rule(
        code="OSU503",
        slug="percent-out-of-range",
        severity=Severity.ERROR,
        summary="DownloadPercentComplete is not between 0.0 and 1.0.",
        explanation="Despite its name, the key holds a fraction: 0.5 is half.",
        hint="Send a fraction from 0.0 to 1.0.",
        source=STATUS,
        example=progress(DownloadPercentComplete=50.0),
        corrected=progress(DownloadPercentComplete=0.5),
    ),
    Rule(
        code="OSU504",
        slug="sender-missing",
        severity=Severity.INFO,
        summary="A response has neither UDID nor EnrollmentID.",
        explanation=(
            "Devices identify themselves by UDID, or by EnrollmentID under User Enrollment. "
            "Without either, a server has only the certificate of the device."
        ),
        hint="In a simulator, send UDID.",
        source=ENVELOPE,
        example={"Status": "Idle"},
        corrected={"Status": "Idle", "UDID": "0000-0001"},
    ),
    Rule(
        code="OSU505",
        slug="response-without-command-uuid",
        severity=Severity.WARNING,
        summary="A response other than Idle has no CommandUUID.",
        explanation=(
            "A server matches a response to its command by CommandUUID. Only Idle has no command."
        ),
        hint="Send the CommandUUID of the command.",
        source=ENVELOPE,
        example={"Status": "Acknowledged", "UDID": "0000-0001"},
        corrected=response(),
    ),
    Rule(
        code="OSU506",
        slug="more-deferrals-left-than-allowed",
        severity=Severity.WARNING,
        summary="DeferralsRemaining is greater than MaxDeferrals.",
        explanation="A user cannot have more deferrals left than were allowed.",
        hint="Trust neither number. In a simulator, count down from MaxDeferrals.",
        source=STATUS,
        example=progress(MaxDeferrals=3, DeferralsRemaining=4),
        corrected=progress(MaxDeferrals=3, DeferralsRemaining=2),
    ),
    Rule(
        code="OSU510",
        slug="response-key-not-on-device",
        severity=Severity.WARNING,
        summary="A response has a key that such a device does not send.",
        explanation=(
            "The key is documented for another platform or for newer versions. Either the "
            "server is wrong about the device, or the response comes from a simulator that is "
            "wrong."
        ),
        hint="Compare with what the device says about itself. In a simulator, omit the key.",
        source=SCHEMA,
        example=progress(MaxDeferrals=3),
        corrected=progress(),
        device=IPHONE,
    ),
    Rule(
        code="OSU511",
        slug="response-value-not-on-device",
        severity=Severity.WARNING,
        summary="A response has a value that such a device does not send.",
        explanation=(
            "The value is documented for another platform or for newer versions. "
            "DownloadRequiresComputer, for example, is sent by iOS only."
        ),
        hint="Compare with what the device says about itself. In a simulator, use another value.",
        source=SCHEDULE,
        example=response(
            UpdateResults=[
                {
                    "ProductKey": "_MACOS_14.5",
                    "InstallAction": "InstallASAP",
                    "Status": "DownloadRequiresComputer",
                }
            ]
        ),
        corrected=response(
            UpdateResults=[
                {
                    "ProductKey": "_MACOS_14.5",
                    "InstallAction": "InstallASAP",
                    "Status": "DownloadFailed",
                }
            ]
        ),
        device=MAC,
    ),
    Rule(
        code="OSU520",
        slug="another-action",
        severity=Severity.WARNING,
        summary="The device scheduled an action other than the requested one.",
        explanation=(
            "Apple allows it: a device chooses what its state makes possible. The server should "
            "follow the response, not the command. After Default, every action is as requested."
        ),
        hint="Follow the action in the response.",
        source=SCHEDULE,
        example=response(UpdateResults=[STARTED | {"InstallAction": "DownloadOnly"}]),
        corrected=response(UpdateResults=[STARTED]),
        command=REQUESTED,
    ),
    Rule(
        code="OSU521",
        slug="product-not-requested",
        severity=Severity.WARNING,
        summary="The response is about a product that the command does not name.",
        explanation=(
            "Each item of UpdateResults is about an update that the command requested. Here "
            "every update was requested by key, and this key is not among them."
        ),
        hint="Find the command that this is a response to.",
        source=SCHEDULE,
        example=response(UpdateResults=[STARTED | {"ProductKey": "iOSUpdate21F79"}]),
        corrected=response(UpdateResults=[STARTED]),
        command=REQUESTED,
    ),
    Rule(
        code="OSU522",
        slug="results-missing",
        severity=Severity.INFO,
        summary="The device acknowledges the command but reports nothing on its updates.",
        explanation=(
            "This is normal after a restart: the response was lost, the server sent the command "
            "again, and the device has nothing left to do. It does not mean that "
            "something failed."
        ),
        hint="Query the device's version to see whether the update is installed.",
        source="Apple, Device Management documentation: Schedule an OS Update",
        example=response(),
        corrected=response(UpdateResults=[STARTED]),
        command=REQUESTED,
    ),
    Rule(
        code="OSU523",
        slug="response-to-another-command",
        severity=Severity.ERROR,
        summary="The CommandUUID of the response is not that of the command.",
        explanation="Responses are matched to commands by CommandUUID, and by nothing else.",
        hint="Look the command up by the CommandUUID of the response.",
        source=ENVELOPE,
        example=response(CommandUUID="0002", UpdateResults=[STARTED]),
        corrected=response(UpdateResults=[STARTED]),
        command=REQUESTED,
    ),
    Rule(
        code="OSU524",
        slug="response-of-another-kind",
        severity=Severity.ERROR,
        summary="The response has the keys of a response to another command.",
        explanation=(
            "The command and the response have the same CommandUUID, but the response belongs "
            "to another request type. One of the two was mixed up."
        ),
        hint="Find the command that this is a response to.",
        source=ENVELOPE,
        example=response(OSUpdateStatus=[]),
        corrected=response(UpdateResults=[STARTED]),
        command=REQUESTED,
    ),
    Rule(
        code="OSU540",
        slug="update-failed",
        severity=Severity.ERROR,
        summary="The status report says that the pending update failed.",
        explanation=(
            "The device counts the failures of the update that a declaration enforces, and "
            "reports the last one. It tries again by itself, but often fails for the same reason."
        ),
        hint="Remove the cause on the device, such as a missing bootstrap token or a full disk.",
        source="Apple, device-management schema: declarative/status/softwareupdate.*.yaml",
        example=status_report(
            softwareupdate={
                "install-state": "failed",
                "failure-reason": {
                    "count": 2,
                    "reason": "Error Domain=SUMacControllerError Code=7507",
                },
            }
        ),
        corrected=status_report(
            softwareupdate={"install-state": "prepared", "failure-reason": {"count": 0}}
        ),
    ),
    Rule(
        code="OSU541",
        slug="declaration-not-in-force",
        severity=Severity.WARNING,
        summary="The status report says that a declaration is invalid, or inactive for a reason.",
        explanation=(
            "The device does not carry out such a declaration. A device that is at the target of "
            "an enforcement, or newer, also calls it invalid, with the reason "
            "Error.ConfigurationCannotBeApplied."
        ),
        hint="Correct the declaration, or remove it if the device is at the target.",
        source="Apple, device-management schema: declarative/status/management.declarations.yaml",
        example=status_report(
            management={
                "declarations": {
                    "configurations": [
                        {
                            "identifier": "softwareupdate.enforcement.26.1",
                            "active": False,
                            "valid": "invalid",
                        }
                    ]
                }
            }
        ),
        corrected=status_report(
            management={
                "declarations": {
                    "configurations": [
                        {
                            "identifier": "softwareupdate.enforcement.26.1",
                            "active": True,
                            "valid": "valid",
                        }
                    ]
                }
            }
        ),
    ),
)
