"""An endpoint of an MDM server that rejects commands that the device does not support."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import mdm_osupdate as osu

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


class Enqueue:
    """A WSGI application: ``PUT /<udid>`` with a command's property list as the body."""

    def __init__(
        self, devices: Mapping[str, osu.Device], queue: Callable[[str, bytes], object]
    ) -> None:
        self.devices = devices
        self.queue = queue

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Queue the command, or respond with the reasons."""
        udid = environ["PATH_INFO"].strip("/")
        device = self.devices.get(udid)
        if device is None:
            return problem(start, "404 Not Found", {"title": "Unknown device"})
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return problem(start, "400 Bad Request", {"title": "Content-Length is not a number"})
        if length > osu.Limits().size:
            return problem(start, "413 Content Too Large", {"title": "The command is too large"})
        command = environ["wsgi.input"].read(length)
        try:
            osu.loads_command(command)  # raises for responses, which validate accepts
            report = osu.validate(command, device)
        except osu.DecodeError as error:
            report = osu.Report(error.findings)
        if errors := report.errors:  # other MDM commands are not errors
            title = "The device does not support this command"
            reasons = [
                {"rule": e.rule, "path": e.path, "detail": e.message, "hint": e.hint}
                for e in errors
            ]
            members = {"title": title, "findings": reasons}
            return problem(start, "422 Unprocessable Content", members)
        self.queue(udid, command)
        start("202 Accepted", [("Content-Length", "0")])
        return []


def problem(start: StartResponse, status: str, members: dict[str, Any]) -> Iterable[bytes]:
    """Respond with a problem document (RFC 9457)."""
    body = json.dumps({"status": int(status[:3]), **members}).encode()
    start(
        status, [("Content-Type", "application/problem+json"), ("Content-Length", str(len(body)))]
    )
    return [body]
