"""Output formats of ``mdm-osupdate status``: a table for people, JSON and CSV."""

from __future__ import annotations

import json
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
    """The numbers of a fleet, and what is not known about it."""

    states: Counter[str] = field(factory=Counter)
    """Devices by state; reports that cannot be read are not devices."""
    unreadable: int = 0
    late: int = 0
    behind: int = 0
    gaps: Counter[str] = field(factory=Counter)
    """What could not be determined, with the number of devices."""

    @classmethod
    def of(cls, follow: Follow) -> Totals:
        """Count the devices of a fleet."""
        totals = cls()
        for row in follow.rows():
            if row.state == UNREADABLE:
                totals.unreadable += 1
            else:
                totals.states[row.state] += 1
            totals.late += row.late is True
            totals.behind += row.behind is True
            totals.gaps.update(row.not_known)
        return totals

    @property
    def devices(self) -> int:
        """The number of devices."""
        return self.states.total()

    def not_known(self, follow: Follow) -> Iterator[str]:
        """Yield what is not known, in sentences."""
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
    """Return an answer for people and spreadsheets."""
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
    """Yield a table in which the reasons stand below the devices."""
    columns = {name: cell for name, cell in _COLUMNS.items() if follow.releases or name != "newest"}
    widths = _widths(follow, columns)
    yield _line([*columns], widths)
    for row in follow.rows():
        yield _line([cell(row) for cell in columns.values()], widths)
        if row.reason:
            reason = f"{row.file}: {row.reason}" if row.file else row.reason
            yield click.wrap_text(printable(reason), _width(), "    ", "    ")
    yield ""
    yield _in_numbers(totals, has_releases=follow.releases is not None)
    gaps = [*totals.not_known(follow)]
    if gaps:
        yield "not known:"
        yield from (click.wrap_text(gap, _width(), "  * ", "    ") for gap in gaps)


def _widths(follow: Follow, columns: Mapping[str, Callable[[DeviceRow], str]]) -> list[int]:
    from rich.cells import cell_len

    widths = [len(name) for name in columns]
    for row in follow.rows():
        needed = (min(_WIDEST, cell_len(cell(row))) for cell in columns.values())
        widths = [max(pair) for pair in zip(widths, needed, strict=True)]
    return widths


def _line(cells: list[str], widths: list[int]) -> str:
    from rich.cells import set_cell_size

    return "  ".join(map(set_cell_size, cells, widths)).rstrip()


_WIDEST = 36
"""The widest column, in cells of the terminal."""

_COLUMNS: Mapping[str, Callable[[DeviceRow], str]] = {
    "device": lambda row: printable(row.device),
    "has": lambda row: printable(versioned(row.version, row.build) if row.version else "-"),
    "target": lambda row: printable(versioned(row.target, row.target_build) if row.target else "-"),
    "deadline": lambda row: printable(row.deadline or "-"),
    "state": lambda row: printable(state_in_words(row.state)),
    "late": lambda row: "?" if row.late is None else yes_or_no(row.late),
    "newest": lambda row: row.newest or "?",
}


def _width() -> int:
    import shutil

    return max(40, min(100, shutil.get_terminal_size().columns))


def _in_numbers(totals: Totals, *, has_releases: bool) -> str:
    counts = [f"{n:,} {state_in_words(state)}" for state, n in sorted(totals.states.items())]
    late = [f"{totals.late:,} late"]
    late += [f"{totals.behind:,} behind"] if has_releases else []
    late += [counted(totals.unreadable, "unreadable report")] if totals.unreadable else []
    return f"{counted(totals.devices, 'device')}: {', '.join(counts)}; {', '.join(late)}"
