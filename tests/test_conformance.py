"""The conformance suite passes what is right, and catches what is wrong, by its name."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import settings
from servers import WRONG, Reference

import mdm_osupdate as osu
from mdm_osupdate.conformance import (
    OBLIGATIONS,
    DeviceConformance,
    ServerConformance,
    ViolationError,
    check_server,
)
from mdm_osupdate.simulator import SimulatedDevice, offer

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)
MAC = osu.Device("macOS", "14.3", supervised=True, enrollment="automated")
USUAL = ServerConformance.settings
REPEATED = settings(USUAL, max_examples=200, stateful_step_count=15, derandomize=True)
QUICK = settings(USUAL, max_examples=15)


class TestTheReference(ServerConformance):
    def server(self) -> Reference:
        return Reference()


class Asynchronous:
    """The reference, as coroutines, with devices that enrol."""

    def __init__(self) -> None:
        self.reference = Reference()
        self.enrolled: set[str] = set()

    async def enrol(self, udid: str) -> None:
        self.enrolled.add(udid)

    async def enqueue(self, udid: str, command: bytes) -> None:
        assert udid in self.enrolled
        self.reference.enqueue(udid, command)

    async def connect(self, udid: str, message: bytes) -> bytes | None:
        return self.reference.connect(udid, message) or None


def test_an_asynchronous_server_passes() -> None:
    check_server(Asynchronous, QUICK)


@pytest.mark.parametrize(
    ("code", "server"),
    [(code, server) for code, servers in WRONG.items() for server in servers],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_wrong_server_is_caught(code: str, server: Any) -> None:
    with pytest.raises(ViolationError) as caught:
        check_server(server, REPEATED)
    assert caught.value.obligation.code == code, caught.value


def test_every_obligation_of_servers_has_a_server_that_violates_it() -> None:
    assert set(WRONG) == {code for code in OBLIGATIONS if code.startswith("SRV")}
    assert sum(map(len, WRONG.values())) >= 20


class TestTheSimulatedMac(DeviceConformance):
    device = MAC

    def handle(self, command: bytes) -> bytes | None:
        return SimulatedDevice(MAC, [offer(MAC, "14.4")], udid="A").handle(command, NOW)
