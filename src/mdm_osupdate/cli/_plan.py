"""``mdm-osupdate plan``."""

from __future__ import annotations

import csv
import json
import re
import sys
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from attrs import define, field

from mdm_osupdate.codec import dumps, to_dict
from mdm_osupdate.declarations import (
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
)
from mdm_osupdate.device import Device
from mdm_osupdate.inventory import Row
from mdm_osupdate.messages import Command
from mdm_osupdate.planning import Method, Plan, plan_fleet

from ._clock import now
from ._devices import read_fleet
from ._outputs import printable
from ._releases import read_releases


@click.command()
@click.option("--fleet", required=True, metavar="FILE", help="Inventory of devices in CSV or JSON.")
@click.option(
    "--target",
    required=True,
    metavar="VERSION",
    help="Version to install, such as 26.1. With --releases also latest, latest-minor or "
    "latest-patch.",
)
@click.option(
    "--deadline",
    required=True,
    metavar="TIME",
    help="Time by which to install, such as 2026-12-01T19:00, in the local time of each device. "
    "With --releases also days after posting, such as 14d@19:00.",
)
@click.option(
    "--releases",
    multiple=True,
    metavar="FILE",
    help="Releases that Apple offers: a response of the software lookup service, or a SOFA feed. "
    "Can be repeated.",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Also write the commands and declarations to send to this new directory.",
)
@click.pass_context
def plan(
    ctx: click.Context,
    /,
    fleet: str,
    target: str,
    deadline: str,
    releases: tuple[str, ...],
    fmt: str,
    out: Path | None,
) -> None:
    """Plan an update for each device of a fleet: what to send, and why.

    A device that supports the declaration gets the declaration. An older one gets a command, if it
    supports one. A device that has the version gets nothing. Where nothing works, the plan says
    what would have to change. Devices are read and planned one at a time, so a fleet can have any
    size.

    Without --releases, the plan does not know what the hardware supports, nor what Apple offers.

    \b
      mdm-osupdate plan --fleet devices.csv --target 26.1 --deadline 2026-12-01T19:00
      mdm-osupdate plan --fleet devices.csv --target 26.1 --deadline 2026-12-01T19:00 --out send
      mdm-osupdate plan --fleet devices.csv --target latest --deadline 14d@19:00 --releases pmv.json

    Exit status: 0 every device can be updated, 1 at least one cannot or its row cannot be used, 2
    the command could not run.
    """
    seconds = ":00" if re.fullmatch(r"[0-9-]+T[0-9]{2}:[0-9]{2}", deadline) else ""
    output = _OUTPUTS[fmt]()
    names: deque[str] = deque()

    def devices() -> Iterator[Device]:
        for row in read_fleet(fleet):
            if row.device is None:
                output.unusable(row)
            else:
                names.append(row.name)
                yield row.device

    catalog = read_releases(releases) if releases else None
    try:
        plans = plan_fleet(devices(), target, deadline + seconds, releases=catalog, now=now())
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    files = _Files(out) if out is not None else None
    for planned in plans:
        name = names.popleft()
        output.device(name, planned)
        if files is not None:
            files.write(name, planned)
    output.end()
    ctx.exit(1 if output.methods[Method.IMPOSSIBLE] or output.rows_unusable else 0)


@define
class _Output(ABC):
    """An output format. Counts what it writes."""

    methods: Counter[Method] = field(factory=Counter)
    rows_unusable: int = 0

    def device(self, name: str, planned: Plan) -> None:
        """Write the plan of one device and count it."""
        self.tell(_record(name, planned), planned)
        self.methods[planned.method] += 1

    def unusable(self, row: Row) -> None:
        """Write why a row of the inventory cannot be used and count it."""
        place = "" if row.line is None else f"line {row.line}: "
        self.tell(_RECORD | {"device": printable(row.name), "reason": place + row.problem}, None)
        self.rows_unusable += 1

    @property
    def devices(self) -> int:
        """The number of devices so far."""
        return sum(self.methods.values()) + self.rows_unusable

    @abstractmethod
    def tell(self, record: dict[str, Any], planned: Plan | None) -> None:
        """Write one device. Its row cannot be used if there is no plan."""

    @abstractmethod
    def end(self) -> None:
        """Write what follows the last device."""


_COLOURS = {Method.IMPOSSIBLE: "red", Method.NOTHING: "green"}
_ROW = "{:24} {:16} {:26} {:>4}"


