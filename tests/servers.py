"""A correct MDM server as small as can be, others that are unusual and correct (``CORRECT``), and
wrong ones, each with one defect that real servers have had; ``WRONG`` says which obligation each
violates."""

import plistlib
from collections.abc import Callable
from typing import Any

from mdm_osupdate.conformance import Refused

Plist = dict[str, Any]


class Reference:
    """Keeps a queue for each device: correct."""

    def __init__(self) -> None:
        self.queues: dict[str, list[Plist]] = {}
        self.not_now: set[tuple[str, str]] = set()

    def enqueue(self, udid: str, command: bytes) -> None:
        self.queues.setdefault(udid, []).append(plistlib.loads(command))

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        queue = self.queues.setdefault(udid, [])
        status, uuid = said["Status"], said.get("CommandUUID")
        mine = [command for command in queue if command["CommandUUID"] == uuid]
        if status == "Idle":
            self.not_now = {key for key in self.not_now if key[0] != udid}
        elif mine and status == "NotNow":
            self.not_now.add((udid, str(uuid)))
        elif mine:
            self.finish(queue, mine[0], said)
        return self.next(udid, queue)

    def read(self, message: bytes) -> Plist:
        if len(message) > 2**20:
            raise Refused("413")
        try:
            said = plistlib.loads(message)
        except Exception:
            raise Refused("400") from None
        if not isinstance(said, dict) or not isinstance(said.get("Status"), str):
            raise Refused("400")
        if not isinstance(said.get("CommandUUID", ""), str):
            raise Refused("400")
        return said

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        if said["Status"] in ("Acknowledged", "Error", "CommandFormatError"):
            queue.remove(command)

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        for command in queue:
            if (udid, command["CommandUUID"]) not in self.not_now:
                return self.write(command)
        return b""

    def write(self, command: Plist) -> bytes:
        return plistlib.dumps(command)

    def restart(self) -> None:
        self.not_now.clear()


WRONG: dict[str, list[Callable[[], Any]]] = {}


def violates(code: str) -> Callable[[type], type]:
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
    """Takes NotNow for an answer."""

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
    """Never takes a command from its queue."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        if said["Status"] != "Acknowledged":
            super().finish(queue, command, said)


@violates("SRV06")
class RetriesErrors(Reference):
    """Takes Error for a reason to try again."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        if said["Status"] != "Error":
            super().finish(queue, command, said)


