"""Conformance checks for MDM servers and for device simulators.

``check_server`` drives a server through an adapter of two methods. Several simulated devices
connect in random orders of events, and the server must keep the obligations of the protocol
(``OBLIGATIONS``). The report names each violated obligation and the shortest story that leads to
it. In pytest::

    from mdm_osupdate.conformance import ServerConformance

    class TestMyServer(ServerConformance):
        def server(self):
            return MyAdapter()

The adapter has ``enqueue(udid, command)`` and ``connect(udid, message)``, either of which may be a
coroutine. More methods let the suite try more obligations (see ``Server``).

``check_device`` sends commands to a device simulator and judges its responses.
"""

from .adapter import Refused, Server, Stopped
from .device import DeviceConformance, check_device
from .messages import ROWS
from .obligations import OBLIGATIONS, Obligation, ViolationError
from .report import ConformanceReport
from .server import ServerConformance, check_server

__all__ = [
    "OBLIGATIONS",
    "ROWS",
    "ConformanceReport",
    "DeviceConformance",
    "Obligation",
    "Refused",
    "Server",
    "ServerConformance",
    "Stopped",
    "ViolationError",
    "check_device",
    "check_server",
]
