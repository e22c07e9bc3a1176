"""Write values in one of many layouts, and record where each value begins.

The writer knows each position because it wrote the text up to there, so it is independent of the
parser that the library's positions come from.
"""

import base64
import datetime as dt
import json
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from mdm_osupdate.errors import join

Places = dict[str, tuple[int, int]]
"""The line and column of each value by its path."""

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HALF = re.compile("[\ud800-\udfff]")


def writable(value: Any, fmt: str) -> Any:
    """Return the part of a value that a format holds without a change."""
    if isinstance(value, dict):
        inner = {_text(key, fmt): writable(item, fmt) for key, item in value.items()}
        return {key: item for key, item in inner.items() if item is not ...}
    if isinstance(value, list):
        return [item for item in (writable(item, fmt) for item in value) if item is not ...]
    if isinstance(value, str):
        return _text(value, fmt)
    if isinstance(value, float):
        return value if math.isfinite(value) else ...
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else ...
    if isinstance(value, dt.datetime) and value.microsecond:  # binary documents have fractions
        return ...
    is_plain = value is None if fmt == "json" else isinstance(value, bytes | dt.datetime)
    return value if is_plain else ...


def _text(text: object, fmt: str) -> str:
    return (_HALF if fmt == "json" else _NOT_XML).sub("", str(text))


class _Writer:
    """A text that is written piece by piece, in a layout that chance decides."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.pieces: list[str] = []
        self.length = 0
        self.offsets: dict[str, int] = {}

    def put(self, text: str) -> None:
        self.pieces.append(text)
        self.length += len(text)

    def begin(self, path: str) -> None:
        self.offsets[path] = self.length

    def result(self, newline: str) -> tuple[str, Places]:
        text = "".join(self.pieces)
        starts = [0, *(found.end() for found in re.finditer(newline, text))]
        places = {}
        for path, offset in self.offsets.items():
            line = bisect_right(starts, offset)
            places[path] = (line, offset - starts[line - 1] + 1)
        return text, places


# -- XML -------------------------------------------------------------------------------------------

_DECLARATIONS = (
    "",
    '<?xml version="1.0"?>\n',
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" '
    '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n',
    "<!-- é\U0001f34e -->\n",
)
_SPACES = ("", "", " ", "\n", "\r\n", "\r", "\n\t", "<!-- <dict> & é -->", "<?x y?>\n")


def write_xml(value: Any, random: Random) -> tuple[bytes, Places]:
    """Write a property list as XML."""
    writer = _Writer(random)
    mark, encoding = random.choice([("", "utf-8"), ("\ufeff", "utf-8"), ("\ufeff", "utf-16-le")])
    # The encoding that is declared must be the one that is used.
    writer.put(random.choice(_DECLARATIONS[:2] if encoding == "utf-16-le" else _DECLARATIONS))
    writer.put(random.choice(["<plist>", '<plist version="1.0">']))
    _xml_value(writer, value, "")
    _xml_space(writer)
    writer.put("</plist>\n")
    text, places = writer.result("\r\n|\r|\n")
    return (mark + text).encode(encoding), places


def _xml_space(writer: _Writer) -> None:
    writer.put(writer.random.choice(_SPACES))


def _xml_value(writer: _Writer, value: Any, path: str) -> None:
    _xml_space(writer)
    writer.begin(path)
    if isinstance(value, dict):
        writer.put("<dict>")
        for key, item in value.items():
            _xml_space(writer)
            writer.put(f"<key>{_xml_text(writer, key)}</key>")
            _xml_value(writer, item, join(path, key))
        _xml_space(writer)
        writer.put("</dict>")
    elif isinstance(value, list):
        writer.put("<array >")
        for index, item in enumerate(value):
            _xml_value(writer, item, join(path, index))
        _xml_space(writer)
        writer.put("</array>")
    else:
        writer.put(_xml_scalar(writer, value))


def _xml_scalar(writer: _Writer, value: Any) -> str:
    if isinstance(value, bool):
        return "<true/>" if value else "<false></false>"
    if isinstance(value, str):
        return f"<string>{_xml_text(writer, value)}</string>" if value else "<string/>"
    if isinstance(value, int):
        return f"<integer>{value}</integer>"
    if isinstance(value, float):
        return f"<real>{value!r}</real>"
    if isinstance(value, bytes):
        return f"<data>\n{base64.b64encode(value).decode()}\n</data>"
    return f"<date>{value.replace(tzinfo=None).isoformat(timespec='seconds')}Z</date>"


def _xml_text(writer: _Writer, text: str) -> str:
    form = writer.random.randrange(4)
    if form == 0 and "]]>" not in text:
        return f"<![CDATA[{text}]]>"
    if form == 1:
        return "".join(f"&#x{ord(character):x};" for character in text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# -- JSON ------------------------------------------------------------------------------------------

_JSON_SPACES = ("", "", " ", "\n", "\r\n", "\n  ", "\t")
_JSON_ENCODINGS = (
    ("", "utf-8"),
    ("", "utf-8"),
    ("\ufeff", "utf-8"),
    ("\ufeff", "utf-16-le"),
    ("", "utf-16-be"),
    ("\ufeff", "utf-32-be"),
    ("", "utf-32-le"),
)


def write_json(value: Any, random: Random) -> tuple[bytes, Places]:
    """Write a JSON text."""
    writer = _Writer(random)
    mark, encoding = random.choice(_JSON_ENCODINGS)
    _json_value(writer, value, "")
    _json_space(writer)
    text, places = writer.result("\n")
    return (mark + text).encode(encoding), places


def _json_space(writer: _Writer) -> None:
    writer.put(writer.random.choice(_JSON_SPACES))


def _json_value(writer: _Writer, value: Any, path: str) -> None:
    _json_space(writer)
    writer.begin(path)
    if isinstance(value, dict):
        writer.put("{")
        for key, item in _separated(writer, value.items()):
            _json_space(writer)
            writer.put(_json_text(writer, key))
            _json_space(writer)
            writer.put(":")
            _json_value(writer, item, join(path, key))
        _json_space(writer)
        writer.put("}")
    elif isinstance(value, list):
        writer.put("[")
        for index, item in _separated(writer, enumerate(value)):
            _json_value(writer, item, join(path, index))
        _json_space(writer)
        writer.put("]")
    else:
        writer.put(_json_text(writer, value))


def _separated(writer: _Writer, pairs: Any) -> Iterator[tuple[Any, Any]]:
    for number, pair in enumerate(pairs):
        if number:
            _json_space(writer)
            writer.put(",")
        yield pair


def _json_text(writer: _Writer, value: object) -> str:
    return json.dumps(value, ensure_ascii=writer.random.random() < 0.5)


WRITERS: dict[str, Callable[[Any, Random], tuple[bytes, Places]]] = {
    "xml": write_xml,
    "json": write_json,
}
