"""The update queue of an MDM server: an ASGI app that keeps its flows in SQLite.

Run it:             uvicorn --factory update_server:app
Request an update:  curl -X PUT 'http://127.0.0.1:8000/updates/UDID?target=17.4.1'
Show its progress:  curl http://127.0.0.1:8000/updates/UDID

UPDATE_SPEED=600 in the environment makes all waiting times 600 times shorter, for simulated
devices.

A real server also needs TLS with client certificates, a check that the certificate belongs to the
UDID, a limit on the size of requests, push notifications that wake a device at
``flow.wait_until``, and authentication for /updates.
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

TEXT, XML = "text/plain", "application/xml; charset=UTF-8"


class UpdateServer:
    """An ASGI app with two resources: /mdm for devices, /updates for administrators."""

    def __init__(self, path: str | Path, policy: Policy | None = None) -> None:
        self.database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.policy = policy or Policy()
        self.database.execute("CREATE TABLE IF NOT EXISTS devices (udid PRIMARY KEY, record)")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Handle an ASGI connection. Only HTTP requests are supported."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        status, content_type, content = self.handle(scope, body)
        headers = [(b"content-type", content_type.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def handle(self, scope: dict[str, Any], body: bytes) -> tuple[int, str, bytes]:
        """Handle a request and return the status, the content type and the body."""
        content_type = dict(scope["headers"]).get(b"content-type", b"")
        try:
            match (scope["method"], *scope["path"].strip("/").split("/")):
                case ("PUT", "mdm") if b"aspen-mdm-checkin" in content_type:
                    self.check_in(body)
                    return 200, XML, b""
                case ("PUT", "mdm"):
                    return 200, XML, self.connect(body)
                case ("PUT", "updates", udid):
                    query = parse_qs(scope["query_string"].decode())
                    return self.update(udid, query.get("target", [""])[0])
                case ("GET", "updates", udid):
                    return self.show(udid)
        except ValueError as error:  # the request is malformed
            return 400, TEXT, str(error).encode()
        return 404, TEXT, b"not found"

    def check_in(self, body: bytes) -> None:
        """Process a check-in message. Authenticate begins an enrollment.

        Raises:
            ValueError: the body is not such a message.
        """
        try:
            message = plistlib.loads(body)
        except Exception as error:  # plistlib has no common base class for its errors
            raise ValueError("expected a property list") from error
        if not isinstance(message, dict):
            raise ValueError("expected a dictionary")
        if message.get("MessageType") == "Authenticate":
            names = ("UDID", "ProductName", "OSVersion")
            udid, *values = (message.get(name) for name in names)
            if not all(isinstance(value, str) for value in (udid, *values)):
                raise ValueError(f"expected strings for {', '.join(names)}")
            # This replaces the record of an earlier enrollment, with its update.
            self.save(udid, {"facts": dict(zip(names[1:], values, strict=True))})

    def connect(self, body: bytes) -> bytes:
        """Process a response and return the next command, or nothing.

        Raises:
            ValueError: the body is not a response.
        """
        response = osu.loads(body, osu.Response)
        record = self.load(response.udid)
        if response.is_from_user_channel or "flow" not in record:
            return b""
        flow, now = load_flow(record["flow"]), dt.datetime.now(dt.timezone.utc)
        if flow.done or not isinstance(flow, UpdateFlow):
            return b""
        # A flow does not accept an earlier time than before, which a clock set back would give.
        now = max(now, dt.datetime.fromisoformat(record.get("at", now.isoformat())))
        flow.receive(response, now)
        command = None if flow.done else flow.next_command(now)
        if flow.state is State.FINISHED:
            record["facts"]["OSVersion"] = record["target"]
        # Store the flow before the command is sent: a command that is lost is sent again.
        self.save(response.udid, record | {"flow": flow.to_dict(), "at": now.isoformat()})
        return osu.dumps(command) if command else b""

    def update(self, udid: str, target: str) -> tuple[int, str, bytes]:
        """Begin an update, unless another one is in progress or the device would reject it.

        Raises:
            ValueError: the target is not a version, or the device is of an unknown kind.
        """
        version = osu.OSVersion(target)
        record = self.load(udid)
        if not record:
            return 404, TEXT, b"unknown device"
        if "flow" in record and not load_flow(record["flow"]).done:
            return 409, TEXT, b"an update is in progress"
        device = read_device(record["facts"])
        if device.os_version >= version:
            return 200, TEXT, b"the device already has this version"
        flow = UpdateFlow(device, version, policy=self.policy, udid=udid)
        if flow.findings:
            reasons = [f"{finding.message}. {finding.hint}" for finding in flow.findings]
            return 409, TEXT, "\n".join(reasons).encode()
        self.save(udid, record | {"flow": flow.to_dict(), "target": target})
        return 202, TEXT, b"the update has begun"

    def show(self, udid: str) -> tuple[int, str, bytes]:
        """Return the state and the history of an update as JSON."""
        record = self.load(udid)
        if "flow" not in record:
            return 404, TEXT, b"no update"
        flow = load_flow(record["flow"])
        content = {"state": flow.state, "history": [event.to_dict() for event in flow.history]}
        return 200, "application/json", json.dumps(content).encode()

    def load(self, udid: str | None) -> dict[str, Any]:
        """Load the record of a device. It is empty if the device is not enrolled."""
        query = "SELECT record FROM devices WHERE udid = ?"
        row = self.database.execute(query, (udid,)).fetchone()
        return dict(json.loads(row[0])) if row else {}

    def save(self, udid: str | None, record: dict[str, Any]) -> None:
        """Save the record of a device."""
        row = (udid, json.dumps(record))
        self.database.execute("REPLACE INTO devices VALUES (?, ?)", row)


def faster(speed: float) -> Policy:
    """Return the default policy with waiting times divided by ``speed``."""
    default = Policy()
    names = ("poll_every", "poll_at_most", "scan_time", "retry_after", "response_timeout")
    times = {name: getattr(default, name) / speed for name in names}
    return Policy(**times, back_off=[time / speed for time in default.back_off])


def app() -> Callable[..., Any]:
    """Create the server for ``uvicorn --factory update_server:app``."""
    return UpdateServer("updates.sqlite", faster(float(os.environ.get("UPDATE_SPEED", "1"))))
