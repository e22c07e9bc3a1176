"""``mdm-osupdate conformance``, against servers on loopback."""

import asyncio
import base64
import json
import plistlib
import re
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest
from asgi import Running, server_certificate
from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import settings
from servers import (
    Declares,
    DropsOnNotNow,
    FailsOnAnEmptyQueue,
    OffersAgainAfterTheNextAnswer,
    Reference,
)

from mdm_osupdate.cli._adapter import Adapter, RestartingAdapter, open_adapters
from mdm_osupdate.cli._conformance import _json, _junit, _text
from mdm_osupdate.cli._identities import read_authority
from mdm_osupdate.cli._server_options import state_file
from mdm_osupdate.conformance import OBLIGATIONS, Refused, ViolationError, check_server

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests may have them."""
    for name in ("MDM_OSUPDATE_ENQUEUE_AUTH", "MDM_OSUPDATE_DECLARE_AUTH"):
        monkeypatch.delenv(name, raising=False)


def sender(headers: dict[bytes, bytes], body: bytes) -> str:
    """The device of the certificate in Mdm-Signature or, without one, that of the message."""
    if b"mdm-signature" in headers:
        signature = base64.b64decode(headers[b"mdm-signature"])
        [certificate] = pkcs7.load_der_pkcs7_certificates(signature)
        [name] = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return str(name.value)
    found = re.search(rb"<key>UDID</key>\s*<string>([^<]*)", body)
    return found[1].decode() if found else ""


async def whole_body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def over_http(server: Reference, enrols: int = 200) -> Any:
    """An ASGI app around a server of the tests: NanoMDM's interface."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = await whole_body(receive)
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"")
        status, answer = 200, b""
        if scope["path"].startswith("/v1/enqueue/"):
            status = 200 if b"authorization" in headers else 401
            server.enqueue(scope["path"].rsplit("/", 1)[1], body)
        elif kind.endswith(b"checkin"):
            status = enrols
        else:
            try:
                answer = server.connect(sender(headers, body), body)
            except Refused:
                status = 400
            except Exception:
                status = 500
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    return app


