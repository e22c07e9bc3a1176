"""``mdm-osupdate simulate fleet``."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mdm_osupdate.flow import State, UpdateFlow
from mdm_osupdate.messages import Platform

from ._devices import device_options
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
    from rich.console import RenderableType
    from rich.table import Table


@click.command()
@click.option(
    "--devices",
    "count",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    metavar="N",
    help="Number of devices.",
)
@device_options
@target_option
@command_options
@behavior_options
@click.option(
    "--behavior",
    "kind",
    type=click.Choice(["calm", "mixed"]),
    default="mixed",
    show_default=True,
    help="Follow the options, or draw at random what they leave open.",
)
@seed_option
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the table and the chart to an SVG file.",
)
@format_option
@click.pass_context
def fleet(
    ctx: click.Context,
    /,
    count: int,
    kind: str,
    seed: int,
    plot: Path | None,
    fmt: str,
    **given: Any,
) -> None:
    """Simulate the updates of a fleet and print a summary.

    \b
      mdm-osupdate simulate fleet --devices 500 --plot fleet.svg
      mdm-osupdate simulate fleet --platform macOS --no-space 20

    Exit status: 0 all updates finished, 1 at least one failed or did not finish in time.
    """
    request = Request.take(given)
    behavior = take_behavior(given)
    devices = make_fleet(count, given, behavior, seed, mixed=kind == "mixed")
    flows = [request.play(device, behaves) for device, behaves in devices]
    _tell(flows, fmt, plot)
    ctx.exit(0 if all(flow.state is State.FINISHED for flow in flows) else 1)


def _tell(flows: list[UpdateFlow], fmt: str, plot: Path | None) -> None:
    if fmt == "json":
        told = [
            {
                "platform": str(flow.device.platform),
                "state": str(flow.state),
                "reason": flow.reason,
                "hours": round(_length(flow).total_seconds() / 3600, 2),
            }
            for flow in flows
        ]
        click.echo(json.dumps(told, ensure_ascii=False))
        if plot is None:
            return
    from rich.console import Console

    console = Console(
        record=plot is not None,
        file=io.StringIO() if fmt == "json" else None,
        markup=False,
        highlight=False,
    )
    for part in _report(flows, min(console.width, 80)):
        console.print(part)
    if plot is not None:
        console.save_svg(str(plot), title="mdm-osupdate simulate")


def _length(flow: UpdateFlow) -> dt.timedelta:
    return flow.history[-1].at - flow.history[0].at


def _report(flows: list[UpdateFlow], width: int) -> Iterator[RenderableType]:
    """Yield a table of the outcomes, a chart of when updates finished, and why others failed."""
    yield _table(flows, width)
    yield from _chart(flows, max(8, min(40, width - 18)))
    reasons = Counter(_CODE.sub("", flow.reason) for flow in flows if flow.state is State.FAILED)
    if reasons:
        yield "\nreasons for failure"
        for reason, count in reasons.most_common():
            head, hanging = f"  {count:4}  ", " " * 8
            yield textwrap.fill(reason, width, initial_indent=head, subsequent_indent=hanging)


def _table(flows: list[UpdateFlow], width: int) -> Table:
    from rich.table import Table

    table = Table("platform", box=None, padding=(0, 1) if width >= 60 else (0, 1, 0, 0))
    for heading in ("devices", "finished", "failed", "waiting", "median hours"):
        table.add_column(heading, justify="right", overflow="fold")
    for platform in [p for p in Platform if any(flow.device.platform is p for flow in flows)]:
        own = [flow for flow in flows if flow.device.platform is platform]
        states = Counter(flow.state for flow in own)
        waiting = len(own) - states[State.FINISHED] - states[State.FAILED]
        numbers = (len(own), states[State.FINISHED], states[State.FAILED], waiting)
        table.add_row(str(platform), *map(str, numbers), _median_hours(own))
    return table


def _median_hours(flows: Iterable[UpdateFlow]) -> str:
    lengths = sorted(_length(flow) for flow in flows if flow.state is State.FINISHED)
    return f"{lengths[len(lengths) // 2].total_seconds() / 3600:.1f}" if lengths else ""


def _chart(flows: list[UpdateFlow], longest: int) -> Iterator[str]:
    days = Counter(
        (flow.history[-1].at.date() - START.date()).days + 1
        for flow in flows
        if flow.state is State.FINISHED
    )
    done = 0
    if days:
        yield "\nfinished by the end of"
    for day in range(1, max(days, default=0) + 1):
        done += days[day]
        share = done / len(flows)
        yield f"  day {day:2}  {'█' * round(longest * share):{longest}}  {share:4.0%}"


_CODE = re.compile(r" \(\S+ -?\d+\)")
"""Domain and code, which the reasons of iPhones contain and those of Macs do not."""
