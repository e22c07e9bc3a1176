"""The promise: whatever the bytes, only ``DecodeError`` leaves reading, and it has findings."""

import json
import plistlib
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from exactness import CLASSES, DECLARATIVE
from hypothesis import example, given, settings
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate.messages import COMMANDS, RESPONSES
from mdm_osupdate.strategies import dictionaries, plist_values

CORPUS = sorted((Path(__file__).parents[1] / "corpus").iterdir())
SOME = (osu.ScheduleOSUpdateCommand, osu.ScheduleOSUpdateResponse, DECLARATIVE[0])
"""One class of each format and direction, for documents that are not even read so far."""
each_file = pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)


EVERY = (*COMMANDS, *RESPONSES, osu.Response, *DECLARATIVE)


def read_in_every_way(data: bytes | str, classes: Iterable[type[osu.Message]] = EVERY) -> None:
    for cls in classes:
        for strict in (False, True):
            try:
                osu.loads(data, cls, strict=strict)
            except osu.DecodeError as error:
                assert error.findings
    try:
        osu.loads_command(data)
    except osu.DecodeError as error:
        assert error.findings
        assert str(error)
    for finding in osu.validate(data):
        assert len(finding.message) < 400
        assert len(finding.path) < 2000
    osu.positions(data)


good_documents = st.one_of(
    st.sampled_from(CORPUS).map(Path.read_bytes),
    st.builds(
        lambda document, fmt: plistlib.dumps(document, fmt=fmt),
        st.sampled_from(CLASSES).flatmap(dictionaries),
        st.sampled_from([plistlib.FMT_XML, plistlib.FMT_BINARY]),
    ),
    st.sampled_from(DECLARATIVE).flatmap(dictionaries).map(lambda d: json.dumps(d).encode()),
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good document with some bytes changed, added, removed or repeated."""
    data = bytearray(draw(good_documents))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["flip", "insert", "delete", "repeat", "cut"])):
            case "flip" if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "insert":
                data[at:at] = draw(st.binary(min_size=1, max_size=4))
            case "delete":
                del data[at : at + draw(st.integers(1, 8))]
            case "repeat":
                data[at:at] = data[at : at + draw(st.integers(1, 40))]
            case "cut":
                del data[at:]
    return bytes(data)


@given(st.binary() | st.text())
def test_random_input(data: bytes | str) -> None:
    read_in_every_way(data)


@given(st.binary().map(b"{".__add__) | st.text().map("{".__add__))
@example(b"{\x01")
@example(b"{}}")
def test_random_json(data: bytes | str) -> None:
    read_in_every_way(data)


@given(st.binary().map(b"bplist00".__add__))
def test_random_binary_documents(data: bytes) -> None:
    read_in_every_way(data)


@settings(max_examples=300)
@given(damaged())
def test_damaged_documents(data: bytes) -> None:
    read_in_every_way(data)


@given(plist_values(), st.sampled_from([plistlib.FMT_XML, plistlib.FMT_BINARY]))
@example({"Status": plistlib.UID(1)}, plistlib.FMT_BINARY)
@example({"Status": float("nan")}, plistlib.FMT_XML)
@example(plistlib.UID(1), plistlib.FMT_BINARY)
def test_arbitrary_property_lists(value: Any, fmt: Any) -> None:
    read_in_every_way(plistlib.dumps(value, fmt=fmt))


@pytest.mark.slow
def test_ten_thousand_inputs() -> None:
    """From a seed, so that a failure can be repeated."""
    import random

    chance = random.Random(26)
    documents = [path.read_bytes() for path in CORPUS]
    for _ in range(10_000):
        data = bytearray(chance.choice(documents))
        for _ in range(chance.randint(1, 5)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        for cls in (osu.ScheduleOSUpdateCommand, osu.AvailableOSUpdatesResponse):
            try:
                osu.loads(bytes(data), cls)
            except osu.DecodeError as error:
                assert error.findings


@each_file
def test_corpus_and_truncations(path: Path) -> None:
    data = path.read_bytes()
    read_in_every_way(data)
    for end in range(0, len(data), max(1, len(data) // 60)):
        read_in_every_way(data[:end], SOME)


# -- documents made to hurt ----------------------------------------------------------------------


def binary(*objects: bytes, count: int | None = None) -> bytes:
    """A binary property list of these objects, references of two bytes, however wrong."""
    body, offsets = b"bplist00", []
    for item in objects:
        offsets.append(len(body))
        body += item
    table = b"".join(offset.to_bytes(8, "big") for offset in offsets)
    number = len(objects) if count is None else count
    return body + table + struct.pack(">6xBBQQQ", 8, 2, number, 0, len(body))


def string(text: str) -> bytes:
    return bytes([0x50 | len(text)]) + text.encode() if len(text) < 15 else long_string(text)


def long_string(text: str) -> bytes:
    return b"\x5f\x10" + bytes([len(text)]) + text.encode()


def array(references: list[int]) -> bytes:
    return b"\xaf\x12" + struct.pack(">I", len(references)) + refs(references)


def refs(references: list[int]) -> bytes:
    return b"".join(struct.pack(">H", ref) for ref in references)


def bomb() -> bytes:
    """3 KB and 2.25 million objects: 1,500 references to one item with 1,500 to one error."""
    item = b"\xd1" + refs([5, 6])
    return binary(
        b"\xd2" + refs([1, 3, 2, 4]),
        string("Status"),
        string("UpdateResults"),
        string("Acknowledged"),
        array([7] * 1500),
        string("ErrorChain"),
        array([8] * 1500),
        item,
        b"\xd0",
    )


def hurtful() -> Iterator[tuple[str, bytes | str]]:
    declaration = '<?xml version="1.0"?><!DOCTYPE plist [{}]>'
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    body = "<plist><dict><key>Status</key><string>{}</string></dict></plist>"
    yield "entity", declaration.format('<!ENTITY a "b">') + body.format("&a;")
    yield "billion laughs", declaration.format('<!ENTITY l0 "lol">' + lol) + body.format("&l9;")
    yield (
        "external entity",
        declaration.format('<!ENTITY a SYSTEM "file:///etc/passwd">') + body.format("&a;"),
    )
    yield "10,000 levels", "<plist>" + "<array>" * 10_000 + "</array>" * 10_000 + "</plist>"
    yield "10,000 levels, open", "<plist>" + "<dict><key>a</key>" * 5_000
    yield "levels in binary", binary(*[b"\xa1" + refs([n + 1]) for n in range(5_000)], b"\x09")
    yield "contains itself", binary(b"\xa1" + refs([0]))
    yield "contains itself as a key", binary(b"\xd1" + refs([0, 0]))
    yield "graph", bomb()
    yield "doubling", binary(*[b"\xa2" + refs([n + 1, n + 1]) for n in range(60)], b"\x09")
    yield "count of 2**63", binary(b"\xd0", count=2**63)
    yield "length of 2**63", binary(b"\xaf\x13" + struct.pack(">Q", 2**63))
    yield "overlapping objects", binary(*[b"\x4f\x12\x00\x0f\x00\x00"] * 60_000)
    yield "integer of 200,000 digits", f"<plist><integer>{'9' * 200_000}</integer></plist>"
    yield "hexadecimal integer", f"<plist><integer>0x{'f' * 200_000}</integer></plist>"
    yield "integer past 64 bits", binary(b"\x14" + b"\x7f" * 16)
    for date in ("soon", "2026-13-01T00:00:00Z", "2026", "", "9999999-01-01T00:00:00Z"):
        yield f"date {date}", f"<plist><date>{date}</date></plist>"
    yield "date past the end", binary(b"\x33" + struct.pack(">d", 1e300))
    yield "date nan", binary(b"\x33" + struct.pack(">d", float("nan")))
    yield (
        "declared as latin-1",
        b'<?xml version="1.0" encoding="latin-1"?>' + b"<plist>\xff",
    )
    yield "unknown encoding", '<?xml version="1.0" encoding="klingon"?><plist><dict/></plist>'
    yield "UTF-16 without mark", "<plist><dict/></plist>".encode("utf-16-le")
    yield "UTF-32", "<plist><dict/></plist>".encode("utf-32")
    yield "invalid UTF-8", b"<plist><string>\xff\xfe</string></plist>"
    yield "lone surrogate", "<plist><string>\ud800</string></plist>"
    yield "lone surrogate in binary", binary(b"\x61\xd8\x00")
    yield "NUL", b"<plist>\0</plist>"
    yield "null", binary(b"\xd1" + refs([1, 2]), string("Status"), b"\x00")
    yield "null key", binary(b"\xd1" + refs([1, 1]), b"\x00")
    yield "integer key", binary(b"\xd1" + refs([1, 1]), b"\x10\x05")
    yield "data as base64 that is none", "<plist><data>***</data></plist>"
    yield "key without dict", "<plist><key>a</key></plist>"
    yield "value without key", "<plist><dict><string/></dict></plist>"
    yield "long key", f"<plist><dict><key>{'k' * 100_000}</key><true/></dict></plist>"
    yield "many keys", "<plist><dict>" + "<key>a</key><true/>" * 4_000 + "</dict></plist>"


HURTFUL = dict(hurtful())


@pytest.mark.parametrize("name", HURTFUL)
def test_hostile_documents(name: str) -> None:
    read_in_every_way(HURTFUL[name], [osu.ScheduleOSUpdateResponse])


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("entity", "OSU105"),
        ("billion laughs", "OSU105"),
        ("external entity", "OSU105"),
        ("10,000 levels", "OSU104"),
        ("contains itself", "OSU104"),
        ("graph", "OSU104"),
        ("doubling", "OSU104"),
        ("overlapping objects", "OSU101"),
        ("integer past 64 bits", "OSU106"),
        ("null", "OSU106"),
        ("integer key", "OSU106"),
    ],
)
def test_reasons_for_rejection(name: str, rule: str) -> None:
    assert osu.validate(HURTFUL[name])[0].rule == rule
    with pytest.raises(osu.DecodeError):
        osu.loads(HURTFUL[name], osu.ScheduleOSUpdateResponse, strict=True)


def test_shared_objects_are_rejected_early() -> None:
    assert len(bomb()) < 8_000
    with pytest.raises(osu.PlistError, match="more values than the limit of 50000"):
        osu.loads(bomb(), osu.ScheduleOSUpdateResponse)
