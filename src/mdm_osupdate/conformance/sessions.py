"""Several devices whose sessions with one server are judged."""

import itertools
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from mdm_osupdate.codec import DEFAULT_LIMITS, parse
from mdm_osupdate.errors import DecodeError

from .attempt import Attempt, Run, difference, shown
from .messages import Answer, enrollment, usual_answer
from .queues import EnrolledDevice, QueuedCommand

NAMES = ("iPad A", "iPad B", "Mac C", "iPhone D")
_BY_ENROLLMENT_ID = "iPhone D"
_DONE = {"Acknowledged": "SRV05", "Error": "SRV06", "CommandFormatError": "SRV07"}
_SESSIONS = 3
"""The sessions that a server may let pass before it sends a command again after NotNow."""
_MOST_OF_ITS_OWN = 50
"""The number of its own commands that a server may send in one session."""
_OTHERS_CONNECTIONS = frozenset({"SRV27", "SRV33"})
"""Suspicions that explain why a device gets another one's command."""


class Sessions(Attempt):
    """Devices that fetch commands and respond to them, with checks of what they get."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.devices: list[EnrolledDevice] = [
            EnrolledDevice(
                str(uuid.uuid4()).upper(),
                name,
                "EnrollmentID" if name == _BY_ENROLLMENT_ID else "UDID",
            )
            for name in NAMES
        ]
        self.count: int = 0
        """The number of commands that were queued."""
        self.endings: Iterator[str] = itertools.repeat(self.final)
        """The statuses with which the devices answer what is left at the end."""
        self.searching: bool = False
        """True if the order of commands does not matter, since one of them may be lost."""

    # -- the devices -----------------------------------------------------------------------------

    def device(self, number: int) -> EnrolledDevice:
        """Return the device of that number, and enroll it if it is not."""
        device = self.devices[number % len(self.devices)]
        if device.key != "UDID" and "SRV29" in self.run.waived:
            device = self.devices[0]
        if not device.enrolled:
            self.enroll(device, "SRV21")
        return device

    def enroll(self, device: EnrolledDevice, code: str) -> None:
        """Enroll a device, if the adapter can."""
        device.enrolled = True
        self.tried("SRV21")
        if self.has("check_in") and (device.key != "UDID" or not self.has("enroll")):
            for content in enrollment(device.name, device.sender):
                self.check_in(device, content, code)
        elif self.has("enroll"):
            self.must(device, code, "enroll", device.udid)

    def check_in(self, device: EnrolledDevice, content: dict[str, Any], code: str) -> None:
        """Send a check-in message, which must be accepted."""
        message = self.check_in_message(content, device.sender)
        self.must(device, code, "check_in", device.udid, message)

    def must(self, device: EnrolledDevice, code: str, method: str, *arguments: object) -> None:
        """Call a method of the adapter that must not fail."""
        try:
            self.call(method, *arguments)
        except Exception as error:
            what = f"{method}() failed with {shown(error)}"
            self.blame("failure", self.accused(device, code), what, code)

    def accused(self, device: EnrolledDevice, usual: str) -> str:
        """Return the obligation that a fault violates: the usual, unless another is suspected."""
        return device.suspect or ("SRV29" if device.key == "EnrollmentID" else usual)

    @staticmethod
    def cause(device: EnrolledDevice, usual: str) -> str:
        """Return the obligation that a command at the wrong time violates.

        A device that vanished explains only commands that do not come.
        """
        return usual if device.suspect in (None, "SRV10") else device.suspect

    def suspect(self, code: str, *devices: EnrolledDevice) -> None:
        """Blame what goes wrong with these devices from now on on this obligation."""
        self.tried(code)
        for device in devices:
            device.suspect, device.settled = code, False

    # -- the responses of the server ---------------------------------------------------------------

    def say(
        self, device: EnrolledDevice, message: bytes, code: str | None, usual: str | None = None
    ) -> bytes | None:
        """Connect with a message. ``None`` if the server refuses it, or fails.

        A failure violates ``code``; ``None``: it may fail.
        """
        try:
            body = self.call("connect", device.udid, message)
        except Exception as error:
            self.blame_failure(error, code, usual)
            return None
        return self.body(body)

    @staticmethod
    def body(body: object) -> bytes:
        """Return what connect() has returned, as bytes."""
        if not isinstance(body, bytes | bytearray | memoryview | None):
            raise TypeError(f"connect() must return bytes or None, not {type(body).__name__}")
        return bytes(body or b"")

    def exchange(self, device: EnrolledDevice, message: bytes, *, idle: bool = False) -> None:
        """Send a message that every server must accept, and check the response."""
        code = self.accused(device, "SRV21")
        body = self.say(device, message, code, "SRV21")
        if body is None:
            self.blame("failure", code, "the server refused it", "SRV21")
        self.hear(device, body or b"", idle=idle)

    def hear(self, device: EnrolledDevice, body: bytes, *, idle: bool = False) -> None:
        """Check the server's response. Acknowledge the server's own commands."""
        for number in range(_MOST_OF_ITS_OWN):
            if not body:
                self.hear_nothing(device, idle)
                return
            document = self.read(device, body)
            queued = self.find(device, document)
            if queued is not None:
                self.receive(device, queued, document)
                return
            if number == 0:
                self.tell(f"   the server sends {device.name} commands of its own")
            message = device.message(Answer("Acknowledged"), document["CommandUUID"])
            code = self.accused(device, "SRV21")
            body, idle = self.say(device, message, code, "SRV21") or b"", False
        self.check_names(device)
        self.blame("own", "SRV12", "the server's own commands do not end")

    def hear_nothing(self, device: EnrolledDevice, idle: bool) -> None:
        """Check an empty response."""
        self.tell(f"   the server has nothing for {device.name}")
        if not idle:
            return  # a server may end a session early; the next one must go on
        if not device.outstanding:
            self.tried("SRV12")
        elif device.due and not device.blocked:
            self.miss(device, device.due[0])
        else:
            device.waited += 1
            if device.waited == _SESSIONS:
                self.miss(device, (device.due or device.outstanding)[0])

    def miss(self, device: EnrolledDevice, queued: QueuedCommand) -> None:
        """Report that a command does not come."""
        self.check_names(device)
        usual = "SRV08" if queued.not_now else "SRV01"
        what = f"{queued.name} does not come"
        self.blame("delivery", self.accused(device, usual), what, usual)

    def check_names(self, device: EnrolledDevice) -> None:
        """Check whether a command came with another CommandUUID."""
        if device.renamed is not None:
            queued, name = device.renamed
            self.blame("renamed", "SRV02", f"{queued.name} came with the CommandUUID {name!r:.200}")

    def read(  # noqa: RET503 - blame() does not return
        self, device: EnrolledDevice, body: bytes
    ) -> dict[str, Any]:
        """Read a command, which needs a CommandUUID and a RequestType."""
        code = "SRV20" if device.outstanding else "SRV12"
        try:
            document: Any = parse(body, DEFAULT_LIMITS)
        except DecodeError as error:
            self.blame("no command", code, f"the server sent {body[:60]!r}: {error!s:.200}")
        match document:
            case {"CommandUUID": str(), "Command": {"RequestType": str()}}:
                return dict(document)
            case _:
                what = f"the server sent something that is not a command: {body[:200]!r}"
                self.blame("no command", code, what)

    def find(self, device: EnrolledDevice, document: dict[str, Any]) -> QueuedCommand | None:
        """Find the command in the device's queue. Return ``None`` for one of the server's own."""
        name = document["CommandUUID"]
        if (queued := device.find(name)) is not None:
            return queued
        for other in self.devices:
            if (queued := other.find(name)) is not None:
                what = f"{device.name} was sent {queued.name} of {other.name}"
                code = device.suspect if device.suspect in _OTHERS_CONNECTIONS else "SRV04"
                self.blame("foreign", code, what, "SRV04")
        device.strangers.append(document)
        return None

    def receive(
        self, device: EnrolledDevice, queued: QueuedCommand, document: dict[str, Any]
    ) -> None:
        """Check a command that arrived. The device then holds it."""
        self.tell(f"   the server sends {device.name} {queued.name}")
        self.tried("SRV01", "SRV02", "SRV04", "SRV20")
        if device.key == "EnrollmentID":
            self.tried("SRV29")
        self.check_again(device, queued)
        if not self.searching:
            self.check_order(device, queued)
        if found := difference(queued.document, document):
            self.blame("changed", "SRV02", f"in {queued.name}, {found}")
        device.holds, device.waited, device.settled = queued, 0, True

    def check_again(self, device: EnrolledDevice, queued: QueuedCommand) -> None:
        """Check whether a command may come again."""
        if queued.done is not None:
            what = f"{queued.name} was answered with {queued.done}, and comes again"
            usual = _DONE[queued.done]
            self.blame("again", self.cause(device, usual), what, usual)
        if queued.not_now_in_session:
            what = f"{queued.name} comes again in the same session"
            self.remark("again at once", "SRV09", what)

    def check_order(self, device: EnrolledDevice, queued: QueuedCommand) -> None:
        """Check whether a command may come now.

        One that was skipped may be late, or lost: the device fetches all others to find out.
        """
        due = device.due
        self.try_order(due)
        if queued not in due[1:]:
            return
        earlier = due[: due.index(queued)]
        lost = [skipped for skipped in earlier if skipped.lost]
        alike = [
            skipped
            for skipped in earlier
            if not skipped.lost and skipped.request_type == queued.request_type
        ]
        if alike:
            self.blame_order(device, queued, alike[0], self.cause(device, "SRV03"), "SRV03")
        elif (code := "SRV22" if lost else "SRV35") not in self.run.waived:
            self.blame_order(device, queued, (lost or earlier)[0], code)
        else:
            for skipped in lost:
                skipped.unordered = True

    def try_order(self, due: Sequence[QueuedCommand]) -> None:
        """Note which obligations the order of commands concerns."""
        for other in due[1:]:
            self.tried("SRV03" if other.request_type == due[0].request_type else "SRV35")

    def blame_order(
        self,
        device: EnrolledDevice,
        queued: QueuedCommand,
        skipped: QueuedCommand,
        code: str,
        usual: str | None = None,
    ) -> None:
        """Report a command that comes before an earlier one, unless that is lost."""
        story, device.holds, self.searching = list(self.story), queued, True
        self.drain(device)
        self.story = story
        self.blame("order", code, f"{queued.name} comes before {skipped.name}", usual)

    # -- sessions --------------------------------------------------------------------------------

    def begin(self, device: EnrolledDevice) -> None:
        """Begin a session: the device was woken, and is idle."""
        if device.holds is not None:
            self.tell(f"{device.name} vanishes with {device.holds.name} unanswered")
            self.tried("SRV10", "SRV22")
            device.holds.lost = True
            if device.settled:
                self.suspect("SRV10", device)
            device.holds = None
        if device.outstanding != device.due:
            self.tried("SRV08")
        device.end_session()
        self.tell(f"{device.name} connects, idle")
        idle = device.message(Answer("Idle"), None)
        self.exchange(device, idle, idle=True)

    def reply(self, device: EnrolledDevice, queued: QueuedCommand, answer: Answer) -> None:
        """Send a device's response to the command that it holds."""
        words = f"{answer.status} {answer.peculiarity}".rstrip()
        self.tell(f"{device.name} answers {queued.name} with {words}")
        body = device.message(answer, queued.uuid)
        device.holds, device.last = None, (queued, body)
        if answer.status == "NotNow":
            queued.not_now_in_session = queued.not_now = True
            self.tried("SRV09")
        else:
            queued.done = answer.status
            self.tried(_DONE[answer.status])
        others = [o for o in self.devices if o is not device and o.find(queued.uuid)]
        self.exchange(device, body)
        if others:
            self.suspect("SRV16", *others)

    @property
    def final(self) -> str:
        """The usual final status: Acknowledged, or another one if its obligation is waived."""
        judged = (status for status, code in _DONE.items() if code not in self.run.waived)
        return next(judged, "Acknowledged")

    def complete(self, device: EnrolledDevice) -> None:
        """Answer the command that a device holds, and those that follow."""
        for _ in device.queue:  # no more, even if a command comes again
            if (queued := device.holds) is not None:
                status = next(self.endings)
                self.reply(device, queued, usual_answer(queued.request_type, status))

    def drain(self, device: EnrolledDevice) -> None:
        """Let a device fetch and answer its outstanding commands, then find nothing more."""
        self.complete(device)
        for _ in range((len(device.queue) + 1) * _SESSIONS):
            if device.outstanding:
                self.begin(device)
                self.complete(device)
        if device.outstanding:
            self.miss(device, device.outstanding[0])
        elif device.queue:
            self.begin(device)
