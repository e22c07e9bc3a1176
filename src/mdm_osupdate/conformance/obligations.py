"""The obligations of servers and devices, and their violations."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from attrs import frozen

_APPLE = "https://developer.apple.com/documentation/devicemanagement/"
_SEND = f"{_APPLE}sending-mdm-commands-to-a-device"
_NOT_NOW = f"{_APPLE}handling-notnow-status-responses"
_CONNECTIONS = f"{_APPLE}managing-connections"
_CHECK_IN = f"{_APPLE}check-in"
_AUTHENTICATE = f"{_APPLE}authenticate"
_CHECK_OUT = f"{_APPLE}check-out"
_TOKEN_UPDATE = f"{_APPLE}token-update"
_SCHEDULE = f"{_APPLE}scheduleosupdateresponse"
_DECLARATIVE = f"{_APPLE}declarative-management"
_SCHEMA = "https://github.com/apple/device-management/blob/release/declarative/"
_ITEMS = f"{_SCHEMA}protocol/declarationitemsresponse.yaml"
_REPORT = f"{_SCHEMA}protocol/statusreport.yaml"


@frozen
class Obligation:
    """One thing that the protocol requires of a server or a device, or a recommendation."""

    code: str
    text: str
    reason: str
    """The meaning of Apple's sentence that requires it, or why it is good practice."""
    source: str | None = None
    """The URL of that sentence. ``None`` for good practice that Apple does not require."""

    @property
    def recommended(self) -> bool:
        """True if it is good practice that Apple does not require."""
        return self.source is None


def _obligations(*rows: tuple[str, ...]) -> Mapping[str, Obligation]:
    return MappingProxyType({row[0]: Obligation(*row) for row in rows})


_COMPLETED = "Only a response with the CommandUUID of a command says that the device executed it."
_UNCONFIRMED = "A device keeps a result, and sends it again, until the server answers with 2xx."
_OPTIONAL = "Which keys a response has depends on the command, the platform and its version."
_IDENTITY = "A device identifies itself with the identity certificate of its MDM profile."
_SYNCHRONIZED = "A device synchronizes when DeclarationsToken differs from the one that it knows."

