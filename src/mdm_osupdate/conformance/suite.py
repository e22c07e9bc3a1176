"""A conformance suite for MDM servers, and one for device simulators.

A server is driven through an adapter of two methods by several simulated devices at once, in ever
new orders of events, and held to what the protocol obliges it to (``OBLIGATIONS``). A run that
fails names the obligation, and tells the shortest story that leads to it::

    from .suite import ServerConformance

    class TestMyServer(ServerConformance):
        def server(self):
            return MyAdapter()

The adapter has ``enqueue(udid, command)`` and ``connect(udid, message)``; both may be coroutines.
If the server enrols devices, it also has ``enrol(udid)``, and if it can be stopped and started
again, ``restart()``.
"""

import asyncio
import contextlib
import datetime as dt
import functools
import inspect
import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any, Literal, NoReturn, Protocol

import attrs
from attrs import define, field, frozen
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from mdm_osupdate.codec import DEFAULT_LIMITS, dumps, loads, parse, to_dict, write
from mdm_osupdate.device import Device
from mdm_osupdate.errors import DecodeError
from mdm_osupdate.messages import (
    ANSWER_TO,
    COMMANDS,
    AvailableOSUpdatesCommand,
    Command,
    CommandStatus,
    Response,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateScanCommand,
)
from mdm_osupdate.rules import RULES
from mdm_osupdate.strategies import Broken, _takes, commands, plist_values, rule_violations
from mdm_osupdate.validation import validate

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
    ("SRV03", "Commands arrive in the order in which they were queued, but for those put off by "
     "NotNow.", _FLOW),
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
    ("SRV15", "An answer to no command, or to one never sent, changes nothing.", _FLOW),
    ("SRV16", "An answer with the CommandUUID of another device's command changes nothing.", _FLOW),
    ("SRV17", "An answer that comes twice changes nothing the second time.", _FLOW),
    ("SRV18", "An answer with less in it than usual, or more, is taken as any other.", _DEVICE),
    ("SRV19", "An answer with an unknown Status does no harm.", _DEVICE),
    ("SRV20", "Each answer of the server is one command as a property list, or empty.", _FLOW),
    ("SRV21", "Enrolling, queueing a command and connecting do not fail.", _SENSE),
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


# -- what is queued, and how it is answered ------------------------------------------------------
# Tables, and not strategies: each row is there for a way in which servers spoil a message, a story
# names the row, and a smaller number is a plainer one.

_PLAIN: tuple[dict[str, Any], ...] = (
    {"RequestType": "AvailableOSUpdates"},
    {"RequestType": "OSUpdateStatus"},
    {"RequestType": "ScheduleOSUpdateScan", "Force": True},
    {
        "RequestType": "ScheduleOSUpdate",
        "Updates": [{"InstallAction": "Default", "ProductVersion": "17.4.1"}],
    },
)


def _with(**keys: Any) -> dict[str, Any]:
    return {"Command": {"RequestType": "AvailableOSUpdates", **keys}}


_ODD: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "with True and False": _with(VendorYes=True, VendorNo=False),
        "with integers": _with(VendorNumbers=[0, 1, 2**40, 2**64 - 1]),
        "with a negative integer": _with(VendorNumber=-(2**63)),
        "with reals": _with(VendorReals=[0.5, 3.0]),
        "with a date": _with(VendorDate=dt.datetime(2026, 3, 2, 9)),  # noqa: DTZ001 - as plists
        "with data": _with(VendorData=b"\x00\xff"),
        "with text beyond ASCII": _with(VendorText="é <&> 更新"),
        "with white space around text": _with(VendorText=" a\n"),
        "with empty text": _with(VendorText=""),
        "with an empty array and dictionary": _with(VendorArray=[], VendorDictionary={}),
        "with an unknown key in the envelope": {**_with(), "VendorKey": "kept"},
        "with RequestRequiresNetworkTether": {**_with(), "RequestRequiresNetworkTether": False},
        "with two items": {
            "Command": {
                "RequestType": "ScheduleOSUpdate",
                "Updates": [
                    {
                        "InstallAction": "InstallLater",
                        "ProductKey": "MSU_UPDATE_23E224_patch_14.4.1",
                        "MaxUserDeferrals": 3,
                        "Priority": "High",
                        "VendorDetail": {"Names": ["a", "b"]},
                    },
                    {"InstallAction": "DownloadOnly", "ProductKey": "_MACOS_14.7.3"},
                ],
            }
        },
        "of 70 KB": _with(VendorText="a" * 70_000),
    }
)

_USUAL: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "AvailableOSUpdates": {"AvailableOSUpdates": []},
        "OSUpdateStatus": {"OSUpdateStatus": []},
        "ScheduleOSUpdateScan": {"ScanInitiated": True},
        "ScheduleOSUpdate": {
            "UpdateResults": [{"InstallAction": "InstallASAP", "Status": "Installing"}]
        },
    }
)
_CHAIN = [{"ErrorCode": 12008, "ErrorDomain": "MCMDMErrorDomain"}]
_OF_KIND: Mapping[str, dict[str, dict[str, Any]]] = MappingProxyType(
    {
        "AvailableOSUpdates": {
            "with an item that has few keys": {
                "AvailableOSUpdates": [{"ProductKey": "iOSUpdate21E236", "Version": "17.4.1"}]
            },
            "without AvailableOSUpdates": {},
        },
        "OSUpdateStatus": {
            "with an item": {
                "OSUpdateStatus": [
                    {"ProductKey": "", "DownloadPercentComplete": 1.0, "Status": "Idle"}
                ]
            },
            "without OSUpdateStatus": {},
        },
        "ScheduleOSUpdateScan": {"without ScanInitiated": {}},
        "ScheduleOSUpdate": {
            "without UpdateResults": {},
            "with empty UpdateResults": {"UpdateResults": []},
            "with failed items": {
                "UpdateResults": [
                    {"InstallAction": "Error", "Status": "DownloadFailed", "ErrorChain": _CHAIN}
                ]
            },
        },
    }
)
_STATUSES = ("Acknowledged", "NotNow", "Error", "CommandFormatError")


