"""Strategies for declarations and status reports."""

from typing import Any

from hypothesis.strategies import SearchStrategy

from mdm_osupdate.declarations import SoftwareUpdateEnforcementSpecific, StatusReport
from mdm_osupdate.device import Device
from mdm_osupdate.validation import validate
from mdm_osupdate.versions import LocalDateTime

from .building import built
from .values import os_versions


def declarations(
    *, device: Device | None = None, **attributes: SearchStrategy[Any]
) -> SearchStrategy[SoftwareUpdateEnforcementSpecific]:
    """Generate enforcements of a version in which ``validate`` finds no error.

    Args:
        device: only declarations that this device accepts, of versions newer than its own.
        attributes: strategies that replace those of attributes.

    Raises:
        ValueError: the device supports no declarations.

    Example:
        >>> found = find(osus.declarations(device=osu.Device("iOS", "17.0")), bool)
        >>> found.target_os_version, str(found.target_local_date_time)
        ('17.5', '2000-01-01T00:00:00')
    """
    if device is None:
        return built(SoftwareUpdateEnforcementSpecific, **attributes)
    newer = os_versions(str(device.os_version), "40.0", platform=device.platform).map(str)
    made = built(SoftwareUpdateEnforcementSpecific, **{"target_os_version": newer} | attributes)
    example = SoftwareUpdateEnforcementSpecific(
        target_os_version="40.0", target_local_date_time=LocalDateTime("2026-01-01T12:00:00")
    )
    if not validate(example, device).ok:
        raise ValueError(f"{device} supports no declarations")
    return made.filter(lambda declaration: not validate(declaration, device).findings)


def status_reports(**attributes: SearchStrategy[Any]) -> SearchStrategy[StatusReport]:
    """Generate reports with any of the status items of software updates.

    Args:
        attributes: strategies that replace those of attributes.

    Example:
        >>> find(osus.status_reports(), lambda report: osu.validate(report).ok)
        StatusReport(status_items=StatusItems())
    """
    return built(StatusReport, **attributes)
