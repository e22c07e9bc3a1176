"""Strategies for devices."""

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mdm_osupdate.availability import is_available
from mdm_osupdate.device import AccessRights, Channel, Device, Enrollment
from mdm_osupdate.messages import Platform, RequestType
from mdm_osupdate.versions import OSVersion

from .values import os_versions

_FIRST_VERSION = {
    Platform.MACOS: "10.11",
    Platform.TVOS: "12.0",
    Platform.VISIONOS: "1.0",
    Platform.WATCHOS: "3.0",
}


@st.composite
def devices(
    draw: DrawFn,
    *,
    platform: Platform | str | None = None,
    os_version: SearchStrategy[OSVersion] | None = None,
    request_type: RequestType | str | None = None,
) -> Device:
    """Generate devices of any kind. Two thirds support a command. Unknown properties are ``None``.

    Args:
        platform: of this platform only.
        os_version: of these versions only.
        request_type: only devices that support this command.
    """
    if request_type is not None:
        with_it = _platforms_with(RequestType(request_type), platform)
        return draw(_devices_that_support(RequestType(request_type), with_it, os_version))
    of = Platform(platform) if platform is not None else draw(st.sampled_from(Platform))
    if os_version is None and draw(st.sampled_from([True, True, False])):
        some = draw(st.sampled_from(RequestType))
        if is_available(str(some), Device(of, "26.0")):
            return draw(_devices_that_support(some, [of], os_version))
    ipad = of is Platform.IPADOS
    if os_version is None:
        os_version = os_versions(_FIRST_VERSION.get(of, "9.0"), platform=of)
    return Device(
        of,
        draw(os_version),
        supervised=draw(st.none() | st.booleans()),
        enrollment=draw(st.none() | st.sampled_from(Enrollment)),
        channel=draw(st.sampled_from([Channel.DEVICE, Channel.DEVICE, Channel.USER])),
        shared_ipad=draw(st.none() | st.booleans()) if ipad else None,
        access_rights=draw(st.none() | st.integers(0, 8191).map(AccessRights)),
        declaration_managed=draw(st.none() | st.booleans()),
    )


def _platforms_with(request_type: RequestType, platform: Platform | str | None) -> list[Platform]:
    candidates = [Platform(platform)] if platform is not None else list(Platform)
    found = [of for of in candidates if is_available(str(request_type), Device(of, "26.0"))]
    if not found:
        raise ValueError(f"{platform} has no {request_type}")
    return found


@st.composite
def _devices_that_support(
    draw: DrawFn,
    request_type: RequestType,
    platforms: list[Platform],
    os_version: SearchStrategy[OSVersion] | None,
) -> Device:
    of = draw(st.sampled_from(platforms))
    if os_version is None:
        os_version = os_versions(_FIRST_VERSION.get(of, "9.0"), "26.9", platform=of)
    version = draw(os_version.filter(lambda v: is_available(str(request_type), Device(of, v))))
    return Device(
        of,
        version,
        supervised=draw(st.sampled_from([True, None])),
        enrollment=draw(st.sampled_from([None, Enrollment.AUTOMATED, Enrollment.DEVICE])),
        access_rights=draw(st.sampled_from([None, AccessRights(8191)])),
    )
