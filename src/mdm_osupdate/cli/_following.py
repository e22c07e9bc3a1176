"""The progress of a fleet's updates: the reports of each device, merged into one row."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from attrs import define, field, fields

from mdm_osupdate.declarations import (
    SoftwareUpdateEnforcementSpecific,
    StatusReport,
    StatusSummary,
    summarize,
    versioned,
)
from mdm_osupdate.device import Device
from mdm_osupdate.inventory import Row, read_device
from mdm_osupdate.releases import Releases
from mdm_osupdate.versions import OSVersion, is_at, read_version

from ._reports import Received

UPDATED, FAILED, UNKNOWN = "updated", "failed", "unknown"
UNREADABLE, NO_REPORT = "unreadable", "no report"
"""States beside those that devices report (``InstallState``)."""

_FIRST_ZONE = dt.timezone(dt.timedelta(hours=14))
_LAST_ZONE = dt.timezone(dt.timedelta(hours=-12))
_LONGEST, _MOST = 500, 10
"""The maximum length of texts and lists, so that a device takes little memory."""
_KEPT = 1 << 14
"""The number of distinct results to cache. Many devices are alike."""


@define(kw_only=True)
class DeviceRow:
    """A device and the progress of its update: a row of the table."""

    device: str
    """The name in the inventory, the serial number, the UDID, or the name of the file."""
    version: str | None = None
    build: str | None = None
    target: str | None = None
    target_build: str | None = None
    deadline: str | None = None
    state: str = UNKNOWN
    reason: str = ""
    """The reasons why the update does not progress, or why a report cannot be read."""
    late: bool | None = None
    """True if the deadline has passed before the update. ``None`` if that is uncertain."""
    newest: str | None = None
    """The newest release that the device is offered."""
    newest_build: str | None = None
    behind: bool | None = None
    """True if the device has an older version than that. ``None`` if that is unknown."""
    platform: str | None = None
    serial_number: str | None = None
    udid: str | None = None
    file: str | None = None
    """The file of a report that cannot be read, with the number of the line."""
    not_known: tuple[str, ...] = ()
    """The facts that could not be determined, with the reasons."""

    def lacks(self, fact: str) -> None:
        """Add a fact that could not be determined."""
        self.not_known += (fact,)


@define(eq=False)
class _Member:
    """A device of the inventory."""

    name: str
    device: Device
    has_report: bool = False


@define(eq=False)
class _Known:
    """A device according to its reports. Its size does not depend on their number."""

    name: str
    number: int
    """The number of its first report."""
    last: int = 0
    """The number of its last report."""
    keys: list[str] = field(factory=list)
    """Its names and identifiers, each once."""
    member: _Member | None = None
    serial_number: str | None = None
    udid: str | None = None
    summary: StatusSummary = field(factory=StatusSummary)
    """What it reported, without the identifiers. Devices that report the same share it."""
    enforcement: SoftwareUpdateEnforcementSpecific | None = None


@define
class Follow:
    """The devices of a fleet, and their reports.

    Memory grows with the devices, not with their reports. A report that does not name its device
    is a device of its own.
    """

    now: dt.datetime
    enforcements: Mapping[str, SoftwareUpdateEnforcementSpecific] = field(factory=dict)
    releases: Releases | None = None
    has_inventory: bool = field(init=False, default=False)
    unusable: int = field(init=False, default=0)
    """The number of rows of the inventory that cannot be used."""
    _members: list[_Member] = field(init=False, factory=list)
    _members_by_key: dict[str, _Member | None] = field(init=False, factory=dict)
    """The devices of the inventory by name and identifier. ``None`` if several have the name."""
    _known: dict[int, _Known | Received] = field(init=False, factory=dict)
    """The devices, and the reports that cannot be read, by the number of their first report."""
    _known_by_key: dict[str, _Known] = field(init=False, factory=dict)
    _reports: int = field(init=False, default=0)

    def expect(self, row: Row) -> None:
        """Add a device of the inventory, which may never report."""
        self.has_inventory = True
        if row.device is None:
            self.unusable += 1
            return
        member = _Member(row.name, row.device)
        self._members.append(member)
        for key in {_key(name) for name in (row.name, *row.identifiers)}:
            self._members_by_key[key] = None if key in self._members_by_key else member

    def receive(self, received: Received) -> None:
        """Add a report. Those of one device are expected in the order of their arrival."""
        self._reports += 1
        if received.report is None:
            self._known[self._reports] = received
            return
        reported = summarize(received.report)
        serial_number, udid = _cut(reported.serial_number), _cut(reported.udid)
        summary = _shortened(reported)
        known = self._find((serial_number, udid, *received.identifiers), received)
        known.last = self._reports
        earlier = None if summary.is_full else known.enforcement
        known.enforcement = self._enforcement(received.report, summary, earlier)
        known.serial_number = serial_number or known.serial_number
        known.udid = udid or known.udid
        known.summary = _merged(summary, known.summary)

    def rows(self) -> Iterator[DeviceRow]:
        """Yield a row per device. Devices of the inventory without a report come last."""
        for known in self._known.values():
            if isinstance(known, Received):
                yield _unreadable(known)
            else:
                yield self._progress(known)
        for member in self._members:
            if not member.has_report:
                row = DeviceRow(device=member.name, state=NO_REPORT)
                _add_inventory(row, member.device)
                self._add_releases(row, member.device)
                yield row

    # -- which device ----------------------------------------------------------------------------

    def _find(self, identifiers: Iterable[str | None], received: Received) -> _Known:
        """Return the device that a report is about, which may be a new one."""
        names = [name for name in identifiers if name]
        keys = {_key(name) for name in names}
        found = {id(k): k for key in keys if (k := self._known_by_key.get(key)) is not None}
        if found:
            known = self._joined([*found.values()])
        else:
            name = next(iter(names), received.name or os.path.basename(received.place))
            known = _Known(name, self._reports)
            self._known[known.number] = known
        known.keys += [key for key in keys if self._known_by_key.get(key) is not known]
        self._known_by_key.update(dict.fromkeys(keys, known))
        if known.member is None:
            self._recognize(known, keys or {_key(received.name)})
        return known

    def _joined(self, devices: list[_Known]) -> _Known:
        """Merge devices that turn out to be the same, and return the result."""
        first, *others = sorted(devices, key=lambda known: known.number)
        for other in others:
            older, newer = sorted((first, other), key=lambda known: known.last)
            first.summary = _merged(newer.summary, older.summary)
            first.serial_number = newer.serial_number or older.serial_number
            first.udid = newer.udid or older.udid
            first.enforcement = newer.enforcement or older.enforcement
            first.member = first.member or other.member
            first.keys += other.keys
            self._known_by_key.update(dict.fromkeys(other.keys, first))
            del self._known[other.number]
        return first

    def _recognize(self, known: _Known, keys: set[str]) -> None:
        """Find a device in the inventory."""
        members = (self._members_by_key.get(key) for key in sorted(keys))
        known.member = next((member for member in members if member is not None), None)
        if known.member is not None:
            known.member.has_report = True

    def _enforcement(
        self,
        report: StatusReport,
        summary: StatusSummary,
        earlier: SoftwareUpdateEnforcementSpecific | None,
    ) -> SoftwareUpdateEnforcementSpecific | None:
        """Return the enforcement that a device processes, or else the next one that it has."""
        named = self.enforcements.get(summary.declaration_id or "")
        if named is not None:
            return named
        management = report.status_items.management
        listed = management.declarations if management is not None else None
        if listed is None:
            return earlier
        names = {status.identifier for status in listed.configurations or ()}
        known = [each for name, each in self.enforcements.items() if name in names]
        return min(known, key=lambda each: each.target_local_date_time, default=None)

    # -- progress --------------------------------------------------------------------------------

    def _progress(self, known: _Known) -> DeviceRow:
        summary, member = known.summary, known.member
        version = summary.version
        row = DeviceRow(
            device=known.serial_number or known.name if member is None else member.name,
            version=None if version is None else str(version),
            build=summary.build,
            state=summary.state or UNKNOWN,
            reason="; ".join(summary.problems),
            serial_number=known.serial_number,
            udid=known.udid,
        )
        if not known.keys and member is None:
            row.lacks("which device it is (the report does not name it)")
        listed = None if member is None else member.device
        device = _device(summary) or listed
        if device is not None:
            row.platform = str(device.platform)
        if version is None:
            _add_inventory(row, listed)
        self._add_target(row, known)
        self._add_releases(row, device)
        return row

    def _add_target(self, row: DeviceRow, known: _Known) -> None:
        """Add the target, and whether the device has reached it in time."""
        summary = known.summary
        target, build, deadline = summary.pending_version, summary.pending_build, summary.deadline
        if known.enforcement is not None:
            enforced = known.enforcement
            target, build = enforced.target_os_version, enforced.target_build_version
            deadline = enforced.target_local_date_time
        if target is None:
            row.lacks("the target (no update is pending, and no declaration is known)")
            return
        row.target, row.target_build, row.deadline = target, build, deadline
        wanted, version = read_version(target), summary.version
        reached = wanted and version and is_at(wanted, build, version, summary.build)
        if reached:
            row.state, row.reason, row.late = UPDATED, "", False
            return
        is_open = reached is False or summary.pending_version == target
        _add_lateness(row, is_open=is_open, has_passed=_has_passed(deadline, self.now))

    def _add_releases(self, row: DeviceRow, device: Device | None) -> None:
        """Add what the device is offered."""
        if self.releases is None:
            return
        if device is None or not self.releases.knows(device):
            row.lacks("the newest release (the model is unknown, or not in the releases)")
            return
        _add_newest(row, self.releases, device, self.now.date())


def _add_lateness(row: DeviceRow, *, is_open: bool, has_passed: bool | None) -> None:
    """Set whether a device is late, if that is certain.

    Args:
        row: the row.
        is_open: whether the device certainly lacks the update.
        has_passed: whether the deadline has passed. ``None`` if only in some time zones.
    """
    if has_passed is None:
        row.lacks("whether it is late (that depends on its time zone)")
    elif has_passed and not is_open:
        row.lacks("whether it is late (it may be updated)")
    else:
        row.late = has_passed


def _add_newest(row: DeviceRow, releases: Releases, device: Device, on: dt.date) -> None:
    latest = releases.latest(device, on=on)
    if latest is None:
        row.lacks("the newest release (none is offered to the model)")
        return
    responses = releases.security_responses(device, on=on)
    newest = next((r for r in responses if r.version == latest.version), latest)
    version = OSVersion(f"{newest.version} {newest.extra}".rstrip())
    has = read_version(row.version or "")
    at = None if has is None else is_at(version, newest.build, has, row.build)
    row.newest, row.newest_build = str(version), newest.build
    row.behind = None if at is None else not at
    wanted = row.target_build or row.target
    if wanted is None or row.state == UPDATED or releases.is_offered(wanted, device, on=on):
        return
    gone = f"{versioned(row.target, row.target_build)} is not offered to this model now"
    row.reason = "; ".join(filter(None, (row.reason, gone)))


def _unreadable(received: Received) -> DeviceRow:
    name = os.path.basename(received.place)
    return DeviceRow(device=name, state=UNREADABLE, reason=received.problem, file=received.place)


def _device(summary: StatusSummary) -> Device | None:
    """Return the device that reports describe, or ``None`` if they lack its platform."""
    version = "1" if summary.version is None else str(summary.version)
    return _described(summary.family, summary.model, summary.device_id, version, summary.build)


@lru_cache(_KEPT)
def _described(
    family: str | None, model: str | None, device_id: str | None, version: str, build: str | None
) -> Device | None:
    # The lookup service lists Macs by their boards, such as J413AP, and others by their models.
    is_board = device_id and "," not in device_id
    platform = family or ("macOS" if is_board else device_id)
    values = {
        "platform": platform,
        "model": model,
        "device_id": device_id,
        "os_version": version,
        "build": build,
    }
    try:
        return read_device(values)
    except ValueError:
        return None


def _add_inventory(row: DeviceRow, device: Device | None) -> None:
    """Add the inventory's facts to a device that has not reported its version."""
    if device is None:
        row.lacks("the installed version (not reported)")
        return
    row.version, row.platform = str(device.os_version), str(device.platform)
    row.build = device.build
    if row.state == NO_REPORT:
        row.lacks("the progress (no report)")
    else:
        row.lacks("the installed version (not reported; the inventory's is shown)")


def _has_passed(deadline: str | None, now: dt.datetime) -> bool | None:
    """Return whether a deadline has passed, or ``None`` if only in some time zones."""
    if not deadline:
        return False
    try:
        at = dt.datetime.fromisoformat(re.sub("Z$", "+00:00", deadline))
    except ValueError:
        return None
    if at.tzinfo is not None:
        return at <= now
    first, last = (now.astimezone(zone).replace(tzinfo=None) for zone in (_FIRST_ZONE, _LAST_ZONE))
    return True if at <= last else None if at <= first else False


def _key(name: str) -> str:
    return name.strip().casefold()


_FACTS = [a.name for a in fields(StatusSummary) if a.name not in ("serial_number", "udid")]


def _shortened(summary: StatusSummary) -> StatusSummary:
    """Cut the texts of a summary, and leave out the identifiers."""
    return StatusSummary(**{name: _cut(getattr(summary, name)) for name in _FACTS})


@lru_cache(_KEPT)
def _merged(summary: StatusSummary, earlier: StatusSummary) -> StatusSummary:
    """Return the summary of a device after one more report. Equal ones are one object."""
    return summary.after(earlier)


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]}…"
    return tuple(map(_cut, value[:_MOST])) if isinstance(value, tuple) else value
