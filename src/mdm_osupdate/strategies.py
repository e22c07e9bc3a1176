"""Hypothesis strategies for the messages, for devices, and for what breaks a rule.

Every strategy shrinks to a message with as little in it as the protocol allows, and prints as code
that can be pasted. The types are registered with hypothesis, so that ``st.from_type`` and
``st.builds`` know them, too.

>>> from hypothesis import given
>>> import mdm_osupdate as osu
>>> from mdm_osupdate import strategies as osus
>>> @given(osus.commands(device=osu.Device("macOS", "14.4", supervised=True)))
... def test_a_mac_takes_them(command):
...     assert osu.validate(command, osu.Device("macOS", "14.4", supervised=True)).ok
>>> test_a_mac_takes_them()
"""

import datetime as dt
import functools
import plistlib
import uuid
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

import attrs
from attrs import frozen
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from .availability import is_available
from .codec import from_dict, loads_command, to_dict
from .declarations import (
    DECLARATIONS,
    SoftwareUpdateEnforcementSpecific,
    StatusReport,
    SubscribedStatusItem,
)
from .device import AccessRights, Channel, Device, Enrollment
from .messages import (
    COMMANDS,
    KNOWN_ERRORS,
    RESPONSES,
    AvailableOSUpdatesCommand,
    AvailableOSUpdatesItem,
    AvailableOSUpdatesResponse,
    Command,
    CommandStatus,
    ErrorChainItem,
    InstallAction,
    Key,
    Message,
    OSUpdateStatusCommand,
    OSUpdateStatusItem,
    OSUpdateStatusResponse,
    Platform,
    Priority,
    RequestType,
    Response,
    ScheduledAction,
    ScheduleOSUpdateCommand,
    ScheduleOSUpdateResponse,
    ScheduleOSUpdateScanCommand,
    ScheduleOSUpdateScanResponse,
    UpdateResultsItem,
    UpdatesItem,
    UpdateStatus,
)
from .rules import RULES, Rule
from .validation import validate
from .versions import LocalDateTime, OSVersion, read_version

__all__ = [
    "Broken",
    "available_os_updates_commands",
    "available_os_updates_items",
    "available_os_updates_responses",
    "command_uuids",
    "commands",
    "declarations",
    "devices",
    "error_chain_items",
    "os_update_status_commands",
    "os_update_status_items",
    "os_update_status_responses",
    "os_versions",
    "plist_values",
    "product_keys",
    "responses",
    "rule_violations",
    "schedule_os_update_commands",
    "schedule_os_update_responses",
    "schedule_os_update_scan_commands",
    "schedule_os_update_scan_responses",
    "status_reports",
    "update_results_items",
    "updates_items",
    "wire_documents",
]

M = TypeVar("M", bound=Message)

# -- values --------------------------------------------------------------------------------------

_uuids = st.integers(0, 2**128 - 1).map(lambda number: str(uuid.UUID(int=number)).upper())
# What XML carries: no control characters, no carriage return, no halves of surrogates.
_texts = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"],
        exclude_characters="\ufffe\uffff",
        include_characters="\n\t",
    ),
    max_size=20,
)
_dates = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda date: date.replace(microsecond=0)
)


def plist_values() -> SearchStrategy[Any]:
    """Whatever a property list can hold, nested a little."""
    scalars = st.one_of(
        _texts,
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False),
        st.booleans(),
        _dates,
        st.binary(max_size=20),
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
        max_leaves=8,
    )


def command_uuids() -> SearchStrategy[str]:
    """Texts that name commands: UUIDs mostly, and what samples and tools write instead."""
    return _COMMAND_UUIDS


# Made once: to make a strategy costs more than to draw from it.
_COMMAND_UUIDS = _uuids | st.from_regex(r"[0-9]{4}_[A-Za-z]{1,20}", fullmatch=True)


def os_versions(
    min_version: OSVersion | str = "9.0", max_version: OSVersion | str = "27.9"
) -> SearchStrategy[OSVersion]:
    """Versions, without security responses, from the one to the other."""
    low, high = OSVersion(str(min_version)), OSVersion(str(max_version))
    minors, patches = max(16, low.minor + 1, high.minor + 1), max(10, low.patch + 1, high.patch + 1)

    def number(version: OSVersion) -> int:
        return (version.major * minors + version.minor) * patches + version.patch

    def version(number: int) -> OSVersion:
        rest, patch = divmod(number, patches)
        major, minor = divmod(rest, minors)
        return OSVersion(f"{major}.{minor}" + (f".{patch}" if patch else ""))

    if low > high:
        return st.nothing()
    return st.just(low) | st.integers(number(low), number(high)).map(version)


def product_keys() -> SearchStrategy[str]:
    """Product keys in the forms that devices have been seen to use."""
    return _product_keys()


