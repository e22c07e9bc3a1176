"""A simulated device: the other end of the protocol, without I/O, clock or randomness.

``SimulatedDevice`` responds to the four commands as a device does, with the peculiarities of its
version. It also follows declarations. Its ``Behavior`` determines what goes wrong. ``play`` and
``play_reports`` connect it to a flow.

>>> import datetime as dt
>>> import mdm_osupdate as osu
>>> from mdm_osupdate.flow import UpdateFlow
>>> from mdm_osupdate.simulator import SimulatedDevice, Behavior, offer, play
>>> iphone = osu.Device("iOS", "17.3", supervised=True)
>>> phone = SimulatedDevice(iphone, [offer(iphone, "17.4.1")], Behavior(passcode=True))
>>> flow = UpdateFlow(iphone, "17.4.1")
>>> for step in play(flow, phone, dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)):
...     print(step.at.time(), step.command.request_type, step.state)
09:00:00 AvailableOSUpdates scheduling
09:00:00 ScheduleOSUpdate downloading
09:15:00 OSUpdateStatus downloading
09:30:00 OSUpdateStatus scheduling
09:30:00 ScheduleOSUpdate installing
09:45:00 OSUpdateStatus installing
10:02:00 OSUpdateStatus scheduling
10:02:00 ScheduleOSUpdate confirming
10:02:00 AvailableOSUpdates finished
>>> str(phone.device.os_version)
'17.4.1'
"""

from .behavior import Behavior
from .device import SimulatedDevice
from .offers import offer
from .play import Exchange, Reported, play, play_reports
from .synchronizing import DeclarativeRequest

__all__ = [
    "Behavior",
    "DeclarativeRequest",
    "Exchange",
    "Reported",
    "SimulatedDevice",
    "offer",
    "play",
    "play_reports",
]
