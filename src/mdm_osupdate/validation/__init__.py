"""Check messages and documents against Apple's rules."""

# Importing a family registers its checks.
from . import commands, declarations, device, enrollment, releases, responses, settings  # noqa: F401
from .declarations import BASE_INCLUDED_SINCE
from .driver import Inspection, inspect, validate
from .registry import target_of
from .several import check_together

__all__ = [
    "BASE_INCLUDED_SINCE",
    "Inspection",
    "check_together",
    "inspect",
    "target_of",
    "validate",
]
