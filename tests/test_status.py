"""Status reports: read and written."""

import json

import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import (
    FailureReasonStatus,
    SoftwareUpdateStatus,
    StatusError,
    StatusReport,
)

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
            "device-id": "J1"
        },
        "device": {"operating-system": {"version": "26.0", "family": "iOS"}},
        "management": {
            "declarations": {
                "activations": [],
                "configurations": [
                    {"identifier": "update", "server-token": "1", "active": true, "valid": "valid"}
                ],
                "assets": []
            }
        },
        "passcode": {"is-present": true}
    },
    "Errors": [{"StatusItem": "test.x", "Reasons": [{"Code": "Error.Unknown"}]}]
}"""


def test_a_report_is_read() -> None:
    report = osu.loads(REPORT, StatusReport)
    update = report.softwareupdate
    assert update.install_state is osu.InstallState.PREPARED
    assert update.install_reason is not None
    assert update.install_reason.reason == (osu.InstallReason.DECLARATION, "sunshine")
    assert update.install_reason.declaration_id == "update"
    assert update.pending_version is not None
    assert update.pending_version.os_version == "26.1"
    assert update.failure_reason == FailureReasonStatus(count=0)
    items = report.status_items
    assert items.device is not None
    assert items.device.operating_system is not None
    assert items.device.operating_system.version == "26.0"
    assert items.management is not None
    assert items.management.declarations is not None
    (configuration,) = items.management.declarations.configurations or ()
    assert configuration.valid is osu.Validity.VALID
    assert report.errors == (
        StatusError(status_item="test.x", unknown={"Reasons": [{"Code": "Error.Unknown"}]}),
    )


def test_nothing_is_lost() -> None:
    report = osu.loads(REPORT, StatusReport, strict=True)
    assert json.loads(osu.dumps(report)) == json.loads(REPORT)
    assert osu.loads(osu.dumps(report), StatusReport) == report


def test_only_what_has_changed() -> None:
    report = osu.loads('{"StatusItems": {}}', StatusReport)
    assert report.softwareupdate == SoftwareUpdateStatus()
    assert report.errors is None


def test_other_items_are_no_deviation_and_words_are_told() -> None:
    assert [finding.rule for finding in osu.validate(REPORT)] == ["OSU501"]
    text = '{"StatusItems": {"softwareupdate": {"failure-reason": {"count": -1}}}}'
    assert [finding.rule for finding in osu.validate(text)] == ["OSU502"]


@pytest.mark.parametrize("text", ["{}", '{"StatusItems": 5}', "{"])
def test_what_cannot_be_read(text: str) -> None:
    with pytest.raises(osu.DecodeError):
        osu.loads(text, StatusReport)
