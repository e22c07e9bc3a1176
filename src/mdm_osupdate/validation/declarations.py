"""The checks of declarations."""

from __future__ import annotations

import re

from mdm_osupdate.availability import Availability, look_up
from mdm_osupdate.declarations import Declaration, SoftwareUpdateSettings
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific as Enforcement
from mdm_osupdate.device import Enrollment
from mdm_osupdate.errors import show
from mdm_osupdate.messages import Command, InstallAction
from mdm_osupdate.versions import OSVersion, read_version

from .registry import (
    KnownDevice,
    Problem,
    Problems,
    check,
    check_command,
    check_device,
    check_support,
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
        yield Problem("TargetOSVersion", f"invalid version {show(text)}")


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
    if build is not None and not re.fullmatch(r"[0-9]{1,3}[A-Z][0-9]{1,7}[a-z]?", build):
        yield Problem("TargetBuildVersion", f"expected a build such as 23B74, got {show(build)}")


@check_device("OSU620", Enforcement, SoftwareUpdateSettings)
def platform_has_the_declaration(declaration: Declaration, device: KnownDevice) -> Problems:
    """Find a declaration that the platform does not have."""
    if look_up(str(subject_of(declaration)), device.platform) is None:
        yield Problem("", f"{device.platform} does not support {declaration.declaration_type}")


@check_device("OSU621", Enforcement, SoftwareUpdateSettings)
def version_has_the_declaration(declaration: Declaration, device: KnownDevice) -> Problems:
    """Find a declaration that is newer than the device."""
    where = look_up(str(subject_of(declaration)), device.platform)
    if where is not None and device.os_version < where.introduced:
        message = f"{device} does not support {declaration.declaration_type}"
        yield Problem("", f"{message}, introduced in {where.introduced}")


@check_support("OSU622", Enforcement, SoftwareUpdateSettings)
def mac_is_supervised(_: Declaration, device: KnownDevice, where: Availability) -> Problems:
    """Find a device that must be supervised for the declaration and is not."""
    if where.supervised and not device.supervised:
        yield Problem("", f"the declaration requires supervision on {device.platform}")


@check_support("OSU623", Enforcement, SoftwareUpdateSettings)
def scope_is_the_system(_: Declaration, device: KnownDevice, where: Availability) -> Problems:
    """Find a declaration on the wrong channel."""
    if device.channel not in where.channels:
        yield Problem("", f"the declaration does not work on the {device.channel} channel")


@check_support("OSU624", Enforcement, SoftwareUpdateSettings)
def enrollment_allows_the_declaration(
    _: Declaration, device: KnownDevice, where: Availability
) -> Problems:
    """Find a declaration that User Enrollment does not allow."""
    if not where.user_enrollment and device.enrollment is Enrollment.USER:
        yield Problem("", "User Enrollment does not allow the declaration")


@check_support("OSU625", Enforcement)
def target_is_newer(declaration: Enforcement, device: KnownDevice, where: Availability) -> Problems:
    """Find a version that the device already has."""
    target = _target(declaration)
    if target is not None and target <= device.os_version:
        message = f"{target} is not newer than {device.os_version} on the device"
        yield Problem("TargetOSVersion", message)


@check_support("OSU626", Enforcement)
def base_is_installed(
    declaration: Enforcement, device: KnownDevice, where: Availability
) -> Problems:
    """Find a security response for a device that lacks its base version."""
    target = _target(declaration)
    if target is not None and target.extra and device.os_version < target.base:
        message = f"{target} installs on {target.base} only, but the device has"
        yield Problem("TargetOSVersion", f"{message} {device.os_version}")


# -- the command that is replaced ----------------------------------------------------------------


@check_command("OSU410", Enforcement)
def all_is_carried_over(declaration: Enforcement, command: Command) -> Problems:
    """Find what the command says and the declaration cannot."""
    if command.request_requires_network_tether:
        yield Problem("", "the command requires a network tether; a declaration cannot")
    items = updates_of(command)
    for item in items:
        if item.install_action in (InstallAction.NOTIFY_ONLY, InstallAction.DOWNLOAD_ONLY):
            message = f"the command says {item.install_action}; a declaration always installs"
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
    """Find another version than the command asks for."""
    target = _target(declaration)
    targets = {target for target in map(target_of, updates_of(command)) if target is not None}
    if targets and target is not None and target not in targets:
        requested = " or ".join(sorted(map(str, targets)))
        message = (
            f"expected {requested}, as in the command, got {show(declaration.target_os_version)}"
        )
        yield Problem("TargetOSVersion", message)
