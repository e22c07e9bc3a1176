"""The checks of several declarations that a device has at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from mdm_osupdate.device import Device
from mdm_osupdate.errors import Finding
from mdm_osupdate.messages import Message
from mdm_osupdate.rules import RULES

if TYPE_CHECKING:
    from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific as Enforcement


def check_together(
    messages: Sequence[Message], device: Device | None = None
) -> tuple[tuple[Finding, ...], ...]:
    """Check declarations that a device has at the same time.

    Of declarations with the same identifier, a device keeps the last one.

    Args:
        messages: the declarations, in any order. Only enforcements have findings.
        device: the device. Targets that it already has do not count.

    Returns:
        The findings of each message, in the order of ``messages``. They are only about what the
        declarations do together; ``validate`` checks each of them alone.
    """
    # Imported lazily: single messages do not need them.
    from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific as Enforcement
    from mdm_osupdate.declarations import enforcement_order

    last = {each.identifier: each for each in messages if isinstance(each, Enforcement)}
    version, build = (device.os_version, device.build) if device is not None else (None, None)
    order = enforcement_order(last.values(), version, build)
    found: dict[int, list[Finding]] = {id(each): [] for each in messages}
    for each in order.superseded:
        found[id(each)] += _superseded(each, order.in_force)
    for each, finding in _equal_deadlines(order.in_force):
        found[id(each)].append(finding)
    return tuple(tuple(found[id(each)]) for each in messages)


def _superseded(each: Enforcement, in_force: Sequence[Enforcement]) -> Iterator[Finding]:
    deadline = each.target_local_date_time
    other = [one for one in in_force if one.target_local_date_time <= deadline][-1]
    if each.target_os_version == other.target_os_version:
        return  # for another platform, or a harmless duplicate
    message = (
        f"{each.target_os_version} never comes into force: {other.identifier} enforces "
        f"{other.target_os_version} by {other.target_local_date_time}"
    )
    yield RULES["OSU651"].finding("Payload.TargetOSVersion", message)


def _equal_deadlines(in_force: Sequence[Enforcement]) -> Iterator[tuple[Enforcement, Finding]]:
    for one, other in pairwise(in_force):
        if one.target_local_date_time == other.target_local_date_time:
            message = f"the deadline is also that of {one.identifier} for {one.target_os_version}"
            yield other, RULES["OSU650"].finding("Payload.TargetLocalDateTime", message)
