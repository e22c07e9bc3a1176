"""Shorter stories with the same symptom."""

import itertools
from collections.abc import Iterator

from attrs import define, field

from .attempt import Event, Run, Wrong
from .sessions import NAMES

_MOST_PLAYS = 1000
"""The number of attempts to shorten a story. A server may be slow."""
_MOST_CHOICES = 15
"""The number of smaller numbers to try. No table of messages has many more rows."""


@define
class Shrinking:
    """Shortens and simplifies the events that lead to a violation, with the same symptom.

    Hypothesis could do so, but it needs several times as many attempts, and gives up if a violation
    is intermittent.
    """

    run: Run
    events: list[Event]
    wrong: Wrong
    plays: int = 0
    tried: set[tuple[Event, ...]] = field(factory=set)
    """The events that did not lead to the symptom."""

    def shorten(self) -> None:
        """Make the story as short as possible."""
        before = None
        while before != self.events and self.plays < _MOST_PLAYS:
            before = self.events
            for size in (8, 4, 2, 1):
                self.leave_out(size)
            self.leave_out_two()
            self.move_devices()
            self.simplify()

    def leave_out(self, size: int) -> None:
        """Drop runs of events of that length."""
        start = 0
        while start < len(self.events):
            if not self.replace(self.events[:start] + self.events[start + size :]):
                start += size

    def leave_out_two(self) -> None:
        """Drop two events that need each other, such as a command and its response."""
        for one, two in itertools.combinations(range(len(self.events)), 2):
            events = self.events[:one] + self.events[one + 1 : two] + self.events[two + 1 :]
            if self.replace(events):
                return

    def move_devices(self) -> None:
        """Let an earlier device do what a later one does, if the device does not matter."""
        for earlier, later in itertools.combinations(range(len(NAMES)), 2):
            events = [(k, earlier if d == later else d, w, n) for k, d, w, n in self.events]
            if events != self.events:
                self.replace(events)

    def simplify(self) -> None:
        """Replace events with simpler ones."""
        for index in range(len(self.events)):
            for place in range(4):
                before = self.events
                for event in _simpler(before[index], place):
                    if self.replace([*before[:index], event, *before[index + 1 :]]):
                        break

    def replace(self, events: list[Event]) -> bool:
        """Use these events instead, if they lead to the same symptom."""
        if tuple(events) in self.tried or self.plays >= _MOST_PLAYS:
            return False
        self.plays += 1
        wrong = self.run.play(events)
        if wrong is None or wrong.symptom != self.wrong.symptom:
            self.tried.add(tuple(events))
            return False
        self.events, self.wrong = events, wrong
        return True


def _simpler(event: Event, place: int) -> Iterator[Event]:
    """Yield events with a smaller number in one place.

    Another kind of event may need another second number.
    """
    kind, device, which, name = event
    if place == 0:
        yield from itertools.product(range(kind), [device], [which, *range(4)], [name])
    elif place == 1:
        yield from ((kind, number, which, name) for number in range(device))
    elif place == 2:
        yield from ((kind, device, number, name) for number in range(min(which, _MOST_CHOICES)))
    else:
        yield from ((kind, device, which, number) for number in range(min(name, _MOST_CHOICES)))