@functools.cache
def _product_keys() -> SearchStrategy[str]:
    build = st.from_regex(r"[12][0-9][A-H][1-9][0-9]{1,2}", fullmatch=True)
    number = st.from_regex(r"(zzzz)?[0-9]{3}-[0-9]{5}", fullmatch=True)
    version = os_versions("11.0", "26.9").map(str)
    size = st.sampled_from(["patch", "full"])
    sort = st.sampled_from(["", "_minor", "_major", "_rsr"])
    return st.one_of(
        build.map("iOSUpdate{}".format),
        number,
        build.map("_OSX_{}".format),
        version.map("_MACOS_{}".format),
        st.builds("MSU_UPDATE_{}_{}_{}{}".format, build, size, version, sort),
    )


# -- devices -------------------------------------------------------------------------------------


@st.composite
def devices(
    draw: DrawFn,
    *,
    platform: Platform | str | None = None,
    os_version: SearchStrategy[OSVersion] | None = None,
    request_type: RequestType | str | None = None,
) -> Device:
    """Devices of any kind; what is not known of one is ``None``.

    Args:
        platform: of this platform only.
        os_version: of these versions only.
        request_type: only such as take this command.
    """
    if request_type is not None:
        return draw(_devices_that_take(RequestType(request_type), platform, os_version))
    of = Platform(platform) if platform is not None else draw(st.sampled_from(Platform))
    ipad = of is Platform.IPADOS
    return Device(
        of,
        draw(os_version if os_version is not None else os_versions()),
        supervised=draw(st.none() | st.booleans()),
        enrollment=draw(st.none() | st.sampled_from(Enrollment)),
        channel=draw(st.sampled_from(Channel)),
        shared_ipad=draw(st.none() | st.booleans()) if ipad else None,
        access_rights=draw(st.none() | st.integers(0, 8191).map(AccessRights)),
        declaration_managed=draw(st.none() | st.booleans()),
    )


@st.composite
def _devices_that_take(
    draw: DrawFn,
    request_type: RequestType,
    platform: Platform | str | None,
    os_version: SearchStrategy[OSVersion] | None,
) -> Device:
    with_it = [
        of
        for of in ([Platform(platform)] if platform is not None else Platform)
        if is_available(str(request_type), Device(of, "26.0"))
    ]
    if not with_it:
        raise ValueError(f"{platform} has no {request_type}")
    if os_version is None:
        os_version = st.just(OSVersion("26.0")) | os_versions("9.0", "26.9")
    both = st.tuples(st.sampled_from(with_it), os_version)
    of, version = draw(both.filter(lambda it: is_available(str(request_type), Device(*it))))
    return Device(
        of,
        version,
        supervised=draw(st.sampled_from([True, None])),
        enrollment=draw(st.sampled_from([None, Enrollment.AUTOMATED, Enrollment.DEVICE])),
        access_rights=draw(st.sampled_from([None, AccessRights(8191)])),
    )


# -- messages ------------------------------------------------------------------------------------


def _values(key: Key) -> SearchStrategy[Any]:
    """Values that make sense for a key."""
    if key.name in _OF_KEY:
        return _OF_KEY[key.name]()
    if issubclass(key.kind, Message):
        one: SearchStrategy[Any] = _messages(key.kind)
    elif issubclass(key.kind, Enum):
        one = st.sampled_from(list(key.kind))
    else:
        one = {
            str: _texts,
            int: st.integers(0, 2**40),
            float: st.floats(0, 1),
            bool: st.booleans(),
            dt.datetime: _dates.map(lambda date: date.replace(tzinfo=dt.timezone.utc)),
            LocalDateTime: _dates.map(LocalDateTime),
        }[key.kind]
    return st.lists(one, max_size=2).map(tuple) if key.array else one


_OF_KEY: Mapping[str, Callable[[], SearchStrategy[Any]]] = {
    "CommandUUID": command_uuids,
    "ProductKey": product_keys,
    "ProductVersion": lambda: os_versions().map(str),
    "Version": lambda: os_versions().map(str),
    "TargetOSVersion": lambda: os_versions("14.0").map(str),
    "TargetBuildVersion": lambda: st.from_regex(r"2[0-9][A-H][1-9][0-9]{1,3}", fullmatch=True),
    "DetailsURL": lambda: st.just("https://it.example.org/updates"),
    "Identifier": lambda: _uuids,
    "ServerToken": lambda: _uuids,
    "UDID": lambda: _uuids,
}