@pytest.fixture(autouse=True)
def shrink_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stories need not be the shortest ones here: to find those over HTTP takes long."""
    monkeypatch.setattr("mdm_osupdate.conformance.shrinking._MOST_PLAYS", 4)


@pytest.fixture
def test(cli: Cli) -> Iterator[Callable[..., tuple[int, str, str]]]:
    running: list[Running] = []

    def invoke(app: Any, *arguments: object, auth: bool = True) -> tuple[int, str, str]:
        running.append(Running(app))
        base = f"http://127.0.0.1:{running[-1].port}"
        return cli(
            *("conformance", "--url", f"{base}/mdm", "--attempts", "8"),
            *("--seed", "1", "--enqueue-url", base + "/v1/enqueue/{udid}"),
            *(("--enqueue-auth", "nanomdm:SECRET") if auth else ()),
            *arguments,
        )

    yield invoke
    for server in running:
        server.stop()


Test = Callable[..., tuple[int, str, str]]


@pytest.fixture
def test_directly(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Test:
    """Test a server without HTTP between it and the suite, which is much faster."""

    def invoke(server: type[Reference], *arguments: object) -> tuple[int, str, str]:
        class Probed(server):  # type: ignore[misc, valid-type]
            async def probe(self) -> None: ...

        monkeypatch.setattr("mdm_osupdate.cli._adapter.open_adapters", lambda _: Probed)
        # The examples of a server are kept under its URLs.
        url = f"http://{server.__name__.lower()}.example/"
        return cli(
            *("conformance", "--url", url, "--enqueue-url", url + "{udid}", "--attempts", "8"),
            *arguments,
        )

    return invoke


def test_a_correct_server(test: Test) -> None:
    status, out, err = test(over_http(Reference()), "--attempts", "15")
    assert (status, err) == (0, "")
    assert out.startswith(
        "SRV11 was not tried (--restart was not given): "
        "A restart of the server loses no command and repeats none.\n"
    )
    assert re.search(r"\n\d+ kept, 1\d not tried\n$", out)


@pytest.mark.parametrize(
    ("server", "requests", "expected", "said"),
    [
        (Reference, 0, 2, "cannot enroll devices: the time was up"),
        (Reference, 40, 2, "the time was up before all sequences were tried; use fewer --attempts"),
        (DropsOnNotNow, 200, 1, "the time was up before all sequences were tried"),
    ],
)
def test_a_run_that_takes_too_long(
    test: Test,
    monkeypatch: pytest.MonkeyPatch,
    server: type[Reference],
    requests: int,
    expected: int,
    said: str,
) -> None:
    """The report has what was found in time."""
    left = iter(range(requests))
    now = time.monotonic()
    ends = property(lambda _: now - 1 if next(left, None) is None else now + 60, lambda *_: None)
    monkeypatch.setattr(Adapter, "ends", ends, raising=False)
    status, out, err = test(over_http(server()), "--seed", "0")
    assert status == expected
    assert said in err
    assert out.startswith("SRV08: ") == (expected == 1)


def test_a_command_restarts_the_server(test: Test, tmp_path: Path) -> None:
    note = "open('restarted', 'a').write('again')"
    script = tmp_path / "restart.py"
    script.write_text(note.replace("restarted", str(tmp_path / "restarted")))
    command = f"{sys.executable} {script}"
    status, out, _ = test(over_http(Reference()), "--restart", command, "--attempts", "3")
    assert status == 0
    assert "SRV11" not in out
    assert (tmp_path / "restarted").exists()


def test_a_command_that_does_not_restart_the_server(test: Test) -> None:
    status, out, _ = test(over_http(Reference()), "--restart", "false", "--attempts", "3")
    assert status == 1
    assert "restart() failed with CalledProcessError" in out


def restarted() -> None:
    """Restart a server that nothing listens for."""
    options: dict[str, Any] = {
        "url": "http://127.0.0.1:9",
        "check_in_url": None,
        "server": None,
        "enqueue_url": "http://127.0.0.1:9/{udid}",
    }
    options |= {"enqueue_method": None, "enqueue_auth": None, "settle": None, "restart": "true"}
    options |= {"declare_url": None, "declare_auth": None, "timeout": 60}
    options |= {"cert_header": None, "cert_header_format": "plain", "topic": "t"}
    options |= {"server_ca": None, "ca": state_file("ca.pem"), "ca_key": state_file("ca.key")}

    async def restart() -> None:
        adapter = open_adapters(options)()
        await adapter.restart()  # type: ignore[attr-defined]
        await adapter.close()

    asyncio.run(restart())


def test_a_server_that_cannot_be_reached_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdm_osupdate.cli._adapter._RESTART_SECONDS", 0.0)
    restarted()


def test_a_server_that_is_slow_to_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = [True, False]

    async def is_reachable(_: RestartingAdapter) -> bool:
        return reached.pop()

    monkeypatch.setattr(RestartingAdapter, "_is_reachable", is_reachable)
    restarted()
    assert not reached


def test_a_wrong_one_with_its_story(test_directly: Test) -> None:
    status, out, _ = test_directly(DropsOnNotNow, "--seed", "1")
    assert status == 1
    assert out.startswith("SRV08: A command that was answered with NotNow is sent again")
    assert re.search(r"\nSteps to reproduce:\n  1\. command 1 \(\w+\) is queued for ", out)


def test_json(test: Test) -> None:
    status, out, _ = test(over_http(FailsOnAnEmptyQueue()), "--seed", "0", "--format", "json")
    told = json.loads(out)
    [violation] = told["violations"]
    assert (status, violation["code"]) == (1, "SRV21")
    assert violation["story"] == ["iPad B connects, idle"]
    assert "SRV21" not in told["kept"]
    assert told["seed"] == 0


class AlwaysFails(Reference):
    def connect(self, udid: str, message: bytes) -> bytes:
        raise RuntimeError("down")


def test_the_seed_of_a_failure_is_told(test_directly: Test) -> None:
    _, out, err = test_directly(AlwaysFails, "--format", "json")
    assert json.loads(out)["violations"]
    assert re.fullmatch(r"mdm-osupdate: use --seed \d+ to repeat this run\n", err)


def test_junit(test: Test) -> None:
    status, out, _ = test(over_http(FailsOnAnEmptyQueue()), "--seed", "0", "--format", "junit")
    suite = ElementTree.fromstring(out)
    assert (status, suite.get("failures"), suite.get("tests")) == (1, "1", "46")
    [failure] = suite.iter("failure")
    assert "500 Internal Server Error" in str(failure.get("message"))
    status, out, _ = test(over_http(Reference()), "--format", "junit", "--attempts", "1")
    suite = ElementTree.fromstring(out)
    assert (status, suite.get("failures")) == (0, "0")
    skipped = [str(case.get("name"))[:5] for case in suite.iter("testcase") if len(case)]
    assert "SRV11" in skipped
    assert suite.get("skipped") == str(len(skipped))


def test_what_a_server_says_is_well_formed() -> None:
    garbled = ViolationError("SRV01", "it said a\x00b\x1b[31m\ufffe\ud800", ["c\x07\uffff"])
    report = check_server(Reference, settings(max_examples=1, database=None), seed=0)
    report = evolve(report, violations=(garbled,), not_tried={"SRV02": "d\x01"})
    for write in (_junit, _json, _text):
        written = write(report, OBLIGATIONS)
        assert not re.search("[\x00-\x09\x0b-\x1f\ufffe\uffff\ud800]", written)
    [failure] = ElementTree.fromstring(_junit(report, OBLIGATIONS)).iter("failure")
    assert str(failure.get("message")).startswith("it said a")


def test_an_obligation_that_the_server_need_not_keep(test_directly: Test) -> None:
    def test(*arguments: str) -> tuple[int, str, str]:
        return test_directly(OffersAgainAfterTheNextAnswer, "--seed", "1", *arguments)

    status, out, _ = test()
    assert (status, out.startswith("recommendation SRV09")) == (0, True)
    status, out, _ = test("--strict")
    assert (status, out.startswith("SRV09")) == (1, True)
    status, out, _ = test("--ignore", "SRV09", "--attempts", "2")
    assert (status, "1 waived" in out) == (0, True)
    assert test("--ignore", "SRV99")[2].endswith("unknown obligation 'SRV99'\n")


def answers(status: int, enqueue: int = 200, headers: Any = ()) -> Any:
    """An app that answers the same to all devices."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        code = enqueue if scope["path"].startswith("/v1") else status
        await send({"type": "http.response.start", "status": code, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    return app


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (answers(302), "cannot enroll devices: HTTP 302 Found"),
        (answers(200, enqueue=500), "cannot queue commands: HTTP 500 Internal Server Error"),
        # More than was said makes uvicorn break the connection off.
        (answers(200, headers=[(b"content-length", b"9")]), "cannot enroll devices: "),
    ],
)
def test_a_server_that_is_none(test: Test, app: Any, message: str) -> None:
    status, out, err = test(app)
    assert (status, out) == (2, "")
    told = [line for line in err.splitlines() if line.startswith("mdm-osupdate: ")]
    assert message in told[-1]


