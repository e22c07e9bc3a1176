"""The obligations of a server of declarative management, and the requests that test them."""

import json
import uuid
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from attrs import define, field

from .adapter import Refused
from .attempt import Attempt, Event, Run, difference, shown
from .messages import enrollment

_NAMES = ("iPad A", "Mac B")
_KINDS = {
    "activation": "Activations",
    "asset": "Assets",
    "configuration": "Configurations",
    "management": "Management",
}
"""The kind in the path of a declaration, and the list that has it."""
_DECLARATIONS: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "com.apple.configuration.softwareupdate.enforcement.specific": (
        {"TargetOSVersion": "17.4.1", "TargetLocalDateTime": "2026-03-02T19:00:00"},
        {"TargetLocalDateTime": "2026-03-09T19:00:00"},
    ),
    "com.apple.configuration.softwareupdate.settings": (
        {"Notifications": True},
        {"Notifications": False},
    ),
    "com.apple.configuration.management.status-subscriptions": (
        {"StatusItems": [{"Name": "softwareupdate.install-state"}]},
        {"StatusItems": [{"Name": "device.operating-system.version"}]},
    ),
    "com.apple.activation.simple": (
        {"StandardConfigurations": []},
        {"Predicate": "TRUEPREDICATE"},
    ),
    "com.apple.management.organization-info": (
        {"Name": "Example", "Email": "é@example.com"},
        {"Name": "Example and Sons"},
    ),
}
"""The first payload of a declaration of each type, and what changes in it."""
_STATES = ("none", "waiting", "downloading", "prepared", "installing", "failed")


@define(eq=False)
class DeclaredDevice:
    """A device, its declarations, and the responses of its server."""

    udid: str
    name: str
    enrolled: bool = False
    declarations: dict[str, dict[str, Any]] = field(factory=dict)
    """By their identifiers."""
    removed: list[tuple[str, str]] = field(factory=list)
    """The kinds and identifiers of declarations that it had."""
    set_since: bool = True
    """True if its declarations were set since its last request, even to the same ones."""
    token: str | None = None
    """The DeclarationsToken that it last got, and the declarations that it stands for."""
    token_of: dict[str, dict[str, Any]] = field(factory=dict)
    tokens: dict[str, tuple[str, dict[str, Any]]] = field(factory=dict)
    """The ServerTokens that it got, and the declarations that they stand for."""
    reported: dict[str, Any] = field(factory=dict)
    """The status items that it has reported, by their paths."""
    kept: set[str] = field(factory=set)
    """The paths of those that the server has known. A server need not keep every item."""
    last: bytes | None = None
    """Its last status report."""


