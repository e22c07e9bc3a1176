"""An MDM server's update queue: an ASGI app, its flows in SQLite, so that a restart loses nothing.

Run it:            uvicorn --factory update_server:app
Ask for updates:   curl -X PUT 'http://127.0.0.1:8000/updates/UDID?target=17.4.1'
See how they are:  curl http://127.0.0.1:8000/updates/UDID

With UPDATE_SPEED=600 in its environment, all waiting times are that much shorter, as simulated
devices want it.

What it leaves out, and a real server has: TLS with client certificates, a check that the
certificate belongs to the UDID, push notifications to wake a device at ``flow.wait_until``, and
a password on /updates.
"""

import datetime as dt
import json
import os
import plistlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import mdm_osupdate as osu
from mdm_osupdate.flow import Policy, State, UpdateFlow, load_flow
from mdm_osupdate.inventory import read_device


class UpdateServer:
    """Devices talk to /mdm, people to /updates."""

    def __init__(self, path: str | Path, policy: Policy | None = None) -> None:
        self.database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.policy = policy or Policy()
        self.database.execute("CREATE TABLE IF NOT EXISTS devices (udid PRIMARY KEY, record)")

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
            self.save(message["UDID"], {"facts": facts})  # an update from before is over

    def connect(self, body: bytes) -> bytes:
        """Take what a device says, and give it the next command, if there is one."""
        said = osu.loads(body, osu.Response)
        record = self.load(said.udid)
        if "flow" not in record:
            return b""
        flow, now = load_flow(record["flow"]), dt.datetime.now(dt.timezone.utc)
        if flow.done or not isinstance(flow, UpdateFlow):
            return b""
        # While a clock that was set back catches up, time stands still.
        now = max(now, dt.datetime.fromisoformat(record.get("at", now.isoformat())))
        flow.receive(said, now)
        command = None if flow.done else flow.next_command(now)
        if flow.state is State.FINISHED:
            record["facts"]["OSVersion"] = record["target"]
        # Before the command is sent: what is lost then is sent again.
        self.save(said.udid, record | {"flow": flow.to_dict(), "at": now.isoformat()})
        return osu.dumps(command) if command else b""

    def update(self, udid: str, target: str) -> tuple[int, str, bytes]:
        """Begin an update, unless one is under way or the device would refuse it."""
        record = self.load(udid)
        if not record:
            return 404, "text/plain", b"no such device"
        if "flow" in record and not load_flow(record["flow"]).done:
            return 409, "text/plain", b"an update is under way"
        device = read_device(record["facts"])
        if device.os_version >= osu.OSVersion(target):
            return 200, "text/plain", b"it has that version already"
        flow = UpdateFlow(device, target, policy=self.policy, udid=udid)
        if flow.findings:
            said = "\n".join(f"{finding.message}. {finding.hint}" for finding in flow.findings)
            return 409, "text/plain", said.encode()
        self.save(udid, record | {"flow": flow.to_dict(), "target": target})
        return 202, "text/plain", b"begun"

    def show(self, udid: str) -> tuple[int, str, bytes]:
        """Tell where an update stands."""
        record = self.load(udid)
        if "flow" not in record:
            return 404, "text/plain", b"no update"
        flow = load_flow(record["flow"])
        told = {"state": flow.state, "history": [event.to_dict() for event in flow.history]}
        return 200, "application/json", json.dumps(told).encode()

    def load(self, udid: str | None) -> dict[str, Any]:
        """Get from the database what is known of a device: nothing, if it has not enrolled."""
        query = "SELECT record FROM devices WHERE udid = ?"
        row = self.database.execute(query, (udid,)).fetchone()
        return dict(json.loads(row[0])) if row else {}

    def save(self, udid: str | None, record: dict[str, Any]) -> None:
        """Put into the database what is known of a device."""
        row = (udid, json.dumps(record))
        self.database.execute("REPLACE INTO devices VALUES (?, ?)", row)


def faster(speed: float) -> Policy:
    """The usual policy, with waiting times that many times shorter."""
    usual = Policy()
    names = ("poll_every", "poll_at_most", "scan_time", "retry_after", "answer_within")
    times = {name: getattr(usual, name) / speed for name in names}
    return Policy(**times, back_off=[time / speed for time in usual.back_off])


def app() -> Callable[..., Any]:
    """Make the server, for ``uvicorn --factory update_server:app``."""
    return UpdateServer("updates.sqlite", faster(float(os.environ.get("UPDATE_SPEED", "1"))))
