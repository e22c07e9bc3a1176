"""Status reports: read and written."""

import json

import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import (
    FailureReasonStatus,
    OperatingSystemStatus,
    ReasonDetails,
    SoftwareUpdateStatus,
    StatusError,
    StatusReport,
    SupplementalStatus,
)
from mdm_osupdate.messages import EnrollmentType

REPORT = """{
    "StatusItems": {
        "softwareupdate": {
            "install-state": "prepared",
            "install-reason": {"reason": ["declaration", "sunshine"], "declaration-id": "update"},
            "pending-version": {
                "os-version": "26.1",
                "build-version": "23B74",
                "target-local-date-time": "2026-12-01T19:00:00"
            },
            "failure-reason": {"count": 0},
            "device-id": "J700AP",
            "beta-enrollment": ""
        },
        "device": {
            "operating-system": {
                "version": "26.0",
                "build-version": "25A354",
                "family": "macOS",
                "supplemental": {"build-version": "25A771270a", "extra-version": "(a)"}
            }
        },
        "mdm": {"enrollment-type": "supervised", "is-shared-ipad": false},
        "management": {
            "declarations": {
                "activations": [],
                "configurations": [
                    {"identifier": "update", "server-token": "1", "active": true, "valid": "valid"},
                    {
                        "identifier": "old", "server-token": "1", "active": false,
                        "valid": "invalid",
                        "reasons": [
                            {
                                "code": "Error.ConfigurationCannotBeApplied",
                                "description": "Configuration cannot be applied",
                                "details": {"Error": "too old", "Identifier": "old"}
                            }
                        ]
                    }
                ],
                "assets": []
            }
        },
        "passcode": {"is-present": true}
    },
    "FullReport": true,
    "Errors": [{"StatusItem": "test.x", "Reasons": [{"Code": "Error.Unknown"}]}]
}"""


def test_read_a_report() -> None:
    report = osu.loads(REPORT, StatusReport)
    update = report.softwareupdate
    assert update.install_state is osu.InstallState.PREPARED
    assert update.install_reason is not None
    assert update.install_reason.reason == (osu.InstallReason.DECLARATION, "sunshine")
    assert update.install_reason.declaration_id == "update"
    assert update.pending_version is not None
    assert update.pending_version.os_version == "26.1"
    assert update.failure_reason == FailureReasonStatus(count=0)
    assert update.device_id == "J700AP"
    assert update.beta_enrollment == ""
    assert report.full_report is True
    system = report.operating_system
    assert (system.version, system.build_version) == ("26.0", "25A354")
    supplemental = SupplementalStatus(build_version="25A771270a", extra_version="(a)")
    assert system.supplemental == supplemental
    items = report.status_items
    assert items.mdm is not None
    assert items.mdm.enrollment_type is EnrollmentType.SUPERVISED
    assert items.mdm.is_shared_ipad is False
    assert report.errors == (
        StatusError(status_item="test.x", unknown={"Reasons": [{"Code": "Error.Unknown"}]}),
    )


def test_declarations_and_their_reasons() -> None:
    management = osu.loads(REPORT, StatusReport).status_items.management
    assert management is not None
    assert management.declarations is not None
    good, bad = management.declarations.configurations or ()
    assert good.valid is osu.Validity.VALID
    (reason,) = bad.reasons or ()
    assert reason.code == "Error.ConfigurationCannotBeApplied"
    assert reason.details == ReasonDetails(error="too old", unknown={"Identifier": "old"})


def test_round_trip() -> None:
    report = osu.loads(REPORT, StatusReport, strict=True)
    assert json.loads(osu.dumps(report)) == json.loads(REPORT)
    assert osu.loads(osu.dumps(report), StatusReport) == report


def test_partial_report() -> None:
    report = osu.loads('{"StatusItems": {}}', StatusReport)
    assert report.softwareupdate == SoftwareUpdateStatus()
    assert report.operating_system == OperatingSystemStatus()
    assert report.full_report is None
    assert report.errors is None


def test_other_items_and_unknown_values() -> None:
    assert [finding.rule for finding in osu.validate(REPORT)] == ["OSU501", "OSU541"]
    text = '{"StatusItems": {"softwareupdate": {"failure-reason": {"count": -1}}}}'
    assert [finding.rule for finding in osu.validate(text)] == ["OSU502"]


@pytest.mark.parametrize("text", ["{}", '{"StatusItems": 5}', "{"])
def test_unreadable_reports(text: str) -> None:
    with pytest.raises(osu.DecodeError):
        osu.loads(text, StatusReport)
