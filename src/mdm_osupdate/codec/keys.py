"""The keys of each class's dictionaries, as tables for reading and writing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import attrs
from attrs import define, field

from mdm_osupdate.errors import join
from mdm_osupdate.messages import (
    COMMANDS,
    RESPONSES,
    SEEN_COMMAND_KEYS,
    SEEN_KEYS,
    Command,
    Key,
    Layout,
    Message,
    Response,
    once_per_class,
)


@define
class Keys:
    """The keys of one dictionary: of a class or, where it has a layout, of one of its two."""

    keys: dict[str, Key]
    """By Apple's spelling."""
    unknown: str
    """The attribute that takes the other keys."""
    flattened: frozenset[str] = frozenset()
    """Required keys without an attribute, because the class flattens two dictionaries."""
    seen: Mapping[str, str] = field(factory=dict)
    """Keys without an attribute that are known to occur, and where."""
    partial: bool = False
    """True if many more keys are documented."""
    aliases: dict[str, Key] = field(init=False)
    """Accepted misspellings, and the keys that they stand for."""
    names: frozenset[str] = field(init=False)
    """All names that a dictionary without a deviation can have."""

    def __attrs_post_init__(self) -> None:
        self.aliases = {alias: key for key in self.keys.values() for alias in key.aliases}
        self.names = self.flattened | self.keys.keys()


@once_per_class
def keys_of(cls: type[Message]) -> tuple[Keys, ...]:
    """Return the dictionaries that hold a class's attributes: one, or the two of a layout."""
    keys: dict[str, Key] = {
        f.metadata["key"]: f.metadata["schema"] for f in attrs.fields(cls) if "key" in f.metadata
    }
    layout = cls._layout
    if layout is None:
        seen = SEEN_KEYS if issubclass(cls, Response) else {}
        return (Keys(keys, "unknown", seen=seen, partial=cls._partial),)
    envelope = {name: keys.pop(name) for name in layout.envelope}
    tag = frozenset({layout.tag})
    outside, inside = (frozenset[str](), tag) if layout.tag_inside else (tag, frozenset[str]())
    return (
        Keys(envelope, "unknown", outside | {layout.inner}),
        Keys(keys, layout.unknown, inside, SEEN_COMMAND_KEYS if issubclass(cls, Command) else {}),
    )


def tag_of(cls: type[Message], layout: Layout) -> str:
    """Return the value that identifies a class: the request type or the declaration type."""
    return str(getattr(cls, layout.tag_attribute))


@once_per_class
def is_whole(cls: Any) -> bool:
    """Return whether a class is a message, and not only a base of messages."""
    if not isinstance(cls, type) or not issubclass(cls, Message) or cls is Message:
        return False
    return cls._layout is None or hasattr(cls, cls._layout.tag_attribute)


def inner_messages(message: Message, key: Key, path: str) -> Iterator[tuple[str, Message]]:
    """Yield the messages under a key, each with its path."""
    value = getattr(message, key.attribute)
    at = join(path, key.name)
    if key.array:
        yield from ((join(at, index), item) for index, item in enumerate(value or ()))
    elif value is not None:
        yield at, value


@once_per_class
def _message_keys_of(cls: type[Message]) -> tuple[Key, ...]:
    """Return the keys of a class that hold messages."""
    keys = (key for keys in keys_of(cls) for key in keys.keys.values())
    return tuple(key for key in keys if issubclass(key.kind, Message))


def parts_of(message: Message, path: str = "") -> list[tuple[str, Message]]:
    """Return the messages inside a message, then itself, each with the path of its keys."""
    inside = path if message._layout is None else message._layout.inner
    parts = []
    for key in _message_keys_of(type(message)):
        for at, item in inner_messages(message, key, inside):
            parts += parts_of(item, at)
    parts.append((inside, message))
    return parts


@once_per_class
def _decisive_attributes(cls: type[Message]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the attributes for required keys, and those for unknown keys."""
    keys = (key for keys in keys_of(cls) for key in keys.keys.values())
    required = tuple(key.attribute for key in keys if key.required)
    return required, tuple(keys.unknown for keys in keys_of(cls))


def is_in_form(part: Message) -> bool:
    """Return quickly whether the dictionary of a message has no deviation. Most have none.

    The constructor has checked the types. So only unknown keys can deviate, and required keys that
    are missing or empty. ``False`` means that the dictionary must be read to know. The keys of an
    envelope are not considered.
    """
    required, unknown = _decisive_attributes(type(part))
    for name in unknown:
        if getattr(part, name):
            return False
    return all(getattr(part, name) for name in required)


def closest(word: object, words: Collection[str], cutoff: float = 0.75) -> str | None:
    """Return the word that a misspelled one probably stands for."""
    import difflib  # rarely needed

    plain = {w.lower(): w for w in words}
    near = difflib.get_close_matches(str(word).lower()[:60], plain, n=1, cutoff=cutoff)
    return plain[near[0]] if near else None


@once_per_class
def places_of(root: type[Message]) -> dict[str, str]:
    """Return the place of each key of commands, or of responses, for keys in a wrong place."""
    places: dict[str, str] = {}

    def collect(cls: type[Message], path: str) -> None:
        for keys in keys_of(cls):
            for name in (*keys.flattened, *keys.keys):
                places.setdefault(name, path or "the top of the document")
            if cls._layout is not None:
                path = cls._layout.inner
            for key in keys.keys.values():
                if issubclass(key.kind, Message):
                    collect(key.kind, f"{join(path, key.name)}[]")

    classes = COMMANDS if issubclass(root, Command) else RESPONSES
    for cls in classes if issubclass(root, Command | Response) else ():
        collect(cls, "")
    return places
