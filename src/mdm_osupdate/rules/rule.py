"""The form of a rule."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from mdm_osupdate.errors import Finding, Severity

Example = str | Mapping[str, Any]
"""A document as text, or as the dictionary that it holds."""


@frozen(kw_only=True)
class Rule:
    """A rule that messages can break."""

    code: str
    """Such as ``OSU203``. It never changes."""
    slug: str
    """A readable name."""
    severity: Severity
    summary: str
    """The problem, in one line."""
    explanation: str
    """The reason why it matters, in a paragraph."""
    hint: str
    """The general correction. A finding can have a more exact hint."""
    source: str
    """The document that the rule comes from."""
    example: Example
    """The smallest document that breaks the rule."""
    corrected: Example
    """The same document, corrected."""
    device: Mapping[str, Any] | None = None
    """The arguments of the ``Device`` that the example needs."""
    corrected_device: Mapping[str, Any] | None = None
    """The device of the corrected example, if it is the device that is corrected."""
    command: Mapping[str, Any] | None = None
    """The command that the example responds to or replaces."""
    corrected_command: Mapping[str, Any] | None = None
    """The command of the corrected example, if it is the command that is corrected."""
    beside: Example | None = None
    """Another declaration that the device of the example has at the same time."""
    now: str | None = None
    """The local time at which the example is checked."""
    releases: Mapping[str, Any] | None = None
    """The response from Apple's software lookup service that the example is checked with."""

    def finding(self, path: str, message: str, hint: str | None = None) -> Finding:
        """Create a finding of this rule. ``hint`` replaces the rule's own."""
        return Finding(self.code, self.severity, path, message, hint or self.hint, self.source)
