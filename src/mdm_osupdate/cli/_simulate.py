"""``mdm-osupdate simulate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mdm_osupdate.flow import State

from ._command import Group, color_option, command, option, output_option
from ._devices import device_options
from ._server_options import authority_options
from ._simulate_declared import enforcement_of, read_enforcement, simulate_declared
from ._simulate_fleet import fleet
from ._simulate_options import (
    START,
    behavior_options,
    command_options,
    device_from,
    format_option,
    take_behavior,
    target_for,
    target_option,
)
from ._simulate_server import server
from ._simulate_update import Request
from ._timeline import as_json, tell


@click.group(cls=Group, invoke_without_command=True, subcommand_metavar="[COMMAND [ARGS]...]")
@device_options
@target_option
@command_options
@option(
    "--deadline",
    metavar="TIME",
    group="Update",
    help="Update by a declaration with this deadline instead of by commands, such as "
    "2026-03-05T19:00:00. The simulation begins on 2 March 2026 at 9:00.",
)
@option(
    "--declaration",
    metavar="FILE",
    group="Update",
    help="Update by the declaration in a file, an enforcement of a version.",
)
@behavior_options
@format_option
@option("-v", "--verbose", is_flag=True, group="Output", help="Also print the property lists.")
@output_option
@color_option()
@click.pass_context
def simulate(ctx: click.Context, /, fmt: str, verbose: bool, **given: Any) -> None:
    """Simulate an update and print the exchange between server and device.

    Everything happens in memory and in simulated time. Nothing is installed, started or sent. The
    commands below simulate a fleet, or connect simulated devices to a real server.

    \b
      mdm-osupdate simulate
      mdm-osupdate simulate --os-version 17.3 --target 17.4.1 --deferrals 2
      mdm-osupdate simulate --platform macOS --action InstallLater \\
        --max-user-deferrals 3
      mdm-osupdate simulate --platform macOS --os-version 27.0 --target 27.1 \\
        --deadline 2026-03-05T19:00:00
      mdm-osupdate simulate fleet --devices 500
      mdm-osupdate simulate server --server nanomdm --url http://127.0.0.1:9000

    Exit status: 0 the update finished, 1 it failed or did not finish in time.
    """
    if ctx.invoked_subcommand is not None:
        _refuse_options(ctx, ctx.invoked_subcommand)
        return
    behavior = take_behavior(given)
    declaration, deadline = given.pop("declaration"), given.pop("deadline")
    request = Request.take(given)
    device = device_from(given)
    if declaration is not None or deadline is not None:
        _check_declared(ctx)
        enforcement = (
            read_enforcement(declaration)
            if declaration is not None
            else enforcement_of(device, request.target, deadline)
        )
        ctx.exit(simulate_declared(device, behavior, enforcement, request.horizon, fmt, verbose))
    flow, steps = request.begin(device, behavior)
    if fmt == "json":
        exchanges = [step.exchange for step in steps]
        click.echo(json.dumps(as_json(flow, exchanges), ensure_ascii=False, indent=2))
    else:
        wanted = target_for(device, request.target)
        click.echo(f"{device.platform} {device.os_version}, to be updated to {wanted}\n")
        tell(flow, steps, START, verbose)
    ctx.exit(0 if flow.state is State.FINISHED else 1)


def _check_declared(ctx: click.Context) -> None:
    """Reject options that have no effect on an update by declaration.

    Raises:
        click.UsageError: There is such an option.
    """
    idle = {"action": "--action", "max_user_deferrals": "--max-user-deferrals"}
    if ctx.params["declaration"] is not None:
        idle |= {"target": "--target", "deadline": "--deadline"}
    for name, written in idle.items():
        if ctx.params[name] is not None:
            raise click.UsageError(f"{written} has no effect on an update by declaration")


def _refuse_options(ctx: click.Context, command: str) -> None:
    """Reject options before the name of a command, where they would have no effect.

    Raises:
        click.UsageError: There is such an option.
    """
    for parameter in ctx.command.params:
        if ctx.get_parameter_source(str(parameter.name)) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"write {parameter.opts[-1]} after {command!r}")


@command()
@authority_options
def ca(ca: Path, ca_key: Path) -> None:
    """Print the path of the devices' certificate authority.

    The authority issues the identities of simulated devices, and a server must trust it. It is
    created if it does not exist.

    \b
      nanomdm -ca "$(mdm-osupdate simulate ca)" -api SECRET -listen 127.0.0.1:9000
    """
    try:
        from ._server import open_authority
    except ModuleNotFoundError as error:
        raise click.UsageError(
            f"this needs {error.name}: pip install 'mdm-osupdate[cli,simulate]'"
        ) from None
    open_authority(ca, ca_key)
    click.echo(ca)


for _command in fleet, server, ca:
    simulate.add_command(_command)
