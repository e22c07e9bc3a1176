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
from collections.abc import Callable, Iterator, Mapping, Sequence
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

    from ._server import Server

_START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)  # a Monday; the same in every run
_USUAL: Mapping[Platform, tuple[str, str]] = {
    Platform.IOS: ("17.3", "17.4.1"),
    Platform.IPADOS: ("17.3", "17.4.1"),
    Platform.MACOS: ("14.3", "14.4.1"),
    Platform.TVOS: ("17.3", "17.4"),
    Platform.WATCHOS: ("10.3", "10.4"),
    Platform.VISIONOS: ("1.0", "1.1"),
}
"""From which version to which, if that is not said."""


class _Number(click.FloatRange):
    """A number within bounds, which "nan" slips through otherwise."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is no number", param, ctx)
        return number


_HOURS = _Number(0, 24 * 365)
_COUNT = click.IntRange(0, 1000)


def _temperament_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option("--passcode", is_flag=True, help="iOS: the user must agree by passcode."),
            click.option("--deferrals", type=_COUNT, default=0, metavar="N",
                         help="How often the user puts it off, a day each time."),
            click.option("--not-now-every", type=_COUNT, default=0, metavar="N",
                         help="Each how manieth command is answered NotNow."),
            click.option("--loses-answer", is_flag=True,
                         help="The answer is lost in the restart."),
            click.option("--no-space", type=_HOURS, default=0, metavar="HOURS",
                         help="How long there is no space for the download."),
            click.option("--no-power", type=_HOURS, default=0, metavar="HOURS",
                         help="How long the battery is too low to install."),
            click.option("--no-network", type=_HOURS, default=0, metavar="HOURS",
                         help="How long the network does not suffice."),
            click.option("--phone-call", type=_HOURS, default=0, metavar="HOURS",
                         help="How long a phone call is in the way."),
            click.option("--failing-installs", type=_COUNT, default=0, metavar="N",
                         help="How many installations fail."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


@click.command()
@device_options
@click.option("--target", metavar="VERSION", help="The version to update to.")
@click.option("--action", type=click.Choice([str(action) for action in InstallAction]))
@click.option("--max-user-deferrals", type=_COUNT, metavar="N", help="macOS.")
@_temperament_options
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=30,
    show_default=True,
    help="How many simulated days to play.",
)
@click.option("--devices", type=click.IntRange(1), metavar="N", help="Play a fleet of that size.")
@click.option(
    "--behavior",
    type=click.Choice(["calm", "mixed"]),
    help="Of a fleet: calm, all as the options say; mixed, the rest by chance. Usually mixed, "
    "but calm with --url.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the chance in a fleet.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.svg",
    help="Of a fleet: also write the table and the chart as a picture.",
)
@click.option(
    "--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--url", metavar="URL", help="Let the devices talk to the MDM server there.")
@click.option("--check-in-url", metavar="URL", help="If it is another one.")
@click.option(
    "--for",
    "seconds",
    type=_Number(0, 7 * 86400),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="How long the devices live at most; when all are updated, they are done.",
)
@click.option(
    "--every",
    type=_Number(0.01, 86400),
    default=1,
    show_default=True,
    metavar="SECONDS",
    help="How often each device connects.",
)
@click.option(
    "--speed",
    type=_Number(0, 100_000),
    default=600,
    show_default=True,
    metavar="N",
    help="Seconds in a device's life for each real one.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    metavar="N",
    help="How many devices talk at a time.",
)
@identity_options
@click.option("-v", "--verbose", is_flag=True, help="Also show the property lists.")
@click.pass_context
def simulate(
    ctx: click.Context,
    /,
    target: str | None,
    action: str | None,
    max_user_deferrals: int | None,
    days: int,
    devices: int | None,
    behavior: str | None,
    seed: int,
    plot: Path | None,
    fmt: str,
    verbose: bool,
    url: str | None,
    check_in_url: str | None,
    seconds: float,
    every: float,
    speed: float,
    concurrency: int,
    ca: Path,
    ca_key: Path,
    server_ca: Path | None,
    cert_header: str | None,
    cert_header_format: str,
    topic: str,
    **options: Any,
) -> None:
    """Play an update, and show what server and device say to each other.

    Everything happens in memory, in simulated time: nothing is installed, started or sent.

    \b
      mdm-osupdate simulate
      mdm-osupdate simulate --os-version 17.3 --target 17.4.1 --passcode --deferrals 2
      mdm-osupdate simulate --platform macOS --action InstallLater --max-user-deferrals 3
      mdm-osupdate simulate --devices 500 --behavior mixed --plot fleet.svg

    With --url the simulated devices enrol with a real MDM server and talk to it over HTTP as
    devices do, each with an identity of its own; nothing is sent to a host that was not named.
    They ask for nothing: have the server update them.

    \b
      mdm-osupdate simulate --url https://mdm.example/mdm --devices 20 --server-ca ca.pem
      mdm-osupdate simulate --url http://127.0.0.1:9000/mdm --cert-header X-Client-Cert

    Exit status: 0 all updates finished, 1 one failed or was not finished in time, 2 a server
    could not be talked to.
    """
    _refuse_idle_options(ctx, url is not None, devices is not None)
    nature = _temperament(options)
    mixed = behavior == "mixed" if behavior else url is None
    request = _Request(target, action, max_user_deferrals, dt.timedelta(days=days))
    if url is not None:
        try:
            from ._server import Server
        except ModuleNotFoundError as error:
            raise click.UsageError(
                f"--url needs {error.name}: pip install 'mdm-osupdate[cli,simulate]'"
            ) from None
        server = Server(
            url=url,
            check_in_url=check_in_url,
            ca=ca,
            ca_key=ca_key,
            server_ca=server_ca,
            cert_header=cert_header,
            cert_header_format=cert_header_format,
            topic=topic,
            seconds=seconds,
            every=every,
            speed=speed,
            concurrency=concurrency,
        )
        fleet = (
            _fleet(devices, options, nature, seed, mixed)
            if devices is not None
            else iter([(_device(options, Platform.IOS), nature)])
        )
        ctx.exit(_meet(server, [*fleet], request, fmt))
    if devices is not None:
        flows = [
            request.play(device, drawn)
            for device, drawn in _fleet(devices, options, nature, seed, mixed)
        ]
        _tell_fleet(flows, fmt, plot)
        ctx.exit(0 if all(flow.state is State.FINISHED for flow in flows) else 1)
    device = _device(options, Platform.IOS)
    flow, steps = request.begin(device, nature)
    if fmt == "json":
        click.echo(
            json.dumps(as_json(flow, [s.exchange for s in steps]), ensure_ascii=False, indent=2)
        )
    else:
        wanted = request.target_for(device)
        click.echo(f"{device.platform} {device.os_version}, to be updated to {wanted}\n")
        tell(flow, steps, _START, verbose)
    ctx.exit(0 if flow.state is State.FINISHED else 1)


_FOR_SERVERS = (
    *("check_in_url", "seconds", "every", "speed", "concurrency", "ca", "ca_key", "server_ca"),
    *("cert_header", "cert_header_format", "topic"),
)
_IN_MEMORY = ("action", "max_user_deferrals", "days", "plot", "verbose")
_FOR_FLEETS = ("behavior", "seed", "plot")


def _refuse_idle_options(ctx: click.Context, has_url: bool, has_devices: bool) -> None:
    """Refuse what was given and would be ignored.

    Raises:
        click.UsageError: an option has no effect.
    """
    refused: list[tuple[bool, Sequence[str], str]] = [
        (has_url, _IN_MEMORY, "has no effect with --url: the server decides"),
        (not has_url, _FOR_SERVERS, "is for --url"),
        (not has_devices, _FOR_FLEETS, "is for fleets: add --devices"),
        (has_devices, ["verbose"], "is for one device: leave --devices out"),
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
    """Let devices talk to a server, and give the exit status."""
    devices = [
        SimulatedDevice(device, request.offers_for(device), nature, udid=udid)
        for (device, nature), udid in zip(fleet, server.names(len(fleet)), strict=True)
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
        click.echo(f"{updated} of {len(devices)} devices are updated")
    return 2 if wrong else int(updated < len(devices))


def _temperament(options: dict[str, Any]) -> Behavior:
    """Take what says how the device behaves out of the options."""
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
    """What is asked of each device."""

    target: str | None
    action: str | None
    max_user_deferrals: int | None
    horizon: dt.timedelta

    def target_for(self, device: Device) -> str:
        return self.target or _USUAL[device.platform][1]

    def offers_for(self, device: Device) -> list[AvailableOSUpdatesItem]:
        """What Apple offers the device: the target, if it is newer."""
        target = self.target_for(device)
        try:
            return [offer(device, target)] if OSVersion(target) > device.os_version else []
        except InvalidVersionError as error:
            raise click.UsageError(str(error)) from None

    def begin(self, device: Device, nature: Behavior) -> tuple[UpdateFlow, Iterator[Step]]:
        """Make both ends; the exchanges come when they are asked for."""
        offers = self.offers_for(device)
        flow = UpdateFlow(
            device,
            self.target_for(device),
            action=self.action,
            max_user_deferrals=self.max_user_deferrals,
            policy=Policy(timeout=max(self.horizon, Policy().timeout)),
            id="00000000-0000-0000-0000-000000000000",
        )
        return flow, self._within(flow, SimulatedDevice(device, offers, nature))

    def _within(self, flow: UpdateFlow, device: SimulatedDevice) -> Iterator[Step]:
        for step in play(flow, device, _START):
            yield Step(step, device.deferrals_at(step.at))
            if flow.wait_until is not None and flow.wait_until > _START + self.horizon:
                return

    def play(self, device: Device, nature: Behavior) -> UpdateFlow:
        """Play to the end, and give the flow."""
        flow, steps = self.begin(device, nature)
        for _ in steps:
            pass
        return flow


def _fleet(
    count: int,
    options: Mapping[str, Any],
    nature: Behavior,
    seed: int,
    mixed: bool,
) -> Iterator[tuple[Device, Behavior]]:
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    for _ in range(count):
        platform = chance.choice([Platform.IOS, Platform.IPADOS, Platform.MACOS, Platform.TVOS])
        yield _device(options, platform), _by_chance(nature, chance) if mixed else nature


def _by_chance(nature: Behavior, chance: random.Random) -> Behavior:
    """Draw what the options do not say."""
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
    left = {n: v for n, v in drawn.items() if getattr(nature, n) == getattr(usual, n)}
    return attrs.evolve(nature, **left)


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
    """A table of how the updates ended, a chart of when, and a list of why not."""
    from rich.table import Table

    table = Table("platform", box=None, padding=(0, 1) if width >= 60 else (0, 1, 0, 0))
    for heading in ("devices", "finished", "failed", "waiting", "median hours"):
        table.add_column(heading, justify="right", overflow="fold")
    for platform in [p for p in Platform if any(flow.device.platform is p for flow in fleet)]:
        flows = [flow for flow in fleet if flow.device.platform is platform]
        states = Counter(flow.state for flow in flows)
        waiting = len(flows) - states[State.FINISHED] - states[State.FAILED]
        lengths = sorted(_length(flow) for flow in flows if flow.state is State.FINISHED)
        median = f"{lengths[len(lengths) // 2].total_seconds() / 3600:.1f}" if lengths else ""
        numbers = (len(flows), states[State.FINISHED], states[State.FAILED], waiting)
        table.add_row(str(platform), *map(str, numbers), median)
    yield table
    days = Counter(
        (flow.history[-1].at.date() - _START.date()).days + 1
        for flow in fleet
        if flow.state is State.FINISHED
    )
    done, longest = 0, max(8, min(40, width - 18))
    if days:
        yield "\nfinished by the end of"
    for day in range(1, max(days, default=0) + 1):
        done += days[day]
        share = done / len(fleet)
        yield f"  day {day:2}  {'█' * round(longest * share):{longest}}  {share:4.0%}"
    reasons = Counter(_CODE.sub("", flow.reason) for flow in fleet if flow.state is State.FAILED)
    if reasons:
        yield "\nwhy not"
        for reason, count in reasons.most_common():
            head, hanging = f"  {count:4}  ", " " * 8
            yield textwrap.fill(reason, width, initial_indent=head, subsequent_indent=hanging)


_CODE = re.compile(r" \(\S+ -?\d+\)")
"""What an iPhone's reason has and a Mac's has not: domain and code."""
