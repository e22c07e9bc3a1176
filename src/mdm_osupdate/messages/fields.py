"""Plist keys and type checks, derived from the annotations of message classes."""

import datetime as dt
import functools
import operator
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, TypeVar

from attrs import NOTHING, Attribute, field, frozen

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
"""The names of the scalar types in messages to people."""


@frozen
class Key:
    """A key of a message's dictionary."""

    name: str
    """Apple's spelling."""
    attribute: str
    """The attribute that holds its value."""
    required: bool
    """True if the message cannot be understood without it."""
    kind: Any
    """``str``, ``int``, ``float``, ``bool``, a time, an enumeration, or a message class."""
    array: bool
    """True if the value is an array of that kind."""
    optional: bool
    """True if the attribute may be ``None``, which omits the key."""
    aliases: tuple[str, ...]
    """Wrong spellings that are read as this key."""
    keep: "Keep" = field(eq=False)
    """The function that returns a value or an item as it is stored, or ``NOTHING`` if invalid."""

    @property
    def item(self) -> str:
        """The expected value or, in an array, the expected item, in words."""
        return KINDS.get(self.kind) or (
            "a string" if issubclass(self.kind, str) else "a dictionary"
        )

    @property
    def expected(self) -> str:
        """The expected value, in words."""
        return f"an array, each item {self.item}" if self.array else self.item


@frozen
class Layout:
    """The layout of a message that consists of two dictionaries, one inside the other."""

    inner: str
    """The key of the inner dictionary, which has most of the attributes."""
    envelope: tuple[str, ...]
    """The keys of the outer dictionary that have attributes."""
    unknown: str
    """The attribute for other keys of the inner dictionary."""
    tag: str
    """The key that identifies the class."""
    tag_inside: bool
    """True if that key is in the inner dictionary."""
    tag_attribute: str
    """The attribute of the class that has the value of that key."""


def _camel(words: list[str]) -> str:
    return "".join(_ACRONYMS.get(word, word.capitalize()) for word in words)


def _kebab(words: list[str]) -> str:
    return "-".join(words)


def _key(attribute: "Attribute[Any]", spell: Callable[[list[str]], str]) -> Key:
    kinds = _alternatives(attribute.type)
    array = typing.get_origin(kinds[0]) is Sequence
    kind = _alternatives(typing.get_args(kinds[0])[0])[0] if array else kinds[0]
    return Key(
        name=spell(attribute.name.split("_")),
        attribute=attribute.name,
        required=attribute.metadata.get("required", attribute.default is NOTHING),
        kind=kind,
        array=array,
        optional=_NONE in kinds,
        aliases=attribute.metadata.get("aliases", ()),
        keep=_keep(kind),
    )


def _alternatives(annotation: Any) -> list[Any]:
    """Return the types that an annotation allows, in order."""
    union = typing.get_origin(annotation) in (types.UnionType, typing.Union)
    return list(typing.get_args(annotation)) if union else [annotation]


def _aware(date: dt.datetime) -> dt.datetime:
    # As date.replace(tzinfo=...), which takes six times as long.
    return date if date.tzinfo else dt.datetime.combine(date, date.time(), dt.timezone.utc)


Keep = Callable[[Any], Any]
"""A function that returns a value as it is stored, or ``NOTHING`` if it is invalid."""


def _keep(kind: Any) -> Keep:
    """Create the function that decides which values an attribute, or an item of it, can have."""
    if kind in _KEEP:
        return _KEEP[kind]
    if issubclass(kind, Enum):
        words = _words(kind)
        return lambda value: (
            words.get(value) or str.__str__(value) if isinstance(value, str) else NOTHING
        )
    if kind in (int, bool):  # by type: True is an int in Python
        return lambda value: value if type(value) is kind else NOTHING
    return lambda value: value if isinstance(value, kind) else NOTHING


def _words(kind: type[Enum]) -> dict[str, Enum]:
    return {str(word): word for word in kind}


def _keep_text(value: Any) -> Any:  # not str(), which an enumeration may have overridden
    return str.__str__(value) if isinstance(value, str) else NOTHING


def _keep_date(value: Any) -> Any:
    return _aware(value) if isinstance(value, dt.datetime) else NOTHING


def _keep_float(value: Any) -> Any:
    if type(value) is float:
        return value
    # PEP 484: an int may be given for a float, if the float can hold it.
    return float(value) if type(value) is int and abs(value) <= EXACT else NOTHING


_KEEP: Mapping[type, Keep] = {str: _keep_text, dt.datetime: _keep_date, float: _keep_float}


