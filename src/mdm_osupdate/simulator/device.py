"""A simulated device."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from mdm_osupdate.codec import DEFAULT_LIMITS, dumps, loads_command, parse, to_dict, write
from mdm_osupdate.declarations import Declaration, StatusReport
from mdm_osupdate.device import Device
from mdm_osupdate.errors import DecodeError, EncodeError, require_type
from mdm_osupdate.flow import to_utc
from mdm_osupdate.messages import AvailableOSUpdatesItem, Command, CommandStatus, Response

from .behavior import Behavior
from .commands import CommandClient
from .declared import DeclarationClient, OtherDeclaration
from .explaining import explain
from .refusals import UNKNOWN_COMMAND, error_chain
from .state import State
from .synchronizing import DeclarativeRequest, Dialog, Synchronizer, takes_declarations


class SimulatedDevice:
    """A device that responds to commands and changes as real devices do.

    It also follows declarations (``declare``) and sends status reports (``report``). Its local
    time is UTC.

    Args:
        device: the device before the update. The attribute ``device`` changes with an update.
        updates: the updates that Apple offers for it (see ``offer``).
        behavior: the behavior of the device and its user.
        udid: its UDID, or its EnrollmentID under User Enrollment.
    """

    def __init__(
        self,
        device: Device,
        updates: Iterable[AvailableOSUpdatesItem] = (),
        behavior: Behavior | None = None,
        *,
        udid: str = "00008110-000A1B2C3D4E5F60",
    ) -> None:
        require_type("device", device, Device)
        behavior = behavior if behavior is not None else Behavior()
        self._state = State(device, tuple(updates), behavior, udid)
        self._commands = CommandClient(self._state)
        self._declarations = DeclarationClient(self._state)
        self._synchronizer = Synchronizer()

    def __repr__(self) -> str:
        return f"<SimulatedDevice {self.udid}: {self.device.platform} {self.device.os_version}>"

    @property
    def device(self) -> Device:
        """The device as it is now."""
        return self._state.device

    @property
    def updates(self) -> tuple[AvailableOSUpdatesItem, ...]:
        """The updates that Apple still offers it."""
        return self._state.updates

    @property
    def behavior(self) -> Behavior:
        """The behavior of the device and its user."""
        return self._state.behavior

    @property
    def udid(self) -> str:
        """Its UDID, or its EnrollmentID under User Enrollment."""
        return self._state.udid

    def awake_at(self, now: dt.datetime) -> dt.datetime:
        """Return the time at which the device can be reached, now or after its restart."""
        now = to_utc(now)
        installs = self._state.installs()
        return max([now, *(i + self.behavior.restart_time for i in installs if i <= now)])

    def deferrals_at(self, now: dt.datetime) -> int:
        """Return the number of deferrals so far. Not every response reports it."""
        return sum(p.deferrals_at(to_utc(now)) for p in self._state.progress.values())

    # -- commands --------------------------------------------------------------------------------

    def check_in(self, now: dt.datetime) -> Response | None:
        """Return the message of a device that was woken: Idle, or nothing during a restart."""
        if not self._state.advance(now):
            return None
        return self._commands.envelope(Response, None, CommandStatus.IDLE)

    def answer(self, command: Command, now: dt.datetime) -> Response | None:
        """Respond to a command, or return ``None`` if no response arrives."""
        now = to_utc(now)
        if not self._state.advance(now):
            return None
        self._state.first = self._state.first or now
        return self._commands.answer(command, now)

    def handle(self, body: bytes, now: dt.datetime) -> bytes | None:
        """Respond to a command like ``answer``, with both as property lists.

        iOS 11.3 writes integers for booleans. An empty body means that the server has no command.
        It has no response.
        """
        if not body:
            return None
        try:
            command = loads_command(body)
        except DecodeError as error:
            return _written(to_dict(self._reject(body, error)))
        response = self.answer(command, now)
        if response is None:
            return None
        document = to_dict(response)
        if self._commands.is_ios_11_3():
            for item in document.get("OSUpdateStatus", ()):
                item |= {key: int(v) for key, v in item.items() if isinstance(v, bool)}
        return _written(document)

    def _reject(self, body: bytes, error: DecodeError) -> Response:
        """Respond to something other than one of the four commands."""
        try:
            document = parse(body, DEFAULT_LIMITS)
        except DecodeError:
            document = None
        outer = document if isinstance(document, dict) else {}
        uuid = outer.get("CommandUUID")
        uuid = uuid if isinstance(uuid, str) else None
        if error.findings[0].rule != "OSU112":  # not another command
            return self._commands.envelope(Response, uuid, CommandStatus.COMMAND_FORMAT_ERROR)
        command = outer["Command"]
        if command["RequestType"] == "DeclarativeManagement" and takes_declarations(self.device):
            tokens = command.get("Data")
            self._synchronizer.notify(tokens if isinstance(tokens, bytes) else None)
            return self._commands.envelope(Response, uuid, CommandStatus.ACKNOWLEDGED)
        chain = error_chain(UNKNOWN_COMMAND)
        return self._commands.envelope(Response, uuid, CommandStatus.ERROR, error_chain=chain)

    # -- declarations ----------------------------------------------------------------------------

    def declare(self, declarations: Iterable[Declaration], now: dt.datetime) -> None:
        """Replace the declarations that the server offers.

        An enforcement that is active and valid is followed. The user installs once the update is
        prepared, or defers it. At the deadline, the device installs on its own.
        """
        now = to_utc(now)
        self._state.advance(now)
        self._state.first = self._state.first or now
        self._declarations.declarations = tuple(declarations)
        self._declarations.follow(now)

    def declarative(self, now: dt.datetime) -> Dialog:
        """Fetch declarations and report the status, as a device does on its own.

        A device does so once the server has sent the command ``DeclarativeManagement``. Send each
        request that this yields to the server, and pass back the body of the response, or ``None``
        if the server refused the request: the device repeats it in a later call.
        """
        now = to_utc(now)
        if not self._synchronizer.enabled or not self._state.advance(now):
            return
        yield from self._synchronizer.fetch()
        held = self._synchronizer.declarations
        self._declarations.others = tuple(d for d in held if isinstance(d, OtherDeclaration))
        self.declare([d for d in held if not isinstance(d, OtherDeclaration)], now)
        before = dict(self._declarations.reported)
        report = self.report(now)
        if report is not None and (yield DeclarativeRequest("status", dumps(report))) is None:
            self._declarations.reported = before

    def explain(self, now: dt.datetime) -> str:
        """Return the reason why the device is not updated yet, as far as it knows."""
        if self._synchronizer.problem:
            return self._synchronizer.problem
        return explain(self._state, self._commands, self._declarations, to_utc(now))

    def report(self, now: dt.datetime) -> StatusReport | None:
        """Report the subscribed status items that have changed since the last report.

        Return ``None`` if none has changed, or during a restart.
        """
        now = to_utc(now)
        if not self._state.advance(now):
            return None
        self._declarations.follow(now)
        return self._declarations.report(now)

    def changes_after(self, now: dt.datetime) -> dt.datetime | None:
        """Return the time of the next change of a status item, if it is known."""
        now = to_utc(now)
        client = self._declarations
        moments = [client.free_at()] if client.enforced() is not None else []
        for progress in self._state.progress.values():
            back = progress.installs and progress.installs + self.behavior.restart_time
            moments += [progress.prepared, *([back] if back else [])]
        return min((moment for moment in moments if moment > now), default=None)


def _written(document: dict[str, Any]) -> bytes:
    """Write a document in XML, or in binary if XML cannot hold its CommandUUID."""
    try:
        return write(document, "xml", DEFAULT_LIMITS)
    except EncodeError:
        return write(document, "binary", DEFAULT_LIMITS)
