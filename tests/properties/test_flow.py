"""What must hold of every update, whatever the device is like and whatever it answers."""

import datetime as dt
import itertools
import json

from attrs import evolve
from hypothesis import given, note, settings
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific, StatusReport
from mdm_osupdate.flow import (
    CommandSent,
    Downloaded,
    EnforcementFlow,
    Event,
    Failed,
    Finished,
    Policy,
    Restarted,
    State,
    UpdateFlow,
    Waiting,
    load_flow,
)
from mdm_osupdate.messages import RESPONSES
from mdm_osupdate.simulator import Behavior, SimulatedDevice, offer, play
from mdm_osupdate.strategies import messages

# A third of the examples: each is two updates, or one that is stored at every step.
few = settings(max_examples=max(1, settings().max_examples // 3))
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)
HOUR = dt.timedelta(hours=1)

lengths = st.integers(0, 4).map(lambda hours: hours * HOUR)
behaviors = st.builds(
    Behavior,
    passcode=st.booleans(),
    deferrals=st.integers(0, 4),
    download_time=st.integers(0, 300).map(lambda m: dt.timedelta(minutes=m)),
    prepare_time=st.sampled_from([0, 10, 90]).map(lambda m: dt.timedelta(minutes=m)),
    scan_time=st.sampled_from([0, 5, 10, 25, 60]).map(lambda m: dt.timedelta(minutes=m)),
    forgets_scan=st.booleans(),
    lists_downloaded=st.booleans(),
    restart_time=st.integers(1, 90).map(lambda m: dt.timedelta(minutes=m)),
    no_space=lengths,
    no_power=lengths,
    no_network=lengths,
    phone_call=lengths,
    logged_in=lengths,
    not_now_every=st.integers(0, 4).filter(lambda n: n != 1),
    loses_response=st.booleans(),
    changes_action=st.sampled_from([None, *osu.ScheduledAction]),
    failing_installs=st.integers(0, 2),
)
devices = st.sampled_from(
    [
        (osu.Device("iOS", "10.2", supervised=True), "10.3"),
        (osu.Device("iOS", "11.3.1", supervised=True), "11.4"),
        (osu.Device("iOS", "17.3", supervised=True), "17.4.1"),
        (osu.Device("iPadOS", "16.0", supervised=True, shared_ipad=True), "17.2"),
        (osu.Device("iPadOS", "26.1", supervised=True), "27.0"),
        (osu.Device("tvOS", "17.0", supervised=True), "17.4"),
        (osu.Device("macOS", "10.13.6", supervised=True), "10.14"),
        (osu.Device("macOS", "12.0", supervised=True), "12.6"),
        (osu.Device("macOS", "14.3", supervised=True), "14.4"),
        (osu.Device("macOS", "26.1", supervised=True), "27.0"),
        (osu.Device("macOS", "14.4", supervised=True), "14.4 (a)"),
        (osu.Device("iOS", "16.5", supervised=True), "16.5 (a)"),
    ]
)


def possible(behavior: Behavior, device: osu.Device) -> Behavior:
    """Leave out what only other platforms do, and what keeps a device from ever installing."""
    if device.os_version < osu.OSVersion("10.3"):
        behavior = evolve(behavior, passcode=False)
    mac_only = ("NotifyOnly", "InstallLater", "InstallForceRestart")
    if device.platform != "macOS" and behavior.changes_action in mac_only:
        behavior = evolve(behavior, changes_action=None)
    return behavior


def aims(device: osu.Device, target: str) -> st.SearchStrategy[str | osu.AvailableOSUpdatesItem]:
    """The three ways to name an update."""
    update = offer(device, target)
    return st.sampled_from([target, str(update.product_key), update])


def restored(flow: UpdateFlow) -> UpdateFlow:
    again = load_flow(json.loads(json.dumps(flow.to_dict(), allow_nan=False)))
    assert isinstance(again, UpdateFlow)
    return again


def carry_through(flow: UpdateFlow, simulated: SimulatedDevice) -> UpdateFlow:
    """Let both ends talk in property lists, and now and then keep the flow as JSON."""
    now, lost = NOW, False
    for session in itertools.count():
        if flow.done:
            break
        if session % 4 == 0:  # another property restores at every step
            flow = restored(flow)
        now = simulated.awake_at(now + HOUR if lost else max(now, flow.wait_until or now))
        said = simulated.check_in(now)
        assert said is not None
        body: bytes | None = osu.dumps(said)
        while body is not None:
            flow.receive(osu.loads(body, osu.Response), now)
            command = None if flow.done else flow.next_command(now)
            if command is None:
                break
            assert osu.validate(command, flow.device).ok
            body = simulated.handle(osu.dumps(command), now)
        lost = body is None
    note("\n".join(map(str, flow.history)))
    return flow


@given(devices, behaviors, st.data())
def test_capable_device_is_updated(
    known: tuple[osu.Device, str], behavior: Behavior, data: st.DataObject
) -> None:
    device, target = known
    behavior = possible(behavior, device)
    action = data.draw(st.sampled_from(osu.allowed_actions(device)))
    aim = data.draw(aims(device, target))
    simulated = SimulatedDevice(device, [offer(device, target)], behavior)
    policy = Policy(max_retries=40)
    flow = carry_through(UpdateFlow(device, aim, action=action, policy=policy), simulated)
    assert flow.state is State.FINISHED, flow.reason
    reason = flow.history[-1].reason  # type: ignore[attr-defined]
    updated = str(simulated.device.os_version) == target
    assert updated == (reason == "installed")
    assert updated or action in ("NotifyOnly", "DownloadOnly")
    assert ("downloaded" in reason) <= any(isinstance(e, Downloaded) for e in flow.history)


@given(devices, behaviors, st.integers(0, 90), st.data())
def test_never_finished_unless_installed(
    known: tuple[osu.Device, str], behavior: Behavior, minutes: int, data: st.DataObject
) -> None:
    device, target = known
    # Whether a Mac has restarted, or lost what it was to download and install, none can tell.
    withdrawn = dt.timedelta(minutes=0 if device.platform == "macOS" else minutes)
    behavior = evolve(
        possible(behavior, device),
        withdrawn_after=withdrawn,
        failing_installs=0,
        changes_action=None,
    )
    simulated = SimulatedDevice(device, [offer(device, target)], behavior)
    flow = carry_through(UpdateFlow(device, data.draw(aims(device, target))), simulated)
    updated = str(simulated.device.os_version) == target
    assert updated == (flow.history[-1] == Finished(at=flow.history[-1].at, reason="installed"))
    assert updated == any(isinstance(event, Restarted) for event in flow.history)


@given(devices, behaviors, st.booleans(), st.data())
def test_declaration_managed_device_fails(
    known: tuple[osu.Device, str], behavior: Behavior, told: bool, data: st.DataObject
) -> None:
    device, target = known
    managed = evolve(device, declaration_managed=True)
    simulated = SimulatedDevice(managed, [offer(device, target)], possible(behavior, device))
    flow = UpdateFlow(managed if told else device, data.draw(aims(device, target)))
    flow = carry_through(flow, simulated)
    assert flow.state is State.FAILED
    commands = [event for event in flow.history if isinstance(event, CommandSent)]
    reaches = device.os_version >= osu.OSVersion("17" if device.platform != "macOS" else "14")
    if told and device.platform != "tvOS" and reaches:
        assert commands == []
        assert "Change the declaration" in flow.reason
    else:
        assert len(commands) < 200


@given(devices)
def test_unresponsive_device_times_out(known: tuple[osu.Device, str]) -> None:
    flow, now = UpdateFlow(*known), NOW
    while not flow.done:
        now = max(now, flow.wait_until or now)
        if flow.next_command(now) is not None:
            flow.device_idle(now)
    assert flow.reason == "the device connected without responding to the command"
    assert len(flow.history) < 60


@given(devices, behaviors, st.sampled_from(["no_space", "no_network", "offer", "NotNow"]))
def test_failure_has_a_reason_and_respects_the_policy(
    known: tuple[osu.Device, str], behavior: Behavior, cause: str
) -> None:
    device, target = known
    reasons = {
        "no_space": "not enough space for the download",
        "no_network": "the network is not sufficient for the download",
        "offer": "the device does not offer this update",
        "NotNow": "not finished after 30 days",
    }
    behavior = evolve(
        possible(behavior, device),
        no_space=0 * HOUR,
        no_network=0 * HOUR,
        logged_in=0 * HOUR,
        scan_time=0 * HOUR,
        changes_action=None,
    )
    if cause == "no_space":
        behavior = evolve(behavior, no_space=10_000 * HOUR)
    if cause == "no_network":
        behavior = evolve(behavior, no_network=10_000 * HOUR)
    if cause == "NotNow":
        behavior = evolve(behavior, not_now_every=1)
    updates = [] if cause == "offer" else [offer(device, target)]
    policy = Policy(commands=400)
    flow = UpdateFlow(device, target, policy=policy)
    steps = [*play(flow, SimulatedDevice(device, updates, behavior), NOW)]
    assert flow.state is State.FAILED
    assert reasons[cause] in flow.reason
    assert len(steps) <= policy.commands


@few
@given(devices, behaviors)
def test_restoring_at_every_step_changes_nothing(
    known: tuple[osu.Device, str], behavior: Behavior
) -> None:
    device, target = known
    name = "00000000-0000-0000-0000-000000000001"

    def update(restores: bool) -> dict[str, object]:
        simulated = SimulatedDevice(device, [offer(device, target)], behavior)
        flow = UpdateFlow(device, target, id=name)
        now = NOW
        while not flow.done:
            now = simulated.awake_at(max(now, flow.wait_until or now))
            flow.device_idle(now)
            command = flow.next_command(now)
            if restores:
                flow = restored(flow)
            if command is not None:
                answer = simulated.answer(command, now)
                if answer is not None:
                    flow.receive(answer, now)
        return flow.to_dict()

    assert update(restores=True) == update(restores=False)


@given(devices, st.lists(messages(*RESPONSES), max_size=12), st.data())
def test_no_response_makes_a_flow_raise(
    known: tuple[osu.Device, str], answers: list[osu.Response], data: st.DataObject
) -> None:
    flow = UpdateFlow(*known)
    now = NOW
    for answer in answers:
        command = None if flow.done else flow.next_command(now)
        if command is None:
            assert flow.wait_until is None or flow.wait_until > now
        elif data.draw(st.booleans()):
            keys = {"CommandUUID": command.command_uuid, "UDID": "A", "Status": "Acknowledged"}
            answer = osu.from_dict(osu.to_dict(answer) | keys, type(answer))
        flow.receive(answer, now)
        now = max(now, flow.wait_until or now)
        flow.device_idle(now)
    load_flow(json.loads(json.dumps(flow.to_dict())))


@few
@given(devices, devices, behaviors, behaviors)
def test_order_of_responses_from_different_devices(
    one: tuple[osu.Device, str],
    other: tuple[osu.Device, str],
    behavior: Behavior,
    other_behavior: Behavior,
) -> None:
    names = [f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2)]
    pairs = [(one, behavior), (other, other_behavior)]

    def histories(together: bool) -> list[list[Event]]:
        flows, plays = [], []
        for name, ((device, target), behavior) in zip(names, pairs, strict=True):
            flows.append(UpdateFlow(device, target, id=name))
            simulated = SimulatedDevice(device, [offer(device, target)], behavior, udid=name)
            plays.append(play(flows[-1], simulated, NOW))
        while together and plays:
            plays = [p for p in plays if next(p, None) is not None]
        for alone in plays:
            for _ in alone:
                pass
        return [flow.history for flow in flows]

    assert histories(together=True) == histories(together=False)


