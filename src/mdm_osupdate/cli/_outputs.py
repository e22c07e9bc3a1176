"""How findings are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import click
from attrs import define, field

from mdm_osupdate._codec import Reading
from mdm_osupdate._findings import Finding, Severity
from mdm_osupdate._messages import Command, Message, Response
from mdm_osupdate._plist import Position

Located = tuple[Finding, Position | None]
"""A finding, and where in the file it is; ``None`` in a binary property list."""

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


@define
class TextOutput:
    """Findings as lines for people and editors: ``file:line:column: rule severity message``."""

    err: bool = False
    """Whether to tell them on standard error."""
    counts: Counter[Severity] = field(factory=Counter)
    documents: int = 0
    kind: str = ""
    """What the last document was."""

    def document(self, name: str, reading: Reading | None, findings: Iterable[Located]) -> None:
        """Tell the findings of one document."""
        self.documents += 1
        self.kind = title(reading.root) if reading else "Document"
        for finding, position in findings:
            self.counts[finding.severity] += 1
            place = name if position is None else f"{name}:{position[0]}:{position[1]}"
            severity = click.style(str(finding.severity), fg=_COLOURS[finding.severity])
            path = f"{finding.path}: " if finding.path else ""
            click.echo(f"{place}: {finding.rule} {severity} {path}{finding.message}", err=self.err)
            click.echo(f"    {finding.hint}", err=self.err)

    def summary(self) -> None:
        """Tell how much of what was found."""
        what = self.kind if self.documents == 1 else f"{self.documents} documents"
        parts = [_count(self.counts[s], str(s)) for s in Severity if self.counts[s]]
        click.echo(f"{what}: {', '.join(parts) or 'nothing wrong'}")


def title(kind: type[Message]) -> str:
    """Name a kind of document for a person."""
    if issubclass(kind, Command):
        return f"{kind.request_type} command"
    if issubclass(kind, Response):
        return f"Answer to {kind.request_type}" if kind.request_type else "Answer"
    return "Document"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 or noun == "info" else f"{number} {noun}s"
