"""A simulated device that is updated by a declaration, and its flow."""

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate.declarations import (
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
    SoftwareUpdateStatus,
    StatusReport,
)
from mdm_osupdate.flow import Blocked, EnforcementFlow, Policy, State, Waiting
from mdm_osupdate.simulator import Behavior, SimulatedDevice, offer, play_reports

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.timezone.utc)
PHONE = osu.Device("iOS", "27.0", supervised=True, enrollment="automated")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def enforcement(version: str = "27.1", by: str = "2026-12-01T19:00:00") -> Any:
    return SoftwareUpdateEnforcementSpecific(target_os_version=version, target_local_date_time=by)


def played(
    behavior: Behavior | None = None,
    device: osu.Device = PHONE,
    declaration: Any = None,
    offers: tuple[str, ...] = ("27.1",),
    **policy: Any,
) -> tuple[EnforcementFlow, SimulatedDevice]:
    phone = SimulatedDevice(device, [offer(device, version) for version in offers], behavior)
    flow = EnforcementFlow(device, declaration or enforcement(), policy=Policy(**policy))
    for step in play_reports(flow, phone, NOW):
        assert osu.loads(osu.dumps(step.report), StatusReport, strict=True) == step.report
        assert step.state == flow.state
    return flow, phone


def story(flow: EnforcementFlow) -> list[tuple[str, str]]:
    return [
        (f"{event.at:%d %H:%M}", type(event).__name__)
        for event in flow.history
        if not isinstance(event, Waiting)
    ]


def test_update() -> None:
    flow, phone = played()
    assert story(flow) == [
        ("24 09:00", "UpdateFound"),
        ("24 09:00", "DownloadStarted"),
        ("24 09:25", "Downloaded"),
        ("24 09:57", "Finished"),
    ]
    assert str(phone.device.os_version) == "27.1"
    assert phone.device.declaration_managed is False


def test_deferred_until_the_deadline() -> None:
    flow, _ = played(Behavior(passcode=True, deferrals=30))
    assert story(flow)[-2:] == [("24 09:25", "Downloaded"), ("01 19:12", "Finished")]


def test_past_deadline() -> None:
    flow, _ = played(
        Behavior(passcode=True, deferrals=30), declaration=enforcement(by="2026-01-01T00:00:00")
    )
    assert story(flow)[-1] == ("24 09:37", "Finished")


def test_no_space() -> None:
    flow, _ = played(Behavior(no_space=20 * HOUR))
    assert story(flow)[:3] == [
        ("24 09:00", "UpdateFound"),
        ("24 09:00", "Blocked"),
        ("25 05:00", "DownloadStarted"),
    ]
    assert flow.reason == "not enough space for the download"
    assert flow.state is State.FINISHED


def test_failed_installations() -> None:
    flow, _ = played(Behavior(failing_installs=2))
    reasons = [event.reason for event in flow.history if isinstance(event, Blocked)]
    assert reasons == ["the installation failed"] * 2
    assert flow.state is State.FINISHED
    flow, _ = played(Behavior(failing_installs=9), max_retries=3)
    assert flow.reason == "the installation failed"


def test_unavailable_target() -> None:
    """The device keeps the declaration and does nothing."""
    flow, _ = played(offers=(), timeout=DAY)
    assert flow.state is State.FAILED
    assert flow.reason == "not installed 1 day after the deadline"


def test_exact_version_since_27() -> None:
    _, phone = played(offers=("27.1", "27.1.2", "27.2"))
    assert str(phone.device.os_version) == "27.1"
    _, phone = played(declaration=enforcement("27.1.1"), offers=("27.1", "27.1.1", "27.1.2"))
    assert str(phone.device.os_version) == "27.1.1"


def test_newest_patch_before_27() -> None:
    device = osu.Device("iOS", "26.0", supervised=True)
    declaration = enforcement("26.1")
    _, phone = played(device=device, declaration=declaration, offers=("26.1", "26.1.2", "26.2"))
    assert str(phone.device.os_version) == "26.1.2"


