"""What must hold of every update, whatever the device is like and whatever it answers."""

import datetime as dt
import json

from attrs import evolve
from drawn import messages
from hypothesis import given, note
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate._messages import RESPONSES
from mdm_osupdate.simulator import SimulatedDevice, Temperament, offer, play

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)
HOUR = dt.timedelta(hours=1)

lengths = st.integers(0, 9).map(lambda hours: hours * HOUR)
temperaments = st.builds(
    Temperament,
    passcode=st.booleans(),
    deferrals=st.integers(0, 4),
    download_time=st.integers(0, 300).map(lambda m: dt.timedelta(minutes=m)),
    scan_time=st.integers(0, 10).map(lambda m: dt.timedelta(minutes=m)),
    restart_time=st.integers(1, 90).map(lambda m: dt.timedelta(minutes=m)),
    no_space=lengths,
    no_power=lengths,
    no_network=lengths,
    phone_call=lengths,
    logged_in=lengths,
    not_now_every=st.integers(0, 4).filter(lambda n: n != 1),
    loses_answer=st.booleans(),
    changes_action=st.sampled_from([None, osu.ScheduledAction.DOWNLOAD_ONLY]),
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
    ]
)


@given(devices, temperaments, st.data())
def test_a_device_that_can_be_updated_is(
    known: tuple[osu.Device, str], temperament: Temperament, data: st.DataObject
) -> None:
    device, target = known
    actions = [a for a in osu.allowed_actions(device) if a not in ("NotifyOnly", "DownloadOnly")]
    action = data.draw(st.sampled_from(actions))
    simulated = SimulatedDevice(device, [offer(device, target)], temperament)
    flow = osu.UpdateFlow(device, target, action=action, policy=osu.Policy(hindrances=30))
    for step in play(flow, simulated, NOW):
        assert osu.validate(step.command, device).ok
    note("\n".join(map(str, flow.history)))
    assert flow.state is osu.State.FINISHED, flow.reason
    assert str(simulated.device.os_version) == target


@given(devices, temperaments, st.sampled_from(["no_space", "no_network", "offer", "NotNow"]))
def test_one_that_cannot_fails_with_the_reason_and_within_the_policy(
    known: tuple[osu.Device, str], temperament: Temperament, cause: str
) -> None:
    device, target = known
    reasons = {
        "no_space": "not enough space for the download",
        "no_network": "the network does not suffice for the download",
        "offer": "the device does not offer this update",
        "NotNow": "no end after 30 days",
    }
    temperament = evolve(temperament, no_space=0 * HOUR, no_network=0 * HOUR, logged_in=0 * HOUR)
    if cause == "no_space":
        temperament = evolve(temperament, no_space=10_000 * HOUR)
    if cause == "no_network":
        temperament = evolve(temperament, no_network=10_000 * HOUR)
    if cause == "NotNow":
        temperament = evolve(temperament, not_now_every=1)
    updates = [] if cause == "offer" else [offer(device, target)]
    policy = osu.Policy(commands=400)
    flow = osu.UpdateFlow(device, target, policy=policy)
    steps = [*play(flow, SimulatedDevice(device, updates, temperament), NOW)]
    assert flow.state is osu.State.FAILED
    assert reasons[cause] in flow.reason
    assert len(steps) <= policy.commands


@given(devices, temperaments)
def test_a_flow_restored_at_every_step_goes_on_as_if_nothing_had_happened(
    known: tuple[osu.Device, str], temperament: Temperament
) -> None:
    device, target = known
    name = "00000000-0000-0000-0000-000000000001"

    def update(restores: bool) -> dict[str, object]:
        simulated = SimulatedDevice(device, [offer(device, target)], temperament)
        flow = osu.UpdateFlow(device, target, id=name)
        now = NOW
        while not flow.done:
            now = simulated.awake_at(max(now, flow.wait_until or now))
            flow.device_idle(now)
            command = flow.next_command(now)
            if restores:
                flow = osu.UpdateFlow.from_dict(json.loads(json.dumps(flow.to_dict())))
            if command is not None:
                answer = simulated.answer(command, now)
                if answer is not None:
                    flow.receive(answer, now)
        return flow.to_dict()

    assert update(restores=True) == update(restores=False)


@given(devices, st.lists(messages(RESPONSES), max_size=12), st.data())
def test_no_answer_whatsoever_makes_a_flow_raise(
    known: tuple[osu.Device, str], answers: list[osu.Response], data: st.DataObject
) -> None:
    flow = osu.UpdateFlow(*known)
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
    osu.UpdateFlow.from_dict(json.loads(json.dumps(flow.to_dict())))


@given(devices, devices, temperaments, temperaments)
def test_the_order_of_answers_from_different_devices_does_not_matter(
    one: tuple[osu.Device, str],
    other: tuple[osu.Device, str],
    temperament: Temperament,
    other_temperament: Temperament,
) -> None:
    names = [f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2)]
    pairs = [(one, temperament), (other, other_temperament)]

    def histories(together: bool) -> list[list[osu.Event]]:
        flows, plays = [], []
        for name, ((device, target), nature) in zip(names, pairs, strict=True):
            flows.append(osu.UpdateFlow(device, target, id=name))
            simulated = SimulatedDevice(device, [offer(device, target)], nature, udid=name)
            plays.append(play(flows[-1], simulated, NOW))
        while together and plays:
            plays = [p for p in plays if next(p, None) is not None]
        for alone in plays:
            for _ in alone:
                pass
        return [flow.history for flow in flows]

    assert histories(together=True) == histories(together=False)
