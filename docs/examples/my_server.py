"""The core of an MDM server: a queue of commands for each device, and updates."""

import datetime as dt
import plistlib

import mdm_osupdate as osu
from mdm_osupdate.flow import UpdateFlow


class Server:
    """Queues in memory. The UDID is always that of the connection's certificate."""

    def __init__(self) -> None:
        self.queues: dict[str, dict[str, bytes]] = {}  # for each device, by CommandUUID
        self.not_now: dict[str, set[str]] = {}  # commands that wait for the next session
        self.updates: dict[str, UpdateFlow] = {}

    def enqueue(self, udid: str, command: bytes) -> None:
        """Queue a command."""
        queue = self.queues.setdefault(udid, {})
        queue[plistlib.loads(command)["CommandUUID"]] = command

    def update(self, udid: str, device: osu.Device, target: str) -> None:
        """Begin an update."""
        self.updates[udid] = UpdateFlow(device, target, udid=udid)

    def connect(self, udid: str, message: bytes, now: dt.datetime) -> bytes:
        """Take a message, and return the next command, or nothing.

        Raises:
            ValueError: the message is not a response.
        """
        response = osu.loads(message, osu.Response)
        if response.is_from_user_channel:  # the commands are for the device, not for its users
            return b""
        queue = self.queues.setdefault(udid, {})
        not_now = self.not_now.setdefault(udid, set())
        if response.status == "Idle":  # a new session
            not_now.clear()
        elif response.command_uuid is None:
            raise ValueError("expected a CommandUUID")
        elif response.status == "NotNow":
            not_now.add(response.command_uuid)
        else:
            queue.pop(response.command_uuid, None)
        for command_uuid, command in queue.items():
            if command_uuid not in not_now:
                return command
        return self.continue_update(udid, response, now)

    def continue_update(self, udid: str, response: osu.Response, now: dt.datetime) -> bytes:
        """Return the next command of the update, if there is one."""
        flow = self.updates.get(udid)
        if flow is None or flow.done:
            return b""
        flow.receive(response, now)
        command = None if flow.done else flow.next_command(now)
        return osu.dumps(command) if command else b""
