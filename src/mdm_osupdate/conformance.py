"""A conformance suite for MDM servers, and one for device simulators.

A server is driven through an adapter of two methods by several simulated devices at once, in ever
new orders of events, and held to what the protocol obliges it to (``OBLIGATIONS``). A run that
fails names the obligation, and tells the shortest story that leads to it::

    from mdm_osupdate.conformance import ServerConformance

    class TestMyServer(ServerConformance):
        def server(self):
            return MyAdapter()

The adapter has ``enqueue(udid, command)`` and ``connect(udid, message)``; both may be coroutines.
If the server enrols devices, it also has ``enrol(udid)``, and if it can be stopped and started
again, ``restart()``.
"""

import asyncio
import datetime as dt
import functools
import inspect
import uuid
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NoReturn, Protocol

import attrs
from attrs import define, field, frozen
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ._codec import dumps, loads, loads_command, to_dict
from ._device import Device
from ._errors import DecodeError
from ._messages import (
    ANSWER_TO,
    AvailableOSUpdatesCommand,
    Command,
    ErrorChainItem,
    OSUpdateStatusCommand,
    Response,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateResponse,
    ScheduleOSUpdateScanCommand,
    UpdateResultsItem,
    UpdatesItem,
)
from ._plist import DEFAULT_LIMITS, write
from ._validate import validate
from ._vocabulary import CommandStatus
from .strategies import commands, plist_values

__all__ = [
    "OBLIGATIONS",
    "DeviceConformance",
    "Obligation",
    "Refused",
    "Server",
    "ServerConformance",
    "ViolationError",
    "check_device",
    "check_server",
]


@frozen
class Obligation:
    """One thing that the protocol obliges a server or a device to."""

    code: str
    text: str
    source: str


_FLOW = "Apple, Device Management documentation: sending commands to a device"
_DEVICE = "Apple, Device Management documentation: the response of a command"
_SENSE = "what a server owes its other devices"


def _obligations(*rows: tuple[str, str, str]) -> Mapping[str, Obligation]:
    return MappingProxyType({row[0]: Obligation(*row) for row in rows})


OBLIGATIONS = _obligations(
    ("SRV01", "A queued command reaches its device when the device connects.", _FLOW),
    ("SRV02", "A command arrives as it was queued, unknown keys and types included.", _FLOW),
    ("SRV03", "Commands arrive in the order in which they were queued.", _FLOW),
    ("SRV04", "A command reaches the device it was queued for, and no other.", _FLOW),
    ("SRV05", "A command that was Acknowledged is not sent again.", _FLOW),
    ("SRV06", "A command that was answered with Error is not sent again.", _FLOW),
    ("SRV07", "A command that was answered with CommandFormatError is not sent again.", _FLOW),
    ("SRV08", "A command that was answered with NotNow is sent again in a later session.", _FLOW),
    ("SRV09", "A command that was answered with NotNow is not sent again in that session.", _FLOW),
    (
        "SRV10",
        "A command that the device vanished with is sent again, under its CommandUUID and before "
        "any other.",
        _FLOW,
    ),
    ("SRV11", "A restart of the server loses nothing and repeats nothing.", _SENSE),
    ("SRV12", "A device for which there is nothing gets an empty body.", _FLOW),
    ("SRV13", "What is no property list of a device, or too large, is refused.", _SENSE),
    ("SRV14", "A refused message harms no queue.", _SENSE),
    ("SRV15", "An answer to a command that was never sent changes nothing.", _FLOW),
    ("SRV16", "An answer with the CommandUUID of another device's command changes nothing.", _FLOW),
    ("SRV17", "An answer that comes twice changes nothing the second time.", _FLOW),
    ("SRV18", "An answer without results, or with failed items, is taken as any other.", _DEVICE),
    ("SRV19", "An answer with an unknown Status does no harm.", _DEVICE),
    ("SRV20", "Each answer of the server is one command as a property list, or empty.", _FLOW),
    ("SRV21", "Queueing a command and connecting do not fail.", _SENSE),
    ("DEV01", "Each command gets one answer, a property list.", _DEVICE),
    ("DEV02", "The answer has the CommandUUID of the command.", _DEVICE),
    ("DEV03", "The Status is Acknowledged, Error, CommandFormatError or NotNow.", _DEVICE),
    ("DEV04", "The answer names the device, always by the same UDID.", _DEVICE),
    ("DEV05", "The answer has the keys of its command, of the right types, no other's.", _DEVICE),
    ("DEV06", "A command of another kind is answered with Error or CommandFormatError.", _DEVICE),
    ("DEV07", "A malformed command is answered with Error or CommandFormatError, or not at all.",
     _DEVICE),
    ("DEV08", "The same command sent again is answered again.", _FLOW),
)  # fmt: skip
"""All obligations, by their codes."""


