"""Messages and their derived properties."""

import copy
import datetime as dt
import inspect
import pickle
import re
from collections.abc import Sequence

import attrs
import pytest

import mdm_osupdate as osu
from mdm_osupdate.messages import COMMANDS, RESPONSES

UTC = dt.timezone.utc


class TestBuilding:
    def test_construct_a_command(self) -> None:
        command = osu.ScheduleOSUpdateCommand(
            updates=[osu.UpdatesItem(install_action="InstallLater", max_user_deferrals=3)],
            command_uuid="0001",
        )
        assert command.updates == (
            osu.UpdatesItem(install_action=osu.InstallAction.INSTALL_LATER, max_user_deferrals=3),
        )

    @pytest.mark.parametrize("cls", COMMANDS[1:])
    def test_each_command_has_its_own_uuid(self, cls: type[osu.Command]) -> None:
        one, other = cls(), cls()
        assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", one.command_uuid or "")
        assert one.command_uuid != other.command_uuid

    def test_documented_values_become_enum_members(self) -> None:
        item = osu.UpdatesItem(install_action="Default", priority="Urgent")
        assert item.install_action is osu.InstallAction.DEFAULT
        assert f"{item.install_action}" == "Default"
        assert item.priority == "Urgent"
        assert type(item.priority) is str

    def test_string_subclasses_become_plain_strings(self) -> None:
        item = osu.UpdatesItem(install_action="Default", product_key=osu.Platform.MACOS)
        assert type(item.product_key) is str

    def test_naive_dates_are_utc(self) -> None:
        naive = dt.datetime(2026, 1, 31, 12)
        item = osu.AvailableOSUpdatesItem(deferred_until=naive)
        assert item.deferred_until == naive.replace(tzinfo=UTC)

    def test_integers_are_accepted_for_reals(self) -> None:
        item = osu.OSUpdateStatusItem(download_percent_complete=1)
        assert type(item.download_percent_complete) is float

    @pytest.mark.parametrize(
        ("cls", "arguments", "expected"),
        [
            (
                osu.UpdatesItem,
                {"install_action": 1},
                "install_action must be InstallAction or str, not int",
            ),
            (
                osu.UpdatesItem,
                {"install_action": "Default", "max_user_deferrals": "5"},
                "max_user_deferrals must be int, not str",
            ),
            (
                osu.UpdatesItem,
                {"install_action": "Default", "max_user_deferrals": True},
                "max_user_deferrals must be int, not bool",
            ),
            (
                osu.UpdatesItem,
                {"install_action": None},
                "install_action must be InstallAction or str, not None",
            ),
            (
                osu.UpdatesItem,
                {"install_action": "Default", "product_key": 10**5000},
                "must be str, not int",
            ),
            (osu.ScheduleOSUpdateScanCommand, {"force": 1}, "force must be bool, not int"),
            (
                osu.ScheduleOSUpdateCommand,
                {"updates": [{"InstallAction": "Default"}]},
                "updates[0] must be UpdatesItem, not dict",
            ),
            (
                osu.ScheduleOSUpdateCommand,
                {"updates": "Default"},
                "must be a sequence of UpdatesItem, not str",
            ),
            (
                osu.OSUpdateStatusItem,
                {"past_notifications": ["2026"]},
                "past_notifications[0] must be datetime, not str",
            ),
            (
                osu.OSUpdateStatusItem,
                {"next_scheduled_install": "2026"},
                "next_scheduled_install must be datetime, not str",
            ),
            (
                osu.OSUpdateStatusItem,
                {"download_percent_complete": 10**400},
                "must be float, not int",
            ),
            (
                osu.Response,
                {"status": "Idle", "unknown": {1: 2}},
                "the keys of unknown must be str, not int",
            ),
        ],
    )
    def test_wrong_types_are_rejected(
        self, cls: type, arguments: dict[str, object], expected: str
    ) -> None:
        with pytest.raises(TypeError, match=re.escape(expected)):
            cls(**arguments)

    def test_signatures_show_types(self) -> None:
        parameters = inspect.signature(osu.ScheduleOSUpdateCommand).parameters
        assert parameters["updates"].annotation == Sequence[osu.UpdatesItem] | None
        assert parameters["command_uuid"].annotation == str | None

    def test_very_long_integers(self) -> None:
        item = osu.UpdatesItem(install_action="InstallLater", max_user_deferrals=10**5000)
        report = osu.validate(osu.ScheduleOSUpdateCommand([item]))
        assert "OSU106" in [finding.rule for finding in report.errors]

    def test_invalid_messages_can_be_constructed(self) -> None:
        osu.ScheduleOSUpdateCommand([osu.UpdatesItem(install_action="Nonsense")])


class TestValues:
    command = osu.ScheduleOSUpdateCommand(
        [osu.UpdatesItem(install_action="Default", unknown={"udid": [1, 2]})],
        command_uuid="0001",
        command_unknown={"UseDelay": True},
    )

    def test_frozen(self) -> None:
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            self.command.command_uuid = "0002"  # type: ignore[misc]

    def test_slotted(self) -> None:
        assert not hasattr(self.command, "__dict__")

    def test_hash_and_equality(self) -> None:
        twin = copy.deepcopy(self.command)
        assert twin == self.command
        assert len({twin, self.command}) == 1
        assert twin != attrs.evolve(twin, command_unknown={})
        assert twin != osu.OSUpdateStatusCommand(command_uuid="0001")

    def test_pickle(self) -> None:
        assert pickle.loads(pickle.dumps(self.command)) == self.command

    def test_repr_can_be_evaluated(self) -> None:
        text = (
            "ScheduleOSUpdateCommand(command_uuid='0001', command_unknown={'UseDelay': True}, "
            "updates=(UpdatesItem(unknown={'udid': [1, 2]}, "
            "install_action=InstallAction.DEFAULT),))"
        )
        assert repr(self.command) == text
        assert eval(text, vars(osu)) == self.command

    def test_unknown_is_copied(self) -> None:
        given = {"Key": 1}
        answer = osu.Response(status="Idle", unknown=given)
        given.clear()
        assert answer.unknown == {"Key": 1}


