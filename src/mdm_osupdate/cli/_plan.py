"""``mdm-osupdate plan``."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from itertools import chain
from pathlib import Path

import click

from mdm_osupdate.device import Device
from mdm_osupdate.inventory import Row
from mdm_osupdate.planning import Plan, plan_fleet
from mdm_osupdate.releases import Releases

from ._clock import now, with_seconds
from ._command import Words, color_option, command, option, output_file, output_option
from ._devices import explain_option, read_fleet
from ._plan_files import PlanFiles
from ._plan_outputs import OUTPUTS, PlanOutput
from ._progress import Progress
from ._releases import read_releases, warn_if_old

_ENDINGS = {".json": "json", ".csv": "csv"}
"""The format of an output file, unless one is given."""


@command()
@option(
    "--fleet",
    required=True,
    metavar="FILE",
    group="Device",
    help="Inventory of devices in CSV or JSON, or - for standard input.",
)
@explain_option
@option(
    "--target",
    required=True,
    metavar="VERSION",
    group="Update",
    help="Version to install, such as 26.1. With --releases also latest, latest-minor or "
    "latest-patch.",
)
@option(
    "--deadline",
    required=True,
    metavar="TIME",
    group="Update",
    help="Time by which to install, such as 2026-12-01T19:00, in the local time of each device. "
    "With --releases also days after posting, such as 14d@19:00.",
)
@option(
    "--releases",
    multiple=True,
    metavar="FILE",
    group="Update",
    help="Releases that Apple offers: a response of the software lookup service, or a SOFA feed. "
    "Can be repeated.",
)
@option(
    "--format",
    "fmt",
    type=Words(OUTPUTS),
    group="Output",
    help="Output format. By default that of the name of the output file, or text.",
)
@output_option
@option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    group="Output",
    help="Also write the commands and declarations to send to this new directory.",
)
@option("-q", "--quiet", is_flag=True, group="Output", help="Do not show progress.")
@color_option()
@option(
    "--strict",
    is_flag=True,
    group="Output",
    help="Exit with status 1 also if something is unknown that could rule out a plan.",
)
@click.pass_context
def plan(
    ctx: click.Context,
    /,
    fleet: str,
    target: str,
    deadline: str,
    releases: tuple[str, ...],
    fmt: str | None,
    out: Path | None,
    explain_inventory: bool,
    quiet: bool,
    strict: bool,
) -> None:
    """Plan an update for each device of a fleet: what to send, and why.

    A device that supports the declaration gets the declaration. An older one gets a command, if it
    supports one. A device that has the version gets nothing. If the update is impossible, the plan
    says what would have to change. Devices are read and planned one at a time, so a fleet can have
    any size.

    Without --releases, the plan does not know what the hardware supports, nor what Apple offers.

    \b
      mdm-osupdate plan --fleet devices.csv --target 26.1 \\
        --deadline 2026-12-01T19:00 --out send
      mdm-osupdate plan --fleet devices.csv --target latest \\
        --deadline 14d@19:00 --releases gdmf.json

    Exit status: 0 every device can be updated, 1 at least one cannot or its row cannot be used, 2
    the command could not run.
    """
    catalog = _catalog(fleet, releases)
    rows: deque[Row] = deque()
    """The rows that are being planned, after those that cannot be used."""

    def devices() -> Iterator[Device]:
        for row in read_fleet(fleet, explain=explain_inventory):
            rows.append(row)
            if row.device is not None:
                yield row.device

    try:
        plans = plan_fleet(devices(), target, with_seconds(deadline), releases=catalog, now=now())
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    ending = os.path.splitext(output_file(ctx) or "")[1].lower()
    output = OUTPUTS[fmt or _ENDINGS.get(ending, "text")](target=target)
    # Plans that are printed on the terminal show the progress themselves.
    progress = Progress("devices", quiet=quiet or sys.stdout.isatty())
    with PlanFiles(out) if out is not None else nullcontext() as files, output:
        for planned in progress.track(chain(plans, [None])):
            _write(planned, rows, output, files)
    ctx.exit(_status(output, strict))


def _catalog(fleet: str, paths: Sequence[str]) -> Releases | None:
    """Read the releases, if there are any, and warn if they are old."""
    if [fleet, *paths].count("-") > 1:
        raise click.UsageError("standard input can be read only once")
    if not paths:
        return None
    catalog = read_releases(paths)
    warn_if_old(catalog, now().date())
    return catalog


def _write(
    planned: Plan | None, rows: deque[Row], output: PlanOutput, files: PlanFiles | None
) -> None:
    """Write a plan, after the rows before it that cannot be used."""
    while rows and rows[0].device is None:
        output.unusable(rows.popleft())
    if planned is not None:
        row = rows.popleft()
        output.device(row.name, planned)
        if files is not None:
            files.write(row, planned)


def _status(output: PlanOutput, strict: bool) -> int:
    failed = output.impossible or output.rows_unusable
    return int(bool(failed or (strict and output.uncertain)))
