"""The messages: one frozen class for each plist dictionary that Apple names.

The annotations are the schema: from each of them ``with_keys`` derives the plist key and the
check that a value must pass, so that a key, its type and its presence are stated once.
(No ``from __future__ import annotations`` here: attrs, cattrs and hypothesis want real types.)

An attribute without a default is required by the protocol; an absent optional key is ``None``.
Constructing checks types and raises ``TypeError``, nothing else: whether a device would take the
message is ``validate``'s to say, since nobody could test with messages that cannot be built.

Dates are aware and in UTC; a naive one is taken as UTC, which is what property lists hold.
Sequences are given as lists or tuples, and kept as tuples.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs
from attrs import field, frozen

from .fields import Frame, unknown_keys, with_keys


@frozen(kw_only=True, repr=False, field_transformer=with_keys)
class Message:
    """The base of all messages. It keeps the keys that have no attribute."""

    _wire: ClassVar[Literal["plist", "json", "any"]] = "plist"
    """The format of the class's documents; with ``any``, JSON unless property lists are named."""
    _frame: ClassVar[Frame | None] = None
    """The layout of a class that flattens two dictionaries."""
    _partial: ClassVar[bool] = False
    """True if many more keys than the attributes are documented, so that they are no deviation."""

    unknown: Mapping[str, object] = field(factory=dict, converter=unknown_keys, hash=False)
    """Undocumented keys, and documented ones whose value is of a wrong type, as they came."""

    def __repr__(self) -> str:  # only what is set, as code that can be pasted
        fields = [a for a in attrs.fields(type(self)) if a.repr]
        given = [(a.name, a.default, getattr(self, a.name)) for a in fields]
        shown = [f"{name}={v!r}" for name, default, v in given if v is not default and v != {}]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:  # for IPython and hypothesis
        printer.text(repr(self))
