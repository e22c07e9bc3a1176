"""The messages that the suite sends: ordinary, unusual and malformed ones.

These are tables rather than strategies. Each row stands for one way in which servers spoil a
message, a story names the row, and rows with smaller numbers are plainer.
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

from attrs import frozen

from mdm_osupdate.codec import DEFAULT_LIMITS, write

PLAIN_COMMANDS: tuple[dict[str, Any], ...] = (
    {"RequestType": "AvailableOSUpdates"},
    {"RequestType": "OSUpdateStatus"},
    {"RequestType": "ScheduleOSUpdateScan", "Force": True},
    {
        "RequestType": "ScheduleOSUpdate",
        "Updates": [{"InstallAction": "Default", "ProductVersion": "17.4.1"}],
    },
)


_DATE = dt.datetime(2026, 3, 2, 9)  # noqa: DTZ001 - as property lists have them


def _with(**keys: Any) -> dict[str, Any]:
    return {"Command": {"RequestType": "AvailableOSUpdates", **keys}}


ODD_COMMANDS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "with True and False": _with(VendorYes=True, VendorNo=False),
        "with integers": _with(VendorNumbers=[0, 1, 2**40, 2**64 - 1]),
        "with a negative integer": _with(VendorNumber=-(2**63)),
        "with reals": _with(VendorReals=[0.5, 3.0]),
        "with a date": _with(VendorDate=_DATE),
        "with data": _with(VendorData=b"\x00\xff"),
        "with text beyond ASCII": _with(VendorText="é <&> 更新"),
        "with white space around text": _with(VendorText=" a\n"),
        "with empty text": _with(VendorText=""),
        "with an empty array and dictionary": _with(VendorArray=[], VendorDictionary={}),
        "with an unknown key in the envelope": {**_with(), "VendorKey": "kept"},
        "with RequestRequiresNetworkTether": _with(RequestRequiresNetworkTether=False),
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

USUAL_CONTENT: Mapping[str, dict[str, Any]] = MappingProxyType(
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
_ODD_CONTENT: Mapping[str, dict[str, dict[str, Any]]] = MappingProxyType(
    {
        "AvailableOSUpdates": {
            "with an item that has few keys": {
                "AvailableOSUpdates": [{"ProductKey": "iOSUpdate21E236", "Version": "17.4.1"}]
            },
            "without AvailableOSUpdates": {},
            "with an item that is deferred until a date": {
                "AvailableOSUpdates": [{"ProductKey": "012-34567", "DeferredUntil": _DATE}]
            },
            "with a name beyond ASCII": {
                "AvailableOSUpdates": [{"ProductKey": "012-34567", "HumanReadableName": "更新"}]
            },
            "with a size of 13 GB": {
                "AvailableOSUpdates": [{"ProductKey": "012-34567", "DownloadSize": 13 * 10**9}]
            },
        },
        "OSUpdateStatus": {
            "with an item": {
                "OSUpdateStatus": [
                    {"ProductKey": "", "DownloadPercentComplete": 1.0, "Status": "Idle"}
                ]
            },
            "without OSUpdateStatus": {},
            "with the dates of notifications": {
                "OSUpdateStatus": [
                    {"ProductKey": "", "NextScheduledInstall": _DATE, "PastNotifications": [_DATE]}
                ]
            },
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
_LONG_CONTENT = {
    "AvailableOSUpdates": [
        {
            "ProductKey": f"MSU_UPDATE_23E{number}_patch_14.{number}",
            "HumanReadableName": "macOS Sonoma",
            "Version": f"14.{number}",
            "Build": f"23E{number}",
            "AppIdentifiersToClose": [f"com.example.app{app}" for app in range(8)],
            "IsMajorOSUpdate": False,
            "RestartRequired": True,
        }
        for number in range(130)
    ]
}
STATUSES = ("Acknowledged", "NotNow", "Error", "CommandFormatError")


@frozen
class Answer:
    """A device's response to a command, before it has a name and a CommandUUID."""

    status: str
    keys: Mapping[str, Any] = MappingProxyType({})
    peculiarity: str = ""
    """A description of what is unusual about it, for the story."""
    fmt: Literal["xml", "binary"] = "xml"
    obligation: str = "SRV18"
    """The obligation that a server violates if it does not accept it."""

    def body(self, sender: Mapping[str, Any], command_uuid: str | None) -> bytes:
        """Write it as a property list with the keys of the sender."""
        named = {} if command_uuid is None else {"CommandUUID": command_uuid}
        document = {"Status": self.status, **sender, **named, **self.keys}
        return write(document, self.fmt, DEFAULT_LIMITS)


def usual_answer(request_type: str, status: str) -> Answer:
    """Return the usual response with that status."""
    keys = {"Acknowledged": USUAL_CONTENT[request_type], "Error": {"ErrorChain": _CHAIN}}
    return Answer(status, keys.get(status, {}))


