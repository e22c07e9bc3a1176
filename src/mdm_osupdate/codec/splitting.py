"""Several documents in one file: an array, documents that follow each other, or parts of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from attrs import evolve

from mdm_osupdate.errors import Finding, join, join_paths

from .detecting import detect
from .formats import as_text, format_of, is_xml, to_bytes
from .locating import moved, places_in
from .searching import Part, contains_message, is_message, search_json, search_text
from .values import DEFAULT_LIMITS, Limits
from .wrapping import name_document

_SPACE = " \t\r\n"


def split(
    data: bytes | str,
    more: Iterable[bytes] = (),
    *,
    by_line: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Part]:
    """Split a file into its documents.

    Most files are one document. A JSON array of messages, a script or log with several messages,
    and JSON documents that follow each other are several. The latter are read one by one.

    Args:
        data: the file, or its beginning: at least one byte more than the limit of size.
        more: the rest of the file, in lines or pieces of lines.
        by_line: whether the name of the file says that it holds one document per line.
        limits: how large a document may be.
    """
    head = to_bytes(data)
    if by_line or is_sequence(head):
        parts: Iterable[Part] = split_lines(chain(head.splitlines(keepends=True), more), limits)
    else:
        parts = split_array(head, limits) or [Part(head)]
    for part in parts:
        yield from split_part(part, limits)


def split_array(data: bytes, limits: Limits = DEFAULT_LIMITS) -> list[Part]:
    """Split a JSON array of messages into its items.

    Returns:
        The items with their places. Empty if the data is not an array, is malformed, or exceeds
        the limit of size; if an item is not an object; or if no item looks like a message.
    """
    text = _json_text(data, "[") if len(data) <= limits.size else None
    if text is None:
        return []
    items = _items(text)
    if not all(isinstance(item, dict) for item, _, _ in items):
        return []
    if not any(_looks_like_message(item) for item, _, _ in items):
        return []
    place = places_in(text)
    return [
        Part(text[start:end].encode("utf-8", "surrogatepass"), join("", number), place(start))
        for number, (_, start, end) in enumerate(items)
    ]


def split_part(part: Part, limits: Limits = DEFAULT_LIMITS) -> list[Part]:
    """Split a document into the messages inside it, if there are several of them."""
    return [
        evolve(inner, path=join_paths(part.path, inner.path), place=moved(inner.place, part.place))
        for inner in split_messages(part.data, limits)
    ] or [part]


def split_messages(data: bytes, limits: Limits = DEFAULT_LIMITS) -> list[Part]:
    """Extract the messages inside a document of another kind.

    Examples are a script, a log, a page of documentation, a collection of requests, and a server's
    results of commands, which are in base64.

    Returns:
        The messages with their places. Empty if there are not several of them.
    """
    if len(data) > limits.size:
        return []
    fmt = format_of(data)
    if fmt == "binary" or (fmt == "xml" and is_xml(data) and not _is_several(data)):
        return []
    text = as_text(data)
    try:
        document = json.loads(text) if fmt == "json" else None
    except (ValueError, RecursionError):  # lines that begin with a date in brackets
        document = None
    if document is None:
        parts = search_text(text)
    elif isinstance(document, dict) and is_message(document):
        return []
    else:
        parts = search_json(document, text, limits)
    return parts if len(parts) > 1 else []


def _is_several(data: bytes) -> bool:
    """Return whether property lists follow each other."""
    return data.count(b"</plist>") > 1 and b"<![CDATA[" not in data


def is_sequence(data: bytes) -> bool:
    """Return whether JSON documents follow each other, each beginning on a line of its own.

    Args:
        data: the beginning of a file.
    """
    if b"\n{" not in data or (text := _json_text(data, "{", "replace")) is None:
        return False
    try:
        _, end = json.JSONDecoder().raw_decode(text, _after_space(text, 0))
    except (ValueError, RecursionError):  # the first one is malformed
        lines = [line.strip() for line in text.lstrip(_SPACE).split("\n", 2)[:2]]
        return len(lines) == 2 and all(line[:1] + line[-1:] == "{}" for line in lines)
    return text.startswith("{", _after_space(text, end))


def split_lines(lines: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> Iterator[Part]:
    """Split JSON documents that follow each other.

    A document begins with each line that begins with a brace, so that one that is malformed does
    not spoil the next. What exceeds the limit of size is cut there, not kept in memory.

    Args:
        lines: the lines of a file, or pieces of lines.
        limits: how large a document may be.
    """
    document = bytearray()
    number, first = 1, 0  # the current line, and that of the document; 0 if there is none
    begins = True
    for line in lines:
        if first and begins and line.startswith(b"{"):
            yield Part(bytes(document).rstrip(), place=(first, 1))
            document.clear()
            first = 0
        if first or line.strip():
            first = first or number
            document += line[: limits.size + 1 - len(document)]
        begins = line.endswith(b"\n")
        number += begins
    if first:
        yield Part(bytes(document).rstrip(), place=(first, 1))


def _json_text(data: bytes, start: str, errors: str = "strict") -> str | None:
    """Decode a JSON text that begins with a character, or return ``None``."""
    try:
        text = data.decode(json.detect_encoding(data), errors).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None
    return text if text.lstrip(_SPACE).startswith(start) else None


def _items(text: str) -> list[tuple[Any, int, int]]:
    """Return the items of an array with their first and last offsets. Empty if it is malformed."""
    decode = json.JSONDecoder().raw_decode
    items = []
    offset = text.index("[")
    try:
        while text[offset] != "]":
            start = _after_space(text, offset + 1)
            value, end = decode(text, start)
            items.append((value, start, end))
            offset = _after_space(text, end)
            if text[offset] not in ",]":
                return []
    except (ValueError, IndexError, RecursionError):
        return []
    return items if not text[offset + 1 :].strip(_SPACE) else []


def _after_space(text: str, offset: int) -> int:
    while text[offset : offset + 1] and text[offset] in _SPACE:
        offset += 1
    return offset


def _looks_like_message(item: dict[str, Any]) -> bool:
    kind = detect(item, "json")
    if not isinstance(kind, Finding) or kind.rule != "OSU603":
        return True
    return name_document(item, "json") is not None or contains_message(item)
