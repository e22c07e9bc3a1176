"""The messages of a plan."""

from mdm_osupdate.availability import BASE_INCLUDED_SINCE, is_available
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific
from mdm_osupdate.device import Device
from mdm_osupdate.messages import (
    AvailableOSUpdatesCommand,
    Command,
    InstallAction,
    Platform,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateScanCommand,
    UpdatesItem,
)
from mdm_osupdate.versions import OSVersion

from .goal import Goal, UnreachableError


def enforcement(goal: Goal) -> SoftwareUpdateEnforcementSpecific:
    """Create the declaration of a goal."""
    version = goal.version.base
    marks = [str(version)]
    if goal.build:  # a security response and its base have the same version
        marks.append(goal.build)
    if goal.is_relative:  # a version may have been posted on different days
        marks.append(goal.deadline[:10])
    return SoftwareUpdateEnforcementSpecific(
        identifier=f"softwareupdate.enforcement.{'.'.join(marks)}" if marks[1:] else None,
        target_os_version=str(version),
        target_build_version=goal.build,
        target_local_date_time=goal.deadline,
    )


def enforcements(device: Device, goal: Goal) -> tuple[SoftwareUpdateEnforcementSpecific, ...]:
    """Create the declarations that bring a device to a goal: two for some security responses.

    Raises:
        UnreachableError: the goal is a security response whose build is unknown.
    """
    if goal.is_response and goal.build is None:
        raise UnreachableError(
            "declarations identify a security response by its build, which is unknown",
            f"Give the build of {goal.version}, such as 25D771280a.",
        )
    since = BASE_INCLUDED_SINCE.get(device.platform)
    one = since is None or device.os_version >= since or device.os_version >= goal.version.base
    if one or not goal.is_response:
        return (enforcement(goal),)
    return (enforcement(goal.base()), enforcement(goal))


def supports_product_version(device: Device) -> bool:
    """Return whether a device supports ProductVersion in ScheduleOSUpdate."""
    return is_available("ScheduleOSUpdate.Updates[].ProductVersion", device)


def schedule(device: Device, version: OSVersion) -> ScheduleOSUpdateCommand:
    """Create the command that updates a device to a version."""
    mac = device.platform is Platform.MACOS
    action = InstallAction.INSTALL_ASAP if mac else InstallAction.DEFAULT
    if supports_product_version(device):
        item = UpdatesItem(install_action=action, product_version=str(version))
    else:
        item = UpdatesItem(install_action=action, product_key="from AvailableOSUpdates")
    return ScheduleOSUpdateCommand([item])


def request_list(device: Device) -> tuple[Command, ...]:
    """Create the commands that request the list of available updates. A Mac scans first."""
    scan = (ScheduleOSUpdateScanCommand(force=True),) if device.platform is Platform.MACOS else ()
    return (*scan, AvailableOSUpdatesCommand())
