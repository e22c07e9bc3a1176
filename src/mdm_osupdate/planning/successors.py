"""The declaration that replaces a ``ScheduleOSUpdate`` command."""

import datetime as dt
from collections.abc import Sequence
from typing import TypeAlias, overload

import attrs
from attrs import frozen

from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific
from mdm_osupdate.device import Device
from mdm_osupdate.errors import Finding, InvalidMessageError, Report, join, show
from mdm_osupdate.messages import ScheduleOSUpdateCommand, UpdatesItem
from mdm_osupdate.rules import RULES
from mdm_osupdate.validation import target_of, validate
from mdm_osupdate.versions import LocalDateTime, OSVersion


@frozen
class Successor:
    """The declaration that replaces a command, and what it does not carry over."""

    declaration: SoftwareUpdateEnforcementSpecific
    report: Report
    """Findings about what the declaration cannot carry over (OSU410), and about its support."""


Deadline: TypeAlias = LocalDateTime | dt.datetime | str


@overload
def successor(
    command: ScheduleOSUpdateCommand,
    device: Device | None,
    deadline: Deadline,
    *,
    build: str | None = None,
) -> Successor: ...
@overload
def successor(
    command: ScheduleOSUpdateCommand,
    device: Device | None = None,
    *,
    deadline: Deadline,
    build: str | None = None,
) -> Successor: ...
def successor(
    command: ScheduleOSUpdateCommand,
    device: Device | None = None,
    deadline: Deadline | None = None,
    *,
    build: str | None = None,
) -> Successor:
    """Create the declaration that replaces a ``ScheduleOSUpdate`` command.

    Args:
        command: the command. If it has several updates, the newest version counts.
        device: the device that receives the declaration, to check the declaration for it.
        deadline: the time at which the device installs on its own, in its local time: a naive
            ``datetime``, or text such as ``"2026-12-01T19:00:00"``.
        build: the build of the update. Required if the command names a security response by its
            letter, because a declaration identifies it by its build.

    Raises:
        InvalidMessageError: the command contains no version, or a security response whose build
            is unknown. ``report`` has the path.
        ValueError: ``deadline`` is not a valid local time.
        TypeError: ``command`` is not a ``ScheduleOSUpdate`` command, or ``deadline`` is missing.
    """
    if deadline is None:
        raise TypeError("deadline is missing")
    if not isinstance(command, ScheduleOSUpdateCommand):
        raise TypeError(f"command must be ScheduleOSUpdateCommand, not {type(command).__name__}")
    items = command.updates or ()
    targets = [target for target in map(target_of, items) if target is not None]
    if not targets:
        raise InvalidMessageError(Report(tuple(_no_version(items))))
    target = max(targets)
    if target.extra and build is None:
        raise InvalidMessageError(Report((_no_build(items, target),)))
    declaration = SoftwareUpdateEnforcementSpecific(
        target_os_version=str(target.base),
        target_build_version=build,
        target_local_date_time=LocalDateTime(deadline),
    )
    report = validate(declaration, device, command=command)
    findings = (*report.findings, *_dropped(items))
    return Successor(declaration, attrs.evolve(report, findings=findings))


def _no_version(items: Sequence[UpdatesItem]) -> list[Finding]:
    rule, path = RULES["OSU411"], "Command.Updates"
    hint = "Add the ProductVersion of the update."
    if not items:
        return [rule.finding(path, "the command contains no update", hint)]
    return [
        rule.finding(join(path, index), f"{_named(item)} contains no version", hint)
        for index, item in enumerate(items)
    ]


def _no_build(items: Sequence[UpdatesItem], target: OSVersion) -> Finding:
    index = next(index for index, item in enumerate(items) if target_of(item) == target)
    message = f"{target} is a security response, and its build is unknown"
    hint = "Give its build: a declaration identifies a security response by its build."
    return RULES["OSU411"].finding(join("Command.Updates", index), message, hint)


def _dropped(items: Sequence[UpdatesItem]) -> list[Finding]:
    """Report the updates whose version is unknown."""
    return [
        RULES["OSU410"].finding(
            "",
            f"Updates[{index}] is dropped: {_named(item)} contains no version",
            "Send a declaration with the version of that update.",
        )
        for index, item in enumerate(items)
        if target_of(item) is None
    ]


def _named(item: UpdatesItem) -> str:
    keys = ("ProductVersion", item.product_version), ("ProductKey", item.product_key)
    named = [f"{key} {show(value)}" for key, value in keys if value is not None]
    return " and ".join(named) or "an item without ProductKey and ProductVersion"
