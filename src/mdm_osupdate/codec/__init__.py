"""Bytes to messages and back."""

from .detecting import examine
from .plist import (
    DEFAULT_LIMITS,
    Format,
    Limits,
    Position,
    Survey,
    is_plist,
    parse,
    positions,
    read,
    survey,
    write,
)
from .reading import (
    Reading,
    closest,
    dumps,
    from_dict,
    inner_messages,
    loads,
    loads_command,
    to_dict,
)

__all__ = [
    "DEFAULT_LIMITS",
    "Format",
    "Limits",
    "Position",
    "Reading",
    "Survey",
    "closest",
    "dumps",
    "examine",
    "from_dict",
    "inner_messages",
    "is_plist",
    "loads",
    "loads_command",
    "parse",
    "positions",
    "read",
    "survey",
    "to_dict",
    "write",
]
