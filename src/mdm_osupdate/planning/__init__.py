"""Planning: the messages that bring devices to a version, and the reasons."""

from .enrollment import Minimum, minimum_version
from .plans import Method, Plan, plan, plan_fleet
from .successors import Successor, successor

__all__ = [
    "Method",
    "Minimum",
    "Plan",
    "Successor",
    "minimum_version",
    "plan",
    "plan_fleet",
    "successor",
]
