"""An MDM server's update queue: an ASGI app, its flows in SQLite, so that a restart loses nothing.

Run it:            uvicorn --factory update_server:app
Ask for updates:   curl -X PUT http://127.0.0.1:8000/updates/UDID?target=17.4.1
See how they are:  curl http://127.0.0.1:8000/updates/UDID

What it leaves out, and a real server has: TLS with client certificates, a check that the
certificate belongs to the UDID, push notifications to wake a device at ``flow.wait_until``, and
a password on /updates.
"""

import datetime as dt
import json
import plistlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import mdm_osupdate as osu


class UpdateServer:
    """Devices talk to /mdm, people to /updates."""

    def __init__(self, path: str | Path, policy: osu.Policy | None = None) -> None:
        self.database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.policy = policy or osu.Policy()
        self.database.execute("CREATE TABLE IF NOT EXISTS devices (udid PRIMARY KEY, facts)")
        self.database.execute("CREATE TABLE IF NOT EXISTS flows (udid PRIMARY KEY, flow)")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer as ASGI has it; of all that a server may say, only requests matter."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        status, content_type, answer = self.handle(scope, body)
        headers = [(b"content-type", content_type.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def handle(self, scope: dict[str, Any], body: bytes) -> tuple[int, str, bytes]:
        """Answer one request."""
        route = (scope["method"], *scope["path"].strip("/").split("/"))
        try:
            match route:
                case ("PUT", "mdm") if (
                    b"aspen-mdm-checkin" in dict(scope["headers"])[b"content-type"]
                ):
                    self.check_in(body)
                    return 200, "application/xml", b""
                case ("PUT", "mdm"):
                    return 200, "application/xml; charset=UTF-8", self.connect(body)
                case ("PUT", "updates", udid):
                    query = parse_qs(scope["query_string"].decode())
                    return self.update(udid, query["target"][0])
                case ("GET", "updates", udid):
                    return self.show(udid)
        except (ValueError, KeyError, TypeError) as error:  # malformed, from whom it may be
            return 400, "text/plain", str(error).encode()
        return 404, "text/plain", b"no such page"

    def check_in(self, body: bytes) -> None:
        """Learn what a device is when it enrols."""
        try:
            message = plistlib.loads(body)
        except Exception:  # it raises what it likes
            raise ValueError("this is no property list") from None
        if message["MessageType"] == "Authenticate":
            facts = {key: message[key] for key in ("ProductName", "OSVersion")}
            self.database.execute(
                "REPLACE INTO devices VALUES (?, ?)", (message["UDID"], json.dumps(facts))
            )

    def connect(self, body: bytes) -> bytes:
        """Take what a device says, and give it the next command, if there is one."""
        said = osu.loads(body, osu.Response)
        flow = self.load(said.udid or "")
        if flow is None:
            return b""
        now = dt.datetime.now(dt.timezone.utc)
        flow.receive(said, now)
        command = None if flow.done else flow.next_command(now)
        self.save(said.udid or "", flow)  # before it is sent: what is lost then is sent again
        return osu.dumps(command) if command else b""

    def update(self, udid: str, target: str) -> tuple[int, str, bytes]:
        """Begin an update, unless the device would refuse it."""
        row = self.database.execute("SELECT facts FROM devices WHERE udid = ?", (udid,)).fetchone()
        if row is None:
            return 404, "text/plain", b"no such device"
        device = osu.Device.from_mapping(json.loads(row[0]))
        flow = osu.UpdateFlow(device, target, policy=self.policy, udid=udid)
        if flow.findings:
            said = "\n".join(f"{finding.message}. {finding.hint}" for finding in flow.findings)
            return 409, "text/plain", said.encode()
        self.save(udid, flow)
        return 202, "text/plain", b"begun"

    def show(self, udid: str) -> tuple[int, str, bytes]:
        """Tell where an update stands."""
        flow = self.load(udid)
        if flow is None:
            return 404, "text/plain", b"no update"
        told = {"state": flow.state, "history": [event.to_dict() for event in flow.history]}
        return 200, "application/json", json.dumps(told).encode()

    def load(self, udid: str) -> osu.UpdateFlow | None:
        """Get a device's flow from the database."""
        row = self.database.execute("SELECT flow FROM flows WHERE udid = ?", (udid,)).fetchone()
        return osu.UpdateFlow.from_dict(json.loads(row[0])) if row else None

    def save(self, udid: str, flow: osu.UpdateFlow) -> None:
        """Put a device's flow into the database."""
        written = json.dumps(flow.to_dict())
        self.database.execute("REPLACE INTO flows VALUES (?, ?)", (udid, written))


def app() -> Callable[..., Any]:
    """Make the server, for ``uvicorn --factory update_server:app``."""
    return UpdateServer("updates.sqlite")
