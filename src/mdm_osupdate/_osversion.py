"""Versions of Apple's operating systems: parse, order, print."""

import re
from functools import total_ordering

from ._errors import InvalidVersionError

_NUMBER = r"(0|[1-9][0-9]{0,3})"
_VERSION = re.compile(rf"{_NUMBER}(?:\.{_NUMBER})?(?:\.{_NUMBER})?(?: ?(\([a-z]\)))?")


@total_ordering
class OSVersion:
    """A version such as ``17``, ``17.4.1`` or ``13.3.1 (a)``.

    Versions order by number, part by part (10.11.5 is newer than 10.11, 9 equals 9.0), and a
    security response, the letter in parentheses, is newer than the version that it builds on.

    Args:
        text: one to three numbers joined by points, and perhaps the letter of a security response.

    Raises:
        InvalidVersionError: a ``ValueError``; the text is no such version.
    """

    __slots__ = ("_key", "_text")

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(f"a version is text such as '17.4.1', not {text!r:.60}")
        match = _VERSION.fullmatch(text)
        if match is None:
            raise InvalidVersionError(text)
        major, minor, patch, extra = match.groups()
        self._key = (int(major), int(minor or 0), int(patch or 0), extra or "")
        self._text = text

    @property
    def major(self) -> int:
        """The first number: 17 of ``17.4.1``."""
        return self._key[0]

    @property
    def minor(self) -> int:
        """The second number, 0 where there is none."""
        return self._key[1]

    @property
    def patch(self) -> int:
        """The third number, 0 where there is none."""
        return self._key[2]

    @property
    def extra(self) -> str:
        """``(a)`` of ``13.3.1 (a)``, a security response's mark; empty for other versions."""
        return self._key[3]

    @property
    def base(self) -> "OSVersion":
        """The version that a security response builds on: ``13.3.1`` of ``13.3.1 (a)``."""
        return OSVersion(self._text.removesuffix(self.extra).rstrip())

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"OSVersion({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, OSVersion) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._key < other._key if isinstance(other, OSVersion) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._key <= other._key if isinstance(other, OSVersion) else NotImplemented

    def __reduce__(self) -> tuple[type["OSVersion"], tuple[str]]:
        return OSVersion, (self._text,)

    def __hash__(self) -> int:
        return hash(self._key)


_NAMED = re.compile(r"_(?:MACOS|patch|full)_([0-9]+(?:\.[0-9]+){1,2})(?:_(?!rsr$)|$)")


def read_version(text: str) -> OSVersion | None:
    """Read a version; ``None`` if the text is none."""
    try:
        return OSVersion(text)
    except InvalidVersionError:
        return None


def named_version(product_key: str) -> OSVersion | None:
    """Read the version that a product key names, as ``MSU_UPDATE_20G80_patch_11.5.1`` does.

    ``None`` for the many keys that name a build or a number; Apple calls keys opaque. Also for
    those of security responses (``_rsr``), which name the version that they apply on top of.
    """
    match = _NAMED.search(product_key)
    return read_version(match[1]) if match else None