@frozen
class _Answer:
    """What a device says of a command."""

    status: str
    keys: Mapping[str, Any] = MappingProxyType({})
    how: str = ""
    """What is unusual about it, as the story tells it."""
    fmt: Literal["xml", "binary"] = "xml"

    def body(self, udid: str, command_uuid: str | None) -> bytes:
        named = {} if command_uuid is None else {"CommandUUID": command_uuid}
        said = {"Status": self.status, "UDID": udid, **named, **self.keys}
        return write(said, self.fmt, DEFAULT_LIMITS)


def _answer(request_type: str, status: str) -> _Answer:
    """The usual answer of that status."""
    keys = {"Acknowledged": _USUAL[request_type], "Error": {"ErrorChain": _CHAIN}}
    return _Answer(status, keys.get(status, {}))


def _odd_answers(request_type: str) -> list[_Answer]:
    """Answers that a server may stumble over."""
    usual = _USUAL[request_type]
    return [
        *(_Answer("Acknowledged", keys, how) for how, keys in _OF_KIND[request_type].items()),
        _Answer("Error", {}, "without an ErrorChain"),
        _Answer(
            "Acknowledged", {**usual, "VendorKey": {"Names": ["a"]}, "State": 1}, "and unknown keys"
        ),
        _Answer("Acknowledged", usual, "in binary", "binary"),
    ]


@frozen
class _Garbage:
    """What no device says."""

    what: str
    body: Callable[[str], bytes]
    may_be_taken: bool = False
    """By servers that do not look; what they may not do is fail."""


def _message(inner: str) -> Callable[[str], bytes]:
    def body(udid: str) -> bytes:
        return f"<plist><dict><key>UDID</key><string>{udid}</string>{inner}</dict></plist>".encode()

    return body


def _always(body: bytes) -> Callable[[str], bytes]:
    return lambda _: body


_STATUS = "<key>Status</key><string>Idle</string>"
_DEEP = 2_000
_FAR_TOO_LARGE = 2**22
_ENTITY = b'<!DOCTYPE plist [<!ENTITY a "Idle">]>'
_GARBAGE = (
    _Garbage("what is no property list", _always(b"not a property list")),
    _Garbage("nothing at all, not even Idle", _always(b"")),
    _Garbage("the beginning of a message", lambda udid: _message(_STATUS)(udid)[:-30]),
    _Garbage("a damaged binary property list", _always(b"bplist00" + b"\xff" * 40)),
    _Garbage("a property list that is an array", _always(b"<plist><array/></plist>")),
    _Garbage("a key without a value", _message("<key>Status</key>")),
    _Garbage("a Status that is an array", _message("<key>Status</key><array/>")),
    _Garbage(
        "a CommandUUID that is a dictionary",
        _message("<key>Status</key><string>Error</string><key>CommandUUID</key><dict/>"),
    ),
    _Garbage(
        "a Status that is an entity",
        lambda udid: _ENTITY + _message("<key>Status</key><string>&a;</string>")(udid),
    ),
    _Garbage(
        f"{_DEEP} arrays inside each other",
        _message(f"{_STATUS}<key>a</key>{'<array>' * _DEEP}{'</array>' * _DEEP}"),
        may_be_taken=True,
    ),
    _Garbage(
        f"a message of {_FAR_TOO_LARGE} bytes",
        lambda udid: _message(f"{_STATUS}<key>a</key><string>{'a' * _FAR_TOO_LARGE}</string>")(
            udid
        ),
    ),
)

# -- what is known of the queues -----------------------------------------------------------------


@define(eq=False)
class _Queued:
    """A command in a queue, as far as the protocol tells what must become of it."""

    name: str
    """What the story calls it."""
    document: dict[str, Any]
    done: str | None = None
    """With what it was answered for good."""
    deferrals: bool = False
    """Whether it was answered with NotNow in this session."""
    deferred: bool = False
    """Whether it ever was: then nobody says when, and in which order, it comes again."""
    open: bool = False
    """Whether it was answered in a way that nobody defined: it may come again, or not."""

    @property
    def uuid(self) -> str:
        return str(self.document["CommandUUID"])

    @property
    def request_type(self) -> str:
        return str(self.document["Command"]["RequestType"])


