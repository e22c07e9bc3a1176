"""Devices: the values that they accept."""

from typing import Any

import attrs
import pytest

import mdm_osupdate as osu


def test_strings_are_converted() -> None:
    device = osu.Device(
        "macOS", "14.5", supervised=True, enrollment="automated", channel="user", access_rights=8191
    )
    assert device == osu.Device(
        osu.Platform.MACOS,
        osu.OSVersion("14.5"),
        supervised=True,
        enrollment=osu.Enrollment.AUTOMATED,
        channel=osu.Channel.USER,
        access_rights=osu.AccessRights(8191),
    )
    assert {device} == {device}


def test_defaults_are_unknown() -> None:
    device = osu.Device("iOS", "17")
    assert device.channel is osu.Channel.DEVICE
    given = {"platform", "os_version", "channel"}
    unknown = [f.name for f in attrs.fields(osu.Device) if f.name not in given]
    assert [getattr(device, name) for name in unknown] == [None] * 8


def test_access_rights() -> None:
    assert len(osu.AccessRights) == 13
    assert int(osu.AccessRights.APP_INSTALLATION) == 4096
    assert osu.AccessRights.APP_INSTALLATION in osu.AccessRights(8191)


@pytest.mark.parametrize(
    ("arguments", "error", "reason"),
    [
        (
            {"platform": "macos"},
            ValueError,
            "platform must be one of iOS, iPadOS, macOS, tvOS, watchOS,",
        ),
        ({"platform": None}, TypeError, "platform must be Platform or str, not NoneType"),
        ({"platform": 5}, TypeError, "platform must be Platform or str, not int"),
        ({"os_version": "x"}, osu.InvalidVersionError, "'x'"),
        ({"os_version": 14.5}, TypeError, "os_version must be OSVersion or str, not float"),
        (
            {"enrollment": "dep"},
            ValueError,
            "must be one of automated, device, user, not 'dep'",
        ),
        ({"channel": None}, TypeError, "channel must be Channel or str, not NoneType"),
        ({"supervised": "true"}, TypeError, "supervised must be True, False or None, not 'true'"),
        ({"access_rights": True}, TypeError, "access_rights must be an integer, not bool"),
        ({"access_rights": 8192}, ValueError, "must be 0 to 8191, not 8192"),
        ({"access_rights": -1}, ValueError, "must be 0 to 8191, not -1"),
        ({"shared_ipad": 1}, TypeError, "shared_ipad must be True, False or None, not 1"),
        ({"model": 5}, TypeError, "model must be str or None, not int"),
    ],
)
def test_invalid_values(arguments: dict[str, Any], error: type[Exception], reason: str) -> None:
    with pytest.raises(error) as caught:
        osu.Device(**({"platform": "macOS", "os_version": "14.5"} | arguments))
    assert reason in str(caught.value)


class Unprintable:
    def __str__(self) -> str:
        raise AssertionError("was formatted")

    __repr__ = __str__


@pytest.mark.parametrize("name", ["platform", "os_version", "supervised", "access_rights", "model"])
@pytest.mark.parametrize("value", [Unprintable(), {Unprintable()}, [Unprintable()]])
def test_foreign_values_are_not_formatted(name: str, value: Any) -> None:
    with pytest.raises(TypeError):
        osu.Device(**({"platform": "macOS", "os_version": "14.5"} | {name: value}))
