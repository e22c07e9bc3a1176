"""``mdm-osupdate simulate``, in memory and against a server."""

import asyncio
import datetime as dt
import importlib.util
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from asgi import Running, server_certificate
from cryptography import x509

import mdm_osupdate as osu
from mdm_osupdate.cli._connection import Connection, check_in_messages
from mdm_osupdate.cli._identities import authority
from mdm_osupdate.cli._server import Server
from mdm_osupdate.flow import Policy
from mdm_osupdate.simulator import Behavior, SimulatedDevice, offer

Cli = Callable[..., tuple[int, str, str]]
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


class TestOneDevice:
    def test_the_timeline_of_an_iphone(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "--passcode", "--deferrals", "2", "--loses-answer")
        assert status == 0
        assert out.startswith("iOS 17.3, to be updated to 17.4.1\n\nday 1\n")
        assert "\n  downloading: The server polls the progress" in out
        assert "  09:30  server  ScheduleOSUpdate Default iOSUpdate21E80\n" in out
        assert "more times\nday 3\n" in out
        assert out.endswith("\nfinished: installed\n")

    def test_a_deferral_that_no_answer_tells(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--passcode", "--deferrals", "2")
        assert out.count("         user    defers the installation by a day\n") == 2
        assert out.count("The server does not learn this") == 1

    def test_an_answer_lost_and_not_now(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--loses-answer", "--not-now-every", "4")
        assert "device  (no response: the device restarts)" in out
        assert "(again, with the same CommandUUID)" in " ".join(out.split())
        assert "The device cannot act now" in out

    @pytest.mark.parametrize("nature", [("--not-now-every", "1"), ("--no-space", "1000")])
    def test_what_repeats_itself_is_told_once(self, cli: Cli, nature: tuple[str, ...]) -> None:
        _, out, _ = cli("simulate", "--days", "3", *nature)
        assert out.count("  server  ") <= 2
        assert re.search(r"… the same exchange \d+ more times", out)

    def test_each_exchange_with_the_documents(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--no-space", "1000", "-v")
        assert "the same exchange" not in out
        assert out.count("<string>ScheduleOSUpdate</string>") == 13

    def test_a_state_entered_again_is_not_explained_again(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--failing-installs", "1")
        assert out.count("\n\n  downloading: ") == out.count("\n\n  downloading\n") == 1

    def test_times_run_forward_within_a_day(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--failing-installs", "5")
        assert "day 2" in out
        for day in out.split("\nday ")[1:]:
            times = re.findall(r"^  (\d\d:\d\d)  ", day, re.MULTILINE)
            assert times == sorted(times)

    def test_an_update_that_takes_the_commands_away(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "--os-version", "26.4", "--target", "27.0")
        assert status == 0
        assert "rejecting them means that the update is installed" in " ".join(out.split())
        assert "any more means" not in cli("simulate", "--os-version", "11.3")[1]

    @pytest.mark.parametrize(("columns", "width"), [("44", 44), ("200", 80)])
    def test_lines_fit_a_terminal(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch, columns: str, width: int
    ) -> None:
        monkeypatch.setenv("COLUMNS", columns)
        _, out, _ = cli("simulate", "--no-space", "3", "--loses-answer")
        assert max(map(len, out.splitlines())) <= width
        _, out, _ = cli("simulate", "--devices", "20", "--declaration-managed")
        assert max(map(len, out.splitlines())) <= width

    def test_a_mac_whose_user_puts_it_off(self, cli: Cli) -> None:
        _, out, _ = cli(
            *("simulate", "--platform", "macOS", "--action", "InstallLater"),
            *("--max-user-deferrals", "3", "--deferrals", "2", "--no-space", "3"),
        )
        assert "A Mac lists only what its last scan found" in out
        assert "→ the user has deferred the installation; 1 deferral left" in out
        assert "→ blocked: not enough space for the download" in out

    def test_an_error(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "--os-version", "11.3", "--target", "11.3.1")
        assert status == 0
        assert "device  Error: no update is available" in out

    def test_a_device_that_is_sent_nothing(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "--declaration-managed")
        assert status == 1
        assert "failed: a declaration manages the updates of this device" in out

    def test_a_device_on_27_is_sent_nothing(self, cli: Cli) -> None:
        status, out, _ = cli(
            "simulate", "--platform", "macOS", "--os-version", "27.0", "--target", "27.1"
        )
        assert status == 1
        assert "softwareupdate.enforcement.specific" in out

    def test_time_that_is_up(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "--days", "1", "--deferrals", "3", "--passcode")
        assert status == 1
        assert out.endswith("\nstill installing, waiting until day 2, 09:30\n")

    def test_the_property_lists(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--verbose", "--loses-answer")
        assert out.count("<plist version") == 13

    def test_json_for_programs(self, cli: Cli) -> None:
        told = json.loads(cli("simulate", "--platform", "macOS", "--format", "json")[1])
        assert told["state"] == "finished"
        assert [e["command"]["Command"]["RequestType"] for e in told["exchanges"]][:2] == [
            "ScheduleOSUpdateScan",
            "AvailableOSUpdates",
        ]

    def test_dates_and_lost_answers_in_json(self, cli: Cli) -> None:
        _, out, _ = cli(
            *("simulate", "--platform", "macOS", "--action", "InstallLater", "--format", "json"),
            *("--max-user-deferrals", "3", "--deferrals", "1"),
        )
        assert '"NextScheduledInstall": "2026-03-03T09:35:00"' in out
        lost = json.loads(cli("simulate", "--loses-answer", "--format", "json")[1])
        assert None in [exchange["answer"] for exchange in lost["exchanges"]]

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--target", "seventeen"], "invalid version"),
            (["--os-version", "x"], "invalid version"),
            (["--plot", "x.svg"], "--plot needs --devices"),
            (["--behavior", "mixed"], "--behavior needs --devices"),
            (["--seed", "1"], "--seed needs --devices"),
            (["--devices", "3", "-v"], "--verbose has no effect with --devices"),
            (["--for", "3"], "--for needs --url"),
            (["--check-in-url", "http://a/"], "--check-in-url needs --url"),
            (["--url", "http://a/", "--action", "InstallASAP"], "--action has no effect"),
            (["--url", "http://a/", "--max-user-deferrals", "1"], "--max-user-deferrals has no"),
            (["--url", "http://a/", "--days", "1"], "--days has no effect"),
            (["--url", "http://a/", "--plot", "x.svg"], "--plot has no effect"),
            (["--url", "http://a/", "-v"], "--verbose has no effect"),
            (
                ["--url", "http://a/", "--cert-header-format", "nginx"],
                "--cert-header-format needs --cert-header",
            ),
            (["--no-space", "nan"], "nan is not a number"),
            (["--no-space", "inf"], "--no-space"),
            (["--no-space", "1e12"], "--no-space"),
            (["--no-power", "-5"], "--no-power"),
            (["--days", "5000000000"], "--days"),
            (["--deferrals", "5000000000"], "--deferrals"),
            (["--max-user-deferrals", "5000000000"], "--max-user-deferrals"),
            (["--url", "http://a/", "--speed", "inf"], "--speed"),
        ],
    )
    def test_what_makes_no_sense(self, cli: Cli, arguments: list[str], said: str) -> None:
        status, _, err = cli("simulate", *arguments)
        assert status == 2
        assert said in err


class TestAFleet:
    def test_ends_with_a_table_a_chart_and_reasons(self, cli: Cli) -> None:
        status, out, _ = cli("simulate", "--devices", "40")
        assert status == 1
        assert re.search(r"platform +devices +finished +failed +waiting", out)
        assert re.search(r"  day  1  █+ +\d+%", out)
        assert "reasons for failure" in out

    def test_is_repeated_exactly_by_its_seed(self, cli: Cli) -> None:
        one, other = (cli("simulate", "--devices", "30", "--seed", seed) for seed in "11")
        assert one == other
        assert cli("simulate", "--devices", "30", "--seed", "2") != one

    def test_a_chart_of_bars_in_a_narrow_terminal(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "44")
        _, out, _ = cli("simulate", "--devices", "20", "--behavior", "calm")
        assert "\n  day  1  ██████████████████████████  100%\n" in out

    def test_a_cause_is_told_once(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--devices", "20", "--no-space", "1000")
        assert out.endswith("reasons for failure\n    20  not enough space for the download\n")

    def test_calm_ones_all_finish(self, cli: Cli) -> None:
        assert cli("simulate", "--devices", "9", "--behavior", "calm")[0] == 0

    def test_none_that_finishes(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--devices", "2", "--os-version", "27.0", "--target", "27.1")
        assert "day" not in out
        assert "finished by" not in out

    def test_json_alone(self, cli: Cli) -> None:
        _, out, _ = cli("simulate", "--devices", "5", "--format", "json")
        assert len(json.loads(out)) == 5

    def test_a_picture(self, cli: Cli, tmp_path: Path) -> None:
        picture = tmp_path / "fleet.svg"
        status, out, _ = cli("simulate", "--devices", "5", "--format", "json", "--plot", picture)
        assert {"platform", "state", "reason", "hours"} == set(json.loads(out)[0])
        assert "finished" in picture.read_text()
        assert status in (0, 1)


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


class TestTheExample:
    """What the little server answers to those who do not keep to the protocol."""

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
            ("PUT", "/updates/A", "", b"", 400),
            ("PUT", "/updates/A?target=17.4", "", b"", 404),
            ("GET", "/updates/A", "", b"", 404),
            ("GET", "/", "", b"", 404),
        ],
    )
    def test_gets_an_answer(
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

    def test_a_device_that_would_refuse_the_commands(
        self, cli: Cli, quick: Any, serve: Callable[..., Running]
    ) -> None:
        url = f"http://127.0.0.1:{serve(quick).port}/mdm"
        cli("simulate", "--url", url, "--for", "0", "--os-version", "27.0", "--target", "27.1")
        page = url.replace("/mdm", f"/updates/{server_names(url, 1)[0]}?target=27.1")
        answer = httpx.put(page)
        assert answer.status_code == 409
        assert "softwareupdate.enforcement.specific" in answer.text

    def test_a_restart_loses_nothing(self, example: ModuleType, tmp_path: Path) -> None:
        path = tmp_path / "updates.sqlite"
        server = example.UpdateServer(path)
        server.check_in(
            b"<plist><dict><key>MessageType</key><string>Authenticate</string>"
            b"<key>UDID</key><string>A</string><key>OSVersion</key><string>17.3</string>"
            b"<key>ProductName</key><string>iPhone15,2</string></dict></plist>"
        )
        server.update("A", "17.4.1")
        idle = osu.dumps(osu.Response(status="Idle", udid="A"))
        first = server.connect(idle)
        assert osu.loads_command(first).request_type == "AvailableOSUpdates"
        again = example.UpdateServer(path)
        assert again.connect(idle) == first
        assert again.connect(osu.dumps(osu.Response(status="Idle", udid="B"))) == b""
        server.database.close()
        again.database.close()

    def test_what_one_device_goes_through(self, example: ModuleType, tmp_path: Path) -> None:
        """A clock set back, an update asked for twice, and another one after the first."""
        hour = dt.timedelta(hours=1)
        server = example.UpdateServer(tmp_path / "updates.sqlite")
        phone_at = osu.Device("iOS", "17.3")
        phone = SimulatedDevice(phone_at, [offer(phone_at, "17.4.1")], udid="A")
        for message in check_in_messages(phone_at, "A", "t"):
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
                    assert server.update("A", "17.4.1")[::2] == (409, b"an update is under way")
        assert json.loads(server.show("A")[2])["state"] == "finished"
        assert server.update("A", "17.4.1")[::2] == (200, b"it has that version already")
        assert server.update("A", "17.5")[0] == 202
        server.database.close()

    def test_the_how_to_names_the_device_that_will_enrol(self) -> None:
        page = (EXAMPLES.parent / "how-to" / "update-a-device.md").read_text()
        url = "http://127.0.0.1:8000/mdm"
        assert f"--url {url} " in page
        assert f"/updates/{server_names(url, 1)[0]}?target=17.4.1'" in page

    def test_is_made_for_uvicorn(
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


LIVES = ("--for", "60", "--every", "0.1", "--speed", "3600")


class TestAgainstAServer:
    def test_a_device_enrols_and_is_updated(
        self, cli: Cli, quick: Any, serve: Callable[..., Running]
    ) -> None:
        server = serve(quick)
        url = f"http://127.0.0.1:{server.port}/mdm"
        [udid] = server_names(url, 1)
        ask_when_enrolled(url, udid, "17.4.1")
        status, out, err = cli("simulate", "--url", url, "--format", "json", *LIVES)
        assert status == 0
        assert err == f"enrolled  {udid}  iOS 17.3\nupdated   {udid}  iOS 17.4.1\n"
        assert json.loads(out) == [
            {"udid": udid, "os_version": "17.4.1", "target": "17.4.1", "error": None}
        ]
        told = httpx.get(url.replace("/mdm", f"/updates/{udid}")).json()
        assert told["state"] == "finished"
        puts = [r for r in server.requests if r["path"] == "/mdm"]
        types = [dict(r["headers"])[b"content-type"] for r in puts]
        assert {r["method"] for r in puts} == {"PUT"}
        assert types[:2] == [b"application/x-apple-aspen-mdm-checkin"] * 2
        assert set(types[2:]) == {b"application/x-apple-aspen-mdm"}

    def test_a_server_that_asks_for_nothing(
        self, cli: Cli, quick: Any, serve: Callable[..., Running]
    ) -> None:
        url = f"http://127.0.0.1:{serve(quick).port}/mdm"
        status, out, _ = cli("simulate", "--url", url, "--for", "0", "--devices", "3")
        assert (status, out) == (1, "0 of 3 devices updated\n")

    @pytest.mark.parametrize("form", ["nginx", "rfc9440"])
    def test_an_identity_in_a_header(
        self, cli: Cli, quick: Any, serve: Callable[..., Running], tmp_path: Path, form: str
    ) -> None:
        server = serve(quick)
        ca, key = tmp_path / "ca.pem", tmp_path / "ca.key"
        url = f"http://127.0.0.1:{server.port}/mdm"
        arguments = ("--url", url, "--for", "0", "--ca", ca, "--ca-key", key)
        header = ("--cert-header", "X-Cert", "--cert-header-format", form)
        assert f"created certificate authority {ca}" in cli("simulate", *arguments, *header)[2]
        assert key.stat().st_mode & 0o77 == 0
        assert str(ca) not in cli("simulate", *arguments, *header)[2]
        value = dict(server.requests[-1]["headers"])[b"x-cert"].decode()
        if form == "nginx":
            certificate = x509.load_pem_x509_certificate(unquote(value).encode())
        else:
            import base64

            certificate = x509.load_der_x509_certificate(base64.b64decode(value.strip(":")))
        issuer = x509.load_pem_x509_certificate(ca.read_bytes())
        certificate.verify_directly_issued_by(issuer)
        assert certificate.subject.rfc4514_string() == f"CN={server_names(url, 1)[0]}"

    def test_an_identity_by_tls(
        self, cli: Cli, quick: Any, serve: Callable[..., Running], tmp_path: Path
    ) -> None:
        ca, key = tmp_path / "ca.pem", tmp_path / "ca.key"
        made, _ = authority(ca, key)
        own = server_certificate(made, tmp_path)
        server = serve(
            quick,
            ssl_certfile=own,
            ssl_ca_certs=str(ca),
            ssl_cert_reqs=ssl.CERT_REQUIRED,
        )
        url = f"https://localhost:{server.port}/mdm"
        arguments = ("--url", url, "--for", "0", "--ca", ca, "--ca-key", key)
        status, out, err = cli("simulate", *arguments, "--server-ca", ca)
        assert (status, out) == (1, "0 of 1 devices updated\n")
        assert err.startswith("enrolled")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--url", "ftp://a/b"], "expected an http or https URL"),
            (["--url", "http://a:b/"], "invalid URL"),
            (["--url", "http://name:secret@a:b/"], "invalid URL 'http://a:b/'"),
            (["--url", "http://a/", "--cert-header", "X Y"], "invalid header name"),
        ],
    )
    def test_urls_that_are_none(self, cli: Cli, arguments: list[str], said: str) -> None:
        status, _, err = cli("simulate", *arguments)
        assert status == 2
        assert said in err

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ("rubbish", "PEM"),
            ("of another kind", "expected an RSA or elliptic-curve key"),
            ("encrypted", "the key is encrypted"),
            ("of another", "the key does not belong to the certificate"),
        ],
    )
    def test_an_authority_that_is_none(
        self, cli: Cli, tmp_path: Path, wrong: str, said: str
    ) -> None:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519

        ca, key = tmp_path / "ca", tmp_path / "key"
        authority(ca, key)
        made = (
            ed25519.Ed25519PrivateKey.generate()
            if wrong == "of another kind"
            else ec.generate_private_key(ec.SECP256R1())
        )
        lock = (
            serialization.BestAvailableEncryption(b"secret")
            if wrong == "encrypted"
            else serialization.NoEncryption()
        )
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        key.write_bytes(b"rubbish" if wrong == "rubbish" else made.private_bytes(*form, lock))
        files = ("--ca", ca, "--ca-key", key, "--cert-header", "X")
        status, _, err = cli("simulate", "--url", "http://127.0.0.1:1/mdm", *files)
        assert status == 2
        assert str(key) in err
        assert said in err

    def test_a_servers_authority_that_is_none(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "ca").write_text("rubbish")
        rubbish = ("--server-ca", tmp_path / "ca")
        status, _, err = cli("simulate", "--url", "https://127.0.0.1:1/mdm", *rubbish)
        assert status == 2
        assert "no certificate found in " in err

    def test_without_the_extra(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "mdm_osupdate.cli._server", None)
        status, _, err = cli("simulate", "--url", "http://127.0.0.1:1/mdm")
        assert status == 2
        assert "pip install 'mdm-osupdate[cli,simulate]'" in err


def server_names(url: str, count: int) -> list[str]:
    return settings(url).names(count)


def settings(url: str, **changes: Any) -> Server:
    given: dict[str, Any] = {
        "url": url,
        "check_in_url": None,
        "ca": Path("ca"),
        "ca_key": Path("key"),
        "server_ca": None,
        "cert_header": None,
        "cert_header_format": "nginx",
        "topic": "t",
        "seconds": 0,
        "every": 0.1,
        "speed": 1,
        "concurrency": 2,
        "back_off": 0.01,
    }
    return Server(**given | changes)


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


class TestServersThatDoOtherwise:
    def test_are_named_and_the_exit_status_is_2(
        self, cli: Cli, serve: Callable[..., Running]
    ) -> None:
        url = f"http://127.0.0.1:{serve(answering((404, ''))).port}/mdm"
        status, out, err = cli("simulate", "--url", url, "--for", "0")
        assert status == 2
        assert err.startswith(f"mdm-osupdate: {server_names(url, 1)[0]}: {url}: HTTP 404")
        assert out == "0 of 1 devices updated\n"

    def run(self, running: Running, **changes: Any) -> tuple[list[str], int]:
        url = f"http://127.0.0.1:{running.port}/mdm"
        return self.run_at(url, **changes), len(running.requests)

    def run_at(self, url: str, **changes: Any) -> list[str]:
        device = SimulatedDevice(osu.Device("iOS", "17.3"), udid="A")
        return [*settings(url, **changes).run([device], {"A": osu.OSVersion("18.0")}).values()]

    @pytest.mark.parametrize("status", [500, 503, 408, 429])
    def test_a_fault_that_passes_is_waited_out(
        self, serve: Callable[..., Running], status: int
    ) -> None:
        """However long it lasts: a device keeps what it has to say until the server takes it."""
        running = serve(answering(*[(status, "")] * 6, (200, "")))
        wrong, requests = self.run(running, seconds=60, every=60)  # it ends after one session
        assert (wrong, requests) == ([], 9)

    def test_one_that_does_not_pass(
        self, serve: Callable[..., Running], capsys: pytest.CaptureFixture[str]
    ) -> None:
        [wrong], requests = self.run(serve(answering((500, ""))), seconds=2)
        assert "HTTP 500" in wrong
        assert requests >= 3  # far more on a machine that has nothing else to do
        assert capsys.readouterr().err.count("HTTP 500") == 1

    @pytest.mark.parametrize("when", ["3600", "Wed, 02 Mar 2130 09:00:00 GMT"])
    def test_a_server_says_when_to_try_again(
        self, serve: Callable[..., Running], when: str
    ) -> None:
        running = serve(answering((429, ""), headers=[(b"retry-after", when.encode())]))
        [wrong], requests = self.run(running, seconds=60)
        assert "HTTP 429" in wrong
        assert requests == 1

    def test_one_that_says_it_badly(self, serve: Callable[..., Running]) -> None:
        running = serve(answering((429, ""), (200, ""), headers=[(b"retry-after", b"soon")]))
        assert self.run(running, seconds=60, every=60)[0] == []

    @pytest.mark.parametrize("body", [b"ok", b"<plist><dict/></plist>", b"<plist><array/></plist>"])
    def test_what_is_no_command(self, serve: Callable[..., Running], body: bytes) -> None:
        [wrong], requests = self.run(serve(answering((200, ""), body=body)), seconds=60)
        assert "sent something other than a command: b'" in wrong
        assert requests == 3

    def test_commands_without_end(
        self, serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mdm_osupdate.cli._connection._MOST_COMMANDS", 7)
        body = osu.dumps(osu.OSUpdateStatusCommand())
        [wrong], requests = self.run(serve(answering((200, ""), body=body)), seconds=60)
        assert "has sent 7 commands in one session" in wrong
        assert requests == 2 + 7

    def test_commands_until_time_is_up(self, serve: Callable[..., Running]) -> None:
        body = osu.dumps(osu.OSUpdateStatusCommand())
        assert self.run(serve(answering((200, ""), body=body))) == ([], 3)

    def test_passwords_are_not_told(self, serve: Callable[..., Running]) -> None:
        port = serve(answering((500, ""))).port
        [wrong] = self.run_at(f"http://name:secret@127.0.0.1:{port}/mdm")
        assert wrong == f"http://127.0.0.1:{port}/mdm: HTTP 500 Internal Server Error"

    def test_a_refusal_is_not_repeated(self, serve: Callable[..., Running]) -> None:
        [wrong], requests = self.run(serve(answering((404, ""))), seconds=60)
        assert "HTTP 404" in wrong
        assert requests == 1

    def test_401_ends_management(self, serve: Callable[..., Running]) -> None:
        [wrong], _ = self.run(serve(answering((401, ""))), seconds=60)
        assert "removes its MDM profile" in wrong

    def test_redirects_are_followed_on_the_same_host(self, serve: Callable[..., Running]) -> None:
        running = serve(answering((307, "/other"), (200, "")))
        assert self.run(running)[0] == []
        assert [request["path"] for request in running.requests][:2] == ["/mdm", "/other"]

    def test_and_to_no_other(self, serve: Callable[..., Running]) -> None:
        [wrong], requests = self.run(serve(answering((301, "http://example.com/"))), seconds=60)
        assert "redirects to http://example.com:80, which is another host" in wrong
        assert requests == 1

    def test_nor_for_ever(self, serve: Callable[..., Running]) -> None:
        [wrong], _ = self.run(serve(answering((302, "/mdm"))), seconds=60)
        assert "redirects too often" in wrong

    def test_check_in_may_have_its_own_url(self, serve: Callable[..., Running]) -> None:
        running = serve(answering((200, "")))
        other = f"http://127.0.0.1:{running.port}/checkin"
        assert self.run(running, check_in_url=other)[0] == []
        assert [r["path"] for r in running.requests] == ["/checkin", "/checkin", "/mdm"]

    def test_nor_to_what_is_none(self, serve: Callable[..., Running]) -> None:
        [wrong], _ = self.run(serve(answering((302, "http://a:b/"))))
        assert "Invalid port" in wrong

    def test_no_server_at_all(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        [wrong] = self.run_at(f"http://127.0.0.1:{port}/mdm")
        assert wrong.startswith("http://127.0.0.1")

    def test_a_cause_that_many_share_is_told_once(
        self, cli: Cli, serve: Callable[..., Running]
    ) -> None:
        url = f"http://127.0.0.1:{serve(answering((404, ''))).port}/mdm"
        status, out, err = cli("simulate", "--url", url, "--devices", "3", "--format", "json")
        assert status == 2
        assert err == f"mdm-osupdate: 3 devices: {url}: HTTP 404 Not Found\n"
        assert {told["error"] for told in json.loads(out)} == {f"{url}: HTTP 404 Not Found"}

    def test_a_device_that_restarts_stays_away(self) -> None:
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
            url=nowhere,
            check_in_url=nowhere,
            headers={},
            tls=False,
            topic="t",
            now=lambda: later,
            slots=nowhere,
            back_off=0,
            ends=0,
            warn=nowhere,
        )
        # Else it would fail for want of a client.
        assert asyncio.run(connection.session()) == 0
