"""The conformance suite passes what is right, and catches what is wrong, by its name."""

import json
import plistlib
import re
import sys
import textwrap
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from devices import CORRECT_DEVICES, MAC, NOW, WRONG_DEVICES, IsSilent, Wrong, simulated
from hypothesis import Phase, settings
from hypothesis.database import InMemoryExampleDatabase
from servers import (
    CORRECT,
    DECLARING,
    WRONG,
    Declares,
    DropsOnNotNow,
    KeepsLinkedLists,
    OffersAgainAfterTheNextAnswer,
    Reference,
    Rotates,
)

import mdm_osupdate as osu
from mdm_osupdate.conformance import (
    OBLIGATIONS,
    DeviceConformance,
    Refused,
    ServerConformance,
    Stopped,
    ViolationError,
    check_device,
    check_server,
)
from mdm_osupdate.conformance.examples import NamedDatabase
from mdm_osupdate.simulator import Behavior, SimulatedDevice

USUAL = settings(ServerConformance.settings, database=None)
FIRST = settings(USUAL, report_multiple_bugs=False)
"""Enough to find one violation."""
QUICK = settings(USUAL, max_examples=8)
UNSHRUNK = settings(QUICK, phases=[Phase.generate])
FEW = settings(DeviceConformance.settings, max_examples=10, database=None)
OF_SERVERS = {code for code in OBLIGATIONS if code.startswith("SRV")}
DECLARED = {code for code in OF_SERVERS if code > "SRV40"}