class Declared(Attempt):
    """Devices that synchronize their declarations and report their status."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.devices: list[DeclaredDevice] = [
            DeclaredDevice(str(uuid.uuid4()).upper(), name) for name in _NAMES
        ]

    @classmethod
    def can(cls, run: Run) -> bool:
        """Return whether the adapter has all methods. Record those that it lacks."""
        attempt = cls(run)
        has = {method: attempt.has(method) for method in ("declarative", "declare", "status")}
        attempt.close()
        missing = [method for method in ("declarative", "declare") if not has[method]]
        if missing:
            run.lacks(" and no ".join(f"{method}()" for method in missing), *_CODES)
        if not missing and not has["status"]:
            run.lacks("status()", "SRV48")
        return not missing

    def play(self, events: Iterable[Event]) -> None:
        """Play the events, then let each device synchronize."""
        for kind, *numbers in events:
            _CHANGES_AND_QUESTIONS[kind % len(_CHANGES_AND_QUESTIONS)](self, *numbers)
        for device in self.devices:
            if device.enrolled:
                self.synchronize(device)

    # -- the server ------------------------------------------------------------------------------

    def device(self, number: int) -> DeclaredDevice:
        """Return the device of that number, enrolled."""
        device = self.devices[number % len(self.devices)]
        if not device.enrolled:
            device.enrolled = True
            if self.has("enroll"):
                self.must("SRV21", "enroll", device.udid)
            elif self.has("check_in"):
                sender = {"UDID": device.udid}
                for content in enrollment(device.name, sender):
                    message = self.check_in_message(content, sender)
                    self.must("SRV21", "check_in", device.udid, message)
            self.must("SRV21", "declare", device.udid, [])
        return device

    def must(self, code: str, method: str, *arguments: object) -> object:
        """Call a method of the adapter that must not fail, and return the result."""
        try:
            return self.call(method, *arguments)
        except Exception as error:
            self.blame("failure", code, f"{method}() failed with {shown(error)}")

    def ask(
        self, device: DeclaredDevice, endpoint: str, code: str, data: bytes | None = None
    ) -> bytes:
        """Send a DeclarativeManagement message that the server must not refuse."""
        self.tried(code)
        try:
            body = self.call("declarative", device.udid, endpoint, data)
        except Exception as error:
            self.blame_failure(error, code)
            self.blame("failure", code, f"the server refused {endpoint}")
        if not isinstance(body, bytes | bytearray | memoryview | None):
            raise TypeError(f"declarative() must return bytes or None, not {type(body).__name__}")
        return bytes(body or b"")

    def ask_json(self, device: DeclaredDevice, endpoint: str, code: str) -> Mapping[str, Any]:
        """Ask for a JSON object."""
        body = self.ask(device, endpoint, code)
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            what = f"{endpoint} was answered with {body[:60]!r}"
            self.blame("no object", code, what)
        return document

    # -- what changes ----------------------------------------------------------------------------

    def add(self, number: int, which: int, *_: int) -> None:
        """Add a declaration, or reset one to its first content."""
        device = self.device(number)
        kind = list(_DECLARATIONS)[which % len(_DECLARATIONS)]
        # No two devices share an identifier: in some servers they are unique.
        identifier = f"com.example.{device.udid[:8].lower()}.{kind.rsplit('.', 1)[1]}"
        self.tell(f"{identifier} is declared for {device.name}")
        document = {"Type": kind, "Identifier": identifier, "Payload": _DECLARATIONS[kind][0]}
        self.declare(device, {**device.declarations, identifier: document})

    def change(self, number: int, which: int, *_: int) -> None:
        """Change the content of a declaration."""
        device = self.device(number)
        for identifier in _chosen(device.declarations, which):
            document = device.declarations[identifier]
            payload = {**document["Payload"], **_DECLARATIONS[document["Type"]][1]}
            self.tell(f"{identifier} of {device.name} changes")
            changed = {**document, "Payload": payload}
            self.declare(device, {**device.declarations, identifier: changed})

    def remove(self, number: int, which: int, *_: int) -> None:
        """Remove a declaration."""
        device = self.device(number)
        for identifier in _chosen(device.declarations, which):
            self.tell(f"{identifier} of {device.name} is removed")
            kept = {name: d for name, d in device.declarations.items() if name != identifier}
            device.removed.append((_kind_of(device.declarations[identifier]), identifier))
            self.declare(device, kept)

    def declare(self, device: DeclaredDevice, declarations: dict[str, dict[str, Any]]) -> None:
        """Make these declarations those of the device."""
        device.declarations, device.set_since = declarations, True
        written = [json.dumps(document).encode() for document in declarations.values()]
        self.must("SRV21", "declare", device.udid, written)

    # -- what a device asks ----------------------------------------------------------------------

    def sync(self, number: int, *_: int) -> None:
        """Let a device synchronize."""
        self.synchronize(self.device(number))

    def synchronize(self, device: DeclaredDevice) -> None:
        """Ask for the tokens, the list and each declaration, and judge them."""
        self.tell(f"{device.name} synchronizes")
        tokens = self.ask_json(device, "tokens", "SRV41").get("SyncTokens")
        items = self.ask_json(device, "declaration-items", "SRV41")
        token, lists = items.get("DeclarationsToken"), items.get("Declarations")
        listed = _listed(lists)
        match tokens:
            case {"DeclarationsToken": str(first), "Timestamp": str()}:
                pass
            case _:
                self.blame("tokens", "SRV41", f"SyncTokens is {tokens!r:.200}")
        if not isinstance(token, str) or listed is None:
            self.blame("items", "SRV41", f"declaration-items is {items!r:.200}")
        self.tried("SRV43")
        if first != token:
            what = f"tokens has {first!r}, declaration-items has {token!r}"
            self.remark("tokens differ", "SRV43", what)
        self.check_token(device, token)
        self.check_list(device, listed)
        for identifier, document in device.declarations.items():
            self.fetch(device, document, listed[_kind_of(document), identifier])

    def check_token(self, device: DeclaredDevice, token: str) -> None:
        """Check whether the DeclarationsToken changed if, and only if, the declarations did."""
        if device.token is not None:
            changed = device.declarations != device.token_of
            if changed:
                self.tried("SRV42")
                if token == device.token:
                    what = f"DeclarationsToken is still {token!r}"
                    self.blame("same token", "SRV42", what)
            elif not device.set_since:
                self.tried("SRV50")
                if token != device.token:
                    what = f"DeclarationsToken was {device.token!r}, and is {token!r}"
                    self.remark("new token", "SRV50", what)
        device.token, device.token_of, device.set_since = token, device.declarations, False

    def check_list(self, device: DeclaredDevice, listed: Mapping[tuple[str, str], str]) -> None:
        """Check the list of declarations. A server may have some of its own."""
        self.tried("SRV44", "SRV49")
        wanted = {(_kind_of(d), identifier) for identifier, d in device.declarations.items()}
        if lacking := wanted - listed.keys():
            self.blame("list", "SRV44", f"the list lacks {min(lacking)[1]}")
        if foreign := listed.keys() & {*self.of_others(device)}:
            what = f"the list of {device.name} has {min(foreign)[1]}"
            self.blame("foreign", "SRV49", what)
        if gone := (listed.keys() & {*device.removed}) - wanted:
            self.blame("list", "SRV44", f"the list still has {min(gone)[1]}")

    def of_others(self, device: DeclaredDevice) -> list[tuple[str, str]]:
        """Return the kinds and identifiers of the other devices' declarations."""
        return [
            (_kind_of(document), identifier)
            for other in self.devices
            if other is not device
            for identifier, document in other.declarations.items()
        ]

    def fetch(self, device: DeclaredDevice, document: dict[str, Any], server_token: str) -> None:
        """Fetch a declaration, and judge it."""
        identifier = document["Identifier"]
        endpoint = f"declaration/{_kind_of(document)}/{identifier}"
        fetched = dict(self.ask_json(device, endpoint, "SRV44"))
        token = fetched.pop("ServerToken", None)
        if token != server_token:
            what = f"the list has the ServerToken {server_token!r}, {identifier} has {token!r}"
            self.blame("server token", "SRV44", what)
        if found := difference(document, fetched):
            self.blame("declaration", "SRV44", f"in {identifier}, {found}")
        known = device.tokens.get(identifier)
        if known is not None and known[1] != document:
            self.tried("SRV45")
            if known[0] == token:
                what = f"{identifier} has changed, and its ServerToken is still {token!r}"
                self.blame("same server token", "SRV45", what)
        device.tokens[identifier] = (str(token), document)

    def ask_unknown(self, number: int, which: int, *_: int) -> None:
        """Ask for a declaration that the device does not have."""
        device = self.device(number)
        gone = [pair for pair in device.removed if pair[1] not in device.declarations]
        others = self.of_others(device)
        choices = [("configuration", "com.example.unknown"), *gone, *others]
        kind, identifier = choices[which % len(choices)]
        of_another = (kind, identifier) in others
        self.tell(f"{device.name} asks for {identifier}, which it does not have")
        self.tried("SRV46")
        if of_another:
            self.tried("SRV49")
        endpoint = f"declaration/{kind}/{identifier}"
        try:
            body = self.call("declarative", device.udid, endpoint, None)
        except Refused as refusal:
            if refusal.status not in (None, 404):
                self.remark("unknown", "SRV46", f"the server answered {refusal}")
        except Exception as error:
            self.remark("failure", "SRV46", f"the server failed with {shown(error)}")
        else:
            code = "SRV49" if of_another and "Payload" in f"{body!r}" else "SRV46"
            self.remark("unknown", code, f"the server answered {body!r:.60}", "SRV46")

    # -- what a device reports -------------------------------------------------------------------

    def report_all(self, number: int, which: int, *_: int) -> None:
        """Send a full status report."""
        device = self.device(number)
        self.tell(f"{device.name} sends a full status report")
        items = {
            "device.operating-system.version": "17.3",
            "device.operating-system.build-version": "21D50",
            "softwareupdate.install-state": _STATES[which % len(_STATES)],
            "softwareupdate.pending-version.os-version": "17.4.1",
        }
        self.report(device, items, {"FullReport": True})

    def report_some(self, number: int, which: int, *_: int) -> None:
        """Send a status report that has only what changed."""
        device = self.device(number)
        which, state = divmod(which, len(_STATES))
        path, value = (
            ("softwareupdate.install-state", _STATES[state]),
            ("device.operating-system.version", f"17.{state}"),
        )[which % 2]
        self.tell(f"{device.name} sends a status report with its {path} only")
        self.report(device, {path: value}, {})

    def report_again(self, number: int, *_: int) -> None:
        """Send the last status report once more, as after a broken connection."""
        device = self.device(number)
        if device.last is not None:
            self.tell(f"{device.name} sends its last status report again")
            self.send(device, device.last)

    def report(
        self, device: DeclaredDevice, items: Mapping[str, str], keys: Mapping[str, Any]
    ) -> None:
        """Send a status report with these items."""
        known = dict(items) if keys else {**device.reported, **items}
        device.reported = known
        self.send(
            device, json.dumps({"StatusItems": _nested(items), "Errors": [], **keys}).encode()
        )

    def send(self, device: DeclaredDevice, report: bytes) -> None:
        """Send a status report, and judge what the server knows then."""
        device.last = report
        self.ask(device, "status", "SRV47", report)
        if not self.has("status"):
            return
        self.tried("SRV48")
        document, known = json.loads(report), self.must("SRV47", "status", device.udid)
        came = {path: _at(known, path) for path in device.reported}
        device.kept |= {path for path in came if came[path] is not None}
        if not device.kept and "FullReport" in document:
            self.blame("status", "SRV47", "the server knows none of the items")
        sent = _flat(document["StatusItems"])
        for path, value in device.reported.items():
            if path in device.kept and came[path] != value:
                code = "SRV47" if path in sent else "SRV48"
                what = f"the server knows {came[path]!r:.60} as {path}, which is {value!r}"
                self.blame("status", code, what)


