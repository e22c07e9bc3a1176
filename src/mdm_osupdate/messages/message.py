"""The base class of messages, which are one frozen class for each dictionary that Apple names.

The annotations are the schema. From each of them, ``with_keys`` derives the plist key and the type
check, so that a key, its type and its presence are stated once. (No ``from __future__ import
annotations`` here, because attrs, cattrs and hypothesis need real types.)

Attributes without a default are required by the protocol. A missing optional key is ``None``.
Constructors only check types and raise ``TypeError``, so that tests can construct invalid messages.
``validate`` checks whether a device would accept a message.

Dates are aware and in UTC. Naive dates are interpreted as UTC, as in property lists. Sequences can
be lists or tuples, and are stored as tuples.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs
from attrs import field, frozen

from .fields import Layout, unknown_keys, with_keys


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class Message:
    """The base of all messages. It keeps the keys that have no attribute."""

    _wire: ClassVar[Literal["plist", "json", "any"]] = "plist"
    """The format of the class's documents. With ``any``, the default is JSON."""
    _layout: ClassVar[Layout | None] = None
    """The layout of a class that flattens two dictionaries."""
    _partial: ClassVar[bool] = False
    """True if more keys than the attributes are documented, so that they are not deviations."""

    unknown: Mapping[str, object] = field(factory=dict, converter=unknown_keys)
    """Undocumented keys, and documented keys whose value has the wrong type, unchanged."""

    # Once for all classes, since attrs would compile two methods for each class at import.
    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = [f.name for f in attrs.fields(type(self))]
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __hash__(self) -> int:  # without the unknown keys, whose values may be lists
        keys = [f.name for f in attrs.fields(type(self)) if "key" in f.metadata]
        return hash((type(self), *(getattr(self, name) for name in keys)))

    def __repr__(self) -> str:  # only what is set, as code that can be pasted
        fields = [a for a in attrs.fields(type(self)) if a.repr]
        given = [(a.name, a.default, getattr(self, a.name)) for a in fields]
        shown = [f"{name}={v!r}" for name, default, v in given if v is not default and v != {}]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:  # for IPython and hypothesis
        printer.text(repr(self))
