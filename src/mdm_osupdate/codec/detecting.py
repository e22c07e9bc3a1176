"""Detection of the message that a document holds, by its keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mdm_osupdate.errors import Finding, join, show
from mdm_osupdate.messages import COMMAND_OF, RESPONSES, Command, Message, Response
from mdm_osupdate.rules import RULES

from .formats import Wire
from .keys import closest, keys_of
from .reading import describe

if TYPE_CHECKING:
    from mdm_osupdate.declarations import Declaration

_RESPONSES: Mapping[str, type[Response]] = {
    "UpdateResults": RESPONSES[0],
    "ScanInitiated": RESPONSES[1],
    "ScanInititated": RESPONSES[1],
    "AvailableOSUpdates": RESPONSES[2],
    "OSUpdateStatus": RESPONSES[3],
}
"""The keys that identify the command. A response without any of them is read as ``Response``."""


def detect(document: object, fmt: Wire) -> type[Message] | Finding:
    """Return the class of the message that a document holds, or why it holds none."""
    if not isinstance(document, dict):
        return RULES["OSU110"].finding("", f"expected a dictionary, got {describe(document)}")
    return _detect_json(document) if fmt == "json" else _detect_plist(document)


def _detect_plist(document: dict[str, Any]) -> type[Message] | Finding:
    if "Command" in document:
        return detect_command(document["Command"], "Command")
    if "Status" in document:
        return next((cls for key, cls in _RESPONSES.items() if key in document), Response)
    if "RequestType" in document:
        message = "RequestType is at the top: this is only the inside of a command"
        return RULES["OSU111"].finding("", message)
    if _is_required_update(document):
        from mdm_osupdate.declarations import SoftwareUpdateRequired

        return SoftwareUpdateRequired
    message = f"the document has {_keys(document)}, but neither Command nor Status"
    return RULES["OSU113"].finding("", message)


def detect_command(inner: object, path: str) -> type[Command] | Finding:
    """Return the class of the command with this inner dictionary, which is at ``path``."""
    if not isinstance(inner, dict):
        message = f"expected a dictionary, got {describe(inner)}"
        return RULES["OSU121"].finding(path, message, "Write a dictionary.")
    if "RequestType" not in inner:
        if "Command" in inner:
            return RULES["OSU114"].finding(join(path, "Command"), "Command is inside Command")
        hint = f"Add RequestType: {', '.join(COMMAND_OF)}."
        if near := closest("RequestType", [str(key) for key in inner], cutoff=0.85):
            hint = f"Write RequestType instead of {near}."
        return RULES["OSU120"].finding(path, "missing key RequestType", hint)
    request_type, path = inner["RequestType"], join(path, "RequestType")
    if not isinstance(request_type, str):
        message = f"expected a string, got {describe(request_type)}"
        return RULES["OSU121"].finding(path, message, "Write a string.")
    if request_type in COMMAND_OF:
        return COMMAND_OF[request_type]
    if near := closest(request_type, COMMAND_OF):
        message = f"unknown request type {show(request_type)}"
        return RULES["OSU117"].finding(path, message, f"Did you mean {near}?")
    message = f"{show(request_type)} is not a software-update command: nothing was checked"
    return RULES["OSU112"].finding(path, message)


def _detect_json(document: dict[str, Any]) -> type[Message] | Finding:
    from mdm_osupdate.declarations import DECLARATIONS, SoftwareUpdateRequired, StatusReport

    if "StatusItems" in document:
        return StatusReport
    if _is_required_update(document):
        return SoftwareUpdateRequired
    if "Type" not in document:
        return RULES["OSU603"].finding("", *_other_json(document))
    word = document["Type"]
    if isinstance(word, str) and word in DECLARATIONS:
        return DECLARATIONS[word]
    near = closest(_kind(word), [_kind(name) for name in DECLARATIONS], cutoff=0.8)
    if near:
        suggestion = next(name for name in DECLARATIONS if _kind(name) == near)
        hint = f"Did you mean {suggestion}?"
        return RULES["OSU605"].finding("Type", f"unknown declaration {show(word)}", hint)
    return RULES["OSU602"].finding("Type", f"the declaration {show(word)} was not checked")


def _kind(name: object) -> str:
    """Strip the prefix that most declaration types share."""
    return str(name).removeprefix("com.apple.").removeprefix("configuration.")


_ENVELOPE = ("Type", "Identifier", "ServerToken", "Payload", "StatusItems")
_SENT = "Check the declarations that it becomes."
_RELEASES = "Use them with --releases."
_OTHERS = (
    ("com.jamf.", "a Jamf Pro blueprint", _SENT),
    ("'updateAction'", "a plan of Jamf Pro's managed software updates", _SENT),
    ("'@odata.", "a policy of Microsoft Intune", _SENT),
    ("'minimum_version'", "settings of Fleet", _SENT),
    ("'osVersionRequirements'", "a configuration of Nudge", "Check the declaration that is sent."),
    ("'PublicAssetSets'", "the releases that Apple offers", _RELEASES),
    ("'OSVersions'", "the releases of a SOFA feed", _RELEASES),
)
"""A text that only certain documents have, their name, and what to do."""


def _other_json(document: dict[str, Any]) -> tuple[str, str | None]:
    """Explain why a JSON document without a Type is not a message.

    Returns:
        The message and the hint, if it is another one than that of the rule.
    """
    message = f"expected a Type, got {_keys(document)}"
    if not document.keys().isdisjoint(_ENVELOPE):
        return message, None
    if detect_payload(document) is not None:
        hint = "Put this object under the key Payload, and add Type and Identifier beside it."
        return "this is only the Payload of a declaration", hint
    if isinstance(document.get("softwareupdate"), dict):
        hint = "Put this object under the key StatusItems, beside Errors, an array."
        return "these are only the StatusItems of a status report", hint
    lower = {str(key).casefold(): key for key in document}
    misspelled = [(lower[key.casefold()], key) for key in _ENVELOPE if key.casefold() in lower]
    if len(misspelled) > 1:
        changes = ", ".join(f"{key} instead of {written}" for written, key in misspelled)
        return message, f"Keys are case-sensitive. Write {changes}."
    text = str(document)[:10_000]
    for mark, name, hint in _OTHERS:
        if mark in text:
            return message, f"This looks like {name}. {hint}"
    return message, None


def detect_payload(document: dict[str, Any]) -> type[Declaration] | None:
    """Return the class of the declaration that a JSON object is only the Payload of, or ``None``.

    Most of its keys are in that Payload, and none is beside it.
    """
    from mdm_osupdate.declarations import DECLARATIONS

    if not document.keys().isdisjoint(_ENVELOPE):
        return None
    for cls in DECLARATIONS.values():
        _, inside = keys_of(cls)
        if 2 * len(document.keys() & inside.keys.keys()) > len(document):
            return cls
    return None


def _is_required_update(document: dict[str, Any]) -> bool:
    """Return whether a document is the body of the response that requires an update."""
    return "code" in document and "details" in document


def _keys(document: dict[str, Any]) -> str:
    return ", ".join(show(key) for key in list(document)[:3]) or "no keys"


def title(kind: type[Message] | None) -> str:
    """Return the title of a kind of document."""
    if kind is None:
        return "Document"
    if issubclass(kind, Command):
        return f"{kind.request_type} command"
    if issubclass(kind, Response):
        return f"{kind.request_type} response" if kind.request_type else "Response"
    from mdm_osupdate.declarations import Declaration, SoftwareUpdateRequired, StatusReport

    if issubclass(kind, Declaration):
        return f"{kind.__name__} declaration"
    if issubclass(kind, SoftwareUpdateRequired):
        return "Required update at enrollment"
    return "Status report" if issubclass(kind, StatusReport) else "Document"
