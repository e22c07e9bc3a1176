"""Unusual but correct servers, which must pass."""

import asyncio
import plistlib
from collections.abc import Callable
from typing import Any

from mdm_osupdate.conformance import Refused

from .linked import KeepsLinkedListsWell
from .reference import Enrolls, Plist, Reference


class RefusesWhatIsOdd(Reference):
    """Rejects unexpected responses and unknown statuses."""

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        mine = [command["CommandUUID"] for command in self.queues.get(udid, [])]
        if said["Status"] != "Idle" and said.get("CommandUUID") not in mine:
            raise Refused("409")
        if said["Status"] not in ("Idle", "NotNow", "Acknowledged", "Error", "CommandFormatError"):
            raise Refused("422")
        return super().connect(udid, message)


class SharesNoCommandUUID(Reference):
    """Refuses a command under a CommandUUID that is in use."""

    def enqueue(self, udid: str, command: bytes) -> None:
        if plistlib.loads(command)["CommandUUID"] in str(self.queues):
            raise Refused("409")
        super().enqueue(udid, command)


class EndsTheSessionOnNotNow(Reference):
    """Sends nothing more to a device that is busy."""

    def connect(self, udid: str, message: bytes) -> bytes:
        body = super().connect(udid, message)
        return b"" if self.read(message)["Status"] == "NotNow" else body


class SendsOneInASession(Reference):
    """Sends one command when a device connects, and pushes it again for the next."""

    def connect(self, udid: str, message: bytes) -> bytes:
        body = super().connect(udid, message)
        return body if self.read(message)["Status"] == "Idle" else b""


class SendsBinary(Reference):
    """Writes commands in binary, keys in another order."""

    def write(self, command: Plist) -> bytes:
        turned = {key: command[key] for key in sorted(command, reverse=True)}
        return plistlib.dumps(turned, fmt=plistlib.FMT_BINARY, sort_keys=False)


class KeepsNotNowAside(Reference):
    """Sends deferred commands when nothing new is left, as MicroMDM does."""

    def __init__(self) -> None:
        super().__init__()
        self.later: set[tuple[str, str]] = set()

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        self.later |= self.not_now
        return super().next(
            udid, sorted(queue, key=lambda c: (udid, c["CommandUUID"]) in self.later)
        )


class WaitsAfterNotNow(Reference):
    """Waits for a session before it sends a deferred command again."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: set[tuple[str, str]] = set()

    def connect(self, udid: str, message: bytes) -> bytes:
        if self.read(message)["Status"] == "Idle":
            mine = {key for key in self.not_now | self.waiting if key[0] == udid}
            self.waiting = (self.waiting - mine) | (mine - self.waiting)
        return super().connect(udid, message)

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        ready = [c for c in queue if (udid, c["CommandUUID"]) not in self.waiting]
        return super().next(udid, ready)


class WaitsTwoSessionsAfterNotNow(Reference):
    """Sends a deferred command again in the third session after it, as late as a server may."""

    def __init__(self) -> None:
        super().__init__()
        self.since: dict[tuple[str, str], int] = {}

    def connect(self, udid: str, message: bytes) -> bytes:
        if self.read(message)["Status"] == "Idle":
            for key in self.not_now:
                self.since.setdefault(key, 0)
            self.since = {k: n + (k[0] == udid) for k, n in self.since.items() if n < 3}
        return super().connect(udid, message)

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        ready = [c for c in queue if self.since.get((udid, c["CommandUUID"]), 3) >= 3]
        return super().next(udid, ready)


class AsksForMore(Reference):
    """Sends a command of its own first, as most servers do after enrollment."""

    def enroll(self, udid: str) -> None:
        command = {"RequestType": "DeviceInformation", "Queries": ["OSVersion"]}
        self.queues[udid] = [{"CommandUUID": f"info-{udid}", "Command": command}]


class TakesUnknownStatusesForErrors(Reference):
    """Does not resend commands after an unknown status."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        queue.remove(command)


class EndsTheSessionOnGarbage(Reference):
    """Starts a new session after a malformed message."""

    def connect(self, udid: str, message: bytes) -> bytes:
        try:
            return super().connect(udid, message)
        except Refused:
            self.not_now = {key for key in self.not_now if key[0] != udid}
            raise


class CommentsItsXML(Reference):
    """Adds a comment with the device to each command."""

    def write(self, command: Plist) -> bytes:
        return super().write(command).replace(b"<dict>", b"<!-- from us --><dict>", 1)


class GivesAByteArray(Reference):
    """Returns a bytearray."""

    def write(self, command: Plist) -> Any:
        return bytearray(super().write(command))


