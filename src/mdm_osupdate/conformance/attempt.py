"""One attempt: a server, a sequence of events, and the first violation, if any."""

import abc
import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from attrs import define, field

from mdm_osupdate.codec import DEFAULT_LIMITS, write

from .adapter import Refused, Server
from .messages import row_name
from .obligations import OBLIGATIONS, ViolationError

Event = tuple[int, int, int, int]
"""A kind of event and three numbers, which choose among the devices, commands and messages."""

_TOPIC = "com.apple.mgmt.External.simulated"
_NEEDED = {"enqueue": "enqueue(udid, command)", "connect": "connect(udid, message)"}


class Wrong(Exception):  # noqa: N818 - never leaves the room
    """A violation. The same symptom may violate another obligation in a shorter story."""

    def __init__(self, symptom: str, violation: ViolationError) -> None:
        self.symptom = symptom
        self.violation = violation


class Ended(Exception):  # noqa: N818 - never leaves the room
    """A waived violation occurred, so it is unknown what the server still has to send."""


class Attempt(abc.ABC):
    """A new server and new devices, and any list of events.

    An event takes its numbers modulo what there is to choose from, and is skipped if there is
    nothing. So any list of events can be played, and any part of it.
    """

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.server: Server = run.make()
        for method, wanted in _NEEDED.items():
            if not self.has(method):
                kind = type(self.server).__name__
                raise TypeError(f"an adapter needs {wanted}, which {kind} lacks")
        self.story: list[str] = []

    @abc.abstractmethod
    def play(self, events: Iterable[Event]) -> None:
        """Play the events.

        Raises:
            Wrong: the server violates an obligation.
            Ended: it violates a waived one, after which nothing can be judged.
        """

    # -- the adapter -----------------------------------------------------------------------------

    def has(self, method: str) -> bool:
        """Return whether the adapter has a method."""
        return callable(self._method(method))

    def check_in_message(self, content: Mapping[str, Any], sender: Mapping[str, Any]) -> bytes:
        """Write a check-in message with the keys of the sender."""
        topic = str(getattr(self.server, "topic", _TOPIC))
        return write({**content, "Topic": topic, **sender}, "xml", DEFAULT_LIMITS)

    def call(self, method: str, *arguments: object) -> object:
        """Call a method of the adapter, and wait for it if it is a coroutine."""
        return self.run.wait(self._method(method)(*arguments))

    def _method(self, name: str) -> Any:
        british = getattr(self.server, "enrol", None) if name == "enroll" else None
        return getattr(self.server, name, british)

    def close(self) -> None:
        """Close the adapter at the end of the attempt."""
        if self.has("close"):
            self.call("close")

    def coroutines(self) -> bool:
        """Return whether the adapter connects in a coroutine."""
        return inspect.iscoroutinefunction(self.server.connect)

    def together(self, calls: Sequence[tuple[str, bytes]]) -> list[object]:
        """Connect several devices at the same time, and return the bodies or exceptions."""

        async def connect(udid: str, message: bytes) -> object:
            if threads:
                return await asyncio.to_thread(self.server.connect, udid, message)
            body = self.server.connect(udid, message)
            return await body if inspect.isawaitable(body) else body

        async def connect_all() -> list[object]:
            tasks = (connect(*call) for call in calls)
            return list(await asyncio.gather(*tasks, return_exceptions=True))

        threads = not self.coroutines()
        results = self.run.loop.run_until_complete(connect_all())
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, Exception):
                raise result  # the adapter ends the check
        return results

    # -- the story -------------------------------------------------------------------------------

    def tell(self, line: str) -> None:
        """Add a line to the story."""
        self.story.append(line)

    def tried(self, *codes: str) -> None:
        """Record that obligations were tested."""
        self.run.tried.update(codes)

    def blame(self, symptom: str, code: str, what: str, usual: str | None = None) -> NoReturn:
        """Report a violation or, if the obligation is waived, end the attempt.

        ``usual`` is the obligation that the symptom violates if no odd event came before. If that
        one is waived, nobody knows whether the odd event is to blame.
        """
        if self.run.waived & {code, usual}:
            raise Ended
        raise Wrong(symptom, ViolationError(code, what, self.story))

    def remark(self, symptom: str, code: str, what: str, usual: str | None = None) -> None:
        """Report a violation that does not affect what the server still has to send."""
        if not self.run.waived & {code, usual}:
            self.blame(symptom, code, what)

    def blame_failure(self, error: Exception, code: str | None, usual: str | None = None) -> None:
        """Check an exception of the adapter. ``None`` as the code means that it may fail.

        A refusal is judged only if a device would remove its MDM profile.
        """
        if isinstance(error, Refused):
            self.tried("SRV28")
            if error.status == 401:
                self.remark("unenrolled", "SRV28", "the server answered with 401")
            self.tell(f"   the server refuses it: {error!s:.60}".rstrip(": "))
            return
        what = f"the server failed with {shown(error)}"
        if code is not None and OBLIGATIONS[code].recommended:
            self.remark("failure", code, what, usual)
        elif code is not None:
            self.blame("failure", code, what, usual)
        self.tell(f"   {what}")


