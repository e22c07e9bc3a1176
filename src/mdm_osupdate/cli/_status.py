"""``mdm-osupdate status``."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

import click
from attrs import asdict, define, evolve, field, frozen

from mdm_osupdate.codec import DEFAULT_LIMITS, examine, is_plist, open_document
from mdm_osupdate.declarations import (
    SoftwareUpdateEnforcementSpecific,
    StatusReport,
    StatusSummary,
    summarize,
    versioned,
)
from mdm_osupdate.errors import DecodeError, Severity
from mdm_osupdate.versions import is_at, read_version

from ._clock import now
from ._devices import problem, read_fleet
from ._inputs import Documents, read_document
from ._outputs import printable

if TYPE_CHECKING:
    from mdm_osupdate.device import Device

_LAST_ZONE = dt.timezone(dt.timedelta(hours=-12))
_UPDATED, _FAILED, _UNREADABLE, _NO_REPORT = "updated", "failed", "unreadable", "no report"


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="REPORTS...")
@click.option(
    "--fleet",
    metavar="FILE",
    help="Inventory in CSV or JSON. Devices without a report are listed, too.",
)
@click.option(
    "--declarations",
    metavar="DIR",
    help="Enforcements that were sent, for the target and the deadline of each device.",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.pass_context
def status(
    ctx: click.Context,
    paths: tuple[str, ...],
    fleet: str | None,
    declarations: str | None,
    fmt: str,
) -> None:
    """Show the progress of a fleet's updates.

    REPORTS are status reports: files, directories, or - for standard input. A file can have one
    report per line, and a report can be inside a DeclarativeManagement check-in. Each report is a
    row. A device is late if its deadline has passed in every time zone. The exit status is 1 if an
    update failed or is late, or a report cannot be read.

    \b
      mdm-osupdate status reports/ --fleet devices.csv --declarations declarations/
    """
    if [*paths, fleet].count("-") > 1:
        raise click.UsageError("standard input can be read only once")
    follow = _Follow(
        _read_enforcements(declarations) if declarations else {},
        _read_members(fleet) if fleet else {},
        now().astimezone(_LAST_ZONE).replace(tzinfo=None),
    )
    table = _Table(fmt)
    for row in follow.rows(paths):
        table.add(row)
    table.end()
    ctx.exit(int(bool(table.late or table.states[_FAILED] or table.states[_UNREADABLE])))


def _read_enforcements(path: str) -> dict[str, SoftwareUpdateEnforcementSpecific]:
    """Return the enforcements below a directory by identifier; skip other documents.

    Raises:
        click.ClickException: There is none.
        OSError: A file cannot be read.
    """
    found: dict[str, SoftwareUpdateEnforcementSpecific] = {}
    for _, source in Documents([path]):
        if isinstance(source, OSError):
            raise click.ClickException(f"{path}: {source.strerror}")
        try:
            whole = examine(read_document(source), DEFAULT_LIMITS).whole
        except DecodeError:
            continue
        if isinstance(whole, SoftwareUpdateEnforcementSpecific):
            found[str(whole.identifier)] = whole
    if not found:
        raise click.ClickException(f"{path}: no enforcement found")
    return found


def _read_members(path: str) -> dict[str, Device]:
    """Return the devices of a fleet by name, and print why rows cannot be used."""
    members: dict[str, Device] = {}
    for row in read_fleet(path):
        if row.device is None:
            click.echo(f"mdm-osupdate: {problem(path, row)}", err=True)
        else:
            members[row.name] = row.device
    return members


# -- one report ----------------------------------------------------------------------------------


@frozen
class _Row:
    """A device and the progress of its update."""

    device: str
    version: str | None = None
    build: str | None = None
    target: str | None = None
    deadline: str | None = None
    state: str = "unknown"
    reason: str = ""
    late: bool = False


@define
class _Follow:
    """The rows of reports."""

    enforcements: Mapping[str, SoftwareUpdateEnforcementSpecific]
    members: dict[str, Device]
    """The devices of the fleet; those without a report remain."""
    local: dt.datetime
    """The time in the last time zone in which a deadline passes."""

    def rows(self, paths: tuple[str, ...]) -> Iterator[_Row]:
        """Yield a row per report, and one per device of the fleet that has none."""
        for path, source in Documents(paths):
            yield from self._rows_of(path, source)
        for name, device in self.members.items():
            version, build = str(device.os_version), device.build
            yield _Row(name, version, build, state=_NO_REPORT)

    def _rows_of(self, path: str, source: str | OSError) -> Iterator[_Row]:
        try:
            if isinstance(source, OSError):
                raise source
            for name, data in _reports(source):
                yield self._row(name, data)
        except OSError as error:
            yield _Row(path, state=_UNREADABLE, reason=f"{error.strerror}")

    def _row(self, name: str, data: bytes) -> _Row:
        try:
            reading = examine(data, DEFAULT_LIMITS)
            report, findings = reading.whole, reading.findings
        except DecodeError as error:
            report, findings = None, [*error.findings]
        if not isinstance(report, StatusReport):
            errors = [f.message for f in findings if f.severity == Severity.ERROR]
            reason = (errors or ["not a status report"])[0]
            return _Row(name, state=_UNREADABLE, reason=reason)
        name = _name(report, data) or name
        return self._progress(name, report, summarize(report))

    def _progress(self, name: str, report: StatusReport, told: StatusSummary) -> _Row:
        member = self.members.pop(name, None)
        version, build = told.version, told.build
        if version is None and member is not None:
            version, build = member.os_version, member.build
        target, target_build, deadline = told.pending_version, told.pending_build, told.deadline
        enforcement = self._enforcement(report)
        if enforcement is not None:
            target, target_build = enforcement.target_os_version, enforcement.target_build_version
            deadline = enforcement.target_local_date_time
        row = _Row(
            device=name,
            version=None if version is None else str(version),
            build=build,
            target=versioned(target, target_build) if target else None,
            deadline=deadline,
            state=told.state or "unknown",
            reason="; ".join(told.problems),
        )
        wanted = read_version(target or "")
        reached = wanted and version and is_at(wanted, target_build, version, build)
        if reached:
            return evolve(row, state=_UPDATED, reason="")
        return evolve(row, late=self._has_passed(deadline))

    def _enforcement(self, report: StatusReport) -> SoftwareUpdateEnforcementSpecific | None:
        """Return the enforcement that a device processes, or else the next one that it has."""
        reason = report.softwareupdate.install_reason
        named = self.enforcements.get(reason.declaration_id or "") if reason is not None else None
        if named is not None:
            return named
        management = report.status_items.management
        listed = management.declarations if management is not None else None
        statuses = (listed.configurations or ()) if listed is not None else ()
        names = {status.identifier for status in statuses}
        known = [each for name, each in self.enforcements.items() if name in names]
        return min(known, key=lambda each: each.target_local_date_time, default=None)

    def _has_passed(self, deadline: str | None) -> bool:
        try:
            passed = dt.datetime.fromisoformat(deadline or "").replace(tzinfo=None)
        except ValueError:
            return False
        return passed <= self.local


def _reports(path: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each report of a file, which may have one per line."""
    most = DEFAULT_LIMITS.size + 1
    with click.open_file(path, "rb") as file:
        first, second = file.readline(most), file.readline(most)
        if not (_is_object(first) and _is_object(second)):
            yield os.path.splitext(os.path.basename(path))[0], first + second + file.read(most)
            return
        lines = chain((first, second), iter(lambda: file.readline(most), b""))
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield f"{os.path.basename(path)}:{number}", line


