"""The checks against what Apple offers."""

from __future__ import annotations

import datetime as dt

from mdm_osupdate.availability import is_available
from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific as Enforcement
from mdm_osupdate.device import Device
from mdm_osupdate.releases import Release, Releases
from mdm_osupdate.versions import OSVersion, read_version

from .registry import Problem, Problems, UndecidedError, check_releases, given


def _offered(device: Device, releases: Releases | None, on: dt.date) -> tuple[Release, ...]:
    """Return the releases that a device is offered, security responses included.

    Raises:
        UndecidedError: it is unknown.
    """
    if releases is None:
        raise UndecidedError("releases")
    if not releases.knows(device):
        raise UndecidedError("model")
    return (*releases.for_device(device, on=on), *releases.security_responses(device, on=on))


def _target(declaration: Enforcement, device: Device) -> OSVersion | None:
    """Return the target; None if another rule says that the device cannot get there."""
    target = read_version(given(declaration.target_os_version) or "")
    if target is None or target.extra or target < device.os_version:
        return None
    return target if is_available("SoftwareUpdateEnforcementSpecific", device) else None


@check_releases("OSU660", Enforcement)
def version_is_offered(
    declaration: Enforcement, device: Device, releases: Releases | None, on: dt.date
) -> Problems:
    """Find a version that the device is not offered, or only with another build."""
    target, build = _target(declaration, device), declaration.target_build_version
    if target is None:
        return
    builds = [each.build for each in _offered(device, releases, on) if each.version == target]
    if not builds:
        message = f"Apple does not offer {target} for this device on {on}"
        yield Problem("TargetOSVersion", message)
    elif build is not None and build not in builds:
        message = f"expected {' or '.join(builds)} for {target} on this device, got {build!r}"
        yield Problem("TargetBuildVersion", message, rule="OSU662")


@check_releases("OSU661", Enforcement)
def version_is_the_newest(
    declaration: Enforcement, device: Device, releases: Releases | None, on: dt.date
) -> Problems:
    """Find a version that is offered while a newer one of the same major version is, too."""
    target = _target(declaration, device)
    if target is None:
        return
    versions = [each.version for each in _offered(device, releases, on)]
    newest = max((each for each in versions if each.major == target.major), default=target)
    if target in versions and newest > target:
        yield Problem("TargetOSVersion", f"Apple offers {newest}, which is newer than {target}")
