"""Device simulators for the conformance suite: correct ones, and ones with one defect each."""

import datetime as dt
import itertools
import plistlib
import re
from collections.abc import Callable
from typing import Any

import mdm_osupdate as osu
from mdm_osupdate.simulator import Behavior, SimulatedDevice, offer

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)
MAC = osu.Device("macOS", "14.3", supervised=True, enrollment="automated")
IPHONE = osu.Device("iOS", "17.3", supervised=True, enrollment="automated")
Handle = Callable[[bytes], "bytes | None"]
Make = Callable[[], Handle]
Plist = dict[str, Any]


def simulated(device: osu.Device, *versions: str, behavior: Behavior | None = None) -> Make:
    """Return what makes simulated devices. Ten minutes pass first, as a scan needs."""

    def make() -> Handle:
        offers = [offer(device, version) for version in versions]
        simulator = SimulatedDevice(device, offers, udid="A", behavior=behavior or Behavior())
        times = itertools.chain([NOW], itertools.repeat(NOW + dt.timedelta(minutes=10)))
        return lambda command: simulator.handle(command, next(times))

    return make


CORRECT_DEVICES: list[tuple[str, Make, osu.Device]] = [
    ("a Mac", simulated(MAC, "14.4"), MAC),
    ("a Mac that is busy", simulated(MAC, "14.4", behavior=Behavior(not_now_every=3)), MAC),
    ("an iPhone", simulated(IPHONE, "17.4"), IPHONE),
    *(
        (str(device), simulated(device), device)
        for device in (
            osu.Device("macOS", "27.0"),
            osu.Device("watchOS", "10.0"),
            osu.Device("iOS", "17.0"),
            osu.Device("iOS", "11.3", supervised=True),
            osu.Device("iPadOS", "17.0", enrollment="user"),
            osu.Device("tvOS", "17.0", supervised=True),
            osu.Device("macOS", "10.12", supervised=True),
            osu.Device("macOS", "14.3", supervised=False),
        )
    ),
]
WRONG_DEVICES: list[tuple[str, Any, osu.Device]] = []


def breaks(code: str) -> Callable[[Any], Any]:
    """Note which obligation a device violates."""

    def note(device: Any) -> Any:
        WRONG_DEVICES.append((code, device, device.kind))
        return device

    return note


class Wrong:
    """A device that makes of a good answer what a wrong one would send."""

    kind = MAC
    versions: tuple[str, ...] = ("14.4",)

    def __init__(self) -> None:
        self.good = simulated(self.kind, *self.versions)()
        self.answers = 0

    def changed(self, command: bytes, **keys: object) -> bytes:
        body = self.good(command)
        return plistlib.dumps({**plistlib.loads(body or plistlib.dumps({})), **keys})

    def with_items(
        self, key: str, command: bytes, change: Callable[[Plist], Plist]
    ) -> bytes | None:
        body = self.good(command)
        if body is None:
            return None
        said = plistlib.loads(body)
        if key in said:
            said[key] = [change(item) for item in said[key]]
        return plistlib.dumps(said)

    def with_results(self, command: bytes, change: Callable[[Plist], Plist]) -> bytes | None:
        return self.with_items("UpdateResults", command, change)


class WrongPhone(Wrong):
    kind = IPHONE
    versions = ("17.4",)


