"""A simulated update by commands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from attrs import define

from mdm_osupdate.device import Device
from mdm_osupdate.flow import Policy, UpdateFlow
from mdm_osupdate.simulator import Behavior, SimulatedDevice, play

from ._simulate_options import START, offers_for, target_for
from ._timeline import Step


@define
class Request:
    """The update that each device gets."""

    target: str | None
    action: str | None
    max_user_deferrals: int | None
    horizon: dt.timedelta
    """The time to simulate."""

    @classmethod
    def take(cls, given: dict[str, Any]) -> Request:
        """Read the update from the options."""
        return cls(
            target=given.pop("target"),
            action=given.pop("action"),
            max_user_deferrals=given.pop("max_user_deferrals"),
            horizon=dt.timedelta(days=given.pop("days")),
        )

    def begin(self, device: Device, behavior: Behavior) -> tuple[UpdateFlow, Iterator[Step]]:
        """Return the flow and its exchanges, which are simulated as they are consumed."""
        offers = offers_for(device, self.target)
        flow = UpdateFlow(
            device,
            target_for(device, self.target),
            action=self.action,
            max_user_deferrals=self.max_user_deferrals,
            policy=Policy(timeout=max(self.horizon, Policy().timeout)),
            id="00000000-0000-0000-0000-000000000000",
        )
        return flow, self._within(flow, SimulatedDevice(device, offers, behavior))

    def _within(self, flow: UpdateFlow, device: SimulatedDevice) -> Iterator[Step]:
        for step in play(flow, device, START):
            yield Step(step, device.deferrals_at(step.at))
            if flow.wait_until is not None and flow.wait_until > START + self.horizon:
                return

    def play(self, device: Device, behavior: Behavior) -> UpdateFlow:
        """Simulate to the end and return the flow."""
        flow, steps = self.begin(device, behavior)
        for _ in steps:
            pass
        return flow
