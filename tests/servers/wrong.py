"""Servers with one defect each, which real servers have had. ``WRONG`` has the obligation that each
violates."""

import asyncio
import datetime as dt
import json
import plistlib
from collections.abc import Callable
from typing import Any

from mdm_osupdate.conformance import Refused

from .reference import Enrolls, Plist, Reference

STATUSES = ("Idle", "NotNow", "Acknowledged", "Error", "CommandFormatError")
WRONG: dict[str, list[Callable[[], Any]]] = {}


def violates(code: str) -> Callable[[type], type]:
    """Note which obligation a server violates."""

    def note(server: type) -> type:
        WRONG.setdefault(code, []).append(server)
        return server

    return note


@violates("SRV01")
class SendsOnlyTheFirst(Reference):
    """Sends nothing more after the first command of a session."""

    sent = False

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        return super().next(udid, queue) if not self.sent else b""

    def connect(self, udid: str, message: bytes) -> bytes:
        body = super().connect(udid, message)
        self.sent = True
        return body


@violates("SRV08")
class DropsOnNotNow(Reference):
    """Treats NotNow as a final response."""

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        if said["Status"] == "NotNow":
            queue = self.queues.get(udid, [])
            queue[:] = [c for c in queue if c["CommandUUID"] != said.get("CommandUUID")]
        return super().connect(udid, message)


@violates("SRV09")
class InsistsOnNotNow(Reference):
    """Sends the same command again and again while the device says NotNow."""

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        self.not_now.clear()
        return super().next(udid, queue)


@violates("SRV05")
class RepeatsAcknowledged(Reference):
    """Never removes a command from its queue."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        if said["Status"] != "Acknowledged":
            super().finish(queue, command, said)


@violates("SRV06")
class RetriesErrors(Reference):
    """Retries after Error."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        if said["Status"] != "Error":
            super().finish(queue, command, said)


