"""Strategies that the properties share: plist values, dictionaries of messages, messages."""

import datetime as dt
import functools
from enum import Enum
from typing import Any

import attrs
from hypothesis import strategies as st

import mdm_osupdate as osu
from mdm_osupdate.declarations import (
    ActivationSimple,
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
    StatusReport,
)
from mdm_osupdate.messages import COMMANDS, RESPONSES, Key, Message

ITEMS = (
    osu.UpdatesItem,
    osu.UpdateResultsItem,
    osu.ErrorChainItem,
    osu.AvailableOSUpdatesItem,
    osu.OSUpdateStatusItem,
)
CLASSES = (*COMMANDS, *RESPONSES, osu.Response, *ITEMS)
DECLARATIVE = (
    SoftwareUpdateEnforcementSpecific,
    ActivationSimple,
    ManagementStatusSubscriptions,
    StatusReport,
)

# What XML carries: no control characters, no carriage return, no halves of surrogates.
texts = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"],
        exclude_characters="\ufffe\uffff",
        include_characters="\n\t",
    ),
    max_size=20,
)
integers = st.integers(-(2**63), 2**64 - 1)
reals = st.floats(allow_nan=False)
dates = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)).map(
    lambda date: date.replace(microsecond=0)
)
scalars = st.one_of(texts, integers, reals, st.booleans(), dates, st.binary(max_size=20))
plist_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def keys_of(cls: type[Message]) -> dict[str, Key]:
    return {f.name: f.metadata["schema"] for f in attrs.fields(cls) if "schema" in f.metadata}


def _scalar(kind: Any) -> st.SearchStrategy[Any]:
    if issubclass(kind, Message):
        return dictionaries(kind)
    if issubclass(kind, Enum):
        return st.sampled_from([str(word) for word in kind]) | texts
    of_kind = {
        str: texts,
        int: integers,
        float: reals,
        bool: st.booleans(),
        dt.datetime: dates,
        osu.LocalDateTime: dates.map(osu.LocalDateTime).map(str),
    }
    return of_kind[kind]


def values(key: Key) -> st.SearchStrategy[Any]:
    """Good values of a key."""
    one = _scalar(key.kind)
    return st.lists(one, max_size=3) if key.array else one


json_values = st.recursive(
    st.one_of(texts, integers, st.floats(allow_nan=False, allow_infinity=False), st.none()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@functools.cache  # to make a strategy costs more than to draw from it
def _keyed(cls: Any, names: frozenset[str], spoilt: bool) -> st.SearchStrategy[Any]:
    """A dictionary of these keys: good or, if ``spoilt``, with unknown keys and bad values."""
    keys = {name: key for name, key in keys_of(cls).items() if name in names}
    anything = json_values if cls._wire == "json" else plist_values
    required = {k.name: values(k) for k in keys.values() if k.required}
    optional = {
        k.name: values(k) | anything if spoilt else values(k)
        for k in keys.values()
        if not k.required
    }
    good = st.fixed_dictionaries(required, optional=optional)
    if not spoilt:
        return good
    more = st.dictionaries(texts, anything, max_size=2)
    return st.builds(lambda extra, known: {**extra, **known}, more, good)


@st.composite
def dictionaries(draw: st.DrawFn, cls: type[Message], spoilt: bool = False) -> dict[str, Any]:
    """The plist dictionary of a message."""
    keys = keys_of(cls)
    kind: Any = cls  # type checkers do not take a class for hashable
    frame = cls._frame
    if frame is None:
        return draw(_keyed(kind, frozenset(keys), spoilt))
    envelope = frozenset(name for name, key in keys.items() if key.name in frame.envelope)
    inner = draw(_keyed(kind, frozenset(keys) - envelope, spoilt))
    outer = draw(_keyed(kind, envelope, spoilt and cls._wire == "plist"))
    if cls._wire == "json":
        outer |= {"Identifier": draw(texts), "ServerToken": draw(texts)}
    (inner if frame.word_inside else outer)[frame.word] = str(getattr(cls, frame.words))
    return {**outer, frame.inside: inner}


@st.composite
def messages(draw: st.DrawFn, classes: tuple[type[Message], ...] = CLASSES) -> Message:
    """Messages that can be written, with unknown keys here and there."""
    cls = draw(st.sampled_from(classes))
    return osu.from_dict(draw(dictionaries(cls, spoilt=draw(st.booleans()))), cls)


def exactly(value: Any) -> Any:
    """Make a value that equals another only if it is the same type by type: True is not 1."""
    if isinstance(value, dict):
        return {key: exactly(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [exactly(inner) for inner in value]
    return type(value), value
