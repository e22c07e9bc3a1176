"""``mdm-osupdate simulate server``: simulated devices against a real server."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click
from attrs import define, field, frozen

from mdm_osupdate.simulator import SimulatedDevice
from mdm_osupdate.versions import OSVersion

from ._command import color_option, command, option, output_option
from ._devices import device_options
from ._progress import Progress
from ._server_options import open_server, options, server_options
from ._simulate_options import (
    Number,
    behavior_options,
    device_from,
    format_option,
    make_fleet,
    offers_for,
    seed_option,
    take_behavior,
    target_for,
    target_option,
)

if TYPE_CHECKING:
    import asyncio

    from ._connection import Connection, ServerError
    from ._http import Http
    from ._server import Server

T = TypeVar("T")
_QUIET = 5
"""Number of sessions without a command after which the server knows about the update."""
_fleet_options = options(
    option(
        "--devices",
        "count",
        type=click.IntRange(1),
        metavar="N",
        group="Fleet",
        help="Connect a fleet of N devices instead of one.",
    ),
    option(
        "--behavior",
        "kind",
        type=click.Choice(["calm", "mixed"]),
        default="calm",
        show_default=True,
        group="Fleet",
        help="How to set the behavior that the options leave open: by the defaults, or at random.",
    ),
    seed_option,
)
_pace_options = options(
    option(
        "--for",
        "seconds",
        type=Number(0, 7 * 86400),
        default=30,
        show_default=True,
        metavar="SECONDS",
        group="Pace",
        help="Maximum run time. The devices stop earlier once all are updated.",
    ),
    option(
        "--every",
        type=Number(0.01, 86400),
        default=1,
        show_default=True,
        metavar="SECONDS",
        group="Pace",
        help="Time between two connections of a device.",
    ),
    option(
        "--speed",
        type=Number(0, 100_000),
        default=600,
        show_default=True,
        metavar="N",
        group="Pace",
        help="Simulated seconds per real second.",
    ),
    option(
        "--concurrency",
        type=click.IntRange(1),
        default=20,
        show_default=True,
        metavar="N",
        group="Pace",
        help="Maximum number of simultaneous requests.",
    ),
)


@frozen(kw_only=True)
class Pace:
    """The duration of a run, and the frequency of connections."""

    seconds: float
    every: float
    speed: float
    concurrency: int
    back_off: float = 0.5


@command()
@server_options
@device_options
@target_option
@behavior_options
@_fleet_options
@_pace_options
@format_option
@output_option
@color_option()
@click.pass_context
def server(
    ctx: click.Context,
    /,
    target: str | None,
    count: int | None,
    kind: str,
    seed: int,
    fmt: str,
    **given: Any,
) -> None:
    """Connect simulated devices to a real MDM server over HTTP.

    The devices enroll and talk to the server as real ones do, each with its own identity. They
    only respond: have the server update them. No other host is contacted.

    \b
      mdm-osupdate simulate server --server nanomdm --url http://127.0.0.1:9000
      mdm-osupdate simulate server --url https://mdm.example/mdm --devices 20

    Exit status: 0 all devices were updated, 1 at least one was not, 2 the server could not be
    reached or did not keep to the protocol.
    """
    import asyncio  # not when importing: simulations in memory do not need it

    pace = Pace(**{name: given.pop(name) for name in ("seconds", "every", "speed", "concurrency")})
    behavior = take_behavior(given)
    open_one = open_server(given)
    described = (
        make_fleet(count, given, behavior, seed, mixed=kind == "mixed")
        if count is not None
        else [(device_from(given), behavior)]
    )
    names = udids(str(open_one.url))
    devices = [
        SimulatedDevice(device, offers_for(device, target), behaves, udid=next(names))
        for device, behaves in described
    ]
    wanted = {device.udid: OSVersion(target_for(device.device, target)) for device in devices}
    run = Run(open_one, pace, wanted)
    ctx.exit(_conclude(run, devices, asyncio.run(run.devices(devices)), fmt))


def udids(url: str) -> Iterator[str]:
    """Return the UDIDs of the devices, which are the same in every run against one URL."""
    space = uuid.uuid5(uuid.NAMESPACE_URL, url)
    return (str(uuid.uuid5(space, str(number))).upper() for number in itertools.count())


@define
class Run:
    """Devices that run until the time is up or all have the target version."""

    server: Server
    pace: Pace
    wanted: Mapping[str, OSVersion]
    """The version to reach, by UDID."""
    errors: dict[str, ServerError] = field(factory=dict)
    """The errors that ended devices early, by UDID."""
    _began: float = field(factory=time.monotonic)
    _start: dt.datetime = field(factory=lambda: dt.datetime.now(dt.timezone.utc))
    _quiet: dict[str, int] = field(factory=dict)
    """The number of sessions without a command since the update, by UDID."""
    _warned: set[str] = field(factory=set)
    _updated: set[str] = field(factory=set)
    """The UDIDs of the devices that have the version to reach."""
    _progress: Progress = field(factory=lambda: Progress("devices updated"))

    @property
    def _ends(self) -> float:
        return self._began + self.pace.seconds

    def now(self) -> dt.datetime:
        """Return the simulated time."""
        return self._start + dt.timedelta(
            seconds=(time.monotonic() - self._began) * self.pace.speed
        )

    def warn(self, reason: str) -> None:
        """Print the reason for a retry, each reason once."""
        if reason not in self._warned:
            self._warned.add(reason)
            self._progress.clear()
            click.echo(f"mdm-osupdate: {reason}; retrying", err=True)

    def _say(self, what: str, device: SimulatedDevice) -> None:
        facts = device.device
        self._progress.clear()
        click.echo(f"{what:8}  {device.udid}  {facts.platform} {facts.os_version}", err=True)

    async def devices(self, devices: Sequence[SimulatedDevice]) -> Mapping[str, ServerError]:
        """Run the devices, and return the errors."""
        import asyncio

        self._quiet = {device.udid: 0 for device in devices}
        shared = self.server.http()
        slots = asyncio.Semaphore(self.pace.concurrency)
        try:
            await asyncio.gather(*(self._device(device, shared, slots) for device in devices))
        finally:
            self._progress.clear()
            await shared.close()
        return self.errors

    async def _device(
        self, device: SimulatedDevice, shared: Http, slots: asyncio.Semaphore
    ) -> None:
        """Run one device, and record its error."""
        from ._connection import Connection, ServerError

        client = self.server.client(device.udid, shared)
        connection = Connection(
            device=device,
            client=client,
            now=self.now,
            slots=slots,
            back_off=self.pace.back_off,
            ends=self._ends,
            warn=self.warn,
        )
        try:
            await self._live(device, connection)
        except ServerError as error:
            self.errors[device.udid] = error
            del self._quiet[device.udid]  # the others continue
        finally:
            await client.close()

    async def _live(self, device: SimulatedDevice, connection: Connection) -> None:
        import asyncio

        version = device.device.os_version
        await connection.enroll()
        self._say("enrolled", device)
        while True:
            commands = await connection.session()
            await connection.synchronize()
            if device.device.os_version != version:
                version = device.device.os_version
                self._say("updated", device)
            updated = version >= self.wanted[device.udid]
            self._updated |= {device.udid} if updated else set()
            self._progress.show(len(self._updated), len(self.wanted))
            there = updated and not commands
            self._quiet[device.udid] = self._quiet[device.udid] + 1 if there else 0
            over = time.monotonic() + self.pace.every > self._ends
            if over or min(self._quiet.values()) >= _QUIET:
                return
            await asyncio.sleep(self.pace.every)


@frozen
class Outcome:
    """The result of a simulated device."""

    udid: str
    os_version: str
    target: str
    error: str | None
    """The error that ended its connection to the server."""
    reason: str | None
    """The reason why it does not have the target version, as far as the device knows."""


def _conclude(
    run: Run, devices: Sequence[SimulatedDevice], errors: Mapping[str, ServerError], fmt: str
) -> int:
    """Print the results of the devices, and return the exit status."""
    outcomes = [_outcome(device, run.wanted, errors, run.now()) for device in devices]
    _tell_errors(errors)
    _tell(outcomes, fmt)
    not_updated = any(outcome.reason or outcome.error for outcome in outcomes)
    return 2 if errors else int(not_updated)


def _outcome(
    device: SimulatedDevice,
    wanted: Mapping[str, OSVersion],
    errors: Mapping[str, ServerError],
    now: dt.datetime,
) -> Outcome:
    udid, version = device.udid, device.device.os_version
    return Outcome(
        udid=udid,
        os_version=str(version),
        target=str(wanted[udid]),
        error=str(errors[udid]) if udid in errors else None,
        reason=device.explain(now) if version < wanted[udid] and udid not in errors else None,
    )


def _tell_errors(errors: Mapping[str, ServerError]) -> None:
    """Print each error once, with the device or the number of devices."""
    for (reason, hint), names in _grouped(
        ((str(error), error.hint), udid) for udid, error in errors.items()
    ).items():
        click.echo(f"mdm-osupdate: {_who(names)}: {reason}", err=True)
        if hint:
            click.echo(f"    {hint}", err=True)


def _tell(outcomes: Sequence[Outcome], fmt: str) -> None:
    """Print the results of the devices."""
    if fmt == "json":
        devices = [attrs.asdict(outcome) for outcome in outcomes]
        click.echo(json.dumps({"version": 1, "devices": devices}, ensure_ascii=False))
        return
    updated = sum(outcome.error is outcome.reason is None for outcome in outcomes)
    click.echo(f"{updated} of {len(outcomes)} devices updated")
    reasons = _grouped((o.reason, o.udid) for o in outcomes if o.reason is not None)
    for reason, names in reasons.items():
        click.echo(f"  {_who(names)}: {reason}")


def _who(names: Sequence[str]) -> str:
    return f"{len(names)} devices" if len(names) > 1 else names[0]


def _grouped(pairs: Iterable[tuple[T, str]]) -> Mapping[T, list[str]]:
    """Group names by a common value."""
    grouped: dict[T, list[str]] = {}
    for key, name in pairs:
        grouped.setdefault(key, []).append(name)
    return grouped
