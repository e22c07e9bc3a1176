"""The flow of a declared update: status reports in, events out."""

import datetime as dt
import json
from typing import Any, ClassVar, cast

import attrs
import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific, StatusReport
from mdm_osupdate.flow import (
    Blocked,
    DeadlinePassed,
    EnforcementFlow,
    Event,
    Policy,
    State,
    Waiting,
    load_flow,
)

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.timezone.utc)
PHONE = osu.Device("iOS", "27.0", supervised=True, enrollment="automated")
BY_DECEMBER = SoftwareUpdateEnforcementSpecific(
    target_os_version="27.1",
    target_local_date_time="2026-12-01T19:00:00",
    identifier="update",
    server_token="2",
)


def status(valid: str, *reasons: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The state of the declaration on the device."""
    usual = {"identifier": "update", "server-token": "2", "active": valid == "valid"}
    return usual | {"valid": valid, "reasons": list(reasons)} | more


def report(**update: Any) -> StatusReport:
    """A report of softwareupdate items; ``has``: the version; ``of``: states of declarations."""
    items: dict[str, Any] = {}
    if "has" in update:
        system = update.pop("has")
        system = system if isinstance(system, dict) else {"version": system}
        items["device"] = {"operating-system": system}
    declarations = {}
    if "of" in update:
        declarations["configurations"] = update.pop("of")
    if "activations" in update:
        declarations["activations"] = update.pop("activations")
    if declarations:
        items["management"] = {"declarations": declarations}
    if update:
        items["softwareupdate"] = {key.replace("_", "-"): value for key, value in update.items()}
    return osu.loads(json.dumps({"StatusItems": items, "Errors": []}), StatusReport, strict=True)


class Talk:
    """A flow that is stored and restored after each step, one hour apart."""

    def __init__(self, **more: Any) -> None:
        device, declaration = more.pop("device", PHONE), more.pop("declaration", BY_DECEMBER)
        self.flow = EnforcementFlow(device, declaration, **more)
        self.now = NOW
        self.flow.advance(self.now)

    def __call__(self, **update: Any) -> list[str]:
        self.now += dt.timedelta(hours=1)
        events = self.flow.receive(report(**update), self.now)
        self.restore()
        return [type(event).__name__ for event in events]

    def restore(self) -> None:
        written = json.dumps(self.flow.to_dict(), allow_nan=False)
        flow = load_flow(json.loads(written))
        assert isinstance(flow, EnforcementFlow)
        self.flow = flow
        assert json.dumps(self.flow.to_dict()) == written


def test_wrong_types() -> None:
    with pytest.raises(TypeError, match=r"declaration must be SoftwareUpdateEnf.*, not str"):
        EnforcementFlow(PHONE, cast("SoftwareUpdateEnforcementSpecific", "27.1"))
    with pytest.raises(TypeError, match="report must be StatusReport, not Response"):
        EnforcementFlow(PHONE, BY_DECEMBER).receive(
            cast("StatusReport", osu.Response(status="Idle")), NOW
        )


def test_update_from_declaration_to_new_version() -> None:
    talk = Talk()
    assert talk.flow.state == State.DECLARED.value
    pending = {"os-version": "27.1", "build-version": "25B74"}
    assert talk(install_state="waiting", pending_version=pending) == ["UpdateFound"]
    assert talk(install_state="downloading") == ["DownloadStarted"]
    assert talk.flow.state == State.DOWNLOADING.value
    assert talk(install_state="downloading", pending_version=pending) == []
    assert talk(install_state="prepared") == ["Downloaded"]
    assert talk.flow.state == State.PREPARED.value
    assert talk(install_state="installing") == ["Restarting"]
    assert talk(has="27.1", install_state="none") == ["Restarted", "Finished"]
    assert talk.flow.done
    assert talk.flow.history[-1].to_dict()["reason"] == "installed"


def test_reports_lost_in_the_restart() -> None:
    talk = Talk()
    assert talk(install_state="installing") == ["Downloaded", "Restarting"]
    assert talk(install_state="none") == ["Restarted", "Finished"]


def test_no_pending_update_does_not_mean_installed() -> None:
    talk = Talk()
    assert talk(install_state="none", has="27.0") == []
    talk(install_state="prepared")
    assert talk(install_state="none") == []
    assert talk.flow.state == State.DECLARED.value
    assert talk(has="27.1.1") == ["Finished"]


def test_each_failure_is_reported_once_up_to_the_limit() -> None:
    talk = Talk(policy=Policy(max_retries=2))
    failure = {"count": 1, "reason": "not enough space", "timestamp": "2026-11-24T10:00:00Z"}
    assert talk(install_state="failed", failure_reason=failure)[0] == "Blocked"
    assert talk.flow.reason == "not enough space"
    assert talk(failure_reason=failure) == []
    assert talk(install_state="downloading") == ["DownloadStarted"]
    assert talk(install_state="failed")[0] == "Blocked"
    assert talk.flow.reason == "the update failed"
    assert talk(failure_reason={"count": 0}) == []
    assert talk(failure_reason={"count": 1})[-1] == "Failed"
    assert "does not say why" in talk.flow.reason


def test_invalid_declaration_ends_the_flow() -> None:
    talk = Talk()
    reasons = [{"code": "Error.ConfigurationIsInvalid", "description": "no such version"}, {}]
    for identifier in "other", "update 2":
        assert talk(of=[status("invalid", *reasons, identifier=identifier)]) == []
    for token in "1", "3":
        assert talk(of=[status("invalid", *reasons, **{"server-token": token})]) == []
    assert talk(of=[status("invalid", *reasons)]) == ["Failed"]
    assert talk.flow.reason == "the device calls the declaration invalid: no such version"
    talk = Talk()
    talk(of=[status("invalid")])
    assert talk.flow.reason.endswith("it gives no reason")


def test_waits_until_the_deadline_has_passed_in_every_time_zone() -> None:
    flow = EnforcementFlow(PHONE, BY_DECEMBER)
    passed = dt.datetime(2026, 12, 2, 7, tzinfo=dt.timezone.utc)
    assert flow.advance(NOW) == [Waiting(at=NOW, until=passed)]
    assert flow.wait_until == passed
    assert flow.advance(passed - dt.timedelta(seconds=1)) == []
    events = flow.advance(passed)
    assert events[0] == DeadlinePassed(at=passed, deadline="2026-12-01T19:00:00")
    end = passed + flow.policy.timeout
    assert flow.wait_until == end
    assert flow.advance(end - dt.timedelta(seconds=1)) == []
    assert not flow.done
    flow.advance(end)
    assert flow.reason == "not installed 30 days after the deadline"
    assert flow.wait_until is None


def test_timeout_is_noticed_late() -> None:
    flow = EnforcementFlow(PHONE, BY_DECEMBER)
    flow.advance(NOW)
    events = flow.advance(dt.datetime(2027, 12, 1, tzinfo=dt.timezone.utc))
    assert [type(event).__name__ for event in events] == ["DeadlinePassed", "Failed"]


@pytest.mark.parametrize(("month", "day", "hour"), [(12, 2, 7), (12, 30, 0)])
def test_deadline_in_the_past_has_no_event(month: int, day: int, hour: int) -> None:
    flow = EnforcementFlow(PHONE, BY_DECEMBER)
    late = dt.datetime(2026, month, day, hour, tzinfo=dt.timezone.utc)
    assert flow.advance(late) == [Waiting(at=late, until=late + flow.policy.timeout)]


def test_wait_until_is_never_in_the_past() -> None:
    flow = EnforcementFlow(PHONE, BY_DECEMBER)
    flow.advance(NOW)
    late = dt.datetime(2026, 12, 5, tzinfo=dt.timezone.utc)
    events = flow.receive(report(install_state="failed"), late)
    assert [type(event).__name__ for event in events] == ["Blocked", "DeadlinePassed", "Waiting"]
    assert all(event.until > event.at for event in flow.history if isinstance(event, Waiting))


def test_failed_flow_stays_failed() -> None:
    talk = Talk()
    names: list[str] = []
    for count in range(1, 20):
        failure = {"count": count, "reason": "no space"}
        names += talk(install_state="downloading", failure_reason=failure)
    assert names.count("Failed") == 1
    assert names[-1] == "Failed"
    assert talk.flow.state is State.FAILED
    assert talk.flow.advance(talk.now) == []
    assert talk(has="27.1") == []
    assert talk.flow.state is State.FAILED


def test_declarations_to_offer() -> None:
    flow = EnforcementFlow(PHONE, BY_DECEMBER)
    kinds = [d.declaration_type for d in flow.declarations]
    assert kinds == [
        "com.apple.configuration.softwareupdate.enforcement.specific",
        "com.apple.activation.simple",
        "com.apple.configuration.management.status-subscriptions",
        "com.apple.activation.simple",
    ]
    flow.receive(report(has="27.1"), NOW)
    assert flow.declarations == ()


@pytest.mark.parametrize(
    ("device", "rule"),
    [
        (osu.Device("iOS", "16.7", supervised=True), "OSU621"),
        (osu.Device("macOS", "27.0", supervised=False), "OSU622"),
        (osu.Device("watchOS", "27.0"), "OSU620"),
    ],
)
def test_unsupported_device(device: osu.Device, rule: str) -> None:
    flow = EnforcementFlow(device, BY_DECEMBER)
    flow.advance(NOW)
    assert [finding.rule for finding in flow.findings] == [rule]
    assert (flow.state, flow.reason.startswith(flow.findings[0].message)) == ("failed", True)


def test_version_already_installed() -> None:
    flow = EnforcementFlow(osu.Device("iOS", "27.1.2"), BY_DECEMBER)
    assert [type(event).__name__ for event in flow.advance(NOW)] == ["Finished"]
    assert flow.state is State.FINISHED


def test_device_with_26_supports_the_declaration() -> None:
    flow = EnforcementFlow(osu.Device("macOS", "15.0", supervised=True), BY_DECEMBER)
    flow.advance(NOW)
    assert flow.state is State.DECLARED


def test_first_report_starts_the_flow() -> None:
    flow = EnforcementFlow(PHONE, BY_DECEMBER)
    events: list[Event] = [*flow.receive(report(install_state="downloading"), NOW)]
    assert [type(event).__name__ for event in events] == ["Waiting", "DownloadStarted"]
    assert repr(flow) == (
        "<EnforcementFlow of iOS 27.0 to 27.1 by 2026-12-01T19:00:00: downloading>"
    )


def test_declaration_without_a_version() -> None:
    declaration = SoftwareUpdateEnforcementSpecific(
        target_os_version="latest", target_local_date_time="2026-12-01T19:00:00"
    )
    with pytest.raises(osu.InvalidVersionError):
        EnforcementFlow(PHONE, declaration)


class TestCompletion:
    """Version and build decide, then the verdict on this revision of the declaration."""

    cannot: ClassVar = {
        "code": "Error.ConfigurationCannotBeApplied",
        "description": "The configuration cannot be applied.",
        "details": {"Error": "target OS version (27.1) is older than current version (27.1.1)"},
    }

    def test_invalid_declaration_at_the_target_is_success(self) -> None:
        assert Talk()(has="27.1.1", of=[status("invalid", self.cannot)]) == ["Finished"]

    def test_invalid_declaration_below_the_target_is_failure(self) -> None:
        talk = Talk()
        assert talk(has="27.0", of=[status("invalid", self.cannot)]) == ["Failed"]
        assert "older than current version (27.1.1)" in talk.flow.reason

    def test_waits_for_a_version(self) -> None:
        talk = Talk()
        assert talk(of=[status("invalid", self.cannot)]) == ["Blocked"]
        assert talk(has="27.1.1") == ["Finished"]

    def test_previous_revision_is_ignored(self) -> None:
        talk = Talk()
        before = status("invalid", self.cannot, **{"server-token": "1"})
        assert talk(has="27.0", of=[before, status("valid")]) == []

    def test_progress_of_another_update_is_ignored(self) -> None:
        talk = Talk()
        other = {"os-version": "27.0.1", "build-version": "24A300"}
        assert talk(install_state="downloading", pending_version=other) == ["Ignored"]
        ignored = talk.flow.history[-1].to_dict()["reason"]
        assert ignored == "the device processes 27.0.1 (24A300), not 27.1"
        assert talk(install_state="installing") == []
        assert talk(failure_reason={"count": 3, "reason": "no space"}) == []
        nothing = {"os-version": "", "build-version": ""}
        assert talk(install_state="none", pending_version=nothing) == []
        assert talk.flow.state is State.DECLARED
        own = {"os-version": "27.1", "build-version": "24B60"}
        assert talk(install_state="installing", pending_version=own) == [
            *("UpdateFound", "Downloaded", "Restarting")
        ]
        assert talk(install_state="none", pending_version=nothing) == ["Restarted", "Finished"]

    def test_progress_of_another_declaration_is_ignored(self) -> None:
        talk = Talk()
        cause = {"reason": ["declaration"], "declaration-id": "another"}
        assert talk(install_state="installing", install_reason=cause) == []
        assert talk(install_state="installing", install_reason=cause | {"declaration-id": "update"})

    def test_update_superseded_by_another(self) -> None:
        talk = Talk()
        talk(install_state="installing", pending_version={"os-version": "27.1"})
        talk(install_state="waiting", pending_version={"os-version": "27.0.1"})
        assert talk(install_state="none", pending_version={"os-version": ""}) == []

    def test_newest_patch_may_be_the_target(self) -> None:
        talk = Talk()
        assert talk(pending_version={"os-version": "27.1.2"}) == ["UpdateFound"]
        for other in "27.2", "26.1.2", "28.1.2":
            assert talk(pending_version={"os-version": other}) == ["Ignored"]
        assert talk(pending_version={"os-version": "beta"}) == ["Ignored"]

    def test_install_state_none_with_a_new_failure(self) -> None:
        talk = Talk()
        talk(install_state="installing")
        failure = {"count": 1, "reason": "no space"}
        assert talk(install_state="none", failure_reason=failure) == ["Blocked"]
        assert talk(install_state="none") == []

    def test_install_state_none_with_the_old_version(self) -> None:
        talk = Talk()
        talk(install_state="installing")
        assert talk(install_state="none", has="27.0") == []
        assert talk(install_state="none") == []

    def test_known_error_is_explained(self) -> None:
        talk = Talk()
        text = 'Error Domain=SUMacControllerError Code=7507 "Access request was denied"'
        talk(failure_reason={"count": 1, "reason": text})
        assert talk.flow.reason == f"access was denied: no bootstrap token is escrowed ({text})"


class TestSecurityResponses:
    mac = osu.Device("macOS", "26.3.1", supervised=True)
    build = "25D771280a"

    def talk(self) -> Talk:
        declaration = attrs.evolve(
            BY_DECEMBER, target_os_version="26.3.1", target_build_version=self.build
        )
        return Talk(device=self.mac, declaration=declaration)

    def test_base_version_is_not_enough(self) -> None:
        talk = self.talk()
        assert not talk.flow.done
        assert talk(has={"version": "26.3.1", "build-version": "25D60"}) == []

    def test_supplemental_build_decides(self) -> None:
        talk = self.talk()
        system = {"version": "26.3.1", "build-version": "25D60"}
        supplemental = {"build-version": self.build, "extra-version": "(a)"}
        assert talk(has=system | {"supplemental": supplemental}) == ["Finished"]

    def test_version_and_build_in_separate_reports(self) -> None:
        talk = self.talk()
        talk(has="26.3.1")
        assert talk(has={"supplemental": {"build-version": self.build}}) == ["Finished"]

    def test_newer_version_includes_the_response(self) -> None:
        assert self.talk()(has="26.3.2") == ["Finished"]

    def test_pending_base_version_is_not_the_response(self) -> None:
        talk = self.talk()
        base = {"os-version": "26.3.1", "build-version": "25D60"}
        assert talk(install_state="installing", pending_version=base) == ["Ignored"]
        ignored = talk.flow.history[-1].to_dict()["reason"]
        assert ignored == "the device processes 26.3.1 (25D60), not 26.3.1 (25D771280a)"
        for version, build in ("26.3.1", "25D771290a"), ("26.3", self.build), ("26.4", self.build):
            other = {"os-version": version, "build-version": build}
            assert talk(pending_version=other) == ["Ignored"]
        response = {"os-version": "26.3.1", "build-version": self.build}
        assert talk(pending_version=response) == ["UpdateFound"]


class TestInactiveDeclarations:
    unreferenced: ClassVar = {
        "code": "Info.NotReferencedByActivation",
        "description": "Configuration is not referenced by an activation.",
    }

    def test_missing_activation_is_reported_once(self) -> None:
        talk = Talk(policy=Policy(max_retries=1))
        for expected in ["Blocked"], [], [], []:
            assert talk(of=[status("unknown", self.unreferenced)]) == expected
        assert talk.flow.reason == (
            "the declaration is not in force: no activation refers to it, so the device ignores it"
        )
        assert talk(of=[status("valid")]) == []
        assert talk(of=[status("unknown", self.unreferenced)]) == ["Blocked"]

    def test_each_other_reason_is_reported(self) -> None:
        talk = Talk()
        for text in "b", "a", "c":
            reason = {"code": "Info.Other", "description": text}
            assert talk(of=[status("unknown", reason)]) == ["Blocked"]
            assert talk.flow.reason == f"the declaration is not in force: {text}"

    def test_inactive_without_reasons_has_no_event(self) -> None:
        assert Talk()(of=[status("unknown")]) == []

    def test_activation_with_a_false_predicate(self) -> None:
        talk = Talk()
        (name,) = [d.identifier for d in talk.flow.declarations[1:2]]
        reason = {"code": "Info.Predicate", "description": "the predicate is false"}
        state = status("valid", reason, identifier=name, active=False)
        for other in "0", "x":
            assert talk(activations=[state | {"identifier": other}]) == []
        assert talk(activations=[state]) == ["Blocked"]
        blocked = talk.flow.history[-1]
        assert isinstance(blocked, Blocked)
        assert blocked.reason == "the activation is not in force: the predicate is false"


class TestFailures:
    """Failures count only for their own update."""

    failed: ClassVar = {"count": 2, "reason": "no space"}

    def test_failures_of_another_declaration_are_ignored(self) -> None:
        talk = Talk()
        cause = {"reason": ["declaration"], "declaration-id": "another"}
        assert talk(install_reason=cause, failure_reason=self.failed) == []
        assert talk(failure_reason=self.failed) == ["Blocked"]

    @pytest.mark.parametrize("identifier", ["aaa", "zzz"])
    def test_another_declaration_is_the_reason(self, identifier: str) -> None:
        talk = Talk()
        cause = {"reason": ["declaration"], "declaration-id": identifier}
        assert talk(install_reason=cause, failure_reason=self.failed) == []

    def test_progress_after_a_failure_is_reported_again(self) -> None:
        talk = Talk()
        talk(install_state="installing")
        talk(install_state="failed", failure_reason=self.failed)
        assert talk(install_state="installing") == ["Downloaded", "Restarting"]

    def test_negative_count_is_none(self) -> None:
        talk = Talk()
        talk(failure_reason={"count": -1, "reason": "no space"})
        assert talk.flow.to_dict()["memory"]["failures"] == 0

    @pytest.mark.parametrize("failure", [{"reason": "no space"}, {"count": 0}])
    def test_failure_without_a_count_is_none(self, failure: dict[str, Any]) -> None:
        assert Talk()(failure_reason=failure) == []
        talk = Talk()
        talk(failure_reason={"count": 1, "reason": "no space"})
        assert talk(install_state="failed", failure_reason=failure) == []

    def test_first_failure_of_the_next_pending_update_is_new(self) -> None:
        talk = Talk()
        own = {"os-version": "27.1", "build-version": "25B74"}
        once = {"count": 1, "reason": "no space"}
        talk(pending_version={"os-version": "27.0.1"}, failure_reason=once)
        assert talk(pending_version=own, failure_reason=once)[-1] == "Blocked"

    def test_failure_count_restarts_with_each_pending_update(self) -> None:
        talk = Talk()
        own, other = {"os-version": "27.1"}, {"os-version": "27.0.1"}
        assert talk(pending_version=own, failure_reason=self.failed)[-1] == "Blocked"
        assert talk(pending_version=other) == ["Ignored"]
        assert talk(pending_version=own, failure_reason=self.failed)[-1] == "Blocked"

    def test_another_patch_is_another_update(self) -> None:
        declaration = attrs.evolve(BY_DECEMBER, target_os_version="27.1.1")
        talk = Talk(declaration=declaration)
        assert talk(pending_version={"os-version": "27.1.2"}) == ["Ignored"]
