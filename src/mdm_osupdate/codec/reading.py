"""Plain values to messages, on cattrs: nothing lost, nothing guessed.

A document without a deviation is read by a structure function that cattrs makes for its class. It
calls the constructor, which checks each value. If anything deviates, the document is read again by
``Reading``: key by key, with a finding for each deviation. It still makes the message where one can
be made: unknown keys go to ``unknown``, and so do optional keys with an unusable value.

Both accept the same values, since the constructor and ``Reading`` ask the same function of each
attribute (``Key.keep``). So what most devices send costs little, and lenient reading,
``strict=True`` and ``validate`` all learn from one place what is wrong with a document.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import sys
from collections import Counter
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import attrs
from attrs import NOTHING, define, field

from mdm_osupdate.errors import MAX_FINDINGS_PER_RULE, Finding, join, show
from mdm_osupdate.messages import EXACT, KINDS, Command, Key, Layout, Message, once_per_class
from mdm_osupdate.rules import RULES
from mdm_osupdate.versions import LocalDateTime

from .hints import FILL_IN
from .keys import Keys, closest, keys_of, places_of, tag_of
from .locating import SourceMap
from .values import INTEGERS, Limits

if TYPE_CHECKING:
    from cattrs import Converter

M = TypeVar("M", bound=Message)
Plist = dict[str, Any]


# -- without a deviation -------------------------------------------------------------------------


class _Extent(NamedTuple):
    """What is read quickly."""

    longest: tuple[int, ...]
    """The largest number of items of arrays, then that of the arrays in these items."""
    keeps_unknown: bool = False
    """True if unknown keys are kept where Apple documents more keys than there are attributes."""


_FEW = _Extent((256, 32))
"""Of a document that has not been compared with the limits."""
_ALL = _Extent((sys.maxsize,))
_ALL_KEPT = _Extent((sys.maxsize,), keeps_unknown=True)
_WITHIN = Limits(depth=6, values=50_000)
"""Upper bounds of documents with known keys and such arrays."""


def read_quickly(
    value: object, cls: type[M], limits: Limits, *, is_within: bool = False, is_own: bool = False
) -> M | None:
    """Read a document that has no deviation. ``None`` for all others.

    Args:
        value: the document.
        cls: its class.
        limits: its limits.
        is_within: the document was compared with the limits. Otherwise, only short arrays are read.
        is_own: nobody else has the values, so that the message can keep them.
    """
    if not is_within and (limits.depth < _WITHIN.depth or limits.values < _WITHIN.values):
        return None
    extent = _FEW if not is_within else _ALL_KEPT if is_own else _ALL
    message: M | None = _reader(cls, extent)(value)
    return message


@once_per_class
def _reader(cls: type[Message], extent: _Extent) -> Callable[[Any], Any]:
    structure = _structure_hook(cls, extent)

    def read(value: Any) -> Any:
        try:
            return structure(value, cls)
        except (TypeError, ValueError, KeyError, AttributeError):  # a deviation
            return None

    return read


@functools.cache
def _converter() -> Converter:
    from cattrs import Converter  # imported lazily: it costs as much as the rest of the package

    return Converter()


@once_per_class
def _structure_hook(cls: type[Message], extent: _Extent) -> Callable[[Any, Any], Any]:
    """Create the structure function of a class."""
    from cattrs.gen import make_dict_structure_fn, override

    overrides: dict[str, Any] = {
        f.name: override(
            rename=f.metadata["key"],
            struct_hook=_value_hook(f.metadata["schema"], extent),
        )
        if "key" in f.metadata
        else override(omit=True)
        for f in attrs.fields(cls)
    }
    keeps_unknown = extent.keeps_unknown and cls._partial
    if keeps_unknown:
        overrides["unknown"] = override(rename=_UNKNOWN)
    build = make_dict_structure_fn(
        cls,
        _converter(),
        _cattrs_detailed_validation=False,
        _cattrs_prefer_attrib_converters=True,
        **overrides,
    )
    if cls._layout is not None:
        return _reader_of_two(cls, cls._layout, build)
    return _reader_of_one(cls, build, keeps_unknown)


def _reader_of_one(
    cls: type[Message], build: Callable[[Any], Any], keeps_unknown: bool
) -> Callable[[Any, Any], Any]:
    """Create the structure function of a class whose keys are in one dictionary."""
    (keys,) = keys_of(cls)
    names = keys.names
    needed = {name for name, key in keys.keys.items() if key.required}

    def with_unknown(value: Plist) -> Plist:
        if not keeps_unknown or _UNKNOWN in value or not keys.aliases.keys().isdisjoint(value):
            raise TypeError
        others = {name: item for name, item in value.items() if name not in names}
        return {**value, _UNKNOWN: others}

    def read(value: Any, _: object) -> Any:
        if type(value) is not dict:
            raise TypeError
        if not names.issuperset(value):
            value = with_unknown(value)
        # None is null, which XML does not have.
        if not value.keys() >= needed or None in value.values():
            raise TypeError
        return build(value)

    return read


def _reader_of_two(
    cls: type[Message], layout: Layout, build: Callable[[Any], Any]
) -> Callable[[Any, Any], Any]:
    """Create the structure function of a class whose keys are in two dictionaries."""
    tag = tag_of(cls, layout)
    outside, inside = (keys.names for keys in keys_of(cls))

    def read(value: Any, _: object) -> Any:
        inner = value[layout.inner]
        holder = inner if layout.tag_inside else value
        in_place = value.keys() <= outside and inner.keys() <= inside
        if holder[layout.tag] != tag or not in_place:
            raise TypeError
        if type(inner) is not dict or None in value.values() or None in inner.values():
            raise TypeError
        keys = {**dict.fromkeys(layout.envelope), **value, **inner}
        del keys[layout.inner], keys[layout.tag]
        return build(keys)

    return read


_UNKNOWN = ""
"""The key under which a structure function finds the unknown keys of its dictionary."""


def _value_hook(key: Key, extent: _Extent) -> Any:
    """Create the structure function of a value. ``None`` if the constructor checks it alone."""

    def limited(items: Any) -> Any:
        if type(items) is not list or len(items) > extent.longest[0]:
            raise TypeError
        return items

    if issubclass(key.kind, Message):
        inner = extent._replace(longest=extent.longest[-1:]) if key.array else extent
        read = _structure_hook(key.kind, inner)
        if not key.array:
            return read
        return lambda items, _: [read(item, key.kind) for item in limited(items)]
    if key.array:
        return lambda items, _: limited(items)
    return _of_64_bits if key.kind is int else None


def _of_64_bits(number: Any, _: object) -> Any:
    if not INTEGERS.start <= number < INTEGERS.stop:
        raise TypeError
    return number


# -- with deviations -----------------------------------------------------------------------------


@define
class Reading:
    """A document that is read key by key: the deviations found, and the messages in it."""

    root: type[Message] = Message
    """The class of the whole document, or ``Message`` if it is unknown."""
    keeps_messages: bool = True
    """False if only the whole document is needed."""
    findings: list[Finding] = field(factory=list)
    """Every deviation from Apple's description."""
    messages: list[tuple[str, Message]] = field(factory=list)
    """The message of each dictionary with its path, items before the dictionary that contains them.

    One in which a required key is missing or unusable is an incomplete instance: it is made without
    the constructor, and has ``None`` in each attribute that could not be read."""
    whole: Message | None = None
    """The document as a message, if one can be made of it."""
    places: SourceMap | None = None
    """The places of the values, of a document whose kind had to be detected."""
    counts: Counter[str] = field(factory=Counter)
    """The number of findings of each rule, including those that are left out."""

    @property
    def left_out(self) -> int:
        """The number of findings that were left out, after the first hundred of each rule."""
        return sum(max(0, count - MAX_FINDINGS_PER_RULE) for count in self.counts.values())

    def message(self, value: object, cls: type[M], path: str = "") -> M | None:
        """Read one dictionary. ``None`` if a required key is missing or unusable."""
        if not isinstance(value, dict):
            rule = "OSU121" if path else "OSU110"
            names = ", ".join(name for each in keys_of(cls) for name in each.keys)
            hint = f"Write a dictionary with keys such as {names}." if path else None
            self._report(rule, path, f"expected a dictionary, got {describe(value)}", hint)
            return None
        layout = cls._layout
        if layout is not None:
            return self._nested(value, cls, layout)
        (keys,) = keys_of(cls)
        return self._made(cls, *self._dictionary(value, keys, path), path)

    def document(self, value: object) -> None:
        """Read the whole document, as its class."""
        self.whole = self.message(value, self.root)

    def bare_command(self, inner: Plist, cls: type[Command]) -> None:
        """Read the inner dictionary of a command whose envelope is missing."""
        outer, keys = keys_of(cls)
        # The envelope's keys will be in their place once the rest is under Command.
        rest = {key: inner[key] for key in inner if key not in outer.keys}
        given, complete = self._dictionary(rest, keys, "")
        self.whole = self._made(cls, {"command_uuid": None} | given, complete, "")

    def bare_payload(self, inner: Plist, cls: type[Message]) -> None:
        """Read the Payload of a declaration whose other keys are missing."""
        outer, keys = keys_of(cls)
        given, _ = self._dictionary(inner, keys, "")
        absent = {key.attribute: None for key in outer.keys.values()}
        self._made(cls, {**absent, **given}, False, "")

    def _made(self, cls: type[M], given: Plist, complete: bool, path: str) -> M | None:
        message = cls(**given) if complete else incomplete(cls, given)
        if self.keeps_messages:
            self.messages.append((path, message))
        return message if complete else None

    def _nested(self, value: Plist, cls: type[M], layout: Layout) -> M | None:
        outer, inner = keys_of(cls)
        given, complete = self._dictionary(value, outer, "")
        self._envelope(value, layout)
        inside = value.get(layout.inner)
        if layout.inner in value and not isinstance(inside, dict):
            self._wrong_type(inside, "a dictionary", layout.inner)
        if not isinstance(inside, dict):
            return self._made(cls, given, False, layout.inner)
        right = self._is_of(cls, layout, inside if layout.tag_inside else value)
        within, all_there = self._dictionary(inside, inner, layout.inner)
        absent = {key.attribute: None for key in outer.keys.values()}
        complete = complete and all_there and right
        return self._made(cls, {**absent, **given, **within}, complete, layout.inner)

    def _envelope(self, value: Plist, layout: Layout) -> None:
        for name in layout.envelope:
            if name not in value:
                rule = {"CommandUUID": "OSU115", "ServerToken": "OSU604"}.get(name, "OSU120")
                self._report(rule, "", f"missing key {name}")
        if value.get("CommandUUID") == "":
            self._report("OSU116", "CommandUUID", "CommandUUID is empty")

    def _is_of(self, cls: type[Message], layout: Layout, holder: Plist) -> bool:
        """Return whether the tag of a dictionary is that of a class, or missing."""
        tag = tag_of(cls, layout)
        found = holder.get(layout.tag, tag)
        if isinstance(found, str) and found == tag:
            return True
        path = join(layout.inner, layout.tag) if layout.tag_inside else layout.tag
        text = f"expected {layout.tag} {show(tag)}, got {show(found)}"
        self._report("OSU121", path, text, "Read the document as the class that it names.")
        return False

    def _dictionary(self, value: Plist, keys: Keys, path: str) -> tuple[Plist, bool]:
        """Return the arguments of a class from its dictionary, and whether it is complete."""
        given: Plist = {}
        unknown: Plist = {}
        for name, item in value.items():
            if name in keys.flattened:
                continue  # the caller reads it
            key = self._key(name, value, keys, path)
            if key is None:
                unknown[name] = item
            elif (kept := self.value(item, key, path, name)) is not None:
                given[key.attribute] = kept
            elif not key.required:
                unknown[name] = item
        complete = self._required(value, keys, path, given)
        return {**given, keys.unknown: unknown}, complete

    def _required(self, value: Plist, keys: Keys, path: str, given: Plist) -> bool:
        """Report missing required keys. Return whether a message can be created anyway."""
        for name in sorted(keys.flattened - value.keys()):
            self._report("OSU120", path, f"missing key {name}")
        complete = keys.flattened <= value.keys()
        for key in keys.keys.values():
            if not key.required or key.attribute in given:
                continue
            if key.name not in value:
                rule = "OSU204" if key.optional else "OSU120"
                self._report(rule, path, f"missing key {key.name}")
                given[key.attribute] = None
            complete = complete and key.optional and key.name not in value
        return complete

    def _key(self, name: str, siblings: Plist, keys: Keys, path: str) -> Key | None:
        """Return the key that a name stands for. Report a misspelled name."""
        key = keys.keys.get(name)
        if key is not None:
            return key
        if alias := keys.aliases.get(name):
            self._report("OSU124", join(path, name), f"{name} should be {alias.name}")
            return None if alias.name in siblings else alias
        if not keys.partial:
            self._unknown(name, siblings, keys, path)
        return None

    def value(self, value: Any, key: Key, path: str, *steps: str | int) -> Any:
        """Read the value of an attribute. Return ``None`` if it does not fit."""
        if not key.array:
            return self._one(value, key, path, *steps)
        if not isinstance(value, list):
            hint = "Put it into an array, even if it is alone."
            self._wrong_type(value, key.expected, where(path, *steps), hint)
            return None
        items = [self._one(item, key, path, *steps, index) for index, item in enumerate(value)]
        return None if any(item is None for item in items) else items

    def _one(self, value: Any, key: Key, path: str, *steps: str | int) -> Any:
        if issubclass(key.kind, Message):
            return self.message(value, key.kind, where(path, *steps))
        if key.kind is LocalDateTime and isinstance(value, str):
            return self._local_time(value, where(path, *steps))
        kept = key.keep(value)
        result = _converted(value, key) if kept is NOTHING else kept
        if result is NOTHING:
            if self.counts["OSU121"] >= MAX_FINDINGS_PER_RULE:  # describing it takes time
                self.counts["OSU121"] += 1
                return None
            self._wrong_type(value, key.item, where(path, *steps), self._hint(value, key))
            return None
        if kept is NOTHING or (key.kind is float and type(value) is int):
            text = f"expected {key.item}, got {describe(value)}"
            self._report("OSU122", where(path, *steps), text, f"Write {self._spelled(result)}.")
        return result

    def _hint(self, value: Any, key: Key) -> str | None:
        if issubclass(key.kind, Enum):
            return f"Write one of {', '.join(map(str, key.kind))}."
        fixed = _corrected(value, key.kind)
        return placeholder_hint(value) if fixed is None else f"Write {self._spelled(fixed)}."

    def _local_time(self, text: str, path: str) -> LocalDateTime | None:
        try:
            return LocalDateTime(text)
        except ValueError as error:
            self._report("OSU611", path, str(error), placeholder_hint(text))
            return None

    def _spelled(self, value: str | float) -> str:
        """Spell a value as this document has to."""
        if self.root._wire != "plist":
            return f'"{value}"' if isinstance(value, str) else show(value)
        if isinstance(value, bool):
            return f"<{show(value)}/>"
        element = {int: "integer", float: "real"}.get(type(value), "string")
        return f"<{element}>{value}</{element}>"

    def _report(self, rule: str, path: str, message: str, hint: str | None = None) -> None:
        self.counts[rule] += 1
        if self.counts[rule] <= MAX_FINDINGS_PER_RULE:
            self.findings.append(RULES[rule].finding(path, message, hint))

    def _wrong_type(self, value: object, expected: str, path: str, hint: str | None = None) -> None:
        text = f"expected {expected}, got {describe(value)}"
        self._report("OSU121", path, text, hint or f"Write {expected}.")

    def _unknown(self, name: str, siblings: Plist, keys: Keys, path: str) -> None:
        at = join(path, name)
        if name in keys.seen:
            self._report("OSU125", at, f"undocumented key {show(name)}: {keys.seen[name]}")
            return
        if name == "Command":
            self._report("OSU114", at, "Command is inside Command")
            return
        if self.counts["OSU123"] >= MAX_FINDINGS_PER_RULE:  # describing it takes time
            self.counts["OSU123"] += 1
            return
        hint = None
        near = closest(name, [key for key in keys.keys if key not in siblings])
        if near:
            hint = f"Did you mean {near}?"
        elif place := places_of(self.root).get(name):
            hint = f"It belongs at {place}; move it there, or delete it."
        self._report("OSU123", at, f"unknown key {show(name)}", hint)


