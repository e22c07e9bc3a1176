"""The targets: for each way in, what must hold whatever the bytes.

A target raises ``AssertionError``, or what it must not raise, if a promise is broken.
"""

import contextlib
import datetime as dt
import io
import json
import pickle
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

from attrs import frozen
from exactness import CLASSES, DECLARATIVE, exactly
from fuzz import seeds
from fuzz.layouts import WRITERS, writable
from fuzz.mutating import FromBytes, foreign, parsed

import mdm_osupdate as osu
from mdm_osupdate.cli import run
from mdm_osupdate.codec import DEFAULT_LIMITS, Part, examine, open_document
from mdm_osupdate.codec.keys import is_whole
from mdm_osupdate.codec.searching import search_text
from mdm_osupdate.codec.splitting import is_sequence, split_array, split_lines, split_part
from mdm_osupdate.declarations import (
    SoftwareUpdateRequired,
    StatusReport,
    reported_build,
    reported_failure,
    reported_version,
    summarize,
)
from mdm_osupdate.flow import EnforcementFlow, UpdateFlow, load_flow
from mdm_osupdate.inventory import Row, read_device, read_inventory
from mdm_osupdate.messages import COMMANDS, RESPONSES, Message
from mdm_osupdate.releases import Releases, load_releases
from mdm_osupdate.simulator import SimulatedDevice, offer

DEVICES = (
    osu.Device("iOS", "17.3", supervised=True),
    osu.Device("macOS", "14.3"),
    osu.Device("iPadOS", "26.1", supervised=True, shared_ipad=True, enrollment="device"),
    osu.Device("tvOS", "18.4", supervised=False, access_rights=0),
)
_ITEMS = CLASSES[-5:]


# -- what holds of all -----------------------------------------------------------------------------

_LONGEST = 2_000
"""Characters of a text of a finding. Values and paths are shortened before they get there."""


def are_bounded(findings: Sequence[osu.Finding], data: bytes | None = None) -> None:
    """Check that findings are few and short, and lie inside the document."""
    assert len(findings) <= 1_000
    lines = _lines_of(data or b"")
    for finding in findings:
        assert 0 < len(finding.message) <= _LONGEST
        assert len(finding.path) <= _LONGEST
        assert len(finding.hint) <= _LONGEST
        assert finding.message.isprintable(), ascii(finding.message)
        assert finding.path.isprintable(), ascii(finding.path)
        assert (finding.line is None) == (finding.column is None)
        if data is not None and finding.line is not None and finding.column is not None:
            assert 1 <= finding.line <= lines, finding
            assert 1 <= finding.column <= len(data) + 1, finding


def _lines_of(data: bytes) -> int:
    """Return the most lines that a document may have, whatever its encoding."""
    return 1 + data.count(b"\n") + data.count(b"\r")


def is_explained(error: osu.DecodeError, data: bytes | None = None) -> None:
    """Check the findings of an error."""
    assert error.findings
    assert error.left_out >= 0
    assert 0 < len(str(error)) <= 21 * _LONGEST
    are_bounded(error.findings, data)


def is_kept(message: Message) -> None:
    """Check that a message is the same after it was written and read."""
    cls = type(message)
    assert pickle.loads(pickle.dumps(message)) == message
    hash(message)
    with contextlib.suppress(osu.EncodeError):
        assert osu.from_dict(osu.to_dict(message), cls) == message
    for fmt in ("xml", "binary") if message._wire != "json" else (None,):
        try:
            data = osu.dumps(message, fmt=fmt)
        except osu.EncodeError as error:
            are_bounded(error.findings)
        else:
            assert osu.loads(data, cls) == message
            assert osu.dumps(osu.loads(data, cls), fmt=fmt) == data
    are_bounded(osu.validate(message))


# -- loads and its kin -----------------------------------------------------------------------------


def loads_as(*classes: type[Message]) -> Callable[[bytes], None]:
    """Create the target that reads documents as each of some classes."""

    def target(data: bytes) -> None:
        for cls in classes:
            _read(partial(osu.loads, data, cls), data)

    return target


