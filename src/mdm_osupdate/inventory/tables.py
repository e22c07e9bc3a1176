"""Tables in text, with titles above the header and quotation marks that are not closed."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TypeAlias

from mdm_osupdate.errors import show

from .columns import attribute_of

Numbered: TypeAlias = tuple[int | None, Mapping[str, object] | str]
"""The line on which a record begins, if it has one, and the record or the reason why it cannot be
read."""

_DELIMITERS = ",;\t|"
_HEADER_WITHIN = 20
"""The number of lines that are searched for the header."""
_MOST_LINES = 50
"""The maximum number of lines of a row. With more, a quotation mark is not closed."""
_LONGEST_ROW = 1 << 17
"""The maximum number of characters of a row. The module csv has the same limit for a cell."""
_SEPARATOR = re.compile(r"\ufeff?sep=.\s*", re.IGNORECASE)
"""The line that declares the delimiter for Excel."""
_RULE = re.compile(r"[\s:+-]*")
"""A cell of the line below the header of a table in Markdown, or in a terminal."""
_UNDECODED = re.compile("[\ud800-\udfff]")
_NOT_TEXT = "not UTF-8 text; save the file as UTF-8"
_UNCLOSED = "a quotation mark is not closed"
_TOO_LONG = (
    f"more than {_LONGEST_ROW:,} characters; export fewer columns, or close a quotation mark"
)


def read_table(lines: Iterator[str], first: int) -> Iterator[Numbered]:
    """Yield the rows of a table, by the names of its columns. A malformed row does not end it.

    Args:
        lines: the lines, with their ends.
        first: the number of the first of them.

    Raises:
        ValueError: there is no header.
    """
    counted = _Lines(lines, first)
    delimiter = counted.skip_to_header()
    reader = csv.reader(counted, delimiter=delimiter, strict=True)
    columns = _Columns(_header(reader, counted))
    while True:
        number = counted.begin_row()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            counted.push_back()  # all but the first line, which may begin good rows
            yield number, _reason(error)
            reader = csv.reader(counted, delimiter=delimiter, strict=True)
            continue
        if any(map(str.strip, row)) and not all(map(_RULE.fullmatch, row)):
            yield number, _NOT_TEXT if counted.is_undecoded else columns.named(row)


def _header(reader: Iterator[list[str]], counted: "_Lines") -> list[str]:
    number = counted.begin_row()
    try:
        header = [cell.lstrip("\ufeff").strip() for cell in next(reader)]
    except csv.Error as error:
        raise ValueError(f"line {number}: {_reason(error)}") from None
    if counted.is_undecoded:
        raise ValueError(f"line {number}: {_NOT_TEXT}")
    if not any(map(attribute_of, header)):
        some = ", ".join(show(column) for column in header[:8])
        expected = "expected columns such as name, platform and os_version"
        raise ValueError(f"line {number}: no known column in the header: {some}; {expected}")
    return header


def _reason(error: csv.Error) -> str:
    if isinstance(error, _TooLongError):
        return str(error)
    unclosed = "unexpected end of data" in str(error)
    return _UNCLOSED if unclosed else f"the row cannot be read: {error}"


class _TooLongError(csv.Error):
    """A row has too many lines or characters."""


class _Lines(Iterator[str]):
    """The lines of a table, counted. Those of the current row can be pushed back."""

    def __init__(self, lines: Iterator[str], first: int) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._length = 0
        self._next_number = first
        self.is_undecoded = False
        """True if the current row has bytes that are not text."""

    def __next__(self) -> str:
        if len(self._taken) == _MOST_LINES:
            raise _TooLongError(_UNCLOSED)
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        self._next_number += 1
        self._length += len(line)
        if self._length > _LONGEST_ROW:
            raise _TooLongError(_TOO_LONG)
        if not line.isascii() and _UNDECODED.search(line):
            self.is_undecoded = True
        return line

    def begin_row(self) -> int:
        """Forget the lines of the last row, and return the number of the next line."""
        self._taken.clear()
        self._length = 0
        self.is_undecoded = False
        return self._next_number

    def push_back(self) -> None:
        """Push back the lines of the current row, except the first."""
        again = self._taken[1:]
        self._again.extendleft(reversed(again))
        self._next_number -= len(again)

    def skip_to_header(self) -> str:
        """Skip the lines above the header, and return the delimiter.

        The header is the first line with two known columns, or else the first line that says
        anything.
        """
        # A line that is too long for a row need not be kept.
        head = [line[: _LONGEST_ROW + 1] for line in islice(self._lines, _HEADER_WITHIN)]
        scores = [_most_known(line) for line in head]
        at = next((n for n, (known, _) in enumerate(scores) if known > 1), None)
        if at is None:
            content = (n for n, line in enumerate(head) if not _SEPARATOR.fullmatch(line))
            at = next(content, 0)
        self._again.extend(head[at:])
        self._next_number += at
        return scores[at][1]


def _most_known(line: str) -> tuple[int, str]:
    """Return the number of known columns in a header, with the delimiter that gives the most."""
    found = [(_known(line, each), line.count(each), each) for each in _DELIMITERS]
    known, _, delimiter = max(found, key=lambda each: each[:2])
    return known, delimiter


def _known(line: str, delimiter: str) -> int:
    cells = line.lstrip("\ufeff").split(delimiter)
    known = {attribute_of(cell.strip().strip('"').strip()) for cell in cells}
    return len(known - {None})


class _Columns:
    """The columns of a table, and how rows become records."""

    def __init__(self, header: list[str]) -> None:
        self._header = header
        named = [column for column in header if column]
        self._are_distinct = len({column.casefold() for column in named}) == len(named)

    def named(self, row: list[str]) -> Mapping[str, object] | str:
        """Return a row by the names of the columns, or the reason why it cannot be read."""
        width = len(self._header)
        if len(row) > width and any(map(str.strip, row[width:])):
            return f"expected {width} cells, got {len(row)}"
        if self._are_distinct:
            return dict(zip(self._header, row, strict=False))
        return self._of_repeated(row)

    def _of_repeated(self, row: list[str]) -> Mapping[str, object] | str:
        """Return a row in which a column is repeated. The first one with a value counts."""
        record: dict[str, object] = {}
        spelled: dict[str, str] = {}
        for written, cell in zip(self._header, row, strict=False):
            column = spelled.setdefault(written.casefold(), written)
            has = record.get(column, "")
            if has and cell.strip() and cell != has and attribute_of(column) is not None:
                return f"column {column} appears twice, with {show(has)} and {show(cell)}"
            if not has:
                record[column] = cell
        return record