def test_a_check_in_url_that_is_none(test: Test) -> None:
    status, _, err = test(over_http(Reference()), "--check-in-url", "ftp://a/")
    assert status == 2
    assert "ftp://a/" in err


def test_an_identity_in_a_header(test: Test, tmp_path: Path) -> None:
    assert (
        test(over_http(Reference()), "--attempts", "1", "--seed", "0", "--cert-header", "X-Cert")[0]
        == 0
    )


def values_of(items: Any, path: str = ".StatusItems") -> list[dict[str, Any]]:
    """Return what KMFDDM says of status items: each value that there was, in no order."""
    if isinstance(items, dict):
        return [each for key, inner in items.items() for each in values_of(inner, f"{path}.{key}")]
    time = "2026-03-02T09:00:00"
    known = {"path": path, "value": items, "timestamp": f"{time}.25Z"}
    return [known, {"path": path, "value": "former", "timestamp": f"{time}.2Z"}]


def with_kmfddm(server: Declares) -> Any:
    """An ASGI app around a server of declarations: the interfaces of NanoMDM and KMFDDM."""
    documents: dict[str, bytes] = {}
    sets: dict[str, dict[str, None]] = {}
    plain = over_http(server)

    async def answer(send: Any, status: int, body: bytes = b"") -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers, body = dict(scope["headers"]), await whole_body(receive)
        path = [*scope["path"].split("/"), "", ""]
        kind, device = path[2], path[3]
        if kind == "declarations":
            name = json.loads(body)["Identifier"]
            same = documents.get(name) == body
            documents[name] = body
            return await answer(send, 304 if same else 204)
        if kind == "set-declarations":
            assert b"nonotify=1" in scope["query_string"]
            name = parse_qs(scope["query_string"].decode())["declaration"][0]
            change = sets.setdefault(device, {})
            change.pop(name) if scope["method"] == "DELETE" else change.setdefault(name)
            return await answer(send, 204)
        if kind == "enrollment-sets":
            chosen = sets.get(device, {})
            server.declare(device, [documents[name] for name in chosen])
            return await answer(send, 204)
        if kind == "status-values":
            values = {device: values_of(server.status(device))}
            return await answer(send, 200, json.dumps(values).encode())
        if b"DeclarativeManagement" in body:
            said = plistlib.loads(body)
            udid = sender(headers, body)
            try:
                found = server.declarative(udid, said["Endpoint"], said.get("Data"))
            except Refused:
                return await answer(send, 404)
            return await answer(send, 200, found)

        async def again() -> Any:
            return {"body": body}

        await plain(scope, again, send)
        return None

    return app


