"""Several devices and one server, in any order of events."""

import asyncio
import inspect
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from attrs import define, field

from mdm_osupdate.codec import DEFAULT_LIMITS, parse, write
from mdm_osupdate.errors import DecodeError

from .adapter import Refused, Server
from .messages import (
    GARBAGE,
    ODD_COMMANDS,
    PLAIN_COMMANDS,
    STATUSES,
    USUAL_CONTENT,
    Answer,
    odd_answers,
    usual_answer,
)
from .obligations import ViolationError
from .queues import EnrolledDevice, QueuedCommand

_DONE = {"Acknowledged": "SRV05", "Error": "SRV06", "CommandFormatError": "SRV07"}
NAMES = ("iPad A", "iPad B", "Mac C")
_SESSIONS = 3
"""The sessions that a server may let pass before it sends a command again after NotNow."""
_MOST_OF_ITS_OWN = 50
"""The number of its own commands that a server may send in one session."""
_NEEDED = {"enqueue": "enqueue(udid, command)", "connect": "connect(udid, message)"}


Event = tuple[int, int, int, int]
"""A kind of event and three numbers, which choose among the devices, commands and messages."""


class Wrong(Exception):  # noqa: N818 - never leaves the room
    """A violation. The same symptom may violate another obligation in a shorter story."""

    def __init__(self, symptom: str, violation: ViolationError) -> None:
        self.symptom = symptom
        self.violation = violation