REPORTED = {
    "install-state": st.sampled_from([*map(str, osu.InstallState), "sleeping"]),
    "pending-version": st.fixed_dictionaries(
        {"os-version": st.sampled_from(["27.1", "27.1.2", "27.0.1", "", "beta"])}
    ),
    "failure-reason": st.fixed_dictionaries({"count": st.integers(0, 3)}),
}
VERDICTS = st.fixed_dictionaries(
    {
        "identifier": st.sampled_from(["update", "other"]),
        "server-token": st.sampled_from(["1", "2"]),
        "active": st.booleans(),
        "valid": st.sampled_from(["valid", "invalid", "unknown"]),
        "reasons": st.lists(
            st.fixed_dictionaries({"code": st.sampled_from(["Error.ConfigurationCannotBeApplied"])})
        ),
    }
)
VERSIONS = st.sampled_from(["27.0", "27.0.1", "27.1", "27.1.1", "27.2"])
REPORTS = st.fixed_dictionaries(
    {},
    optional={
        "softwareupdate": st.fixed_dictionaries({}, optional=REPORTED),
        "device": VERSIONS.map(lambda version: {"operating-system": {"version": version}}),
        "management": st.lists(VERDICTS, max_size=2).map(
            lambda verdicts: {"declarations": {"configurations": verdicts}}
        ),
    },
)


