"""Output formats for findings: text, JSON, GitHub annotations, SARIF.

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

from mdm_osupdate.codec import Part
from mdm_osupdate.declarations import (
    Declaration,
    SoftwareUpdateEnforcementSpecific,
    SoftwareUpdateRequired,
    StatusReport,
)
from mdm_osupdate.errors import Finding, Severity
from mdm_osupdate.messages import Command, Message, Response
from mdm_osupdate.rules import RULES


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
    part: Part = field(default=Part(b""), repr=False)
    """The document."""
    devices: list[str] = field(factory=list)
    """The devices of a fleet. Empty without a fleet."""


@define
class Output(ABC):
    """An output format. Counts what it writes."""

    err: bool = False
    """True to write to standard error."""
    counts: Counter[Severity] = field(factory=Counter)
    documents: int = 0
    kinds: Counter[str] = field(factory=Counter)
    """Number of documents by kind, such as "command"."""
    verdicts: int = 0
    unreadable: int = 0
    """Number of documents that could not be read. Counted by the caller."""
    undecided: Counter[tuple[str, ...]] = field(factory=Counter)
    """Unknown attributes that kept rules from being checked, with the number of documents."""
    kind: str = ""
    """Title of the last document."""

    def document(self, name: str, verdicts: Sequence[Verdict]) -> None:
        """Write the verdicts on one document."""
        self.documents += 1
        self.kinds[_noun(verdicts[0].kind)] += 1
        self.undecided.update({verdict.missing for verdict in verdicts if verdict.missing})
        for verdict in verdicts:
            self.verdict(name, verdict)

    def verdict(self, name: str, verdict: Verdict) -> None:
        """Write one verdict, perhaps another one on a document that is already counted."""
        self.kind = title(verdict.kind) if verdict.kind else "Document"
        self.counts.update(finding.severity for finding in verdict.findings)
        self.tell(name, verdict)
        self.verdicts += 1

    @abstractmethod
    def tell(self, name: str, verdict: Verdict) -> None:
        """Write one verdict on a document."""

    @abstractmethod
    def end(self) -> None:
        """Write what follows the last document."""

    def not_judged(self) -> Iterator[str]:
        """Yield a line for each reason why rules were not checked."""
        for missing, number in sorted(self.undecided.items()):
            yield f"{_count(number, 'document')}: {_want(missing)}"

    def write(self, line: str) -> None:
        """Write one line."""
        click.echo(line, err=self.err)


_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


class TextOutput(Output):
    """Lines for people and editors: ``file:line:column: rule severity message``."""

    def tell(self, name: str, verdict: Verdict) -> None:
        """Write each finding, with its hint below."""
        name = printable(name)
        document = name if verdict.part.place == (1, 1) else f"{name}:{verdict.part.place[0]}"
        if verdict.devices:
            self.write(f"{document}: for {_devices(verdict)}: {_counted(verdict.findings)}")
        for finding in verdict.findings:
            place = name if finding.line is None else f"{name}:{finding.line}:{finding.column}"
            severity = click.style(str(finding.severity), fg=_COLOURS[finding.severity])
            self.write(f"{place}: {finding.rule} {severity}: {_told(finding)}")
            self.write(f"    {printable(finding.hint)}")
        if verdict.missing:
            self.write(f"{document}: {_want(verdict.missing)}")

    def end(self) -> None:
        """Write the number of findings by severity, unless nothing was checked."""
        if not self.documents:
            if not self.unreadable:
                self.write("no documents found")
            return
        if self.documents > 1:
            kinds = (_count(number, kind) for kind, number in self.kinds.most_common())
            self.write(f"checked {', '.join(kinds)}")
        what = self.kind if self.documents == 1 else f"{self.documents} documents"
        self.write(f"{what}: {_in_numbers(self.counts)}")


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
            text = _data(_sentence(finding, verdict))
            self.write(f"::{command} {place},{rule}::{text}")

    def end(self) -> None:
        """Write why rules were not checked, as notices without a line."""
        for reason in self.not_judged():
            self.write(f"::notice title=not checked::{reason}")


class JsonOutput(Output):
    """An array of objects: one per document or, with a fleet, one per verdict."""

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
        """Write the findings as results. The tool and its rules precede the first."""
        from urllib.parse import quote

        if not self.verdicts:
            self.write(self._head())
        for finding in verdict.findings:
            physical: dict[str, Any] = {"artifactLocation": {"uri": quote(os.fsencode(name))}}
            if finding.line is not None:
                physical["region"] = {"startLine": finding.line, "startColumn": finding.column}
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
        """Write the outcome of the run with the rules that were not checked, and close the log."""
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
    """Return the title of a kind of document."""
    if issubclass(kind, Command):
        return f"{kind.request_type} command"
    if issubclass(kind, Response):
        return f"{kind.request_type} response" if kind.request_type else "Response"
    if issubclass(kind, Declaration):
        return f"{kind.__name__} declaration"
    if issubclass(kind, SoftwareUpdateRequired):
        return "Required update at enrollment"
    return "Status report" if issubclass(kind, StatusReport) else "Document"


def _noun(kind: type[Message] | None) -> str:
    """Return the noun for the documents of a kind."""
    nouns = (Command, "command"), (Response, "response"), (Declaration, "declaration")
    known = (*nouns, (StatusReport, "status report"))
    return next((n for c, n in known if kind and issubclass(kind, c)), "other document")


_GARBLING = re.compile("[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Escape control characters, direction marks and surrogates."""
    return _GARBLING.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def _told(finding: Finding) -> str:
    told = f"{finding.path}: {finding.message}" if finding.path else finding.message
    return printable(told)


def _sentence(finding: Finding, verdict: Verdict) -> str:
    devices = f" (for {_devices(verdict)})" if verdict.devices else ""
    return f"{_told(finding)}. {printable(finding.hint)}{devices}"


def _want(missing: Sequence[str]) -> str:
    return f"some rules were not checked: {_listed(missing)} unknown"


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last} are" if first else f"{last} is"


def _counted(findings: Iterable[Finding]) -> str:
    return _in_numbers(Counter(finding.severity for finding in findings))


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
    """Write JSON in ASCII, which every terminal can show."""
    import json

    return json.dumps(value)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
