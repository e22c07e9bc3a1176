"""Exceptions, and problems with messages as values: severity, finding, report.

``OSUpdateError`` is the base of all exceptions. Each subclass is also a suitable built-in
exception, such as ``ValueError``.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import overload

from attrs import evolve, field, frozen


class Severity(str, Enum):
    """The severity of a finding."""

    __str__ = str.__str__

    def __repr__(self) -> str:  # code that can be pasted
        return f"Severity.{self.name}"

    ERROR = "error"
    """The device rejects the message, or ignores the part in question."""
    WARNING = "warning"
    """The message does not do what it seems to."""
    INFO = "info"
    """Worth knowing. Nothing needs to change."""


@frozen
class Finding:
    """One problem with a message, and how to solve it."""

    rule: str
    """The rule's code, such as ``OSU203``, which ``RULES`` explains."""
    severity: Severity
    path: str
    """The path, such as ``Command.Updates[0].Priority``. Empty for the whole document."""
    message: str
    """The problem, in one line."""
    hint: str
    """The correction, as an instruction."""
    source: str
    """The document that the rule comes from."""
    line: int | None = None
    """The line of the document, from 1. ``None`` in binary documents and for objects."""
    column: int | None = None
    """The column in that line, from 1."""

    def __str__(self) -> str:
        path = self.path or "(document)"
        if len(path) > _MAX_SHOWN_PATH:
            path = f"…{path[1 - _MAX_SHOWN_PATH :]}"
        return f"{self.rule} {self.severity} {path}: {self.message}"

    def at(self, place: tuple[int, int] | None) -> "Finding":
        """Return the finding with a line and column, unless it already has them."""
        if place is None or self.line is not None:
            return self
        return evolve(self, line=place[0], column=place[1])


MAX_FINDINGS_PER_RULE = 100
"""The maximum number of findings of a rule. A small document could have tens of thousands."""
_MAX_LINES = 20
_MAX_SHOWN_PATH = 200


def capped(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], int]:
    """Keep the first hundred findings of each rule, and count the others."""
    counts: Counter[str] = Counter()
    kept = []
    for finding in findings:
        counts[finding.rule] += 1
        if counts[finding.rule] <= MAX_FINDINGS_PER_RULE:
            kept.append(finding)
    return tuple(kept), sum(counts.values()) - len(kept)


def _text(findings: Sequence[Finding], left_out: int = 0) -> str:
    """Format the first findings, one per line, and the number of others."""
    lines = [str(finding) for finding in findings[:_MAX_LINES]]
    left_out += len(findings) - len(lines)
    return "\n".join([*lines, f"and {left_out} more"] if left_out else lines)


class OSUpdateError(Exception):
    """Base class of this library's exceptions."""


class _FindingsError(OSUpdateError, ValueError):
    def __init__(self, findings: Iterable[Finding], left_out: int = 0) -> None:
        kept, more = capped(findings)
        self.findings: tuple[Finding, ...] = kept
        """All findings, at most a hundred of each rule."""
        self.left_out: int = left_out + more
        """The number of findings that were left out."""
        super().__init__(_text(kept, self.left_out))

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.findings, self.left_out))


class DecodeError(_FindingsError):
    """The data cannot be read as the requested message."""

    def __init__(
        self,
        findings: Iterable[Finding],
        position: tuple[int, int] | None = None,
        left_out: int = 0,
    ) -> None:
        super().__init__(findings, left_out)
        self.position = position
        """The line and column, from 1, up to which a malformed text was read, or ``None``."""

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.findings, self.position, self.left_out))


class UnknownCommandError(DecodeError):
    """The data is an MDM command, but not a software-update command."""


class PlistError(DecodeError):
    """The data is not a property list, or exceeds a limit."""


class EncodeError(_FindingsError):
    """The message cannot be encoded without loss."""


class InvalidMessageError(OSUpdateError, ValueError):
    """``Report.raise_for_errors`` was called on a report with errors."""

    def __init__(self, report: "Report") -> None:
        self.report = report
        super().__init__(_text(report.errors, report.left_out))

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.report,))