_CHANGES_AND_QUESTIONS = (
    Declared.add,
    Declared.sync,
    Declared.change,
    Declared.remove,
    Declared.ask_unknown,
    Declared.report_all,
    Declared.report_some,
    Declared.report_again,
)
_HOW_OFTEN = (5, 5, 3, 2, 2, 2, 2, 1)
_CODES = tuple(f"SRV{number}" for number in range(41, 51))


def random_changes(random: Random, length: int) -> list[Event]:
    """Draw events."""
    kinds = random.choices(range(len(_HOW_OFTEN)), _HOW_OFTEN, k=length)
    return [(kind, random.randrange(2), random.randrange(60), 0) for kind in kinds]


def _kind_of(document: Mapping[str, Any]) -> str:
    """Return the kind that a declaration has in paths."""
    return str(document["Type"]).split(".")[2]


def _chosen(declarations: Mapping[str, object], which: int) -> list[str]:
    """Return one of the identifiers, if there is one."""
    return list(declarations)[which % len(declarations) :][:1] if declarations else []


def _listed(lists: object) -> dict[tuple[str, str], str] | None:
    """Return the ServerTokens of declaration-items. ``None`` if it is malformed."""
    if not isinstance(lists, dict):
        return None
    found: dict[tuple[str, str], str] = {}
    for kind, name in _KINDS.items():
        items = lists.get(name)
        if not isinstance(items, list):
            return None
        for item in items:
            match item:
                case {"Identifier": str(identifier), "ServerToken": str(token)}:
                    found[kind, identifier] = token
                case _:
                    return None
    return found


def _nested(items: Mapping[str, str]) -> dict[str, Any]:
    """Return status items as a report has them: dictionaries in dictionaries."""
    nested: dict[str, Any] = {}
    for path, value in items.items():
        *parents, last = path.split(".")
        inner = nested
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = value
    return nested


def _flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the values of dictionaries in dictionaries, by their paths."""
    found: dict[str, Any] = {}
    for key, value in nested.items():
        path = f"{prefix}{key}"
        found |= _flat(value, f"{path}.") if isinstance(value, dict) else {path: value}
    return found


def _at(nested: object, path: str) -> object:
    """Return the value at a path. ``None`` if there is none."""
    for key in path.split("."):
        nested = nested.get(key) if isinstance(nested, Mapping) else None
    return nested
