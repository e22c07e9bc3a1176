"""The check of a server."""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from random import Random

from attrs import define, evolve, field
from hypothesis import Phase
from hypothesis import settings as Settings  # noqa: N812 - it is a class
from hypothesis.database import InMemoryExampleDatabase

from .adapter import Server, Stopped
from .attempt import Event, Run, Wrong
from .declared import Declared, random_changes
from .events import Commands, random_events
from .examples import Examples
from .obligations import ViolationError
from .report import ConformanceReport, make_report, name_of, waived_codes
from .sessions import NAMES
from .shrinking import Shrinking
from .verdicts import Conformance, add_tests

SETTINGS = Settings(max_examples=100, stateful_step_count=25, deadline=None)
_SHARE_OF_DECLARATIONS = 4
"""One attempt with declarations for that many with commands."""


def check_server(
    make_server: Callable[[], Server],
    settings: Settings | None = None,
    *,
    seed: int | None = None,
    waive: Iterable[str] = (),
    strict: bool = False,
    name: str | None = None,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> ConformanceReport:
    """Drive servers through many sessions, and report which obligations they keep.

    Args:
        make_server: returns an adapter (see ``Server``) for each attempt. A server that keeps its
            queues between attempts is fine: the devices are new ones each time.
        settings: hypothesis settings: the number of attempts (``max_examples``), of events in each
            (``stateful_step_count``), the ``database`` of failing examples, whether stories are
            shortened (``phases``), and whether the check goes on after the first violation
            (``report_multiple_bugs``).
        seed: repeats the check that reported this seed. Random by default.
        waive: codes of obligations that the server need not keep, or single rows of them, such as
            ``SRV18:and-unknown-keys``. Events that provoke them are left out.
        strict: whether recommendations count as obligations.
        name: what the server's failing examples are kept under. Default: that of ``make_server``.
        progress: called with the number of attempts that are done, and of all.

    Raises:
        TypeError: the adapter lacks a method, or returned something other than bytes.
        ValueError: ``waive`` has an unknown code.
    """
    settings = SETTINGS if settings is None else settings
    waived = waived_codes(waive)
    if seed is None:
        seed = secrets.randbelow(2**32)
    name = name_of(make_server) if name is None else name
    run = Run(make_server, asyncio.new_event_loop(), set(waived), Commands)
    check = _Check(run, settings, seed, name, strict, progress)
    why, stopped = "no attempt reached it", None
    try:
        check.find()
    except Stopped as end:
        why = stopped = str(end)
    finally:
        run.loop.close()
    if check.found:
        why += f"; the last violation, of {check.found[-1].obligation.code}, may be the reason"
    return make_report(
        "SRV",
        check.found,
        run.tried,
        waived,
        strict=strict,
        why_not_tried=why,
        lacking=run.lacking,
        seed=seed,
        stopped=stopped,
    )


@define
class _Check:
    """One check of a server, and the violations found so far."""

    run: Run
    settings: Settings
    seed: int
    name: str
    strict: bool
    progress: Callable[[int, int], object]
    found: list[ViolationError] = field(factory=list)

    def find(self) -> None:
        """Find one violation of each obligation, with the shortest story."""
        attempts = self.settings.max_examples
        share = -(-attempts // _SHARE_OF_DECLARATIONS)
        self.attempt_all(self.run, random_events, "commands", attempts, 0)
        run = evolve(self.run, kind=Declared)
        if Declared.can(run):
            self.attempt_all(run, random_changes, "declarations", share, attempts)

        refused = self.run.refused >= {*NAMES} and not self.run.accepted
        if refused and "SRV21" not in self.run.waived:
            self.found.append(ViolationError("SRV21", "the server refused every command"))

    @property
    def ended(self) -> bool:
        """True if one violation is enough, and found."""
        violated = any(self.strict or not v.obligation.recommended for v in self.found)
        return violated and not self.settings.report_multiple_bugs

    def attempt_all(
        self,
        run: Run,
        draw: Callable[[Random, int], list[Event]],
        what: str,
        attempts: int,
        before: int,
    ) -> None:
        """Play the kept examples, then new events."""
        database = self.settings.database or InMemoryExampleDatabase()
        examples = Examples(database, f"mdm_osupdate.conformance {what} {self.name}".encode())
        for events in examples.load():
            if (wrong := run.play(events)) is None:
                examples.drop(events)
            else:
                self.note(run, events, wrong, examples)
        for attempt in range(attempts):
            self.progress(before + attempt, before + attempts)
            events = draw(Random(f"{self.seed} {attempt}"), self.settings.stateful_step_count)  # noqa: S311
            while not self.ended and (wrong := run.play(events)) is not None:
                self.note(run, events, wrong, examples)
            if self.ended:
                return
        self.progress(before + attempts, before + attempts)

    def note(self, run: Run, events: list[Event], wrong: Wrong, examples: Examples) -> None:
        """Shorten a story and note its violation.

        An obligation that is violated is waived from then on, so that the others are judged.
        """
        shrinking = Shrinking(run, events, wrong)
        try:
            if Phase.shrink in self.settings.phases:
                shrinking.shorten()
        finally:  # even if the check is stopped
            violation = shrinking.wrong.violation
            examples.save(shrinking.events)
            self.found.append(violation)
            run.waived.add(violation.obligation.code)


@add_tests("SRV")
class ServerConformance(Conformance):
    """Base class of a pytest class that checks a server: define ``server``.

    The class has a test for each obligation, such as ``test_SRV08``. All of them share one check.
    """

    settings = SETTINGS

    def server(self) -> Server:
        """Return an adapter to a server (see ``Server``)."""
        raise NotImplementedError("define server(), which returns an adapter to your server")

    def check(self) -> ConformanceReport:
        """Check all obligations once."""
        return check_server(
            self.server, self.settings, seed=self.seed, waive=self.waive, strict=self.strict
        )
