"""Property lists, XML or binary, to plain values and back: limits before cost, one exception.

The only module that imports plistlib.
"""

from __future__ import annotations

import json
import plistlib
import re
import struct
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from mdm_osupdate.errors import EncodeError, Finding, PlistError, join, show
from mdm_osupdate.rules import RULES

from .formats import (
    ENCODINGS,
    Format,
    Wire,
    as_text,
    declared_encoding,
    is_binary,
    is_xml,
    lines_of,
    to_bytes,
)
from .hints import FILL_IN, GET_THE_END, STRAIGHT_QUOTES
from .locating import (
    after_mark,
    broken,
    map_xml,
    place_of,
    refuse_declarations,
    unknown_encoding,
)
from .values import Limits, is_ordinary, problems, text_of, too_many


def read(data: bytes | str, limits: Limits) -> object:
    """Read a property list, XML or binary.

    Raises:
        PlistError: it is not a property list, or exceeds a limit. Nothing else leaves this.
    """
    value = parse(data, limits)
    refuse_excess(value, limits)
    return value


def parse(data: bytes | str, limits: Limits) -> object:
    """Read a property list without checking its depth and its number of values.

    Raises:
        PlistError: it is not a property list, or is longer than the limit.
    """
    data = to_bytes(data)
    if len(data) > limits.size:
        raise broken("OSU104", f"the document is longer than the limit of {limits.size} bytes")
    if not data.strip():
        raise broken("OSU103", f"the document is empty: {len(data)} bytes without content")
    if is_binary(data):
        return _parse_binary(data, limits)
    if not is_xml(data):
        start = show(data[:20].decode("utf-8", "replace"))
        raise broken(
            "OSU101",
            f"expected a property list, got a document that starts {start}",
            (1, 1),
            _HINT_OF_OTHERS,
        )
    return _parse_xml(data, limits)


_HINT_OF_OTHERS = "Check the message itself: the property list or JSON that is sent."


def _parse_xml(data: bytes, limits: Limits) -> object:
    encoding = None if data.startswith(_USUAL) else declared_encoding(data)
    if encoding is not None and encoding.lower() not in ENCODINGS:
        raise unknown_encoding(encoding)
    try:
        if _may_be_costly(data, encoding, limits):
            _refuse_costly(data, limits)
        # plistlib alone recognizes XML only by `<?xml` or `<plist` in the first bytes.
        value = plistlib.loads(data, fmt=plistlib.FMT_XML)
    except PlistError:
        raise
    except expat.ExpatError as error:
        raise _malformed(data, error) from None
    except Exception as error:
        # Besides ValueError, a damaged document makes plistlib raise AttributeError, IndexError,
        # LookupError and others: all of them mean the same here.
        raise _unreadable(data, limits) from error
    if value is None:
        raise _without_value(data, limits)
    return value


def _may_be_costly(data: bytes, encoding: str | None, limits: Limits) -> bool:
    """Return whether a document may be one of those that ``_refuse_costly`` rejects."""
    return (
        (len(data) > _LONGEST_TAG and not _has_short_tags(data, limits))
        or b"[" in data
        # declared late
        or (encoding is None and not data.startswith(_USUAL) and b"encoding" in data)
        or (b"&" in data and re.search(_OTHER_ENTITY, data) is not None)
    )


def _has_short_tags(data: bytes, limits: Limits) -> bool:
    """Return quickly whether a document has only short tags, and not too many. Most have."""
    start = re.match(_USUAL_START, data)
    if start is None or data.count(b"<") > limits.values:
        return False
    half = _LONGEST_TAG // 2
    return (
        data.find(b"<!", start.end()) == data.find(b"<?", start.end()) == -1
        # Without comments and instructions, each < is the start of a tag.
        and all(b"<" in data[at : at + half] for at in range(0, len(data) - half, half))
    )


