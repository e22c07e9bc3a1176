"""Planning: the messages to send so that devices get to a version, and why."""

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
