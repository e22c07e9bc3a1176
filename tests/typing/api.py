"""The public names as their users write them; read by mypy and pyright, not run."""

import datetime as dt
from collections.abc import Mapping, Sequence

from typing_extensions import assert_type

import mdm_osupdate as osu
from mdm_osupdate.inventory import read_device


def write() -> bytes:
    item = osu.UpdatesItem(install_action=osu.InstallAction.INSTALL_LATER, max_user_deferrals=3)
    same = osu.UpdatesItem(install_action="InstallLater", product_version="14.5")
    command = osu.ScheduleOSUpdateCommand([item, same])
    named = osu.ScheduleOSUpdateCommand(updates=(item,), command_uuid="0001")
    assert_type(named.command_uuid, str | None)
    return osu.dumps(command, fmt="binary")


def read(body: bytes) -> None:
    answer = osu.loads(body, osu.ScheduleOSUpdateResponse, strict=True)
    assert_type(answer, osu.ScheduleOSUpdateResponse)
    assert_type(answer.update_results, Sequence[osu.UpdateResultsItem] | None)
    assert_type(answer.failed_results, tuple[osu.UpdateResultsItem, ...])
    assert_type(answer.succeeded, bool)
    assert_type(answer.unknown, Mapping[str, object])
    for result in answer.update_results or ():
        match result.install_action:
            case osu.ScheduledAction() as action:
                assert_type(action, osu.ScheduledAction)
            case str() | None:
                pass
    for error in answer.error_chain or ():
        assert_type(error.known, osu.KnownError | None)
    assert_type(osu.loads_command(body), osu.Command)
    assert_type(osu.from_dict({}, osu.Response), osu.Response)


def judge(message: osu.Command, body: bytes) -> None:
    report = osu.validate(message)
    assert_type(report[0], osu.Finding)
    assert_type(report.errors, tuple[osu.Finding, ...])
    assert_type(osu.validate(body).ok, bool)
    assert_type(osu.positions(body), Mapping[str, tuple[int, int]])
    assert_type(osu.RULES["OSU203"], osu.Rule)


def for_a_device(message: osu.Command, answer: osu.Response) -> Mapping[str, tuple[str, ...]]:
    device = osu.Device("macOS", "14.5", supervised=True, enrollment=osu.Enrollment.AUTOMATED)
    assert_type(device.os_version, osu.OSVersion)
    assert_type(device.access_rights, osu.AccessRights | None)
    assert_type(read_device({"platform": "iOS", "os_version": "17"}), osu.Device)
    assert_type(osu.availability("ScheduleOSUpdate", device.platform), osu.Availability | None)
    assert_type(osu.allowed_actions(device), tuple[osu.InstallAction, ...])
    assert_type(osu.validate(answer, device, command=message), osu.Report)
    return osu.validate(message, device).undecided


def dates(item: osu.AvailableOSUpdatesItem) -> dt.datetime | None:
    return item.deferred_until


def caught(body: bytes) -> Sequence[osu.Finding]:
    try:
        osu.loads_command(body)
    except osu.PlistError as error:
        assert_type(error.position, tuple[int, int] | None)
        return error.findings
    except osu.DecodeError as error:
        return error.findings
    return ()
