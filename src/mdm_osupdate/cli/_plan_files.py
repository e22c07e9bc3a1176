"""The directory that ``plan --out`` writes: the messages, and the devices that get them."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from types import TracebackType
from typing import TextIO

import click

from mdm_osupdate.codec import dumps
from mdm_osupdate.declarations import (
    Declaration,
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
)
from mdm_osupdate.inventory import Row
from mdm_osupdate.messages import Command
from mdm_osupdate.planning import Plan

from ._csv import csv_line

_LONGEST_STEM = 200
"""The maximum number of bytes of a device's name in a file name, which may have 255."""


class PlanFiles:
    """A new directory of messages. It is complete, or not created.

    ``commands`` has the commands of each device, ``declarations`` each declaration once, and
    ``assignments.csv`` lists the files of each device in order.
    """

    def __init__(self, directory: Path) -> None:
        if directory.exists() and any(directory.iterdir()):
            raise click.UsageError(f"directory {directory} is not empty; give a new one")
        self._directory = directory
        self._beside = directory.with_name(f".{directory.name}.{os.getpid()}")
        self._declared: set[str] = set()
        self._stems: dict[str, int] = {}
        """The uses of each name, in lower case because some file systems ignore case."""
        self._assignments: TextIO

    def __enter__(self) -> PlanFiles:
        for name in "declarations", "commands":
            (self._beside / name).mkdir(parents=True)
        path = self._beside / "assignments.csv"
        self._assignments = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
        self._assign("device", "identifier", "order", "file")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            self._assignments.close()
            if error is None:
                if self._directory.exists():
                    self._directory.rmdir()
                self._beside.rename(self._directory)
        finally:
            shutil.rmtree(self._beside, ignore_errors=True)

    def write(self, row: Row, planned: Plan) -> None:
        """Write the messages of one plan."""
        commands = [m for m in planned.messages if isinstance(m, Command)]
        enforcements = [
            m for m in planned.messages if isinstance(m, SoftwareUpdateEnforcementSpecific)
        ]
        stem = self._stem(row.name) if commands else ""
        files = []
        for number, command in enumerate(commands, 1):
            files.append(f"commands/{stem}.{number}.plist")
            (self._beside / files[-1]).write_bytes(dumps(command))
        for enforcement in enforcements:
            files.extend(self._declare(enforcement))
        identifier = row.identifiers[0] if row.identifiers else ""
        for order, file in enumerate(files, 1):
            self._assign(row.name, identifier, str(order), file)

    def _assign(self, *cells: str) -> None:
        self._assignments.write(csv_line(cells) + "\n")

    def _declare(self, enforcement: SoftwareUpdateEnforcementSpecific) -> list[str]:
        """Write an enforcement with its activation, once for all devices."""
        subscription = ManagementStatusSubscriptions.for_software_updates()
        activations = (enforcement.activation(), subscription.activation())
        needed: tuple[Declaration, ...] = (
            enforcement,
            activations[0],
            subscription,
            activations[1],
        )
        files = []
        for each in needed:
            file = f"declarations/{each.identifier}.json"
            if file not in self._declared:
                self._declared.add(file)
                (self._beside / file).write_bytes(dumps(each))
            files.append(file)
        return files

    def _stem(self, name: str) -> str:
        """Return a file name for a device, with a number if another one has it."""
        plain = re.sub(r"[^\w.-]+", "-", name).strip(".-")
        plain = plain.encode(errors="replace")[:_LONGEST_STEM].decode(errors="ignore") or "device"
        again = self._stems[plain.casefold()] = self._stems.get(plain.casefold(), 0) + 1
        return plain if again == 1 else f"{plain}~{again}"
