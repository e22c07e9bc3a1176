"""The first inputs of each target: the examples of the docs and tests, and documents made here."""

import base64
import datetime as dt
import functools
import itertools
import json
import plistlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
from fuzz.mutating import parsed

import mdm_osupdate as osu
from mdm_osupdate.declarations import DECLARATIONS, SoftwareUpdateEnforcementSpecific
from mdm_osupdate.flow import EnforcementFlow, UpdateFlow
from mdm_osupdate.simulator import SimulatedDevice, offer, play, play_reports

ROOT = Path(__file__).parents[2]
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)
IPHONE = osu.Device("iOS", "17.3", supervised=True)
MAC = osu.Device("macOS", "14.3", supervised=True)
ENFORCED = osu.Device("iOS", "27.0", supervised=True)
DECLARATION = SoftwareUpdateEnforcementSpecific(
    target_os_version="27.1",
    target_local_date_time="2026-03-09T19:00:00",
    identifier="update",
    server_token="2",
)


def _files(*folders: str) -> Iterator[bytes]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".py", ".pyc") and path.is_file():
                yield path.read_bytes()


@functools.cache
def property_lists() -> tuple[bytes, ...]:
    """Commands and responses, XML and binary."""
    files = _files("tests/corpus", "docs/examples/commands", "docs/examples/responses")
    exchanged = [
        osu.dumps(message)
        for device, target in ((IPHONE, "17.4.1"), (MAC, "14.4"))
        for step in play(
            UpdateFlow(device, target, id="00000000-0000-0000-0000-000000000001"),
            SimulatedDevice(device, [offer(device, target)]),
            NOW,
        )
        for message in (step.command, step.answer)
        if message is not None
    ]
    return (*files, *dict.fromkeys(exchanged))


@functools.cache
def json_documents() -> tuple[bytes, ...]:
    """Declarations and status reports."""
    lines = (ROOT / "docs/examples/reports/fleet.ndjson").read_bytes().splitlines()
    reports = play_reports(EnforcementFlow(ENFORCED, DECLARATION), SimulatedDevice(ENFORCED), NOW)
    return (
        *_files("docs/examples/declarations"),
        *lines,
        *(osu.dumps(step.report) for step in itertools.islice(reports, 20)),
        json.dumps(
            {
                "Type": "com.apple.configuration.softwareupdate.settings",
                "Identifier": "s",
                "ServerToken": "1",
                "Payload": {
                    "AllowStandardUserOSUpdates": False,
                    "AutomaticActions": {"Download": "AlwaysOn", "InstallOSUpdates": "Allowed"},
                    "Deferrals": {"MajorPeriodInDays": 30, "SystemPeriodInDays": 5},
                    "RapidSecurityResponse": {"Enable": True, "EnableRollback": False},
                    "Beta": {"ProgramEnrollment": "AlwaysOff", "OfferPrograms": []},
                    "RecommendedCadence": "Oldest",
                    "Notifications": True,
                },
            }
        ).encode(),
        b'{"code": "com.apple.softwareupdate.required", '
        b'"details": {"OSVersion": "17.4", "BuildVersion": "21E213"}}',
    )


@functools.cache
def containers() -> tuple[bytes, ...]:
    """Documents with messages inside."""
    response, report = property_lists()[0], json_documents()[1]
    encoded = base64.b64encode(response).decode()
    return (
        b"#!/bin/sh\ncat <<EOF\n" + response + b"\nEOF\n",
        encoded.encode(),
        json.dumps({"topic": "t", "acknowledge_event": {"raw_payload": encoded}}).encode(),
        json.dumps({"CommandXML": response.decode("utf-8", "replace")}).encode(),
        json.dumps({"results": [{"request_type": "a", "result": encoded}] * 2}).encode(),
        json.dumps({"statusItems": [{"key": "softwareupdate.install-state", "value": 1}]}).encode(),
        plistlib.dumps(
            {"MessageType": "DeclarativeManagement", "Endpoint": "status", "Data": report}
        ),
        plistlib.dumps({"MessageType": "Authenticate", "Topic": "t"}),
        plistlib.dumps({"Status": "Acknowledged", "QueryResponses": {"OSVersion": "17.4"}}),
        json.dumps({"request_type": "a", "udid": "b"}).encode(),
        b'{\n  Status = Idle;\n  UDID = "1";\n}',
        b"[" + report + b"," + report + b"]",
        report + b"\n" + report + b"\n",
    )


