"""How findings are told: as text for people, or to programs as JSON, GitHub annotations, SARIF.

Each output takes the documents one by one and writes what it can at once, so that memory does not
grow with their number.
"""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click
from attrs import define, field

from mdm_osupdate.codec import Position
from mdm_osupdate.declarations import Declaration, StatusReport
from mdm_osupdate.errors import Finding, Severity
from mdm_osupdate.messages import Command, Message, Response
from mdm_osupdate.rules import RULES

Located = tuple[Finding, Position | None]
"""A finding, and where in the file it is; ``None`` in a binary property list."""


@define
class Verdict:
    """What is said of a document, and of which devices."""

    kind: type[Message] | None
    """What the document is; ``None`` if it is no property list."""
    findings: Sequence[Located]
    missing: tuple[str, ...] = ()
    """What would have to be known of the devices to judge the other rules."""
    devices: list[str] = field(factory=list)
    """The devices of a fleet; empty if there is none."""


@define
class Output(ABC):
    """What the outputs share: counting."""

    err: bool = False
    """Whether to write to standard error."""
    counts: Counter[Severity] = field(factory=Counter)
    documents: int = 0
    verdicts: int = 0
    unreadable: int = 0
    """How many documents could not be read; whoever tries to read them counts them."""
    undecided: Counter[tuple[str, ...]] = field(factory=Counter)
    """For want of what not all rules were judged, and of how many documents."""
    kind: str = ""
    """What the last document was."""

    def document(self, name: str, verdicts: Sequence[Verdict]) -> None:
        """Tell what is said of one document."""
        self.documents += 1
        self.undecided.update({verdict.missing for verdict in verdicts if verdict.missing})
        for verdict in verdicts:
            self.kind = title(verdict.kind) if verdict.kind else "Document"
            self.counts.update(finding.severity for finding, _ in verdict.findings)
            self.tell(name, verdict)
            self.verdicts += 1

    @abstractmethod
    def tell(self, name: str, verdict: Verdict) -> None:
        """Write one verdict on a document."""

    @abstractmethod
    def end(self) -> None:
        """Write what belongs behind the last document."""

    def not_judged(self) -> Iterator[str]:
        """Say in a line each why not all rules were judged."""
        for missing, number in sorted(self.undecided.items()):
            yield f"{_count(number, 'document')}: {_want(missing)}"

    def write(self, line: str) -> None:
        """Write one line."""
        click.echo(line, err=self.err)


_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


class TextOutput(Output):
    """Lines for people and editors: ``file:line:column: rule severity message``."""

    def tell(self, name: str, verdict: Verdict) -> None:
        """Write each finding, and below it its hint."""
        name = printable(name)
        if verdict.devices:
            self.write(f"{name}: for {_devices(verdict)}: {_counted(verdict.findings)}")
        for finding, position in verdict.findings:
            place = name if position is None else f"{name}:{position[0]}:{position[1]}"
            severity = click.style(str(finding.severity), fg=_COLOURS[finding.severity])
            self.write(f"{place}: {finding.rule} {severity} {_told(finding)}")
            self.write(f"    {printable(finding.hint)}")
        if verdict.missing:
            self.write(f"{name}: {_want(verdict.missing)}")

    def end(self) -> None:
        """Write how much of what was found, unless there was nothing to look at."""
        if not self.documents:
            return
        what = self.kind if self.documents == 1 else f"{self.documents} documents"
        self.write(f"{what}: {_in_numbers(self.counts)}")


class GithubOutput(Output):
    """Workflow commands, which GitHub shows as annotations in the changed files."""

    def tell(self, name: str, verdict: Verdict) -> None:
        """Write each finding as a workflow command."""
        for finding, position in verdict.findings:
            command = "notice" if finding.severity is Severity.INFO else str(finding.severity)
            place = f"file={_property(printable(name))}"
            if position is not None:
                place += f",line={position[0]},col={position[1]}"
            rule = f"title={finding.rule} {RULES[finding.rule].slug}"
            text = _data(_sentence(finding, verdict))
            self.write(f"::{command} {place},{rule}::{text}")

    def end(self) -> None:
        """Write why not all rules were judged: as notices, since it concerns no line."""
        for reason in self.not_judged():
            self.write(f"::notice title=not judged::{reason}")


class JsonOutput(Output):
    """An array with one object for each document or, with a fleet, for each verdict on it."""

    def tell(self, name: str, verdict: Verdict) -> None:
        """Write the object of a verdict."""
        found = [
            {
                "rule": finding.rule,
                "slug": RULES[finding.rule].slug,
                "severity": str(finding.severity),
                "path": finding.path,
                "line": position[0] if position else None,
                "column": position[1] if position else None,
                "message": finding.message,
                "hint": finding.hint,
                "source": finding.source,
            }
            for finding, position in verdict.findings
        ]
        entry = {
            "file": name,
            "kind": self.kind,
            "devices": verdict.devices,
            "unknown": verdict.missing,
            "findings": found,
        }
        self.write(("," if self.verdicts else "[") + _json(entry))

    def end(self) -> None:
        """Close the array."""
        self.write("]" if self.verdicts else "[]")