def _read(read: Callable[..., Message], data: bytes | None) -> None:
    message: Message | None = None
    try:
        message = read()
    except osu.DecodeError as error:
        is_explained(error, data)
    try:
        strict = read(strict=True)
    except osu.DecodeError as error:
        is_explained(error, data)
    else:
        assert strict == message
    if message is not None:
        is_kept(message)


def load_command(data: bytes) -> None:
    _read(partial(osu.loads_command, data), data)


def load_response(data: bytes) -> None:
    for to in (None, *osu.RequestType):
        _read(partial(osu.loads_response, data, to), data)


def from_document(data: bytes) -> None:
    """Read the values of a document, as json and plistlib give them."""
    value = parsed(data)
    if isinstance(value, dict):
        for cls in Random(zlib.crc32(data)).sample((*CLASSES, *DECLARATIVE), 5):
            _read(partial(osu.from_dict, value, cls), None)


def from_foreign(data: bytes) -> None:
    """Read dictionaries of values that no document has."""
    random = FromBytes(data)
    value = {}
    for _ in range(random.randrange(8)):
        value[random.choice(seeds.words())] = foreign(random, seeds.words())
    for cls in (random.choice((*CLASSES, *DECLARATIVE)), SoftwareUpdateRequired):
        for strict in (False, True):
            try:
                message: Message = osu.from_dict(value, cls, strict=strict)
            except osu.DecodeError as error:
                is_explained(error)
            else:
                with contextlib.suppress(osu.EncodeError):
                    assert osu.loads(osu.dumps(message), cls) == message


# -- validate --------------------------------------------------------------------------------------


def validate(data: bytes) -> None:
    """Check a document by itself, and the message in it."""
    report = osu.validate(data)
    are_bounded(report, data)
    assert report.left_out >= 0
    assert osu.validate(data) == report
    places = [(f.line, f.column) for f in report if f.line is not None and f.column is not None]
    assert places == sorted(places)
    with contextlib.suppress(UnicodeDecodeError):
        text = data.decode()
        if not text.startswith("\ufeff") and "encoding" not in text:
            assert [str(f) for f in osu.validate(text)] == [str(f) for f in report]
    with contextlib.suppress(osu.InvalidMessageError):
        report.raise_for_errors()


def strict(data: bytes) -> None:
    """Check that strict reading rejects what validation reports of a document's form."""
    try:
        reading = examine(data, DEFAULT_LIMITS)
    except osu.DecodeError:
        return
    found = {(f.rule, f.path, f.message) for f in reading.findings}
    if not is_whole(reading.root) or {rule for rule, _, _ in found} & {"OSU111", "OSU127"}:
        return
    try:
        message = osu.loads(data, reading.root, strict=True)
    except osu.DecodeError as error:
        assert {(f.rule, f.path, f.message) for f in error.findings} == found
    else:
        assert not found
        assert message == reading.whole


def validate_for_device(data: bytes) -> None:
    """Check a document for a device, with releases, a command and the time."""
    releases = _RELEASES
    command = osu.OSUpdateStatusCommand()
    plain = {finding.rule for finding in osu.validate(data).errors}
    for device in DEVICES:
        for now in (seeds.NOW, dt.datetime(9999, 12, 31)):
            report = osu.validate(data, device, command=command, releases=releases, now=now)
            are_bounded(report, data)
            if report.left_out == 0:
                assert {f.rule for f in report} | _USAGE >= plain


_USAGE = {"OSU202", "OSU207", "OSU208", "OSU212"}
"""Rules that say nothing about what a device does not support."""
_RELEASES = load_releases(*seeds.releases())


# -- positions -------------------------------------------------------------------------------------

_AT_A_KEY = {"OSU107", "OSU108", "OSU109", "OSU126"}
"""Rules about what is not a value."""


def positions(data: bytes) -> None:
    """Compare positions with those of an independent writer, in a layout of its own."""
    value = parsed(data)
    if not isinstance(value, dict | list) or _depth(value) >= DEFAULT_LIMITS.depth:
        return
    random = Random(zlib.crc32(data))
    for fmt, write in WRITERS.items():
        plain = writable(value, fmt)
        document, places = write(plain, random)
        opened = open_document(document, DEFAULT_LIMITS, "json" if fmt == "json" else "plist")
        assert exactly(opened.value) == exactly(plain)
        if len(places) < 1_000:
            assert osu.positions(document) == places, document
            report = osu.validate(document)
            are_bounded(report, document)
            if not {f.rule for f in report} & {"OSU127", "OSU129"}:
                for finding in report:
                    if finding.path in places and finding.rule not in _AT_A_KEY:
                        assert (finding.line, finding.column) == places[finding.path], finding


