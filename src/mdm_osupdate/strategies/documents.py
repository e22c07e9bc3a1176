"""Strategies for everything that a message can hold, regardless of the rules."""

import datetime as dt
import functools
from collections.abc import Sequence
from enum import Enum
from typing import Any, TypeVar, overload

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mdm_osupdate.codec import from_dict
from mdm_osupdate.messages import COMMANDS, RESPONSES, Key, Layout, Message, Response
from mdm_osupdate.versions import LocalDateTime

from .building import keys_of
from .values import any_dates, integers, json_values, plist_values, reals, texts

M = TypeVar("M", bound=Message)


@overload
def messages() -> SearchStrategy[Message]: ...
@overload
def messages(*classes: type[M]) -> SearchStrategy[M]: ...
def messages(*classes: type[Any]) -> SearchStrategy[Any]:
    """Generate messages that ``dumps`` can write, valid or not.

    A value is anything that its type allows: extreme numbers, empty texts, any Unicode. Half of
    the messages have unknown keys, or documented ones with a value of a wrong type, at any level.

    Args:
        classes: only messages of these classes. By default, commands and responses.

    Example:
        >>> found = find(osus.messages(osu.ScheduleOSUpdateScanCommand), lambda m: m.unknown)
        >>> osu.loads(osu.dumps(found), osu.ScheduleOSUpdateScanCommand) == found
        True
    """
    return _messages(classes or (*COMMANDS, *RESPONSES, Response))


@st.composite
def _messages(draw: DrawFn, classes: tuple[type[Message], ...]) -> Message:
    cls = draw(st.sampled_from(classes))
    return from_dict(draw(dictionaries(cls, deviations=draw(st.booleans()))), cls)


def dictionaries(cls: type[Message], *, deviations: bool = False) -> SearchStrategy[dict[str, Any]]:
    """Generate dictionaries of a message, as ``from_dict`` reads them.

    A value is anything that its type allows: extreme numbers, empty texts, any Unicode.

    Args:
        cls: the class of the message.
        deviations: True for dictionaries that also have unknown keys and values of wrong types.

    Example:
        >>> find(osus.dictionaries(osu.UpdatesItem), lambda it: "ProductVersion" in it)
        {'InstallAction': 'Default', 'ProductVersion': ''}
    """
    kind: Any = cls  # type checkers do not take a class for hashable
    return _dictionaries(kind, deviations)


@functools.cache  # creating a strategy costs more than drawing from it
def _dictionaries(cls: Any, deviations: bool) -> SearchStrategy[dict[str, Any]]:
    keys, layout = [*keys_of(cls).values()], cls._layout
    anything = json_values if cls._wire == "json" else plist_values()
    if layout is None:
        return _with_keys(keys, anything if deviations else None)
    outer = [key for key in keys if key.name in layout.envelope]
    inner = [key for key in keys if key.name not in layout.envelope]
    return _nested(
        cls,
        layout,
        _with_keys(outer, anything if deviations and cls._wire == "plist" else None),
        _with_keys(inner, anything if deviations else None),
    )


@st.composite
def _nested(
    draw: DrawFn,
    cls: type[Message],
    layout: Layout,
    envelope: SearchStrategy[dict[str, Any]],
    inside: SearchStrategy[dict[str, Any]],
) -> dict[str, Any]:
    """Generate dictionaries of a class that flattens two of them."""
    outer, inner = draw(envelope), draw(inside)
    if cls._wire == "json":
        outer |= {"Identifier": draw(texts), "ServerToken": draw(texts)}
    (inner if layout.tag_inside else outer)[layout.tag] = str(getattr(cls, layout.tag_attribute))
    return {**outer, layout.inner: inner}


def _with_keys(
    keys: Sequence[Key], anything: SearchStrategy[Any] | None
) -> SearchStrategy[dict[str, Any]]:
    """Generate dictionaries with some of these keys and, if given, with anything."""
    required = {key.name: _values(key) for key in keys if key.required}
    optional = {
        key.name: _values(key) if anything is None else _values(key) | anything
        for key in keys
        if not key.required
    }
    known = st.fixed_dictionaries(required, optional=optional)
    if anything is None:
        return known
    unknown = st.dictionaries(texts, anything, max_size=2)
    return st.builds(lambda extra, these: {**extra, **these}, unknown, known)


def _values(key: Key) -> SearchStrategy[Any]:
    """Generate the values that fit a key."""
    if issubclass(key.kind, Message):
        one: SearchStrategy[Any] = dictionaries(key.kind)
    elif issubclass(key.kind, Enum):
        one = st.sampled_from([str(word) for word in key.kind]) | texts
    else:
        one = {
            str: texts,
            int: integers,
            float: reals,
            bool: st.booleans(),
            dt.datetime: any_dates,
            LocalDateTime: any_dates.map(LocalDateTime).map(str),
        }[key.kind]
    return st.lists(one, max_size=3) if key.array else one
