"""The rules about several declarations on one device: 65x."""

from mdm_osupdate.errors import Severity

from .examples import enforcement
from .rule import Rule

_SOURCE = "Apple, software updates by declarative management"
_OTHER = enforcement().replace("softwareupdate.enforcement.26.1", "by-december")

SEVERAL = (
    Rule(
        code="OSU650",
        slug="equal-deadlines",
        severity=Severity.WARNING,
        summary="Two enforcements have the same deadline.",
        explanation=(
            "A device processes the enforcement with the earliest deadline first. Apple does not "
            "say which of two with the same deadline that is, and if it is the older version, the "
            "device restarts twice in a row."
        ),
        hint="Keep the one with the newer version, or give them different deadlines.",
        source=_SOURCE,
        example=enforcement(TargetOSVersion="26.2"),
        beside=_OTHER,
        corrected=enforcement(TargetOSVersion="26.2", TargetLocalDateTime="2027-01-20T19:00:00"),
    ),
    Rule(
        code="OSU651",
        slug="never-in-force",
        severity=Severity.WARNING,
        summary="The enforcement never comes into force.",
        explanation=(
            "Another enforcement with an earlier deadline installs a newer version. "
            "Afterwards the device ignores this one, because it is not newer."
        ),
        hint="Remove it, or enforce a newer version.",
        source=_SOURCE,
        example=enforcement(TargetOSVersion="26.0.1", TargetLocalDateTime="2027-01-20T19:00:00"),
        beside=_OTHER,
        corrected=enforcement(TargetOSVersion="26.2", TargetLocalDateTime="2027-01-20T19:00:00"),
    ),
)
"""The rules about what several declarations do together."""
