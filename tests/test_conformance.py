"""The conformance suite passes what is right, and catches what is wrong, by its name."""

import datetime as dt
import plistlib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings
from servers import CORRECT, WRONG, OffersAgainAfterTheNextAnswer, Reference

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
REPEATED = settings(USUAL, database=None)
QUICK = settings(USUAL, max_examples=15)
FEW = settings(DeviceConformance.settings, max_examples=10, database=None)


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


BASIC = {"SRV01", "SRV02", "SRV03", "SRV04", "SRV05", "SRV12", "SRV20", "SRV21"}


def test_an_asynchronous_server_passes() -> None:
    assert check_server(Asynchronous, QUICK).ok


@pytest.mark.parametrize("server", CORRECT)
def test_a_correct_server_passes(server: Any) -> None:
    report = check_server(server, settings(REPEATED, max_examples=30), seed=0, strict=True)
    assert report.ok, report.violations


CONSEQUENCES = {
    "ForgetsWhatItHasSent": ["SRV08"],
    "ForgetsWhatIsUnderWay": ["SRV09"],
    "TakesAnyAnswer": ["SRV16", "SRV17"],
}
"""What else a fault makes of a server."""
SERVERS = pytest.mark.parametrize(
    ("code", "server"),
    [(code, server) for code, servers in WRONG.items() for server in servers],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)


@SERVERS
def test_a_wrong_server_is_caught(code: str, server: Any) -> None:
    report = check_server(server, settings(REPEATED, max_examples=40), seed=0, strict=True)
    violated = {violation.obligation.code: violation for violation in report.violations}
    assert set(violated) == {code, *CONSEQUENCES.get(server.__name__, ())}, report.violations
    assert len(violated[code].story) <= 15, violated[code]


def test_every_obligation_of_servers_has_a_server_that_violates_it() -> None:
    assert set(WRONG) == {code for code in OBLIGATIONS if code.startswith("SRV")}
    assert sum(map(len, WRONG.values())) >= 45


def test_the_report_sorts_the_obligations() -> None:
    class CannotRestart(Reference):
        restart = None  # type: ignore[assignment]

    of_servers = {code for code in OBLIGATIONS if code.startswith("SRV")}
    assert check_server(Reference, REPEATED, seed=0).kept == of_servers
    report = check_server(CannotRestart, REPEATED, seed=0, waive=["SRV17", "DEV01"])
    assert report.kept == of_servers - {"SRV11", "SRV17"}
    assert report.not_tried == {"SRV11": "no attempt reached it"}
    assert report.waived == {"SRV17"}


def test_an_obligation_can_be_waived() -> None:
    report = check_server(OffersAgainAfterTheNextAnswer, REPEATED, seed=0, waive=["SRV09"])
    assert report.waived == {"SRV09"}
    assert not report.recommendations
    with pytest.raises(ValueError, match="unknown obligation 'SRV99'"):
        check_server(Reference, waive=["SRV99"])


def test_a_recommendation_fails_only_if_strict() -> None:
    report = check_server(OffersAgainAfterTheNextAnswer, REPEATED, seed=0)
    assert report.ok
    assert [violation.obligation.code for violation in report.recommendations] == ["SRV09"]
    report.raise_violation()
    strict = check_server(OffersAgainAfterTheNextAnswer, REPEATED, seed=0, strict=True)
    with pytest.raises(ViolationError, match="SRV09"):
        strict.raise_violation()


def test_the_seed_of_a_report_repeats_it() -> None:
    first = check_server(WRONG["SRV17"][0], settings(QUICK, derandomize=False))
    assert check_server(WRONG["SRV17"][0], QUICK, seed=first.seed).seed == first.seed


def test_what_makes_the_rest_undecidable_ends_the_check() -> None:
    report = check_server(WRONG["SRV04"][0], REPEATED, seed=0)
    assert [violation.obligation.code for violation in report.violations] == ["SRV04"]
    assert all("of SRV04" in why for why in report.not_tried.values())


def test_several_faults_are_all_reported() -> None:
    """The second fault is found although the first one is."""

    class Both(WRONG["SRV13"][0], WRONG["SRV17"][0]):  # type: ignore[misc]
        pass

    report = check_server(Both, REPEATED, seed=0)
    assert {violation.obligation.code for violation in report.violations} == {"SRV13", "SRV17"}


@SERVERS
def test_what_is_waived_is_not_blamed(code: str, server: Any) -> None:
    """Nor is its damage blamed on another obligation, if something provokes it."""
    quick = settings(QUICK, max_examples=5)
    report = check_server(server, quick, seed=0, waive=[code], strict=True)
    blamed = {violation.obligation.code for violation in report.violations}
    assert code not in blamed
    if code not in BASIC:
        assert blamed <= {*CONSEQUENCES.get(server.__name__, ())}, report.violations


