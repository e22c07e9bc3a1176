"""Parts of the rules' examples: sources, devices and small documents."""

import json
from collections.abc import Mapping
from typing import Any

DTD = "Apple, PropertyList-1.0.dtd"
PLIST = "Apple, property list formats (CoreFoundation)"
ENVELOPE = "Apple, Device Management documentation: the command and its response"
SCHEDULE = "Apple, device-management schema: system.update.schedule.yaml"
SCAN = "Apple, device-management schema: system.update.scan.yaml"
STATUS = "Apple, device-management schema: system.update.status.yaml"
SCHEMA = "Apple, device-management schema: mdm/commands/system.update.*.yaml"
OURS = "this library's limit for what comes from a network"


def command_of(**keys: Any) -> dict[str, Any]:
    """Write a command."""
    return {"Command": keys, "CommandUUID": "0001"}


def schedule(**item: Any) -> dict[str, Any]:
    """Write a ScheduleOSUpdate command with one update."""
    return command_of(RequestType="ScheduleOSUpdate", Updates=[item])


MAC: dict[str, Any] = {
    "platform": "macOS",
    "os_version": "14.4",
    "supervised": True,
    "enrollment": "automated",
}
IPHONE: dict[str, Any] = {
    "platform": "iOS",
    "os_version": "17.3",
    "supervised": True,
    "access_rights": 8191,
}
ASAP = {"InstallAction": "InstallASAP"}


def response(**keys: Any) -> dict[str, Any]:
    """Write a response."""
    return {"CommandUUID": "0001", "Status": "Acknowledged", "UDID": "0000-0001"} | keys


REQUESTED = schedule(ProductKey="iOSUpdate21E236", InstallAction="InstallASAP")
STARTED = {
    "ProductKey": "iOSUpdate21E236",
    "InstallAction": "InstallASAP",
    "Status": "Installing",
}


def progress(**item: Any) -> dict[str, Any]:
    """Write a response to OSUpdateStatus with one update."""
    return response(OSUpdateStatus=[{"ProductKey": "iOSUpdate21E236"} | item])


def xml(body: str, before: str = "", doctype: str = "") -> str:
    """Write an XML property list."""
    header = f'{before}<?xml version="1.0" encoding="UTF-8"?>\n{doctype}'
    return f'{header}<plist version="1.0">\n{body}\n</plist>\n'


GOOD_XML = """<dict>
    <key>Command</key>
    <dict>
        <key>RequestType</key>
        <string>OSUpdateStatus</string>
    </dict>
    <key>CommandUUID</key>
    <string>0001</string>
</dict>"""
GOOD = xml(GOOD_XML)

ENFORCEMENT = (
    "Apple, device-management schema: "
    "declarative/declarations/configurations/softwareupdate.enforcement.specific.yaml"
)
JSON = "RFC 8259"
TARGET = {"TargetOSVersion": "26.1", "TargetLocalDateTime": "2026-12-01T19:00:00"}


def members(values: Mapping[str, str], indent: int) -> str:
    """Write the members of a JSON object."""
    lines = (f'{" " * indent}"{name}": "{value}"' for name, value in values.items())
    return ",\n".join(lines)


def status_report(**items: Any) -> str:
    """Write a status report."""
    return json.dumps({"StatusItems": items}, indent=4)


def enforcement(**payload: str) -> str:
    """Write an enforcement as JSON."""
    envelope = {
        "Type": "com.apple.configuration.softwareupdate.enforcement.specific",
        "Identifier": "softwareupdate.enforcement.26.1",
        "ServerToken": "1",
    }
    inside = members(TARGET | payload, 8)
    return f'{{\n{members(envelope, 4)},\n    "Payload": {{\n{inside}\n    }}\n}}'


def subscription(item: str) -> str:
    """Write a subscription to a status item."""
    declaration = {
        "Type": "com.apple.configuration.management.status-subscriptions",
        "Identifier": "status",
        "ServerToken": "1",
        "Payload": {"StatusItems": [{"Name": item}]},
    }
    return json.dumps(declaration, indent=4)
