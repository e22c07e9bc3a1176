"""Mutations of values instead of bytes, and values drawn from bytes.

A changed byte rarely leaves a document one. These mutations take a document apart, change its
values, and write it again.
"""

import contextlib
import datetime as dt
import json
import plistlib
from collections.abc import Sequence
from random import Random
from typing import Any

from fuzz.layouts import WRITERS, writable

_TEXTS = ("", " ", "0", "17.4.1", "13.3.1 (a)", "21E236", "2026-03-21", "2026-02-30T25:00")
_ODD_TEXTS = ("é\U0001f34e", "\ud800", "\0\x1b", "'\"", "a.b[0]", "$VERSION", "<plist>", "x" * 500)
_NUMBERS = (True, False, 0, 1, -1, 2**31, 2**53, 2**63, 2**64 - 1, 0.0, 0.5, -1.0, 1e300)
_TIMES = (dt.datetime(2026, 3, 2, 9), dt.datetime(1, 1, 1))
SCALARS: tuple[Any, ...] = (*_TEXTS, *_ODD_TEXTS, *_NUMBERS, *_TIMES, b"", b"bplist00", None)
"""Values that something may depend on."""


class FromBytes(Random):
    """Chance that takes its decisions from bytes, and always the first choice after their end."""

    def __init__(self, data: bytes) -> None:
        super().__init__(0)
        self._rest = data

    def getrandbits(self, k: int, /) -> int:
        size = (k + 7) // 8
        taken, self._rest = self._rest[:size], self._rest[size:]
        return int.from_bytes(taken, "big") >> (len(taken) * 8 - k if len(taken) == size else 0)

    def random(self) -> float:
        return self.getrandbits(8) / 256


def parsed(data: bytes) -> Any:
    """Read a property list or JSON without the library; ``None`` if it is neither, or large."""
    for read in (json.loads, plistlib.loads):
        with contextlib.suppress(Exception):
            value = read(data)
            return value if _is_small(value) else None
    return None


def _is_small(value: Any) -> bool:
    """Return whether a value can be walked through: a binary property list may contain itself."""
    level, count = [value], 0
    for _ in range(50):
        level = [
            item
            for container in level
            if isinstance(container, dict | list)
            for item in (container.values() if isinstance(container, dict) else container)
        ]
        count += len(level)
        if not level or count > 20_000:
            break
    return not level


def mutated(data: bytes, random: Random, words: Sequence[str]) -> bytes | None:
    """Change some values of a document; ``None`` if it is none, or the result cannot be written."""
    value = parsed(data)
    if not isinstance(value, dict | list):
        return None
    with contextlib.suppress(Exception):  # a binary document may contain itself
        for _ in range(random.randint(1, 4)):
            _change(value, random, words)
        return written(value, random, "json" if data.lstrip()[:1] in (b"{", b"[") else "plist")
    return None


def written(value: Any, random: Random, wire: str) -> bytes:
    """Write a value in one of the formats."""
    if wire == "json":
        if random.random() < 0.5:
            return json.dumps(value, default=str).encode()
        return WRITERS["json"](writable(value, "json"), random)[0]
    if random.random() < 0.5:
        return plistlib.dumps(_without_null(value), fmt=plistlib.FMT_BINARY, sort_keys=False)
    return WRITERS["xml"](writable(value, "xml"), random)[0]


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_null(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_null(item) for item in value if item is not None]
    return value


def _slots(value: Any) -> list[tuple[Any, Any]]:
    """Return each container with each of its keys or indexes, at most some thousands."""
    slots: list[tuple[Any, Any]] = []
    level = [value]
    for container in level:  # which grows meanwhile
        steps = list(container) if isinstance(container, dict) else range(len(container))
        slots += ((container, step) for step in steps)
        level += (container[step] for step in steps if isinstance(container[step], dict | list))
        if len(slots) > 5_000:
            break
    return slots


def _change(value: Any, random: Random, words: Sequence[str]) -> None:
    slots = _slots(value)
    if not slots:
        value |= {"Status": "Idle"} if isinstance(value, dict) else {}
        return
    container, step = random.choice(slots)
    other, other_step = random.choice(slots)
    match random.randrange(8):
        case 0:
            container[step] = random.choice(SCALARS)
        case 1:
            container[step] = random.choice(words)
        case 2:
            del container[step]
        case 3 if isinstance(container, dict):
            container[random.choice(words)] = container.pop(step)
        case 3:
            container.insert(random.randrange(len(container) + 1), container[step])
        case 4 if isinstance(container, dict):
            container[random.choice(words)] = _copy(other[other_step])
        case 4 if len(container) < 100:
            container *= random.choice([2, 3])
        case 5:
            container[step] = _copy(other[other_step])
        case 6:
            container[step] = random.choice([[container[step]], {"Status": container[step]}])
        case 7:
            container[step] = _nearly(container[step], random)


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value)) if isinstance(value, dict | list) else value


def _nearly(value: Any, random: Random) -> Any:
    """Return a value like another one, or of another type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return random.choice([value + 1, -value, str(value), float(value), int(value)])
    if isinstance(value, str) and value:
        at = random.randrange(len(value))
        changes = (value[:at], value[:at] + value[at + 1 :], value.lower(), value * 2, f"{value} ")
        return random.choice([*changes, value[:at] + chr(random.randrange(0x110000)) + value[at:]])
    return random.choice(SCALARS)


# -- values that no document has -------------------------------------------------------------------


class _Text(str):
    __slots__ = ()


class _Number(int):
    pass


class _Hostile:
    """An object whose methods all fail."""

    def __repr__(self) -> str:
        raise ValueError("no repr")

    def __eq__(self, other: object) -> bool:
        raise ValueError("no comparison")

    __hash__ = object.__hash__


_FOREIGN_TIMES = (
    *(dt.date(2026, 1, 1), dt.timedelta(1), dt.datetime(9999, 12, 31)),
    dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14))),
)
_FOREIGN_NUMBERS = (_Number(3), 1j, float("nan"), float("inf"), -(2**70), 10**5000)
_OBJECTS: tuple[Any, ...] = (object(), len, int, range(3), (), plistlib.UID(1), _Hostile())
_BYTES = (bytearray(b"a"), memoryview(b"a"))
_FOREIGN = (*_FOREIGN_TIMES, *_FOREIGN_NUMBERS, *_OBJECTS, *_BYTES, _Text("17.4"))


def foreign(random: Random, words: Sequence[str], depth: int = 4) -> Any:
    """Draw a value of any Python type, with known words as some of its texts and keys."""
    match random.randrange(6 if depth else 4):
        case 0:
            return random.choice(words)
        case 1:
            return random.choice(SCALARS)
        case 2:
            return random.choice(_FOREIGN)
        case 3:
            return random.getrandbits(random.choice([1, 8, 64]))
        case 4:
            return [foreign(random, words, depth - 1) for _ in range(random.randrange(4))]
    return {
        _key(random, words): foreign(random, words, depth - 1) for _ in range(random.randrange(6))
    }


def _key(random: Random, words: Sequence[str]) -> Any:
    return random.choice(words) if random.random() < 0.9 else random.choice((None, 0, b"a", True))