class ViolationError(AssertionError):
    """An obligation is not kept."""

    def __init__(self, code: str, what: str, story: Iterable[str] = ()) -> None:
        self.obligation: Obligation = OBLIGATIONS[code]
        self.what: str = what
        self.story: tuple[str, ...] = tuple(story)
        """What had happened, line by line."""
        told = "".join(f"\n  {number}. {line}" for number, line in enumerate(self.story, 1))
        text = f"{code}: {self.obligation.text}\n  But {what}.\n  Source: {self.obligation.source}."
        super().__init__(f"{text}\nThe story:{told}" if told else text)


class Refused(Exception):  # noqa: N818 - not an error: a server may, and should
    """Raised by an adapter whose server refuses a message, by a status of 400 to 499."""


class Server(Protocol):
    """What an adapter has. Each method may be a coroutine.

    Besides, if the server has it: ``enrol(udid)`` makes a device known, ``restart()`` stops and
    starts the server, with nothing kept but what it has stored.
    """

    def enqueue(self, udid: str, command: bytes) -> Any:
        """Queue a command, a property list, for a device."""

    def connect(self, udid: str, message: bytes) -> Any:
        """Hand over what a device says; return the answer's body, empty or ``None`` if there is
        none.

        Raises:
            Refused: the server refused the message.
        """


# -- what is known of the queues -----------------------------------------------------------------


@define(eq=False)
class _Queued:
    """A command in a queue, as far as the protocol tells what must become of it."""

    name: str
    """What the story calls it."""
    command: Command
    done: CommandStatus | None = None
    """With what it was answered for good."""
    put_off: bool = False
    """Whether it was answered with NotNow in this session."""
    open: bool = False
    """Whether it was answered in a way that nobody defined: it may come again, or not."""


@define(eq=False)
class _Phone:
    """A simulated device, and what its server owes it."""

    udid: str
    name: str
    queue: list[_Queued] = field(factory=list)
    answers: list[Response] = field(factory=list)
    """What it has sent, the last one last."""
    holds: _Queued | None = None
    """The command that it has been given and has not answered."""
    suspect: str = "SRV01"
    """Which obligation is broken if a command does not come now."""

    def _repr_pretty_(self, printer: Any, _: bool) -> None:  # what hypothesis prints of a step
        printer.text(self.name)

    @property
    def owed(self) -> list[_Queued]:
        """What has not been answered for good, in order."""
        return [queued for queued in self.queue if queued.done is None]


_DONE = {
    CommandStatus.ACKNOWLEDGED: "SRV05",
    CommandStatus.ERROR: "SRV06",
    CommandStatus.COMMAND_FORMAT_ERROR: "SRV07",
}
_FAR_TOO_LARGE = 2**22
_GARBAGE = st.sampled_from(
    [
        b"<",
        b"not a property list",
        b"<plist><array/></plist>",
        b"<plist><dict><key>Status</key></dict></plist>",
        b"bplist00" + b"\xff" * 40,
        b"<plist><dict><key>a</key><string>%b</string></dict></plist>" % (b"a" * _FAR_TOO_LARGE),
    ]
)
_NAMES = ("iPad A", "iPad B", "Mac C")
_PHONES = st.integers(0, len(_NAMES) - 1)

