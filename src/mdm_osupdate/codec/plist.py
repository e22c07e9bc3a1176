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

from mdm_osupdate.errors import EncodeError, Finding, PlistError, join, show
from mdm_osupdate.rules import RULES

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
    if is_binary(data):
        return _parse_binary(data)
    if not _is_xml(data):
        start = data[:20].decode("utf-8", "replace")
        raise _broken("OSU101", f"no property list begins with {show(start)}", (1, 1))
    try:
        if b"[" in data or (b"&" in data and re.search(_OTHER_ENTITY, data)):
            parser = expat.ParserCreate()
            _refuse_declarations(parser)
            parser.Parse(data, True)
        # plistlib alone would recognise XML only by `<?xml` or `<plist` in the first bytes.
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


def _parse_binary(data: bytes, dict_type: type[dict[str, Any]] = dict) -> object:
    _refuse_lying_sizes(data)
    try:
        return plistlib.loads(data, fmt=plistlib.FMT_BINARY, dict_type=dict_type)
    except RecursionError:
        raise _broken("OSU104", "there are more levels of nesting than can be read") from None
    except Exception as error:  # as with XML
        raise _broken("OSU101", "the binary property list is damaged") from error


def _is_xml(data: bytes) -> bool:
    return data.lstrip(b"\0\xff\xfe\xef\xbb\xbf \t\r\n")[:1] == b"<"


def is_binary(data: bytes) -> bool:
    """Whether a document is meant as a binary property list."""
    return data.startswith(b"bplist")


def is_plist(data: bytes) -> bool:
    """Whether a document is meant as a property list, XML or binary."""
    return is_binary(data) or _is_xml(data)


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
    if not _is_ordinary(value, fmt, limits):
        if found := list(problems(value, limits, fmt)):
            raise EncodeError(found)
        value = _without_zones(value)
    data = plistlib.dumps(value, fmt=plistlib.FMT_XML if fmt == "xml" else plistlib.FMT_BINARY)
    if len(data) > limits.size:
        message = f"{len(data)} bytes are more than the limit of {limits.size}"
        raise EncodeError([RULES["OSU104"].finding("", message)])
    return data


def unwritable(
    value: object, fmt: Literal["xml", "binary", "json"], limits: Limits
) -> list[Finding]:
    """What is wrong with a document that can be read, and not be written again."""
    return [] if _is_ordinary(value, fmt, limits) else list(problems(value, limits, fmt))


def _is_ordinary(value: object, fmt: Format | Literal["json"], limits: Limits) -> bool:
    """Whether a document can be written as it is, which most can; if not, look closer."""
    text = _text_of(value, limits)
    return text is not None and (
        (text.isascii() and text.isprintable()) or not _ALTERED[fmt].search(text)
    )


_DECLARED = r"""\ufeff?<\?xml[^>]*?(\sencoding\s*=\s*(?:"[^"]*"|'[^']*'))"""


def to_bytes(data: bytes | str) -> bytes:
    """A document as the parsers want it.

    Of text the declared encoding does not count, since it is decoded already: spaces take its
    place, so that all else stays where it is. A lone surrogate is left for the parser to refuse.

    Raises:
        TypeError: it is neither bytes nor text.
    """
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        if declared := re.match(_DECLARED, data):
            start, end = declared.span(1)
            data = data[:start] + " " * (end - start) + data[end:]
        return data.encode("utf-8", "surrogatepass")
    if isinstance(data, bytearray | memoryview):
        return bytes(data)
    raise TypeError(f"a document is bytes or text, not {show(data)}")


# -- what a document may hold --------------------------------------------------------------------

_LONGEST_PATHS = 1 << 23
"""How many characters the paths of a document may have: 160 for each of 50,000 values."""
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
    letters = _LONGEST_PATHS
    for _ in range(limits.depth + 1):
        below: list[tuple[str, Any]] = []
        for path, item in level:
            if isinstance(item, dict | list):
                budget -= len(item)
                if budget < 0:
                    message = f"there are more values than the limit of {limits.values}"
                    yield RULES["OSU104"].finding("", message)
                    return
                letters -= len(item) * len(path)
                if letters < 0:
                    yield RULES["OSU104"].finding("", "the paths of the values are too long")
                    return
            if isinstance(item, list):
                below += ((join(path, index), inner) for index, inner in enumerate(item))
            elif isinstance(item, dict):
                for key, inner in item.items():
                    if not _is_a(key, (str,), fmt):
                        yield RULES["OSU106"].finding(path, f"the key {key!r:.40} is no string")
                    elif reason := _unfit(key, fmt):
                        yield RULES["OSU106"].finding(path, f"the key {show(key)} {reason}")
                    else:
                        below.append((join(path, key), inner))
            elif reason := _unfit(item, fmt):
                shown = "null" if item is None else show(item)
                yield RULES["OSU106"].finding(path, f"{shown} {reason}")
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
    if fmt != "json" and not _is_a(item, _PLIST_TYPES, fmt):
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


