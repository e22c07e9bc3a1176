"""``mdm-osupdate check``."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TextIO

import click
from attrs import frozen

from mdm_osupdate.device import Device
from mdm_osupdate.errors import Report, Severity
from mdm_osupdate.messages import Command
from mdm_osupdate.rules import RULES
from mdm_osupdate.validation import inspect

from ._devices import device_of, device_options, read_fleet
from ._inputs import document_names, read_document
from ._outputs import OUTPUTS, Located, Verdict, printable


def _rules(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Split at commas; refuse what is the beginning of no rule's code."""
    codes = tuple(code.strip() for text in value for code in text.split(","))
    for code in codes:
        if not any(rule.startswith(code) for rule in RULES):
            raise click.BadParameter(f"{code!r} is no rule and no beginning of one", ctx, param)
    return codes


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@device_options
@click.option(
    "--fleet",
    metavar="FILE",
    help="Devices in CSV or JSON, or - for standard input, instead of one by options.",
)
@click.option(
    "--command",
    metavar="FILE",
    help="The command that the messages answer, or whose place a declaration takes.",
)
@click.option("--select", multiple=True, callback=_rules, help="Only these rules.")
@click.option("--ignore", multiple=True, callback=_rules, help="Not these rules.")
@click.option("--strict", is_flag=True, help="Warnings, too, make the exit status 1.")
@click.option("--jobs", type=click.IntRange(1), default=1, help="Check so many files at a time.")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(list(OUTPUTS)),
    default="text",
    show_default=True,
    help="How to tell the findings.",
)
@click.pass_context
def check(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    fleet: str | None,
    command: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    jobs: int,
    fmt: str,
    **options: Any,
) -> None:
    """Say what is wrong with messages.

    PATH is a property list, XML or binary, that a server sends or a device answers, or a
    declaration or status report in JSON; a directory, whose *.plist files are checked; or - for
    standard input. Which of them a document holds is found out. With a device, or a fleet of them,
    also whether it will do what the command says. With the command that was sent, also whether the
    answer fits it.

    \b
      mdm-osupdate check command.plist
      mdm-osupdate check --platform macOS --os-version 14.5 --supervised payloads/
      mdm-osupdate check --fleet devices.csv --format sarif payloads/
      mdm-osupdate check --command sent.plist answer.plist

    Rules are given by code or by its beginning, separated by commas: --ignore OSU123,OSU5.
    """
    device = device_of(options)
    if device is not None and fleet is not None:
        raise click.UsageError("give a device or a fleet, not both")
    if [*paths, fleet, command].count("-") > 1:
        raise click.UsageError("standard input can be read only once")
    numbers: dict[Device | None, int] = {}
    members = [
        (named.name, numbers.setdefault(named.device, len(numbers)))
        for named in (read_fleet(fleet) if fleet is not None else ())
    ]
    sent = _sent(command) if command is not None else None
    examine = _Examination(tuple(numbers) or (device,), sent, _Choice(select, ignore))
    output = OUTPUTS[fmt]()
    jobs = 1 if "-" in paths else jobs  # other processes do not have this standard input
    with _progress(paths, len(numbers)) as advance:
        for name, outcome in _in_turn(examine, document_names(paths), jobs, advance):
            if isinstance(outcome, OSError):
                click.echo(f"mdm-osupdate: {printable(name)}: {outcome.strerror}", err=True)
                output.unreadable += 1
                continue
            for member, number in members:
                outcome[number].devices.append(member)
            verdicts = {id(verdict): verdict for verdict in outcome}.values()
            output.document("<stdin>" if name == "-" else name, list(verdicts))
    output.end()
    fatal = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    ctx.exit(2 if output.unreadable else 1 if any(output.counts[s] for s in fatal) else 0)