def _messages(cls: type[M], **attributes: SearchStrategy[Any]) -> SearchStrategy[M]:
    """Messages of a class, each key present or not, as Apple describes them."""
    keys = {f.name: f.metadata["schema"] for f in attrs.fields(cls) if "schema" in f.metadata}
    for name in attributes:
        if name not in keys and name not in ("unknown", "command_unknown"):
            raise TypeError(f"{cls.__name__} has no attribute {name}")
    chosen = {
        name: _values(key) if key.required or name == "command_uuid" else st.none() | _values(key)
        for name, key in keys.items()
        if name not in _OF_THE_USER_CHANNEL
    }
    return st.builds(cls, **chosen | attributes)


_OF_THE_USER_CHANNEL = {
    "enrollment_id",
    "enrollment_user_id",
    "user_id",
    "user_short_name",
    "user_long_name",
    "not_on_console",
}


def updates_items(*, device: Device | None = None) -> SearchStrategy[UpdatesItem]:
    """Items of ``Updates`` that name a product; with a device, such as it takes.

    Raises:
        ValueError: the device takes none.
    """
    actions = [
        action
        for action in InstallAction
        if device is None or is_available(f"InstallAction.{action}", device)
    ]
    if not actions:
        raise ValueError(f"{device} has no ScheduleOSUpdate")
    return _updates_items(actions, device)


@st.composite
def _updates_items(
    draw: DrawFn, actions: list[InstallAction], device: Device | None
) -> UpdatesItem:
    action = draw(st.sampled_from(actions))
    key = draw(st.none() | product_keys())
    version = None
    if _may(device, "ProductVersion") and (key is None or draw(st.booleans())):
        low = "9.0" if device is None else str(device.os_version)
        version = str(draw(os_versions(low, "30.0")))
    if key is None and version is None:
        key = draw(product_keys())
    later = action is InstallAction.INSTALL_LATER and _may(device, "MaxUserDeferrals")
    return UpdatesItem(
        install_action=action,
        product_key=key,
        product_version=version,
        max_user_deferrals=draw(st.none() | st.integers(0, 99)) if later else None,
        priority=draw(st.none() | st.sampled_from(Priority)) if _may(device, "Priority") else None,
    )


def _may(device: Device | None, key: str) -> bool:
    return device is None or is_available(f"ScheduleOSUpdate.Updates[].{key}", device)


def commands(
    *, device: Device | None = None, request_type: RequestType | str | None = None
) -> SearchStrategy[Command]:
    """Commands in which ``validate`` finds no error.

    Args:
        device: only such as this device takes.
        request_type: only of this one.

    Raises:
        ValueError: there is no such command for that device.
    """
    if request_type is not None:
        request_type = RequestType(request_type)
    wanted = [kind for kind in COMMANDS if request_type in (None, kind.request_type)]
    taken = [kind for kind in wanted if device is None or _takes(device, kind)]
    if not taken:
        which = request_type or "of the four commands"
        raise ValueError(f"{device} takes none {which}; use devices(request_type=...)")
    return st.one_of([_commands(kind, device) for kind in taken])


def _takes(device: Device, kind: type[Command]) -> bool:
    command = from_dict(
        {"CommandUUID": "1", "Command": {"RequestType": str(kind.request_type)}}, kind
    )
    return validate(command, device).ok


def _commands(kind: type[Command], device: Device | None) -> SearchStrategy[Command]:
    if kind is ScheduleOSUpdateCommand:
        items = st.lists(updates_items(device=device), min_size=1, max_size=2)
        made: SearchStrategy[Command] = schedule_os_update_commands(updates=items)
    else:
        made = _messages(kind)
    return made.filter(lambda command: validate(command, device).ok)


def responses(
    *,
    to: Command | None = None,
    device: Device | None = None,
    request_type: RequestType | str | None = None,
) -> SearchStrategy[Response]:
    """Answers in which ``validate`` finds no error: Acknowledged, Error, NotNow, malformed.

    Args:
        to: only such as answer this command: with and without results, with failed items, …
        device: only such as this device gives.
        request_type: only to commands of this kind.

    Raises:
        ValueError: there is no such command.
    """
    if to is not None:
        request_type = to.request_type
    if request_type is not None:
        request_type = RequestType(request_type)
    kinds = [kind for kind in RESPONSES if request_type in (None, kind.request_type)]
    return st.one_of([_responses(kind, to, device) for kind in kinds])


@st.composite
def _responses(
    draw: DrawFn, kind: type[Response], to: Command | None, device: Device | None
) -> Response:
    statuses = [CommandStatus.NOT_NOW, CommandStatus.ERROR, CommandStatus.COMMAND_FORMAT_ERROR]
    if device is None or is_available(str(kind.request_type), device):
        statuses = [CommandStatus.ACKNOWLEDGED] * 3 + statuses  # in which there is most to see
    status = draw(st.sampled_from(statuses))
    by_user = device is not None and device.enrollment is Enrollment.USER
    keys: dict[str, Any] = {
        "status": status,
        "command_uuid": to.command_uuid if to is not None else draw(command_uuids()),
        "enrollment_id" if by_user else "udid": draw(_uuids),
    }
    if status is CommandStatus.ERROR:
        keys["error_chain"] = draw(_chains)
    if status is CommandStatus.ACKNOWLEDGED:
        keys |= draw(_CONTENTS[kind](to, device))
    response = kind(**keys)
    return draw(st.just(response).filter(lambda r: validate(r, device, command=to).ok))


