"""``mdm-osupdate simulate server``: simulated devices that talk to servers on loopback."""

import asyncio
import datetime as dt
import importlib.util
import itertools
import json
import plistlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest
from asgi import Running, server_certificate
from declarative import DeclarationServer

import mdm_osupdate as osu
from mdm_osupdate.cli._connection import Connection, ServerError
from mdm_osupdate.cli._identities import read_authority
from mdm_osupdate.cli._server import Server, enrollment
from mdm_osupdate.cli._server_options import state_file
from mdm_osupdate.cli._simulate_server import Pace, Run, udids
from mdm_osupdate.declarations import (
    Declaration,
    ManagementStatusSubscriptions,
    SoftwareUpdateEnforcementSpecific,
)
from mdm_osupdate.flow import Policy
from mdm_osupdate.simulator import Behavior, SimulatedDevice, offer

Cli = Callable[..., tuple[int, str, str]]
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("update_server", EXAMPLES / "update_server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def serve() -> Iterator[Callable[..., Running]]:
    """Serve ASGI apps until the test ends."""
    running: list[Running] = []

    def start(app: Any, **options: Any) -> Running:
        running.append(Running(app, **options))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def quick(example: ModuleType, tmp_path: Path) -> Iterator[Any]:
    """The example's server, with waits of a tenth of a second."""
    tenth = dt.timedelta(seconds=0.1)
    policy = Policy(poll_every=tenth, poll_at_most=tenth, scan_time=tenth, back_off=[tenth])
    server = example.UpdateServer(tmp_path / "updates.sqlite", policy)
    yield server
    server.database.close()


def authenticate(udid: object) -> bytes:
    facts = {"ProductName": "iPhone15,2", "OSVersion": "17.3"}
    return plistlib.dumps({"MessageType": "Authenticate", "UDID": udid, **facts})


def idle(**keys: object) -> bytes:
    return plistlib.dumps({"Status": "Idle", **keys})


class TestTheExample:
    """The responses of the small server to clients that violate the protocol."""

    @pytest.mark.parametrize(
        ("method", "path", "kind", "body", "status"),
        [
            ("PUT", "/mdm", "application/x-apple-aspen-mdm", b"<", 400),
            ("PUT", "/mdm", "application/x-apple-aspen-mdm-checkin", b"<", 400),
            (
                "PUT",
                "/mdm",
                "application/x-apple-aspen-mdm-checkin",
                b"<plist><array/></plist>",
                400,
            ),
            *(
                ("PUT", "/mdm", "application/x-apple-aspen-mdm-checkin", authenticate(udid), 400)
                for udid in (5, 2**63, {"A": "B"}, b"A", ["A"])
            ),
            ("PUT", "/mdm", "", idle(UDID={"A": "B"}), 200),
            ("PUT", "/mdm", "", idle(UDID="A", CommandUUID={"A": "B"}), 200),
            ("PUT", "/mdm", "", idle(UDID="A", Status=["Idle"]), 400),
            ("PUT", "/updates/A", "", b"", 400),
            ("PUT", "/updates/A?target=17.4", "", b"", 404),
            ("GET", "/updates/A", "", b"", 404),
            ("GET", "/", "", b"", 404),
        ],
    )
    def test_response(
        self,
        quick: Any,
        serve: Callable[..., Running],
        method: str,
        path: str,
        kind: str,
        body: bytes,
        status: int,
    ) -> None:
        url = f"http://127.0.0.1:{serve(quick).port}{path}"
        headers = {"Content-Type": kind}
        assert httpx.request(method, url, content=body, headers=headers).status_code == status

    def test_device_that_does_not_support_the_commands(
        self, cli: Cli, quick: Any, serve: Callable[..., Running]
    ) -> None:
        url = f"http://127.0.0.1:{serve(quick).port}/mdm"
        cli(
            "simulate",
            "server",
            "--url",
            url,
            "--for",
            "0",
            "--os-version",
            "27.0",
            "--target",
            "27.1",
        )
        page = url.replace("/mdm", f"/updates/{server_names(url, 1)[0]}?target=27.1")
        answer = httpx.put(page)
        assert answer.status_code == 409
        assert "softwareupdate.enforcement.specific" in answer.text

    def test_progress_on_a_terminal(
        self,
        cli: Cli,
        quick: Any,
        serve: Callable[..., Running],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        url = f"http://127.0.0.1:{serve(quick).port}/mdm"
        _, _, err = cli("simulate", "server", "--url", url, "--for", "0", "--devices", "2")
        lines = err.split("\r\x1b[K")
        assert "0 of 2 (0%) devices updated" in lines
        # What a device says may follow the last count, which is removed by then.
        assert "devices updated" not in lines[-1]

    def test_restart_preserves_the_queue(self, example: ModuleType, tmp_path: Path) -> None:
        path = tmp_path / "updates.sqlite"
        server = example.UpdateServer(path)
        server.check_in(authenticate("A"))
        server.update("A", "17.4.1")
        assert server.connect(idle(UDID="A", UserID="U")) == b""
        first = server.connect(idle(UDID="A"))
        assert osu.loads_command(first).request_type == "AvailableOSUpdates"
        again = example.UpdateServer(path)
        assert again.connect(idle(UDID="A", CommandUUID={"A": "B"})) == first
        assert again.connect(idle(UDID="B")) == b""
        server.database.close()
        again.database.close()

    def test_life_of_a_device(self, example: ModuleType, tmp_path: Path) -> None:
        """A clock set back, an update asked for twice, and another one after the first."""
        hour = dt.timedelta(hours=1)
        server = example.UpdateServer(tmp_path / "updates.sqlite")
        phone_at = osu.Device("iOS", "17.3")
        phone = SimulatedDevice(phone_at, [offer(phone_at, "17.4.1")], udid="A")
        for message in enrollment(phone_at, "A", "t"):
            server.check_in(message)
        assert server.update("A", "17.4.1")[0] == 202
        times = [0, 1, -5, -4, 2, 3, 4, 5, 6, 7, 8, 9]
        began = dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)
        with pytest.MonkeyPatch.context() as patch:
            for number, time_shown in enumerate(times):
                patch.setattr(example, "dt", clock_at(began + time_shown * hour))
                body: bytes | None = osu.dumps(osu.Response(status="Idle", udid="A"))
                while body is not None:
                    body = phone.handle(server.connect(body), began + number * hour)
                if number == 3:
                    assert server.update("A", "17.4.1")[::2] == (409, b"an update is in progress")
        assert json.loads(server.show("A")[2])["state"] == "finished"
        assert server.update("A", "17.4.1")[::2] == (200, b"the device already has this version")
        assert server.update("A", "17.5")[0] == 202
        server.database.close()

    @pytest.mark.parametrize(
        ("name", "option", "url", "path"),
        [
            (
                "tutorial/first-server",
                "8000/mdm",
                "8000/mdm",
                "/updates/{udid}?target=17.4.1'",
            ),
            ("how-to/simulate", "9000", "9000/mdm", "/v1/enqueue/{udid}?nopush=1'"),
        ],
    )
    def test_documented_udid_is_deterministic(
        self, name: str, option: str, url: str, path: str
    ) -> None:
        page = (EXAMPLES.parent / f"{name}.md").read_text()
        base = "http://127.0.0.1:"
        assert f"--url {base}{option} " in page
        assert path.replace("{udid}", server_names(base + url, 1)[0]) in page

    def test_runs_under_uvicorn(
        self, example: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("UPDATE_SPEED", "600")
        server = example.app()
        assert server.policy.poll_every == dt.timedelta(seconds=1.5)
        server.database.close()


def clock_at(now: dt.datetime) -> Any:
    """The module ``datetime``, whose clock shows that time."""

    class Clock(dt.datetime):
        @classmethod
        def now(cls, _: Any = None) -> Any:
            return now

    return SimpleNamespace(datetime=Clock, timezone=dt.timezone)


def serving_declarations(server: DeclarationServer) -> Any:
    """An ASGI app for one device: NanoMDM with KMFDDM behind it."""
    queue = [server.command()]

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        said = plistlib.loads(body)
        status, answer = 200, b""
        if said.get("Status") == "Idle" and queue:
            answer = queue.pop()
        elif said.get("MessageType") == "DeclarativeManagement":
            found = server.respond(said["Endpoint"], said.get("Data"))
            # NanoMDM turns KMFDDM's 404 into this.
            status, answer = (500, b"DM hook") if found is None else (200, found)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    return app


class TestDeclarations:
    ON_27 = ("--platform", "macOS", "--os-version", "27.0", "--target", "27.1")

    def declarations(self) -> list[Declaration]:
        enforcement = SoftwareUpdateEnforcementSpecific(
            target_os_version="27.1",
            target_local_date_time=osu.LocalDateTime("2026-12-01T19:00:00"),
        )
        subscription = ManagementStatusSubscriptions.for_software_updates()
        pairs = [[d, d.activation()] for d in (enforcement, subscription)]
        return [declaration for pair in pairs for declaration in pair]

    def test_update_a_mac_on_27(self, cli: Cli, serve: Callable[..., Running]) -> None:
        server = DeclarationServer(self.declarations())
        url = f"http://127.0.0.1:{serve(serving_declarations(server)).port}/mdm"
        status, out, _ = cli("simulate", "server", "--url", url, *self.ON_27, *LIVES)
        assert (status, out) == (0, "1 of 1 devices updated\n")
        assert server.reports[-1]["device"]["operating-system"]["version"] == "27.1"

    def test_missing_declaration_is_reported(self, cli: Cli, serve: Callable[..., Running]) -> None:
        server = DeclarationServer(self.declarations())
        gone = next(endpoint for endpoint in server.documents if "enforcement" in endpoint)
        server.refused = {gone}
        url = f"http://127.0.0.1:{serve(serving_declarations(server)).port}/mdm"
        one_session = ("--for", "60", "--every", "61")
        status, out, err = cli("simulate", "server", "--url", url, *one_session, *self.ON_27)
        assert status == 1
        assert "the server lacks the " in out
        assert f"{gone}: HTTP 500 Internal Server Error: DM hook; retrying" in err

    def test_server_disappears(self, serve: Callable[..., Running]) -> None:
        now = dt.datetime.now(dt.timezone.utc)
        device = SimulatedDevice(osu.Device("macOS", "27.0"), udid="A")
        device.handle(DeclarationServer().command(with_tokens=False), now)
        running = serve(answering((200, "")))
        server = server_at(f"http://127.0.0.1:{running.port}/mdm")

        async def synchronize() -> None:
            http = server.http()
            connection = Connection(
                device=device,
                client=server.client("A", http),
                now=lambda: now,
                slots=asyncio.Semaphore(1),
                back_off=0,
                ends=time.monotonic() + 60,
                warn=print,
            )
            try:
                await connection.synchronize()
            finally:
                await http.close()

        running.stop()
        with pytest.raises(ServerError, match="attempts failed"):
            asyncio.run(synchronize())


LIVES = ("--for", "60", "--every", "0.1", "--speed", "3600")


class TestServer:
    def test_device_enrolls_and_is_updated(
        self, cli: Cli, quick: Any, serve: Callable[..., Running]
    ) -> None:
        server = serve(quick)
        url = f"http://127.0.0.1:{server.port}/mdm"
        [udid] = server_names(url, 1)
        ask_when_enrolled(url, udid, "17.4.1")
        status, out, err = cli("simulate", "server", "--url", url, "--format", "json", *LIVES)
        assert status == 0
        assert err == f"enrolled  {udid}  iOS 17.3\nupdated   {udid}  iOS 17.4.1\n"
        outcome = {
            "udid": udid,
            "os_version": "17.4.1",
            "target": "17.4.1",
            "error": None,
            "reason": None,
        }
        assert json.loads(out) == {"version": 1, "devices": [outcome]}
        told = httpx.get(url.replace("/mdm", f"/updates/{udid}")).json()
        assert told["state"] == "finished"
        puts = [r for r in server.requests if r["path"] == "/mdm"]
        types = [dict(r["headers"])[b"content-type"] for r in puts]
        assert {r["method"] for r in puts} == {"PUT"}
        assert types[:2] == [b"application/x-apple-aspen-mdm-checkin"] * 2
        assert set(types[2:]) == {b"application/x-apple-aspen-mdm"}

    def test_server_without_commands(
        self, cli: Cli, quick: Any, serve: Callable[..., Running]
    ) -> None:
        url = f"http://127.0.0.1:{serve(quick).port}/mdm"
        status, out, _ = cli("simulate", "server", "--url", url, "--for", "0", "--devices", "3")
        reason = "3 devices: the server sent no command that updates the device"
        assert (status, out) == (1, f"0 of 3 devices updated\n  {reason}\n")

    def test_tls_identity(
        self, cli: Cli, quick: Any, serve: Callable[..., Running], tmp_path: Path
    ) -> None:
        ca, key = state_file("ca.pem"), state_file("ca.key")
        own = server_certificate(read_authority(ca, key), tmp_path)
        verified = {"ssl_ca_certs": str(ca), "ssl_cert_reqs": ssl.CERT_REQUIRED}
        server = serve(quick, ssl_certfile=own, **verified)
        url = f"https://localhost:{server.port}/mdm"
        status, out, err = cli("simulate", "server", "--url", url, "--for", "0", "--server-ca", ca)
        assert status == 1
        assert out.startswith("0 of 1 devices updated\n")
        assert err.startswith("enrolled")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--url", "ftp://a/b"], "expected an http or https URL"),
            (["--url", "http://a:b/"], "invalid URL"),
            (["--url", "http://name:secret@a:b/"], "invalid URL 'http://a:b/'"),
            (["--url", "http://name:sec/ret@a/?key=secret"], "invalid URL 'http://a/?…'"),
            (["--url", "http://a/", "--cert-header", "X Y"], "invalid header name"),
            (["--url", "http://a/", "--speed", "inf"], "--speed"),
        ],
    )
    def test_invalid_options(self, cli: Cli, arguments: list[str], said: str) -> None:
        status, _, err = cli("simulate", "server", *arguments)
        assert status == 2
        assert said in err

    def test_without_the_extra(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "mdm_osupdate.cli._server", None)
        status, _, err = cli("simulate", "server", "--url", "http://127.0.0.1:1/mdm")
        assert status == 2
        assert "pip install 'mdm-osupdate[cli,simulate]'" in err
        assert "pip install 'mdm-osupdate[cli,simulate]'" in cli("simulate", "ca")[2]