@pytest.mark.parametrize(
    ("attribute", "key"),
    [
        ("os_update_status", "OSUpdateStatus"),
        ("available_os_updates", "AvailableOSUpdates"),
        ("udid", "UDID"),
        ("enrollment_id", "EnrollmentID"),
        ("error_chain", "ErrorChain"),
        ("not_on_console", "NotOnConsole"),
    ],
)
def test_every_attribute_has_a_key(attribute: str, key: str) -> None:
    fields = [f for cls in RESPONSES for f in attrs.fields(cls) if f.name == attribute]
    assert fields
    assert {f.metadata["key"] for f in fields} == {key}


def chain(domain: str, code: int) -> tuple[osu.ErrorChainItem, ...]:
    return (osu.ErrorChainItem(error_domain=domain, error_code=code),)


class TestOutcomes:
    """Outcomes of responses: succeeded, failed, not now, no update available."""

    @pytest.mark.parametrize(
        ("answer", "outcome"),
        [
            (osu.Response(status="Acknowledged"), "succeeded"),
            (osu.Response(status="Error"), "failed"),
            (osu.Response(status="CommandFormatError"), "failed"),
            (osu.Response(status="NotNow"), "not_now"),
            (osu.Response(status="Idle"), None),
            (osu.Response(status="Novel"), None),
            (osu.ScheduleOSUpdateResponse(status="Acknowledged"), "succeeded"),
        ],
    )
    def test_outcomes_exclude_each_other(self, answer: osu.Response, outcome: str | None) -> None:
        outcomes = ("succeeded", "failed", "not_now")
        assert [name for name in outcomes if getattr(answer, name)] == [outcome] * bool(outcome)

    def test_acknowledged_response_with_a_failed_result(self) -> None:
        good = osu.UpdateResultsItem(install_action="DownloadOnly", status="Downloading")
        bad = osu.UpdateResultsItem(install_action="Error", status="Idle")
        answer = osu.ScheduleOSUpdateResponse(status="Acknowledged", update_results=[good, bad])
        assert answer.failed
        assert not answer.succeeded
        assert answer.failed_results == (bad,)

    def test_unreadable_results_are_not_success(self) -> None:
        document = {"Status": "Acknowledged", "UpdateResults": [{"Status": "Installing"}, "x"]}
        answer = osu.from_dict(document, osu.ScheduleOSUpdateResponse)
        assert answer.update_results is None
        assert not answer.succeeded
        assert not answer.failed

    @pytest.mark.parametrize("status", osu.UpdateStatus)
    def test_failures_by_status(self, status: osu.UpdateStatus) -> None:
        fine = {osu.UpdateStatus.IDLE, osu.UpdateStatus.DOWNLOADING, osu.UpdateStatus.INSTALLING}
        assert osu.UpdateResultsItem(status=status).failed is (status not in fine)

    @pytest.mark.parametrize(
        ("domain", "code"),
        [
            ("DeviceManagement.error", 2213),
            ("MCMDMErrorDomain", 12048),
            ("com.apple.softwareupdateservices.errors", 3),
            ("SUMacControllerError", 7301),
        ],
    )
    def test_no_update_available_is_not_a_failure(self, domain: str, code: int) -> None:
        errors = chain(domain, code)
        refused = osu.AvailableOSUpdatesResponse(status="Error", error_chain=errors)
        assert refused.no_update_available
        assert not refused.failed
        item = osu.UpdateResultsItem(install_action="Error", error_chain=errors)
        answer = osu.ScheduleOSUpdateResponse(status="Acknowledged", update_results=[item])
        assert answer.no_update_available
        assert not answer.failed
        assert osu.OSUpdateStatusResponse(status="Error", error_chain=errors).no_update_available

    def test_empty_and_absent_lists(self) -> None:
        for cls, name in (
            (osu.AvailableOSUpdatesResponse, "AvailableOSUpdates"),
            (osu.ScheduleOSUpdateResponse, "UpdateResults"),
        ):
            empty = {"Status": "Acknowledged", name: []}
            assert osu.from_dict(empty, cls).no_update_available
            assert not cls(status="Acknowledged").no_update_available

    def test_other_errors_are_failures(self) -> None:
        answer = osu.Response(status="Error", error_chain=chain("MCMDMErrorDomain", 12021))
        assert answer.failed
        assert not answer.no_update_available

    def test_known_errors(self) -> None:
        known = chain("MCMDMErrorDomain", 12021)[0].known
        assert known is not None
        assert known.meaning == "the device does not support the request type"
        assert "2017" in known.source
        assert chain("MCMDMErrorDomain", 1)[0].known is None
        assert osu.ErrorChainItem().known is None


def test_dates_in_arrays_are_aware() -> None:
    naive = dt.datetime(2026, 3, 2, 9)
    item = osu.OSUpdateStatusItem(past_notifications=[naive])
    assert item.past_notifications == (naive.replace(tzinfo=dt.timezone.utc),)


def test_hypothesis_prints_messages_as_code() -> None:
    from hypothesis.vendor.pretty import pretty

    item = osu.UpdatesItem(install_action="Default", product_version="17.4")
    assert pretty(item) == repr(item)
