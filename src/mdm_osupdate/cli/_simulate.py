"""``mdm-osupdate simulate``."""

from __future__ import annotations

import datetime as dt
import io
import json
import math
import random
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
from attrs import define
from click.core import ParameterSource

from mdm_osupdate.device import Device
from mdm_osupdate.errors import InvalidVersionError
from mdm_osupdate.flow import Policy, State, UpdateFlow
from mdm_osupdate.messages import AvailableOSUpdatesItem, InstallAction, Platform
from mdm_osupdate.simulator import Behavior, SimulatedDevice, offer, play
from mdm_osupdate.versions import OSVersion

from ._devices import described, device_options
from ._identity_options import identity_options
from ._timeline import Step, as_json, tell

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from ._server import Server

_START = dt.datetime(
    2026, 3, 2, 9, tzinfo=dt.timezone.utc
)  # a Monday, fixed so that runs are reproducible
_USUAL: Mapping[Platform, tuple[str, str]] = {
    Platform.IOS: ("17.3", "17.4.1"),
    Platform.IPADOS: ("17.3", "17.4.1"),
    Platform.MACOS: ("14.3", "14.4.1"),
    Platform.TVOS: ("17.3", "17.4"),
    Platform.WATCHOS: ("10.3", "10.4"),
    Platform.VISIONOS: ("1.0", "1.1"),
}
"""Default versions: from, to."""


