"""The requirements of the protocol for servers and devices."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from attrs import frozen


@frozen
class Obligation:
    """A requirement of the protocol for a server or a device."""

    code: str
    text: str
    source: str
    recommended: bool = False
    """True if it is good practice that Apple does not require."""


_FLOW = "Apple, Device Management documentation: sending commands to a device"
_DEVICE = "Apple, Device Management documentation: the response of a command"
_SENSE = "good practice: one device must not harm the others"


_RECOMMENDED = {"SRV09"}


def _obligations(*rows: tuple[str, str, str]) -> Mapping[str, Obligation]:
    return MappingProxyType(
        {code: Obligation(code, text, source, code in _RECOMMENDED) for code, text, source in rows}
    )


OBLIGATIONS = _obligations(
    ("SRV01", "A queued command reaches its device when the device connects.", _FLOW),
    ("SRV02", "A command arrives as it was queued, with its unknown keys and their types.", _FLOW),
    ("SRV03", "Commands arrive in the order in which they were queued. A command that was answered "
     "with NotNow may come later.", _FLOW),
    ("SRV04", "A command reaches only the device for which it was queued.", _FLOW),
    ("SRV05", "A command that was answered with Acknowledged is not sent again.", _FLOW),
    ("SRV06", "A command that was answered with Error is not sent again.", _FLOW),
    ("SRV07", "A command that was answered with CommandFormatError is not sent again.", _FLOW),
    ("SRV08", "A command that was answered with NotNow is sent again in a later session.", _FLOW),
    ("SRV09", "A command that was answered with NotNow is not sent again in the same session.",
     _FLOW),
    ("SRV10", "A command that the device never answered is sent again, with the same CommandUUID "
     "and before any other.", _FLOW),
    ("SRV11", "A restart of the server loses no command and repeats none.", _SENSE),
    ("SRV12", "A device with an empty queue gets an empty body.", _FLOW),
    ("SRV13", "A message that is not a device's property list, or is too large, is refused.",
     _SENSE),
    ("SRV14", "A refused message changes no queue.", _SENSE),
    ("SRV15", "A response without a CommandUUID, or with an unknown one, changes nothing.", _FLOW),
    ("SRV16", "A response with the CommandUUID of another device's command changes nothing.",
     _FLOW),
    ("SRV17", "A response that arrives twice changes nothing the second time.", _FLOW),
    ("SRV18", "A response with missing or additional keys is accepted like any other.", _DEVICE),
    ("SRV19", "A response with an unknown Status does no harm.", _DEVICE),
    ("SRV20", "The body of each HTTP response is one command, a property list, or is empty.",
     _FLOW),
    ("SRV21", "Enrolling a device, queueing a command and connecting succeed.", _SENSE),
    ("DEV01", "Each command gets one response, a property list.", _DEVICE),
    ("DEV02", "The response has the CommandUUID of the command.", _DEVICE),
    ("DEV03", "The Status is Acknowledged, Error, CommandFormatError or NotNow.", _DEVICE),
    ("DEV04", "The response names the device, always by the same UDID.", _DEVICE),
    ("DEV05", "The response has only the keys of its command, with values of the right types.",
     _DEVICE),
    ("DEV06", "An unsupported command is answered with Error or CommandFormatError.", _DEVICE),
    ("DEV07", "A malformed command is answered with Error or CommandFormatError, or not at all.",
     _DEVICE),
    ("DEV08", "A command that is sent again is answered again.", _FLOW),
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
        text = f"{code}: {self.obligation.text}\n  But {what}.\n  Source: {self.obligation.source}."
        super().__init__(f"{text}\nThe story:{lines}" if lines else text)