OBLIGATIONS = _obligations(
    ("SRV01", "A queued command reaches its device when the device connects.",
     "After a push the device connects, and the server sends it the commands.", _SEND),
    ("SRV02", "A command arrives as it was queued, with its unknown keys and their types.",
     "A command is a dictionary, whose keys depend on the command.", _SEND),
    ("SRV03", "Commands with the same RequestType arrive in the order in which they were queued. A "
     "command that was answered with NotNow may come later.",
     "A device executes one command after the other, as the server sends them.", _SEND),
    ("SRV04", "A command reaches only the device for which it was queued.", _IDENTITY, _CHECK_IN),
    ("SRV05", "A command that was answered with Acknowledged is not sent again.", _COMPLETED,
     _SEND),
    ("SRV06", "A command that was answered with Error is not sent again.",
     "Error is the result of a command that was executed.", _SEND),
    ("SRV07", "A command that was answered with CommandFormatError is not sent again.",
     "CommandFormatError says that the command itself is malformed.", _SEND),
    ("SRV08", "A command that was answered with NotNow is sent again in a later session.",
     "The device does not keep the command. The server must send it again when the device "
     "connects.", _NOT_NOW),
    ("SRV09", "A command that was answered with NotNow is not sent again in the same session.",
     "The device has just said that it cannot execute the command now."),
    ("SRV10", "A command that the device never answered is sent again, with the same CommandUUID.",
     _COMPLETED, _SEND),
    ("SRV11", "A restart of the server loses no command and repeats none.", _COMPLETED, _SEND),
    ("SRV12", "A device with an empty queue gets an empty body.",
     "An empty body ends the session. A property list without content does not.", _SEND),
    ("SRV13", "A message that is not a device's property list is refused.", _UNCONFIRMED, _SEND),
    ("SRV14", "A refused message changes no queue.", _COMPLETED, _SEND),
    ("SRV15", "A response without a CommandUUID, or with an unknown one, changes nothing.",
     _COMPLETED, _SEND),
    ("SRV16", "A response with the CommandUUID of another device's command changes nothing.",
     _COMPLETED, _SEND),
    ("SRV17", "A response that arrives twice changes nothing the second time.", _UNCONFIRMED,
     _SEND),
    ("SRV18", "A response with missing or additional keys is accepted like any other.", _OPTIONAL,
     _SCHEDULE),
    ("SRV19", "A response with an unknown Status does no harm.",
     "The values of Status are a list that can grow.", _SEND),
    ("SRV20", "The body of each HTTP response is one command, a property list, or is empty.",
     "The server sends one command, and the next one when it was answered.", _SEND),
    ("SRV21", "Enrolling a device, queueing a command and connecting succeed.",
     "The server answers each message of a device with 200.", _CONNECTIONS),
    ("SRV22", "A command that the device never answered is sent again before any other.",
     "The device may have executed it, and later commands may depend on its result."),
    ("SRV23", "A message of 4 MiB is refused.", "One device must not fill the server's memory."),
    ("SRV24", "A response that answers no command of the device is answered with 2xx or 4xx, not "
     "with 5xx.", "5xx says that the server is at fault, and that trying again will help."),
    ("SRV25", "A response in binary is accepted like one in XML.",
     "Both are formats of property lists. Devices are known to write XML."),
    ("SRV26", "A response of 100 KB is accepted like a short one.",
     "A response lists as many items as the device has.", _SEND),
    ("SRV27", "The identity of the connection says who a device is, not the UDID in its messages.",
     _IDENTITY, _CHECK_IN),
    ("SRV28", "No message of an enrolled device is answered with 401.",
     "A device that gets 401 removes its MDM profile.", _CONNECTIONS),
    ("SRV29", "A device that has an EnrollmentID instead of a UDID is served like any other.",
     "In User Enrollment, messages have EnrollmentID and no UDID.", _AUTHENTICATE),
    ("SRV30", "A message of the user channel, with UserID and NotOnConsole, does no harm.",
     "A Mac and a Shared iPad also send messages for the user who has logged in.", _CHECK_IN),
    ("SRV31", "A device that enrolls again receives the commands that are queued from then on, and "
     "none that it has answered.",
     "Authenticate begins an enrollment. The server accepts it with 200.", _AUTHENTICATE),
    ("SRV32", "CheckOut is accepted, and harms no other device.",
     "A device sends CheckOut when its MDM profile is removed.", _CHECK_OUT),
    ("SRV33", "Devices that connect at the same time get their own commands.", _IDENTITY,
     _CHECK_IN),
    ("SRV34", "A new push token changes no queue.",
     "A device may send TokenUpdate at any time while it is enrolled.", _TOKEN_UPDATE),
    ("SRV35", "Commands with different RequestTypes arrive in the order in which they were queued.",
     "Later commands may depend on the results of earlier ones."),
    ("SRV36", "A command is not refused when it is queued, unless one with the same RequestType is "
     "waiting.", "Apple adds commands and keys. A server that refuses unknown ones needs an update "
     "for each of them."),
    ("SRV41", "tokens and declaration-items are answered with the JSON that the schema has.",
     "tokens returns a TokensResponse, declaration-items a DeclarationItemsResponse.",
     _DECLARATIVE),
    ("SRV42", "DeclarationsToken changes when a declaration is added, changed or removed.",
     _SYNCHRONIZED, _ITEMS),
    ("SRV43", "tokens and declaration-items have the same DeclarationsToken.", _SYNCHRONIZED,
     _ITEMS),
    ("SRV44", "declaration-items lists the device's declarations, and each of them can be fetched "
     "as it was set, with the ServerToken of the list.",
     "A device fetches the declarations that the list names.", _DECLARATIVE),
    ("SRV45", "The ServerToken of a declaration changes when its content does.",
     "The token is computed over the whole declaration.", _ITEMS),
    ("SRV46", "An unknown declaration is answered with 404.",
     "On 404 the device removes the declaration.", _DECLARATIVE),
    ("SRV47", "A status report is accepted, and taken once.",
     "The status endpoint takes a StatusReport, and answers with 200.", _DECLARATIVE),
    ("SRV48", "A status report that has some items only leaves the others as they were.",
     "A report that is not a full one has only the items that changed.", _REPORT),
    ("SRV49", "A device gets the declarations of no other device.", _IDENTITY, _CHECK_IN),
    ("SRV50", "Tokens stay the same while nothing changes.",
     "A device synchronizes again for each new token."),
    ("DEV01", "Each command gets one response, a property list.",
     "The device reports the result of each command to the server.", _SEND),
    ("DEV02", "The response has the CommandUUID of the command.", _COMPLETED, _SEND),
    ("DEV03", "The Status is Acknowledged, Error, CommandFormatError or NotNow.",
     "These are the results of a command. Idle is no result.", _SEND),
    ("DEV04", "The response names the device, always by the same UDID.",
     "Each response has UDID, or EnrollmentID in User Enrollment.", _SCHEDULE),
    ("DEV05", "The response has only the keys of its command and platform, with values of the "
     "right types.", "The schema lists the keys, their types and their platforms.", _SCHEDULE),
    ("DEV06", "An unsupported command is answered with Error or CommandFormatError.",
     "Error says that the device could not execute the command.", _SEND),
    ("DEV07", "A malformed command is answered with Error or CommandFormatError, or not at all.",
     "CommandFormatError says that the command itself is malformed.", _SEND),
    ("DEV08", "A command that is sent again is answered again.",
     "A server sends a command again until it has the response.", _SEND),
    ("DEV09", "A scheduled update that the device has listed has a result with its ProductKey.",
     "UpdateResults has an item for each update.", _SCHEDULE),
    ("DEV10", "A device that answers NotNow executes the command later.",
     "NotNow says that the command may succeed later.", _NOT_NOW),
    ("DEV11", "An acknowledged response has the keys that every platform and version sends.",
     "The schema lists the keys that are required.", _SCHEDULE),
)  # fmt: skip
"""All obligations, by their codes."""


class ViolationError(AssertionError):
    """An obligation was violated."""

    def __init__(self, code: str, what: str, story: Iterable[str] = ()) -> None:
        self.obligation: Obligation = OBLIGATIONS[code]
        self.what: str = what
        self.story: tuple[str, ...] = tuple(story)
        """The events that led to it, line by line."""
        lines = "".join(f"\n  {number}. {line}" for number, line in enumerate(self.story, 1))
        source = self.obligation.source or "Good practice."
        text = f"{code}: {self.obligation.text}\n  But {what}.\n"
        text += f"  Why: {self.obligation.reason}\n  Source: {source}"
        super().__init__(f"{text}\nSteps to reproduce:{lines}" if lines else text)
