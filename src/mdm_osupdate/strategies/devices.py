"""Strategies for devices."""

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mdm_osupdate.availability import is_available
from mdm_osupdate.device import AccessRights, Channel, Device, Enrollment, to_platform
from mdm_osupdate.messages import Platform, RequestType
from mdm_osupdate.versions import OSVersion

from .values import os_versions

_FIRST_VERSION: Mapping[Platform, str] = {
    Platform.MACOS: "10.11",
    Platform.TVOS: "12.0",
    Platform.VISIONOS: "1.0",
    Platform.WATCHOS: "3.0",
}
_TURNING_POINTS = [
    (platform, OSVersion(version))
    for platform, versions in {
        Platform.IOS: ("17.0", "26.0", "27.0"),
        Platform.IPADOS: ("17.0", "26.0", "27.0"),
        Platform.MACOS: ("14.0", "26.0", "27.0"),
        Platform.TVOS: ("18.4", "26.0", "27.0"),
        Platform.VISIONOS: ("26.0",),
    }.items()
    for version in versions
]
"""The versions with which declarations came, and commands were deprecated and removed."""


def devices(
    *,
    platform: Platform | str | None = None,
    os_version: SearchStrategy[OSVersion] | None = None,
    request_type: RequestType | str | None = None,
) -> SearchStrategy[Device]:
    """Generate devices of any kind. Unknown properties are ``None``.

    Most of them support a command, if the platform has any and the version is not restricted. Of
    the devices of all platforms, 40 % have the versions with which declarations came, or commands
    were deprecated or removed.

    Args:
        platform: of this platform only.
        os_version: of these versions only.
        request_type: only devices that support this command.

    Raises:
        ValueError: the platform does not have the command.

    Example:
        >>> str(find(osus.devices(platform="tvOS"), lambda device: device.supervised).os_version)
        '12.0'
    """
    platforms = list(Platform) if platform is None else [to_platform(platform)]
    kinds = list(RequestType) if request_type is None else [RequestType(request_type)]
    supporting = [
        _devices_that_support(kind, of, os_version)
        for kind in kinds
        for of in platforms
        if is_available(str(kind), Device(of, "26.0"))
    ]
    if request_type is not None:
        if not supporting:
            raise ValueError(f"{platform} has no {request_type}")
        return st.one_of(supporting)
    if os_version is not None or not supporting:
        return _devices(platforms, os_version)
    of_any_kind = _devices(platforms, os_version)
    if platform is not None:
        return _one_of([(4, st.one_of(supporting)), (1, of_any_kind)])
    turning = st.sampled_from(_TURNING_POINTS).flatmap(lambda point: _capable(*point))
    return _one_of([(5, st.one_of(supporting)), (4, turning), (1, of_any_kind)])


@st.composite
def _one_of(draw: DrawFn, weighted: Sequence[tuple[int, SearchStrategy[Device]]]) -> Device:
    return draw(draw(st.sampled_from([s for weight, s in weighted for _ in range(weight)])))


@st.composite
def _devices(
    draw: DrawFn, platforms: Sequence[Platform], os_version: SearchStrategy[OSVersion] | None
) -> Device:
    of = draw(st.sampled_from(platforms))
    if os_version is None:
        os_version = os_versions(_FIRST_VERSION.get(of, "9.0"), platform=of)
    return Device(
        of,
        draw(os_version),
        supervised=draw(st.none() | st.booleans()),
        enrollment=draw(st.none() | st.sampled_from(Enrollment)),
        channel=draw(st.sampled_from([Channel.DEVICE, Channel.DEVICE, Channel.USER])),
        shared_ipad=draw(st.none() | st.booleans()) if of is Platform.IPADOS else None,
        access_rights=draw(st.none() | st.integers(0, 8191).map(AccessRights)),
        declaration_managed=draw(st.none() | st.booleans()),
    )


def _devices_that_support(
    request_type: RequestType, platform: Platform, os_version: SearchStrategy[OSVersion] | None
) -> SearchStrategy[Device]:
    if os_version is None:
        os_version = os_versions(_FIRST_VERSION.get(platform, "9.0"), "26.9", platform=platform)
    supporting = os_version.filter(lambda v: is_available(str(request_type), Device(platform, v)))
    return supporting.flatmap(lambda version: _capable(platform, version))


@st.composite
def _capable(draw: DrawFn, platform: Platform, os_version: OSVersion) -> Device:
    """Generate devices that support all that their version does."""
    return Device(
        platform,
        os_version,
        supervised=draw(st.sampled_from([True, None])),
        enrollment=draw(st.sampled_from([None, Enrollment.AUTOMATED, Enrollment.DEVICE])),
        access_rights=draw(st.sampled_from([None, AccessRights(8191)])),
    )