@define(eq=False)
class _Phone:
    """A simulated device, and what its server owes it."""

    udid: str
    name: str
    queue: list[_Queued] = field(factory=list)
    last: tuple[_Queued, bytes] | None = None
    """The last answer that it has sent."""
    holds: _Queued | None = None
    """The command that it has been given and has not answered."""
    suspect: str | None = None
    """Which obligation is broken if something is wrong now, for what came before."""
    settled: bool = True
    """Whether a command has come since: if the device vanishes with it, that is what counts."""
    waited: int = 0
    """For how many sessions nothing has come but deferred commands are owed."""

    @property
    def owed(self) -> list[_Queued]:
        """What must still come, in order."""
        return [queued for queued in self.queue if queued.done is None and not queued.open]

    @property
    def due(self) -> list[_Queued]:
        """What must come in this order."""
        return [queued for queued in self.owed if not queued.deferred]

    def has(self, uuid: str) -> _Queued | None:
        return next((queued for queued in self.queue if queued.uuid == uuid), None)

    def end_session(self) -> None:
        for queued in self.queue:
            queued.deferrals = False


_DONE = {"Acknowledged": "SRV05", "Error": "SRV06", "CommandFormatError": "SRV07"}
_NAMES = ("iPad A", "iPad B", "Mac C")
_SESSIONS = 3
"""How many sessions a server may let pass before it sends a deferred command again."""
_MOST_OF_ITS_OWN = 50
"""How many commands of its own a server may send in one session."""
_NEEDED = {"enqueue": "enqueue(udid, command)", "connect": "connect(udid, message)"}


_Event = tuple[int, int, int, int]
"""What happens, and which of those that there are: a kind and three numbers."""


class _Wrong(Exception):  # noqa: N818 - what goes on inside
    """Something is wrong; the same symptom may break another obligation in a shorter story."""

    def __init__(self, symptom: str, violation: ViolationError) -> None:
        self.symptom = symptom
        self.violation = violation