def _sent(path: str) -> Command:
    """Read the command that was sent.

    Raises:
        click.ClickException: it is none.
        OSError: it cannot be read.
    """
    message = inspect(read_document(path)).whole
    if not isinstance(message, Command):
        raise click.ClickException(f"{path}: this is no command; `check` says what it is")
    return message


@frozen
class _Choice:
    """The rules that are wanted."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]

    def __call__(self, rule: str) -> bool:
        return rule.startswith(self.select or "OSU") and not (
            self.ignore and rule.startswith(self.ignore)
        )


Outcome = list[Verdict] | OSError
"""The verdict of each device on a document; those of whom the same is said share one."""
Advance = Callable[[int], object]


@frozen
class _Examination:
    """What is asked of each document."""

    devices: tuple[Device | None, ...]
    """Each once, however many of a fleet are alike."""
    command: Command | None
    choice: _Choice

    def __call__(self, source: str | OSError, advance: Advance = lambda _: None) -> Outcome:
        """Check one document for each device."""
        try:
            if isinstance(source, OSError):
                return source
            data = read_document(source)
        except OSError as error:
            return error
        verdicts: dict[object, Verdict] = {}
        outcome = []
        inspection = inspect(data)  # read once, checked for each device
        for device in self.devices:
            report = inspection.check(device, command=self.command)
            undecided = report.undecided.items()
            chosen = tuple(f for f in located(report) if self.choice(f[0].rule))
            wanted = {name for rule, names in undecided if self.choice(rule) for name in names}
            missing = tuple(sorted(wanted))
            verdict = Verdict(inspection.kind, chosen, missing)
            outcome.append(verdicts.setdefault((chosen, missing), verdict))
            advance(1)
        return outcome


def located(report: Report) -> list[Located]:
    """Give each finding its place in the document."""
    return [
        (finding, (finding.line, finding.column) if finding.line and finding.column else None)
        for finding in report
    ]


def _in_turn(
    examine: _Examination,
    names: Iterable[tuple[str, str | OSError]],
    jobs: int,
    advance: Advance,
) -> Iterator[tuple[str, Outcome]]:
    """Examine documents, several at a time if asked, and give the outcomes in their order."""
    if jobs == 1:
        for name, source in names:
            yield name, examine(source, advance)
        return
    from concurrent.futures import Future, ProcessPoolExecutor

    remaining = iter(names)
    size = max(1, 64 // len(examine.devices))  # so much work that handing it over costs little
    under_way: deque[tuple[list[tuple[str, str | OSError]], Future[list[Outcome]]]] = deque()
    with ProcessPoolExecutor(jobs, initializer=_prepare, initargs=(examine,)) as pool:
        while True:
            # No more than some are under way, so that memory does not grow with their number.
            while len(under_way) < 4 * jobs and (some := list(islice(remaining, size))):
                under_way.append((some, pool.submit(_examine, [source for _, source in some])))
            if not under_way:
                return
            some, future = under_way.popleft()
            for (name, _), outcome in zip(some, future.result(), strict=True):
                advance(len(examine.devices))
                yield name, outcome


_examination: _Examination
"""Of a process that works for another one: handed over once, since it may hold many devices."""


def _prepare(examination: _Examination) -> None:
    global _examination
    _examination = examination


def _examine(sources: Iterable[str | OSError]) -> list[Outcome]:
    return [_examination(source) for source in sources]


@contextmanager
def _progress(paths: Sequence[str], devices: int) -> Iterator[Advance]:
    """Show for how many of the devices it is done, unless that would mix with the report."""
    if not devices or not _is_terminal(sys.stderr) or _is_terminal(sys.stdout):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True, redirect_stdout=False)
    task = bar.add_task("Checking", total=devices * sum(1 for _ in document_names(paths)))

    def advance(steps: int) -> None:
        bar.start()  # not before the first step: its thread must not run when processes fork
        bar.advance(task, steps)

    try:
        yield advance
    finally:
        bar.stop()


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()  # None if it is closed
