"""``mdm-osupdate status``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

import click

from mdm_osupdate.codec import DEFAULT_LIMITS, examine
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific
from mdm_osupdate.errors import DecodeError

from ._clock import now
from ._command import Words, command, option, output_file, output_option
from ._devices import problem, read_fleet
from ._following import FAILED, Follow
from ._inputs import Documents, read_document
from ._printable import printable
from ._progress import Progress
from ._releases import read_releases
from ._reports import Reports
from ._status_outputs import Totals, as_csv, as_json, as_text, counted
from ._status_page import as_page
from ._writing import print_lines

_OUTPUTS: Mapping[str, Callable[[Follow, Totals], Iterator[str]]] = {
    "text": as_text,
    "json": as_json,
    "csv": as_csv,
    "html": as_page,
}
_ENDINGS = {".html": "html", ".htm": "html", ".json": "json", ".csv": "csv"}
"""The format of an output file, unless one is given."""


@command()
@click.argument("paths", nargs=-1, required=True, metavar="REPORTS...")
@option(
    "--fleet",
    metavar="FILE",
    group="Fleet",
    help="Inventory in CSV or JSON. Devices that have never reported are listed, too.",
)
@option(
    "--declarations",
    metavar="DIR",
    group="Fleet",
    help="Enforcements that were sent, for the target and the deadline of each device.",
)
@option(
    "--releases",
    multiple=True,
    metavar="FILE",
    group="Fleet",
    help="Releases that Apple offers: a response of the software lookup service, or a SOFA feed. "
    "Shows which devices are behind, and targets that are not offered. Can be repeated.",
)
@option(
    "--format",
    "fmt",
    type=Words(_OUTPUTS),
    group="Output",
    help="Output format. By default that of the name of the output file, or text.",
)
@output_option
@option(
    "-q",
    "--quiet",
    is_flag=True,
    group="Output",
    help="Show neither progress nor what was skipped.",
)
@click.pass_context
def status(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    fleet: str | None,
    declarations: str | None,
    releases: tuple[str, ...],
    fmt: str | None,
    quiet: bool,
) -> None:
    """Show the progress of a fleet's updates.

    REPORTS are status reports: files, directories, or - for standard input. A file can have one
    report per line, and a report can be inside a check-in or a webhook. The reports of a device
    are one row. Their order counts: a report adds what has changed, and a full report replaces
    what was known. Files are read in the order given, those of a directory by name.

    A device is late if it is not at the target and the deadline has passed in every time zone.

    \b
      mdm-osupdate status reports/ --fleet devices.csv --declarations sent/
      mdm-osupdate status reports.ndjson --releases gdmf.json -o report.html

    Exit status: 0 no update failed, 1 an update failed or is late, or a report cannot be read, 2
    the command could not run.
    """
    if [*paths, fleet, *releases].count("-") > 1:
        raise click.UsageError("standard input can be read only once")
    follow = Follow(
        now(),
        _read_enforcements(declarations) if declarations else {},
        read_releases(releases) if releases else None,
    )
    if fleet is not None:
        _expect(follow, fleet, quiet)
    reports = Reports(paths)
    for report in Progress("reports", quiet=quiet).track(reports):
        follow.receive(report)
    if not quiet:
        _name_skipped(reports)
    totals = Totals.of(follow)
    ending = os.path.splitext(output_file(ctx) or "")[1].lower()
    fmt = fmt or _ENDINGS.get(ending, "text")
    print_lines(_OUTPUTS[fmt](follow, totals), is_data=fmt != "text")
    ctx.exit(int(bool(totals.late or totals.states[FAILED] or totals.unreadable)))


def _name_skipped(reports: Reports) -> None:
    """Print the number of skipped documents that are not reports."""
    kinds = [counted(number, kind) for kind, number in reports.skipped.most_common()]
    if kinds:
        click.echo(f"mdm-osupdate: skipped {printable(', '.join(kinds))}", err=True)


def _expect(follow: Follow, fleet: str, quiet: bool) -> None:
    """Add the devices of an inventory, and print why rows cannot be used."""
    progress = Progress("rows of the inventory", quiet=quiet)
    for row in progress.track(read_fleet(fleet)):
        if row.device is None:
            progress.clear()
            click.echo(f"mdm-osupdate: {problem(fleet, row)}", err=True)
        follow.expect(row)


def _read_enforcements(path: str) -> dict[str, SoftwareUpdateEnforcementSpecific]:
    """Return the enforcements below a directory by identifier; skip other documents.

    Raises:
        click.ClickException: There is none.
        OSError: A file cannot be read.
    """
    found: dict[str, SoftwareUpdateEnforcementSpecific] = {}
    for _, source in Documents([path]):
        if isinstance(source, OSError):
            raise click.ClickException(f"{path}: {source.strerror}")
        try:
            whole = examine(read_document(source), DEFAULT_LIMITS).whole
        except DecodeError:
            continue
        if isinstance(whole, SoftwareUpdateEnforcementSpecific):
            found[str(whole.identifier)] = whole
    if not found:
        raise click.ClickException(f"{path}: no enforcement found")
    return found