@breaks("DEV01")
class IsSilent(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return None


@breaks("DEV08")
class AnswersOnce(Wrong):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[bytes] = set()

    def __call__(self, command: bytes) -> bytes | None:
        if b"ScheduleOSUpdate<" in command:
            return None
        known = command in self.seen
        self.seen.add(command)
        return None if known else self.good(command)


@breaks("DEV01")
class AnswersRubbish(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return b"rubbish"


@breaks("DEV02")
class NamesAnotherCommand(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return self.changed(command, CommandUUID="other")


@breaks("DEV03")
class IsIdle(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return self.changed(command, Status="Idle")


@breaks("DEV04")
class HasNoName(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return self.changed(command, UDID="")


@breaks("DEV04")
class ChangesItsName(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        self.answers += 1
        return self.changed(command, UDID=str(self.answers))


@breaks("DEV05")
class HasTextForNumbers(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return self.changed(command, ErrorChain=[{"ErrorCode": "12"}])


@breaks("DEV06")
class TakesAnyCommand(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return (
            self.changed(command, Status="Acknowledged")
            if re.search(b"<string>Not[A-Z]", command)
            else (self.good(command))
        )


@breaks("DEV06")
class AnswersOthersWithRubbish(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return b"rubbish" if re.search(b"<string>Not[A-Z]", command) else self.good(command)


@breaks("DEV07")
class FailsOnGarbage(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        plistlib.loads(command)["Command"]
        return self.good(command)


@breaks("DEV05")
class SpoilsResults(Wrong):
    """Items of UpdateResults have a number for their Status."""

    def __call__(self, command: bytes) -> bytes | None:
        return self.with_results(command, lambda item: {**item, "Status": 5})


@breaks("DEV01")
class FailsToSchedule(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        if b"<string>ScheduleOSUpdate<" in command:
            raise KeyError("ProductKey")
        return self.good(command)


@breaks("DEV06")
class FailsOnOthers(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        if re.search(b"<string>Not[A-Z]", command):
            raise KeyError("handler")
        return self.good(command)


@breaks("DEV06")
class LeavesOthersUnanswered(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        return None if re.search(b"<string>Not[A-Z]", command) else self.good(command)


@breaks("DEV02")
class RefusesUnderAnotherName(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        if re.search(b"<string>Not[A-Z]", command):
            return self.changed(command, CommandUUID="other")
        return self.good(command)


@breaks("DEV07")
class NeedsAnInstallAction(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        try:
            items = plistlib.loads(command)["Command"]["Updates"]
        except Exception:
            items = []
        for item in items:
            item["InstallAction"].upper()
        return self.good(command)


@breaks("DEV07")
class TakesGarbage(Wrong):
    def __call__(self, command: bytes) -> bytes | None:
        if b"RequestType" in command:
            return self.good(command)
        return plistlib.dumps({"Status": "Acknowledged", "UDID": "A"})


@breaks("DEV05")
class SendsAMacsKeys(WrongPhone):
    """Sends keys that only Macs have."""

    def __call__(self, command: bytes) -> bytes | None:
        return self.with_items(
            "AvailableOSUpdates", command, lambda item: {**item, "IsConfigDataUpdate": False}
        )


@breaks("DEV05")
class HasNoBooleans(WrongPhone):
    """Writes booleans as integers."""

    def __call__(self, command: bytes) -> bytes | None:
        def integers(item: Plist) -> Plist:
            return {k: int(v) if isinstance(v, bool) else v for k, v in item.items()}

        return self.with_items("AvailableOSUpdates", command, integers)


@breaks("DEV05")
class InstallsLaterOnIOS(WrongPhone):
    """Schedules an action that iOS does not have."""

    def __call__(self, command: bytes) -> bytes | None:
        return self.with_results(command, lambda i: {**i, "InstallAction": "InstallLater"})


@breaks("DEV05")
class NamesAnotherProduct(WrongPhone):
    """Names another product than it was asked to install."""

    def __call__(self, command: bytes) -> bytes | None:
        return self.with_results(command, lambda item: {**item, "ProductKey": "iOSUpdate1A1"})


@breaks("DEV09")
class HasEmptyResults(WrongPhone):
    """Reports nothing on the update that it has just listed."""

    def __call__(self, command: bytes) -> bytes | None:
        body = self.good(command)
        results = body is not None and b"UpdateResults" in body
        return self.changed(command, UpdateResults=[]) if results else body


@breaks("DEV09")
class HasNoResults(WrongPhone):
    """Acknowledges, and leaves UpdateResults out."""

    def __call__(self, command: bytes) -> bytes | None:
        said = plistlib.loads(self.good(command) or plistlib.dumps({}))
        said.pop("UpdateResults", None)
        return plistlib.dumps(said)


@breaks("DEV07")
class TakesAnyAction(WrongPhone):
    """Acknowledges an InstallAction that does not exist."""

    def __call__(self, command: bytes) -> bytes | None:
        try:
            document = plistlib.loads(command)
            items = document["Command"]["Updates"]
            known = all(item["InstallAction"] in frozenset(osu.InstallAction) for item in items)
        except Exception:
            return self.good(command)
        if known:
            return self.good(command)
        named = document["CommandUUID"]
        return plistlib.dumps({"Status": "Acknowledged", "UDID": "A", "CommandUUID": named})


@breaks("DEV02")
class CutsCommandUUIDs(WrongPhone):
    """Has a column of 36 characters for CommandUUID."""

    def __call__(self, command: bytes) -> bytes | None:
        body = self.good(command)
        said = plistlib.loads(body or plistlib.dumps({}))
        if body is None or "CommandUUID" not in said:
            return body
        return plistlib.dumps({**said, "CommandUUID": said["CommandUUID"][:36]})


@breaks("DEV10")
class IsAlwaysBusy(WrongPhone):
    """Answers NotNow for ever."""

    def __call__(self, command: bytes) -> bytes | None:
        body = self.good(command)
        if body is None or b"Acknowledged" not in body:
            return body
        named = plistlib.loads(body)["CommandUUID"]
        return plistlib.dumps({"Status": "NotNow", "UDID": "A", "CommandUUID": named})


# -- those for which the suite was not written ---------------------------------------------------


@breaks("DEV05")
class CountsPercents(Wrong):
    """Reports the progress of a download in percent."""

    def __call__(self, command: bytes) -> bytes | None:
        def percents(item: Plist) -> Plist:
            return {**item, "DownloadPercentComplete": 100.0 * item["DownloadPercentComplete"] + 2}

        return self.with_items("OSUpdateStatus", command, percents)


@breaks("DEV05")
class InventsAStatus(WrongPhone):
    """Has a Status of its own for an update."""

    def __call__(self, command: bytes) -> bytes | None:
        return self.with_results(command, lambda item: {**item, "Status": "Pending"})


@breaks("DEV05")
class WritesSizesAsText(WrongPhone):
    """Writes sizes as text."""

    def __call__(self, command: bytes) -> bytes | None:
        return self.with_items(
            "AvailableOSUpdates", command, lambda i: {**i, "DownloadSize": str(i["DownloadSize"])}
        )


@breaks("DEV05")
class RepeatsTheDefault(WrongPhone):
    """Reports the action that it was asked for, not the one that it has chosen."""

    def __call__(self, command: bytes) -> bytes | None:
        return self.with_results(command, lambda item: {**item, "InstallAction": "Default"})


@breaks("DEV05")
class AnswersWithAnotherKind(Wrong):
    """Answers OSUpdateStatus with the list of available updates."""

    def __call__(self, command: bytes) -> bytes | None:
        if b"<string>OSUpdateStatus<" in command:
            return self.changed(command, AvailableOSUpdates=[])
        return self.good(command)


@breaks("DEV02")
class LowersCommandUUIDs(WrongPhone):
    """Compares CommandUUIDs without regard to case, and writes them in its own way."""

    def __call__(self, command: bytes) -> bytes | None:
        body = self.good(command)
        if body is None:
            return None
        said = plistlib.loads(body)
        return plistlib.dumps({**said, "CommandUUID": str(said.get("CommandUUID")).swapcase()})


@breaks("DEV08")
class FailsTheSecondTime(WrongPhone):
    """Fails when a command comes again."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[bytes] = set()

    def __call__(self, command: bytes) -> bytes | None:
        if b"CommandUUID" in command and command in self.seen:
            raise RuntimeError("duplicate key")
        self.seen.add(command)
        return self.good(command)


@breaks("DEV11")
class CountsOnTheStatus(Wrong):
    """Leaves IsDownloaded out."""

    def __call__(self, command: bytes) -> bytes | None:
        return self.with_items(
            "OSUpdateStatus",
            command,
            lambda item: {key: value for key, value in item.items() if key != "IsDownloaded"},
        )


@breaks("DEV11")
class ScansSilently(Wrong):
    """Acknowledges ScheduleOSUpdateScan without ScanInitiated."""

    def __call__(self, command: bytes) -> bytes | None:
        body = self.good(command)
        said = plistlib.loads(body or plistlib.dumps({}))
        said.pop("ScanInitiated", None)
        return body and plistlib.dumps(said)


@breaks("DEV04")
class IsAUser(WrongPhone):
    """Sends the keys of the user channel over the device channel."""

    def __call__(self, command: bytes) -> bytes | None:
        body = self.good(command)
        return body and self.changed(command, UserID="FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF")


@breaks("DEV05")
class HasOneError(Wrong):
    """Writes the error of a command that it does not know as a dictionary."""

    def __call__(self, command: bytes) -> bytes | None:
        body = self.good(command)
        said = plistlib.loads(body or plistlib.dumps({}))
        if "ErrorChain" in said:
            said["ErrorChain"] = said["ErrorChain"][0]
        return body and plistlib.dumps(said)


@breaks("DEV07")
class NeedsNoRequestType(Wrong):
    """Acknowledges a command without a RequestType."""

    def __call__(self, command: bytes) -> bytes | None:
        if b"<key>Command</key>" in command and b"RequestType" not in command:
            named = plistlib.loads(command).get("CommandUUID", "")
            return plistlib.dumps({"Status": "Acknowledged", "UDID": "A", "CommandUUID": named})
        return self.good(command)


@breaks("DEV09")
class ReportsTwice(WrongPhone):
    """Has two results for one update."""

    def __call__(self, command: bytes) -> bytes | None:
        body = self.good(command)
        said = plistlib.loads(body or plistlib.dumps({}))
        said["UpdateResults"] = said.get("UpdateResults", []) * 2
        return plistlib.dumps(said) if said["UpdateResults"] else body
