"""The form of a rule."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from mdm_osupdate.errors import Finding, Severity

Example = str | Mapping[str, Any]
"""A document as text, or as the dictionary that it holds."""


@frozen(kw_only=True)
class Rule:
    """One thing that can be wrong."""

    code: str
    """Such as ``OSU203``; stable."""
    slug: str
    """The rule's name for people."""
    severity: Severity
    summary: str
    """What is wrong, in one line."""
    explanation: str
    """Why it matters, in a paragraph."""
    hint: str
    """What to do instead, where the case in hand does not call for something more exact."""
    source: str
    """Who says so."""
    example: Example
    """The smallest document that breaks the rule."""
    corrected: Example
    """The same document, put right."""
    device: Mapping[str, Any] | None = None
    """The arguments of the ``Device`` that the example needs."""
    corrected_device: Mapping[str, Any] | None = None
    """The device of the corrected example, where it is the device that is put right."""
    command: Mapping[str, Any] | None = None
    """The command that the example answers, or whose place it takes."""
    corrected_command: Mapping[str, Any] | None = None
    """The command of the corrected example, where it is the command that is put right."""

    def finding(self, path: str, message: str, hint: str | None = None) -> Finding:
        """Make a finding of this rule; ``hint`` replaces the rule's own."""
        return Finding(self.code, self.severity, path, message, hint or self.hint, self.source)
