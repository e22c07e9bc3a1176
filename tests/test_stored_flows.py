"""Stored flows: reading them back, and damaged records."""

import copy
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific, StatusReport
from mdm_osupdate.flow import EnforcementFlow, State, UpdateFlow, load_flow

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)
HOUR = dt.timedelta(hours=1)
ID = "00000000-0000-0000-0000-000000000001"
IPHONE = osu.Device("iOS", "17.3", supervised=True)
MAC = osu.Device("macOS", "14.3", supervised=True)
PHONE_27 = osu.Device("iOS", "27.0", supervised=True)
DECLARATION = SoftwareUpdateEnforcementSpecific(
    target_os_version="27.1",
    target_local_date_time="2026-12-01T19:00:00",
    identifier="update",
    server_token="2",
)

ANSWERS: dict[str, tuple[osu.Response, ...]] = {
    "ScheduleOSUpdateScan": (
        osu.ScheduleOSUpdateScanResponse(status="Acknowledged", scan_initiated=True),
    ),
    "AvailableOSUpdates": (
        osu.AvailableOSUpdatesResponse(
            status="Acknowledged",
            available_os_updates=[
                osu.AvailableOSUpdatesItem(product_key="K", version=version)
                for version in ("17.4.1", "14.4")
            ],
        ),
        osu.AvailableOSUpdatesResponse(status="Acknowledged", available_os_updates=[]),
    ),
    "ScheduleOSUpdate": (
        osu.ScheduleOSUpdateResponse(
            status="Acknowledged",
            update_results=[
                osu.UpdateResultsItem(
                    product_key="K", install_action="InstallLater", status="Downloading"
                )
            ],
        ),
        osu.ScheduleOSUpdateResponse(status="NotNow"),
    ),
    "OSUpdateStatus": (
        osu.OSUpdateStatusResponse(
            status="Acknowledged",
            os_update_status=[
                osu.OSUpdateStatusItem(
                    product_key="K",
                    status="Downloading",
                    download_percent_complete=0.5,
                    max_deferrals=3,
                    deferrals_remaining=2,
                )
            ],
        ),
        osu.OSUpdateStatusResponse(status="Acknowledged", os_update_status=[]),
    ),
}
REPORTS: list[dict[str, Any]] = [
    {"softwareupdate": {"install-state": "downloading", "pending-version": {"os-version": "27.1"}}},
    {"softwareupdate": {"install-state": "failed", "failure-reason": {"count": 1}}},
    {"softwareupdate": {"install-state": "none"}},
]


def report(items: dict[str, Any]) -> StatusReport:
    return osu.loads(json.dumps({"StatusItems": items, "Errors": []}), StatusReport)


def step(flow: UpdateFlow | EnforcementFlow, number: int, now: dt.datetime) -> None:
    """Do what a server does when its device connects for the nth time."""
    if isinstance(flow, EnforcementFlow):
        flow.receive(report(REPORTS[number % len(REPORTS)]), now)
        flow.advance(now)
        return
    command = None if flow.done else flow.next_command(now)
    if command is not None and number % 3 != 2:
        answers = ANSWERS[command.request_type]
        values = osu.to_dict(answers[number % len(answers)])
        values |= {"CommandUUID": command.command_uuid, "UDID": "A"}
        flow.receive(osu.from_dict(values, osu.Response), now)
    flow.device_idle(now)


def stored(flow: UpdateFlow | EnforcementFlow) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(json.dumps(flow.to_dict(), allow_nan=False))
    return values


def on_the_way() -> Iterator[dict[str, Any]]:
    """Flows of each kind, stored at different points."""
    for flow in (
        UpdateFlow(IPHONE, "17.4.1", id=ID),
        UpdateFlow(MAC, "14.4", id=ID, action="InstallLater", max_user_deferrals=3),
        EnforcementFlow(PHONE_27, DECLARATION),
    ):
        now = NOW
        for number in range(4):
            if number % 3 == 0:
                yield stored(flow)
            now = max(now, flow.wait_until or now) if isinstance(flow, UpdateFlow) else now + HOUR
            step(flow, number, now)


