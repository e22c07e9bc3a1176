"""Compare the library's tables with a checkout of Apple's device-management schema.

For maintainers, when Apple publishes a release of the schema::

    git clone https://github.com/apple/device-management
    python tests/drift.py device-management

It prints every cell that differs, but for those that ``DECIDED`` explains, and exits with 1 if
there are any. ``--all`` prints the decided ones, too, each with its reason. Needs PyYAML.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import yaml

import mdm_osupdate as osu
from mdm_osupdate.availability import ROWS
from mdm_osupdate.declarations import (
    FailureReasonStatus,
    InstallReasonStatus,
    PendingVersionStatus,
    SoftwareUpdateEnforcementSpecific,
    SoftwareUpdateSettings,
)

FILES = (
    "mdm/commands/system.update.schedule.yaml",
    "mdm/commands/system.update.scan.yaml",
    "mdm/commands/system.update.available.yaml",
    "mdm/commands/system.update.status.yaml",
    "declarative/declarations/configurations/softwareupdate.enforcement.specific.yaml",
    "declarative/declarations/configurations/softwareupdate.settings.yaml",
    "declarative/status/softwareupdate.install-state.yaml",
    "declarative/status/softwareupdate.install-reason.yaml",
    "declarative/status/softwareupdate.pending-version.yaml",
    "declarative/status/softwareupdate.failure-reason.yaml",
    "declarative/status/softwareupdate.device-id.yaml",
    "declarative/status/softwareupdate.beta-enrollment.yaml",
)
CLASSES: Mapping[str, tuple[type[osu.Message], ...]] = {
    "ScheduleOSUpdate": (osu.ScheduleOSUpdateCommand, osu.ScheduleOSUpdateResponse),
    "ScheduleOSUpdateScan": (osu.ScheduleOSUpdateScanCommand, osu.ScheduleOSUpdateScanResponse),
    "AvailableOSUpdates": (osu.AvailableOSUpdatesCommand, osu.AvailableOSUpdatesResponse),
    "OSUpdateStatus": (osu.OSUpdateStatusCommand, osu.OSUpdateStatusResponse),
    "SoftwareUpdateEnforcementSpecific": (SoftwareUpdateEnforcementSpecific,),
    "SoftwareUpdateSettings": (SoftwareUpdateSettings,),
    "softwareupdate.install-reason": (InstallReasonStatus,),
    "softwareupdate.pending-version": (PendingVersionStatus,),
    "softwareupdate.failure-reason": (FailureReasonStatus,),
}
PLATFORMS = ("iOS", "macOS", "tvOS", "visionOS")
NAMES = {
    "com.apple.configuration.softwareupdate.enforcement.specific": (
        "SoftwareUpdateEnforcementSpecific"
    ),
    "com.apple.configuration.softwareupdate.settings": "SoftwareUpdateSettings",
}
TYPES = {
    str: "<string>",
    int: "<integer>",
    float: "<real>",
    bool: "<boolean>",
    dt.datetime: "<date>",
    osu.LocalDateTime: "<string>",
}

COMMANDS = tuple(CLASSES)[:4]
DECLARATIVE = ("SoftwareUpdate*", "softwareupdate.*")
DECIDED: tuple[tuple[str, str, str], ...] = (
    *((f"{name}*", "deprecated *", "pages of the 27 cycle: deprecated in 26") for name in COMMANDS),
    *((f"{name}*", "removed *", "pages of the 27 cycle: removed in 27") for name in COMMANDS),
    *(
        (name, f"introduced {platform}", f"schema of the 27 cycle: {platform} has it since {since}")
        for name in DECLARATIVE
        for platform, since in (("tvOS", "18.4"), ("visionOS", "26.0"))
    ),
    *(
        (name, f"{cell} {platform}", "schema of the 27 cycle")
        for name in DECLARATIVE
        for cell in ("supervised", "channel", "user enrollment")
        for platform in ("tvOS", "visionOS")
    ),
    ("*", "user enrollment tvOS", "the documentation's tables: there is none on tvOS"),
    ("*", "channel tvOS", "the documentation's tables: the device channel only"),
    ("AvailableOSUpdates", "supervised macOS", "schema of macOS 15.2: not needed"),
    ("SoftwareUpdateSettings.Beta*", "introduced macOS", "schema of the 27 cycle: since 15.4"),
    (
        "SoftwareUpdateSettings.AutomaticActions.InstallSecurityUpdate",
        "introduced iOS",
        "schema of the 27 cycle: not on tvOS only",
    ),
    ("ScheduleOSUpdate.*.ANY", "missing", "the documentation names four keys of an error"),
    ("softwareupdate.install-state", "values", "the articles on enforcement: waiting is sent"),
    ("ScheduleOSUpdate.UpdateResults*", "presence", "devices leave keys out: optional to read"),
    ("ScheduleOSUpdateScan.ScanInitiated", "presence", "devices leave keys out: optional to read"),
    ("AvailableOSUpdates.*", "presence", "devices leave keys out: optional to read"),
    ("OSUpdateStatus.*", "presence", "devices leave keys out: optional to read"),
    ("softwareupdate.pending-version.target-local-date-time", "type", "JSON has no dates"),
    ("softwareupdate.*", "presence", "reports hold only what changed: optional to read"),
)
"""Differences with a reason: subject and cell, as patterns, and why the library differs."""


class Cell(NamedTuple):
    """One fact about a subject, as the library and as the schema have it."""

    subject: str
    name: str
    ours: object
    theirs: object


def read_schema(root: Path) -> dict[str, dict[str, Any]]:
    """Read the nodes of the schema by the library's names for them."""
    nodes: dict[str, dict[str, Any]] = {}
    for name in FILES:
        document = yaml.safe_load((root / name).read_text())
        payload = document["payload"]
        kinds = ("requesttype", "declarationtype", "statusitemtype")
        word = next(payload[kind] for kind in kinds if kind in payload)
        subject = NAMES.get(word, word)
        systems = payload["supportedOS"]
        nodes[subject] = {"supportedOS": systems}
        keys = [*document.get("payloadkeys", ()), *document.get("responsekeys", ())]
        if "statusitemtype" in payload:  # whose value is described as a key
            nodes[subject] |= {key: keys[0].get(key) for key in ("type", "rangelist")}
            keys = keys[0].get("subkeys", ())
        _collect(keys, subject, systems, nodes)
    return nodes


