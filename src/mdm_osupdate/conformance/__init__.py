"""A conformance suite for MDM servers and for device simulators."""

from .suite import (
    OBLIGATIONS,
    DeviceConformance,
    Obligation,
    Refused,
    Server,
    ServerConformance,
    ViolationError,
    check_device,
    check_server,
)

__all__ = [
    "OBLIGATIONS",
    "DeviceConformance",
    "Obligation",
    "Refused",
    "Server",
    "ServerConformance",
    "ViolationError",
    "check_device",
    "check_server",
]