def _is_object(line: bytes) -> bool:
    return line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}")


def _name(report: StatusReport, data: bytes) -> str:
    """Return the serial number or UDID of a device; empty if neither is told."""
    device = report.status_items.device
    named = device.unknown.get("identifier") if device is not None else None
    identifier: Mapping[str, Any] = named if isinstance(named, Mapping) else {}
    around = open_document(data, DEFAULT_LIMITS).value if is_plist(data) else {}
    names = (identifier.get("serial-number"), identifier.get("udid"), around.get("UDID"))
    return next((name for name in names if isinstance(name, str) and name), "")


# -- the table -----------------------------------------------------------------------------------


def _cell(value: str | bool | None) -> str | bool | None:
    return printable(value) if isinstance(value, str) else value


_LINE = "{:20} {:20} {:20} {:19} {:11} {:4} {}"


@define
class _Table:
    """The rows as text, JSON or CSV, each written at once."""

    fmt: str
    states: Counter[str] = field(factory=Counter)
    late: int = 0

    def add(self, row: _Row) -> None:
        """Write one row."""
        is_first = not self.states
        record: dict[str, Any] = {name: _cell(value) for name, value in asdict(row).items()}
        self.states[row.state] += 1
        self.late += row.late
        if self.fmt == "json":
            click.echo(("[" if is_first else ",") + json.dumps(record, ensure_ascii=False))
        elif self.fmt == "csv":
            writer = csv.DictWriter(sys.stdout, record, lineterminator="\n")
            if is_first:
                writer.writeheader()
            writer.writerow(record | {"late": "yes" if row.late else "no"})
        else:
            if is_first:
                header = ("device", "has", "target", "deadline", "state", "late", "why not")
                click.echo(_LINE.format(*header))
            has = versioned(record["version"], record["build"]) if row.version else "-"
            cells = [record["target"] or "-", record["deadline"] or "-", record["state"]]
            late = "yes" if row.late else "no"
            text = _LINE.format(record["device"], has, *cells, late, record["reason"])
            click.echo(text.rstrip())

    def end(self) -> None:
        """Write what follows the last row."""
        if self.fmt == "json":
            click.echo("]")
        elif self.fmt == "text":
            counts = [f"{count} {state}" for state, count in sorted(self.states.items())]
            total = self.states.total()
            rows = f"{total} device{'' if total == 1 else 's'}"
            click.echo(f"\n{rows}: {', '.join(counts)}; {self.late} late")
