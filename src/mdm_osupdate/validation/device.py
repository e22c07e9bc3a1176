"""The checks of commands against the device that would receive them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from mdm_osupdate.availability import Availability, look_up
from mdm_osupdate.device import Enrollment
from mdm_osupdate.errors import show
from mdm_osupdate.messages import (
    AvailableOSUpdatesItem,
    Command,
    InstallAction,
    Key,
    Message,
    OSUpdateStatusItem,
    Platform,
    RequestType,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateScanCommand,
    UpdateResultsItem,
    UpdatesItem,
    once_per_class,
)
from mdm_osupdate.versions import OSVersion, exists, exists_on, read_version

from .registry import (
    KnownDevice,
    Problem,
    Problems,
    check_class,
    check_support,
    check_supported_class,
    given,
    keys_of,
    target_of,
)

_ENFORCEMENT = "SoftwareUpdateEnforcementSpecific"
_ONE_UPDATE = (Platform.IOS, Platform.IPADOS, Platform.TVOS)
"""They install one update at a time, and download and install it by two commands."""
_UPGRADES_TAKE_ALL_ACTIONS = OSVersion("14")
_INSTEAD: Mapping[RequestType, str] = {
    RequestType.SCHEDULE_OS_UPDATE_SCAN: "Do not send it: devices scan for updates by themselves.",
    RequestType.AVAILABLE_OS_UPDATES: "Read what Apple offers from the Apple Software Lookup"
    " Service, https://gdmf.apple.com/v2/pmv, instead.",
    RequestType.OS_UPDATE_STATUS: "Subscribe to the status item softwareupdate.install-state"
    " instead.",
}
"""Replacements for commands that an enforcement does not replace."""


@check_class("OSU301", Command)
def platform_has_the_command(command: type[Command], device: KnownDevice) -> Problems:
    """Find a command that the platform never had."""
    if look_up(command.request_type, device.platform) is None:
        yield Problem("RequestType", f"{device.platform} does not support {command.request_type}")


@check_class("OSU302", Command)
def version_has_the_command(command: type[Command], device: KnownDevice) -> Problems:
    """Find a command that is newer than the device."""
    where = look_up(command.request_type, device.platform)
    if where is not None and device.os_version < where.introduced:
        message = f"{device} does not support {command.request_type}"
        yield Problem("RequestType", f"{message}, introduced in {where.introduced}")


@check_supported_class("OSU401", Command)
def command_is_current(
    command: type[Command], device: KnownDevice, where: Availability
) -> Problems:
    """Find a command that is deprecated."""
    if where.deprecated is not None and device.os_version >= where.deprecated:
        since = f"{device.platform} {where.deprecated}"
        message = f"{command.request_type} is deprecated since {since}"
        yield Problem("RequestType", message, _INSTEAD.get(command.request_type))


@check_class("OSU402", Command)
def command_is_not_removed(command: type[Command], device: KnownDevice) -> Problems:
    """Find a command that was removed."""
    where = look_up(command.request_type, device.platform)
    if where is not None and where.removed is not None and device.os_version >= where.removed:
        message = f"{device} does not support {command.request_type}, removed in {where.removed}"
        yield Problem("RequestType", message, _INSTEAD.get(command.request_type))


@check_supported_class("OSU403", Command)
def no_declaration_manages_updates(
    command: type[Command], device: KnownDevice, where: Availability
) -> Problems:
    """Find a command that an active declaration overrides."""
    # No source says what a declaration does to a scan.
    if issubclass(command, ScheduleOSUpdateScanCommand) or not device.availability(_ENFORCEMENT):
        return
    if device.declaration_managed:
        schedules = issubclass(command, ScheduleOSUpdateCommand)
        hint = "Read the status items softwareupdate.* instead: the response omits this update."
        message = "a declaration manages the updates of this device"
        yield Problem("RequestType", message, None if schedules else hint)


@check_supported_class("OSU310", Command)
def device_is_supervised(
    command: type[Command], device: KnownDevice, where: Availability
) -> Problems:
    """Find a device that is not supervised."""
    if where.supervised and not device.supervised:
        yield Problem("RequestType", f"{command.request_type} requires a supervised device")


@check_supported_class("OSU311", Command)
def channel_takes_it(command: type[Command], device: KnownDevice, where: Availability) -> Problems:
    """Find a command on the wrong channel."""
    if device.channel not in where.channels:
        message = f"{command.request_type} does not work on the {device.channel} channel"
        yield Problem("RequestType", message)


@check_supported_class("OSU312", Command)
def enrollment_allows_it(
    command: type[Command], device: KnownDevice, where: Availability
) -> Problems:
    """Find a command that User Enrollment does not allow."""
    if not where.user_enrollment and device.enrollment is Enrollment.USER:
        yield Problem("RequestType", f"User Enrollment does not allow {command.request_type}")


@check_supported_class("OSU313", Command)
def profile_gives_the_right(
    command: type[Command], device: KnownDevice, where: Availability
) -> Problems:
    """Find a command for which the MDM profile lacks a right."""
    right = where.access_right
    if right is None or device.is_user_enrolled:  # rights do not matter then: OSU312 reports it
        return
    if right not in device.access_rights:
        message = f"{command.request_type} requires the access right {right.name} ({int(right)})"
        yield Problem("RequestType", message)


@check_supported_class("OSU314", Command)
def nobody_is_logged_in(
    command: type[Command], device: KnownDevice, where: Availability
) -> Problems:
    """Find a Shared iPad, which rejects the command while a user is logged in."""
    if not where.shared_ipad:
        return
    # A device with iOS is an iPhone, unless it is said to be shared, or an iPad before iPadOS.
    may_be = device.platform is Platform.IPADOS or device.os_version < OSVersion("13")
    if device.shared_ipad if may_be else device.is_shared_ipad:
        message = f"a Shared iPad rejects {command.request_type} while a user is logged in"
        yield Problem("RequestType", message)


# -- keys and values -----------------------------------------------------------------------------

_SUBJECTS: Mapping[type[Message], str] = {
    ScheduleOSUpdateCommand: "ScheduleOSUpdate",
    ScheduleOSUpdateScanCommand: "ScheduleOSUpdateScan",
    UpdatesItem: "ScheduleOSUpdate.Updates[]",
    UpdateResultsItem: "ScheduleOSUpdate.UpdateResults[]",
    AvailableOSUpdatesItem: "AvailableOSUpdates.AvailableOSUpdates[]",
    OSUpdateStatusItem: "OSUpdateStatus.OSUpdateStatus[]",
}
"""The subjects of ``availability`` that message classes stand for."""


class Unsupported(NamedTuple):
    """A key, or a value of a key, that a device does not have."""

    key: Key
    value: str | None
    """``None`` if the device does not have the key itself."""
    introduced: OSVersion | None
    """The first version of the platform that has it, if any."""


class _KeyOnPlatform(NamedTuple):
    key: Key
    itself: Availability | None
    words: Mapping[Any, Availability | None]


@once_per_class
def _keys_on_platforms(cls: type[Message]) -> Mapping[Platform, tuple[_KeyOnPlatform, ...]]:
    def of(platform: Platform, key: Key) -> _KeyOnPlatform:
        words = list(key.kind) if issubclass(key.kind, Enum) else []
        return _KeyOnPlatform(
            key,
            look_up(f"{_SUBJECTS[cls]}.{key.name}", platform),
            {word: look_up(f"{key.kind.__name__}.{word.value}", platform) for word in words},
        )

    return {platform: tuple(of(platform, key) for key in keys_of(cls)) for platform in Platform}


def unsupported(part: Message, device: KnownDevice) -> Iterator[Unsupported]:
    """Find each key and value of a dictionary that the device does not have."""
    for key, itself, words in _keys_on_platforms(type(part))[device.platform]:
        value = getattr(part, key.attribute)
        if value is None and key.name not in part.unknown:  # where a wrong type has put it
            continue
        if itself is None or device.os_version < itself.introduced:
            yield Unsupported(key, None, itself.introduced if itself else None)
        elif value in words:
            of_word = words[value]
            if of_word is None or device.os_version < of_word.introduced:
                yield Unsupported(key, str(value), of_word.introduced if of_word else None)


@check_support("OSU303", UpdatesItem)
def device_has_keys_and_values(
    item: UpdatesItem, device: KnownDevice, where: Availability
) -> Problems:
    """Find keys and values that the platform (OSU303, 306) or version (304, 307) lacks."""
    for key, value, introduced in unsupported(item, device):
        name = key.name if value is None else f"{key.name} {show(value)}"
        if introduced is None:
            rule, message = "OSU303", f"{device.platform} does not support {name}"
        else:
            rule, message = (
                "OSU304",
                f"{device} does not support {name}, introduced in {introduced}",
            )
        if value is not None:
            rule = {"OSU303": "OSU306", "OSU304": "OSU307"}[rule]
        yield Problem(key.name, message, rule=rule)


@check_support("OSU305", UpdatesItem)
def minor_keys_go_with_minor_updates(
    item: UpdatesItem, device: KnownDevice, where: Availability
) -> Problems:
    """Find keys that have no effect on a major upgrade."""
    target = target_of(item)
    if target is None or target.major <= device.os_version.major:
        return
    keys = ("MaxUserDeferrals", item.max_user_deferrals), ("Priority", item.priority)
    for name, value in keys:
        if value is not None and look_up(f"ScheduleOSUpdate.Updates[].{name}", device.platform):
            yield Problem(name, f"{target} is a major upgrade from {device.os_version}")


@check_support("OSU319", UpdatesItem, on=(Platform.MACOS,))
def major_upgrades_take_one_action(
    item: UpdatesItem, device: KnownDevice, where: Availability
) -> Problems:
    """Find an action that an old Mac rejects for a major upgrade."""
    target, action = target_of(item), given(item.install_action)
    if (
        device.os_version < _UPGRADES_TAKE_ALL_ACTIONS
        and target is not None
        and target.major > device.os_version.major
        and action not in (None, InstallAction.INSTALL_ASAP)
    ):
        message = f"{target} is a major upgrade from {device.os_version}: expected InstallASAP"
        yield Problem("InstallAction", f"{message}, got {show(action)}")


@check_support("OSU213", UpdatesItem)
def platform_has_the_version(
    item: UpdatesItem, device: KnownDevice, where: Availability
) -> Problems:
    """Find a major version that other platforms have, but not this one."""
    version = read_version(item.product_version or "")
    if version is not None and is_of_another_platform(version, device.platform):
        message = f"{device.platform} {version} was never released"
        yield Problem("ProductVersion", message)


def is_of_another_platform(version: OSVersion, platform: Platform) -> bool:
    """Return whether a major version exists, but not on this platform."""
    return exists(version) and not exists_on(platform, version)


@check_support("OSU315", ScheduleOSUpdateCommand, on=_ONE_UPDATE)
def one_update_at_a_time(
    command: ScheduleOSUpdateCommand, device: KnownDevice, where: Availability
) -> Problems:
    """Find several updates for a device that installs one."""
    number = len(command.updates or ())
    if number > 1:
        yield Problem("Updates", f"{device.platform} installs one update, got {number}")


@check_support("OSU316", UpdatesItem)
def update_is_newer(item: UpdatesItem, device: KnownDevice, where: Availability) -> Problems:
    """Find a version that the device already has."""
    target = target_of(item)
    if target is not None and target <= device.os_version:
        key = "ProductVersion" if item.product_version is not None else "ProductKey"
        yield Problem(key, f"{target} is not newer than {device.os_version} on the device")


@check_supported_class("OSU317", ScheduleOSUpdateCommand)
def old_macs_are_automated(
    command: type[Command], device: KnownDevice, where: Availability
) -> Problems:
    """Find an old Mac that was not enrolled automatically."""
    if (
        device.platform is Platform.MACOS
        and device.os_version < OSVersion("10.14")
        and device.enrollment is Enrollment.DEVICE
    ):
        yield Problem("RequestType", f"{device} may require Automated Device Enrollment")


@check_support("OSU318", UpdatesItem, on=_ONE_UPDATE)
def download_is_followed_by_install(
    item: UpdatesItem, device: KnownDevice, where: Availability
) -> Problems:
    """Find an action that downloads and does not install."""
    if item.install_action == InstallAction.DOWNLOAD_ONLY:
        yield Problem("InstallAction", "DownloadOnly does not install")
