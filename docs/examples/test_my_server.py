"""Check the server against the obligations of the protocol: ``pytest test_my_server.py``."""

import datetime as dt

from my_server import Server

from mdm_osupdate.conformance import Refused, ServerConformance


class Adapter:
    """Connects the conformance suite to the server."""

    def __init__(self) -> None:
        self.server = Server()

    def enqueue(self, udid: str, command: bytes) -> None:
        """Queue a command."""
        self.server.enqueue(udid, command)

    def connect(self, udid: str, message: bytes) -> bytes:
        """Send a message of a device and return the body of the response."""
        try:
            return self.server.connect(udid, message, dt.datetime.now(dt.timezone.utc))
        except ValueError as error:
            raise Refused(400) from error  # the web framework's job: 400 Bad Request


class TestMyServer(ServerConformance):
    """Has one test for each obligation."""

    def server(self) -> Adapter:
        """Return a new server."""
        return Adapter()