@violates("SRV07")
class RetriesFormatErrors(Reference):
    """Retries after CommandFormatError."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        if said["Status"] != "CommandFormatError":
            super().finish(queue, command, said)


@violates("SRV02")
class LosesUnknownKeys(Reference):
    """Re-encodes commands with a schema, and so drops unknown keys."""

    def write(self, command: Plist) -> bytes:
        inner = {k: v for k, v in command["Command"].items() if not k.startswith("Vendor")}
        return super().write({**command, "Command": inner})


@violates("SRV02")
class TurnsIntegersIntoText(Reference):
    """Stores commands in a database of text."""

    def write(self, command: Plist) -> bytes:
        def text(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: text(item) for key, item in value.items()}
            if isinstance(value, list):
                return [text(item) for item in value]
            return str(value) if type(value) is int else value

        return super().write(text(command))


@violates("SRV02")
class MakesUpCommandUUIDs(Reference):
    """Gives each command a CommandUUID of its own."""

    def write(self, command: Plist) -> bytes:
        return super().write({**command, "CommandUUID": "mine-" + command["CommandUUID"]})


def everywhere(change: Callable[[Any], Any], value: Any) -> Any:
    """Change all values of a property list; a dictionary or an array is changed after its own."""
    if isinstance(value, dict):
        return change({key: everywhere(change, item) for key, item in value.items()})
    if isinstance(value, list):
        return change([everywhere(change, item) for item in value])
    return change(value)


@violates("SRV02")
class HasNoBooleans(Reference):
    """Keeps commands in a database whose booleans are 0 and 1."""

    def write(self, command: Plist) -> bytes:
        return super().write(everywhere(lambda v: int(v) if isinstance(v, bool) else v, command))


@violates("SRV02")
class HasOnlyReals(Reference):
    """Keeps commands as JSON, in a language that has one kind of number."""

    def write(self, command: Plist) -> bytes:
        return super().write(everywhere(lambda v: float(v) if type(v) is int else v, command))


@violates("SRV02")
class HasNoSign(Reference):
    """Reads all integers as unsigned."""

    def write(self, command: Plist) -> bytes:
        return super().write(everywhere(lambda v: abs(v) if type(v) is int else v, command))


@violates("SRV02")
class RebuildsTheEnvelope(Reference):
    """Stores only `Command` and CommandUUID of a command."""

    def write(self, command: Plist) -> bytes:
        return super().write({key: command[key] for key in ("CommandUUID", "Command")})


@violates("SRV02")
class LeavesOutWhatIsEmpty(Reference):
    """Leaves out empty arrays, dictionaries and texts."""

    def write(self, command: Plist) -> bytes:
        def filled(value: Any) -> Any:
            if isinstance(value, dict):
                return {k: item for k, item in value.items() if item not in ([], {}, "")}
            return value

        return super().write(everywhere(filled, command))


@violates("SRV02")
class StripsText(Reference):
    """Strips white space from text."""

    def write(self, command: Plist) -> bytes:
        return super().write(everywhere(lambda v: v.strip() if isinstance(v, str) else v, command))


@violates("SRV02")
class SendsOneUpdateOnly(Reference):
    """Has a column for one update."""

    def write(self, command: Plist) -> bytes:
        inner = command["Command"]
        if "Updates" in inner:
            inner = {**inner, "Updates": inner["Updates"][:1]}
        return super().write({**command, "Command": inner})


@violates("SRV02")
class WritesCommandUUIDsInCapitals(Reference):
    """Normalizes CommandUUIDs."""

    def write(self, command: Plist) -> bytes:
        return super().write({**command, "CommandUUID": command["CommandUUID"].upper()})


@violates("SRV01")
class HasAShortColumn(Reference):
    """Silently drops commands of more than 4096 bytes."""

    def enqueue(self, udid: str, command: bytes) -> None:
        if len(command) <= 4096:
            super().enqueue(udid, command)


@violates("SRV01")
class HasOneTableOfCommandUUIDs(Reference):
    """Treats a CommandUUID of another device as a duplicate."""

    def enqueue(self, udid: str, command: bytes) -> None:
        if plistlib.loads(command)["CommandUUID"] not in str(self.queues):
            super().enqueue(udid, command)


@violates("SRV03")
class SendsTheLatestFirst(Reference):
    """Uses a stack instead of a queue."""

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        return super().next(udid, queue[::-1])


@violates("SRV04")
class MixesUpDevices(Reference):
    """Has one queue for all devices."""

    def connect(self, udid: str, message: bytes) -> bytes:
        body = super().connect(udid, message)
        others = [c for other, queue in self.queues.items() if other != udid for c in queue]
        return body or (self.write(others[0]) if others else b"")


@violates("SRV10")
class ForgetsWhatItHasSent(Reference):
    """Removes a command from the queue when it is sent."""

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        body = super().next(udid, queue)
        queue[:] = [c for c in queue if c["CommandUUID"].encode() not in body]
        return body


@violates("SRV22")
class SendsTheNextAfterALoss(Reference):
    """Goes on with the next command when a device comes back without an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.last: dict[str, str] = {}

    def connect(self, udid: str, message: bytes) -> bytes:
        if self.read(message)["Status"] == "Idle":
            queue = self.queues.get(udid, [])
            sent = self.last.get(udid)
            queue.sort(key=lambda c: c["CommandUUID"] == sent)
        return super().connect(udid, message)

    def write(self, command: Plist) -> bytes:
        udid = next(u for u, queue in self.queues.items() if command in queue)
        self.last[udid] = command["CommandUUID"]
        return super().write(command)


@violates("SRV22")
class Rotates(Reference):
    """Moves each command that it sends to the end of the queue."""

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        for command in list(queue):
            if (udid, command["CommandUUID"]) not in self.not_now:
                queue.remove(command)
                queue.append(command)
                return self.write(command)
        return b""


@violates("SRV11")
class ForgetsOnRestart(Reference):
    """Keeps its queues in memory."""

    def restart(self) -> None:
        self.queues.clear()


