"""Activations, without which a device keeps configurations but does not apply them."""

from collections.abc import Sequence
from typing import ClassVar

from attrs import frozen

from mdm_osupdate.messages import with_keys

from .declaration import Declaration


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class ActivationSimple(Declaration):
    """Make configurations active.

    Source: ``declarative/declarations/activations/simple.yaml``.
    """

    declaration_type: ClassVar[str] = "com.apple.activation.simple"

    standard_configurations: Sequence[str]
    """The identifiers of the configurations."""
    predicate: str | None = None
    """A condition, as an ``NSPredicate`` format string."""

    def _usual_identifier(self) -> str:
        return ".".join(["activation", *self.standard_configurations])


@frozen(kw_only=True, repr=False, eq=False, field_transformer=with_keys)
class Configuration(Declaration):
    """The base of the configurations, each of which needs an activation."""

    def activation(self) -> ActivationSimple:
        """Return an activation that makes this configuration active."""
        return ActivationSimple(standard_configurations=(str(self.identifier),))
