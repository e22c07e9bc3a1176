"""Import, the start of the command line, and many files."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from benchmarks.measuring import Table, cost, costs
from benchmarks.validate import COMMAND, SCHEMA

import mdm_osupdate as osu

_READ_ALL = """
import pathlib, plistlib, sys
for path in pathlib.Path(sys.argv[1]).rglob("*.plist"):
    plistlib.loads(path.read_bytes())
"""


def importing(repeat: int) -> Table:
    """Measure the import."""
    codes = {
        "attrs, cattrs, plistlib": "import attrs, cattrs, plistlib",
        "mdm_osupdate": "import mdm_osupdate",
        "mdm_osupdate, and reading one message": (
            "import mdm_osupdate; mdm_osupdate.from_dict({'Status': 'Idle'}, mdm_osupdate.Response)"
        ),
    }
    commands = [("-c", code) for code in ("", *codes.values())]
    empty, *times = (each.seconds for each in costs(*commands, repeat=repeat))
    rows = [
        (name, (time - empty) * 1000, (time - empty) / (times[0] - empty))
        for name, time in zip(codes, times, strict=True)
    ]
    note = """\
Processor time above that of an interpreter that does nothing. Target: 1.4. Most of it is what attrs
takes to make a class for each dictionary that Apple names."""
    return Table("Import", ("", "ms", "ratio"), rows, note)


def starting(folder: Path, repeat: int) -> Iterator[Table]:
    """Measure the check of one file, and what it consists of."""
    plist, document, schema = (folder / name for name in ("one.plist", "one.json", "schema.json"))
    plist.write_bytes(osu.dumps(COMMAND))
    document.write_text(json.dumps(osu.to_dict(COMMAND)))
    schema.write_text(json.dumps(SCHEMA))
    check = ("-m", "mdm_osupdate", "check", str(plist))
    steps = {
        "Python": "",
        "attrs, plistlib, click": "import attrs, plistlib, click",
        "mdm_osupdate": "import click, mdm_osupdate",
        "its validation": "import click, mdm_osupdate.validation",
    }
    other, ours, *sums = costs(
        ("-m", "check_jsonschema", "--schemafile", str(schema), str(document)),
        check,
        *(("-c", code) for code in steps.values()),
        repeat=repeat,
    )
    rows = [
        ("mdm-osupdate check", ours.seconds * 1000, ours.peak / 1024, 1.0),
        ("check-jsonschema", other.seconds * 1000, other.peak / 1024, other.seconds / ours.seconds),
    ]
    note = (
        "Processor time of the whole process. Target: half of check-jsonschema's, so a ratio of 2."
    )
    yield Table("Check of one file", ("", "ms", "peak MiB", "ratio"), rows, note)
    note = """\
Each step includes those that it needs, so the times are differences. Most of our own is what attrs
takes to make 45 classes, whose methods it compiles at each start. Declarations and status
reports are imported only for documents that hold one."""
    times = [each.seconds * 1000 for each in (*sums, ours)]
    own = (time - before for before, time in pairwise([0.0, *times]))
    yield Table(
        "Steps of checking one file", ("", *steps, "command and check"), [("ms", *own)], note
    )


def checking(folder: Path, number: int) -> Table:
    """Measure the check of many files."""
    data = osu.dumps(COMMAND)
    for n in range(number):
        inner = folder / f"{n // 1000}"
        inner.mkdir(exist_ok=True)
        (inner / f"{n}.plist").write_bytes(data)
    bare = cost("-c", _READ_ALL, str(folder), repeat=3)
    rows: list[tuple[object, ...]] = [
        ("reading with plistlib", bare.seconds, number / bare.seconds, bare.peak / 1024, 1.0)
    ]
    for name, options in {
        "mdm-osupdate check": [],
        "for a device": ["--platform", "macOS", "--os-version", "14.4"],
    }.items():
        ours = cost("-m", "mdm_osupdate", "check", *options, str(folder), repeat=3)
        ratio = ours.seconds / bare.seconds
        rows.append((name, ours.seconds, number / ours.seconds, ours.peak / 1024, ratio))
    header = ("", "seconds", "files per second", "peak MiB", "ratio")
    return Table(f"Check of {number:,} files", header, rows, "Processor time of all processes.")


def tables(small: bool) -> Iterator[Table]:
    """Measure all of it."""
    repeat = 3 if small else 15
    yield importing(repeat)
    with tempfile.TemporaryDirectory() as scratch:
        yield from starting(Path(scratch), repeat)
    with tempfile.TemporaryDirectory() as scratch:
        yield checking(Path(scratch), 500 if small else 10_000)
