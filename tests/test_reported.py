"""The state of a device according to its status reports."""

import json
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import StatusReport, StatusSummary, summarize

UPDATE = {
    "install-state": "downloading",
    "pending-version": {
        "os-version": "26.1",
        "build-version": "23B74",
        "target-local-date-time": "2026-12-01T19:00:00",
    },
}
SYSTEM = {"operating-system": {"version": "26.0", "build-version": "25A354"}}
FAILURE = {"count": 2, "reason": "Error Domain=SUMacControllerError Code=7507"}
BOOTSTRAP = (
    "access was denied: no bootstrap token is escrowed "
    "(Error Domain=SUMacControllerError Code=7507)"
)


def text(**items: Any) -> str:
    return json.dumps({"StatusItems": items})


def declared(**state: Any) -> dict[str, Any]:
    return {"declarations": {"configurations": [{"identifier": "update", **state}]}}


def summary(**items: Any) -> str:
    return str(summarize(osu.loads(text(**items), StatusReport)))


@pytest.mark.parametrize(
    ("items", "words"),
    [
        (
            {"softwareupdate": UPDATE, "device": SYSTEM},
            "has 26.0 (25A354); 26.1 (23B74) is pending until 2026-12-01T19:00:00; "
            "install state downloading",
        ),
        ({"softwareupdate": {"pending-version": {"os-version": "26.1"}}}, "26.1 is pending"),
        ({"softwareupdate": {"pending-version": {"os-version": ""}}}, "nothing about updates"),
        ({"device": {"operating-system": {"version": "26.0"}}}, "has 26.0"),
        ({"softwareupdate": {"failure-reason": FAILURE}}, f"failed: {BOOTSTRAP}"),
        ({"management": declared(valid="invalid")}, "not in force: update: it gives no reason"),
        ({}, "nothing about updates"),
    ],
)
def test_description(items: dict[str, Any], words: str) -> None:
    assert summary(**items) == words


def test_problems() -> None:
    reasons = [{"code": "Error.X", "description": "too old"}]
    management = declared(valid="invalid", active=False, reasons=reasons)
    report = text(softwareupdate={"failure-reason": FAILURE}, management=management)
    problems = summarize(osu.loads(report, StatusReport)).problems
    assert problems == (BOOTSTRAP, "update: too old")


class TestSeveralReports:
    """Partial reports are merged."""

    def of(self, *reports: dict[str, Any]) -> StatusSummary:
        summary = StatusSummary()
        for items in reports:
            report = {"StatusItems": items, "FullReport": items.pop("full", False)}
            summary = summarize(osu.loads(json.dumps(report), StatusReport)).after(summary)
        return summary

    def test_missing_items_keep_their_value(self) -> None:
        last = {"softwareupdate": {"install-state": "installing"}}
        summary = self.of({"softwareupdate": UPDATE, "device": SYSTEM}, last)
        assert str(summary) == (
            "has 26.0 (25A354); 26.1 (23B74) is pending until 2026-12-01T19:00:00; "
            "install state installing"
        )
        assert not summary.is_full

    def test_empty_items_are_known_to_be_empty(self) -> None:
        nothing = {"pending-version": {"os-version": ""}, "failure-reason": {"count": 0}}
        failed = UPDATE | {"failure-reason": FAILURE}
        summary = self.of({"softwareupdate": failed}, {"softwareupdate": nothing})
        assert (summary.pending_version, summary.deadline, summary.problems) == (None, None, ())

    def test_full_report_replaces_earlier_ones(self) -> None:
        full: dict[str, Any] = {"device": SYSTEM, "full": True}
        summary = self.of({"softwareupdate": UPDATE}, full)
        assert (str(summary), summary.is_full) == ("has 26.0 (25A354)", True)
        assert self.of({"device": SYSTEM, "full": True}, {"softwareupdate": UPDATE}).is_full

    def system(self, **items: Any) -> dict[str, Any]:
        return {"device": {"operating-system": items}}

    def test_security_response_without_base_version(self) -> None:
        letter = {"extra-version": "(a)", "build-version": "25A400100a"}
        summary = self.of({"device": SYSTEM}, self.system(supplemental=letter))
        assert (str(summary.version), summary.build) == ("26.0 (a)", "25A400100a")
        gone = self.of(
            {"device": SYSTEM}, self.system(supplemental=letter), self.system(version="26.1")
        )
        assert (str(gone.version), gone.build) == ("26.1", None)

    def test_build_replaces_security_response_build(self) -> None:
        response = self.system(
            **{"build-version": "25A354", "supplemental": {"build-version": "25A400100a"}}
        )
        summary = self.of(response, self.system(**{"build-version": "25A355"}))
        assert summary.build == "25A355"