@violates("SRV11")
class RepeatsOnRestart(Reference):
    """Restores finished commands when it starts."""

    def __init__(self) -> None:
        super().__init__()
        self.all: dict[str, list[Plist]] = {}

    def enqueue(self, udid: str, command: bytes) -> None:
        super().enqueue(udid, command)
        self.all.setdefault(udid, []).append(plistlib.loads(command))

    def restart(self) -> None:
        self.queues = {udid: list(queue) for udid, queue in self.all.items()}


@violates("SRV11")
class ForgetsWhatIsUnderWay(Reference):
    """Accepts responses only to commands that it remembers sending."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        if said["Status"] != "Idle" and said.get("CommandUUID") != self.sent.get(udid):
            message = plistlib.dumps({"Status": "Unexpected"})
        body = super().connect(udid, message)
        if body:
            self.sent[udid] = plistlib.loads(body)["CommandUUID"]
        return body

    def restart(self) -> None:
        super().restart()
        self.sent.clear()


@violates("SRV11")
class StoresNoErrors(Reference):
    """Stores only acknowledgments."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: list[tuple[list[Plist], Plist]] = []

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        super().finish(queue, command, said)
        if said["Status"] == "Error":
            self.failed.append((queue, command))

    def restart(self) -> None:
        super().restart()
        for queue, command in self.failed:
            queue.insert(0, command)
        self.failed.clear()


@violates("SRV12")
class SendsAnEmptyPropertyList(Reference):
    """Sends an empty property list for an empty body."""

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        return super().next(udid, queue) or plistlib.dumps({})


@violates("SRV13")
class TakesGarbage(Reference):
    """Responds normally to malformed messages."""

    def read(self, message: bytes) -> Plist:
        try:
            return super().read(message)
        except Refused:
            return {"Status": "Idle"}


@violates("SRV13")
class FailsOnGarbage(Reference):
    """Does not handle errors of its property-list library."""

    def read(self, message: bytes) -> Plist:
        said: Plist = plistlib.loads(message)
        return said


@violates("SRV13")
class TakesNothingForIdle(Reference):
    """Treats an empty body as Idle."""

    def read(self, message: bytes) -> Plist:
        return super().read(message) if message else {"Status": "Idle"}


@violates("SRV23")
class TakesAnySize(Reference):
    """Has no limit for the size of a message."""

    def read(self, message: bytes) -> Plist:
        return super().read(message[: 2**20]) if len(message) <= 2**20 else {"Status": "Idle"}


@violates("SRV13")
class FailsOnEntities(Reference):
    """Leaves entities to its property-list library."""

    def read(self, message: bytes) -> Plist:
        if b"<!ENTITY" in message:
            raise RuntimeError("500")
        return super().read(message)


@violates("SRV13")
class FailsInTheDepth(Reference):
    """Parses nested values recursively."""

    def read(self, message: bytes) -> Plist:
        if message.count(b"<array>") > 500:
            raise RecursionError
        return super().read(message)


@violates("SRV14")
class DropsTheQueueOnGarbage(Reference):
    """Clears a device's queue when it sends what cannot be read."""

    def connect(self, udid: str, message: bytes) -> bytes:
        try:
            return super().connect(udid, message)
        except Refused:
            self.queues.pop(udid, None)
            raise


@violates("SRV15")
class TakesAnyAnswer(Reference):
    """Finishes the first command, no matter which one was answered."""

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        queue = self.queues.get(udid, [])
        known = [command["CommandUUID"] for command in queue]
        if queue and said["Status"] != "Idle" and said.get("CommandUUID") not in known:
            queue.pop(0)
        return super().connect(udid, message)


@violates("SRV24")
class NeedsACommandUUID(Reference):
    """Requires a CommandUUID in each response."""

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        if said["Status"] != "Idle":
            said["CommandUUID"]
        return super().connect(udid, message)


@violates("SRV16")
class FailsForOthers(Reference):
    """Looks up by CommandUUID alone what was answered with Error."""

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        if said["Status"] == "Error":
            for queue in self.queues.values():
                queue[:] = [c for c in queue if c["CommandUUID"] != said.get("CommandUUID")]
        return super().connect(udid, message)