# Few and plain, so that a run is quick and a story short: what is in a command matters only as far
# as a server may spoil it, and each type of property lists is in one of them.
_COMMANDS: tuple[Command, ...] = (
    AvailableOSUpdatesCommand(),
    OSUpdateStatusCommand(request_requires_network_tether=False),
    ScheduleOSUpdateScanCommand(force=True),
    ScheduleOSUpdateCommand([UpdatesItem(install_action="Default", product_version="17.4.1")]),
    ScheduleOSUpdateCommand(
        [
            UpdatesItem(
                install_action="InstallLater",
                product_key="MSU_UPDATE_23E224_patch_14.4.1",
                max_user_deferrals=3,
                priority="High",
            )
        ]
    ),
    ScheduleOSUpdateCommand(
        [
            UpdatesItem(
                install_action="InstallASAP",
                product_version="17.4.1",
                unknown={"VendorDetail": {"Size": 2**40, "Share": 0.5, "Names": ["é <&>", ""]}},
            )
        ]
    ),
    AvailableOSUpdatesCommand(
        command_unknown={
            "VendorKey": b"\x00\xff",
            "VendorDate": dt.datetime(2026, 3, 2, 9),  # noqa: DTZ001 - as property lists have it
        }
    ),
)


def _answers(command: Command, udid: str) -> list[Response]:
    """The answers that a command can have; the first is the usual one."""
    kind = ANSWER_TO[command.request_type]
    make = functools.partial(kind, udid=udid, command_uuid=command.command_uuid)
    error = ErrorChainItem(error_code=12008, error_domain="MCMDMErrorDomain")
    answers = [
        make(status=CommandStatus.ACKNOWLEDGED),
        make(status=CommandStatus.NOT_NOW),
        make(status=CommandStatus.ERROR, error_chain=[error]),
        make(status=CommandStatus.COMMAND_FORMAT_ERROR),
    ]
    if isinstance(command, ScheduleOSUpdateCommand):
        good = UpdateResultsItem(install_action="InstallASAP", status="Installing")
        bad = UpdateResultsItem(install_action="Error", status="DownloadFailed")
        with_results = functools.partial(
            ScheduleOSUpdateResponse,
            udid=udid,
            command_uuid=command.command_uuid,
            status=CommandStatus.ACKNOWLEDGED,
        )
        answers.insert(0, with_results(update_results=[good]))
        answers.append(with_results(update_results=[bad]))
    return answers