def test_identifiers() -> None:
    device = {
        "identifier": {"serial-number": "C02A", "udid": 5},
        "model": {"identifier": "Mac14,2"},
        "operating-system": {"family": "macOS"},
    }
    report = text(device=device, softwareupdate={"device-id": "J413AP"})
    summary = summarize(osu.loads(report, StatusReport))
    assert (summary.serial_number, summary.udid) == ("C02A", None)
    assert (summary.family, summary.model, summary.device_id) == ("macOS", "Mac14,2", "J413AP")


@pytest.mark.parametrize("valid", [True, False])
def test_superseded_invalid_revision(valid: bool) -> None:
    old = {"identifier": "update", "server-token": "1", "valid": "invalid"}
    new = {"identifier": "update", "server-token": "2", "valid": "valid" if valid else "unknown"}
    management = {"declarations": {"configurations": [old, new]}}
    summary = summarize(osu.loads(text(management=management), StatusReport))
    assert summary.problems == (() if valid else ("update: it gives no reason",))


class TestFailures:
    def test_failure_is_explained(self) -> None:
        (finding,) = osu.validate(text(softwareupdate=UPDATE | {"failure-reason": FAILURE}))
        assert (finding.rule, finding.severity) == ("OSU540", "error")
        assert finding.path == "StatusItems.softwareupdate.failure-reason"
        assert finding.message == BOOTSTRAP

    def test_text_of_a_device_is_one_short_line(self) -> None:
        failure = FAILURE | {"reason": "no\tspace\r\nleft \x1b[2J\u2028"}
        (finding,) = osu.validate(text(softwareupdate={"failure-reason": failure}))
        assert finding.message == r"no space left \x1b[2J"
        long = {"count": 1, "reason": "x" * 100_000}
        (finding,) = osu.validate(text(softwareupdate={"failure-reason": long}))
        assert finding.message == "x" * 499 + "…"

    def test_failed_state_without_reason(self) -> None:
        (finding,) = osu.validate(text(softwareupdate={"install-state": "failed"}))
        assert finding.path == "StatusItems.softwareupdate.install-state"
        assert finding.message == "the update failed"

    @pytest.mark.parametrize("count", [0, None])
    def test_no_failures(self, count: int | None) -> None:
        failure = {} if count is None else {"count": count}
        assert osu.validate(text(softwareupdate=UPDATE | {"failure-reason": failure})).ok


class TestDeclarations:
    @pytest.mark.parametrize(
        ("state", "message"),
        [
            ({"valid": "invalid"}, "declaration 'update' is invalid: it gives no reason"),
            (
                {"active": False, "reasons": [{"code": "Info.NotReferencedByActivation"}]},
                "declaration 'update' is inactive: no activation refers to it, so the device "
                "ignores it",
            ),
        ],
    )
    def test_inactive_declaration(self, state: dict[str, Any], message: str) -> None:
        (finding,) = osu.validate(text(management=declared(**state)))
        assert (finding.rule, finding.message) == ("OSU541", message)
        assert finding.path == "StatusItems.management.declarations.configurations[0]"

    @pytest.mark.parametrize("state", [{"active": False}, {"active": True, "valid": "valid"}])
    def test_active_or_pending_declaration(self, state: dict[str, Any]) -> None:
        assert list(osu.validate(text(management=declared(**state)))) == []
