"""A simulated update by declaration, and its output."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from mdm_osupdate import flow as events
from mdm_osupdate.codec import dumps, loads, to_dict
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific
from mdm_osupdate.device import Device
from mdm_osupdate.errors import DecodeError
from mdm_osupdate.flow import EnforcementFlow, State
from mdm_osupdate.simulator import Behavior, Reported, SimulatedDevice, play_reports
from mdm_osupdate.versions import LocalDateTime

from ._clock import with_seconds
from ._inputs import read_document
from ._simulate_options import START, offers_for, target_for

_SAID: Mapping[type[events.Event], Callable[[Any], str]] = {
    events.UpdateFound: lambda e: f"the device has found {e.version}",
    events.DownloadStarted: lambda e: "the download has started",
    events.Downloaded: lambda e: "the download is complete",
    events.Restarting: lambda e: "the device installs",
    events.Blocked: lambda e: f"blocked: {e.reason}",
    events.DeadlinePassed: lambda e: "the deadline has passed",
    events.Ignored: lambda e: f"ignored: {e.reason}",
}


def read_enforcement(path: str) -> SoftwareUpdateEnforcementSpecific:
    """Read the declaration in a file.

    Raises:
        click.UsageError: The file holds something else.
    """
    try:
        return loads(read_document(path), SoftwareUpdateEnforcementSpecific)
    except DecodeError as error:
        raise click.UsageError(f"{path}: {error.findings[0].message}") from None


def enforcement_of(
    device: Device, target: str | None, deadline: str
) -> SoftwareUpdateEnforcementSpecific:
    """Return the declaration that enforces a target by a deadline.

    Raises:
        click.UsageError: The deadline is not a local time.
    """
    try:
        time = LocalDateTime(with_seconds(deadline))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return SoftwareUpdateEnforcementSpecific(
        target_os_version=target_for(device, target), target_local_date_time=time
    )


def simulate_declared(
    device: Device,
    behavior: Behavior,
    declaration: SoftwareUpdateEnforcementSpecific,
    horizon: dt.timedelta,
    fmt: str,
    verbose: bool,
) -> int:
    """Simulate an update by declaration, print it, and return the exit status."""
    target = declaration.target_os_version
    simulated = SimulatedDevice(device, offers_for(device, target), behavior)
    flow = EnforcementFlow(device, declaration)
    steps = _within(play_reports(flow, simulated, START), START + horizon)
    if fmt == "json":
        click.echo(json.dumps(_as_json(flow, list(steps)), ensure_ascii=False, indent=2))
    else:
        due = declaration.target_local_date_time
        click.echo(f"{device.platform} {device.os_version}, to be updated to {target} by {due}\n")
        _tell(flow, steps, verbose)
    return 0 if flow.state is State.FINISHED else 1


def _within(steps: Iterator[Reported], end: dt.datetime) -> Iterator[Reported]:
    for step in steps:
        if step.at > end:
            return
        yield step


def _tell(flow: EnforcementFlow, steps: Iterator[Reported], verbose: bool) -> None:
    """Print the status reports as they arrive, and the outcome."""
    width = max(40, min(80, shutil.get_terminal_size().columns))
    day = 0
    for step in steps:
        if day == 0:
            names = " and ".join(str(d.identifier) for d in flow.declarations[::2])
            _line(width, f"{START:%H:%M}", "server", f"offers {names}", "cyan", day=1)
            for declaration in flow.declarations if verbose else ():
                _document(dumps(declaration))
        today = (step.at.date() - START.date()).days + 1
        shown = today if today > max(day, 1) else 0
        _line(width, f"{step.at:%H:%M}", "device", _reported(step), "green", day=shown)
        if verbose:
            _document(dumps(step.report))
        for event in step.events:
            if type(event) in _SAID:
                _line(width, "", "", f"→ {_SAID[type(event)](event)}")
        day = today
    _outcome(flow, width)


def _line(
    width: int, time: str, who: str, text: str, color: str | None = None, *, day: int = 0
) -> None:
    """Print a line, below the heading of a new day."""
    if day:
        click.secho(f"day {day}", bold=True)
    head = f"  {time:5}  {click.style(f'{who:6}', fg=color)}  "
    for line in textwrap.wrap(text, width - 17, break_on_hyphens=False):
        click.echo(head + line)
        head = " " * 17


def _document(data: bytes) -> None:
    for line in data.decode().splitlines():
        click.secho(f"{'':17}{line}", dim=True)


def _reported(step: Reported) -> str:
    """Return what a status report says, in a few words."""
    items = to_dict(step.report)["StatusItems"]
    state = items.get("softwareupdate", {}).get("install-state")
    version = items.get("device", {}).get("operating-system", {}).get("version")
    parts = [f"install-state {state}"] if state else []
    parts += [f"version {version}"] if version else []
    return f"reports {', '.join(parts) or 'its declarations'}"


def _outcome(flow: EnforcementFlow, width: int) -> None:
    last = flow.history[-1]
    if isinstance(last, events.Finished):
        text, color = f"finished: {last.reason}", "green"
    elif isinstance(last, events.Failed):
        text, color = f"failed: {last.reason}", "red"
    else:
        text, color = f"still {flow.state}", "yellow"
    click.echo()
    for line in textwrap.wrap(text, width):
        click.secho(line, fg=color, bold=True)


def _as_json(flow: EnforcementFlow, steps: list[Reported]) -> dict[str, Any]:
    """Return an update as JSON values."""
    stored = flow.to_dict()
    return {
        "version": 1,
        "device": stored["device"],
        "declaration": to_dict(flow.declaration),
        "state": str(flow.state),
        "reason": flow.reason,
        "reports": [
            {
                "at": step.at.isoformat(),
                "report": to_dict(step.report),
                "state": str(step.state),
                "events": [event.to_dict() for event in step.events],
            }
            for step in steps
        ],
    }
