"""The check of a server."""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from random import Random

from hypothesis import settings as Settings  # noqa: N812 - it is a class

from .adapter import Server
from .machine import Run, random_events
from .obligations import ViolationError
from .report import ConformanceReport, make_report, waived_codes
from .shrinking import Shrinking

SETTINGS = Settings(max_examples=100, stateful_step_count=25, deadline=None)
_FATAL = frozenset({"SRV01", "SRV03", "SRV04", "SRV05", "SRV12", "SRV20", "SRV21"})
"""Obligations without which the others cannot be judged: a violation ends the check."""
_FATAL_SYMPTOMS = frozenset({"unknown"})
"""A command that nobody queued leaves it open which commands are still to come."""


def check_server(
    make_server: Callable[[], Server],
    settings: Settings | None = None,
    *,
    seed: int | None = None,
    waive: Iterable[str] = (),
    strict: bool = False,
) -> ConformanceReport:
    """Drive servers through many sessions, and report which obligations they keep.

    Args:
        make_server: returns an adapter (see ``Server``) for each attempt. A server that keeps its
            queues between attempts is fine: the devices are new ones each time.
        settings: hypothesis settings: the number of attempts (``max_examples``) and of events in
            each (``stateful_step_count``).
        seed: repeats the check that reported this seed. Random by default.
        waive: codes of obligations that the server need not keep. Events that provoke them are
            left out.
        strict: whether recommendations count as obligations.

    Raises:
        TypeError: the adapter lacks a method, or returned something other than bytes.
        ValueError: ``waive`` has an unknown code.
    """
    settings = SETTINGS if settings is None else settings
    waived = waived_codes(waive)
    if seed is None:
        seed = secrets.randbelow(2**32)
    run = Run(make_server, asyncio.new_event_loop(), set(waived))
    try:
        found = _find(run, settings, seed)
    finally:
        run.loop.close()
    why = "no attempt reached it"
    if found:
        why += f"; the last violation, of {found[-1].obligation.code}, may be the reason"
    return make_report("SRV", found, run.tried, waived, strict=strict, why_not_tried=why, seed=seed)


def _find(run: Run, settings: Settings, seed: int) -> list[ViolationError]:
    """Find one violation of each obligation, with the shortest story.

    An obligation that is violated is waived from then on, so that the others are judged.
    """
    found: list[ViolationError] = []
    for attempt in range(settings.max_examples):
        random = Random(f"{seed} {attempt}")  # noqa: S311
        events = random_events(random, settings.stateful_step_count)
        while (wrong := run.play(events)) is not None:
            shortest = Shrinking(run, events, wrong).shorten()
            code = shortest.violation.obligation.code
            found.append(shortest.violation)
            run.waived.add(code)
            if code in _FATAL or shortest.symptom in _FATAL_SYMPTOMS:
                return found
    return found


class ServerConformance:
    """Base class of a pytest class that checks a server: define ``server``."""

    settings = SETTINGS
    """The hypothesis settings: how thorough the check is."""
    waive: Iterable[str] = ()
    """Codes of obligations that the server need not keep."""

    def server(self) -> Server:
        """Return an adapter to a server (see ``Server``)."""
        raise NotImplementedError("define server(), which returns an adapter to your server")

    def test_server_conformance(self) -> None:
        """Fail with the first violation."""
        check_server(self.server, self.settings, waive=self.waive).raise_violation()
