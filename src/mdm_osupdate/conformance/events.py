"""The events of several devices and one server, and how they are drawn."""

import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

from attrs import frozen

from mdm_osupdate.codec import DEFAULT_LIMITS, write

from .adapter import Refused
from .attempt import Event, shown
from .messages import (
    GARBAGE,
    ODD_COMMANDS,
    PLAIN_COMMANDS,
    STATUSES,
    STRAYS,
    UNKNOWN_STATUSES,
    Answer,
    odd_answers,
    token_update,
    usual_answer,
)
from .queues import EnrolledDevice, QueuedCommand
from .sessions import NAMES, Sessions

_PROVOKED_BY_STATUS = {"NotNow": "SRV08", "Error": "SRV06", "CommandFormatError": "SRV07"}
_UNKNOWN_RESPONSES = frozenset({"SRV15", "SRV16"})
"""Obligations that concern responses to commands that the device does not have."""
_FINAL = ("SRV05", "SRV06", "SRV07")
"""Obligations that concern final responses; a server may take an unknown Status for one."""
_FEW, _MANY = 2, 11
"""The smallest number of commands to queue at once, and how many larger numbers there are."""
_ENDINGS = (("Error",), ("NotNow", "Acknowledged"), ("NotNow", "Error"), ("CommandFormatError",))
_USER = {"UserShortName": "ada", "UserLongName": "Ada Lovelace", "NotOnConsole": False}