class Machine:
    """Several devices and one server, in any order of events.

    An event takes its numbers modulo what there is to choose from, and is skipped if there is
    nothing. So any list of events can be played, and any part of it.
    """

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.server: Server = run.make()
        for method, wanted in _NEEDED.items():
            if not callable(getattr(self.server, method, None)):
                kind = type(self.server).__name__
                raise TypeError(f"an adapter needs {wanted}, which {kind} lacks")
        self.story: list[str] = []
        self.devices: list[EnrolledDevice] = [
            EnrolledDevice(str(uuid.uuid4()).upper(), name) for name in NAMES
        ]
        self.count: int = 0

    def play(self, events: Iterable[Event]) -> None:
        """Play the events, then let each device fetch its outstanding commands.

        Events that provoke a waived obligation are left out: what they damage would be blamed on
        another one.
        """
        self.enrol()
        for kind, *numbers in events:
            event = KINDS[kind]
            if self.run.waived & _PROVOKED.get(event, frozenset()):
                continue
            if "SRV10" in self.run.waived and event not in _ANSWERS:
                for device in self.devices:
                    self.acknowledge(device)
            event(self, *numbers)
        for device in self.devices:
            if device.outstanding and device.holds is None:
                self.begin(device)
        for device in self.devices:
            self.drain(device)

    # -- the server ------------------------------------------------------------------------------

    def call(self, method: str, *arguments: object) -> object:
        """Call a method of the adapter, and wait for it if it is a coroutine."""
        return self.run.wait(getattr(self.server, method)(*arguments))

    def say(self, device: EnrolledDevice, message: bytes, code: str) -> bytes | None:
        """Connect with a message. A failure violates ``code``; ``None`` means a refusal."""
        try:
            body = self.call("connect", device.udid, message)
        except Refused:
            self.tell("   the server refuses it")
            return None
        except Exception as error:
            self.blame("failure", code, f"the server failed with {shown(error)}")
            return b""
        if not isinstance(body, bytes | bytearray | memoryview | None):
            raise TypeError(f"connect() must return bytes or None, not {type(body).__name__}")
        return bytes(body or b"")

    def blame(self, symptom: str, code: str, what: str) -> None:
        """Report a violation, unless the obligation is waived."""
        if code not in self.run.waived:
            raise Wrong(symptom, ViolationError(code, what, self.story))

    def tell(self, line: str) -> None:
        """Add a line to the story."""
        self.story.append(line)

    def tried(self, *codes: str) -> None:
        """Note that obligations were put to the test."""
        self.run.tried.update(codes)

    def suspect(self, code: str, *devices: EnrolledDevice) -> None:
        """Blame what goes wrong with these devices from now on on this obligation."""
        self.tried(code)
        for device in devices:
            device.suspect, device.settled = code, False

    # -- what the server answers -----------------------------------------------------------------

    def exchange(
        self, device: EnrolledDevice, message: bytes, code: str, *, idle: bool = False
    ) -> None:
        """Send a message that every server must accept, and judge the answer."""
        body = self.say(device, message, code)
        if body is None:
            self.blame("failure", code, "the server refused it")
        self.hear(device, body or b"", idle=idle)

    def hear(self, device: EnrolledDevice, body: bytes, *, idle: bool = False) -> None:
        """Judge the server's answer. Acknowledge commands that are the server's own."""
        for number in range(_MOST_OF_ITS_OWN):
            if not body:
                return self.hear_nothing(device, idle)
            document = self.read(device, body)
            if document is None:
                return None
            queued = self.find(device, document)
            if queued is not None:
                return self.receive(device, queued, document)
            if number == 0:
                self.tell(f"   the server sends {device.name} commands of its own")
            message = Answer("Acknowledged").body(device.udid, document["CommandUUID"])
            body, idle = self.say(device, message, device.suspect or "SRV21") or b"", False
        return self.blame("own", "SRV12", "the server's own commands do not end")

    def hear_nothing(self, device: EnrolledDevice, idle: bool) -> None:
        """Judge an empty answer."""
        self.tell(f"   the server has nothing for {device.name}")
        if not idle:
            return  # a server may end a session early; the next one must go on
        if not device.outstanding:
            self.tried("SRV12")
        elif device.due:
            self.miss(device, device.due[0])
        else:
            device.waited += 1
            if device.waited == _SESSIONS:
                self.miss(device, device.outstanding[0])

    def miss(self, device: EnrolledDevice, queued: QueuedCommand) -> None:
        """Report that a command does not come."""
        usual = "SRV08" if queued.not_now else "SRV01"
        self.blame("delivery", device.suspect or usual, f"{queued.name} does not come")

    def read(self, device: EnrolledDevice, body: bytes) -> dict[str, Any] | None:
        """Read a command; it needs a CommandUUID and a RequestType."""
        code = "SRV20" if device.outstanding else "SRV12"
        try:
            document: Any = parse(body, DEFAULT_LIMITS)
        except DecodeError as error:
            self.blame("no command", code, f"the server sent {body[:60]!r}: {error!s:.200}")
            return None
        match document:
            case {"CommandUUID": str(), "Command": {"RequestType": str()}}:
                return dict(document)
        self.blame(
            "no command", code, f"the server sent something that is not a command: {body[:200]!r}"
        )
        return None

    def find(self, device: EnrolledDevice, document: dict[str, Any]) -> QueuedCommand | None:
        """Find the command in the device's queue; ``None`` if it is one of the server's own."""
        name = document["CommandUUID"]
        if (queued := device.find(name)) is not None:
            return queued
        for other in self.devices:
            if (queued := other.find(name)) is not None:
                what = f"{device.name} was sent {queued.name} of {other.name}"
                self.blame("foreign", "SRV04", what)
        if document["Command"]["RequestType"] in USUAL_CONTENT:
            self.blame("unknown", "SRV02", f"nobody queued a command {name!r:.200}")
        return None

    def receive(
        self, device: EnrolledDevice, queued: QueuedCommand, document: dict[str, Any]
    ) -> None:
        """Judge a command that arrived, and let the device hold it."""
        self.tell(f"   the server sends {device.name} {queued.name}")
        self.tried("SRV01", "SRV02", "SRV04", "SRV20")
        self.check_order(device, queued)
        if difference := _difference(queued.document, document):
            self.blame("changed", "SRV02", f"in {queued.name}, {difference}")
        device.holds, device.waited, device.settled = queued, 0, True

    def check_order(self, device: EnrolledDevice, queued: QueuedCommand) -> None:
        """Judge whether the command may come now."""
        if queued.done is not None:
            code = device.suspect or _DONE[queued.done]
            what = f"{queued.name} was answered with {queued.done}, and comes again"
            self.blame("again", code, what)
        if queued.not_now_in_session:
            what = f"{queued.name} comes again in the same session"
            self.blame("again at once", "SRV09", what)
        due = device.due
        if len(due) > 1:
            self.tried("SRV03")
        if queued in due[1:]:
            code = device.suspect or "SRV03"
            self.blame("delivery", code, f"{queued.name} comes before {due[0].name}")

    # -- ordinary events -------------------------------------------------------------------------

    def enrol(self) -> None:
        """Enroll the devices, if the adapter can."""
        self.tried("SRV21")
        if callable(getattr(self.server, "enrol", None)):
            for device in self.devices:
                self.guarded("SRV21", "enrol", device.udid)

    def guarded(self, code: str, method: str, *arguments: object) -> None:
        """Call a method of the adapter that must not fail."""
        try:
            self.call(method, *arguments)
        except Exception as error:
            self.blame("failure", code, f"{method}() failed with {shown(error)}")

    def queue(self, number: int, which: int, name: int) -> None:
        """Queue an ordinary command."""
        command = PLAIN_COMMANDS[which % len(PLAIN_COMMANDS)]
        self.enqueue(number, command["RequestType"], {"Command": command}, name)

    def queue_oddly(self, number: int, which: int, name: int) -> None:
        """Queue a command with content that a server may spoil."""
        peculiarity = list(ODD_COMMANDS)[which % len(ODD_COMMANDS)]
        command = ODD_COMMANDS[peculiarity]
        what = f"{command['Command']['RequestType']} {peculiarity}"
        self.enqueue(number, what, command, name)

    def enqueue(self, number: int, what: str, command: dict[str, Any], name: int) -> None:
        """Queue a command, now and then with the CommandUUID of another device's."""
        self.count += 1
        device = self.devices[number % len(self.devices)]
        shares = name % 8 == 3 and "SRV16" not in self.run.waived
        shared = self.shared(device) if shares else None
        document = {**command, "CommandUUID": shared or _uuid(name)}
        queued = QueuedCommand(f"command {self.count} ({what})", document)
        also = ", with the CommandUUID of another device's command" if shared else ""
        self.tell(f"{queued.name} is queued for {device.name}{also}")
        body = write(document, "xml", DEFAULT_LIMITS)
        if shared is None:
            self.guarded(device.suspect or "SRV21", "enqueue", device.udid, body)
        else:
            try:
                self.call("enqueue", device.udid, body)
            except Exception:
                return self.tell("   the server refuses it")  # as it may
        device.queue.append(queued)
        return None

    def shared(self, device: EnrolledDevice) -> str | None:
        """Return a CommandUUID of another device's queue that this one's lacks."""
        names = [queued.uuid for other in self.devices for queued in other.queue]
        return next((name for name in reversed(names) if device.find(name) is None), None)

    def connect(self, number: int, *_: int) -> None:
        """Wake a device, usually one with outstanding commands."""
        waiting = [device for device in self.devices if device.outstanding and number % 4]
        self.begin(self.nearest(number, waiting or self.devices))

    def nearest(self, number: int, among: list[EnrolledDevice]) -> EnrolledDevice:
        """Return the device of that number or, if it is not among these, the next one that is.

        So an event keeps its device when others are left out.
        """
        count = len(self.devices)
        return min(among, key=lambda device: (self.devices.index(device) - number) % count)

    def begin(self, device: EnrolledDevice) -> None:
        """Begin a session: the device has been woken, and is idle."""
        if device.holds is not None:
            self.tell(f"{device.name} vanishes with {device.holds.name} unanswered")
            self.tried("SRV10")
            if device.settled:
                self.suspect("SRV10", device)
            device.holds = None
        if device.outstanding != device.due:
            self.tried("SRV08")
        device.end_session()
        self.tell(f"{device.name} connects, idle")
        idle = Answer("Idle").body(device.udid, None)
        self.exchange(device, idle, device.suspect or "SRV21", idle=True)

    def answer(self, number: int, how: int, *_: int) -> None:
        """Answer a command in an ordinary way."""
        for device, queued in self.held(number):
            # NotNow more often than others, since a command can have it many times.
            status = (*STATUSES, "NotNow")[how % 5]
            if _PROVOKED_BY_STATUS.get(status) in self.run.waived:
                status = "Acknowledged"
            self.reply(device, queued, usual_answer(queued.request_type, status))

    def answer_oddly(self, number: int, how: int, *_: int) -> None:
        """Answer a command with more or fewer keys than usual."""
        for device, queued in self.held(number):
            answers = [
                answer
                for answer in odd_answers(queued.request_type)
                if _PROVOKED_BY_STATUS.get(answer.status) not in self.run.waived
            ]
            self.suspect("SRV18", device)
            self.reply(device, queued, answers[how % len(answers)])

    def held(self, number: int) -> Iterator[tuple[EnrolledDevice, QueuedCommand]]:
        """Yield one of the devices that hold a command, if any does."""
        holders = [device for device in self.devices if device.holds is not None]
        for device in [self.nearest(number, holders)] if holders else []:
            assert device.holds is not None  # noqa: S101 - for the type checkers
            yield device, device.holds

    def reply(self, device: EnrolledDevice, queued: QueuedCommand, answer: Answer) -> None:
        """Send a device's response to the command that it holds."""
        words = f"{answer.status} {answer.peculiarity}".rstrip()
        self.tell(f"{device.name} answers {queued.name} with {words}")
        body = answer.body(device.udid, queued.uuid)
        device.holds, device.last = None, (queued, body)
        if answer.status == "NotNow":
            queued.not_now_in_session = queued.not_now = True
            self.tried("SRV09")
        else:
            queued.done = answer.status
            self.tried(_DONE[answer.status])
        others = [o for o in self.devices if o is not device and o.find(queued.uuid)]
        self.exchange(device, body, device.suspect or "SRV21")
        if others:
            self.suspect("SRV16", *others)

    def acknowledge(self, device: EnrolledDevice) -> None:
        """Acknowledge the command that a device holds, and those that follow."""
        for _ in device.queue:  # no more, even if a command comes again
            if (queued := device.holds) is not None:
                self.reply(device, queued, usual_answer(queued.request_type, "Acknowledged"))

    def drain(self, device: EnrolledDevice) -> None:
        """Let a device fetch and acknowledge its outstanding commands, then find nothing more."""
        self.acknowledge(device)
        for _ in range(len(device.queue) + _SESSIONS):
            if device.outstanding:
                self.begin(device)
                self.acknowledge(device)
        if device.outstanding:
            self.miss(device, device.outstanding[0])
        elif device.queue:
            self.begin(device)

    # -- unusual events --------------------------------------------------------------------------

    def unknown_status(self, number: int, which: int, *_: int) -> None:
        """Answer with an unknown status. The command may come again or not."""
        word = ("Sleeping", "acknowledged", "")[which % 3]
        for device, queued in self.held(number):
            self.tell(f"{device.name} answers {queued.name} with the unknown Status {word!r}")
            queued.open, device.holds = True, None
            self.odd_message(device, Answer(word).body(device.udid, queued.uuid), "SRV19")

    def stray(self, number: int, how: int, which: int) -> None:
        """Send a response with an unknown CommandUUID, or without one."""
        device = self.devices[number % len(self.devices)]
        answer = usual_answer("ScheduleOSUpdate", STATUSES[how % 4])
        name = (_uuid(0), None)[which % 2]
        what = "without a CommandUUID" if name is None else "a command that was never sent"
        self.tell(f"{device.name} answers {what}, with {answer.status}")
        self.odd_message(device, answer.body(device.udid, name), "SRV15")

    def for_another(self, number: int, how: int, which: int) -> None:
        """Answer a command of another device's queue."""
        device = self.devices[number % len(self.devices)]
        foreign = [
            (queued, other)
            for other in self.devices
            for queued in other.outstanding
            if device.find(queued.uuid) is None
        ]
        if not foreign:
            return
        queued, owner = foreign[which % len(foreign)]
        answer = usual_answer(queued.request_type, STATUSES[how % 4])
        self.tell(f"{device.name} answers {queued.name} of {owner.name} with {answer.status}")
        self.odd_message(device, answer.body(device.udid, queued.uuid), "SRV16")
        self.suspect("SRV16", owner)

    def twice(self, number: int, *_: int) -> None:
        """Send the last response again, as after a broken connection."""
        device = self.devices[number % len(self.devices)]
        if device.last is not None and device.last[0] is not device.holds:
            queued, body = device.last
            self.tell(f"{device.name} sends its last answer, to {queued.name}, again")
            self.odd_message(device, body, "SRV17")

    def odd_message(self, device: EnrolledDevice, message: bytes, code: str) -> None:
        """Send a message that must change nothing; the server may refuse it."""
        device.end_session()  # as a server may see it
        body = self.say(device, message, code)
        self.suspect(code, device)
        if body:
            device.holds = None
            self.hear(device, body)

    def garbage(self, number: int, which: int, *_: int) -> None:
        """Send a message that no device sends."""
        device = self.devices[number % len(self.devices)]
        garbage = GARBAGE[which % len(GARBAGE)]
        self.tell(f"{device.name} sends {garbage.what}")
        self.tried("SRV13")
        device.end_session()
        body = self.say(device, garbage.body(device.udid), "SRV13")
        if body is not None and not garbage.may_be_taken:
            self.blame("taken", "SRV13", f"the server accepted it, and answered {body[:60]!r}")
        if body:
            device.holds = None
            self.hear(device, body)
        self.suspect("SRV14", *self.devices)

    def restart(self, *_: int) -> None:
        """Stop and start the server. A device keeps the command that it holds."""
        if callable(getattr(self.server, "restart", None)):
            self.tell("the server restarts")
            self.guarded("SRV11", "restart")
            self.suspect("SRV11", *self.devices)
            for device in self.devices:
                device.end_session()