@violates("SRV16")
class FinishesForOthers(Reference):
    """Looks commands up by CommandUUID alone."""

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        if said["Status"] == "Acknowledged":
            for queue in self.queues.values():
                queue[:] = [c for c in queue if c["CommandUUID"] != said.get("CommandUUID")]
        return super().connect(udid, message)


@violates("SRV17")
class FinishesTwice(Reference):
    """Treats a duplicate response as a response to the next command."""

    def __init__(self) -> None:
        super().__init__()
        self.last: dict[str, bytes] = {}

    def connect(self, udid: str, message: bytes) -> bytes:
        queue = self.queues.setdefault(udid, [])
        if self.last.get(udid) == message and queue:
            queue.pop(0)
        said = self.read(message)
        mine = [command["CommandUUID"] for command in queue]
        if said["Status"] != "NotNow" and said.get("CommandUUID") in mine:
            self.last[udid] = message
        return super().connect(udid, message)


@violates("SRV17")
class DropsOnTheSecondNotNow(Reference):
    """Treats an unexpected NotNow as a final response."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        named = said.get("CommandUUID")
        if said["Status"] == "NotNow" and named != self.sent.get(udid):
            queue = self.queues.setdefault(udid, [])
            queue[:] = [c for c in queue if c["CommandUUID"] != named]
        body = super().connect(udid, message)
        self.sent[udid] = plistlib.loads(body)["CommandUUID"] if body else ""
        return body


@violates("SRV25")
class ReadsNoBinary(Reference):
    """Refuses binary property lists."""

    def read(self, message: bytes) -> Plist:
        if message.startswith(b"bplist"):
            raise Refused("400")
        return super().read(message)


@violates("SRV18")
class NeedsAChain(Reference):
    """Crashes on Error without an ErrorChain."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        if said["Status"] == "Error":
            said["ErrorChain"]
        super().finish(queue, command, said)


@violates("SRV18")
class LooksAtTheFirstResult(Reference):
    """Crashes on UpdateResults that are empty."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        if "UpdateResults" in said:
            said["UpdateResults"][0]
        super().finish(queue, command, said)


@violates("SRV18")
class NeedsABuild(Reference):
    """Crashes on an available update without the keys of a Mac."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        for item in said.get("AvailableOSUpdates", []):
            item["Build"]
        super().finish(queue, command, said)


@violates("SRV18")
class KnowsAllKeys(Reference):
    """Crashes on keys that it does not know."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        if "VendorKey" in said:
            raise RuntimeError("500")
        super().finish(queue, command, said)


@violates("SRV18")
class NeedsResults(Reference):
    """Crashes without UpdateResults."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        schedule = command["Command"]["RequestType"] == "ScheduleOSUpdate"
        if schedule and said["Status"] == "Acknowledged":
            said["UpdateResults"]
        super().finish(queue, command, said)


@violates("SRV19")
class KnowsFiveStatuses(Reference):
    """Answers 500 to an unknown status."""

    def connect(self, udid: str, message: bytes) -> bytes:
        status = self.read(message)["Status"]
        if status not in ("Idle", "NotNow", "Acknowledged", "Error", "CommandFormatError"):
            raise RuntimeError(f"500: {status}")
        return super().connect(udid, message)


@violates("SRV20")
class SendsTwoAtOnce(Reference):
    """Sends all commands in one array."""

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        return plistlib.dumps(queue) if len(queue) > 1 else super().next(udid, queue)


@violates("SRV20")
class SendsAPage(Reference):
    """Sends commands in a page of HTML."""

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        command = super().next(udid, queue)
        return b"<html>" + command + b"</html>" if command else command


@violates("SRV21")
class FailsOnAnEmptyQueue(Reference):
    """Crashes when a device is not known to its queue."""

    def connect(self, udid: str, message: bytes) -> bytes:
        self.queues[udid]
        return super().connect(udid, message)


