"""Validation: a document is read once, then checked, for one device or for many."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs
from attrs import frozen

from mdm_osupdate.codec import DEFAULT_LIMITS, Limits, SourceMap, examine
from mdm_osupdate.device import Device
from mdm_osupdate.errors import DecodeError, Finding, Report, Severity, join_paths, require_type
from mdm_osupdate.messages import Command, Message
from mdm_osupdate.releases import Releases
from mdm_osupdate.rules import RULES

from .registry import (
    Check,
    KnownDevice,
    Needs,
    UndecidedError,
    checks_of,
    known_device,
    subject_of,
)

_MAX_FINDINGS = 1_000
"""The maximum number of findings in a report: nobody reads more, and they take memory."""


def validate(
    message: Message | bytes | str,
    device: Device | None = None,
    *,
    command: Command | None = None,
    releases: Releases | None = None,
    now: dt.datetime | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Report:
    """Check a message and report everything that is wrong with it.

    Args:
        message: a message, or a document: a property list (XML or binary) or JSON. The message
            that a document holds is recognized by its keys.
        device: the device that would receive the command or has sent the response. Rules that
            need unknown facts about it are skipped and listed in ``Report.undecided``.
        command: the command that a response is for, or that a declaration replaces.
        releases: the releases that Apple offers, to find targets that the device is not offered.
        now: the time, to find deadlines that have passed. A naive ``datetime`` is the local time
            of the device. With an aware one, a deadline must have passed in every time zone.
        limits: the limits on size, depth and number of values of a document.

    Returns:
        The findings in document order. For a message, that is the order in which ``dumps`` would
        write its keys.
    """
    inspection = _read(message, limits)
    return inspection.check(device, command=command, releases=releases, now=now)


@frozen
class Inspection:
    """A message or document that was read and checked."""

    report: Report
    """Its report."""
    kind: type[Message] | None
    """Its class. ``None`` if it cannot be read, ``Message`` if it is another document."""
    whole: Message | None
    """The document as a message, if one could be made of it."""
    _deviations: tuple[Finding, ...]
    """Findings about its form, which hold for every device."""
    _parts: tuple[tuple[str, Message], ...]
    _source_map: SourceMap | None
    """The positions of the values in the document."""
    _left_out: int
    """Deviations that reading left out, since there were too many."""

    def check(
        self,
        device: Device | None = None,
        *,
        command: Command | None = None,
        releases: Releases | None = None,
        now: dt.datetime | None = None,
    ) -> Report:
        """Check the same document again, for another device, without reading it again."""
        if self.kind is None:
            return self.report
        context = _Context(device, command, releases, now)
        found = [*self._deviations]
        for path, part in self._parts:
            found += context.findings(part, path)
        return _report(found, self._source_map, context.undecided, self._left_out)


def inspect(
    message: Message | bytes | str,
    device: Device | None = None,
    *,
    command: Command | None = None,
    releases: Releases | None = None,
    now: dt.datetime | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Inspection:
    """Check a message or document, and keep what was read.

    Arguments are those of ``validate``.
    """
    inspection = _read(message, limits)
    report = inspection.check(device, command=command, releases=releases, now=now)
    return attrs.evolve(inspection, report=report)


def _read(message: Message | bytes | str, limits: Limits) -> Inspection:
    """Read a message or document, without checking it."""
    try:
        reading = examine(message, limits)
    except DecodeError as error:
        found = tuple(sorted((f.at(error.position) for f in error.findings), key=_position))
        return Inspection(Report(found, left_out=error.left_out), None, None, (), (), None, 0)
    return Inspection(
        Report(),
        reading.root,
        reading.whole,
        tuple(reading.findings),
        tuple(reading.messages),
        reading.places,
        reading.left_out,
    )


class _Context:
    """The context that a message is checked against."""

    def __init__(
        self,
        device: Device | None,
        command: Command | None,
        releases: Releases | None,
        now: dt.datetime | None,
    ) -> None:
        self.undecided: dict[str, tuple[str, ...]] = {}
        self._device = None
        self._given: dict[Needs, tuple[object, ...]] = {Needs.NOW: (now,)}
        if command is not None:
            require_type("command", command, Command)
            self._given[Needs.COMMAND] = (command,)
        if device is not None:
            require_type("device", device, Device)
            self._device = known_device(device, str(device.os_version))
            self._given[Needs.RELEASES] = (device, releases, _day(releases, now))

    def findings(self, part: Message, path: str) -> Iterator[Finding]:
        """Find what is wrong with one dictionary of a document."""
        cls: Any = type(part)  # type checkers do not take a class for hashable
        for known, arguments in _checks_on(cls, self._device):
            if arguments is None and (arguments := self._given.get(known.needs)) is None:
                continue
            try:
                for at, text, hint, rule in known.find(cls if known.of_class else part, *arguments):
                    yield RULES[rule or known.rule].finding(join_paths(path, at), text, hint)
            except UndecidedError as missing:
                self.undecided[known.rule] = (missing.name,)


@functools.lru_cache(1 << 9)  # of a command and its items, for the devices that are kept
def _checks_on(
    cls: type[Message], device: KnownDevice | None
) -> Sequence[tuple[Check, tuple[object, ...] | None]]:
    """Return the checks of a class that may find something on a device, with their arguments.

    The arguments are ``None`` for checks that need more than the device.
    """
    checks = [known for known in checks_of(cls) if device is None or device.platform in known.on]
    given = _given_by(cls, checks, device)
    found: list[tuple[Check, tuple[object, ...] | None]] = []
    for known in checks:
        arguments = given.get(known.needs)
        if arguments is None:
            if known.needs not in (Needs.DEVICE, Needs.SUPPORT):
                found.append((known, None))
        elif not known.of_class or known.finds_in(cls, arguments):
            found.append((known, arguments))
    return found


def _given_by(
    cls: type[Message], checks: Iterable[Check], device: KnownDevice | None
) -> dict[Needs, tuple[object, ...]]:
    """Return the arguments of the checks that need only a class and a device."""
    given: dict[Needs, tuple[object, ...]] = {Needs.NOTHING: ()}
    if device is not None:
        given[Needs.DEVICE] = (device,)
        if any(known.needs is Needs.SUPPORT for known in checks):
            where = device.availability(str(subject_of(cls)))
            if where is not None:
                given[Needs.SUPPORT] = (device, where)
    return given


def _day(releases: Releases | None, now: dt.datetime | None) -> dt.date:
    """Return the day for which releases are looked up."""
    if now is not None:
        return now.date()
    return releases.newest_posting if releases is not None else dt.date.min


# -- the report ----------------------------------------------------------------------------------

_UNSUPPORTED = frozenset({"OSU303", "OSU304", "OSU306", "OSU307"})
_USAGE = frozenset({"OSU202", "OSU207", "OSU208", "OSU212"})
"""Rules about the use of keys and values. If these are unsupported, the hints would contradict."""
_SEVERITIES = list(Severity)


def _report(
    found: Iterable[Finding],
    places: SourceMap | None,
    undecided: dict[str, tuple[str, ...]],
    left_out: int,
) -> Report:
    """Create a report in document order, and not too long for a person to read."""
    findings = list(found)
    if not findings:
        return Report((), undecided, left_out)
    unsupported = {finding.path for finding in findings if finding.rule in _UNSUPPORTED}
    findings = [f for f in findings if f.rule not in _USAGE or f.path not in unsupported]
    if len(findings) > _MAX_FINDINGS:  # keep the worst
        left_out += len(findings) - _MAX_FINDINGS
        findings.sort(key=lambda finding: _SEVERITIES.index(finding.severity))
        del findings[_MAX_FINDINGS:]
    if places is not None:
        findings = [_located(finding, places) for finding in findings]
    findings.sort(key=lambda finding: (_position(finding), _steps(finding.path)))
    return Report(tuple(findings), undecided, left_out)


def _position(finding: Finding) -> tuple[int, int]:
    """Return where a finding is in its document, for sorting."""
    return finding.line or 0, finding.column or 0


def _located(finding: Finding, places: SourceMap) -> Finding:
    line, column = places.locate(finding) or (None, None)
    return attrs.evolve(finding, line=line, column=column)


_STEP = re.compile(r"""\[(\d+)\]|(\['(?:\\.|[^'\\])*'\]|\["(?:\\.|[^"\\])*"\]|[^.\[]+)""")


def _steps(path: str) -> list[tuple[int, str]]:
    """Split a path so that paths sort as ``dumps`` writes: keys by name, items by index."""
    return [(int(index or 0), key) for index, key in _STEP.findall(path)]
