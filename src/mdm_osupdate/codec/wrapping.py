"""Messages inside other documents: what servers log and forward, and what scripts contain.

A message is extracted only if its place is certain. For other documents, a finding says how to get
the message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from mdm_osupdate.errors import Finding
from mdm_osupdate.rules import RULES

from .formats import Position, Wire, as_text
from .searching import contains_message, decode_base64, is_message, search_json, search_text
from .values import Limits

_Values = Mapping[str, Any]


class Inner(NamedTuple):
    """A message that was found inside another document."""

    data: bytes
    container: str
    """The container, for people."""
    path: str = ""
    """The path of the value that holds the message."""
    place: Position | None = None
    """The position of its text in the document. ``None`` if that follows from the path."""
    is_text: bool = False
    """True if its text is in the document as it is, not encoded."""

    @property
    def finding(self) -> Finding:
        """The finding that says where the message was read from."""
        return RULES["OSU127"].finding(self.path, f"the message was read from {self.container}")


def unwrap(document: object, fmt: Wire, data: bytes, limits: Limits) -> Inner | Finding | None:
    """Find the message inside the values of a document.

    Args:
        document: the document.
        fmt: its format.
        data: its bytes.
        limits: the limits on size, depth and number of values.

    Returns:
        The message, a finding if there is none to check, or ``None`` for an unknown container.
    """
    if isinstance(document, dict) and (found := name_document(document, fmt)) is not None:
        return found
    if fmt != "json" or (isinstance(document, dict) and is_message(document)):
        return None
    parts = search_json(document, as_text(data), limits)
    if len(parts) > 1:
        return _several("JSON document", len(parts))
    if parts:
        (part,) = parts
        return Inner(part.data, "a JSON document around it", part.path, part.place, part.is_text)
    if isinstance(document, list):
        hint = "Check each of its items as a document of its own."
        return _not_itself("this is a JSON array, not a message", hint)
    return None


def name_document(document: _Values, fmt: Wire) -> Inner | Finding | None:
    """Recognize a document that is known not to be one of the messages, by its keys."""
    finders = _IN_JSON if fmt == "json" else _IN_PLISTS
    return next((found for find in finders if (found := find(document)) is not None), None)


def unwrap_text(text: str) -> Inner | Finding | None:
    """Find the message inside a text that is neither a property list nor JSON."""
    return _base64_text(text) or _searched(text) or _printed_dictionary(text) or _other_text(text)


def _not_itself(message: str, hint: str) -> Finding:
    return RULES["OSU129"].finding("", message, hint)


def _several(kind: str, number: int) -> Finding:
    message = f"this is a {kind} with {number} messages"
    return _not_itself(message, "Save each of them to a file, and check those.")


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


def _json_as_property_list(document: _Values) -> Finding | None:
    kind = document.get("Type")
    if isinstance(kind, str) and kind.startswith("com.apple.") and "Payload" in document:
        what = "a declaration"
    elif "StatusItems" in document:
        what = "a status report"
    else:
        return None
    return _not_itself(
        f"this is {what} as a property list, and {what[2:]}s are JSON",
        "Convert it: mdm-osupdate convert --to json.",
    )


def _profile(document: _Values) -> Finding | None:
    payloads = document.get("PayloadContent")
    if document.get("PayloadType") != "Configuration" or not isinstance(payloads, list):
        return None
    from mdm_osupdate.declarations import REPLACEMENTS  # rarely needed

    removed = {key: None for each in payloads if isinstance(each, dict) for key in each}
    named = [
        f"{key} with {each.successor}" + (f" ({each.note.rstrip('.')})" if each.note else "")
        for key in removed
        if (each := REPLACEMENTS.get(key)) is not None and each.successor
    ]
    hint = "Check the commands and declarations that go with it."
    if named:
        hint = f"Since 27, send a settings declaration. It replaces {', '.join(named)}."
    return _not_itself("this is a configuration profile, not a message", hint)


_OTHER_DOCUMENTS = {
    "SUCorePersistedStateContentsType": "the state that a Mac keeps of its declarations",
    "RecommendedUpdates": "the preferences of softwareupdate on a Mac",
}
"""A key that only a certain other document has."""


def _other_document(document: _Values) -> Finding | None:
    for key, name in _OTHER_DOCUMENTS.items():
        if key in document:
            hint = "Check the declaration, or the status report of the device."
            return _not_itself(f"this is {name}, not a message", hint)
    return None


# -- JSON ----------------------------------------------------------------------------------------


def _results(document: _Values) -> Finding | None:
    results = document.get("results")
    if not isinstance(results, list) or contains_message(results):
        return None
    number = sum(isinstance(item, dict) and "request_type" in item for item in results)
    if not number:
        return None
    return _not_itself(
        f"these are {number} results of commands without a response",
        "Ask again when the devices have responded.",
    )


def _status_items(document: _Values) -> Inner | None:
    """Create a status report of items that are listed by their names."""
    items: object = document.get("statusItems")
    container, path = "a list of status items, as Jamf Pro has it", "statusItems"
    if any(key.startswith("softwareupdate.") for key in document):
        items = [{"key": key, "value": value} for key, value in document.items()]
        container, path = "an object with the names of status items", ""
    if not isinstance(items, list) or not items:
        return None
    report: dict[str, Any] = {}
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("key"), str):
            return None
        if not _put(report, item["key"].split(".")[:_DEEPEST], item.get("value")):
            return None
    text = json.dumps({"StatusItems": report, "Errors": []})
    return Inner(text.encode(), container, path)


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


def _api_request(document: _Values) -> Finding | None:
    inside = [value for value in document.values() if isinstance(value, dict)]
    inside += [value for each in inside for value in each.values() if isinstance(value, dict)]
    if not any(map(_names_command, (document, *inside))):
        return None
    return _not_itself(
        "this is a request to a server's API, not the command that the server makes of it",
        "Check the command that the server sends.",
    )


def _names_command(values: _Values) -> bool:
    """Return whether the API of a server would take an object for a command."""
    names = isinstance(values.get("request_type"), str)
    return names and not values.keys().isdisjoint(("udid", "updates"))


def _property_list_as_json(document: _Values) -> Finding | None:
    command = document.get("Command")
    if isinstance(command, dict) and "RequestType" in command:
        what = "a command"
    elif "Status" in document and document.keys() & {"CommandUUID", "UDID", "EnrollmentID"}:
        what = "a response"
    else:
        return None
    return _not_itself(
        f"this is {what} as JSON, and {what[2:]}s are property lists",
        "Convert it: mdm-osupdate convert --to xml.",
    )


_SYNCHRONIZATION = {"SyncTokens": "tokens", "DeclarationsToken": "declaration-items"}


def _synchronization(document: _Values) -> Finding | None:
    for key, endpoint in _SYNCHRONIZATION.items():
        if key in document:
            message = f"this is the response to {endpoint}: nothing was checked"
            return RULES["OSU128"].finding(key, message)
    return None


# -- texts ---------------------------------------------------------------------------------------


def _searched(text: str) -> Inner | Finding | None:
    """Find the one message in a script, a log or a page of documentation."""
    kind = "script" if text.startswith("#!") else "text"
    parts = search_text(text)
    if len(parts) > 1:
        return _several(kind, len(parts))
    if not parts or re.match(_ITSELF, text):
        return None
    (part,) = parts
    if text.startswith(_SIGNED):
        return Inner(part.data, "a signed document")
    container = "a script" if kind == "script" else "a text around it"
    return Inner(part.data, container, "", part.place, part.is_text)


_ITSELF = r'[\ufeff\s]*(?:<[?!]|<plist[\s>]|\{\s*(?:"|//|/\*|#))'
"""The beginning of a message that nothing is around, although it is malformed."""


_SIGNED = ("0\ufffd", "0\x80")
"""The beginning of a binary signature around a document."""


def _base64_text(text: str) -> Inner | None:
    data = decode_base64(text)
    return None if data is None else Inner(data, "base64")


_PRINTED = r"\{\s*\"?[\w.-]+\"?\s*=[^;{\n]*;"


def _printed_dictionary(text: str) -> Finding | None:
    is_xml = text.lstrip("\ufeff \t\r\n").startswith("<")  # a comment may quote a log
    if is_xml or re.search(_PRINTED, text[:100_000]) is None:
        return None
    return _not_itself(
        "this is a printed dictionary, as in logs and mdmclient output, not a message",
        "Get the message itself: the response that the server received, or the status report.",
    )


_SENT = "Check the declaration or the command that is sent."
_RECEIVED = "Check the response that the server received, or the status report."
_OTHER_TEXTS = (
    (r"\A\x1f\ufffd", "a gzip archive", "Decompress it."),
    (r"\APK\x03\x04", "a ZIP archive or an Office document", "Unpack it."),
    (r"^(?:Type|Payload|  TargetOSVersion): ", "a declaration in YAML", "Convert it to JSON."),
    (r"^[ \t]*(?:minimum_version|macos_updates|ios_updates):", "a configuration of Fleet", _SENT),
    (r'^resource "', "a configuration of Terraform", _SENT),
    (
        r"\b(?:softwareupdated|mdmclient|mdmd|super)(?:\(\w+\))?\[?[0-9]",
        "a log of a device",
        _RECEIVED,
    ),
    (r"^Software Update Tool$", "the output of softwareupdate", _RECEIVED),
    (
        r"\blevel=(?:debug|info|warn|error)\b",
        "a log of a server",
        "Check the command that was sent, or the response that was received.",
    ),
    (r'"request_type"\s*:', "a request to a server's API", _SENT),
    (
        r"""["'](?:RequestType|CommandUUID|StatusItems)["']\s*(?::|=>)|\bmap\[\w+:"""
        r"|^&?\{\w+:\S|^\(\*?\w+\.\w+\)|^[ \t]*\[\w+\] => ",
        "a dictionary in the notation of a programming language",
        "Check the property list or JSON that is sent or received.",
    ),
)
"""What only a certain kind of text has, with its name and what to do."""


def _other_text(text: str) -> Finding | None:
    head = text[:100_000]
    if head.lstrip("\ufeff \t\r\n").startswith(("<", "{")):  # a message that is malformed
        return None
    for pattern, name, hint in _OTHER_TEXTS:
        if re.search(pattern, head, re.MULTILINE):
            return _not_itself(f"this is {name}, not a message", hint)
    return None


_IN_PLISTS: tuple[Callable[[_Values], Inner | Finding | None], ...] = (
    _check_in,
    _other_response,
    _json_as_property_list,
    _profile,
    _other_document,
)
_IN_JSON: tuple[Callable[[_Values], Inner | Finding | None], ...] = (
    _results,
    _status_items,
    _api_request,
    _property_list_as_json,
    _synchronization,
)
