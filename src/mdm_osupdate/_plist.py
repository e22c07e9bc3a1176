"""Bytes to plain values and back, on plistlib: limits before cost, and one exception out.

The only module that touches property lists. ``survey`` reads an XML document a second time, with
expat, for what plistlib does not tell: where things stand, and what it drops without a word.
"""

from __future__ import annotations

import datetime as dt
import math
import plistlib
import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from xml.parsers import expat

from attrs import frozen

from ._errors import EncodeError, PlistError
from ._findings import Finding, join, show
from ._rules import RULES

Format = Literal["xml", "binary"]
Position = tuple[int, int]
"""Line and column, both counted from 1."""


@frozen
class Limits:
    """How much a document may ask for: real ones have 10 KB, five levels, some hundred values."""

    size: int = 1 << 20
    """Bytes."""
    depth: int = 32
    """Levels of nesting."""
    values: int = 50_000
    """Values; one that a binary property list shares counts wherever it stands."""


DEFAULT_LIMITS = Limits()


def read(data: bytes | str, limits: Limits) -> object:
    """Read a property list, XML or binary.

    Raises:
        PlistError: it is none, or past a limit. Nothing else, whatever the bytes.
    """
    value = parse(data, limits)
    refuse_excess(value, limits)
    return value


def parse(data: bytes | str, limits: Limits) -> object:
    """Read a property list without looking at how deep it is, and how many values it has.

    Raises:
        PlistError: it is none, or longer than the limit.
    """
    data = to_bytes(data)
    if len(data) > limits.size:
        raise _broken("OSU104", f"the document is longer than the limit of {limits.size} bytes")
    if not data.strip():
        raise _broken("OSU103", f"there is nothing to read in {len(data)} bytes")
    binary = data.startswith(b"bplist")
    if binary:
        _refuse_lying_sizes(data)
    elif data.lstrip(b"\0\xff\xfe\xef\xbb\xbf \t\r\n")[:1] != b"<":
        start = data[:20].decode("utf-8", "replace")
        raise _broken("OSU101", f"no property list begins with {show(start)}", (1, 1))
    try:
        # plistlib alone would recognise XML only by `<?xml` or `<plist` in the first bytes.
        value = plistlib.loads(data, fmt=plistlib.FMT_BINARY if binary else plistlib.FMT_XML)
    except expat.ExpatError as error:
        raise _malformed(data, error) from None
    except Exception as error:
        # Besides ValueError, a damaged document makes plistlib raise AttributeError, IndexError,
        # LookupError, RecursionError and others: all of them mean the same here.
        if "entity declarations" in str(error):
            raise _broken("OSU105", "the document declares an entity") from None
        reason = str(error) or type(error).__name__
        raise _broken("OSU101", f"the document is damaged: {reason:.120}") from error
    return value


def refuse_excess(value: object, limits: Limits) -> None:
    """Refuse what is past a limit, or holds what no message can.

    Raises:
        PlistError: with the reasons.
    """
    if _text_of(value, limits) is None and (found := list(problems(value, limits))):
        raise PlistError(found)


def write(value: dict[str, Any], fmt: Format, limits: Limits) -> bytes:
    """Write a property list, keys sorted.

    Raises:
        EncodeError: a value cannot be written, or would come back as another one.
    """
    if fmt not in ("xml", "binary"):
        raise ValueError(f"fmt must be 'xml' or 'binary', not {fmt!r}")
    text = _text_of(value, limits)
    ordinary = text is not None and (
        (text.isascii() and text.isprintable()) or not _ALTERED[fmt].search(text)
    )
    if not ordinary:
        if found := list(problems(value, limits, fmt)):
            raise EncodeError(found)
        value = _without_zones(value)
    data = plistlib.dumps(value, fmt=plistlib.FMT_XML if fmt == "xml" else plistlib.FMT_BINARY)
    if len(data) > limits.size:
        message = f"{len(data)} bytes are more than the limit of {limits.size}"
        raise EncodeError([RULES["OSU104"].finding("", message)])
    return data


def to_bytes(data: bytes | str) -> bytes:
    """Encode text as the XML parser wants it; a lone surrogate is left for the parser to refuse."""
    return data.encode("utf-8", "surrogatepass") if isinstance(data, str) else bytes(data)


# -- what a document may hold --------------------------------------------------------------------

INTEGERS = range(-(2**63), 2**64)
_ALTERED = {
    # XML cannot hold control characters and makes "\r" a "\n"; no format holds half a surrogate.
    "xml": re.compile("[\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]"),
    "binary": re.compile("[\ud800-\udfff]"),
    "json": re.compile("[\ud800-\udfff]"),
}
_PLIST_TYPES = (str, bool, float, bytes, dt.datetime)
_JSON_TYPES = (str, bool, float, type(None))