def error_chain_items() -> SearchStrategy[ErrorChainItem]:
    """Errors that devices are known to report."""
    return st.builds(
        lambda known, text: ErrorChainItem(
            error_domain=known[0], error_code=known[1], localized_description=text
        ),
        st.sampled_from(sorted(KNOWN_ERRORS)),
        st.none() | _texts,
    )


_chains = st.lists(error_chain_items(), min_size=1, max_size=2).map(tuple)


@st.composite
def _schedule_content(
    draw: DrawFn, to: ScheduleOSUpdateCommand | None, device: Device | None
) -> dict[str, Any]:
    form = draw(st.sampled_from(["results", "results", "absent", "empty"]))
    if form == "absent":
        return {}
    if form == "empty":
        return {"update_results": ()}
    asked = (
        to.updates if to is not None else draw(st.lists(updates_items(device=device), max_size=2))
    )
    return {"update_results": tuple(draw(_results(item, device)) for item in asked or ())}


@st.composite
def _results(draw: DrawFn, item: UpdatesItem, device: Device | None) -> UpdateResultsItem:
    # A device may do another thing than it was asked for; iOS has no words but these two.
    words: list[Any] = [InstallAction.DOWNLOAD_ONLY, InstallAction.INSTALL_ASAP]
    if item.install_action not in (InstallAction.DEFAULT, *words):
        words.append(item.install_action)
    if draw(st.booleans()):
        action = ScheduledAction(str(draw(st.sampled_from(words))))
        statuses = [UpdateStatus.IDLE, UpdateStatus.DOWNLOADING, UpdateStatus.INSTALLING]
        return UpdateResultsItem(
            product_key=item.product_key,
            install_action=action,
            status=draw(st.sampled_from(statuses)),
        )
    failures = [
        status
        for status in UpdateStatus
        if status not in (UpdateStatus.IDLE, UpdateStatus.DOWNLOADING, UpdateStatus.INSTALLING)
        and (device is None or is_available(f"UpdateStatus.{status}", device))
    ]
    return UpdateResultsItem(
        product_key=item.product_key,
        install_action=ScheduledAction.ERROR,
        status=draw(st.sampled_from(failures)),
        error_chain=draw(st.none() | _chains),
    )


def _items(
    cls: type[M], subject: str, device: Device | None, min_size: int, max_size: int
) -> SearchStrategy[Any]:
    """Items of an answer's array, with only the keys that the device has."""
    fixed: dict[str, SearchStrategy[Any]] = {}
    if device is not None:
        for f in attrs.fields(cls):
            if "key" in f.metadata and not is_available(f"{subject}.{f.metadata['key']}", device):
                fixed[f.name] = st.none()
    items = st.lists(_messages(cls, **fixed), min_size=min_size, max_size=max_size)
    return items.map(tuple)


def _is_ios(device: Device | None) -> bool:
    return device is not None and device.platform in (Platform.IOS, Platform.IPADOS)


def _list_content(_: Command | None, device: Device | None) -> SearchStrategy[dict[str, Any]]:
    subject = "AvailableOSUpdates.AvailableOSUpdates[]"
    items = _items(AvailableOSUpdatesItem, subject, device, 0, 1 if _is_ios(device) else 2)
    return items.map(lambda found: {"available_os_updates": found})


def _status_content(_: Command | None, device: Device | None) -> SearchStrategy[dict[str, Any]]:
    subject = "OSUpdateStatus.OSUpdateStatus[]"
    exactly_one = (1, 1) if _is_ios(device) else (0, 2)
    items = _items(OSUpdateStatusItem, subject, device, *exactly_one)
    return items.map(lambda found: {"os_update_status": tuple(map(_consistent, found))})


def _consistent(item: OSUpdateStatusItem) -> OSUpdateStatusItem:
    """Have no more deferrals left than there are."""
    if item.max_deferrals is None or item.deferrals_remaining is None:
        return item
    left = min(item.max_deferrals, item.deferrals_remaining)
    return attrs.evolve(item, deferrals_remaining=left)


_CONTENTS: Mapping[type[Response], Callable[[Any, Device | None], SearchStrategy[Any]]] = {
    ScheduleOSUpdateResponse: _schedule_content,
    ScheduleOSUpdateScanResponse: lambda _, __: st.booleans().map(
        lambda begun: {"scan_initiated": begun}
    ),
    AvailableOSUpdatesResponse: _list_content,
    OSUpdateStatusResponse: _status_content,
}


