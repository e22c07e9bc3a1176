"""The verdicts of one check."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from attrs import frozen

from .messages import ROWS
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
    """The codes, and the rows such as ``SRV18:and-unknown-keys``, that the caller waived."""
    seed: int | None = None
    """The seed that repeats the check."""
    stopped: str | None = None
    """The reason that the adapter gave for ending the check early. ``None`` if it did not."""

    @property
    def ok(self) -> bool:
        """True if no obligation was violated."""
        return not self.violations

    def raise_violation(self) -> None:
        """Raise the first violation, if any."""
        __tracebackhide__ = True
        if self.violations:
            raise self.violations[0].with_traceback(None) from None


def waived_codes(waive: Iterable[str]) -> frozenset[str]:
    """Check the codes and rows that a caller waives.

    Raises:
        ValueError: an unknown code or row.
    """
    codes = frozenset(waive)
    if unknown := codes - OBLIGATIONS.keys() - ROWS.keys():
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
    lacking: Mapping[str, str] = MappingProxyType({}),
    seed: int | None = None,
    stopped: str | None = None,
) -> ConformanceReport:
    """Sort what was found into a report on the obligations with that prefix.

    ``lacking`` has the codes that cannot be tried, and why.
    """
    codes = {code for code in OBLIGATIONS if code.startswith(prefix)}
    found = sorted(found, key=lambda violation: violation.obligation.code)
    violations = [v for v in found if strict or not v.obligation.recommended]
    violated = {violation.obligation.code for violation in found}
    kept = (frozenset(tried) & codes) - violated - waived
    not_tried = sorted(codes - kept - violated - waived)
    return ConformanceReport(
        violations=tuple(violations),
        recommendations=tuple(v for v in found if v not in violations),
        kept=kept,
        not_tried={code: lacking.get(code, why_not_tried) for code in not_tried},
        waived=frozenset(code for code in waived if code.startswith(prefix)),
        seed=seed,
        stopped=stopped,
    )


def name_of(make: Callable[[], object]) -> str:
    """Return a name of what makes servers or devices that is the same in the next run."""
    owner = getattr(make, "__self__", None)
    named = make if owner is None else type(owner)
    kind = named if hasattr(named, "__qualname__") else type(named)
    return f"{kind.__module__}.{kind.__qualname__}"
