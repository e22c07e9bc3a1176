"""Messages to plain values and bytes, on cattrs. Values that would be read back differently are
rejected."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

import attrs

from mdm_osupdate.errors import EncodeError, Finding, join
from mdm_osupdate.messages import Key, Message, once_per_class, without_zone
from mdm_osupdate.rules import RULES
from mdm_osupdate.versions import LocalDateTime

from .formats import Format
from .keys import Keys, inner_messages, is_whole, keys_of, tag_of
from .plist import write
from .reading import Plist, Reading
from .values import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from cattrs import Converter


def dumps(message: Message, *, fmt: Format | None = None, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Write a message. The same message always gives the same bytes.

    Commands and responses are property lists. Declarations and status reports are JSON.
    ``SoftwareUpdateRequired`` is JSON, or a property list if ``fmt`` is given.

    Args:
        message: a command, a response, a declaration, a status report, or an item of one.
        fmt: the format of a property list, ``"xml"`` by default, or ``"binary"``. Must be omitted
            for JSON.
        limits: the limits of the document, so that ``loads`` can read it.

    Raises:
        EncodeError: reading the bytes would give another message. ``findings`` has all reasons.
        ValueError: ``fmt`` is unknown, or given for a message that is JSON.
    """
    document = document_of(message)
    if message._wire == "plist" or (message._wire == "any" and fmt is not None):
        return write(document, fmt or "xml", limits)
    if fmt is not None:
        name = type(message).__name__
        raise ValueError(f"fmt must be omitted: the document of a {name} is JSON, not {fmt!r}")
    from .json import write_json  # imported lazily: property lists do not need it

    return write_json(document, limits)


def to_dict(message: Message) -> dict[str, Any]:
    """Convert a message to the dictionary of its document, with naive dates in UTC.

    The values of ``unknown`` are copied.

    Raises:
        EncodeError: ``unknown`` has a key that would be read as one of the attributes or is not a
            string, or more levels of nesting than can be copied.
    """
    document = document_of(message)
    if not _keeps_unknown(message):
        return document
    try:
        return {key: copied(value, key) for key, value in document.items()}
    except RecursionError:
        text = "there are more levels of nesting than can be copied"
        raise EncodeError([RULES["OSU104"].finding("", text)]) from None


def document_of(message: Message) -> dict[str, Any]:
    """Convert a message to a dictionary that shares the values of ``unknown``."""
    if not is_whole(type(message)):
        raise TypeError(f"{type(message).__name__} is not a class of messages that can be written")
    document: dict[str, Any] = _writer(type(message))(message)
    return document


def _keeps_unknown(message: Message) -> bool:
    return any(getattr(message, keys.unknown) for keys in keys_of(type(message))) or any(
        _keeps_unknown(item)
        for keys in keys_of(type(message))
        for key in keys.keys.values()
        if issubclass(key.kind, Message)
        for _, item in inner_messages(message, key, "")
    )