def server_names(url: str, count: int) -> list[str]:
    return [*itertools.islice(udids(url), count)]


def server_at(url: str, check_in_url: str | None = None) -> Server:
    return Server.of(
        url=url,
        check_in_url=check_in_url,
        ca=state_file("ca.pem"),
        ca_key=state_file("ca.key"),
        server_ca=None,
        cert_header=None,
        cert_header_format="nginx",
        topic="t",
    )


def ask_when_enrolled(url: str, udid: str, target: str) -> None:
    """Ask for an update as soon as the device is known."""

    def ask() -> None:
        page = url.replace("/mdm", f"/updates/{udid}?target={target}")
        while httpx.put(page).status_code != 202:
            time.sleep(0.05)

    threading.Thread(target=ask).start()


def answering(
    *answers: tuple[int, str], body: bytes = b"", headers: Sequence[tuple[bytes, bytes]] = ()
) -> Any:
    """An ASGI app that gives these statuses and locations in turn, and the last one ever after.

    The body, if there is one, is for those who connect.
    """
    left = list(answers)

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        status, location = left.pop(0) if len(left) > 1 else left[0]
        extra = [(b"location", location.encode())] if location else []
        connects = dict(scope["headers"])[b"content-type"] == b"application/x-apple-aspen-mdm"
        start = {"type": "http.response.start", "status": status, "headers": [*headers, *extra]}
        await send(start)
        await send({"type": "http.response.body", "body": body if connects else b""})

    return app


