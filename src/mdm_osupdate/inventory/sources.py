"""Conversion of documents to records: CSV, JSON, property lists and the output of ``sw_vers``."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TypeAlias

from mdm_osupdate.codec import DEFAULT_LIMITS, is_plist, read
from mdm_osupdate.errors import show

from .tables import Numbered, read_table

Record: TypeAlias = Mapping[str, object]
Source: TypeAlias = bytes | bytearray | str | Record | Iterable[str] | Iterable[Record]

_NAMES = (
    "data",
    "value",
    "results",
    "devices",
    "hosts",
    "computers",
    "mobile_devices",
    "advanced_computer_search",
    "advanced_mobile_device_search",
    "response",
    "rows",
    "items",
    "records",
)
_WRAPPERS = [key for name in _NAMES for key in (name, name.capitalize())]
"""The keys under which JSON has the array of devices, or an object with it."""
_MOST_KEYS_OF_A_PAGE = 8
"""The maximum number of keys beside that array. A device has more."""


def records(source: Source) -> Iterator[Numbered]:
    """Yield the records of a source, one at a time.

    Raises:
        ValueError: the source as a whole cannot be read.
        TypeError: it is not one of the types of a source.
    """
    if isinstance(source, bytes | bytearray):
        yield from _from_bytes(bytes(source))
    elif isinstance(source, str):
        yield from _from_lines(_lines_of(source))
    elif isinstance(source, Mapping):
        yield from _from_values(source)
    elif isinstance(source, Iterable):
        yield from _from_items(iter(source))
    else:
        raise TypeError(f"an inventory is bytes, text or an iterable, not {show(source)}")


def _from_bytes(data: bytes) -> Iterator[Numbered]:
    if is_plist(data):
        yield from _from_property_list(data)
        return
    encoding = json.detect_encoding(data[:4])
    # Rows that are not text are reported, and the next ones are still read.
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    yield from _from_lines(_lines_of(data.decode(encoding, errors)))


def _from_property_list(data: bytes | str) -> Iterator[Numbered]:
    head = data[:1000].decode("utf-8", "replace") if isinstance(data, bytes) else data[:1000]
    element = re.search("<([A-Za-z]+)", head)
    if element is not None and element[1] not in ("plist", "dict", "array"):
        raise ValueError(f"expected a property list, got XML with <{element[1]}>: {_NOT_XML}")
    yield from _from_values(read(data, DEFAULT_LIMITS))


_NOT_XML = "export the inventory as CSV or JSON, or send Accept: application/json to an API"

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def _lines_of(text: str) -> Iterator[str]:
    # str.splitlines also splits at characters that can be part of a name.
    return (match[0] for match in _LINE.finditer(text))


def _from_items(items: Iterator[object]) -> Iterator[Numbered]:
    for first in items:
        # Lines or records: the first decides for all.
        if isinstance(first, str):
            yield from _from_lines(map(_line, chain([first], items)))
        else:
            yield from map(_record, chain([first], items))
        return


def _line(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a line of text, got {show(value)}")
    return value


def _record(value: object) -> Numbered:
    return None, value if isinstance(value, Mapping) else f"expected a device, got {show(value)}"


_YAML = "YAML: export the inventory as CSV or JSON"
_OTHERS = {
    "PK\3\4": "an Excel workbook or a ZIP archive: export the inventory as CSV",
    "\udcd0\udccf\x11": "an old Excel workbook: export the inventory as CSV",
    "\x1f\udc8b": "a gzip archive: decompress it",
    "---\n": _YAML,
    "---\r": _YAML,
    "apiVersion:": _YAML,
}
"""The beginning of files in other formats, as it is decoded."""


def _from_lines(lines: Iterator[str]) -> Iterator[Numbered]:
    numbered = enumerate(lines, 1)
    number, text = next(((n, line) for n, line in numbered if line.strip("\ufeff \t\r\n")), (0, ""))
    if not number:
        raise ValueError("the inventory is empty")
    text = text.lstrip("\ufeff")
    if kind := next((name for start, name in _OTHERS.items() if text.startswith(start)), None):
        raise ValueError(f"expected CSV, JSON or a property list, got {kind}")
    rest = chain([text], lines)
    if text.lstrip().startswith(("[", "{")):
        yield from _from_json(rest, number)
    elif text.startswith("<"):
        yield from _from_property_list("".join(rest))
    elif text.startswith("ProductName:"):
        yield from _from_sw_vers(rest, number)
    else:
        yield from read_table(rest, number)


def _from_sw_vers(lines: Iterator[str], first: int) -> Iterator[Numbered]:
    begins, values = first, dict[str, object]()
    for number, line in enumerate(lines, first):
        key, _, value = line.partition(":")
        if key.strip() in values:  # the next Mac
            yield begins, values
            begins, values = number, {}
        values[key.strip()] = value.strip()
    yield begins, values


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
    # There is one document on each line.
    for number, line in enumerate(lines, first + 1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, f"the JSON cannot be read: {error!s:.120}"
            else:
                yield from ((number, record) for _, record in _from_values(value))


def _from_values(value: object) -> Iterator[Numbered]:
    listed = _listed(value) if isinstance(value, Mapping) else value
    if listed is None:  # one device
        yield _record(value)
        return
    if not isinstance(listed, list):
        raise ValueError(f"expected an array of devices, got {show(value)}")
    for item in listed:
        # An array can contain several pages of results.
        page = None
        if isinstance(item, Mapping) and len(item) <= _MOST_KEYS_OF_A_PAGE:
            page = _listed(item)
        yield from map(_record, [item] if page is None else page)


def _listed(value: Mapping[str, object], depth: int = 2) -> list[object] | None:
    """Return the array of devices in an object, or ``None`` if the object is a device."""
    if value.keys().isdisjoint(_WRAPPERS):  # most objects
        return None
    output, ecids = value.get("Output"), value.get("Devices")
    if isinstance(output, Mapping) and isinstance(ecids, list):  # of cfgutil
        return [output[ecid] for ecid in ecids if isinstance(ecid, str) and ecid in output]
    for key in _WRAPPERS:
        inner = value.get(key)
        if isinstance(inner, list):
            return inner
        if depth and isinstance(inner, Mapping) and (found := _listed(inner, depth - 1)):
            return found
    return None
