"""Planning: the messages to send so that devices get to a version, and why."""

from .plans import Method, Plan, plan, plan_fleet
from .successors import Successor, successor

__all__ = ["Method", "Plan", "Successor", "plan", "plan_fleet", "successor"]