def first_of_each(rows: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """Yield the rows; those that violate the same obligation as one before are slow tests."""
    seen = set()
    for row in rows:
        yield pytest.param(*row, marks=[pytest.mark.slow] if row[0] in seen else [])
        seen.add(row[0])


SERVERS = pytest.mark.parametrize(
    ("code", "server"),
    [*first_of_each((code, server) for code, servers in WRONG.items() for server in servers)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)


def codes(violations: tuple[ViolationError, ...]) -> list[str]:
    return [violation.obligation.code for violation in violations]


class Everything(Declares):
    """A correct server, and an adapter that has all methods."""

    concurrent = True

    def check_in(self, udid: str, message: bytes) -> None: ...


class TestTheReference(ServerConformance):
    settings = settings(USUAL, max_examples=60)
    seed = 0

    def server(self) -> Everything:
        return Everything()


@pytest.mark.parametrize("server", [*CORRECT, *DECLARING])
def test_a_correct_server_passes(server: Any) -> None:
    report = check_server(server, UNSHRUNK, seed=0, strict=True)
    assert report.ok, report.violations


@SERVERS
def test_a_wrong_server_is_caught(code: str, server: Any) -> None:
    """The obligation that it violates is the first that is found, or a part of it."""
    # Declarations are checked when the commands have been.
    chosen = settings(FIRST, max_examples=20) if code in DECLARED else FIRST
    strict = OBLIGATIONS[code].recommended
    [violation] = check_server(server, chosen, seed=0, strict=strict).violations
    assert violation.obligation.code == code, violation
    assert len(violation.story) <= 20, violation


def test_every_obligation_of_servers_has_a_server_that_violates_it() -> None:
    assert set(WRONG) == OF_SERVERS
    assert sum(map(len, WRONG.values())) >= 90


def test_what_apple_says_has_its_url() -> None:
    recommended = {code for code, obligation in OBLIGATIONS.items() if obligation.recommended}
    assert recommended == {
        *("SRV09", "SRV22", "SRV23", "SRV24", "SRV25"),
        *("SRV35", "SRV36", "SRV50"),
    }
    for obligation in OBLIGATIONS.values():
        assert obligation.reason.endswith(".")
        assert str(obligation.source or "https://").startswith("https://")


def test_the_report_sorts_the_obligations() -> None:
    class CannotRestart(Reference):
        restart = None  # type: ignore[assignment]

    report = check_server(
        CannotRestart, settings(USUAL, max_examples=60), seed=0, waive=["SRV17", "DEV01"]
    )
    needing = {
        "SRV11": "the adapter has no restart()",
        "SRV31": "the adapter has no enroll() and no check_in()",
        "SRV32": "the adapter has no check_in()",
        "SRV33": "the adapter has no coroutines, nor concurrent = True",
        "SRV34": "the adapter has no check_in()",
    }
    declared = dict.fromkeys(DECLARED, "the adapter has no declarative() and no declare()")
    assert report.not_tried == {**needing, **declared}
    assert report.kept == OF_SERVERS - needing.keys() - DECLARED - {"SRV17"}
    assert report.waived == {"SRV17"}


def test_a_recommendation_fails_only_if_strict() -> None:
    report = check_server(OffersAgainAfterTheNextAnswer, QUICK, seed=0)
    assert report.ok
    assert codes(report.recommendations) == ["SRV09"]
    report.raise_violation()
    strict = check_server(OffersAgainAfterTheNextAnswer, QUICK, seed=0, strict=True)
    with pytest.raises(ViolationError, match="SRV09"):
        strict.raise_violation()


def test_the_seed_of_a_report_repeats_it() -> None:
    first = check_server(WRONG["SRV18"][0], UNSHRUNK)
    again = check_server(WRONG["SRV18"][0], UNSHRUNK, seed=first.seed)
    assert again.seed == first.seed
    assert codes(again.violations) == codes(first.violations)


def test_an_adapter_can_end_the_check() -> None:
    """The report has what was found until then."""
    messages = iter(range(200))

    class Ends(DropsOnNotNow):
        def connect(self, udid: str, message: bytes) -> bytes:
            if next(messages, None) is None:
                raise Stopped("the time was up")
            return super().connect(udid, message)

    report = check_server(Ends, settings(UNSHRUNK, max_examples=40), seed=0)
    assert report.stopped == "the time was up"
    assert "SRV08" in codes(report.violations)


def test_several_faults_are_all_reported() -> None:
    """The second fault is found although the first one is."""

    class Both(WRONG["SRV28"][0], WRONG["SRV19"][0]):  # type: ignore[misc]
        pass

    report = check_server(Both, settings(USUAL, max_examples=40), seed=0)
    assert codes(report.violations) == ["SRV19", "SRV28"]


class TestWaivers:
    def test_a_code(self) -> None:
        server = OffersAgainAfterTheNextAnswer
        report = check_server(server, UNSHRUNK, seed=0, waive=["SRV09"], strict=True)
        assert report.ok
        assert report.waived == {"SRV09"}

    def test_what_is_unknown(self) -> None:
        for waived in ("SRV99", "SRV18:no-such-row"):
            with pytest.raises(ValueError, match=f"unknown obligation '{waived}'"):
                check_server(Reference, waive=[waived])

    @SERVERS
    def test_what_is_waived_is_not_blamed(self, code: str, server: Any) -> None:
        """Nor is its damage blamed on another obligation, if something provokes it."""
        quick = settings(UNSHRUNK, max_examples=3)
        report = check_server(server, quick, seed=0, waive=[code], strict=True)
        assert code not in codes(report.violations)

    @pytest.mark.parametrize("seed", [0, 1])
    def test_a_storage_that_loses_queues_at_stray_responses(self, seed: int) -> None:
        provoked = ["SRV15", "SRV16", "SRV17", "SRV24"]
        own = ["SRV05", "SRV06", "SRV07", "SRV09"]
        quick = settings(UNSHRUNK, max_examples=30)
        waived = [*provoked, *own]
        report = check_server(KeepsLinkedLists, quick, seed=seed, waive=waived, strict=True)
        assert report.ok, report.violations
        assert not {*provoked} & report.kept

    @pytest.mark.parametrize("seed", [0, 1])
    def test_an_order_of_its_own_is_not_blamed_on_what_came_before(self, seed: int) -> None:
        """A device that sends something unusual has not answered the command that it holds."""
        report = check_server(Rotates, settings(UNSHRUNK, max_examples=30), seed=seed)
        assert report.ok, report.violations
        assert codes(report.recommendations) == ["SRV22"]

    def test_the_story_says_that_the_server_failed(self) -> None:
        class Drops(WRONG["SRV24"][0]):  # type: ignore[misc]
            """Fails for a response without CommandUUID, and loses the queue."""

            def connect(self, udid: str, message: bytes) -> Any:
                try:
                    return super().connect(udid, message)
                except KeyError:
                    self.queues[udid] = []
                    raise

        quick = settings(USUAL, max_examples=20)
        report = check_server(Drops, quick, seed=0, waive=["SRV24"])
        [violation] = report.violations
        assert violation.obligation.code == "SRV15"
        assert "   the server failed with KeyError: 'CommandUUID'" in violation.story

    @pytest.mark.parametrize(
        ("row", "wrong"),
        [
            ("SRV18:and-unknown-keys", "KnowsAllKeys"),
            ("SRV18:without-an-errorchain", "NeedsAChain"),
            ("SRV13:nothing-at-all-not-even-idle", "TakesNothingForIdle"),
            ("SRV02:with-a-date", "WritesDatesAsText"),
            ("SRV25:in-binary", "ReadsNoBinary"),
        ],
    )
    def test_a_single_row(self, row: str, wrong: str) -> None:
        [server] = [s for ss in WRONG.values() for s in ss if s.__name__ == wrong]
        quick = settings(UNSHRUNK, max_examples=25)
        report = check_server(server, quick, seed=0, waive=[row], strict=True)
        assert report.ok, report.violations
        assert report.waived == {row}

    def test_all_rows(self) -> None:
        from mdm_osupdate.conformance.messages import ROWS

        report = check_server(Reference, UNSHRUNK, seed=0, waive=ROWS)
        assert not report.kept & {"SRV13", "SRV15", "SRV18", "SRV19", "SRV25"}


class TestExamples:
    def test_each_server_keeps_its_own(self) -> None:
        database = InMemoryExampleDatabase()
        kept = settings(QUICK, database=database)
        assert not check_server(DropsOnNotNow, kept, seed=0).ok
        saved = {key: set(value) for key, value in database.data.items()}
        check_server(Reference, kept, seed=0)
        assert database.data == saved

    def test_an_example_is_tried_first_and_dropped_when_it_passes(self) -> None:
        database = InMemoryExampleDatabase()
        kept = settings(QUICK, database=database)
        events = [(0, 0, 0, 0), (1, 0, 1, 0), (2, 0, 1, 0)]
        key = b"mdm_osupdate.conformance commands mine"
        for saved in (json.dumps(events).encode(), b"of another version"):
            database.save(key, saved)
        none = settings(kept, max_examples=1, stateful_step_count=1)
        report = check_server(DropsOnNotNow, none, seed=0, name="mine")
        assert codes(report.violations) == ["SRV08"]
        assert check_server(Reference, none, seed=0, name="mine").ok
        assert list(database.fetch(key)) == [b"of another version"]

    def test_each_device_keeps_its_own(self) -> None:
        database = InMemoryExampleDatabase()
        kept = settings(FEW, database=database, derandomize=False)
        assert not check_device(IsSilent, MAC, kept).ok
        saved = {key for key, value in database.data.items() if value}
        assert saved
        assert check_device(simulated(MAC, "14.4"), MAC, kept).ok
        assert saved <= {key for key, value in database.data.items() if value}

    def test_a_device_deletes_only_its_own(self) -> None:
        database = InMemoryExampleDatabase()
        mine, other = NamedDatabase(database, "mine"), NamedDatabase(database, "other")
        for part in (mine, other):
            part.save(b"key", b"example")
        mine.delete(b"key", b"example")
        assert (list(mine.fetch(b"key")), list(other.fetch(b"key"))) == ([], [b"example"])


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    check_server(Reference, UNSHRUNK, seed=0, progress=lambda *numbers: told.append(numbers))
    assert told == [(number, 8) for number in range(9)]


def test_in_pytest_each_obligation_has_a_test(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    test = """
        from hypothesis import settings
        from servers import DropsOnNotNow
        from mdm_osupdate.conformance import ServerConformance

        class TestMine(ServerConformance):
            settings = settings(ServerConformance.settings, max_examples=8, database=None)
            seed, waive = 0, ["SRV17"]

            def server(self):
                return DropsOnNotNow()
    """
    (tmp_path / "test_in_pytest.py").write_text(textwrap.dedent(test))
    pytest.main(["-p", "no:cacheprovider", "-rfs", "--rootdir", str(tmp_path), str(tmp_path)])
    out = capfd.readouterr().out
    [failed] = re.findall(r"^FAILED (\S+)", out, re.MULTILINE)
    assert failed.endswith("::TestMine::test_SRV08")
    assert "repeat this check with: seed = 0" in out
    assert "SRV17: waived" in out
    assert "SRV41: the adapter has no declarative() and no declare()" in out
    assert "SRV08: A command that was answered with NotNow is sent again" in out
    for frame in ("sessions.py", "verdicts.py", "def play"):
        assert frame not in out


def test_a_server_that_is_wrong_now_and_then_is_caught() -> None:
    class IsTired(Reference):
        calls = 0

        def connect(self, udid: str, message: bytes) -> bytes:
            IsTired.calls += 1
            if IsTired.calls == 15:
                raise RuntimeError("tired")
            return super().connect(udid, message)

    report = check_server(IsTired, settings(UNSHRUNK, stateful_step_count=10), seed=1)
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

    @pytest.mark.parametrize(
        ("method", "name"), [("enroll", "enroll"), ("enrol", "enroll"), ("restart", "restart")]
    )
    def test_a_method_that_fails(self, method: str, name: str) -> None:
        class Fails(Reference):
            pass

        def fail(*_: object) -> None:
            raise RuntimeError("no")

        setattr(Fails, method, fail)
        failed = rf"(?s)But {name}\(\) failed with RuntimeError: no"
        with pytest.raises(ViolationError, match=failed):
            check_server(Fails, QUICK, seed=0).raise_violation()


def test_much_garbage_is_not_printed() -> None:
    class Echoes(Reference):
        def read(self, message: bytes) -> dict[str, Any]:
            if len(message) > 2**20:
                raise RuntimeError(message)
            return super().read(message)

    with pytest.raises(ViolationError) as caught:
        check_server(Echoes, FIRST, seed=0, strict=True).raise_violation()
    assert len(str(caught.value)) < 1000


def test_commands_of_its_own_without_end() -> None:
    class NeverStops(Reference):
        def next(self, udid: str, queue: list[Any]) -> bytes:
            command = {"CommandUUID": "mine", "Command": {"RequestType": "DeviceInformation"}}
            return plistlib.dumps(command)

    with pytest.raises(ViolationError, match=r"SRV12.*\n.*own commands do not end"):
        check_server(NeverStops, QUICK, seed=0).raise_violation()


def test_commands_of_its_own_before_all_others() -> None:
    class AlwaysAsks(Reference):
        def next(self, udid: str, queue: list[Any]) -> bytes:
            return super().next(udid, queue) if self.asked else b""

        def connect(self, udid: str, message: bytes) -> bytes:
            self.asked = self.read(message)["Status"] != "Idle"
            command = {"CommandUUID": "mine", "Command": {"RequestType": "DeviceInformation"}}
            return plistlib.dumps(command) if not self.asked else b""

    with pytest.raises(ViolationError, match=r"SRV01.*\n.*does not come"):
        check_server(AlwaysAsks, QUICK, seed=0).raise_violation()


def test_one_refuses_what_all_must_take() -> None:
    class Refuses(Reference):
        def connect(self, udid: str, message: bytes) -> bytes:
            raise Refused("403")

    with pytest.raises(ViolationError, match=r"SRV21.*\n.*the server refused it"):
        check_server(Refuses, QUICK, seed=0).raise_violation()


class TestSeveralDevicesAtTheSameTime:
    """What goes wrong only then: only then is a server without coroutines called in threads."""

    class FailsInThreads(Everything):
        error: BaseException

        def connect(self, udid: str, message: bytes) -> bytes:
            if threading.current_thread() is not threading.main_thread():
                raise self.error
            return super().connect(udid, message)

    def test_a_failure_is_a_violation(self) -> None:
        class Fails(self.FailsInThreads):  # type: ignore[name-defined, misc]
            error = RuntimeError("locked")

        report = check_server(Fails, UNSHRUNK, seed=0)
        assert codes(report.violations) == ["SRV33"]
        assert report.violations[0].what == "the server failed with RuntimeError: locked"

    def test_the_adapter_can_end_the_check(self) -> None:
        class GivesUp(BaseException):
            """Not a failure of the server."""

        class Ends(self.FailsInThreads):  # type: ignore[name-defined, misc]
            error = GivesUp()

        with pytest.raises(GivesUp):
            check_server(Ends, UNSHRUNK, seed=0)


@pytest.mark.parametrize("body", [b"rubbish", b"<plist><dict/></plist>"])
def test_what_is_no_command(body: bytes) -> None:
    class Babbles(Reference):
        def write(self, command: dict[str, Any]) -> bytes:
            return body

    with pytest.raises(ViolationError, match=r"SRV20"):
        check_server(Babbles, QUICK, seed=0).raise_violation()


BUSY = simulated(MAC, "14.4", behavior=Behavior(not_now_every=3))


class TestTheSimulatedMac(DeviceConformance):
    device = MAC
    settings = FEW

    def handle(self, command: bytes) -> bytes | None:
        self.busy = getattr(self, "busy", None) or BUSY()
        return self.busy(command)


@pytest.mark.parametrize(
    ("code", "device", "properties"),
    [*first_of_each(WRONG_DEVICES)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wrong_device_is_caught(code: str, device: Any, properties: osu.Device) -> None:
    """A seed in twenty may miss it, and which one depends on what else hypothesis has seen."""
    reports = (check_device(device, properties, FEW, seed=seed) for seed in (0, 1))
    assert any(code in codes(report.violations) for report in reports)


def test_every_obligation_of_devices_has_a_device_that_violates_it() -> None:
    assert {code for code, _, _ in WRONG_DEVICES} == OBLIGATIONS.keys() - OF_SERVERS


@pytest.mark.parametrize(
    ("device", "make"), [(device, make) for _, make, device in CORRECT_DEVICES[:4]]
)
def test_a_correct_device_passes(device: osu.Device, make: Any) -> None:
    """The benchmark has all of them, and many seeds."""
    report = check_device(make, device, FEW, seed=0)
    assert report.ok, report.violations


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
            Acknowledges, osu.Device("macOS", "14.3", supervised=False), FEW
        ).raise_violation()


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

    assert Tires().check().ok


def test_a_device_may_leave_garbage_unanswered_and_restart() -> None:
    class Restarts(Wrong):
        def __call__(self, command: bytes) -> bytes | None:
            known = b"<key>RequestType</key>" in command and b"ScheduleOSUpdate<" not in command
            return self.good(command) if known else None

    assert check_device(Restarts, MAC, FEW).ok


class TestServersThatFail:
    def test_when_a_command_is_queued(self) -> None:
        class NeverQueues(Reference):
            def enqueue(self, udid: str, command: bytes) -> None:
                raise RuntimeError("full")

        with pytest.raises(ViolationError, match=r"SRV21") as caught:
            check_server(NeverQueues, QUICK).raise_violation()
        assert "RuntimeError: full" in caught.value.what

    def test_when_a_device_names_another_one(self) -> None:
        """No device does so: a server may fail, and must only give nothing away."""

        class Fails(Reference):
            def connect(self, udid: str, message: bytes) -> bytes:
                said = self.read(message)
                if udid not in (said.get("UDID"), said.get("EnrollmentID")):
                    raise RuntimeError("500")
                return super().connect(udid, message)

        assert check_server(Fails, settings(UNSHRUNK, max_examples=20), seed=0).ok

    def test_when_all_commands_are_refused(self) -> None:
        class QueuesNothing(Reference):
            def enqueue(self, udid: str, command: bytes) -> None:
                raise Refused("403")

        report = check_server(QueuesNothing, UNSHRUNK, seed=0)
        assert codes(report.violations) == ["SRV21"]
        assert report.violations[0].what == "the server refused every command"

    def test_when_a_command_is_refused_that_was_accepted_before(self) -> None:
        class Closes(Reference):
            """Refuses commands for a device that has fetched one."""

            def connect(self, udid: str, message: bytes) -> bytes:
                body = super().connect(udid, message)
                self.closed = bool(body)
                return body

            def enqueue(self, udid: str, command: bytes) -> None:
                if not self.queues.get(udid) and getattr(self, "closed", None) is False:
                    raise Refused("503")
                super().enqueue(udid, command)

        with pytest.raises(ViolationError, match=r"SRV21.*\n.*failed with Refused: 503"):
            check_server(Closes, FIRST, seed=0).raise_violation()

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
    assert test.check().ok


def test_what_is_waived_is_not_a_violation_of_a_device() -> None:
    report = check_device(IsSilent, MAC, FEW, seed=7, waive=("DEV01",))
    assert "DEV01" not in {violation.obligation.code for violation in report.violations}
    assert "DEV01" in report.waived
    assert report.seed == 7
