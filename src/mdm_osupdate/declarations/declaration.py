"""The envelope of all declarations."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs
from attrs import field, frozen

from mdm_osupdate.messages import Layout, Message, unknown_keys, with_keys


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class Declaration(Message):
    """The base of the declarations. Not a declaration itself.

    A declaration is JSON. As with commands, a class flattens the declaration and its ``Payload``,
    whose unknown keys are kept apart (``payload_unknown``).

    Source: ``declarative/declarations/declarationbase.yaml``.
    """

    _wire: ClassVar[Literal["plist", "json"]] = "json"
    _layout: ClassVar[Layout | None] = Layout(
        inner="Payload",
        envelope=("Identifier", "ServerToken"),
        unknown="payload_unknown",
        tag="Type",
        tag_inside=False,
        tag_attribute="declaration_type",
    )
    declaration_type: ClassVar[str]

    identifier: str | None = None
    """The name of the declaration on the server. If ``None``, it is derived from the content."""
    server_token: str | None = None
    """The revision. A device fetches a declaration again when it changes. If ``None``,
    ``effective_token`` is written, which changes exactly when the content does."""
    payload_unknown: Mapping[str, object] = field(factory=dict, converter=unknown_keys)
    """``unknown`` of the inner dictionary, ``Payload``."""

    def __attrs_post_init__(self) -> None:
        if self.identifier is None:
            object.__setattr__(self, "identifier", self._usual_identifier())
        # A computed token that was read must not outlive a change by attrs.evolve.
        token = self.server_token
        if token is not None and len(token) == _DIGITS and token == self._computed_token():
            object.__setattr__(self, "server_token", None)

    def _usual_identifier(self) -> str:
        return f"mdm-osupdate.{self.declaration_type.removeprefix('com.apple.')}"

    @property
    def effective_token(self) -> str:
        """The ``ServerToken`` of the document, given or computed from the content."""
        return self._computed_token() if self.server_token is None else self.server_token

    def _computed_token(self) -> str:
        """Return a digest of the keys in the document, so that new attributes change no token."""
        import hashlib  # loads OpenSSL, which reading does not need

        envelope = {"Identifier": self.identifier, **self.unknown}
        text = repr((self.declaration_type, _canonical(envelope), _canonical(self)))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_DIGITS = 64
"""The length of a computed token."""
_ENVELOPE = ("Identifier", "ServerToken")


_DEEPEST = 100
"""The deepest level that counts. By default, no deeper document is written or read."""


def _canonical(value: Any, level: int = 0) -> Any:
    """Convert a value so that its repr depends on the JSON only, not on the order of keys."""
    if level > _DEEPEST:
        return ...
    if isinstance(value, Message):
        value = _keys(value)
    if isinstance(value, Mapping):
        pairs = [(str(key), _canonical(inner, level + 1)) for key, inner in value.items()]
        return sorted(pairs, key=lambda pair: pair[0])
    if isinstance(value, list | tuple):
        return [_canonical(item, level + 1) for item in value]
    return str.__str__(value) if isinstance(value, str) else value


def _keys(message: Message) -> dict[str, object]:
    """Return the keys of a message's dictionary, or of a declaration's ``Payload``."""
    fields = [f for f in attrs.fields(type(message)) if "key" in f.metadata]
    given = {f.metadata["key"]: getattr(message, f.name) for f in fields}
    unknown = message.payload_unknown if isinstance(message, Declaration) else message.unknown
    keys = {k: v for k, v in given.items() if v is not None and k not in _ENVELOPE}
    return {**keys, **unknown}