def _collect(
    keys: list[dict[str, Any]],
    above: str,
    systems: dict[str, Any],
    nodes: dict[str, dict[str, Any]],
) -> None:
    for key in keys:
        subject = f"{above}.{key['key']}"
        own = {
            platform: {**systems.get(platform, {}), **key.get("supportedOS", {}).get(platform, {})}
            for platform in PLATFORMS
        }
        nodes[subject] = {**key, "supportedOS": own}
        below = key.get("subkeys", [])
        if key["type"] == "<array>" and below:
            nodes[subject]["item"] = below[0]
            _collect(below[0].get("subkeys", []), f"{subject}[]", own, nodes)
        else:
            _collect(below, subject, own, nodes)


def cells_of_platforms(nodes: Mapping[str, dict[str, Any]]) -> Iterator[Cell]:
    """Compare availability and conditions, for each row of the table."""
    for row in ROWS:
        node = nodes.get(row.subject)
        if node is None:
            continue
        for platform in PLATFORMS:
            ours = osu.availability(row.subject, platform)
            theirs = node["supportedOS"].get(platform, {})
            introduced = theirs.get("introduced", "n/a")
            yield Cell(
                row.subject,
                f"introduced {platform}",
                None if ours is None else str(ours.introduced),
                None if introduced == "n/a" else introduced,
            )
            if ours is None or introduced == "n/a":
                continue
            for name in ("deprecated", "removed"):
                version = getattr(ours, name)
                found = version and str(version)
                yield Cell(row.subject, f"{name} {platform}", found, theirs.get(name))
            yield from _conditions(row.subject, platform, ours, theirs)


