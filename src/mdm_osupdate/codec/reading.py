"""Plain values to messages and back, on cattrs: nothing lost, nothing guessed.

Commands and answers are property lists; declarations and status reports are JSON, and read and
written by the same code.

Every dictionary is read in one of two ways that agree wherever both succeed:

* The quick way is a hook of the cattrs converter, made once for each class. It checks each value as
  the constructors do; what does not fit, or has a key that is not known, stops it.
* The careful way then reads the same dictionary key by key. It says of each deviation where it is
  and what is wrong, and still makes the message wherever one can be made: unknown keys go to
  ``unknown``, and so do optional keys whose value is of no use.

So what devices send in their great majority costs little, and there is one place from which
lenient reading, ``strict=True`` and ``validate`` all learn what is wrong with a document.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs
from attrs import define, field

from mdm_osupdate.declarations import Declaration, SoftwareUpdateRequired
from mdm_osupdate.errors import DecodeError, EncodeError, Finding, join, show
from mdm_osupdate.messages import (
    COMMAND_OF,
    COMMANDS,
    KINDS,
    RESPONSES,
    SEEN_COMMAND_KEYS,
    SEEN_KEYS,
    Command,
    Frame,
    Key,
    Message,
    Response,
    ScheduleOSUpdateCommand,
    once_per_class,
)
from mdm_osupdate.rules import RULES
from mdm_osupdate.versions import LocalDateTime

from .plist import (
    DEFAULT_LIMITS,
    INTEGERS,
    Format,
    Limits,
    parse,
    problems,
    refuse_excess,
    survey,
    unwritable,
    write,
)

if TYPE_CHECKING:
    from cattrs import Converter

M = TypeVar("M", bound=Message)
_Plist = dict[str, Any]


def loads(
    data: bytes | str, type: type[M], *, strict: bool = False, limits: Limits = DEFAULT_LIMITS
) -> M:
    """Read a message from a property list, XML or binary; a declaration or status report from JSON.

    Args:
        data: the document.
        type: the class to read it as. ``Response`` reads the envelope of any answer.
        strict: refuse every deviation from Apple's description, instead of keeping unknown keys
            and unusable values in ``unknown`` and reading 0 and 1 as booleans.
        limits: how large, deep and rich in values the document may be.

    Raises:
        DecodeError: it cannot be read; ``findings`` has all the reasons. Its subclass
            ``PlistError``: it is no property list. Any other exception is a bug of this library.
    """
    _refuse_other(type)
    if type.wire == "json":
        from .json import parse_json  # not when importing: property lists do without

        document, twice = parse_json(data, limits)
        return _structure(document, type, limits, twice if strict else None)
    document = parse(data, limits)
    return _structure(document, type, limits, _dropped(data, document, limits) if strict else None)


def loads_command(
    data: bytes | str, *, strict: bool = False, limits: Limits = DEFAULT_LIMITS
) -> Command:
    """Read a command, as the class that its ``RequestType`` names.

    Arguments and exceptions are those of ``loads``.
    """
    document = parse(data, limits)
    kind = recognise(document)
    if not isinstance(kind, type):
        raise DecodeError([kind])
    if not issubclass(kind, Command):
        raise DecodeError([RULES["OSU113"].finding("", "this is an answer, not a command")])
    return _structure(document, kind, limits, _dropped(data, document, limits) if strict else None)


def _dropped(data: bytes | str, document: object, limits: Limits) -> Iterable[Finding]:
    refuse_excess(document, limits)  # before looking at the document a second time
    return survey(data, limits).findings


def from_dict(
    mapping: Mapping[str, object],
    type: type[M],
    *,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> M:
    """Read a message from a dictionary, such as ``plistlib`` gives.

    Arguments and exceptions are those of ``loads``. What ``unknown`` keeps is a copy.
    """
    _refuse_other(type)
    if not isinstance(mapping, Mapping):
        raise TypeError(f"a message is read from a mapping, not from {show(mapping)}")
    document = mapping if isinstance(mapping, dict) else dict(mapping)
    return _structure(document, type, limits, () if strict else None, copied=True)


def dumps(message: Message, *, fmt: Format = "xml", limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Write a message as a property list; the same message always gives the same bytes.

    Args:
        message: a command, an answer, or an item of one. A declaration or a status report is
            written as JSON, whatever ``fmt`` says.
        fmt: ``"xml"`` or ``"binary"``.
        limits: past which nothing is written, so that ``loads`` reads all that this writes.

    Raises:
        EncodeError: reading the bytes would give another message; ``findings`` has all the
            reasons. Nothing was written.
    """
    document = _document(message)
    if message.wire == "json":
        from .json import write_json

        return write_json(document, limits)
    return write(document, fmt, limits)


