"""Search of texts and JSON documents for the messages inside them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

from attrs import evolve, field, frozen

from mdm_osupdate.errors import Finding, join, join_paths

from .formats import NEWLINE, Position
from .locating import map_json, move, places_in
from .values import DEFAULT_LIMITS, Limits

_Values = Mapping[str, Any]


@frozen
class Part:
    """One of several documents in a file, or a message inside a document."""

    data: bytes = field(repr=False)
    path: str = ""
    """Its path in the file, such as ``[3]``. Empty if it is not inside a value."""
    place: Position = (1, 1)
    """The line and column at which it begins."""
    is_text: bool = True
    """True if its text is in the file as it is, not encoded."""

    def locate(self, finding: Finding) -> Finding:
        """Return a finding about the document with its path, line and column in the file."""
        path = join_paths(self.path, finding.path)
        if not self.is_text:
            return evolve(finding, path=path, line=self.place[0], column=self.place[1])
        return evolve(move(finding, self.place), path=path)


# -- texts ---------------------------------------------------------------------------------------


def search_text(text: str) -> list[Part]:
    """Find the messages in a text such as a script, a log or a page of documentation.

    In a page whose source has ``&lt;`` for ``<``, columns are those of the page as it is displayed.
    """
    text = _unquoted(text)
    found = list(_messages(text))
    if not found and ("&lt;" in text or "&quot;" in text):
        import html  # not when importing: it has a table of all entities

        text = html.unescape(text)
        found = list(_messages(text))
    if not found:
        return []
    # A script can also have property lists that are something else, such as a job of launchd.
    found = [each for each in found if _is_likely(each[1])] or found
    place = places_in(text, NEWLINE)
    return [Part(data, place=place(start), is_text=is_text) for start, data, is_text in found]


_MARK = r"(?m)^(?:[>|+]+|[ \t]*[0-9]+[\t:|])"
"""What mails, changes and listings put before each line."""


def _unquoted(text: str) -> str:
    """Replace the marks before each line with blanks, so that positions stay the same."""
    if re.search(_MARK + r"[ \t]*[<{]", text) is None:
        return text
    return re.sub(_MARK, lambda mark: " " * len(mark[0]), text)


# Patterns are compiled when they are first used: most programs need none of them.
_BEGINNING = (
    r"(?:<\?xml\s[^>]{0,200}>\s{0,100})?(?:<!DOCTYPE\s[^>]{0,300}>\s{0,100})?<plist[\s>]"
    r"|<dict>\s{0,100}<key>\s{0,100}(?:Command|RequestType)\s{0,100}</key>"
    r'|\{(?=\s*")|"(?=\{[\s\\n]{0,100}\\")|PD94bWwg[A-Za-z0-9+/]{40,}={0,2}'
)
"""The beginning of a property list, of a command without ``<plist>``, of a JSON object, or of a
string that has such an object. Or all of a property list in base64."""
_END = "</plist>"
_MEANT = r'\{\s*"(?:Type|Identifier|ServerToken|Payload|StatusItems)"'
"""The beginning of a message, even if it is malformed."""
_read = json.JSONDecoder(strict=False).raw_decode
_PIECE = 1 << 10


def _decode(text: str, start: int) -> tuple[Any, int]:
    """Read the JSON value at an offset. Return it with the offset of its end.

    An error takes time for all of the text before it, so longer and longer pieces are read.

    Raises:
        ValueError: it is malformed. A ``JSONDecodeError`` has the offset of that.
        RecursionError: it is too deep.
    """
    size = _PIECE
    while True:
        piece = text[start : start + size]
        try:
            value, end = _read(piece)
        except json.JSONDecodeError as error:
            is_cut = error.pos > len(piece) - 10 or error.msg.startswith("Unterminated")
            if is_cut and start + size < len(text):
                size *= 4
                continue
            raise
        return value, start + end


_Found = tuple[int, bytes, bool]
"""Where a message begins, its bytes, and whether it is in the text as it is."""


def _messages(text: str) -> Iterator[_Found]:
    """Find the messages in a text. The effort is linear: nothing is read twice."""
    last = text.rfind(_END)
    offset = 0
    search = re.compile(_BEGINNING).search
    while found := search(text, offset):
        start, offset = found.span()
        if text[start] == "P":
            data = decode_base64(found[0])
            if data is not None and b"<plist" in data:
                yield start, data, False
            continue
        if text[start] != "<":
            in_json, offset = _messages_in_json(text, start)
            yield from in_json
            continue
        if text.startswith("<dict>", start):
            offset = _end_of_dictionary(text, start)
        elif offset <= last:
            offset = text.index(_END, offset) + len(_END)
        else:
            continue
        plain = _unescaped(text[start:offset])
        yield start, _encoded(plain), len(plain) == offset - start


_ESCAPED = r"<[^<]{0,300}(?:=\\+\"|>(?:\\+[nrt])+<)"
"""The first tag of a property list with an escaped quotation mark, or with escaped white space
behind it."""
_DOUBLED = r'<[^<]{0,300}=""[\w.]'
"""The first tag of a property list with doubled quotation marks."""
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def _unescaped(text: str) -> str:
    """Return the property list in a string of JSON, of CSV or of a programming language."""
    if re.match(_DOUBLED, text):
        return text.replace('""', '"')
    while re.match(_ESCAPED, text):
        text = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text)
    return text


def _messages_in_json(text: str, start: int) -> tuple[list[_Found], int]:
    """Return the messages in the JSON value at an offset, and where to search for the next."""
    try:
        value, end = _decode(text, start)
    except json.JSONDecodeError as error:
        if re.compile(_MEANT).match(text, start):  # reading it says what is wrong
            return [(start, _encoded(text[start:]), True)], len(text)
        return [], start + max(error.pos, 1)
    except (ValueError, RecursionError):  # a number without end, or depth
        return [], len(text)
    if isinstance(value, str):
        return [(start, data, False) for data in _held(value)], end
    is_any = is_message(value) or any(_inside(value))
    return ([(start, _encoded(text[start:end]), True)] if is_any else []), end


_LIKELY = rb"<key>\s*(?:Command|CommandUUID|RequestType|Status|MessageType|PayloadContent)\s*</key>"


def _is_likely(data: bytes) -> bool:
    """Return whether a property list has a key of a message. JSON has been looked at already."""
    return not data.lstrip().startswith(b"<") or re.search(_LIKELY, data) is not None


def _end_of_dictionary(text: str, start: int) -> int:
    """Return where the dictionary at an offset ends: the end of the text if it is not closed."""
    depth = 0
    for tag in re.compile("<(/?)dict>").finditer(text, start):
        depth += -1 if tag[1] else 1
        if not depth:
            return tag.end()
    return len(text)


# -- JSON ----------------------------------------------------------------------------------------


def search_json(value: object, text: str, limits: Limits) -> list[Part]:
    """Find the messages in the values of a JSON document, and in the texts and base64 there.

    Args:
        value: the document, which is not a message itself.
        text: its text.
        limits: the limits on size, depth and number of values.
    """
    found = list(_inside(value))
    if not found:
        return []
    places = map_json(text, limits).positions
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    parts = []
    for steps, inner in found:
        path = ""
        for step in steps:
            path = join(path, step)
        place = places.get(path, (1, 1))
        if isinstance(inner, bytes):
            parts.append(Part(inner, path, place, is_text=False))
            continue
        start = starts[place[0] - 1] + place[1] - 1
        read, end = _decode(text, start)
        if read == inner:
            parts.append(Part(_encoded(text[start:end]), path, place))
        else:  # long paths are shortened, so they are not unique
            parts.append(Part(json.dumps(inner).encode(), path, place, is_text=False))
    return parts


def contains_message(value: object) -> bool:
    """Return whether a JSON document that is not a message has one inside."""
    return any(_inside(value))


def is_message(value: _Values) -> bool:
    """Return whether an object is a declaration, its Payload, or a status report."""
    kind = value.get("Type")
    if isinstance(kind, str) and kind.startswith("com.apple."):
        return "Payload" in value
    return isinstance(value.get("StatusItems"), dict) or value.keys() >= _PAYLOAD


_PAYLOAD = {"TargetOSVersion", "TargetLocalDateTime"}
"""The keys that the Payload of an enforcement must have."""


def _inside(
    value: object, depth: int = DEFAULT_LIMITS.depth
) -> Iterator[tuple[tuple[str | int, ...], _Values | bytes]]:
    """Yield the messages in a value, each with the keys and indexes that lead to it."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for step, inner in items:
        if isinstance(inner, str):
            yield from (((step,), data) for data in _held(inner))
        elif isinstance(inner, dict) and is_message(inner):
            yield (step,), inner
        elif depth:
            yield from (((step, *steps), data) for steps, data in _inside(inner, depth - 1))


_SHORTEST = 16
"""The length of a text that may hold a message."""


def _held(text: str) -> list[bytes]:
    """Return the messages that a text has, as they are or in base64."""
    if text.lstrip().startswith("<dict"):  # a command without <plist>
        return [_encoded(text)]
    if len(text) < _SHORTEST:
        return []
    data = decode_base64(text)
    if data is None:
        return [data for _, data, _ in _messages(text) if _is_likely(data)]
    if data.startswith(b"bplist") or _held(data.decode("utf-8", "replace")):
        return [data]
    return []


_BASE64 = r"[A-Za-z0-9+/\s]+(?:=\s*){0,2}"


def decode_base64(text: object) -> bytes | None:
    """Decode base64 that holds a property list or JSON."""
    if not isinstance(text, str) or re.fullmatch(_BASE64, text) is None:
        return None
    try:
        data = base64.b64decode("".join(text.split()))
    except ValueError:
        return None
    return data if data.lstrip()[:1] in (b"<", b"{") or data.startswith(b"bplist") else None


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