class InvalidVersionError(OSUpdateError, ValueError):
    """The text is not a version of an operating system."""

    def __init__(self, text: object) -> None:
        self.text = text
        super().__init__(f"invalid version {text!r:.80}: expected 17, 17.4.1 or 13.3.1 (a)")

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.text,))


class FlowError(OSUpdateError, RuntimeError):
    """A method of a flow was called at the wrong time. Failures of devices are events instead."""


@frozen
class Report(Sequence[Finding]):
    """The findings of ``validate``, in document order. Empty if nothing is wrong."""

    findings: tuple[Finding, ...] = ()
    undecided: Mapping[str, tuple[str, ...]] = field(factory=dict, hash=False)
    """The codes of rules that could not be decided, with the facts that are unknown."""
    left_out: int = 0
    """The number of findings that were left out of a very long report, the least severe ones."""

    @property
    def ok(self) -> bool:
        """True if there is no finding of severity error."""
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of severity error."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings of severity warning."""
        return tuple(f for f in self.findings if f.severity is Severity.WARNING)

    def raise_for_errors(self) -> None:
        """Raise if there are errors.

        Raises:
            InvalidMessageError: there are errors. The exception has this report.
        """
        if not self.ok:
            raise InvalidMessageError(self)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)


def require_type(name: str, value: object, kind: type) -> None:
    """Raise ``TypeError`` unless an argument has a type."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {kind.__name__}, not {type(value).__name__}")


_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_MAX_KEY_LENGTH = 60
_MAX_PATH_LENGTH = 400


def join(path: str, step: str | int) -> str:
    """Extend a path by a dictionary key or an array index.

    A key that is not a plain word is quoted, as in ``Command['a.b']``, so that a key cannot forge a
    path. Long keys and long paths are shortened, so that they cannot flood a terminal.
    """
    if len(path) > _MAX_PATH_LENGTH:
        return path if path.endswith("…") else f"{path}…"
    if isinstance(step, int):
        return f"{path}[{step}]"
    if len(step) > _MAX_KEY_LENGTH:
        step = step[: _MAX_KEY_LENGTH - 1] + "…"
    if not _PLAIN_KEY.fullmatch(step):
        return f"{path}[{step!r}]"
    return f"{path}.{step}" if path else step


def join_paths(path: str, rest: str) -> str:
    """Extend a path by another one."""
    return f"{path}.{rest}" if path and rest and not rest.startswith("[") else path + rest


def show(value: object) -> str:
    """Format a value briefly for a message.

    Only text, numbers and dates are shown. Never fails, even if an integer has more digits than
    Python converts or a text is very long.
    """
    if isinstance(value, dict | list | tuple):
        return _CONTAINERS[isinstance(value, dict), bool(value)]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if -(10**20) < value < 10**20 else "an integer of more than 20 digits"
    if isinstance(value, str):
        short = len(value) <= _MAX_KEY_LENGTH
        return repr(str.__str__(value) if short else value[: _MAX_KEY_LENGTH - 1] + "…")
    if isinstance(value, bytes):
        return f"data of {len(value)} bytes"
    if isinstance(value, float):
        return repr(value)
    if type(value).__module__ in _SHORT_TEXTS:
        return f"{type(value).__name__} {value}"
    return "None" if value is None else type(value).__name__


_MAX_LINE_LENGTH = 500


def one_line(text: str) -> str:
    """Return a text of a device for a message: shortened, and in one line.

    Devices explain errors in sentences, which are shown without quotation marks.
    """
    if len(text) > _MAX_LINE_LENGTH:
        text = text[: _MAX_LINE_LENGTH - 1] + "…"
    text = " ".join(text.split())
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]


_SHORT_TEXTS = ("datetime", "plistlib")
"""Modules whose types have a short text. That of any other type may cost any amount."""
_CONTAINERS = {
    (True, True): "a dictionary",
    (True, False): "an empty dictionary",
    (False, True): "an array",
    (False, False): "an empty array",
}
"""The names of containers, by whether they are dictionaries and whether they hold anything."""
