"""The check of a device simulator."""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

import attrs
from attrs import define, field
from hypothesis import Phase, given
from hypothesis import seed as seeded
from hypothesis import settings as Settings  # noqa: N812 - it is a class
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from mdm_osupdate.codec import DEFAULT_LIMITS, dumps, loads, to_dict, write
from mdm_osupdate.device import Channel, Device
from mdm_osupdate.errors import DecodeError
from mdm_osupdate.messages import (
    COMMANDS,
    RESPONSE_TO,
    AvailableOSUpdatesCommand,
    AvailableOSUpdatesItem,
    AvailableOSUpdatesResponse,
    Command,
    CommandStatus,
    Message,
    OSUpdateStatusItem,
    OSUpdateStatusResponse,
    Platform,
    Response,
    ScheduledAction,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateScanCommand,
    ScheduleOSUpdateScanResponse,
    UpdateResultsItem,
)
from mdm_osupdate.rules import RULES
from mdm_osupdate.strategies import (
    Broken,
    command_types,
    commands,
    plist_values,
    rule_violations,
)
from mdm_osupdate.validation import validate

from .attempt import shown
from .examples import NamedDatabase
from .messages import GARBAGE, MALFORMED_COMMANDS, Garbage
from .obligations import ViolationError
from .report import ConformanceReport, make_report, name_of, waived_codes
from .verdicts import Conformance, add_tests

Handle = Callable[[bytes], "bytes | None"]
T = TypeVar("T")

