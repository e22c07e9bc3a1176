"""Check messages and documents against Apple's rules."""

from .checks import Inspection, inspect, target_of, validate

__all__ = [
    "Inspection",
    "inspect",
    "target_of",
    "validate",
]
