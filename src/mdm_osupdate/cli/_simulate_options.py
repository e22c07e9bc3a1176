"""The options that the simulate commands share: the device, its behavior, and the update."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import click

from mdm_osupdate.device import Device
from mdm_osupdate.errors import InvalidVersionError
from mdm_osupdate.messages import AvailableOSUpdatesItem, InstallAction, Platform
from mdm_osupdate.simulator import Behavior, offer
from mdm_osupdate.versions import OSVersion

from ._command import Words, option
from ._server_options import options

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)
"""The beginning of simulations: a Monday, fixed so that runs are reproducible."""
_USUAL: Mapping[Platform, tuple[str, str]] = {
    Platform.IOS: ("17.3", "17.4.1"),
    Platform.IPADOS: ("17.3", "17.4.1"),
    Platform.MACOS: ("14.3", "14.4.1"),
    Platform.TVOS: ("17.3", "17.4"),
    Platform.WATCHOS: ("10.3", "10.4"),
    Platform.VISIONOS: ("1.0", "1.1"),
}
"""Default versions: from, to."""


class Number(click.FloatRange):
    """A number within bounds. Rejects "nan", which FloatRange accepts."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Convert the text of an option."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not a number", param, ctx)
        return number


_HOURS = Number(0, 24 * 365)
_COUNT = click.IntRange(0, 1000)

target_option = option("--target", metavar="VERSION", group="Update", help="Version to update to.")
command_options = options(
    option(
        "--action",
        type=Words(InstallAction),
        metavar="ACTION",
        group="Update",
        help=f"InstallAction of the command: {', '.join(InstallAction)}.",
    ),
    option(
        "--max-user-deferrals",
        type=_COUNT,
        metavar="N",
        group="Update",
        help="How often the command lets the user defer the installation (macOS).",
    ),
    option(
        "--days",
        type=click.IntRange(1, 3650),
        default=30,
        show_default=True,
        metavar="N",
        group="Update",
        help="Number of days to simulate.",
    ),
)
behavior_options = options(
    option("--passcode", is_flag=True, group="Behavior", help="Require the user's passcode (iOS)."),
    option(
        "--deferrals",
        type=_COUNT,
        default=0,
        metavar="N",
        group="Behavior",
        help="How often the user defers the installation, a day each time.",
    ),
    option(
        "--not-now-every",
        type=_COUNT,
        default=0,
        metavar="N",
        group="Behavior",
        help="Answer every nth command with NotNow. 0 means never.",
    ),
    option(
        "--loses-response",
        is_flag=True,
        group="Behavior",
        help="Lose the response during the restart.",
    ),
    option(
        "--no-space",
        type=_HOURS,
        default=0,
        metavar="HOURS",
        group="Behavior",
        help="How long there is not enough space for the download.",
    ),
    option(
        "--no-power",
        type=_HOURS,
        default=0,
        metavar="HOURS",
        group="Behavior",
        help="How long the battery is too low to install.",
    ),
    option(
        "--no-network",
        type=_HOURS,
        default=0,
        metavar="HOURS",
        group="Behavior",
        help="How long the network is not sufficient for the download.",
    ),
    option(
        "--phone-call",
        type=_HOURS,
        default=0,
        metavar="HOURS",
        group="Behavior",
        help="How long a phone call prevents the installation.",
    ),
    option(
        "--failing-installs",
        type=_COUNT,
        default=0,
        metavar="N",
        group="Behavior",
        help="Number of installations that fail before one succeeds.",
    ),
)
seed_option = option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    metavar="N",
    group="Fleet",
    help="Seed of the random behavior.",
)
format_option = option(
    "--format",
    "fmt",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    group="Output",
    help="Output format.",
)


def take_behavior(given: dict[str, Any]) -> Behavior:
    """Take the behavior of the device out of the options."""
    names = [a.name for a in attrs.fields(Behavior) if a.name in given]
    values: dict[str, Any] = {name: given.pop(name) for name in names}
    for name in ("no_space", "no_power", "no_network", "phone_call"):
        values[name] = dt.timedelta(hours=values[name])
    return Behavior(**values)


def device_from(given: Mapping[str, Any], platform: Platform = Platform.IOS) -> Device:
    """Return the device that the options describe, completed by defaults."""
    values = {name: value for name, value in given.items() if value is not None}
    values.setdefault("platform", platform)
    values.setdefault("os_version", _USUAL[Platform(values["platform"])][0])
    values.setdefault("supervised", True)
    return Device(**values)


def target_for(device: Device, target: str | None) -> str:
    """Return the version to update a device to."""
    return target or _USUAL[device.platform][1]


def offers_for(device: Device, target: str | None) -> list[AvailableOSUpdatesItem]:
    """Return the updates offered to a device: the target, if it is newer.

    Raises:
        click.UsageError: The target is not a version.
    """
    wanted = target_for(device, target)
    try:
        return [offer(device, wanted)] if OSVersion(wanted) > device.os_version else []
    except InvalidVersionError as error:
        raise click.UsageError(str(error)) from None


def make_fleet(
    count: int, given: Mapping[str, Any], behavior: Behavior, seed: int, *, mixed: bool
) -> Iterator[tuple[Device, Behavior]]:
    """Yield devices of different platforms, with their behavior.

    Args:
        count: the number of devices.
        given: the options that describe a device.
        behavior: the behavior that the options describe.
        seed: the seed of what is drawn at random.
        mixed: True to draw at random what the behavior leaves open.
    """
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    for _ in range(count):
        platform = chance.choice([Platform.IOS, Platform.IPADOS, Platform.MACOS, Platform.TVOS])
        device = device_from(given, platform)
        yield device, _by_chance(behavior, chance) if mixed else behavior


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
        "loses_response": chance.random() < 0.3,
        "failing_installs": chance.choice([0] * 9 + [1]),
    }
    usual = Behavior()
    left = {n: v for n, v in drawn.items() if getattr(behavior, n) == getattr(usual, n)}
    return attrs.evolve(behavior, **left)
