"""Findings as SARIF 2.1.0, for code-scanning services."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import click
from attrs import define

from mdm_osupdate.errors import Finding, Severity
from mdm_osupdate.rules import RULES

from ._outputs import Output, Totals, Verdict, sentence
from ._rules import RULES_AT
from ._version import version

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_INDEXES = {code: index for index, code in enumerate(RULES)}


@define
class SarifOutput(Output):
    """A log with one run. Results are written at once, between the tool and the invocation."""

    results: int = 0

    def tell(self, name: str, verdict: Verdict) -> None:
        """Write the findings as results. The tool and its rules precede the first."""
        if not self.verdicts:
            click.echo(_head())
        for finding in verdict.findings:
            result = _result(name, verdict, finding)
            click.echo(("," if self.results else "") + json.dumps(result))
            self.results += 1

    def end(self, devices: Sequence[tuple[str, Totals]]) -> None:
        """Write the outcome of the run with the rules that were not checked, and close the log."""
        if not self.verdicts:
            click.echo(_head())
        invocation = {
            "executionSuccessful": not self.unreadable,
            "toolExecutionNotifications": [
                {"level": "note", "message": {"text": reason}} for reason in self.not_judged()
            ],
        }
        click.echo(f'],"invocations":[{json.dumps(invocation)}]}}]}}')


def _head() -> str:
    rules = [
        {
            "id": rule.code,
            "name": "".join(word.capitalize() for word in rule.slug.split("-")),
            "shortDescription": {"text": rule.summary},
            "fullDescription": {"text": rule.explanation},
            "help": {"text": rule.hint},
            "helpUri": f"{RULES_AT}/{rule.code}/",
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        }
        for rule in RULES.values()
    ]
    driver = {
        "name": "mdm-osupdate",
        "version": version(),
        "informationUri": "https://github.com/mdm-osupdate/mdm-osupdate",
        "rules": rules,
    }
    tool = json.dumps({"driver": driver})
    runs = f'"runs":[{{"tool":{tool},"columnKind":"unicodeCodePoints","results":['
    return f'{{"version":"2.1.0","$schema":"{_SCHEMA}",{runs}'


def _result(name: str, verdict: Verdict, finding: Finding) -> dict[str, Any]:
    from urllib.parse import quote

    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(os.fsencode(name))}}
    if finding.line is not None:
        physical["region"] = {"startLine": finding.line, "startColumn": finding.column}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.path}]
    return {
        "ruleId": finding.rule,
        "ruleIndex": _INDEXES[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": sentence(finding, verdict)},
        "locations": [location],
        "partialFingerprints": {"finding/v1": _fingerprint(name, finding)},
    }


def _fingerprint(name: str, finding: Finding) -> str:
    """Identify a finding across runs, also when it moves to another line."""
    from hashlib import sha256

    words = (name, finding.rule, finding.path, finding.message)
    return sha256(repr(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]
