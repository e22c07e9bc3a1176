"""The minimum version at enrollment."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from mdm_osupdate.availability import is_available
from mdm_osupdate.declarations import SoftwareUpdateRequired, SoftwareUpdateRequiredDetails
from mdm_osupdate.device import Device
from mdm_osupdate.errors import InvalidVersionError
from mdm_osupdate.inventory import read_device
from mdm_osupdate.messages import Platform
from mdm_osupdate.releases import Releases
from mdm_osupdate.versions import OSVersion, is_at, read_version

Minimum = SoftwareUpdateRequiredDetails | OSVersion | str
"""The minimum version of a platform. With details, also a build or a beta program."""


def minimum_version(
    machine_info: Mapping[str, Any],
    policy: Mapping[str, Minimum],
    *,
    releases: Releases | None = None,
    on: dt.date | None = None,
) -> SoftwareUpdateRequired | None:
    """Decide whether a device must update before it enrolls, and to which version.

    With ``releases``, only updates that Apple offers for the device are required: the minimum, or
    else the oldest newer version. Macs before macOS 15 can only be required to install security
    responses and updates that Apple also offers to users. Without ``releases``, keep to these.

    Args:
        machine_info: the ``MachineInfo`` of the device's request for its enrollment profile.
        policy: the minimum version of each platform. The minimum of iPadOS defaults to that of
            iOS. A platform without a minimum needs no update.
        releases: the releases that Apple offers, to require only existing updates.
        on: the day. Required with ``releases``.

    Returns:
        The body of the HTTP 403 response, or ``None`` to let the device enroll because it has the
        version, does not support required updates, or is offered no such update.

    Raises:
        ValueError: ``machine_info`` lacks the product or the version, or a version in ``policy``
            is not valid.
        TypeError: ``releases`` without ``on``.
    """
    if releases is not None and on is None:
        raise TypeError("releases need a day: give on")
    device = read_device(machine_info)
    details = _minimum(device.platform, policy)
    if details is None or machine_info.get("MDM_CAN_REQUEST_SOFTWARE_UPDATE") is not True:
        return None
    key = "" if details.require_beta_program is None else ".details.RequireBetaProgram"
    if not is_available(f"SoftwareUpdateRequired{key}", device) or _meets(device, details):
        return None
    # Seeds are not among the releases.
    if releases is not None and on is not None and details.require_beta_program is None:
        return _offered(details, device, releases, on)
    return SoftwareUpdateRequired(details=details)


def _minimum(
    platform: Platform, policy: Mapping[str, Minimum]
) -> SoftwareUpdateRequiredDetails | None:
    minimum = policy.get(platform)
    if minimum is None and platform is Platform.IPADOS:
        minimum = policy.get(Platform.IOS)
    if minimum is None:
        return None
    if not isinstance(minimum, SoftwareUpdateRequiredDetails):
        minimum = SoftwareUpdateRequiredDetails(os_version=str(minimum))
    if read_version(minimum.os_version) is None:
        raise InvalidVersionError(minimum.os_version)
    return minimum


def _meets(device: Device, details: SoftwareUpdateRequiredDetails) -> bool:
    target = OSVersion(details.os_version)
    return is_at(target, details.build_version, device.os_version, device.build) is True


def _offered(
    details: SoftwareUpdateRequiredDetails, device: Device, releases: Releases, on: dt.date
) -> SoftwareUpdateRequired | None:
    if not releases.knows(device):
        return SoftwareUpdateRequired(details=details)
    only_public = device.platform is Platform.MACOS and device.os_version < OSVersion("15")
    target = OSVersion(details.os_version)
    offered = [
        (release.full_version, release)
        for release in (
            *releases.for_device(device, on=on),
            *releases.security_responses(device, on=on),
        )
        if release.public or release.extra or not only_public
    ]
    enough = [
        (version, release)
        for version, release in offered
        if is_at(target, details.build_version, version, release.build)
    ]
    if not enough:
        return None
    version, release = min(enough, key=lambda pair: pair[0])
    if version != target:
        build = release.build if release.extra else None
        details = SoftwareUpdateRequiredDetails(os_version=str(version), build_version=build)
    return SoftwareUpdateRequired(details=details)
