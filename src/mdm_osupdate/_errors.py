"""The exceptions.

What a caller can catch in one place is ``OSUpdateError``; each subclass is also the builtin that
somebody who knows nothing of this library would catch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._findings import Finding, Report


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

    def __init__(self, report: Report) -> None:
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
