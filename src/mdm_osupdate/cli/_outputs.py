"""Output formats for findings.

Each output takes the documents one by one and writes what it can at once, so that memory does not
grow with their number.
"""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click
from attrs import define, field

from mdm_osupdate.codec import Part, title
from mdm_osupdate.errors import Finding, Severity
from mdm_osupdate.messages import Command, Message, Response
from mdm_osupdate.rules import RULES

from ._printable import printable

if TYPE_CHECKING:
    from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific

Totals = Counter[Severity]
"""Numbers of findings."""


@define
class Verdict:
    """The findings about a document, and the devices that they apply to."""

    kind: type[Message] | None
    """The class of the message. None if the document is not recognized."""
    findings: Sequence[Finding]
    missing: tuple[str, ...] = ()
    """Unknown attributes of the device that kept rules from being checked."""
    enforcement: SoftwareUpdateEnforcementSpecific | None = None
    """The document, if it is an enforcement, to be checked together with others."""
    failed: bool = False
    """True if the document is a response which says that the command failed."""
    part: Part = field(default=Part(b""), repr=False)
    """The document."""
    devices: list[str] = field(factory=list)
    """The devices of a fleet. Empty without a fleet."""


@define
class Output(ABC):
    """An output format. Counts what it writes."""

    counts: Totals = field(factory=Counter, kw_only=True)
    rules: Counter[str] = field(factory=Counter, kw_only=True)
    """Numbers of findings by rule."""
    documents: int = field(default=0, kw_only=True)
    kinds: Counter[str] = field(factory=Counter, kw_only=True)
    """Number of documents by kind, such as "command"."""
    verdicts: int = field(default=0, kw_only=True)
    unreadable: int = field(default=0, kw_only=True)
    """Number of documents that could not be read. Counted by the caller."""
    failures: int = field(default=0, kw_only=True)
    """Number of responses which say that the command failed."""
    undecided: Counter[tuple[str, ...]] = field(factory=Counter, kw_only=True)
    """Unknown attributes that kept rules from being checked, with the number of documents."""
    title: str = field(default="", kw_only=True)
    """Title of the last document."""

    def document(self, name: str, verdicts: Sequence[Verdict]) -> None:
        """Write the verdicts on one document."""
        self.documents += 1
        self.kinds[_noun(verdicts[0].kind)] += 1
        self.failures += verdicts[0].failed
        self.undecided.update({verdict.missing for verdict in verdicts if verdict.missing})
        for verdict in verdicts:
            self.verdict(name, verdict)

    def verdict(self, name: str, verdict: Verdict) -> None:
        """Write a verdict, without counting its document."""
        self.title = title(verdict.kind)
        self.counts.update(finding.severity for finding in verdict.findings)
        self.rules.update(finding.rule for finding in verdict.findings)
        self.tell(name, verdict)
        self.verdicts += 1

    @abstractmethod
    def tell(self, name: str, verdict: Verdict) -> None:
        """Write one verdict on a document."""

    @abstractmethod
    def end(self, devices: Sequence[tuple[str, Totals]]) -> None:
        """Write what follows the last document.

        Args:
            devices: the devices of a fleet with their numbers of findings.
        """

    def not_judged(self) -> Iterator[str]:
        """Yield a line for each reason why rules were not checked."""
        for missing, number in sorted(self.undecided.items()):
            yield f"{count(number, 'document')}: {want(missing)}"


class StatisticsOutput(Output):
    """The number of findings of each rule, most frequent first."""

    def tell(self, name: str, verdict: Verdict) -> None:
        """Only count."""

    def end(self, devices: Sequence[tuple[str, Totals]]) -> None:
        """Write the table."""
        width = max((len(str(number)) for number in self.rules.values()), default=0)
        for code, number in sorted(self.rules.items(), key=lambda item: (-item[1], item[0])):
            rule = RULES[code]
            click.echo(f"{number:{width}}  {code}  {rule.severity:7}  {rule.slug}")


class StatisticsJsonOutput(StatisticsOutput):
    """The number of findings of each rule as JSON."""

    def end(self, devices: Sequence[tuple[str, Totals]]) -> None:
        """Write the object."""
        click.echo(json.dumps({"version": 1, "rules": dict(sorted(self.rules.items()))}))


