"""Validation of a command for a device, beside reading it and beside jsonschema."""

from __future__ import annotations

import plistlib
from collections.abc import Iterator

from benchmarks.measuring import Table, best
from jsonschema import Draft202012Validator

import mdm_osupdate as osu
from mdm_osupdate.codec import DEFAULT_LIMITS, examine
from mdm_osupdate.validation.driver import inspect
from mdm_osupdate.validation.registry import checks_of

COMMAND = osu.ScheduleOSUpdateCommand(
    [osu.UpdatesItem(install_action="InstallLater", product_version="14.5", max_user_deferrals=3)],
    command_uuid="3F0A9D1C-6C1B-4B52-9B0B-8D6E6B1E8A02",
)
DEVICES = {
    "nothing wrong": osu.Device(
        "macOS",
        "14.4",
        supervised=True,
        enrollment=osu.Enrollment.AUTOMATED,
        declaration_managed=False,
    ),
    "little known": osu.Device("macOS", "14.4"),
    "four findings": osu.Device("iOS", "17.3", supervised=False),
}
_UPDATE = {
    "properties": {
        "ProductKey": {"type": "string"},
        "ProductVersion": {"type": "string"},
        "InstallAction": {"enum": list(osu.InstallAction)},
        "MaxUserDeferrals": {"type": "integer", "minimum": 0},
        "Priority": {"enum": list(osu.Priority)},
    },
    "required": ["InstallAction"],
    "additionalProperties": False,
}
SCHEMA = {
    "properties": {
        "CommandUUID": {"type": "string", "minLength": 1},
        "Command": {
            "properties": {
                "RequestType": {"const": "ScheduleOSUpdate"},
                "Updates": {"type": "array", "items": _UPDATE, "minItems": 1},
            },
            "required": ["RequestType", "Updates"],
            "additionalProperties": False,
        },
    },
    "required": ["CommandUUID", "Command"],
    "additionalProperties": False,
}
"""The keys, types and words of the command. It knows nothing about devices."""


def tables(small: bool) -> Iterator[Table]:
    """Compare ``validate``."""
    xml, binary, document = osu.dumps(COMMAND), osu.dumps(COMMAND, fmt="binary"), COMMAND
    plain = osu.to_dict(document)
    schema = Draft202012Validator(SCHEMA)
    assert not list(schema.iter_errors(plain))
    rows = []
    for name, device in DEVICES.items():

        def ours(device: osu.Device = device) -> object:
            return osu.validate(COMMAND, device)

        time, of_xml, of_binary, of_schema = best(
            ours,
            lambda: plistlib.loads(xml),
            lambda: plistlib.loads(binary),
            lambda: list(schema.iter_errors(plain)),
            rounds=40 if small else 400,
        )
        ratios = (time / other for other in (of_xml, of_binary, of_schema))
        rows.append((name, time * 1e6, *ratios))
    header = ("device", "µs", "÷ plistlib, XML", "÷ plistlib, binary", "÷ jsonschema")
    note = """\
The time of `validate(command, device)` over that of reading the same command with plistlib, and
over that of jsonschema, which checks the keys, types and words only. Target: 0.5 times plistlib."""
    yield Table("One command for one device", header, rows, note)
    device = DEVICES["nothing wrong"]
    inspection = inspect(COMMAND, device)
    form, without, checked = best(
        lambda: examine(COMMAND, DEFAULT_LIMITS),
        inspection.check,
        lambda: inspection.check(device),
        rounds=40 if small else 400,
    )
    checks = [
        known for part in (COMMAND, *(COMMAND.updates or ())) for known in checks_of(type(part))
    ]
    number, kept = len(checks), sum(known.of_class for known in checks)
    steps = [("µs", form * 1e6, without * 1e6, (checked - without) * 1e6)]
    names = ("", "form of the message", "checks without the device", "checks for the device")
    note = f"""\
A message without unknown keys is not read as a document. Its dictionary is still made, to find
values that cannot be written. {kept} of {number} checks need only a class of messages and a device.
Those that find nothing there are not called again for equal devices. The other {number - kept} take
a third of the time. Fewer functions would be quicker, but a rule would no longer have its own.
The steps are less than the whole: code that runs alone stays in the processor's caches."""
    yield Table("Steps of validating", names, steps, note)