@given(st.lists(st.tuples(REPORTS, st.integers(0, 400)), max_size=20))
def test_enforcement_flow_ends_once_with_a_reason(
    reports: list[tuple[dict[str, dict[str, dict[str, str]]], int]],
) -> None:
    declaration = SoftwareUpdateEnforcementSpecific(
        target_os_version="27.1",
        target_local_date_time="2026-03-09T19:00:00",
        identifier="update",
        server_token="2",
    )
    device = osu.Device("iOS", "27.0", supervised=True)
    flow, now = EnforcementFlow(device, declaration), NOW
    for items, hours in reports:
        was_done, before = flow.done, len(flow.history)
        body = json.dumps({"StatusItems": items, "Errors": []})
        events = flow.receive(osu.loads(body, StatusReport), now)
        assert events == flow.history[before:]
        assert not (was_done and events)
        assert all(event.until > event.at for event in events if isinstance(event, Waiting))
        if any(isinstance(event, Finished) for event in events):
            system = items.get("device", {}).get("operating-system", {"version": "27.1"})
            assert osu.OSVersion(system["version"]) >= osu.OSVersion("27.1")
        now += hours * HOUR
        again = load_flow(json.loads(json.dumps(flow.to_dict())))
        assert isinstance(again, EnforcementFlow)
        assert again.to_dict() == flow.to_dict()
        flow = again
    ends = [event for event in flow.history if isinstance(event, Finished | Failed)]
    assert len(ends) == flow.done