SETTINGS = Settings(
    max_examples=100,
    deadline=None,
    report_multiple_bugs=False,
    # Without Phase.explain, which repeats an attempt many times for notes that the report omits.
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
_REFUSALS = frozenset({"Error", "CommandFormatError", "NotNow"})
_FINAL = frozenset(CommandStatus) - {CommandStatus.IDLE}
_MOST_NOT_NOW = 20
"""The number of times that a device may respond to one command with NotNow."""
_LONG = "0123456789" * 7
"""An addition to a CommandUUID: Apple allows any text."""
_REFUSED_BY_ALL = frozenset({"OSU110", "OSU116", "OSU121", "OSU201"})
"""Rules whose violation no device executes. Some devices execute commands that break others."""
_EXECUTED_BY_MACS = frozenset({"OSU201"})
"""Those of them that a Mac executes: it treats an unknown action like Default."""
_SENT_BY_ALL: Mapping[type[Message], tuple[str, ...]] = {
    AvailableOSUpdatesResponse: ("available_os_updates",),
    AvailableOSUpdatesItem: ("product_key",),
    OSUpdateStatusResponse: ("os_update_status",),
    OSUpdateStatusItem: ("is_downloaded", "download_percent_complete", "status"),
    ScheduleOSUpdateScanResponse: ("scan_initiated",),
    UpdateResultsItem: ("install_action", "status"),
}
"""What no acknowledged response lacks. After a restart, there are no UpdateResults."""


@define
class _Examined:
    """A device that receives commands, and its responses so far."""

    handle: Handle
    device: Device
    tried: set[str]
    story: list[str] = field(factory=list)
    name: str | None = None
    """The UDID or EnrollmentID of its first response."""
    restarts: bool = False
    """True if it may restart, and be silent then: an update was scheduled."""
    listed: frozenset[str] = frozenset()
    """The product keys that it has listed and not been asked to install."""

    def fail(self, code: str, what: str) -> NoReturn:
        """Report a violation."""
        raise ViolationError(code, what, self.story)

    def send(
        self, what: str, body: bytes, code: str, kind: type[Response] = Response
    ) -> tuple[Response | None, bytes]:
        """Send a message. If the device fails or sends garbage, it violates ``code``."""
        self.tried.add(code)
        self.story.append(f"it is sent {what}")
        try:
            answer = self.handle(body)
        except Exception as error:
            self.fail(code, f"it fails with {shown(error)}")
        if answer is None:
            return None, b""
        try:
            response = loads(answer, kind)
        except (DecodeError, TypeError) as error:
            self.fail(code, f"it answers {answer[:60]!r}: {error!s:.200}")
        self.story.append(f"it answers {response.status}")
        return response, answer

    def check_envelope(self, response: Response, command_uuid: str | None) -> None:
        """Check the keys that every response has."""
        self.tried |= {"DEV02", "DEV03", "DEV04"}
        if response.command_uuid != command_uuid:
            self.fail("DEV02", f"the response has {response.command_uuid!r}")
        if str(response.status) not in _FINAL:
            self.fail("DEV03", f"the Status is {response.status!r}")
        name = response.udid or response.enrollment_id
        if not name:
            self.fail("DEV04", "the response has neither UDID nor EnrollmentID")
        if self.name not in (None, name):
            self.fail("DEV04", f"the response has {name!r}, the first one had {self.name!r}")
        if response.is_from_user_channel and self.device.channel is Channel.DEVICE:
            self.fail("DEV04", "the response names a user, and came over the device channel")
        self.name = name

    def accept(  # noqa: RET503 - fail() does not return
        self, command: Command, code: str
    ) -> Response | None:
        """Send a command that the device supports, until it does not answer NotNow."""
        again = " again" * (code == "DEV08")
        response = self.accept_once(command, f"{command}{again}", code)
        for _ in range(_MOST_NOT_NOW):
            if response is None or response.status != CommandStatus.NOT_NOW:
                return response
            self.tried.add("DEV10")
            response = self.accept_once(command, f"{command} after NotNow", code)
        self.fail("DEV10", f"it answers one command with NotNow {_MOST_NOT_NOW} times")

    def accept_once(self, command: Command, what: str, code: str) -> Response | None:
        """Send a command, and judge the response by all rules."""
        kind = RESPONSE_TO[command.request_type]
        response, answer = self.send(what, dumps(command), code, kind)
        self.restarts |= isinstance(command, ScheduleOSUpdateCommand)
        if response is None:
            if self.restarts:
                return None
            self.fail(code, "there is no response")
        self.check_envelope(response, command.command_uuid)
        self.check_content(answer, command)
        if response.status == CommandStatus.ACKNOWLEDGED:
            self.tried.add("DEV11")
            self.check_keys(response)
        if isinstance(command, ScheduleOSUpdateCommand):
            self.check_results(command, response)
        return response

    def check_content(self, answer: bytes, command: Command | None) -> None:
        """Check the keys and values of a response by all rules."""
        self.tried.add("DEV05")
        report = validate(answer, self.device, command=command)
        for finding in (*report.errors, *report.warnings):
            self.fail("DEV05", f"{finding.path}: {finding.message}")

    def check_keys(self, message: Message) -> None:
        """Check whether an acknowledged response, or an item of it, lacks a key."""
        for name in _SENT_BY_ALL.get(type(message), ()):
            if getattr(message, name) is None:
                key = attrs.fields_dict(type(message))[name].metadata["key"]
                self.fail("DEV11", f"{type(message).__name__} has no {key}")
        for value in attrs.asdict(message, recurse=False).values():
            for item in value if isinstance(value, Sequence) else ():
                if isinstance(item, Message):
                    self.check_keys(item)

    def check_results(self, command: ScheduleOSUpdateCommand, response: Response) -> None:
        """Check whether an update that the device has listed has one result, the first time."""
        asked = {item.product_key for item in command.updates or ()} & self.listed
        if response.status != CommandStatus.ACKNOWLEDGED or not asked:
            return
        self.tried.add("DEV09")
        self.listed = frozenset()
        results = getattr(response, "update_results", None) or ()
        keys = [item.product_key for item in results]
        for key in sorted(map(str, asked)):
            if keys.count(key) != 1:
                self.fail("DEV09", f"there are {keys.count(key)} results for {key!r}")

    def refuse(self, request_type: str, content: Mapping[str, Any]) -> None:
        """Send a command that the device does not support."""
        document = {"CommandUUID": "1", "Command": {**content, "RequestType": request_type}}
        body = write(document, "xml", DEFAULT_LIMITS)
        response, answer = self.send(request_type, body, "DEV06")
        if response is None:
            self.fail("DEV06", "there is no response")
        self.check_envelope(response, "1")
        self.check_content(answer, None)
        if response.status not in _REFUSALS:
            self.fail("DEV06", f"it answers {response.status}")

    def offered(self) -> list[str]:
        """Ask the device for the product keys that it lists."""
        if ScheduleOSUpdateScanCommand in command_types(self.device):  # Macs list nothing before
            self.accept(ScheduleOSUpdateScanCommand(command_uuid="scan"), "DEV01")
        response = self.accept(AvailableOSUpdatesCommand(command_uuid="list"), "DEV01")
        items = getattr(response, "available_os_updates", None) or ()
        keys = [item.product_key for item in items if item.product_key]
        self.listed = frozenset(keys)
        return keys


@define
class _Check:
    """A check of a device: its settings and the results so far."""

    make: Callable[[], Handle]
    device: Device
    settings: Settings
    seed: int | None
    waived: frozenset[str]
    name: str
    tried: set[str] = field(factory=set)
    found: list[ViolationError] = field(factory=list)

    def examine(self) -> _Examined:
        """Create a new device."""
        return _Examined(self.make(), self.device, self.tried)

    def run(
        self,
        attempt: Callable[[T], None],
        drawn: st.SearchStrategy[T],
        share: int = 1,
        what: str = "",
    ) -> None:
        """Run hypothesis with a share of the attempts, and record the smallest violation.

        An intermittent fault would make hypothesis complain about the test, and its notes on an
        error would clutter the report.
        """
        last: list[ViolationError] = []

        def guarded(value: T) -> None:
            try:
                attempt(value)
            except ViolationError as violation:
                code = violation.obligation.code
                if code in self.waived or any(f.obligation.code == code for f in self.found):
                    return
                last.append(violation)
                raise

        database = self.settings.database
        if database is not None:
            database = NamedDatabase(database, f"{self.name} {attempt.__name__} {what}")
        examples = max(1, self.settings.max_examples // share)
        test = given(drawn)(guarded)
        if self.seed is not None:
            test = seeded(self.seed)(test)
        with contextlib.suppress(ViolationError, Flaky):
            settings = Settings(
                self.settings, max_examples=examples, deadline=None, database=database
            )
            settings(test)()
        self.found += last[-1:]

    # -- the attempts ----------------------------------------------------------------------------

    def accept(self, drawn: list[tuple[Command, int, bool, bool]]) -> None:
        """Send supported commands, some of them twice."""
        examined = self.examine()
        offered = examined.offered()
        for command, which, again, long in drawn:
            named = _with_product(command, offered, which)
            if long:
                named = attrs.evolve(named, command_uuid=f"{named.command_uuid}{_LONG}")
            for code in ["DEV01", "DEV08"] if again else ["DEV01"]:
                examined.accept(named, code)

    def refuse_command(self, command: Command) -> None:
        """Send one of the four commands that this device does not support."""
        content = to_dict(command)["Command"]
        self.examine().refuse(content["RequestType"], content)

    def refuse_unknown(self, drawn: tuple[str, Any]) -> None:
        """Send a command that does not exist."""
        name, content = drawn
        self.examine().refuse(name, {"Content": content})

    def refuse_garbage(self, garbage: Garbage) -> None:
        """Send something that is not a command."""
        examined = self.examine()
        response, _ = examined.send(garbage.what, garbage.body("A"), "DEV07")
        if response is not None and response.status not in _REFUSALS:
            examined.fail("DEV07", f"it answers {response.status}")

    def survive(self, broken: Broken) -> None:
        """Send a command that breaks a rule. Some devices accept some of them."""
        examined = self.examine()
        what = f"a command that breaks {broken.rule}"
        response, _ = examined.send(what, broken.document, "DEV07")
        executed = self.device.platform is Platform.MACOS and broken.rule in _EXECUTED_BY_MACS
        if response is None or executed or broken.rule not in _REFUSED_BY_ALL:
            return
        results = getattr(response, "update_results", None) or ()
        failed = any(item.install_action == ScheduledAction.ERROR for item in results)
        if response.status not in _REFUSALS and not failed:
            examined.fail("DEV07", f"it answers {response.status}")


def check_device(
    make_device: Callable[[], Handle],
    device: Device,
    settings: Settings | None = None,
    *,
    seed: int | None = None,
    waive: Iterable[str] = (),
    strict: bool = False,
    name: str | None = None,
) -> ConformanceReport:
    """Send commands to a device, and report which obligations its responses keep.

    Args:
        make_device: returns, for each attempt, a function that takes a command, a property list,
            and returns the response, or ``None`` if there is none. Only a restart excuses that.
        device: the properties of the device.
        settings: hypothesis settings.
        seed: the seed for hypothesis.
        waive: codes of obligations that the device need not keep.
        strict: whether recommendations count as obligations.
        name: what the device's failing examples are kept under. Default: that of ``make_device``.

    Raises:
        ValueError: ``waive`` has an unknown code.
    """
    settings = SETTINGS if settings is None else settings
    name = name_of(make_device) if name is None else name
    check = _Check(make_device, device, settings, seed, waived_codes(waive), name)
    supported = command_types(device)
    others = [kind for kind in COMMANDS if kind not in supported]
    if supported:
        one = st.tuples(commands(device=device), st.integers(0, 3), st.booleans(), st.booleans())
        check.run(check.accept, st.lists(one, min_size=1, max_size=6))
    if others:
        kinds = [commands(request_type=kind.request_type) for kind in others]
        check.run(check.refuse_command, st.one_of(kinds))
    letters = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1)
    names = letters.map(lambda name: f"Not{name.capitalize()}")
    check.run(check.refuse_unknown, st.tuples(names, plist_values()))
    check.run(check.refuse_garbage, st.sampled_from([*MALFORMED_COMMANDS, *GARBAGE]))
    for code, rule in RULES.items():
        if "Command" in rule.example:
            check.run(check.survive, rule_violations(code), share=20, what=code)
    return make_report(
        "DEV",
        check.found,
        check.tried,
        check.waived,
        strict=strict,
        why_not_tried="the device supports none of the commands",
        lacking=_NOT_SEEN if supported else {},
        seed=seed,
    )


_NOT_SEEN = {
    "DEV09": "the device listed no update, or scheduled none",
    "DEV10": "the device never answered NotNow",
}


def _with_product(command: Command, offered: list[str], which: int) -> Command:
    """Ask for an update that the device lists, so that there are results to judge."""
    if not (isinstance(command, ScheduleOSUpdateCommand) and command.updates and offered):
        return command
    key = offered[which % len(offered)]
    items = [attrs.evolve(i, product_key=key, product_version=None) for i in command.updates[:1]]
    return attrs.evolve(command, updates=items)


@add_tests("DEV")
class DeviceConformance(Conformance):
    """Base class of a pytest class that checks a device: define ``handle`` and ``device``.

    The class has a test for each obligation, such as ``test_DEV05``. All of them share one check.
    Each attempt has an instance of its own, so that a device may keep its state in ``self``.
    """

    settings = SETTINGS
    device: Device
    """The properties of the device."""

    def handle(self, command: bytes) -> bytes | None:
        """Take a command, and return the response."""
        raise NotImplementedError("define handle(command), which returns your device's response")

    def check(self) -> ConformanceReport:
        """Check all obligations once."""
        return check_device(
            lambda: type(self)().handle,
            self.device,
            self.settings,
            seed=self.seed,
            waive=self.waive,
            strict=self.strict,
            name=f"{type(self).__module__}.{type(self).__qualname__}",
        )