def _is_a(item: object, types: tuple[type, ...], fmt: str | None) -> bool:
    """Whether a value is of a type; writing wants the type itself, of which reading makes it."""
    return isinstance(item, types) if fmt is None else type(item) in types


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
        kind, length = head[0] >> 4, head[0] & 0xF
        if kind == 1:  # an integer, whose nibble is an exponent
            claimed += 1 << length
        elif kind == 8:  # a UID
            claimed += 1 + length
        elif length == 0xF and len(head) > 1:
            length = int.from_bytes(head[2 : 2 + (1 << (head[1] & 3))], "big")
        claimed += 1 + length * widths.get(kind, 0)
        if claimed > len(data):
            raise _broken("OSU101", "the document is damaged: its objects overlap")


_OTHER_ENTITY = rb"&(?!(?:amp|lt|gt|quot|apos);|#)"


def _refuse_declarations(parser: expat.XMLParserType) -> None:
    """Have a parser refuse documents that declare anything, or use what they do not declare.

    Declared attributes would cost plistlib the square of the document's length, and declared
    entities any amount; an entity that nobody declares it drops without a word.
    """

    def doctype(_name: str, _system: object, _public: object, declares: bool) -> None:
        if declares:
            message = "the DOCTYPE has declarations of its own"
            hint = "Delete what stands in its brackets, and write out what an entity stands for."
            raise _broken("OSU105", message, _place(parser), hint)

    def skipped(name: str, _is_parameter: bool) -> None:
        message = f"the entity &{name:.40}; is declared nowhere"
        hint = "Write the character itself, or its number, as &#160; has it."
        raise _broken("OSU105", message, _place(parser), hint)

    parser.StartDoctypeDeclHandler = doctype
    parser.SkippedEntityHandler = skipped


def _place(parser: expat.XMLParserType) -> Position:
    return parser.CurrentLineNumber, parser.CurrentColumnNumber + 1


def _broken(
    rule: str, message: str, position: Position | None = None, hint: str | None = None
) -> PlistError:
    return PlistError([RULES[rule].finding("", message, hint)], position)


def _malformed(data: bytes, error: expat.ExpatError) -> PlistError:
    text = _as_text(data)
    start = text.lstrip()
    if start.startswith("<?xml") and start != text:
        return _broken("OSU102", "there is white space before the XML declaration", (1, 1))
    reason = expat.ErrorString(error.code) or "malformed"
    line = re.split("\r\n|\r|\n", text)[error.lineno - 1 : error.lineno]
    # Of a long line what is around the place.
    excerpt = line[0][max(0, error.offset - 30) :].strip() if line else ""
    within = f" in {show(excerpt)}" if excerpt else ""
    return _broken(
        "OSU101", f"the XML is malformed: {reason}{within}", (error.lineno, error.offset + 1)
    )