class _Machine(RuleBasedStateMachine):
    """Several devices and one server, in any order of events."""

    def __init__(self, session: "_Session") -> None:
        super().__init__()
        self.session = session
        self.server: Any = session.make()
        self.story: list[str] = []
        self.phones = [_Phone(session.fresh_udid(), name) for name in _NAMES]
        self.count = 0
        self.failed = False

    # -- the server, and how it is told -----------------------------------------------------------

    def call(self, method: str, *arguments: Any) -> Any:
        return self.session.wait(getattr(self.server, method)(*arguments))

    def fail(self, code: str, what: str) -> NoReturn:
        self.failed = True
        raise ViolationError(code, what, self.story)

    def tell(self, line: str) -> None:
        self.story.append(line)

    def send(self, phone: _Phone, message: Response, code: str = "SRV21") -> bytes:
        """Connect with a message that any server must take; ``code`` is at stake."""
        try:
            body = self.call("connect", phone.udid, dumps(message))
        except Exception as error:
            self.fail(code, f"the server failed with {type(error).__name__}: {error!s:.200}")
        return bytes(body or b"")

    # -- what must hold of what the server answers ------------------------------------------------

    def judge(self, phone: _Phone, body: bytes) -> None:
        """Hold the server's answer to what it owes the device."""
        if not body:
            self.tell(f"   the server has nothing for {phone.name}")
            owed = [queued for queued in phone.owed if not queued.open]
            # After a NotNow in this session, a server may leave it at that.
            if owed and not any(queued.put_off for queued in phone.owed):
                self.fail(phone.suspect, f"{owed[0].name} does not come")
            return
        try:
            command = loads_command(body)
        except DecodeError as error:
            code = "SRV12" if not phone.owed else "SRV20"
            self.fail(code, f"the server sent {body[:60]!r}: {error.findings[0].message}")
        queued = self.find(phone, command.command_uuid)
        self.tell(f"   the server sends {phone.name} {queued.name}")
        self.hold_to_order(phone, queued)
        if to_dict(command) != to_dict(queued.command):
            self.fail("SRV02", f"{queued.name} came as {command}, and was {queued.command}")
        phone.holds, phone.suspect = queued, "SRV01"

    def find(self, phone: _Phone, command_uuid: str | None) -> _Queued:
        for other in self.phones:
            for queued in other.queue:
                if queued.command.command_uuid == command_uuid:
                    if other is not phone:
                        self.fail("SRV04", f"{phone.name} was sent {queued.name} of {other.name}")
                    return queued
        return self.fail("SRV02", f"nobody queued a command {command_uuid!r}")

    def hold_to_order(self, phone: _Phone, queued: _Queued) -> None:
        if queued.done is not None:
            code = phone.suspect if phone.suspect in _OF_ITS_OWN else _DONE[queued.done]
            self.fail(code, f"{queued.name} was answered with {queued.done}, and comes again")
        if queued.put_off:
            self.fail("SRV09", f"{queued.name} comes again in the session of its NotNow")
        due = [other for other in phone.owed if not other.put_off and not other.open]
        if due and not queued.open and queued is not due[0]:
            first = due[0]
            code = "SRV03" if phone.suspect == "SRV01" else phone.suspect
            self.fail(code, f"{queued.name} comes before {first.name}")

    # -- what happens -----------------------------------------------------------------------------
    # Hypothesis shrinks towards the rules whose names come first: answer, connect, enqueue.

    @initialize()
    def enrol(self) -> None:
        if hasattr(self.server, "enrol"):
            for phone in self.phones:
                self.call("enrol", phone.udid)

    @rule(phone=_PHONES, command=st.sampled_from(_COMMANDS))
    def enqueue(self, phone: int, command: Command) -> None:
        """Queue a command."""
        self.count += 1
        device = self.phones[phone]
        command = attrs.evolve(command, command_uuid=f"{device.udid}-{self.count:04}")
        queued = _Queued(f"command {self.count} ({command.request_type})", command)
        self.tell(f"{queued.name} is queued for {device.name}")
        try:
            self.call("enqueue", device.udid, dumps(command))
        except Exception as error:
            self.fail("SRV21", f"the server failed with {type(error).__name__}: {error!s:.200}")
        device.queue.append(queued)

    @rule(data=st.data())
    def connect(self, data: st.DataObject) -> None:
        """Wake a device: one for which there is something, more often than not."""
        owed = [phone for phone in self.phones if phone.owed]
        self.begin(data.draw(st.sampled_from([*owed, *self.phones]), label="device"))

    def begin(self, device: _Phone) -> None:
        """Begin a session: the device has been woken, and is idle."""
        if device.holds is not None:
            device.suspect = "SRV10" if device.suspect == "SRV01" else device.suspect
            self.tell(f"{device.name} vanishes with {device.holds.name} unanswered")
            device.holds = None
        elif any(queued.put_off for queued in device.owed):
            device.suspect = "SRV08" if device.suspect == "SRV01" else device.suspect
        for queued in device.queue:
            queued.put_off = False
        self.tell(f"{device.name} connects, idle")
        idle = Response(status=CommandStatus.IDLE, udid=device.udid)
        self.judge(device, self.send(device, idle, self.harm(device)))

    def harm(self, phone: _Phone) -> str:
        return phone.suspect if phone.suspect in _OF_ITS_OWN else "SRV21"

    def holders(self) -> list[_Phone]:
        return [phone for phone in self.phones if phone.holds is not None]

    @precondition(lambda self: self.holders())
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """Answer a command, in whichever of the ways there are."""
        phone = data.draw(st.sampled_from(self.holders()), label="device")
        queued = phone.holds
        assert queued is not None  # noqa: S101 - the precondition
        response = data.draw(st.sampled_from(_answers(queued.command, phone.udid)), label="answer")
        what = _oddity(response)
        self.tell(f"{phone.name} answers {queued.name} with {response.status}{what}")
        phone.holds = None
        phone.answers.append(response)
        if response.not_now:
            queued.put_off = True
        else:
            queued.done = CommandStatus(str(response.status))
        if what:
            phone.suspect = "SRV18"
        self.judge(phone, self.send(phone, response, self.harm(phone)))

    @rule(data=st.data())
    def something_odd(self, data: st.DataObject) -> None:
        """Let a device do what devices should not, or do seldom."""
        odd: list[Callable[[st.DataObject], None]] = [self.send_a_stray_answer, self.send_garbage]
        if self.holders():
            odd += [self.send_an_unknown_status, self.send_for_another]
        if any(phone.answers for phone in self.phones):
            odd.append(self.send_it_twice)
        if hasattr(self.server, "restart"):
            odd.append(self.restart)
        data.draw(st.sampled_from(odd), label="what")(data)

    def send_an_unknown_status(self, data: st.DataObject) -> None:
        """What becomes of the command is not said; that the server lives on is."""
        word = data.draw(st.sampled_from(["Sleeping", "acknowledged", ""]), label="status")
        phone = data.draw(st.sampled_from(self.holders()), label="device")
        queued = phone.holds
        assert queued is not None  # noqa: S101 - the precondition
        self.tell(f"{phone.name} answers {queued.name} with the unknown Status {word!r}")
        response = Response(status=word, udid=phone.udid, command_uuid=queued.command.command_uuid)
        queued.open, phone.holds = True, None
        self.odd_message(phone, response, "SRV19")

    def send_it_twice(self, data: st.DataObject) -> None:
        """The connection broke after an answer, and the device sends it again."""
        phone = data.draw(
            st.sampled_from([phone for phone in self.phones if phone.answers]), label="device"
        )
        last = phone.answers[-1]
        if last.not_now:
            return  # which is no different from NotNow the first time
        self.tell(f"{phone.name} sends its last answer ({last.status}) again")
        self.odd_message(phone, last, "SRV17")

    def send_a_stray_answer(self, data: st.DataObject) -> None:
        """An answer with a CommandUUID that no command has."""
        device = self.phones[data.draw(_PHONES, label="device")]
        self.tell(f"{device.name} answers a command that was never sent")
        stray = Response(
            status=CommandStatus.ACKNOWLEDGED, udid=device.udid, command_uuid="never-sent"
        )
        self.odd_message(device, stray, "SRV15")

    def send_for_another(self, data: st.DataObject) -> None:
        """A device answers a command that another device holds."""
        holder = data.draw(st.sampled_from(self.holders()), label="holder")
        others = [phone for phone in self.phones if phone is not holder]
        phone = data.draw(st.sampled_from(others), label="device")
        assert holder.holds is not None  # noqa: S101 - the precondition
        self.tell(f"{phone.name} answers {holder.holds.name}, which {holder.name} holds")
        stray = Response(
            status=CommandStatus.ACKNOWLEDGED,
            udid=phone.udid,
            command_uuid=holder.holds.command.command_uuid,
        )
        self.odd_message(phone, stray, "SRV16")
        holder.suspect = "SRV16" if holder.suspect == "SRV01" else holder.suspect

    def odd_message(self, phone: _Phone, message: Response, code: str) -> None:
        """Send what must change nothing; the server may refuse it, or answer as to Idle."""
        try:
            body = bytes(self.call("connect", phone.udid, dumps(message)) or b"")
        except Refused:
            self.tell("   the server refuses it")
            body = b""
        except Exception as error:
            self.fail(code, f"the server failed with {type(error).__name__}: {error!s:.200}")
        phone.suspect = code if phone.suspect == "SRV01" else phone.suspect
        if body:
            phone.holds = None
            self.judge(phone, body)

    def send_garbage(self, data: st.DataObject) -> None:
        """Send what no device says."""
        device = self.phones[data.draw(_PHONES, label="device")]
        garbage = data.draw(_GARBAGE, label="garbage")
        shown = f"{garbage[:30]!r}, {len(garbage)} bytes"
        self.tell(f"{device.name} sends garbage: {shown}")
        try:
            body = self.call("connect", device.udid, garbage)
        except Refused:
            for other in self.phones:
                other.suspect = "SRV14" if other.suspect == "SRV01" else other.suspect
            return
        except Exception as error:
            self.fail("SRV13", f"the server failed with {type(error).__name__}: {error!s:.200}")
        self.fail("SRV13", f"the server took it, and answered {bytes(body or b'')[:60]!r}")

    def restart(self, _: st.DataObject) -> None:
        """Stop and start the server."""
        self.tell("the server restarts")
        self.call("restart")
        for phone in self.phones:
            phone.suspect = "SRV11"
            for queued in phone.queue:
                queued.put_off = False  # all sessions have ended
            if phone.holds is not None:
                self.tell(f"   {phone.name} loses its connection")
                phone.holds = None

    def teardown(self) -> None:
        """Let every device fetch and acknowledge all that it is owed: nothing may be missing."""
        for phone in self.phones:
            for _ in range(len(phone.queue) + 1):
                if phone.owed and not self.failed:
                    self.begin(phone)
                    self.acknowledge_all(phone)

    def acknowledge_all(self, phone: _Phone) -> None:
        while phone.holds is not None:
            queued, phone.holds = phone.holds, None
            queued.done = CommandStatus.ACKNOWLEDGED
            self.tell(f"{phone.name} answers {queued.name} with Acknowledged")
            done = _answers(queued.command, phone.udid)[0]
            self.judge(phone, self.send(phone, done))