class GithubOutput(Output):
    """Workflow commands, which GitHub shows as annotations in the changed files."""

    def tell(self, name: str, verdict: Verdict) -> None:
        """Write each finding as a workflow command."""
        for finding in verdict.findings:
            command = "notice" if finding.severity is Severity.INFO else str(finding.severity)
            place = f"file={_property(printable(name))}"
            if finding.line is not None:
                place += f",line={finding.line},col={finding.column}"
            rule = f"title={finding.rule} {RULES[finding.rule].slug}"
            text = _data(sentence(finding, verdict))
            click.echo(f"::{command} {place},{rule}::{text}")

    def end(self, devices: Sequence[tuple[str, Totals]]) -> None:
        """Write why rules were not checked, as notices without a line."""
        for reason in self.not_judged():
            click.echo(f"::notice title=not checked::{reason}")


class JsonOutput(Output):
    """An object: the documents or, with a fleet, the verdicts on them; the devices; a summary."""

    def tell(self, name: str, verdict: Verdict) -> None:
        """Write one verdict as an object."""
        found = [
            {
                "rule": finding.rule,
                "slug": RULES[finding.rule].slug,
                "severity": str(finding.severity),
                "path": finding.path,
                "line": finding.line,
                "column": finding.column,
                "message": finding.message,
                "hint": finding.hint,
                "source": finding.source,
            }
            for finding in verdict.findings
        ]
        entry = {
            "file": name,
            "path": verdict.part.path,
            "line": verdict.part.place[0],
            "kind": self.title,
            "devices": verdict.devices,
            "unknown": verdict.missing,
            "findings": found,
        }
        click.echo((",\n" if self.verdicts else self._begin()) + json.dumps(entry), nl=False)

    def end(self, devices: Sequence[tuple[str, Totals]]) -> None:
        """Close the array, and write the devices and the summary."""
        after = {
            "devices": [{"name": name, **_numbers(totals)} for name, totals in devices],
            "summary": {
                "documents": self.documents,
                "unreadable": self.unreadable,
                **_numbers(self.counts),
            },
        }
        begin = "" if self.verdicts else self._begin()
        click.echo(f"{begin}\n],{json.dumps(after)[1:]}")

    @staticmethod
    def _begin() -> str:
        return '{"version": 1, "documents": [\n'


def _numbers(totals: Totals) -> dict[str, int]:
    return {f"{severity}s": totals[severity] for severity in Severity}


# -- words ---------------------------------------------------------------------------------------


def _noun(kind: type[Message] | None) -> str:
    """Return the noun for the documents of a kind."""
    if kind is None:
        return "other document"
    if issubclass(kind, Command):
        return "command"
    if issubclass(kind, Response):
        return "response"
    from mdm_osupdate.declarations import Declaration, StatusReport

    if issubclass(kind, Declaration):
        return "declaration"
    return "status report" if issubclass(kind, StatusReport) else "other document"


def described(finding: Finding) -> str:
    """Return the path and the message of a finding."""
    return printable(f"{finding.path}: {finding.message}" if finding.path else finding.message)


def sentence(finding: Finding, verdict: Verdict) -> str:
    """Return the path, the message and the hint of a finding, and its devices."""
    devices = f" (for {some_devices(verdict)})" if verdict.devices else ""
    return f"{described(finding)}. {printable(finding.hint)}{devices}"


def want(missing: Sequence[str]) -> str:
    """Return why rules were not checked."""
    return f"some rules were not checked: {_listed(missing)} unknown"


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last} are" if first else f"{last} is"


def in_numbers(counts: Totals) -> str:
    """Return the numbers of findings by severity."""
    parts = [count(counts[s], str(s)) for s in Severity if counts[s]]
    return ", ".join(parts) or "nothing wrong"


def counted(findings: Iterable[Finding]) -> str:
    """Return the numbers of findings by severity."""
    return in_numbers(Counter(finding.severity for finding in findings))


def some_devices(verdict: Verdict) -> str:
    """Return the number of the devices, and the names of the first."""
    some = ", ".join(map(printable, verdict.devices[:5]))
    some += ", …" if len(verdict.devices) > 5 else ""
    return f"{count(len(verdict.devices), 'device')} ({some})"


def count(number: int, noun: str) -> str:
    """Return a number with a noun."""
    return f"{number} {noun}" if number == 1 or noun == "info" else f"{number} {noun}s"


def file_name(name: str) -> str:
    """Return the name of a file for people.

    A name that begins with colons would be a command to the runners of GitHub.
    """
    return printable(os.path.join(".", name) if name.startswith("::") else name)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