class _Machine:
    """Several devices and one server, in any order of events.

    An event is a kind and three numbers, which it takes modulo what there is to choose from; one
    for which there is nothing is passed over. So any list of events can be played, and any part
    of it, too.
    """

    def __init__(self, session: "_Session") -> None:
        self.session = session
        self.server: Any = session.make()
        for method, wanted in _NEEDED.items():
            if not callable(getattr(self.server, method, None)):
                kind = type(self.server).__name__
                raise TypeError(f"an adapter has {wanted}, and {kind} has not")
        self.story: list[str] = []
        self.phones = [_Phone(str(uuid.uuid4()).upper(), name) for name in _NAMES]
        self.count = 0

    def play(self, events: Iterable[_Event]) -> None:
        """Let the events happen, and each device then fetch what it is owed."""
        self.enrol()
        for kind, *numbers in events:
            _KINDS[kind](self, *numbers)
        for phone in self.phones:
            if phone.owed and phone.holds is None:
                self.begin(phone)
        for phone in self.phones:
            self.drain(phone)

    # -- the server, and how it is told -----------------------------------------------------------

    def call(self, method: str, *arguments: Any) -> Any:
        return self.session.wait(getattr(self.server, method)(*arguments))

    def say(self, phone: _Phone, message: bytes, code: str) -> bytes | None:
        """Connect with a message; ``code`` is at stake. ``None``: it is refused."""
        try:
            body = self.call("connect", phone.udid, message)
        except Refused:
            self.tell("   the server refuses it")
            return None
        except Exception as error:
            self.blame("failure", code, f"the server failed with {_shown(error)}")
            return b""
        if not isinstance(body, bytes | bytearray | memoryview | None):
            raise TypeError(f"connect() returns bytes or None, not {type(body).__name__}")
        return bytes(body or b"")

    def blame(self, symptom: str, code: str, what: str) -> None:
        """Tell that an obligation is broken, unless that does not matter."""
        if code not in self.session.ignore:
            raise _Wrong(symptom, ViolationError(code, what, self.story))

    def tell(self, line: str) -> None:
        self.story.append(line)

    def tried(self, *codes: str) -> None:
        self.session.tried.update(codes)

    def suspect(self, code: str, *phones: _Phone) -> None:
        """What goes wrong with these from now on, goes wrong because of this."""
        self.tried(code)
        for phone in phones:
            phone.suspect, phone.settled = code, False

    # -- what must hold of what the server answers ------------------------------------------------

    def exchange(self, phone: _Phone, message: bytes, code: str, *, idle: bool = False) -> None:
        """Say what any server must take, and hold the answer to what is owed."""
        body = self.say(phone, message, code)
        if body is None:
            self.blame("failure", code, "the server refused it")
        self.hear(phone, body or b"", idle=idle)

    def hear(self, phone: _Phone, body: bytes, *, idle: bool = False) -> None:
        """Hold the server's answer to what it owes the device; acknowledge its own commands."""
        for _ in range(_MOST_OF_ITS_OWN):
            if not body:
                return self.hear_nothing(phone, idle)
            document = self.read(phone, body)
            if document is None:
                return None
            queued = self.find(phone, document)
            if queued is not None:
                return self.receive(phone, queued, document)
            self.tell(f"   the server sends {phone.name} a command of its own")
            message = _Answer("Acknowledged").body(phone.udid, document["CommandUUID"])
            body, idle = self.say(phone, message, phone.suspect or "SRV21") or b"", False
        return self.blame("own", "SRV12", "the server's own commands do not end")

    def hear_nothing(self, phone: _Phone, idle: bool) -> None:
        self.tell(f"   the server has nothing for {phone.name}")
        if not idle:
            return  # a server may end a session early; the next one must go on
        if not phone.owed:
            self.tried("SRV12")
        elif phone.due:
            self.miss(phone, phone.due[0])
        else:
            phone.waited += 1
            if phone.waited == _SESSIONS:
                self.miss(phone, phone.owed[0])

    def miss(self, phone: _Phone, queued: _Queued) -> None:
        usual = "SRV08" if queued.deferred else "SRV01"
        self.blame("delivery", phone.suspect or usual, f"{queued.name} does not come")

    def read(self, phone: _Phone, body: bytes) -> dict[str, Any] | None:
        """Read a command, which may have anything in it but its name and its content."""
        code = "SRV20" if phone.owed else "SRV12"
        try:
            document: Any = parse(body, DEFAULT_LIMITS)
        except DecodeError as error:
            self.blame("no command", code, f"the server sent {body[:60]!r}: {error!s:.200}")
            return None
        match document:
            case {"CommandUUID": str(), "Command": {"RequestType": str()}}:
                return dict(document)
        self.blame("no command", code, f"the server sent what is no command: {body[:200]!r}")
        return None

    def find(self, phone: _Phone, document: dict[str, Any]) -> _Queued | None:
        """The command in the device's queue; ``None`` if it is one of the server's own."""
        name = document["CommandUUID"]
        if (queued := phone.has(name)) is not None:
            return queued
        for other in self.phones:
            if (queued := other.has(name)) is not None:
                what = f"{phone.name} was sent {queued.name} of {other.name}"
                self.blame("foreign", "SRV04", what)
        if document["Command"]["RequestType"] in _USUAL:
            self.blame("changed", "SRV02", f"nobody queued a command {name!r:.200}")
        return None

    def receive(self, phone: _Phone, queued: _Queued, document: dict[str, Any]) -> None:
        self.tell(f"   the server sends {phone.name} {queued.name}")
        self.tried("SRV01", "SRV02", "SRV04", "SRV20")
        self.hold_to_order(phone, queued)
        if difference := _difference(queued.document, document):
            self.blame("changed", "SRV02", f"in {queued.name}, {difference}")
        phone.holds, phone.waited, phone.settled = queued, 0, True

    def hold_to_order(self, phone: _Phone, queued: _Queued) -> None:
        if queued.done is not None:
            code = phone.suspect or _DONE[queued.done]
            what = f"{queued.name} was answered with {queued.done}, and comes again"
            self.blame("again", code, what)
        if queued.deferrals:
            what = f"{queued.name} comes again in the session of its NotNow"
            self.blame("again at once", "SRV09", what)
        due = phone.due
        if len(due) > 1:
            self.tried("SRV03")
        if queued in due[1:]:
            code = phone.suspect or "SRV03"
            self.blame("delivery", code, f"{queued.name} comes before {due[0].name}")

    # -- what happens -----------------------------------------------------------------------------

    def enrol(self) -> None:
        self.tried("SRV21")
        if callable(getattr(self.server, "enrol", None)):
            for phone in self.phones:
                self.guarded("SRV21", "enrol", phone.udid)

    def guarded(self, code: str, method: str, *arguments: Any) -> None:
        """Call what no server may fail in."""
        try:
            self.call(method, *arguments)
        except Exception as error:
            self.blame("failure", code, f"{method}() failed with {_shown(error)}")

    def queue(self, device: int, which: int, name: int) -> None:
        """Queue a command as there are many."""
        command = _PLAIN[which % len(_PLAIN)]
        self.enqueue(device, command["RequestType"], {"Command": command}, name)

    def queue_oddly(self, device: int, which: int, name: int) -> None:
        """Queue a command with something in it that a server may spoil."""
        how = list(_ODD)[which % len(_ODD)]
        command = _ODD[how]
        self.enqueue(device, f"{command['Command']['RequestType']} {how}", command, name)

    def enqueue(self, device: int, what: str, command: dict[str, Any], name: int) -> None:
        self.count += 1
        phone = self.phones[device % len(self.phones)]
        shared = self.shared(phone) if name % 8 == 3 else None
        document = {**command, "CommandUUID": shared or _uuid(name)}
        queued = _Queued(f"command {self.count} ({what})", document)
        also = ", under the CommandUUID of another device's" if shared else ""
        self.tell(f"{queued.name} is queued for {phone.name}{also}")
        body = write(document, "xml", DEFAULT_LIMITS)
        if shared is None:
            self.guarded(phone.suspect or "SRV21", "enqueue", phone.udid, body)
        else:
            try:
                self.call("enqueue", phone.udid, body)
            except Exception:
                return self.tell("   the server refuses it")  # as it may, if it says so
        phone.queue.append(queued)
        return None

    def shared(self, phone: _Phone) -> str | None:
        """A CommandUUID that other devices have, and this one has not."""
        names = [queued.uuid for other in self.phones for queued in other.queue]
        return next((name for name in reversed(names) if phone.has(name) is None), None)

    def connect(self, device: int, *_: int) -> None:
        """Wake a device: one for which there is something, more often than not."""
        owed = [phone for phone in self.phones if phone.owed and device % 4]
        self.begin(self.nearest(device, owed or self.phones))

    def nearest(self, device: int, among: list[_Phone]) -> _Phone:
        """The device of that number or, if it is not among these, the next one that is.

        So an event keeps its device when others are left out.
        """
        count = len(self.phones)
        return min(among, key=lambda phone: (self.phones.index(phone) - device) % count)

    def begin(self, phone: _Phone) -> None:
        """Begin a session: the device has been woken, and is idle."""
        if phone.holds is not None:
            self.tell(f"{phone.name} vanishes with {phone.holds.name} unanswered")
            self.tried("SRV10")
            if phone.settled:
                self.suspect("SRV10", phone)
            phone.holds = None
        if phone.owed != phone.due:
            self.tried("SRV08")
        phone.end_session()
        self.tell(f"{phone.name} connects, idle")
        idle = _Answer("Idle").body(phone.udid, None)
        self.exchange(phone, idle, phone.suspect or "SRV21", idle=True)

    def answer(self, device: int, how: int, *_: int) -> None:
        """Answer a command as most are."""
        for phone, queued in self.held(device):
            # NotNow more often than others, since a command can have it many times.
            status = (*_STATUSES, "NotNow")[how % 5]
            self.reply(phone, queued, _answer(queued.request_type, status))

    def answer_oddly(self, device: int, how: int, *_: int) -> None:
        """Answer a command with more, or less, than most have."""
        for phone, queued in self.held(device):
            answers = _odd_answers(queued.request_type)
            self.suspect("SRV18", phone)
            self.reply(phone, queued, answers[how % len(answers)])

    def held(self, device: int) -> Iterator[tuple[_Phone, _Queued]]:
        """One of the devices that hold a command, if any does."""
        holders = [phone for phone in self.phones if phone.holds is not None]
        for phone in [self.nearest(device, holders)] if holders else []:
            assert phone.holds is not None  # noqa: S101 - for the type checkers
            yield phone, phone.holds

    def reply(self, phone: _Phone, queued: _Queued, answer: _Answer) -> None:
        how = f" {answer.how}" * bool(answer.how)
        self.tell(f"{phone.name} answers {queued.name} with {answer.status}{how}")
        body = answer.body(phone.udid, queued.uuid)
        phone.holds, phone.last = None, (queued, body)
        if answer.status == "NotNow":
            queued.deferrals = queued.deferred = True
            self.tried("SRV09")
        else:
            queued.done = answer.status
            self.tried(_DONE[answer.status])
        others = [other for other in self.phones if other is not phone and other.has(queued.uuid)]
        self.exchange(phone, body, phone.suspect or "SRV21")
        if others:
            self.suspect("SRV16", *others)

    def acknowledge(self, phone: _Phone) -> None:
        for _ in phone.queue:  # no more, even if a command comes again, and may
            if (queued := phone.holds) is not None:
                self.reply(phone, queued, _answer(queued.request_type, "Acknowledged"))

    def drain(self, phone: _Phone) -> None:
        """Let a device fetch and acknowledge all that it is owed, and then find nothing more."""
        self.acknowledge(phone)
        for _ in range(len(phone.queue) + _SESSIONS):
            if phone.owed:
                self.begin(phone)
                self.acknowledge(phone)
        if phone.owed:
            self.miss(phone, phone.owed[0])
        elif phone.queue:
            self.begin(phone)

    # -- what devices should not do, or do seldom -------------------------------------------------

    def unknown_status(self, device: int, which: int, *_: int) -> None:
        """What becomes of the command is not said; that the server lives on is."""
        word = ("Sleeping", "acknowledged", "")[which % 3]
        for phone, queued in self.held(device):
            self.tell(f"{phone.name} answers {queued.name} with the unknown Status {word!r}")
            queued.open, phone.holds = True, None
            self.odd_message(phone, _Answer(word).body(phone.udid, queued.uuid), "SRV19")

    def stray(self, device: int, how: int, which: int) -> None:
        """An answer with a CommandUUID that no command has, or with none."""
        phone = self.phones[device % len(self.phones)]
        answer = _answer("ScheduleOSUpdate", _STATUSES[how % 4])
        name = (_uuid(0), None)[which % 2]
        what = "without a CommandUUID" if name is None else "a command that was never sent"
        self.tell(f"{phone.name} answers {what}, with {answer.status}")
        self.odd_message(phone, answer.body(phone.udid, name), "SRV15")

    def for_another(self, device: int, how: int, which: int) -> None:
        """A device answers a command of another device's queue."""
        phone = self.phones[device % len(self.phones)]
        foreign = [
            (queued, other)
            for other in self.phones
            for queued in other.owed
            if phone.has(queued.uuid) is None
        ]
        if not foreign:
            return
        queued, owner = foreign[which % len(foreign)]
        answer = _answer(queued.request_type, _STATUSES[how % 4])
        self.tell(f"{phone.name} answers {queued.name} of {owner.name} with {answer.status}")
        self.odd_message(phone, answer.body(phone.udid, queued.uuid), "SRV16")
        self.suspect("SRV16", owner)

    def twice(self, device: int, *_: int) -> None:
        """The connection broke after an answer, and the device sends it again."""
        for phone in [self.phones[device % len(self.phones)]]:
            if phone.last is not None and phone.last[0] is not phone.holds:
                queued, body = phone.last
                self.tell(f"{phone.name} sends its last answer, to {queued.name}, again")
                self.odd_message(phone, body, "SRV17")

    def odd_message(self, phone: _Phone, message: bytes, code: str) -> None:
        """Send what must change nothing; the server may refuse it, or answer as to Idle."""
        phone.end_session()  # as a server may see it
        body = self.say(phone, message, code)
        self.suspect(code, phone)
        if body:
            phone.holds = None
            self.hear(phone, body)

    def garbage(self, device: int, which: int, *_: int) -> None:
        """Send what no device says."""
        phone = self.phones[device % len(self.phones)]
        garbage = _GARBAGE[which % len(_GARBAGE)]
        self.tell(f"{phone.name} sends {garbage.what}")
        self.tried("SRV13")
        phone.end_session()
        body = self.say(phone, garbage.body(phone.udid), "SRV13")
        if body is not None and not garbage.may_be_taken:
            self.blame("taken", "SRV13", f"the server took it, and answered {body[:60]!r}")
        if body:
            phone.holds = None
            self.hear(phone, body)
        self.suspect("SRV14", *self.phones)

    def restart(self, *_: int) -> None:
        """Stop and start the server; what a device holds it answers, or vanishes with, later."""
        if callable(getattr(self.server, "restart", None)):
            self.tell("the server restarts")
            self.guarded("SRV11", "restart")
            self.suspect("SRV11", *self.phones)
            for phone in self.phones:
                phone.end_session()