def to_dict(message: Message) -> dict[str, Any]:
    """Turn a message into the dictionary that its document holds, dates naive in UTC.

    What comes from ``unknown`` is a copy.

    Raises:
        EncodeError: ``unknown`` has a key that would be read as one of the attributes, or more
            levels of nesting than can be copied.
    """
    document = _document(message)
    if not _keeps_unknown(message):
        return document
    try:
        return cast("dict[str, Any]", _copy(document))
    except RecursionError:
        text = "there are more levels of nesting than can be copied"
        raise EncodeError([RULES["OSU104"].finding("", text)]) from None


def _document(message: Message) -> dict[str, Any]:
    if not _is_whole(type(message)):
        raise TypeError(f"{type(message).__name__} is no class of message that can be written")
    try:
        document: dict[str, Any] = _writer(type(message))(message)
    except _CollisionError:
        raise EncodeError(_collisions(message, "")) from None
    return document


def _keeps_unknown(message: Message) -> bool:
    """Whether a message, or one in it, has unknown keys."""
    return any(getattr(message, keys.unknown) for keys in _keys_of(type(message))) or any(
        _keeps_unknown(item)
        for keys in _keys_of(type(message))
        for key in keys.keys.values()
        if issubclass(key.kind, Message)
        for _, item in inner_messages(message, key, "")
    )