def _text_of(value: object, limits: Limits) -> str | None:
    """All text of a document, keys too; ``None`` if something in it asks for a closer look.

    Every document passes here, so it is quick: it looks at types, and gives no reasons. It goes by
    levels and counts before it descends: a binary property list is a graph, in which 3 KB can
    stand for millions of values, or contain itself.
    """
    texts: list[Any] = []
    level: list[Any] = [value]
    budget = limits.values
    for _ in range(limits.depth + 1):
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str:
                texts.append(item)
            elif kind is bool:
                pass
            elif kind is dict:
                budget -= len(item)
                if budget < 0:
                    return None
                texts.extend(item)
                below.extend(item.values())
            elif kind is list:
                budget -= len(item)
                if budget < 0:
                    return None
                below.extend(item)
            elif kind is int:
                if item not in INTEGERS:
                    return None
            elif kind is float:
                if item != item:
                    return None
            elif kind is dt.datetime:
                if item.tzinfo or item.microsecond:
                    return None
            elif kind is not bytes:
                return None
        if not below:
            try:
                return "".join(texts)
            except TypeError:  # a key that is no string
                return None
        level = below
    return None


def problems(
    value: object, limits: Limits, fmt: Format | Literal["json"] | None = None
) -> Iterator[Finding]:
    """What is wrong with a document that was read (``fmt=None``) or is to be written."""
    level: list[tuple[str, Any]] = [("", value)]
    budget = limits.values
    for _ in range(limits.depth + 1):
        below: list[tuple[str, Any]] = []
        for path, item in level:
            if isinstance(item, dict | list):
                budget -= len(item)
                if budget < 0:
                    message = f"there are more values than the limit of {limits.values}"
                    yield RULES["OSU104"].finding("", message)
                    return
            if isinstance(item, list):
                below += ((join(path, index), inner) for index, inner in enumerate(item))
            elif isinstance(item, dict):
                for key, inner in item.items():
                    if type(key) is not str:
                        yield RULES["OSU106"].finding(path, f"the key {key!r:.40} is no string")
                    elif reason := _unfit(key, fmt):
                        yield RULES["OSU106"].finding(path, f"the key {show(key)} {reason}")
                    else:
                        below.append((join(path, key), inner))
            elif reason := _unfit(item, fmt):
                yield RULES["OSU106"].finding(path, f"{show(item)} {reason}")
        if not below:
            return
        level = below
    yield RULES["OSU104"].finding("", f"there are more than {limits.depth} levels of nesting")


def _unfit(item: object, fmt: str | None) -> str:
    """Why a scalar cannot stand in a document as it is; empty if it can."""
    if type(item) is int:
        return "" if item in INTEGERS else "does not fit into 64 bits"
    if fmt == "json" and type(item) not in _JSON_TYPES:
        return "is nothing that JSON holds"
    if fmt != "json" and type(item) not in _PLIST_TYPES:
        return "is nothing that a property list of MDM holds"
    if fmt is None:
        return ""
    if fmt == "json" and isinstance(item, float) and not math.isfinite(item):
        return "is no number that JSON has"
    if isinstance(item, str) and (found := _ALTERED[fmt].search(item)):
        return f"has the character {found[0]!a}, which {fmt} does not keep"
    if isinstance(item, float) and item != item:
        return "is not equal to itself"
    if isinstance(item, dt.datetime) and item.microsecond:
        return "has a fraction of a second, which property lists do not keep"
    if isinstance(item, dt.datetime) and item.utcoffset():
        return "has an offset from UTC, which property lists do not keep"
    return ""


