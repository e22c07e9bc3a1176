"""The rules about updates that are required at enrollment: 64x."""

import json
from typing import Any

from mdm_osupdate.errors import Severity

from .rule import Rule

_SOURCE = "Apple, device-management schema: mdm/errors/softwareupdate.required.yaml"
_MAC = {"platform": "macOS", "os_version": "15.6"}


def _required(**keys: Any) -> str:
    document = {
        "code": "com.apple.softwareupdate.required",
        "details": {"OSVersion": "26.1", "BuildVersion": "25B78"},
    }
    return json.dumps(document | keys, indent=4)


ENROLLMENT = (
    Rule(
        code="OSU640",
        slug="not-a-required-update",
        severity=Severity.ERROR,
        summary="The code is not that of a required update.",
        explanation=(
            "A device recognizes the body of the 403 response by its code. With any other one, "
            "enrollment fails, and the device does not update."
        ),
        hint="Write com.apple.softwareupdate.required.",
        source=_SOURCE,
        example=_required(code="com.apple.softwareupdate.request"),
        corrected=_required(),
    ),
    Rule(
        code="OSU641",
        slug="invalid-required-version",
        severity=Severity.ERROR,
        summary="OSVersion is not a version, or BuildVersion is not a build.",
        explanation=(
            "A version is one to three numbers separated by dots, with the letter of a security "
            "response if there is one: 26.1 or 26.1 (a). A build is a number, a letter, a "
            "number and sometimes a letter, such as 25B78."
        ),
        hint="Write a version such as 26.1 and a build such as 25B78.",
        source=_SOURCE,
        example=_required(details={"OSVersion": "25B78"}),
        corrected=_required(details={"OSVersion": "26.1"}),
    ),
    Rule(
        code="OSU642",
        slug="required-update-not-supported",
        severity=Severity.ERROR,
        summary="The device does not support required updates at enrollment.",
        explanation=(
            "Devices with iOS or iPadOS 17.0, macOS 14.0 or visionOS 26.0 can install a required "
            "update in Setup Assistant. RequireBetaProgram needs iOS 17.5 or macOS 14.5. On "
            "other devices, enrollment fails."
        ),
        hint="Let the device enroll, and update it afterwards.",
        source=_SOURCE,
        example=_required(),
        corrected=_required(),
        device=_MAC | {"os_version": "13.6"},
        corrected_device=_MAC,
    ),
    Rule(
        code="OSU643",
        slug="required-version-not-newer",
        severity=Severity.ERROR,
        summary="The device already has the version, or a newer one.",
        explanation=(
            "A device cannot update to a version that it already has, so it can never enroll."
        ),
        hint="Let the device enroll.",
        source=_SOURCE,
        example=_required(),
        corrected=_required(),
        device=_MAC | {"os_version": "26.1"},
        corrected_device=_MAC,
    ),
)
"""The rules of ``com.apple.softwareupdate.required``."""