@violates("SRV26")
class RefusesLongResponses(Reference):
    """Takes no message of more than 8 KiB."""

    def read(self, message: bytes) -> Plist:
        if len(message) > 8192:
            raise Refused("413")
        return super().read(message)


@violates("SRV27")
class TrustsTheUDID(Reference):
    """Identifies devices by the message instead of the certificate."""

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        return super().connect(said.get("UDID") or said.get("EnrollmentID", udid), message)


@violates("SRV28")
class AnswersGarbageWith401(Reference):
    """Treats a malformed message as one without a sender."""

    def read(self, message: bytes) -> Plist:
        try:
            return super().read(message)
        except Refused:
            raise Refused("401 Unauthorized") from None


@violates("SRV29")
class NeedsAUDID(Reference):
    """Looks for the UDID of a device that has an EnrollmentID."""

    def connect(self, udid: str, message: bytes) -> bytes:
        self.read(message)["UDID"]
        return super().connect(udid, message)


@violates("SRV30")
class KnowsNoUsers(Reference):
    """Crashes on a message of the user channel."""

    def connect(self, udid: str, message: bytes) -> bytes:
        if "UserID" in self.read(message):
            raise RuntimeError("500")
        return super().connect(udid, message)


@violates("SRV30")
class KnowsNoConsole(Reference):
    """Reads messages by a schema that lacks NotOnConsole."""

    def read(self, message: bytes) -> Plist:
        said = super().read(message)
        if "NotOnConsole" in said:
            raise KeyError("NotOnConsole")
        return said


@violates("SRV31")
class EnrollsOnce(Enrolls):
    """Has a unique key on the UDID, and fails when a device enrolls again."""

    def __init__(self) -> None:
        super().__init__()
        self.known: set[str] = set()

    def check_in(self, udid: str, message: bytes) -> bytes:
        if plistlib.loads(message)["MessageType"] == "Authenticate":
            if udid in self.known:
                raise RuntimeError("duplicate key")
            self.known.add(udid)
        return super().check_in(udid, message)


@violates("SRV31")
class RepeatsAfterEnrollment(Enrolls):
    """Sends a device that enrolls again all that it ever got."""

    def __init__(self) -> None:
        super().__init__()
        self.all: dict[str, list[Plist]] = {}

    def enqueue(self, udid: str, command: bytes) -> None:
        super().enqueue(udid, command)
        self.all.setdefault(udid, []).append(plistlib.loads(command))

    def check_in(self, udid: str, message: bytes) -> bytes:
        super().check_in(udid, message)
        if plistlib.loads(message)["MessageType"] == "Authenticate":
            self.queues[udid] = list(self.all.get(udid, []))
        return b""


@violates("SRV31")
class ClearsItsQueueLate(Enrolls):
    """Clears the queue of a device that enrolled again when the device first connects."""

    def __init__(self) -> None:
        super().__init__()
        self.new: set[str] = set()
        self.known: set[str] = set()

    def check_in(self, udid: str, message: bytes) -> bytes:
        if plistlib.loads(message)["MessageType"] == "Authenticate":
            (self.new if udid in self.known else self.known).add(udid)
        return super().check_in(udid, message)

    def connect(self, udid: str, message: bytes) -> bytes:
        if udid in self.new:
            self.new.remove(udid)
            self.queues[udid] = []
        return super().connect(udid, message)


@violates("SRV32")
class KnowsNoCheckOut(Enrolls):
    """Knows two check-in messages."""

    def check_in(self, udid: str, message: bytes) -> bytes:
        if plistlib.loads(message)["MessageType"] == "CheckOut":
            raise RuntimeError("500")
        return super().check_in(udid, message)


@violates("SRV32")
class ForgetsAllOnCheckOut(Enrolls):
    """Deletes more than the queue of the device that leaves."""

    def check_in(self, udid: str, message: bytes) -> bytes:
        super().check_in(udid, message)
        if plistlib.loads(message)["MessageType"] == "CheckOut":
            self.queues.clear()
        return b""


