"""A server of declarations as small as can be, as KMFDDM is one behind NanoMDM."""

import hashlib
import json
import plistlib
from collections.abc import Iterable
from typing import Any

from mdm_osupdate import dumps
from mdm_osupdate.codec import loads
from mdm_osupdate.declarations import Declaration, StatusReport

LISTS = {
    "activation": "Activations",
    "asset": "Assets",
    "configuration": "Configurations",
    "management": "Management",
}


class DeclarationServer:
    """Has declarations for one device, and keeps its status reports."""

    def __init__(self, declarations: Iterable[Declaration | dict[str, Any]] = ()) -> None:
        self.reports: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.refused: set[str] = set()
        """The endpoints that answer with an error."""
        self.declare(declarations)

    def declare(self, declarations: Iterable[Declaration | dict[str, Any]]) -> None:
        """Replace the declarations, each with a token of the server's own."""
        self.documents: dict[str, bytes] = {}
        self.tokens: dict[tuple[str, str], str] = {}
        for declaration in declarations:
            given = declaration if isinstance(declaration, dict) else json.loads(dumps(declaration))
            kind, identifier = given["Type"].split(".")[2], given["Identifier"]
            token = hashlib.sha1(json.dumps(given, sort_keys=True).encode()).hexdigest()
            document = json.dumps({**given, "ServerToken": token}).encode()
            self.documents[f"declaration/{kind}/{identifier}"] = document
            self.tokens[kind, identifier] = token

    @property
    def sync_tokens(self) -> bytes:
        token = hashlib.sha1(repr(sorted(self.tokens.items())).encode()).hexdigest()
        return json.dumps({"SyncTokens": {"DeclarationsToken": token}}).encode()

    def items(self) -> bytes:
        lists: dict[str, list[dict[str, str]]] = {name: [] for name in LISTS.values()}
        for (kind, identifier), token in self.tokens.items():
            lists[LISTS[kind]].append({"Identifier": identifier, "ServerToken": token})
        token = json.loads(self.sync_tokens)["SyncTokens"]["DeclarationsToken"]
        return json.dumps({"Declarations": lists, "DeclarationsToken": token}).encode()

    def respond(self, endpoint: str, data: bytes | None) -> bytes | None:
        """Return the body of a response; ``None`` if there is none."""
        self.requests.append(endpoint)
        if endpoint in self.refused:
            return None
        if endpoint == "status":
            assert data is not None
            loads(data, StatusReport, strict=True)
            self.reports.append(json.loads(data)["StatusItems"])
            return b""
        if endpoint == "tokens":
            return self.sync_tokens
        return self.items() if endpoint == "declaration-items" else self.documents.get(endpoint)

    def command(self, uuid: str = "1", *, with_tokens: bool = True) -> bytes:
        """Return the command that makes a device fetch its declarations."""
        command: dict[str, Any] = {"RequestType": "DeclarativeManagement"}
        if with_tokens:
            command["Data"] = self.sync_tokens
        return plistlib.dumps({"CommandUUID": uuid, "Command": command})