_OF_ITS_OWN = {"SRV11", "SRV14", "SRV15", "SRV16", "SRV17", "SRV18", "SRV19"}
"""Obligations by which a later fault is named, if that is what came before it."""


def _oddity(response: Response) -> str:
    """What an unprepared server might stumble over, as the story tells it."""
    if response.status != CommandStatus.ACKNOWLEDGED:
        return ""
    if isinstance(response, ScheduleOSUpdateResponse) and response.update_results is None:
        return " without UpdateResults"
    return " with failed items" if response.failed else ""


# -- running it ----------------------------------------------------------------------------------

_SETTINGS = settings(
    max_examples=100,
    stateful_step_count=25,
    deadline=None,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # a story explains itself
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@define
class _Session:
    """One run: how servers are made, and who their devices are."""

    make: Callable[[], Any]
    loop: asyncio.AbstractEventLoop

    def fresh_udid(self) -> str:
        """A device that no server has seen, since one may outlive an example."""
        return str(uuid.uuid4()).upper()

    def wait(self, value: Any) -> Any:
        """The value, or what the coroutine comes to."""
        return self.loop.run_until_complete(value) if inspect.isawaitable(value) else value


def check_server(
    make: Callable[[], Any], how: settings = _SETTINGS, *, seed: int | None = None
) -> None:
    """Drive servers through many sessions, and hold them to the obligations.

    Args:
        make: gives an adapter (see ``Server``) for each attempt; a server that keeps its queues
            from one to the next is fine, since the devices are new ones each time.
        how: hypothesis's settings: how many attempts (``max_examples``), how long each is
            (``stateful_step_count``).
        seed: with the same one, the same is tried again.

    Raises:
        ViolationError: an obligation is not kept; the story is as short as it could be made.
    """
    loop = asyncio.new_event_loop()
    session = _Session(make, loop)

    def machine() -> _Machine:
        return _Machine(session)

    if seed is not None:
        machine = seeded(seed)(machine)
    try:
        run_state_machine_as_test(machine, settings=how)  # type: ignore[arg-type]
    finally:
        loop.close()


class ServerConformance:
    """Derive a test class from it, and define ``server``; pytest does the rest."""

    settings = _SETTINGS
    """How thorough to be; hypothesis's settings."""

    def server(self) -> Any:
        """Give an adapter to a server (see ``Server``)."""
        raise NotImplementedError("define server(), which returns an adapter to your server")

    def test_server_conformance(self) -> None:
        """Hold the server to its obligations."""
        check_server(self.server, self.settings)


# -- devices -------------------------------------------------------------------------------------


def check_device(
    make: Callable[[], Callable[[bytes], bytes | None]],
    device: Device,
    how: settings = _SETTINGS,
) -> None:
    """Send commands to a device, and hold its answers to the obligations.

    Args:
        make: gives, for each attempt, a function that takes a command, a property list, and
            returns the answer; ``None``: none comes, which only a restart excuses.
        device: what the device is.
        how: hypothesis's settings.

    Raises:
        ViolationError: an obligation is not kept.
    """

    @how
    @given(st.data())
    def takes_commands(data: st.DataObject) -> None:
        handle = make()
        story: list[str] = []
        names: set[str] = set()
        for command in data.draw(st.lists(commands(device=device), min_size=1, max_size=6)):
            for again in range(data.draw(st.integers(1, 2))):
                story.append(f"it is sent {command}{' again' * again}")
                answer = handle(dumps(command))
                if answer is None and isinstance(command, ScheduleOSUpdateCommand):
                    continue  # it restarts
                code = "DEV08" if again else "DEV01"
                if answer is None:
                    raise ViolationError(code, "there is no answer", story)
                names.add(_hold_device(answer, command, device, story, code))
                if len(names) > 1:
                    raise ViolationError("DEV04", f"it calls itself {sorted(names)}", story)

    @how
    @given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1), plist_values())
    def refuses_others(name: str, value: Any) -> None:
        inner = {"RequestType": f"Not{name.capitalize()}", "Content": value}
        other = {"Command": inner, "CommandUUID": "1"}
        body = write(other, "xml", DEFAULT_LIMITS)
        _hold_refusal("DEV06", make()(body), [f"it is sent {inner['RequestType']}"])

    @how
    @given(_GARBAGE)
    def refuses_garbage(garbage: bytes) -> None:
        try:
            answer = make()(garbage)
        except Exception as error:
            story = [f"it is sent {garbage[:40]!r}"]
            raise ViolationError("DEV07", f"it fails with {error!r:.200}", story) from error
        if answer is not None:
            _hold_refusal("DEV07", answer, [f"it is sent {garbage[:40]!r}"])

    takes_commands()
    refuses_others()
    refuses_garbage()