def test_invalid_declaration() -> None:
    device = attrs.evolve(PHONE, enrollment=None)
    phone = SimulatedDevice(attrs.evolve(PHONE, enrollment="user"), [offer(PHONE, "27.1")])
    flow = EnforcementFlow(device, enforcement())
    assert [step.state for step in play_reports(flow, phone, NOW)] == [State.FAILED]
    assert "User Enrollment does not allow the declaration" in flow.reason


def test_no_activation() -> None:
    phone = SimulatedDevice(PHONE, [offer(PHONE, "27.1")])
    subscription = ManagementStatusSubscriptions.for_software_updates()
    phone.declare([enforcement(), subscription, subscription.activation()], NOW)
    report = phone.report(NOW)
    assert report is not None
    assert report.softwareupdate.install_state is osu.InstallState.NONE
    assert phone.changes_after(NOW) is None
    assert phone.report(NOW + DAY) is None


def test_no_subscription() -> None:
    phone = SimulatedDevice(PHONE, [offer(PHONE, "27.1")])
    phone.declare([enforcement(), enforcement().activation()], NOW)
    report = phone.report(NOW)
    assert report is not None
    assert report.softwareupdate == SoftwareUpdateStatus()
    assert report.status_items.management is not None


def test_commands_are_rejected() -> None:
    device = osu.Device("iOS", "18.0", supervised=True)
    phone = SimulatedDevice(device, [offer(device, "18.1")])
    phone.declare([enforcement("18.1"), enforcement("18.1").activation()], NOW)
    item = osu.UpdatesItem(install_action="Default", product_version="18.1")
    answer = phone.answer(osu.ScheduleOSUpdateCommand([item]), NOW)
    assert answer is not None
    assert answer.error_chain is not None
    assert answer.error_chain[0].error_code == 103
    phone.declare([], NOW)
    answer = phone.answer(osu.ScheduleOSUpdateCommand([item]), NOW)
    assert answer is not None
    assert answer.succeeded


def test_no_reports_during_restart() -> None:
    phone = SimulatedDevice(PHONE, [offer(PHONE, "27.1")])
    phone.declare(EnforcementFlow(PHONE, enforcement()).declarations, NOW)
    phone.report(NOW)
    later = NOW + 50 * dt.timedelta(minutes=1)
    assert phone.report(later) is None
    assert phone.report(later + HOUR) is not None


@given(
    st.builds(
        Behavior,
        passcode=st.booleans(),
        deferrals=st.integers(0, 9),
        download_time=st.timedeltas(HOUR, 3 * DAY),
        prepare_time=st.timedeltas(HOUR * 0, 5 * HOUR),
        no_space=st.timedeltas(HOUR * 0, 3 * DAY),
        no_network=st.timedeltas(HOUR * 0, 3 * DAY),
        failing_installs=st.integers(0, 3),
    ),
    st.sampled_from(
        [
            (PHONE, "27.1"),
            (osu.Device("macOS", "15.6", supervised=True), "26.1"),
            (osu.Device("tvOS", "18.4", supervised=False), "18.5"),
            (osu.Device("visionOS", "26.0"), "26.1"),
        ]
    ),
)
@pytest.mark.filterwarnings("error")
def test_any_behavior_ends_updated(behavior: Behavior, known: tuple[osu.Device, str]) -> None:
    device, target = known
    flow, phone = played(behavior, device, enforcement(target), (target,))
    assert flow.state is State.FINISHED, flow.reason
    assert str(phone.device.os_version) == target


def test_device_on_the_target_version() -> None:
    device = osu.Device("iOS", "27.1")
    flow = EnforcementFlow(device, enforcement())
    assert list(play_reports(flow, SimulatedDevice(device), NOW)) == []
    assert flow.state is State.FINISHED


BASED = osu.Device("macOS", "26.3.1", supervised=True)
RESPONSE = SoftwareUpdateEnforcementSpecific(
    target_os_version="26.3.1",
    target_build_version="25D771290a",
    target_local_date_time="2026-12-01T19:00:00",
)