class _Number(click.FloatRange):
    """A number within bounds. Rejects "nan", which FloatRange accepts."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not a number", param, ctx)
        return number


_HOURS = _Number(0, 24 * 365)
_COUNT = click.IntRange(0, 1000)


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a decorator that adds these options in this order."""

    def add(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return add


_update_options = _options(
    click.option("--target", metavar="VERSION", help="Version to update to."),
    click.option(
        "--action",
        type=click.Choice([str(action) for action in InstallAction]),
        help="InstallAction of the command.",
    ),
    click.option(
        "--max-user-deferrals",
        type=_COUNT,
        metavar="N",
        help="How often the command lets the user defer the installation (macOS).",
    ),
    click.option(
        "--days",
        type=click.IntRange(1, 3650),
        default=30,
        show_default=True,
        metavar="N",
        help="Number of days to simulate.",
    ),
)
_behavior_options = _options(
    click.option("--passcode", is_flag=True, help="Require the user's passcode (iOS)."),
    click.option(
        "--deferrals",
        type=_COUNT,
        default=0,
        metavar="N",
        help="How often the user defers the installation, a day each time.",
    ),
    click.option(
        "--not-now-every",
        type=_COUNT,
        default=0,
        metavar="N",
        help="Answer every nth command with NotNow. 0 means never.",
    ),
    click.option("--loses-answer", is_flag=True, help="Lose the response in the restart."),
    click.option(
        "--no-space",
        type=_HOURS,
        default=0,
        metavar="HOURS",
        help="How long there is not enough space for the download.",
    ),
    click.option(
        "--no-power",
        type=_HOURS,
        default=0,
        metavar="HOURS",
        help="How long the battery is too low to install.",
    ),
    click.option(
        "--no-network",
        type=_HOURS,
        default=0,
        metavar="HOURS",
        help="How long the network is not sufficient for the download.",
    ),
    click.option(
        "--phone-call",
        type=_HOURS,
        default=0,
        metavar="HOURS",
        help="How long a phone call prevents the installation.",
    ),
    click.option(
        "--failing-installs",
        type=_COUNT,
        default=0,
        metavar="N",
        help="Number of installations that fail before one succeeds.",
    ),
)
_fleet_options = _options(
    click.option(
        "--devices", type=click.IntRange(1), metavar="N", help="Simulate a fleet of N devices."
    ),
    click.option(
        "--behavior",
        type=click.Choice(["calm", "mixed"]),
        help="Behavior of a fleet: calm follows the options, mixed draws at random what they leave "
        "open. Default: mixed, or calm with --url.",
    ),
    click.option(
        "--seed",
        type=int,
        default=0,
        show_default=True,
        metavar="N",
        help="Seed of the random behavior.",
    ),
    click.option(
        "--plot",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Also write the table and the chart of a fleet to an SVG file.",
    ),
)
_server_options = _options(
    click.option("--url", metavar="URL", help="MDM server to connect the devices to."),
    click.option("--check-in-url", metavar="URL", help="URL for checking in. Default: --url."),
    click.option(
        "--for",
        "seconds",
        type=_Number(0, 7 * 86400),
        default=30,
        show_default=True,
        metavar="SECONDS",
        help="Maximum run time. The devices stop earlier once all are updated.",
    ),
    click.option(
        "--every",
        type=_Number(0.01, 86400),
        default=1,
        show_default=True,
        metavar="SECONDS",
        help="Time between two connections of a device.",
    ),
    click.option(
        "--speed",
        type=_Number(0, 100_000),
        default=600,
        show_default=True,
        metavar="N",
        help="Simulated seconds per real second.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(1),
        default=20,
        show_default=True,
        metavar="N",
        help="Maximum number of simultaneous connections.",
    ),
    identity_options,
)


@click.command()
@device_options
@_update_options
@_behavior_options
@_fleet_options
@_server_options
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.option("-v", "--verbose", is_flag=True, help="Also print the property lists.")
@click.pass_context
def simulate(ctx: click.Context, /, fmt: str, **options: Any) -> None:
    """Simulate an update and print the exchange between server and device.

    Everything happens in memory and in simulated time. Nothing is installed, started or sent.

    \b
      mdm-osupdate simulate
      mdm-osupdate simulate --os-version 17.3 --target 17.4.1 --passcode --deferrals 2
      mdm-osupdate simulate --platform macOS --action InstallLater --max-user-deferrals 3
      mdm-osupdate simulate --devices 500 --behavior mixed --plot fleet.svg

    With --url, the simulated devices enroll with a real MDM server and talk to it over HTTP as
    devices do, each with its own identity. They only respond: have the server update them. No
    other host is contacted.

    \b
      mdm-osupdate simulate --url https://mdm.example/mdm --devices 20 --server-ca ca.pem
      mdm-osupdate simulate --url http://127.0.0.1:9000/mdm --cert-header X-Client-Cert

    Exit status: 0 all updates finished, 1 at least one failed or did not finish in time, 2 the
    server could not be reached or did not keep to the protocol.
    """
    _refuse_idle_options(ctx, options["url"] is not None, options["devices"] is not None)
    request = _Request(
        options.pop("target"),
        options.pop("action"),
        options.pop("max_user_deferrals"),
        dt.timedelta(days=options.pop("days")),
    )
    behavior = _behavior(options)
    count, plot, verbose = options.pop("devices"), options.pop("plot"), options.pop("verbose")
    kind = options.pop("behavior") or ("calm" if options["url"] else "mixed")
    seed = options.pop("seed")
    server = _server({name: options.pop(name) for name in ("url", *_FOR_SERVERS)})
    fleet = (
        _fleet(count, options, behavior, seed, kind == "mixed")
        if count is not None
        else iter([(_device(options, Platform.IOS), behavior)])
    )
    if server is not None:
        ctx.exit(_meet(server, [*fleet], request, fmt))
    if count is not None:
        ctx.exit(_simulate_fleet(fleet, request, fmt, plot))
    ctx.exit(_simulate_one(*next(fleet), request, fmt, verbose))


def _server(options: Mapping[str, Any]) -> Server | None:
    """Return the server to connect to, or None without --url.

    Raises:
        click.UsageError: The extra for HTTP is not installed.
    """
    if options["url"] is None:
        return None
    try:
        from ._server import Server
    except ModuleNotFoundError as error:
        raise click.UsageError(
            f"--url needs {error.name}: pip install 'mdm-osupdate[cli,simulate]'"
        ) from None
    return Server(**options)


def _simulate_one(
    device: Device, behavior: Behavior, request: _Request, fmt: str, verbose: bool
) -> int:
    """Simulate and print the update of one device, and return the exit status."""
    flow, steps = request.begin(device, behavior)
    if fmt == "json":
        click.echo(
            json.dumps(as_json(flow, [s.exchange for s in steps]), ensure_ascii=False, indent=2)
        )
    else:
        wanted = request.target_for(device)
        click.echo(f"{device.platform} {device.os_version}, to be updated to {wanted}\n")
        tell(flow, steps, _START, verbose)
    return 0 if flow.state is State.FINISHED else 1


def _simulate_fleet(
    fleet: Iterable[tuple[Device, Behavior]], request: _Request, fmt: str, plot: Path | None
) -> int:
    """Simulate the updates of a fleet, print a summary, and return the exit status."""
    flows = [request.play(device, behavior) for device, behavior in fleet]
    _tell_fleet(flows, fmt, plot)
    return 0 if all(flow.state is State.FINISHED for flow in flows) else 1


_FOR_SERVERS = (
    *("check_in_url", "seconds", "every", "speed", "concurrency", "ca", "ca_key", "server_ca"),
    *("cert_header", "cert_header_format", "topic"),
)
_IN_MEMORY = ("action", "max_user_deferrals", "days", "plot", "verbose")
_FOR_FLEETS = ("behavior", "seed", "plot")


def _refuse_idle_options(ctx: click.Context, has_url: bool, has_devices: bool) -> None:
    """Reject options that would have no effect.

    Raises:
        click.UsageError: An option has no effect.
    """
    refused: list[tuple[bool, Sequence[str], str]] = [
        (has_url, _IN_MEMORY, "has no effect with --url: the server decides"),
        (not has_url, _FOR_SERVERS, "needs --url"),
        (not has_devices, _FOR_FLEETS, "needs --devices"),
        (has_devices, ["verbose"], "has no effect with --devices"),
        (not ctx.params["cert_header"], ["cert_header_format"], "needs --cert-header"),
    ]
    for applies, names, reason in refused:
        for parameter in ctx.command.params:
            name = str(parameter.name)
            source = ctx.get_parameter_source(name)
            if applies and name in names and source is not ParameterSource.DEFAULT:
                raise click.UsageError(f"{parameter.opts[-1]} {reason}")


def _meet(
    server: Server, fleet: Sequence[tuple[Device, Behavior]], request: _Request, fmt: str
) -> int:
    """Connect devices to a server, and return the exit status."""
    devices = [
        SimulatedDevice(device, request.offers_for(device), behavior, udid=udid)
        for (device, behavior), udid in zip(fleet, server.names(len(fleet)), strict=True)
    ]
    wanted = {device.udid: OSVersion(request.target_for(device.device)) for device in devices}
    return _tell_devices(devices, wanted, server.run(devices, wanted), fmt)


def _tell_devices(
    devices: Sequence[SimulatedDevice],
    wanted: Mapping[str, OSVersion],
    wrong: Mapping[str, str],
    fmt: str,
) -> int:
    for reason, count in Counter(wrong.values()).items():
        who = next(udid for udid in wrong if wrong[udid] == reason)
        click.echo(f"mdm-osupdate: {f'{count} devices' if count > 1 else who}: {reason}", err=True)
    updated = sum(device.device.os_version >= wanted[device.udid] for device in devices)
    if fmt == "json":
        told = [
            {
                "udid": device.udid,
                "os_version": str(device.device.os_version),
                "target": str(wanted[device.udid]),
                "error": wrong.get(device.udid),
            }
            for device in devices
        ]
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo(f"{updated} of {len(devices)} devices updated")
    return 2 if wrong else int(updated < len(devices))


def _behavior(options: dict[str, Any]) -> Behavior:
    """Take the behavior of the device out of the options."""
    names = [a.name for a in attrs.fields(Behavior) if a.name in options]
    given: dict[str, Any] = {name: options.pop(name) for name in names}
    for name in ("no_space", "no_power", "no_network", "phone_call"):
        given[name] = dt.timedelta(hours=given[name])
    return Behavior(**given)


def _device(options: Mapping[str, Any], platform: Platform) -> Device:
    given = {name: value for name, value in options.items() if value is not None}
    given.setdefault("platform", platform)
    given.setdefault("os_version", _USUAL[Platform(given["platform"])][0])
    given.setdefault("supervised", True)
    return described(given)


@define
class _Request:
    """The update that each device is asked for."""

    target: str | None
    action: str | None
    max_user_deferrals: int | None
    horizon: dt.timedelta

    def target_for(self, device: Device) -> str:
        return self.target or _USUAL[device.platform][1]

    def offers_for(self, device: Device) -> list[AvailableOSUpdatesItem]:
        """Return the updates offered to the device: the target, if it is newer."""
        target = self.target_for(device)
        try:
            return [offer(device, target)] if OSVersion(target) > device.os_version else []
        except InvalidVersionError as error:
            raise click.UsageError(str(error)) from None

    def begin(self, device: Device, behavior: Behavior) -> tuple[UpdateFlow, Iterator[Step]]:
        """Return the flow and its exchanges, which are simulated as they are consumed."""
        offers = self.offers_for(device)
        flow = UpdateFlow(
            device,
            self.target_for(device),
            action=self.action,
            max_user_deferrals=self.max_user_deferrals,
            policy=Policy(timeout=max(self.horizon, Policy().timeout)),
            id="00000000-0000-0000-0000-000000000000",
        )
        return flow, self._within(flow, SimulatedDevice(device, offers, behavior))

    def _within(self, flow: UpdateFlow, device: SimulatedDevice) -> Iterator[Step]:
        for step in play(flow, device, _START):
            yield Step(step, device.deferrals_at(step.at))
            if flow.wait_until is not None and flow.wait_until > _START + self.horizon:
                return

    def play(self, device: Device, behavior: Behavior) -> UpdateFlow:
        """Simulate to the end and return the flow."""
        flow, steps = self.begin(device, behavior)
        for _ in steps:
            pass
        return flow


def _fleet(
    count: int,
    options: Mapping[str, Any],
    behavior: Behavior,
    seed: int,
    mixed: bool,
) -> Iterator[tuple[Device, Behavior]]:
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    for _ in range(count):
        platform = chance.choice([Platform.IOS, Platform.IPADOS, Platform.MACOS, Platform.TVOS])
        yield _device(options, platform), _by_chance(behavior, chance) if mixed else behavior


def _by_chance(behavior: Behavior, chance: random.Random) -> Behavior:
    """Draw what the options leave open."""
    hours = [0, 0, 0, 0, 0, 0, 3, 20, 1000]
    drawn: dict[str, Any] = {
        "passcode": chance.random() < 0.5,
        "deferrals": chance.choice([0, 0, 1, 3]),
        "download_time": dt.timedelta(minutes=chance.randint(5, 600)),
        "no_space": dt.timedelta(hours=chance.choice(hours)),
        "no_power": dt.timedelta(hours=chance.choice(hours[:-1])),
        "no_network": dt.timedelta(hours=chance.choice(hours[:-1])),
        "not_now_every": chance.choice([0, 0, 5]),
        "loses_answer": chance.random() < 0.3,
        "failing_installs": chance.choice([0] * 9 + [1]),
    }
    usual = Behavior()
    left = {n: v for n, v in drawn.items() if getattr(behavior, n) == getattr(usual, n)}
    return attrs.evolve(behavior, **left)


def _tell_fleet(fleet: list[UpdateFlow], fmt: str, plot: Path | None) -> None:
    if fmt == "json":
        told = [
            {
                "platform": str(flow.device.platform),
                "state": str(flow.state),
                "reason": flow.reason,
                "hours": round(_length(flow).total_seconds() / 3600, 2),
            }
            for flow in fleet
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
    for part in _report(fleet, min(console.width, 80)):
        console.print(part)
    if plot is not None:
        console.save_svg(str(plot), title="mdm-osupdate simulate")


def _length(flow: UpdateFlow) -> dt.timedelta:
    return flow.history[-1].at - flow.history[0].at


def _report(fleet: list[UpdateFlow], width: int) -> Iterator[RenderableType]:
    """Yield a table of the outcomes, a chart of when updates finished, and why others failed."""
    yield _table(fleet, width)
    yield from _chart(fleet, max(8, min(40, width - 18)))
    reasons = Counter(_CODE.sub("", flow.reason) for flow in fleet if flow.state is State.FAILED)
    if reasons:
        yield "\nreasons for failure"
        for reason, count in reasons.most_common():
            head, hanging = f"  {count:4}  ", " " * 8
            yield textwrap.fill(reason, width, initial_indent=head, subsequent_indent=hanging)


def _table(fleet: list[UpdateFlow], width: int) -> Table:
    from rich.table import Table

    table = Table("platform", box=None, padding=(0, 1) if width >= 60 else (0, 1, 0, 0))
    for heading in ("devices", "finished", "failed", "waiting", "median hours"):
        table.add_column(heading, justify="right", overflow="fold")
    for platform in [p for p in Platform if any(flow.device.platform is p for flow in fleet)]:
        flows = [flow for flow in fleet if flow.device.platform is platform]
        states = Counter(flow.state for flow in flows)
        waiting = len(flows) - states[State.FINISHED] - states[State.FAILED]
        numbers = (len(flows), states[State.FINISHED], states[State.FAILED], waiting)
        table.add_row(str(platform), *map(str, numbers), _median_hours(flows))
    return table


def _median_hours(flows: Iterable[UpdateFlow]) -> str:
    lengths = sorted(_length(flow) for flow in flows if flow.state is State.FINISHED)
    return f"{lengths[len(lengths) // 2].total_seconds() / 3600:.1f}" if lengths else ""


def _chart(fleet: list[UpdateFlow], longest: int) -> Iterator[str]:
    days = Counter(
        (flow.history[-1].at.date() - _START.date()).days + 1
        for flow in fleet
        if flow.state is State.FINISHED
    )
    done = 0
    if days:
        yield "\nfinished by the end of"
    for day in range(1, max(days, default=0) + 1):
        done += days[day]
        share = done / len(fleet)
        yield f"  day {day:2}  {'█' * round(longest * share):{longest}}  {share:4.0%}"


_CODE = re.compile(r" \(\S+ -?\d+\)")
"""Domain and code, which the reasons of iPhones contain and those of Macs do not."""