EXACT = 2**53
"""The largest integer up to which a float can hold every integer."""


def _check(key: Key, annotation: Any) -> Callable[[Any], Any]:
    """Create the converter of an attribute: return the value as it is kept, or raise ``TypeError``.

    A converter and not a validator, because it checks and converts in one call. These calls are
    most of what reading a document costs besides plistlib.
    """
    name, kind, keep = key.attribute, key.kind, key.keep
    # None, or something that no value is: comparing is cheaper than asking what is optional.
    nothing = None if key.optional else object()
    # Most values have the very type of their attribute: these take no second call.
    exact = kind if kind in (str, int, float, bool) else None
    words = _words(kind) if issubclass(kind, Enum) else {}
    of_kind = f"{kind.__name__} or str" if words else kind.__name__

    def check_one(value: Any) -> Any:
        if value is nothing or type(value) is exact:
            return value
        return check_closely(value)

    def check_word(value: Any) -> Any:
        if value is nothing:
            return value
        return words.get(value, value) if type(value) is str else check_closely(value)

    # A function of its own, since each name that it shares with these costs them time.
    def check_closely(value: Any) -> Any:
        kept = keep(value)
        if kept is NOTHING:
            raise TypeError(f"{name} must be {of_kind}, not {_type_of(value)}")
        return kept

    def check_all(value: Any) -> Any:
        if value is nothing:
            return value
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{name} must be a sequence of {of_kind}, not {_type_of(value)}")
        kept = tuple(map(keep, value))
        for index, item in enumerate(kept):
            if item is NOTHING:
                got = _type_of(value[index])
                raise TypeError(f"{name}[{index}] must be {of_kind}, not {got}")
        return kept

    check = check_all if key.array else check_word if words else check_one
    check.__annotations__ = {"value": annotation, "return": Any}  # for signatures and help()
    return check


def _type_of(value: object) -> str:
    return "None" if value is None else type(value).__name__


F = TypeVar("F", bound=Callable[..., Any])


def once_per_class(function: F) -> F:
    """Cache like ``functools.cache``, typed for functions of classes."""
    return typing.cast("F", functools.cache(function))


def unknown_keys(value: Mapping[str, object]) -> dict[str, object]:
    """Copy ``unknown`` with naive dates in UTC, as documents hold them. Keys must be strings."""
    if not value:
        return {}
    for key in value:
        if type(key) is not str:
            raise TypeError(f"the keys of unknown must be str, not {_type_of(key)}")
    return {key: _without_zones(inner, _DEEP) for key, inner in value.items()}


_DEEP = 64
"""The levels of ``unknown`` in which dates are converted. Writing rejects deeper levels."""


def without_zone(date: dt.datetime) -> dt.datetime:
    """Return an aware date as documents hold it, in UTC and naive.

    A date outside the years 1 to 9999 in UTC stays as it is, and writing rejects its zone.
    """
    try:
        date = date.astimezone(dt.timezone.utc)
    except OverflowError:
        return date
    return dt.datetime.combine(date, date.time())  # which is quicker than replace


def _without_zones(value: Any, levels: int) -> Any:
    if type(value) is dt.datetime:
        return without_zone(value) if value.tzinfo else value
    if levels and type(value) is dict:
        inner = {key: _without_zones(item, levels - 1) for key, item in value.items()}
        return value if all(map(operator.is_, inner.values(), value.values())) else inner
    if levels and type(value) is list:
        items = [_without_zones(item, levels - 1) for item in value]
        return value if all(map(operator.is_, items, value)) else items
    return value


def with_keys(
    _cls: type,
    attributes: "list[Attribute[Any]]",
    spell: Callable[[list[str]], str] = _camel,
) -> "list[Attribute[Any]]":
    """Add the key and the type check to each attribute: the field transformer of messages."""
    done = []
    for attribute in attributes:
        converter: Any = attribute.converter
        # Another converter: the attribute is inherited, or holds unknown keys.
        if converter is None or converter is LocalDateTime:
            key = _key(attribute, spell)
            attribute = attribute.evolve(
                metadata={**attribute.metadata, "key": key.name, "schema": key},
                converter=converter or _check(key, attribute.type),
            )
        done.append(attribute)
    return done


def with_status_keys(cls: type, attributes: "list[Attribute[Any]]") -> "list[Attribute[Any]]":
    """Transform the fields of status items, whose keys are spelled ``pending-version``."""
    return with_keys(cls, attributes, _kebab)
