"""Bytes to messages: open a document, detect the class of its message, read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeVar

from attrs import evolve

from mdm_osupdate.errors import DecodeError, EncodeError, Finding, UnknownCommandError, show
from mdm_osupdate.messages import (
    RESPONSE_TO,
    Command,
    Message,
    RequestType,
    Response,
)
from mdm_osupdate.rules import RULES

from . import plist
from .detecting import detect, detect_command, detect_payload
from .formats import Position, Wire, as_text, format_of, is_binary, is_xml, to_bytes
from .keys import is_in_form, is_whole, parts_of
from .locating import SourceMap, map_json, map_xml, move, moved
from .reading import Reading, read_quickly
from .values import DEFAULT_LIMITS, Limits, is_ordinary
from .wrapping import Inner, unwrap, unwrap_text
from .writing import copied, document_of

M = TypeVar("M", bound=Message)


class Document(NamedTuple):
    """The plain values of a document, and the bytes they come from."""

    value: Any
    fmt: Wire
    limits: Limits
    data: bytes = b""
    """Empty if the values do not come from bytes."""

    def refuse_excess(self) -> None:
        """Reject values that exceed a limit, or that no message can hold.

        Raises:
            DecodeError: with the reasons, and their places.
        """
        if self.fmt == "json":
            from .json import refuse_excess  # not when importing
        else:
            from .plist import refuse_excess
        try:
            refuse_excess(self.value, self.limits)
        except DecodeError as error:
            if self.fmt == "binary":  # it has no lines
                raise
            findings = self.source_map().locate_all(error.findings)
            raise type(error)(findings, left_out=error.left_out) from None

    def losses(self, places: SourceMap) -> Iterator[Finding]:
        """Yield findings about what reading drops or changes, and about what cannot be written."""
        if not self.data:
            return
        yield from places.located()
        if self.fmt != "json":
            for finding in plist.unwritable(self.value, self.fmt, self.limits):
                yield RULES["OSU126"].finding(finding.path, finding.message)

    def source_map(self) -> SourceMap:
        """Locate the values."""
        return source_map(self.data, self.limits)


def open_document(
    data: bytes | str, limits: Limits, wire: Literal["plist", "json"] | None = None
) -> Document:
    """Read the plain values of a document.

    Args:
        data: the document.
        limits: how large it may be; depth and number of values are not checked yet.
        wire: the format. By default, it is detected from the first bytes.

    Raises:
        DecodeError: it cannot be read. Nothing else, whatever the bytes.
    """
    data = to_bytes(data)
    if (wire or format_of(data)) == "json":
        from .json import parse_json  # imported lazily: property lists do not need it

        return Document(parse_json(data, limits), "json", limits, data)
    return Document(plist.parse(data, limits), "binary" if is_binary(data) else "xml", limits, data)


def examine(subject: Message | bytes | str, limits: Limits) -> Reading:
    """Read a document of an unknown kind, or a message, with everything that is wrong with it.

    Raises:
        DecodeError: the data is neither a property list nor JSON, or exceeds a limit.
        TypeError: the subject is neither a message nor a document.
    """
    if isinstance(subject, Message):
        return _examine_message(subject, limits)
    data = to_bytes(subject)
    try:
        document = open_document(data, limits)
        document.refuse_excess()
    except DecodeError:
        found = unwrap_text(as_text(data)) if len(data) <= limits.size else None
        if found is None:
            raise
        return _examine_inner(found, None, limits)
    return _examine_document(document)


def _examine_document(document: Document) -> Reading:
    found = unwrap(document.value, document.fmt, document.data, document.limits)
    if found is not None:
        return _examine_inner(found, document, document.limits)
    kind = detect(document.value, document.fmt)
    if isinstance(kind, Finding):
        reading = Reading(findings=[kind])
        if kind.rule == "OSU111":  # only the envelope is missing: read what is there
            _read_inside(reading, document.value)
        if kind.rule == "OSU603" and (cls := detect_payload(document.value)) is not None:
            reading.root = cls
            reading.bare_payload(document.value, cls)
    else:
        reading = Reading(kind)
        reading.document(document.value)
    reading.places = document.source_map()
    reading.findings[:0] = document.losses(reading.places)
    return reading


def _examine_inner(found: Inner | Finding, around: Document | None, limits: Limits) -> Reading:
    """Read a message that is inside another document. ``around`` is ``None`` for plain text."""
    notice = found if isinstance(found, Finding) else found.finding
    if around is not None:
        notice = notice.at(around.source_map().locate(notice))
    if isinstance(found, Finding):
        return Reading(findings=[notice], places=SourceMap({}, {}))
    notice = notice.at(found.place)
    try:
        inner = open_document(found.data, limits)
        inner.refuse_excess()
        # A webhook holds a check-in, which holds a status report. Each layer is smaller.
        reading = _examine_document(inner)
    except DecodeError as error:
        findings = [finding.at(error.position) for finding in error.findings]
        raise type(error)([notice, *_outside(findings, found, notice)]) from None
    inside = reading.places
    positions: dict[str, Position] = {}
    if found.is_text and found.place is not None and inside is not None:
        positions = {path: moved(at, found.place) for path, at in inside.positions.items()}
    elif notice.line is not None and notice.column is not None:
        positions = {"": (notice.line, notice.column)}
    reading.places = SourceMap(positions, {})
    reading.findings = [notice, *_outside(reading.findings, found, notice)]
    return reading


def _outside(findings: Iterable[Finding], found: Inner, notice: Finding) -> Iterator[Finding]:
    """Add the positions in the outer document, or else that of the whole message, to findings."""
    for finding in findings:
        if found.is_text and found.place is not None:
            yield move(finding, found.place)
        else:
            yield evolve(finding, line=notice.line, column=notice.column)


def _read_inside(reading: Reading, inner: dict[str, Any]) -> None:
    kind = detect_command(inner, "")
    if isinstance(kind, Finding):
        reading.findings.append(kind)
    else:
        reading.root = kind
        reading.bare_command(inner, kind)


def _examine_message(message: Message, limits: Limits) -> Reading:
    reading = Reading(type(message), keeps_messages=False)
    parts = parts_of(message)
    try:
        document = document_of(message)
        envelope = () if message._layout is None else message._layout.envelope
        if not all(map(document.get, envelope)) or not all(is_in_form(part) for _, part in parts):
            reading.document(document)
        fmt: Wire = "xml" if message._wire == "plist" else "json"
        reading.findings += plist.unwritable(document, fmt, limits)
    except EncodeError as error:
        reading.findings += error.findings
    reading.messages = parts
    reading.whole = message
    return reading


# -- reading as a class --------------------------------------------------------------------------


def loads(
    data: bytes | str, type: type[M], *, strict: bool = False, limits: Limits = DEFAULT_LIMITS
) -> M:
    """Read a message from a property list (XML or binary), or a declaration or report from JSON.

    Args:
        data: the document.
        type: the class to read. ``Response`` reads the envelope of any response.
        strict: reject every deviation from Apple's description. By default, unknown keys and
            unusable values are kept in ``unknown``, and 0 and 1 are read as booleans.
        limits: the limits on size, depth and number of values.

    Raises:
        DecodeError: the document cannot be read. ``findings`` has all reasons. The subclass
            ``PlistError`` means that it is not a property list. Any other exception is a bug.
    """
    _refuse_other(type)
    wire = None if type._wire == "any" else type._wire
    return _read(open_document(data, limits, wire), type, strict)


def loads_command(
    data: bytes | str, *, strict: bool = False, limits: Limits = DEFAULT_LIMITS
) -> Command:
    """Read a command as the class for its ``RequestType``.

    Args and exceptions are those of ``loads``.

    Raises:
        UnknownCommandError: it is an MDM command, but not a software-update command.
    """
    document = open_document(data, limits, "plist")
    return _read(document, _expect(document, Command, "a response, not a command"), strict)


def loads_response(
    data: bytes | str,
    to: Command | RequestType | str | None = None,
    *,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Response:
    """Read a response as the class for its command.

    Args:
        data: the document.
        to: the command that it responds to, or its request type. If ``None``, the class is
            detected from the keys of the response, and is ``Response`` without specific keys.
        strict: as for ``loads``.
        limits: as for ``loads``.

    Raises:
        DecodeError: as for ``loads``.
        ValueError: ``to`` is not the request type of a software-update command.
    """
    if to is not None:
        request_type = str(to.request_type if isinstance(to, Command) else to)
        if request_type not in RESPONSE_TO:
            raise ValueError(f"unknown request type {show(request_type)}")
        return loads(data, RESPONSE_TO[request_type], strict=strict, limits=limits)
    document = open_document(data, limits, "plist")
    return _read(document, _expect(document, Response, "a command, not a response"), strict)


def from_dict(
    mapping: Mapping[str, object],
    type: type[M],
    *,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> M:
    """Read a message from a dictionary, such as one from ``plistlib`` or ``json``.

    Args and exceptions are those of ``loads``. The values of ``unknown`` are copied.
    """
    _refuse_other(type)
    if not isinstance(mapping, Mapping):
        raise TypeError(f"expected a mapping, got {show(mapping)}")
    value = mapping if isinstance(mapping, dict) else dict(mapping)
    fmt: Wire = "xml" if type._wire == "plist" else "json"
    if type._wire == "any" and not is_ordinary(value, fmt, limits):
        fmt = "xml"  # data and dates are only in property lists
    return _read(Document(value, fmt, limits), type, strict)


def _refuse_other(cls: Any) -> None:
    if not (isinstance(cls, type) and is_whole(cls)):
        raise TypeError(f"{cls!r} is not a class of messages that can be read")


def _expect(document: Document, base: type[M], otherwise: str) -> type[M]:
    """Detect the class of a document.

    Raises:
        DecodeError: it is not known, or not of the base class.
    """
    kind = detect(document.value, document.fmt)
    if isinstance(kind, type) and issubclass(kind, base):
        return kind
    if isinstance(kind, Finding):
        error = UnknownCommandError if kind.rule == "OSU112" else DecodeError
        raise error(document.source_map().locate_all([kind]))
    raise DecodeError([RULES["OSU113"].finding("", f"the document is {otherwise}").at((1, 1))])


def _read(document: Document, cls: type[M], strict: bool) -> M:
    is_within = strict or document.fmt == "json"
    if is_within:
        document.refuse_excess()
    if not strict:
        message = read_quickly(
            document.value, cls, document.limits, is_within=is_within, is_own=bool(document.data)
        )
        if message is None and not is_within:  # it deviates, or has a long array
            document.refuse_excess()
            message = read_quickly(document.value, cls, document.limits, is_within=True)
        if message is not None:
            return message
    return _read_carefully(document, cls, strict)


def _read_carefully(document: Document, cls: type[M], strict: bool) -> M:
    if not document.data:  # the values are the caller's
        document = document._replace(value=copied(document.value, ""))
    reading = Reading(cls, keeps_messages=False)
    message = reading.message(document.value, cls)
    if message is not None and not strict:
        return message
    places = document.source_map()
    findings = places.locate_all(reading.findings)
    if strict:
        findings[:0] = document.losses(places)
    if message is None or findings:
        raise DecodeError(findings, left_out=reading.left_out)
    return message


# -- where things are ----------------------------------------------------------------------------


def source_map(data: bytes | str, limits: Limits = DEFAULT_LIMITS) -> SourceMap:
    """Locate the values of an XML or JSON document, and find what reading drops or changes.

    An XML document that is malformed or past a limit is mapped up to there. In a binary property
    list only duplicate keys are found.
    """
    data = to_bytes(data)
    if not data or len(data) > limits.size:
        return SourceMap({}, {})
    fmt = format_of(data)
    if fmt == "binary":
        return SourceMap({}, dict.fromkeys(plist.keys_twice(data, limits)))
    if fmt == "json":
        return map_json(as_text(data), limits)
    return map_xml(data, limits) if is_xml(data) else SourceMap({}, {})


def positions(data: bytes | str, *, limits: Limits = DEFAULT_LIMITS) -> Mapping[str, Position]:
    """Return the line and column, from 1, of each value in an XML or JSON document by its path.

    The paths are those of findings, as in ``positions(data)["Command.Updates[0].Priority"]``. The
    result is empty for a binary property list and for malformed JSON, and omits values beyond the
    limits.
    """
    data = to_bytes(data)
    if data and format_of(data) == "json":
        from .json import parse_json  # not when importing

        try:
            parse_json(data, limits)
        except DecodeError:
            return {}
    return source_map(data, limits).positions
