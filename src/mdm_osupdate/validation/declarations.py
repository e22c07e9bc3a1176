"""The checks of declarations."""

from __future__ import annotations

import datetime as dt
import re

from mdm_osupdate.availability import BASE_INCLUDED_SINCE, Availability, look_up
from mdm_osupdate.codec import closest, placeholder_hint
from mdm_osupdate.declarations import (
    Declaration,
    ManagementStatusSubscriptions,
    SoftwareUpdateSettings,
    SubscribedStatusItem,
)
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific as Enforcement
from mdm_osupdate.device import Enrollment
from mdm_osupdate.errors import show
from mdm_osupdate.messages import Command, InstallAction
from mdm_osupdate.versions import (
    OSVersion,
    exists,
    is_at,
    is_build,
    is_response_build,
    read_version,
)

from .device import is_of_another_platform
from .registry import (
    KnownDevice,
    Problem,
    Problems,
    UndecidedError,
    check,
    check_class,
    check_command,
    check_support,
    check_supported_class,
    check_time,
    given,
    subject_of,
    target_of,
    updates_of,
)


def _target(declaration: Enforcement) -> OSVersion | None:
    return read_version(given(declaration.target_os_version) or "")


@check("OSU610", Enforcement)
def target_is_a_version(declaration: Enforcement) -> Problems:
    """Find a TargetOSVersion that is not a version."""
    text = given(declaration.target_os_version)
    if text is not None and read_version(text) is None:
        yield Problem("TargetOSVersion", f"invalid version {show(text)}", placeholder_hint(text))


@check("OSU614", Enforcement)
def target_has_no_letter(declaration: Enforcement) -> Problems:
    """Find the letter of a security response in TargetOSVersion."""
    target = _target(declaration)
    if target is not None and target.extra:
        message = f"expected a version without a letter, got {show(str(target))}"
        build = declaration.target_build_version or "the build of the response"
        hint = f"Write {target.base}, and {build} in TargetBuildVersion."
        yield Problem("TargetOSVersion", message, hint)


@check("OSU615", Enforcement)
def target_has_no_trailing_zero(declaration: Enforcement) -> Problems:
    """Find a version such as 26.1.0, which Apple calls 26.1."""
    target = _target(declaration)
    if target is not None and re.fullmatch(r"[0-9]+\.[0-9]+\.0", str(target.base)):
        short = str(target.base).removesuffix(".0")
        yield Problem("TargetOSVersion", f"expected {short}, got {target}", f"Write {short}.")


@check("OSU616", Enforcement)
def target_was_released(declaration: Enforcement) -> Problems:
    """Find a major version that no platform has."""
    target = _target(declaration)
    if target is not None and not exists(target):
        yield Problem("TargetOSVersion", f"version {target} was never released")


@check_support("OSU616", Enforcement)
def platform_has_the_target(
    declaration: Enforcement, device: KnownDevice, where: Availability
) -> Problems:
    """Find a major version that other platforms have, but not this one."""
    target = _target(declaration)
    if target is not None and is_of_another_platform(target, device.platform):
        yield Problem("TargetOSVersion", f"{device.platform} {target} was never released")


@check_time("OSU617", Enforcement)
def deadline_is_ahead(declaration: Enforcement, now: dt.datetime | None) -> Problems:
    """Find a deadline that has passed."""
    deadline = given(declaration.target_local_date_time)
    if deadline is None:
        return
    if now is None:
        raise UndecidedError("now")
    if now.tzinfo is not None:  # in the last time zone in which a day ends
        now = now.astimezone(_LAST_ZONE).replace(tzinfo=None)
    if deadline.datetime <= now:
        yield Problem("TargetLocalDateTime", f"the deadline {deadline} has passed")


_LAST_ZONE = dt.timezone(dt.timedelta(hours=-12))


@check("OSU612", Enforcement)
def details_are_on_the_web(declaration: Enforcement) -> Problems:
    """Find a DetailsURL that is not the address of a web page."""
    url = declaration.details_url
    if url is not None and not re.match(r"https?://[^/\s]+", url, re.IGNORECASE):
        yield Problem("DetailsURL", f"expected an http or https URL, got {show(url)}")


@check("OSU613", Enforcement)
def build_is_a_build(declaration: Enforcement) -> Problems:
    """Find a TargetBuildVersion that is not a build."""
    build = declaration.target_build_version
    if build is not None and not is_build(build):
        yield Problem("TargetBuildVersion", f"expected a build such as 23B74, got {show(build)}")


_OTHER_ITEMS = ("device.operating-system.family", "device.operating-system.marketing-name")


@check("OSU618", SubscribedStatusItem)
def status_item_exists(item: SubscribedStatusItem) -> Problems:
    """Find a misspelled status item about software updates or the system."""
    name = given(item.name)
    subscription = ManagementStatusSubscriptions.for_software_updates()
    known = (*(each.name for each in subscription.status_items), *_OTHER_ITEMS)
    if name is None or name in known:
        return
    near = closest(name, known, cutoff=0.9)
    if near or name.startswith("softwareupdate."):
        hint = f"Did you mean {near}?" if near else placeholder_hint(name)
        yield Problem("Name", f"unknown status item {show(name)}", hint)