class TestFaultyServers:
    def test_error_and_exit_status(self, cli: Cli, serve: Callable[..., Running]) -> None:
        url = f"http://127.0.0.1:{serve(answering((404, ''))).port}/mdm"
        status, out, err = cli("simulate", "server", "--url", url, "--for", "0")
        assert status == 2
        assert err.startswith(f"mdm-osupdate: {server_names(url, 1)[0]}: {url}: HTTP 404")
        assert out == "0 of 1 devices updated\n"

    def run(
        self, running: Running, check_in_url: str | None = None, **pace: float
    ) -> tuple[list[str], int]:
        url = f"http://127.0.0.1:{running.port}/mdm"
        return self.run_at(url, check_in_url, **pace), len(running.requests)

    def run_at(self, url: str, check_in_url: str | None = None, **pace: float) -> list[str]:
        device = SimulatedDevice(osu.Device("iOS", "17.3"), udid="A")
        usual: dict[str, Any] = {"seconds": 0, "every": 0.1, "speed": 1, "back_off": 0.01}
        run = Run(
            server_at(url, check_in_url),
            Pace(**usual | pace, concurrency=2),
            {"A": osu.OSVersion("18.0")},
        )
        return [str(error) for error in asyncio.run(run.devices([device])).values()]

    @pytest.mark.parametrize("status", [500, 503, 408, 429])
    def test_temporary_fault(self, serve: Callable[..., Running], status: int) -> None:
        """However long it lasts: a device keeps what it has to say until the server takes it."""
        running = serve(answering(*[(status, "")] * 6, (200, "")))
        wrong, requests = self.run(running, seconds=60, every=60)  # it ends after one session
        assert (wrong, requests) == ([], 9)

    def test_permanent_fault(
        self,
        serve: Callable[..., Running],
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        began, readings = time.monotonic(), itertools.count()
        clock = SimpleNamespace(monotonic=lambda: began + 1000 * next(readings))
        monkeypatch.setattr("mdm_osupdate.cli._connection.time", clock)
        [wrong], requests = self.run(serve(answering((500, ""))), seconds=9500)
        assert "HTTP 500" in wrong
        assert requests == 6  # the clock is read twice for each
        assert capsys.readouterr().err.count("HTTP 500") == 1

    @pytest.mark.parametrize("when", ["3600", "Wed, 02 Mar 2130 09:00:00 GMT"])
    def test_retry_after(self, serve: Callable[..., Running], when: str) -> None:
        running = serve(answering((429, ""), headers=[(b"retry-after", when.encode())]))
        [wrong], requests = self.run(running, seconds=60)
        assert "HTTP 429" in wrong
        assert requests == 1

    def test_invalid_retry_after(self, serve: Callable[..., Running]) -> None:
        running = serve(answering((429, ""), (200, ""), headers=[(b"retry-after", b"soon")]))
        assert self.run(running, seconds=60, every=60)[0] == []

    @pytest.mark.parametrize("body", [b"ok", b"<plist><dict/></plist>", b"<plist><array/></plist>"])
    def test_not_a_command(self, serve: Callable[..., Running], body: bytes) -> None:
        [wrong], requests = self.run(serve(answering((200, ""), body=body)), seconds=60)
        assert "sent something other than a command: b'" in wrong
        assert requests == 3

    def test_error_without_hint(self, cli: Cli, serve: Callable[..., Running]) -> None:
        url = f"http://127.0.0.1:{serve(answering((200, ''), body=b'ok')).port}/mdm"
        status, _, err = cli("simulate", "server", "--url", url, "--for", "0")
        assert status == 2
        assert err.splitlines()[1:] == [
            f"mdm-osupdate: {server_names(url, 1)[0]}: {url} sent something other than a command: "
            "b'ok'"
        ]

    def test_commands_without_end(
        self, serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mdm_osupdate.cli._connection._MOST_COMMANDS", 7)
        body = osu.dumps(osu.OSUpdateStatusCommand())
        [wrong], requests = self.run(serve(answering((200, ""), body=body)), seconds=60)
        assert "has sent 7 commands in one session" in wrong
        assert requests == 2 + 7

    def test_commands_until_the_time_limit(self, serve: Callable[..., Running]) -> None:
        body = osu.dumps(osu.OSUpdateStatusCommand())
        assert self.run(serve(answering((200, ""), body=body))) == ([], 3)

    def test_passwords_are_redacted(self, serve: Callable[..., Running]) -> None:
        port = serve(answering((500, ""))).port
        [wrong] = self.run_at(f"http://name:secret@127.0.0.1:{port}/mdm")
        assert wrong == f"http://127.0.0.1:{port}/mdm: HTTP 500 Internal Server Error"

    def test_client_error_is_not_retried(self, serve: Callable[..., Running]) -> None:
        [wrong], requests = self.run(serve(answering((404, ""))), seconds=60)
        assert "HTTP 404" in wrong
        assert requests == 1

    def test_401_ends_management(self, serve: Callable[..., Running]) -> None:
        [wrong], _ = self.run(serve(answering((401, ""))), seconds=60)
        assert "removes its MDM profile" in wrong

    def test_redirect_on_the_same_host(self, serve: Callable[..., Running]) -> None:
        running = serve(answering((307, "/other"), (200, "")))
        assert self.run(running)[0] == []
        assert [request["path"] for request in running.requests][:2] == ["/mdm", "/other"]

    def test_redirect_to_another_host(self, serve: Callable[..., Running]) -> None:
        [wrong], requests = self.run(serve(answering((301, "http://example.com/"))), seconds=60)
        assert "redirects to http://example.com:80, which is another host" in wrong
        assert requests == 1

    def test_redirect_loop(self, serve: Callable[..., Running]) -> None:
        [wrong], _ = self.run(serve(answering((302, "/mdm"))), seconds=60)
        assert "redirects too often" in wrong

    def test_check_in_url(self, serve: Callable[..., Running]) -> None:
        running = serve(answering((200, "")))
        other = f"http://127.0.0.1:{running.port}/checkin"
        assert self.run(running, check_in_url=other)[0] == []
        assert [r["path"] for r in running.requests] == ["/checkin", "/checkin", "/mdm"]

    def test_redirect_without_valid_location(self, serve: Callable[..., Running]) -> None:
        [wrong], _ = self.run(serve(answering((302, "http://a:b/"))))
        assert "Invalid port" in wrong

    def test_no_server(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        [wrong] = self.run_at(f"http://127.0.0.1:{port}/mdm")
        assert wrong.startswith("http://127.0.0.1")

    def test_equal_errors_are_printed_once(self, cli: Cli, serve: Callable[..., Running]) -> None:
        url = f"http://127.0.0.1:{serve(answering((404, ''))).port}/mdm"
        status, out, err = cli(
            "simulate", "server", "--url", url, "--devices", "3", "--format", "json"
        )
        assert status == 2
        told, hint = err.splitlines()
        assert told == f"mdm-osupdate: 3 devices: {url}: HTTP 404 Not Found"
        assert hint.startswith(f"    The server must trust {state_file('ca.pem')}, and take ident")
        errors = {device["error"] for device in json.loads(out)["devices"]}
        assert errors == {f"{url}: HTTP 404 Not Found"}

    def test_no_connection_during_restart(self) -> None:
        device = osu.Device("iOS", "17.3")
        phone = SimulatedDevice(device, [offer(device, "17.4")], Behavior())
        now = dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)
        item = osu.UpdatesItem(install_action="Default", product_version="17.4")
        later = now + phone.behavior.download_time
        for moment in now, later:
            phone.answer(osu.ScheduleOSUpdateCommand([item]), moment)
        nowhere: Any = None
        connection = Connection(
            device=phone,
            client=nowhere,
            now=lambda: later,
            slots=nowhere,
            back_off=0,
            ends=0,
            warn=nowhere,
        )
        # It would fail without a client.
        assert asyncio.run(connection.session()) == 0