def _as_text(data: bytes) -> str:
    """A document for people to read."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if 0 in data[:2]:
        return data.decode("utf-16-be" if data[0] == 0 else "utf-16-le", "replace")
    return data.decode("utf-8-sig", "replace")


def _unreadable(data: bytes, limits: Limits) -> PlistError:
    """What is wrong with an XML document that plistlib gave up on."""
    found = survey(data, limits).findings
    if not found:
        return _broken("OSU101", "the document is damaged")
    return PlistError(found, next(iter(found.values())))


def _without_value(data: bytes, limits: Limits) -> PlistError:
    """What is wrong with an XML document in which plistlib found nothing."""
    for finding, place in survey(data, limits).findings.items():
        return _broken("OSU101", f"this is no property list: {finding.message}", place)
    return _broken("OSU103", "there is no value in the document")


# -- where things stand --------------------------------------------------------------------------


@frozen
class Survey:
    """What a document says beside its values."""

    positions: Mapping[str, Position]
    """Where the value at each path of an XML document stands."""
    findings: Mapping[Finding, Position | None]
    """What plistlib drops or bends without a word, and where that stands."""
    end: Position | None = None
    """Where an XML document breaks off that is malformed, or past a limit."""

    def locate(self, what: Finding | str) -> Position | None:
        """Where a finding, or the value at a path, stands; if it is missing, what is around it."""
        if isinstance(what, Finding):
            return self.findings.get(what) or self.locate(what.path)
        if not what:
            return self.end or self.positions.get("") or next(iter(self.findings.values()), None)
        cuts = (i for i in range(len(what), -1, -1) if what[i : i + 1] in ("", ".", "["))
        around = (self.positions[what[:i]] for i in cuts if what[:i] in self.positions)
        return next(around, self.positions.get(""))


def survey(data: bytes | str, limits: Limits = DEFAULT_LIMITS) -> Survey:
    """Find where the values of an XML property list stand, and what plistlib drops or bends.

    A document that is malformed, or past a limit, is surveyed up to where it is. In a binary one
    only keys that stand twice are found.
    """
    data = to_bytes(data)
    if len(data) > limits.size:
        return Survey({}, {})
    if is_binary(data):
        return Survey({}, dict.fromkeys(_keys_twice(data, limits)))
    if not _is_xml(data):
        return Survey({}, {})  # JSON, say
    surveyor = _Surveyor(limits)
    end = surveyor.read(data)
    return Survey(surveyor.positions, surveyor.findings, end)


def positions(data: bytes | str, limits: Limits = DEFAULT_LIMITS) -> Mapping[str, Position]:
    """Where the values of an XML property list stand: path to line and column, from 1.

    The paths are those of findings: ``positions(data)["Command.Updates[0].Priority"]``. Empty for
    a binary property list. What is past the limits has no place.
    """
    return survey(data, limits).positions


class _Noticing(dict[str, Any]):
    """A dictionary that remembers which keys it was given twice."""

    def __init__(self) -> None:
        super().__init__()
        self.twice: list[str] = []

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self:
            self.twice.append(key)
        super().__setitem__(key, value)


def _keys_twice(data: bytes, limits: Limits) -> Iterator[Finding]:
    """Find the keys of a binary document that stand twice, if it is within the limits."""
    try:
        document = _parse_binary(data, _Noticing)
    except PlistError:
        return
    if any(problems(document, limits)):
        return
    level: list[tuple[str, Any]] = [("", document)]
    for path, item in level:  # which grows meanwhile
        if isinstance(item, _Noticing):
            for key in item.twice:
                message = f"the key {show(key)} stands twice in one dictionary"
                yield RULES["OSU107"].finding(join(path, key), message)
            level += ((join(path, key), inner) for key, inner in item.items())
        elif isinstance(item, list):
            level += ((join(path, index), inner) for index, inner in enumerate(item))


class _DoneError(Exception):
    """A survey has come as far as it can."""


class _Container:
    """A dictionary or array that is open while expat reads."""

    def __init__(self, path: str, element: str) -> None:
        self.path = path
        self.is_dict = element == "dict"
        self.keys: set[str] = set()
        self.key: str | None = None
        """The key whose value comes next."""
        self.items = 0


class _Surveyor:
    """One pass of expat; it follows plistlib, so that its paths are those of plistlib's values."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.positions: dict[str, Position] = {}
        self.findings: dict[Finding, Position | None] = {}
        self.containers: list[_Container] = []
        self.others: list[tuple[str, Position]] = []
        """The scalars, keys and foreign elements that are open: one, where all is well."""
        self.text: list[str] = []
        self.strays = False
        self.values = 0
        self.letters = 0
        self.parser = expat.ParserCreate()
        _refuse_declarations(self.parser)
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def read(self, data: bytes) -> Position | None:
        """Read a document; tell where it breaks off, if it does."""
        try:
            self.parser.Parse(data, True)
        except expat.ExpatError as error:
            return error.lineno, error.offset + 1
        except PlistError as error:
            return error.position
        except _DoneError:  # the parser is past the place that was reported last
            return next(reversed(self.findings.values()))
        except (ValueError, LookupError):
            self.report("OSU101", "the encoding that the document declares is not known")
            return _place(self.parser)
        return None

    def report(
        self,
        rule: str,
        message: str,
        path: str | None = None,
        place: Position | None = None,
        hint: str | None = None,
    ) -> None:
        if path is None:
            path = self.containers[-1].path if self.containers else ""
        finding = RULES[rule].finding(path, message, hint)
        self.findings.setdefault(finding, place or _place(self.parser))

    def damaged(self, message: str, place: Position | None = None) -> _DoneError:
        self.report("OSU101", f"the document is damaged: {message}", place=place)
        return _DoneError()

    def start(self, element: str, _: dict[str, str]) -> None:
        place = _place(self.parser)
        self.text = []
        self.strays = False
        if element not in ("key", "plist"):
            self.count()
        if self.others and element in _KNOWN:
            self.report("OSU109", f"<{element}> stands in <{self.others[-1][0]}>")
        if element in ("dict", "array"):
            path = self.stand(element, place)
            self.containers.append(_Container(path, element))
        elif element != "plist":
            if element not in _KNOWN:
                self.report("OSU109", f"<{element:.60}> is no element of property lists")
            self.others.append((element[:60], place))
        elif self.containers:
            self.report("OSU109", "<plist> stands in a value")

    def count(self) -> None:
        self.values += 1
        if self.values > self.limits.values + 1:  # the first is the document itself
            self.report("OSU104", f"there are more values than the limit of {self.limits.values}")
            raise _DoneError
        if len(self.containers) > self.limits.depth:
            self.report("OSU104", f"there are more than {self.limits.depth} levels of nesting", "")
            raise _DoneError

    def stand(self, element: str, place: Position) -> str:
        """Give a value its path."""
        if not self.containers:
            path = ""
            if self.positions:
                self.report("OSU108", f"a second value, <{element}>, follows the first", "", place)
                self.positions.clear()  # plistlib keeps the last
        elif (container := self.containers[-1]).is_dict:
            if container.key is None:
                raise self.damaged(f"<{element}> stands in a dictionary without a key", place)
            path = join(container.path, container.key)
            container.key = None
        else:
            path = join(container.path, container.items)
            container.items += 1
        self.letters += len(path)
        if self.letters > _LONGEST_PATHS:
            self.report("OSU104", "the paths of the values are too long", "")
            raise _DoneError
        self.positions[path] = place
        return path

    def end(self, element: str) -> None:
        self.strays = False
        if element in ("dict", "array"):
            if (key := self.containers[-1].key) is not None:
                raise self.damaged(f"the key {show(key)} has no value")
            self.containers.pop()
        elif element != "plist":
            _, place = self.others.pop()
            if element in _KNOWN:
                text, self.text = "".join(self.text), []
                if element == "key":
                    self.add_key(text, place)
                else:
                    self.add_scalar(element, text, place)

    def add_key(self, key: str, place: Position) -> None:
        container = self.containers[-1] if self.containers else None
        if container is None or not container.is_dict:
            raise self.damaged(f"the key {show(key)} stands outside a dictionary", place)
        if container.key is not None:
            raise self.damaged(f"the key {show(container.key)} has no value", place)
        if key in container.keys:
            message = f"the key {show(key)} stands here a second time"
            self.report("OSU107", message, join(container.path, key), place)
        container.keys.add(key)
        container.key = key

    def add_scalar(self, element: str, text: str, place: Position) -> None:
        path = self.stand(element, place)
        if element in _TEXTS and not _fits(element, text):
            called, example, _ = _TEXTS[element]
            message = f"{show(text)} is no {called}"
            self.report("OSU109", message, path, place, f"Write it as in {example}.")

    def characters(self, content: str) -> None:
        if self.others:
            self.text.append(content)
        elif not self.strays and (stray := content.lstrip()):
            line, column = _place(self.parser)
            place = line, column + len(content) - len(stray)
            self.report("OSU109", f"the text {show(stray)} stands between elements", None, place)
            self.strays = True  # expat hands a text over in pieces; tell of the first