def schedule_os_update_commands(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[ScheduleOSUpdateCommand]:
    """``ScheduleOSUpdate``; a keyword replaces the strategy of that attribute, as in the others."""
    usual = {"updates": st.lists(updates_items(), min_size=1, max_size=2).map(tuple)}
    return _messages(ScheduleOSUpdateCommand, **usual | attributes)


def schedule_os_update_scan_commands(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[ScheduleOSUpdateScanCommand]:
    """``ScheduleOSUpdateScan``."""
    return _messages(ScheduleOSUpdateScanCommand, **attributes)


def available_os_updates_commands(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[AvailableOSUpdatesCommand]:
    """``AvailableOSUpdates``."""
    return _messages(AvailableOSUpdatesCommand, **attributes)


def os_update_status_commands(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[OSUpdateStatusCommand]:
    """``OSUpdateStatus``."""
    return _messages(OSUpdateStatusCommand, **attributes)


def schedule_os_update_responses(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[ScheduleOSUpdateResponse]:
    """Answers to ``ScheduleOSUpdate``, each key by itself good."""
    return _messages(ScheduleOSUpdateResponse, **attributes)


def schedule_os_update_scan_responses(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[ScheduleOSUpdateScanResponse]:
    """Answers to ``ScheduleOSUpdateScan``, each key by itself good."""
    return _messages(ScheduleOSUpdateScanResponse, **attributes)


def available_os_updates_responses(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[AvailableOSUpdatesResponse]:
    """Answers to ``AvailableOSUpdates``, each key by itself good."""
    return _messages(AvailableOSUpdatesResponse, **attributes)


def os_update_status_responses(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[OSUpdateStatusResponse]:
    """Answers to ``OSUpdateStatus``, each key by itself good."""
    return _messages(OSUpdateStatusResponse, **attributes)


def update_results_items(**attributes: SearchStrategy[Any]) -> SearchStrategy[UpdateResultsItem]:
    """Items of ``UpdateResults``."""
    return _messages(UpdateResultsItem, **attributes)


def available_os_updates_items(
    **attributes: SearchStrategy[Any],
) -> SearchStrategy[AvailableOSUpdatesItem]:
    """Items of ``AvailableOSUpdates``."""
    return _messages(AvailableOSUpdatesItem, **attributes)


def os_update_status_items(**attributes: SearchStrategy[Any]) -> SearchStrategy[OSUpdateStatusItem]:
    """Items of ``OSUpdateStatus``."""
    return _messages(OSUpdateStatusItem, **attributes)


# -- declarations and status reports -------------------------------------------------------------


def declarations(
    *, device: Device | None = None, **attributes: SearchStrategy[Any]
) -> SearchStrategy[SoftwareUpdateEnforcementSpecific]:
    """Enforcements of a version in which ``validate`` finds no error.

    Args:
        device: only such as this device takes, of versions newer than its own.
        attributes: strategies in place of those of attributes.

    Raises:
        ValueError: the device takes none.
    """
    if device is None:
        return _messages(SoftwareUpdateEnforcementSpecific, **attributes)
    newer = os_versions(str(device.os_version), "40.0").map(str)
    made = _messages(SoftwareUpdateEnforcementSpecific, **{"target_os_version": newer} | attributes)
    example = SoftwareUpdateEnforcementSpecific(
        target_os_version="40.0", target_local_date_time=LocalDateTime("2026-01-01T12:00:00")
    )
    if not validate(example, device).ok:
        raise ValueError(f"{device} takes no declaration")
    return made.filter(lambda declaration: not validate(declaration, device).findings)


def status_reports(**attributes: SearchStrategy[Any]) -> SearchStrategy[StatusReport]:
    """Reports of the status items of software updates, each of which may be missing."""
    return _messages(StatusReport, **attributes)


# -- what breaks a rule --------------------------------------------------------------------------


@frozen
class Broken:
    """A document that breaks one rule, and what ``validate`` needs to see it."""

    rule: str
    document: bytes
    device: Device | None = None
    command: Command | None = None
    """The command that the document answers."""


def rule_violations(rule: str) -> SearchStrategy[Broken]:
    """Documents that break the named rule, and no other with an error.

    Each is the rule's own example, varied in what does not matter to it: names, versions, numbers,
    the order of keys, the format. Of some rules the documents are answers, and of some no property
    lists at all.

    Args:
        rule: its code, such as ``"OSU203"``.

    Raises:
        ValueError: there is no such rule.
    """
    if rule not in RULES:
        raise ValueError(f"there is no rule {rule!r}")
    return _invalid_commands(RULES[rule])


@st.composite
def _invalid_commands(draw: DrawFn, known: Rule) -> Broken:
    first = _broken(known, lambda value: value, "xml")
    if not draw(st.booleans()):
        return first
    if isinstance(known.example, str):
        document = known.example.encode() + draw(st.sampled_from([b"", b"\n", b"\n\n", b" \n"]))
        varied = attrs.evolve(first, document=document)
    else:
        memory: dict[object, Any] = {}
        varied = _broken(
            known,
            lambda value: draw(_similar(value, memory)),
            draw(st.sampled_from(["xml", "binary"])),
        )
    return varied if _breaks_only(varied) else first


def _broken(rule: Rule, change: Callable[[Any], Any], fmt: str) -> Broken:
    device = Device(**rule.device) if rule.device else None
    command = None
    if rule.command is not None:
        command = loads_command(plistlib.dumps(_changed(rule.command, change)))
    if isinstance(rule.example, str):
        return Broken(rule.code, rule.example.encode(), device, command)
    form = plistlib.FMT_BINARY if fmt == "binary" else plistlib.FMT_XML
    document = plistlib.dumps(_changed(rule.example, change), fmt=form, sort_keys=False)
    return Broken(rule.code, document, device, command)


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        return change({key: _changed(item, change) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return [_changed(item, change) for item in value]
    return change(value)


@st.composite
def _similar(draw: DrawFn, value: Any, memory: dict[object, Any]) -> Any:
    """A value of the same sort; the same each time for the same one, where it is a name."""
    if isinstance(value, dict):
        return dict(draw(st.permutations(list(value.items()))))
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return draw(st.integers(value, value + 3) | st.just(value))
    if value in ("0001", "0002", "0000-0001"):
        if value not in memory:
            memory[value] = draw(command_uuids()) + value[-1]
        return memory[value]
    version = read_version(value) if isinstance(value, str) else None
    if version is not None and not version.extra:
        return f"{version.major}.{draw(st.integers(0, 15))}"
    return value


def _breaks_only(broken: Broken) -> bool:
    report = validate(broken.document, broken.device, command=broken.command)
    codes = {finding.rule for finding in report}
    return broken.rule in codes and {f.rule for f in report.errors} <= {broken.rule}


# -- what arrives --------------------------------------------------------------------------------

Oddity = Callable[[dict[str, Any]], Any]
"""What makes of a dictionary such a one as has been seen, or leaves it as it is."""


def _with(**keys: Any) -> Oddity:
    return lambda it: it | keys


def _without(*keys: str) -> Oddity:
    return lambda it: {key: value for key, value in it.items() if key not in keys}


def _renamed(old: str, new: str) -> Oddity:
    return lambda it: {new if key == old else key: value for key, value in it.items()}


def _having(key: str, oddity: Oddity) -> Oddity:
    """The oddity of documents that have a key: ``Command`` for commands, ``Status`` for answers."""
    return lambda it: oddity(it) if key in it else it


def _in(place: str, oddity: Oddity) -> Oddity:
    """The oddity of each dictionary that stands under a key."""

    def odd(value: Any, here: bool) -> Any:
        if isinstance(value, list):
            return [odd(item, here) for item in value]
        if not isinstance(value, dict):
            return value
        inside = {key: odd(item, key == place) for key, item in value.items()}
        return oddity(inside) if here else inside

    return lambda it: odd(it, False)


def _as(kind: type, other: type) -> Oddity:
    """The oddity of writing all values of one type as another."""
    return lambda it: _changed(it, lambda value: other(value) if type(value) is kind else value)


def _echo(answer: dict[str, Any]) -> dict[str, Any]:
    """Name the command, as macOS 10.12 does, where the answer shows which it is."""
    echoed = [{"RequestType": kind} for key, kind in _ANSWERED.items() if key in answer]
    return answer | echoed[0] if echoed else answer


_ANSWERED = {
    "UpdateResults": "ScheduleOSUpdate",
    "ScanInitiated": "ScheduleOSUpdateScan",
    "AvailableOSUpdates": "AvailableOSUpdates",
    "OSUpdateStatus": "OSUpdateStatus",
}
_NO_UPDATE = [
    {"ErrorDomain": "DeviceManagement.error", "ErrorCode": 2213},
    {"ErrorDomain": "com.apple.softwareupdateservices.errors", "ErrorCode": 3},
]


def _some(items: SearchStrategy[M]) -> SearchStrategy[tuple[M, ...]]:
    return st.lists(items, min_size=1, max_size=2).map(tuple)


def _scans() -> SearchStrategy[Message]:
    return schedule_os_update_scan_commands(force=st.booleans())


def _scanned() -> SearchStrategy[Message]:
    return schedule_os_update_scan_responses(scan_initiated=st.booleans())


def _results_given() -> SearchStrategy[Message]:
    return schedule_os_update_responses(update_results=_some(update_results_items()))


def _offers() -> SearchStrategy[Message]:
    return available_os_updates_responses(available_os_updates=_some(available_os_updates_items()))


def _progress() -> SearchStrategy[Message]:
    items = os_update_status_items(download_percent_complete=st.floats(0, 1))
    return os_update_status_responses(os_update_status=_some(items))


def _errors() -> SearchStrategy[Message]:
    return schedule_os_update_responses(status=st.just(CommandStatus.ERROR), error_chain=_chains)


_ODDITIES: Mapping[str, tuple[Callable[[], SearchStrategy[Message]], Oddity]] = {
    "no CommandUUID": (commands, _without("CommandUUID")),
    "only the inner dictionary": (commands, _having("Command", lambda it: it["Command"])),
    "Command in Command": (
        commands,
        _having("Command", lambda it: it | {"Command": {"Command": it["Command"]}}),
    ),
    "tether in Command": (commands, _in("Command", _with(RequestRequiresNetworkTether=True))),
    "UseDelay": (commands, _in("Command", _with(UseDelay=True))),
    "RecommendationCadence": (commands, _in("Command", _with(RecommendationCadence=1))),
    "ForceUpdateScan": (_scans, _in("Command", _renamed("Force", "ForceUpdateScan"))),
    "no Updates": (schedule_os_update_commands, _in("Command", _without("Updates"))),
    "three updates": (
        schedule_os_update_commands,
        _in("Command", _having("Updates", lambda it: it | {"Updates": it["Updates"][:1] * 3})),
    ),
    "no product": (
        schedule_os_update_commands,
        _in("Updates", _without("ProductKey", "ProductVersion")),
    ),
    "two releases": (
        schedule_os_update_commands,
        _in("Updates", _with(ProductKey="_MACOS_14.7.2", ProductVersion="14.5")),
    ),
    "no InstallAction": (schedule_os_update_commands, _in("Updates", _without("InstallAction"))),
    "a vendor's word": (
        schedule_os_update_commands,
        _in("Updates", _with(InstallAction="INSTALL_ASAP")),
    ),
    "another case": (
        schedule_os_update_commands,
        _in("Updates", _with(InstallAction="installasap")),
    ),
    "MaxUserDeferrals as text": (
        schedule_os_update_commands,
        _in("Updates", _with(MaxUserDeferrals="5")),
    ),
    "MaxUserDeferrals for all": (
        schedule_os_update_commands,
        _in("Updates", _with(InstallAction="InstallASAP", MaxUserDeferrals=5)),
    ),
    "left-over keys": (
        schedule_os_update_commands,
        _in("Updates", _with(udid="1", request_type="", command_uuid="0001")),
    ),
    "UpdateAvailable": (_results_given, _in("UpdateResults", _with(Status="UpdateAvailable"))),
    "no Status in an item": (_results_given, _in("UpdateResults", _without("Status"))),
    "ScanInititated": (_scanned, _having("ScanInitiated", _with(ScanInititated=True))),
    "Version is a space": (_offers, _in("AvailableOSUpdates", _with(Version=" "))),
    "Version is a build": (_offers, _in("AvailableOSUpdates", _with(Version="18A390"))),
    "RequestType echoed": (_progress, _echo),
    "keys of the user channel": (
        responses,
        _having(
            "Status", _with(UserID="1", UserShortName="ada", UserLongName="Ada", NotOnConsole=False)
        ),
    ),
    "EnrollmentID for UDID": (
        _progress,
        _having("Status", lambda it: _without("UDID")(it) | {"EnrollmentID": "0000-0001"}),
    ),
    "no UDID": (responses, _without("UDID", "EnrollmentID")),
    "Idle": (responses, _having("Status", lambda it: {"Status": "Idle", "UDID": "0000-0001"})),
    "Status alone": (responses, _having("Status", lambda it: {"Status": it["Status"]})),
    "undocumented keys": (
        responses,
        _having("Status", _with(MessageResult="", Identifier="1", State=0)),
    ),
    "no update is an error": (
        responses,
        _having("Status", _with(Status="Error", ErrorChain=_NO_UPDATE)),
    ),
    "CommandFormatError alone": (
        responses,
        _having("Status", lambda it: _without("ErrorChain")(it) | {"Status": "CommandFormatError"}),
    ),
    "negative ErrorCode": (_errors, _in("ErrorChain", _with(ErrorCode=-909))),
    "errors without words": (
        _errors,
        _in("ErrorChain", _without("LocalizedDescription", "USEnglishDescription")),
    ),
    "escapes in words": (
        _errors,
        _in("ErrorChain", _with(LocalizedDescription="\\U201c更新\\U201d “1”")),
    ),
    "integers for booleans": (_scanned, _as(bool, int)),
    "reals for integers": (_errors, _as(int, float)),
    "integers for reals": (_progress, _as(float, int)),
}
"""What has been seen to deviate in what documents say, by name, and the messages to begin with."""


@st.composite
def wire_documents(draw: DrawFn, *, message: Message | None = None) -> bytes:
    """Documents as they arrive from the wild: ``plistlib`` reads all, ``validate`` objects to some.

    They deviate as devices, servers and tools have been seen to: keys missing, misspelt, in a
    wrong place or of a wrong type, unknown words, unknown keys at every level. Binary ones, and XML
    ones with and without declaration and doctype, with comments, CDATA, character references, keys
    in any order, on one line or on many.

    Args:
        message: what to write; the documents then say just this, each in its own form.
    """
    document = draw(_odd_dictionaries()) if message is None else to_dict(message)
    document = _shuffled(draw, document)
    if draw(st.sampled_from([False, False, True])):
        return plistlib.dumps(document, fmt=plistlib.FMT_BINARY, sort_keys=False)
    space = draw(st.sampled_from(["\n", "\n\t", "", " ", "\n<!-- made by hand -->\n"]))
    body = _element(draw, document, space)
    # Without the declaration no doctype: plistlib knows XML by how it begins.
    header = draw(st.sampled_from(["", _DECLARATION, _DECLARATION + _DOCTYPE]))
    version = draw(st.sampled_from([' version="1.0"', ""]))
    end = draw(st.sampled_from(["\n", ""]))
    return f"{header}<plist{version}>{space}{body}{space}</plist>{end}".encode()


@st.composite
def _odd_dictionaries(draw: DrawFn) -> Any:
    names = draw(st.lists(st.sampled_from(list(_ODDITIES)), max_size=2))
    # The first can be seen; the second where it applies to the same message.
    source = _ODDITIES[names[0]][0]() if names else st.one_of(commands(), responses())
    document: Any = to_dict(draw(source))
    for name in names:
        document = _ODDITIES[name][1](document)
    if draw(st.booleans()):
        document = _changed(document, lambda it: it | draw(_strays) if type(it) is dict else it)
    return document


_strays = st.dictionaries(
    st.from_regex(r"[A-Z][a-z]{2,12}X", fullmatch=True), plist_values(), max_size=1
)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_DOCTYPE = (
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" '
    '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
)


def _shuffled(draw: DrawFn, value: Any) -> Any:
    if isinstance(value, dict):
        items = draw(st.permutations(list(value.items())))
        return {key: _shuffled(draw, item) for key, item in items}
    return [_shuffled(draw, item) for item in value] if isinstance(value, list) else value


def _element(draw: DrawFn, value: Any, space: str) -> str:
    if isinstance(value, dict):
        inside = "".join(
            f"{space}<key>{_escaped(draw, key)}</key>{space}{_element(draw, item, space)}"
            for key, item in value.items()
        )
        return f"<dict>{inside}{space}</dict>" if value else "<dict/>"
    if isinstance(value, list):
        inside = "".join(f"{space}{_element(draw, item, space)}" for item in value)
        return f"<array>{inside}{space}</array>" if value else "<array/>"
    if isinstance(value, bool):
        return "<true/>" if value else "<false/>"
    if isinstance(value, str):
        return f"<string>{_escaped(draw, value)}</string>"
    lines = plistlib.dumps(value).decode().splitlines()
    return "".join(lines[3:-1])  # numbers, dates and data as plistlib writes them


def _escaped(draw: DrawFn, text: str) -> str:
    how = draw(st.integers(0, 9)) if text else 0
    if how == 9 and "]]>" not in text:
        return f"<![CDATA[{text}]]>"
    if how == 8:
        return "".join(f"&#x{ord(character):x};" for character in text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# -- registration --------------------------------------------------------------------------------


def register() -> None:
    """Tell hypothesis of the types; the import of this module does it."""
    for command in COMMANDS:
        st.register_type_strategy(command, commands(request_type=command.request_type))
    for response in RESPONSES:
        st.register_type_strategy(response, responses(request_type=response.request_type))
    st.register_type_strategy(Command, commands())
    st.register_type_strategy(Response, responses())
    st.register_type_strategy(UpdatesItem, updates_items())
    for item in UpdateResultsItem, AvailableOSUpdatesItem, OSUpdateStatusItem:
        st.register_type_strategy(item, _messages(item))
    st.register_type_strategy(ErrorChainItem, error_chain_items())
    for declaration in DECLARATIONS.values():
        st.register_type_strategy(declaration, _messages(declaration))
    st.register_type_strategy(SubscribedStatusItem, _messages(SubscribedStatusItem))
    st.register_type_strategy(StatusReport, status_reports())
    st.register_type_strategy(Device, devices())
    st.register_type_strategy(OSVersion, os_versions())


# Hypothesis loads this module by its entry point, perhaps in the middle of the import above:
# an attribute of it would not be there yet.
register()