def _without_zones(value: Any) -> Any:
    """A copy with naive dates, as plistlib wants them, of a document whose dates are in UTC."""
    if isinstance(value, dict):
        return {key: _without_zones(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_zones(inner) for inner in value]
    return value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value


def _refuse_lying_sizes(data: bytes) -> None:
    """Refuse a binary document whose objects claim, together, more bytes than it has.

    plistlib copies each object's bytes, so that a megabyte of objects that overlap would become
    gigabytes. Objects do not overlap in an honest document.
    """
    if len(data) < 40:
        return  # plistlib refuses it
    offset_size, ref_size, count, _, table = struct.unpack(">6xBBQQQ", data[-32:])
    if count * len(data) <= 1 << 22:
        return  # even the worst lie costs little
    widths = {4: 1, 5: 1, 6: 2, 10: ref_size, 13: 2 * ref_size}
    claimed = 0
    for entry in range(table, table + min(count, len(data) + 1) * offset_size, offset_size or 1):
        offset = int.from_bytes(data[entry : entry + offset_size], "big")
        head = data[offset : offset + 10]
        if not head:
            break
        length = head[0] & 0xF
        if length == 0xF and len(head) > 1:
            length = int.from_bytes(head[2 : 2 + (1 << (head[1] & 3))], "big")
        claimed += 1 + length * widths.get(head[0] >> 4, 0)
        if claimed > len(data):
            raise _broken("OSU101", "the document is damaged: its objects overlap")


def _broken(rule: str, message: str, position: Position | None = None) -> PlistError:
    return PlistError([RULES[rule].finding("", message)], position)


def _malformed(data: bytes, error: expat.ExpatError) -> PlistError:
    position = (error.lineno, error.offset + 1)
    start = data.lstrip()
    if start.startswith(b"<?xml") and start != data:
        return _broken("OSU102", "there is white space before the XML declaration", (1, 1))
    reason = expat.ErrorString(error.code) or "malformed"
    line = data.splitlines()[error.lineno - 1 : error.lineno]
    excerpt = f" in {show(line[0].decode('utf-8', 'replace').strip())}" if line else ""
    return _broken("OSU101", f"the XML is malformed: {reason}{excerpt}", position)


# -- where things stand --------------------------------------------------------------------------

_DEEPEST = 200
_SCALARS = frozenset({"string", "integer", "real", "true", "false", "date", "data"})


@frozen
class Survey:
    """What an XML document says beside its values; a binary one says nothing."""

    positions: Mapping[str, Position]
    """Where the value at each path stands."""
    findings: tuple[Finding, ...]
    """What plistlib drops without a word."""
    end: Position | None = None
    """Where a malformed document breaks off."""

    def locate(self, path: str) -> Position | None:
        """Where the value at a path stands or, if it is missing, the nearest one around it."""
        if not path:
            return self.end or self.positions.get("")
        cuts = (i for i in range(len(path), -1, -1) if path[i : i + 1] in ("", ".", "["))
        around = (self.positions[path[:i]] for i in cuts if path[:i] in self.positions)
        return next(around, self.positions.get(""))


class _Container:
    """A dictionary or array that is open while expat reads."""

    def __init__(self, path: str, element: str) -> None:
        self.path = path
        self.element = element
        self.keys: set[str] = set()
        self.key = ""
        self.items = 0

    def next_path(self) -> str:
        if self.element == "dict":
            return join(self.path, self.key)
        self.items += 1
        return join(self.path, self.items - 1)


def survey(data: bytes | str) -> Survey:
    """Find where the values of an XML property list stand, and what plistlib leaves out.

    A malformed document is surveyed up to where it breaks off.
    """
    data = to_bytes(data)
    positions: dict[str, Position] = {}
    findings: list[Finding] = []
    if data.startswith(b"bplist"):
        return Survey(positions, ())
    parser = expat.ParserCreate()
    parser.buffer_text = True
    open_: list[_Container] = []
    text: list[str] | None = None  # of the scalar or key that is open

    def where() -> Position:
        return parser.CurrentLineNumber, parser.CurrentColumnNumber + 1

    def report(rule: str, path: str, message: str) -> None:
        positions.setdefault(path, where())
        findings.append(RULES[rule].finding(path, message))

    def start(element: str, _: dict[str, str]) -> None:
        nonlocal text
        path = open_[-1].path if open_ else ""
        if len(open_) > _DEEPEST:
            raise ValueError  # paths this long cost the square of the depth
        if element == "key":
            text = []
        elif element in _SCALARS or element in ("dict", "array"):
            if open_:
                path = open_[-1].next_path()
            elif "" in positions:
                report("OSU108", "", f"a second value, <{element}>, follows the first")
            positions[path] = where()
            if element in _SCALARS:
                text = []
            else:
                open_.append(_Container(path, element))
        elif element != "plist":
            report("OSU109", path, f"<{element}> is no element of property lists")

    def end(element: str) -> None:
        nonlocal text
        if element == "key" and open_:
            key = "".join(text or ())
            container = open_[-1]
            container.key = key
            if key in container.keys:
                path = join(container.path, key)
                report("OSU107", path, f"the key {show(key)} stands here a second time")
            container.keys.add(key)
        elif element in ("dict", "array"):
            open_.pop()
        text = None

    def characters(content: str) -> None:
        if text is not None:
            text.append(content)
        elif content.strip():
            path = open_[-1].path if open_ else ""
            report("OSU109", path, f"the text {show(content.strip())} stands between elements")

    def refuse_entity(*_: object) -> None:
        raise ValueError  # what it expands to could be of any size

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.EntityDeclHandler = refuse_entity
    end_of_document = None
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        end_of_document = (error.lineno, error.offset + 1)
    except (ValueError, LookupError):  # depth, an entity, an encoding that nobody knows
        end_of_document = where()
    return Survey(positions, tuple(findings), end_of_document)


def positions(data: bytes | str) -> Mapping[str, Position]:
    """Where the values of an XML property list stand: path to line and column, from 1.

    The paths are those of findings: ``positions(data)["Command.Updates[0].Priority"]``. Empty for
    a binary property list.
    """
    return survey(data).positions