_TEXTS = {
    "integer": (
        "integer of 64 bits",
        "<integer>5</integer>",
        r"\s*[-+]?[0-9]{1,1000}\s*|0[xX][0-9a-fA-F]+\s*",
    ),
    "real": (
        "number",
        "<real>0.5</real>",
        r"\s*[-+]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|(?i:inf(?:inity)?|nan))\s*",
    ),
    "true": ("content of <true>", "<true/>", r"\s*"),
    "false": ("content of <false>", "<false/>", r"\s*"),
    "date": (
        "date",
        "<date>2026-01-31T12:00:00Z</date>",
        r"([0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}(?::[0-9]{2}(?::[0-9]{2})?)?)?)Z\s*",
    ),
    "data": ("base64", "<data>AAEC</data>", r"[A-Za-z0-9+/\s]*(?:=\s*){0,2}"),
}
"""What a scalar's text is called, an example, and its form. plistlib takes more, and bends it."""
_KNOWN = frozenset({"plist", "dict", "array", "key", "string", *_TEXTS})


def _fits(element: str, text: str) -> bool:
    """Whether a text is one that its element may have."""
    found = re.fullmatch(_TEXTS[element][2], text, re.ASCII)
    if found is None:
        return False
    if element == "data":
        return len(re.sub(r"\s", "", text)) % 4 == 0
    if element == "date":
        try:
            dt.datetime.fromisoformat(found[1])
        except ValueError:  # there is no such day, or no such hour
            return False
    return True