@violates("SRV33")
class HasOneDeviceAtATime:
    """Stores the current device in a variable that all requests share."""

    def __init__(self) -> None:
        self.reference = Reference()
        self.current = ""

    async def enqueue(self, udid: str, command: bytes) -> None:
        self.reference.enqueue(udid, command)

    async def connect(self, udid: str, message: bytes) -> bytes:
        self.current = udid
        await asyncio.sleep(0)
        return self.reference.connect(self.current, message)


@violates("SRV34")
class EnrollsForANewToken(Enrolls):
    """Takes each TokenUpdate for a new enrollment."""

    def check_in(self, udid: str, message: bytes) -> bytes:
        said = plistlib.loads(message)
        if said["MessageType"] == "TokenUpdate" and "UserID" not in said:
            self.queues[udid] = []
        return super().check_in(udid, message)


@violates("SRV35")
class SendsUpdatesFirst(Reference):
    """Sends ScheduleOSUpdate before all other commands."""

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        queue.sort(key=lambda c: c["Command"]["RequestType"] != "ScheduleOSUpdate")
        return super().next(udid, queue)


@violates("SRV36")
class QueuesWhatItKnows(Reference):
    """Refuses commands with unknown keys."""

    def enqueue(self, udid: str, command: bytes) -> None:
        if b"<key>Vendor" in command:
            raise Refused("422")
        super().enqueue(udid, command)


# -- those for which the suite was not written ---------------------------------------------------


@violates("SRV08")
class GivesUpAfterThreeNotNows(Reference):
    """Drops a command when it was answered with NotNow three times."""

    def __init__(self) -> None:
        super().__init__()
        self.times: dict[tuple[str, str], int] = {}

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        key = (udid, str(said.get("CommandUUID")))
        if said["Status"] == "NotNow":
            self.times[key] = self.times.get(key, 0) + 1
            if self.times[key] == 3:
                queue = self.queues.setdefault(udid, [])
                queue[:] = [c for c in queue if c["CommandUUID"] != key[1]]
        return super().connect(udid, message)


@violates("SRV01")
class KeepsFiveCommands(Reference):
    """Keeps only the last five commands of a queue."""

    def enqueue(self, udid: str, command: bytes) -> None:
        super().enqueue(udid, command)
        del self.queues[udid][:-5]


@violates("SRV01")
class KeepsOneOfAKind(Reference):
    """Replaces a waiting command with a newer one with the same RequestType."""

    def enqueue(self, udid: str, command: bytes) -> None:
        new = plistlib.loads(command)
        queue = self.queues.setdefault(udid, [])
        kind = new["Command"]["RequestType"]
        queue[:] = [c for c in queue if c["Command"]["RequestType"] != kind]
        queue.append(new)


@violates("SRV01")
class QueuesNothingTwice(Reference):
    """Drops a command if an equal one is waiting."""

    def enqueue(self, udid: str, command: bytes) -> None:
        new = plistlib.loads(command)
        if not any(c["Command"] == new["Command"] for c in self.queues.get(udid, [])):
            super().enqueue(udid, command)


@violates("SRV01")
class StopsAtAnError(Reference):
    """Drops the remaining commands after Error."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        super().finish(queue, command, said)
        if said["Status"] == "Error":
            queue.clear()


@violates("SRV01")
class FinishesAllOfAKind(Reference):
    """Treats a response as one to all commands with that RequestType."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        kind = command["Command"]["RequestType"]
        queue[:] = [c for c in queue if c is command or c["Command"]["RequestType"] != kind]
        super().finish(queue, command, said)


@violates("SRV05")
class ComparesThirtySixCharacters(Reference):
    """Keeps the CommandUUID of an answer in a column for UUIDs."""

    def read(self, message: bytes) -> Plist:
        said = super().read(message)
        return {**said, "CommandUUID": said["CommandUUID"][:36]} if "CommandUUID" in said else said


