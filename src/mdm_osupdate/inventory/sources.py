"""From a document to its records: CSV, JSON, property lists and the output of ``sw_vers``."""

import codecs
import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TypeAlias

from mdm_osupdate.codec import DEFAULT_LIMITS, is_plist, read
from mdm_osupdate.errors import show

Record: TypeAlias = Mapping[str, object]
Source: TypeAlias = bytes | str | Record | Iterable[str] | Iterable[Record]
Numbered: TypeAlias = tuple[int | None, Record | str]
"""The line on which a record begins, if it has one, and the record, or why it cannot be read."""

_DELIMITER = re.compile(r"sep=.$", re.IGNORECASE)

_WRAPPERS = ("data", "value", "results", "devices", "hosts", "computers", "mobile_devices")
"""The keys under which JSON has the array of devices."""


def records(source: Source) -> Iterator[Numbered]:
    """Yield the records of a source, one at a time.

    Raises:
        ValueError: the source as a whole cannot be read.
        TypeError: it is not one of the types of a source.
    """
    if isinstance(source, bytes):
        yield from _from_bytes(source)
    elif isinstance(source, str):
        yield from _from_lines(iter(source.splitlines(keepends=True)))
    elif isinstance(source, Mapping):
        yield from _from_values(source)
    elif isinstance(source, Iterable):
        yield from _from_items(iter(source))
    else:
        raise TypeError(f"an inventory is bytes, text or an iterable, not {show(source)}")


_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _from_bytes(data: bytes) -> Iterator[Numbered]:
    if is_plist(data):
        yield from _from_values(read(data, DEFAULT_LIMITS))
        return
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ValueError(f"line {line}: not text in UTF-8; save the file as UTF-8") from None
    yield from _from_lines(iter(text.splitlines(keepends=True)))


def _from_items(items: Iterator[object]) -> Iterator[Numbered]:
    for first in items:
        # Lines or records: the first decides for all.
        if isinstance(first, str):
            yield from _from_lines(str(line) for line in chain([first], items))
        else:
            yield from map(_record, chain([first], items))
        return


def _record(value: object) -> Numbered:
    return None, value if isinstance(value, Mapping) else f"expected a device, got {show(value)}"


def _from_lines(lines: Iterator[str]) -> Iterator[Numbered]:
    numbered = ((number, line.lstrip("\ufeff")) for number, line in enumerate(lines, 1))
    # Excel writes a line that names the delimiter.
    used = (item for item in numbered if item[1].strip() and not _DELIMITER.match(item[1]))
    number, text = next(used, (0, ""))
    if not number:
        raise ValueError("the inventory is empty")
    rest = chain([text], lines)
    if text.lstrip()[0] in "[{":
        yield from _from_json(rest, number)
    elif text.startswith("ProductName:"):
        yield number, dict(_pair(pair) for pair in rest if ":" in pair)
    else:
        yield from _from_csv(rest, number)


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":")
    return key.strip(), value.strip()


def _from_json(lines: Iterator[str], first: int) -> Iterator[Numbered]:
    start = next(lines)
    try:
        value = json.loads(start)
    except (ValueError, RecursionError):
        text = start + "".join(lines)
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {first - 1 + error.lineno}: {error.msg}") from None
        except (ValueError, RecursionError) as error:
            raise ValueError(f"the JSON cannot be read: {error!s:.120}") from None
        yield from _from_values(value)
        return
    yield from _from_values(value)
    # One document on each line.
    for number, line in enumerate(lines, first + 1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, f"the JSON cannot be read: {error!s:.120}"
            else:
                yield from ((number, record) for _, record in _from_values(value))


def _from_values(value: object) -> Iterator[Numbered]:
    if isinstance(value, Mapping):
        inner = next((value[key] for key in _WRAPPERS if isinstance(value.get(key), list)), None)
        value = [value] if inner is None else inner
    if not isinstance(value, list):
        raise ValueError(f"expected an array of devices, got {show(value)}")
    yield from map(_record, value)


def _from_csv(lines: Iterator[str], first: int) -> Iterator[Numbered]:
    header = next(lines)
    delimiter = max(",;\t", key=header.count)
    # Strict, since a quotation mark that nobody closes would swallow all rows after it.
    reader = csv.reader(chain([header], lines), delimiter=delimiter, strict=True)
    begins = first
    try:
        columns = [column.strip() for column in next(reader)]
        begins = first + reader.line_num
        for row in reader:
            if any(cell.strip() for cell in row):
                yield begins, _named(columns, row)
            begins = first + reader.line_num
    except csv.Error as error:
        raise ValueError(f"line {begins}: {error}") from None


def _named(columns: list[str], row: list[str]) -> Record | str:
    if len(row) > len(columns):
        return f"expected {len(columns)} cells, got {len(row)}"
    return dict(zip(columns, row, strict=False))