def _conditions(
    subject: str, platform: str, ours: osu.Availability, theirs: dict[str, Any]
) -> Iterator[Cell]:
    if "." in subject and not subject.startswith("softwareupdate."):
        return  # a key's conditions are those of what it belongs to
    if "allowed-enrollments" in theirs:
        allowed = theirs["allowed-enrollments"]
        supervised, user = allowed == ["supervised"], "user" in allowed
        device = theirs.get("allowed-scopes") == ["system"]
    else:
        supervised = theirs.get("supervised", False)
        user = theirs.get("userenrollment", {}).get("mode") != "forbidden"
        # On iOS there is a user channel on a Shared iPad only.
        where = theirs if "devicechannel" in theirs else theirs.get("sharedipad", {})
        device = where.get("devicechannel", True) and not where.get("userchannel", True)
        right = theirs.get("accessrights", "None")
        granted = "None" if ours.access_right is None else "AllowAppInstallation"
        yield Cell(subject, f"access right {platform}", granted, right)
    yield Cell(subject, f"supervised {platform}", ours.supervised, supervised)
    yield Cell(subject, f"user enrollment {platform}", ours.user_enrollment, user)
    yield Cell(subject, f"channel {platform}", ours.channels == {osu.Channel.DEVICE}, device)


def cells_of_classes(nodes: Mapping[str, dict[str, Any]]) -> Iterator[Cell]:
    """Compare type, presence and values, for each key of each class."""
    named: set[str] = set()
    for subject, classes in CLASSES.items():
        for cls in classes:
            for path, key in _keys(cls, subject):
                named.add(path)
                if path in nodes:
                    yield from _compare(path, key, nodes[path])
    rows = {row.subject for row in ROWS}
    for subject in nodes:
        if subject not in named | rows:
            yield Cell(subject, "missing", None, "in the schema")


def _keys(cls: type[osu.Message], path: str) -> Iterator[tuple[str, Any]]:
    for attribute in attrs.fields(cls):
        if key := attribute.metadata.get("schema"):
            subject = f"{path}.{key.name}"
            yield subject, key
            if issubclass(key.kind, osu.Message):
                yield from _keys(key.kind, f"{subject}[]" if key.array else subject)


def _compare(path: str, key: Any, node: dict[str, Any]) -> Iterator[Cell]:
    one = "<dictionary>" if issubclass(key.kind, osu.Message) else TYPES.get(key.kind, "<string>")
    yield Cell(path, "type", "<array>" if key.array else one, node["type"])
    required = node.get("presence") == "required"
    yield Cell(path, "presence", key.required, required)
    holder = node.get("item", node) if key.array else node
    if issubclass(key.kind, Enum) and "rangelist" in holder:
        yield Cell(path, "values", {str(word) for word in key.kind}, set(holder["rangelist"]))


def reason_for(cell: Cell) -> str | None:
    """Return why the library differs here, if that is decided."""
    for subject, name, reason in DECIDED:
        if fnmatchcase(cell.subject, subject.replace("[", "[[]")) and fnmatchcase(cell.name, name):
            return reason
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the tables with Apple's schema.")
    parser.add_argument("checkout", type=Path, help="a checkout of apple/device-management")
    parser.add_argument("--all", action="store_true", help="print decided differences, too")
    options = parser.parse_args()
    nodes = read_schema(options.checkout)
    cells = [*cells_of_platforms(nodes), *cells_of_classes(nodes)]
    different = [cell for cell in cells if cell.ours != cell.theirs]
    open_ones = [cell for cell in different if reason_for(cell) is None]
    for cell in different if options.all else open_ones:
        reason = reason_for(cell)
        print(f"{cell.subject}, {cell.name}: {cell.ours!r}, and the schema has {cell.theirs!r}")
        if reason:
            print(f"    {reason}")
    print(
        f"{len(cells)} cells: {len(different)} differences, "
        f"{len(different) - len(open_ones)} decided, {len(open_ones)} open"
    )
    return 1 if open_ones else 0


if __name__ == "__main__":
    sys.exit(main())