_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


@define
class SarifOutput(Output):
    """SARIF 2.1.0, for code-scanning services."""

    results: int = 0

    def tell(self, name: str, verdict: Verdict) -> None:
        """Write the findings as results; before the first, the tool and its rules."""
        from urllib.parse import quote

        if not self.verdicts:
            self.write(self._head())
        for finding, position in verdict.findings:
            physical: dict[str, Any] = {"artifactLocation": {"uri": quote(os.fsencode(name))}}
            if position is not None:
                physical["region"] = {"startLine": position[0], "startColumn": position[1]}
            location: dict[str, Any] = {"physicalLocation": physical}
            if finding.path:
                location["logicalLocations"] = [{"fullyQualifiedName": finding.path}]
            result = {
                "ruleId": finding.rule,
                "ruleIndex": list(RULES).index(finding.rule),
                "level": _LEVELS[finding.severity],
                "message": {"text": _sentence(finding, verdict)},
                "locations": [location],
            }
            self.write(("," if self.results else "") + _json(result))
            self.results += 1

    def end(self) -> None:
        """Write how the run went, with what was not judged, and close the log."""
        if not self.verdicts:
            self.write(self._head())
        invocation = {
            "executionSuccessful": not self.unreadable,
            "toolExecutionNotifications": [
                {"level": "note", "message": {"text": reason}} for reason in self.not_judged()
            ],
        }
        self.write(f'],"invocations":[{_json(invocation)}]}}]}}')

    def _head(self) -> str:
        from importlib import metadata

        rules = [
            {
                "id": rule.code,
                "name": "".join(word.capitalize() for word in rule.slug.split("-")),
                "shortDescription": {"text": rule.summary},
                "fullDescription": {"text": rule.explanation},
                "help": {"text": rule.hint},
                "defaultConfiguration": {"level": _LEVELS[rule.severity]},
            }
            for rule in RULES.values()
        ]
        driver = {
            "name": "mdm-osupdate",
            "version": metadata.version("mdm-osupdate"),
            "informationUri": "https://github.com/mdm-osupdate/mdm-osupdate",
            "rules": rules,
        }
        schema = "https://json.schemastore.org/sarif-2.1.0.json"
        tool = _json({"driver": driver})
        columns = '"columnKind":"unicodeCodePoints"'
        runs = f'"runs":[{{"tool":{tool},{columns},"results":['
        return f'{{"version":"2.1.0","$schema":"{schema}",{runs}'


OUTPUTS: Mapping[str, type[Output]] = {
    "text": TextOutput,
    "json": JsonOutput,
    "github": GithubOutput,
    "sarif": SarifOutput,
}


def title(kind: type[Message]) -> str:
    """Name a kind of document for a person."""
    if issubclass(kind, Command):
        return f"{kind.request_type} command"
    if issubclass(kind, Response):
        return f"Answer to {kind.request_type}" if kind.request_type else "Answer"
    if issubclass(kind, Declaration):
        return f"{kind.__name__} declaration"
    return "Status report" if issubclass(kind, StatusReport) else "Document"


_GARBLING = re.compile("[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Escape what would garble a line, turn it around or cannot be written at all."""
    return _GARBLING.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def _told(finding: Finding) -> str:
    told = f"{finding.path}: {finding.message}" if finding.path else finding.message
    return printable(told)


def _sentence(finding: Finding, verdict: Verdict) -> str:
    devices = f" (for {_devices(verdict)})" if verdict.devices else ""
    return f"{_told(finding)}. {printable(finding.hint)}{devices}"


def _want(missing: Iterable[str]) -> str:
    return f"not all rules were judged, for want of {', '.join(missing)}"


def _counted(findings: Iterable[Located]) -> str:
    return _in_numbers(Counter(finding.severity for finding, _ in findings))


def _in_numbers(counts: Counter[Severity]) -> str:
    parts = [_count(counts[s], str(s)) for s in Severity if counts[s]]
    return ", ".join(parts) or "nothing wrong"


def _devices(verdict: Verdict) -> str:
    some = ", ".join(map(printable, verdict.devices[:5]))
    some += ", …" if len(verdict.devices) > 5 else ""
    return f"{_count(len(verdict.devices), 'device')} ({some})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 or noun == "info" else f"{number} {noun}s"


def _json(value: object) -> str:
    """In ASCII, which can always be written, whatever a name consists of."""
    import json

    return json.dumps(value)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