def paths(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """The path to each value in a tree."""
    yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(item, *path, key)


WRONG: list[object] = [None, True, -1, 1, 5, 10**30, 0.5, 1e300, "", "5", "x", "failed", "listing"]
WRONG += ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", [], {}, ["x"], {"x": 1}]


def mutated(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The record with one value replaced, missing or too many."""
    for path in [path for path in paths(values) if path and path[0] != "history"]:
        for wrong in [*WRONG, "delete", "add"]:
            other = copy.deepcopy(values)
            at: Any = other
            for key in path[:-1]:
                at = at[key]
            if wrong == "delete":
                del at[path[-1]]
            elif wrong == "add" and isinstance(at, list):
                at.append("x")
            elif wrong == "add":
                at["x"] = 1
            else:
                at[path[-1]] = copy.deepcopy(wrong)
            yield other


@pytest.mark.parametrize(
    "values", [*on_the_way()], ids=lambda values: str(values["memory"]["state"])
)
def test_accepted_records_can_be_continued(values: dict[str, Any]) -> None:
    for other in mutated(values):
        try:
            flow = load_flow(other)
        except ValueError as error:
            assert str(error).startswith("invalid stored flow: ")
            continue
        now = NOW + HOUR
        for number in range(6):
            if flow.done:
                break
            try:
                step(flow, number, now)
            except osu.FlowError as error:  # a stored time may be in the future
                assert "time goes backwards" in str(error)
                now = dt.datetime.max.replace(tzinfo=dt.timezone.utc)
        assert stored(load_flow(stored(flow))) == stored(flow)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (["memory", "commands"], "5", "expected an integer, got '5' @ flow.memory.commands"),
        (["memory", "started"], "today", "Invalid isoformat string: 'today'"),
        (["memory", "state"], "prepared", "no command belongs to prepared"),
        (["memory", "issued"], 0, "awaiting, but no command was issued"),
        (["memory", "resend"], 1, "expected a boolean, got 1 @ flow.memory.resend"),
        (["memory", "tired"], 1, "unknown key 'tired' @ flow.memory"),
        (["memory", "version"], None, "neither product_key nor version is known"),
        (["memory", "fraction"], 1.5, "fraction is not between 0 and 1"),
        (["memory", "fraction"], -0.5, "fraction is not between 0 and 1"),
        (["memory", "polls"], 33, "polls is more than 32"),
        (["policy", "timeout"], 1e12, "@ flow.policy"),
        (["policy", "timeout"], True, "expected a number, got true @ flow.policy.timeout"),
        (["device", "os_version"], "seven", "@ flow.device.os_version"),
        (["history"], [{"event": "Slept"}], "@ flow.history[0]"),
        (["item", "Novel"], 1, "OSU123 warning Novel: unknown key 'Novel' @ flow.item"),
        (["memory"], {1: 1, None: 2, "x" * 90: 3}, "unknown key '"),
        (["memory"], {n: n for n in range(50)}, "25, 26, and 30 more @ flow.memory"),
        (["id"], "1", "badly formed hexadecimal UUID string"),
        (["id"], f"{{{ID}}}", "id is not a UUID"),
        (["id"], "00000000-0000-0000-0000-00000000000A", "id is not a UUID"),
        (["memory", "retries"], -1, "retries is negative"),
        (["memory", "losses"], -1, "a count is negative"),
        (["memory", "latest"], "2026-03-02T08:00:00+00:00", "latest is missing or before started"),
        (["memory", "latest"], None, "latest is missing or before started"),
        (["format"], 0, "expected format 1, got 0"),
        (["format"], 2, "expected format 1, got 2"),
        (["kind"], "dream", "expected kind 'update' or 'enforcement', got 'dream'"),
        (["kind"], "extra", "expected kind 'update' or 'enforcement', got 'extra'"),
        (["kind"], "wish", "expected kind 'update' or 'enforcement', got 'wish'"),
    ],
)
def test_fault_has_its_path(path: list[str], value: object, fault: str) -> None:
    flow = UpdateFlow(IPHONE, "17.4.1", id=ID)
    flow.next_command(NOW)
    values = stored(flow)
    at = values
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    with pytest.raises(ValueError, match="invalid stored flow") as caught:
        load_flow(values)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    "memory",
    [
        {"fraction": 0.0},
        {"fraction": 1.0},
        {"polls": 32},
        {"issued": 1, "commands": 1, "not_nows": 1, "losses": 1, "polls": 1},
    ],
)
def test_values_at_a_limit_are_accepted(memory: dict[str, float]) -> None:
    values = stored(UpdateFlow(IPHONE, "17.4.1", id=ID))
    values["memory"] |= memory
    assert stored(load_flow(values)) == values


def test_message_is_short() -> None:
    values = stored(UpdateFlow(IPHONE, "17.4.1"))
    values["history"] = [{"event": "Finished", "at": "x" * 10_000} for _ in range(1_000)]
    values["memory"]["state"] = "x" * 100_000
    with pytest.raises(ValueError, match=r"flow\.history\[9\].*; and [0-9]+ more$") as caught:
        load_flow(values)
    assert len(str(caught.value)) < 25_000


def test_all_faults_are_reported() -> None:
    values = stored(UpdateFlow(IPHONE, "17.4.1"))
    values["memory"] |= {"commands": "5", "losses": None}
    with pytest.raises(ValueError, match=r"flow\.memory\.commands; .* @ flow\.memory\.losses"):
        load_flow(values)


def test_reading_stops_after_many_invalid_items() -> None:
    values = stored(UpdateFlow(IPHONE, "17.4.1"))
    values["history"] = [1] * 1_000
    with pytest.raises(ValueError, match=r"@ flow\.history\[19\]; and 1 more$"):
        load_flow(values)


@pytest.mark.parametrize("values", [{}, {"memory": {"state": "scanning"}}, [], "x", None])
def test_other_values_are_rejected(values: Any) -> None:
    with pytest.raises(ValueError, match="stored flow"):
        load_flow(values)


def test_scanning_state_on_ios_is_rejected() -> None:
    values = stored(UpdateFlow(IPHONE, "17.4.1"))
    values["memory"]["state"] = "scanning"
    with pytest.raises(ValueError, match="iOS has no scans"):
        load_flow(values)


class TestFormat0:
    """Records without a format number, of one class for both kinds of update."""

    uuids = ("6FF55B57-2B5F-5022-AD8B-524631694AA1", "C6AE59CD-4100-5D14-850D-F8202B722A98")
    memory = json.loads(
        """{
            "state": "scheduling", "product_key": "K", "version": "17.4.1",
            "started": "2026-03-02T09:00:00+00:00", "latest": "2026-03-02T09:00:00+00:00",
            "wait_until": "2026-03-03T09:00:00+00:00", "again": false, "commands": 2,
            "not_nows": 0, "refused": null, "losses": 0, "excused": ["nothing"], "reason": "x",
            "udid": "A", "accepted": false, "downloaded": false, "installing": false, "due": null,
            "restarting": false, "restarted": false, "fraction": null, "polls": 0,
            "deferrals": null, "pending": null, "failures": 0, "max_retries": 3,
            "sent": {"CommandUUID": "C", "Command": {"RequestType": "ScheduleOSUpdate"}}
        }"""
    )

    def values(self, **memory: object) -> dict[str, Any]:
        now = stored(UpdateFlow(IPHONE, "17.4.1", id=ID))
        history = [{"event": "Hindered", "at": NOW.isoformat(), "reason": "x"}]
        kept = {key: now[key] for key in ("id", "device", "item", "policy")}
        rest = {"declaration": None, "history": history}
        return kept | rest | {"memory": self.memory | {"uuids": [*self.uuids]} | memory}

    def test_by_commands(self) -> None:
        flow = load_flow(self.values())
        assert isinstance(flow, UpdateFlow)
        assert flow.state is State.SCHEDULING
        assert flow.to_dict()["memory"]["retries"] == 3
        assert flow.to_dict()["memory"]["tolerated"] == ["nothing"]
        assert flow.history[0].to_dict()["event"] == "Blocked"
        command = flow.next_command(NOW + 24 * HOUR)
        assert command is not None
        assert command.command_uuid == self.uuids[-1]

    def test_earlier_names(self) -> None:
        values = self.values(hindrances=2)
        del values["memory"]["max_retries"]
        policy = values["policy"]
        policy["patience"], policy["hindrances"] = policy.pop("timeout"), policy.pop("max_retries")
        policy["answer_within"] = policy.pop("response_timeout") / 2
        flow = load_flow(values)
        assert flow.to_dict()["memory"]["retries"] == 2
        assert flow.policy.max_retries == 12
        assert flow.policy.response_timeout == 12 * HOUR

    def test_by_declaration(self) -> None:
        values = self.values(state="downloading", pending="27.1", uuids=[], sent=None)
        values |= {"device": stored(UpdateFlow(PHONE_27, "K1"))["device"]}
        flow = load_flow(values | {"declaration": osu.to_dict(DECLARATION)})
        assert isinstance(flow, EnforcementFlow)
        assert flow.state is State.DOWNLOADING
        flow.advance(NOW + HOUR)
        assert flow.wait_until == dt.datetime(2026, 12, 2, 7, tzinfo=dt.timezone.utc)

    @pytest.mark.parametrize(
        ("memory", "fault"),
        [
            ({"uuids": []}, "awaiting, but no command was issued"),
            ({"uuids": ["1"]}, "memory.uuids do not follow from id"),
            ({"sent": {}}, "missing key 'Command'"),
            ({"state": "listing"}, "memory.sent does not fit memory.state"),
        ],
    )
    def test_contradicting_values_are_rejected(self, memory: dict[str, object], fault: str) -> None:
        with pytest.raises(ValueError, match=fault):
            load_flow(self.values(**memory))
