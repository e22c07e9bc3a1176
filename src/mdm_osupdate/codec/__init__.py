"""The codec: reading and writing of messages."""

from .detecting import title
from .documents import (
    Document,
    examine,
    from_dict,
    loads,
    loads_command,
    loads_response,
    open_document,
    positions,
    source_map,
)
from .formats import Format, Position, as_text, is_plist, lines_of
from .keys import closest
from .locating import SourceMap
from .plist import parse, read, write
from .reading import Reading, placeholder_hint, read_quickly
from .searching import Part
from .splitting import split
from .values import DEFAULT_LIMITS, Limits
from .writing import dumps, to_dict

__all__ = [
    "DEFAULT_LIMITS",
    "Document",
    "Format",
    "Limits",
    "Part",
    "Position",
    "Reading",
    "SourceMap",
    "as_text",
    "closest",
    "dumps",
    "examine",
    "from_dict",
    "is_plist",
    "lines_of",
    "loads",
    "loads_command",
    "loads_response",
    "open_document",
    "parse",
    "placeholder_hint",
    "positions",
    "read",
    "read_quickly",
    "source_map",
    "split",
    "title",
    "to_dict",
    "write",
]
