"""The rules about what Apple offers: 66x."""

from mdm_osupdate.errors import Severity

from .examples import enforcement
from .rule import Rule

_SOURCE = "Apple, Deploy software updates using declarative device management"
_IPAD = {
    "platform": "iPadOS",
    "os_version": "18.6",
    "supervised": True,
    "enrollment": "automated",
    "model": "iPad11,1",
}


def _assets(*releases: tuple[str, str]) -> dict[str, object]:
    """Write a response of the software lookup service."""
    assets = [
        {
            "ProductVersion": version,
            "Build": build,
            "PostingDate": "2026-11-03",
            "ExpirationDate": "2027-05-01",
            "SupportedDevices": ["iPad11,1"],
        }
        for version, build in releases
    ]
    return {"AssetSets": {"iOS": assets}}


RELEASES = (
    Rule(
        code="OSU660",
        slug="not-offered",
        severity=Severity.ERROR,
        summary="Apple does not offer the version for this device.",
        explanation=(
            "A device installs only what the Apple Software Lookup Service lists for it. Otherwise "
            "it keeps a declaration active and does nothing, and finds no update for a command. A "
            "version is missing from the list if the hardware does not run it, or if it has "
            "expired."
        ),
        hint="Choose a version that Apple offers for this device.",
        source=_SOURCE,
        example=enforcement(TargetOSVersion="26.2"),
        corrected=enforcement(),
        device=_IPAD,
        now="2026-11-10T09:00:00",
        releases=_assets(("26.1", "23B80")),
    ),
    Rule(
        code="OSU661",
        slug="newer-release",
        severity=Severity.INFO,
        summary="Apple offers a newer version for this device.",
        explanation=(
            "The older version works until it expires, often 180 days after it was posted. Then "
            "devices keep a declaration active and do nothing, and find no update for a command."
        ),
        hint="Choose the newer version, unless the older one is intended.",
        source=_SOURCE,
        example=enforcement(),
        corrected=enforcement(TargetOSVersion="26.1.1"),
        device=_IPAD,
        now="2026-11-10T09:00:00",
        releases=_assets(("26.1", "23B80"), ("26.1.1", "23B100")),
    ),
    Rule(
        code="OSU662",
        slug="build-not-offered",
        severity=Severity.ERROR,
        summary="The build does not belong to an update that Apple offers for this device.",
        explanation=(
            "Version and build must both match one available update. The same version may have "
            "other builds on other devices. If they do not match, the device keeps a declaration "
            "active and does nothing. A product key can name a build, too."
        ),
        hint="Write the build that Apple offers for this device, or only the version.",
        source=_SOURCE,
        example=enforcement(TargetBuildVersion="23B6080"),
        corrected=enforcement(TargetBuildVersion="23B80"),
        device=_IPAD,
        now="2026-11-10T09:00:00",
        releases=_assets(("26.1", "23B80")),
    ),
    Rule(
        code="OSU663",
        slug="response-without-base",
        severity=Severity.ERROR,
        summary="The device does not have what the security response is installed on.",
        explanation=(
            "A security response is installed on one build of its base version. A declaration "
            "brings the base version along if Apple still offers it, a command does not."
        ),
        hint="Update the device to the base version first, or choose a newer version.",
        source="Apple Software Lookup Service: PrerequisiteBuild",
        example=enforcement(TargetBuildVersion="23B771330a"),
        corrected=enforcement(TargetBuildVersion="23B771330a"),
        device=_IPAD | {"os_version": "26.1", "build": "23B79"},
        corrected_device=_IPAD | {"os_version": "26.1", "build": "23B80"},
        now="2026-11-10T09:00:00",
        releases=_assets(("26.1", "23B80"))
        | {
            "PublicBackgroundSecurityImprovements": {
                "iOS": [
                    {
                        "ProductVersion": "26.1",
                        "ProductVersionExtra": "(a)",
                        "Build": "23B771330a",
                        "PrerequisiteBuild": "23B80",
                        "PostingDate": "2026-11-09",
                        "SupportedDevices": ["iPad11,1"],
                    }
                ]
            }
        },
    ),
)
