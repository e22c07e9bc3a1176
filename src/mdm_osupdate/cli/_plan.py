"""``mdm-osupdate plan``."""

from __future__ import annotations

import csv
import json
import re
import sys
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from attrs import define, field

from mdm_osupdate.codec import dumps, to_dict
from mdm_osupdate.declarations import (
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
)
from mdm_osupdate.messages import Command
from mdm_osupdate.planning import Method, Plan
from mdm_osupdate.planning import plan as plan_for
from mdm_osupdate.versions import LocalDateTime, OSVersion

from ._devices import Named, read_fleet
from ._outputs import printable


@click.command()
@click.option("--fleet", required=True, metavar="FILE", help="Inventory of devices in CSV or JSON.")
@click.option(
    "--target", required=True, metavar="VERSION", help="Version to install, such as 26.1."
)
@click.option(
    "--deadline",
    required=True,
    metavar="TIME",
    help="Time by which to install, such as 2026-12-01T19:00, in the local time of each device.",
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
    ctx: click.Context, /, fleet: str, target: str, deadline: str, fmt: str, out: Path | None
) -> None:
    """Plan an update for each device of a fleet: what to send, and why.

    A device that supports the declaration gets the declaration. An older one gets a command, if it
    supports one. A device that has the version gets nothing. Where nothing works, the plan says
    what would have to change. Devices are read and planned one at a time, so a fleet can have any
    size.

    \b
      mdm-osupdate plan --fleet devices.csv --target 26.1 --deadline 2026-12-01T19:00
      mdm-osupdate plan --fleet devices.csv --target 26.1 --deadline 2026-12-01T19:00 --out send

    Exit status: 0 every device can be updated, 1 at least one cannot, 2 the command could not run.
    """
    seconds = ":00" if re.fullmatch(r"[0-9-]+T[0-9]{2}:[0-9]{2}", deadline) else ""
    try:
        version, by = OSVersion(target), LocalDateTime(deadline + seconds)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    files = _Files(out) if out is not None else None
    output = _OUTPUTS[fmt]()
    for named in read_fleet(fleet):
        planned = plan_for(named.device, version, by)
        output.device(named, planned)
        if files is not None:
            files.write(named, planned)
    output.end()
    ctx.exit(1 if output.methods[Method.IMPOSSIBLE] else 0)


@define
class _Output(ABC):
    """An output format. Counts what it writes."""

    methods: Counter[Method] = field(factory=Counter)

    def device(self, named: Named, planned: Plan) -> None:
        """Write the plan of one device and count it."""
        self.tell(named, planned)
        self.methods[planned.method] += 1

    @property
    def devices(self) -> int:
        """The number of devices so far."""
        return sum(self.methods.values())

    @abstractmethod
    def tell(self, named: Named, planned: Plan) -> None:
        """Write one plan."""

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

    def tell(self, named: Named, planned: Plan) -> None:
        if not self.devices:
            click.secho(_ROW.format("device", "has", "send", "note"), bold=True)
        note = _note(planned)
        self.notes[note] = self.notes.get(note, 0) + 1
        has = f"{planned.device.platform} {planned.device.os_version}"
        send = f"{planned.method:26}".replace(
            "command", f"command {planned.action or ''}".strip(), 1
        )
        send = click.style(f"{send.strip():26}", fg=_COLOURS.get(planned.method))
        number = [*self.notes].index(note) + 1
        click.echo(f"{printable(named.name):24} {has:16} {send} {number:4}")

    def end(self) -> None:
        counts = [f"{self.methods[method]} {method}" for method in Method if self.methods[method]]
        click.echo(f"\n{_counted(self.devices)}: {'; '.join(counts)}\n")
        for number, (note, count) in enumerate(self.notes.items(), 1):
            lead = f"{number:4}  "
            text = click.wrap_text(f"{_counted(count)}: {note}", 80, lead, " " * len(lead))
            click.echo(text)


def _note(planned: Plan) -> str:
    parts = [f"{planned.reason}."]
    if planned.change:
        parts.append(planned.change)
    parts += [f"{warning[0].upper()}{warning[1:]}." for warning in planned.warnings]
    if planned.undecided:
        parts.append(f"Unknown and required to be certain: {', '.join(planned.undecided)}.")
    return " ".join(parts)


def _counted(devices: int) -> str:
    return f"{devices} device{'' if devices == 1 else 's'}"


@define
class _JsonOutput(_Output):
    """An array with one object per device, one per line."""

    def tell(self, named: Named, planned: Plan) -> None:
        entry = _record(named, planned) | {"messages": [to_dict(m) for m in planned.messages]}
        click.echo(("," if self.devices else "[") + json.dumps(entry, ensure_ascii=False))

    def end(self) -> None:
        click.echo("]" if self.devices else "[]")


@define
class _CsvOutput(_Output):
    """One row per device."""

    def tell(self, named: Named, planned: Plan) -> None:
        row = _record(named, planned)
        row["undecided"] = " ".join(row["undecided"])
        row["warnings"] = "; ".join(row["warnings"])
        writer = csv.DictWriter(sys.stdout, row, lineterminator="\n")
        if not self.devices:
            writer.writeheader()
        writer.writerow(row)

    def end(self) -> None:
        """Write nothing."""


def _record(named: Named, planned: Plan) -> dict[str, Any]:
    return {
        "device": printable(named.name),
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

    def write(self, named: Named, planned: Plan) -> None:
        """Write the messages of one plan."""
        commands = [m for m in planned.messages if isinstance(m, Command)]
        for number, command in enumerate(commands, 1):
            self._command(named.name, number, command)
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
