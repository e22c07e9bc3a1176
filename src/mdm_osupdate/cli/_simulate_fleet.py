"""``mdm-osupdate simulate fleet``."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mdm_osupdate.flow import State, UpdateFlow

from ._command import color_option, command, option, output_option, replacing
from ._devices import device_options
from ._fleet_chart import fleet_chart
from ._fleet_results import by_day, by_platform, by_reason, duration
from ._progress import Progress
from ._simulate_options import (
    START,
    behavior_options,
    command_options,
    format_option,
    make_fleet,
    seed_option,
    take_behavior,
    target_option,
)
from ._simulate_update import Request

if TYPE_CHECKING:
    from rich.table import Table


@command()
@option(
    "--devices",
    "count",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    metavar="N",
    group="Fleet",
    help="Number of devices.",
)
@device_options
@target_option
@command_options
@behavior_options
@option(
    "--behavior",
    "kind",
    type=click.Choice(["calm", "mixed"]),
    default="mixed",
    show_default=True,
    group="Fleet",
    help="How to set what the options leave open: by the defaults, or at random.",
)
@seed_option
@option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    group="Output",
    help="Also draw the results as an SVG image.",
)
@option("--force", is_flag=True, group="Output", help="Replace the file of --plot if it exists.")
@option("-q", "--quiet", is_flag=True, group="Output", help="Do not show progress.")
@format_option
@output_option
@color_option()
@click.pass_context
def fleet(
    ctx: click.Context,
    /,
    count: int,
    kind: str,
    seed: int,
    plot: Path | None,
    force: bool,
    quiet: bool,
    fmt: str,
    **given: Any,
) -> None:
    """Simulate the updates of a fleet and print a summary.

    \b
      mdm-osupdate simulate fleet --devices 500 --plot fleet.svg
      mdm-osupdate simulate fleet --platform macOS --no-space 20

    Exit status: 0 all updates finished, 1 at least one failed or did not finish in time.
    """
    if force and plot is None:
        raise click.UsageError("--force needs --plot")
    if plot is not None and not force:
        _refuse_to_replace(plot)
    request = Request.take(given)
    behavior = take_behavior(given)
    devices = make_fleet(count, given, behavior, seed, mixed=kind == "mixed")
    tracked = Progress("devices", quiet=quiet).track(devices, count)
    flows = [request.play(device, behaves) for device, behaves in tracked]
    if fmt == "json":
        click.echo(_as_json(flows))
    else:
        _print_report(flows)
    if plot is not None:
        with replacing(str(plot)) as file:
            file.write(fleet_chart(flows, START.date()) + "\n")
    ctx.exit(0 if all(flow.state is State.FINISHED for flow in flows) else 1)


def _refuse_to_replace(plot: Path) -> None:
    """Reject a file that exists.

    Raises:
        click.UsageError: It does.
    """
    if plot.exists():
        raise click.UsageError(f"{plot} exists: replace it with --force")


def _as_json(flows: list[UpdateFlow]) -> str:
    devices = [
        {
            "platform": str(flow.device.platform),
            "state": str(flow.state),
            "reason": flow.reason,
            "hours": round(duration(flow).total_seconds() / 3600, 2),
        }
        for flow in flows
    ]
    return json.dumps({"version": 1, "devices": devices}, ensure_ascii=False)


def _print_report(flows: list[UpdateFlow]) -> None:
    """Print a table of the outcomes, a chart of when updates finished, and why others failed."""
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    width = min(console.width, 80)
    console.print(_table(flows, width))
    days, longest = by_day(flows, START.date()), max(8, min(40, width - 18))
    if days:
        console.print("\nfinished by the end of")
    for day, done in enumerate(days, 1):
        share = done / len(flows)
        console.print(f"  day {day:2}  {'█' * round(longest * share):{longest}}  {share:4.0%}")
    reasons = by_reason(flows)
    if reasons:
        console.print("\nreasons for failure")
    for reason, count in reasons:
        head, hanging = f"  {count:4}  ", " " * 8
        filled = textwrap.fill(reason, width, initial_indent=head, subsequent_indent=hanging)
        console.print(filled)


def _table(flows: list[UpdateFlow], width: int) -> Table:
    from rich.table import Table

    table = Table("platform", box=None, padding=(0, 1) if width >= 60 else (0, 1, 0, 0))
    for heading in ("devices", "finished", "failed", "waiting", "median hours"):
        table.add_column(heading, justify="right", overflow="fold")
    for own in by_platform(flows):
        numbers = (own.devices, own.finished, own.failed, own.waiting)
        hours = "" if own.median is None else f"{own.median.total_seconds() / 3600:.1f}"
        table.add_row(str(own.platform), *map(str, numbers), hours)
    return table
