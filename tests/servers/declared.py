"""Servers of declarations: a correct one, others that are unusual, and wrong ones."""

import copy
import hashlib
import json
from typing import Any

from mdm_osupdate.conformance import Refused

from .reference import Reference
from .wrong import violates

Json = dict[str, Any]
LISTS = {
    "activation": "Activations",
    "asset": "Assets",
    "configuration": "Configurations",
    "management": "Management",
}


def token_of(value: Any) -> str:
    """Return a text that changes with the value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def merged(old: Json, new: Json) -> Json:
    """Return what is known after a partial report."""
    both = {**old, **new}
    for key in old.keys() & new.keys():
        if isinstance(old[key], dict) and isinstance(new[key], dict):
            both[key] = merged(old[key], new[key])
    return both


class Declares(Reference):
    """The reference, with declarations: correct."""

    def __init__(self) -> None:
        super().__init__()
        self.declared: dict[str, list[Json]] = {}
        self.known: dict[str, Json] = {}

    def declare(self, udid: str, declarations: list[bytes]) -> None:
        self.declared[udid] = [json.loads(written) for written in declarations]

    def status(self, udid: str) -> Json:
        return self.known.get(udid, {})

    def declarative(self, udid: str, endpoint: str, data: bytes | None) -> bytes:
        if endpoint == "status":
            self.take(udid, json.loads(data or b""))
            return b""
        answer: Json
        if endpoint == "tokens":
            tokens = {"DeclarationsToken": self.token(udid), "Timestamp": "2026-03-02T09:00:00Z"}
            answer = {"SyncTokens": tokens}
        elif endpoint == "declaration-items":
            answer = {"Declarations": self.items(udid), "DeclarationsToken": self.token(udid)}
        else:
            answer = self.declaration(udid, *endpoint.split("/")[1:])
        return json.dumps(answer).encode()

    def token(self, udid: str) -> str:
        return token_of(self.declared[udid])

    def server_token(self, document: Json) -> str:
        return token_of(document)

    def items(self, udid: str) -> Json:
        items: Json = {name: [] for name in LISTS.values()}
        for document in self.declared[udid]:
            item = {
                "Identifier": document["Identifier"],
                "ServerToken": self.server_token(document),
            }
            items[LISTS[document["Type"].split(".")[2]]].append(item)
        return items

    def declaration(self, udid: str, kind: str, identifier: str) -> Json:
        for document in self.declared[udid]:
            named = (document["Type"].split(".")[2], document["Identifier"])
            if named == (kind, identifier):
                return {**document, "ServerToken": self.server_token(document)}
        raise Refused("404 Not Found")

    def take(self, udid: str, report: Json) -> None:
        old = {} if report.get("FullReport") else self.known.get(udid, {})
        self.known[udid] = merged(old, report["StatusItems"])


class CountsVersions(Declares):
    """Has version numbers for tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.version: dict[str, int] = {}

    def declare(self, udid: str, declarations: list[bytes]) -> None:
        super().declare(udid, declarations)
        self.version[udid] = self.version.get(udid, 0) + 1

    def token(self, udid: str) -> str:
        return str(self.version[udid])


class HasItsOwnDeclarations(Declares):
    """Declares something of its own for every device."""

    def declare(self, udid: str, declarations: list[bytes]) -> None:
        own = {
            "Type": "com.apple.management.properties",
            "Identifier": "com.example.own",
            "Payload": {"a": 1},
        }
        super().declare(udid, [*declarations, json.dumps(own).encode()])


class KeepsNoStatus(Declares):
    """Does not reveal what it has stored."""

    status = None  # type: ignore[assignment]


class KeepsDeviceItems(Declares):
    """Keeps what it understands of a status report."""

    def take(self, udid: str, report: Json) -> None:
        items = {key: item for key, item in report["StatusItems"].items() if key == "device"}
        super().take(udid, {**report, "StatusItems": items})


DECLARING = [Declares, CountsVersions, HasItsOwnDeclarations, KeepsNoStatus, KeepsDeviceItems]
"""The correct servers."""


@violates("SRV41")
class LeavesOutEmptyLists(Declares):
    """Lists only the kinds of declarations that there are."""

    def items(self, udid: str) -> Json:
        return {name: items for name, items in super().items(udid).items() if items}


@violates("SRV41")
class AnswersTokensFlat(Declares):
    """Answers tokens without SyncTokens around them."""

    def declarative(self, udid: str, endpoint: str, data: bytes | None) -> bytes:
        body = super().declarative(udid, endpoint, data)
        return json.dumps(json.loads(body)["SyncTokens"]).encode() if endpoint == "tokens" else body


@violates("SRV42")
class CountsDeclarations(Declares):
    """Computes its token over the identifiers only."""

    def token(self, udid: str) -> str:
        return token_of(sorted(document["Identifier"] for document in self.declared[udid]))


@violates("SRV42")
class NeverTakesBack(Declares):
    """Computes its token from what was ever declared, so that a removal does not change it."""

    def __init__(self) -> None:
        super().__init__()
        self.ever: dict[str, Json] = {}

    def token(self, udid: str) -> str:
        ever = self.ever.setdefault(udid, {})
        ever.update({document["Identifier"]: document for document in self.declared[udid]})
        return token_of(ever)