class Commands(Sessions):
    """Devices whose commands are queued, fetched and answered in any order of events."""

    def play(self, events: Iterable[Event]) -> None:
        """Play the events, then let each device fetch its outstanding commands.

        Events that provoke a waived obligation are left out: what they damage would be blamed on
        another one.
        """
        for number, *numbers in events:
            kind = KINDS[number]
            if self.run.waived & kind.provokes:
                continue
            if "SRV10" in self.run.waived and not kind.answers:
                for device in self.devices:
                    self.complete(device)
            kind.play(self, *numbers)
        used = [device for device in self.devices if device.enrolled]
        for device in used:
            if device.outstanding and device.holds is None:
                self.begin(device)
        for device in used:
            self.drain(device)

    # -- ordinary events -------------------------------------------------------------------------

    def queue(self, number: int, which: int, name: int) -> None:
        """Queue an ordinary command."""
        command = PLAIN_COMMANDS[which % len(PLAIN_COMMANDS)]
        self.enqueue(number, command["RequestType"], {"Command": command}, name)

    def queue_many(self, number: int, which: int, *_: int) -> None:
        """Queue several commands for one device."""
        for index in range(_FEW + which % _MANY):
            self.queue(number, which, 8 * index)  # each with a new CommandUUID

    def queue_oddly(self, number: int, which: int, name: int) -> None:
        """Queue a command with content that a server may spoil."""
        rows = [row for row in ODD_COMMANDS if not self.run.waives("SRV02", row)]
        for row in rows[which % len(rows) :][:1] if rows else []:
            command = ODD_COMMANDS[row]
            self.enqueue(number, f"{command['Command']['RequestType']} {row}", command, name)

    def enqueue(self, number: int, what: str, command: dict[str, Any], name: int) -> None:
        """Queue a command, sometimes with the CommandUUID of another device's command."""
        self.count: int = self.count + 1
        device = self.device(number)
        shares = name % 8 == 3 and "SRV16" not in self.run.waived
        shared = self.shared(device) if shares else None
        document = {**command, "CommandUUID": shared or _uuid(name)}
        queued = QueuedCommand(f"command {self.count} ({what})", document)
        also = ", with the CommandUUID of another device's command" if shared else ""
        self.tell(f"{queued.name} is queued for {device.name}{also}")
        try:
            self.call("enqueue", device.udid, write(document, "xml", DEFAULT_LIMITS))
        except Exception as error:
            if shared is None:
                self.judge_refusal(device, queued, what, error)
            self.tell("   the server refuses it")
        else:
            device.queue.append(queued)
            self.run.accepted.add((device.name, what))
            self.tried("SRV36")

    def judge_refusal(
        self, device: EnrolledDevice, queued: QueuedCommand, what: str, error: Exception
    ) -> None:
        """Check whether a server may refuse to queue a command."""
        waiting = [other.request_type for other in device.queue if other.done is None]
        why = f"enqueue() failed with {shown(error)}"
        known = (device.name, what) in self.run.accepted
        if not isinstance(error, Refused) or (known and not waiting):
            self.blame("failure", self.accused(device, "SRV21"), why, "SRV21")
        self.tried("SRV36")
        self.run.refused.add(device.name)
        if queued.request_type not in waiting:
            self.remark("refused", "SRV36", why)

    def shared(self, device: EnrolledDevice) -> str | None:
        """Return a CommandUUID that is in another device's queue only."""
        names = [queued.uuid for other in self.devices for queued in other.queue]
        known = {*device.foreign, *(queued.uuid for queued in device.queue)}
        return next((name for name in reversed(names) if name not in known), None)

    def connect(self, number: int, which: int, *_: int) -> None:
        """Wake a device, usually one with outstanding commands."""
        waiting = [device for device in self.devices if device.outstanding] if which % 4 else []
        self.begin(self.nearest(number, waiting) if waiting else self.device(number))

    def nearest(self, number: int, among: list[EnrolledDevice]) -> EnrolledDevice:
        """Return the device of that number or, if it is not among these, the next one that is.

        So an event keeps its device when others are left out.
        """
        count = len(self.devices)
        return min(among, key=lambda device: (self.devices.index(device) - number) % count)

    def answer(self, number: int, how: int, *_: int) -> None:
        """Respond to a command in an ordinary way."""
        for device, queued in self.held(number):
            # NotNow more often than others, since a command can have it many times.
            status = (*STATUSES, "NotNow")[how % 5]
            if status == "Acknowledged" or _PROVOKED_BY_STATUS.get(status) in self.run.waived:
                status = self.final
            self.reply(device, queued, usual_answer(queued.request_type, status))

    def answer_oddly(self, number: int, how: int, *_: int) -> None:
        """Respond to a command with more or fewer keys than usual."""
        for device, queued in self.held(number):
            answers = [
                answer
                for answer in odd_answers(queued.request_type)
                if _PROVOKED_BY_STATUS.get(answer.status) not in self.run.waived
                and not self.run.waives(answer.obligation, answer.peculiarity)
            ]
            for answer in answers[how % len(answers) :][:1] if answers else []:
                self.suspect(answer.obligation, device)
                self.reply(device, queued, answer)

    def end_with(self, _: int, how: int, *__: int) -> None:
        """Decide how the devices answer what is left at the end."""
        self.endings: Iterator[str] = itertools.cycle(_ENDINGS[how % len(_ENDINGS)])

    def held(self, number: int) -> Iterator[tuple[EnrolledDevice, QueuedCommand]]:
        """Yield a device that holds a command. If none does, one fetches its next command."""
        waiting = [device for device in self.devices if device.outstanding]
        if waiting and not any(device.holds for device in self.devices):
            self.begin(self.nearest(number, waiting))
        holders = [device for device in self.devices if device.holds is not None]
        for device in [self.nearest(number, holders)] if holders else []:
            assert device.holds is not None  # noqa: S101 - for the type checkers
            yield device, device.holds

    def several(self, *_: int) -> None:
        """Let all devices that are not busy connect at the same time."""
        if not (self.coroutines() or getattr(self.server, "concurrent", False)):
            self.run.lacks("coroutines, nor concurrent = True", "SRV33")
            return
        devices = [d for d in self.devices if d.enrolled and d.holds is None]
        if len(devices) < 2:
            return
        self.tell(f"{', '.join(d.name for d in devices)} connect at the same time, idle")
        self.suspect("SRV33", *devices)
        idle = Answer("Idle")
        bodies = self.together([(d.udid, d.message(idle, None)) for d in devices])
        for device, body in zip(devices, bodies, strict=True):
            device.end_session()
            if isinstance(body, Exception):
                self.blame_failure(body, "SRV33", "SRV21")
            else:
                self.hear(device, self.body(body), idle=True)

    # -- unusual messages ------------------------------------------------------------------------

    def unknown_status(self, number: int, which: int, *_: int) -> None:
        """Respond with an unknown status. The command may come again or not."""
        words = [word for word in UNKNOWN_STATUSES if not self.run.waives("SRV19", word)]
        for device, queued in self.held(number) if words else ():
            word = words[which % len(words)]
            self.tell(f"{device.name} answers {queued.name} with the unknown Status {word!r}")
            queued.open, device.holds = True, None
            self.odd_message(device, device.message(Answer(word), queued.uuid), "SRV19")

    def stray(self, number: int, how: int, which: int) -> None:
        """Send a response with an unknown CommandUUID, or without one."""
        rows = [row for row in STRAYS if not self.run.waives("SRV15", row)]
        for what in rows[which % len(rows) :][:1] if rows else []:
            device = self.device(number)
            answer = usual_answer("ScheduleOSUpdate", STATUSES[how % 4])
            self.tell(f"{device.name} answers {what}, with {answer.status}")
            body = device.message(answer, _uuid(0) if STRAYS[what] else None)
            self.tried("SRV24")
            self.odd_message(device, body, "SRV15", failure="SRV24")

    def for_another(self, number: int, how: int, which: int) -> None:
        """Respond to a command of another device's queue."""
        device = self.device(number)
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
        device.foreign.add(queued.uuid)
        body = device.message(answer, queued.uuid)
        self.odd_message(device, body, "SRV16", failure="SRV24")
        self.suspect("SRV16", owner)

    def twice(self, number: int, *_: int) -> None:
        """Send the last response again, as after a broken connection."""
        device = self.devices[number % len(self.devices)]
        if device.last is not None and device.last[0] is not device.holds:
            queued, body = device.last
            self.tell(f"{device.name} sends its last answer, to {queued.name}, again")
            self.odd_message(device, body, "SRV17")

    def impersonate(self, number: int, how: int, which: int) -> None:
        """Name another device in a message. The connection still says whose message it is."""
        device = self.device(number)
        foreign = [
            (other, queued)
            for other in self.devices
            for queued in other.outstanding
            if device.find(queued.uuid) is None
        ]
        if not foreign:
            return
        owner, queued = foreign[which % len(foreign)]
        self.suspect("SRV27", owner)
        if how % 2 and not self.run.waived & _UNKNOWN_RESPONSES:
            answer = usual_answer(queued.request_type, "Acknowledged")
            self.tell(f"{device.name} names itself {owner.name}, and acknowledges {queued.name}")
            device.foreign.add(queued.uuid)
            self.odd_message(device, owner.message(answer, queued.uuid), "SRV16", failure=None)
        else:
            self.tell(f"{device.name} names itself {owner.name}, and is idle")
            self.odd_message(device, owner.message(Answer("Idle"), None), "SRV27", failure=None)

    def user_connects(self, number: int, *_: int) -> None:
        """Begin a session on the user channel."""
        device = self.device(number)
        device.user = {"UserID": device.udid[::-1], **_USER}
        self.tell(f"a user of {device.name} connects, idle")
        if self.welcomes_user(device):
            self.odd_message(device, device.message(Answer("Idle"), None), "SRV30")
        device.user = {}

    def welcomes_user(self, device: EnrolledDevice) -> bool:
        """Enroll a user, and return whether the server manages users."""
        if not self.has("check_in"):
            return True
        message = self.check_in_message(token_update(), device.sender)
        try:
            self.call("check_in", device.udid, message)
        except Exception as error:
            self.blame_failure(error, "SRV30")
            return False
        return True

    def odd_message(
        self, device: EnrolledDevice, message: bytes, code: str, *, failure: str | None = ""
    ) -> None:
        """Send a message that must change nothing; the server may refuse it.

        If the server fails, it violates ``failure``: ``code``, unless that is given.
        """
        device.end_session()  # as a server may see it
        self.suspect(code, device)
        body = self.say(device, message, code if failure == "" else failure, "SRV21")
        if body:
            self.interrupt(device, body)

    def interrupt(self, device: EnrolledDevice, body: bytes) -> None:
        """Let a device take the answer to an unusual message, instead of the command it holds.

        To the server, that command was never answered.
        """
        if device.holds is not None:
            device.holds.lost, device.holds = True, None
        self.hear(device, body)

    def garbage(self, number: int, which: int, *_: int) -> None:
        """Send a message that no device sends."""
        rows = [row for row in GARBAGE if not self.run.waives(row.obligation, row.what)]
        for garbage in rows[which % len(rows) :][:1] if rows else []:
            device = self.device(number)
            self.tell(f"{device.name} sends {garbage.what}")
            self.tried(garbage.obligation)
            device.end_session()
            body = self.say(device, garbage.body(device.udid), garbage.obligation, "SRV21")
            if body is not None and not garbage.may_be_taken:
                what = f"the server accepted it, and answered {body[:60]!r}"
                self.blame("taken", garbage.obligation, what)
            if body:
                self.interrupt(device, body)
            self.suspect("SRV14", *self.devices)

    # -- enrollment, and the server --------------------------------------------------------------

    def enroll_again(self, number: int, *_: int) -> None:
        """Enroll a device that is enrolled. Its server may keep its queue, or clear it."""
        if not (self.has("enroll") or self.has("check_in")):
            self.run.lacks("enroll() and no check_in()", "SRV31")
            return
        device = self.device(number)
        self.tell(f"{device.name} enrolls again")
        self.leave(device)
        self.enroll(device, "SRV31")
        self.suspect("SRV31", device)

    def update_token(self, number: int, *_: int) -> None:
        """Send a new push token, as a device may do at any time."""
        if not self.has("check_in"):
            self.run.lacks("check_in()", "SRV34")
            return
        device = self.device(number)
        self.tell(f"{device.name} sends a new push token")
        self.suspect("SRV34", device)
        self.check_in(device, token_update(), "SRV34")

    def check_out(self, number: int, *_: int) -> None:
        """Remove a device's MDM profile. It enrolls again before it does anything else."""
        if not self.has("check_in"):
            self.run.lacks("check_in()", "SRV32")
            return
        device = self.device(number)
        self.tell(f"{device.name} checks out")
        self.leave(device)
        self.suspect("SRV32", *self.devices)
        self.check_in(device, {"MessageType": "CheckOut"}, "SRV32")
        device.enrolled = False

    @staticmethod
    def leave(device: EnrolledDevice) -> None:
        """Forget a device's session. Which commands of its queue still come is then undefined."""
        device.holds = device.last = None
        device.forget()
        device.end_session()

    def restart(self, *_: int) -> None:
        """Stop and start the server. A device keeps the command that it holds."""
        if not self.has("restart"):
            self.run.lacks("restart()", "SRV11")
            return
        self.tell("the server restarts")
        self.suspect("SRV11", *self.devices)
        self.must(self.devices[0], "SRV11", "restart")
        for device in self.devices:
            device.end_session()


