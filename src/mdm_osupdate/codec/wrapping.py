"""Messages inside other documents: what servers log and forward, and what scripts contain.

A message is extracted only if its place is certain. For other documents, a finding says how to get
the message.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from mdm_osupdate.errors import Finding, join
from mdm_osupdate.rules import RULES

from .formats import Position, Wire
from .locating import places_in

_Values = Mapping[str, Any]


@frozen
class Inner:
    """A message that was found inside another document."""

    data: bytes
    container: str
    """The container, for people."""
    path: str = ""
    """The path of the value that holds the message."""
    place: Position | None = None
    """The position of its text in the document. ``None`` if the text is encoded there."""

    @property
    def finding(self) -> Finding:
        """The finding that says where the message was read from."""
        return RULES["OSU127"].finding(self.path, f"the message was read from {self.container}")


def unwrap_values(document: object, fmt: Wire) -> Inner | Finding | None:
    """Find the message inside the values of a document.

    Returns:
        The message, a finding if there is none to check, or ``None`` for an unknown container.
    """
    if isinstance(document, list) and fmt == "json":
        hint = "Check each of its items as a document of its own."
        return _not_itself("this is a JSON array, not a message", hint)
    if not isinstance(document, dict):
        return None
    finders = _IN_JSON if fmt == "json" else _IN_PLISTS
    return next((found for find in finders if (found := find(document)) is not None), None)


def unwrap_text(text: str) -> Inner | Finding | None:
    """Find the message inside a text that is neither a property list nor JSON."""
    return _script(text) or _base64_text(text) or _printed_dictionary(text)


def _not_itself(message: str, hint: str) -> Finding:
    return RULES["OSU129"].finding("", message, hint)


# -- property lists ------------------------------------------------------------------------------

_CHECK_INS = frozenset(
    {
        "Authenticate",
        "CheckOut",
        "DeclarativeManagement",
        "GetBootstrapToken",
        "GetToken",
        "ReturnToService",
        "SetBootstrapToken",
        "TokenUpdate",
        "UserAuthenticate",
    }
)
_OTHER_RESPONSES = {
    "QueryResponses": "DeviceInformation",
    "SecurityInfo": "SecurityInfo",
    "InstalledApplicationList": "InstalledApplicationList",
    "ProfileList": "ProfileList",
    "CertificateList": "CertificateList",
    "ProvisioningProfileList": "ProvisioningProfileList",
    "ManagedApplicationList": "ManagedApplicationList",
    "GlobalRestrictions": "Restrictions",
    "Users": "UserList",
}
"""A key that only the response to a certain other command has."""


def _check_in(document: _Values) -> Inner | Finding | None:
    kind = document.get("MessageType")
    if not isinstance(kind, str) or kind not in _CHECK_INS:
        return None
    report = document.get("Data")
    if document.get("Endpoint") == "status" and isinstance(report, bytes):
        return Inner(report, "Data of the DeclarativeManagement check-in", "Data")
    message = f"this is the check-in message {kind}: nothing was checked"
    return RULES["OSU128"].finding("MessageType", message)


def _other_response(document: _Values) -> Finding | None:
    if "Status" in document:
        for key, command in _OTHER_RESPONSES.items():
            if key in document:
                message = f"this is a response to {command}: nothing was checked"
                return RULES["OSU128"].finding(key, message)
    return None


def _declaration(document: _Values) -> Finding | None:
    kind = document.get("Type")
    if isinstance(kind, str) and kind.startswith("com.apple.") and "Payload" in document:
        return _not_itself(
            "this is a declaration as a property list, and declarations are JSON",
            "Convert it: mdm-osupdate convert --to json.",
        )
    return None


# -- JSON ----------------------------------------------------------------------------------------


def _webhook(document: _Values) -> Inner | None:
    for event in ("acknowledge_event", "checkin_event"):
        inner = document.get(event)
        data = decode_base64(inner.get("raw_payload")) if isinstance(inner, dict) else None
        if data is not None:
            path = join(event, "raw_payload")
            return Inner(data, f"{path} of a server's webhook", path)
    return None


def _command_xml(document: _Values) -> Inner | None:
    text = document.get("CommandXML")
    if isinstance(text, str) and text.lstrip().startswith("<"):
        return Inner(text.encode("utf-8", "surrogatepass"), "CommandXML", "CommandXML")
    return None


def _results(document: _Values) -> Inner | Finding | None:
    results = document.get("results")
    if not isinstance(results, list) or not results:
        return None
    found = [r.get("result") for r in results if isinstance(r, dict) and "request_type" in r]
    data = [decoded for item in found if (decoded := decode_base64(item)) is not None]
    if len(results) == len(data) == 1:
        path = "results[0].result"
        return Inner(data[0], f"{path} of a server's command results", path)
    if found:
        return _not_itself(
            f"these are {len(results)} results of commands, each with its response in base64",
            "Check what `base64 --decode` makes of each result.",
        )
    return None


def _status_items(document: _Values) -> Inner | None:
    """Create a status report of items that are listed by their names."""
    items = document.get("statusItems")
    if not isinstance(items, list) or not items:
        return None
    report: dict[str, Any] = {}
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("key"), str):
            return None
        if not _put(report, item["key"].split(".")[:_DEEPEST], item.get("value")):
            return None
    text = json.dumps({"StatusItems": report, "Errors": []})
    return Inner(text.encode(), "a list of status items, as Jamf Pro has it", "statusItems")


_DEEPEST = 8


def _put(report: dict[str, Any], steps: list[str], value: object) -> bool:
    """Insert a value at its place in a report. Return whether the place was free."""
    *above, last = steps
    for step in above:
        report = report.setdefault(step, {})
        if not isinstance(report, dict):
            return False
    if last == "count" and isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        value = int(value)
    return report.setdefault(last, value) is value


def _micromdm(document: _Values) -> Finding | None:
    if isinstance(document.get("request_type"), str) and "udid" in document:
        return _not_itself(
            "this is a request to a server's API, not the command that the server makes of it",
            "Check the command that the server sends.",
        )
    return None


# -- texts ---------------------------------------------------------------------------------------

_PLIST = re.compile(r"<\?xml\s|<plist[\s>]")
_PLIST_END = "</plist>"


def _script(text: str) -> Inner | Finding | None:
    """Find the one property list in a script or a log."""
    start = _PLIST.search(text)
    if start is None or text.lstrip("\ufeff \t\r\n").startswith("<"):
        return None
    end = text.find(_PLIST_END, start.end())
    if end < 0:
        return None
    after = end + len(_PLIST_END)
    script = text.startswith("#!")
    if _PLIST.search(text, after):
        return _not_itself(
            f"this is a {'script' if script else 'text'} with several property lists",
            "Save each of them to a file, and check those.",
        )
    return Inner(
        text[start.start() : after].encode("utf-8", "surrogatepass"),
        "a script" if script else "a text around it",
        place=places_in(text)(start.start()),
    )


def _base64_text(text: str) -> Inner | None:
    data = decode_base64(text)
    return None if data is None else Inner(data, "base64")


_PRINTED = re.compile(r"\{\s*\"?[\w.-]+\"?\s*=[^;{]*;")


def _printed_dictionary(text: str) -> Finding | None:
    if _PRINTED.search(text[:100_000]) is None:
        return None
    return _not_itself(
        "this is a printed dictionary, as in logs and mdmclient output, not a message",
        "Get the message itself: the response that the server received, or the status report.",
    )


_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+(?:=\s*){0,2}")


def decode_base64(text: object) -> bytes | None:
    """Decode base64 that holds a property list or JSON."""
    if not isinstance(text, str) or _BASE64.fullmatch(text) is None:
        return None
    try:
        data = base64.b64decode("".join(text.split()))
    except ValueError:
        return None
    return data if data.lstrip()[:1] in (b"<", b"{") or data.startswith(b"bplist") else None


_IN_PLISTS: tuple[Callable[[_Values], Inner | Finding | None], ...] = (
    _check_in,
    _other_response,
    _declaration,
)
_IN_JSON: tuple[Callable[[_Values], Inner | Finding | None], ...] = (
    _webhook,
    _command_xml,
    _results,
    _status_items,
    _micromdm,
)