def _uuid(form: int) -> str:
    """A new CommandUUID, in one of the forms that servers choose."""
    new = uuid.uuid4()
    return (str(new).upper(), str(new), f"update_{new.hex}")[form % 3]


def _shown(error: Exception) -> str:
    return f"{type(error).__name__}: {error!s:.200}"


def _difference(was: Any, came: Any, path: str = "") -> str:
    """Where two values are not the same, type by type; empty if they are."""
    if type(was) is not type(came):
        kinds = f"{type(came).__name__}, and was {type(was).__name__}"
        return f"{path} came as {came!r:.60} ({kinds})"
    if isinstance(was, list) and len(was) == len(came):
        pairs = zip(was, came, strict=True)
        inner = [_difference(*pair, f"{path}[{index}]") for index, pair in enumerate(pairs)]
        return next(filter(None, inner), "")
    if isinstance(was, dict):
        if changed := was.keys() ^ came.keys():
            key = min(changed)
            return f"{path or 'the envelope'} {'lacks' if key in was else 'also has'} {key}"
        inner = [_difference(was[key], came[key], f"{path}.{key}".strip(".")) for key in was]
        return next(filter(None, inner), "")
    return "" if was == came else f"{path} came as {came!r:.60}, and was {was!r:.60}"


# The plainer ones first: a story is made plainer by smaller numbers.
_KINDS: tuple[Callable[..., None], ...] = (
    _Machine.queue,
    _Machine.connect,
    _Machine.answer,
    _Machine.queue_oddly,
    _Machine.answer_oddly,
    _Machine.unknown_status,
    _Machine.stray,
    _Machine.for_another,
    _Machine.twice,
    _Machine.garbage,
    _Machine.restart,
)
_HOW_OFTEN = (6, 6, 10, 3, 4, 1, 2, 2, 2, 2, 2)


