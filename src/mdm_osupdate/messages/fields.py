"""From a message class's annotations to its plist keys and the checks that its values must pass."""

import datetime as dt
import functools
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, TypeVar

from attrs import NOTHING, Attribute, frozen

from mdm_osupdate.errors import show
from mdm_osupdate.versions import LocalDateTime

_NONE = type(None)
_ACRONYMS = {word.lower(): word for word in ("UUID", "UDID", "URL", "ID", "OS", "US")}

KINDS: Mapping[type, str] = {
    str: "a string",
    int: "an integer",
    float: "a real",
    bool: "a boolean",
    dt.datetime: "a date",
    LocalDateTime: "a local time such as 2026-12-01T19:00:00",
}
"""What the types of scalars are called."""


@frozen
class Key:
    """What a class knows of one key of its dictionary."""

    name: str
    """Apple's spelling."""
    attribute: str
    """The attribute that holds its value."""
    required: bool
    """Whether the message means nothing without it."""
    kind: Any
    """``str``, ``int``, ``float``, ``bool``, a time, an enumeration, or a message class."""
    array: bool
    """Whether the value is an array of that kind."""
    optional: bool
    """Whether the attribute may be ``None``, the key then being absent."""
    aliases: tuple[str, ...]
    """Wrong spellings that are read as this key."""

    @property
    def item(self) -> str:
        """What the value or, in an array, each item must be, as a person says it."""
        return KINDS.get(self.kind) or (
            "a string" if issubclass(self.kind, str) else "a dictionary"
        )

    @property
    def expected(self) -> str:
        """What the value must be, as a person says it."""
        return f"an array, each item {self.item}" if self.array else self.item


@frozen
class Frame:
    """How a class makes one message of two dictionaries, one of which stands in the other."""

    inside: str
    """The key under which the inner one stands, and whose keys the class is about."""
    envelope: tuple[str, ...]
    """The keys of the outer one that have attributes."""
    unknown: str
    """The attribute for the inner one's other keys."""
    word: str
    """The key by which a document says of which class it is."""
    word_inside: bool
    """In which of the two that key stands."""
    words: str
    """The attribute of the class that has the word."""


def _camel(words: list[str]) -> str:
    return "".join(_ACRONYMS.get(word, word.capitalize()) for word in words)


def _kebab(words: list[str]) -> str:
    return "-".join(words)


def _key(attribute: "Attribute[Any]", spell: Callable[[list[str]], str]) -> Key:
    kinds = _alternatives(attribute.type)
    array = typing.get_origin(kinds[0]) is Sequence
    return Key(
        name=spell(attribute.name.split("_")),
        attribute=attribute.name,
        required=attribute.metadata.get("required", attribute.default is NOTHING),
        kind=_alternatives(typing.get_args(kinds[0])[0])[0] if array else kinds[0],
        array=array,
        optional=_NONE in kinds,
        aliases=attribute.metadata.get("aliases", ()),
    )


def _alternatives(annotation: Any) -> list[Any]:
    """The types that an annotation allows: one, or those of a union, in order."""
    union = typing.get_origin(annotation) in (types.UnionType, typing.Union)
    return list(typing.get_args(annotation)) if union else [annotation]


def _aware(date: dt.datetime) -> dt.datetime:
    # As date.replace(tzinfo=...), which takes six times as long.
    return date if date.tzinfo else dt.datetime.combine(date, date.time(), dt.timezone.utc)


def _check(name: str, key: Key) -> Callable[[Any], Any]:
    """The converter of one attribute: the value as it is kept, or ``TypeError``.

    A converter and not a validator, because it checks and converts in one call: these calls are
    most of what reading a document costs beside plistlib.
    """
    kind = key.kind
    # None, or something that no value is: comparing is cheaper than asking what is optional.
    nothing = None if key.optional else object()

    def refuse(value: Any) -> TypeError:
        return TypeError(f"{name} must be {key.expected}, not {show(value)}")

    members = {str(word): word for word in kind} if issubclass(kind, Enum) else {}

    if key.array:
        accepted = str if members else kind

        def check(value: Any) -> Any:
            if type(value) is list:
                value = tuple(value)
            if type(value) is tuple and all(isinstance(item, accepted) for item in value):
                if members:
                    return tuple([members.get(word) or str.__str__(word) for word in value])
                return tuple(map(_aware, value)) if kind is dt.datetime else value
            if value is nothing:
                return value
            raise refuse(value)

    elif members:

        def check(value: Any) -> Any:
            if isinstance(value, str):
                return members.get(value) or str.__str__(value)
            if value is nothing:
                return value
            raise refuse(value)

    elif kind is dt.datetime:

        def check(value: Any) -> Any:
            if isinstance(value, dt.datetime):
                return _aware(value)
            if value is nothing:
                return value
            raise refuse(value)

    else:

        def check(value: Any) -> Any:
            if type(value) is kind or value is nothing:  # by type: True is an int in Python
                return value
            if kind is str and isinstance(value, str):
                return str.__str__(value)  # not str(), which an enumeration may have overridden
            if kind is float and type(value) is int and abs(value) <= 2**53:
                return float(value)  # PEP 484: an int may stand for a float
            raise refuse(value)

    return check


F = TypeVar("F", bound=Callable[..., Any])


def once_per_class(function: F) -> F:
    """``functools.cache``, typed for functions of classes, which mypy holds to be unhashable."""
    return typing.cast("F", functools.cache(function))


def unknown_keys(value: Mapping[str, object]) -> dict[str, object]:
    """The converter of ``unknown``: a copy, whose keys are strings."""
    if not value:
        return {}
    unknown = dict(value)
    for key in unknown:
        if type(key) is not str:
            raise TypeError(f"the keys of unknown must be strings, not {show(key)}")
    return unknown


def with_keys(
    _cls: type,
    attributes: "list[Attribute[Any]]",
    spell: Callable[[list[str]], str] = _camel,
) -> "list[Attribute[Any]]":
    """The field transformer of every message: add each attribute's key and check."""
    done = []
    for attribute in attributes:
        converter: Any = attribute.converter
        # Another converter: the attribute is inherited, or holds unknown keys.
        if converter is None or converter is LocalDateTime:
            key = _key(attribute, spell)
            attribute = attribute.evolve(
                metadata={**attribute.metadata, "key": key.name, "schema": key},
                converter=converter or _check(attribute.name, key),
            )
        done.append(attribute)
    return done


with_status_keys = functools.partial(with_keys, spell=_kebab)
"""The field transformer of status items, whose keys are spelt ``pending-version``."""
