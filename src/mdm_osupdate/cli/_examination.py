"""Checking each document: for each device, and together with the others."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

import click
from attrs import define, field, frozen

from mdm_osupdate.codec import Part, positions
from mdm_osupdate.device import Device
from mdm_osupdate.errors import Finding, Severity
from mdm_osupdate.messages import Command, Message, Response
from mdm_osupdate.releases import Releases
from mdm_osupdate.validation import check_together, inspect

from ._config import Config
from ._devices import problem, read_fleet
from ._inputs import Documents, read_documents
from ._outputs import Output, Totals, Verdict
from ._printable import printable

if TYPE_CHECKING:
    from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific

Outcome = list[Verdict] | OSError
"""One verdict per device; devices with equal findings share one."""


@frozen
class Choice:
    """The rules to report."""

    selected: frozenset[str]
    ignored: frozenset[str]
    config: Config | None = None
    """The configuration, which may ignore rules in some files."""

    def of(self, name: str) -> Choice:
        """Return the choice for a file."""
        if self.config is None:
            return self
        return Choice(self.selected, self.ignored | self.config.ignored(name))

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the rules to report."""
        return self.selected - self.ignored

    def reports(self, finding: Finding, kind: type[Message] | None) -> bool:
        """Return whether to report a finding about a document of a kind.

        A document that cannot be read is an error even if other rules are selected. Otherwise, it
        would look as if it had been checked.
        """
        unreadable = kind is None and finding.severity is Severity.ERROR
        return finding.rule not in self.ignored and (finding.rule in self.selected or unreadable)


@frozen
class Examination:
    """The settings for checking documents."""

    devices: tuple[Device | None, ...]
    """Distinct devices: equal ones of a fleet are checked once."""
    command: Command | None
    choice: Choice
    now: dt.datetime | None = None
    releases: Releases | None = None

    def all(self, files: Documents) -> Iterator[tuple[str, Outcome | None]]:
        """Check the documents of files; yield ``None`` between devices, and the outcomes."""
        for name, source in files:
            for outcome in self._file(source, self.choice.of(name)):
                yield name, outcome

    def _file(self, source: str | OSError, choice: Choice) -> Iterator[Outcome | None]:
        try:
            if isinstance(source, OSError):
                raise source
            for part in read_documents(source):
                outcome: list[Verdict] = []
                for _ in self._check(part, choice, outcome):
                    yield None
                yield outcome
        except OSError as error:
            yield error

    def _check(self, part: Part, choice: Choice, outcome: list[Verdict]) -> Iterator[None]:
        verdicts: dict[object, Verdict] = {}
        command, now, releases = self.command, self.now, self.releases
        # Read once, checked for each device.
        inspection = inspect(
            part.data, self.devices[0], command=command, now=now, releases=releases
        )
        others = (
            inspection.check(device, command=command, now=now, releases=releases)
            for device in self.devices[1:]
        )
        whole, kind, codes = inspection.whole, inspection.kind, choice.codes
        enforcement = _enforcement(whole)
        failed = isinstance(whole, Response) and whole.failed
        for number, report in enumerate(chain([inspection.report], others)):
            if number:
                yield
            chosen = tuple(part.locate(f) for f in report if choice.reports(f, kind))
            undecided = report.undecided.items()
            wanted = {name for rule, names in undecided if rule in codes for name in names}
            missing = tuple(sorted(wanted))
            verdict = Verdict(kind, chosen, missing, enforcement, failed, part)
            outcome.append(verdicts.setdefault((chosen, missing), verdict))


def _enforcement(whole: Message | None) -> SoftwareUpdateEnforcementSpecific | None:
    """Return a document if it is an enforcement."""
    if whole is None or isinstance(whole, Command | Response):
        return None
    from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific

    return whole if isinstance(whole, SoftwareUpdateEnforcementSpecific) else None


@define
class Members:
    """The devices of a fleet, and the numbers of their findings."""

    _named: list[tuple[str, int]] = field(factory=list)
    """The name of each device, and its number."""
    _numbers: dict[Device, int] = field(factory=dict)
    """Distinct devices: equal ones have the same number."""
    _totals: list[Totals] = field(factory=list)
    """The findings of each distinct device."""
    unusable: int = 0
    """Number of rows that do not describe a device."""

    @property
    def devices(self) -> tuple[Device, ...]:
        """The distinct devices."""
        return tuple(self._numbers)

    def read(self, path: str, explain: bool) -> None:
        """Read the fleet, and print why rows cannot be used.

        Raises:
            click.ClickException: There is no usable row.
            OSError: The file cannot be read.
        """
        for row in read_fleet(path, explain=explain):
            if row.device is None:
                click.echo(f"mdm-osupdate: {problem(path, row)}", err=True)
                self.unusable += 1
            else:
                number = self._numbers.setdefault(row.device, len(self._numbers))
                self._named.append((row.name, number))
        if not self._numbers:
            file = "<stdin>" if path == "-" else path
            raise click.ClickException(f"{file}: no usable device found")
        self._totals = [Counter() for _ in self._numbers]

    def add(self, output: Output, name: str, outcome: Outcome) -> None:
        """Write what was found in one document, grouped by the devices with equal findings."""
        if isinstance(outcome, OSError):
            click.echo(f"mdm-osupdate: {printable(name)}: {outcome.strerror}", err=True)
            output.unreadable += 1
            return
        for member, number in self._named:
            outcome[number].devices.append(member)
        for totals, verdict in zip(self._totals, outcome, strict=False):
            totals.update(finding.severity for finding in verdict.findings)
        verdicts = {id(verdict): verdict for verdict in outcome}.values()
        output.document("<stdin>" if name == "-" else name, list(verdicts))

    def totals(self) -> list[tuple[str, Totals]]:
        """Return the name of each device with the number of its findings."""
        return [(name, self._totals[number]) for name, number in self._named]


@define
class Together:
    """The enforcements of each directory, which a device may have at the same time."""

    device: Device | None
    choice: Choice
    _found: dict[str, list[tuple[str, Verdict]]] = field(factory=dict)

    def add(self, name: str, outcome: Outcome) -> None:
        """Keep the document, if it is an enforcement."""
        if not isinstance(outcome, OSError) and outcome[0].enforcement is not None:
            self._found.setdefault(os.path.dirname(name), []).append((name, outcome[0]))

    def report(self, output: Output) -> None:
        """Write what the enforcements of a directory do together."""
        for group in self._found.values():
            enforcements = [verdict.enforcement for _, verdict in group if verdict.enforcement]
            reports = check_together(enforcements, self.device)
            for (name, verdict), findings in zip(group, reports, strict=True):
                codes = self.choice.of(name).codes
                chosen = [found for found in findings if found.rule in codes]
                if chosen:
                    part = verdict.part
                    places = positions(part.data)
                    located = [part.locate(f.at(places.get(f.path))) for f in chosen]
                    output.verdict(name, Verdict(verdict.kind, located, part=part))