@violates("SRV07")
class RetriesFormatErrors(Reference):
    """Does not know CommandFormatError."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        if said["Status"] != "CommandFormatError":
            super().finish(queue, command, said)


@violates("SRV02")
class LosesUnknownKeys(Reference):
    """Re-encodes commands by a schema."""

    def write(self, command: Plist) -> bytes:
        inner = {k: v for k, v in command["Command"].items() if not k.startswith("Vendor")}
        return super().write({**command, "Command": inner})


@violates("SRV02")
class TurnsIntegersIntoText(Reference):
    """Keeps commands in a database of text."""

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
    """Keeps of a command what is in `Command`, and its CommandUUID."""

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
    """Has a type for UUIDs, which writes them in its own way."""

    def write(self, command: Plist) -> bytes:
        return super().write({**command, "CommandUUID": command["CommandUUID"].upper()})


@violates("SRV01")
class HasAShortColumn(Reference):
    """Stores no command of more than 4096 bytes, and does not say so."""

    def enqueue(self, udid: str, command: bytes) -> None:
        if len(command) <= 4096:
            super().enqueue(udid, command)


@violates("SRV01")
class HasOneTableOfCommandUUIDs(Reference):
    """Takes a CommandUUID that another device has for a command that it knows."""

    def enqueue(self, udid: str, command: bytes) -> None:
        if plistlib.loads(command)["CommandUUID"] not in str(self.queues):
            super().enqueue(udid, command)


@violates("SRV03")
class SendsTheLatestFirst(Reference):
    """Keeps a stack for a queue."""

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        return super().next(udid, queue[::-1])


@violates("SRV04")
class MixesUpDevices(Reference):
    """Has one queue for all."""

    def connect(self, udid: str, message: bytes) -> bytes:
        body = super().connect(udid, message)
        others = [c for other, queue in self.queues.items() if other != udid for c in queue]
        return body or (self.write(others[0]) if others else b"")


@violates("SRV10")
class ForgetsWhatItHasSent(Reference):
    """Takes a command from the queue when it is sent."""

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        body = super().next(udid, queue)
        queue[:] = [c for c in queue if c["CommandUUID"].encode() not in body]
        return body


@violates("SRV10")
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


@violates("SRV11")
class ForgetsOnRestart(Reference):
    """Keeps its queues in memory."""

    def restart(self) -> None:
        self.queues.clear()


@violates("SRV11")
class RepeatsOnRestart(Reference):
    """Reads the queues of old when it starts, and what was done with them."""

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
    """Takes an answer only to what it remembers to have sent."""

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
    """Writes down what was acknowledged, and nothing else."""

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
    """Answers what it cannot read as if nothing were wrong."""

    def read(self, message: bytes) -> Plist:
        try:
            return super().read(message)
        except Refused:
            return {"Status": "Idle"}


@violates("SRV13")
class FailsOnGarbage(Reference):
    """Has no guard around its property-list library."""

    def read(self, message: bytes) -> Plist:
        said: Plist = plistlib.loads(message)
        return said


@violates("SRV13")
class TakesNothingForIdle(Reference):
    """Takes a body of zero bytes for Idle."""

    def read(self, message: bytes) -> Plist:
        return super().read(message) if message else {"Status": "Idle"}


@violates("SRV13")
class TakesAnySize(Reference):
    """Has no limit for the size of a message."""

    def read(self, message: bytes) -> Plist:
        return super().read(message[: 2**20]) if len(message) <= 2**20 else {"Status": "Idle"}


@violates("SRV13")
class FailsOnEntities(Reference):
    """Leaves what an entity may do to its library."""

    def read(self, message: bytes) -> Plist:
        if b"<!ENTITY" in message:
            raise RuntimeError("500")
        return super().read(message)


@violates("SRV13")
class FailsInTheDepth(Reference):
    """Reads what is nested by calling itself."""

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


@violates("SRV15")
class NeedsACommandUUID(Reference):
    """Looks for the CommandUUID of an answer that has none."""

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
    """Takes the second of two equal answers for one to the next command."""

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
    """Takes NotNow for an answer if it does not wait for one."""

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


@violates("SRV18")
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
    """Crashes on an available update that lacks what a Mac says of it."""

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


# -- unusual, and correct ------------------------------------------------------------------------


class RefusesWhatIsOdd(Reference):
    """Refuses answers that it does not expect, and statuses that it does not know."""

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
    """Lets a session pass before it sends a deferred command again."""

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
    """Sends a command of its own first, as most servers do after enrolment."""

    def enrol(self, udid: str) -> None:
        command = {"RequestType": "DeviceInformation", "Queries": ["OSVersion"]}
        self.queues[udid] = [{"CommandUUID": f"info-{udid}", "Command": command}]


class TakesUnknownStatusesForErrors(Reference):
    """Does not send again what was answered with a status that nobody knows."""

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        queue.remove(command)


class EndsTheSessionOnGarbage(Reference):
    """Begins anew with a device that has sent what it cannot read."""

    def connect(self, udid: str, message: bytes) -> bytes:
        try:
            return super().connect(udid, message)
        except Refused:
            self.not_now = {key for key in self.not_now if key[0] != udid}
            raise


class CommentsItsXML(Reference):
    """Says whose a command is."""

    def write(self, command: Plist) -> bytes:
        return super().write(command).replace(b"<dict>", b"<!-- from us --><dict>", 1)


class GivesAByteArray(Reference):
    """Builds its answers in place."""

    def write(self, command: Plist) -> Any:
        return bytearray(super().write(command))


class OffersAgainAfterTheNextAnswer(Reference):
    """Holds a deferred command back only in the answer to NotNow, as NanoMDM does."""

    def connect(self, udid: str, message: bytes) -> bytes:
        if self.read(message)["Status"] != "NotNow":
            self.not_now.clear()
        return super().connect(udid, message)


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
]