def _refuse_costly(data: bytes, limits: Limits) -> None:
    """Reject a document that would cost plistlib far more than a good one of the same size.

    That is one with declarations or undeclared entities, with too many elements or levels, or with
    a giant tag or comment: plistlib gives a document to expat in blocks of 2 KB, and expat begins
    an unfinished tag, comment or instruction again with each block.
    """
    level = elements = 0

    def start_element(_name: str, _attributes: object) -> None:
        nonlocal level, elements
        level += 1
        elements += 1
        if level > limits.depth + 2:  # <plist> is one, the first value another
            raise broken(
                "OSU104", f"there are more than {limits.depth} levels of nesting", place_of(parser)
            )
        if elements > 2 * limits.values + 2:  # each value may have a key
            message = f"there are more values than the limit of {limits.values}"
            raise broken("OSU104", message, place_of(parser))

    def end_element(_name: str) -> None:
        nonlocal level
        level -= 1

    parser = expat.ParserCreate()
    refuse_declarations(parser)
    parser.StartElementHandler = start_element
    parser.EndElementHandler = end_element
    for start in range(0, len(data), _LONGEST_TAG):
        end = start + _LONGEST_TAG
        parser.Parse(data[start:end], end >= len(data))
        if start - parser.CurrentByteIndex > _LONGEST_TAG:  # unfinished since the block before
            message = f"a tag or comment is longer than the limit of {_LONGEST_TAG} bytes"
            raise broken("OSU104", message, place_of(parser))


_LONGEST_TAG = 1 << 16
"""Bytes of a tag, a comment or an instruction."""


def _parse_binary(data: bytes, limits: Limits, dict_type: type[dict[str, Any]] = dict) -> object:
    _refuse_costly_objects(data, limits)
    try:
        return plistlib.loads(data, fmt=plistlib.FMT_BINARY, dict_type=dict_type)
    except RecursionError:
        raise broken("OSU104", "there are more levels of nesting than can be read") from None
    except Exception as error:  # as with XML
        raise broken("OSU101", "the binary property list is damaged") from error


def refuse_excess(value: object, limits: Limits) -> None:
    """Reject a value that exceeds a limit, or that no message can hold.

    Raises:
        PlistError: with the reasons.
    """
    if text_of(value, limits) is None:
        error = PlistError(problems(value, limits))
        if error.findings:
            raise error


def write(value: dict[str, Any], fmt: Format, limits: Limits) -> bytes:
    """Write a property list, keys sorted.

    Raises:
        EncodeError: a value cannot be written, or would come back as another one.
    """
    if fmt not in ("xml", "binary"):
        raise ValueError(f"fmt must be 'xml' or 'binary', not {fmt!r}")
    if found := unwritable(value, fmt, limits):
        raise EncodeError(found)
    data = plistlib.dumps(value, fmt=plistlib.FMT_XML if fmt == "xml" else plistlib.FMT_BINARY)
    if len(data) > limits.size:
        message = f"{len(data)} bytes are more than the limit of {limits.size}"
        raise EncodeError([RULES["OSU104"].finding("", message)])
    return data


def unwritable(value: object, fmt: Wire, limits: Limits) -> list[Finding]:
    """Yield the reasons why a value cannot be written, although it was read."""
    return [] if is_ordinary(value, fmt, limits) else list(problems(value, limits, fmt))


def _refuse_costly_objects(data: bytes, limits: Limits) -> None:
    """Reject a binary document that would cost plistlib far more than a good one of the same size.

    Either it has more values than the limit, or its objects claim, together, more bytes than it
    has. plistlib copies each object's bytes, so that a megabyte of objects that overlap would
    become gigabytes. Objects do not overlap in a valid document, and each is used.
    """
    if len(data) < 40:
        return  # plistlib rejects it
    offset_size, ref_size, count, _, table = struct.unpack(">6xBBQQQ", data[-32:])
    if count * len(data) <= 1 << 22 and len(data) <= 1 << 16:
        return  # even the worst case costs little
    # The root, and a key for each value.
    if count > 2 * limits.values + 1 and 0 < count * offset_size < len(data) - table:
        raise PlistError([too_many(limits)])
    widths = {1: 1, 4: 1, 5: 1, 6: 2, 8: 1, 10: ref_size, 13: 2 * ref_size}
    claimed = values = 0
    for kind, length in _objects(data, offset_size, count, table):
        claimed += 1 + length * widths.get(kind, 0)
        if claimed > len(data):
            raise broken("OSU101", "the document is damaged: its objects overlap")
        values += length if kind in (10, 13) else 0  # of arrays and dictionaries
        if values > limits.values:
            raise PlistError([too_many(limits)])


