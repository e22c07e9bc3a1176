"""Check messages and documents against Apple's rules."""

# Importing a family registers its checks. checks_of imports those of declarations.
from . import commands, device, releases, responses  # noqa: F401
from .driver import Inspection, inspect, validate
from .registry import target_of
from .several import check_together

__all__ = [
    "Inspection",
    "check_together",
    "inspect",
    "target_of",
    "validate",
]
