"""Failing examples, kept from run to run."""

import contextlib
import json
from collections.abc import Iterable

from attrs import frozen
from hypothesis.database import ExampleDatabase

from .attempt import Event


@frozen
class Examples:
    """The events that made one server fail, in hypothesis's database of examples.

    Each server has a key of its own, so that one that passes does not delete another one's.
    """

    database: ExampleDatabase
    key: bytes

    def load(self) -> list[list[Event]]:
        """Return the kept examples, shortest first."""
        found: list[list[Event]] = []
        for saved in self.database.fetch(self.key):
            with contextlib.suppress(ValueError, TypeError):  # stored by another version
                found.append([(a, b, c, d) for a, b, c, d in json.loads(saved)])
        return sorted(found, key=lambda events: (len(events), events))

    def save(self, events: list[Event]) -> None:
        """Keep an example."""
        self.database.save(self.key, self._written(events))

    def drop(self, events: list[Event]) -> None:
        """Delete an example that no longer fails."""
        self.database.delete(self.key, self._written(events))

    @staticmethod
    def _written(events: list[Event]) -> bytes:
        return json.dumps(events).encode()


class NamedDatabase(ExampleDatabase):
    """A part of another database. Hypothesis has the same key for all devices."""

    def __init__(self, database: ExampleDatabase, name: str) -> None:
        super().__init__()
        self.database = database
        self.prefix: bytes = f"{name} ".encode()

    def save(self, key: bytes, value: bytes) -> None:
        """Save a value."""
        self.database.save(self.prefix + key, value)

    def fetch(self, key: bytes) -> Iterable[bytes]:
        """Return the values of a key."""
        return self.database.fetch(self.prefix + key)

    def delete(self, key: bytes, value: bytes) -> None:
        """Delete a value."""
        self.database.delete(self.prefix + key, value)
