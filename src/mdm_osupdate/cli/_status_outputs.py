"""Output formats of ``mdm-osupdate status``: a table for people, JSON and CSV."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import click
from attrs import asdict, define, field

from mdm_osupdate.declarations import versioned
from mdm_osupdate.messages import InstallState

from ._csv import csv_line
from ._following import UNREADABLE, DeviceRow, Follow
from ._printable import printable


@define
class Totals:
    """The numbers of a fleet, and the facts that are unknown."""

    states: Counter[str] = field(factory=Counter)
    """Devices by state, without reports that cannot be read."""
    platforms: dict[str | None, Counter[str]] = field(factory=dict)
    """Devices by platform and state. The platform is ``None`` if it is unknown."""
    versions: Counter[str | None] = field(factory=Counter)
    """Devices by installed version."""
    unreadable: int = 0
    late: int = 0
    behind: int = 0
    gaps: Counter[str] = field(factory=Counter)
    """The facts that could not be determined, with the number of devices."""

    @classmethod
    def of(cls, follow: Follow) -> Totals:
        """Count the devices of a fleet."""
        totals = cls()
        for row in follow.rows():
            if row.state == UNREADABLE:
                totals.unreadable += 1
            else:
                totals.states[row.state] += 1
                totals.platforms.setdefault(row.platform, Counter())[row.state] += 1
                totals.versions[row.version] += 1
            totals.late += row.late is True
            totals.behind += row.behind is True
            totals.gaps.update(row.not_known)
        return totals

    @property
    def devices(self) -> int:
        """The number of devices."""
        return self.states.total()

    def not_known(self, follow: Follow) -> Iterator[str]:
        """Yield the unknown facts, in sentences."""
        for gap, number in self.gaps.most_common():
            yield f"{counted(number, 'device')}: {gap}"
        if self.unreadable:
            yield f"{counted(self.unreadable, 'report')}: the device (the report cannot be read)"
        if follow.unusable:
            yield f"{counted(follow.unusable, 'row')} of the inventory (not usable)"
        if not follow.has_inventory:
            yield "devices that have never reported (give an inventory: --fleet)"
        if follow.releases is None:
            yield "what Apple offers (give the releases: --releases)"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def state_in_words(state: str) -> str:
    """Return a state for people."""
    return "nothing pending" if state == InstallState.NONE else state


def yes_or_no(value: bool | None) -> str:
    """Format a boolean for people and spreadsheets."""
    return "unknown" if value is None else "yes" if value else "no"


# -- for programs --------------------------------------------------------------------------------


def as_json(follow: Follow, totals: Totals) -> Iterator[str]:
    """Yield one object, with a device per line."""
    yield '{"version": 1, "devices": ['
    before = ""
    for row in follow.rows():
        yield f"{before}{json.dumps(asdict(row))}"
        before = ","
    summary = {
        "devices": totals.devices,
        "states": dict(totals.states),
        "unreadable": totals.unreadable,
        "late": totals.late,
        "behind": totals.behind if follow.releases is not None else None,
        "not_known": [*totals.not_known(follow)],
    }
    yield f'], "totals": {json.dumps(summary)}}}'


def as_csv(follow: Follow, totals: Totals) -> Iterator[str]:
    """Yield a header, and a line per device."""
    yield csv_line([*asdict(DeviceRow(device=""))])
    for row in follow.rows():
        answers = {"late": yes_or_no(row.late), "behind": yes_or_no(row.behind)}
        answers["not_known"] = "; ".join(row.not_known)
        yield csv_line(asdict(row) | answers)


# -- for people ----------------------------------------------------------------------------------


def as_text(follow: Follow, totals: Totals) -> Iterator[str]:
    """Yield a table with the reasons below the devices."""
    columns = {name: cell for name, cell in _COLUMNS.items() if follow.releases or name != "newest"}
    widths = _widths(follow, columns)
    if _too_wide(widths):
        columns |= _NARROW
        widths = _widths(follow, columns)
        widths[0] = max(_NARROWEST, widths[0] - _too_wide(widths))
    yield _line([*columns], widths)
    for row in follow.rows():
        yield _line([cell(row) for cell in columns.values()], widths)
        if row.reason:
            reason = f"{row.file}: {row.reason}" if row.file else row.reason
            yield click.wrap_text(printable(reason), _width(), "    ", "    ")
    yield ""
    yield click.wrap_text(_in_numbers(totals, has_releases=follow.releases is not None), _width())
    gaps = [*totals.not_known(follow)]
    if gaps:
        yield "not known:"
        yield from (click.wrap_text(gap, _width(), "  * ", "    ") for gap in gaps)


_WIDEST, _NARROWEST = 36, 8
"""The limits of a column, in cells of the terminal."""
_Column = Callable[[DeviceRow], str]


def _versioned(version: str | None, build: str | None) -> str:
    return printable(versioned(version, build)) if version else "-"


_COLUMNS: Mapping[str, _Column] = {
    "device": lambda row: printable(row.device),
    "has": lambda row: _versioned(row.version, row.build),
    "target": lambda row: _versioned(row.target, row.target_build),
    "deadline": lambda row: printable(row.deadline or "-"),
    "state": lambda row: printable(state_in_words(row.state)),
    "late": lambda row: "?" if row.late is None else yes_or_no(row.late),
    "newest": lambda row: row.newest or "?",
}
_NARROW: Mapping[str, _Column] = {
    "has": lambda row: _versioned(row.version, None),
    "target": lambda row: _versioned(row.target, None),
    "deadline": lambda row: printable(row.deadline or "-").removesuffix(":00"),
}
"""The columns that are shortened if the terminal is too narrow."""


def _widths(follow: Follow, columns: Mapping[str, _Column]) -> list[int]:
    from rich.cells import cell_len

    widths = [len(name) for name in columns]
    for row in follow.rows():
        needed = (min(_WIDEST, cell_len(cell(row))) for cell in columns.values())
        widths = [max(pair) for pair in zip(widths, needed, strict=True)]
    return widths


def _too_wide(widths: list[int]) -> int:
    """Return the number of cells by which the table exceeds the terminal."""
    needed = sum(widths) + 2 * (len(widths) - 1)
    room = shutil.get_terminal_size().columns
    return max(0, needed - room) if sys.stdout.isatty() else 0


def _line(cells: list[str], widths: list[int]) -> str:
    return "  ".join(map(_fitted, cells, widths)).rstrip()


def _fitted(cell: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size

    if cell_len(cell) > width:
        return f"{set_cell_size(cell, width - 1)}…"
    return set_cell_size(cell, width)


def _width() -> int:
    return max(40, min(100, shutil.get_terminal_size().columns))


def _in_numbers(totals: Totals, *, has_releases: bool) -> str:
    counts = [f"{n:,} {state_in_words(state)}" for state, n in sorted(totals.states.items())]
    late = [f"{totals.late:,} late"]
    late += [f"{totals.behind:,} behind"] if has_releases else []
    late += [counted(totals.unreadable, "unreadable report")] if totals.unreadable else []
    devices = ": ".join(filter(None, (counted(totals.devices, "device"), ", ".join(counts))))
    return f"{devices}; {', '.join(late)}"