@define
class Run:
    """A check of a server: its settings and the results so far."""

    make: Callable[[], Server]
    loop: asyncio.AbstractEventLoop
    waived: set[str]
    """Codes, and rows such as ``SRV18:and-unknown-keys``."""
    kind: type[Attempt]
    tried: set[str] = field(factory=set)
    accepted: set[tuple[str, str]] = field(factory=set)
    """The devices and commands that the server has accepted into a queue."""
    refused: set[str] = field(factory=set)
    """The devices for which it has refused a command."""
    lacking: dict[str, str] = field(factory=dict)
    """The codes that cannot be tried with this adapter, with the reasons."""

    def wait(self, value: object) -> object:
        """Return the value, or what the coroutine returns."""
        return self.loop.run_until_complete(value) if inspect.isawaitable(value) else value

    def waives(self, code: str, row: str) -> bool:
        """Return whether an obligation, or that row of it, is waived."""
        return code in self.waived or f"{code}:{row_name(row)}" in self.waived

    def lacks(self, what: str, *codes: str) -> None:
        """Record that the adapter lacks what these obligations need."""
        self.lacking.update(dict.fromkeys(codes, f"the adapter has no {what}"))

    def play(self, events: Sequence[Event]) -> Wrong | None:
        """Play events with a new server, and return the violation, if any."""
        attempt = self.kind(self)
        try:
            attempt.play(events)
        except Wrong as wrong:
            return wrong
        except Ended:
            return None
        finally:
            attempt.close()
        return None


def shown(error: Exception) -> str:
    """Return the exception's type and the beginning of its text."""
    return f"{type(error).__name__}: {error!s:.200}"


def difference(was: Any, came: Any, path: str = "") -> str:
    """Describe where two values differ, types included. Empty if they do not."""
    if type(was) is not type(came):
        kinds = f"{type(came).__name__}, and was {type(was).__name__}"
        return f"{path} came as {came!r:.60} ({kinds})"
    if isinstance(was, list) and len(was) == len(came):
        pairs = zip(was, came, strict=True)
        inner = [difference(*pair, f"{path}[{index}]") for index, pair in enumerate(pairs)]
        return next(filter(None, inner), "")
    if isinstance(was, dict):
        if changed := was.keys() ^ came.keys():
            key = min(changed)
            return f"{path or 'the envelope'} {'lacks' if key in was else 'also has'} {key}"
        inner = [difference(was[key], came[key], f"{path}.{key}".strip(".")) for key in was]
        return next(filter(None, inner), "")
    return "" if was == came else f"{path} came as {came!r:.60}, and was {was!r:.60}"
