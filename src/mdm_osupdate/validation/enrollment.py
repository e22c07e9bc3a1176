"""The checks of updates that are required at enrollment."""

from __future__ import annotations

from mdm_osupdate.availability import look_up
from mdm_osupdate.declarations import (
    REQUIRED,
    SoftwareUpdateRequired,
    SoftwareUpdateRequiredDetails,
)
from mdm_osupdate.errors import show
from mdm_osupdate.versions import is_at, is_build, read_version

from .registry import KnownDevice, Problem, Problems, check, check_device, given


@check("OSU640", SoftwareUpdateRequired)
def code_is_known(required: SoftwareUpdateRequired) -> Problems:
    """Find a code other than that of a required update."""
    code = given(required.code)
    if code is not None and code != REQUIRED:
        yield Problem("code", f"unknown code {show(code)}")


@check("OSU641", SoftwareUpdateRequiredDetails)
def version_and_build_are_valid(details: SoftwareUpdateRequiredDetails) -> Problems:
    """Find an OSVersion that is not a version and a BuildVersion that is not a build."""
    version, build = given(details.os_version), details.build_version
    if version is not None and read_version(version) is None:
        yield Problem("OSVersion", f"invalid version {show(version)}")
    if build is not None and not is_build(build):
        yield Problem("BuildVersion", f"expected a build such as 25B78, got {show(build)}")


@check_device("OSU642", SoftwareUpdateRequired)
def device_supports_it(required: SoftwareUpdateRequired, device: KnownDevice) -> Problems:
    """Find a device that does not support required updates, or beta programs in them."""
    details = given(required.details)
    has_program = details is not None and details.require_beta_program is not None
    names = {"": "SoftwareUpdateRequired"}
    if has_program:
        names["details.RequireBetaProgram"] = "SoftwareUpdateRequired.details.RequireBetaProgram"
    for at, name in names.items():
        where = look_up(name, device.platform)
        what = name.rpartition(".")[2]
        if where is None:
            yield Problem(at, f"{device.platform} does not support {what}")
            return
        if device.os_version < where.introduced:
            yield Problem(at, f"{device} does not support {what}, introduced in {where.introduced}")
            return


@check_device("OSU643", SoftwareUpdateRequired)
def required_version_is_newer(required: SoftwareUpdateRequired, device: KnownDevice) -> Problems:
    """Find a device that already has the version."""
    details = given(required.details)
    target = None if details is None else read_version(given(details.os_version) or "")
    if details is None or target is None:
        return
    if is_at(target, details.build_version, device.os_version, device.build):
        message = f"{target} is not newer than {device.os_version} on the device"
        yield Problem("details.OSVersion", message)
