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
    Frame,
    Key,
    Message,
    Response,
    once_per_class,
)


@define
class Keys:
    """The keys of one dictionary: of a class or, where it has a frame, of one of its two."""

    keys: dict[str, Key]
    """By Apple's spelling."""
    unknown: str
    """The attribute that takes the other keys."""
    frame: frozenset[str] = frozenset()
    """Required keys that the class flattens away."""
    seen: Mapping[str, str] = field(factory=dict)
    """Keys without an attribute that are known to occur, and where."""
    partial: bool = False
    """True if many more keys are documented."""
    aliases: dict[str, Key] = field(init=False)
    """The keys by the misspellings that are read, too."""
    names: frozenset[str] = field(init=False)
    """All names that a dictionary without a deviation can have."""

    def __attrs_post_init__(self) -> None:
        self.aliases = {alias: key for key in self.keys.values() for alias in key.aliases}
        self.names = self.frame | self.keys.keys()


@once_per_class
def keys_of(cls: type[Message]) -> tuple[Keys, ...]:
    """Return the dictionaries that hold a class's attributes: one, or the two of a frame."""
    keys: dict[str, Key] = {
        f.metadata["key"]: f.metadata["schema"] for f in attrs.fields(cls) if "key" in f.metadata
    }
    frame = cls._frame
    if frame is None:
        seen = SEEN_KEYS if issubclass(cls, Response) else {}
        return (Keys(keys, "unknown", seen=seen, partial=cls._partial),)
    envelope = {name: keys.pop(name) for name in frame.envelope}
    word = frozenset({frame.word})
    outside, inside = (frozenset[str](), word) if frame.word_inside else (word, frozenset[str]())
    return (
        Keys(envelope, "unknown", outside | {frame.inside}),
        Keys(keys, frame.unknown, inside, SEEN_COMMAND_KEYS if issubclass(cls, Command) else {}),
    )


def word_of(cls: type[Message], frame: Frame) -> str:
    """Return what a document says of its class: the request type or the declaration type."""
    return str(getattr(cls, frame.words))


@once_per_class
def is_whole(cls: Any) -> bool:
    """Return whether something is a class of messages, and not only a base of such classes."""
    if not isinstance(cls, type) or not issubclass(cls, Message) or cls is Message:
        return False
    return cls._frame is None or hasattr(cls, cls._frame.words)


def inner_messages(message: Message, key: Key, path: str) -> Iterator[tuple[str, Message]]:
    """Yield the messages under a key, each with its path."""
    value = getattr(message, key.attribute)
    at = join(path, key.name)
    if key.array:
        yield from ((join(at, index), item) for index, item in enumerate(value or ()))
    elif value is not None:
        yield at, value


def parts_of(message: Message, path: str = "") -> Iterator[tuple[str, Message]]:
    """Yield a message after those in it, each with the path of its keys."""
    for keys in keys_of(type(message)):
        for key in keys.keys.values():
            if issubclass(key.kind, Message):
                inside = path if message._frame is None else message._frame.inside
                for at, item in inner_messages(message, key, inside):
                    yield from parts_of(item, at)
    yield path if message._frame is None else message._frame.inside, message


def closest(word: object, words: Collection[str], cutoff: float = 0.75) -> str | None:
    """Return the word that a misspelled one was probably meant to be."""
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
            for name in (*keys.frame, *keys.keys):
                places.setdefault(name, path or "the top of the document")
            if cls._frame is not None:
                path = cls._frame.inside
            for key in keys.keys.values():
                if issubclass(key.kind, Message):
                    collect(key.kind, f"{join(path, key.name)}[]")

    classes = COMMANDS if issubclass(root, Command) else RESPONSES
    for cls in classes if issubclass(root, Command | Response) else ():
        collect(cls, "")
    return places
