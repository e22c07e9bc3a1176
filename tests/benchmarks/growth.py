"""What the worst inputs cost: run ``python tests/benchmarks/growth.py``.

Prints, for each public entry point and each input of one megabyte, the processor time and the peak
memory over those of a good document of the same size and format. Nothing may be above 4. Times are
those of the process, so that they mean something on a busy machine too. With arguments, only the
inputs whose name contains one of them.
"""

from __future__ import annotations

import datetime as dt
import json
import plistlib
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import mdm_osupdate as osu
from mdm_osupdate.declarations import StatusReport
from mdm_osupdate.flow import UpdateFlow, load_flow
from mdm_osupdate.inventory import read_inventory
from mdm_osupdate.releases import load_releases

SIZE = 1 << 20
"""The longest document that is read by default."""
Call = Callable[[bytes], object]


def filled(start: str, unit: str, end: str) -> bytes:
    """Repeat a text until the document has its size."""
    left = SIZE - len((start + end).encode())
    return (start + unit * (left // len(unit.encode())) + end).encode()


# -- property lists ------------------------------------------------------------------------------

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">'


def _good(fmt: osu.Format, items: int) -> bytes:
    results = [
        {"ProductKey": f"MSU_UPDATE_{n}", "InstallAction": "InstallASAP", "Status": "Installing"}
        for n in range(items)
    ]
    document = {"Status": "Acknowledged", "UDID": "0" * 36, "UpdateResults": results}
    kind = plistlib.FMT_XML if fmt == "xml" else plistlib.FMT_BINARY
    return plistlib.dumps(document, fmt=kind, sort_keys=False)


_IN_DICT = f"{_HEAD}<dict><key>Status</key><string>Idle</string>"
_END = "</dict></plist>"
XML: dict[str, bytes] = {
    "good": _good("xml", 4700),
    "comment": filled(f"{_IN_DICT}<!--", "x", f"-->{_END}"),
    "comment of >": filled(f"{_IN_DICT}<!--", "> ", f"-->{_END}"),
    "comment without end": filled(f"{_IN_DICT}<!--", "x", ""),
    "comment before the root": filled('<?xml version="1.0"?><!--', "x", f"-->{_HEAD[39:]}"),
    "tag": filled(f"{_IN_DICT}<", "x", f"/>{_END}"),
    "attribute": filled(f"{_IN_DICT}<key a='", "x", f"'>a</key><true/>{_END}"),
    "many attributes": filled(
        f"{_IN_DICT}<key ",
        " ".join(f"a{n}='1'" for n in range(80_000)),
        f">a</key><true/>{_END}",
    ),
    "instruction": filled(f"{_IN_DICT}<?x ", "x", f"?>{_END}"),
    "section": filled(f"{_IN_DICT}<key>a</key><string><![CDATA[", "x", f"]]></string>{_END}"),
    "many sections": filled(f"{_IN_DICT}<key>a</key><string>", "<![CDATA[x]]>", f"</string>{_END}"),
    "text": filled(f"{_IN_DICT}<key>a</key><string>", "x", f"</string>{_END}"),
    "text of lines": filled(f"{_IN_DICT}<key>a</key><string>", "\n", f"</string>{_END}"),
    "text of entities": filled(f"{_IN_DICT}<key>a</key><string>", "&amp;", f"</string>{_END}"),
    "text of references": filled(f"{_IN_DICT}<key>a</key><string>", "&#10;", f"</string>{_END}"),
    "key": filled(f"{_IN_DICT}<key>", "x", f"</key><true/>{_END}"),
    "digits": filled(f"{_IN_DICT}<key>a</key><integer>", "1", f"</integer>{_END}"),
    "spaces in a number": filled(f"{_IN_DICT}<key>a</key><integer>", " ", f"</integer>{_END}"),
    "data": filled(f"{_IN_DICT}<key>a</key><data>", "AAAA", f"</data>{_END}"),
    "data of =": filled(f"{_IN_DICT}<key>a</key><data>", "= ", f"</data>{_END}"),
    "spaces in a date": filled(
        f"{_IN_DICT}<key>a</key><date>2026-01-31T12:00:00Z", " ", f"</date>{_END}"
    ),
    "space at the end": filled(f"{_IN_DICT}{_END}", " ", ""),
    "text between elements": filled(f"{_IN_DICT}", "x ", f"{_END}"),
    "unknown elements": filled(f"{_IN_DICT}", "<a/>", f"{_END}"),
    "values one after the other": filled(f"{_HEAD}", "<true/>", "</plist>"),
    "depth": filled(f"{_IN_DICT}<key>a</key>", "<array>", f"{_END}"),
    "depth of unknown elements": filled(f"{_IN_DICT}<key>a</key>", "<a>", f"{_END}"),
    "empty dictionaries": filled(f"{_IN_DICT}<key>a</key><array>", "<dict/>", f"</array>{_END}"),
    "few values too many": filled(
        f"{_IN_DICT}<key>a</key><array>", "<string>aaaa</string>", f"</array>{_END}"
    ),
    "one key many times": filled(f"{_IN_DICT}", "<key>a</key><true/>", f"{_END}"),
    "unknown keys": "".join(
        [_IN_DICT, *(f"<key>{n:012}</key><true/>" for n in range(34_000)), _END]
    ).encode(),
    "misspelled items": filled(
        f"{_IN_DICT}<key>UpdateResults</key><array>",
        "<dict><key>ProductKy</key><string>a</string></dict>",
        f"</array>{_END}",
    ),
    "items of a wrong type": filled(
        f"{_IN_DICT}<key>UpdateResults</key><array>", "<string>aaaaaa</string>", f"</array>{_END}"
    ),
    "values of a wrong type": filled(
        f"{_IN_DICT}<key>UpdateResults</key><array>",
        "<dict><key>Status</key><integer>1</integer></dict>",
        f"</array>{_END}",
    ),
    "characters XML cannot write": filled(
        f"{_IN_DICT}<key>a</key><array>", "<string>&#13;aa</string>", f"</array>{_END}"
    ),
    "declared entities": filled('<?xml version="1.0"?><!DOCTYPE plist [', "<!ENTITY a 'b'>", "]>"),
    "DOCTYPE": filled('<?xml version="1.0"?><!DOCTYPE plist "', "x", f'">{_HEAD[39:]}'),
    "encoding": filled('<?xml version="1.0"', " encoding='", "?>"),
    "spaces before": filled("", " ", f"{_IN_DICT}{_END}"),
    "one <": filled("", "<", ""),
    "zeros after <": filled("<", "\0", ""),
}


def _binary(objects: list[bytes], top: int = 0, ref: int = 3) -> bytes:
    """Write objects as a binary property list; references have a number of bytes."""
    offsets, data = [], bytearray(b"bplist00")
    for item in objects:
        offsets.append(len(data))
        data += item
    table = len(data)
    data += b"".join(offset.to_bytes(3, "big") for offset in offsets)
    trailer = (3, ref, len(objects), top, table)
    data += bytes(6) + bytes(trailer[:2]) + b"".join(n.to_bytes(8, "big") for n in trailer[2:])
    return bytes(data)


def _array(*references: int, ref: int = 3) -> bytes:
    return (
        b"\xaf\x12"
        + len(references).to_bytes(4, "big")
        + b"".join(n.to_bytes(ref, "big") for n in references)
    )


_MANY = 250_000
BINARY: dict[str, bytes] = {
    "good": _good("binary", 12_000),
    "small objects": _binary([_array(0)[:6] + b"\0\0\1", *[b"\x09"] * _MANY]),
    "one object many times": _binary([_array(*[1] * 345_000), b"\x09"]),
    "nulls": _binary([_array(*[1] * 345_000), b"\x00"]),
    "text": _binary([b"\x5f\x12" + (1_000_000).to_bytes(4, "big") + b"x" * 1_000_000]),
    "shared arrays": _binary(
        [_array(n + 1, n + 1) for n in range(60)] + [b"\x09"] + [b"\x08"] * 200_000
    ),
    "arrays in arrays": _binary([*(_array(n + 1) for n in range(80_000)), b"\x09"]),
    "an array that holds itself": _binary([_array(*[0] * 345_000)]),
    "overlapping texts": _binary(
        [b"\x5f\x12" + (500_000).to_bytes(4, "big")] * 50_000 + [b"x" * 500_000]
    ),
    "dictionary with one key": _binary(
        [
            b"\xdf\x12" + (170_000).to_bytes(4, "big") + b"\0\0\1" * 170_000 + b"\0\0\2" * 170_000,
            b"\x51a",
            b"\x09",
        ]
    ),
}

# -- JSON ----------------------------------------------------------------------------------------

_REPORT = {
    "StatusItems": {"softwareupdate": {"install-state": "none"}},
    "Errors": [{"StatusItem": f"a.b.{n}", "Reasons": [{"Code": "Error.X"}]} for n in range(12_500)],
}
_IN_JSON = '{"StatusItems": {}, "Errors": [], "a": '
JSON: dict[str, bytes] = {
    "good": json.dumps(_REPORT).encode(),
    "text": filled(f'{_IN_JSON}"', "x", '"}'),
    "text of escapes": filled(f'{_IN_JSON}"', "\\\\", '"}'),
    "text without end": filled(f'{_IN_JSON}"', "\\\\", ""),
    "key": filled('{"StatusItems": {}, "', "x", '": 1}'),
    "digits": filled(_IN_JSON, "1", "}"),
    "digits of a real": filled(f"{_IN_JSON}0.", "1", "}"),
    "spaces after": filled('{"StatusItems": {}, "Errors": []}', " ", ""),
    "spaces inside": filled('{"StatusItems": {}, "Errors": []', " ", "}"),
    "lines inside": filled('{"StatusItems": {}, "Errors": []', "\n", "}"),
    "depth": filled(_IN_JSON, "[", ""),
    "depth of dictionaries": filled(_IN_JSON, '{"a":', ""),
    "empty arrays": filled(f"{_IN_JSON}[[]", ",[]", "]}"),
    "one key many times": filled('{"StatusItems": {}', ',"a":1', "}"),
    "unknown keys": json.dumps(
        {"StatusItems": {}} | {f"{n:012}": 1 for n in range(50_000)}
    ).encode(),
    "nulls": filled(f"{_IN_JSON}[null", ",null", "]}"),
    "halves of surrogates": filled(f'{_IN_JSON}["\\ud800"', ',"\\ud800"', "]}"),
    "items of a wrong type": filled('{"StatusItems": {}, "Errors": [1', ",1", "]}"),
    "misspelled items": filled('{"StatusItems": {}, "Errors": [{}', ',{"StatusItm":"a"}', "]}"),
    "status items by name": json.dumps(
        {"statusItems": [{"key": f"a{n}.b.c", "value": 1} for n in range(25_000)]}
    ).encode(),
    "results": json.dumps(
        {"results": [{"request_type": "a", "result": "AAAA"} for _ in range(23_000)]}
    ).encode(),
}
TEXTS: dict[str, bytes] = {
    "base64 with spaces": filled("PD94", " ", "!"),
    "base64 with =": filled("PD94", "=", ""),
    "print-out without end": filled("", "{a=", ""),
    "print-out of spaces": filled("{ a =", " ", ""),
    "print-out of words": filled("{", "a", ""),
    "braces": filled("x", "{", ""),
    "script with many lists": filled("#!/bin/sh\n", "<plist>", ""),
    "script with many ends": filled("#!/bin/sh\n<plist>", "</plist>", ""),
    "array": filled("[{}", ",{}", "]"),
    "documents": filled("", "{}\n", ""),
}


# -- foreign values ------------------------------------------------------------------------------

_CSV_HEAD = "name,platform,os_version,supervised\n"
INVENTORIES: dict[str, bytes] = {
    "good": filled(_CSV_HEAD, "a,iOS,17.4,\n", ""),
    "one cell": filled(_CSV_HEAD, "x", ""),
    "one quoted cell": filled(f'{_CSV_HEAD}"', "x\n", ""),
    "commas": filled(_CSV_HEAD, ",", ""),
    "columns": filled("name", ",abcdefgh", "\na,b\n"),
    "long columns": filled("name,", "operating system versio ", "\na,b\n"),
    "empty lines": filled(_CSV_HEAD, "\n", ""),
    "quotes": filled(_CSV_HEAD, '"', ""),
    "spaces in a cell": filled(f"{_CSV_HEAD}a,iOS,", " ", ",true"),
    "digits of a version": filled(f"{_CSV_HEAD}a,iOS,", "1", ",true"),
    "dots of a version": filled(f"{_CSV_HEAD}a,iOS,", "1.", ",true"),
    "JSON lines": filled("", '{"name": "a", "platform": "iOS", "os_version": "17"}\n', ""),
    "JSON with many keys": json.dumps([{f"key{n}": n for n in range(50_000)}]).encode(),
    "JSON, nested": filled('[{"a":', '{"a":', ""),
    "sw_vers": filled("ProductName:\tmacOS\n", "ProductVersion:\t14.4\n", ""),
    "unfinished JSON lines": filled("", "{\n", ""),
    "strings of JSON": filled('["a"', ',"a"', "]"),
}
_ASSET = {
    "ProductVersion": "17.4.1",
    "Build": "21E236",
    "PostingDate": "2026-03-21",
    "ExpirationDate": "2026-07-21",
    "SupportedDevices": ["iPhone14,2", "iPhone14,3"],
}
RELEASES: dict[str, bytes] = {
    "good": json.dumps(
        {"PublicAssetSets": {"iOS": [_ASSET | {"Build": f"21E{n}"} for n in range(5_500)]}}
    ).encode(),
    "one release": json.dumps({"PublicAssetSets": {"iOS": [_ASSET] * 5_500}}).encode(),
    "one device": json.dumps(
        {"PublicAssetSets": {"iOS": [_ASSET | {"SupportedDevices": ["iPhone14,2"] * 70_000}]}}
    ).encode(),
    "versions": filled('{"PublicAssetSets": {"iOS": [{"ProductVersion": "', "1.", '"}]}}'),
    "depth": filled('{"PublicAssetSets": ', "[", ""),
}


def _stored(**changes: object) -> bytes:
    device = osu.Device("iPadOS", "17.3", supervised=True, access_rights=8191)
    flow, now = UpdateFlow(device, "17.4.1"), dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
    command = flow.next_command(now)
    assert command is not None
    flow.receive(osu.Response(status="NotNow", command_uuid=command.command_uuid), now)
    stored = flow.to_dict()
    return json.dumps(stored | {"history": stored["history"] * 3_000} | changes).encode()


FLOWS: dict[str, bytes] = {
    "good": _stored(),
    "unknown keys": _stored(history=[], **{f"key{n}": n for n in range(50_000)}),
    "text": _stored(history=[], id="1" * 1_000_000),
    "deep item": _stored(history=[], item=json.loads("[" * 900 + "]" * 900)),
    "many updates of an item": _stored(history=[], item={"a": [[]] * 250_000}),
}


def _values(data: bytes) -> object:
    return osu.from_dict(json.loads(data), osu.ScheduleOSUpdateResponse)


# -- measuring -----------------------------------------------------------------------------------


def quiet(call: Call, data: bytes) -> None:
    # Rejecting an input is as good as reading it; what leaves an entry point is tested elsewhere.
    with suppress(ValueError, TypeError, RecursionError):
        call(data)


def seconds(call: Call, data: bytes) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        quiet(call, data)
        best = min(best, time.process_time() - start)
        if best > 2:
            break
    return best


def peak(call: Call, data: bytes) -> int:
    tracemalloc.start()
    quiet(call, data)
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return memory


Inputs = dict[str, bytes]
ENTRIES: dict[str, tuple[Call, bytes, Inputs]] = {
    "loads, XML": (lambda d: osu.loads(d, osu.ScheduleOSUpdateResponse), XML["good"], XML),
    "strict loads, XML": (
        lambda d: osu.loads(d, osu.ScheduleOSUpdateResponse, strict=True),
        XML["good"],
        XML,
    ),
    "validate, XML": (osu.validate, XML["good"], XML),
    "positions, XML": (osu.positions, XML["good"], XML),
    "loads, binary": (lambda d: osu.loads(d, osu.ScheduleOSUpdateResponse), BINARY["good"], BINARY),
    "validate, binary": (osu.validate, BINARY["good"], BINARY),
    "loads, JSON": (lambda d: osu.loads(d, StatusReport), JSON["good"], JSON),
    "validate, JSON": (osu.validate, JSON["good"], JSON),
    "positions, JSON": (osu.positions, JSON["good"], JSON),
    "validate, text": (osu.validate, XML["good"], TEXTS),
    "from_dict": (_values, JSON["good"], JSON),
    "read_inventory": (lambda d: list(read_inventory(d)), INVENTORIES["good"], INVENTORIES),
    "load_releases": (load_releases, RELEASES["good"], RELEASES),
    "load_flow": (lambda d: load_flow(json.loads(d)), FLOWS["good"], FLOWS),
}


def main(names: list[str]) -> None:
    print(f"{'':20}{'':30}{'time':>8}{'memory':>8}")
    for entry, (call, good, inputs) in ENTRIES.items():
        chosen = [
            name
            for name in inputs
            if name != "good" and (not names or any(part in f"{entry}: {name}" for part in names))
        ]
        if not chosen:
            continue
        time_of_good, memory_of_good = seconds(call, good), peak(call, good)
        print(f"{entry:20}{'a good megabyte':30}{time_of_good:7.2f}s{memory_of_good >> 20:6} MB")
        for name in chosen:
            times = seconds(call, inputs[name]) / time_of_good
            memory = peak(call, inputs[name]) / memory_of_good
            mark = "  !" if max(times, memory) > 4 else ""
            print(f"{'':20}{name:30}{times:8.2f}{memory:8.2f}{mark}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