def _lists_of_events(length: int) -> st.SearchStrategy[list[_Event]]:
    """Any events, from a seed: what hypothesis draws one by one it likes to draw again."""

    def events(seed: int) -> list[_Event]:
        random = Random(seed)  # noqa: S311
        kinds = random.choices(range(len(_KINDS)), _HOW_OFTEN, k=length)
        number = functools.partial(random.randrange, 60)
        return [(kind, number(), number(), number()) for kind in kinds]

    return st.integers(0, 2**64 - 1).map(events)


# -- running it ----------------------------------------------------------------------------------

_SETTINGS = settings(
    max_examples=100,
    stateful_step_count=25,
    deadline=None,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a story is shortened below
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_MOST_PLAYS = 1000
"""How often a story is told anew to make it shorter, since a server may be slow."""


@define
class _Session:
    """One run: how servers are made, and what has come of it."""

    make: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    ignore: frozenset[str] = frozenset()
    tried: set[str] = field(factory=set)

    def wait(self, value: Any) -> Any:
        """The value, or what the coroutine comes to."""
        return self.loop.run_until_complete(value) if inspect.isawaitable(value) else value

    def play(self, events: Sequence[_Event]) -> _Wrong | None:
        """Let events happen to a new server; tell what is wrong with it."""
        try:
            _Machine(self).play(events)
        except _Wrong as wrong:
            return wrong
        return None


@define
class _Story:
    """Events after which something is wrong, made fewer and plainer while the same is.

    Hypothesis would do so, too, but it tries ten times as much, and gives up a server that is not
    wrong each time.
    """

    session: _Session
    events: list[_Event]
    wrong: _Wrong
    plays: int = 0

    def shorten(self) -> ViolationError:
        before = None
        while before != self.events and self.plays < _MOST_PLAYS:
            before = self.events
            for size in (8, 4, 2, 1):
                self.leave_out(size)
            self.leave_out_two()
            self.name_others()
            self.make_plain()
        return self.wrong.violation

    def leave_out(self, size: int) -> None:
        start = 0
        while start < len(self.events):
            if not self.still(self.events[:start] + self.events[start + size :]):
                start += size

    def leave_out_two(self) -> None:
        """A command and its answer, say, of which neither can be left out alone."""
        for one, two in itertools.combinations(range(len(self.events)), 2):
            events = self.events[:one] + self.events[one + 1 : two] + self.events[two + 1 :]
            if self.still(events):
                return

    def name_others(self) -> None:
        """Let it happen to the first device, or the second, if it can happen to any."""
        for shift in range(1, len(_NAMES)):
            others = [(kind, (d - shift) % len(_NAMES), w, n) for kind, d, w, n in self.events]
            if others < self.events:
                self.still(others)

    def make_plain(self) -> None:
        for index in range(len(self.events)):
            for place in range(4):
                before = self.events
                for event in _plainer(before[index], place):
                    if self.still([*before[:index], event, *before[index + 1 :]]):
                        break

    def still(self, events: list[_Event]) -> bool:
        """Take these events instead, if the same is wrong after them."""
        self.plays += 1
        wrong = self.session.play(events) if self.plays < _MOST_PLAYS else None
        if wrong is None or wrong.symptom != self.wrong.symptom:
            return False
        self.events, self.wrong = events, wrong
        return True


def _plainer(event: _Event, place: int) -> Iterator[_Event]:
    """Make one of the numbers smaller; what another kind of event takes may be another number."""
    kind, device, which, name = event
    if place == 0:
        yield from itertools.product(range(kind), [device], [which, *range(4)], [name])
    elif place == 1:
        yield from ((kind, number, which, name) for number in range(device))
    elif place == 2:
        yield from ((kind, device, number, name) for number in range(which))
    else:
        yield from ((kind, device, which, number) for number in range(name))


def _run(
    attempt: Callable[[Any], None],
    how: settings,
    drawn: st.SearchStrategy[Any],
    seed: int | None = None,
) -> None:
    """Let hypothesis try, and raise what went wrong as it was.

    What is wrong only now and then would make hypothesis complain of the test, and what it adds to
    an error is of no use to who reads a story.
    """
    wrong: list[Exception] = []

    def guarded(value: Any) -> None:
        try:
            attempt(value)
        except Exception as error:
            wrong.append(error)
            raise _Stop from None

    test = given(drawn)(guarded)
    test = settings(how, deadline=None)(test if seed is None else seeded(seed)(test))
    with contextlib.suppress(_Stop, Flaky):
        test()
    if wrong:
        raise wrong[-1]


class _Stop(Exception):  # noqa: N818 - what goes on inside
    """Something went wrong, and is known."""


def check_server(
    make: Callable[[], Any],
    how: settings = _SETTINGS,
    *,
    seed: int | None = None,
    ignore: Iterable[str] = (),
) -> frozenset[str]:
    """Drive servers through many sessions, and hold them to the obligations.

    Args:
        make: gives an adapter (see ``Server``) for each attempt; a server that keeps its queues
            from one to the next is fine, since the devices are new ones each time.
        how: hypothesis's settings: how many attempts (``max_examples``), how long each is
            (``stateful_step_count``).
        seed: with the same one, the same is tried again.
        ignore: codes of obligations that the server need not keep.

    Returns:
        The codes of the obligations that were put to the test.

    Raises:
        ViolationError: an obligation is not kept; the story is as short as it could be made.
        TypeError: the adapter lacks a method, or returns what is no answer.
        ValueError: a code to ignore is none.
    """
    ignore = frozenset(ignore)
    if unknown := ignore - OBLIGATIONS.keys():
        raise ValueError(f"there is no obligation {min(unknown)}")
    loop = asyncio.new_event_loop()
    session = _Session(make, loop, ignore)
    told: list[ViolationError] = []

    def attempt(events: list[_Event]) -> None:
        if not told and (wrong := session.play(events)):
            told.append(_Story(session, events, wrong).shorten())
        if told:
            raise told[0]

    try:
        _run(attempt, how, _lists_of_events(how.stateful_step_count), seed)
    finally:
        loop.close()
    return frozenset(session.tried) - session.ignore


class ServerConformance:
    """Derive a test class from it, and define ``server``; pytest does the rest."""

    settings = _SETTINGS
    """How thorough to be; hypothesis's settings."""
    ignore: Iterable[str] = ()
    """Codes of obligations that the server need not keep."""

    def server(self) -> Any:
        """Give an adapter to a server (see ``Server``)."""
        raise NotImplementedError("define server(), which returns an adapter to your server")

    def test_server_conformance(self) -> None:
        """Hold the server to its obligations."""
        check_server(self.server, self.settings, ignore=self.ignore)


# -- devices -------------------------------------------------------------------------------------

_SHRINKING = settings(_SETTINGS, phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink])
_REFUSALS = frozenset({"Error", "CommandFormatError", "NotNow"})