def _copy(value: Any) -> Any:
    """A copy of a document, in which subclasses of Python's own types have become these."""
    if isinstance(value, dict):
        return {str.__str__(key): _copy(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_copy(inner) for inner in value]
    if isinstance(value, dt.datetime):
        return dt.datetime.combine(value.date(), value.timetz())
    return str.__str__(value) if isinstance(value, str) else value


# -- what a dictionary has -----------------------------------------------------------------------


@define
class _Keys:
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
    """Whether there are many more."""

    @property
    def aliases(self) -> dict[str, Key]:
        """The keys by the wrong spellings under which they are read too."""
        return {alias: key for key in self.keys.values() for alias in key.aliases}


@once_per_class
def _keys_of(cls: type[Message]) -> tuple[_Keys, ...]:
    """The dictionaries that hold a class's attributes: one, or the two of a frame."""
    keys: dict[str, Key] = {
        f.metadata["key"]: f.metadata["schema"] for f in attrs.fields(cls) if "key" in f.metadata
    }
    frame = cls.frame
    if frame is None:
        seen = SEEN_KEYS if issubclass(cls, Response) else {}
        return (_Keys(keys, "unknown", seen=seen, partial=cls.partial),)
    envelope = {name: keys.pop(name) for name in frame.envelope}
    word = frozenset({frame.word})
    outside, inside = (frozenset[str](), word) if frame.word_inside else (word, frozenset[str]())
    return (
        _Keys(envelope, "unknown", outside | {frame.inside}),
        _Keys(keys, frame.unknown, inside, SEEN_COMMAND_KEYS if issubclass(cls, Command) else {}),
    )


# -- the quick way -------------------------------------------------------------------------------


_FEW = 64
"""How long an array may be on the quick way, which does not look at a document's size before."""
_QUICK = Limits(depth=6, values=20_000)
"""What documents can have whose arrays are that short, and whose keys are known."""


@functools.cache
def _converter() -> Converter:
    """The converter, with one hook each way for all classes of messages."""
    from cattrs import Converter  # costs as much as the rest of the package: not when importing

    converter = Converter()
    converter.register_structure_hook_factory(_is_message, _reading_hook)
    converter.register_unstructure_hook_factory(_is_message, _writing_hook)
    return converter


def _is_message(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, Message)


@once_per_class
def _reader(cls: type[Message]) -> Callable[[Any, Any], Any]:
    """The function that reads a class's faultless dictionaries; it raises on all others."""
    return _converter().get_structure_hook(cls)


@once_per_class
def _writer(cls: type[Message]) -> Callable[[Any], dict[str, Any]]:
    """The function that turns a class's messages into dictionaries."""
    return _converter().get_unstructure_hook(cls)


def _few(items: Any) -> Any:
    if type(items) is not list or len(items) > _FEW:
        raise TypeError
    return items


def _of_64_bits(number: Any) -> Any:
    if not INTEGERS.start <= number < INTEGERS.stop:
        raise TypeError  # not by `in`, which would count its way to a float
    return number


def _reading_hook(cls: type[Message], converter: Converter) -> Callable[[Any, Any], Any]:
    """Make the reader of a class, which fills the slots of its messages itself.

    The constructor would look at the absent keys, too, and they are most: that alone would cost as
    much as everything else here.
    """

    def fit(f: attrs.Attribute[Any]) -> Callable[[Any], Any]:
        key: Key = f.metadata["schema"]
        check: Any = f.converter
        if issubclass(key.kind, Message):
            read_item = converter.get_structure_hook(key.kind)  # in property lists always an array
            return lambda items: tuple([read_item(item, key.kind) for item in _few(items)])
        if key.array:
            return lambda items: check(_few(items))
        return (lambda number: check(_of_64_bits(number))) if key.kind is int else check

    fields = [(f, getattr(cls, f.name).__set__) for f in attrs.fields(cls)]
    keys = [(f.metadata["schema"], put, fit(f)) for f, put in fields if "key" in f.metadata]
    # What is of these types fits as it is, without a call.
    plain = {str, bool, float}
    required = [(key.name, put, fits) for key, put, fits in keys if key.required]
    optional = [
        (key.name, put, None if key.array or key.kind not in plain else key.kind, fits)
        for key, put, fits in keys
        if not key.required
    ]
    unknown = [put for f, put in fields if "key" not in f.metadata]
    known = {name for keys in _keys_of(cls) for name in (*keys.frame, *keys.keys)}
    make = object.__new__

    def read(value: Any, _: object) -> Any:
        if type(value) is not dict or not value.keys() <= known or None in value.values():
            raise TypeError
        message = make(cls)
        for put in unknown:
            put(message, {})
        for name, put, fits in required:
            put(message, fits(value[name]))
        for name, put, kind, fits in optional:
            if name in value:
                item = value[name]
                put(message, item if type(item) is kind else fits(item))
            else:
                put(message, None)
        return message

    if not issubclass(cls, Command):
        return read

    request_type = str(cls.request_type)

    def read_command(value: Any, _: object) -> Any:
        inner = value["Command"]
        if (
            len(value) != 2
            or not value["CommandUUID"]
            or "CommandUUID" in inner
            or "Command" in inner
            or inner["RequestType"] != request_type
        ):
            raise TypeError
        return read({**inner, "CommandUUID": value["CommandUUID"]}, cls)

    return read_command


def _writing_hook(cls: type[Message], converter: Converter) -> Callable[[Any], dict[str, Any]]:
    """Make the writer of a class; what it writes is no more than what cattrs generates."""
    from cattrs.fns import identity
    from cattrs.gen import make_dict_unstructure_fn, override

    def hook(key: Key) -> Any:
        if issubclass(key.kind, Message):
            write_item = converter.get_unstructure_hook(key.kind)
            if not key.array:
                return lambda item: item if item is None else write_item(item)
            return lambda items: items if items is None else [write_item(item) for item in items]
        if key.kind is dt.datetime:
            return (lambda dates: [_naive(date) for date in dates]) if key.array else _naive
        words = issubclass(key.kind, Enum | LocalDateTime)
        if key.array:
            return (lambda items: [str(word) for word in items]) if words else list
        return str if words else identity

    overrides: dict[str, Any] = {
        f.name: override(
            rename=f.metadata["key"],
            unstruct_hook=hook(f.metadata["schema"]),
            omit_if_default=f.default is None,
        )
        if "key" in f.metadata
        else override(omit=True)
        for f in attrs.fields(cls)
    }
    build = make_dict_unstructure_fn(cls, converter, **overrides)
    frame = cls.frame
    if frame is None:

        def write(message: Any) -> _Plist:
            document: _Plist = build(message)
            if message.unknown:
                _refuse_collisions(message)
                document.update(message.unknown)
            return document

        return write

    word = _word(cls, frame)

    def write_framed(message: Any) -> _Plist:
        unknown: _Plist = getattr(message, frame.unknown)
        if message.unknown or unknown:
            _refuse_collisions(message)
        keys = {key: value for key, value in build(message).items() if value is not None}
        envelope = {name: keys.pop(name) for name in frame.envelope if name in keys}
        (keys if frame.word_inside else envelope)[frame.word] = word
        if isinstance(message, Declaration):
            envelope["ServerToken"] = message.effective_token
        return {**envelope, frame.inside: keys | unknown, **message.unknown}

    return write_framed


def _word(cls: type[Message], frame: Frame) -> str:
    """What a document says of which class it is: its request type or its declaration type."""
    return str(getattr(cls, frame.words))


def _naive(date: dt.datetime) -> dt.datetime:
    # A date with another offset stays as it is, for writing to refuse it.
    return date if date.utcoffset() else date.replace(tzinfo=None)


class _CollisionError(Exception):
    """A dictionary cannot be written; which one, `_collisions` says."""


def _refuse_collisions(message: Message) -> None:
    for keys in _keys_of(type(message)):
        for _ in _shadows(message, keys):
            raise _CollisionError


def _shadows(message: Message, keys: _Keys) -> Iterator[tuple[str, str]]:
    """Find each key of ``unknown`` that would be read as something else, and say as what."""
    unknown: Mapping[str, Any] = getattr(message, keys.unknown)
    for name in unknown:
        key = keys.keys.get(name) or keys.aliases.get(name)
        if name in keys.frame:
            yield name, "belongs to the form of the message"
        elif key is None or (name != key.name and getattr(message, key.attribute) is not None):
            continue  # unknown indeed, or a wrong spelling beside the right one
        elif getattr(message, key.attribute) is not None:
            yield name, f"is also the attribute {key.attribute}"
        elif key.required or Reading().value(unknown[name], key, "") is not None:
            yield name, f"would be read as the attribute {key.attribute}"


def _collisions(message: Message, path: str) -> Iterator[Finding]:
    for keys in _keys_of(type(message)):
        for name, reason in _shadows(message, keys):
            hint = "Use the attribute, and delete the key from unknown."
            text = f"{name} stands in {keys.unknown}, and {reason}"
            yield RULES["OSU106"].finding(join(path, name), text, hint)
        for key in keys.keys.values():
            if issubclass(key.kind, Message):
                for at, item in inner_messages(message, key, path):
                    yield from _collisions(item, at)
        if message.frame is not None:
            path = join(path, message.frame.inside)


def inner_messages(message: Message, key: Key, path: str) -> Iterator[tuple[str, Message]]:
    """The messages that stand under a key, each with its path."""
    value = getattr(message, key.attribute)
    at = join(path, key.name)
    if key.array:
        yield from ((join(at, index), item) for index, item in enumerate(value or ()))
    elif value is not None:
        yield at, value


def _structure(
    document: object,
    cls: type[M],
    limits: Limits,
    strict: Iterable[Finding] | None,
    *,
    copied: bool = False,
) -> M:
    """Read a document.

    ``strict``: what is wrong with it before it is read; ``None`` for lenient. ``copied``: whether
    the message keeps copies of what it finds, since the document is somebody else's.
    """
    plist = cls.wire == "plist"
    if plist and strict is None and limits.depth >= _QUICK.depth and limits.values >= _QUICK.values:
        try:
            message: M = _reader(cls)(document, cls)
        except (TypeError, KeyError, AttributeError):
            pass  # the careful way makes the best of it, or says what is wrong
        else:
            return message
    if plist:
        refuse_excess(document, limits)
    elif found := list(problems(document, limits, "json")):
        raise DecodeError(found)
    reading = Reading(cls)
    careful = reading.message(_copy(document) if copied else document, cls)
    if strict is not None:
        reading.findings[:0] = strict
    if careful is None or (strict is not None and reading.findings):
        raise DecodeError(reading.findings)
    return careful


@once_per_class
def _is_whole(cls: Any) -> bool:
    """Whether something is a class of message, and more than what such classes share."""
    if not isinstance(cls, type) or not issubclass(cls, Message) or cls is Message:
        return False
    return cls.frame is None or hasattr(cls, cls.frame.words)


def _refuse_other(cls: Any) -> None:
    if not (isinstance(cls, type) and _is_whole(cls)):
        raise TypeError(f"{cls!r} is no class of message that can be read")


# -- the careful way -----------------------------------------------------------------------------


@define
class Reading:
    """A document, read key by key: what is wrong with it, and the messages in it."""

    root: type[Message] = Message
    """The class of the whole document; ``Message`` if it is none that is known here."""
    findings: list[Finding] = field(factory=list)
    """Every deviation from Apple's description."""
    messages: list[tuple[str, Message]] = field(factory=list)
    """Each dictionary that could be read; items before what they stand in. One in which a required
    key is missing or unusable is incomplete: it has ``None`` in that attribute.

    With each its path or, where it has a frame, that of the inner dictionary with its keys."""
    whole: Message | None = None
    """The document as a message, if one could be made of it."""

    def message(self, value: object, cls: type[M], path: str = "") -> M | None:
        """Read one dictionary; ``None`` if a key without which it means nothing does not fit."""
        if not isinstance(value, dict):
            self._report(
                "OSU121" if path else "OSU110",
                path,
                f"{_describe(value)} stands where a dictionary belongs",
            )
            return None
        frame = cls.frame
        if frame is None:
            (keys,) = _keys_of(cls)
            given = self._dictionary(value, keys, path)
        else:
            given = self._framed(value, cls, frame, path)
            path = join(path, frame.inside)
        complete = given.pop(_COMPLETE)
        message = cls(**given) if complete else incomplete(cls, given)
        self.messages.append((path, message))
        if complete and cls is self.root:
            self.whole = message
        return message if complete else None

    @classmethod
    def of(cls, message: Message, limits: Limits = DEFAULT_LIMITS) -> Reading:
        """Find what would be wrong with the document of a message, without writing it."""
        reading = cls(type(message), whole=message)
        reading._parts(message, "")
        try:
            document = to_dict(message)
        except EncodeError as error:
            reading.findings += error.findings
        else:
            reading.findings += unwritable(
                document, "xml" if message.wire == "plist" else "json", limits
            )
        return reading

    def _parts(self, message: Message, path: str) -> None:
        """Keep a message and those in it, and report what their unknown keys are."""
        for keys in _keys_of(type(message)):
            if message.frame is not None and keys.unknown == message.frame.unknown:
                path = join(path, message.frame.inside)
            for key in keys.keys.values():
                if issubclass(key.kind, Message):
                    for at, item in inner_messages(message, key, path):
                        self._parts(item, at)
            unknown = getattr(message, keys.unknown)
            shadows = {name for name, _ in _shadows(message, keys)}  # which to_dict refuses
            rest = {name: unknown[name] for name in unknown if name not in shadows}
            present = {
                k.name for k in keys.keys.values() if getattr(message, k.attribute) is not None
            }
            self._entries(rest, keys, path, {*present, *unknown})
        if isinstance(message, Command):
            if message.command_uuid is None:
                self._report("OSU115", "", "CommandUUID is missing")
            elif not message.command_uuid:
                self._report("OSU116", "CommandUUID", "CommandUUID is empty")
        if isinstance(message, ScheduleOSUpdateCommand) and message.updates is None:
            self._report("OSU204", path, "Updates is missing")
        self.messages.append((path, message))

    def bare_command(self, inner: _Plist, cls: type[Command]) -> None:
        """Read a command's inner dictionary where the envelope is missing."""
        outer, keys = _keys_of(cls)
        # The envelope's keys stand where they belong once the rest is under Command.
        given = self._dictionary({k: inner[k] for k in inner if k not in outer.keys}, keys, "")
        complete = given.pop(_COMPLETE)
        given["command_uuid"] = None
        message = cls(**given) if complete else incomplete(cls, given)
        self.messages.append(("", message))
        if complete:
            self.whole = message

    def value(self, value: Any, key: Key, path: str) -> Any:
        """Read one value as its attribute holds it; ``None`` if it does not fit."""
        if not key.array:
            return self._one(value, key, path)
        if not isinstance(value, list):
            self._misfit(value, key.expected, path, "Put it into an array, even if it is alone.")
            return None
        items = [self._one(item, key, join(path, index)) for index, item in enumerate(value)]
        return None if None in items else tuple(items)

    def _one(self, value: Any, key: Key, path: str) -> Any:
        if issubclass(key.kind, Message):
            return self.message(value, key.kind, path)
        return self._scalar(value, key, path)

    def _report(self, rule: str, path: str, message: str, hint: str | None = None) -> None:
        self.findings.append(RULES[rule].finding(path, message, hint))

    def _framed(self, value: _Plist, cls: type[Message], frame: Frame, path: str) -> _Plist:
        outer, inner = _keys_of(cls)
        given = self._dictionary(value, outer, path)
        for name in frame.envelope:
            rule = {"CommandUUID": "OSU115", "ServerToken": "OSU604"}.get(name, "OSU120")
            if name not in value:
                self._report(rule, path, f"{name} is missing")
        if value.get("CommandUUID") == "":
            self._report("OSU116", join(path, "CommandUUID"), "CommandUUID is empty")
        inside, at = value.get(frame.inside, {}), join(path, frame.inside)
        if not isinstance(inside, dict):
            self._misfit(inside, "a dictionary", at)
            return {**given, _COMPLETE: False}
        holder, holder_at = (inside, at) if frame.word_inside else (value, path)
        word = _word(cls, frame)
        found = holder.get(frame.word, word)
        if found != word:
            self._report(
                "OSU121",
                join(holder_at, frame.word),
                f"{frame.word} is {show(found)}; that of a {cls.__name__} is {word}",
                "Read the document as the class that it says it is.",
            )
            given[_COMPLETE] = False
        within: _Plist = {_COMPLETE: False}
        if frame.inside in value:
            within = self._dictionary(inside, inner, at)
        complete = given[_COMPLETE] and within[_COMPLETE]
        absent = {key.attribute: None for key in outer.keys.values()}
        return {**absent, **given, **within, _COMPLETE: complete}

    def _dictionary(self, value: _Plist, keys: _Keys, path: str) -> _Plist:
        """Read the keys of one dictionary as arguments of its class."""
        given = self._entries(value, keys, path, value.keys())
        complete = keys.frame <= value.keys()
        for name in keys.frame - value.keys():
            self._report("OSU120", path, f"{name} is missing")
        for key in keys.keys.values():
            if key.required and key.name not in value:
                rule = "OSU204" if key.optional else "OSU120"
                self._report(rule, path, f"{key.name} is missing")
                complete = complete and key.optional
                given[key.attribute] = None
            elif key.required and key.attribute not in given:
                complete = False
        return {**given, _COMPLETE: complete}

    def _entries(
        self, value: Mapping[str, Any], keys: _Keys, path: str, siblings: Collection[str]
    ) -> _Plist:
        """Read entries of a dictionary that has the keys ``siblings``."""
        given: _Plist = {}
        unknown: _Plist = {}
        for name, item in value.items():
            at = join(path, name)
            if name in keys.frame:
                continue  # the caller reads it
            key = keys.keys.get(name)
            if key is None and (alias := keys.aliases.get(name)):
                self._report("OSU124", at, f"{name} should be {alias.name}")
                key = None if alias.name in siblings else alias
            elif key is None and not keys.partial:
                self._unknown(name, siblings, keys, path)
            if key is None:
                unknown[name] = item
            elif (fitted := self.value(item, key, at)) is not None:
                given[key.attribute] = fitted
            elif not key.required:
                unknown[name] = item
        return {**given, keys.unknown: unknown}

    def _scalar(self, value: Any, key: Key, path: str) -> Any:
        kind = key.kind
        if kind is LocalDateTime and isinstance(value, str):
            try:
                return LocalDateTime(value)
            except ValueError as error:
                self._report("OSU611", path, str(error))
                return None
        if issubclass(kind, str):
            if type(value) is str:
                return value
        elif type(value) is kind:
            return value
        elif kind is bool and type(value) is int and value in (0, 1):
            self._differs(value, key, path, bool(value))
            return bool(value)
        elif kind is int and type(value) is float and abs(value) < _EXACT and value.is_integer():
            self._differs(value, key, path, int(value))
            return int(value)
        elif kind is float and type(value) is int and abs(value) < _EXACT:
            self._differs(value, key, path, float(value))
            return float(value)
        meant = _meant(value, kind)
        hint = None if meant is None else f"Write {self._spelt(meant)}."
        self._misfit(value, key.item, path, hint)
        return None

    def _spelt(self, value: str | float) -> str:
        """A value as one writes it in this document."""
        if self.root.wire == "json":
            return f'"{value}"' if isinstance(value, str) else show(value)
        if isinstance(value, bool):
            return f"<{show(value)}/>"
        element = {int: "integer", float: "real"}.get(type(value), "string")
        return f"<{element}>{value}</{element}>"

    def _differs(self, value: object, key: Key, path: str, better: float) -> None:
        message = f"{_describe(value)}, stands where {key.item} belongs"
        self._report("OSU122", path, message, f"Write {self._spelt(better)}.")

    def _misfit(self, value: object, expected: str, path: str, hint: str | None = None) -> None:
        message = f"{_describe(value)}, stands where {expected} belongs"
        self._report("OSU121", path, message, hint or f"Write {expected}.")

    def _unknown(self, name: str, siblings: Collection[str], keys: _Keys, path: str) -> None:
        at = join(path, name)
        if name in keys.seen:
            message = f"{show(name)} is not documented here; {keys.seen[name]}"
            self._report("OSU125", at, message)
            return
        if name == "Command":
            self._report("OSU114", at, "Command stands in Command")
            return
        hint = None
        if len(self.findings) > _MANY:  # looking for what was meant takes its time
            near = None
        else:
            near = closest(name, [key for key in keys.keys if key not in siblings])
        if near:
            hint = f"Did you mean {near}?"
        elif place := _places(self.root).get(name):
            hint = f"It belongs at {place}; move it there, or delete it."
        self._report("OSU123", at, f"{show(name)} is no key that is known here", hint)


_COMPLETE = ""
"""Beside the arguments of a class: whether all are there that it requires."""


def incomplete(cls: type[M], given: Mapping[str, Any]) -> M:
    """Make a message past its constructor, with ``None`` for required attributes that are missing.

    Checks look at it; it never leaves the library.
    """
    message = object.__new__(cls)
    for f in attrs.fields(cls):
        absent: object = {} if f.name.endswith("unknown") else None
        object.__setattr__(message, f.name, given.get(f.name, absent))
    return message


_MANY = 100
"""How many findings a document may have before no more misspelt keys are guessed at."""
_EXACT = 2**53
"""From here on a real cannot hold every integer."""


def _describe(value: object) -> str:
    """``'5', a string``: a value with its type, where the value alone does not show it."""
    if value is None:
        return "null"  # only JSON has it
    kind = KINDS.get(type(value))
    return f"{show(value)}, {kind}" if kind else show(value)


def _meant(value: object, kind: type) -> str | int | None:
    """The value of the right type, where it is plain which was meant."""
    if kind is int and isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,18}\s*", value):
        return int(value)
    if kind is bool and isinstance(value, str):
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        return words.get(value.lower())
    if issubclass(kind, str) and isinstance(value, int | float) and not isinstance(value, bool):
        return show(value)
    return None


