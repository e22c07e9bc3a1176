"""A correct MDM server as small as can be, and wrong ones, each with one defect that real servers
have had; ``WRONG`` says which obligation each violates."""

import plistlib
from collections.abc import Callable
from typing import Any

from mdm_osupdate.conformance import Refused

Plist = dict[str, Any]


class Reference:
    """Keeps a queue for each device: correct."""

    def __init__(self) -> None:
        self.queues: dict[str, list[Plist]] = {}
        self.put_off: set[str] = set()

    def enqueue(self, udid: str, command: bytes) -> None:
        self.queues.setdefault(udid, []).append(plistlib.loads(command))

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        queue = self.queues.setdefault(udid, [])
        status, uuid = said["Status"], said.get("CommandUUID")
        mine = [command for command in queue if command["CommandUUID"] == uuid]
        if status == "Idle":
            self.put_off -= {command["CommandUUID"] for command in queue}
        elif status == "NotNow":
            self.put_off.add(str(uuid))
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
        if not isinstance(said, dict) or "Status" not in said:
            raise Refused("400")
        return said

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        if said["Status"] in ("Acknowledged", "Error", "CommandFormatError"):
            queue.remove(command)

    def next(self, udid: str, queue: list[Plist]) -> bytes:
        for command in queue:
            if command["CommandUUID"] not in self.put_off:
                return self.write(command)
        return b""

    def write(self, command: Plist) -> bytes:
        return plistlib.dumps(command)

    def restart(self) -> None:
        self.put_off.clear()


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
        self.put_off.clear()
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
        everything = [c for queue in self.queues.values() for c in queue]
        return body or (self.write(everything[0]) if everything else b"")


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
    """Finishes the first command, whichever was answered."""

    def connect(self, udid: str, message: bytes) -> bytes:
        said = self.read(message)
        queue = self.queues.get(udid, [])
        if queue and said.get("CommandUUID") == "never-sent":
            queue.pop(0)
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
        self.seen: set[str] = set()

    def connect(self, udid: str, message: bytes) -> bytes:
        queue = self.queues.get(udid, [])
        if self.read(message).get("CommandUUID") in self.seen and queue:
            queue.pop(0)
        return super().connect(udid, message)

    def finish(self, queue: list[Plist], command: Plist, said: Plist) -> None:
        super().finish(queue, command, said)
        if command not in queue:
            self.seen.add(command["CommandUUID"])


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


@violates("SRV21")
class FailsOnAnEmptyQueue(Reference):
    """Crashes when a device is not known to its queue."""

    def connect(self, udid: str, message: bytes) -> bytes:
        self.queues[udid]
        return super().connect(udid, message)
