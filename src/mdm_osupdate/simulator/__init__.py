"""The other end of the protocol: a simulated device, without I/O."""

from .device import Behavior, Exchange, Reported, SimulatedDevice, offer, play, play_reports

__all__ = [
    "Behavior",
    "Exchange",
    "Reported",
    "SimulatedDevice",
    "offer",
    "play",
    "play_reports",
]