def odd_answers(request_type: str) -> list[Answer]:
    """Return responses that a server may handle wrongly."""
    usual = USUAL_CONTENT[request_type]
    own = [
        Answer("Acknowledged", keys, peculiarity)
        for peculiarity, keys in _ODD_CONTENT[request_type].items()
    ]
    return [
        *own,
        *own,  # twice as often, since other commands do not have them
        Answer("Error", {}, "without an ErrorChain"),
        Answer(
            "Acknowledged", {**usual, "VendorKey": {"Names": ["a"]}, "State": 1}, "and unknown keys"
        ),
        Answer("Acknowledged", usual, "in binary", "binary", obligation="SRV25"),
        Answer("Acknowledged", _LONG_CONTENT, "of 100 KB", obligation="SRV26"),
    ]


# -- check-ins -----------------------------------------------------------------------------------

_PRODUCTS = {
    "iPad": {"ProductName": "iPad13,8", "OSVersion": "17.3", "BuildVersion": "21D50"},
    "iPhone": {"ProductName": "iPhone15,2", "OSVersion": "17.3", "BuildVersion": "21D50"},
    "Mac": {
        "ProductName": "Mac14,7",
        "OSVersion": "14.3",
        "BuildVersion": "23D56",
        "Model": "MNEH3LL/A",
        "ModelName": "MacBook Pro",
    },
}


def enrollment(name: str, sender: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a device sends to enroll: ``Authenticate``, then ``TokenUpdate``.

    A name such as ``iPad A`` says what kind of device it is.
    """
    described = {"DeviceName": name, **_PRODUCTS[name.partition(" ")[0]]}
    if "UDID" in sender:  # In User Enrollment, the server does not get to know the hardware.
        described["SerialNumber"] = f"SIM{sender['UDID'][:8]}"
    return (
        {"MessageType": "Authenticate", **described},
        {**token_update(), "AwaitingConfiguration": False},
    )


def token_update() -> dict[str, Any]:
    """Return a ``TokenUpdate`` with a new push token."""
    return {
        "MessageType": "TokenUpdate",
        "Token": uuid.uuid4().bytes * 2,
        "PushMagic": str(uuid.uuid4()).upper(),
    }


# -- messages that change nothing ----------------------------------------------------------------


@frozen
class Garbage:
    """A message that no device sends."""

    what: str
    body: Callable[[str], bytes]
    may_be_taken: bool = False
    """True if a server that does not parse it may accept it. It must not fail."""
    obligation: str = "SRV13"
    """The obligation that a server violates if it accepts it, or fails."""


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
GARBAGE = (
    Garbage("something that is not a property list", _always(b"not a property list")),
    Garbage("nothing at all, not even Idle", _always(b"")),
    Garbage("the beginning of a message", lambda udid: _message(_STATUS)(udid)[:-30]),
    Garbage("a damaged binary property list", _always(b"bplist00" + b"\xff" * 40)),
    Garbage("a property list that is an array", _always(b"<plist><array/></plist>")),
    Garbage("a key without a value", _message("<key>Status</key>")),
    Garbage("a Status that is an array", _message("<key>Status</key><array/>")),
    Garbage(
        "a CommandUUID that is a dictionary",
        _message("<key>Status</key><string>Error</string><key>CommandUUID</key><dict/>"),
    ),
    Garbage(
        "a Status that is an entity",
        lambda udid: _ENTITY + _message("<key>Status</key><string>&a;</string>")(udid),
    ),
    Garbage(
        f"{_DEEP} arrays inside each other",
        _message(f"{_STATUS}<key>a</key>{'<array>' * _DEEP}{'</array>' * _DEEP}"),
        may_be_taken=True,
    ),
    Garbage(
        f"a message of {_FAR_TOO_LARGE} bytes",
        lambda udid: _message(f"{_STATUS}<key>a</key><string>{'a' * _FAR_TOO_LARGE}</string>")(
            udid
        ),
        obligation="SRV23",
    ),
)
MALFORMED_COMMANDS = (
    Garbage(
        "a command without a RequestType",
        _always(
            b"<plist><dict><key>CommandUUID</key><string>1</string>"
            b"<key>Command</key><dict/></dict></plist>"
        ),
    ),
    Garbage(
        "a Command that is an array",
        _always(
            b"<plist><dict><key>CommandUUID</key><string>1</string>"
            b"<key>Command</key><array/></dict></plist>"
        ),
    ),
)
STRAYS = {"without a CommandUUID": False, "to a command that was never sent": True}
"""Responses without a command, by whether they have a CommandUUID."""
UNKNOWN_STATUSES = ("Sleeping", "acknowledged", "")


def row_name(text: str) -> str:
    """Return the name under which a row of these tables can be waived."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "empty"


def _rows() -> Iterator[tuple[str, str]]:
    for peculiarity in ODD_COMMANDS:
        yield "SRV02", peculiarity
    for garbage in GARBAGE:
        yield garbage.obligation, garbage.what
    for stray in STRAYS:
        yield "SRV15", stray
    for request_type in USUAL_CONTENT:
        for answer in odd_answers(request_type):
            yield answer.obligation, answer.peculiarity
    for status in UNKNOWN_STATUSES:
        yield "SRV19", status


ROWS: Mapping[str, None] = dict.fromkeys(f"{code}:{row_name(text)}" for code, text in _rows())
"""The rows that can be waived one by one, such as ``SRV18:without-updateresults``."""