@define
class _Examined:
    """A device that is sent commands, and what has come of it."""

    handle: Callable[[bytes], bytes | None]
    device: Device
    story: list[str] = field(factory=list)
    name: str | None = None
    """How it calls itself."""

    def fail(self, code: str, what: str) -> NoReturn:
        raise ViolationError(code, what, self.story)

    def send(
        self, what: str, body: bytes, code: str, kind: type[Response] = Response
    ) -> Response | None:
        """Send something; ``code`` is at stake if the device fails, or answers rubbish."""
        self.story.append(f"it is sent {what}")
        try:
            answer = self.handle(body)
        except Exception as error:
            self.fail(code, f"it fails with {_shown(error)}")
        if answer is None:
            return None
        try:
            response = loads(answer, kind)
        except (DecodeError, TypeError) as error:
            self.fail(code, f"it answers {answer[:60]!r}: {error!s:.200}")
        self.story.append(f"it answers {response.status}")
        return response

    def hold(self, response: Response, command_uuid: str | None) -> None:
        """Hold an answer to what any answer owes."""
        if response.command_uuid != command_uuid:
            self.fail("DEV02", f"the answer has {response.command_uuid!r}")
        if str(response.status) not in frozenset(CommandStatus) - {CommandStatus.IDLE}:
            self.fail("DEV03", f"the Status is {response.status!r}")
        name = response.udid or response.enrollment_id
        if not name:
            self.fail("DEV04", "the answer names none")
        if self.name not in (None, name):
            self.fail("DEV04", f"it calls itself {name!r}, and was {self.name!r}")
        self.name = name

    def take(self, command: Command, code: str) -> Response | None:
        """Send a command that the device takes."""
        again = " again" * (code == "DEV08")
        kind = ANSWER_TO[command.request_type]
        response = self.send(f"{command}{again}", dumps(command), code, kind)
        if response is None:
            if isinstance(command, ScheduleOSUpdateCommand):
                return None  # it restarts
            self.fail(code, "there is no answer")
        self.hold(response, command.command_uuid)
        errors = validate(response, self.device, command=command).errors
        if errors:
            self.fail("DEV05", f"{errors[0].path}: {errors[0].message}")
        return response

    def refuse(self, request_type: str, content: Mapping[str, Any]) -> None:
        """Send a command that the device does not take."""
        document = {"CommandUUID": "1", "Command": {**content, "RequestType": request_type}}
        response = self.send(request_type, write(document, "xml", DEFAULT_LIMITS), "DEV06")
        if response is None:
            self.fail("DEV06", "there is no answer")
        self.hold(response, "1")
        if response.status not in _REFUSALS:
            self.fail("DEV06", f"it answers {response.status}")

    def offered(self) -> list[str]:
        """The product keys that the device lists; one that takes any command can be asked."""
        if _takes(self.device, ScheduleOSUpdateScanCommand):  # without which Macs list nothing
            self.take(ScheduleOSUpdateScanCommand(command_uuid="scan"), "DEV01")
        response = self.take(AvailableOSUpdatesCommand(command_uuid="list"), "DEV01")
        items = getattr(response, "available_os_updates", None) or ()
        return [item.product_key for item in items if item.product_key]


