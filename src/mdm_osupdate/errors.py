"""What is wrong, as values and as exceptions: severity, finding, report, and what is raised.

What a caller can catch in one place is ``OSUpdateError``; each subclass is also the builtin that
somebody who knows nothing of this library would catch.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import overload

from attrs import field, frozen


class Severity(str, Enum):
    """How much a finding matters."""

    __str__ = str.__str__

    ERROR = "error"
    """The device will refuse the message, or ignore the part in question."""
    WARNING = "warning"
    """It will not do what it seems to."""
    INFO = "info"
    """Worth knowing; nothing needs to change."""


@frozen
class Finding:
    """One problem, in terms that a person can act on."""

    rule: str
    """The rule's code, such as ``OSU203``; ``RULES`` explains it."""
    severity: Severity
    path: str
    """Where, such as ``Command.Updates[0].Priority``; empty for the whole document."""
    message: str
    """What is wrong with the value in hand."""
    hint: str
    """What to do instead."""
    source: str
    """Who says so."""

    def __str__(self) -> str:
        return f"{self.rule} {self.severity} {self.path or '(document)'}: {self.message}"


class OSUpdateError(Exception):
    """The root of this library's exceptions; never raised itself."""


class _FindingsError(OSUpdateError, ValueError):
    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        """Everything that is wrong, not the first only."""
        super().__init__("\n".join(map(str, self.findings)))

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.findings,))


class DecodeError(_FindingsError):
    """What came in cannot be read as the message that was asked for."""

    def __init__(
        self, findings: Iterable[Finding], position: tuple[int, int] | None = None
    ) -> None:
        super().__init__(findings)
        self.position = position
        """Line and column, both from 1, where a text breaks off; else ``None``."""

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.findings, self.position))


class PlistError(DecodeError):
    """What came in is no property list, or one past the limits."""


class EncodeError(_FindingsError):
    """What should go out cannot be written without being changed."""


class InvalidMessageError(OSUpdateError, ValueError):
    """A report holds errors, and ``Report.raise_for_errors`` was called."""

    def __init__(self, report: "Report") -> None:
        self.report = report
        super().__init__("\n".join(map(str, report.errors)))

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.report,))


class InvalidVersionError(OSUpdateError, ValueError):
    """A text is no version of an operating system."""

    def __init__(self, text: object) -> None:
        self.text = text
        super().__init__(f"{text!r:.80} is no OS version; write 17, 17.4.1 or 13.3.1 (a)")

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.text,))


class FlowError(OSUpdateError, RuntimeError):
    """The caller used a flow out of turn. What a device does wrong is an event instead."""


@frozen
class Report(Sequence[Finding]):
    """Everything that ``validate`` found, in the order of the document; empty is good."""

    findings: tuple[Finding, ...] = ()
    undecided: Mapping[str, tuple[str, ...]] = field(factory=dict, hash=False)
    """Rules that could not be judged: code to what would have to be known of the device."""

    @property
    def ok(self) -> bool:
        """Whether there is no finding of severity error."""
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
        """Do nothing if ``ok``.

        Raises:
            InvalidMessageError: there are errors; the exception carries this report.
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


_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_KEY = 60


def join(path: str, step: str | int) -> str:
    """Extend a path by a dictionary key or an array index.

    A key that is no plain word is quoted, ``Command['a.b']``, so that no key can forge a path, and
    a very long one is cut, so that no key can flood a terminal.
    """
    if isinstance(step, int):
        return f"{path}[{step}]"
    if len(step) > _LONGEST_KEY:
        step = step[: _LONGEST_KEY - 1] + "…"
    if not _PLAIN_KEY.fullmatch(step):
        return f"{path}[{step!r}]"
    return f"{path}.{step}" if path else step


def show(value: object) -> str:
    """Print a value from a plist shortly, as a finding's message needs it.

    Never fails: an integer may have more digits than Python converts, a text may be long.
    """
    if isinstance(value, dict):
        return "a dictionary" if value else "an empty dictionary"
    if isinstance(value, list | tuple):
        return "an array" if value else "an empty array"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if -(10**20) < value < 10**20 else "a giant integer"
    if isinstance(value, str):
        return repr(str(value) if len(value) <= _LONGEST_KEY else value[: _LONGEST_KEY - 1] + "…")
    if isinstance(value, bytes):
        return f"data of {len(value)} bytes"
    if isinstance(value, float):
        return repr(value)
    return f"{type(value).__name__} {value!s:.40}"
