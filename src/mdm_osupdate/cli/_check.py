"""``mdm-osupdate check``."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

import click
from attrs import frozen

from mdm_osupdate._device import Device
from mdm_osupdate._findings import Severity
from mdm_osupdate._messages import Message
from mdm_osupdate._plist import survey
from mdm_osupdate._rules import RULES
from mdm_osupdate._validate import inspect

from ._devices import Named, device_of, device_options, read_fleet
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
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    jobs: int,
    fmt: str,
    **options: Any,
) -> None:
    """Say what is wrong with messages.

    PATH is a property list, XML or binary, that a server sends or a device answers; a directory,
    whose *.plist files are checked; or - for standard input. Which of the four commands or their
    answers a document holds is found out. With a device, or a fleet of them, also whether it will
    do what the command says.

    \b
      mdm-osupdate check command.plist
      mdm-osupdate check --platform macOS --os-version 14.5 --supervised payloads/
      mdm-osupdate check --fleet devices.csv --format sarif payloads/

    Rules are given by code or by its beginning, separated by commas: --ignore OSU123,OSU5.
    """
    device = device_of(options)
    if device is not None and fleet is not None:
        raise click.UsageError("give a device or a fleet, not both")
    if [*paths, fleet].count("-") > 1:
        raise click.UsageError("standard input can be read only once")
    devices = [Named("", device)] if fleet is None else list(read_fleet(fleet))
    output = OUTPUTS[fmt]()
    examine = partial(_examine, devices=devices, choice=_Choice(select, ignore))
    for name, outcome in _in_turn(examine, document_names(paths), jobs, show=fleet is not None):
        if isinstance(outcome, OSError):
            click.echo(f"mdm-osupdate: {printable(name)}: {outcome.strerror}", err=True)
            output.unreadable += 1
        else:
            output.document("<stdin>" if name == "-" else name, outcome)
    output.end()
    fatal = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    ctx.exit(2 if output.unreadable else 1 if any(output.counts[s] for s in fatal) else 0)


@frozen
class _Choice:
    """The rules that are wanted."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]

    def __call__(self, rule: str) -> bool:
        return rule.startswith(self.select or "OSU") and not (
            self.ignore and rule.startswith(self.ignore)
        )


def _examine(
    source: str | OSError, devices: Sequence[Named], choice: Callable[[str], bool]
) -> list[Verdict] | OSError:
    """Check one document for each device; devices of which the same is said share a verdict."""
    try:
        if isinstance(source, OSError):
            return source
        data = read_document(source)
    except OSError as error:
        return error
    verdicts: dict[object, Verdict] = {}
    for named in devices:
        kind, findings, undecided = inspect_document(data, named.device)
        chosen = tuple(located for located in findings if choice(located[0].rule))
        missing = tuple(sorted({n for r, names in undecided.items() if choice(r) for n in names}))
        verdict = verdicts.setdefault((chosen, missing), Verdict(kind, chosen, missing))
        if named.name:
            verdict.devices.append(named.name)
    return list(verdicts.values())


def inspect_document(
    data: bytes, device: Device | None = None
) -> tuple[type[Message] | None, list[Located], dict[str, tuple[str, ...]]]:
    """Find what a document is and what is wrong with it, in the order of its lines."""
    inspection = inspect(data, device)
    undecided = dict(inspection.report.undecided)
    if not inspection.report:
        return inspection.kind, [], undecided
    places = survey(data)
    located = [(finding, places.locate(finding.path)) for finding in inspection.report]
    return inspection.kind, sorted(located, key=lambda pair: pair[1] or (0, 0)), undecided


Outcome = list[Verdict] | OSError


def _in_turn(
    examine: Callable[[str | OSError], Outcome],
    names: Iterable[tuple[str, str | OSError]],
    jobs: int,
    show: bool,
) -> Iterator[tuple[str, Outcome]]:
    """Examine documents, several at a time if asked, and give the outcomes in their order."""
    if show and sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        console = Console(stderr=True)
        names = track(list(names), "Checking", console=console, transient=True)
    if jobs == 1:
        for name, source in names:
            yield name, examine(source)
        return
    from concurrent.futures import Future, ProcessPoolExecutor

    with ProcessPoolExecutor(jobs) as pool:
        # No more than some are under way, so that memory does not grow with the number of files.
        remaining = iter(names)
        under_way: deque[tuple[str, Future[Outcome]]] = deque()
        while True:
            for name, source in islice(remaining, jobs * 16 - len(under_way)):
                under_way.append((name, pool.submit(examine, source)))
            if not under_way:
                return
            name, future = under_way.popleft()
            yield name, future.result()