@violates("SRV43")
class HasTwoTokens(Declares):
    """Computes the token of declaration-items in another way than that of tokens."""

    def declarative(self, udid: str, endpoint: str, data: bytes | None) -> bytes:
        body = super().declarative(udid, endpoint, data)
        if endpoint != "declaration-items":
            return body
        document = json.loads(body)
        return json.dumps({**document, "DeclarationsToken": token_of(document)}).encode()


@violates("SRV44")
class ListsConfigurationsOnly(Declares):
    """Forgets that activations and management are declarations too."""

    def items(self, udid: str) -> Json:
        items = super().items(udid)
        return {name: items[name] if name == "Configurations" else [] for name in items}


@violates("SRV44")
class ServesTokensOfItsOwn(Declares):
    """Computes the ServerToken of a declaration with itself in it."""

    def declaration(self, udid: str, kind: str, identifier: str) -> Json:
        document = super().declaration(udid, kind, identifier)
        return {**document, "ServerToken": token_of(document)}


@violates("SRV44")
class KnowsItsTypes(Declares):
    """Leaves out of a payload what it does not know."""

    def declaration(self, udid: str, kind: str, identifier: str) -> Json:
        document = copy.deepcopy(super().declaration(udid, kind, identifier))
        document["Payload"].pop("Predicate", None)
        document["Payload"].pop("Email", None)
        return document


@violates("SRV44")
class KeepsRemovedDeclarations(Declares):
    """Deletes nothing."""

    def declare(self, udid: str, declarations: list[bytes]) -> None:
        old = {d["Identifier"]: d for d in self.declared.get(udid, [])}
        super().declare(udid, declarations)
        old |= {d["Identifier"]: d for d in self.declared[udid]}
        self.declared[udid] = list(old.values())


@violates("SRV45")
class TokensByIdentifier(Declares):
    """Makes a ServerToken when a declaration is first seen, and keeps it."""

    def server_token(self, document: Json) -> str:
        return token_of(document["Identifier"])


@violates("SRV45")
class TokensByKeys(Declares):
    """Computes the ServerToken over the keys of the payload."""

    def server_token(self, document: Json) -> str:
        return token_of([document["Identifier"], sorted(document["Payload"])])


@violates("SRV46")
class AnswersUnknownWithNothing(Declares):
    """Answers 200 and an empty object for a declaration that it does not know."""

    def declaration(self, udid: str, kind: str, identifier: str) -> Json:
        try:
            return super().declaration(udid, kind, identifier)
        except Refused:
            return {}


@violates("SRV46")
class AnswersUnknownWith400(Declares):
    """Treats a request for a removed declaration as malformed."""

    def declaration(self, udid: str, kind: str, identifier: str) -> Json:
        try:
            return super().declaration(udid, kind, identifier)
        except Refused:
            raise Refused("400 Bad Request") from None


@violates("SRV47")
class RefusesPartialReports(Declares):
    """Accepts only full reports."""

    def take(self, udid: str, report: Json) -> None:
        if not report.get("FullReport"):
            raise Refused("422")
        super().take(udid, report)


@violates("SRV47")
class KeepsTheFirstReport(Declares):
    """Does not update what it knows."""

    def take(self, udid: str, report: Json) -> None:
        self.known[udid] = merged(report["StatusItems"], self.known.get(udid, {}))


@violates("SRV47")
class KeepsNoReport(Declares):
    """Accepts reports, and stores nothing of them."""

    def take(self, udid: str, report: Json) -> None:
        pass


@violates("SRV47")
class FailsOnTheSameReport(Declares):
    """Has a unique key on reports."""

    def __init__(self) -> None:
        super().__init__()
        self.reports: set[tuple[str, str]] = set()

    def take(self, udid: str, report: Json) -> None:
        key = (udid, token_of(report))
        if key in self.reports:
            raise RuntimeError("duplicate key")
        self.reports.add(key)
        super().take(udid, report)


@violates("SRV48")
class TakesEveryReportForFull(Declares):
    """Replaces what it knows with each report."""

    def take(self, udid: str, report: Json) -> None:
        self.known[udid] = report["StatusItems"]


@violates("SRV48")
class MergesTheTopOnly(Declares):
    """Merges the first level of a report."""

    def take(self, udid: str, report: Json) -> None:
        old = {} if report.get("FullReport") else self.known.get(udid, {})
        self.known[udid] = {**old, **report["StatusItems"]}


@violates("SRV49")
class ServesAnyDeclaration(Declares):
    """Looks declarations up by their identifiers alone."""

    def declaration(self, udid: str, kind: str, identifier: str) -> Json:
        for owner in self.declared:
            try:
                return super().declaration(owner, kind, identifier)
            except Refused:
                continue
        raise Refused("404 Not Found")


@violates("SRV49")
class ListsForAll(Declares):
    """Has one list of declarations for all devices."""

    def declare(self, udid: str, declarations: list[bytes]) -> None:
        super().declare(udid, declarations)
        everything = {d["Identifier"]: d for ds in self.declared.values() for d in ds}
        self.declared = {udid: list(everything.values()) for udid in self.declared}


@violates("SRV50")
class MakesNewTokens(Declares):
    """Makes a new token for each request for tokens."""

    count = 0

    def declarative(self, udid: str, endpoint: str, data: bytes | None) -> bytes:
        self.count += endpoint == "tokens"
        return super().declarative(udid, endpoint, data)

    def token(self, udid: str) -> str:
        return f"{super().token(udid)} {self.count}"
