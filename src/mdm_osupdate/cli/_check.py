"""``mdm-osupdate check``."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click
from attrs import define, field, frozen

from mdm_osupdate.codec import Part, positions
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific
from mdm_osupdate.device import Device
from mdm_osupdate.errors import Severity
from mdm_osupdate.messages import Command
from mdm_osupdate.rules import RULES
from mdm_osupdate.validation import check_together, inspect

from ._clock import now
from ._devices import (
    device_of,
    device_options,
    explain_option,
    hardware_options,
    problem,
    read_fleet,
)
from ._inputs import Documents, read_document, read_documents
from ._outputs import OUTPUTS, Output, Verdict, printable

if TYPE_CHECKING:
    from mdm_osupdate.releases import Releases


def _rules(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Split at commas, and reject what does not begin the code of any rule."""
    codes = tuple(code.strip() for text in value for code in text.split(","))
    for code in codes:
        if not any(rule.startswith(code) for rule in RULES):
            raise click.BadParameter(f"unknown rule {code!r}", ctx, param)
    return codes


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="In directories, look into every file for messages, not only into .plist, .json, .ndjson "
    "and .jsonl files.",
)
@device_options
@hardware_options
@click.option(
    "--fleet",
    metavar="FILE",
    help="Inventory of devices in CSV or JSON, or - for standard input.",
)
@explain_option
@click.option(
    "--command",
    metavar="FILE",
    help="Command that the messages respond to, or that a declaration replaces.",
)
@click.option(
    "--releases",
    multiple=True,
    metavar="FILE",
    help="Releases that Apple offers, to check targets against: a response of the software lookup "
    "service, or a SOFA feed. Can be repeated.",
)
@click.option(
    "--select",
    multiple=True,
    callback=_rules,
    metavar="RULES",
    help="Report only these rules, given by code or its beginning, such as OSU123,OSU5.",
)
@click.option(
    "--ignore",
    multiple=True,
    callback=_rules,
    metavar="RULES",
    help="Do not report these rules. Takes precedence over --select.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with status 1 also for warnings, and for rows of a fleet that cannot be used.",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(list(OUTPUTS)),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.pass_context
def check(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    every: bool,
    fleet: str | None,
    explain_inventory: bool,
    command: str | None,
    releases: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    fmt: str,
    **options: Any,
) -> None:
    """Check messages and report what is wrong.

    PATH is a file, a directory, or - for standard input. Property lists (XML or binary) and JSON
    are recognized by their content. Add a device, or a fleet, to check whether it supports what
    the message asks for. Add the command that was sent to check whether the response fits it.

    \b
      mdm-osupdate check command.plist
      mdm-osupdate check --platform macOS --os-version 14.5 --supervised payloads/
      mdm-osupdate check --fleet devices.csv --format sarif payloads/
      mdm-osupdate check --command sent.plist response.plist
    """
    device = device_of(options)
    _refuse_conflicts(device, fleet, [*paths, fleet, command])
    members = _Members()
    if fleet is not None:
        members.read(fleet, explain_inventory)
    sent = _sent(command) if command is not None else None
    examine = _Examination(
        tuple(members.numbers) or (device,),
        sent,
        _Choice(select, ignore),
        now(),
        _catalog(releases),
    )
    together = _Together(device, examine.choice)
    documents = Documents(paths, every)
    output = OUTPUTS[fmt]()
    with _progress(documents, len(members.numbers)) as advance:
        for name, source in documents:
            for outcome in examine(source, advance):
                _report(output, name, outcome, members.named)
                together.add(name, outcome)
    together.report(output)
    output.end()
    if passed_over := documents.passed_over():
        click.echo(f"mdm-osupdate: {passed_over}", err=True)
    ctx.exit(_status(output, strict, members))


def _status(output: Output, strict: bool, members: _Members) -> int:
    if output.unreadable:
        return 2
    fatal = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    return int(any(output.counts[s] for s in fatal) or (strict and members.unusable > 0))


@define
class _Members:
    """The devices of a fleet."""

    named: list[tuple[str, int]] = field(factory=list)
    """The name of each device, and its number."""
    numbers: dict[Device, int] = field(factory=dict)
    """Distinct devices: equal ones have the same number."""
    unusable: int = 0
    """Number of rows that do not describe a device."""

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
                self.named.append(
                    (row.name, self.numbers.setdefault(row.device, len(self.numbers)))
                )
        if not self.numbers:
            file = "<stdin>" if path == "-" else path
            raise click.ClickException(f"{file}: no usable device found")


def _refuse_conflicts(
    device: Device | None, fleet: str | None, sources: Sequence[str | None]
) -> None:
    if device is not None and fleet is not None:
        raise click.UsageError("expected a device or a fleet, not both")
    if sources.count("-") > 1:
        raise click.UsageError("standard input can be read only once")


def _report(
    output: Output, name: str, outcome: Outcome, members: Iterable[tuple[str, int]]
) -> None:
    """Write what was found in one document, grouped by the devices with equal findings."""
    if isinstance(outcome, OSError):
        click.echo(f"mdm-osupdate: {printable(name)}: {outcome.strerror}", err=True)
        output.unreadable += 1
        return
    for member, number in members:
        outcome[number].devices.append(member)
    verdicts = {id(verdict): verdict for verdict in outcome}.values()
    output.document("<stdin>" if name == "-" else name, list(verdicts))


def _catalog(paths: Sequence[str]) -> Releases | None:
    if not paths:
        return None
    from ._releases import read_releases

    return read_releases(paths)


def _sent(path: str) -> Command:
    """Read the command that was sent.

    Raises:
        click.ClickException: The file does not hold a command.
        OSError: The file cannot be read.
    """
    message = inspect(read_document(path)).whole
    if not isinstance(message, Command):
        raise click.ClickException(f"{path}: not a command; run `check` on it for details")
    return message


@frozen
class _Choice:
    """The rules to report."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]

    def __call__(self, rule: str) -> bool:
        return rule.startswith(self.select or "OSU") and not (
            self.ignore and rule.startswith(self.ignore)
        )


Outcome = list[Verdict] | OSError
"""One verdict per device; devices with equal findings share one."""
Advance = Callable[[int], object]


@frozen
class _Examination:
    """The settings for checking a document."""

    devices: tuple[Device | None, ...]
    """Distinct devices: equal ones of a fleet are checked once."""
    command: Command | None
    choice: _Choice
    now: dt.datetime | None = None
    releases: Releases | None = None

    def __call__(self, source: str | OSError, advance: Advance) -> Iterator[Outcome]:
        """Check each document of a file for each device."""
        try:
            if isinstance(source, OSError):
                raise source
            for part in read_documents(source):
                yield self._check(part, advance)
        except OSError as error:
            yield error

    def _check(self, part: Part, advance: Advance) -> list[Verdict]:
        verdicts: dict[object, Verdict] = {}
        outcome = []
        inspection = inspect(part.data)  # read once, checked for each device
        whole = inspection.whole
        enforcement = whole if isinstance(whole, SoftwareUpdateEnforcementSpecific) else None
        for device in self.devices:
            report = inspection.check(
                device, command=self.command, now=self.now, releases=self.releases
            )
            undecided = report.undecided.items()
            chosen = tuple(part.locate(f) for f in report if self.choice(f.rule))
            wanted = {name for rule, names in undecided if self.choice(rule) for name in names}
            missing = tuple(sorted(wanted))
            verdict = Verdict(inspection.kind, chosen, missing, enforcement, part)
            outcome.append(verdicts.setdefault((chosen, missing), verdict))
            advance(1)
        return outcome


@define
class _Together:
    """The enforcements of each directory, which a device may have at the same time."""

    device: Device | None
    choice: _Choice
    found: dict[str, list[tuple[str, Verdict]]] = field(factory=dict)

    def add(self, name: str, outcome: Outcome) -> None:
        """Keep the document, if it is an enforcement."""
        if not isinstance(outcome, OSError) and outcome[0].enforcement is not None:
            self.found.setdefault(os.path.dirname(name), []).append((name, outcome[0]))

    def report(self, output: Output) -> None:
        """Write what the enforcements of a directory do together."""
        for group in self.found.values():
            enforcements = [verdict.enforcement for _, verdict in group if verdict.enforcement]
            reports = check_together(enforcements, self.device)
            for (name, verdict), findings in zip(group, reports, strict=True):
                chosen = [found for found in findings if self.choice(found.rule)]
                if chosen:
                    part = verdict.part
                    places = positions(part.data)
                    located = [part.locate(f.at(places.get(f.path))) for f in chosen]
                    output.verdict(name, Verdict(verdict.kind, located, part=part))


@contextmanager
def _progress(documents: Documents, devices: int) -> Iterator[Advance]:
    """Show progress on standard error, unless it would mix with the report."""
    if not devices or not _is_terminal(sys.stderr) or _is_terminal(sys.stdout):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True, redirect_stdout=False)
    task = bar.add_task(
        "Checking", total=devices * sum(1 for _ in Documents(documents.paths, documents.every))
    )

    def advance(steps: int) -> None:
        bar.start()
        bar.advance(task, steps)

    try:
        yield advance
    finally:
        bar.stop()


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()  # None if closed