def _hold_device(
    answer: bytes, command: Command, device: Device, story: list[str], code: str
) -> str:
    """Hold an answer to what a device owes; return how the device calls itself."""
    try:
        response = loads(answer, Response)
    except DecodeError as error:
        raise ViolationError(code, f"it answers {answer[:60]!r}: {error}", story) from None
    story.append(f"it answers {response.status}")
    if response.command_uuid != command.command_uuid:
        raise ViolationError("DEV02", f"the answer has {response.command_uuid!r}", story)
    if str(response.status) not in frozenset(CommandStatus) - {CommandStatus.IDLE}:
        raise ViolationError("DEV03", f"the Status is {response.status!r}", story)
    name = response.udid or response.enrollment_id
    if not name:
        raise ViolationError("DEV04", "the answer names none", story)
    errors = validate(answer, device, command=command).errors
    if errors:
        raise ViolationError("DEV05", f"{errors[0].path}: {errors[0].message}", story)
    return name


def _hold_refusal(code: str, answer: bytes | None, story: list[str]) -> None:
    refusals = (CommandStatus.ERROR, CommandStatus.COMMAND_FORMAT_ERROR, CommandStatus.NOT_NOW)
    try:
        status = loads(answer or b"", Response).status
    except DecodeError as error:
        raise ViolationError(code, f"it answers {answer!r:.60}: {error}", story) from None
    if status not in refusals:
        raise ViolationError(code, f"it answers {status}", story)


class DeviceConformance:
    """Derive a test class from it, and define ``handle`` and ``device``; pytest does the rest."""

    settings = _SETTINGS
    """How thorough to be; hypothesis's settings."""
    device: Device
    """What the device is."""

    def handle(self, command: bytes) -> bytes | None:
        """Take a command, and give the answer."""
        raise NotImplementedError("define handle(command), which returns your device's answer")

    def test_device_conformance(self) -> None:
        """Hold the device to its obligations."""
        check_device(lambda: self.handle, self.device, self.settings)