def _objects(data: bytes, offset_size: int, count: int, table: int) -> Iterator[tuple[int, int]]:
    """Yield the kind and the length of each object in a binary document, damaged or not."""
    for entry in range(table, table + min(count, len(data) + 1) * offset_size, offset_size or 1):
        offset = int.from_bytes(data[entry : entry + offset_size], "big")
        head = data[offset : offset + 10]
        if not head:
            return
        kind, length = head[0] >> 4, head[0] & 0xF
        if kind == 1:  # an integer
            length = 1 << length
        elif kind == 8:  # a UID
            length += 1
        elif length == 0xF and len(head) > 1:
            length = int.from_bytes(head[2 : 2 + (1 << (head[1] & 3))], "big")
        yield kind, length


_USUAL = b'<?xml version="1.0" encoding="UTF-8"?>'
_USUAL_START = rb"<\?xml[^<>]*>\s*(?:<!DOCTYPE[^<>]*>\s*)?<plist"
_OTHER_ENTITY = rb"&(?!(?:amp|lt|gt|quot|apos);|#)"


def _malformed(data: bytes, error: expat.ExpatError) -> PlistError:
    text = as_text(data)
    start = text.lstrip()
    if start.startswith("<?xml") and start != text:
        return broken("OSU102", "there is white space before the XML declaration", (1, 1))
    reason = expat.ErrorString(error.code) or "malformed"
    line = lines_of(data)[error.lineno - 1 : error.lineno]
    # Of a long line, the part around the place.
    excerpt = line[0][max(0, error.offset - 30) :].strip() if line else ""
    within = f" in {show(excerpt)}" if excerpt else ""
    place = after_mark((error.lineno, error.offset + 1), data)
    hint = _hint(data, line[0][: error.offset], line[0][error.offset :]) if line else None
    hint = hint or _HINTS_OF_REASONS.get(reason)
    return broken("OSU101", f"the XML is malformed: {reason}{within}", place, hint)


_HINTS = (
    ("\0[“”„‟«»\u2018\u2019]", STRAIGHT_QUOTES),
    ("<\0?<|\\{\\{", FILL_IN),
    ("&[A-Za-z0-9_]{0,40}\0", "Write &amp; instead of &."),
    ("<\0[ =0-9]", "Write &lt; instead of <."),
)
"""The characters around the place (\\0) where XML is malformed, and what to do."""
_HINTS_OF_REASONS = {
    "junk after document element": "Delete what follows the message.",
    "no element found": GET_THE_END,
    "unclosed token": GET_THE_END,
}


def _hint(data: bytes, before: str, after: str) -> str | None:
    """Return the hint for a typical mistake, or ``None``."""
    encoding = json.detect_encoding(data)
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return "Save the document as UTF-8."
    if not encoding.startswith("utf-8") and (declared_encoding(data) or "utf-8").lower() == "utf-8":
        return "Save the document as UTF-8, which it declares."
    around = f"{before[-50:]}\0{after[:20]}"
    return next((hint for pattern, hint in _HINTS if re.search(pattern, around)), None)


def _unreadable(data: bytes, limits: Limits) -> PlistError:
    """Explain why plistlib cannot read an XML document."""
    found = map_xml(data, limits).located()
    if not found:
        return broken("OSU101", "the document is damaged")
    line, column = found[0].line, found[0].column
    return PlistError(found, (line, column) if line and column else None)


def _without_value(data: bytes, limits: Limits) -> PlistError:
    """Explain why plistlib finds nothing in an XML document."""
    for finding, place in map_xml(data, limits).findings.items():
        return broken("OSU101", f"not a property list: {finding.message}", place, _HINT_OF_OTHERS)
    return broken("OSU103", "there is no value in the document")


# -- keys that binary documents have twice -------------------------------------------------------


class _Noticing(dict[str, Any]):
    """A dictionary that keeps the keys that were set twice."""

    def __init__(self) -> None:
        super().__init__()
        self.twice: dict[str, None] = {}

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self:
            self.twice[key] = None
        super().__setitem__(key, value)


def keys_twice(data: bytes, limits: Limits) -> Iterator[Finding]:
    """Find the duplicate keys of a binary document, if it is within the limits."""
    try:
        document = _parse_binary(data, limits, _Noticing)
    except PlistError:
        return
    if any(problems(document, limits)):
        return
    level: list[tuple[str, Any]] = [("", document)]
    for path, item in level:  # which grows meanwhile
        if isinstance(item, _Noticing):
            for key in item.twice:
                message = f"duplicate key {show(key)}"
                yield RULES["OSU107"].finding(join(path, key), message)
            level += ((join(path, key), inner) for key, inner in item.items())
        elif isinstance(item, list):
            level += ((join(path, index), inner) for index, inner in enumerate(item))
