"""The rules about the settings of software updates: 63x."""

import json
from typing import Any

from mdm_osupdate.errors import Severity

from .rule import Rule

_SOURCE = (
    "Apple, device-management schema: "
    "declarative/declarations/configurations/softwareupdate.settings.yaml"
)
_MAC = {"platform": "macOS", "os_version": "26.0", "supervised": True, "enrollment": "automated"}
_IPHONE = {"platform": "iOS", "os_version": "26.0", "supervised": True, "enrollment": "automated"}
_PROGRAM = {"Description": "AppleSeed for IT", "Token": "example"}


def _settings(**payload: Any) -> str:
    document = {
        "Type": "com.apple.configuration.softwareupdate.settings",
        "Identifier": "softwareupdate.settings",
        "ServerToken": "1",
        "Payload": payload,
    }
    return json.dumps(document, indent=4)


SETTINGS = (
    Rule(
        code="OSU630",
        slug="unknown-setting-value",
        severity=Severity.ERROR,
        summary="The key has a value that the schema does not list.",
        explanation=(
            "RecommendedCadence is All, Oldest or Newest; the automatic actions and "
            "ProgramEnrollment are Allowed, AlwaysOn or AlwaysOff. Case matters. A device does "
            "not apply a configuration with another value."
        ),
        hint="Write one of the values that the schema lists.",
        source=_SOURCE,
        example=_settings(RecommendedCadence="oldest"),
        corrected=_settings(RecommendedCadence="Oldest"),
    ),
    Rule(
        code="OSU631",
        slug="deferral-out-of-range",
        severity=Severity.ERROR,
        summary="A deferral is not between 1 and 90 days.",
        explanation=(
            "A deferral hides a new update from users for 1 to 90 days. To defer nothing, leave "
            "the key out."
        ),
        hint="Write a number from 1 to 90, or delete the key.",
        source=_SOURCE,
        example=_settings(Deferrals={"MajorPeriodInDays": 91}),
        corrected=_settings(Deferrals={"MajorPeriodInDays": 90}),
    ),
    Rule(
        code="OSU632",
        slug="setting-not-on-platform",
        severity=Severity.WARNING,
        summary="The platform does not support the key.",
        explanation=(
            "Deferrals are set by CombinedPeriodInDays on iPhones, iPads, Apple TVs and Vision "
            "Pros, but by the three other keys on Macs. Other keys too belong to some platforms "
            "only. A declaration for several platforms may hold the keys of all; on this "
            "device, the key has no effect."
        ),
        hint=(
            "Delete the key for this platform, or ignore the warning in a declaration for several."
        ),
        source=_SOURCE,
        example=_settings(Deferrals={"CombinedPeriodInDays": 30}),
        corrected=_settings(Deferrals={"MinorPeriodInDays": 30}),
        device=_MAC,
    ),
    Rule(
        code="OSU633",
        slug="setting-too-new",
        severity=Severity.WARNING,
        summary="The device's version is older than the key.",
        explanation=(
            "The settings came with iOS and iPadOS 18.0, macOS 15.0, tvOS 18.4 and visionOS "
            "26.0, but Macs support Beta only since 15.4. An older Mac does not apply it."
        ),
        hint="Update the device first.",
        source=_SOURCE,
        example=_settings(Beta={"ProgramEnrollment": "AlwaysOff"}),
        corrected=_settings(Beta={"ProgramEnrollment": "AlwaysOff"}),
        device=_MAC | {"os_version": "15.3"},
        corrected_device=_MAC | {"os_version": "15.4"},
    ),
    Rule(
        code="OSU634",
        slug="setting-unsupervised",
        severity=Severity.ERROR,
        summary="The key is for supervised devices, and this one is not.",
        explanation=(
            "The settings work under Device Enrollment too, except on Macs. But Deferrals, "
            "AutomaticActions, RapidSecurityResponse, ProgramEnrollment and RequireProgram need "
            "supervision on every platform."
        ),
        hint="Supervise the device, or delete the key.",
        source=_SOURCE,
        example=_settings(AutomaticActions={"Download": "AlwaysOn"}),
        corrected=_settings(AutomaticActions={"Download": "AlwaysOn"}),
        device=_IPHONE | {"supervised": False, "enrollment": "device"},
        corrected_device=_IPHONE,
    ),
    Rule(
        code="OSU635",
        slug="contradicting-beta-programs",
        severity=Severity.ERROR,
        summary="The keys of Beta contradict each other.",
        explanation=(
            "OfferPrograms lets users choose a program: it needs ProgramEnrollment Allowed, "
            "which is the default, or AlwaysOn. RequireProgram enrolls the device: it needs "
            "AlwaysOn. The two exclude each other."
        ),
        hint="Keep OfferPrograms or RequireProgram, with the ProgramEnrollment that it needs.",
        source=_SOURCE,
        example=_settings(Beta={"ProgramEnrollment": "Allowed", "RequireProgram": _PROGRAM}),
        corrected=_settings(Beta={"ProgramEnrollment": "AlwaysOn", "RequireProgram": _PROGRAM}),
    ),
    Rule(
        code="OSU636",
        slug="automatic-install-without-download",
        severity=Severity.WARNING,
        summary="Automatic installation is set, but automatic downloads are off.",
        explanation=(
            "A device installs automatically only what it has downloaded automatically. While "
            "Download is AlwaysOff, InstallOSUpdates and InstallSecurityUpdate have no effect."
        ),
        hint="Set Download to AlwaysOn, or set the installation to AlwaysOff.",
        source=_SOURCE,
        example=_settings(
            AutomaticActions={"Download": "AlwaysOff", "InstallSecurityUpdate": "AlwaysOn"}
        ),
        corrected=_settings(
            AutomaticActions={"Download": "AlwaysOn", "InstallSecurityUpdate": "AlwaysOn"}
        ),
    ),
)
"""The rules of ``com.apple.configuration.softwareupdate.settings``."""