def _uuid(form: int) -> str:
    """Return a new CommandUUID, in one of the forms that servers choose."""
    new = uuid.uuid4()
    return (str(new).upper(), str(new), f"update_{new.hex}")[form % 3]


def shown(error: Exception) -> str:
    """Return the exception's type and the beginning of its text."""
    return f"{type(error).__name__}: {error!s:.200}"


def _difference(was: Any, came: Any, path: str = "") -> str:
    """Say where two values differ, types included; empty if they do not."""
    if type(was) is not type(came):
        kinds = f"{type(came).__name__}, and was {type(was).__name__}"
        return f"{path} came as {came!r:.60} ({kinds})"
    if isinstance(was, list) and len(was) == len(came):
        pairs = zip(was, came, strict=True)
        inner = [_difference(*pair, f"{path}[{index}]") for index, pair in enumerate(pairs)]
        return next(filter(None, inner), "")
    if isinstance(was, dict):
        if changed := was.keys() ^ came.keys():
            key = min(changed)
            return f"{path or 'the envelope'} {'lacks' if key in was else 'also has'} {key}"
        inner = [_difference(was[key], came[key], f"{path}.{key}".strip(".")) for key in was]
        return next(filter(None, inner), "")
    return "" if was == came else f"{path} came as {came!r:.60}, and was {was!r:.60}"