def _depth(value: Any) -> int:
    inner: Iterable[Any] = ()
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(_depth, inner), default=0)


def any_positions(data: bytes) -> None:
    """Positions of any bytes lie inside them."""
    for line, column in osu.positions(data).values():
        assert 1 <= line <= _lines_of(data)
        assert 1 <= column <= len(data) + 1


# -- documents in documents ------------------------------------------------------------------------

_BEFORE = ("#!/bin/sh\n", "09:00:00 mdmclient: received ", "é\U0001f34e\r\n", "\n\n  x ")


def wrapped(data: bytes) -> None:
    """Check a document in a script: positions are those in the script."""
    random = Random(zlib.crc32(data))
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    text = text.strip()
    if [part.data for part in search_text(text)] != [text.encode()]:
        return
    before = random.choice(_BEFORE)
    script = f"{before}{text}\nEOF\n".encode()
    inner, outer = osu.validate(text.encode()), osu.validate(script)
    are_bounded(outer, script)
    # Malformed JSON and a dictionary that is not closed end with the script, and a malformed text
    # may be a printed dictionary.
    rules = {finding.rule for finding in (*inner, *outer)}
    if rules & {"OSU129", "OSU601"} or (outer and outer[0].rule == "OSU101"):
        return
    if "OSU101" in rules and text.startswith("<dict>"):
        return
    line, column = before.count("\n"), len(before) - before.rfind("\n") - 1

    def moved(finding: osu.Finding) -> object:
        where = finding.line, finding.column
        if finding.line is not None and finding.column is not None:
            where = finding.line + line, finding.column + (column if finding.line == 1 else 0)
        return finding.rule, finding.message, where

    found = {(f.rule, f.message, (f.line, f.column)) for f in outer if f.rule != "OSU127"}
    assert found == {moved(f) for f in inner if f.rule != "OSU127"}, script


def split(data: bytes) -> None:
    """Split files with several documents."""
    is_sequence(data)
    lines = data.splitlines(keepends=True)
    parts = [*split_array(data), *split_part(Part(data)), *split_lines(lines)]
    assert len(parts) <= 2 * len(data) + 1
    for part in parts[:50]:
        report = osu.validate(part.data)
        are_bounded([part.locate(finding) for finding in report])


# -- inventories, releases, flows ------------------------------------------------------------------


def inventory(data: bytes) -> None:
    """Read an inventory as bytes, as text and by lines, and each of its records alone."""
    rows = _rows(data)
    if rows is None:
        return
    assert len(rows) <= len(data)
    for row in rows:
        assert (row.device is None) == bool(row.problem)
        assert len(row.problem) <= _LONGEST
        assert len(row.name) <= 1_000
        assert row.line is None or 1 <= row.line <= _lines_of(data)
        assert not row.undecided or row.device is not None
        hash(row)
        if row.device is not None:
            osu.allowed_actions(row.device)
    with contextlib.suppress(UnicodeDecodeError):
        text = data.decode()
        if not data.startswith(b"bplist") and 0 not in data:
            assert _rows(text) == rows
            assert _rows(re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)) == rows


def _rows(source: Any) -> list[Row] | None:
    try:
        return list(read_inventory(source))
    except ValueError as error:
        assert 0 < len(str(error)) <= 10 * _LONGEST
        return None


def inventory_of_foreign(data: bytes) -> None:
    """Read records of values that no document has."""
    random = FromBytes(data)
    records = []
    for _ in range(random.randrange(3)):
        record = {random.choice(_COLUMNS): foreign(random, seeds.words()) for _ in range(4)}
        records.append(record)
        with contextlib.suppress(ValueError):
            read_device(record)
    for row in read_inventory(records):
        assert (row.device is None) == bool(row.problem)


_COLUMNS = ("platform", "os_version", "supervised", "model", "OSVersion", "name", "udid", "build")


