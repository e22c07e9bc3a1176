"""The conformance suite passes what is right, and catches what is wrong, by its name."""

import datetime as dt
import plistlib
import re
from typing import Any

import pytest
from hypothesis import settings
from servers import WRONG, Reference

import mdm_osupdate as osu
from mdm_osupdate.conformance import (
    OBLIGATIONS,
    DeviceConformance,
    Refused,
    ServerConformance,
    ViolationError,
    check_device,
    check_server,
)
from mdm_osupdate.simulator import SimulatedDevice, offer

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)
MAC = osu.Device("macOS", "14.3", supervised=True, enrollment="automated")
USUAL = ServerConformance.settings
REPEATED = settings(USUAL, max_examples=1000, derandomize=True)
QUICK = settings(USUAL, max_examples=15)


class TestTheReference(ServerConformance):
    def server(self) -> Reference:
        return Reference()


class Asynchronous:
    """The reference, as coroutines, with devices that enrol."""

    def __init__(self) -> None:
        self.reference = Reference()
        self.enrolled: set[str] = set()

    async def enrol(self, udid: str) -> None:
        self.enrolled.add(udid)

    async def enqueue(self, udid: str, command: bytes) -> None:
        assert udid in self.enrolled
        self.reference.enqueue(udid, command)

    async def connect(self, udid: str, message: bytes) -> bytes | None:
        return self.reference.connect(udid, message) or None


def test_an_asynchronous_server_passes() -> None:
    check_server(Asynchronous, QUICK)


@pytest.mark.parametrize(
    ("code", "server"),
    [(code, server) for code, servers in WRONG.items() for server in servers],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_wrong_server_is_caught(code: str, server: Any) -> None:
    with pytest.raises(ViolationError) as caught:
        check_server(server, REPEATED)
    assert caught.value.obligation.code == code, caught.value


def test_every_obligation_of_servers_has_a_server_that_violates_it() -> None:
    assert set(WRONG) == {code for code in OBLIGATIONS if code.startswith("SRV")}
    assert sum(map(len, WRONG.values())) >= 20


class TestTheSimulatedMac(DeviceConformance):
    device = MAC

    def handle(self, command: bytes) -> bytes | None:
        return SimulatedDevice(MAC, [offer(MAC, "14.4")], udid="A").handle(command, NOW)


class Wrong:
    """A device that makes of a good answer what a wrong one would send."""

    def __init__(self) -> None:
        self.device = SimulatedDevice(MAC, [offer(MAC, "14.4")], udid="A")
        self.answers = 0

    def good(self, command: bytes) -> bytes | None:
        return self.device.handle(command, NOW)

    def changed(self, command: bytes, **keys: object) -> bytes:
        body = self.good(command)
        return plistlib.dumps({**plistlib.loads(body or plistlib.dumps({})), **keys})


class IsSilent(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return None


class AnswersOnce(Wrong):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[bytes] = set()

    def __call__(self, command: bytes) -> bytes | None:
        if b"ScheduleOSUpdate<" in command:
            return None
        known = command in self.seen
        self.seen.add(command)
        return None if known else self.good(command)


class AnswersRubbish(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return b"rubbish"


class NamesAnotherCommand(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return self.changed(command, CommandUUID="other")


class IsIdle(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return self.changed(command, Status="Idle")


class HasNoName(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return self.changed(command, UDID="")


class ChangesItsName(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        self.answers += 1
        return self.changed(command, UDID=str(self.answers))


class HasTextForNumbers(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return self.changed(command, ErrorChain=[{"ErrorCode": "12"}])


class TakesAnyCommand(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return (
            self.changed(command, Status="Acknowledged")
            if re.search(b"<string>Not[A-Z]", command)
            else (self.good(command))
        )


class AnswersOthersWithRubbish(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return b"rubbish" if re.search(b"<string>Not[A-Z]", command) else self.good(command)


class FailsOnGarbage(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        plistlib.loads(command)["Command"]
        return self.good(command)


@pytest.mark.parametrize(
    ("code", "device"),
    [
        ("DEV01", IsSilent),
        ("DEV08", AnswersOnce),
        ("DEV01", AnswersRubbish),
        ("DEV02", NamesAnotherCommand),
        ("DEV03", IsIdle),
        ("DEV04", HasNoName),
        ("DEV04", ChangesItsName),
        ("DEV05", HasTextForNumbers),
        ("DEV06", TakesAnyCommand),
        ("DEV06", AnswersOthersWithRubbish),
        ("DEV07", FailsOnGarbage),
    ],
)
def test_a_wrong_device_is_caught(code: str, device: Any) -> None:
    with pytest.raises(ViolationError) as caught:
        check_device(device, MAC, settings(REPEATED, max_examples=40))
    assert caught.value.obligation.code == code, caught.value


def test_a_device_may_leave_garbage_unanswered_and_restart() -> None:
    class Restarts(Wrong):
        def __call__(self, command: bytes) -> bytes | None:
            known = b"<key>RequestType</key>" in command and b"ScheduleOSUpdate<" not in command
            return self.good(command) if known else None

    check_device(Restarts, MAC, QUICK)


class TestServersThatFail:
    def test_when_a_command_is_queued(self) -> None:
        class NeverQueues(Reference):
            def enqueue(self, udid: str, command: bytes) -> None:
                raise RuntimeError("full")

        with pytest.raises(ViolationError, match="SRV21") as caught:
            check_server(NeverQueues, REPEATED)
        assert "RuntimeError: full" in caught.value.what

    def test_refusing_what_is_odd_is_right(self) -> None:
        class Strict(Reference):
            def connect(self, udid: str, message: bytes) -> bytes:
                said = self.read(message)
                mine = [c["CommandUUID"] for c in self.queues.get(udid, [])]
                if said["Status"] != "Idle" and said.get("CommandUUID") not in mine:
                    raise Refused("409")
                return super().connect(udid, message)

        check_server(Strict, QUICK)


def test_what_must_be_defined_is_said() -> None:
    with pytest.raises(NotImplementedError, match="an adapter to your server"):
        ServerConformance().server()
    with pytest.raises(NotImplementedError, match="your device's answer"):
        DeviceConformance().handle(b"")
