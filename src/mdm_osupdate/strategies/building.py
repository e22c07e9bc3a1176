"""Values and keys of messages that are valid by themselves."""

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mdm_osupdate.messages import Key, Message
from mdm_osupdate.versions import LocalDateTime

from .values import command_uuids, dates, os_versions, product_keys, texts, unknown_keys, uuids

M = TypeVar("M", bound=Message)


def keys_of(cls: type[Message]) -> dict[str, Key]:
    """Return the keys of a message class by attribute."""
    return {f.name: f.metadata["schema"] for f in attrs.fields(cls) if "schema" in f.metadata}


def built(cls: type[M], **attributes: SearchStrategy[Any]) -> SearchStrategy[M]:
    """Generate messages of a class, with or without each optional key, and no unknown ones."""
    kind: Any = cls  # type checkers do not take a class for hashable
    made: SearchStrategy[M] = _built(kind, **attributes)
    return made


@functools.lru_cache(maxsize=256)  # creating a strategy costs more than drawing from it
def _built(cls: Any, **attributes: SearchStrategy[Any]) -> SearchStrategy[Any]:
    keys = keys_of(cls)
    for name in attributes:
        if name not in keys and name not in ("unknown", "command_unknown"):
            raise TypeError(f"{cls.__name__} has no attribute {name}")
    chosen = {
        name: _values(key) if key.required or name == "command_uuid" else st.none() | _values(key)
        for name, key in keys.items()
        if name not in _OF_THE_USER_CHANNEL
    }
    return st.builds(cls, **chosen | attributes)


_OF_THE_USER_CHANNEL = {
    "enrollment_id",
    "enrollment_user_id",
    "user_id",
    "user_short_name",
    "user_long_name",
    "not_on_console",
}


def _values(key: Key) -> SearchStrategy[Any]:
    """Generate valid values of a key."""
    if key.name in _OF_KEY:
        return _OF_KEY[key.name]()
    if issubclass(key.kind, Message):
        one: SearchStrategy[Any] = built(key.kind)
    elif issubclass(key.kind, Enum):
        one = st.sampled_from(list(key.kind))
    else:
        one = {
            str: texts,
            int: st.integers(0, 2**40),
            float: st.floats(0, 1),
            bool: st.booleans(),
            dt.datetime: dates.map(lambda date: date.replace(tzinfo=dt.timezone.utc)),
            LocalDateTime: dates.map(LocalDateTime),
        }[key.kind]
    return st.lists(one, max_size=2).map(tuple) if key.array else one


_OF_KEY: Mapping[str, Callable[[], SearchStrategy[Any]]] = {
    "CommandUUID": command_uuids,
    "ProductKey": product_keys,
    "ProductVersion": lambda: os_versions().map(str),
    "Version": lambda: os_versions().map(str),
    "TargetOSVersion": lambda: os_versions("14.0").map(str),
    "TargetBuildVersion": lambda: st.builds(
        "{}{}{}".format, st.integers(20, 29), st.sampled_from("ABCDEFGH"), st.integers(10, 9999)
    ),
    "DetailsURL": lambda: st.just("https://it.example.org/updates"),
    "Identifier": lambda: uuids,
    "ServerToken": lambda: uuids,
    "UDID": lambda: uuids,
}


def with_unknown_keys(
    messages: SearchStrategy[M], unknown: SearchStrategy[Mapping[str, Any]] | bool
) -> SearchStrategy[M]:
    """Add unknown keys to each dictionary of the messages. ``True`` means any keys."""
    if unknown is False:
        return messages
    return _with_unknown_keys(messages, unknown_keys if unknown is True else unknown)


@st.composite
def _with_unknown_keys(
    draw: DrawFn, messages: SearchStrategy[M], keys: SearchStrategy[Mapping[str, Any]]
) -> M:
    added: M = _add(draw(messages), lambda: draw(keys))
    return added


def _add(value: Any, more: Callable[[], Mapping[str, Any]]) -> Any:
    """Add more unknown keys to a message, and to the messages inside it."""
    if isinstance(value, tuple):
        return tuple(_add(item, more) for item in value)
    if not isinstance(value, Message):
        return value
    names = {field.name for field in attrs.fields(type(value)) if field.init}
    inside = {name: _add(getattr(value, name), more) for name in keys_of(type(value))}
    unknown = {name: more() for name in ("unknown", "command_unknown") if name in names}
    return attrs.evolve(value, **inside, **unknown)