@check_class("OSU620", Enforcement, SoftwareUpdateSettings)
def platform_has_the_declaration(declaration: type[Declaration], device: KnownDevice) -> Problems:
    """Find a declaration that the platform does not have."""
    if look_up(str(subject_of(declaration)), device.platform) is None:
        yield Problem("", f"{device.platform} does not support {declaration.declaration_type}")


@check_class("OSU621", Enforcement, SoftwareUpdateSettings)
def version_has_the_declaration(declaration: type[Declaration], device: KnownDevice) -> Problems:
    """Find a declaration that is newer than the device."""
    where = look_up(str(subject_of(declaration)), device.platform)
    if where is not None and device.os_version < where.introduced:
        message = f"{device} does not support {declaration.declaration_type}"
        yield Problem("", f"{message}, introduced in {where.introduced}")


@check_supported_class("OSU622", Enforcement, SoftwareUpdateSettings)
def mac_is_supervised(_: type[Declaration], device: KnownDevice, where: Availability) -> Problems:
    """Find a device that must be supervised for the declaration and is not."""
    if where.supervised and not device.supervised:
        yield Problem("", f"the declaration requires supervision on {device.platform}")


@check_supported_class("OSU623", Enforcement, SoftwareUpdateSettings)
def scope_is_the_system(_: type[Declaration], device: KnownDevice, where: Availability) -> Problems:
    """Find a declaration on the wrong channel."""
    if device.channel not in where.channels:
        yield Problem("", f"the declaration does not work on the {device.channel} channel")


@check_supported_class("OSU624", Enforcement, SoftwareUpdateSettings)
def enrollment_allows_the_declaration(
    _: type[Declaration], device: KnownDevice, where: Availability
) -> Problems:
    """Find a declaration that User Enrollment does not allow."""
    if not where.user_enrollment and device.enrollment is Enrollment.USER:
        yield Problem("", "User Enrollment does not allow the declaration")


@check_support("OSU625", Enforcement)
def target_is_newer(declaration: Enforcement, device: KnownDevice, where: Availability) -> Problems:
    """Find a target that the device has already reached."""
    target = _target(declaration)
    if target is None:
        return
    build = declaration.target_build_version
    reached = is_at(target, build, device.os_version, device.build)
    if reached is None:
        raise UndecidedError("build")
    if reached:
        has = f"{device.os_version} on the device"
        yield Problem("TargetOSVersion", f"{_named(target, build)} is not newer than {has}")


def _named(target: OSVersion, build: str | None) -> str:
    return f"{target} ({build})" if build and is_response_build(build) else str(target)


@check_support("OSU626", Enforcement)
def base_is_installed(
    declaration: Enforcement, device: KnownDevice, where: Availability
) -> Problems:
    """Find a security response for a device that needs its base version first."""
    target = _target(declaration)
    since = BASE_INCLUDED_SINCE.get(device.platform)
    if target is None or since is None or device.os_version >= since:
        return
    response = target.extra or is_response_build(declaration.target_build_version or "")
    if response and device.os_version < target.base:
        message = f"{_named(target, declaration.target_build_version)} installs only on"
        yield Problem("TargetOSVersion", f"{message} {target.base}, got {device}")


# -- the command that is replaced ----------------------------------------------------------------


@check_command("OSU410", Enforcement)
def all_is_carried_over(declaration: Enforcement, command: Command) -> Problems:
    """Find parts of the command that the declaration cannot express."""
    if command.request_requires_network_tether:
        yield Problem("", "the command requires a network tether; a declaration cannot")
    items = updates_of(command)
    for item in items:
        if item.install_action in (InstallAction.NOTIFY_ONLY, InstallAction.DOWNLOAD_ONLY):
            message = f"the command has {item.install_action}; a declaration always installs"
            yield Problem("", message)
        if item.max_user_deferrals is not None:
            message = f"the command allows {show(item.max_user_deferrals)} deferrals"
            yield Problem("TargetLocalDateTime", f"{message}; a declaration has a deadline instead")
        if item.priority is not None:
            message = f"the command has Priority {show(item.priority)}; a declaration has none"
            yield Problem("", message)
    targets = {str(target) for target in map(target_of, items) if target is not None}
    others = sorted(targets - {declaration.target_os_version})
    if others and declaration.target_os_version in targets:
        message = f"the command also schedules {' and '.join(others)}"
        yield Problem("TargetOSVersion", message, "Send a declaration for each.")


@check_command("OSU411", Enforcement)
def target_is_as_requested(declaration: Enforcement, command: Command) -> Problems:
    """Find a version other than the one that the command requests."""
    target = _target(declaration)
    targets = {target for target in map(target_of, updates_of(command)) if target is not None}
    if targets and target is not None and target not in targets:
        requested = " or ".join(sorted(map(str, targets)))
        message = (
            f"expected {requested}, as in the command, got {show(declaration.target_os_version)}"
        )
        yield Problem("TargetOSVersion", message)