@violates("SRV05")
class CachesAnswers(Reference):
    """Answers a message as it answered an equal one before."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[tuple[str, bytes], bytes] = {}

    def connect(self, udid: str, message: bytes) -> bytes:
        body = super().connect(udid, message)
        return self.answers.setdefault((udid, message), body) if body else body


@violates("SRV10")
class GivesUpAfterTwoLosses(Reference):
    """Drops a command that it has sent twice without an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, int] = {}

    def write(self, command: Plist) -> bytes:
        name = command["CommandUUID"]
        self.sent[name] = self.sent.get(name, 0) + 1
        return super().write(command)

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        if said["Status"] == "Idle":
            queue = self.queues.setdefault(udid, [])
            queue[:] = [c for c in queue if self.sent.get(c["CommandUUID"], 0) < 2]
        self.sent.pop(said.get("CommandUUID", ""), None)
        return super().connect(udid, message)


@violates("SRV11")
class DefersInMemory(Reference):
    """Keeps what was answered with NotNow in memory."""

    def restart(self) -> None:
        for udid, name in self.not_now:
            queue = self.queues[udid]
            queue[:] = [c for c in queue if c["CommandUUID"] != name]
        super().restart()


@violates("SRV02")
class ReadsLatin1(Reference):
    """Decodes text with another encoding than it was encoded with."""

    def write(self, command: Plist) -> bytes:
        def misread(value: Any) -> Any:
            return value.encode().decode("latin-1") if isinstance(value, str) else value

        return super().write(everywhere(misread, command))


@violates("SRV02")
class WritesDatesAsText(Reference):
    """Keeps commands as JSON, which has no dates."""

    def write(self, command: Plist) -> bytes:
        def text(value: Any) -> Any:
            return value.isoformat() if isinstance(value, dt.datetime) else value

        return super().write(everywhere(text, command))


@violates("SRV19")
class WaitsForAKnownStatus(Reference):
    """Sends nothing more to a device that has answered with a status that it does not know."""

    def __init__(self) -> None:
        super().__init__()
        self.stuck: set[str] = set()

    def connect(self, udid: str, message: bytes) -> bytes:
        body = super().connect(udid, message)
        if self.read(message)["Status"] not in STATUSES:
            self.stuck.add(udid)
        return b"" if udid in self.stuck else body


@violates("SRV01")
class RemembersOneCommand(Reference):
    """Remembers, for all devices together, which command it has sent last."""

    def __init__(self) -> None:
        super().__init__()
        self.last = ""

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        if said["Status"] not in ("Idle", "NotNow"):
            for queue in self.queues.values():
                known = [c["CommandUUID"] for c in queue]
                if self.last in known and said.get("CommandUUID") != self.last:
                    queue.pop(known.index(self.last))
        body = super().connect(udid, message)
        if body:
            self.last = plistlib.loads(body)["CommandUUID"]
        return body


@violates("SRV08")
class DropsWhatIsDeferredAtAnError(Reference):
    """Drops what was answered with NotNow in a session when an error follows."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        super().finish(queue, command, said)
        if said["Status"] == "Error":
            deferred = {name for _, name in self.not_now}
            queue[:] = [c for c in queue if c["CommandUUID"] not in deferred]


@violates("SRV18")
class StoresResponsesAsJSON(Reference):
    """Stores responses as JSON, which has no dates."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        json.dumps(said)
        super().finish(queue, command, said)


@violates("SRV18")
class LogsInASCII(Reference):
    """Writes responses to a log that has ASCII characters only."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        str(said).encode("ascii")
        super().finish(queue, command, said)


@violates("SRV18")
class KeepsSizesIn32Bits(Reference):
    """Keeps the sizes of updates in columns of 32 bits."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        for item in said.get("AvailableOSUpdates", []):
            item.get("DownloadSize", 0).to_bytes(4, "big")
        super().finish(queue, command, said)


@violates("SRV29")
class NeedsASerialNumber(Enrolls):
    """Looks for the serial number of a device, which it does not get in User Enrollment."""

    def check_in(self, udid: str, message: bytes) -> bytes:
        said = plistlib.loads(message)
        if said["MessageType"] == "Authenticate":
            said["SerialNumber"]
        return super().check_in(udid, message)
