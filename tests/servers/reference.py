"""A correct MDM server as small as can be."""

import plistlib
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


class Enrolls(Reference):
    """The reference, with check-ins: correct."""

    def check_in(self, udid: str, message: bytes) -> bytes:
        said = plistlib.loads(message)
        if "UserID" in said:
            raise Refused("410")
        if said["MessageType"] == "Authenticate":
            self.queues[udid] = []
        elif said["MessageType"] == "CheckOut":
            self.queues.pop(udid, None)
        return b""