def test_a_server_that_is_wrong_now_and_then_is_caught() -> None:
    class IsTired(Reference):
        calls = 0

        def connect(self, udid: str, message: bytes) -> bytes:
            IsTired.calls += 1
            if IsTired.calls == 15:
                raise RuntimeError("tired")
            return super().connect(udid, message)

    report = check_server(IsTired, settings(REPEATED, stateful_step_count=10))
    [violation] = report.violations
    assert violation.what == "the server failed with RuntimeError: tired"


class TestAdaptersThatAreNone:
    def test_nothing(self) -> None:
        with pytest.raises(
            TypeError, match=re.escape("enqueue(udid, command), which NoneType lacks")
        ):
            check_server(lambda: None, QUICK)  # type: ignore[arg-type, return-value]

    def test_a_method_is_missing(self) -> None:
        class Half:
            def enqueue(self, udid: str, command: bytes) -> None: ...

        with pytest.raises(TypeError, match=re.escape("connect(udid, message), which Half lacks")):
            check_server(Half, QUICK)  # type: ignore[arg-type]

    def test_text_for_bytes(self) -> None:
        class Texts(Reference):
            def connect(self, udid: str, message: bytes) -> Any:
                return super().connect(udid, message).decode()

        with pytest.raises(TypeError, match=r"connect\(\) must return bytes or None, not str"):
            check_server(Texts, QUICK)

    @pytest.mark.parametrize("method", ["enrol", "restart"])
    def test_a_method_that_fails(self, method: str) -> None:
        class Fails(Reference):
            pass

        def fail(*_: object) -> None:
            raise RuntimeError("no")

        setattr(Fails, method, fail)
        failed = rf"(?s)But {method}\(\) failed with RuntimeError: no"
        with pytest.raises(ViolationError, match=failed):
            check_server(Fails, REPEATED, seed=0).raise_violation()


def test_much_garbage_is_not_printed() -> None:
    class Echoes(Reference):
        def read(self, message: bytes) -> dict[str, Any]:
            if len(message) > 2**20:
                raise RuntimeError(message)
            return super().read(message)

    with pytest.raises(ViolationError) as caught:
        check_server(Echoes, REPEATED, seed=0).raise_violation()
    assert len(str(caught.value)) < 1000


def test_commands_of_its_own_without_end() -> None:
    class NeverStops(Reference):
        def next(self, udid: str, queue: list[Any]) -> bytes:
            command = {"CommandUUID": "mine", "Command": {"RequestType": "DeviceInformation"}}
            return plistlib.dumps(command)

    with pytest.raises(ViolationError, match=r"SRV12.*\n.*own commands do not end"):
        check_server(NeverStops, REPEATED, seed=0).raise_violation()


def test_commands_of_its_own_before_all_others() -> None:
    class AlwaysAsks(Reference):
        def next(self, udid: str, queue: list[Any]) -> bytes:
            return super().next(udid, queue) if self.asked else b""

        def connect(self, udid: str, message: bytes) -> bytes:
            self.asked = self.read(message)["Status"] != "Idle"
            command = {"CommandUUID": "mine", "Command": {"RequestType": "DeviceInformation"}}
            return plistlib.dumps(command) if not self.asked else b""

    with pytest.raises(ViolationError, match=r"SRV01.*\n.*does not come"):
        check_server(AlwaysAsks, REPEATED, seed=0).raise_violation()


def test_one_refuses_what_all_must_take() -> None:
    class Refuses(Reference):
        def connect(self, udid: str, message: bytes) -> bytes:
            raise Refused("403")

    with pytest.raises(ViolationError, match=r"SRV21.*\n.*the server refused it"):
        check_server(Refuses, REPEATED, seed=0).raise_violation()


@pytest.mark.parametrize("body", [b"rubbish", b"<plist><dict/></plist>"])
def test_what_is_no_command(body: bytes) -> None:
    class Babbles(Reference):
        def write(self, command: dict[str, Any]) -> bytes:
            return body

    with pytest.raises(ViolationError, match=r"SRV20"):
        check_server(Babbles, REPEATED, seed=0).raise_violation()


class TestTheSimulatedMac(DeviceConformance):
    device = MAC
    settings = FEW

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


class SpoilsResults(Wrong):
    """Items of UpdateResults have a number for their Status."""

    now = NOW

    def __call__(self, command: bytes) -> bytes | None:
        self.now += dt.timedelta(minutes=10)  # which a scan needs
        body = self.device.handle(command, self.now)
        said = plistlib.loads(body or plistlib.dumps({}))
        for item in said.get("UpdateResults", []):
            item["Status"] = 5
        return plistlib.dumps(said) if body else None


