"""Strategies for documents as devices, servers and tools write them."""

import functools
import plistlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mdm_osupdate.codec import to_dict
from mdm_osupdate.messages import CommandStatus, Message

from .classes import (
    available_os_updates_items,
    available_os_updates_responses,
    os_update_status_items,
    os_update_status_responses,
    schedule_os_update_commands,
    schedule_os_update_responses,
    schedule_os_update_scan_commands,
    schedule_os_update_scan_responses,
    update_results_items,
)
from .commands import commands
from .responses import error_chains, responses
from .values import unknown_keys
from .violations import changed

if TYPE_CHECKING:
    from random import Random

M = TypeVar("M", bound=Message)

Oddity = Callable[[dict[str, Any]], Any]
"""Turns a document into a variant that was seen in practice, if it applies."""


def _with(**keys: Any) -> Oddity:
    return lambda it: it | keys


def _without(*keys: str) -> Oddity:
    return lambda it: {key: value for key, value in it.items() if key not in keys}


def _renamed(old: str, new: str) -> Oddity:
    return lambda it: {new if key == old else key: value for key, value in it.items()}


def _having(key: str, oddity: Oddity) -> Oddity:
    """Apply only to documents with a key: ``Command`` of commands, ``Status`` of responses."""
    return lambda it: oddity(it) if key in it else it


def _in(place: str, oddity: Oddity) -> Oddity:
    """Apply to each dictionary that is the value of a key, or an item of it."""

    def odd(value: Any, here: bool) -> Any:
        if isinstance(value, list):
            return [odd(item, here) for item in value]
        if not isinstance(value, dict):
            return value
        inside = {key: odd(item, key == place) for key, item in value.items()}
        return oddity(inside) if here else inside

    return lambda it: odd(it, False)


def _as(kind: type, other: type) -> Oddity:
    """Write all values of one type as another."""
    return lambda it: changed(it, lambda value: other(value) if type(value) is kind else value)


def _echo(answer: dict[str, Any]) -> dict[str, Any]:
    """Name the command in its response, as macOS 10.12 does."""
    echoed = [{"RequestType": kind} for key, kind in _ANSWERED.items() if key in answer]
    return answer | echoed[0] if echoed else answer


_ANSWERED = {
    "UpdateResults": "ScheduleOSUpdate",
    "ScanInitiated": "ScheduleOSUpdateScan",
    "AvailableOSUpdates": "AvailableOSUpdates",
    "OSUpdateStatus": "OSUpdateStatus",
}
_NO_UPDATE = [
    {"ErrorDomain": "DeviceManagement.error", "ErrorCode": 2213},
    {"ErrorDomain": "com.apple.softwareupdateservices.errors", "ErrorCode": 3},
]


def _some(items: SearchStrategy[M]) -> SearchStrategy[tuple[M, ...]]:
    return st.lists(items, min_size=1, max_size=2).map(tuple)


def _scans() -> SearchStrategy[Message]:
    return schedule_os_update_scan_commands(force=st.booleans())


def _scanned() -> SearchStrategy[Message]:
    return schedule_os_update_scan_responses(scan_initiated=st.booleans())


def _results_given() -> SearchStrategy[Message]:
    return schedule_os_update_responses(update_results=_some(update_results_items()))


def _offers() -> SearchStrategy[Message]:
    return available_os_updates_responses(available_os_updates=_some(available_os_updates_items()))


def _progress() -> SearchStrategy[Message]:
    items = os_update_status_items(download_percent_complete=st.floats(0, 1))
    return os_update_status_responses(os_update_status=_some(items))


def _errors() -> SearchStrategy[Message]:
    return schedule_os_update_responses(
        status=st.just(CommandStatus.ERROR), error_chain=error_chains
    )