def some_releases(data: bytes) -> None:
    """Read releases, and look for those of a device."""
    try:
        known = load_releases(data)
    except ValueError as error:
        assert 0 < len(str(error)) <= _LONGEST, len(str(error))
        return
    value = parsed(data)
    assert load_releases(value) == known == load_releases(data, data)
    _look_up(known)


def _look_up(known: Releases) -> None:
    model = osu.Device("iOS", "17.3", device_id="iPhone14,2")
    for device in (model, *DEVICES):
        for on in (dt.date(2026, 4, 1), dt.date.max):
            latest = known.latest(device, on=on)
            offered = known.for_device(device, on=on)
            assert latest is None or latest in offered
            known.security_responses(device, on=on)
            known.is_offered("17.4.1", device, on=on)


def stored_flow(data: bytes) -> None:
    """Restore a flow, store it again, and let it go on."""
    value = parsed(data)
    if isinstance(value, Mapping):
        _restore(value)


def stored_flow_of_foreign(data: bytes) -> None:
    """Restore flows of which some values are ones that JSON does not have."""
    random = FromBytes(data)
    value: Any = json.loads(random.choice(seeds.flows()))
    for _ in range(random.randrange(1, 4)):
        inner = value
        while isinstance(inner, dict) and inner:
            step = random.choice(list(inner))
            if not isinstance(inner[step], dict) or random.random() < 0.5:
                inner[step] = foreign(random, seeds.words())
                break
            inner = inner[step]
    _restore(value)


def _restore(value: Mapping[str, Any]) -> None:
    try:
        flow = load_flow(value)
    except ValueError as error:
        assert 0 < len(str(error)) <= 21 * _LONGEST, len(str(error))
        return
    stored = flow.to_dict()
    assert load_flow(json.loads(json.dumps(stored, allow_nan=False))).to_dict() == stored
    for now in (seeds.NOW, seeds.NOW + dt.timedelta(days=365), _LATEST):
        with contextlib.suppress(osu.FlowError):
            if isinstance(flow, UpdateFlow):
                flow.device_idle(now)
                command = flow.next_command(now)
                assert command is None or osu.loads(osu.dumps(command), type(command)) == command
            else:
                flow.advance(now)
        assert flow.wait_until is None or flow.wait_until.tzinfo is not None
    flow.findings  # noqa: B018
    json.dumps(flow.to_dict(), allow_nan=False)


_LATEST = dt.datetime(9999, 12, 31, 23, tzinfo=dt.timezone.utc)


# -- what devices send -----------------------------------------------------------------------------


def responses(data: bytes) -> None:
    """Pass a response to a flow at each of its first steps."""
    try:
        response = osu.loads(data, osu.Response)
    except osu.DecodeError:
        return
    for device, target in ((seeds.IPHONE, "17.4.1"), (seeds.MAC, "14.4")):
        flow, now = UpdateFlow(device, target), seeds.NOW
        for _ in range(4):
            command = None if flow.done else flow.next_command(now)
            if command is not None:
                values = {"CommandUUID": command.command_uuid, "UDID": "A"}
                answer = osu.from_dict(osu.to_dict(response) | values, osu.Response)
                flow.receive(answer, now)
            now = max(now, flow.wait_until or now) + dt.timedelta(hours=1)
        stored = flow.to_dict()
        assert load_flow(json.loads(json.dumps(stored, allow_nan=False))).to_dict() == stored
        str(flow.history)


def reports(data: bytes) -> None:
    """Summarize a status report, and pass it to a flow."""
    try:
        report = osu.loads(data, StatusReport)
    except osu.DecodeError:
        return
    summary = summarize(report)
    assert summary.after(summary) == summary
    reported_version(report)
    reported_build(report)
    reported_failure(report.softwareupdate)
    flow, now = EnforcementFlow(seeds.ENFORCED, seeds.DECLARATION), seeds.NOW
    for _ in range(3):
        flow.receive(report, now)
        now = max(now, flow.wait_until or now) + dt.timedelta(hours=1)
        flow.advance(now)
    stored = flow.to_dict()
    assert load_flow(json.loads(json.dumps(stored, allow_nan=False))).to_dict() == stored
    str(flow.history)