def closest(word: object, words: Collection[str], cutoff: float = 0.75) -> str | None:
    """The word that a misspelt one was probably meant to be."""
    import difflib  # rarely needed

    plain = {w.lower(): w for w in words}
    near = difflib.get_close_matches(str(word).lower()[:60], plain, n=1, cutoff=cutoff)
    return plain[near[0]] if near else None


@once_per_class
def _places(root: type[Message]) -> dict[str, str]:
    """Where keys belong, in commands or in answers, for those that stand in a wrong place."""
    places: dict[str, str] = {}

    def collect(cls: type[Message], path: str) -> None:
        for keys in _keys_of(cls):
            for name in (*keys.frame, *keys.keys):
                places.setdefault(name, path or "the top of the document")
            if cls.frame is not None:
                path = cls.frame.inside
            for key in keys.keys.values():
                if issubclass(key.kind, Message):
                    collect(key.kind, f"{join(path, key.name)}[]")

    classes = COMMANDS if issubclass(root, Command) else RESPONSES
    for cls in classes if issubclass(root, Command | Response) else ():
        collect(cls, "")
    return places


# -- which message it is -------------------------------------------------------------------------


_ANSWERS: Mapping[str, type[Response]] = {
    "UpdateResults": RESPONSES[0],
    "ScanInitiated": RESPONSES[1],
    "ScanInititated": RESPONSES[1],
    "AvailableOSUpdates": RESPONSES[2],
    "OSUpdateStatus": RESPONSES[3],
}
"""The keys that tell what is answered; an answer without any of them is read as ``Response``."""