@define
class _TextOutput(_Output):
    """A table with a line per device. Reasons follow as notes, each of them once."""

    notes: dict[str, int] = field(factory=dict)
    """The notes in order, with the number of devices for each."""

    def tell(self, record: dict[str, Any], planned: Plan | None) -> None:
        if not self.devices:
            click.secho(_ROW.format("device", "has", "send", "note"), bold=True)
        note = _note(record)
        self.notes[note] = self.notes.get(note, 0) + 1
        has = f"{record['platform'] or ''} {record['os_version'] or ''}".strip()
        send = record["method"].replace("command", f"command {record['action'] or ''}".strip(), 1)
        method = Method.IMPOSSIBLE if planned is None else planned.method
        send = click.style(f"{send:26}", fg=_COLOURS.get(method))
        number = [*self.notes].index(note) + 1
        click.echo(f"{record['device']:24} {has:16} {send} {number:4}")

    def end(self) -> None:
        counts = [f"{self.methods[method]} {method}" for method in Method if self.methods[method]]
        if self.rows_unusable:
            counts.append(f"{self.rows_unusable} {_UNUSABLE}")
        click.echo(f"\n{_counted(self.devices)}: {'; '.join(counts)}\n")
        for number, (note, count) in enumerate(self.notes.items(), 1):
            lead = f"{number:4}  "
            text = click.wrap_text(f"{_counted(count)}: {note}", 80, lead, " " * len(lead))
            click.echo(text)


def _note(record: Mapping[str, Any]) -> str:
    parts = [f"{record['reason']}."]
    if record["change"]:
        parts.append(record["change"])
    parts += [f"{warning[0].upper()}{warning[1:]}." for warning in record["warnings"]]
    if record["undecided"]:
        parts.append(f"Unknown and required to be certain: {', '.join(record['undecided'])}.")
    return " ".join(parts)


def _counted(devices: int) -> str:
    return f"{devices} device{'' if devices == 1 else 's'}"


@define
class _JsonOutput(_Output):
    """An array with one object per device, one per line."""

    def tell(self, record: dict[str, Any], planned: Plan | None) -> None:
        messages = () if planned is None else planned.messages
        entry = record | {"messages": [to_dict(message) for message in messages]}
        click.echo(("," if self.devices else "[") + json.dumps(entry, ensure_ascii=False))

    def end(self) -> None:
        click.echo("]" if self.devices else "[]")


@define
class _CsvOutput(_Output):
    """A row per device."""

    def tell(self, record: dict[str, Any], planned: Plan | None) -> None:
        row = record | {
            "undecided": " ".join(record["undecided"]),
            "warnings": "; ".join(record["warnings"]),
        }
        writer = csv.DictWriter(sys.stdout, row, lineterminator="\n")
        if not self.devices:
            writer.writeheader()
        writer.writerow(row)

    def end(self) -> None:
        """Write nothing."""


_UNUSABLE = "unusable row"
_RECORD: dict[str, Any] = {
    "device": "",
    "platform": None,
    "os_version": None,
    "method": _UNUSABLE,
    "action": None,
    "reason": "",
    "change": "",
    "undecided": [],
    "warnings": [],
}
"""The record of a row that does not describe a device."""


def _record(name: str, planned: Plan) -> dict[str, Any]:
    return {
        "device": printable(name),
        "platform": str(planned.device.platform),
        "os_version": str(planned.device.os_version),
        "method": str(planned.method),
        "action": planned.action,
        "reason": planned.reason,
        "change": planned.change,
        "undecided": list(planned.undecided),
        "warnings": list(planned.warnings),
    }


_OUTPUTS: Mapping[str, type[_Output]] = {
    "text": _TextOutput,
    "json": _JsonOutput,
    "csv": _CsvOutput,
}


class _Files:
    """The directory of what to send: commands by device, each declaration once."""

    def __init__(self, directory: Path) -> None:
        if directory.exists() and any(directory.iterdir()):
            raise click.UsageError(f"directory {directory} is not empty; give a new one")
        self.directory = directory
        self.declarations = directory / "declarations"
        self.commands = directory / "commands"
        self.declared: set[str | None] = set()
        for path in self.declarations, self.commands:
            path.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, planned: Plan) -> None:
        """Write the messages of one plan."""
        commands = [m for m in planned.messages if isinstance(m, Command)]
        for number, command in enumerate(commands, 1):
            self._command(name, number, command)
        for message in planned.messages:
            if isinstance(message, SoftwareUpdateEnforcementSpecific):
                self._declare(message)

    def _declare(self, declaration: SoftwareUpdateEnforcementSpecific) -> None:
        """Write a declaration, its activation and the status subscription, once for all devices."""
        if declaration.identifier in self.declared:
            return
        self.declared.add(declaration.identifier)
        subscription = ManagementStatusSubscriptions.for_software_updates()
        beside = (declaration.activation(), subscription, subscription.activation())
        for each in (declaration, *beside):
            (self.declarations / f"{each.identifier}.json").write_bytes(dumps(each))

    def _command(self, name: str, number: int, command: Command) -> None:
        """Write a command to a file named after its device, with a number if that is taken."""
        stem = re.sub(r"[^\w.-]+", "-", name).strip(".-")[:100] or "device"
        again = 1
        while (path := self._path(stem, again, number)).exists():
            again += 1
        path.write_bytes(dumps(command))

    def _path(self, stem: str, again: int, number: int) -> Path:
        same = "" if again == 1 else f"~{again}"
        return self.commands / f"{stem}{same}.{number}.plist"
