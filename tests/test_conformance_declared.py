"""Servers of declarations that fail, refuse, or answer with what no device can read."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from servers import Declares

from mdm_osupdate.conformance import Refused
from mdm_osupdate.conformance.attempt import Event, Run, Wrong
from mdm_osupdate.conformance.declared import Declared

ADD, SYNCHRONIZE, ASK_UNKNOWN, REPORT = ((kind, 0, 0, 0) for kind in (0, 1, 4, 5))
ASK_FOR_ANOTHERS = (4, 1, 1, 0)
Play = Callable[..., Wrong | None]


@pytest.fixture
def play() -> Iterator[Play]:
    """Play events with a server."""
    loop = asyncio.new_event_loop()

    def play(server: type[Declares], *events: Event, waived: str = "") -> Wrong | None:
        return Run(server, loop, {waived}, Declared).play(events)

    yield play
    loop.close()


def answering(prefix: str, answer: object) -> type[Declares]:
    """Return a server that gives this answer, or raises it, at endpoints that begin so."""

    class Answers(Declares):
        def declarative(self, udid: str, endpoint: str, data: bytes | None) -> Any:
            if not endpoint.startswith(prefix):
                return super().declarative(udid, endpoint, data)
            if isinstance(answer, Exception):
                raise answer
            return json.dumps(answer).encode() if isinstance(answer, dict) else answer

    return Answers


def items(lists: object) -> dict[str, object]:
    return {"DeclarationsToken": "1", "Declarations": lists}


NOTHING: dict[str, list[object]] = {
    "Activations": [],
    "Assets": [],
    "Configurations": [],
    "Management": [],
}


@pytest.mark.parametrize(
    ("endpoint", "answer", "code", "what"),
    [
        ("tokens", RuntimeError("full"), "SRV41", "the server failed with RuntimeError: full"),
        ("tokens", Refused("404"), "SRV41", "the server refused tokens"),
        ("tokens", Refused("401"), "SRV28", "the server answered with 401"),
        ("tokens", b"<plist/>", "SRV41", "tokens was answered with b'<plist/>'"),
        ("tokens", b"[]", "SRV41", "tokens was answered with b'[]'"),
        ("tokens", None, "SRV41", "tokens was answered with b''"),
        ("tokens", {"SyncTokens": {}}, "SRV41", "SyncTokens is {}"),
        ("declaration-items", {}, "SRV41", "declaration-items is {}"),
        ("declaration-items", items([]), "SRV41", "declaration-items is {"),
        ("declaration-items", items({"Assets": []}), "SRV41", "declaration-items is {"),
        (
            "declaration-items",
            items({**NOTHING, "Assets": [{"Identifier": "a"}]}),
            "SRV41",
            "declaration-items is {",
        ),
        ("declaration/", {}, "SRV44", "the list has the ServerToken "),
        ("declaration/", Refused("404"), "SRV44", "the server refused declaration/"),
    ],
)
def test_an_answer_that_no_device_can_use(
    play: Play, endpoint: str, answer: object, code: str, what: str
) -> None:
    server = answering(endpoint, answer)
    wrong = play(server, ADD, SYNCHRONIZE)
    assert wrong is not None
    assert wrong.violation.obligation.code == code
    assert wrong.violation.what.startswith(what)


def test_a_waived_obligation_ends_the_attempt(play: Play) -> None:
    assert play(answering("tokens", b"[]"), ADD, SYNCHRONIZE, waived="SRV41") is None


def test_an_answer_that_changes_nothing_does_not_end_the_attempt(play: Play) -> None:
    """Later requests are judged, even if the obligation is waived."""

    class IsRandom(answering("declaration/configuration/com.example.unknown", b"{}")):  # type: ignore[misc]
        asked = 0

        def token(self, udid: str) -> str:
            self.asked += 1
            return str(self.asked)

    wrong = play(IsRandom, ASK_UNKNOWN, SYNCHRONIZE, waived="SRV46")
    assert wrong is not None
    assert wrong.violation.obligation.code == "SRV43"
    wrong = play(IsRandom, SYNCHRONIZE, SYNCHRONIZE, waived="SRV43")
    assert wrong is not None
    assert wrong.violation.obligation.code == "SRV50"


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (KeyError("unknown"), "the server failed with KeyError: 'unknown'"),
        (Refused("403"), "the server answered 403"),
        (Refused("404"), None),
        (Refused(), None),
    ],
)
def test_only_404_is_right_for_an_unknown_declaration(
    play: Play, error: Exception, what: str | None
) -> None:
    wrong = play(answering("declaration/", error), ASK_UNKNOWN)
    assert (wrong and wrong.violation.what) == what
    assert wrong is None or wrong.violation.obligation.code == "SRV46"


@pytest.mark.parametrize(
    ("answer", "code"),
    [(b"{}", "SRV46"), (b"", "SRV46"), ({"Identifier": "a", "Payload": {}}, "SRV49")],
)
def test_a_declaration_of_another_device(play: Play, answer: object, code: str) -> None:
    """Only who answers with it has given it away."""
    wrong = play(answering("declaration/", answer), ADD, ASK_FOR_ANOTHERS)
    assert wrong is not None
    assert wrong.violation.obligation.code == code
    assert "Mac B asks for com.example." in str(wrong.violation)


def test_a_status_report_that_is_refused(play: Play) -> None:
    wrong = play(answering("status", Refused("400")), REPORT)
    assert wrong is not None
    assert wrong.violation.obligation.code == "SRV47"


def test_a_status_that_cannot_be_had(play: Play) -> None:
    class IsLocked(Declares):
        def status(self, udid: str) -> dict[str, Any]:
            raise Refused("403")

    wrong = play(IsLocked, REPORT)
    assert wrong is not None
    assert wrong.violation.what == "status() failed with Refused: 403"


def test_without_status_a_report_need_only_be_taken(play: Play) -> None:
    class Forgets(Declares):
        status = None  # type: ignore[assignment]

        def take(self, udid: str, report: object) -> None: ...

    assert play(Forgets, REPORT) is None


def test_a_server_that_cannot_declare(play: Play) -> None:
    class IsFull(Declares):
        def declare(self, udid: str, declarations: list[bytes]) -> None:
            raise RuntimeError("full")

    wrong = play(IsFull, ADD)
    assert wrong is not None
    assert wrong.violation.obligation.code == "SRV21"
    assert wrong.violation.what == "declare() failed with RuntimeError: full"


def test_devices_are_enrolled_if_the_adapter_can(play: Play) -> None:
    class Enrolls(Declares):
        enrolled: list[str] = []  # noqa: RUF012 - of all attempts

        def enroll(self, udid: str) -> None:
            self.enrolled.append(udid)

        def declare(self, udid: str, declarations: list[bytes]) -> None:
            assert udid in self.enrolled
            super().declare(udid, declarations)

    assert play(Enrolls, ADD, SYNCHRONIZE) is None
    assert len(Enrolls.enrolled) == 1


def test_text_for_bytes(play: Play) -> None:
    with pytest.raises(TypeError, match=r"declarative\(\) must return bytes or None, not str"):
        play(answering("tokens", "{}"), SYNCHRONIZE)
