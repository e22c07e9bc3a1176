"""The declaration that takes the place of a command."""

import datetime as dt

import attrs

from ._declarations import SoftwareUpdateEnforcementSpecific
from ._device import Device
from ._errors import InvalidMessageError
from ._findings import Report, join, show
from ._localtime import LocalDateTime
from ._messages import ScheduleOSUpdateCommand, UpdatesItem
from ._rules import RULES
from ._validate import target_of, validate


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