@functools.cache
def inventories() -> tuple[bytes, ...]:
    """Exports of management systems."""
    return (*_files("tests/inventories"), *(_read("docs/examples", "*.csv")))


def _read(folder: str, pattern: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / folder).glob(pattern))]


_ASSET = {
    "ProductVersion": "17.4.1",
    "Build": "21E236",
    "PostingDate": "2026-03-21",
    "ExpirationDate": "2026-07-21",
    "SupportedDevices": ["iPhone14,2", "J137AP"],
}
_RESPONSE = {
    "ProductVersion": "16.5.1",
    "ProductVersionExtra": "(c)",
    "Build": "20F770750d",
    "PrerequisiteBuild": "20F75",
    "PostingDate": "2026-07-12",
    "SupportedDevices": ["iPhone14,2"],
}
_SYSTEM = {
    "OSVersion": "Sequoia 15",
    "Latest": {
        "ProductVersion": "15.1",
        "Build": "24B83",
        "AllBuilds": ["24B83", "24B2083"],
        "ReleaseDate": "2026-10-28T00:00:00Z",
        "ExpirationDate": "2027-01-01",
        "SupportedDevices": ["J137AP"],
    },
    "SecurityReleases": [],
}


@functools.cache
def releases() -> tuple[bytes, ...]:
    """The lookup service and SOFA, in short."""
    documents: tuple[Any, ...] = (
        {
            "PublicAssetSets": {"iOS": [_ASSET], "macOS": [_ASSET | {"ProductVersion": "14.4"}]},
            "AssetSets": {"iOS": [_ASSET, _ASSET | {"Build": "21E230"}]},
            "PublicRapidSecurityResponses": {"iOS": [_RESPONSE]},
        },
        {
            "OSVersions": [_SYSTEM],
            "Devices": {"J137AP": {"DeviceID": "iMacPro1,1"}},
            "BackgroundSecurityImprovements": {
                "26": [
                    {
                        "Version": "26.3",
                        "VersionExtra": "(a)",
                        "Build": "23D771",
                        "PostingDate": "2026-03-17",
                        "SupportedDevices": ["iPhone14,2"],
                    }
                ]
            },
        },
    )
    return tuple(json.dumps(document).encode() for document in documents)


@functools.cache
def flows() -> tuple[bytes, ...]:
    """Stored flows, at each step of an update."""
    stored = []
    for device, target in ((IPHONE, "17.4.1"), (MAC, "14.4")):
        flow = UpdateFlow(device, target, id="00000000-0000-0000-0000-000000000001")
        stored += [
            flow.to_dict()
            for _ in play(flow, SimulatedDevice(device, [offer(device, target)]), NOW)
        ]
    enforcement = EnforcementFlow(ENFORCED, DECLARATION)
    reports = play_reports(enforcement, SimulatedDevice(ENFORCED), NOW)
    stored += [enforcement.to_dict() for _ in itertools.islice(reports, 20)]
    return tuple(json.dumps(values).encode() for values in stored)


@functools.cache
def choices() -> tuple[bytes, ...]:
    """Bytes that decide what is drawn."""
    return tuple(bytes((n * k) % 256 for k in range(1, 200)) for n in range(1, 40))


@functools.cache
def texts() -> tuple[bytes, ...]:
    """Versions, builds and times."""
    words = ("17", "17.4.1", "13.3.1 (a)", "21E236", "22F770750d", "2026-03-21T19:00:00", "26.0.1")
    keys = ("MSU_UPDATE_20G80_patch_11.5.1", "iOSUpdate21E236", "_MACOS_14.7.2", "beta", "")
    return tuple(word.encode() for word in (*words, *keys))


@functools.cache
def words() -> tuple[str, ...]:
    """The keys and texts of all documents, from which mutations take new ones."""
    found: dict[str, None] = {}
    documents = (*property_lists(), *json_documents(), *containers(), *releases(), *flows())
    level = [parsed(data) for data in (*documents, *inventories())]
    for kind in (*osu.messages.COMMANDS, *osu.messages.RESPONSES, *DECLARATIONS.values()):
        level += [f.metadata["key"] for f in attrs.fields(kind) if "key" in f.metadata]
    for value in level:  # which grows meanwhile
        if isinstance(value, str) and len(value) < 80:
            found[value] = None
        elif isinstance(value, dict):
            level += (*value, *value.values())
        elif isinstance(value, list):
            level += value
    return tuple(found)