def where(path: str, *steps: str | int) -> str:
    """Return the path of a value; built only for a finding or a dictionary."""
    return functools.reduce(join, steps, path)


def incomplete(cls: type[M], given: Plist) -> M:
    """Create a message without its constructor: what was not given is ``None``."""
    message = object.__new__(cls)
    for f in attrs.fields(cls):
        value = given.get(f.name, None if "key" in f.metadata else {})
        object.__setattr__(message, f.name, tuple(value) if isinstance(value, list) else value)
    return message


def _converted(value: Any, key: Key) -> Any:
    """Convert a number of another type, or return ``NOTHING``."""
    if key.kind is bool and type(value) is int and value in (0, 1):
        return bool(value)
    if key.kind is int and type(value) is float and abs(value) < EXACT and value.is_integer():
        return int(value)
    return NOTHING


def _corrected(value: object, kind: type) -> str | int | None:
    """Return the value of the right type, if it is obvious."""
    if kind is int and isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,18}\s*", value):
        return int(value)
    if kind is bool and isinstance(value, str):
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        return words.get(value.lower())
    if issubclass(kind, str) and isinstance(value, int | float) and not isinstance(value, bool):
        return show(value)
    return None


def placeholder_hint(value: object) -> str | None:
    """Return the hint for an unfilled placeholder of a template, or ``None``."""
    if isinstance(value, str) and re.search(r"\$|\{\{|<<|%[A-Za-z_]+%", value):
        return FILL_IN
    return None


def describe(value: object) -> str:
    """Format a value with its type, such as ``the string '5'``, unless the value shows it."""
    if value is None:
        return "null"  # only JSON has it
    if isinstance(value, dt.datetime):
        return f"the date {value.isoformat()}"
    kind = KINDS.get(type(value))
    return f"the {kind.split(' ', 1)[1]} {show(value)}" if kind else show(value)