def test_declarations_behind_a_server(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDM_OSUPDATE_ENQUEUE_AUTH", "SECRET")
    monkeypatch.setenv("MDM_OSUPDATE_DECLARE_AUTH", "SECRET")
    running = Running(with_kmfddm(Declares()))
    base = f"http://127.0.0.1:{running.port}"
    try:
        arguments = ("--server", "kmfddm", "--url", base, "--declare-url", base)
        status, out, _ = cli("conformance", *arguments, "--attempts", "3", "--seed", "1")
    finally:
        running.stop()
    assert status == 0
    assert "SRV44" not in out
    assert "SRV48" not in out
    api = next(r for r in running.requests if r["path"].startswith("/v1/set-declarations/"))
    assert (b"authorization", b"Basic a21mZGRtOlNFQ1JFVA==") in api["headers"]


@pytest.mark.parametrize("auth", ["SECRET", "nanomdm:SECRET"])
def test_a_preset(cli: Cli, auth: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDM_OSUPDATE_ENQUEUE_AUTH", auth)
    running = Running(over_http(Reference()))
    base = f"http://127.0.0.1:{running.port}/"
    try:
        assert cli("conformance", "--server", "nanomdm", "--url", base, "--attempts", "1")[0] == 0
    finally:
        running.stop()
    assert {request["path"].split("/")[1] for request in running.requests} == {"mdm", "v1"}
    queued = next(r for r in running.requests if r["path"].startswith("/v1/enqueue/"))
    assert queued["query_string"] == b"nopush=1"
    assert (b"authorization", b"Basic bmFub21kbTpTRUNSRVQ=") in queued["headers"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--enqueue-url is needed without --server"),
        (("--enqueue-url", "http://a/"), "--enqueue-url must contain {udid}"),
        (
            ("--enqueue-url", "http://a/{udid}", "--enqueue-auth", "SECRET"),
            "expected NAME:PASSWORD",
        ),
    ],
)
def test_options_that_cannot_be_used(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    status, _, err = cli("conformance", "--url", "http://a/", *arguments)
    assert status == 2
    assert said in err


def test_an_identity_by_tls(cli: Cli, tmp_path: Path) -> None:
    ca = state_file("ca.pem")
    made = read_authority(ca, state_file("ca.key"))
    running = Running(
        over_http(Reference()),
        ssl_certfile=server_certificate(made, tmp_path),
        ssl_ca_certs=str(ca),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    )
    base = f"https://localhost:{running.port}"
    try:
        status, out, err = cli(
            *("conformance", "--url", f"{base}/mdm", "--enqueue-url", base + "/v1/enqueue/{udid}"),
            *("--server-ca", ca, "--attempts", "5"),
        )
    finally:
        running.stop()
    # Commands are queued by who has no identity, which this server does not allow.
    assert (status, out) == (2, "")
    assert "/v1/enqueue/" in err


def test_a_server_that_does_not_enrol(test: Test) -> None:
    status, _, err = test(over_http(Reference(), enrols=403))
    assert status == 2
    assert "cannot enroll devices: HTTP 403" in err


def test_a_server_that_does_not_queue(test: Test) -> None:
    status, _, err = test(over_http(Reference()), auth=False)
    assert status == 2
    assert "cannot queue commands: HTTP 401" in err


def test_no_server(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    status, _, err = cli("conformance", "--url", url, "--enqueue-url", url + "{udid}")
    assert status == 2
    assert err.startswith(f"mdm-osupdate: {url}: ")


def test_without_the_extra(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mdm_osupdate.cli._adapter", None)
    status, _, err = cli("conformance", "--url", "http://a/", "--enqueue-url", "http://a/{udid}")
    assert status == 2
    assert "pip install 'mdm-osupdate[cli,testing,simulate]'" in err
