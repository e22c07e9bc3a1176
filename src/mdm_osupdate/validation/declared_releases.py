"""The checks of declarations against what Apple offers."""

from __future__ import annotations

import datetime as dt

from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific as Enforcement
from mdm_osupdate.device import Device
from mdm_osupdate.releases import Releases
from mdm_osupdate.versions import is_response_build, read_version

from .registry import Problems, UndecidedError, check_releases, given
from .releases import (
    Case,
    Target,
    case_of,
    is_reachable,
    unless_installable,
    unless_newest,
    unless_offered,
)


def _of_enforcement(
    enforcement: Enforcement, device: Device, releases: Releases | None, on: dt.date
) -> Case | None:
    """Return the case of a declaration, or ``None`` if there is nothing to check.

    Raises:
        UndecidedError: a fact is unknown.
    """
    target = Target(
        version=read_version(given(enforcement.target_os_version) or ""),
        build=enforcement.target_build_version,
        version_at="TargetOSVersion",
        build_at="TargetBuildVersion",
        subject="SoftwareUpdateEnforcementSpecific",
    )
    if target.version is None or not is_reachable(target, device):
        return None
    if releases is None:
        raise UndecidedError("releases")
    return case_of(target, device, releases, on)


@check_releases("OSU660", Enforcement)
def enforced_version_is_offered(
    enforcement: Enforcement, device: Device, releases: Releases | None, on: dt.date
) -> Problems:
    """Find a version that the device is not offered, or only with another build."""
    yield from unless_offered(_of_enforcement(enforcement, device, releases, on))


@check_releases("OSU661", Enforcement)
def enforced_version_is_the_newest(
    enforcement: Enforcement, device: Device, releases: Releases | None, on: dt.date
) -> Problems:
    """Find a version that is offered while a newer one of the same major version is, too."""
    yield from unless_newest(_of_enforcement(enforcement, device, releases, on))


@check_releases("OSU663", Enforcement)
def enforced_response_has_its_base(
    enforcement: Enforcement, device: Device, releases: Releases | None, on: dt.date
) -> Problems:
    """Find a security response for a device that does not have what it is installed on."""
    if releases is not None and is_response_build(enforcement.target_build_version or ""):
        case = _of_enforcement(enforcement, device, releases, on)
        yield from unless_installable(case, brings_base=True)