# Ordinary ones first: a story is simplified by smaller numbers.
KINDS: tuple[Callable[..., None], ...] = (
    Machine.queue,
    Machine.connect,
    Machine.answer,
    Machine.queue_oddly,
    Machine.answer_oddly,
    Machine.unknown_status,
    Machine.stray,
    Machine.for_another,
    Machine.twice,
    Machine.garbage,
    Machine.restart,
)
_HOW_OFTEN = (6, 6, 10, 3, 4, 1, 2, 2, 2, 2, 2)
_ANSWERS = (Machine.answer, Machine.answer_oddly, Machine.unknown_status)
_PROVOKED: Mapping[Callable[..., None], frozenset[str]] = {
    Machine.answer_oddly: frozenset({"SRV18"}),
    Machine.unknown_status: frozenset({"SRV19"}),
    Machine.stray: frozenset({"SRV15"}),
    Machine.for_another: frozenset({"SRV16"}),
    Machine.twice: frozenset({"SRV17"}),
    Machine.garbage: frozenset({"SRV13", "SRV14"}),
    Machine.restart: frozenset({"SRV11"}),
}
"""The obligations that an event puts to the test."""
_PROVOKED_BY_STATUS = {"NotNow": "SRV08", "Error": "SRV06", "CommandFormatError": "SRV07"}


def random_events(random: Random, length: int) -> list[Event]:
    """Draw events."""
    kinds = random.choices(range(len(KINDS)), _HOW_OFTEN, k=length)
    return [
        (kind, random.randrange(60), random.randrange(60), random.randrange(60)) for kind in kinds
    ]


@define
class Run:
    """A check of a server: its settings and the results so far."""

    make: Callable[[], Server]
    loop: asyncio.AbstractEventLoop
    waived: set[str]
    tried: set[str] = field(factory=set)

    def wait(self, value: object) -> object:
        """Return the value, or what the coroutine returns."""
        return self.loop.run_until_complete(value) if inspect.isawaitable(value) else value

    def play(self, events: Sequence[Event]) -> Wrong | None:
        """Play events with a new server, and return the violation, if any."""
        machine = Machine(self)
        try:
            machine.play(events)
        except Wrong as wrong:
            return wrong
        finally:
            if callable(getattr(machine.server, "close", None)):
                machine.call("close")
        return None