class OffersAgainAfterTheNextAnswer(Reference):
    """Holds a deferred command back only in the answer to NotNow, as NanoMDM does."""

    def connect(self, udid: str, message: bytes) -> bytes:
        if self.read(message)["Status"] != "NotNow":
            self.not_now.clear()
        return super().connect(udid, message)


class KeepsItsQueueOnEnrollment(Enrolls):
    """Keeps the queue of a device that enrolls again."""

    def check_in(self, udid: str, message: bytes) -> bytes:
        return b""


class Asynchronous:
    """The reference, as coroutines, with devices that enroll."""

    def __init__(self) -> None:
        self.reference = Reference()
        self.enrolled: set[str] = set()

    async def enroll(self, udid: str) -> None:
        self.enrolled.add(udid)

    async def enqueue(self, udid: str, command: bytes) -> None:
        assert udid in self.enrolled
        self.reference.enqueue(udid, command)

    async def connect(self, udid: str, message: bytes) -> bytes | None:
        await asyncio.sleep(0)
        return self.reference.connect(udid, message) or None


class ChecksIdentity(Enrolls):
    """Rejects a message in which a device names another one."""

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        if udid not in (said.get("UDID"), said.get("EnrollmentID")):
            raise Refused("403")
        return super().connect(udid, message)


class HasAUserChannel(Enrolls):
    """Has a queue of its own for each user."""

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        return super().connect(udid + said.get("UserID", ""), message)

    def check_in(self, udid: str, message: bytes) -> bytes:
        said = plistlib.loads(message)
        return b"" if "UserID" in said else super().check_in(udid, message)


class RefusesEqualCommands(Reference):
    """Refuses a command if an equal one is waiting."""

    def enqueue(self, udid: str, command: bytes) -> None:
        new = plistlib.loads(command)["Command"]
        if any(waiting["Command"] == new for waiting in self.queues.get(udid, [])):
            raise Refused("409")
        super().enqueue(udid, command)


class AsksAboutUpdates(Reference):
    """Sends OSUpdateStatus by itself after each ScheduleOSUpdate."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        super().finish(queue, command, said)
        if command not in queue and command["Command"]["RequestType"] == "ScheduleOSUpdate":
            name = f"status-{command['CommandUUID']}"
            queue.insert(0, {"CommandUUID": name, "Command": {"RequestType": "OSUpdateStatus"}})


class WaitsWithAllAfterNotNow(Reference):
    """Sends commands strictly in order, and sends nothing in the session after NotNow."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: set[str] = set()

    def connect(self, udid: str, message: bytes) -> bytes:
        body = super().connect(udid, message)
        said = self.read(message)
        if said["Status"] == "NotNow" and (udid, said.get("CommandUUID")) in self.not_now:
            self.waits.add(udid)
        elif udid in self.waits:
            self.waits.remove(udid)
        else:
            return body
        return b""


class KnowsItsHardware(Enrolls):
    """Has a queue for each serial number, and for each EnrollmentID of User Enrollment."""

    def __init__(self) -> None:
        super().__init__()
        self.hosts: dict[str, str] = {}

    def check_in(self, udid: str, message: bytes) -> bytes:
        said = plistlib.loads(message)
        if said["MessageType"] == "Authenticate":
            if "EnrollmentID" in said and "SerialNumber" in said:
                raise Refused("400")
            self.hosts[udid] = said.get("SerialNumber", udid)
        return super().check_in(self.hosts[udid], message)

    def enqueue(self, udid: str, command: bytes) -> None:
        super().enqueue(self.hosts[udid], command)

    def connect(self, udid: str, message: bytes) -> bytes:
        return super().connect(self.hosts[udid], message)


class Concurrent(Reference):
    """May be called by several threads at once."""

    concurrent = True


CORRECT: list[Callable[[], Any]] = [
    Reference,
    RefusesWhatIsOdd,
    SharesNoCommandUUID,
    EndsTheSessionOnNotNow,
    SendsOneInASession,
    SendsBinary,
    KeepsNotNowAside,
    WaitsAfterNotNow,
    WaitsTwoSessionsAfterNotNow,
    AsksForMore,
    TakesUnknownStatusesForErrors,
    EndsTheSessionOnGarbage,
    CommentsItsXML,
    GivesAByteArray,
    Enrolls,
    KeepsItsQueueOnEnrollment,
    Asynchronous,
    ChecksIdentity,
    HasAUserChannel,
    RefusesEqualCommands,
    AsksAboutUpdates,
    WaitsWithAllAfterNotNow,
    KnowsItsHardware,
    Concurrent,
    KeepsLinkedListsWell,
]
