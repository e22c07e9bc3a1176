"""The verdicts of one check."""

from collections.abc import Iterable, Mapping

from attrs import frozen

from .obligations import OBLIGATIONS, ViolationError


@frozen
class ConformanceReport:
    """The result of a check, by obligation."""

    violations: tuple[ViolationError, ...]
    """The obligations that are violated, each with the shortest story found."""
    recommendations: tuple[ViolationError, ...]
    """The recommendations that are not followed. With ``strict``, they are violations."""
    kept: frozenset[str]
    """The codes of obligations that were tried and not violated."""
    not_tried: Mapping[str, str]
    """The codes of obligations that were not tried, and why."""
    waived: frozenset[str]
    """The codes that the caller waived."""
    seed: int | None = None
    """The seed that repeats the check."""

    @property
    def ok(self) -> bool:
        """True if no obligation was violated."""
        return not self.violations

    def raise_violation(self) -> None:
        """Raise the first violation, if any."""
        if self.violations:
            raise self.violations[0]


def waived_codes(waive: Iterable[str]) -> frozenset[str]:
    """Check the codes that a caller waives.

    Raises:
        ValueError: an unknown code.
    """
    codes = frozenset(waive)
    if unknown := codes - OBLIGATIONS.keys():
        raise ValueError(f"unknown obligation {min(unknown)!r}")
    return codes


def make_report(
    prefix: str,
    found: Iterable[ViolationError],
    tried: Iterable[str],
    waived: frozenset[str],
    *,
    strict: bool,
    why_not_tried: str,
    seed: int | None = None,
) -> ConformanceReport:
    """Sort what was found into a report on the obligations with that prefix."""
    codes = {code for code in OBLIGATIONS if code.startswith(prefix)}
    found = sorted(found, key=lambda violation: violation.obligation.code)
    violations = [v for v in found if strict or not v.obligation.recommended]
    violated = {violation.obligation.code for violation in found}
    kept = (frozenset(tried) & codes) - violated - waived
    return ConformanceReport(
        violations=tuple(violations),
        recommendations=tuple(v for v in found if v not in violations),
        kept=kept,
        not_tried=dict.fromkeys(sorted(codes - kept - violated - waived), why_not_tried),
        waived=waived & codes,
        seed=seed,
    )
