"""Findings for people: with the lines of the source, or one line each."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import click
from attrs import define, field

from mdm_osupdate.errors import Finding, Severity
from mdm_osupdate.rules import RULES

from ._excerpt import excerpt
from ._outputs import (
    Output,
    Totals,
    Verdict,
    count,
    counted,
    described,
    file_name,
    in_numbers,
    some_devices,
    want,
)
from ._printable import printable

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_WIDEST = 100
"""The maximum width of a line."""
_MOST_DEVICES = 20
"""The maximum number of devices in the table below a report."""


@define
class TextOutput(Output):
    """Text. Subclasses write the verdicts."""

    err: bool = field(default=False, kw_only=True)
    """True to write to standard error."""
    quiet: bool = field(default=False, kw_only=True)
    """True to write only findings, without a summary."""

    def write(self, line: str = "") -> None:
        """Write one line."""
        click.echo(line, err=self.err)

    def wrapped(self, text: str, indent: str = "") -> list[str]:
        """Return a text as one line."""
        return [indent + text]

    def end(self, devices: Sequence[tuple[str, Totals]] = ()) -> None:
        """Write the devices with findings and the numbers of findings."""
        if self.quiet:
            return
        if not self.documents:
            if not self.unreadable:
                self.write("no documents found")
            return
        for line in _table(devices):
            self.write(line)
        if self.failures:
            number = count(self.failures, "response")
            for line in self.wrapped(f"{number} with a failure: `mdm-osupdate show` explains it"):
                self.write(line)
        if self.documents > 1:
            kinds = (count(number, kind) for kind, number in self.kinds.most_common())
            for line in self.wrapped(f"checked {', '.join(kinds)}"):
                self.write(line)
        what = self.title if self.documents == 1 else f"{self.documents} documents"
        self.write(f"{what}: {in_numbers(self.counts)}")


class ConciseOutput(TextOutput):
    """One line each, for editors and logs: ``file:line:column: rule severity: message. Hint.``."""

    def tell(self, name: str, verdict: Verdict) -> None:
        """Write the findings."""
        name = file_name(name)
        document = name if verdict.part.place == (1, 1) else f"{name}:{verdict.part.place[0]}"
        if verdict.devices and not self.quiet:
            self.write(f"{document}: for {some_devices(verdict)}: {counted(verdict.findings)}")
        for finding in verdict.findings:
            place = name if finding.line is None else f"{name}:{finding.line}:{finding.column}"
            severity = click.style(str(finding.severity), fg=_COLORS[finding.severity])
            hint = printable(finding.hint)
            self.write(f"{place}: {finding.rule} {severity}: {described(finding)}. {hint}")
        if verdict.missing and not self.quiet:
            self.write(f"{document}: {want(verdict.missing)}")


@define
class FullOutput(TextOutput):
    """Findings grouped by file, each with the lines of the source around its place."""

    last: str | None = None
    """The file of the last finding."""

    def tell(self, name: str, verdict: Verdict) -> None:
        """Write the findings below the name of the file."""
        if not (verdict.findings or (verdict.missing and not self.quiet)):
            return
        if name != self.last:
            self.write(click.style(file_name(name), bold=True))
            self.write()
            self.last = name
        if verdict.devices:
            self._paragraph(f"For {some_devices(verdict)}:", "  ")
            self.write()
        for finding in verdict.findings:
            self._finding(finding, verdict)
        if verdict.missing and not self.quiet:
            self._paragraph(f"{want(verdict.missing).capitalize()}.", "  ")
            self.write()

    def wrapped(self, text: str, indent: str = "") -> list[str]:
        """Return a text in lines that fit the terminal."""
        return click.wrap_text(text, _width(), indent, indent).splitlines()

    def _paragraph(self, text: str, indent: str) -> None:
        for line in self.wrapped(text, indent):
            self.write(line)

    def _finding(self, finding: Finding, verdict: Verdict) -> None:
        severity = click.style(str(finding.severity), fg=_COLORS[finding.severity], bold=True)
        place = "" if finding.line is None else f"{finding.line}:{finding.column}  "
        rule = click.style(f"{finding.rule} {RULES[finding.rule].slug}", dim=True)
        self.write(f"  {place}{severity}  {rule}")
        self._paragraph(described(finding), "    ")
        lines = excerpt(verdict.part, finding, _width() - 4)
        for line in ("", *lines, "") if lines else ():
            self.write(f"    {line}" if line else "")
        self._paragraph(printable(finding.hint), "    ")
        self.write()


def text_output(*, err: bool = False, quiet: bool = False) -> TextOutput:
    """Return the output for people: full on a terminal, concise elsewhere."""
    stream = sys.stderr if err else sys.stdout
    kind = FullOutput if stream is not None and stream.isatty() else ConciseOutput
    return kind(err=err, quiet=quiet)


def _width() -> int:
    import shutil  # not when importing: it imports what compresses files

    return min(shutil.get_terminal_size().columns, _WIDEST)


def _table(devices: Sequence[tuple[str, Totals]]) -> Iterator[str]:
    """Return the devices with the most findings."""
    found = [each for each in devices if each[1].total()]
    if not found:
        return
    from rich.cells import cell_len, set_cell_size

    worst = sorted(found, key=lambda each: [-each[1][severity] for severity in Severity])
    rows = [(printable(name), totals) for name, totals in worst[:_MOST_DEVICES]]
    width = min(max(len("device"), *(cell_len(name) for name, _ in rows)), 40)
    yield f"{'device':{width}}  errors  warnings"
    for name, totals in rows:
        cell = set_cell_size(name, width) if cell_len(name) > width else name
        cell += " " * (width - cell_len(cell))
        yield f"{cell}  {totals[Severity.ERROR]:6}  {totals[Severity.WARNING]:8}"
    if len(found) > len(rows):
        yield f"and {len(found) - len(rows)} more"
    yield f"findings for {len(found)} of {count(len(devices), 'device')}"
    yield ""