_ODDITIES: Mapping[str, tuple[Callable[[], SearchStrategy[Message]], Oddity]] = {
    "no CommandUUID": (commands, _without("CommandUUID")),
    "only the inner dictionary": (commands, _having("Command", lambda it: it["Command"])),
    "Command in Command": (
        commands,
        _having("Command", lambda it: it | {"Command": {"Command": it["Command"]}}),
    ),
    "tether in Command": (commands, _in("Command", _with(RequestRequiresNetworkTether=True))),
    "UseDelay": (commands, _in("Command", _with(UseDelay=True))),
    "RecommendationCadence": (commands, _in("Command", _with(RecommendationCadence=1))),
    "ForceUpdateScan": (_scans, _in("Command", _renamed("Force", "ForceUpdateScan"))),
    "no Updates": (schedule_os_update_commands, _in("Command", _without("Updates"))),
    "three updates": (
        schedule_os_update_commands,
        _in("Command", _having("Updates", lambda it: it | {"Updates": it["Updates"][:1] * 3})),
    ),
    "no product": (
        schedule_os_update_commands,
        _in("Updates", _without("ProductKey", "ProductVersion")),
    ),
    "two releases": (
        schedule_os_update_commands,
        _in("Updates", _with(ProductKey="_MACOS_14.7.2", ProductVersion="14.5")),
    ),
    "no InstallAction": (schedule_os_update_commands, _in("Updates", _without("InstallAction"))),
    "a vendor's word": (
        schedule_os_update_commands,
        _in("Updates", _with(InstallAction="INSTALL_ASAP")),
    ),
    "another case": (
        schedule_os_update_commands,
        _in("Updates", _with(InstallAction="installasap")),
    ),
    "MaxUserDeferrals as text": (
        schedule_os_update_commands,
        _in("Updates", _with(MaxUserDeferrals="5")),
    ),
    "MaxUserDeferrals for all": (
        schedule_os_update_commands,
        _in("Updates", _with(InstallAction="InstallASAP", MaxUserDeferrals=5)),
    ),
    "left-over keys": (
        schedule_os_update_commands,
        _in("Updates", _with(udid="1", request_type="", command_uuid="0001")),
    ),
    "UpdateAvailable": (_results_given, _in("UpdateResults", _with(Status="UpdateAvailable"))),
    "no Status in an item": (_results_given, _in("UpdateResults", _without("Status"))),
    "ScanInititated": (_scanned, _having("ScanInitiated", _with(ScanInititated=True))),
    "Version is a space": (_offers, _in("AvailableOSUpdates", _with(Version=" "))),
    "Version is a build": (_offers, _in("AvailableOSUpdates", _with(Version="18A390"))),
    "RequestType echoed": (_progress, _echo),
    "keys of the user channel": (
        responses,
        _having(
            "Status", _with(UserID="1", UserShortName="ada", UserLongName="Ada", NotOnConsole=False)
        ),
    ),
    "EnrollmentID for UDID": (
        _progress,
        _having("Status", lambda it: _without("UDID")(it) | {"EnrollmentID": "0000-0001"}),
    ),
    "no UDID": (responses, _without("UDID", "EnrollmentID")),
    "Idle": (responses, _having("Status", lambda it: {"Status": "Idle", "UDID": "0000-0001"})),
    "Status alone": (responses, _having("Status", lambda it: {"Status": it["Status"]})),
    "undocumented keys": (
        responses,
        _having("Status", _with(MessageResult="", Identifier="1", State=0)),
    ),
    "no update is an error": (
        responses,
        _having("Status", _with(Status="Error", ErrorChain=_NO_UPDATE)),
    ),
    "CommandFormatError alone": (
        responses,
        _having("Status", lambda it: _without("ErrorChain")(it) | {"Status": "CommandFormatError"}),
    ),
    "negative ErrorCode": (_errors, _in("ErrorChain", _with(ErrorCode=-909))),
    "errors without words": (
        _errors,
        _in("ErrorChain", _without("LocalizedDescription", "USEnglishDescription")),
    ),
    "escapes in words": (
        _errors,
        _in("ErrorChain", _with(LocalizedDescription="\\U201c更新\\U201d “1”")),
    ),
    "integers for booleans": (_scanned, _as(bool, int)),
    "reals for integers": (_errors, _as(int, float)),
    "integers for reals": (_progress, _as(float, int)),
}
"""Deviations seen in practice: for each name, the messages it applies to and the change."""


ODDITIES = tuple(_ODDITIES)
"""The names of the deviations that ``wire_documents`` draws."""