def recognise(document: object) -> type[Message] | Finding:
    """Tell which message a document holds, or why it holds none that is known here."""
    if not isinstance(document, dict):
        return RULES["OSU110"].finding("", f"the document is {show(document)}, not a dictionary")
    if "Command" in document:
        return recognise_command(document["Command"], "Command")
    if "Status" in document:
        return next((cls for key, cls in _ANSWERS.items() if key in document), Response)
    if "RequestType" in document:
        message = "RequestType stands at the top: this is only the inside of a command"
        return RULES["OSU111"].finding("", message)
    if "code" in document and "details" in document:
        return SoftwareUpdateRequired
    names = ", ".join(show(key) for key in list(document)[:3]) or "no keys"
    return RULES["OSU113"].finding("", f"the document has {names}, but no Command and no Status")


def recognise_command(inner: object, path: str) -> type[Command] | Finding:
    """Tell which command an inner dictionary, at a path, is that of."""
    if not isinstance(inner, dict):
        message = f"{_describe(inner)}, stands where a dictionary belongs"
        return RULES["OSU121"].finding(path, message, "Write a dictionary.")
    if "RequestType" not in inner:
        if "Command" in inner:
            return RULES["OSU114"].finding(join(path, "Command"), "Command stands in Command")
        hint = f"Add RequestType: {', '.join(COMMAND_OF)}."
        return RULES["OSU120"].finding(path, "RequestType is missing", hint)
    request_type, path = inner["RequestType"], join(path, "RequestType")
    if not isinstance(request_type, str):
        message = f"{_describe(request_type)}, stands where a string belongs"
        return RULES["OSU121"].finding(path, message, "Write a string.")
    if request_type in COMMAND_OF:
        return COMMAND_OF[request_type]
    if near := closest(request_type, COMMAND_OF):
        message = f"{show(request_type)} is no request type of a software update"
        return RULES["OSU117"].finding(path, message, f"Did you mean {near}?")
    message = f"{show(request_type)} is none of the software-update commands: nothing was checked"
    return RULES["OSU112"].finding(path, message)