def check_device(
    make: Callable[[], Callable[[bytes], bytes | None]],
    device: Device,
    how: settings = _SHRINKING,
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
    taken = [kind for kind in COMMANDS if _takes(device, kind)]
    others = [kind for kind in COMMANDS if kind not in taken]

    def takes_commands(drawn: list[tuple[Command, int, bool]]) -> None:
        examined = _Examined(make(), device)
        offered = examined.offered()
        for command, which, again in drawn:
            named = _with_product(command, offered, which)
            for code in ["DEV01", "DEV08"] if again else ["DEV01"]:
                examined.take(named, code)

    def refuses_others(drawn: tuple[str, Any]) -> None:
        name, content = drawn
        _Examined(make(), device).refuse(name, {"Content": content})

    def refuses_what_it_does_not_take(command: Command) -> None:
        content = to_dict(command)["Command"]
        _Examined(make(), device).refuse(content["RequestType"], content)

    def survives(drawn: tuple[str, Broken]) -> None:
        what, broken = drawn  # which a device may take all the same
        _Examined(make(), device).send(what, broken.document, "DEV07")

    def refuses_garbage(garbage: _Garbage) -> None:
        examined = _Examined(make(), device)
        response = examined.send(garbage.what, garbage.body("A"), "DEV07")
        if response is not None and response.status not in _REFUSALS:
            examined.fail("DEV07", f"it answers {response.status}")

    if taken:
        one = st.tuples(commands(device=device), st.integers(0, 3), st.booleans())
        _run(takes_commands, how, st.lists(one, min_size=1, max_size=6))
    if others:
        kinds = [commands(request_type=kind.request_type) for kind in others]
        _run(refuses_what_it_does_not_take, how, st.one_of(kinds))
    names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1).map(
        lambda name: f"Not{name.capitalize()}"
    )
    _run(refuses_others, how, st.tuples(names, plist_values()))
    _run(refuses_garbage, how, st.sampled_from(_GARBAGE))
    few = settings(how, max_examples=max(1, how.max_examples // 20))
    for code, rule in RULES.items():
        if "Command" in rule.example:
            what = f"a command that breaks {code}"
            _run(survives, few, st.tuples(st.just(what), rule_violations(code)))


def _with_product(command: Command, offered: list[str], which: int) -> Command:
    """Name what the device has on offer: with another product there are no results to look at."""
    if not (isinstance(command, ScheduleOSUpdateCommand) and command.updates and offered):
        return command
    key = offered[which % len(offered)]
    items = [attrs.evolve(i, product_key=key, product_version=None) for i in command.updates[:1]]
    return attrs.evolve(command, updates=items)


class DeviceConformance:
    """Derive a test class from it, and define ``handle`` and ``device``; pytest does the rest.

    Each attempt has an instance of its own, so that a device may keep what it was told in ``self``.
    """

    settings = _SHRINKING
    """How thorough to be; hypothesis's settings."""
    device: Device
    """What the device is."""

    def handle(self, command: bytes) -> bytes | None:
        """Take a command, and give the answer."""
        raise NotImplementedError("define handle(command), which returns your device's answer")

    def test_device_conformance(self) -> None:
        """Hold the device to its obligations."""
        check_device(lambda: type(self)().handle, self.device, self.settings)