def test_security_response_by_build() -> None:
    mac = SimulatedDevice(BASED, [offer(BASED, "26.3.1 (a)")])
    assert mac.updates[0].supplemental_build_version == RESPONSE.target_build_version
    flow = EnforcementFlow(BASED, RESPONSE)
    *_, last = play_reports(flow, mac, NOW)
    assert flow.state is State.FINISHED, flow.reason
    assert str(mac.device.os_version) == "26.3.1 (a)"
    system = last.report.operating_system
    assert system is not None
    assert system.version is None  # it is the same as before, without a letter
    assert system.build_version is None
    assert system.supplemental is not None
    assert system.supplemental.extra_version == "(a)"
    assert system.supplemental.build_version == "25D771290a"


def test_version_alone_does_not_select_a_security_response() -> None:
    phone = SimulatedDevice(BASED, [offer(BASED, "26.3.1 (a)")])
    declared = enforcement("26.3.1")
    phone.declare(EnforcementFlow(BASED, RESPONSE).declarations, NOW)
    phone.report(NOW)
    subscription = ManagementStatusSubscriptions.for_software_updates()
    phone.declare([declared, declared.activation(), subscription, subscription.activation()], NOW)
    [verdict, _] = verdicts(phone)
    assert (verdict.valid, verdict.active) == ("invalid", False)
    assert verdict.reasons is not None
    assert verdict.reasons[0].code == "Error.ConfigurationCannotBeApplied"
    assert verdict.reasons[0].details is not None
    assert "26.3.1) is not newer" in str(verdict.reasons[0].details.error)


def test_unknown_build() -> None:
    phone = SimulatedDevice(PHONE, [offer(PHONE, "27.1")])
    declared = attrs.evolve(enforcement(), target_build_version="24Z99")
    phone.declare([declared, declared.activation()], NOW)
    assert phone.report(NOW + DAY) is not None
    assert str(phone.device.os_version) == "27.0"


def test_earliest_of_several_declarations() -> None:
    soon, late = (
        enforcement("27.2", by="2026-12-01T19:00:00"),
        enforcement("27.1", "2027-01-20T00:00:00"),
    )
    phone = SimulatedDevice(PHONE, [offer(PHONE, "27.1"), offer(PHONE, "27.2")])
    phone.declare([late, late.activation(), soon, soon.activation()], NOW)
    phone.report(NOW + DAY)
    assert str(phone.device.os_version) == "27.2"
    assert phone.changes_after(NOW + DAY) is None


def test_declaration_outside_all_activations() -> None:
    phone = SimulatedDevice(PHONE, [offer(PHONE, "27.1")])
    phone.declare([enforcement()], NOW)
    [verdict] = verdicts(phone)
    assert (verdict.valid, verdict.active) == ("unknown", False)
    assert verdict.reasons is not None
    assert verdict.reasons[0].code == "Info.NotReferencedByActivation"


def test_update_without_a_version() -> None:
    data = osu.AvailableOSUpdatesItem(product_key="041-1", is_config_data_update=True)
    phone = SimulatedDevice(PHONE, [data, offer(PHONE, "27.1")])
    phone.declare([enforcement(), enforcement().activation()], NOW)
    phone.report(NOW + DAY)
    assert str(phone.device.os_version) == "27.1"


def test_device_id_is_reported() -> None:
    phone = SimulatedDevice(attrs.evolve(PHONE, device_id="iPhone15,2"), [offer(PHONE, "27.1")])
    phone.declare(EnforcementFlow(PHONE, enforcement()).declarations, NOW)
    report = phone.report(NOW)
    assert report is not None
    assert report.softwareupdate.device_id == "iPhone15,2"


def verdicts(phone: SimulatedDevice) -> Any:
    """Return the state that the device reports for each configuration."""
    report = phone.report(NOW)
    assert report is not None
    assert report.status_items.management is not None
    assert report.status_items.management.declarations is not None
    return report.status_items.management.declarations.configurations
