"""Classes for pytest: one check, and a test for each obligation."""

import abc
import unittest
from collections.abc import Callable, Iterable
from typing import ClassVar, TypeVar

from hypothesis import settings as Settings  # noqa: N812 - it is a class

from .obligations import OBLIGATIONS, Obligation
from .report import ConformanceReport

T = TypeVar("T", bound=type)


class Conformance(abc.ABC):
    """One check, whose report the tests of a class share."""

    settings: Settings
    """The hypothesis settings: how thorough the check is."""
    waive: Iterable[str] = ()
    """Codes of obligations, or rows of them, that are waived."""
    strict: bool = False
    """True if recommendations count as obligations."""
    seed: int | None = None
    """The seed of the check. Random by default."""
    _report: ClassVar[ConformanceReport | None] = None

    @abc.abstractmethod
    def check(self) -> ConformanceReport:
        """Check all obligations once."""

    @classmethod
    def report(cls) -> ConformanceReport:
        """Return the report of the one check of this class."""
        report = vars(cls).get("_report")
        if report is None:
            report = cls._report = cls().check()
            print(f"seed of this check: {report.seed}")  # noqa: T201 - as pytest shows it
        return report


def add_tests(prefix: str) -> Callable[[T], T]:
    """Give a class one test for each obligation whose code has this prefix.

    An obligation that was not tried, or is waived, skips its test.
    """

    def add(kind: T) -> T:
        for code, obligation in OBLIGATIONS.items():
            if code.startswith(prefix):
                setattr(kind, f"test_{code}", _test_of(obligation))
        return kind

    return add


def _test_of(obligation: Obligation) -> Callable[[Conformance], None]:
    def test(self: Conformance) -> None:
        __tracebackhide__ = True
        report = self.report()
        code = obligation.code
        for violation in report.violations:
            if violation.obligation is obligation:
                print(f"repeat this check with: seed = {report.seed}")  # noqa: T201 - as pytest shows it
                raise violation.with_traceback(None)
        reasons = {**report.not_tried, **dict.fromkeys(report.waived, "waived")}
        reasons |= {v.obligation.code: f"recommendation: {v.what}" for v in report.recommendations}
        if code in reasons:
            raise unittest.SkipTest(f"{code}: {reasons[code]}")

    test.__name__ = f"test_{obligation.code}"
    test.__doc__ = obligation.text
    return test
