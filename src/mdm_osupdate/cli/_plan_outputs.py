"""Output formats for the plan of a fleet: text, JSON, CSV."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

import click
from attrs import define, field

from mdm_osupdate.codec import to_dict
from mdm_osupdate.inventory import Row
from mdm_osupdate.planning import Method, Plan

from ._csv import csv_line
from ._printable import printable
from ._writing import print_lines

_UNUSABLE = "unusable row"
_AT_ONCE = 500
"""The number of lines to print at a time. Printing a line costs more than planning a device."""
_RECORD: dict[str, Any] = {
    "device": "",
    "platform": None,
    "os_version": None,
    "method": _UNUSABLE,
    "action": None,
    "target": None,
    "deadline": None,
    "reason": "",
    "change": "",
    "undecided": [],
    "warnings": [],
}
"""The record of a row that does not describe a device."""


def _record(name: str, planned: Plan) -> dict[str, Any]:
    return {
        "device": name,
        "platform": str(planned.device.platform),
        "os_version": str(planned.device.os_version),
        "method": str(planned.method),
        "action": planned.action,
        "target": None if planned.target is None else str(planned.target),
        "deadline": planned.deadline,
        "reason": planned.reason,
        "change": planned.change,
        "undecided": list(planned.undecided),
        "warnings": list(planned.warnings),
    }


@define
class PlanOutput(ABC):
    """An output format. Counts what it writes. The end is written on leaving the context."""

    target: str
    """The requested target, such as ``latest``."""
    methods: Counter[str] = field(factory=Counter)
    rows_unusable: int = 0
    uncertain: int = 0
    """The number of plans that something unknown could rule out."""
    is_data: bool = field(init=False, default=True)
    _lines: list[str] = field(init=False, factory=list)

    def device(self, name: str, planned: Plan) -> None:
        """Write the plan of one device and count it."""
        self._write(self.tell(_record(name, planned), planned))
        self.methods[planned.method] += 1
        self.uncertain += bool(planned.undecided)

    def unusable(self, row: Row) -> None:
        """Write why a row of the inventory cannot be used and count it."""
        place = "" if row.line is None else f"line {row.line}: "
        self._write(self.tell(_RECORD | {"device": row.name, "reason": place + row.problem}, None))
        self.rows_unusable += 1

    @property
    def devices(self) -> int:
        """The number of devices so far."""
        return self.methods.total() + self.rows_unusable

    @property
    def impossible(self) -> int:
        """The number of devices that cannot be updated."""
        return self.methods[Method.IMPOSSIBLE]

    @abstractmethod
    def tell(self, record: dict[str, Any], planned: Plan | None) -> Iterator[str]:
        """Yield the lines about one device. The plan is ``None`` if its row cannot be used."""

    @abstractmethod
    def end(self) -> Iterator[str]:
        """Yield the lines after the last device."""

    def __enter__(self) -> PlanOutput:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is None:
            self._lines.extend(self.end())
        self._print()

    def _write(self, lines: Iterator[str]) -> None:
        self._lines.extend(lines)
        if len(self._lines) >= _AT_ONCE:
            self._print()

    def _print(self) -> None:
        if self._lines:
            print_lines(["\n".join(self._lines)], is_data=self.is_data)
        self._lines.clear()


_COLORS: Mapping[str, str] = {Method.IMPOSSIBLE: "red", Method.NOTHING: "green", _UNUSABLE: "red"}
_HEAD = f"{'device':24} {'has':16} {'send':26} {'note':>4}"


@define
class _Text(PlanOutput):
    """A table with a line per device. Reasons follow as notes, each of them once."""

    is_data: bool = field(init=False, default=False)
    notes: dict[str, int] = field(factory=dict)
    """The notes, with their numbers."""
    counts: Counter[int] = field(factory=Counter)
    """The number of devices for each note."""
    without_releases: int = 0
    """The number of devices whose hardware and offers are unknown."""

    def tell(self, record: dict[str, Any], planned: Plan | None) -> Iterator[str]:
        if not self.devices:
            yield click.style(_HEAD, bold=True)
        note = self._note(record)
        number = self.notes.setdefault(note, len(self.notes) + 1)
        self.counts[number] += 1
        has = f"{record['platform'] or ''} {record['os_version'] or ''}".strip()
        send = f"{self._send(record):26}"
        if color := _COLORS.get(record["method"]):
            send = click.style(send, fg=color)
        yield f"{_padded(printable(record['device']), 24)} {has:16} {send} {number:4}"

    def _send(self, record: Mapping[str, Any]) -> str:
        method: str = record["method"]
        send = method.replace("command", f"command {record['action'] or ''}".strip(), 1)
        # With one version for all devices, it need not be repeated.
        varies = self.target.startswith("latest") and record["target"]
        return f"{send} {record['target']}" if varies else send

    def _note(self, record: Mapping[str, Any]) -> str:
        unknown = [name for name in record["undecided"] if name != "releases"]
        self.without_releases += len(unknown) < len(record["undecided"])
        parts = [f"{record['reason']}."]
        if record["deadline"] and self.target.startswith("latest"):
            parts.append(f"Deadline: {record['deadline']}.")
        if record["change"]:
            parts.append(record["change"])
        parts += [f"{_capitalized(warning)}." for warning in record["warnings"]]
        if unknown:
            parts.append(f"Unknown and required to be certain: {', '.join(unknown)}.")
        return " ".join(parts)

    def end(self) -> Iterator[str]:
        counts = [f"{self.methods[method]} {method}" for method in Method if self.methods[method]]
        if self.rows_unusable:
            counts.append(f"{self.rows_unusable} {_UNUSABLE}")
        yield f"\n{_counted(self.devices)}: {'; '.join(counts)}\n"
        for note, number in self.notes.items():
            lead = f"{number:4}  "
            text = printable(f"{_counted(self.counts[number])}: {note}")
            yield click.wrap_text(text, 80, lead, " " * len(lead))
        if self.without_releases:
            yield f"\n{_WITHOUT_RELEASES}"


_WITHOUT_RELEASES = (
    "Without --releases, the plan does not know what the hardware supports, nor what\nApple offers."
)
_PRODUCTS = ("macOS", "iOS", "iPadOS", "tvOS", "visionOS", "watchOS")


def _capitalized(text: str) -> str:
    return text if text.startswith(_PRODUCTS) else f"{text[:1].upper()}{text[1:]}"


def _padded(text: str, width: int) -> str:
    """Pad a text to a number of cells. A longer one is not cut: it identifies the device."""
    if text.isascii():
        return f"{text:{width}}"
    from rich.cells import cell_len

    return text + " " * (width - cell_len(text))


def _counted(devices: int) -> str:
    return f"{devices} device{'' if devices == 1 else 's'}"


@define
class _Json(PlanOutput):
    """One object, with a device per line."""

    def tell(self, record: dict[str, Any], planned: Plan | None) -> Iterator[str]:
        messages = () if planned is None else planned.messages
        entry = record | {"messages": [to_dict(message) for message in messages]}
        if not self.devices:
            yield '{"version": 1, "plans": ['
        yield ("," if self.devices else "") + json.dumps(entry)

    def end(self) -> Iterator[str]:
        totals = {
            "devices": self.methods.total(),
            "methods": {str(method): number for method, number in self.methods.items()},
            "unusable": self.rows_unusable,
            "uncertain": self.uncertain,
        }
        yield f'], "totals": {json.dumps(totals)}}}'


@define
class _Csv(PlanOutput):
    """One row per device."""

    def tell(self, record: dict[str, Any], planned: Plan | None) -> Iterator[str]:
        if not self.devices:
            yield csv_line(list(record))
        row = record | {
            "undecided": " ".join(record["undecided"]),
            "warnings": "; ".join(record["warnings"]),
        }
        yield csv_line(row)

    def end(self) -> Iterator[str]:
        """Yield nothing."""
        return iter(())


OUTPUTS: Mapping[str, type[PlanOutput]] = {"text": _Text, "json": _Json, "csv": _Csv}
