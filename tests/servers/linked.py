"""A server whose queues are linked lists in a key-value store, and which misbehaves as the default
storage of a real one has been seen to."""

import plistlib

from mdm_osupdate.conformance import Refused

from .reference import Plist, Reference


class LinkedQueue:
    """The identifiers of commands, linked in both directions."""

    def __init__(self, *, repaired: bool = False) -> None:
        self.first = self.last = ""
        self.next: dict[str, str] = {}
        self.prev: dict[str, str] = {}
        self.repaired = repaired

    def append(self, name: str) -> None:
        if self.last:
            self.next[self.last], self.prev[name] = name, self.last
        else:
            self.first = name
        self.last = name

    def unlink(self, name: str) -> None:
        """Remove a command. An unknown one is taken for the only one, so that all are lost."""
        if self.repaired and name not in self.names():
            return
        before, after = self.prev.pop(name, ""), self.next.pop(name, "")
        if before and after:
            self.next[before], self.prev[after] = after, before
        elif before:
            self.last = before  # whose next command is still this one
            if self.repaired:
                self.next.pop(before, None)
        elif after:
            self.first = after
            self.prev.pop(after, None)
        else:
            self.first = self.last = ""

    def names(self) -> list[str]:
        """Return the commands from the first one on."""
        names, name = [], self.first
        while name and name not in names:
            names.append(name)
            name = self.next.get(name, "")
        return names


class KeepsLinkedLists(Reference):
    """Loses a queue at a response to an unknown command, and answers 500 to one without a name."""

    repaired = False

    def __init__(self) -> None:
        super().__init__()
        self.commands: dict[str, Plist] = {}
        self.linked: dict[str, LinkedQueue] = {}
        self.statuses: dict[tuple[str, str], str] = {}
        self.deferred: set[tuple[str, str]] = set()

    def queue_of(self, udid: str) -> LinkedQueue:
        return self.linked.setdefault(udid, LinkedQueue(repaired=self.repaired))

    def enqueue(self, udid: str, command: bytes) -> None:
        document = plistlib.loads(command)
        name = document["CommandUUID"]
        if name in self.commands:
            raise RuntimeError("500: command already exists")
        self.commands[name] = document
        self.queue_of(udid).append(name)

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        status, name = said["Status"], said.get("CommandUUID", "")
        if status != "Idle":
            if not name:
                if self.repaired:
                    raise Refused("400")
                raise RuntimeError("500: empty command UUID")
            self.statuses[udid, name] = status
            if status != "NotNow":
                self.queue_of(udid).unlink(name)
        for waiting in self.queue_of(udid).names():
            if not self.skips(udid, waiting, status):
                return self.write(self.commands[waiting])
        return b""

    def skips(self, udid: str, name: str, status: str) -> bool:
        """Return whether a command that was answered with NotNow is held back."""
        return status == "NotNow" and self.statuses.get((udid, name)) == "NotNow"


class KeepsLinkedListsWell(KeepsLinkedLists):
    """The same, repaired."""

    repaired = True

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        if said["Status"] == "Idle":
            self.deferred = {pair for pair in self.deferred if pair[0] != udid}
        elif said["Status"] == "NotNow":
            self.deferred.add((udid, said.get("CommandUUID", "")))
        return super().connect(udid, message)

    def skips(self, udid: str, name: str, status: str) -> bool:
        return (udid, name) in self.deferred