class FailsToSchedule(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        if b"<string>ScheduleOSUpdate<" in command:
            raise KeyError("ProductKey")
        return self.good(command)


class FailsOnOthers(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        if re.search(b"<string>Not[A-Z]", command):
            raise KeyError("handler")
        return self.good(command)


class LeavesOthersUnanswered(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return None if re.search(b"<string>Not[A-Z]", command) else self.good(command)


class RefusesUnderAnotherName(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        if re.search(b"<string>Not[A-Z]", command):
            return self.changed(command, CommandUUID="other")
        return self.good(command)


class NeedsAnInstallAction(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        try:
            items = plistlib.loads(command)["Command"]["Updates"]
        except Exception:
            items = []
        for item in items:
            item["InstallAction"].upper()
        return self.good(command)


class TakesGarbage(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        if b"RequestType" in command:
            return self.good(command)
        return plistlib.dumps({"Status": "Acknowledged", "UDID": "A"})


@pytest.mark.parametrize(
    ("code", "device"),
    [
        ("DEV05", SpoilsResults),
        ("DEV01", FailsToSchedule),
        ("DEV06", FailsOnOthers),
        ("DEV06", LeavesOthersUnanswered),
        ("DEV02", RefusesUnderAnotherName),
        ("DEV07", NeedsAnInstallAction),
        ("DEV07", TakesGarbage),
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
    report = check_device(device, MAC, FEW)
    assert code in {violation.obligation.code for violation in report.violations}, report


class Acknowledges(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        try:
            named = plistlib.loads(command)["CommandUUID"]
        except Exception:
            return None
        return plistlib.dumps({"Status": "Acknowledged", "UDID": "A", "CommandUUID": named})


def test_what_this_device_does_not_take_it_refuses() -> None:
    with pytest.raises(ViolationError, match="DEV06"):
        check_device(
            Acknowledges, osu.Device("macOS", "14.3", supervised=False), QUICK
        ).raise_violation()


@pytest.mark.parametrize(
    "device",
    [osu.Device("macOS", "27.0"), osu.Device("watchOS", "10.0"), osu.Device("iOS", "17.0")],
)
def test_other_devices_pass(device: osu.Device) -> None:
    def make() -> Callable[[bytes], bytes | None]:
        return lambda body: SimulatedDevice(device, udid="A").handle(body, NOW)

    report = check_device(make, device, FEW)
    assert report.ok, report.violations


def test_each_attempt_has_a_device_of_its_own() -> None:
    class Tires(DeviceConformance):
        device = MAC
        settings = FEW
        answers = 0

        def handle(self, command: bytes) -> bytes | None:
            self.answers += 1
            return (
                SimulatedDevice(MAC, udid="A").handle(command, NOW) if self.answers < 20 else None
            )

    Tires().test_device_conformance()


def test_a_device_may_leave_garbage_unanswered_and_restart() -> None:
    class Restarts(Wrong):
        def __call__(self, command: bytes) -> bytes | None:
            known = b"<key>RequestType</key>" in command and b"ScheduleOSUpdate<" not in command
            return self.good(command) if known else None

    assert check_device(Restarts, MAC, QUICK).ok


class TestServersThatFail:
    def test_when_a_command_is_queued(self) -> None:
        class NeverQueues(Reference):
            def enqueue(self, udid: str, command: bytes) -> None:
                raise RuntimeError("full")

        with pytest.raises(ViolationError, match=r"SRV21") as caught:
            check_server(NeverQueues, REPEATED).raise_violation()
        assert "RuntimeError: full" in caught.value.what

    def test_refusing_what_is_odd_is_right(self) -> None:
        class Strict(Reference):
            def connect(self, udid: str, message: bytes) -> bytes:
                said = self.read(message)
                mine = [c["CommandUUID"] for c in self.queues.get(udid, [])]
                if said["Status"] != "Idle" and said.get("CommandUUID") not in mine:
                    raise Refused("409")
                return super().connect(udid, message)

        assert check_server(Strict, QUICK).ok


def test_what_must_be_defined_is_said() -> None:
    with pytest.raises(NotImplementedError, match="an adapter to your server"):
        ServerConformance().server()
    with pytest.raises(NotImplementedError, match="your device's response"):
        DeviceConformance().handle(b"")


class MyServer:
    """The server of the how-to guide."""

    def __init__(self) -> None:
        self.reference = Reference()

    def queue(self, udid: str, command: bytes) -> None:
        self.reference.enqueue(udid, command)

    def put(self, path: str, udid: str, message: bytes) -> tuple[int, bytes]:
        assert path == "/mdm"
        try:
            return 200, self.reference.connect(udid, message)
        except Refused:
            return 400, b""


def test_the_guide_shows_what_works(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = ModuleType("my_server")
    mine.Server = MyServer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "my_server", mine)
    guide = Path(__file__).parent.parent / "docs" / "how-to" / "test-your-server.md"
    [block] = re.findall(r"```python\n(.*?)```", guide.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(block, names)
    test = names["TestMyServer"]()
    test.settings = QUICK
    test.test_server_conformance()


def test_what_is_waived_is_not_a_violation_of_a_device() -> None:
    report = check_device(IsSilent, MAC, FEW, seed=7, waive=("DEV01",))
    assert "DEV01" not in {violation.obligation.code for violation in report.violations}
    assert "DEV01" in report.waived
    assert report.seed == 7