@frozen
class Kind:
    """A kind of event."""

    play: Callable[..., None]
    weight: float
    provokes: frozenset[str] = frozenset()
    """The obligations that it puts to the test. It is left out if one of them is waived."""
    answers: bool = False
    """True if a device answers the command that it holds."""


def _kind(play: Callable[..., None], weight: float, *provokes: str, answers: bool = False) -> Kind:
    return Kind(play, weight, frozenset(provokes), answers)


KINDS = (  # ordinary ones first: a story is simplified by smaller numbers
    _kind(Commands.queue, 6),
    _kind(Commands.connect, 6),
    _kind(Commands.answer, 9, answers=True),
    _kind(Commands.queue_oddly, 3, "SRV02"),
    _kind(Commands.answer_oddly, 6, "SRV18", answers=True),
    _kind(Commands.unknown_status, 1, "SRV19", *_FINAL, answers=True),
    _kind(Commands.stray, 2, "SRV15"),
    _kind(Commands.for_another, 2, "SRV16"),
    _kind(Commands.twice, 2, "SRV17"),
    _kind(Commands.garbage, 2, "SRV14"),
    _kind(Commands.restart, 2, "SRV11"),
    _kind(Commands.several, 1, "SRV33"),
    _kind(Commands.impersonate, 1, "SRV27"),
    _kind(Commands.user_connects, 1, "SRV30"),
    _kind(Commands.enroll_again, 1, "SRV31"),
    _kind(Commands.check_out, 1, "SRV32"),
    _kind(Commands.update_token, 1, "SRV34"),
    _kind(Commands.queue_many, 0.5),
    _kind(Commands.end_with, 2, *_PROVOKED_BY_STATUS.values()),
)
_SWARM = (0.2, 1, 1, 4)
"""Factors by which the weight of an event differs between attempts. A fault that needs many events
of one kind is then found soon."""


def random_events(random: Random, length: int) -> list[Event]:
    """Draw events. Half of the attempts have weights, devices and numbers of their own."""
    weights = [kind.weight for kind in KINDS]
    devices, numbers = list(range(len(NAMES))), list(range(60))
    if random.random() < 0.5:
        weights = [weight * random.choice(_SWARM) for weight in weights]
        devices = random.sample(devices, random.randint(1, 3))
        numbers = random.sample(numbers, random.choice((2, 4, 60)))
    kinds = random.choices(range(len(KINDS)), weights, k=length)
    return [
        (kind, random.choice(devices), random.choice(numbers), random.choice(numbers))
        for kind in kinds
    ]


def _uuid(form: int) -> str:
    """Return a new CommandUUID, in one of the forms that servers choose."""
    new = uuid.uuid4()
    return (str(new).upper(), str(new), f"update_{new.hex}")[form % 3]
