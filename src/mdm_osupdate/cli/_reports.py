"""Read status reports from files, and identify their devices."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from attrs import define, field, frozen

from mdm_osupdate.codec import DEFAULT_LIMITS, Part, examine, loads, open_document
from mdm_osupdate.declarations import StatusReport
from mdm_osupdate.errors import DecodeError, Severity
from mdm_osupdate.messages import Response

from ._inputs import Documents, read_documents


@frozen
class Received:
    """A report as it was received, or the reason why it cannot be read."""

    place: str
    """The file, with the number of the line in a file with several reports."""
    report: StatusReport | None = None
    identifiers: tuple[str, ...] = ()
    """The identifiers of the device in the outer document."""
    name: str = ""
    """The name of a file with one report, which may be that of the device."""
    problem: str = ""
    skipped: str = ""
    """The kind of another document, which is skipped."""


@define
class Reports:
    """The reports below paths, in order. A file that cannot be read does not end them."""

    paths: Iterable[str]
    skipped: Counter[str] = field(factory=Counter)
    """The skipped documents that are not reports, by kind."""

    def __iter__(self) -> Iterator[Received]:
        """Read the reports one by one."""
        documents = Documents(self.paths)
        for path, source in documents:
            for received in _read_source(path, source):
                if received.skipped:
                    self.skipped[received.skipped] += 1
                else:
                    yield received
        self.skipped.update({f"{ending} file": n for ending, n in documents.skipped.items()})


def _read_source(path: str, source: str | OSError) -> Iterator[Received]:
    try:
        if isinstance(source, OSError):
            raise source
        yield from _read_file(source)
    except OSError as error:
        yield Received(path, problem=str(error.strerror))


def _read_file(path: str) -> Iterator[Received]:
    """Yield the reports of a file, which may have several."""
    parts = read_documents(path)
    first, second = next(parts, Part(b"")), next(parts, None)
    if second is None:
        yield from _read(path, os.path.splitext(os.path.basename(path))[0], first.data)
        return
    for part in chain((first, second), parts):
        place = f"{path}{part.path}" if part.path else f"{path}:{part.place[0]}"
        yield from _read(place, "", part.data)


def _read(place: str, name: str, data: bytes) -> Iterator[Received]:
    try:
        report = loads(data, StatusReport)
        yield Received(place, report, _identifiers([report.unknown]), name)
    except DecodeError:
        yield from _read_inside(place, name, data)


def _read_inside(place: str, name: str, data: bytes) -> Iterator[Received]:
    """Read a report that is inside another document."""
    try:
        reading = examine(data, DEFAULT_LIMITS)
        report, findings = reading.whole, reading.findings
    except DecodeError as error:
        report, findings = None, [*error.findings]
    around = _values(data)
    if isinstance(report, StatusReport):
        if any(_is_user(values) for values in around):
            yield Received(place, skipped="user-channel report")
        else:
            yield Received(place, report, _identifiers(around), name)
    elif isinstance(report, Response):
        yield Received(place, skipped="response")
    elif any(finding.rule == _OTHER_MESSAGE for finding in findings):
        yield Received(place, skipped="other message")
    else:
        errors = [f.message for f in findings if f.severity is Severity.ERROR]
        yield Received(place, name=name, problem=(errors or ["not a status report"])[0])


_OTHER_MESSAGE = "OSU128"


def _values(data: bytes) -> list[Mapping[str, Any]]:
    """Return the dictionary of a document, and those directly in it."""
    try:
        value = open_document(data, DEFAULT_LIMITS).value
    except DecodeError:
        return []
    if not isinstance(value, dict):
        return []
    return [value, *(inner for inner in value.values() if isinstance(inner, dict))]


def _identifiers(around: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    found = (
        (key, text)
        for values in around
        for name, text in values.items()
        if (key := _normalized(name)) in _IDENTIFIERS and isinstance(text, str) and text
    )
    return tuple(text for _, text in sorted(found, key=lambda pair: _IDENTIFIERS.index(pair[0])))


_IDENTIFIERS = ("serialnumber", "udid", "enrollmentid")
_USERS = ("userid", "enrollmentuserid")


def _is_user(values: Mapping[str, Any]) -> bool:
    """Return whether a report came over a user channel, which has no updates."""
    return any(_normalized(name) in _USERS and value for name, value in values.items())


def _normalized(name: object) -> str:
    return re.sub("[_-]", "", str(name)).casefold()
