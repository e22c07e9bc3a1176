"""The plain values that a document may hold, within limits, and what cannot be written."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from typing import Any

from attrs import asdict, frozen

from mdm_osupdate.errors import Finding, join, show
from mdm_osupdate.rules import RULES

from .formats import Wire


@frozen
class Limits:
    """Parser limits. Typical messages have 10 KB, five levels and a few hundred values.

    Raises:
        ValueError: a limit is negative.
    """

    size: int = 1 << 20
    """Bytes."""
    depth: int = 32
    """Levels of nesting."""
    values: int = 50_000
    """Values. One that a binary property list shares counts at each place where it is used."""

    def __attrs_post_init__(self) -> None:
        for name, limit in asdict(self).items():
            if limit < 0:
                raise ValueError(f"{name} must be 0 or more, not {limit}")


DEFAULT_LIMITS = Limits()
INTEGERS = range(-(2**63), 2**64)
"""The integers that a document can hold."""
_ALTERED = {
    # XML cannot hold control characters and turns "\r" into "\n"; no format holds half a surrogate.
    "xml": "[\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]",
    "binary": "[\ud800-\udfff]",
    "json": "[\ud800-\udfff]",
}
_PLIST_TYPES = (str, bool, float, bytes, dt.datetime)
_JSON_TYPES = (str, bool, float, type(None))


def is_ordinary(value: object, fmt: Wire, limits: Limits) -> bool:
    """Return quickly whether a document can be written as it is. Most can."""
    text = text_of(value, limits, fmt)
    return text is not None and (
        (text.isascii() and text.isprintable()) or not re.search(_ALTERED[fmt], text)
    )


def text_of(value: object, limits: Limits, fmt: Wire = "xml") -> str | None:
    """Return all text of a document, keys too, or ``None`` if something needs a closer look.

    Every document passes here, so it is quick: it looks at types and gives no reasons. It goes
    level by level and counts before it descends: a binary property list is a graph, in which 3 KB
    can stand for millions of values, or contain itself.
    """
    texts: list[Any] = []
    level: list[Any] = [value]
    budget = limits.values
    is_plain = _is_plain_json if fmt == "json" else _is_plain
    for _ in range(limits.depth + 1):
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str:
                texts.append(item)
            elif kind is dict or kind is list:
                budget -= len(item)
                if budget < 0:
                    return None
                if kind is dict:
                    texts.extend(item)
                    item = item.values()
                below.extend(item)
            elif kind is not bool and not is_plain(item):
                return None
        if not below:
            try:
                return "".join(texts)
            except TypeError:  # a key that is not a string
                return None
        level = below
    return None


def _is_plain(item: Any) -> bool:
    """Return whether a scalar, other than text and booleans, can be in every property list."""
    kind = type(item)
    if kind is int:
        return bool(INTEGERS.start <= item < INTEGERS.stop)
    if kind is float:
        return bool(item == item)
    if kind is dt.datetime:
        return not (item.tzinfo or item.microsecond)
    return kind is bytes


def _is_plain_json(item: Any) -> bool:
    """Return whether a scalar can be in every JSON text."""
    if type(item) is int:
        return INTEGERS.start <= item < INTEGERS.stop
    return item is None or (type(item) is float and math.isfinite(item))


def problems(value: object, limits: Limits, fmt: Wire | None = None) -> Iterator[Finding]:
    """Find what is wrong with a property list that was read (``fmt=None``) or is to be written.

    JSON holds the same values in both directions.
    """
    level: list[tuple[str, Any]] = [("", value)]
    budget = limits.values
    for _ in range(limits.depth + 1):
        below: list[tuple[str, Any]] = []
        for path, item in level:
            if isinstance(item, dict | list):
                budget -= len(item)
                if budget < 0:
                    yield too_many(limits)
                    return
                if isinstance(item, dict):
                    yield from _unfit_keys(item, path, fmt)
                below += _children(item, path)
            elif reason := _unfit(item, fmt):
                shown = "null" if item is None else show(item)
                yield RULES["OSU106"].finding(path, f"{shown} {reason}")
        if not below:
            return
        level = below
    yield RULES["OSU104"].finding("", f"there are more than {limits.depth} levels of nesting")


def too_many(limits: Limits) -> Finding:
    """Return the finding about a document with more values than its limit."""
    message = f"there are more values than the limit of {limits.values}"
    return RULES["OSU104"].finding("", message)


def _children(value: dict[Any, Any] | list[Any], path: str) -> Iterator[tuple[str, Any]]:
    steps = enumerate(value) if isinstance(value, list) else value.items()
    return ((join(path, step), item) for step, item in steps if isinstance(step, str | int))


def _unfit_keys(item: dict[Any, Any], path: str, fmt: Wire | None) -> Iterator[Finding]:
    for key in item:
        if not _is_a(key, (str,), fmt):
            yield RULES["OSU106"].finding(path, f"the key {key!r:.40} is not a string")
        elif reason := _unfit(key, fmt):
            yield RULES["OSU106"].finding(path, f"the key {show(key)} {reason}")


def _unfit(item: object, fmt: Wire | None) -> str:
    """Return why a scalar cannot be written. Empty if it can."""
    if type(item) is int:
        return "" if INTEGERS.start <= item < INTEGERS.stop else "does not fit into 64 bits"
    if fmt == "json":
        return _unfit_for_json(item)
    if not _is_a(item, _PLIST_TYPES, fmt):
        return "has a type that property lists of MDM do not hold"
    if fmt is None:
        return ""
    if isinstance(item, str):
        return _altered(item, fmt)
    if isinstance(item, dt.datetime):
        return _unfit_date(item)
    return "is not equal to itself" if item != item else ""


def _unfit_date(date: dt.datetime) -> str:
    if date.microsecond:
        return "has a fraction of a second, which property lists do not keep"
    return "has a time zone, which property lists do not keep" if date.tzinfo else ""


def _unfit_for_json(item: object) -> str:
    if type(item) not in _JSON_TYPES:
        return "has a type that JSON does not hold"
    if isinstance(item, float) and not math.isfinite(item):
        return "is a number that JSON does not hold"
    return _altered(item, "json") if isinstance(item, str) else ""


def _altered(text: str, fmt: Wire) -> str:
    found = re.search(_ALTERED[fmt], text)
    return f"has the character {found[0]!a}, which {fmt} does not keep" if found else ""


def _is_a(item: object, types: tuple[type, ...], fmt: Wire | None) -> bool:
    """Return whether a value has one of the types. Writing needs the type itself, no subclass."""
    return isinstance(item, types) if fmt is None else type(item) in types