def copied(value: Any, path: str) -> Any:
    """Copy a document; subclasses of Python's own types become these."""
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                text = f"the key {key!r:.40} is not a string"
                raise EncodeError([RULES["OSU106"].finding(path, text)])
        return {str.__str__(key): copied(inner, join(path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [copied(inner, join(path, index)) for index, inner in enumerate(value)]
    if isinstance(value, dt.datetime):
        return dt.datetime.combine(value.date(), value.timetz())
    return str.__str__(value) if isinstance(value, str) else value


# -- the functions that cattrs makes -------------------------------------------------------------


@once_per_class
def _writer(cls: type[Message]) -> Callable[[Any], dict[str, Any]]:
    """Return the function that turns a class's messages into dictionaries."""
    hook = _converter().get_unstructure_hook(cls)

    def write_refusing(message: Any) -> Plist:
        try:
            document: Plist = hook(message)
        except _CollisionError:
            raise EncodeError(collisions(message)) from None
        return document

    return write_refusing


@functools.cache
def _converter() -> Converter:
    from cattrs import Converter  # costs as much as the rest of the package: not when importing

    converter = Converter()
    converter.register_unstructure_hook_factory(
        lambda cls: isinstance(cls, type) and issubclass(cls, Message), _unstructure_hook
    )
    return converter


def _unstructure_hook(cls: type[Message], converter: Converter) -> Callable[[Any], Plist]:
    """Create the unstructure function of a class."""
    from cattrs.gen import make_dict_unstructure_fn, override

    overrides: dict[str, Any] = {
        f.name: override(
            rename=f.metadata["key"],
            unstruct_hook=_value_hook(f.metadata["schema"], converter),
            omit_if_default=f.default is None,
        )
        if "key" in f.metadata
        else override(omit=True)
        for f in attrs.fields(cls)
    }
    build = make_dict_unstructure_fn(cls, converter, **overrides)
    layout = cls._layout
    if layout is None:

        def write_one(message: Any) -> Plist:
            document: Plist = build(message)
            if message.unknown:
                _refuse_collisions(message)
                document.update(message.unknown)
            return document

        return write_one

    tag = tag_of(cls, layout)
    computes_token = hasattr(cls, "effective_token")  # declarations

    def write_nested(message: Any) -> Plist:
        unknown: Plist = getattr(message, layout.unknown)
        if message.unknown or unknown:
            _refuse_collisions(message)
        keys = {key: value for key, value in build(message).items() if value is not None}
        envelope = {name: keys.pop(name) for name in layout.envelope if name in keys}
        (keys if layout.tag_inside else envelope)[layout.tag] = tag
        if computes_token:
            envelope["ServerToken"] = message.effective_token
        return {**envelope, layout.inner: keys | unknown, **message.unknown}

    return write_nested


def _value_hook(key: Key, converter: Converter) -> Any:
    from cattrs.fns import identity

    if issubclass(key.kind, Message):
        write_item = converter.get_unstructure_hook(key.kind)
        if not key.array:
            return lambda item: item if item is None else write_item(item)
        return lambda items: items if items is None else [write_item(item) for item in items]
    if key.kind is dt.datetime:
        plain: Any = without_zone
    else:
        plain = str if issubclass(key.kind, Enum | LocalDateTime) else identity
    return (lambda items: [plain(item) for item in items]) if key.array else plain


# -- keys of unknown that would be read as something else ----------------------------------------


class _CollisionError(Exception):
    """A dictionary cannot be written. ``collisions`` explains why."""


def _refuse_collisions(message: Message) -> None:
    for keys in keys_of(type(message)):
        for _ in _shadows(message, keys):
            raise _CollisionError


def collisions(message: Message, path: str = "") -> Iterator[Finding]:
    """Find the keys of ``unknown`` that would be read as something else."""
    for keys in keys_of(type(message)):
        for name, reason in _shadows(message, keys):
            hint = "Use the attribute, and delete the key from unknown."
            yield RULES["OSU106"].finding(
                join(path, name), f"{name} in {keys.unknown} {reason}", hint
            )
        for key in keys.keys.values():
            if issubclass(key.kind, Message):
                for at, item in inner_messages(message, key, path):
                    yield from collisions(item, at)
        if message._layout is not None:
            path = join(path, message._layout.inner)


def _shadows(message: Message, keys: Keys) -> Iterator[tuple[str, str]]:
    """Find each key of ``unknown`` that would be read as something else, and say as what."""
    unknown: Mapping[str, Any] = getattr(message, keys.unknown)
    for name in unknown:
        key = keys.keys.get(name) or keys.aliases.get(name)
        if name in keys.flattened:
            yield name, "belongs to the layout of the message"
        elif key is None or (name != key.name and getattr(message, key.attribute) is not None):
            continue  # really unknown, or a misspelling beside the right key
        elif getattr(message, key.attribute) is not None:
            yield name, f"is also the attribute {key.attribute}"
        elif key.required or Reading().value(unknown[name], key, "") is not None:
            yield name, f"would be read as the attribute {key.attribute}"
