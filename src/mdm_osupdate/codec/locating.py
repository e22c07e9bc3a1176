"""The line and column of each value, and the losses that plistlib and json do not report."""

from __future__ import annotations

import codecs
import datetime as dt
import json
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from xml.parsers import expat

from attrs import evolve, frozen

from mdm_osupdate.errors import Finding, PlistError, join, show
from mdm_osupdate.rules import RULES

from .formats import ENCODINGS, Position
from .values import Limits


@frozen
class SourceMap:
    """The positions of a document's values, and findings about what reading drops."""

    positions: Mapping[str, Position]
    """The place of the value at each path of an XML or JSON document."""
    findings: Mapping[Finding, Position | None]
    """Findings about what reading drops or changes silently, with their positions."""
    end: Position | None = None
    """The place at which an XML document is malformed or past a limit."""

    def locate(self, what: Finding | str) -> Position | None:
        """Return the position of a finding or a value, or else that of its container."""
        if isinstance(what, Finding):
            if what.line is not None and what.column is not None:
                return what.line, what.column
            return self.findings.get(what) or self.locate(what.path)
        if not what:
            return self.end or self.positions.get("") or next(iter(self.findings.values()), None)
        cuts = (i for i in range(len(what), -1, -1) if what[i : i + 1] in ("", ".", "["))
        around = (self.positions[what[:i]] for i in cuts if what[:i] in self.positions)
        return next(around, self.positions.get(""))

    def locate_all(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return findings with line and column."""
        return [finding.at(self.locate(finding)) for finding in findings]

    def located(self) -> list[Finding]:
        """Return what reading drops or changes, with line and column."""
        return self.locate_all(self.findings)


def move(finding: Finding, place: Position) -> Finding:
    """Convert the position of a finding from a text to the file that contains the text."""
    if finding.line is None or finding.column is None:
        return finding
    line, column = moved((finding.line, finding.column), place)
    return evolve(finding, line=line, column=column)


def moved(position: Position, place: Position) -> Position:
    """Convert a position from a text to the file that contains the text."""
    (line, column), (above, before) = position, place
    return line + above - 1, column + before - 1 if line == 1 else column


def map_xml(data: bytes, limits: Limits) -> SourceMap:
    """Locate the values of an XML property list, up to where it is malformed or past a limit."""
    mapper = _Mapper(limits)
    end = mapper.read(data)
    found = SourceMap(mapper.positions, mapper.findings, end)
    return _without_mark(found, data) if data.startswith(_MARKS) else found


_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _without_mark(found: SourceMap, data: bytes) -> SourceMap:
    positions = {path: after_mark(place, data) for path, place in found.positions.items()}
    findings = {f: place and after_mark(place, data) for f, place in found.findings.items()}
    return SourceMap(positions, findings, found.end and after_mark(found.end, data))


def after_mark(place: Position, data: bytes) -> Position:
    """Correct a position for the byte-order mark, which expat counts as a column."""
    line, column = place
    return (line, max(1, column - 1)) if line == 1 and data.startswith(_MARKS) else place


# -- XML -----------------------------------------------------------------------------------------


def refuse_declarations(parser: expat.XMLParserType) -> None:
    """Make a parser reject documents that declare entities or attributes, or use undeclared ones.

    Declared attributes would cost plistlib the square of the document's length, and declared
    entities any amount. It drops undeclared entities silently. For an encoding that expat does not
    know, it would run a codec of Python.
    """

    def declaration(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ENCODINGS:
            raise unknown_encoding(encoding)

    def doctype(_name: str, _system: object, _public: object, declares: bool) -> None:
        if declares:
            message = "the DOCTYPE has declarations of its own"
            hint = "Delete the part in brackets, and write out each entity."
            raise broken("OSU105", message, place_of(parser), hint)

    def skipped(name: str, _is_parameter: bool) -> None:
        message = f"the entity &{name:.40}; is not declared"
        hint = "Write the character itself, or its number such as &#160;."
        raise broken("OSU105", message, place_of(parser), hint)

    parser.XmlDeclHandler = declaration
    parser.StartDoctypeDeclHandler = doctype
    parser.SkippedEntityHandler = skipped


def unknown_encoding(name: str) -> PlistError:
    """Create the error of a document in an encoding that is not read."""
    hint = "Write the document in UTF-8."
    return broken("OSU101", f"unknown encoding {show(name)}", (1, 1), hint)


def place_of(parser: expat.XMLParserType) -> Position:
    """Return the current line and column of a parser."""
    return parser.CurrentLineNumber, parser.CurrentColumnNumber + 1


def broken(
    rule: str, message: str, position: Position | None = None, hint: str | None = None
) -> PlistError:
    """Create the error of a document that is not a property list."""
    finding = RULES[rule].finding("", message, hint).at(position)
    return PlistError([finding], position)


class _DoneError(Exception):
    """The mapper cannot continue."""


class _Container:
    """A dictionary or array that is open while a document is read."""

    def __init__(self, path: str, element: str) -> None:
        self.path = path
        self.is_dict = element == "dict"
        self.keys: dict[str, int] = {}
        """How often each key has come."""
        self.key: str | None = None
        """The key whose value comes next."""
        self.items = 0

    def step(self) -> str:
        """Return the path of the next value."""
        if self.key is not None:
            path, self.key = join(self.path, self.key), None
        else:
            path = join(self.path, self.items)
            self.items += 1
        return path


class _Mapper:
    """A pass of expat. It follows plistlib, so that its paths are those of plistlib's values."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.positions: dict[str, Position] = {}
        self.findings: dict[Finding, Position | None] = {}
        self.containers: list[_Container] = []
        self.others: list[tuple[str, Position]] = []
        """The scalars, keys and foreign elements that are open: at most one in a good document."""
        self.text: list[str] = []
        self.strays = False
        self.values = 0
        self.parser = expat.ParserCreate()
        refuse_declarations(self.parser)
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def read(self, data: bytes) -> Position | None:
        """Read a document. Return the place at which it cannot be read further."""
        try:
            self.parser.Parse(data, True)
        except expat.ExpatError as error:
            return error.lineno, error.offset + 1
        except PlistError as error:
            return error.position
        except _DoneError:  # the parser is past the place that was reported last
            return next(reversed(self.findings.values()))
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
        self.findings.setdefault(finding, place or place_of(self.parser))

    def damaged(self, message: str, place: Position | None = None) -> _DoneError:
        self.report("OSU101", f"the document is damaged: {message}", place=place)
        return _DoneError()

    def start(self, element: str, _: dict[str, str]) -> None:
        place = place_of(self.parser)
        self.text = []
        self.strays = False
        if element not in ("key", "plist"):
            self.count()
        if self.others and element in _KNOWN:
            self.report("OSU109", f"<{element}> is inside <{self.others[-1][0]}>")
        if element in ("dict", "array"):
            path = self.enter(element, place)
            self.containers.append(_Container(path, element))
        elif element != "plist":
            if element not in _KNOWN:
                self.report("OSU109", f"unknown element <{element:.60}>")
            self.others.append((element[:60], place))
        elif self.containers:
            self.report("OSU109", "<plist> is inside a value")

    def count(self) -> None:
        self.values += 1
        if self.values > self.limits.values + 1:  # the first is the document itself
            self.report("OSU104", f"there are more values than the limit of {self.limits.values}")
            raise _DoneError
        if len(self.containers) > self.limits.depth:
            self.report("OSU104", f"there are more than {self.limits.depth} levels of nesting", "")
            raise _DoneError

    def enter(self, element: str, place: Position) -> str:
        """Return the path of a value that starts here, and record its position."""
        if not self.containers:
            path = ""
            if self.positions:
                self.report("OSU108", f"a second value, <{element}>, follows the first", "", place)
                self.positions.clear()  # plistlib keeps the last
        else:
            container = self.containers[-1]
            if container.is_dict and container.key is None:
                raise self.damaged(f"<{element}> is in a dictionary without a key", place)
            path = container.step()
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
            raise self.damaged(f"the key {show(key)} is outside a dictionary", place)
        if container.key is not None:
            raise self.damaged(f"the key {show(container.key)} has no value", place)
        times = container.keys[key] = container.keys.get(key, 0) + 1
        if times == 2:  # reported once, however often it comes
            message = f"duplicate key {show(key)}"
            self.report("OSU107", message, join(container.path, key), place)
        container.key = key

    def add_scalar(self, element: str, text: str, place: Position) -> None:
        path = self.enter(element, place)
        if element in _TEXTS and not _fits(element, text):
            expected, example, _ = _TEXTS[element]
            message = f"expected {expected}, got {show(text)}"
            self.report("OSU109", message, path, place, f"Write it as in {example}.")

    def characters(self, content: str) -> None:
        if self.others:
            self.text.append(content)
        elif not self.strays and (stray := content.lstrip()):
            line, column = place_of(self.parser)
            place = line, column + len(content) - len(stray)
            self.report("OSU109", f"unexpected text {show(stray)} between elements", None, place)
            self.strays = True  # expat passes a text on in pieces: report the first


_TEXTS = {
    "integer": (
        "an integer of 64 bits",
        "<integer>5</integer>",
        r"\s*[-+]?[0-9]{1,1000}\s*|0[xX][0-9a-fA-F]+\s*",
    ),
    "real": (
        "a number",
        "<real>0.5</real>",
        r"\s*[-+]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|(?i:inf(?:inity)?|nan))\s*",
    ),
    "true": ("nothing in <true>", "<true/>", r"\s*"),
    "false": ("nothing in <false>", "<false/>", r"\s*"),
    "date": (
        "a date",
        "<date>2026-01-31T12:00:00Z</date>",
        r"([0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}(?::[0-9]{2}(?::[0-9]{2})?)?)?)Z\s*",
    ),
    "data": ("base64", "<data>AAEC</data>", r"[A-Za-z0-9+/\s]*(?:=\s*){0,2}"),
}
"""The expected text of scalars, an example, and the pattern. plistlib accepts and changes more."""
_KNOWN = frozenset({"plist", "dict", "array", "key", "string", *_TEXTS})


def _fits(element: str, text: str) -> bool:
    """Return whether a text is valid for an element."""
    found = re.fullmatch(_TEXTS[element][2], text, re.ASCII)
    if found is None:
        return False
    if element == "data":
        return len(re.sub(r"\s", "", text)) % 4 == 0
    if element == "date":
        try:
            dt.datetime.fromisoformat(found[1])
        except ValueError:  # no such day or hour
            return False
    return True


# -- JSON ----------------------------------------------------------------------------------------


def places_in(text: str, newline: str = "\n") -> Callable[[int], Position]:
    """Return the function that converts an offset in a text to its line and column.

    Args:
        text: the text.
        newline: the pattern of what ends a line. The default is that of JSON.
    """
    # A list of a million numbers would take five times the memory.
    newlines = array("Q", (found.end() - 1 for found in re.finditer(newline, text)))

    def place(offset: int) -> Position:
        line = bisect_left(newlines, offset)
        return line + 1, offset - (newlines[line - 1] if line else -1)

    return place


_TOKEN = re.compile(r'["\[\]{}]|[^\s\[\]{},:"]+')
"""The start of a string, a bracket, or another value. A pattern of a whole string would take 150
bytes for each of its characters."""
_read_string = json.JSONDecoder().raw_decode


def map_json(text: str, limits: Limits) -> SourceMap:
    """Locate the values of a JSON text that json has read.

    Values past the limits are not located.
    """
    text = text.removeprefix("\ufeff")
    place = places_in(text)
    positions: dict[str, Position] = {}
    twice: dict[str, int] = {}
    for path, offset, is_key in _json_values(text, limits.depth):
        if not is_key:
            positions[path] = place(offset)
        elif path in positions:
            twice.setdefault(path, offset)
        if len(positions) > limits.values:
            break
    findings: dict[Finding, Position | None] = {}
    for path, offset in twice.items():
        name, _ = _read_string(text, offset)
        findings[RULES["OSU107"].finding(path, f"duplicate key {show(name)}")] = place(offset)
    return SourceMap(positions, findings)


def _json_values(text: str, depth: int) -> Iterator[tuple[str, int, bool]]:
    """Yield the path and offset of each value, and of each key, of a well-formed text.

    Ends at the first value that is too deep: paths grow with the depth.
    """
    containers: list[_Container] = []
    end, key = 0, ""
    while token := _TOKEN.search(text, end):
        if len(containers) > depth:
            return
        mark, offset, end = token[0], token.start(), token.end()
        if mark == '"':
            key, end = _read_string(text, offset)
        container = containers[-1] if containers else None
        if mark in ("}", "]"):
            containers.pop()
        elif container and container.is_dict and container.key is None:
            container.key = key
            yield join(container.path, key), offset, True
        else:
            path = container.step() if container else ""
            yield path, offset, False
            if mark in ("{", "["):
                containers.append(_Container(path, "dict" if mark == "{" else "array"))