def wire_documents(
    *, message: Message | None = None, oddity: str | None = None
) -> SearchStrategy[bytes]:
    """Generate documents as they arrive in practice. ``plistlib`` reads all of them.

    They deviate as devices, servers and tools have been seen to deviate: keys are missing,
    misspelled, in the wrong place or of the wrong type, words are unknown, and unknown keys occur
    at every level. Some are binary. The others are XML with or without declaration and doctype,
    with comments, CDATA and character references, with keys in any order, on one line or many.
    ``validate`` rejects some of them.

    Args:
        message: the message to write. The documents then deviate in their form only.
        oddity: a name of ``ODDITIES``, the one deviation that each document has.

    Raises:
        ValueError: unknown oddity.

    Example:
        >>> document = find(osus.wire_documents(oddity="another case"), bool)
        >>> [finding.rule for finding in osu.validate(document).errors]
        ['OSU201']
    """
    if oddity is not None and oddity not in _ODDITIES:
        raise ValueError(f"unknown oddity {oddity!r}")
    return _wire_documents(message, oddity)


@st.composite
def _wire_documents(draw: DrawFn, message: Message | None, oddity: str | None) -> bytes:
    document = draw(_odd_dictionaries(oddity)) if message is None else to_dict(message)
    # One choice for the whole form, because hypothesis would try to explain hundreds of them.
    return _written(document, draw(st.randoms(use_true_random=True)))


@st.composite
def _odd_dictionaries(draw: DrawFn, oddity: str | None) -> Any:
    if oddity is not None:
        return _ODDITIES[oddity][1](to_dict(draw(_source(oddity))))
    names = [draw(_SOME_ODDITY) for _ in range(draw(_COUNT))]
    # The first applies to its own source, the second only if it fits the same message.
    document: Any = to_dict(draw(_source(names[0] if names else None)))
    for name in names:
        document = _ODDITIES[name][1](document)
    if draw(st.booleans()):
        document = changed(document, lambda it: it | draw(unknown_keys) if type(it) is dict else it)
    return document


_SOME_ODDITY = st.sampled_from(ODDITIES)
_COUNT = st.sampled_from([0, 1, 1, 2])


@functools.cache  # creating a strategy costs more than drawing from it
def _source(oddity: str | None) -> SearchStrategy[Message]:
    """Generate the messages that an oddity applies to."""
    return st.one_of(commands(), responses()) if oddity is None else _ODDITIES[oddity][0]()


_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_DOCTYPE = (
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" '
    '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
)


def _written(document: Any, random: "Random") -> bytes:
    """Write a document in some form."""
    document = _shuffled(random, document)
    if random.random() < 1 / 3:
        return plistlib.dumps(document, fmt=plistlib.FMT_BINARY, sort_keys=False)
    space = random.choice(["\n", "\n\t", "", " ", "\n<!-- made by hand -->\n"])
    body = _element(random, document, space)
    # No doctype without the declaration: plistlib recognizes XML by its beginning.
    header = random.choice(["", _DECLARATION, _DECLARATION + _DOCTYPE])
    version = random.choice([' version="1.0"', ""])
    end = random.choice(["\n", ""])
    return f"{header}<plist{version}>{space}{body}{space}</plist>{end}".encode()


def _shuffled(random: "Random", value: Any) -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        random.shuffle(items)
        return {key: _shuffled(random, item) for key, item in items}
    return [_shuffled(random, item) for item in value] if isinstance(value, list) else value


def _element(random: "Random", value: Any, space: str) -> str:
    if isinstance(value, dict):
        inside = "".join(
            f"{space}<key>{_escaped(random, key)}</key>{space}{_element(random, item, space)}"
            for key, item in value.items()
        )
        return f"<dict>{inside}{space}</dict>" if value else "<dict/>"
    if isinstance(value, list):
        inside = "".join(f"{space}{_element(random, item, space)}" for item in value)
        return f"<array>{inside}{space}</array>" if value else "<array/>"
    if isinstance(value, bool):
        return "<true/>" if value else "<false/>"
    if isinstance(value, str):
        return f"<string>{_escaped(random, value)}</string>"
    lines = plistlib.dumps(value).decode().splitlines()
    return "".join(lines[3:-1])  # numbers, dates and data as plistlib writes them


def _escaped(random: "Random", text: str) -> str:
    form = random.randrange(10) if text else 0
    if form == 9 and "]]>" not in text:
        return f"<![CDATA[{text}]]>"
    if form == 8:
        return "".join(f"&#x{ord(character):x};" for character in text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
