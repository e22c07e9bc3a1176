"""Which message a document holds that comes without a name, and what is wrong with its form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mdm_osupdate.declarations import DECLARATIONS, SoftwareUpdateRequired, StatusReport
from mdm_osupdate.errors import Finding, show
from mdm_osupdate.messages import Message
from mdm_osupdate.rules import RULES

from .json import is_json, parse_json
from .plist import Limits, is_binary, read, survey, to_bytes, unwritable
from .reading import Reading, closest, recognise, recognise_command


def examine(data: bytes | str, limits: Limits) -> Reading:
    """Find out which message a document holds, and read it with all that is wrong with it.

    Raises:
        DecodeError: it is neither a property list nor JSON, or past the limits.
        TypeError: it is no document at all, but a number, say.
    """
    data = to_bytes(data)
    if is_json(data):
        document, dropped = parse_json(data, limits)
        reading = _reading(document, _recognise_json(document))
    else:
        document = read(data, limits)
        reading = _reading(document, recognise(document))
        dropped = [*survey(data, limits).findings, *_kept_once(document, data, limits)]
    reading.findings[:0] = dropped
    return reading


def _kept_once(document: object, data: bytes, limits: Limits) -> Iterator[Finding]:
    """What is read and kept, but would not come back if it were written again."""
    for finding in unwritable(document, "binary" if is_binary(data) else "xml", limits):
        yield RULES["OSU126"].finding(finding.path, finding.message)


def _reading(document: object, kind: type[Message] | Finding) -> Reading:
    if not isinstance(kind, Finding):
        reading = Reading(kind)
        reading.message(document, kind)
        return reading
    reading = Reading(findings=[kind])
    if kind.rule == "OSU111" and isinstance(document, dict):
        inside = recognise_command(document, "")  # only the frame is missing: read what is in it
        if isinstance(inside, Finding):
            reading.findings.append(inside)
        else:
            reading.root = inside
            reading.bare_command(document, inside)
    return reading


def _recognise_json(document: dict[str, Any]) -> type[Message] | Finding:
    if "StatusItems" in document:
        return StatusReport
    if "code" in document and "details" in document:
        return SoftwareUpdateRequired
    if "Type" not in document:
        names = ", ".join(show(key) for key in list(document)[:3]) or "no keys"
        hint = None if _ENVELOPE & document.keys() else _hint_for_other_json(document)
        return RULES["OSU603"].finding("", f"expected a Type, got {names}", hint)
    word = document["Type"]
    if isinstance(word, str) and word in DECLARATIONS:
        return DECLARATIONS[word]
    near = closest(_kind(word), [_kind(name) for name in DECLARATIONS], cutoff=0.8)
    if near:
        meant = next(name for name in DECLARATIONS if _kind(name) == near)
        hint = f"Did you mean {meant}?"
        return RULES["OSU605"].finding("Type", f"unknown declaration {show(word)}", hint)
    return RULES["OSU602"].finding("Type", f"the declaration {show(word)} was not checked")


_ENVELOPE = {"Identifier", "Payload", "ServerToken", "TargetOSVersion"}


def _kind(name: object) -> str:
    """A type of declaration without what all have in common."""
    return str(name).removeprefix("com.apple.").removeprefix("configuration.")


def _hint_for_other_json(document: dict[str, Any]) -> str | None:
    """Name the product whose settings a document is, as far as it can be told."""
    if "com.jamf." in str(document)[:10_000]:
        return (
            "This looks like a blueprint of Jamf Pro, which makes declarations of it: check those."
        )
    return None
