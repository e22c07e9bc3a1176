"""Detection of the format of a document, XML, binary or JSON, and of its encoding."""

from __future__ import annotations

import json
import re
from typing import Literal

from mdm_osupdate.errors import show

Format = Literal["xml", "binary"]
"""The formats of property lists."""
Wire = Literal["xml", "binary", "json"]
"""The formats of documents."""
Position = tuple[int, int]
"""Line and column, both counted from 1."""

ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})
"""The encodings that an XML document may declare: those that expat knows without asking Python."""

_DECLARED = re.compile(r"""\ufeff?<\?xml[^>]*?(\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)'))""")
_START = 1000
"""The number of leading bytes that show the format and the encoding."""


def to_bytes(data: bytes | str) -> bytes:
    """Convert a document to what the parsers expect.

    Text is decoded already, so the encoding that it declares is replaced by spaces: everything
    else keeps its line and column. The parser rejects lone surrogates.

    Raises:
        TypeError: it is neither bytes nor text.
    """
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        if declared := _DECLARED.match(data):
            start, end = declared.span(1)
            data = data[:start] + " " * (end - start) + data[end:]
        return data.encode("utf-8", "surrogatepass")
    if isinstance(data, bytearray | memoryview):
        return bytes(data)
    raise TypeError(f"a document must be bytes or text, not {show(data)}")


def format_of(data: bytes) -> Wire:
    """Return the format of a document. The default is ``"xml"``."""
    if is_binary(data):
        return "binary"
    return "json" if _is_json(data) else "xml"


def is_binary(data: bytes) -> bool:
    """Return whether a document starts like a binary property list."""
    return data.startswith(b"bplist")


def is_xml(data: bytes) -> bool:
    """Return whether a document starts like XML, in any encoding."""
    return data.lstrip(b"\0\xff\xfe\xef\xbb\xbf \t\r\n")[:1] == b"<"


def is_plist(data: bytes) -> bool:
    """Return whether a document starts like a property list, XML or binary."""
    return is_binary(data) or is_xml(data)


def _is_json(data: bytes) -> bool:
    start = data[:_START]
    text = start.decode(json.detect_encoding(start), "replace")
    return text.lstrip("\ufeff \t\r\n").startswith(("{", "["))


def declared_encoding(data: bytes) -> str | None:
    """Return the encoding that an XML document declares, or ``None``."""
    declared = _DECLARED.match(as_text(data[:_START]))
    return None if declared is None else declared[2] or declared[3] or ""


def as_text(data: bytes) -> str:
    """Decode a document for people to read."""
    return data.decode(json.detect_encoding(data), "replace").removeprefix("\ufeff")


def lines_of(data: bytes) -> list[str]:
    """Return the lines of a document as positions count them: in JSON, only ``\\n`` ends one."""
    text = as_text(data)
    return text.split("\n") if format_of(data) == "json" else re.split(NEWLINE, text)


NEWLINE = "\r\n|\r|\n"
"""The pattern of what ends a line of an XML document."""
