"""What to send to each device of a fleet: command or declaration, which, and why."""

import datetime as dt
import functools
from collections.abc import Iterable, Iterator
from typing import overload

import attrs
from attrs import frozen

from .availability import is_available, look_up
from .declarations import Declaration, SoftwareUpdateEnforcementSpecific
from .device import Device
from .errors import Finding, InvalidMessageError, Report, Severity, join, show
from .messages import (
    AvailableOSUpdatesCommand,
    Command,
    InstallAction,
    Platform,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateScanCommand,
    UpdatesItem,
    Word,
)
from .rules import RULES
from .validation import target_of, validate
from .versions import LocalDateTime, OSVersion


class Method(Word):
    """How a device gets to a version."""

    NOTHING = "nothing"
    """It has the version already, or a newer one."""
    COMMAND = "command"
    DECLARATION = "declaration"
    COMMAND_THEN_DECLARATION = "command, then declaration"
    IMPOSSIBLE = "impossible"
    """Nothing that a server can send brings it there; ``Plan.change`` says what would."""


@frozen(kw_only=True)
class Plan:
    """What to send to one device, and why."""

    device: Device
    method: Method
    reason: str
    messages: tuple[Command | Declaration, ...] = ()
    """What to send, in this order. A declaration needs its ``activation()`` beside it."""
    change: str = ""
    """What would have to change, if there is no way; otherwise empty."""
    unknown: tuple[str, ...] = ()
    """What is not known of the device, and could show that it refuses."""

    @property
    def action(self) -> InstallAction | str | None:
        """The install action of the command; ``None`` without one."""
        for message in self.messages:
            if isinstance(message, ScheduleOSUpdateCommand) and message.updates:
                return message.updates[0].install_action
        return None


@overload
def plan(
    devices: Device, target: OSVersion | str, deadline: LocalDateTime | dt.datetime | str
) -> Plan: ...
@overload
def plan(
    devices: Iterable[Device],
    target: OSVersion | str,
    deadline: LocalDateTime | dt.datetime | str,
) -> Iterator[Plan]: ...
def plan(
    devices: Device | Iterable[Device],
    target: OSVersion | str,
    deadline: LocalDateTime | dt.datetime | str,
) -> Plan | Iterator[Plan]:
    """Tell what to send to a device, or to each of many, so that it gets to a version.

    A device that takes the declaration gets that: it lets the user choose the time, and installs by
    itself at the deadline. Others get a command, if they take one.

    Args:
        devices: one device, or any number of them, which are taken one at a time.
        target: the version, of whichever platforms the devices have.
        deadline: in each device's local time: a naive ``datetime``, or text such as
            ``"2026-12-01T19:00:00"``.

    Returns:
        A plan for the device; for many, an iterator that plans when it is asked for the next.

    Raises:
        ValueError: ``target`` is no version, or ``deadline`` no local time.
    """
    version = target if isinstance(target, OSVersion) else OSVersion(target)
    by = LocalDateTime(deadline)
    if isinstance(devices, Device):
        return _plan(devices, version, by)
    return (_plan(device, version, by) for device in devices)


_ENFORCEMENT = "SoftwareUpdateEnforcementSpecific"
_PRODUCT_VERSION = "ScheduleOSUpdate.Updates[].ProductVersion"


@functools.lru_cache(maxsize=64)  # all devices of a fleet get the same one
def _enforcement(target: OSVersion, deadline: LocalDateTime) -> SoftwareUpdateEnforcementSpecific:
    return SoftwareUpdateEnforcementSpecific(
        target_os_version=str(target), target_local_date_time=deadline
    )


def _plan(device: Device, target: OSVersion, deadline: LocalDateTime) -> Plan:
    has, first = device.os_version, target
    if has >= target:
        return Plan(device=device, method=Method.NOTHING, reason=f"it has {has}")
    later: tuple[Declaration, ...] = ()
    if target.extra and has < target.base:  # a security response wants its base version first
        first, later = target.base, (_enforcement(target, deadline),)
    declaration = _enforcement(first, deadline)
    declared = validate(declaration, device)
    if declared.ok:
        return Plan(
            device=device,
            method=Method.DECLARATION,
            reason="it takes the declaration, and installs by itself at the deadline",
            messages=(declaration, *later),
            unknown=_unknown(declared),
        )
    schedule, commands, reason = _commands(device, first)
    commanded = validate(schedule, device)
    if not commanded.ok or (target.extra and not later):
        return _without_a_way(device, declaration, declared, commanded)
    return Plan(
        device=device,
        method=Method.COMMAND_THEN_DECLARATION if later else Method.COMMAND,
        reason=reason,
        messages=(*commands, *later),
        unknown=_unknown(commanded),
    )


