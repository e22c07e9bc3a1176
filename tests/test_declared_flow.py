"""The flow of a declared update: status reports in, events out."""

import datetime as dt
import json
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific, StatusReport
from mdm_osupdate.flow import Ignored, Policy, State, UpdateFlow

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.timezone.utc)
PHONE = osu.Device("iOS", "27.0", supervised=True, enrollment="automated")
BY_DECEMBER = SoftwareUpdateEnforcementSpecific(
    target_os_version="27.1", target_local_date_time="2026-12-01T19:00:00", identifier="update"
)


def report(**update: Any) -> StatusReport:
    """A report of softwareupdate items and, under ``has``, of the device's version."""
    items: dict[str, Any] = {}
    if "has" in update:
        items["device"] = {"operating-system": {"version": update.pop("has")}}
    if "invalid" in update:
        configuration = {
            "identifier": update.pop("of", "update"),
            "server-token": "1",
            "active": False,
            "valid": "invalid",
            "reasons": update.pop("invalid"),
        }
        items["management"] = {"declarations": {"configurations": [configuration]}}
    if update:
        items["softwareupdate"] = {key.replace("_", "-"): value for key, value in update.items()}
    return osu.loads(json.dumps({"StatusItems": items, "Errors": []}), StatusReport, strict=True)


class Talk:
    """A flow that goes to a database and back after each step, an hour passing each time."""

    def __init__(self, **more: Any) -> None:
        self.flow = UpdateFlow(PHONE, BY_DECEMBER, **more)
        self.now = NOW
        self.flow.next_command(self.now)

    def __call__(self, **update: Any) -> list[str]:
        self.now += dt.timedelta(hours=1)
        events = self.flow.receive(report(**update), self.now)
        written = json.dumps(self.flow.to_dict(), allow_nan=False)
        self.flow = UpdateFlow.from_dict(json.loads(written))
        assert json.dumps(self.flow.to_dict()) == written
        return [type(event).__name__ for event in events]


def test_from_the_declaration_to_the_new_version() -> None:
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


def test_reports_swallowed_by_the_restart() -> None:
    talk = Talk()
    assert talk(install_state="installing") == ["Downloaded", "Restarting"]
    assert talk(install_state="none") == ["Restarted", "Finished"]


def test_none_pending_is_not_installed() -> None:
    talk = Talk()
    assert talk(install_state="none", has="27.0") == []
    talk(install_state="prepared")
    assert talk(install_state="none") == []
    assert talk.flow.state == State.DECLARED.value
    assert talk(has="27.1.1") == ["Finished"]


def test_failures_are_told_once_each_and_bounded() -> None:
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


def test_an_invalid_declaration_ends_it() -> None:
    talk = Talk()
    reasons = [{"code": "Error.ConfigurationIsInvalid", "description": "no such version"}, {}]
    assert talk(invalid=reasons, of="other") == []
    assert talk(invalid=reasons) == ["Failed"]
    assert talk.flow.reason == "the device calls the declaration invalid: no such version"
    talk = Talk()
    talk(invalid=[])
    assert talk.flow.reason.endswith("it gives no reason")


def test_it_waits_until_the_deadline_is_past_everywhere() -> None:
    flow = UpdateFlow(PHONE, BY_DECEMBER)
    assert flow.next_command(NOW) is None
    last = dt.datetime(2026, 12, 2, 7, tzinfo=dt.timezone.utc) + flow.policy.timeout
    assert flow.wait_until == last
    assert flow.next_command(last - dt.timedelta(seconds=1)) is None
    assert not flow.done
    flow.next_command(last)
    assert flow.reason == "not installed 30 days, 0:00:00 after the deadline"


def test_what_the_server_has_on_offer() -> None:
    kinds = [d.declaration_type for d in UpdateFlow(PHONE, BY_DECEMBER).declarations]
    assert kinds == [
        "com.apple.configuration.softwareupdate.enforcement.specific",
        "com.apple.activation.simple",
        "com.apple.configuration.management.status-subscriptions",
        "com.apple.activation.simple",
    ]
    assert UpdateFlow(osu.Device("iOS", "17.0"), "17.1").declarations == ()


@pytest.mark.parametrize(
    ("device", "rule"),
    [
        (osu.Device("iOS", "16.7", supervised=True), "OSU621"),
        (osu.Device("macOS", "27.0", supervised=False), "OSU622"),
        (osu.Device("watchOS", "27.0"), "OSU620"),
    ],
)
def test_a_device_that_would_refuse_it(device: osu.Device, rule: str) -> None:
    flow = UpdateFlow(device, BY_DECEMBER)
    flow.next_command(NOW)
    assert [finding.rule for finding in flow.findings] == [rule]
    assert (flow.state, flow.reason.startswith(flow.findings[0].message)) == ("failed", True)


def test_a_device_that_has_the_version() -> None:
    flow = UpdateFlow(osu.Device("iOS", "27.1.2"), BY_DECEMBER)
    flow.next_command(NOW)
    assert flow.state is State.FINISHED


def test_one_on_26_takes_the_declaration_too() -> None:
    flow = UpdateFlow(osu.Device("macOS", "15.0", supervised=True), BY_DECEMBER)
    flow.next_command(NOW)
    assert flow.state is State.DECLARED


def test_what_does_not_belong_to_it_is_ignored() -> None:
    talk = Talk()
    answer = osu.Response(status="Acknowledged", command_uuid="1", udid="A")
    (event,) = talk.flow.receive(answer, NOW)
    assert isinstance(event, Ignored)
    assert talk.flow.device_idle(NOW) == []
    talk(has="27.1")
    assert talk(install_state="downloading") == ["Ignored"]
    by_command = UpdateFlow(osu.Device("iOS", "17.0"), "17.1")
    (event,) = by_command.receive(report(install_state="downloading"), NOW)
    assert isinstance(event, Ignored)
    assert "nothing was declared" in event.reason


def test_a_declaration_without_a_version() -> None:
    declaration = SoftwareUpdateEnforcementSpecific(
        target_os_version="latest", target_local_date_time="2026-12-01T19:00:00"
    )
    with pytest.raises(osu.InvalidVersionError):
        UpdateFlow(PHONE, declaration)
