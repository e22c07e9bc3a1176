"""The verdict of a status report."""

import json
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import StatusReport, summarize

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
        ({}, "nothing about updates"),
    ],
)
def test_in_words(items: dict[str, Any], words: str) -> None:
    assert summary(**items) == words


def test_problems() -> None:
    reasons = [{"code": "Error.X", "description": "too old"}]
    management = declared(valid="invalid", active=False, reasons=reasons)
    report = text(softwareupdate={"failure-reason": FAILURE}, management=management)
    problems = summarize(osu.loads(report, StatusReport)).problems
    assert problems == (BOOTSTRAP, "update: too old")


class TestFailures:
    def test_one_is_an_error_and_explained(self) -> None:
        (finding,) = osu.validate(text(softwareupdate=UPDATE | {"failure-reason": FAILURE}))
        assert (finding.rule, finding.severity) == ("OSU540", "error")
        assert finding.path == "StatusItems.softwareupdate.failure-reason"
        assert finding.message == BOOTSTRAP

    def test_a_state_without_a_reason_is_one(self) -> None:
        (finding,) = osu.validate(text(softwareupdate={"install-state": "failed"}))
        assert finding.path == "StatusItems.softwareupdate.install-state"
        assert finding.message == "the update failed"

    @pytest.mark.parametrize("count", [0, None])
    def test_none_are_not(self, count: int | None) -> None:
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
    def test_not_in_force(self, state: dict[str, Any], message: str) -> None:
        (finding,) = osu.validate(text(management=declared(**state)))
        assert (finding.rule, finding.message) == ("OSU541", message)
        assert finding.path == "StatusItems.management.declarations.configurations[0]"

    @pytest.mark.parametrize("state", [{"active": False}, {"active": True, "valid": "valid"}])
    def test_in_force_or_not_yet(self, state: dict[str, Any]) -> None:
        assert list(osu.validate(text(management=declared(**state)))) == []