def simulated(data: bytes) -> None:
    """Send any bytes to a simulated device."""
    for device, target in ((seeds.IPHONE, "17.4.1"), (seeds.MAC, "14.4")):
        phone = SimulatedDevice(device, [offer(device, target)])
        for hour in range(2):
            answer = phone.handle(data, seeds.NOW + dt.timedelta(hours=hour))
            if answer is not None:
                osu.loads(answer, osu.Response, strict=False)


def command_line(data: bytes) -> None:
    """Check, convert and show what comes from standard input."""
    form = ("text", "json", "github", "sarif")[zlib.crc32(data) % 4]
    for arguments in (["check", "--format", form, "-"], ["show", "-"], ["convert", "-"]):
        status, output, errors = _run(arguments, data)
        assert status in (0, 1, 2)
        assert "Traceback" not in errors, errors
        if arguments[0] == "check" and form in ("json", "sarif") and status < 2:
            json.loads(output)


class _Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal, so that excerpts of the document are shown."""

    def isatty(self) -> bool:
        return True


def _run(arguments: Sequence[str], data: bytes) -> tuple[int, str, str]:
    """Run the command line in this process: exit status, standard output and error."""
    stdout = _Terminal(io.BytesIO(), encoding="utf-8")
    stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(data))
    try:
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            status = run(["--debug", *arguments])
    finally:
        sys.stdin = before
    return status, _written(stdout), _written(stderr)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


def versions(data: bytes) -> None:
    """Read versions and local times."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        version = osu.OSVersion(text)
    except osu.InvalidVersionError as error:
        assert len(str(error)) < 200
    else:
        assert osu.OSVersion(str(version)) == version
        assert version.base <= version
    with contextlib.suppress(ValueError):
        time = osu.LocalDateTime(text)
        assert osu.LocalDateTime(str(time)) == time
        assert time.datetime.tzinfo is None


# -- the table -------------------------------------------------------------------------------------


@frozen
class Target:
    """One of the targets."""

    check: Callable[[bytes], None]
    seeds: tuple[Callable[[], tuple[bytes, ...]], ...]

    def inputs(self) -> Iterator[bytes]:
        """Yield the inputs that fuzzing begins with."""
        for make in self.seeds:
            yield from make()


_PLISTS = (seeds.property_lists,)
_JSON = (seeds.json_documents,)
_ALL = (*_PLISTS, *_JSON, seeds.containers)
TARGETS: Mapping[str, Target] = {
    "loads-command": Target(loads_as(*COMMANDS), _PLISTS),
    "loads-response": Target(loads_as(*RESPONSES, osu.Response), _PLISTS),
    "loads-item": Target(loads_as(*_ITEMS), _PLISTS),
    "loads-declaration": Target(loads_as(*DECLARATIVE[:-1]), _JSON),
    "loads-report": Target(loads_as(StatusReport, SoftwareUpdateRequired), _JSON),
    "loads_command": Target(load_command, _PLISTS),
    "loads_response": Target(load_response, _PLISTS),
    "from_dict": Target(from_document, _ALL),
    "from_dict-foreign": Target(from_foreign, (seeds.choices,)),
    "validate": Target(validate, _ALL),
    "strict": Target(strict, _ALL),
    "validate-device": Target(validate_for_device, _ALL),
    "positions": Target(positions, _ALL),
    "positions-any": Target(any_positions, _ALL),
    "wrapped": Target(wrapped, _PLISTS),
    "split": Target(split, _ALL),
    "inventory": Target(inventory, (seeds.inventories,)),
    "inventory-foreign": Target(inventory_of_foreign, (seeds.choices,)),
    "releases": Target(some_releases, (seeds.releases,)),
    "flow": Target(stored_flow, (seeds.flows,)),
    "flow-foreign": Target(stored_flow_of_foreign, (seeds.choices,)),
    "flow-responses": Target(responses, _PLISTS),
    "flow-reports": Target(reports, _JSON),
    "simulated": Target(simulated, _PLISTS),
    "command-line": Target(command_line, (*_ALL, seeds.inventories)),
    "versions": Target(versions, (seeds.texts,)),
}