def _commands(
    device: Device, target: OSVersion
) -> tuple[ScheduleOSUpdateCommand, tuple[Command, ...], str]:
    """The command that updates a device, what to send first, and why it is this one."""
    mac = device.platform is Platform.MACOS
    action = InstallAction.INSTALL_ASAP if mac else InstallAction.DEFAULT
    if is_available(_PRODUCT_VERSION, device):
        item = UpdatesItem(install_action=action, product_version=str(target))
        schedule = ScheduleOSUpdateCommand([item])
        why = (
            f"{action} downloads and counts down to the restart: send it when the time has come"
            if mac
            else f"{action} downloads, and sent once more, when the time has come, installs"
        )
        return schedule, (schedule,), f"it is too old for the declaration; {why}"
    item = UpdatesItem(install_action=action, product_key="as AvailableOSUpdates gives it")
    scan = (ScheduleOSUpdateScanCommand(force=True),) if mac else ()
    reason = "it takes no version, only a product key of its list: ask for that, then schedule"
    return ScheduleOSUpdateCommand([item]), (*scan, AvailableOSUpdatesCommand()), reason


def _unknown(report: Report) -> tuple[str, ...]:
    errors = [
        names for rule, names in report.undecided.items() if RULES[rule].severity is Severity.ERROR
    ]
    return tuple(sorted({name for names in errors for name in names}))


_ABSENT = {"OSU301", "OSU302", "OSU402", "OSU620", "OSU621"}
"""The rules by which a device does not have the command or the declaration at all."""


def _without_a_way(
    device: Device,
    declaration: SoftwareUpdateEnforcementSpecific,
    declared: Report,
    commanded: Report,
) -> Plan:
    """Say why neither works, and what would have to change for one of them to."""
    obstacles: list[Finding] = []
    for report in declared, commanded:
        if not obstacles and not any(finding.rule in _ABSENT for finding in report.errors):
            obstacles = list(report.errors)
    changes = [finding.hint for finding in obstacles]
    where = look_up(_ENFORCEMENT, device.platform)
    if where is not None and device.os_version < where.introduced:
        grown = attrs.evolve(device, os_version=where.introduced)
        if validate(declaration, grown).ok:
            by_hand = f"Have {device.platform} {where.introduced} or newer installed by hand"
            changes.append(f"{by_hand}: from then on it takes the declaration.")
    if not changes:
        changes = [finding.hint for finding in declared.errors]
    return Plan(
        device=device,
        method=Method.IMPOSSIBLE,
        reason="; ".join(f.message for f in obstacles or (*declared.errors, *commanded.errors)),
        change=" Or: ".join(dict.fromkeys(changes)),
    )


def successor(
    command: ScheduleOSUpdateCommand,
    device: Device | None,
    deadline: LocalDateTime | dt.datetime | str,
) -> SoftwareUpdateEnforcementSpecific:
    """Make the declaration that does what a ``ScheduleOSUpdate`` meant.

    Args:
        command: of several updates, the newest version counts.
        device: the one that shall take the declaration; ``None``: any.
        deadline: when the device installs by itself, in its local time: a naive ``datetime``, or
            text such as ``"2026-12-01T19:00:00"``.

    Returns:
        The declaration. Its ``findings`` say what of the command it cannot carry over (OSU410),
        and what is wrong with it for this device.

    Raises:
        InvalidMessageError: the command names no version; ``report`` says where.
        ValueError: ``deadline`` is no local time.
        TypeError: ``command`` is another command: only ``ScheduleOSUpdate`` has such a successor.
    """
    if not isinstance(command, ScheduleOSUpdateCommand):
        raise TypeError(f"only ScheduleOSUpdate has this successor, not {command!r:.60}")
    targets = [target for target in map(target_of, command.updates or ()) if target is not None]
    if not targets:
        raise InvalidMessageError(_no_version(command))
    declaration = SoftwareUpdateEnforcementSpecific(
        target_os_version=str(max(targets)), target_local_date_time=LocalDateTime(deadline)
    )
    report = validate(declaration, device, command=command)
    return attrs.evolve(declaration, findings=report.findings)


def _no_version(command: ScheduleOSUpdateCommand) -> Report:
    rule, path = RULES["OSU411"], "Command.Updates"
    hint = "Add the ProductVersion that is meant."
    if not command.updates:
        return Report((rule.finding(path, "the command names no update", hint),))
    return Report(
        tuple(
            rule.finding(join(path, index), f"no version can be read from {_named(item)}", hint)
            for index, item in enumerate(command.updates)
        )
    )


def _named(item: UpdatesItem) -> str:
    keys = ("ProductVersion", item.product_version), ("ProductKey", item.product_key)
    named = [f"{key} {show(value)}" for key, value in keys if value is not None]
    return " and ".join(named) or "an item without ProductKey and ProductVersion"
