"""The expected state of the queues."""

import itertools
from collections.abc import Mapping
from typing import Any

from attrs import define, field

from .messages import Answer


@define(eq=False)
class QueuedCommand:
    """A command in a queue, and its state."""

    name: str
    """The name that the story uses."""
    document: dict[str, Any]
    done: str | None = None
    """The final status of the response."""
    not_now_in_session: bool = False
    """True if the device responded with NotNow in this session."""
    not_now: bool = False
    """True if the device ever responded with NotNow. Its place in the order is then not fixed."""
    lost: bool = False
    """True if the device disconnected without a response to it."""
    unordered: bool = False
    """True if its place in the order is no longer checked."""
    open: bool = False
    """True if the protocol does not define whether it is sent again."""

    @property
    def uuid(self) -> str:
        """The CommandUUID."""
        return str(self.document["CommandUUID"])

    @property
    def request_type(self) -> str:
        """The RequestType."""
        return str(self.document["Command"]["RequestType"])


@define(eq=False)
class EnrolledDevice:
    """A simulated device, and the commands that its server must still send."""

    udid: str
    name: str
    key: str = "UDID"
    """The key that names it in its messages: UDID or EnrollmentID."""
    enrolled: bool = False
    user: Mapping[str, Any] = field(factory=dict)
    """The keys of the user channel, while the device uses it."""
    queue: list[QueuedCommand] = field(factory=list)
    foreign: set[str] = field(factory=set)
    """The CommandUUIDs of other devices' commands that it has answered."""
    last: tuple[QueuedCommand, bytes] | None = None
    """The last response that it sent."""
    holds: QueuedCommand | None = None
    """The command that it received and has not responded to."""
    suspect: str | None = None
    """The obligation that a fault from now on violates, because of what happened before."""
    settled: bool = True
    """True if a command has arrived since ``suspect`` was set.

    If the device vanishes with that command, the vanishing becomes the suspect.
    """
    strangers: list[dict[str, Any]] = field(factory=list)
    """The commands that nobody queued: those that the server sends by itself."""
    waited: int = 0
    """The number of sessions in which the server sent nothing although commands were deferred."""

    @property
    def outstanding(self) -> list[QueuedCommand]:
        """The commands that must still come, in order."""
        return [queued for queued in self.queue if queued.done is None and not queued.open]

    @property
    def due(self) -> list[QueuedCommand]:
        """The outstanding commands that must come in this order."""
        return [q for q in self.outstanding if not (q.not_now or q.unordered)]

    @property
    def blocked(self) -> bool:
        """True if a deferred command precedes those that are due. They may wait for it."""
        unanswered = (queued for queued in self.queue if queued.done is None)
        return any(q.not_now for q in itertools.takewhile(lambda q: q not in self.due, unanswered))

    @property
    def sender(self) -> dict[str, Any]:
        """The keys that name it, and its user, in its messages."""
        return {self.key: self.udid, **self.user}

    @property
    def renamed(self) -> tuple[QueuedCommand, str] | None:
        """A command that came with another CommandUUID only, and that one."""
        for queued in self.queue:
            for stranger in self.strangers if queued.done is None else ():
                if stranger["Command"] == queued.document["Command"]:
                    return queued, stranger["CommandUUID"]
        return None

    def find(self, uuid: str) -> QueuedCommand | None:
        """Return its command with that CommandUUID."""
        return next((queued for queued in self.queue if queued.uuid == uuid), None)

    def message(self, answer: Answer, command_uuid: str | None) -> bytes:
        """Write a response of this device."""
        return answer.body(self.sender, command_uuid)

    def forget(self) -> None:
        """Mark the outstanding commands as optional: they may come or not."""
        for queued in self.outstanding:
            queued.open = True

    def end_session(self) -> None:
        """Forget the state of the session."""
        for queued in self.queue:
            queued.not_now_in_session = False
