"""Updates in the form in which devices list them."""

from mdm_osupdate.availability import is_available
from mdm_osupdate.codec import from_dict
from mdm_osupdate.device import Device
from mdm_osupdate.messages import AvailableOSUpdatesItem, Platform
from mdm_osupdate.versions import OSVersion


def offer(
    device: Device, version: str, *, product_key: str | None = None, security_response: bool = False
) -> AvailableOSUpdatesItem:
    """Create an update in the form in which a device lists it.

    Args:
        device: the device that lists it.
        version: the version, such as ``"17.4.1"``, or ``"17.4.1 (a)"`` for a security response.
        product_key: the product key. The default has the platform's usual form.
        security_response: True for a security response. Implied by a letter in the version.
    """
    parsed = OSVersion(version)
    number, build = str(parsed.base), build_of(device.platform, parsed.base)
    mac = device.platform is Platform.MACOS
    usual = f"MSU_UPDATE_{build}_patch_{number}" if mac else f"iOSUpdate{build}"
    is_response = security_response or bool(parsed.extra)
    extra = parsed.extra or "(a)"
    values: dict[str, object] = {
        "ProductKey": product_key or (f"{usual}_rsr" if mac and is_response else usual),
        "HumanReadableName": f"{device.platform} {version}",
        "ProductName": str(device.platform),
        "Version": number,
        "Build": build,
        "DownloadSize": 1_200_000_000,
        "InstallSize": 3_400_000_000,
        "IsCritical": False,
        "IsMajorOSUpdate": parsed.major > device.os_version.major,
        "RestartRequired": True,
        "AllowsInstallLater": True,
    }
    if is_response:
        values |= {
            "IsSecurityResponse": True,
            "SupplementalBuildVersion": build_of(device.platform, OSVersion(f"{number} {extra}")),
            "SupplementalOSVersionExtra": extra,
        }
    # A device without the command is also offered updates, although it cannot list them.
    lists = is_available("AvailableOSUpdates", device)
    known = {
        key: value
        for key, value in values.items()
        if not lists or is_available(f"AvailableOSUpdates.AvailableOSUpdates[].{key}", device)
    }
    return from_dict(known, AvailableOSUpdatesItem)


_TRAINS = {
    Platform.IOS: (4, -3),
    Platform.IPADOS: (4, -3),
    Platform.MACOS: (9, -1),
    Platform.TVOS: (4, -3),
    Platform.VISIONOS: (20, -3),
    Platform.WATCHOS: (11, -3),
}
"""The first number of a build minus the major version: before 26 and since."""


def build_of(platform: Platform, version: OSVersion) -> str:
    """Return a build such as ``21E79``, or ``25D771280a`` for a security response."""
    train = version.major + _TRAINS[platform][version.major >= 26]
    letter = version.extra.strip("()")
    number = 771_280 + 10 * version.patch + ord(letter) - ord("a") if letter else 79 + version.patch
    return f"{train}{'ABCDEFGH'[version.minor % 8]}{number}{letter}"
