"""The worst inputs: what a megabyte costs beside a good megabyte of the same format.

Times are those of the process, so that they mean something on a busy machine, too.
"""

from __future__ import annotations

import datetime as dt
import json
import plistlib
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress

from benchmarks.measuring import Table, processor_time

import mdm_osupdate as osu
from mdm_osupdate.declarations import StatusReport
from mdm_osupdate.flow import UpdateFlow, load_flow
from mdm_osupdate.inventory import read_inventory
from mdm_osupdate.releases import load_releases

SIZE = 1 << 20
"""The longest document that is read by default."""
LIMIT = 4
"""The time and memory that the worst input may take, relative to a good one."""
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


_MANY = 49_900  # values: more are not read
BINARY: dict[str, bytes] = {
    "good": _good("binary", 12_000),
    "small objects": _binary([_array(*range(1, _MANY)), *[b"\x09"] * _MANY]),
    "objects that are not used": _binary([_array(), *[b"\x09"] * 2 * _MANY]),
    "one object many times": _binary([_array(*[1] * _MANY), b"\x09"]),
    "one object too many times": _binary([_array(*[1] * 345_000), b"\x09"]),
    "nulls": _binary([_array(*[1] * _MANY), b"\x00"]),
    "text": _binary([b"\x5f\x12" + (1_000_000).to_bytes(4, "big") + b"x" * 1_000_000]),
    "shared arrays": _binary(
        [_array(n + 1, n + 1) for n in range(60)] + [b"\x09"] + [b"\x08"] * 2 * _MANY
    ),
    "arrays in arrays": _binary([*(_array(n + 1) for n in range(80_000)), b"\x09"]),
    "an array that holds itself": _binary([_array(*[0] * _MANY)]),
    "overlapping texts": _binary(
        [b"\x5f\x12" + (500_000).to_bytes(4, "big")] * 50_000 + [b"x" * 500_000]
    ),
    "dictionary with one key": _binary(
        [
            b"\xdf\x12" + _MANY.to_bytes(4, "big") + b"\0\0\1" * _MANY + b"\0\0\2" * _MANY,
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
    "base64 in a text": filled("body=", "PD94bWwg", "!"),
    "blank lines": filled("x", "\n", "y"),
    "doubled quotation marks": filled('x <plist a=""1""', '""', "</plist>"),
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


def numbered(start: str, unit: str, end: str) -> bytes:
    """Repeat a text, with another number each time in place of ``#``, to a document's size."""
    most = len(unit.encode()) + 4
    units = (unit.replace("#", str(number)) for number in range((SIZE - 100) // most))
    return "".join([start, *units, end]).encode()


_CSV_HEAD = "name,platform,os_version\n"
_HEADER = "name,platform,os_version"
_LONGEST = 1 << 17
"""The longest row of a table that is read."""
TABLES: dict[str, bytes] = {
    "good": numbered(_CSV_HEAD, ",iOS,9.#\n", ""),  # no two devices are alike
    "equal devices": filled(_CSV_HEAD, ",iOS,9\n", ""),
    "one cell": filled(_CSV_HEAD, "x", ""),
    "rows of one cell": filled(_CSV_HEAD, "x\n", ""),
    "one quoted cell": filled(f'{_CSV_HEAD}"', "x\n", ""),
    "one quoted cell in one line": filled(f'{_CSV_HEAD}a,iOS,"', "x,", '"\n'),
    "commas": filled(_CSV_HEAD, ",", ""),
    "commas before a header": filled("a", "b,", ""),
    "commas in long rows": filled(_CSV_HEAD, "," * (_LONGEST - 1) + "\n", ""),
    "cells in long rows": filled(_CSV_HEAD, "a ," * (_LONGEST // 3 - 1) + "\n", ""),
    "cells before a header": filled("a", " ,b", ""),
    "columns": filled("name", ",abcdefgh", "\na,b\n"),
    "columns of a long header": filled(
        _HEADER + ",a" * (_LONGEST // 2 - 20) + "\n", "," * 100_000 + "\n", ""
    ),
    "misspelled columns": filled(
        _HEADER + "".join(f",platfor{n}" for n in range(9_000)) + "\n",
        "a,iOS,9" + ",b" * 9_000 + "\n",
        "",
    ),
    "quoted lines of commas": filled(_CSV_HEAD, '"\n",' + "," * 10_000, ""),
    "long columns": filled("name,", "operating system versio ", "\na,b\n"),
    "empty lines": filled(_CSV_HEAD, "\n", ""),
    "quotes": filled(_CSV_HEAD, '"', ""),
    "spaces in a cell": filled(f"{_CSV_HEAD}a,iOS,", " ", ",true"),
    "digits of a version": filled(f"{_CSV_HEAD}a,iOS,", "1", ",true"),
    "dots of a version": filled(f"{_CSV_HEAD}a,iOS,", "1.", ",true"),
    "sw_vers": filled("ProductName:\tmacOS\n", "ProductVersion:\t14.4\n", ""),
}
OBJECTS: dict[str, bytes] = {
    "good": numbered("[{}", ',{"platform":"iOS","os_version":"9.#"}', "]"),
    "equal devices": filled("[{}", ',{"platform":"iOS","os_version":"9"}', "]"),
    "lines": filled("", '{"name": "a", "platform": "iOS", "os_version": "17"}\n', ""),
    "lines of empty objects": filled("", "{}\n", ""),
    "pages": filled('[{"data":[0]}', ',{"data":[0]}', "]"),
    "one key": filled('[{"a":1}', ',{"a":1}', "]"),
    "keys of their own": numbered("[{}", ',{"#":1}', "]"),
    "misspelled keys": numbered("[{}", ',{"platfor#":1}', "]"),
    "objects in objects": filled("[{}", ',{"a":{"b":{"c":{"d":{}}}}}', "]"),
    "numbers": filled("[0", ",0", "]"),
    "nulls": filled("[null", ",null", "]"),
    "many keys": json.dumps([{f"key{n}": n for n in range(50_000)}]).encode(),
    "depth": filled('[{"a":', '{"a":', ""),
    "unfinished lines": filled("", "{\n", ""),
    "strings": filled('["a"', ',"a"', "]"),
    "empty objects": filled("[{}", ",{}", "]"),
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
    "invalid events": _stored(history=[1] * 340_000),
    "text": _stored(history=[], id="1" * 1_000_000),
    "deep item": _stored(history=[], item=json.loads("[" * 900 + "]" * 900)),
    "many updates of an item": _stored(history=[], item={"a": [[]] * 250_000}),
}


def _rows(data: bytes) -> None:
    deque(read_inventory(data), maxlen=0)


def _values(data: bytes) -> object:
    return osu.from_dict(json.loads(data), osu.ScheduleOSUpdateResponse)


# -- measuring -----------------------------------------------------------------------------------


def quiet(call: Call, data: bytes) -> None:
    # Rejecting an input is as good as reading it; what leaves an entry point is tested elsewhere.
    with suppress(ValueError, TypeError, RecursionError):
        call(data)


def cost(call: Call, data: bytes) -> tuple[float, float]:
    """Return the seconds and the peak of memory in MiB."""
    seconds = processor_time(lambda: quiet(call, data))
    tracemalloc.start()
    quiet(call, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak / 2**20


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
    "read_inventory, table": (_rows, TABLES["good"], TABLES),
    "read_inventory, JSON": (_rows, OBJECTS["good"], OBJECTS),
    "load_releases": (load_releases, RELEASES["good"], RELEASES),
    "load_flow": (lambda d: load_flow(json.loads(d)), FLOWS["good"], FLOWS),
}


def tables(small: bool) -> Iterator[Table]:
    """Measure each function that reads data."""
    rows, above = [], []
    for entry, (call, good, inputs) in list(ENTRIES.items())[: 5 if small else None]:
        seconds, peak = cost(call, good)
        costs = {name: cost(call, data) for name, data in inputs.items() if name != "good"}
        slowest = max(costs, key=lambda name: costs[name][0])
        largest = max(costs, key=lambda name: costs[name][1])
        time, memory = costs[slowest][0] / seconds, costs[largest][1] / peak
        rows.append((entry, seconds, peak, len(costs), time, slowest, memory, largest))
        above += [
            (entry, name, of_it[0] / seconds, of_it[1] / peak)
            for name, of_it in costs.items()
            if of_it[0] > LIMIT * seconds or of_it[1] > LIMIT * peak
        ]
    header = ("", "good: s", "good: MiB", "inputs", "time", "slowest", "memory", "largest")
    note = f"""\
Inputs of a megabyte that are made to be as costly as possible, such as one giant tag, or a hundred
thousand values of a wrong type. The processor time and the memory of the worst, over those of a
good megabyte of the same format. Target: {LIMIT}.

In the good inventories, no two devices are alike. Equal devices are read once, in about a third of
the time and with less memory, so the ratios to an inventory of equal devices are higher."""
    yield Table("A megabyte of anything", header, rows, note)
    if above:
        yield Table(f"Inputs above {LIMIT}", ("", "input", "time", "memory"), above)
